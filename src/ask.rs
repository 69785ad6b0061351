//! Questions about a rollout: who reaches whom, through which flows, and if not, why not.
//!
//! [`ask`] answers for hosts and ports, as firewalls do: what passes from one placement to another passes for everything that lives there,
//! whichever component it was opened for. [`between`] answers for the table alone, before anything is placed. Both are pure; they know
//! names only, no address and no Terraform.

use std::collections::{BTreeMap, BTreeSet};

use crate::matrix::{ComponentId, Flow, FlowId, Matrix, Party};
use crate::note::{Note, Subject};
use crate::passage::{Passage, Rollout};
use crate::rule::Cause;
use crate::topology::{Fault, Initiator, Placement, PlacementName, Policy, Topology, unknown_end, unknown_party};

mod answer;
#[cfg(test)]
mod tests;
mod traffic;

pub use traffic::{Traffic, Word};

/// One side of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Whoever it is.
    Anyone,
    /// Everything in a placement.
    Placement(PlacementName),
    /// A component or role, wherever it lives.
    Party(Party),
}

/// A question about a rollout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Who opens connections.
    pub from: End,
    /// Who accepts them.
    pub to: End,
    /// What is asked about of all that may pass.
    pub traffic: Traffic,
}

/// What a rollout says to a question; displayed as one line that begins with `yes` or `no`.
#[derive(Debug, Clone)]
pub struct Answer<'a> {
    /// What passes, and the flows of it that were asked about.
    pub passes: Vec<(&'a Passage, Vec<(&'a FlowId, &'a Cause)>)>,
    /// Placements of one host that hold both ends: no firewall stands between them.
    pub same_host: Vec<&'a PlacementName>,
    /// The sides that live nowhere, in words.
    pub nowhere: Vec<String>,
    /// Flows of that kind without a rule between those ends, and why there is none.
    pub notes: BTreeMap<&'a Subject, &'a Note>,
    rollout: &'a Rollout<'a>,
}

impl End {
    /// Returns what a name of placements, components and roles stands for; a placement wins over a component of the same name. No name
    /// is anyone.
    ///
    /// # Errors
    /// When nothing is called so; `at` says where the name was written.
    pub fn resolve(name: Option<&str>, at: &str, matrix: &Matrix, topology: &Topology) -> Result<End, Fault> {
        let Some(name) = name else { return Ok(End::Anyone) };
        if let Some((placement, _)) = topology.placements.get_key_value(name) {
            return Ok(End::Placement(placement.clone()));
        }
        let placements = topology.placements.keys().map(PlacementName::as_str);
        matrix.party(name).map(End::Party).ok_or_else(|| unknown(name, at, || unknown_end(name, placements, matrix)))
    }

    /// Returns what a name of components and roles stands for. No name is anyone.
    ///
    /// # Errors
    /// When nothing is called so; `at` says where the name was written.
    pub fn resolve_party(name: Option<&str>, at: &str, matrix: &Matrix) -> Result<End, Fault> {
        let Some(name) = name else { return Ok(End::Anyone) };
        matrix.party(name).map(End::Party).ok_or_else(|| unknown(name, at, || unknown_party(name, matrix)))
    }
}

fn unknown(name: &str, at: &str, detail: impl FnOnce() -> String) -> Fault {
    // A name that came out empty would widen the question without anyone seeing it.
    let detail = if name.is_empty() { "an empty name is nobody's. Write `null` for anyone.".to_owned() } else { detail() };
    Fault { at: vec![at.to_owned()], summary: "Unknown name", detail }
}

/// Asks a rollout.
pub fn ask<'a>(rollout: &'a Rollout<'a>, question: &Question) -> Answer<'a> {
    let (from, to) = (Side::of(rollout, &question.from), Side::of(rollout, &question.to));
    let asked = |passage: &'a Passage| {
        let in_between = from.places.contains(&passage.from) && to.places.contains(&passage.to);
        let flows = passage.flows.iter().filter(|(id, cause)| in_between && question.traffic.takes(rollout, passage, id, cause));
        let flows: Vec<_> = flows.collect();
        (!flows.is_empty()).then_some((passage, flows))
    };
    let named = question.from != End::Anyone && question.to != End::Anyone && question.traffic.is_of_packets();
    let one_host = |name: &&PlacementName| rollout.topology.placements.get(*name).is_some_and(|placement| placement.single_host);
    let nowhere = [&question.from, &question.to].into_iter().zip([&from, &to]).filter(|(_, side)| side.places.is_empty());
    Answer {
        passes: rollout.passages.iter().filter_map(asked).collect(),
        same_host: from.places.intersection(&to.places).copied().filter(|name| named && one_host(name)).collect(),
        nowhere: nowhere.map(|(end, _)| end.to_string()).collect(),
        notes: rollout.expansion.notes.iter().filter(|(subject, _)| noted(rollout, subject, &from, &to, &question.traffic)).collect(),
        rollout,
    }
}

