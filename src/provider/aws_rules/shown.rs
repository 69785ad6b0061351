//! What a plan shows: computed values as a pure function of names, addresses and ids.

use std::collections::{BTreeMap, BTreeSet};

use super::super::review::{self, Lines};
use super::bind::{CloudRules, usage};
use super::rollout::{End, Group, Rollout, far_end};
use crate::aws::Family;
use crate::aws::audit::Usage;
use crate::line;
use crate::matrix::Matrix;
use crate::net::Direction;
use crate::plugin::Value;
use crate::rule::Rule;
use crate::topology::PlacementName;

impl Rollout {
    /// Returns the computed values that follow from the configuration alone; `foreign_rules` is not among them.
    pub(super) fn shown(&self, matrix: &Matrix) -> BTreeMap<&'static str, Value> {
        let rules: Vec<(&PlacementName, Option<CloudRules>)> = self.managed().map(|name| (name, self.cloud_rules(name))).collect();
        let mut shown = BTreeMap::from([
            ("lines", self.lines(matrix).into()),
            ("groups", Value::map(rules.iter().map(|(name, rules)| (name.as_str(), self.group_shown(name, rules.as_ref()))))),
            ("rule_count", Value::map(rules.iter().map(|(name, rules)| (name.as_str(), self.rule_count(rules.as_ref()))))),
            ("summary", self.summary(matrix, rules.iter().map(|(_, rules)| rules.as_ref()))),
        ]);
        shown.extend(review::values(&self.expansion));
        shown
    }

    /// Returns the lines that the configuration asks for. A line with an unknown address is unknown; an unknown group changes none.
    pub(super) fn lines(&self, matrix: &Matrix) -> Lines {
        let mut lines = Lines::of(self.managed());
        for rule in self.expansion.rules.values() {
            let (ends, complete) = self.ends(&rule.key.peer);
            let line = if complete { Value::string(self.line(matrix, rule, &far_end(&ends))) } else { Value::Unknown };
            lines.add(rule.key.local.as_str(), rule.key.direction, &rule.key, line);
        }
        lines
    }

    /// Returns one line.
    pub(super) fn line(&self, matrix: &Matrix, rule: &Rule, far_end: &str) -> String {
        format!("{}: {far_end}", line::purpose(rule, matrix, &self.topology.policy))
    }

    fn group_shown(&self, name: &PlacementName, rules: Option<&CloudRules>) -> Value {
        let group = match self.homes.get(name).map(|home| &home.group) {
            Some(Group::Known(group)) => group,
            Some(Group::Unknown) => return Value::Unknown,
            Some(Group::Absent | Group::Elsewhere(_)) | None => return Value::Null,
        };
        let Some(rules) = rules else { return Value::Unknown };
        let count = |wanted: Direction| rules.iter().filter(|(direction, ..)| *direction == wanted).count();
        Value::string(format!("{group} ({} ingress, {} egress)", count(Direction::Ingress), count(Direction::Egress)))
    }

    fn rule_count(&self, rules: Option<&CloudRules>) -> Value {
        let Some(rules) = rules else { return Value::Unknown };
        let usage = usage(rules);
        let has_ipv6 = rules.iter().any(|(.., end)| matches!(end, End::Cidr(cidr) if !cidr.is_ipv4()));
        let families = if has_ipv6 { Family::ALL.as_slice() } else { &[Family::Ipv4] };
        let mut texts: Vec<String> = families.iter().map(|family| format!("{family} {}", self.family_count(&usage, *family))).collect();
        let lists =
            |wanted: Direction| rules.iter().filter(|(direction, .., end)| *direction == wanted && matches!(end, End::List(_))).count();
        let (ingress, egress) = (lists(Direction::Ingress), lists(Direction::Egress));
        if ingress + egress > 0 {
            texts.push(format!("prefix lists: ingress {ingress}, egress {egress}, each by its size"));
        }
        Value::string(texts.join("; "))
    }

    fn family_count(&self, usage: &Usage, family: Family) -> String {
        let count = |direction: Direction| {
            let used = usage.get(&(direction, family)).copied().unwrap_or(0);
            format!("{direction} {used} of {}", self.limit)
        };
        format!("{}, {}", count(Direction::Ingress), count(Direction::Egress))
    }

    fn summary<'a>(&self, matrix: &Matrix, rules: impl Iterator<Item = Option<&'a CloudRules>>) -> Value {
        let counts: Option<Vec<usize>> = rules.map(|rules| rules.map(BTreeSet::len)).collect();
        let Some(counts) = counts else { return Value::Unknown };
        let standing = review::standing(matrix, &self.topology.policy, &self.expansion);
        let (rules, places) = (review::counted(counts.iter().sum(), "cloud rule"), review::counted(counts.len(), "placement"));
        Value::string(format!("{rules} at {places}, {standing}"))
    }
}
