//! What the resource keeps in private state: who it is to Azure, the slots of its rules, and what else was in its groups when they were
//! last read.
//!
//! All of it is rebuilt by reading; losing it closes nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::azure::{LiveRule, Mark, NsgId, Observed, Owner, RuleName, SecurityRule};
use crate::net::Direction;
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
    /// Rules in our groups as Azure told them, ours first; groups that do not exist are null.
    #[serde(default)]
    groups: BTreeMap<String, Option<Seen>>,
}

/// What was in one group.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Seen {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ours: Vec<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<serde_json::Value>,
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
        Mark::new(name, self.instance.clone().unwrap_or_default())
    }

    /// Returns the groups that may still hold rules of ours although no placement names them.
    pub(super) fn pending(&self) -> BTreeSet<NsgId> {
        self.pending.iter().filter_map(|group| group.parse().ok()).collect()
    }

    /// Returns our rules as they were last read: each holds its slot.
    pub(super) fn held(&self) -> Vec<SecurityRule> {
        let raw = self.seen_groups().flat_map(|(group, seen)| seen.ours.iter().map(move |raw| (group.clone(), raw)));
        raw.filter_map(|(group, raw)| LiveRule::from_raw(&group, raw)).map(|live| live.rule).collect()
    }

    /// Tells whether a rule of ours had this name when groups were last read.
    pub(super) fn has(&self, name: &RuleName) -> bool {
        let mut ours = self.seen_groups().flat_map(|(_, seen)| &seen.ours);
        ours.any(|raw| raw.get("name").and_then(serde_json::Value::as_str).is_some_and(|known| known.eq_ignore_ascii_case(name.as_str())))
    }

    /// Returns the priorities that other people's rules have in our groups.
    pub(super) fn taken(&self) -> BTreeSet<(Direction, u16)> {
        let others = self.seen_groups().flat_map(|(group, seen)| seen.others.iter().map(move |raw| (group.clone(), raw)));
        let others = others.filter_map(|(group, raw)| LiveRule::from_raw(&group, raw));
        others.map(|live| (live.rule.opening.direction, live.rule.priority)).collect()
    }

    fn seen_groups(&self) -> impl Iterator<Item = (NsgId, &Seen)> {
        self.groups.iter().filter_map(|(group, seen)| Some((group.parse().ok()?, seen.as_ref()?)))
    }

    /// After an import, or when private state was lost: takes the instance that most rules under our name carry.
    pub(super) fn recognize(&mut self, observed: &BTreeMap<NsgId, Observed>, name: &str) {
        if self.instance.is_some() {
            return;
        }
        let ours = Mark::new(name, "");
        let marks = observed.values().flat_map(Observed::rules).filter_map(|rule| rule.mark.as_ref()).filter(|mark| mark.name == ours.name);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        marks.filter(|mark| !mark.instance.is_empty()).for_each(|mark| *counts.entry(&mark.instance).or_default() += 1);
        self.instance = counts.into_iter().max_by_key(|(_, count)| *count).map(|(instance, _)| instance.to_owned());
    }

    /// Remembers what was seen in `ours`, the groups of placements, and which other groups still hold rules of ours.
    pub(super) fn remember(&mut self, observed: &BTreeMap<NsgId, Observed>, ours: &BTreeSet<NsgId>, mark: &Mark) {
        self.groups.retain(|group, _| group.parse::<NsgId>().is_ok_and(|group| ours.contains(&group)));
        for (group, seen) in observed {
            if ours.contains(group) {
                self.groups.insert(group.to_string(), seen_of(seen, mark));
            }
            let left_behind = !ours.contains(group) && seen.ours(mark).next().is_some();
            if left_behind {
                self.pending.insert(group.to_string());
            } else {
                self.pending.remove(group.as_str());
            }
        }
    }

    /// Keeps groups in mind that could not be looked at.
    pub(super) fn suspect(&mut self, groups: impl IntoIterator<Item = NsgId>) {
        self.pending.extend(groups.into_iter().map(|group| group.to_string()));
    }

    /// Returns what was in a group when it was last read; nothing if it never was, an empty list for one that did not exist.
    pub(super) fn seen(&self, group: &NsgId) -> Option<Vec<LiveRule>> {
        let (_, seen) = self.groups.iter().find(|(id, _)| id.parse::<NsgId>().is_ok_and(|id| id == *group))?;
        let rules = seen.iter().flat_map(|seen| seen.ours.iter().chain(&seen.others));
        Some(rules.filter_map(|raw| LiveRule::from_raw(group, raw)).collect())
    }

    /// Tells whether a group did not exist when it was last read.
    pub(super) fn is_gone(&self, group: &NsgId) -> bool {
        self.groups.iter().any(|(id, seen)| seen.is_none() && id.parse::<NsgId>().is_ok_and(|id| id == *group))
    }
}

fn seen_of(observed: &Observed, mark: &Mark) -> Option<Seen> {
    let group = observed.group()?;
    let (ours, others): (Vec<&LiveRule>, Vec<&LiveRule>) = group.rules.iter().partition(|rule| rule.owner(mark) == Owner::Ours);
    let raw = |rules: Vec<&LiveRule>| rules.into_iter().map(|rule| lean(&rule.raw)).collect();
    Some(Seen { ours: raw(ours), others: raw(others) })
}

/// Leaves out what Azure adds to every rule and nobody needs again: it changes with every write.
fn lean(raw: &serde_json::Value) -> serde_json::Value {
    let mut lean = raw.clone();
    if let Some(rule) = lean.as_object_mut() {
        for member in ["etag", "id", "type"] {
            rule.remove(member);
        }
        let properties = rule.get_mut("properties").and_then(serde_json::Value::as_object_mut);
        if let Some(properties) = properties {
            properties.remove("provisioningState");
            properties.retain(|_, value| !value.as_array().is_some_and(Vec::is_empty));
        }
    }
    lean
}
