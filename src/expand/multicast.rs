//! Multicast flows where the network carries them: senders reach the group, members hear senders and speak IGMP.
//!
//! Packets go to the group, so no rule between two placements fits. Who sends opens the group's address and port. Who receives lets in
//! what the senders send, by their addresses, the question of the IGMP querier who is still a member, and out its own joining of the
//! group and its leaving, which goes to all routers (IGMP version 2). Who does both has all of them. It knows no cloud: whether a
//! placement can be a member is told by the topology.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::openings::{End, Opening};
use super::site::{Openers, Place, Site};
use super::transport::Decision;
use super::{Draft, Fate, Pair, Wanted};
use crate::matrix::{Flow, FlowId, Party, RoleId};
use crate::net::Direction;
use crate::note::{Note, NoteKind};
use crate::rule::Traffic;
use crate::topology::MulticastChoice;

/// Who sends a flow, and who receives what they send.
#[derive(Debug, Default)]
pub(super) struct Leg<'a> {
    senders: Openers<'a>,
    receivers: Openers<'a>,
}

/// Returns everybody who takes part.
pub(super) fn members<'a>(legs: &[Leg<'a>]) -> Openers<'a> {
    let mut all = Openers::default();
    for openers in legs.iter().flat_map(|leg| [&leg.senders, &leg.receivers]) {
        all.names.extend(&openers.names);
        for (member, role) in &openers.placed {
            let brought_by = all.placed.entry(*member).or_insert(*role);
            *brought_by = brought_by.or(*role);
        }
    }
    all
}

