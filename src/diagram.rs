//! A rollout as a picture: who talks to whom, on which ports, and what of it is plain, for management or in doubt.
//!
//! What is drawn is decided here, once: a box for each placement with what lives in it, one arrow for each pair with its ports grouped.
//! What it looks like in a language of pictures is for [`mermaid`] and [`dot`]. Neither needs color, though both use it: the kind of
//! traffic is said by the line, and by words beside it. No name can break the syntax. It knows no address and no Terraform.

use std::collections::{BTreeMap, BTreeSet};

use crate::matrix::Transport;
use crate::net::{Ports, Protocol};
use crate::passage::{Passage, Rollout};
use crate::topology::PlacementName;

mod dot;
mod mermaid;
#[cfg(test)]
mod tests;

pub use dot::dot;
pub use mermaid::mermaid;

/// A rollout as boxes and arrows.
#[derive(Debug)]
struct Diagram {
    boxes: BTreeMap<PlacementName, Place>,
    arrows: BTreeMap<(PlacementName, PlacementName), Traffic>,
}

/// What stands in a box.
#[derive(Debug, Default)]
struct Place {
    components: Vec<String>,
    /// What its hosts say to each other.
    inside: Option<Traffic>,
}

/// What passes from one placement to another.
#[derive(Debug, Default)]
struct Traffic {
    /// Ports by what kind of traffic they are for; a port in doubt is marked.
    ports: BTreeMap<Kind, BTreeSet<Numbers>>,
}

/// What passes in one protocol, in the order in which it is told: what is plain first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    word: Word,
    management: bool,
    multicast: bool,
    protocol: Protocol,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Word {
    Plain,
    Either,
    Own,
    Secure,
}

/// Ports as a label shows them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Numbers {
    ports: Ports,
    in_doubt: bool,
}

/// How many ports stand in one line of a label.
const PORTS_IN_A_LINE: usize = 4;

/// The lines of the legend that hold for both languages, after what their lines look like.
const LEGEND: [&str; 3] = [
    "An arrow goes from who opens connections to who accepts them.",
    "Words beside it say what passes, with the ports of its target.",
    "A port with a ? rests on a question of the table that is not answered yet.",
];

/// Something plain, and nothing but encrypted traffic; apart for eyes that see few colors.
const PLAIN_COLOR: &str = "#d55e00";
const SECURE_COLOR: &str = "#0072b2";

/// About how many letters of names stand in one line of a box.
const LETTERS_IN_A_LINE: usize = 24;

impl Word {
    fn as_str(self) -> &'static str {
        match self {
            Word::Plain => "PLAIN",
            Word::Either => "plain or secure",
            Word::Own => "of the site's own",
            Word::Secure => "secure",
        }
    }
}

impl Diagram {
    fn of(rollout: &Rollout<'_>) -> Diagram {
        let mut boxes: BTreeMap<PlacementName, Place> = BTreeMap::new();
        for (name, placement) in &rollout.topology.placements {
            let components = placement.components.iter().map(|component| component.to_string()).collect();
            boxes.insert(name.clone(), Place { components, inside: None });
        }
        let mut arrows: BTreeMap<_, Traffic> = BTreeMap::new();
        for passage in &rollout.passages {
            if passage.from == passage.to {
                let place = boxes.entry(passage.from.clone()).or_default();
                place.inside.get_or_insert_default().add(rollout, passage);
            } else {
                arrows.entry((passage.from.clone(), passage.to.clone())).or_default().add(rollout, passage);
            }
        }
        Diagram { boxes, arrows }
    }
}

impl Place {
    /// What lives here, a few names a line.
    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for name in &self.components {
            match lines.last_mut() {
                Some(line) if line.len() + name.len() <= LETTERS_IN_A_LINE => {
                    line.push_str(", ");
                    line.push_str(name);
                }
                Some(_) | None => lines.push(name.clone()),
            }
        }
        lines
    }
}

impl Traffic {
    fn add(&mut self, rollout: &Rollout<'_>, passage: &Passage) {
        for (id, cause) in &passage.flows {
            let facts = rollout.facts(id, cause);
            let word = match facts.transport {
                Some(Transport::Plain) => Word::Plain,
                Some(Transport::Either) => Word::Either,
                Some(Transport::Secure) => Word::Secure,
                None => Word::Own,
            };
            let kind = Kind { word, management: facts.management, multicast: passage.group.is_some(), protocol: passage.protocol };
            let numbers = Numbers { ports: passage.ports.into(), in_doubt: !facts.questions.is_empty() };
            self.ports.entry(kind).or_default().insert(numbers);
        }
    }

    /// Whether something of it is never encrypted.
    fn is_plain(&self) -> bool {
        self.ports.keys().any(|kind| kind.word == Word::Plain)
    }

    /// Whether all of it is always encrypted.
    fn is_secure(&self) -> bool {
        self.ports.keys().all(|kind| kind.word == Word::Secure)
    }

    /// Whether something of it is a management connection.
    fn is_management(&self) -> bool {
        self.ports.keys().any(|kind| kind.management)
    }

    /// Whether it is nothing but management connections.
    fn is_only_management(&self) -> bool {
        self.ports.keys().all(|kind| kind.management)
    }

    /// Whether something of it rests on an open question.
    fn is_in_doubt(&self) -> bool {
        self.ports.values().flatten().any(|numbers| numbers.in_doubt)
    }

    /// The lines of a label: `PLAIN: tcp 443, 80?`.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (kind, numbers) in &self.ports {
            let management = if kind.management { " management" } else { "" };
            let multicast = if kind.multicast { " multicast" } else { "" };
            let ports: Vec<String> =
                numbers.iter().map(|numbers| format!("{}{}", numbers.ports, if numbers.in_doubt { "?" } else { "" })).collect();
            let mut begin = format!("{}{management}{multicast}: {} ", kind.word.as_str(), kind.protocol);
            let mut chunks = ports.chunks(PORTS_IN_A_LINE).peekable();
            while let Some(chunk) = chunks.next() {
                let end = if chunks.peek().is_some() { "," } else { "" };
                lines.push(format!("{begin}{}{end}", chunk.join(", ")));
                begin.clear();
            }
        }
        lines
    }
}
