//! Joins rules of adjacent ports between the same placements; never wider than their union.

use std::collections::BTreeMap;

use crate::rule::{Rule, RuleKey};

/// Returns the rules with touching and overlapping port ranges of equal ends joined.
pub(super) fn join_adjacent(rules: BTreeMap<RuleKey, Rule>) -> BTreeMap<RuleKey, Rule> {
    let mut joined: Vec<Rule> = Vec::new();
    // Keys order by local, direction, protocol, ports, peer; joining needs the peer before the ports.
    let mut sorted: Vec<Rule> = rules.into_values().collect();
    sorted.sort_by(|a, b| ends(&a.key).cmp(&ends(&b.key)).then_with(|| a.key.ports.cmp(&b.key.ports)));
    for rule in sorted {
        match joined.last_mut().filter(|last| ends(&last.key) == ends(&rule.key)) {
            Some(last) if u32::from(rule.key.ports.first()) <= u32::from(last.key.ports.last()) + 1 => {
                last.key.ports = last.key.ports.up_to(rule.key.ports.last());
                last.flows.extend(rule.flows);
            }
            Some(_) | None => joined.push(rule),
        }
    }
    joined.into_iter().map(|rule| (rule.key.clone(), rule)).collect()
}

fn ends(key: &RuleKey) -> impl Ord + PartialEq + '_ {
    (&key.local, key.direction, key.protocol, &key.peer)
}
