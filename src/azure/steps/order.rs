//! The order in which single rules are written, where a group cannot be written at once.
//!
//! It promises, after every single step: no two rules have one priority and direction; everything that was open and is wanted is open;
//! deletions come last, and denials come when everything that they spare is there. A rule that stands where another should go moves
//! aside first; an opening that is about to lose its rule before another has it is held open by a rule of its own meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use crate::azure::id::RuleName;
use crate::azure::name;
use crate::azure::owner::Group;
use crate::azure::priority::Band;
use crate::azure::rule::{Access, FIRST_PRIORITY, LAST_PRIORITY, Opening, SecurityRule};

use crate::net::Direction;

use super::{Steps, slot};

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    /// Creates or changes a rule.
    Put(SecurityRule),
    /// Deletes a rule.
    Delete(String),
}

/// Returns the writes that carry out these steps, in their order.
pub(crate) fn order(group: &Group, steps: &Steps, band: Band) -> Vec<Op> {
    let rules = group.rules.iter().map(|live| (name::folded(&live.rule.name), live.rule.clone())).collect();
    let targets = || steps.create.iter().chain(&steps.change);
    let mut course = Course {
        rules,
        ops: Vec::new(),
        helpers: Vec::new(),
        band,
        reserved: targets().map(slot).collect(),
        wanted: targets().map(|rule| rule.opening.clone()).collect(),
    };
    let is_denial = |rule: &SecurityRule| rule.opening.access == Access::Deny;
    for denials in [false, true] {
        let part = |rules: &[SecurityRule]| rules.iter().filter(|rule| is_denial(rule) == denials).cloned().collect::<Vec<_>>();
        for rule in part(&steps.create) {
            course.put(rule);
        }
        let mut waiting = part(&steps.change);
        while !waiting.is_empty() {
            let easy = waiting.iter().position(|rule| !course.needs_help(rule));
            let rule = waiting.remove(easy.unwrap_or_default());
            course.put(rule);
        }
    }
    let removed = steps.remove.iter().chain(&course.helpers).cloned().collect::<Vec<String>>();
    let (denials, rest): (Vec<String>, Vec<String>) =
        removed.into_iter().partition(|gone| course.rules.get(&name::folded(gone)).is_some_and(is_denial));
    course.ops.extend(denials.into_iter().chain(rest).map(Op::Delete));
    course.ops
}

/// What has been written so far, and what there is then.
struct Course {
    rules: BTreeMap<String, SecurityRule>,
    ops: Vec<Op>,
    /// Names of rules that only hold something open meanwhile.
    helpers: Vec<String>,
    band: Band,
    /// Slots that rules are on their way to.
    reserved: BTreeSet<(Direction, u16)>,
    /// What is to be open, or denied, in the end.
    wanted: BTreeSet<Opening>,
}

impl Course {
    /// Writes a rule, after whatever stands in its slot has moved aside; what it opens now stays open if that is wanted.
    fn put(&mut self, rule: SecurityRule) {
        if let Some(other) = self.in_slot_of(&rule)
            && let Some(priority) = self.free(&other)
        {
            self.write(SecurityRule { priority, ..other });
        }
        if self.needs_help(&rule)
            && let Some(now) = self.rules.get(&name::folded(&rule.name)).cloned()
            && let (Some(priority), Some(name)) = (self.free(&now), self.helper(&now))
        {
            self.helpers.push(name.clone());
            self.write(SecurityRule { name, priority, ..now });
        }
        self.write(rule);
    }

    fn write(&mut self, rule: SecurityRule) {
        self.rules.insert(name::folded(&rule.name), rule.clone());
        self.ops.push(Op::Put(rule));
    }

    /// Tells whether a change takes away the only rule for something that is wanted.
    fn needs_help(&self, rule: &SecurityRule) -> bool {
        let Some(now) = self.rules.get(&name::folded(&rule.name)) else { return false };
        let elsewhere = |other: &&SecurityRule| other.opening == now.opening && !name::same(&other.name, &now.name);
        now.opening != rule.opening && self.wanted.contains(&now.opening) && !self.rules.values().any(|other| elsewhere(&other))
    }

    fn in_slot_of(&self, rule: &SecurityRule) -> Option<SecurityRule> {
        self.rules.values().find(|other| slot(other) == slot(rule) && !name::same(&other.name, &rule.name)).cloned()
    }

    /// Returns a priority that nobody has, for a rule that moves aside: it must not come to stand behind our denials, nor a denial
    /// before what we allow.
    fn free(&self, rule: &SecurityRule) -> Option<u16> {
        let taken: BTreeSet<u16> =
            self.rules.values().filter(|other| other.opening.direction == rule.opening.direction).map(|other| other.priority).collect();
        let part = self.band.part(rule.opening.access);
        let anywhere: Vec<u16> = match rule.opening.access {
            Access::Allow => (FIRST_PRIORITY..=LAST_PRIORITY).collect(),
            Access::Deny => (FIRST_PRIORITY..=LAST_PRIORITY).rev().collect(),
        };
        let quiet = |priority: &u16| !self.reserved.contains(&(rule.opening.direction, *priority));
        let mut free = part.chain(anywhere).filter(|priority| !taken.contains(priority));
        free.clone().find(quiet).or_else(|| free.next())
    }

    fn helper(&self, rule: &SecurityRule) -> Option<String> {
        let wanted: RuleName = rule.name.parse().ok()?;
        let taken: BTreeSet<String> = self.rules.keys().cloned().collect();
        Some(name::distinct(&wanted, &rule.opening.to_string(), &taken).to_string())
    }
}
