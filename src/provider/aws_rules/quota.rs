//! Whether the rules fit into their groups, also while groups have no id yet.
//!
//! It counts as EC2 does: all placements of one group together, everyone's rules, a prefix list by its weight. Groups without an id
//! may turn out to be one and the same, so there are two counts then: what is certain is an error, what is possible a warning.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::bind::permission;
use super::forewarn::{at_group, chain};
use super::kept::Kept;
use super::rollout::{End, Rollout};
use crate::aws::audit::{self, Quota, Usage};
use crate::aws::{Ec2, Family, LiveRule, Observed, Owner, Peer, Permission, PrefixListId, SecurityGroupId};
use crate::expand::expand;
use crate::matrix::Matrix;
use crate::net::Direction;
use crate::plugin::{Diagnostic, Diagnostics};
use crate::rule::Traffic;
use crate::topology::{PlacementName, Topology, TransportChoice};

/// A cloud rule whose far end is a group without an id, of this placement where it is counted apart.
type Nameless = (Direction, Traffic, Option<PlacementName>);

/// What is said of two settings at once; worth saying only where one alone does less.
const BOTH: &str = "Both together";

/// One group and the placements in it; a group without an id has one placement.
#[derive(Debug)]
pub(super) struct Seat<'a> {
    group: Option<&'a SecurityGroupId>,
    residents: Vec<&'a PlacementName>,
}

impl Rollout {
    /// Asks what the prefix lists at far ends count; those that nobody knows count one.
    pub(super) async fn quota(&self, ec2: Option<&Ec2>, found: &mut Diagnostics) -> Quota {
        let mut quota = Quota { limit: self.limit, weights: BTreeMap::new() };
        let mut lists: BTreeSet<PrefixListId> = BTreeSet::new();
        for rule in self.expansion.rules.values() {
            lists.extend(self.ends(&rule.key.peer).0.into_iter().filter_map(|end| match end {
                End::List(list) => Some(list),
                End::Group(_) | End::Cidr(_) => None,
            }));
        }
        if let (Some(ec2), false) = (ec2, lists.is_empty()) {
            match ec2.weigh(&lists).await {
                Ok(weights) => quota.weights = weights,
                Err(error) => {
                    let detail = format!(
                        "{}\n\nEach prefix list is counted as one rule here, but EC2 counts the most entries that it may have. {}",
                        chain(&error),
                        error.advice()
                    );
                    found.push(Diagnostic::warning("Prefix lists could not be looked at", detail));
                }
            }
        }
        quota
    }

    /// Tells what does not fit, or may not, where groups have no id yet; `told` is what was said already.
    pub(super) fn forewarn_of_new_groups(
        &self,
        matrix: &Matrix,
        kept: &Kept,
        observed: &BTreeMap<SecurityGroupId, Observed>,
        quota: &Quota,
        told: &BTreeSet<(Option<&SecurityGroupId>, (Direction, Family))>,
        found: &mut Diagnostics,
    ) {
        let mark = kept.mark(self.name.as_deref().unwrap_or_default());
        for seat in self.seats() {
            let (Some(least), Some(most)) = (self.need(&seat.residents, quota, false), self.need(&seat.residents, quota, true)) else {
                continue;
            };
            let asked = self.told_apart(&seat.residents, true).map(|(known, _)| known).unwrap_or_default();
            let live = seat.group.and_then(|group| observed.get(group)).map_or(&[][..], Observed::rules);
            let by_others = |rule: &&LiveRule| matches!(rule.owner(&mark), Owner::Foreign | Owner::Sibling(_));
            let others = live.iter().filter(by_others).map(|rule| &rule.permission).filter(|permission| !asked.contains(permission));
            let others = audit::usage(others, quota);
            for (key, most) in most {
                let count = |usage: &Usage| usage.get(&key).copied().unwrap_or_default();
                let (least, others) = (count(&least), count(&others));
                if most == 0 || told.contains(&(seat.group, key)) {
                    continue;
                }
                if least.saturating_add(others) > self.limit {
                    found.extend(self.over_quota(matrix, quota, &seat, key, least, others));
                } else if most.saturating_add(others) > self.limit {
                    let (direction, family) = key;
                    let detail = format!(
                        "{seat} may need {} of {} {family} {direction} rules, depending on how many different groups its far ends turn out to be: some have no id yet. If they are one and the same, {} are enough.",
                        most.saturating_add(others),
                        self.limit,
                        least.saturating_add(others)
                    );
                    let warning = Diagnostic::warning("Perhaps too many rules for a security group", detail);
                    found.extend(seat.residents.first().map(|placement| warning.at(&at_group(placement))));
                }
            }
        }
    }

    /// Returns the seat of a group.
    pub(super) fn seat<'a>(&'a self, group: &'a SecurityGroupId) -> Seat<'a> {
        Seat { group: Some(group), residents: self.residents(group).collect() }
    }

