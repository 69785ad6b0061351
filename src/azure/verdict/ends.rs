//! Sets of packets' ends: addresses that belong to the virtual network or to the Internet, and members of groups and tags that have
//! addresses which are not known.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::azure::id::AsgId;
use crate::azure::side::{Side, Tag};
use crate::net::Cidr;

use super::ranges::Ranges;

/// Addresses that never belong to the Internet: private, shared, local, and the host that probes for load balancers.
const NEVER_INTERNET: [&str; 10] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    HOST,
    "fc00::/7",
    "fe80::/10",
    "::1/128",
];

/// The address of the host, which the tag of load balancers stands for.
const HOST: &str = "168.63.129.16/32";

/// What addresses belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Zone {
    /// The virtual network and what is connected to it.
    Network,
    /// What is outside.
    Internet,
}

/// Somebody with an address that is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Member {
    /// One of an application security group, which is in the virtual network.
    Group(AsgId),
    /// One of a tag.
    Tag(Tag, Zone),
    /// One of what no known form fits.
    Other(String, Zone),
}

/// Whether a network interface can be in several groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Groups {
    /// It can: so it is.
    Together,
    /// As if it could not: so it is meant, most of the time.
    Apart,
}

/// A set of ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Ends {
    /// Addresses in the virtual network, IPv4 and IPv6.
    pub(super) network: Families,
    /// Addresses in the Internet.
    pub(super) internet: Families,
    pub(super) members: BTreeSet<Member>,
}

/// Addresses of both families.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Families {
    pub(super) ipv4: Ranges,
    pub(super) ipv6: Ranges,
}

/// A set of ends, parted by whether a side covers them.
pub(super) struct Parted {
    pub(super) sure: Ends,
    pub(super) perhaps: Ends,
    pub(super) not: Ends,
}

impl Member {
    fn zone(&self) -> Zone {
        match self {
            Member::Group(_) => Zone::Network,
            Member::Tag(_, zone) | Member::Other(_, zone) => *zone,
        }
    }
}

impl Ends {
    /// Returns all ends that a side covers.
    pub(super) fn of(side: &Side) -> Ends {
        let in_both = |member: fn(&str, Zone) -> Member, name: &str| Ends {
            members: [member(name, Zone::Network), member(name, Zone::Internet)].into(),
            ..Ends::default()
        };
        match side {
            Side::Any => Ends::at(&Families::all()),
            Side::Prefixes(blocks) => Ends::at(&Families::new(blocks.iter().copied())),
            Side::Groups(groups) => Ends { members: groups.iter().cloned().map(Member::Group).collect(), ..Ends::default() },
            Side::Tag(tag) if tag.is(Tag::VIRTUAL_NETWORK) => Ends { network: Families::all(), ..Ends::default() },
            Side::Tag(tag) if tag.is(Tag::INTERNET) => Ends { internet: Families::all().without(never_internet()), ..Ends::default() },
            Side::Tag(tag) if tag.is(Tag::LOAD_BALANCER) => Ends { network: host().clone(), ..Ends::default() },
            Side::Tag(tag) => in_both(|name, zone| Member::Tag(Tag::new(name), zone), tag.as_str()),
            Side::Other(text) => in_both(|name, zone| Member::Other(name.to_owned(), zone), text),
        }
    }

    /// Returns the ends at addresses, which may belong to either zone unless they are private.
    fn at(addresses: &Families) -> Ends {
        Ends { network: addresses.clone(), internet: addresses.without(never_internet()), members: BTreeSet::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.network.is_empty() && self.internet.is_empty() && self.members.is_empty()
    }

    /// Returns what is in either.
    pub(super) fn or(&self, other: &Ends) -> Ends {
        Ends {
            network: self.network.or(&other.network),
            internet: self.internet.or(&other.internet),
            members: self.members.union(&other.members).cloned().collect(),
        }
    }

    /// Parts this set by whether a side of a rule covers what is in it.
    pub(super) fn part(&self, side: &Side, groups: Groups) -> Parted {
        let covered = Ends::of(side);
        let both = |ours: &Families, theirs: &Families| (ours.and(theirs), ours.without(theirs));
        let (sure_network, other_network) = both(&self.network, &covered.network);
        let (sure_internet, other_internet) = both(&self.internet, &covered.internet);
        let mut parted = Parted {
            sure: Ends { network: sure_network, internet: sure_internet, members: BTreeSet::new() },
            perhaps: Ends::default(),
            not: Ends::default(),
        };
        let doubtful = Doubt::of(side, groups);
        let place = |in_doubt: bool, parted: &mut Parted, ends: Ends| {
            let part = if in_doubt { &mut parted.perhaps } else { &mut parted.not };
            *part = part.or(&ends);
        };
        // The host has no network interface that could be in a group.
        let of_host = if matches!(side, Side::Groups(_)) { other_network.and(host()) } else { Families::default() };
        let network = other_network.without(&of_host);
        place(false, &mut parted, Ends { network: of_host, ..Ends::default() });
        place(doubtful.network, &mut parted, Ends { network, ..Ends::default() });
        place(doubtful.internet, &mut parted, Ends { internet: other_internet, ..Ends::default() });
        for member in &self.members {
            let part = match doubtful.covers(side, member) {
                Some(true) => &mut parted.sure,
                None => &mut parted.perhaps,
                Some(false) => &mut parted.not,
            };
            part.members.insert(member.clone());
        }
        parted
    }
}

/// In which zone a side may cover addresses that it does not name.
struct Doubt {
    network: bool,
    internet: bool,
    groups: Groups,
}

impl Doubt {
    fn of(side: &Side, groups: Groups) -> Doubt {
        let (network, internet) = match side {
            Side::Any | Side::Prefixes(_) => (false, false),
            Side::Groups(_) => (true, false),
            Side::Tag(tag) if is_zone(tag) => (false, false),
            Side::Tag(_) | Side::Other(_) => (true, true),
        };
        Doubt { network, internet, groups }
    }

