//! Who else in this run writes into the same groups.
//!
//! Terraform shows a provider one resource at a time, so what each plan wants is noted here until the provider is configured anew, as
//! every walk of Terraform does. Two resources with one name, or with one rule, are then told before either of them writes. It feeds
//! diagnostics only, never values; asking the same twice gets the same answer. It does not know other processes: another state, or
//! another alias of the provider.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::plugin::{AttributePath, Diagnostic, Value};

/// What the resources of one kind want in this run; nothing is noted before the provider is configured. `G` is a group, `W` what two
/// resources cannot both have in one.
#[derive(Debug)]
pub(super) struct Neighbors<G, W>(Mutex<Option<Vec<Neighbor<G, W>>>>);

/// One resource of this run, as its plan shows it.
#[derive(Debug, Clone)]
pub(super) struct Neighbor<G, W> {
    who: Who,
    /// The name that it asks for.
    pub(super) name: String,
    /// The name that its rules have so far.
    former: Option<String>,
    /// What it wants, by group.
    pub(super) wants: Wants<G, W>,
    /// What its state asks for; nothing if it is to be created, also in another's place.
    has: Option<Wants<G, W>>,
}

/// What is wanted, by group.
pub(super) type Wants<G, W> = BTreeMap<G, BTreeSet<W>>;

/// What tells one resource from another.
#[derive(Debug, Clone)]
enum Who {
    /// The instance in its private state. A replacement is planned with that of the object that it replaces.
    Instance(String),
    /// To be created from this configuration.
    Creation(Value),
}

impl<G, W> Default for Neighbors<G, W> {
    fn default() -> Neighbors<G, W> {
        Neighbors(Mutex::new(None))
    }
}

impl<G: Ord + Clone, W: Ord + Clone> Neighbors<G, W> {
    /// Begins a new run: the provider was configured.
    pub(super) fn begin(&self) {
        *self.noted() = Some(Vec::new());
    }

    /// Notes what a plan wants, and returns those that were noted before and write into one of its groups.
    pub(super) fn note(&self, neighbor: Neighbor<G, W>) -> Vec<Neighbor<G, W>> {
        let mut noted = self.noted();
        let Some(noted) = noted.as_mut() else { return Vec::new() };
        noted.retain(|other| !other.is(&neighbor));
        let beside = noted.iter().filter(|other| other.shares_a_group_with(&neighbor)).cloned().collect();
        noted.push(neighbor);
        beside
    }

    /// Notes that an object is written from now on. Creations of the same configuration as this one may be others: returns those that
    /// have been written before.
    pub(super) fn write(&self, mut neighbor: Neighbor<G, W>, config: &Value) -> Vec<Neighbor<G, W>> {
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

    fn noted(&self) -> MutexGuard<'_, Option<Vec<Neighbor<G, W>>>> {
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

/// Tells whether two configurations may be one, known better the second time.
fn may_become(one: &Value, other: &Value) -> bool {
    let names = |config: &Value| -> BTreeSet<String> { config.get("placements").entries().map(|(name, _)| name.to_owned()).collect() };
    let complete = one.is_wholly_known() && other.is_wholly_known();
    !complete && one.get("name") == other.get("name") && names(one) == names(other)
}

impl<G: Ord + Clone, W: Ord + Clone> Neighbor<G, W> {
    /// Describes what a plan wants: the configuration, the instance in private state if it has one, its name; of its state the name and
    /// what that asks for.
    pub(super) fn new(
        config: &Value,
        instance: Option<&str>,
        name: &str,
        wants: Wants<G, W>,
        former: Option<(Option<&str>, Wants<G, W>)>,
    ) -> Neighbor<G, W> {
        let who = instance.map_or_else(|| Who::Creation(config.clone()), |instance| Who::Instance(instance.to_owned()));
        let (former, has) = former.map(|(name, has)| (name.map(str::to_owned), has)).unzip();
        Neighbor { who, name: name.to_owned(), former: former.flatten(), wants, has }
    }

    /// Tells whether both are one resource. Two objects of one instance come of a rollout that was imported twice; they differ in
    /// what they have.
    fn is(&self, other: &Neighbor<G, W>) -> bool {
        let differ = matches!((&self.has, &other.has), (Some(one), Some(other)) if one != other);
        self.who.is(&other.who) && !differ
    }

    fn shares_a_group_with(&self, other: &Neighbor<G, W>) -> bool {
        self.shared_with(other).next().is_some()
    }

    /// Returns the groups that both write into.
    pub(super) fn shared_with<'a>(&'a self, other: &'a Neighbor<G, W>) -> impl Iterator<Item = &'a G> {
        self.wants.keys().filter(|group| other.wants.contains_key(*group))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        [Some(self.name.as_str()), self.former.as_deref()].into_iter().flatten()
    }

    /// Says that both have one name, if they have; `place` says what a group is called in a sentence.
    pub(super) fn of_one_name(&self, other: &Neighbor<G, W>, place: impl Fn(&G) -> String) -> Option<Diagnostic> {
        let name = self.names().find(|name| other.names().any(|other| other == *name))?;
        let places: Vec<String> = self.shared_with(other).map(place).collect();
        let remedy = if self.who.is(&other.who) {
            "Both have the same instance, as if one rollout was imported twice: each would revoke what only the other asks for. Keep one of them, and take the other out of the state with `terraform state rm` or a `removed` block with `destroy = false`."
        } else {
            "Each rule carries the name, so each of the two would take the other's rules for its own that were left behind. Give one of them another `name`; if it only moves from one to the other, rename the one in an apply of its own first."
        };
        let detail = format!(
            "Another resource of this configuration has the `name` \"{name}\" as well, and both write into {}. {remedy}",
            places.join(" and ")
        );
        Some(Diagnostic::error("Two resources with one name", detail).at(&AttributePath::root().attr("name")))
    }
}
