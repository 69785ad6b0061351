//! What the schema alone can say about a configuration.
//!
//! Promises: every mistake is found, not only the first, each at its place; unknown values are taken to be right. Runs the checks of
//! attributes at every depth on values that are neither null nor unknown.

#[cfg(test)]
mod tests;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::path::AttributePath;
use super::schema::{Attribute, Block, BlockMode, NestedBlock, NestedMode, Origin, Shape};
use super::validator;
use super::value::Value;

/// Checks a configuration against its schema.
pub(super) fn validate(block: &Block, config: &Value) -> Diagnostics {
    let mut found = Diagnostics::new();
    check_block(block, config, &AttributePath::root(), &mut found);
    found
}

fn check_block(block: &Block, value: &Value, path: &AttributePath, found: &mut Diagnostics) {
    check_attributes(&block.attributes, value, path, found);
    for nested in &block.blocks {
        check_blocks(nested, value.get(&nested.name), &path.attr(&nested.name), found);
    }
}

fn check_blocks(nested: &NestedBlock, value: &Value, path: &AttributePath, found: &mut Diagnostics) {
    if !value.is_known() {
        return;
    }
    match nested.mode {
        BlockMode::Single if value.is_null() => {
            if nested.min > 0 {
                let detail = format!("A block `{}` is required.", nested.name);
                found.push(Diagnostic::error("Missing block", detail).at(path));
            }
        }
        BlockMode::Single => check_block(&nested.block, value, path, found),
        BlockMode::List => {
            let count = value.elements().len();
            if count < nested.min as usize {
                let detail = format!("At least {} `{}` blocks are required; there are {count}.", nested.min, nested.name);
                found.push(Diagnostic::error("Too few blocks", detail).at(path));
            }
            if nested.max > 0 && count > nested.max as usize {
                let detail = format!("At most {} `{}` blocks are allowed; there are {count}.", nested.max, nested.name);
                found.push(Diagnostic::error("Too many blocks", detail).at(path));
            }
            for (path, element) in validator::parts(value, path) {
                if element.is_known() {
                    check_block(&nested.block, element, &path, found);
                }
            }
        }
    }
}

fn check_attributes(attributes: &[Attribute], object: &Value, path: &AttributePath, found: &mut Diagnostics) {
    for attribute in attributes {
        check_attribute(attribute, object.get(&attribute.name), &path.attr(&attribute.name), found);
    }
}

fn check_attribute(attribute: &Attribute, value: &Value, path: &AttributePath, found: &mut Diagnostics) {
    if value.is_null() {
        if attribute.origin == Origin::Required {
            let detail = format!("`{path}` must be set and must not be null.");
            found.push(Diagnostic::error("Missing required argument", detail).at(path));
        }
        return;
    }
    if attribute.origin == Origin::Computed {
        let detail = format!("`{path}` is set by the provider and cannot be set in the configuration; remove it.");
        found.push(Diagnostic::error("Read-only attribute", detail).at(path));
        return;
    }
    if !value.is_known() {
        return;
    }
    if let Shape::Nested(nested) = &attribute.shape {
        let objects = match nested.mode {
            NestedMode::Single => vec![(path.clone(), value)],
            NestedMode::List | NestedMode::Set | NestedMode::Map => validator::parts(value, path),
        };
        for (path, object) in objects.into_iter().filter(|(_, object)| object.is_known() && !object.is_null()) {
            check_attributes(&nested.attributes, object, &path, found);
        }
    }
    for validator in &attribute.validators {
        validator.check(value, path, found);
    }
}
