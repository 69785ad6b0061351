//! What EC2 would not hold or take, and what would be taken over, found before anything is sent.
//!
//! It counts as EC2 does: apart for each direction and address family, everyone's rules together, a prefix list by its size. It asks
//! nobody; what it does not know (the size of a prefix list) it is told, or counts as one.

use std::collections::{BTreeMap, BTreeSet};

use crate::net::Direction;

use super::description::{self, DescriptionFault};
use super::error::Holder;
use super::id::{PrefixListId, RuleId, SecurityGroupId};
use super::job::{Desired, Job};
use super::owner::{LiveRule, Observed, Owner};
use super::permission::{Family, Peer, Permission};
use super::steps::{Steps, steps};

#[cfg(test)]
mod tests;

/// Rules for each direction and family of a group, unless AWS raised it (quota L-0EA8095F).
pub const DEFAULT_LIMIT: u32 = 60;

/// What a group may hold, and what prefix lists weigh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// Rules for each direction and family.
    pub limit: u32,
    /// What references to prefix lists count; those that are not here count one in both families.
    pub weights: BTreeMap<PrefixListId, Weight>,
}

/// What a reference to a prefix list counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weight {
    /// The most entries that the list may have, or the weight that AWS documents for its own.
    pub entries: u32,
    /// The family of its addresses, in which alone it counts; in both where that is not known.
    pub family: Option<Family>,
}

/// How much of a quota is used; see [`usage`].
pub type Usage = BTreeMap<(Direction, Family), u32>;

/// Something that EC2 would refuse, that ends in a clash, or that somebody should know of before it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// More rules than the quota allows once everything is done.
    OverQuota {
        /// The group.
        group: SecurityGroupId,
        /// The direction.
        direction: Direction,
        /// The family.
        family: Family,
        /// What the desired rules count.
        desired: u32,
        /// What rules count that are not ours and stay.
        others: u32,
        /// The quota.
        limit: u32,
    },
    /// The end fits, but not the way there: rules are created before old ones are revoked, and both together exceed the quota.
    OverQuotaMeanwhile {
        /// The group.
        group: SecurityGroupId,
        /// The direction.
        direction: Direction,
        /// The family.
        family: Family,
        /// What there is at the peak.
        peak: u32,
        /// The quota.
        limit: u32,
    },
    /// A description that EC2 refuses.
    Description {
        /// The group.
        group: SecurityGroupId,
        /// The rule.
        permission: Permission,
        /// What is wrong.
        fault: DescriptionFault,
    },
    /// Somebody else's rule already opens exactly what ours should.
    Clash {
        /// The group.
        group: SecurityGroupId,
        /// What both open.
        permission: Permission,
        /// The rules in the way.
        rules: Vec<RuleId>,
        /// Whose they are.
        holder: Holder,
    },
    /// A rule of somebody else that becomes ours: a foreign one that may be adopted, or one that another instance left behind.
    TakeOver {
        /// The rule as it is now, with the mark of the instance that made it, if any did.
        rule: LiveRule,
    },
    /// A group that should hold rules does not exist.
    GroupGone {
        /// The group.
        group: SecurityGroupId,
    },
}

impl Default for Quota {
    fn default() -> Quota {
        Quota { limit: DEFAULT_LIMIT, weights: BTreeMap::new() }
    }
}

impl Quota {
    /// Returns what one rule counts in each family that it counts in.
    pub fn weight(&self, permission: &Permission) -> u32 {
        match &permission.peer {
            Peer::PrefixList(list) => self.weights.get(list).map_or(1, |weight| weight.entries),
            Peer::Cidr(_) | Peer::Group(_) | Peer::Other(_) => 1,
        }
    }

    /// Returns the families that one rule counts in.
    pub fn families(&self, permission: &Permission) -> &'static [Family] {
        let list = match &permission.peer {
            Peer::PrefixList(list) => self.weights.get(list),
            Peer::Cidr(_) | Peer::Group(_) | Peer::Other(_) => None,
        };
        match list.and_then(|weight| weight.family) {
            Some(Family::Ipv4) => &[Family::Ipv4],
            Some(Family::Ipv6) => &[Family::Ipv6],
            None => permission.families(),
        }
    }
}

