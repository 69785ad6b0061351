//! A request to whoever runs a firewall by hand: what has to be opened between two ends, in a form to be sent.
//!
//! One [`Row`] for each passage, with what such a form asks: both ends by name and address, ports, why, until when, what is doubtful. Rows
//! for replies exist only for firewalls that keep no state, and only with the ports that the site gives. Addresses are texts here, as a
//! firewall team names them. It knows no cloud and no Terraform.

use std::collections::{BTreeMap, BTreeSet};

use crate::net::{Cidr, Ports};
use crate::passage::{Facts, Passage, Rollout};
use crate::topology::{Fault, PlacementName, unknown_placement};

mod csv;
mod markdown;
#[cfg(test)]
mod tests;

pub use csv::csv;
pub use markdown::markdown;

/// A request: its rows, and what has to be said with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What passes, by who opens it, then by who listens.
    pub rows: Vec<Row>,
    /// The ports that clients connect from, if the firewall keeps no state.
    pub ephemeral: Option<Ports>,
    /// Placements in the sheet whose addresses nobody gave.
    pub without_address: BTreeSet<PlacementName>,
    /// Whether something goes through a multicast group.
    pub has_multicast: bool,
    /// Unanswered questions, by number.
    pub questions: BTreeMap<String, String>,
    /// What the request was made from, in one line.
    pub origin: String,
}

/// One line of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 1.
    pub number: usize,
    /// Whether it is for the replies to the row before.
    pub is_reply: bool,
    /// Where packets come from.
    pub source: Side,
    /// Where they go.
    pub destination: Side,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The flows, each with its printed row.
    pub flows: String,
    /// Whether it is encrypted, whether it is management.
    pub transport: String,
    /// Why it is needed.
    pub reason: String,
    /// Change requests.
    pub ticket: String,
    /// The last day on which all of it is wanted.
    pub expires: String,
    /// The unanswered questions that it rests on.
    pub doubt: String,
}

/// One end of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The placement, or the multicast group and its members.
    pub name: String,
    /// Where it is.
    pub addresses: Vec<String>,
    /// Ports, or `any`.
    pub ports: String,
}

/// What is written where an address should stand and nobody gave one.
const NO_ADDRESS: &str = "to be filled in";
const ANY: &str = "any";

/// What stands in a column.
type Cell = fn(&Row) -> String;

/// The columns of a request.
const COLUMNS: [(&str, Cell); 15] = [
    ("number", |row| row.number.to_string()),
    ("kind", |row| if row.is_reply { "reply".to_owned() } else { "request".to_owned() }),
    ("source", |row| row.source.name.clone()),
    ("source addresses", |row| row.source.addresses.join(", ")),
    ("source ports", |row| row.source.ports.clone()),
    ("destination", |row| row.destination.name.clone()),
    ("destination addresses", |row| row.destination.addresses.join(", ")),
    ("destination ports", |row| row.destination.ports.clone()),
    ("protocol", |row| row.protocol.clone()),
    ("flows", |row| row.flows.clone()),
    ("transport", |row| row.transport.clone()),
    ("reason", |row| row.reason.clone()),
    ("ticket", |row| row.ticket.clone()),
    ("expires", |row| row.expires.clone()),
    ("doubt", |row| row.doubt.clone()),
];

/// Addresses of placements, as the site writes them.
pub type Addresses = BTreeMap<PlacementName, BTreeSet<String>>;

