//! What a reviewer reads beside the lines, the same for every object: what was not opened and why, what is still to be decided.

use std::collections::BTreeMap;
use std::fmt;

use crate::expand::Expansion;
use crate::matrix::Matrix;
use crate::net::Direction;
use crate::plugin::{Attribute, AttributePath, Diagnostic, Type, Value};
use crate::rule::{Rule, Traffic};
use crate::topology::{PlacementName, Policy};

pub(super) use expiry::{expired, in_time};

mod expiry;

/// The schema of the computed attributes that follow from names alone.
pub(super) fn attributes() -> [Attribute; 4] {
    let texts = || Type::map(Type::String);
    [
        Attribute::computed("unexpanded", texts()).description(
            "Every flow that has no rule, with the reason: flow id to `kind: reason`. A flow that has rules elsewhere appears as \
             `<flow> from <placement> to <placement>` for a pair that has none. Placements that take part in nothing are listed too.",
        ),
        Attribute::computed("open_questions", texts()).description(
            "What the vendor's table leaves open and this site has to decide: doubt id to one line. Only doubts of flows in use; a doubt \
             goes away once `policy` settles it or `policy.answers` records what the site found out.",
        ),
        Attribute::computed("still_plain", texts()).description(
            "With `transport` `prefer_secure` or `secure_only`: the flows that stay unencrypted, or may, with the reason and who needs them. Empty otherwise, whatever is plain.",
        ),
        Attribute::computed("digest", Type::String).description(
            "Fingerprint of the openings, made of names and of the addresses of multicast groups (16 hexadecimal digits of a SHA-256): \
             equal digests mean equal openings, wherever the placements are and whatever the cloud.",
        ),
    ]
}

/// The values of [`attributes`].
pub(super) fn values(expansion: &Expansion) -> [(&'static str, Value); 4] {
    [
        ("unexpanded", texts(&expansion.notes)),
        ("open_questions", texts(&expansion.open_questions)),
        ("still_plain", texts(&expansion.still_plain)),
        ("digest", Value::string(expansion.digest())),
    ]
}

/// Returns the computed attribute `lines`; `more` says what else is in a line, as the end of a sentence.
pub(super) fn lines_attribute(more: &str) -> Attribute {
    Attribute::computed("lines", lines_type()).description(format!(
        "The rules, one line each: placement to direction to key to line. The key says protocol, port and far end; the line says flow, transport, role, row and addresses{more}. \
         After reading it holds what is live: a rule removed by hand is missing, one edited by hand says so, and one that nothing asks for any more is listed.",
    ))
}

/// Returns the computed attribute `foreign_rules`.
pub(super) fn foreign_attribute() -> Attribute {
    Attribute::computed("foreign_rules", Type::map(Type::map(Type::String))).description(
        "Rules in these groups that this provider did not make, as last acknowledged by an apply: placement to rule to what is done about it.",
    )
}

/// Returns the computed attribute `summary`.
pub(super) fn summary_attribute() -> Attribute {
    Attribute::computed("summary", Type::String).description("What there is, in one line.")
}

/// The type of `lines`: placement to direction to key to line.
pub(super) fn lines_type() -> Type {
    let direction = || Type::map(Type::String);
    Type::map(Type::object([("egress", direction()), ("ingress", direction())]))
}

/// Lines in the making: every placement has both directions, also empty ones.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Lines(BTreeMap<String, BTreeMap<Direction, BTreeMap<String, Value>>>);

impl Lines {
    /// Returns empty lines for these placements.
    pub(super) fn of<'a>(placements: impl IntoIterator<Item = &'a PlacementName>) -> Lines {
        let mut lines = Lines::default();
        placements.into_iter().for_each(|name| lines.add_place(name.as_str()));
        lines
    }

    /// Adds a place without lines, unless it is there.
    pub(super) fn add_place(&mut self, place: &str) {
        self.0
            .entry(place.to_owned())
            .or_insert_with(|| Direction::ALL.into_iter().map(|direction| (direction, BTreeMap::new())).collect());
    }

    /// Adds a line.
    pub(super) fn add(&mut self, place: &str, direction: Direction, key: impl fmt::Display, line: Value) {
        self.add_place(place);
        if let Some(directions) = self.0.get_mut(place) {
            directions.entry(direction).or_default().insert(key.to_string(), line);
        }
    }
}

