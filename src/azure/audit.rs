//! What Azure would refuse of a job, or make of it, found before anything is written.
//!
//! Pure arithmetic over what was seen: limits, names and slots in somebody's hands, rules that are taken over, rules that others
//! overrule. Rules whose openings are not known yet are not in the job, so what it finds is certain, and there may be more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::clash::Clash;
use super::id::{AsgId, NsgId, RuleName};
use super::job::{Desired, Job};
use super::owner::{Group, LiveRule, Observed, Owner};
use super::rule::{Opening, PortSet, SecurityRule};
use super::side::Side;
use super::steps::steps;
use super::void;

#[cfg(test)]
mod tests;

/// The most rules of a group, of both directions together.
pub const RULES_MOST: usize = 1000;

/// The most addresses that all rules of a group name as source, and again as destination.
pub const ADDRESSES_MOST: usize = 4000;

/// The most ports and ranges of ports that all rules of a group name as source, and again as destination.
pub const PORTS_MOST: usize = 4000;

/// The most application security groups on one side of a rule.
pub const GROUPS_OF_SIDE_MOST: usize = 10;

/// The most application security groups that all rules of a group name.
pub const GROUPS_MOST: usize = 100;

/// What is limited in a group as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Rules.
    Rules,
    /// Addresses as source.
    Sources,
    /// Addresses as destination.
    Destinations,
    /// Ports as source.
    SourcePorts,
    /// Ports as destination.
    DestinationPorts,
    /// Different application security groups.
    Groups,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The group does not exist.
    GroupGone {
        /// The group.
        group: NsgId,
    },
    /// Something stands in the way of rules of ours.
    Clash {
        /// The group.
        group: NsgId,
        /// What it is.
        clash: Clash,
    },
    /// More than a group can hold.
    TooMany {
        /// The group.
        group: NsgId,
        /// Of what.
        limit: Limit,
        /// How much of it our rules need.
        desired: usize,
        /// How much more rules of others use.
        others: usize,
    },
    /// More application security groups than one side of a rule can name.
    TooManyOfSide {
        /// The group.
        group: NsgId,
        /// The rule.
        rule: RuleName,
        /// How many.
        count: usize,
    },
    /// A rule becomes ours: one that another instance of this resource left behind, or one made by hand.
    TakeOver {
        /// The rule.
        rule: LiveRule,
    },
    /// A rule of ours allows what rules of others deny before it.
    Overruled {
        /// The group.
        group: NsgId,
        /// Our rule.
        rule: RuleName,
        /// The rules that deny some of it.
        by: BTreeSet<String>,
        /// Whether they surely do, unless hosts are in several groups.
        surely: bool,
    },
}

/// Returns what was found in the groups of a job; groups that were not seen are left out.
pub fn audit(job: &Job, observed: &BTreeMap<NsgId, Observed>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (id, desired) in &job.desired {
        match observed.get(id) {
            None => findings.extend(of_sides(id, desired)),
            Some(Observed::Gone) if desired.is_empty() => {}
            Some(Observed::Gone) => findings.push(Finding::GroupGone { group: id.clone() }),
            Some(Observed::Live(group)) => {
                findings.extend(of_sides(id, desired));
                findings.extend(of_group(job, group, desired));
            }
        }
    }
    findings
}

