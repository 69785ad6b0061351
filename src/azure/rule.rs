//! A security rule as Azure keeps it, typed; and what makes two of them the same opening.
//!
//! Values are canonical: touching port ranges are joined, all ports are `*`, case does not matter. It can hold every rule that a group
//! can, also those that we never write, so that foreign rules can be named and judged. It does not know whose a rule is.

use std::fmt;

use crate::net;
use crate::net::Direction;

use super::side::{Ends, Side};

#[cfg(test)]
pub(super) mod tests;

/// The lowest priority number that Azure takes, which is heeded first.
pub const FIRST_PRIORITY: u16 = 100;

/// The highest priority number that Azure takes.
pub const LAST_PRIORITY: u16 = 4096;

/// One rule of a network security group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityRule {
    /// Its name, unique in the group whatever its case.
    pub name: String,
    /// Its description, if it has one.
    pub description: Option<String>,
    /// Its priority, unique among the rules of one direction; the lowest is heeded first.
    pub priority: u16,
    /// What it does.
    pub opening: Opening,
}

/// What a rule allows or denies: everything about it but name, priority and description.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    /// Toward or away from the hosts that the group guards.
    pub direction: Direction,
    /// Whether it lets pass.
    pub access: Access,
    /// The protocol.
    pub protocol: Protocol,
    /// Where packets come from.
    pub source: Side,
    /// The ports that they come from.
    pub source_ports: PortSet,
    /// Where packets go.
    pub destination: Side,
    /// The ports that they go to.
    pub destination_ports: PortSet,
}

/// Whether a rule lets pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// It lets pass.
    Allow,
    /// It drops.
    Deny,
}

/// A protocol as rules name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// Every protocol; Azure writes `*`.
    Any,
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// ICMP.
    Icmp,
    /// ESP.
    Esp,
    /// AH.
    Ah,
    /// Another, as reported; never written by us.
    Other(String),
}

/// The ports of one side of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PortSet {
    /// All ports; Azure writes `*`.
    Any,
    /// These ranges, sorted, with a gap between neighbors; from 0 to 65535.
    Ranges(Vec<(u16, u16)>),
    /// What no known form fits, as reported; never written by us.
    Other(String),
}

impl Opening {
    /// Returns what it takes to let hosts at two places speak on these ports of a protocol: one opening, or several where an end has
    /// groups and addresses, or addresses of both families. Nothing where an end is nowhere.
    pub fn between(direction: Direction, protocol: net::Protocol, ports: &net::Ports, local: &Ends, peer: &Ends) -> Vec<Opening> {
        let protocol = Protocol::from(protocol);
        let ports = PortSet::from(ports);
        let sides = local.sides();
        let pairs = sides.iter().flat_map(|local| peer.sides().into_iter().map(move |peer| (local.clone(), peer)));
        let pairs = pairs.filter(|(local, peer)| local.kind().agrees(peer.kind()));
        pairs.map(|(local, peer)| Opening::facing(direction, Access::Allow, protocol.clone(), local, peer, ports.clone())).collect()
    }

    /// Returns the opening between what the group guards and a far end, from any port.
    pub fn facing(direction: Direction, access: Access, protocol: Protocol, local: Side, peer: Side, ports: PortSet) -> Opening {
        let (source, destination) = match direction {
            Direction::Ingress => (peer, local),
            Direction::Egress => (local, peer),
        };
        Opening { direction, access, protocol, source, source_ports: PortSet::Any, destination, destination_ports: ports }
    }

    /// Returns the side that the group guards.
    pub fn local(&self) -> &Side {
        match self.direction {
            Direction::Ingress => &self.destination,
            Direction::Egress => &self.source,
        }
    }

    /// Returns the far end.
    pub fn peer(&self) -> &Side {
        match self.direction {
            Direction::Ingress => &self.source,
            Direction::Egress => &self.destination,
        }
    }

    /// Tells whether a packet may be of both, judged by direction, protocol and destination port alone, in no time.
    pub(super) fn may_meet(&self, other: &Opening) -> bool {
        self.direction == other.direction
            && self.protocol.may_meet(&other.protocol)
            && self.destination_ports.may_meet(&other.destination_ports)
    }

