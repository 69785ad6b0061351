//! What another port matrix would change for one site: which rules open, which close, which change their reasons.
//!
//! It compares what two tables ask for under the same placements and the same policy. A name that only one of the tables has counts where
//! it is known ([`common`]). It knows names only, as expansion does, and does not know where tables come from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::expand::Expansion;
use crate::line;
use crate::matrix::{DoubtId, FlowId, Matrix};
use crate::note::Subject;
use crate::rule::{Rule, RuleKey};
use crate::topology::{PlacementName, Topology};

pub mod common;
#[cfg(test)]
mod tests;

/// One of the two tables, and what it asks for.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The table.
    pub matrix: &'a Matrix,
    /// Placements and policy, resolved against it.
    pub topology: &'a Topology,
    /// What they ask for.
    pub expansion: &'a Expansion,
}

/// Texts by placement, in the order of lines: egress first, then by protocol and port.
pub type Lines = BTreeMap<PlacementName, Vec<String>>;

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diff {
    /// Rules that only the second table asks for.
    pub opens: Lines,
    /// Rules that only the first one asks for.
    pub closes: Lines,
    /// Rules that both ask for, for other flows or with other facts: `ingress tcp 443 from agents: … -> …`.
    pub changes: Lines,
    /// Flows whose state differs: `closed as shipped -> open`.
    pub flows: BTreeMap<FlowId, String>,
    /// Questions that only the second table leaves to this site.
    pub questions: BTreeMap<DoubtId, String>,
}

impl Diff {
    /// Tells whether the openings are the same.
    pub fn is_empty(&self) -> bool {
        self.opens.is_empty() && self.closes.is_empty()
    }

    /// Returns how many rules open, close and change, and at how many placements.
    pub fn counts(&self) -> Counts {
        let count = |lines: &Lines| lines.values().map(Vec::len).sum();
        let places: BTreeSet<&PlacementName> = [&self.opens, &self.closes, &self.changes].into_iter().flat_map(BTreeMap::keys).collect();
        Counts { opens: count(&self.opens), closes: count(&self.closes), changes: count(&self.changes), places: places.len() }
    }
}

/// Numbers of a [`Diff`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Rules that open.
    pub opens: usize,
    /// Rules that close.
    pub closes: usize,
    /// Rules that stay, for other reasons.
    pub changes: usize,
    /// Placements with any of these.
    pub places: usize,
}

/// Compares what two tables ask for.
pub fn diff(before: Side<'_>, after: Side<'_>) -> Diff {
    let mut diff = Diff::default();
    let add = |lines: &mut Lines, key: &RuleKey, text: String| lines.entry(key.local.clone()).or_default().push(text);
    for (key, rule) in &before.expansion.rules {
        let was = before.purpose(rule);
        match after.expansion.rules.get(key) {
            None => add(&mut diff.closes, key, format!("{} {key}: {was}", key.direction)),
            Some(now) => {
                let is = after.purpose(now);
                if was != is {
                    add(&mut diff.changes, key, format!("{} {key}: {was} -> {is}", key.direction));
                }
            }
        }
    }
    for (key, rule) in after.expansion.rules.iter().filter(|(key, _)| !before.expansion.rules.contains_key(*key)) {
        add(&mut diff.opens, key, format!("{} {key}: {}", key.direction, after.purpose(rule)));
    }
    let (was, is) = (before.open_flows(), after.open_flows());
    let flows: BTreeSet<&FlowId> = before.flows().chain(after.flows()).collect();
    for flow in flows {
        let (was, is) = (before.state(flow, &was), after.state(flow, &is));
        if was != is {
            diff.flows.insert(flow.clone(), format!("{was} -> {is}"));
        }
    }
    let known = &before.expansion.open_questions;
    let asked = after.expansion.open_questions.iter().filter(|(doubt, _)| !known.contains_key(*doubt));
    diff.questions = asked.map(|(doubt, question)| (doubt.clone(), question.clone())).collect();
    diff
}

/// What a table does with a flow.
#[derive(Debug, PartialEq, Eq)]
enum State {
    Absent,
    Open,
    Silent(String),
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            State::Absent => "not in the table",
            State::Open => "open",
            State::Silent(note) => note,
        })
    }
}

impl<'a> Side<'a> {
    fn purpose(&self, rule: &Rule) -> String {
        line::purpose(rule, self.matrix, &self.topology.policy)
    }

    fn flows(&self) -> impl Iterator<Item = &'a FlowId> {
        self.matrix.flows().keys()
    }

    fn open_flows(&self) -> BTreeSet<&'a FlowId> {
        self.expansion.rules.values().flat_map(|rule| rule.flows.keys()).collect()
    }

    fn state(&self, flow: &FlowId, open: &BTreeSet<&FlowId>) -> State {
        if !self.matrix.flows().contains_key(flow) {
            return State::Absent;
        }
        if open.contains(flow) {
            return State::Open;
        }
        let note = self.expansion.notes.get(&Subject::Flow(flow.clone()));
        State::Silent(note.map(ToString::to_string).unwrap_or_default())
    }
}
