//! What EC2 takes as the identity of a rule within a group: direction, protocol, ports and peer.
//!
//! Two rules with equal [`Permission`]s cannot exist in one group; the description is not part of it. Values are canonical: protocol
//! numbers that have names use them, and ports exist only where EC2 heeds them. It can hold every rule that EC2 can, also those that
//! we never write, so that foreign rules can be named and counted.

mod parse;

pub use parse::PermissionError;
use std::fmt;

use crate::net::{Cidr, Direction, PortRange, Protocol};

use super::group_ref::GroupRef;
use super::id::PrefixListId;

/// One opening in a group, as EC2 identifies it.
///
/// ```
/// use terraform_provider_emc::aws::{Peer, Permission};
/// use terraform_provider_emc::net::{Direction, Protocol};
/// let permission = Permission::new(Direction::Ingress, Protocol::Tcp, "3389".parse().unwrap(), Peer::Cidr("10.0.0.0/8".parse().unwrap()));
/// assert_eq!(permission.to_string(), "ingress tcp 3389 from 10.0.0.0/8");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    /// Into or out of the group's members.
    pub direction: Direction,
    /// Protocol and ports.
    pub traffic: Traffic,
    /// The far end.
    pub peer: Peer,
}

/// Protocol and ports of a rule, in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Traffic {
    /// Every protocol; EC2 writes `-1`.
    All,
    /// TCP from the first to the last port; 0 to 65535 is all of it.
    Tcp {
        /// First port.
        first: u16,
        /// Last port.
        last: u16,
    },
    /// UDP from the first to the last port.
    Udp {
        /// First port.
        first: u16,
        /// Last port.
        last: u16,
    },
    /// ICMP for IPv4; nothing means any.
    Icmp {
        /// The ICMP type.
        kind: Option<u8>,
        /// The ICMP code.
        code: Option<u8>,
    },
    /// ICMP for IPv6; nothing means any.
    Icmpv6 {
        /// The ICMP type.
        kind: Option<u8>,
        /// The ICMP code.
        code: Option<u8>,
    },
    /// Any other IP protocol by its number; EC2 ignores ports here.
    Number(u8),
    /// A protocol or ports that no known form fits, as reported; never written by us.
    Other(String),
}

/// The far end of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Peer {
    /// An address block of either family.
    Cidr(Cidr),
    /// The members of a security group, of this account or another.
    Group(GroupRef),
    /// The entries of a prefix list.
    PrefixList(PrefixListId),
    /// A peer that no known form fits, as reported; never written by us.
    Other(String),
}

/// Address family as quotas count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

impl Permission {
    /// Returns the opening for a port range of TCP or UDP.
    pub fn new(direction: Direction, protocol: Protocol, ports: PortRange, peer: Peer) -> Permission {
        let (first, last) = (ports.first(), ports.last());
        let traffic = match protocol {
            Protocol::Tcp => Traffic::Tcp { first, last },
            Protocol::Udp => Traffic::Udp { first, last },
        };
        Permission { direction, traffic, peer }
    }

    /// Returns the opening for a whole IP protocol, such as 2 for IGMP; numbers that EC2 names become those names.
    pub fn of_protocol(direction: Direction, number: u8, peer: Peer) -> Permission {
        Permission { direction, traffic: Traffic::of_number(number), peer }
    }

    /// Returns the families whose quota this rule may use, as far as the rule alone tells: a group counts in both, because EC2 does not
    /// document in which; so does a prefix list, whose family only EC2 knows (see [`Quota`](super::audit::Quota)), and an unknown kind.
    pub fn families(&self) -> &'static [Family] {
        match &self.peer {
            Peer::Cidr(cidr) if cidr.is_ipv4() => &[Family::Ipv4],
            Peer::Cidr(_) => &[Family::Ipv6],
            Peer::Group(_) | Peer::PrefixList(_) | Peer::Other(_) => &[Family::Ipv4, Family::Ipv6],
        }
    }

    /// Tells whether this is the rule that lets everything out, which EC2 puts into each new group: while it stands, other egress
    /// rules restrict nothing.
    pub fn is_allow_all_egress(&self) -> bool {
        let everywhere = matches!(&self.peer, Peer::Cidr(cidr) if cidr.prefix_len() == 0);
        self.direction == Direction::Egress && self.traffic == Traffic::All && everywhere
    }
}

impl Peer {
    /// Says whether this is a group that is known to belong to another account than the rule.
    pub fn is_elsewhere(&self) -> bool {
        matches!(self, Peer::Group(group) if group.is_elsewhere())
    }
}

impl Traffic {
    /// Returns the canonical form of a whole protocol.
    pub(crate) fn of_number(number: u8) -> Traffic {
        let (first, last) = (0, u16::MAX);
        match number {
            1 => Traffic::Icmp { kind: None, code: None },
            6 => Traffic::Tcp { first, last },
            17 => Traffic::Udp { first, last },
            58 => Traffic::Icmpv6 { kind: None, code: None },
            other => Traffic::Number(other),
        }
    }
}

impl Family {
    /// Both families.
    pub const ALL: [Family; 2] = [Family::Ipv4, Family::Ipv6];

    /// Returns `ipv4` or `ipv6`.
    pub fn as_str(self) -> &'static str {
        match self {
            Family::Ipv4 => "ipv4",
            Family::Ipv6 => "ipv6",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.direction {
            Direction::Egress => "to",
            Direction::Ingress => "from",
        };
        write!(formatter, "{} {} {word} {}", self.direction, self.traffic, self.peer)
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports = |formatter: &mut fmt::Formatter<'_>, name: &str, first: u16, last: u16| {
            if first == last { write!(formatter, "{name} {first}") } else { write!(formatter, "{name} {first}-{last}") }
        };
        let icmp = |formatter: &mut fmt::Formatter<'_>, name: &str, kind: Option<u8>, code: Option<u8>| {
            formatter.write_str(name)?;
            if let Some(kind) = kind {
                write!(formatter, " type {kind}")?;
            }
            if let Some(code) = code {
                write!(formatter, " code {code}")?;
            }
            Ok(())
        };
        match self {
            Traffic::All => formatter.write_str("all"),
            Traffic::Tcp { first, last } => ports(formatter, "tcp", *first, *last),
            Traffic::Udp { first, last } => ports(formatter, "udp", *first, *last),
            Traffic::Icmp { kind, code } => icmp(formatter, "icmp", *kind, *code),
            Traffic::Icmpv6 { kind, code } => icmp(formatter, "icmpv6", *kind, *code),
            Traffic::Number(number) => write!(formatter, "protocol {number}"),
            Traffic::Other(text) => formatter.write_str(text),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Cidr(cidr) => write!(formatter, "{cidr}"),
            Peer::Group(group) => write!(formatter, "{group}"),
            Peer::PrefixList(list) => write!(formatter, "{list}"),
            Peer::Other(text) => formatter.write_str(text),
        }
    }
}
