//! The picture in the language of Mermaid.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Diagram, LEGEND, PLAIN_COLOR, SECURE_COLOR, Traffic};
use crate::passage::Rollout;

/// Returns a rollout as a flowchart.
pub fn mermaid(rollout: &Rollout<'_>) -> String {
    let diagram = Diagram::of(rollout);
    let mut text = String::from(HEAD);
    // Names may be words of the language, numbers are none.
    let numbers: BTreeMap<_, _> = diagram.boxes.keys().zip(1..).collect();
    for (name, place) in &diagram.boxes {
        let mut label = vec![format!("<b>{}</b>", escaped(name.as_str()))];
        label.extend(place.lines().iter().map(|line| escaped(line)));
        if let Some(inside) = &place.inside {
            label.push("<i>between its hosts:</i>".to_owned());
            label.extend(inside.lines().iter().map(|line| escaped(line)));
        }
        let _ = writeln!(text, "  p{}[\"{}\"]", numbers.get(name).unwrap_or(&0), label.join("<br>"));
    }
    let mut styles = String::new();
    for (position, ((from, to), traffic)) in diagram.arrows.iter().enumerate() {
        let pair = format!("<b>{} to {}</b>", escaped(from.as_str()), escaped(to.as_str()));
        let label: Vec<String> = [pair].into_iter().chain(traffic.lines().iter().map(|line| escaped(line))).collect();
        let [from, to] = [from, to].map(|name| numbers.get(name).unwrap_or(&0));
        let _ = writeln!(text, "  p{from} -->|\"{}\"| p{to}", label.join("<br>"));
        let _ = writeln!(styles, "  linkStyle {position} {}", look(traffic));
    }
    let legend: Vec<String> = LINES.iter().chain(&LEGEND).map(|line| escaped(line)).collect();
    let _ = writeln!(text, "  legend[\"{}\"]\n  style legend fill:none,stroke-dasharray:2 3", legend.join("<br>"));
    text + &styles
}

/// Wide enough that no label is broken where it should not be.
const HEAD: &str = "%%{init: {\"flowchart\": {\"wrappingWidth\": 600}}}%%\nflowchart LR\n";

const LINES: [&str; 5] = [
    "- - - - dashes (orange): something PLAIN passes",
    "━━━━ thick (blue): everything is encrypted",
    "──── otherwise: one port for plain and encrypted, or a flow of the site's own",
    "─ · ─ · dots: something rests on an open question",
    "a hairline: management connections only",
];

/// What the arrow looks like.
fn look(traffic: &Traffic) -> String {
    let (width, color) = match (traffic.is_plain(), traffic.is_secure()) {
        (true, _) => (2.0, format!(",stroke:{PLAIN_COLOR}")),
        (false, true) => (4.0, format!(",stroke:{SECURE_COLOR}")),
        (false, false) => (2.0, String::new()),
    };
    let width = if traffic.is_only_management() { width / 2.0 } else { width };
    let dashes = match (traffic.is_plain(), traffic.is_in_doubt()) {
        (true, true) => "10 4 2 4",
        (true, false) => "10 5",
        (false, true) => "2 4",
        (false, false) => "0",
    };
    format!("stroke-width:{width}px,stroke-dasharray:{dashes}{color}")
}

pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '#' | '"' | '<' | '>' | '&' | '`' | ';' | '\\' | '\n' => {
                let _ = write!(escaped, "#{};", u32::from(character));
            }
            other => escaped.push(other),
        }
    }
    escaped
}