/// Returns the flows of the table from one end to the other, as the policy reads it: with the initiators and members of roles that it
/// names. Whether they are opened is not asked; an end that is a placement is nobody here.
pub fn between<'a>(matrix: &'a Matrix, policy: &'a Policy, from: &End, to: &End) -> Vec<&'a Flow> {
    let side = |end: &End| match end {
        End::Anyone => Side { places: BTreeSet::new(), components: None },
        End::Placement(_) => Side { places: BTreeSet::new(), components: Some(BTreeSet::new()) },
        End::Party(party) => Side { places: BTreeSet::new(), components: Some(components(matrix, policy, party)) },
    };
    let (from, to) = (side(from), side(to));
    matrix.flows().values().filter(|flow| joins(matrix, policy, flow, &from, &to)).collect()
}

/// An end of a question on this site.
struct Side<'a> {
    places: BTreeSet<&'a PlacementName>,
    /// None for all.
    components: Option<BTreeSet<ComponentId>>,
}

impl<'a> Side<'a> {
    fn of(rollout: &'a Rollout<'_>, end: &End) -> Side<'a> {
        let (matrix, placements) = (rollout.matrix, &rollout.topology.placements);
        match end {
            End::Anyone => Side { places: placements.keys().collect(), components: None },
            End::Placement(name) => {
                let (place, placement) = placements.get_key_value(name).unzip();
                let living = placement.into_iter().flat_map(|placement| living(matrix, placement)).cloned().collect();
                Side { places: place.into_iter().collect(), components: Some(living) }
            }
            End::Party(party) => {
                let components = components(matrix, &rollout.topology.policy, party);
                let hosts = placements.iter().filter(|(_, placement)| living(matrix, placement).any(|name| components.contains(name)));
                Side { places: hosts.map(|(name, _)| name).collect(), components: Some(components) }
            }
        }
    }

    fn has(&self, component: &ComponentId) -> bool {
        self.components.as_ref().is_none_or(|components| components.contains(component))
    }
}

/// What lives in a placement, with the servers of its databases.
fn living<'a>(matrix: &'a Matrix, placement: &'a Placement) -> impl Iterator<Item = &'a ComponentId> {
    placement.components.iter().flat_map(|component| with_host(matrix, component))
}

fn with_host<'a>(matrix: &'a Matrix, component: &'a ComponentId) -> impl Iterator<Item = &'a ComponentId> {
    let host = matrix.components().get(component).and_then(|component| component.hosted_by.as_ref());
    [component].into_iter().chain(host)
}

/// The components that a name stands for, with the servers of databases.
fn components(matrix: &Matrix, policy: &Policy, party: &Party) -> BTreeSet<ComponentId> {
    let narrowed = match party {
        Party::Component(_) => None,
        Party::Role(role) => policy.roles.get(role),
    };
    let named: Vec<&ComponentId> = narrowed.map_or_else(|| matrix.members(party).collect(), |members| members.iter().collect());
    named.into_iter().flat_map(|component| with_host(matrix, component)).cloned().collect()
}

/// Tells whether a flow of the table goes from one side to the other, under the initiators that the policy names.
fn joins(matrix: &Matrix, policy: &Policy, flow: &Flow, from: &Side<'_>, to: &Side<'_>) -> bool {
    let any = |parties: &BTreeSet<Party>, side: &Side<'_>| {
        let mut members = parties.iter().flat_map(|party| policy.members(matrix, party, &flow.listener));
        members.any(|(component, _)| side.has(component))
    };
    let opens = match policy.initiators.get(&flow.id) {
        Some(parties) => any(parties, from),
        None if flow.management && !policy.management_from.is_empty() => policy.management_from.iter().any(|initiator| match initiator {
            Initiator::Party(party) => policy.members(matrix, party, &flow.listener).iter().any(|(component, _)| from.has(component)),
            Initiator::Placement(name) => from.places.contains(name),
        }),
        // A held flow may have no initiator at all; whoever asks about anyone is told of it.
        None => any(&flow.initiators, from) || (flow.held.is_some() && from.components.is_none()),
    };
    let multicast = flow.multicast.as_ref().is_some_and(|multicast| any(&multicast.senders, from) && any(&multicast.receivers, to));
    multicast || (opens && to.has(&flow.listener))
}

/// Tells whether a note is about what was asked.
fn noted(rollout: &Rollout<'_>, subject: &Subject, from: &Side<'_>, to: &Side<'_>, traffic: &Traffic) -> bool {
    let policy = &rollout.topology.policy;
    match subject {
        Subject::Placement(_) => false,
        Subject::Pair { flow, from: opens, to: listens } => {
            from.places.contains(opens) && to.places.contains(listens) && traffic.takes_flow(rollout.matrix, policy, flow)
        }
        Subject::Flow(id) => {
            let ends = match (rollout.matrix.flows().get(id), policy.extra.get(id)) {
                (Some(flow), _) => joins(rollout.matrix, policy, flow, from, to),
                (None, Some(extra)) => from.places.contains(&extra.from) && to.places.contains(&extra.to),
                (None, None) => false,
            };
            ends && traffic.takes_flow(rollout.matrix, policy, id)
        }
    }
}
