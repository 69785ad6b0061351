//! What to do in one group, worked out from what is desired and what is live. Pure.
//!
//! It promises: no step touches a rule of a sibling, nor a foreign one that the job neither names nor adopts; carrying out all steps
//! leaves exactly the desired rules under our mark; a rule that would take somebody else's name or slot, or void what somebody else
//! allows without consent, is left out and told, and no denial is new where an opening is left out. It sends nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::net::Direction;

use super::clash::{Clash, Holder};
use super::description;
use super::id::RuleName;
use super::job::{Desired, Doomed, Job, WriteMode};
use super::lower;
use super::name;
use super::owner::{Group, LiveRule, Owner};
use super::priority::{self, Need};
use super::rule::{Access, Opening, SecurityRule};
use super::verdict::{Entry, Outcome, outcome};
use super::void;

mod order;
#[cfg(test)]
mod tests;

pub(crate) use order::{Op, order};

/// The steps for one group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Steps {
    /// Rules to create.
    pub(crate) create: Vec<SecurityRule>,
    /// Rules to give another form, under the name that they have; those that become ours among them.
    pub(crate) change: Vec<SecurityRule>,
    /// Names of rules to remove.
    pub(crate) remove: Vec<String>,
    /// What the group's `flushConnection` is to become.
    pub(crate) flush_connections: Option<bool>,
    /// Desired rules that somebody else's stand in the way of; nothing is done about these.
    pub(crate) clashes: Vec<Clash>,
}

impl Steps {
    /// Returns how much is still to be done.
    pub(crate) fn left(&self) -> usize {
        self.create.len() + self.change.len() + self.remove.len() + usize::from(self.flush_connections.is_some())
    }

    /// Returns the rules that the group holds once everything is done, as a write of the whole group names them.
    pub(crate) fn merged(&self, group: &Group) -> Vec<Value> {
        let changed: BTreeMap<String, &SecurityRule> = self.change.iter().map(|rule| (name::folded(&rule.name), rule)).collect();
        let gone: BTreeSet<String> = self.remove.iter().map(|name| name::folded(name)).collect();
        let stays = |live: &&LiveRule| !gone.contains(&name::folded(&live.rule.name));
        let kept = group.rules.iter().filter(stays).filter_map(|live| match changed.get(&name::folded(&live.rule.name)) {
            Some(rule) => lower::rule(rule),
            None => Some(lower::carried(&live.raw)),
        });
        kept.chain(self.create.iter().filter_map(lower::rule)).collect()
    }
}

