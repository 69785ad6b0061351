//! Openings as they are found, and the rules that they make together.
//!
//! While they are collected, placements and flows are numbers in the order of their names: a rollout of many rules is sorted once, by
//! a few small numbers each, instead of looking up every rule among all others by name.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::site::Place;
use crate::matrix::{FlowId, RoleId};
use crate::net::Direction;
use crate::rule::{Cause, Peer, Rule, RuleKey, Traffic};

/// One flow through one firewall.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening<'a> {
    pub(super) local: Place<'a>,
    pub(super) direction: Direction,
    pub(super) traffic: Traffic,
    pub(super) peer: End<'a>,
    pub(super) flow: FlowNumber,
    /// The role that brought the initiator, or the member of a multicast group.
    pub(super) role: Option<&'a RoleId>,
}

/// A far end; the variants are those of [`Peer`], in its order.
#[derive(Debug, Clone, Copy)]
pub(super) enum End<'a> {
    Placement(Place<'a>),
    Senders(Place<'a>),
    MulticastGroup(Ipv4Addr),
    Querier,
    Routers,
}

/// A flow by its place in the order in which flows were announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FlowNumber(usize);

/// Openings in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Openings<'a> {
    flows: Vec<&'a FlowId>,
    all: Vec<Opening<'a>>,
}

impl<'a> Openings<'a> {
    /// Announces a flow whose openings come next.
    pub(super) fn announce(&mut self, flow: &'a FlowId) -> FlowNumber {
        self.flows.push(flow);
        FlowNumber(self.flows.len() - 1)
    }

    pub(super) fn add(&mut self, opening: Opening<'a>) {
        self.all.push(opening);
    }

    /// Returns the rules: openings with the same ends, protocol and ports are one, with all their flows.
    pub(super) fn into_rules(self) -> BTreeMap<RuleKey, Rule> {
        let Openings { flows, mut all } = self;
        // The order of `RuleKey`, so that the map is built in its own order. Flows, and roles of one flow, stay as they were found.
        all.sort_by_key(|opening| (identity(opening), opening.flow));
        let rules = all.chunk_by(|one, other| identity(one) == identity(other)).filter_map(|openings| {
            let Opening { local, direction, traffic, peer, .. } = *openings.first()?;
            let key = RuleKey { local: local.name.clone(), direction, traffic, peer: peer.named() };
            let mut rule = Rule { key: key.clone(), flows: BTreeMap::new() };
            for opening in openings {
                let Some(flow) = flows.get(opening.flow.0) else { continue };
                let cause: &mut Cause = rule.flows.entry((*flow).clone()).or_default();
                if cause.role.is_none() {
                    cause.role = opening.role.cloned();
                }
            }
            Some((key, rule))
        });
        rules.collect()
    }
}

/// What makes two openings one rule.
fn identity(opening: &Opening<'_>) -> impl Ord + use<> {
    (opening.local.number, opening.direction, opening.traffic, opening.peer.order())
}

impl End<'_> {
    fn named(self) -> Peer {
        match self {
            End::Placement(place) => Peer::Placement(place.name.clone()),
            End::Senders(place) => Peer::Senders(place.name.clone()),
            End::MulticastGroup(group) => Peer::MulticastGroup(group),
            End::Querier => Peer::Querier,
            End::Routers => Peer::Routers,
        }
    }

    /// Returns numbers in the order of [`Peer`].
    fn order(self) -> (u8, u32) {
        match self {
            End::Placement(place) => (0, place.number),
            End::Senders(place) => (1, place.number),
            End::MulticastGroup(group) => (2, u32::from(group)),
            End::Querier => (3, 0),
            End::Routers => (4, 0),
        }
    }
}
