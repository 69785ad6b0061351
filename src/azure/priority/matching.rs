//! Which of our live rules is which of the wanted ones.

use std::collections::{BTreeMap, BTreeSet};

use super::Need;
use crate::azure::id::RuleName;
use crate::azure::name;
use crate::azure::rule::SecurityRule;

/// Says whether a live rule may be a wanted one.
type Fit<'a> = &'a dyn Fn(&SecurityRule, &Need) -> bool;

/// Returns the live rule of each wanted one that has any, by the name that it would have if it were new.
///
/// What opens the same is the same, under any name: nothing that is wanted ever closes because a placement was renamed. Of those that
/// are left, what has the same name is the same, with another opening.
pub(crate) fn matching<'a>(held: &[&'a SecurityRule], needs: &[Need]) -> BTreeMap<RuleName, &'a SecurityRule> {
    let is_named = |rule: &SecurityRule, need: &Need| name::same(&rule.name, need.name.as_str());
    let opens_same = |rule: &SecurityRule, need: &Need| need.opening.as_ref().is_some_and(|opening| *opening == rule.opening);
    let is_unknown = |need: &Need| need.opening.is_none();
    let fits: [Fit<'_>; 3] =
        [&|rule, need| is_named(rule, need) && (is_unknown(need) || opens_same(rule, need)), &opens_same, &|rule, need| {
            is_named(rule, need) && rule.opening.direction == need.direction && rule.opening.access == need.access
        }];
    let mut matched: BTreeMap<RuleName, &SecurityRule> = BTreeMap::new();
    let mut gone: BTreeSet<String> = BTreeSet::new();
    for fit in fits {
        for need in needs {
            if matched.contains_key(&need.name) {
                continue;
            }
            let found = held.iter().find(|rule| !gone.contains(&name::folded(&rule.name)) && fit(rule, need));
            if let Some(rule) = found {
                gone.insert(name::folded(&rule.name));
                matched.insert(need.name.clone(), rule);
            }
        }
    }
    matched
}