/// Returns what a job would meet, given what is there: the same findings that EC2 would give one by one, all at once.
///
/// Groups that are not in `observed` (not yet created, or not looked at) are taken as empty, without the rule that lets everything out.
pub fn audit(job: &Job, observed: &BTreeMap<SecurityGroupId, Observed>, quota: &Quota) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (group, desired) in &job.desired {
        for (permission, text) in desired {
            findings.extend(description::check(text).err().map(|fault| Finding::Description {
                group: group.clone(),
                permission: permission.clone(),
                fault,
            }));
        }
        let live = match observed.get(group) {
            Some(Observed::Gone) if !desired.is_empty() && !job.new_groups.contains(group) => {
                findings.push(Finding::GroupGone { group: group.clone() });
                continue;
            }
            Some(observed) => observed.rules(),
            None => &[],
        };
        let steps = steps(group, desired, live, job);
        findings.extend(over_quota(group, desired, live, &steps, quota));
        let marked: BTreeSet<RuleId> = steps.unmarked(true).into_iter().collect();
        let become_ours = |rule: &&LiveRule| rule.owner(&job.mark) != Owner::Ours && marked.contains(&rule.id);
        findings.extend(live.iter().filter(become_ours).map(|rule| Finding::TakeOver { rule: rule.clone() }));
        findings.extend(steps.clashes.into_iter().map(|clash| Finding::Clash {
            group: group.clone(),
            permission: clash.permission,
            rules: clash.rules,
            holder: clash.holder,
        }));
    }
    findings
}

fn over_quota(group: &SecurityGroupId, desired: &Desired, live: &[LiveRule], steps: &Steps, quota: &Quota) -> Vec<Finding> {
    let revoked: BTreeSet<&RuleId> = steps.revoke.iter().map(|(_, rule)| rule).collect();
    let modified: BTreeSet<&RuleId> = steps.modify.iter().map(|modify| &modify.rule).collect();
    let stays = |rule: &&LiveRule| !revoked.contains(&rule.id) && !modified.contains(&rule.id);
    let others = live.iter().filter(stays).filter(|rule| !desired.contains_key(&rule.permission));
    let others = usage(others.map(|rule| &rule.permission), quota);
    let wanted = usage(desired.keys(), quota);

    let unchanged = live.iter().filter(|rule| !modified.contains(&rule.id)).map(|rule| &rule.permission);
    let changed = steps.modify.iter().map(|modify| &modify.permission);
    let created = steps.authorize.iter().map(|(permission, _)| permission);
    let peak = usage(unchanged.chain(changed).chain(created), quota);

    let mut findings = Vec::new();
    for (key, peak) in peak {
        let (direction, family) = key;
        let count = |usage: &Usage| usage.get(&key).copied().unwrap_or_default();
        let (desired, others) = (count(&wanted), count(&others));
        if desired == 0 {
            continue; // Whatever is too much here is not of our making.
        }
        let (group, limit) = (group.clone(), quota.limit);
        if desired.saturating_add(others) > limit {
            findings.push(Finding::OverQuota { group, direction, family, desired, others, limit });
        } else if peak > limit {
            findings.push(Finding::OverQuotaMeanwhile { group, direction, family, peak, limit });
        }
    }
    findings
}

/// Returns what these rules count in each direction and family; directions without any rule count 0.
pub fn usage<'a>(permissions: impl IntoIterator<Item = &'a Permission>, quota: &Quota) -> Usage {
    let mut usage: Usage = Direction::ALL.into_iter().flat_map(|direction| Family::ALL.map(|family| ((direction, family), 0))).collect();
    for permission in permissions {
        for family in quota.families(permission) {
            let count = usage.entry((permission.direction, *family)).or_default();
            *count = count.saturating_add(quota.weight(permission));
        }
    }
    usage
}
