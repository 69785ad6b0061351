//! Whether the rules fit into their groups, also while groups have no id yet.
//!
//! It counts as EC2 does: all placements of one group together, everyone's rules, a prefix list by its weight. Groups without an id
//! may turn out to be one and the same, so there are two counts then: what is certain is an error, what is possible a warning.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::bind::permission;
use super::forewarn::at_group;
use super::kept::Kept;
use super::rollout::{End, Rollout};
use crate::aws::audit::{self, Quota, Usage};
use crate::aws::{Family, LiveRule, Observed, Owner, Peer, Permission, SecurityGroupId};
use crate::expand::expand;
use crate::matrix::Matrix;
use crate::net::Direction;
use crate::plugin::{AttributePath, Diagnostic, Diagnostics};
use crate::rule::Traffic;
use crate::topology::{PlacementName, Topology, TransportChoice};

/// A cloud rule whose far end is a group without an id, of this placement where it is counted apart.
type Nameless = (Direction, Traffic, Option<PlacementName>);

/// What is said of two settings at once; worth saying only where one alone does less.
const BOTH: &str = "both together";

/// How to make room, whatever the policy says.
const ROOM: &str = "join address blocks, use fewer placements as far ends, spread components over several groups, or have AWS raise the quota (L-0EA8095F; rules of a group times groups of a network interface, L-2AFB9258, may be 1000 at most) and set `rules_per_group`.";

/// From how much of the quota on a group counts as nearly full, in percent.
const NEARLY: u32 = 80;

/// One group and the placements in it; a group without an id has one placement.
#[derive(Debug)]
pub(super) struct Seat<'a> {
    group: Option<&'a SecurityGroupId>,
    residents: Vec<&'a PlacementName>,
}

impl Rollout {
    /// Tells what does not fit, or may not, where groups have no id yet, and which groups are nearly full; `told` is what was said already.
    pub(super) fn forewarn_of_room(
        &self,
        matrix: &Matrix,
        kept: &Kept,
        observed: &BTreeMap<SecurityGroupId, Observed>,
        quota: &Quota,
        told: &BTreeSet<(Option<&SecurityGroupId>, (Direction, Family))>,
        found: &mut Diagnostics,
    ) {
        let mark = kept.mark(self.name.as_deref().unwrap_or_default());
        let mut nearly_full = NearlyFull::default();
        for seat in self.seats() {
            let (Some(least), Some(most)) = (self.need(&seat.residents, quota, false), self.need(&seat.residents, quota, true)) else {
                continue;
            };
            let asked = self.told_apart(&seat.residents, true).map(|(known, _)| known).unwrap_or_default();
            let live = seat.group.and_then(|group| observed.get(group)).map_or(&[][..], Observed::rules);
            let by_others = |rule: &&LiveRule| rule.owner(&mark) != Owner::Ours;
            let others = live.iter().filter(by_others).map(|rule| &rule.permission).filter(|permission| !asked.contains(permission));
            let others = audit::usage(others, quota);
            for (key, most) in most {
                let count = |usage: &Usage| usage.get(&key).copied().unwrap_or_default();
                let (least, others) = (count(&least), count(&others));
                let needed = least.saturating_add(others);
                if most == 0 || told.contains(&(seat.group, key)) {
                    continue;
                }
                if needed > self.limit {
                    found.extend(self.over_quota(matrix, quota, &seat, key, least, others));
                } else if most.saturating_add(others) > self.limit {
                    let (direction, family) = key;
                    let detail = format!(
                        "{seat} may need {} {family} {direction} rules, and its quota is {}: it depends on how many different groups its far ends turn out to be, and some have no id yet. If they are one and the same, {} are enough.",
                        most.saturating_add(others),
                        self.limit,
                        needed
                    );
                    let warning = Diagnostic::warning("Perhaps too many rules for a security group", detail);
                    found.extend(seat.residents.first().map(|placement| warning.at(&at_group(placement))));
                } else if needed.saturating_mul(100) >= self.limit.saturating_mul(NEARLY) {
                    nearly_full.add(&seat, key, needed);
                }
            }
        }
        found.extend(nearly_full.warning(self.limit));
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
        let mut detail = format!("{seat} would need {needed} {family} {direction} rules");
        if others > 0 {
            detail.push_str(&format!(" ({desired} of this configuration, {others} that others made)"));
        }
        detail.push_str(&format!(", and its quota is {}. ", self.limit));
        let mut best = desired;
        for (setting, topology) in self.tighter() {
            let expansion = expand(matrix, &topology);
            let tighter = Rollout { topology, expansion, homes: self.homes.clone(), name: None, limit: self.limit, ..*self };
            let count = tighter.need(&seat.residents, quota, false).and_then(|need| need.get(&key).copied());
            let helps = |count: &u32| *count < if setting == BOTH { best } else { desired };
            if let Some(count) = count.filter(helps) {
                best = best.min(count);
                detail.push_str(&format!("With {setting} it would need {}. ", count.saturating_add(others)));
            }
        }
        let otherwise = if best < desired { "Otherwise" } else { "To make room," };
        detail.push_str(&format!("{otherwise} {ROOM}"));
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
                    End::Group(far) => match self.far_group(&far) {
                        Some(group) => Peer::Group(group),
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

/// Groups that still hold everything, but hardly more: what needs how much, and the families for which that is so.
#[derive(Debug, Default)]
struct NearlyFull {
    places: BTreeSet<PlacementName>,
    needs: Vec<(String, Direction, u32, Vec<Family>)>,
}

impl NearlyFull {
    fn add(&mut self, seat: &Seat<'_>, (direction, family): (Direction, Family), needed: u32) {
        self.places.extend(seat.residents.first().copied().cloned());
        let seat = seat.to_string();
        // References to groups count in both families, which is no reason to say it twice.
        match self.needs.iter_mut().find(|(of, way, need, _)| *of == seat && *way == direction && *need == needed) {
            Some((.., families)) => families.push(family),
            None => self.needs.push((seat, direction, needed, vec![family])),
        }
    }

    /// Returns one warning for all of them.
    fn warning(self, limit: u32) -> Option<Diagnostic> {
        let need = |(seat, direction, needed, families): &(String, Direction, u32, Vec<Family>)| {
            let families: Vec<&str> = families.iter().map(|family| family.as_str()).collect();
            format!("  {seat}: {needed} of {limit} {} {direction} rules", families.join(" and "))
        };
        let needs: Vec<String> = self.needs.iter().map(need).collect();
        let detail = format!(
            "{NEARLY} percent of the quota or more are in use once this is applied:\n\n{}\n\nA plan that needs more than the quota is refused. To make room, {ROOM}",
            needs.join("\n")
        );
        let warning = Diagnostic::warning("Security groups are nearly full", detail);
        match (self.places.first(), self.places.len()) {
            (None, _) => None,
            (Some(place), 1) => Some(warning.at(&at_group(place))),
            (Some(_), _) => Some(warning.at(&AttributePath::root().attr("placements"))),
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