/// Says who is missing, if nobody sends to anybody.
pub(super) fn missing(legs: &[Leg<'_>]) -> Option<String> {
    let missing = |leg: &Leg<'_>| leg.senders.missing("send").or_else(|| leg.receivers.missing("receive"));
    legs.iter().map(missing).reduce(|first, next| first.filter(|_| next.is_some())).flatten()
}

impl<'a> Site<'a> {
    /// Returns the group of a multicast flow whose packets this site's network carries; nothing for other flows.
    ///
    /// # Errors
    /// The note of a multicast flow that cannot be opened.
    pub(super) fn carried(&self, flow: &Flow) -> Result<Option<Ipv4Addr>, Note> {
        let Some(multicast) = &flow.multicast else { return Ok(None) };
        let note = |what: &str| Note { kind: NoteKind::Multicast, reason: format!("{what}; {}", multicast.consequence) };
        match self.topology.policy.multicast {
            MulticastChoice::Report => Err(note("a cloud network carries none, but for a transit gateway of AWS")),
            MulticastChoice::TransitGateway => match self.topology.policy.group(flow) {
                Some(group) => Ok(Some(group)),
                None => Err(note("no group address is printed, give it in multicast_groups")),
            },
        }
    }

    /// Returns who sends to whom; nobody unless the flow is multicast and carried.
    pub(super) fn find_legs(&self, flow: &'a Flow) -> Vec<Leg<'a>> {
        let carried = self.topology.policy.multicast == MulticastChoice::TransitGateway;
        let Some(multicast) = flow.multicast.as_ref().filter(|_| carried) else { return Vec::new() };
        let ends = |parties: &'a BTreeSet<Party>| {
            let mut ends = Openers::default();
            parties.iter().for_each(|party| self.add_party(flow, party, &mut ends));
            ends
        };
        let mut legs = vec![Leg { senders: ends(&multicast.senders), receivers: ends(&multicast.receivers) }];
        if self.named_by_site(flow) {
            // The print has them open toward the listener; as the site confirms it, they send as well, and the listener hears them.
            let mut receivers = Openers::default();
            receivers.names.insert(flow.listener.as_str());
            receivers.placed.extend(self.hosts(&flow.listener).iter().map(|place| ((*place, Some(&flow.listener)), None)));
            legs.push(Leg { senders: self.find_openers(flow), receivers });
        }
        legs
    }

    /// Returns the note of pairs of which one end is outside of the network that carries multicast.
    pub(super) fn unreached(&self, flow: &FlowId, pairs: &[Pair<'_>]) -> Note {
        let flow = self.matrix.flows().get(flow);
        let group = flow.and_then(|flow| self.topology.policy.group(flow)).map(|group| group.to_string()).unwrap_or_default();
        let outside = |places: BTreeSet<&str>, what: &str| {
            let names: Vec<&str> = places.into_iter().collect();
            (!names.is_empty()).then(|| format!("{} cannot {what} {group}", names.join(", ")))
        };
        let beyond = |place: &Place<'_>| !place.can_join;
        let senders = pairs.iter().map(|(from, _)| from).filter(|place| beyond(place)).map(|place| place.name.as_str()).collect();
        let receivers = pairs.iter().map(|(_, to)| to).filter(|place| beyond(place)).map(|place| place.name.as_str()).collect();
        let who: Vec<String> = [outside(senders, "send to"), outside(receivers, "join")].into_iter().flatten().collect();
        let lost = flow.and_then(|flow| flow.multicast.as_ref()).map(|multicast| format!("; {}", multicast.consequence));
        let reason = format!("{}, a transit gateway reaches no host outside of the cloud{}", who.join(" and "), lost.unwrap_or_default());
        Note { kind: NoteKind::Multicast, reason }
    }
}

impl<'a> Draft<'a> {
    /// Opens a flow from each of its senders, through the group, to each of its receivers.
    pub(super) fn multicast(
        &mut self,
        flow: &'a Flow,
        wanted: &Wanted<'_>,
        group: Ipv4Addr,
        transport: &Decision<'a>,
    ) -> Vec<(Pair<'a>, Fate)> {
        let mut fates = BTreeMap::new();
        for leg in self.site.legs(&flow.id) {
            let (senders, receivers) = (transport.placements_among(&leg.senders), transport.placements_among(&leg.receivers));
            self.touched.extend(senders.keys().chain(receivers.keys()).map(|place| place.number));
            for (from, sends_by) in &senders {
                for (to, receives_by) in &receivers {
                    let fate = self.cast(wanted, group, (*from, *to), receives_by.or(*sends_by));
                    fates.insert((*from, *to), fate);
                }
            }
        }
        fates.into_iter().collect()
    }

    /// Opens what one placement sends to another through a group.
    fn cast(&mut self, wanted: &Wanted<'_>, group: Ipv4Addr, (from, to): Pair<'a>, role: Option<&'a RoleId>) -> Fate {
        if wanted.excludes(from) || wanted.excludes(to) {
            return Fate::Excluded;
        }
        if from == to && from.single_host {
            return Fate::SameHost;
        }
        match (from.can_join, to.can_join) {
            (true, true) => {}
            (false, false) => return Fate::Outside,
            (true, false) | (false, true) => return Fate::Unreached,
        }
        let flow = wanted.flow;
        let mut openings = Vec::new();
        for ports in wanted.ports.ranges() {
            let traffic = Traffic::Ports { protocol: wanted.protocol, ports: *ports };
            openings.push((to, Direction::Ingress, traffic, End::Senders(from)));
            openings.push((from, Direction::Egress, traffic, End::MulticastGroup(group)));
        }
        openings.push((to, Direction::Ingress, Traffic::Igmp, End::Querier));
        openings.push((to, Direction::Egress, Traffic::Igmp, End::MulticastGroup(group)));
        openings.push((to, Direction::Egress, Traffic::Igmp, End::Routers));
        let directions = &self.site.topology.policy.directions;
        let mut fate = Fate::Outside;
        for (local, direction, traffic, peer) in openings {
            if local.managed && directions.contains(&direction) {
                fate = Fate::Ruled;
                self.openings.add(Opening { local, direction, traffic, peer, flow, role });
            }
        }
        fate
    }
}
