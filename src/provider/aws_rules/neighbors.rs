//! Who else in this run writes into the same groups.
//!
//! Terraform shows a provider one resource at a time, so what each plan wants is noted here until the provider is configured anew, as
//! every walk of Terraform does. Two resources with one name, or with one rule, are then told before either of them writes. It feeds
//! diagnostics only, never values; asking the same twice gets the same answer. It does not know other processes: another state, or
//! another alias of the provider.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::telling::list;
use super::kept::Kept;
use super::rollout::Rollout;
use crate::aws::{Observed, Owner, Permission, SecurityGroupId};
use crate::plugin::{AttributePath, Diagnostic, Value};

/// What the resources of this run want; nothing is noted before the provider is configured.
#[derive(Debug, Default)]
pub(in crate::provider) struct Neighbors(Mutex<Option<Vec<Neighbor>>>);

/// One resource of this run, as its plan shows it.
#[derive(Debug, Clone)]
pub(super) struct Neighbor {
    who: Who,
    /// The name that it asks for.
    name: String,
    /// The name that its rules have so far.
    former: Option<String>,
    wants: Wants,
    /// What its state asks for; nothing if it is to be created, also in another's place.
    has: Option<Wants>,
}

/// Cloud rules by group.
type Wants = BTreeMap<SecurityGroupId, BTreeSet<Permission>>;

/// What tells one resource from another.
#[derive(Debug, Clone)]
enum Who {
    /// The instance in its private state. A replacement is planned with that of the object that it replaces.
    Instance(String),
    /// To be created from this configuration.
    Creation(Value),
}

impl Neighbors {
    /// Begins a new run: the provider was configured.
    pub(in crate::provider) fn begin(&self) {
        *self.noted() = Some(Vec::new());
    }

    /// Notes what a plan wants, and returns those that were noted before and write into one of its groups.
    pub(super) fn note(&self, neighbor: Neighbor) -> Vec<Neighbor> {
        let mut noted = self.noted();
        let Some(noted) = noted.as_mut() else { return Vec::new() };
        noted.retain(|other| !other.is(&neighbor));
        let beside = noted.iter().filter(|other| other.shares_a_group_with(&neighbor)).cloned().collect();
        noted.push(neighbor);
        beside
    }

    /// Notes that an object is written; says what is wrong if it is new and another one of this run has its name.
    pub(super) fn enter(&self, rollout: &Rollout, kept: &Kept, config: &Value, creating: bool) -> Option<Diagnostic> {
        let neighbor = Neighbor::new(rollout, None, kept, config)?;
        let others = self.write(neighbor.clone(), config);
        if !creating {
            return None;
        }
        let error = others.iter().find_map(|other| rollout.beside(&neighbor, other, kept, &BTreeMap::new()))?;
        self.leave(kept.instance.as_deref().unwrap_or_default());
        Some(error)
    }

    /// Notes that an object is written from now on. Creations of the same configuration as this one may be others: returns those that
    /// have been written before.
    pub(super) fn write(&self, mut neighbor: Neighbor, config: &Value) -> Vec<Neighbor> {
        neighbor.has = Some(neighbor.wants.clone());
        let mut noted = self.noted();
        let Some(noted) = noted.as_mut() else { return Vec::new() };
        noted.retain(|other| !other.who.is(&Who::Creation(config.clone())) && !other.who.is(&neighbor.who));
        let written = noted.iter().filter(|other| matches!(other.who, Who::Instance(_)) && other.shares_a_group_with(&neighbor));
        let beside = written.cloned().collect();
        noted.push(neighbor);
        beside
    }

    /// Forgets an object that is no more.
    pub(super) fn leave(&self, instance: &str) {
        if let Some(noted) = self.noted().as_mut() {
            noted.retain(|other| !other.who.is(&Who::Instance(instance.to_owned())));
        }
    }

    fn noted(&self) -> MutexGuard<'_, Option<Vec<Neighbor>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Who {
    fn is(&self, other: &Who) -> bool {
        match (self, other) {
            (Who::Instance(one), Who::Instance(other)) => one == other,
            (Who::Creation(one), Who::Creation(other)) => one == other || may_become(one, other),
            (Who::Instance(_), Who::Creation(_)) | (Who::Creation(_), Who::Instance(_)) => false,
        }
    }
}

fn wants_of(rollout: &Rollout) -> Wants {
    rollout.bind().into_iter().map(|(group, permissions)| (group, permissions.into_keys().collect())).collect()
}

/// Tells whether two configurations may be one, known better the second time.
fn may_become(one: &Value, other: &Value) -> bool {
    let names = |config: &Value| -> BTreeSet<String> { config.get("placements").entries().map(|(name, _)| name.to_owned()).collect() };
    let complete = one.is_wholly_known() && other.is_wholly_known();
    !complete && one.get("name") == other.get("name") && names(one) == names(other)
}

impl Neighbor {
    /// Describes what a plan wants; nothing if its name is unknown.
    pub(super) fn new(rollout: &Rollout, former: Option<&Rollout>, kept: &Kept, config: &Value) -> Option<Neighbor> {
        Some(Neighbor {
            who: kept.instance.clone().map_or_else(|| Who::Creation(config.clone()), Who::Instance),
            name: rollout.name.clone()?,
            former: former.and_then(|former| former.name.clone()),
            wants: wants_of(rollout),
            has: former.map(wants_of),
        })
    }

    /// Tells whether both are one resource. Two objects of one instance come of a rollout that was imported twice; they differ in
    /// what they have.
    fn is(&self, other: &Neighbor) -> bool {
        let differ = matches!((&self.has, &other.has), (Some(one), Some(other)) if one != other);
        self.who.is(&other.who) && !differ
    }

    fn shares_a_group_with(&self, other: &Neighbor) -> bool {
        self.wants.keys().any(|group| other.wants.contains_key(group))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        [Some(self.name.as_str()), self.former.as_deref()].into_iter().flatten()
    }
}

impl Rollout {
    /// Says what two resources of one run would take from each other. What is live already is told by what was observed.
    pub(super) fn beside(
        &self,
        mine: &Neighbor,
        other: &Neighbor,
        kept: &Kept,
        observed: &BTreeMap<SecurityGroupId, Observed>,
    ) -> Option<Diagnostic> {
        let shared: Vec<&SecurityGroupId> = mine.wants.keys().filter(|group| other.wants.contains_key(*group)).collect();
        let one_name = mine.names().find(|name| other.names().any(|other| other == *name));
        if let Some(name) = one_name {
            let places: Vec<String> = shared.iter().map(|group| self.place(group)).collect();
            let remedy = if mine.who.is(&other.who) {
                "Both have the same instance, as if one rollout was imported twice: each would revoke what only the other asks for. Keep one of them, and take the other out of the state with `terraform state rm` or a `removed` block with `destroy = false`."
            } else {
                "Each rule carries the name, so each of the two would take the other's rules for its own that were left behind. Give one of them another `name`; if it only moves from one to the other, rename the one in an apply of its own first."
            };
            let detail = format!(
                "Another resource of this configuration has the `name` \"{name}\" as well, and both write into {}. {remedy}",
                places.join(" and ")
            );
            return Some(Diagnostic::error("Two resources with one name", detail).at(&AttributePath::root().attr("name")));
        }
        let mark = kept.mark(&mine.name);
        let nothing = BTreeSet::new();
        let mut lines = Vec::new();
        for group in shared {
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
