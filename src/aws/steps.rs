//! What to do in one group, worked out from what is desired and what is live. Pure.
//!
//! It promises: no step touches a rule of a sibling, nor a foreign one that the job neither names nor adopts; carrying out all steps
//! leaves exactly the desired rules under our mark; no step closes what is desired; a rule is marked only after everything else has
//! been opened, so that a failure on the way leaves it whose it was. It sends nothing.

use std::collections::BTreeMap;

use crate::net::Direction;
use crate::reconcile::{Changes, diff_by};

use super::error::Holder;
use super::id::{RuleId, SecurityGroupId};
use super::job::{Desired, Job};
use super::owner::{LiveRule, Owner};
use super::permission::{Peer, Permission};

#[cfg(test)]
mod tests;

/// The steps for one group, in the order in which they are taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Steps {
    /// Rules to change in place.
    pub(crate) modify: Vec<Modify>,
    /// Rules to give another description and nothing else, because they name a group of another account.
    pub(crate) describe: Vec<Describe>,
    /// Rules to create, with their descriptions.
    pub(crate) authorize: Vec<(Permission, String)>,
    /// Rules under our name to put our whole mark and the wanted tags on: lost ones, and ours from before a change of name or tags.
    pub(crate) adopt: Vec<RuleId>,
    /// Rules without a mark to put ours on.
    pub(crate) take_over: Vec<RuleId>,
    /// Rules to take tags off.
    pub(crate) untag: Vec<RuleId>,
    /// Rules to remove.
    pub(crate) revoke: Vec<(Direction, RuleId)>,
    /// Desired rules that somebody else's stand in the way of; nothing is done about these.
    pub(crate) clashes: Vec<Clash>,
}

/// One rule that gets another form, or only another description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Modify {
    pub(crate) rule: RuleId,
    pub(crate) permission: Permission,
    pub(crate) description: String,
}

/// One rule that gets another description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Describe {
    pub(crate) direction: Direction,
    pub(crate) rule: RuleId,
    pub(crate) description: String,
}

/// A desired rule that exists already as somebody else's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clash {
    pub(crate) permission: Permission,
    pub(crate) rules: Vec<RuleId>,
    pub(crate) holder: Holder,
}

impl Steps {
    /// Returns how many rules are still to be changed or created.
    pub(crate) fn openings(&self) -> usize {
        self.modify.len() + self.describe.len() + self.authorize.len()
    }

    /// Returns the rules that are still to be marked; those without a mark only if that is wanted.
    pub(crate) fn unmarked(&self, take_over: bool) -> Vec<RuleId> {
        let foreign = self.take_over.iter().filter(|_| take_over);
        self.adopt.iter().chain(foreign).cloned().collect()
    }

    /// Returns how many rules are still to be marked, or to lose a tag.
    pub(crate) fn markings(&self, take_over: bool) -> usize {
        self.unmarked(take_over).len() + self.untag.len()
    }
}

