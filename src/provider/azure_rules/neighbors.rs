//! Who else in this run writes into the same groups, and what the two would take from each other.

use super::super::neighbors::{self, Wants};
use super::kept::Kept;
use super::needs::Slots;
use super::rollout::Rollout;
use crate::azure::NsgId;
use crate::net::Direction;
use crate::plugin::{AttributePath, Diagnostic, Value};

/// What the resources of this run want: a priority of a group is one rule's.
pub(in crate::provider) type Neighbors = neighbors::Neighbors<NsgId, (Direction, u16)>;

/// One resource of this run, as its plan shows it.
pub(super) type Neighbor = neighbors::Neighbor<NsgId, (Direction, u16)>;

impl Rollout {
    /// Describes what a plan wants; nothing if its name is unknown.
    pub(super) fn neighbor(
        &self,
        slots: &Slots<'_>,
        former: Option<(&Rollout, &Slots<'_>)>,
        kept: &Kept,
        config: &Value,
    ) -> Option<Neighbor> {
        let former = former.map(|(former, slots)| (former.name.as_deref(), former.wants(slots)));
        Some(Neighbor::new(config, kept.instance.as_deref(), self.name.as_deref()?, self.wants(slots), former))
    }

    fn wants(&self, slots: &Slots<'_>) -> Wants<NsgId, (Direction, u16)> {
        let mut wants: Wants<NsgId, (Direction, u16)> = self.groups().into_iter().map(|group| (group, Default::default())).collect();
        for (line, rules) in slots.lines() {
            let Some(taken) = self.group(line.local()).and_then(|group| wants.get_mut(group)) else { continue };
            taken.extend(rules.iter().filter_map(|rule| slots.of(rule)).map(|slot| (line.direction(), slot.priority)));
        }
        wants
    }

    /// Notes that this object is written; says what is wrong if it is new and another one of this run stands in its way.
    pub(super) fn enter(
        &self,
        slots: &Slots<'_>,
        neighbors: &Neighbors,
        kept: &Kept,
        config: &Value,
        creating: bool,
    ) -> Option<Diagnostic> {
        let neighbor = self.neighbor(slots, None, kept, config)?;
        let others = neighbors.write(neighbor.clone(), config);
        if !creating {
            return None;
        }
        let error = others.iter().find_map(|other| self.beside(&neighbor, other))?;
        neighbors.leave(kept.instance.as_deref().unwrap_or_default());
        Some(error)
    }

    /// Says what two resources of one run would take from each other: the name, or priorities.
    pub(super) fn beside(&self, mine: &Neighbor, other: &Neighbor) -> Option<Diagnostic> {
        if let Some(error) = mine.of_one_name(other, |group| self.place(group)) {
            return Some(error);
        }
        let both = |group: &&NsgId| {
            let (mine, theirs) = (mine.wants.get(*group), other.wants.get(*group));
            mine.zip(theirs).is_some_and(|(mine, theirs)| !mine.is_disjoint(theirs))
        };
        let group = mine.shared_with(other).find(both)?;
        let detail = format!(
            "This resource and the one with `name = \"{}\"`, both of this configuration, write into {}, and both want some of the same priorities there. Give each its own `priority_range`: such as \"1000-1999\" to the one and \"2000-2999\" to the other. A rule that is there keeps its priority as long as it is inside of the range.",
            other.name,
            self.place(group)
        );
        Some(Diagnostic::error("Two resources want the same priorities", detail).at(&AttributePath::root().attr("priority_range")))
    }
}
