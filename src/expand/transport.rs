//! Which initiators keep a flow under the policy's choice of transport.
//!
//! The decision is taken for each initiator: dropping a plain port because a secure one exists would cut off those who cannot
//! use the secure one.

use std::collections::BTreeMap;

use super::site::{Opener, Openers, Place, Site};
use crate::matrix::{Flow, RoleId, Transport, Twin};
use crate::topology::{Exclusion, TransportChoice};

/// Who keeps a flow, and why.
#[derive(Debug, Default)]
pub(super) struct Decision<'a> {
    /// Those who keep it, with the role that brought them and why no twin replaces it for them.
    pub(super) open: BTreeMap<Opener<'a>, (Option<&'a RoleId>, String)>,
}

/// Decides for every placed initiator of `flow`.
pub(super) fn decide<'a>(site: &Site<'a>, flow: &Flow) -> Decision<'a> {
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
    pub(super) fn closed_because(&self, site: &Site<'a>, flow: &Flow) -> String {
        let choice = site.topology.policy.transport;
        let twins: Vec<&str> = flow.twins.iter().map(|twin| twin.flow.as_str()).collect();
        let instead = match (choice, twins.as_slice()) {
            (TransportChoice::SecureOnly, []) => "no secure twin".to_owned(),
            (_, twins) => format!("{} instead", twins.join(", ")),
        };
        let lost = match (choice, twins.is_empty(), flow.without.as_str()) {
            (TransportChoice::SecureOnly, true, without) if !without.is_empty() => format!(", without it no {without}"),
            (
                TransportChoice::SecureOnly | TransportChoice::AsListed | TransportChoice::PreferSecure | TransportChoice::PlainOnly,
                _,
                _,
            ) => String::new(),
        };
        format!("{}, {instead}{lost}", choice.as_str())
    }

    /// Says why a flow that is open stays unencrypted although the policy asks for encryption.
    pub(super) fn still_plain(&self, site: &Site<'a>, flow: &Flow) -> Option<String> {
        let policy = &site.topology.policy;
        match (policy.transport, flow.transport) {
            (TransportChoice::SecureOnly, Transport::Either) => Some("one port for both: see to it that the listener encrypts".to_owned()),
            (TransportChoice::PreferSecure, Transport::Plain) => {
                let mut needed_by: BTreeMap<&str, Vec<String>> = BTreeMap::new();
                let excluded = |place: &Place<'_>| matches!(policy.exclude.get(&flow.id), Some(Exclusion::From(places)) if places.contains(place.name));
                for ((placement, component), (_, reason)) in self.open.iter().filter(|((place, _), _)| !excluded(place)) {
                    let who =
                        component.map_or_else(|| placement.name.to_string(), |component| format!("{component} in {}", placement.name));
                    needed_by.entry(reason).or_default().push(who);
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
fn keeps(site: &Site<'_>, flow: &Flow, wanted: Transport, opener: Opener<'_>) -> Option<String> {
    let mut reasons = Vec::new();
    for twin in &flow.twins {
        let Some(other) = site.matrix.flows().get(&twin.flow).filter(|other| other.transport == wanted) else { continue };
        match cannot_replace(site, twin, other, opener) {
            Some(reason) => reasons.push(reason),
            None => return None,
        }
    }
    Some(if reasons.is_empty() { format!("no {} twin", wanted.as_str()) } else { reasons.join(", ") })
}

fn cannot_replace(site: &Site<'_>, twin: &Twin, other: &Flow, opener: Opener<'_>) -> Option<String> {
    let policy = &site.topology.policy;
    // An answer is a text: nobody but its reader knows which way it went. A site that wants the port closed excludes it.
    if let Some(doubt) = &twin.doubt {
        return Some(format!("its twin {} is in doubt ({doubt})", other.id));
    }
    if let Err(note) = site.admit(other).and_then(|()| site.mail_chosen(other)) {
        return Some(format!("its twin {} is not open ({})", other.id, note.kind.as_str()));
    }
    let (placement, _) = opener;
    if let Some(Exclusion::From(placements)) = policy.exclude.get(&other.id)
        && placements.contains(placement.name)
    {
        return Some(format!("its twin {} is excluded from {}", other.id, placement.name));
    }
    let placed = site.openers(&other.id).map(|openers| &openers.placed);
    let covered = placed.is_some_and(|placed| placed.contains_key(&opener) || placed.contains_key(&(placement, None)));
    if covered { None } else { Some(format!("its twin {} is for {} only", other.id, users(other))) }
}

fn users(flow: &Flow) -> String {
    let names: Vec<&str> = flow.initiators.iter().map(crate::matrix::Party::as_str).collect();
    names.join(", ")
}
