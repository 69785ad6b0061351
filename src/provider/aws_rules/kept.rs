//! What the resource keeps in private state: who it is to EC2, and what else was in its groups when they were last read.
//!
//! All of it is rebuilt by reading; losing it closes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::aws::{LiveRule, Mark, Observed, Owner, RuleId, SecurityGroupId};
use crate::plugin::Private;

/// Private state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The random id of this object, on each of its rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) instance: Option<String>,
    /// Groups that are nobody's placement any more and may still hold rules of ours, because an apply failed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pending: BTreeSet<String>,
    /// Rules in our groups that are not ours; groups that do not exist are null.
    #[serde(default)]
    others: BTreeMap<String, Option<Vec<Other>>>,
}

/// A live rule that is not ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Other {
    id: String,
    rule: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
}

impl Kept {
    /// Reads private state; what cannot be read is rebuilt by the next reading.
    pub(super) fn read(private: &Private) -> Kept {
        serde_json::from_slice(&private.0).unwrap_or_default()
    }

    /// Writes private state.
    pub(super) fn write(&self) -> Private {
        Private(serde_json::to_vec(self).unwrap_or_default())
    }

    /// Returns the mark of this object's rules.
    pub(super) fn mark(&self, name: &str) -> Mark {
        Mark { name: name.to_owned(), instance: self.instance.clone().unwrap_or_default() }
    }

    /// Returns the groups that may still hold rules of ours although no placement names them.
    pub(super) fn pending(&self) -> BTreeSet<SecurityGroupId> {
        self.pending.iter().filter_map(|group| group.parse().ok()).collect()
    }

    /// After an import, or when private state was lost: takes the instance that most rules under our name carry.
    pub(super) fn recognize(&mut self, observed: &BTreeMap<SecurityGroupId, Observed>, name: &str) {
        if self.instance.is_some() {
            return;
        }
        let marks = observed.values().flat_map(Observed::rules).filter_map(|rule| rule.mark.as_ref()).filter(|mark| mark.name == name);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        marks.for_each(|mark| *counts.entry(&mark.instance).or_default() += 1);
        self.instance = counts.into_iter().max_by_key(|(_, count)| *count).map(|(instance, _)| instance.to_owned());
    }

    /// Remembers what was seen in `ours`, the groups of placements, and which other groups still hold rules of ours.
    pub(super) fn remember(&mut self, observed: &BTreeMap<SecurityGroupId, Observed>, ours: &BTreeSet<SecurityGroupId>, mark: &Mark) {
        self.others.retain(|group, _| ours.iter().any(|known| known.as_str() == group));
        for (group, seen) in observed {
            if ours.contains(group) {
                self.others.insert(group.to_string(), others(seen, mark));
            }
            let left_behind = !ours.contains(group) && !seen.ours(mark).is_empty();
            if left_behind {
                self.pending.insert(group.to_string());
            } else {
                self.pending.remove(group.as_str());
            }
        }
    }

    /// Keeps groups in mind that could not be looked at.
    pub(super) fn suspect(&mut self, groups: impl IntoIterator<Item = SecurityGroupId>) {
        self.pending.extend(groups.into_iter().map(|group| group.to_string()));
    }

    /// Returns what was in a group beside our rules when it was last read; nothing if it never was.
    pub(super) fn seen(&self, group: &SecurityGroupId) -> Option<Observed> {
        let others = self.others.get(group.as_str())?;
        Some(match others {
            None => Observed::Gone,
            Some(others) => Observed::Live(others.iter().filter_map(|other| other.live(group)).collect()),
        })
    }
}

fn others(observed: &Observed, mark: &Mark) -> Option<Vec<Other>> {
    match observed {
        Observed::Gone => None,
        Observed::Live(rules) => Some(rules.iter().filter(|rule| rule.owner(mark) != Owner::Ours).map(Other::new).collect()),
    }
}

impl Other {
    fn new(rule: &LiveRule) -> Other {
        Other {
            id: rule.id.to_string(),
            rule: rule.permission.to_string(),
            description: rule.description.clone(),
            name: rule.mark.as_ref().map(|mark| mark.name.clone()),
            instance: rule.mark.as_ref().map(|mark| mark.instance.clone()),
        }
    }

    fn live(&self, group: &SecurityGroupId) -> Option<LiveRule> {
        let mark = self.name.clone().map(|name| Mark { name, instance: self.instance.clone().unwrap_or_default() });
        Some(LiveRule {
            group: group.clone(),
            permission: self.rule.parse().ok()?,
            id: RuleId::new(self.id.clone()),
            description: self.description.clone(),
            mark,
            tags: BTreeMap::new(),
        })
    }
}
