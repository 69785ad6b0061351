//! The lines that are live: what reading a group gives back.
//!
//! A line is there as far as its cloud rules are. A rule of ours that was edited by hand stays with the line it was made for, which
//! its description tells; a rule of ours that nothing asks for has a line of its own, so that its removal shows.

use std::collections::{BTreeMap, BTreeSet};

use super::super::review::Lines;
use super::rollout::{End, Rollout, far_end};
use crate::aws::{LiveRule, Mark, Observed, Owner, Permission, SecurityGroupId};
use crate::matrix::Matrix;
use crate::net::Direction;
use crate::plugin::Value;
use crate::rule::Rule;

impl Rollout {
    /// Returns the live lines of the observed groups; a group that is nobody's placement any more appears under its id.
    pub(super) fn live_lines(&self, matrix: &Matrix, observed: &BTreeMap<SecurityGroupId, Observed>, mark: &Mark) -> Lines {
        let mut lines = Lines::of(self.managed());
        let bound = self.bind();
        let none = BTreeMap::new();
        for (group, observed) in observed {
            let view = View::new(self, matrix, bound.get(group).unwrap_or(&none), observed, mark);
            let mut place = None;
            for placement in self.residents(group) {
                place = place.or(Some(placement.as_str()));
                for rule in self.expansion.rules_of(placement) {
                    if let Some(line) = view.line(rule) {
                        lines.add(placement.as_str(), rule.key.direction, &rule.key, Value::string(line));
                    }
                }
            }
            for rule in &view.leftovers {
                let key = rule.permission.to_string();
                let key = key.strip_prefix(rule.permission.direction.as_str()).unwrap_or(&key).trim_start();
                let line = Value::string(format!("not asked for: {}{}", rule.id, described(rule)));
                lines.add(place.unwrap_or(group.as_str()), rule.permission.direction, key, line);
            }
        }
        lines
    }
}

/// One group: what is asked for against what is there.
struct View<'a> {
    rollout: &'a Rollout,
    matrix: &'a Matrix,
    asked: &'a BTreeMap<Permission, Vec<&'a Rule>>,
    ours: BTreeMap<&'a Permission, &'a LiveRule>,
    /// Asked for, and there in another form.
    edited: BTreeMap<&'a Permission, &'a LiveRule>,
    /// Ours, and asked for by nothing.
    leftovers: Vec<&'a LiveRule>,
}

impl<'a> View<'a> {
    fn new(
        rollout: &'a Rollout,
        matrix: &'a Matrix,
        asked: &'a BTreeMap<Permission, Vec<&'a Rule>>,
        observed: &'a Observed,
        mark: &Mark,
    ) -> View<'a> {
        let ours = observed.ours(mark);
        let unmet = asked.iter().filter(|(permission, _)| !ours.contains_key(permission));
        let mut missing: BTreeMap<(Direction, String), BTreeSet<&Permission>> = BTreeMap::new();
        for (permission, rules) in unmet {
            missing.entry((permission.direction, rollout.description(matrix, rules))).or_default().insert(permission);
        }
        let (mut edited, mut leftovers) = (BTreeMap::new(), Vec::new());
        for (permission, rule) in ours.iter().filter(|(permission, _)| !asked.contains_key(permission)) {
            let resemblance = |wanted: &&Permission| (wanted.peer == permission.peer, wanted.traffic == permission.traffic);
            let same_purpose = rule.description.as_ref().and_then(|text| missing.get_mut(&(permission.direction, text.clone())));
            let wanted = same_purpose.and_then(|missing| {
                let wanted = missing.iter().copied().max_by_key(resemblance)?;
                missing.take(wanted)
            });
            match wanted {
                Some(wanted) => drop(edited.insert(wanted, *rule)),
                None => leftovers.push(*rule),
            }
        }
        View { rollout, matrix, asked, ours, edited, leftovers }
    }

    /// Returns the line of a rule as far as it is live; nothing if none of its cloud rules is.
    fn line(&self, rule: &Rule) -> Option<String> {
        let (mut ends, mut remarks): (Vec<End>, Vec<String>) = (Vec::new(), Vec::new());
        for end in self.rollout.ends(&rule.key.peer).0 {
            let Some(permission) = self.rollout.permission(rule, &end) else { continue };
            if let Some(live) = self.ours.get(&permission) {
                let wanted = self.asked.get(&permission).map(|rules| self.rollout.description(self.matrix, rules));
                if live.description.is_some() && live.description != wanted {
                    remarks.push(format!("{} was described by hand{}", live.id, described(live)));
                }
                ends.push(end);
            } else if let Some(live) = self.edited.get(&permission) {
                remarks.push(format!("{} was changed by hand to {}", live.id, live.permission));
            }
        }
        let parts: Vec<String> = (!ends.is_empty()).then(|| far_end(&ends)).into_iter().chain(remarks).collect();
        (!parts.is_empty()).then(|| self.rollout.line(self.matrix, rule, &parts.join("; ")))
    }
}

/// Returns another name that rules of this object carry, if any do.
pub(super) fn former_name(observed: &BTreeMap<SecurityGroupId, Observed>, mark: &Mark) -> Option<String> {
    let ours = observed.values().flat_map(Observed::rules).filter(|rule| rule.owner(mark) == Owner::Ours);
    let names = ours.filter_map(|rule| rule.mark.as_ref().map(|mark| &mark.name)).filter(|name| **name != mark.name);
    names.min().cloned()
}

/// Returns a rule's description in quotes, after a comma; nothing if it has none.
pub(super) fn described(rule: &LiveRule) -> String {
    rule.description.as_ref().filter(|text| !text.is_empty()).map(|text| format!(", {text:?}")).unwrap_or_default()
}
