//! Which of our live rules is which of the wanted ones.

use std::collections::{BTreeMap, BTreeSet};

use super::Need;
use crate::azure::id::RuleName;
use crate::azure::name;
use crate::azure::rule::{Opening, SecurityRule};

/// Live rules under what they are found by.
type Index<'a, Key> = BTreeMap<Key, Vec<&'a SecurityRule>>;

/// Returns the live rule of each wanted one that has any, by the name that it would have if it were new.
///
/// What opens the same is the same, under any name: nothing that is wanted ever closes because a placement was renamed. Of those that
/// are left, what has the same name is the same, with another opening.
pub(crate) fn matching<'a>(held: &[&'a SecurityRule], needs: &[Need]) -> BTreeMap<RuleName, &'a SecurityRule> {
    let (mut by_name, mut by_opening): (Index<'_, String>, Index<'_, &Opening>) = Default::default();
    for rule in held {
        by_name.entry(name::folded(&rule.name)).or_default().push(rule);
        by_opening.entry(&rule.opening).or_default().push(rule);
    }
    let named = |need: &Need| by_name.get(&name::folded(need.name.as_str()));
    let opening_same = |need: &Need| by_opening.get(need.opening.as_ref()?);
    let is_as_asked = |rule: &SecurityRule, need: &Need| need.opening.as_ref().is_none_or(|opening| *opening == rule.opening);
    let is_alike = |rule: &SecurityRule, need: &Need| rule.opening.direction == need.direction && rule.opening.access == need.access;
    let mut found = Found::default();
    for need in needs {
        found.take(need, named(need), is_as_asked);
    }
    for need in needs {
        found.take(need, opening_same(need), |_, _| true);
    }
    for need in needs {
        found.take(need, named(need), is_alike);
    }
    found.matched
}

/// The pairs that were found so far.
#[derive(Default)]
struct Found<'a> {
    matched: BTreeMap<RuleName, &'a SecurityRule>,
    /// The names of those that have their wanted one.
    gone: BTreeSet<String>,
}

impl<'a> Found<'a> {
    /// Gives a wanted rule that has none yet the first of these live rules that fits and is nobody's.
    fn take(&mut self, need: &Need, candidates: Option<&Vec<&'a SecurityRule>>, fits: impl Fn(&SecurityRule, &Need) -> bool) {
        if self.matched.contains_key(&need.name) {
            return;
        }
        let is_free = |rule: &&&SecurityRule| !self.gone.contains(&name::folded(&rule.name));
        let found = candidates.into_iter().flatten().filter(is_free).find(|rule| fits(rule, need));
        if let Some(rule) = found.copied() {
            self.gone.insert(name::folded(&rule.name));
            self.matched.insert(need.name.clone(), rule);
        }
    }
}
