//! Openings as sets of packets: some traffic with some peers, in one direction.
//!
//! Addresses are compared by arithmetic. What stands for addresses without naming them (a group, a list kept elsewhere) is the same as
//! itself only: whether its members have certain addresses cannot be known here, except where every address is meant.

use std::fmt;

use crate::net::{Cidr, Direction, PortRange, Protocol};

/// What one firewall lets through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    /// Toward or away from what the firewall protects.
    pub direction: Direction,
    /// Protocol and ports.
    pub traffic: Traffic,
    /// The far end.
    pub peer: Peer,
}

/// Protocol and ports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Traffic {
    /// One IP protocol.
    Of {
        /// Its IANA number.
        protocol: u8,
        /// First port; for ICMP 256 times the type, plus the code. 0 for protocols without ports.
        first: u16,
        /// Last port, at least the first; 65535 for all of a protocol.
        last: u16,
    },
    /// Every protocol.
    Every,
    /// Something that no known form fits; the same as itself only.
    Other(String),
}

/// The far end of an opening.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// Every address of every family.
    Anything,
    /// An address block.
    Block(Cidr),
    /// The members of a group, by the cloud's id.
    Group(String),
    /// Addresses that are kept elsewhere, by the cloud's id.
    List(String),
    /// Something that no known form fits; the same as itself only.
    Other(String),
}

/// What kind of thing a peer is; only peers of one kind can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Addresses,
    Group,
    List,
    Other,
}

const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMPV6: u8 = 58;

impl Traffic {
    /// Returns ports of TCP or UDP.
    pub fn ports(protocol: Protocol, ports: PortRange) -> Traffic {
        let protocol = match protocol {
            Protocol::Tcp => TCP,
            Protocol::Udp => UDP,
        };
        Traffic::Of { protocol, first: ports.first(), last: ports.last() }
    }

    /// Returns all of one IP protocol.
    pub fn whole(protocol: u8) -> Traffic {
        Traffic::Of { protocol, first: 0, last: u16::MAX }
    }

    /// Tells whether a packet can be of both.
    pub fn meets(&self, other: &Traffic) -> bool {
        match (self, other) {
            (Traffic::Every, _) | (_, Traffic::Every) => true,
            (Traffic::Of { protocol, first, last }, Traffic::Of { protocol: its_protocol, first: its_first, last: its_last }) => {
                protocol == its_protocol && first <= its_last && its_first <= last
            }
            (Traffic::Other(text), Traffic::Other(its_text)) => text == its_text,
            (Traffic::Of { .. }, Traffic::Other(_)) | (Traffic::Other(_), Traffic::Of { .. }) => false,
        }
    }

    /// Tells whether every packet of `other` is one of this.
    pub fn covers(&self, other: &Traffic) -> bool {
        match (self, other) {
            (Traffic::Every, _) => true,
            (Traffic::Of { protocol, first, last }, Traffic::Of { protocol: its_protocol, first: its_first, last: its_last }) => {
                protocol == its_protocol && first <= its_first && its_last <= last
            }
            (Traffic::Other(text), Traffic::Other(its_text)) => text == its_text,
            (Traffic::Of { .. } | Traffic::Other(_), Traffic::Every)
            | (Traffic::Of { .. }, Traffic::Other(_))
            | (Traffic::Other(_), Traffic::Of { .. }) => false,
        }
    }
}

impl Peer {
    /// Tells whether the two may be the same far end, as far as that can be known.
    pub fn meets(&self, other: &Peer) -> bool {
        match (self, other) {
            (Peer::Anything, _) | (_, Peer::Anything) => true,
            (Peer::Block(block), Peer::Block(its_block)) => block.overlaps(*its_block),
            (Peer::Block(block), _) | (_, Peer::Block(block)) => block.prefix_len() == 0,
            (one, another) => one == another,
        }
    }

    /// Tells whether every far end meant by this one is meant by one of the others.
    ///
    /// Every IPv4 address covers groups and lists too: whoever is meant has one.
    pub fn is_within(&self, others: &[&Peer]) -> bool {
        let one = |other: &Peer| match (self, other) {
            (_, Peer::Anything) => true,
            (Peer::Block(block), Peer::Block(wider)) => wider.contains(*block),
            (Peer::Group(_) | Peer::List(_) | Peer::Other(_), Peer::Block(wider)) => wider.is_ipv4() && wider.prefix_len() == 0,
            (one, another) => one == another,
        };
        others.iter().any(|other| one(other))
            || match self {
                Peer::Block(block) => block.is_within(&blocks(others)),
                Peer::Anything => Cidr::everything().into_iter().all(|family| family.is_within(&blocks(others))),
                Peer::Group(_) | Peer::List(_) | Peer::Other(_) => false,
            }
    }

    /// Returns what of this far end is meant by none of the others.
    pub fn without(&self, others: &[&Peer]) -> Vec<Peer> {
        match self {
            _ if self.is_within(others) => Vec::new(),
            Peer::Block(block) => block.without(&blocks(others)).into_iter().map(Peer::Block).collect(),
            Peer::Anything | Peer::Group(_) | Peer::List(_) | Peer::Other(_) => vec![self.clone()],
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Peer::Anything | Peer::Block(_) => Kind::Addresses,
            Peer::Group(_) => Kind::Group,
            Peer::List(_) => Kind::List,
            Peer::Other(_) => Kind::Other,
        }
    }
}

fn blocks(peers: &[&Peer]) -> Vec<Cidr> {
    let block = |peer: &&Peer| match peer {
        Peer::Block(block) => Some(*block),
        Peer::Anything | Peer::Group(_) | Peer::List(_) | Peer::Other(_) => None,
    };
    peers.iter().filter_map(block).collect()
}

impl fmt::Display for Traffic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (protocol, first, last) = match self {
            Traffic::Every => return formatter.write_str("every protocol"),
            Traffic::Other(text) => return formatter.write_str(text),
            Traffic::Of { protocol, first, last } => (*protocol, *first, *last),
        };
        match protocol {
            TCP => formatter.write_str("tcp")?,
            UDP => formatter.write_str("udp")?,
            ICMP => formatter.write_str("icmp")?,
            ICMPV6 => formatter.write_str("icmpv6")?,
            other => write!(formatter, "protocol {other}")?,
        }
        match (protocol, first, last) {
            (_, 0, u16::MAX) | (TCP | UDP, 1, u16::MAX) => Ok(()),
            (ICMP | ICMPV6, first, last) if first == last => write!(formatter, " type {} code {}", first / 256, first % 256),
            (ICMP | ICMPV6, first, last) if first / 256 == last / 256 => write!(formatter, " type {}", first / 256),
            (ICMP | ICMPV6, first, last) => write!(formatter, " types {}-{}", first / 256, last / 256),
            (_, first, last) if first == last => write!(formatter, " {first}"),
            (_, first, last) => write!(formatter, " {first}-{last}"),
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Anything => formatter.write_str("anything"),
            Peer::Block(block) => write!(formatter, "{block}"),
            Peer::Group(text) | Peer::List(text) | Peer::Other(text) => formatter.write_str(text),
        }
    }
}
