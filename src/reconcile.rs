//! What separates desired from observed, as plain data.
//!
//! Generic in what a cloud calls identity (`K`) and content (`V`). It promises that applying the changes to the observed map gives
//! the desired one, and that equal maps give no changes. It does not know what an entry is, nor how a change is carried out.

use std::collections::BTreeMap;

#[cfg(test)]
mod tests;

/// What turns an observed map into the desired one; each list is in the order of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes<K, V> {
    /// Entries that are desired and not there.
    pub add: Vec<(K, V)>,
    /// Entries that are there with another content, with the content they should have.
    pub change: Vec<(K, V)>,
    /// Entries that are there and not desired.
    pub remove: Vec<K>,
}

impl<K, V> Changes<K, V> {
    /// Tells whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.change.is_empty() && self.remove.is_empty()
    }
}

/// Returns what turns `observed` into `desired`, taking contents as the same when they are equal.
///
/// ```
/// use std::collections::BTreeMap;
/// use terraform_provider_emc::reconcile::diff;
/// let desired = BTreeMap::from([("a", 1), ("b", 2)]);
/// let observed = BTreeMap::from([("b", 3), ("c", 4)]);
/// let changes = diff(&desired, &observed);
/// assert_eq!((changes.add, changes.change, changes.remove), (vec![("a", 1)], vec![("b", 2)], vec!["c"]));
/// ```
pub fn diff<K: Ord + Clone, V: Clone + PartialEq>(desired: &BTreeMap<K, V>, observed: &BTreeMap<K, V>) -> Changes<K, V> {
    diff_by(desired, observed, |wanted, found| wanted == found)
}

/// Returns what turns `observed` into `desired`; `same` says whether a desired and an observed content need no change.
///
/// Observed contents may be of another type than desired ones, because a cloud often tells more, or less, than it was given.
pub fn diff_by<K: Ord + Clone, V: Clone, W>(
    desired: &BTreeMap<K, V>,
    observed: &BTreeMap<K, W>,
    same: impl Fn(&V, &W) -> bool,
) -> Changes<K, V> {
    let mut changes = Changes { add: Vec::new(), change: Vec::new(), remove: Vec::new() };
    for (key, wanted) in desired {
        match observed.get(key) {
            None => changes.add.push((key.clone(), wanted.clone())),
            Some(found) if !same(wanted, found) => changes.change.push((key.clone(), wanted.clone())),
            Some(_) => {}
        }
    }
    changes.remove.extend(observed.keys().filter(|key| !desired.contains_key(*key)).cloned());
    changes
}