/// Reads addresses of placements: blocks, single addresses, or the names that a firewall team has for them.
///
/// # Errors
/// Names that are no placement, and texts that look like an address and are none.
pub fn addresses(written: &BTreeMap<String, BTreeSet<String>>, rollout: &Rollout<'_>) -> Result<Addresses, Vec<Fault>> {
    let (mut read, mut faults) = (Addresses::new(), Vec::new());
    let placements = &rollout.topology.placements;
    let mut fault = |name: &str, summary, detail| faults.push(Fault { at: vec!["addresses".to_owned(), name.to_owned()], summary, detail });
    for (name, texts) in written {
        let Some((placement, _)) = placements.get_key_value(name.as_str()) else {
            fault(name, "Unknown placement", unknown_placement(name, placements.keys().map(PlacementName::as_str)));
            continue;
        };
        for text in texts {
            if let Some(detail) = wrong(text) {
                fault(name, "Invalid address", detail);
            }
        }
        read.insert(placement.clone(), texts.clone());
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

/// Says what is wrong with an address. A name is nobody's business but the firewall team's.
fn wrong(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        return Some("an empty text is not an address. Leave it out, or leave out the placement.".to_owned());
    }
    let is_of = |letters: &str| text.chars().all(|letter| letters.contains(letter.to_ascii_lowercase()));
    let looks_like_one = is_of("0123456789./") || (text.contains(':') && is_of("0123456789abcdef:./"));
    if !looks_like_one || text.parse::<std::net::IpAddr>().is_ok() {
        return None;
    }
    text.parse::<Cidr>().err().map(|error| format!("{error}."))
}

impl Sheet {
    /// Returns the request for everything that passes. Replies get rows of their own if the ports are given that clients connect from.
    pub fn of(rollout: &Rollout<'_>, addresses: &Addresses, ephemeral: Option<Ports>) -> Sheet {
        let mut rows: Vec<Row> = Vec::new();
        for passage in &rollout.passages {
            let request = request(rollout, passage, addresses, ephemeral.as_ref(), rows.len() + 1);
            // Nobody answers to a multicast group.
            let reply = (ephemeral.is_some() && passage.group.is_none()).then(|| reply(&request));
            rows.push(request);
            rows.extend(reply);
        }
        let named = rollout.passages.iter().flat_map(|passage| {
            // A group is its own address.
            let to = passage.group.is_none().then_some(&passage.to);
            [Some(&passage.from), to].into_iter().flatten()
        });
        let without_address = named.filter(|name| addresses.get(*name).is_none_or(BTreeSet::is_empty)).cloned().collect();
        let questions = rollout.expansion.open_questions.iter().map(|(doubt, question)| (doubt.to_string(), question.clone())).collect();
        let (matrix, policy) = (rollout.matrix, &rollout.topology.policy);
        let origin = format!(
            "EMC {}, table {}, transport {}, openings {}",
            matrix.release(),
            matrix.sha256().get(..8).unwrap_or_default(),
            policy.transport.as_str(),
            rollout.expansion.digest()
        );
        let has_multicast = rollout.passages.iter().any(|passage| passage.group.is_some());
        Sheet { rows, ephemeral, without_address, has_multicast, questions, origin }
    }
}

fn request(rollout: &Rollout<'_>, passage: &Passage, addresses: &Addresses, ephemeral: Option<&Ports>, number: usize) -> Row {
    let facts: Vec<Facts<'_>> = passage.flows.iter().map(|(id, cause)| rollout.facts(id, cause)).collect();
    let side = |name: &PlacementName, ports: String| {
        let given = addresses.get(name).filter(|given| !given.is_empty());
        let addresses = given.map_or_else(|| vec![NO_ADDRESS.to_owned()], |given| given.iter().cloned().collect());
        Side { name: name.to_string(), addresses, ports }
    };
    let source = side(&passage.from, ephemeral.map_or_else(|| ANY.to_owned(), ToString::to_string));
    let destination = match passage.group {
        Some(group) => {
            let name = format!("multicast group of {}", passage.to);
            Side { name, addresses: vec![group.to_string()], ports: passage.ports.to_string() }
        }
        None => side(&passage.to, passage.ports.to_string()),
    };
    let flows = passage.flows.keys().zip(&facts).map(|(id, facts)| match facts.row {
        Some(row) => format!("{id} (row {row})"),
        None => id.to_string(),
    });
    let transport = |facts: &Facts<'_>| {
        let word = facts.encryption().unwrap_or("not known");
        if facts.management { format!("{word} management") } else { word.to_owned() }
    };
    let reason = |facts: &Facts<'_>| match facts.reason {
        Some(reason) => reason.to_owned(),
        None => facts.description.to_owned(),
    };
    let text = |of: &dyn Fn(&Facts<'_>) -> Option<String>| {
        let mut texts: Vec<String> = Vec::new();
        for text in facts.iter().filter_map(of) {
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts.join(" / ")
    };
    let doubts: BTreeSet<&str> = facts.iter().flat_map(|facts| &facts.questions).map(|doubt| doubt.as_str()).collect();
    Row {
        number,
        is_reply: false,
        source,
        destination,
        protocol: passage.protocol.to_string(),
        flows: flows.collect::<Vec<_>>().join(", "),
        transport: text(&|facts| Some(transport(facts))),
        reason: text(&|facts| Some(reason(facts))),
        ticket: text(&|facts| facts.ticket.map(str::to_owned)),
        expires: facts.iter().filter_map(|facts| facts.expires).min().map(|date| date.to_string()).unwrap_or_default(),
        doubt: doubts.into_iter().collect::<Vec<_>>().join(", "),
    }
}

fn reply(request: &Row) -> Row {
    Row {
        number: request.number + 1,
        is_reply: true,
        source: request.destination.clone(),
        destination: request.source.clone(),
        reason: format!("replies to {}", request.number),
        ..request.clone()
    }
}