impl From<Lines> for Value {
    fn from(lines: Lines) -> Value {
        Value::map(lines.0.into_iter().map(|(place, directions)| {
            let directions = directions.into_iter().map(|(direction, lines)| (direction.as_str(), Value::map(lines)));
            (place, Value::object(directions))
        }))
    }
}

/// Returns what a cloud keeps with a rule, for people who look at it there: flows, rows, the far end, reasons and tickets.
pub(super) fn description(rule: &Rule, matrix: &Matrix, policy: &Policy) -> String {
    let flows = rule.flows.keys().map(|flow| {
        if let Some(extra) = policy.extra.get(flow) {
            let ticket = extra.ticket.iter().map(|ticket| format!("{ticket}, "));
            return format!("{flow} [{}{}]", ticket.collect::<String>(), extra.reason);
        }
        let row = matrix.flows().get(flow).and_then(|flow| flow.row).map(|row| format!(" row {row}"));
        let reason = policy.reason_to_open(flow).map(|reason| format!(" [{reason}]"));
        format!("{flow}{}{}", row.unwrap_or_default(), reason.unwrap_or_default())
    });
    let flows: Vec<String> = flows.collect();
    let word = match (rule.key.direction, rule.key.traffic) {
        (Direction::Ingress, Traffic::Ports { .. }) => "from",
        (Direction::Egress, Traffic::Ports { .. }) => "to",
        (Direction::Ingress, Traffic::Igmp) => "by igmp from",
        (Direction::Egress, Traffic::Igmp) => "by igmp to",
    };
    format!("{} {word} {}", flows.join(", "), rule.key.peer)
}

/// Returns the origin of the table, its release and the choices that a summary repeats.
pub(super) fn standing(matrix: &Matrix, policy: &Policy, expansion: &Expansion) -> String {
    let questions = match expansion.open_questions.len() {
        0 => "no open question".to_owned(),
        number => counted(number, "open question"),
    };
    format!("{}, {}; {questions}", origin(matrix), policy.transport.as_str())
}

/// Returns what a table is for and where it comes from: `EMC 6.6 embedded`.
pub(super) fn origin(matrix: &Matrix) -> String {
    let from = if matrix.is_embedded() { "embedded".to_owned() } else { format!("file {}", matrix.sha256().get(..8).unwrap_or_default()) };
    format!("EMC {} {from}", matrix.release())
}

/// Warns of exclusions that close nothing: whoever wrote one believes that it does.
pub(super) fn idle(expansion: &Expansion) -> Option<Diagnostic> {
    let exclusions: Vec<String> = expansion.idle.iter().map(|exclusion| format!("`{exclusion}`")).collect();
    let detail = format!(
        "Nothing is closed by {} in `exclude`: nothing there opens the flow. Name the placement that does, or remove the entry.",
        exclusions.join(", ")
    );
    (!exclusions.is_empty())
        .then(|| Diagnostic::warning("Exclusion without effect", detail).at(&AttributePath::root().attr("policy").attr("exclude")))
}

/// Returns `0 rules`, `1 rule` or `5 rules`.
pub(super) fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        several => format!("{several} {what}s"),
    }
}

/// Returns a map of texts.
pub(super) fn texts<K: fmt::Display, V: fmt::Display>(map: &BTreeMap<K, V>) -> Value {
    Value::map(map.iter().map(|(key, value)| (key.to_string(), Value::string(value.to_string()))))
}
