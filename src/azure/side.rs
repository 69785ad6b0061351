//! One side of a security rule: its source or its destination.
//!
//! A side never mixes kinds: addresses, application security groups and service tags each stand alone in a rule, and so do IPv4 and
//! IPv6 addresses. Where both ends of an opening are of several kinds, it becomes several rules ([`Ends`]). A side can hold everything
//! that Azure may report, also what we never write.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use crate::net::Cidr;

use super::id::AsgId;

#[cfg(test)]
mod tests;

/// The source or the destination of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Everything; Azure writes `*`.
    Any,
    /// Addresses; no block within another.
    Prefixes(BTreeSet<Cidr>),
    /// The addresses behind a service tag.
    Tag(Tag),
    /// The members of application security groups.
    Groups(BTreeSet<AsgId>),
    /// What no known form fits, as reported; never written by us.
    Other(String),
}

/// The name of a service tag; the same in upper and lower case.
#[derive(Debug, Clone)]
pub struct Tag(String);

/// What a side consists of; the name of a rule says so where it is not plainly groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Application security groups.
    Groups,
    /// IPv4 addresses.
    Ipv4,
    /// IPv6 addresses.
    Ipv6,
    /// Everything, or a service tag.
    Wide,
}

/// Where the hosts at one end of an opening are: in application security groups, at addresses, or both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ends {
    /// Their groups.
    pub groups: BTreeSet<AsgId>,
    /// Their addresses, of either family.
    pub prefixes: BTreeSet<Cidr>,
}

impl Side {
    /// Returns the side for these addresses, without those that are within others; nothing for none.
    pub fn prefixes(blocks: impl IntoIterator<Item = Cidr>) -> Option<Side> {
        // A block sorts before those that it holds.
        let blocks: BTreeSet<Cidr> = blocks.into_iter().collect();
        let mut kept: Vec<Cidr> = Vec::with_capacity(blocks.len());
        for block in blocks {
            if !kept.last().is_some_and(|last| last.contains(block)) {
                kept.push(block);
            }
        }
        (!kept.is_empty()).then(|| Side::Prefixes(kept.into_iter().collect()))
    }

    /// Returns the side for the members of these groups; nothing for none.
    pub fn groups(groups: impl IntoIterator<Item = AsgId>) -> Option<Side> {
        let groups: BTreeSet<AsgId> = groups.into_iter().collect();
        (!groups.is_empty()).then_some(Side::Groups(groups))
    }

    /// Returns what it consists of.
    pub fn kind(&self) -> Kind {
        match self {
            Side::Groups(_) => Kind::Groups,
            Side::Prefixes(blocks) if blocks.iter().all(|block| block.is_ipv4()) => Kind::Ipv4,
            Side::Prefixes(_) => Kind::Ipv6,
            Side::Any | Side::Tag(_) | Side::Other(_) => Kind::Wide,
        }
    }

    /// Returns how many addresses it counts against Azure's limit.
    pub fn addresses(&self) -> usize {
        match self {
            Side::Prefixes(blocks) => blocks.len(),
            Side::Any | Side::Tag(_) | Side::Other(_) => 1,
            Side::Groups(_) => 0,
        }
    }
}

impl Tag {
    /// The virtual network, everything that is connected to it, and the host's own address.
    pub const VIRTUAL_NETWORK: &str = "VirtualNetwork";
    /// What is outside and publicly reachable.
    pub const INTERNET: &str = "Internet";
    /// Where Azure's load balancers probe from.
    pub const LOAD_BALANCER: &str = "AzureLoadBalancer";

    /// Returns the tag of this name; whether Azure knows it is not checked.
    pub fn new(name: impl Into<String>) -> Tag {
        Tag(name.into())
    }

    /// Returns its name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether it has this name.
    pub fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name)
    }

    fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl Ends {
    /// Returns the sides that it takes to name all of it: one for the groups, one for each family of addresses.
    pub fn sides(&self) -> Vec<Side> {
        let of_family = |ipv4: bool| Side::prefixes(self.prefixes.iter().copied().filter(|block| block.is_ipv4() == ipv4));
        [Side::groups(self.groups.iter().cloned()), of_family(true), of_family(false)].into_iter().flatten().collect()
    }

    /// Tells whether nobody is there.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.prefixes.is_empty()
    }
}

impl Kind {
    /// Tells whether two sides of these kinds can stand in one rule: a packet has one family at both ends.
    pub fn agrees(self, other: Kind) -> bool {
        !matches!((self, other), (Kind::Ipv4, Kind::Ipv6) | (Kind::Ipv6, Kind::Ipv4))
    }

    /// Returns the word for it in the name of a rule; nothing where it goes without saying.
    pub fn word(self) -> Option<&'static str> {
        match self {
            Kind::Ipv4 => Some("ipv4"),
            Kind::Ipv6 => Some("ipv6"),
            Kind::Groups | Kind::Wide => None,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Side::Any => formatter.write_str("anywhere"),
            Side::Prefixes(blocks) => joined(formatter, blocks),
            Side::Tag(tag) => formatter.write_str(tag.as_str()),
            Side::Groups(groups) => joined(formatter, groups.iter().map(AsgId::name)),
            Side::Other(text) => formatter.write_str(text),
        }
    }
}

fn joined<T: fmt::Display>(formatter: &mut fmt::Formatter<'_>, items: impl IntoIterator<Item = T>) -> fmt::Result {
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            formatter.write_str(", ")?;
        }
        write!(formatter, "{item}")?;
    }
    Ok(())
}

impl PartialEq for Tag {
    fn eq(&self, other: &Tag) -> bool {
        self.is(&other.0)
    }
}

impl Eq for Tag {}

impl PartialOrd for Tag {
    fn partial_cmp(&self, other: &Tag) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Tag {
    fn cmp(&self, other: &Tag) -> Ordering {
        self.folded().cmp(&other.folded())
    }
}
