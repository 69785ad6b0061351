//! Steps that change a value on its way to or from a resource: defaults, unknown marks, empty blocks, replacement.
//!
//! Promises: the configuration is always looked up at the same place as the planned value; nothing inside a set is touched, for its
//! elements cannot be matched (the schema lint refuses what would need it).

use std::collections::BTreeSet;

use crate::plugin::path::AttributePath;
use crate::plugin::schema::{Attribute, Block, BlockMode, NestedMode, Shape};
use crate::plugin::validator;
use crate::plugin::value::Value;

/// Returns what a resource is proposed to plan: defaults filled in, and everything that is computed, not set and without default
/// unknown if anything at all differs from the state.
pub(super) fn propose(block: &Block, config: &Value, prior: Option<&Value>, mut proposed: Value) -> Value {
    visit(block, config, &mut proposed, &fill_default);
    if prior != Some(&proposed) {
        visit(block, config, &mut proposed, &mark_unknown);
    }
    proposed
}

/// Returns the configuration with its defaults.
pub(super) fn with_defaults(block: &Block, config: Value) -> Value {
    let mut filled = config.clone();
    visit(block, &config, &mut filled, &fill_default);
    filled
}

fn fill_default(attribute: &Attribute, planned: &mut Value) {
    if let Some(default) = &attribute.default {
        *planned = default.clone();
    }
}

fn mark_unknown(attribute: &Attribute, planned: &mut Value) {
    if attribute.origin.is_computed() && attribute.default.is_none() {
        *planned = Value::Unknown;
    }
}

/// Calls `change` on every attribute that the configuration leaves null, at every depth outside sets.
fn visit(block: &Block, config: &Value, planned: &mut Value, change: &impl Fn(&Attribute, &mut Value)) {
    visit_attributes(&block.attributes, config, planned, change);
    for nested in &block.blocks {
        let mode = match nested.mode {
            BlockMode::Single => NestedMode::Single,
            BlockMode::List => NestedMode::List,
        };
        let Some(part) = planned.entries_mut().and_then(|entries| entries.get_mut(&nested.name)) else {
            continue;
        };
        for (planned, config) in objects(mode, part, config.get(&nested.name)) {
            visit(&nested.block, config, planned, change);
        }
    }
}

fn visit_attributes(attributes: &[Attribute], config: &Value, planned: &mut Value, change: &impl Fn(&Attribute, &mut Value)) {
    for attribute in attributes {
        let Some(part) = planned.entries_mut().and_then(|entries| entries.get_mut(&attribute.name)) else {
            continue;
        };
        let config = config.get(&attribute.name);
        if config.is_null() {
            change(attribute, part);
        } else if let Shape::Nested(nested) = &attribute.shape {
            for (planned, config) in objects(nested.mode, part, config) {
                visit_attributes(&nested.attributes, config, planned, change);
            }
        }
    }
}

/// Returns the objects of a nested attribute or block, each with its configuration.
fn objects<'a>(mode: NestedMode, planned: &'a mut Value, config: &'a Value) -> Vec<(&'a mut Value, &'a Value)> {
    match mode {
        NestedMode::Single => vec![(planned, config)],
        NestedMode::List => planned.elements_mut().iter_mut().enumerate().map(|(index, object)| (object, config.nth(index))).collect(),
        NestedMode::Map => {
            let entries = planned.entries_mut().into_iter().flatten();
            entries.map(|(key, object)| (object, config.get(key))).collect()
        }
        NestedMode::Set => Vec::new(),
    }
}

/// Makes every list block that is null an empty list, which is how Terraform says that there is none.
pub(super) fn fill_empty_blocks(block: &Block, value: &mut Value) {
    let Some(entries) = value.entries_mut() else { return };
    for nested in &block.blocks {
        let part = entries.entry(nested.name.clone()).or_default();
        match nested.mode {
            BlockMode::Single => fill_empty_blocks(&nested.block, part),
            BlockMode::List if part.is_null() => *part = Value::List(Vec::new()),
            BlockMode::List => part.elements_mut().iter_mut().for_each(|element| fill_empty_blocks(&nested.block, element)),
        }
    }
}

/// Makes null of everything unknown, as Terraform does with a state.
pub(super) fn forget_unknown(value: &mut Value) {
    if !value.is_known() {
        *value = Value::Null;
    }
    value.elements_mut().iter_mut().for_each(forget_unknown);
    value.entries_mut().into_iter().flatten().for_each(|(_, part)| forget_unknown(part));
}

/// Adds the paths of changed attributes whose schema asks for a replacement.
pub(super) fn replacing(block: &Block, prior: &Value, planned: &Value, paths: &mut BTreeSet<AttributePath>) {
    replacing_in(block, prior, planned, &AttributePath::root(), paths);
}

fn replacing_in(block: &Block, prior: &Value, planned: &Value, path: &AttributePath, paths: &mut BTreeSet<AttributePath>) {
    replacing_attributes(&block.attributes, prior, planned, path, paths);
    for nested in &block.blocks {
        let path = path.attr(&nested.name);
        let mode = match nested.mode {
            BlockMode::Single => NestedMode::Single,
            BlockMode::List => NestedMode::List,
        };
        for (path, prior, planned) in both(mode, prior.get(&nested.name), planned.get(&nested.name), &path) {
            replacing_in(&nested.block, prior, planned, &path, paths);
        }
    }
}

fn replacing_attributes(
    attributes: &[Attribute],
    prior: &Value,
    planned: &Value,
    path: &AttributePath,
    paths: &mut BTreeSet<AttributePath>,
) {
    for attribute in attributes {
        let (prior, planned, path) = (prior.get(&attribute.name), planned.get(&attribute.name), path.attr(&attribute.name));
        if attribute.requires_replace && prior != planned {
            paths.insert(path.clone());
        }
        if let Shape::Nested(nested) = &attribute.shape {
            for (path, prior, planned) in both(nested.mode, prior, planned, &path) {
                replacing_attributes(&nested.attributes, prior, planned, &path, paths);
            }
        }
    }
}

/// Returns the objects that state and plan both have, each with its path.
fn both<'a>(mode: NestedMode, prior: &'a Value, planned: &'a Value, path: &AttributePath) -> Vec<(AttributePath, &'a Value, &'a Value)> {
    let found = match mode {
        NestedMode::Single => vec![(path.clone(), planned)],
        NestedMode::List | NestedMode::Map => validator::parts(planned, path),
        NestedMode::Set => Vec::new(),
    };
    let step_in_prior = |place: &AttributePath| match (mode, place.steps().last()) {
        (NestedMode::List | NestedMode::Map, Some(step)) => prior.at(&AttributePath::root().step(step.clone())),
        (NestedMode::Single | NestedMode::Set | NestedMode::List | NestedMode::Map, Some(_) | None) => prior,
    };
    let pairs = found.into_iter().map(|(place, planned)| (step_in_prior(&place), place, planned));
    pairs
        .filter(|(prior, _, planned)| !prior.is_null() && !planned.is_null())
        .map(|(prior, place, planned)| (place, prior, planned))
        .collect()
}