/// Returns the steps for a group as it is.
pub(crate) fn steps(group: &Group, desired: &Desired, job: &Job) -> Steps {
    let live: BTreeMap<String, &LiveRule> = group.rules.iter().map(|rule| (name::folded(&rule.rule.name), rule)).collect();
    let is_doomed = |rule: &LiveRule| {
        let doomed = Doomed { group: group.id.clone(), name: rule.rule.name.clone(), opening: rule.rule.opening.clone() };
        job.remove_foreign.contains(&doomed) && matches!(rule.owner(&job.mark), Owner::Foreign | Owner::Lost)
    };
    let mut clashes = Vec::new();
    let mut wanted: BTreeMap<RuleName, SecurityRule> = BTreeMap::new();
    for (rule_name, rule) in desired {
        let found = live.get(&name::folded(rule_name.as_str())).copied();
        let may_be_taken = |found: &LiveRule| is_doomed(found) || job.adopt_existing && found.rule.opening == rule.opening;
        let holder = found.and_then(|found| match found.owner(&job.mark) {
            Owner::Ours | Owner::Lost => None,
            Owner::Foreign if may_be_taken(found) => None,
            Owner::Foreign => Some(Holder::Foreign),
            Owner::Sibling(resource) => Some(Holder::Sibling(resource.to_owned())),
        });
        if let Some(holder) = holder {
            clashes.push(Clash::Name { rule: rule_name.clone(), holder });
            continue;
        }
        let target = SecurityRule {
            name: found.map_or_else(|| rule_name.to_string(), |found| found.rule.name.clone()),
            description: Some(description::marked(&rule.text, &job.mark)),
            priority: rule.priority,
            opening: rule.opening.clone(),
        };
        wanted.insert(rule_name.clone(), target);
    }
    let asked_for: BTreeSet<String> = desired.keys().map(|name| name::folded(name.as_str())).collect();
    let stays_wanted = |rule: &LiveRule| asked_for.contains(&name::folded(&rule.rule.name));
    let surplus = |rule: &&LiveRule| !stays_wanted(rule) && (rule.owner(&job.mark) == Owner::Ours || is_doomed(rule));
    let mut remove: BTreeSet<String> = group.rules.iter().filter(surplus).map(|rule| rule.rule.name.clone()).collect();
    let replaced = replaced(group, job, &wanted, &remove, &stays_wanted);
    let gone = |wanted: &BTreeMap<RuleName, SecurityRule>| -> BTreeSet<String> {
        let replaced = replaced.iter().filter(|(target, _)| wanted.contains_key(*target)).flat_map(|(_, names)| names);
        // What opens the same as a rule that is left out stays for it.
        let left_out: BTreeSet<&Opening> =
            desired.iter().filter(|(name, _)| !wanted.contains_key(*name)).map(|(_, rule)| &rule.opening).collect();
        let may_go = |name: &&String| live.get(&name::folded(name)).is_none_or(|rule| !left_out.contains(&rule.rule.opening));
        remove.iter().chain(replaced).filter(may_go).cloned().collect()
    };
    clashes.extend(leave_out_denials(group, desired, job, &gone(&wanted), &mut wanted));
    clashes.extend(leave_out_taken(group, job, &mut wanted, &gone));
    // A rule that stays for one that is held back may have the slot of another.
    while hold_back_denials(group, desired, &mut wanted) {
        clashes.extend(leave_out_taken(group, job, &mut wanted, &gone));
    }
    remove = gone(&wanted);

    let mut steps = Steps { remove: remove.into_iter().collect(), clashes, ..Steps::default() };
    for (rule_name, target) in wanted {
        match live.get(&name::folded(rule_name.as_str())) {
            None => steps.create.push(target),
            Some(found) if found.rule != target => steps.change.push(target),
            Some(_) => {}
        }
    }
    let flush = job.flush_connections.filter(|_| job.write_mode == WriteMode::Group);
    steps.flush_connections =
        flush.filter(|flush| group.whole.as_ref().is_some_and(|whole| whole.flush_connections.unwrap_or(false) != *flush));
    steps
}

/// Leaves out rules of ours that would newly deny what others allow, unless that is consented to.
fn leave_out_denials(
    group: &Group,
    desired: &Desired,
    job: &Job,
    remove: &BTreeSet<String>,
    wanted: &mut BTreeMap<RuleName, SecurityRule>,
) -> Option<Clash> {
    let is_live = |target: &SecurityRule| {
        group.rules.iter().any(|live| live.rule.opening == target.opening && live.rule.priority == target.priority && live.is(target))
    };
    let new: BTreeSet<RuleName> = wanted
        .iter()
        .filter(|(_, target)| target.opening.access == Access::Deny && !is_live(target))
        .map(|(name, _)| name.clone())
        .collect();
    if job.accept_void || new.is_empty() {
        return None;
    }
    let stays = |live: &&LiveRule| live.owner(&job.mark) != Owner::Ours && !remove.contains(&live.rule.name);
    let others: Vec<&SecurityRule> = group
        .rules
        .iter()
        .filter(stays)
        .map(|live| &live.rule)
        .filter(|rule| !wanted.values().any(|ours| name::same(&ours.name, &rule.name)))
        .collect();
    let mut with: Desired = desired.clone();
    with.retain(|name, _| wanted.contains_key(name));
    let voided = void::voided(&with, &others);
    let newly = |by: &BTreeSet<String>| by.iter().any(|name| new.iter().any(|new| name::same(new.as_str(), name)));
    let rules: BTreeSet<String> = voided.iter().filter(|voided| newly(&voided.by)).map(|voided| voided.rule.name.clone()).collect();
    if rules.is_empty() {
        return None;
    }
    wanted.retain(|name, _| !new.contains(name));
    Some(Clash::Void { rules, by: new })
}

/// Leaves out new denials where an opening that they should spare is left out; tells whether there were any.
fn hold_back_denials(group: &Group, desired: &Desired, wanted: &mut BTreeMap<RuleName, SecurityRule>) -> bool {
    let missing = desired.iter().filter(|(name, rule)| rule.opening.access == Access::Allow && !wanted.contains_key(*name));
    let closed: BTreeSet<Direction> = missing.map(|(_, rule)| rule.opening.direction).collect();
    let is_live = |target: &SecurityRule| group.rules.iter().any(|live| live.is(target));
    let may_come =
        |target: &SecurityRule| target.opening.access == Access::Allow || !closed.contains(&target.opening.direction) || is_live(target);
    let before = wanted.len();
    wanted.retain(|_, target| may_come(target));
    wanted.len() < before
}

