//! Which initiators keep a flow under the policy's choice of transport.
//!
//! The decision is taken for each initiator: dropping a plain port because a secure one exists would cut off those who cannot
//! use the secure one.

use std::collections::BTreeMap;

use super::site::{Opener, Openers, Place, Site};
use super::twin;
use crate::matrix::{Flow, RoleId, Transport};
use crate::topology::TransportChoice;

/// Who keeps a flow, and why.
#[derive(Debug, Default)]
pub(super) struct Decision<'a> {
    /// Those who keep it, with the role that brought them and why no twin replaces it for them.
    pub(super) open: BTreeMap<Opener<'a>, (Option<&'a RoleId>, String)>,
}

/// Decides for every placed initiator of `flow`.
pub(super) fn decide<'a>(site: &Site<'a>, flow: &'a Flow) -> Decision<'a> {
    let choice = site.topology.policy.transport;
    let mut decision = Decision::default();
    for (opener, role) in site.openers(&flow.id).into_iter().flat_map(|openers| &openers.placed) {
        let kept = match (choice, flow.transport) {
            (TransportChoice::SecureOnly, Transport::Plain) => None,
            (TransportChoice::PreferSecure, Transport::Plain) => keeps(site, flow, Transport::Secure, *opener),
            (TransportChoice::PlainOnly, Transport::Secure) => keeps(site, flow, Transport::Plain, *opener),
            (TransportChoice::AsListed, _)
            | (TransportChoice::SecureOnly | TransportChoice::PreferSecure, Transport::Secure | Transport::Either)
            | (TransportChoice::PlainOnly, Transport::Plain | Transport::Either) => Some(String::new()),
        };
        if let Some(reason) = kept {
            decision.open.insert(*opener, (*role, reason));
        }
    }
    decision
}

impl<'a> Decision<'a> {
    /// Returns the placements that keep the flow, with a role that brought one of their initiators.
    pub(super) fn placements(&self) -> BTreeMap<Place<'a>, Option<&'a RoleId>> {
        let mut placements = BTreeMap::new();
        for ((placement, _), (role, _)) in &self.open {
            let brought_by = placements.entry(*placement).or_insert(*role);
            *brought_by = brought_by.or(*role);
        }
        placements
    }

    /// Returns the placements of those who keep the flow among `some`, with a role that brought one of them.
    pub(super) fn placements_among(&self, some: &Openers<'a>) -> BTreeMap<Place<'a>, Option<&'a RoleId>> {
        let mut placements = BTreeMap::new();
        for (opener, role) in some.placed.iter().filter(|(opener, _)| self.open.contains_key(opener)) {
            let brought_by = placements.entry(opener.0).or_insert(*role);
            *brought_by = brought_by.or(*role);
        }
        placements
    }

    /// Says why nobody keeps the flow.
    pub(super) fn closed_because(&self, site: &Site<'a>, flow: &'a Flow) -> String {
        let choice = site.topology.policy.transport;
        let instead = match (choice, flow.twins.is_empty()) {
            (TransportChoice::SecureOnly, true) if flow.without.is_empty() => "no secure twin".to_owned(),
            (TransportChoice::SecureOnly, true) => format!("no secure twin, without it no {}", flow.without),
            (TransportChoice::SecureOnly, false) => twin::instead(site, flow),
            // Here a flow closes only where everybody has a twin of it.
            (TransportChoice::AsListed | TransportChoice::PreferSecure | TransportChoice::PlainOnly, _) => {
                let twins: Vec<&str> = flow.twins.iter().map(|twin| twin.flow.as_str()).collect();
                format!("{} instead", twins.join(", "))
            }
        };
        format!("{}, {instead}", choice.as_str())
    }

    /// Says why a flow that is open stays unencrypted although the policy asks for encryption.
    pub(super) fn still_plain(&self, site: &Site<'a>, flow: &Flow) -> Option<String> {
        let policy = &site.topology.policy;
        match (policy.transport, flow.transport) {
            (TransportChoice::SecureOnly, Transport::Either) => Some("one port for both: see to it that the listener encrypts".to_owned()),
            (TransportChoice::PreferSecure, Transport::Plain) => {
                let mut needed_by: BTreeMap<&str, Vec<String>> = BTreeMap::new();
                for (opener, (_, reason)) in self.open.iter().filter(|((place, _), _)| !twin::is_excluded(site, &flow.id, *place)) {
                    needed_by.entry(reason).or_default().push(twin::named(*opener));
                }
                let reasons: Vec<String> =
                    needed_by.iter().map(|(reason, who)| format!("{reason}; needed by {}", who.join(", "))).collect();
                Some(reasons.join("; "))
            }
            (TransportChoice::AsListed | TransportChoice::PlainOnly, _)
            | (TransportChoice::SecureOnly, Transport::Plain | Transport::Secure)
            | (TransportChoice::PreferSecure, Transport::Secure | Transport::Either) => None,
        }
    }
}

/// Says why no twin of the wanted kind replaces `flow` for `opener`; nothing if one does.
fn keeps<'a>(site: &Site<'a>, flow: &'a Flow, wanted: Transport, opener: Opener<'a>) -> Option<String> {
    let obstacles = twin::replacement(site, flow, wanted, opener).err()?;
    let reasons: Vec<String> = obstacles.iter().map(ToString::to_string).collect();
    Some(if reasons.is_empty() { format!("no {} twin", wanted.as_str()) } else { reasons.join(", ") })
}
