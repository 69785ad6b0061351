//! From rules of names to cloud rules of ids and addresses.

use std::collections::{BTreeMap, BTreeSet};

use super::super::review;
use super::rollout::{End, Rollout};
use crate::aws::audit::Usage;
use crate::aws::{Desired, Family, Peer, Permission, SecurityGroupId, description};
use crate::matrix::Matrix;
use crate::net::Direction;
use crate::rule::{Rule, Traffic};
use crate::topology::PlacementName;

/// Cloud rules by group, each with the rules that need it.
pub(super) type Bound<'a> = BTreeMap<SecurityGroupId, BTreeMap<Permission, Vec<&'a Rule>>>;

/// Cloud rules of one placement, told apart by names and addresses.
pub(super) type CloudRules = BTreeSet<(Direction, Traffic, End)>;

/// The number of IGMP among IP protocols; EC2 has no name for it.
const IGMP: u8 = 2;

impl Rollout {
    /// Returns the cloud rules of every managed group that has an id; peers without one are left out.
    pub(super) fn bind(&self) -> Bound<'_> {
        let mut bound: Bound<'_> = self.groups().into_iter().map(|group| (group, BTreeMap::new())).collect();
        for rule in self.expansion.rules.values() {
            let Some(permissions) = self.group(&rule.key.local).and_then(|group| bound.get_mut(group)) else { continue };
            for end in self.ends(&rule.key.peer).0 {
                if let Some(permission) = self.permission(rule, &end) {
                    permissions.entry(permission).or_default().push(rule);
                }
            }
        }
        bound
    }

    /// Returns the cloud rule of one far end of a rule, unless that end is a group without an id.
    pub(super) fn permission(&self, rule: &Rule, end: &End) -> Option<Permission> {
        let peer = match end {
            End::Group(placement) => Peer::Group(self.far_group(placement)?),
            End::Cidr(cidr) => Peer::Cidr(*cidr),
            End::List(list) => Peer::PrefixList(list.clone()),
        };
        Some(permission(rule.key.direction, rule.key.traffic, peer))
    }

    /// Returns what EC2 shall hold, with the text that it keeps with each rule.
    pub(super) fn desired(&self, matrix: &Matrix) -> BTreeMap<SecurityGroupId, Desired> {
        let described = |permissions: BTreeMap<Permission, Vec<&Rule>>| {
            permissions.into_iter().map(|(permission, rules)| (permission, self.description(matrix, &rules))).collect()
        };
        self.bind().into_iter().map(|(group, permissions)| (group, described(permissions))).collect()
    }

    /// Returns the text that EC2 keeps with a cloud rule: flows, rows, the placement at the far end, reasons and tickets.
    pub(super) fn description(&self, matrix: &Matrix, rules: &[&Rule]) -> String {
        // Two placements in one group may need a rule for the same reason.
        let mut texts: Vec<String> = Vec::new();
        for text in rules.iter().map(|rule| review::description(rule, matrix, &self.topology.policy)) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        description::fit(&texts.join("; "))
    }

    /// Returns the cloud rules of one placement, told apart by names and addresses; nothing while addresses are unknown.
    pub(super) fn cloud_rules(&self, placement: &PlacementName) -> Option<CloudRules> {
        let mut rules = CloudRules::new();
        for rule in self.expansion.rules_of(placement) {
            let (ends, complete) = self.ends(&rule.key.peer);
            if !complete {
                return None;
            }
            rules.extend(ends.into_iter().map(|end| (rule.key.direction, rule.key.traffic, end)));
        }
        Some(rules)
    }
}

/// Returns what lets this traffic pass to or from a far end.
pub(super) fn permission(direction: Direction, traffic: Traffic, peer: Peer) -> Permission {
    match traffic {
        Traffic::Ports { protocol, ports } => Permission::new(direction, protocol, ports, peer),
        Traffic::Igmp => Permission::of_protocol(direction, IGMP, peer),
    }
}

/// Counts the cloud rules of one placement by names and addresses, so that the count is the same before and after ids are known. It leaves
/// out prefix lists, because only EC2 knows how many rules one counts.
pub(super) fn usage(rules: &CloudRules) -> Usage {
    let mut usage: Usage = Direction::ALL.into_iter().flat_map(|direction| Family::ALL.map(|family| ((direction, family), 0))).collect();
    for (direction, _, end) in rules {
        let families: &[Family] = match end {
            End::Cidr(cidr) if cidr.is_ipv4() => &[Family::Ipv4],
            End::Cidr(_) => &[Family::Ipv6],
            End::Group(_) => &Family::ALL,
            End::List(_) => &[],
        };
        families.iter().for_each(|family| *usage.entry((*direction, *family)).or_default() += 1);
    }
    usage
}
