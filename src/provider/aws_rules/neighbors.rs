//! Who else in this run writes into the same groups, and what the two would take from each other.

use std::collections::{BTreeMap, BTreeSet};

use super::super::neighbors::{self, Wants};
use super::super::telling::list;
use super::kept::Kept;
use super::rollout::Rollout;
use crate::aws::{Observed, Owner, Permission, SecurityGroupId};
use crate::plugin::{Diagnostic, Value};

/// What the resources of this run want; EC2 keeps equal rules once.
pub(in crate::provider) type Neighbors = neighbors::Neighbors<SecurityGroupId, Permission>;

/// One resource of this run, as its plan shows it.
pub(super) type Neighbor = neighbors::Neighbor<SecurityGroupId, Permission>;

impl Rollout {
    /// Describes what a plan wants; nothing if its name is unknown.
    pub(super) fn neighbor(&self, former: Option<&Rollout>, kept: &Kept, config: &Value) -> Option<Neighbor> {
        let former = former.map(|former| (former.name.as_deref(), former.wants()));
        Some(Neighbor::new(config, kept.instance.as_deref(), self.name.as_deref()?, self.wants(), former))
    }

    fn wants(&self) -> Wants<SecurityGroupId, Permission> {
        self.bind().into_iter().map(|(group, permissions)| (group, permissions.into_keys().collect())).collect()
    }

    /// Notes that this object is written; says what is wrong if it is new and another one of this run has its name.
    pub(super) fn enter(&self, neighbors: &Neighbors, kept: &Kept, config: &Value, creating: bool) -> Option<Diagnostic> {
        let neighbor = self.neighbor(None, kept, config)?;
        let others = neighbors.write(neighbor.clone(), config);
        if !creating {
            return None;
        }
        let error = others.iter().find_map(|other| self.beside(&neighbor, other, kept, &BTreeMap::new()))?;
        neighbors.leave(kept.instance.as_deref().unwrap_or_default());
        Some(error)
    }

    /// Says what two resources of one run would take from each other. What is live already is told by what was observed.
    pub(super) fn beside(
        &self,
        mine: &Neighbor,
        other: &Neighbor,
        kept: &Kept,
        observed: &BTreeMap<SecurityGroupId, Observed>,
    ) -> Option<Diagnostic> {
        if let Some(error) = mine.of_one_name(other, |group| self.place(group)) {
            return Some(error);
        }
        let mark = kept.mark(&mine.name);
        let nothing = BTreeSet::new();
        let mut lines = Vec::new();
        for group in mine.shared_with(other) {
            let is_held = |permission: &Permission| {
                let held =
                    observed.get(group).map(Observed::rules).unwrap_or_default().iter().filter(|rule| rule.permission == *permission);
                held.into_iter().any(|rule| matches!(rule.owner(&mark), Owner::Ours | Owner::Sibling(_)))
            };
            let wanted = mine.wants.get(group).unwrap_or(&nothing).intersection(other.wants.get(group).unwrap_or(&nothing));
            lines.extend(wanted.filter(|permission| !is_held(permission)).map(|permission| format!("{}: {permission}", self.place(group))));
        }
        let detail = format!(
            "This resource and the one with `name = \"{}\"`, both of this configuration, ask for the same, and EC2 keeps equal rules once:\n\n{}\n\nLeave each rule to one of the two, with `exclude` or `manage`, or merge the two resources.",
            other.name,
            list(&lines)
        );
        (!lines.is_empty()).then(|| Diagnostic::error("Two resources open the same", detail))
    }
}
