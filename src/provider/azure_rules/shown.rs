//! What a plan shows: computed values as a pure function of names, addresses, ids, and the slots that rules have already.

use std::collections::{BTreeMap, BTreeSet};

use super::super::review::{self, Lines};
use super::kept::Kept;
use super::needs::{CloudRule, Line, Part, Slots};
use super::rollout::{Group, Home, Rollout};
use crate::azure::Opening;
use crate::azure::audit::{ADDRESSES_MOST, RULES_MOST};
use crate::line;
use crate::matrix::Matrix;
use crate::net::Direction;
use crate::plugin::Value;
use crate::topology::PlacementName;

/// The cloud rules of one placement; nothing while it is not known how many there are.
type Count<'a> = Option<Vec<&'a Opening>>;

impl Rollout {
    /// Returns the computed values that follow from the configuration and the slots; `foreign_rules` is not among them.
    pub(super) fn shown(&self, matrix: &Matrix, kept: &Kept, slots: &Slots<'_>) -> BTreeMap<&'static str, Value> {
        let counts: Vec<(&PlacementName, Count<'_>)> = self.managed().map(|name| (name, self.count(name, slots))).collect();
        let mut shown = BTreeMap::from([
            ("lines", self.lines(matrix, kept, slots).into()),
            ("groups", Value::map(counts.iter().map(|(name, count)| (name.as_str(), self.group_shown(name, count.as_deref()))))),
            ("rule_count", Value::map(counts.iter().map(|(name, count)| (name.as_str(), rule_count(count.as_deref()))))),
            ("void", Value::string(self.void())),
            ("summary", self.summary(matrix, counts.iter().map(|(_, count)| count.as_ref().map(Vec::len)))),
        ]);
        shown.extend(review::values(&self.expansion));
        shown
    }

    /// Returns the lines that the configuration asks for. A line with an unknown address is unknown; an unknown group changes none.
    pub(super) fn lines(&self, matrix: &Matrix, kept: &Kept, slots: &Slots<'_>) -> Lines {
        let mut lines = Lines::of(self.managed());
        for (line, rules) in slots.lines() {
            let priorities = slots.priorities(rules, kept).filter(|_| self.are_addresses_known(line));
            let text =
                priorities.map_or(Value::Unknown, |priorities| Value::string(self.line(matrix, line, &priorities, &self.far_end(line))));
            lines.add(line.local().as_str(), line.direction(), line.key(), text);
        }
        lines
    }

    /// Returns one line: its priorities, what it is for, and its far end.
    pub(super) fn line(&self, matrix: &Matrix, line: &Line<'_>, priorities: &[u16], far_end: &str) -> String {
        let priorities: Vec<String> = priorities.iter().map(u16::to_string).collect();
        let purpose = match line {
            Line::Rule(rule) => line::purpose(rule, matrix, &self.topology.policy),
            Line::Unlisted { part: Part::Probes, .. } => "probes of Azure's load balancers, which deny_unlisted would stop".to_owned(),
            Line::Unlisted { part: Part::Within, .. } => {
                "hosts of this placement among themselves, which deny_unlisted would stop".to_owned()
            }
            Line::Unlisted { part: Part::Deny, .. } => "deny_unlisted".to_owned(),
        };
        format!("{} {purpose}: {far_end}", priorities.join(", "))
    }

    /// Returns what a line says of its far end.
    pub(super) fn far_end(&self, line: &Line<'_>) -> String {
        match line {
            Line::Unlisted { part: Part::Probes, .. } => "AzureLoadBalancer".to_owned(),
            Line::Unlisted { part: Part::Deny, .. } => "what no line allows".to_owned(),
            Line::Rule(_) | Line::Unlisted { part: Part::Within, .. } => {
                let far = line.far_placement().and_then(|name| self.homes.get_key_value(name));
                far.map(|(name, home)| place(name, home)).unwrap_or_default()
            }
        }
    }

    fn count<'a>(&self, placement: &PlacementName, slots: &'a Slots<'_>) -> Count<'a> {
        let mut count = Vec::new();
        for (line, rules) in slots.lines().filter(|(line, _)| line.local() == placement) {
            if !self.are_addresses_known(line) {
                return None;
            }
            count.extend(rules.iter().filter_map(CloudRule::supposed));
        }
        Some(count)
    }

    fn group_shown(&self, name: &PlacementName, count: Option<&[&Opening]>) -> Value {
        let Some(home) = self.homes.get(name) else { return Value::Null };
        let group = match &home.group {
            Group::Known(group) => group,
            Group::Unknown => return Value::Unknown,
            Group::Absent => return Value::Null,
        };
        let Some(count) = count.filter(|_| home.groups_known && home.addresses_known) else { return Value::Unknown };
        let of = |wanted: Direction| count.iter().filter(|opening| opening.direction == wanted).count();
        let mut hosts: Vec<String> = home.ends.groups.iter().map(|group| group.name().to_owned()).collect();
        let addresses: Vec<String> = home.ends.prefixes.iter().map(ToString::to_string).collect();
        hosts.extend((!addresses.is_empty()).then(|| line::addresses(&addresses)));
        let (ingress, egress) = (of(Direction::Ingress), of(Direction::Egress));
        Value::string(format!("{group} ({ingress} ingress, {egress} egress; hosts: {})", hosts.join(", ")))
    }

    fn summary(&self, matrix: &Matrix, counts: impl Iterator<Item = Option<usize>>) -> Value {
        let counts: Option<Vec<usize>> = counts.collect();
        let Some(counts) = counts else { return Value::Unknown };
        let standing = review::standing(matrix, &self.topology.policy, &self.expansion);
        let (rules, places) = (review::counted(counts.iter().sum(), "cloud rule"), review::counted(counts.len(), "placement"));
        Value::string(format!("{rules} at {places}, {standing}"))
    }

    /// Says what the rules change beside Azure's default rules, by names alone.
    fn void(&self) -> String {
        let directions = &self.topology.policy.directions;
        if self.unlisted.deny {
            let words: Vec<&str> = directions.iter().map(|direction| direction.as_str()).collect();
            return format!("nothing: what no line allows is denied ({})", words.join(", "));
        }
        let rules = || self.expansion.rules.values();
        let in_groups = |name: &PlacementName| self.homes.get(name).is_some_and(|home| home.in_groups);
        let within = rules().filter(|rule| rule.key.peer.placement().is_some_and(|peer| in_groups(peer) && in_groups(&rule.key.local)));
        let void: BTreeSet<_> =
            within.chain(rules().filter(|rule| rule.key.direction == Direction::Egress)).map(|rule| &rule.key).collect();
        let elsewhere = "only for addresses outside the virtual network and what is connected to it";
        let effect = match (void.len(), rules().count()) {
            (0, _) => format!("lines matter {elsewhere}"),
            (void, all) if void == all => format!("all {all} lines certainly change nothing"),
            (void, all) => format!("{void} of {all} lines certainly change nothing, the others matter {elsewhere}"),
        };
        format!(
            "{effect}: deny_unlisted is not set, so Azure's default rules AllowVnetInBound, AllowVnetOutBound and AllowInternetOutBound let the same pass unless a rule of others denies it"
        )
    }
}

/// Returns what a line says of a placement as its far end.
fn place(name: &PlacementName, home: &Home) -> String {
    let addresses: Vec<String> = home.ends.prefixes.iter().map(ToString::to_string).collect();
    let groups = home.in_groups.then(|| format!("group of {name}"));
    let parts: Vec<String> = groups.into_iter().chain((!addresses.is_empty()).then(|| line::addresses(&addresses))).collect();
    parts.join(" and ")
}

fn rule_count(count: Option<&[&Opening]>) -> Value {
    let Some(count) = count else { return Value::Unknown };
    let sources: usize = count.iter().map(|opening| opening.source.addresses()).sum();
    let destinations: usize = count.iter().map(|opening| opening.destination.addresses()).sum();
    Value::string(format!(
        "{} of {RULES_MOST} rules; addresses: {sources} of {ADDRESSES_MOST} as source, {destinations} as destination",
        count.len()
    ))
}