fn of_group(job: &Job, group: &Group, desired: &Desired) -> Vec<Finding> {
    let id = &group.id;
    let clashes = steps(group, desired, job).clashes.into_iter().map(|clash| Finding::Clash { group: id.clone(), clash });
    let takeovers = group.rules.iter().filter(|rule| is_taken_over(job, desired, rule));
    let takeovers = takeovers.map(|rule| Finding::TakeOver { rule: rule.clone() });
    let stays = |rule: &&LiveRule| {
        let goes = job.remove_foreign.iter().any(|doomed| doomed.group == *id && doomed.name == rule.rule.name);
        rule.owner(&job.mark) != Owner::Ours && !goes && !is_taken_over(job, desired, rule)
    };
    let others: Vec<&SecurityRule> = group.rules.iter().filter(stays).map(|rule| &rule.rule).collect();
    let ours: Vec<&Opening> = desired.values().map(|wanted| &wanted.opening).collect();
    let everyones: Vec<&Opening> = ours.iter().copied().chain(others.iter().map(|rule| &rule.opening)).collect();
    let too_many = Limit::ALL.into_iter().filter_map(|limit| {
        let (desired, all) = (limit.used_by(&ours), limit.used_by(&everyones));
        // What both name counts once.
        let others = all.saturating_sub(desired);
        let is_over = desired > 0 && all > limit.most();
        is_over.then(|| Finding::TooMany { group: id.clone(), limit, desired, others })
    });
    let overruled = void::overruled(desired, &others).into_iter().map(|found| Finding::Overruled {
        group: id.clone(),
        rule: found.rule,
        by: found.by,
        surely: found.surely,
    });
    clashes.chain(takeovers).chain(too_many).chain(overruled).collect()
}

fn of_sides<'a>(id: &'a NsgId, desired: &'a Desired) -> impl Iterator<Item = Finding> + 'a {
    desired.iter().filter_map(move |(rule, wanted)| {
        let count = groups_of(&wanted.opening.source).len().max(groups_of(&wanted.opening.destination).len());
        let is_over = count > GROUPS_OF_SIDE_MOST;
        is_over.then(|| Finding::TooManyOfSide { group: id.clone(), rule: rule.clone(), count })
    })
}

/// Tells whether a rule that is not ours becomes ours.
fn is_taken_over(job: &Job, desired: &Desired, rule: &LiveRule) -> bool {
    let is_asked_for = || desired.values().any(|wanted| wanted.opening == rule.rule.opening);
    match rule.owner(&job.mark) {
        Owner::Lost => is_asked_for() || desired.keys().any(|name| rule.is_named(name)),
        Owner::Foreign => job.adopt_existing && is_asked_for(),
        Owner::Ours | Owner::Sibling(_) => false,
    }
}

fn groups_of(side: &Side) -> BTreeSet<&AsgId> {
    match side {
        Side::Groups(groups) => groups.iter().collect(),
        Side::Any | Side::Prefixes(_) | Side::Tag(_) | Side::Other(_) => BTreeSet::new(),
    }
}

impl Limit {
    /// All of them.
    pub const ALL: [Limit; 6] =
        [Limit::Rules, Limit::Sources, Limit::Destinations, Limit::SourcePorts, Limit::DestinationPorts, Limit::Groups];

    /// Returns the most that a group can hold.
    pub fn most(self) -> usize {
        match self {
            Limit::Rules => RULES_MOST,
            Limit::Sources | Limit::Destinations => ADDRESSES_MOST,
            Limit::SourcePorts | Limit::DestinationPorts => PORTS_MOST,
            Limit::Groups => GROUPS_MOST,
        }
    }

    fn used_by(self, openings: &[&Opening]) -> usize {
        let addresses = |side: fn(&Opening) -> &Side| openings.iter().map(|opening| side(opening).addresses()).sum();
        let ports = |side: fn(&Opening) -> &PortSet| openings.iter().map(|opening| side(opening).entries()).sum();
        match self {
            Limit::Rules => openings.len(),
            Limit::Sources => addresses(|opening| &opening.source),
            Limit::Destinations => addresses(|opening| &opening.destination),
            Limit::SourcePorts => ports(|opening| &opening.source_ports),
            Limit::DestinationPorts => ports(|opening| &opening.destination_ports),
            Limit::Groups => {
                let sides = openings.iter().flat_map(|opening| [&opening.source, &opening.destination]);
                sides.flat_map(groups_of).collect::<BTreeSet<_>>().len()
            }
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Limit::Rules => "rules",
            Limit::Sources => "addresses as source",
            Limit::Destinations => "addresses as destination",
            Limit::SourcePorts => "ports as source",
            Limit::DestinationPorts => "ports as destination",
            Limit::Groups => "application security groups",
        })
    }
}
