//! The part of placements that every object shares: which components live where.

use std::collections::{BTreeMap, BTreeSet};

use crate::plugin::Value;
use crate::topology::PlacementSpec;

/// Texts of a set or list, and whether that is all of them: unknown elements are left out.
pub(super) fn texts(value: &Value) -> (BTreeSet<String>, bool) {
    let texts = value.elements().iter().filter_map(|element| element.as_str().map(str::to_owned)).collect();
    (texts, value.is_wholly_known())
}

/// What can be said of placements by names alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Placements {
    /// What is known.
    pub(super) specs: BTreeMap<String, PlacementSpec>,
    /// Whether that is everything: no name, component or host is unknown.
    pub(super) complete: bool,
}

/// Reads names and components; `managed` says which placements have a firewall of ours. A null placement is absent.
pub(super) fn read(placements: &Value, managed: impl Fn(&str, &Value) -> bool) -> Placements {
    let mut read = Placements { specs: BTreeMap::new(), complete: placements.is_known() };
    for (name, placement) in placements.entries() {
        if placement.is_null() {
            continue;
        }
        let (components, all) = texts(placement.get("components"));
        let single_host = placement.get("single_host");
        read.complete &= all && single_host.is_known() && placement.is_known();
        let components = all.then_some(components.clone()).or_else(|| (!components.is_empty()).then_some(components));
        let managed = managed(name, placement);
        let spec = PlacementSpec { components, managed, single_host: single_host.as_bool().unwrap_or(false), can_join: managed };
        read.specs.insert(name.to_owned(), spec);
    }
    read
}
