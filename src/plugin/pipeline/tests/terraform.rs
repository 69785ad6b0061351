//! How Terraform merges configuration and state before it asks for a plan, written from the protocol notes and apart from the
//! pipeline, to play Terraform's part in tests.

use crate::plugin::schema::{Attribute, Block, BlockMode, NestedMode, Shape};
use crate::plugin::value::Value;

pub(super) fn proposed_new(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() || !config.is_known() {
        return config.clone();
    }
    let mut proposed = attributes(block.attributes(), prior, config);
    for nested in block.nested_blocks() {
        let (prior, config) = (prior.get(nested.name()), config.get(nested.name()));
        let merged = match nested.mode() {
            BlockMode::Single => proposed_new(nested.block(), prior, config),
            BlockMode::List if !config.is_known() => Value::Unknown,
            BlockMode::List => {
                let elements = config.elements().iter().enumerate();
                Value::list(elements.map(|(index, config)| proposed_new(nested.block(), prior.nth(index), config)))
            }
        };
        proposed.set_entry(nested.name(), merged);
    }
    proposed
}

fn attributes(attributes: &[Attribute], prior: &Value, config: &Value) -> Value {
    if config.is_null() || !config.is_known() {
        return config.clone();
    }
    Value::object(attributes.iter().map(|attribute| {
        let name = attribute.name();
        (name.to_owned(), merged(attribute, prior.get(name), config.get(name)))
    }))
}

fn merged(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    if config.is_null() {
        return if attribute.origin().is_computed() { prior.clone() } else { Value::Null };
    }
    let Shape::Nested(nested) = attribute.shape() else {
        return config.clone();
    };
    if !config.is_known() {
        return Value::Unknown;
    }
    let object = |prior: &Value, config: &Value| attributes(nested.attributes(), prior, config);
    match nested.mode() {
        NestedMode::Single => object(prior, config),
        NestedMode::List => Value::list(config.elements().iter().enumerate().map(|(index, config)| object(prior.nth(index), config))),
        NestedMode::Map => Value::map(config.entries().map(|(key, config)| (key.to_owned(), object(prior.get(key), config)))),
        NestedMode::Set => config.clone(),
    }
}
