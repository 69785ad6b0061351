//! The picture in the language of Graphviz.

use std::fmt::Write as _;

use super::{Diagram, LEGEND, PLAIN_COLOR, SECURE_COLOR, Traffic, Word};
use crate::passage::Rollout;

/// Returns a rollout as a graph for `dot`.
pub fn dot(rollout: &Rollout<'_>) -> String {
    let diagram = Diagram::of(rollout);
    let mut text = String::from(HEAD);
    for (name, place) in &diagram.boxes {
        let mut label = format!("<b>{}</b>{LEFT}", escaped(name.as_str()));
        place.lines().iter().for_each(|line| label.push_str(&format!("{}{LEFT}", escaped(line))));
        if let Some(inside) = &place.inside {
            label.push_str(&format!("<i>between its hosts:</i>{LEFT}{}", lines(inside)));
        }
        let _ = writeln!(text, "  {} [label=<{label}>];", quoted(name.as_str()));
    }
    for ((from, to), traffic) in &diagram.arrows {
        let attributes = look(traffic);
        let pair = format!("<b>{} to {}</b>{LEFT}", escaped(from.as_str()), escaped(to.as_str()));
        let label = pair + &lines(traffic);
        let _ = writeln!(text, "  {} -> {} [label=<{label}>, {attributes}];", quoted(from.as_str()), quoted(to.as_str()));
    }
    // A name with a capital letter is no placement's.
    let legend: String = LINES.iter().chain(&LEGEND).map(|line| format!("{}{LEFT}", escaped(line))).collect();
    let _ = writeln!(text, "  Legend [label=<{legend}>, shape=note, style=dotted, fontsize=10];\n}}");
    text
}

const LEFT: &str = "<br align=\"left\"/>";

const HEAD: &str = "digraph emc {
  graph [rankdir=LR, nodesep=0.5, ranksep=1.6, fontname=\"Helvetica\", splines=true];
  node [shape=box, style=rounded, fontname=\"Helvetica\", fontsize=12, margin=\"0.15,0.1\"];
  edge [fontname=\"Helvetica\", fontsize=10, arrowsize=0.9];
";

const LINES: [&str; 5] = [
    "- - - -  dashes (orange): something PLAIN passes",
    "━━━━  thick (blue): everything is encrypted",
    "────  thin: one port for plain and encrypted, or a flow of the site's own",
    "◇───  diamond at the tail: management connections",
    "───▷  hollow head: something rests on an open question",
];

/// What the arrow looks like. Each thing that can be said of it has a sign of its own, so that they can be said together.
fn look(traffic: &Traffic) -> String {
    let (style, width, color) = match (traffic.is_plain(), traffic.is_secure()) {
        (true, _) => ("dashed", 1.5, PLAIN_COLOR),
        (false, true) => ("solid", 3.0, SECURE_COLOR),
        (false, false) => ("solid", 1.0, "black"),
    };
    let head = if traffic.is_in_doubt() { "empty" } else { "normal" };
    let tail = if traffic.is_management() { "odiamond" } else { "none" };
    format!("style={style}, penwidth={width}, color=\"{color}\", dir=both, arrowhead={head}, arrowtail={tail}")
}

fn lines(traffic: &Traffic) -> String {
    let plain = Word::Plain.as_str();
    let lines = traffic.lines().into_iter().map(|line| {
        let rest = escaped(&line);
        match rest.strip_prefix(plain) {
            Some(rest) => format!("<font color=\"{PLAIN_COLOR}\"><b>{plain}</b></font>{rest}{LEFT}"),
            None => format!("{rest}{LEFT}"),
        }
    });
    lines.collect()
}

pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
