//! An area in words that rules are made of.

use crate::azure::rule::{Opening, PortSet, Protocol};
use crate::azure::side::{Side, Tag};
use crate::net::{Cidr, Direction};

use super::area::{AH, Area, ESP, Edge, ICMP, NO_PORT, OTHER, TCP, UDP};
use super::ends::{Ends, Families, Member};
use super::ranges::Ranges;

/// A part of what an opening covers: each of its traffic between each of both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Protocols with their destination ports. What the opening says itself stands here unchanged where all of it is in the part.
    pub traffic: Vec<(Protocol, PortSet)>,
    /// The hosts that the group guards.
    pub local: Vec<Side>,
    /// The far ends.
    pub peer: Vec<Side>,
}

impl Part {
    /// Tells whether some of its traffic may be of an opening.
    pub(in crate::azure) fn may_meet(&self, opening: &Opening) -> bool {
        self.traffic.iter().any(|(protocol, ports)| protocol.may_meet(&opening.protocol) && ports.may_meet(&opening.destination_ports))
    }
}

impl Area {
    /// Returns this area, which is a part of what `of` covers, in words.
    pub(in crate::azure) fn part(&self, of: &Opening) -> Part {
        let (mut protocols, mut ports) = (0, PortSet::Any);
        let (mut source, mut destination) = (Vec::new(), Vec::new());
        for edge in &self.0 {
            match edge {
                Edge::Protocols(bits) => protocols = *bits,
                Edge::DestinationPorts(ranges) => ports = port_set(ranges),
                Edge::Source(ends) => source = sides(ends),
                Edge::Destination(ends) => destination = sides(ends),
                Edge::SourcePorts(_) => {}
            }
        }
        let named = [(TCP, Protocol::Tcp), (UDP, Protocol::Udp), (ICMP, Protocol::Icmp), (ESP, Protocol::Esp), (AH, Protocol::Ah)];
        let others = Protocol::Other(if let Protocol::Other(text) = &of.protocol { text.clone() } else { "other protocols".to_owned() });
        let named = named.into_iter().chain([(OTHER, others)]).filter(|(bit, _)| protocols & bit != 0);
        let traffic = named.map(|(_, protocol)| (protocol, ports.clone())).collect();
        let (local, peer) = match of.direction {
            Direction::Ingress => (destination, source),
            Direction::Egress => (source, destination),
        };
        Part { traffic, local, peer }
    }
}

fn port_set(ranges: &Ranges) -> PortSet {
    let port = |number: u128| u16::try_from(number).ok();
    let ports =
        ranges.iter().filter(|(first, _)| *first < NO_PORT).filter_map(|(first, last)| Some((port(first)?, port(last.min(NO_PORT - 1))?)));
    PortSet::of(ports)
}

/// Returns sides that together cover these ends, and nobody else.
fn sides(ends: &Ends) -> Vec<Side> {
    let [anywhere, network, internet] =
        [Side::Any, Side::Tag(Tag::new(Tag::VIRTUAL_NETWORK)), Side::Tag(Tag::new(Tag::INTERNET))].map(|side| (Ends::of(&side), side));
    for (all, side) in [anywhere, network, internet] {
        // Whoever is in a group or behind a tag has an address of these.
        if ends.network == all.network && ends.internet == all.internet {
            return vec![side];
        }
    }
    let mut sides: Vec<Side> = Vec::new();
    sides.extend(Side::prefixes(blocks(&ends.network.or(&ends.internet))));
    for member in &ends.members {
        let side = match member {
            Member::Group(group) => Side::Groups([group.clone()].into()),
            Member::Tag(tag, _) => Side::Tag(tag.clone()),
            Member::Other(text, _) => Side::Other(text.clone()),
        };
        if !sides.contains(&side) {
            sides.push(side);
        }
    }
    sides
}

fn blocks(addresses: &Families) -> Vec<Cidr> {
    let ipv4 = addresses.ipv4.iter().filter_map(|(first, last)| Some((u32::try_from(first).ok()?, u32::try_from(last).ok()?)));
    let ipv4 = ipv4.flat_map(|(first, last)| Cidr::spanning_ipv4(first, last));
    ipv4.chain(addresses.ipv6.iter().flat_map(|(first, last)| Cidr::spanning_ipv6(first, last))).collect()
}
