//! One configuration under two tables: what only the other table knows is left out, and told.
//!
//! A policy that is written for a new table names its new flows, and one that is written for the old table those that are gone. Neither
//! is a fault of the configuration. What no table knows is, and stays for [`Topology::resolve`](crate::topology::Topology::resolve) to refuse.

use std::collections::{BTreeMap, BTreeSet};

use crate::matrix::Matrix;
use crate::topology::{PlacementSpec, PolicySpec};

/// A configuration as one of two tables understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// The placements.
    pub placements: BTreeMap<String, PlacementSpec>,
    /// The policy.
    pub policy: PolicySpec,
    /// What was left out: `configuration.29092 in include`.
    pub left_out: BTreeSet<String>,
}

/// Returns a configuration without the names that `matrix` does not have and `other` does.
pub fn understood(placements: &BTreeMap<String, PlacementSpec>, policy: &PolicySpec, matrix: &Matrix, other: &Matrix) -> Understood {
    let mut draft = Draft { matrix, other, left_out: BTreeSet::new() };
    let mut placements = placements.clone();
    for (name, placement) in &mut placements {
        if let Some(components) = &mut placement.components {
            draft.names(components, &format!("components of {name}"));
        }
    }
    let mut policy = policy.clone();
    draft.names(&mut policy.include, "include");
    draft.names(&mut policy.exclude, "exclude");
    draft.names(&mut policy.management_from, "management_from");
    draft.keys(&mut policy.initiators, "initiators");
    draft.keys(&mut policy.roles, "roles");
    draft.keys(&mut policy.ports, "ports");
    draft.keys(&mut policy.multicast_groups, "multicast_groups");
    draft.keys(&mut policy.answers, "answers");
    draft.keys(&mut policy.reasons, "reasons");
    for (key, members) in &mut policy.initiators {
        draft.names(members, &format!("initiators of {key}"));
    }
    for (key, members) in &mut policy.roles {
        draft.names(members, &format!("role {key}"));
    }
    // Nobody is left of a list that was not empty: to keep it would say that nobody counts.
    policy.initiators.retain(|_, members| !members.is_empty());
    policy.roles.retain(|_, members| !members.is_empty());
    Understood { placements, policy, left_out: draft.left_out }
}

struct Draft<'a> {
    matrix: &'a Matrix,
    other: &'a Matrix,
    left_out: BTreeSet<String>,
}

impl Draft<'_> {
    fn is_strange(&self, name: &str) -> bool {
        // `<flow> from <placement>` is about the flow.
        let name = name.split(' ').next().unwrap_or_default();
        !knows(self.matrix, name) && knows(self.other, name)
    }

    fn names(&mut self, names: &mut BTreeSet<String>, place: &str) {
        let strange: Vec<String> = names.iter().filter(|name| self.is_strange(name)).cloned().collect();
        for name in strange {
            names.remove(&name);
            self.left_out.insert(format!("{name} in {place}"));
        }
    }

    fn keys<T>(&mut self, entries: &mut BTreeMap<String, T>, place: &str) {
        let strange: Vec<String> = entries.keys().filter(|name| self.is_strange(name)).cloned().collect();
        for name in strange {
            entries.remove(&name);
            self.left_out.insert(format!("{name} in {place}"));
        }
    }
}

fn knows(matrix: &Matrix, name: &str) -> bool {
    matrix.flows().contains_key(name)
        || matrix.doubts().contains_key(name)
        || matrix.components().contains_key(name)
        || matrix.roles().contains_key(name)
}