    /// Returns the error of a group that cannot hold what is asked for, on its first placement: `desired` rules of ours and `others`
    /// that stay.
    pub(super) fn over_quota(
        &self,
        matrix: &Matrix,
        quota: &Quota,
        seat: &Seat<'_>,
        key: (Direction, Family),
        desired: u32,
        others: u32,
    ) -> Option<Diagnostic> {
        let (direction, family) = key;
        let needed = desired.saturating_add(others);
        let mut detail = format!("{seat} would need {needed} of {} {family} {direction} rules", self.limit);
        if others > 0 {
            detail.push_str(&format!(" ({desired} of this configuration, {others} that others made)"));
        }
        detail.push_str(". ");
        let mut best = desired;
        for (setting, topology) in self.tighter() {
            let expansion = expand(matrix, &topology);
            let tighter = Rollout { topology, expansion, homes: self.homes.clone(), name: None, limit: self.limit, ..*self };
            let count = tighter.need(&seat.residents, quota, false).and_then(|need| need.get(&key).copied());
            let helps = |count: &u32| *count < if setting == BOTH { best } else { desired };
            if let Some(count) = count.filter(helps) {
                best = best.min(count);
                detail.push_str(&format!("{setting} would need {}. ", count.saturating_add(others)));
            }
        }
        detail.push_str("Or join address blocks, use fewer placements as far ends, spread components over several groups, or have AWS raise the quota and set `rules_per_group`.");
        let placement = seat.residents.first()?;
        Some(Diagnostic::error("Too many rules for a security group", detail).at(&at_group(placement)))
    }

    /// Returns the groups that this resource writes.
    fn seats(&self) -> Vec<Seat<'_>> {
        let mut seats: Vec<Seat<'_>> = Vec::new();
        for placement in self.managed() {
            let group = self.group(placement);
            match seats.iter_mut().find(|seat| group.is_some() && seat.group == group) {
                Some(seat) => seat.residents.push(placement),
                None => seats.push(Seat { group, residents: vec![placement] }),
            }
        }
        seats
    }

    /// Counts what the placements of one group need; groups without an id at far ends count as one, or `apart`. Nothing while addresses
    /// are unknown.
    fn need(&self, residents: &[&PlacementName], quota: &Quota, apart: bool) -> Option<Usage> {
        let (known, nameless) = self.told_apart(residents, apart)?;
        let mut usage = audit::usage(&known, quota);
        for (direction, ..) in nameless {
            for family in Family::ALL {
                *usage.entry((direction, family)).or_default() += 1;
            }
        }
        Some(usage)
    }

    /// Returns the cloud rules of the placements of one group, and apart those whose far end is a group without an id.
    fn told_apart(&self, residents: &[&PlacementName], apart: bool) -> Option<(BTreeSet<Permission>, BTreeSet<Nameless>)> {
        let (mut known, mut nameless) = (BTreeSet::new(), BTreeSet::new());
        for placement in residents {
            for (direction, traffic, end) in self.cloud_rules(placement)? {
                let peer = match end {
                    End::Cidr(cidr) => Peer::Cidr(cidr),
                    End::List(list) => Peer::PrefixList(list),
                    End::Group(far) => match self.group(&far) {
                        Some(group) => Peer::Group(group.clone()),
                        None => {
                            nameless.insert((direction, traffic, apart.then_some(far)));
                            continue;
                        }
                    },
                };
                known.insert(permission(direction, traffic, peer));
            }
        }
        Some((known, nameless))
    }

    /// Returns policies that need fewer rules, each as what to set.
    fn tighter(&self) -> Vec<(&'static str, Topology)> {
        let policy = &self.topology.policy;
        let (may_join, may_secure) = (!policy.coalesce, policy.transport == TransportChoice::AsListed);
        let with = |coalesce: bool, transport: TransportChoice| {
            let mut topology = self.topology.clone();
            topology.policy.coalesce = coalesce;
            topology.policy.transport = transport;
            topology
        };
        let join = ("`port_ranges = \"coalesce\"`", with(true, policy.transport));
        let secure = ("`transport = \"prefer_secure\"`", with(policy.coalesce, TransportChoice::PreferSecure));
        let both = (BOTH, with(true, TransportChoice::PreferSecure));
        match (may_join, may_secure) {
            (true, true) => vec![join, secure, both],
            (true, false) => vec![join],
            (false, true) => vec![secure],
            (false, false) => Vec::new(),
        }
    }
}

impl fmt::Display for Seat<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let placements: Vec<String> = self.residents.iter().map(|placement| format!("`{placement}`")).collect();
        let plural = if placements.len() == 1 { "" } else { "s" };
        match self.group {
            Some(group) => write!(formatter, "{group} of placement{plural} {}", placements.join(", ")),
            None => write!(formatter, "The group of placement{plural} {}", placements.join(", ")),
        }
    }
}
