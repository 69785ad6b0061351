//! Which flow of the table a live opening may stand for although no rule asks for it: one that is held, excluded or closed.

use std::collections::BTreeSet;
use std::fmt;

use super::judge::{Live, Site};
use super::opening::{Peer, Traffic};
use crate::line;
use crate::matrix::{ComponentId, DoubtId, Flow, FlowId};
use crate::net::Direction;
use crate::note::{Note, Subject};
use crate::rule::Cause;
use crate::topology::PlacementName;

/// A flow without a rule that has the port of a live opening.
#[derive(Debug)]
pub(super) struct StandIn<'a> {
    text: String,
    note: &'a Note,
    /// The unanswered questions that keep it from having a rule; none if the far end is nobody of this rollout.
    questions: BTreeSet<&'a DoubtId>,
}

/// Returns the flow for which a live opening may stand: its listener is where the opening leads to, and it has these ports.
pub(super) fn find<'a>(site: &'a Site<'a>, residents: &BTreeSet<&PlacementName>, live: &Live) -> Option<StandIn<'a>> {
    let silent = site.expansion.notes.iter().filter_map(|(subject, note)| match subject {
        Subject::Flow(flow) => Some((site.matrix.flows().get(flow)?, note)),
        Subject::Pair { .. } | Subject::Placement(_) => None,
    });
    let mut found = silent.filter(|(flow, _)| has_ports(site, flow, live));
    found.find_map(|(flow, note)| {
        let leads_there = |placement: &PlacementName| hosts(site, placement, &flow.listener);
        let is_known = |placement: &&PlacementName| {
            let homes: Vec<&Peer> = site.homes.get(*placement).into_iter().flatten().collect();
            live.peers.iter().all(|peer| peer.is_within(&homes))
        };
        let known: Vec<&PlacementName> = site.homes.keys().filter(is_known).collect();
        let (listens, is_ours) = match live.direction {
            Direction::Ingress => (residents.iter().any(|placement| leads_there(placement)), !known.is_empty()),
            Direction::Egress => (known.iter().any(|placement| leads_there(placement)), true),
        };
        let questions = site.expansion.questioned.get(&flow.id).filter(|_| is_ours).into_iter().flatten().collect();
        let text = line::flow(&flow.id, &Cause::default(), site.matrix, &site.topology.policy);
        listens.then_some(StandIn { text, note, questions })
    })
}

impl<'a> StandIn<'a> {
    /// Returns the flow and the questions, if it only waits for an answer.
    pub(super) fn doubtful(&self) -> Option<(String, BTreeSet<&'a DoubtId>)> {
        (!self.questions.is_empty()).then(|| (format!("may stand for {}, {}", self.text, self.note.kind.as_str()), self.questions.clone()))
    }
}

impl fmt::Display for StandIn<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "it has the port of {}, which is not open here: {}", self.text, self.note)
    }
}

fn has_ports(site: &Site<'_>, flow: &Flow, live: &Live) -> bool {
    let by_site = site.topology.policy.ports.get::<FlowId>(&flow.id).map(|ports| ports.ranges().to_vec());
    let ranges = by_site.unwrap_or_else(|| flow.port.into_iter().collect());
    let is_of = |traffic: &Traffic| ranges.iter().any(|ports| Traffic::ports(flow.protocol, *ports).covers(traffic));
    !live.traffic.is_empty() && live.traffic.iter().all(is_of)
}

fn hosts(site: &Site<'_>, placement: &PlacementName, listener: &ComponentId) -> bool {
    let hosted_by = |component: &ComponentId| site.matrix.components().get(component).and_then(|component| component.hosted_by.as_ref());
    let components = site.topology.placements.get(placement).map(|placement| &placement.components);
    components.into_iter().flatten().any(|component| component == listener || hosted_by(component) == Some(listener))
}
