//! Joins rules of adjacent ports between the same placements; never wider than their union.

use std::collections::BTreeMap;

use crate::rule::{Rule, RuleKey, Traffic};

/// Returns the rules with touching and overlapping port ranges of equal ends joined.
pub(super) fn join_adjacent(rules: BTreeMap<RuleKey, Rule>) -> BTreeMap<RuleKey, Rule> {
    let mut joined: Vec<Rule> = Vec::new();
    // Keys order by local, direction, traffic, peer; joining needs the peer before the traffic.
    let mut sorted: Vec<Rule> = rules.into_values().collect();
    sorted.sort_by(|a, b| ends(&a.key).cmp(&ends(&b.key)).then_with(|| a.key.traffic.cmp(&b.key.traffic)));
    for rule in sorted {
        let last = joined.last_mut().filter(|last| ends(&last.key) == ends(&rule.key));
        match last.and_then(|last| union(last.key.traffic, rule.key.traffic).map(|union| (last, union))) {
            Some((last, union)) => {
                last.key.traffic = union;
                last.flows.extend(rule.flows);
            }
            None => joined.push(rule),
        }
    }
    joined.into_iter().map(|rule| (rule.key.clone(), rule)).collect()
}

fn ends(key: &RuleKey) -> impl Ord + PartialEq + '_ {
    (&key.local, key.direction, &key.peer)
}

/// Returns one range for two of which the second begins no earlier, if they touch.
fn union(one: Traffic, next: Traffic) -> Option<Traffic> {
    match (one, next) {
        (Traffic::Ports { protocol, ports }, Traffic::Ports { protocol: other, ports: more }) => {
            let touch = protocol == other && u32::from(more.first()) <= u32::from(ports.last()) + 1;
            touch.then(|| Traffic::Ports { protocol, ports: ports.up_to(more.last()) })
        }
        (Traffic::Igmp, _) | (Traffic::Ports { .. }, Traffic::Igmp) => None,
    }
}
