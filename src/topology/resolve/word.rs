//! What single words and texts of a policy stand for, or what is wrong with them.

use super::Resolver;
use super::remedy::{quoted, unknown_choice, unknown_party, unknown_placement};
use crate::matrix::Party;
use crate::net::{Ports, PortsError};
use crate::topology::PlacementName;

impl Resolver<'_> {
    pub(super) fn party(&self, word: &str) -> Option<Party> {
        self.matrix.party(word)
    }

    pub(super) fn initiator(&mut self, at: &[&str], word: &str) -> Option<Party> {
        let party = self.party(word);
        if party.is_none() {
            let detail = match self.placements.get(word) {
                Some(spec) => {
                    let lives_here = quoted(spec.components.iter().flatten().map(String::as_str));
                    let lives_here = lives_here.map(|names| format!(" In it live {names}.")).unwrap_or_default();
                    format!("`{word}` is a placement; `initiators` takes components and roles, wherever they live.{lives_here}")
                }
                None => unknown_party(word, self.matrix),
            };
            self.fault(at, "Unknown component", detail);
        }
        party
    }

    pub(super) fn placement(&mut self, at: &[&str], word: &str) -> Option<PlacementName> {
        let name = PlacementName::new(word).filter(|_| self.placements.contains_key(word));
        if name.is_none() && self.placements_complete {
            let choices = self.placements;
            self.fault(at, "Unknown placement", unknown_placement(word, choices.keys().map(String::as_str)));
        }
        name
    }

    pub(super) fn ports(&mut self, at: &[&str], text: &str) -> Option<Ports> {
        text.parse().map_err(|error| self.fault(at, "Invalid ports", wrong_ports(at, text, &error))).ok()
    }

    pub(super) fn not_blank(&mut self, at: &[&str], text: &str, what: &str) {
        if text.trim().is_empty() {
            self.fault(at, "Empty text", format!("`{}` is empty. Say {what}; a reviewer will ask.", written(at)));
        }
    }

    pub(super) fn unknown_word<'c>(&mut self, at: &[&str], word: &str, choices: impl IntoIterator<Item = &'c str>) {
        let argument = at.last().copied().unwrap_or_default();
        self.fault(at, "Unknown choice", unknown_choice(argument, word, choices));
    }
}

/// Returns an argument of the policy or of an `extra` block as it is written there: `reason`, `answers["A36"]`.
fn written(at: &[&str]) -> String {
    match at {
        ["policy", map, key] => format!("{map}[\"{key}\"]"),
        _ => at.last().copied().unwrap_or_default().to_owned(),
    }
}

/// Says what is wrong with ports; several may stand on one line of a map, so each is named there.
fn wrong_ports(at: &[&str], text: &str, error: &PortsError) -> String {
    let (place, what) = (written(at), error.to_string());
    match error {
        PortsError::Empty => format!("`{place}` is empty. Write one port `30091`, a range `3000-3010` or a list `3001,3005`."),
        PortsError::Zero | PortsError::NotAPort(_) | PortsError::Reversed { .. } | PortsError::Missing => {
            // What is wrong may be the whole text already.
            let says_all = at.contains(&"extra") && what.starts_with(&format!("`{text}`"));
            if says_all { format!("{what}.") } else { format!("In `{place} = {text:?}`: {what}.") }
        }
    }
}
