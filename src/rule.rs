//! One allowed opening of a placement's firewall, and its identity, made of names only.
//!
//! A rule names both ends, but not where they are: addresses and cloud groups are bound later. The one address it may hold is that of
//! a multicast group, which is a name of the table or of the site and belongs to no placement. It knows why it exists only as flow ids;
//! it knows no priority and no cloud.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;

use crate::matrix::{FlowId, RoleId};
use crate::net::{Direction, PortRange, Protocol};
use crate::topology::PlacementName;

/// What makes a rule that rule: equal keys are one rule, whatever needs them.
///
/// Displayed as people see it inside one placement and direction: `tcp 29091 from agents`, `tcp 29072-29074 to core`,
/// `udp 5000 to 239.1.2.3`, `igmp from querier`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleKey {
    /// The placement whose firewall holds the rule.
    pub local: PlacementName,
    /// Toward or away from it.
    pub direction: Direction,
    /// Protocol and ports.
    pub traffic: Traffic,
    /// The far end.
    pub peer: Peer,
}

/// What passes through a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Traffic {
    /// Packets to the ports of the listening end, or of the members of a multicast group.
    Ports {
        /// Layer-4 protocol.
        protocol: Protocol,
        /// The ports.
        ports: PortRange,
    },
    /// The protocol by which hosts join and leave multicast groups; it has no ports.
    Igmp,
}

/// The far end of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// A placement.
    Placement(PlacementName),
    /// The hosts of a placement as those who send to a multicast group: their packets bear their own addresses, and some clouds
    /// recognize them by nothing else.
    Senders(PlacementName),
    /// A multicast group.
    MulticastGroup(Ipv4Addr),
    /// The router that asks, over IGMP, who is still a member of a group.
    Querier,
    /// All multicast routers, who are told over IGMP that a host leaves a group.
    Routers,
}

impl RuleKey {
    /// Returns a key that no other of this placement comes before, to look up all of them in their order.
    pub(crate) fn least(local: &PlacementName) -> Option<RuleKey> {
        let (ports, peer) = (PortRange::new(1, 1).ok()?, Peer::Placement(PlacementName::new("a")?));
        let traffic = Traffic::Ports { protocol: Protocol::Tcp, ports };
        Some(RuleKey { local: local.clone(), direction: Direction::Egress, traffic, peer })
    }
}

impl Traffic {
    /// Returns `tcp`, `udp` or `igmp`.
    pub fn protocol(self) -> &'static str {
        match self {
            Traffic::Ports { protocol, .. } => protocol.as_str(),
            Traffic::Igmp => "igmp",
        }
    }

    /// Returns the ports, where the protocol has some.
    pub fn ports(self) -> Option<PortRange> {
        match self {
            Traffic::Ports { ports, .. } => Some(ports),
            Traffic::Igmp => None,
        }
    }
}

impl Peer {
    /// Returns the placement at the far end; multicast groups and routers are none.
    pub fn placement(&self) -> Option<&PlacementName> {
        match self {
            Peer::Placement(name) | Peer::Senders(name) => Some(name),
            Peer::MulticastGroup(_) | Peer::Querier | Peer::Routers => None,
        }
    }

    /// Tells whether the rule serves multicast.
    pub fn is_multicast(&self) -> bool {
        !matches!(self, Peer::Placement(_))
    }
}

impl fmt::Display for RuleKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let toward = match self.direction {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        };
        write!(formatter, "{} {toward} {}", self.traffic, self.peer)
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Traffic::Ports { protocol, ports } => write!(formatter, "{protocol} {ports}"),
            Traffic::Igmp => formatter.write_str(self.protocol()),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Placement(name) => write!(formatter, "{name}"),
            Peer::Senders(name) => write!(formatter, "{name} by multicast"),
            Peer::MulticastGroup(group) => write!(formatter, "{group}"),
            Peer::Querier => formatter.write_str("querier"),
            Peer::Routers => formatter.write_str("all routers"),
        }
    }
}

/// Why a flow takes part in a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cause {
    /// The role through which at least one initiator came, or at least one member of the multicast group; others may be printed by
    /// name beside it.
    pub role: Option<RoleId>,
}

/// One rule: its key, and the flows that need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its identity.
    pub key: RuleKey,
    /// The flows behind it, `extra.<name>` among them.
    pub flows: BTreeMap<FlowId, Cause>,
}