    /// Tells whether all of it is of forms that we know and can write.
    pub fn is_plain(&self) -> bool {
        let sides = [&self.source, &self.destination].into_iter().all(|side| !matches!(side, Side::Other(_)));
        let ports = [&self.source_ports, &self.destination_ports].into_iter().all(|ports| !matches!(ports, PortSet::Other(_)));
        sides && ports && !matches!(self.protocol, Protocol::Other(_))
    }
}

impl PortSet {
    /// Returns these ranges, joined where they touch; all ports become [`PortSet::Any`], and so does nothing at all.
    pub fn of(ranges: impl IntoIterator<Item = (u16, u16)>) -> PortSet {
        let mut sorted: Vec<(u16, u16)> = ranges.into_iter().collect();
        sorted.sort_unstable();
        let mut joined: Vec<(u16, u16)> = Vec::with_capacity(sorted.len());
        for (first, last) in sorted {
            match joined.last_mut() {
                Some((_, end)) if u32::from(first) <= u32::from(*end) + 1 => *end = last.max(*end),
                Some(_) | None => joined.push((first, last)),
            }
        }
        match joined.as_slice() {
            [] | [(0, u16::MAX)] => PortSet::Any,
            _ => PortSet::Ranges(joined),
        }
    }

    /// Tells whether a port may be of both.
    pub(super) fn may_meet(&self, other: &PortSet) -> bool {
        match (self, other) {
            (PortSet::Ranges(ours), PortSet::Ranges(theirs)) => {
                ours.iter().any(|(first, last)| theirs.iter().any(|(its_first, its_last)| first <= its_last && its_first <= last))
            }
            (PortSet::Any | PortSet::Other(_), _) | (_, PortSet::Any | PortSet::Other(_)) => true,
        }
    }

    /// Returns how many entries it counts against Azure's limit.
    pub fn entries(&self) -> usize {
        match self {
            PortSet::Ranges(ranges) => ranges.len(),
            PortSet::Any | PortSet::Other(_) => 1,
        }
    }
}

impl From<net::Protocol> for Protocol {
    fn from(protocol: net::Protocol) -> Protocol {
        match protocol {
            net::Protocol::Tcp => Protocol::Tcp,
            net::Protocol::Udp => Protocol::Udp,
        }
    }
}

impl From<&net::Ports> for PortSet {
    fn from(ports: &net::Ports) -> PortSet {
        PortSet::of(ports.ranges().iter().map(|range| (range.first(), range.last())))
    }
}

impl Access {
    /// Returns `allow` or `deny`.
    pub fn as_str(self) -> &'static str {
        match self {
            Access::Allow => "allow",
            Access::Deny => "deny",
        }
    }
}

impl Protocol {
    /// Tells whether a packet may be of both.
    pub(super) fn may_meet(&self, other: &Protocol) -> bool {
        match (self, other) {
            (Protocol::Any | Protocol::Other(_), _) | (_, Protocol::Any | Protocol::Other(_)) => true,
            (one, another) => one == another,
        }
    }

    /// Returns the word for it, in lower case.
    pub fn as_str(&self) -> &str {
        match self {
            Protocol::Any => "any",
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
            Protocol::Icmp => "icmp",
            Protocol::Esp => "esp",
            Protocol::Ah => "ah",
            Protocol::Other(text) => text,
        }
    }
}

impl fmt::Display for Opening {
    /// Writes `ingress tcp 443 from 10.0.0.0/8 to core`, and `egress deny any from core to anywhere`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ", self.direction)?;
        if self.access == Access::Deny {
            formatter.write_str("deny ")?;
        }
        formatter.write_str(self.protocol.as_str())?;
        if self.destination_ports != PortSet::Any {
            write!(formatter, " {}", self.destination_ports)?;
        }
        write!(formatter, " from {}", self.source)?;
        if self.source_ports != PortSet::Any {
            write!(formatter, " port {}", self.source_ports)?;
        }
        write!(formatter, " to {}", self.destination)
    }
}

impl fmt::Display for PortSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PortSet::Any => formatter.write_str("*"),
            PortSet::Other(text) => formatter.write_str(text),
            PortSet::Ranges(ranges) => {
                for (index, (first, last)) in ranges.iter().enumerate() {
                    let separator = if index > 0 { "," } else { "" };
                    let range = if first == last { first.to_string() } else { format!("{first}-{last}") };
                    write!(formatter, "{separator}{range}")?;
                }
                Ok(())
            }
        }
    }
}