    /// Says whether a side covers somebody with an unknown address; nothing if that depends on the address.
    fn covers(&self, side: &Side, member: &Member) -> Option<bool> {
        let zone = member.zone();
        let if_named = |named: bool, otherwise: Option<bool>| if named { Some(true) } else { otherwise };
        match side {
            Side::Any => Some(true),
            Side::Prefixes(_) => None,
            Side::Tag(tag) if tag.is(Tag::VIRTUAL_NETWORK) => Some(zone == Zone::Network),
            Side::Tag(tag) if tag.is(Tag::INTERNET) => Some(zone == Zone::Internet),
            Side::Tag(tag) if tag.is(Tag::LOAD_BALANCER) => match member {
                Member::Group(_) => Some(false),
                Member::Tag(..) | Member::Other(..) => {
                    if zone == Zone::Internet {
                        Some(false)
                    } else {
                        None
                    }
                }
            },
            Side::Groups(groups) => {
                let named = matches!(member, Member::Group(group) if groups.contains(group));
                let may_be_another = zone == Zone::Network && !(self.groups == Groups::Apart && matches!(member, Member::Group(_)));
                if_named(named, if may_be_another { None } else { Some(false) })
            }
            Side::Tag(tag) => match member {
                // Tags stand for addresses of Azure's services, which no network interface has.
                Member::Group(_) => Some(false),
                Member::Tag(other, _) => if_named(other == tag, None),
                Member::Other(..) => None,
            },
            Side::Other(text) => if_named(matches!(member, Member::Other(other, _) if other == text), None),
        }
    }
}

impl Families {
    fn new(blocks: impl IntoIterator<Item = Cidr>) -> Families {
        let (ipv4, ipv6): (Vec<Cidr>, Vec<Cidr>) = blocks.into_iter().partition(|block| block.is_ipv4());
        let ranges = |blocks: Vec<Cidr>| Ranges::new(blocks.into_iter().map(Cidr::span));
        Families { ipv4: ranges(ipv4), ipv6: ranges(ipv6) }
    }

    fn all() -> Families {
        Families::new(Cidr::everything())
    }

    fn is_empty(&self) -> bool {
        self.ipv4.is_empty() && self.ipv6.is_empty()
    }

    fn and(&self, other: &Families) -> Families {
        Families { ipv4: self.ipv4.and(&other.ipv4), ipv6: self.ipv6.and(&other.ipv6) }
    }

    pub(super) fn or(&self, other: &Families) -> Families {
        Families { ipv4: self.ipv4.or(&other.ipv4), ipv6: self.ipv6.or(&other.ipv6) }
    }

    fn without(&self, other: &Families) -> Families {
        Families { ipv4: self.ipv4.without(&other.ipv4), ipv6: self.ipv6.without(&other.ipv6) }
    }
}

/// Tells whether a tag says where addresses belong, rather than whose they are.
fn is_zone(tag: &Tag) -> bool {
    [Tag::VIRTUAL_NETWORK, Tag::INTERNET, Tag::LOAD_BALANCER].into_iter().any(|name| tag.is(name))
}

fn never_internet() -> &'static Families {
    static BLOCKS: LazyLock<Families> = LazyLock::new(|| Families::new(NEVER_INTERNET.into_iter().filter_map(|block| block.parse().ok())));
    &BLOCKS
}

fn host() -> &'static Families {
    static ADDRESS: LazyLock<Families> = LazyLock::new(|| Families::new(HOST.parse::<Cidr>().ok()));
    &ADDRESS
}
