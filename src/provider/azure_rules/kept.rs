//! What the resource keeps in private state: who it is to Azure, the slots of its rules, and what else was in its groups when they were
//! last read.
//!
//! All of it is rebuilt by reading; losing it closes nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::azure::{LiveRule, Mark, NsgId, Observed, Owner, RuleName, SecurityRule};
use crate::net::Direction;
use crate::plugin::Private;

/// Private state.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Kept {
    /// The random id of this object, on each of its rules.
    pub(super) instance: Option<String>,
    /// Groups that are nobody's placement any more and may still hold rules of ours, because an apply failed.
    pending: BTreeSet<NsgId>,
    /// Rules in our groups as Azure told them; nothing for groups that do not exist.
    groups: BTreeMap<NsgId, Option<Seen>>,
}

/// What was in one group.
#[derive(Debug, Clone, Default, PartialEq)]
struct Seen {
    ours: Vec<LiveRule>,
    others: Vec<LiveRule>,
}

impl Kept {
    /// Reads private state; what cannot be read is rebuilt by the next reading.
    pub(super) fn read(private: &Private) -> Kept {
        serde_json::from_slice::<Written<'_>>(&private.0).unwrap_or_default().into()
    }

    /// Writes private state.
    pub(super) fn write(&self) -> Private {
        Private(serde_json::to_vec(&Written::from(self)).unwrap_or_default())
    }

    /// Returns the mark of this object's rules.
    pub(super) fn mark(&self, name: &str) -> Mark {
        Mark::new(name, self.instance.clone().unwrap_or_default())
    }

    /// Returns the groups that may still hold rules of ours although no placement names them.
    pub(super) fn pending(&self) -> impl Iterator<Item = NsgId> {
        self.pending.iter().cloned()
    }

    /// Returns our rules as they were last read: each holds its slot.
    pub(super) fn held(&self) -> impl Iterator<Item = &SecurityRule> {
        self.seen_groups().flat_map(|seen| &seen.ours).map(|live| &live.rule)
    }

    /// Tells whether a rule of ours had this name when groups were last read.
    pub(super) fn has(&self, name: &RuleName) -> bool {
        self.seen_groups().flat_map(|seen| &seen.ours).any(|live| live.is_named(name))
    }

    /// Returns the priorities that other people's rules have in our groups.
    pub(super) fn taken(&self) -> BTreeSet<(Direction, u16)> {
        let others = self.seen_groups().flat_map(|seen| &seen.others);
        others.map(|live| (live.rule.opening.direction, live.rule.priority)).collect()
    }

    fn seen_groups(&self) -> impl Iterator<Item = &Seen> {
        self.groups.values().flatten()
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
        self.groups.retain(|group, _| ours.contains(group));
        for (group, seen) in observed {
            if ours.contains(group) {
                self.groups.insert(group.clone(), seen_of(seen, mark));
            }
            let left_behind = !ours.contains(group) && seen.ours(mark).next().is_some();
            if left_behind {
                self.pending.insert(group.clone());
            } else {
                self.pending.remove(group);
            }
        }
    }

    /// Keeps groups in mind that could not be looked at.
    pub(super) fn suspect(&mut self, groups: impl IntoIterator<Item = NsgId>) {
        self.pending.extend(groups);
    }

    /// Returns what was in a group when it was last read; nothing if it never was, an empty list for one that did not exist.
    pub(super) fn seen(&self, group: &NsgId) -> Option<Vec<&LiveRule>> {
        let seen = self.groups.get(group)?;
        Some(seen.iter().flat_map(|seen| seen.ours.iter().chain(&seen.others)).collect())
    }

    /// Tells whether a group did not exist when it was last read.
    pub(super) fn is_gone(&self, group: &NsgId) -> bool {
        self.groups.get(group).is_some_and(Option::is_none)
    }
}

fn seen_of(observed: &Observed, mark: &Mark) -> Option<Seen> {
    let rules = observed.group()?.rules.iter().map(|live| LiveRule { raw: lean(&live.raw), ..live.clone() });
    let (ours, others) = rules.partition(|rule| rule.owner(mark) == Owner::Ours);
    Some(Seen { ours, others })
}

/// Leaves out what Azure adds to every rule and nobody needs again: it changes with every write.
fn lean(raw: &Json) -> Json {
    let mut lean = raw.clone();
    if let Some(rule) = lean.as_object_mut() {
        for member in ["etag", "id", "type"] {
            rule.remove(member);
        }
        let properties = rule.get_mut("properties").and_then(Json::as_object_mut);
        if let Some(properties) = properties {
            properties.remove("provisioningState");
            properties.retain(|_, value| !value.as_array().is_some_and(Vec::is_empty));
        }
    }
    lean
}

/// Private state as it is written: rules in Azure's own words.
#[derive(Default, Serialize, Deserialize)]
struct Written<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pending: BTreeSet<String>,
    /// Groups that do not exist are null.
    #[serde(default)]
    groups: BTreeMap<String, Option<WrittenRules<'a>>>,
}

/// The rules of one group, ours first.
#[derive(Serialize, Deserialize)]
struct WrittenRules<'a> {
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    ours: Vec<Cow<'a, Json>>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    others: Vec<Cow<'a, Json>>,
}

impl<'a> From<&'a Kept> for Written<'a> {
    fn from(kept: &'a Kept) -> Written<'a> {
        let raw = |rules: &'a [LiveRule]| rules.iter().map(|live| Cow::Borrowed(&live.raw)).collect();
        let of = |seen: &'a Seen| WrittenRules { ours: raw(&seen.ours), others: raw(&seen.others) };
        Written {
            instance: kept.instance.clone(),
            pending: kept.pending.iter().map(ToString::to_string).collect(),
            groups: kept.groups.iter().map(|(group, seen)| (group.to_string(), seen.as_ref().map(of))).collect(),
        }
    }
}

impl From<Written<'_>> for Kept {
    fn from(written: Written<'_>) -> Kept {
        let groups = written.groups.into_iter().filter_map(|(id, seen)| {
            let group: NsgId = id.parse().ok()?;
            let live = |raw: Vec<Cow<'_, Json>>| raw.iter().filter_map(|raw| LiveRule::from_raw(&group, raw)).collect();
            let seen = seen.map(|seen| Seen { ours: live(seen.ours), others: live(seen.others) });
            Some((group, seen))
        });
        Kept {
            groups: groups.collect(),
            instance: written.instance,
            pending: written.pending.iter().filter_map(|group| group.parse().ok()).collect(),
        }
    }
}