/// Returns the rules, lost or foreign, in whose place each new one of ours comes: they open the same, and ours opens it just as well.
fn replaced(
    group: &Group,
    job: &Job,
    wanted: &BTreeMap<RuleName, SecurityRule>,
    remove: &BTreeSet<String>,
    stays_wanted: &dyn Fn(&LiveRule) -> bool,
) -> BTreeMap<RuleName, Vec<String>> {
    let names: BTreeSet<String> = group.rules.iter().map(|live| name::folded(&live.rule.name)).collect();
    let is_new = |target: &SecurityRule| !names.contains(&name::folded(&target.name));
    // Only these may go at all, and there are few of them.
    let may_go = |live: &&LiveRule| match live.owner(&job.mark) {
        Owner::Lost => !stays_wanted(live),
        Owner::Foreign => job.adopt_existing && !stays_wanted(live),
        Owner::Ours | Owner::Sibling(_) => false,
    };
    let candidates: Vec<&LiveRule> = group.rules.iter().filter(may_go).collect();
    let mut gone: BTreeMap<RuleName, Vec<String>> = BTreeMap::new();
    for (rule_name, target) in wanted.iter().filter(|(_, target)| is_new(target)) {
        for live in candidates.iter().filter(|live| live.rule.opening == target.opening) {
            let stays = |other: &&LiveRule| !remove.contains(&other.rule.name) && other.rule.name != live.rule.name;
            let rest = || {
                group.rules.iter().filter(stays).map(|other| Entry::of(&other.rule)).filter(|other| !name::same(other.name, &target.name))
            };
            let judge = |rule| outcome(rest().chain([Entry::of(rule)]), &target.opening);
            // One that stands before somebody's denial is worth more than one behind it.
            if judge(&live.rule) != Outcome::Allowed || judge(target) == Outcome::Allowed {
                gone.entry(rule_name.clone()).or_default().push(live.rule.name.clone());
            }
        }
    }
    gone
}

/// Leaves out rules of ours whose slot a rule has that stays where it is.
fn leave_out_taken(
    group: &Group,
    job: &Job,
    wanted: &mut BTreeMap<RuleName, SecurityRule>,
    gone: &dyn Fn(&BTreeMap<RuleName, SecurityRule>) -> BTreeSet<String>,
) -> Vec<Clash> {
    let mut clashes = Vec::new();
    loop {
        let remove = gone(wanted);
        let moving: BTreeSet<String> = wanted.values().map(|target| name::folded(&target.name)).collect();
        let stays = |live: &&LiveRule| !remove.contains(&live.rule.name) && !moving.contains(&name::folded(&live.rule.name));
        let staying: BTreeMap<(Direction, u16), &LiveRule> =
            group.rules.iter().filter(stays).map(|live| (slot(&live.rule), live)).collect();
        let taken = wanted.iter().find_map(|(name, target)| Some((name.clone(), *staying.get(&slot(target))?)));
        let Some((rule_name, other)) = taken else { return clashes };
        let holder = match other.owner(&job.mark) {
            Owner::Ours => Holder::Ourselves,
            Owner::Lost => Holder::Lost,
            Owner::Foreign => Holder::Foreign,
            Owner::Sibling(resource) => Holder::Sibling(resource.to_owned()),
        };
        let foreign = group.rules.iter().filter(|live| live.owner(&job.mark) != Owner::Ours);
        let taken: BTreeSet<(Direction, u16)> = foreign.map(|live| slot(&live.rule)).collect();
        let needs: Vec<Need> = wanted.iter().map(|(name, target)| need(name, target)).collect();
        let fitting = priority::fitting(&needs, &taken);
        clashes.push(Clash::Slot { rule: rule_name.clone(), other: other.rule.name.clone(), slot: slot(&other.rule), holder, fitting });
        wanted.remove(&rule_name);
    }
}

fn need(name: &RuleName, target: &SecurityRule) -> Need {
    Need { name: name.clone(), direction: target.opening.direction, access: target.opening.access, opening: Some(target.opening.clone()) }
}

/// Returns what no two rules of a group may have in common.
pub(crate) fn slot(rule: &SecurityRule) -> (Direction, u16) {
    (rule.opening.direction, rule.priority)
}

impl LiveRule {
    /// Tells whether it has the name of this one.
    fn is(&self, rule: &SecurityRule) -> bool {
        name::same(&self.rule.name, &rule.name)
    }
}