/// Returns the steps for a group that holds `live`.
pub(crate) fn steps(group: &SecurityGroupId, desired: &Desired, live: &[LiveRule], job: &Job) -> Steps {
    let mut steps = Steps::default();
    let mut present: BTreeMap<&Permission, Vec<&LiveRule>> = BTreeMap::new();
    for rule in live {
        present.entry(&rule.permission).or_default().push(rule);
    }

    let to_revoke = |rule: &LiveRule| job.revoke_foreign.contains(&(group.clone(), rule.id.clone()));
    let mut held: BTreeMap<Permission, &LiveRule> = BTreeMap::new();
    for (permission, rules) in &present {
        let mut ours = rules.iter().filter(|rule| rule.owner(&job.mark) == Owner::Ours);
        if let Some(rule) = ours.next() {
            held.insert((*permission).clone(), rule);
            // EC2 keeps one rule a permission; others may take the same for two.
            steps.revoke.extend(ours.map(|rule| (permission.direction, rule.id.clone())));
        } else if desired.contains_key(*permission) {
            match takeover(rules, job, to_revoke) {
                Ok(rule) => {
                    let marks = if rule.mark.is_some() { &mut steps.adopt } else { &mut steps.take_over };
                    marks.push(rule.id.clone());
                    held.insert((*permission).clone(), rule);
                }
                Err(holder) => steps.clashes.push(Clash {
                    permission: (*permission).clone(),
                    rules: rules.iter().map(|rule| rule.id.clone()).collect(),
                    holder,
                }),
            }
        }
    }

    let same = |wanted: &String, rule: &&LiveRule| rule.description.as_ref().is_none_or(|found| found == wanted);
    let Changes { add, change, remove } = diff_by(desired, &held, same);
    let surplus: Vec<&LiveRule> = remove.iter().filter_map(|permission| held.get(permission).copied()).collect();
    let clashing = |permission: &Permission| steps.clashes.iter().any(|clash| clash.permission == *permission);
    let missing: Vec<(Permission, String)> = add.into_iter().filter(|(permission, _)| !clashing(permission)).collect();

    for (permission, description) in change {
        let Some(rule) = held.get(&permission) else { continue };
        if permission.peer.is_elsewhere() || rule.permission.peer.is_elsewhere() {
            steps.describe.push(Describe { direction: permission.direction, rule: rule.id.clone(), description });
        } else {
            steps.modify.push(Modify { rule: rule.id.clone(), permission, description });
        }
    }
    let Paired { modify, surplus, missing } = pair(surplus, missing);
    steps.modify.extend(modify);
    steps.authorize = missing;
    steps.revoke.extend(surplus.iter().map(|rule| (rule.permission.direction, rule.id.clone())));
    let stays = |rule: &LiveRule| !surplus.iter().any(|gone| gone.id == rule.id);
    let retag = |rule: &LiveRule| rule.owner(&job.mark) == Owner::Ours && (rule.mark.as_ref() != Some(&job.mark) || job.tags.differ(rule));
    steps.adopt.extend(held.values().filter(|rule| retag(rule) && stays(rule)).map(|rule| rule.id.clone()));
    steps.untag.extend(held.values().filter(|rule| job.tags.linger(rule) && stays(rule)).map(|rule| rule.id.clone()));

    let unwanted = live.iter().filter(|rule| !desired.contains_key(&rule.permission) && to_revoke(rule));
    let unwanted = unwanted.filter(|rule| matches!(rule.owner(&job.mark), Owner::Foreign | Owner::Lost));
    steps.revoke.extend(unwanted.map(|rule| (rule.permission.direction, rule.id.clone())));
    steps
}

/// Returns the rule that may become ours, out of those that open what one of ours should and are not ours.
///
/// A rule that the job would revoke anyway is taken over instead: revoking it first would close what is desired.
fn takeover<'a>(rules: &[&'a LiveRule], job: &Job, to_revoke: impl Fn(&LiveRule) -> bool) -> Result<&'a LiveRule, Holder> {
    for rule in rules {
        match rule.owner(&job.mark) {
            Owner::Ours | Owner::Lost => return Ok(rule),
            Owner::Sibling(name) => return Err(Holder::Sibling(name.to_owned())),
            Owner::Foreign => {}
        }
    }
    let free = rules.iter().find(|rule| job.adopt_existing || to_revoke(rule));
    free.copied().ok_or(Holder::Foreign)
}

/// Says whether a rule may become another.
type Fit<'a> = &'a dyn Fn(&Permission, &Permission) -> bool;

struct Paired<'a> {
    modify: Vec<Modify>,
    surplus: Vec<&'a LiveRule>,
    missing: Vec<(Permission, String)>,
}

/// Joins rules that go with rules that come, so that they change in place: no gap, and no more of the quota than before.
///
/// EC2 cannot change a rule's direction or its kind of peer, and offers no way to name another account's group in a change. So pairs
/// have one direction and one kind of peer; those that keep the peer come first, then those that keep protocol and ports.
fn pair<'a>(surplus: Vec<&'a LiveRule>, missing: Vec<(Permission, String)>) -> Paired<'a> {
    let alike = |old: &Permission, new: &Permission| match (&old.peer, &new.peer) {
        (Peer::Cidr(old), Peer::Cidr(new)) => old.is_ipv4() == new.is_ipv4(),
        (Peer::Group(old), Peer::Group(new)) => !old.is_elsewhere() && !new.is_elsewhere(),
        (Peer::PrefixList(_), Peer::PrefixList(_)) => true,
        (Peer::Cidr(_) | Peer::Group(_) | Peer::PrefixList(_) | Peer::Other(_), _) => false,
    };
    let fits: [Fit<'_>; 3] =
        [&|old, new| old.peer == new.peer && alike(old, new), &|old, new| old.traffic == new.traffic && alike(old, new), &|old, new| {
            alike(old, new)
        }];
    let mut paired = Paired { modify: Vec::new(), surplus, missing };
    for fit in fits {
        let mut left = Vec::new();
        for (permission, description) in std::mem::take(&mut paired.missing) {
            let old = paired
                .surplus
                .iter()
                .position(|rule| rule.permission.direction == permission.direction && fit(&rule.permission, &permission));
            match old {
                Some(position) => {
                    let rule = paired.surplus.remove(position).id.clone();
                    paired.modify.push(Modify { rule, permission, description });
                }
                None => left.push((permission, description)),
            }
        }
        paired.missing = left;
    }
    paired
}
