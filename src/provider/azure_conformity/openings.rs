//! From Azure's words to those in which openings are judged, and the names of groups.

use std::collections::{BTreeMap, BTreeSet};

use super::super::azure_rules::Asked;
use crate::azure::{AsgId, LiveRule, NsgId, Observed, PortSet, Protocol, Side};
use crate::conformity::{Peer, Traffic};
use crate::net::{self, PortRange};
use crate::topology::PlacementName;

/// IANA's numbers of the protocols without ports that Azure has names for.
const ICMP: u8 = 1;
const ESP: u8 = 50;
const AH: u8 = 51;

/// How application security groups are called: by their names, and by their ids where two have one name.
pub(super) struct Names(BTreeMap<AsgId, String>);

impl Names {
    /// Names all groups that placements or live rules are about.
    pub(super) fn of(asked: &Asked, live: &BTreeMap<NsgId, Observed>) -> Names {
        let of_side = |side: &Side| match side {
            Side::Groups(groups) => groups.clone(),
            Side::Any | Side::Prefixes(_) | Side::Tag(_) | Side::Other(_) => BTreeSet::new(),
        };
        let of_rule = |rule: &LiveRule| of_side(&rule.rule.opening.source).into_iter().chain(of_side(&rule.rule.opening.destination));
        let of_homes = asked.homes().flat_map(|(_, _, ends)| ends.groups.clone());
        let all: BTreeSet<AsgId> = of_homes.chain(live.values().flat_map(Observed::rules).flat_map(of_rule)).collect();
        let mut holders: BTreeMap<String, usize> = BTreeMap::new();
        all.iter().for_each(|group| *holders.entry(group.name().to_lowercase()).or_default() += 1);
        let name = |group: &AsgId| match holders.get(&group.name().to_lowercase()) {
            Some(1) => group.name().to_owned(),
            Some(_) | None => group.as_str().to_owned(),
        };
        Names(all.iter().map(|group| (group.clone(), name(group))).collect())
    }

    /// Returns a side as far ends.
    pub(super) fn peers(&self, side: &Side) -> Vec<Peer> {
        match side {
            Side::Any => vec![Peer::Anything],
            Side::Prefixes(blocks) => blocks.iter().copied().map(Peer::Block).collect(),
            Side::Tag(tag) => vec![Peer::List(tag.as_str().to_owned())],
            Side::Groups(groups) => groups.iter().map(|group| Peer::Group(self.name(group))).collect(),
            Side::Other(text) => vec![Peer::Other(text.clone())],
        }
    }

    /// Returns the placements of each application security group.
    pub(super) fn placements(&self, asked: &Asked) -> BTreeMap<String, BTreeSet<PlacementName>> {
        let mut placements: BTreeMap<String, BTreeSet<PlacementName>> = BTreeMap::new();
        for (placement, _, ends) in asked.homes() {
            for group in &ends.groups {
                placements.entry(self.name(group)).or_default().insert(placement.clone());
            }
        }
        placements
    }

    /// Returns where each placement is.
    pub(super) fn homes(&self, asked: &Asked) -> BTreeMap<PlacementName, Vec<Peer>> {
        let homes =
            asked.homes().map(|(placement, _, ends)| (placement.clone(), ends.sides().iter().flat_map(|side| self.peers(side)).collect()));
        homes.collect()
    }

    fn name(&self, group: &AsgId) -> String {
        self.0.get(group).cloned().unwrap_or_else(|| group.as_str().to_owned())
    }
}

/// Returns the placements of each network security group, by its name.
pub(super) fn firewalls(asked: &Asked) -> BTreeMap<String, BTreeSet<PlacementName>> {
    let mut firewalls: BTreeMap<String, BTreeSet<PlacementName>> = BTreeMap::new();
    for (placement, group, _) in asked.homes() {
        if let Some(group) = group {
            firewalls.entry(group.as_str().to_owned()).or_default().insert(placement.clone());
        }
    }
    firewalls
}

/// Tells whether a rule is of a direction that the policy is about.
pub(super) fn is_judged(asked: &Asked, rule: &LiveRule) -> bool {
    asked.topology().policy.directions.contains(&rule.rule.opening.direction)
}

/// Returns a protocol and its ports as traffic.
pub(super) fn traffic(protocol: &Protocol, ports: &PortSet) -> Vec<Traffic> {
    let of = |protocol: net::Protocol| match ports {
        PortSet::Any => ranges(protocol, &[(0, u16::MAX)]),
        PortSet::Ranges(all) => ranges(protocol, all),
        PortSet::Other(text) => vec![Traffic::Other(format!("{protocol} {text}"))],
    };
    match protocol {
        Protocol::Any if *ports == PortSet::Any => vec![Traffic::Every],
        // What has no ports matches rules for all ports only.
        Protocol::Any => net::Protocol::ALL.into_iter().flat_map(of).collect(),
        Protocol::Tcp => of(net::Protocol::Tcp),
        Protocol::Udp => of(net::Protocol::Udp),
        Protocol::Icmp => vec![Traffic::whole(ICMP)],
        Protocol::Esp => vec![Traffic::whole(ESP)],
        Protocol::Ah => vec![Traffic::whole(AH)],
        Protocol::Other(text) => vec![Traffic::Other(text.clone())],
    }
}

/// Nobody listens on port 0: a rule from 0 opens what one from 1 does.
fn ranges(protocol: net::Protocol, ranges: &[(u16, u16)]) -> Vec<Traffic> {
    let ranges = ranges.iter().filter_map(|(first, last)| PortRange::new((*first).max(1), *last).ok());
    ranges.map(|ports| Traffic::ports(protocol, ports)).collect()
}
