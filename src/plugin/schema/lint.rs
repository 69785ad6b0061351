//! Mistakes in a schema that Terraform would refuse, or take and then behave badly on.
//!
//! Promises: the rules of Terraform's own check and those of HashiCorp's framework that concern what a schema here can express.

use std::collections::BTreeSet;

use super::{Attribute, Block, BlockMode, Mistake, Nested, NestedBlock, NestedMode, Origin, Schema, Shape};
use crate::plugin::msgpack;
use crate::plugin::ty::Type;

/// Names that Terraform keeps for itself at the root of a resource or data source.
const RESERVED: [&str; 7] = ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner"];

/// Names that Terraform keeps for itself at the root of a provider configuration.
const RESERVED_PROVIDER: [&str; 2] = ["alias", "version"];

impl Schema {
    /// Returns the mistakes in the schema of a resource or data source; a correct one has none.
    pub fn lint(&self) -> Vec<Mistake> {
        self.lint_with(&RESERVED)
    }

    /// Returns the mistakes in the schema of a provider configuration; a correct one has none.
    pub fn lint_provider(&self) -> Vec<Mistake> {
        let mut mistakes = self.lint_with(&RESERVED_PROVIDER);
        let computed = self.block.attributes.iter().filter(|attribute| attribute.origin.is_computed());
        mistakes.extend(computed.map(|attribute| mistake(&attribute.name, "a provider configuration cannot have computed attributes")));
        mistakes
    }

    fn lint_with(&self, reserved: &[&str]) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        if self.version < 0 {
            mistakes.push(mistake("", "the version is negative"));
        }
        let attributes = self.block.attributes.iter().map(|attribute| &attribute.name);
        for name in attributes.chain(self.block.blocks.iter().map(|nested| &nested.name)) {
            if reserved.contains(&name.as_str()) {
                mistakes.push(mistake(name, "Terraform keeps this name for itself"));
            }
        }
        lint_block(&self.block, "", &mut mistakes);
        mistakes
    }
}

fn lint_block(block: &Block, place: &str, mistakes: &mut Vec<Mistake>) {
    lint_attributes(&block.attributes, place, false, mistakes);
    let mut taken: BTreeSet<&str> = block.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    for nested in &block.blocks {
        let place = join(place, &nested.name);
        lint_name(&nested.name, &place, mistakes);
        if !taken.insert(&nested.name) {
            mistakes.push(mistake(&place, "the name is taken by another attribute or block"));
        }
        lint_mode(nested, &place, mistakes);
        lint_block(&nested.block, &place, mistakes);
    }
}

fn lint_mode(nested: &NestedBlock, place: &str, mistakes: &mut Vec<Mistake>) {
    match nested.mode {
        BlockMode::Single => {
            if nested.min != nested.max || nested.max > 1 {
                mistakes.push(mistake(place, "a single block stands at most once, or exactly once if it is required"));
            }
        }
        BlockMode::List => {
            if nested.max != 0 && nested.min > nested.max {
                mistakes.push(mistake(place, "more blocks are required than allowed"));
            }
            if contains_dynamic(&nested.block.object_type()) {
                mistakes.push(mistake(place, "a list block cannot hold an attribute of type dynamic"));
            }
        }
    }
}

fn lint_attributes(attributes: &[Attribute], place: &str, in_set: bool, mistakes: &mut Vec<Mistake>) {
    let mut taken = BTreeSet::new();
    for attribute in attributes {
        let place = join(place, &attribute.name);
        lint_name(&attribute.name, &place, mistakes);
        if !taken.insert(&attribute.name) {
            mistakes.push(mistake(&place, "the name is taken by another attribute"));
        }
        lint_default(attribute, &place, mistakes);
        if in_set && attribute.origin.is_computed() {
            mistakes
                .push(mistake(&place, "elements of a set cannot be matched between plan and state, so nothing in them can be computed"));
        }
        if attribute.origin == Origin::Computed && (attribute.requires_replace || !attribute.validators.is_empty()) {
            mistakes.push(mistake(&place, "a check or a replacement rule on an attribute that only the provider sets has no effect"));
        }
        match &attribute.shape {
            Shape::Type(ty) => {
                if dynamic_in_collection(ty) {
                    mistakes.push(mistake(&place, "the elements of a collection cannot be dynamic"));
                }
            }
            Shape::Nested(nested) => lint_nested(nested, &place, in_set, mistakes),
        }
    }
}

fn lint_default(attribute: &Attribute, place: &str, mistakes: &mut Vec<Mistake>) {
    let Some(default) = &attribute.default else { return };
    if attribute.origin != Origin::OptionalComputed {
        mistakes.push(mistake(place, "only an optional attribute can have a default"));
    }
    if default.is_null() || !default.is_wholly_known() {
        mistakes.push(mistake(place, "the default is null or not wholly known"));
    }
    if let Err(error) = msgpack::encode(default, &attribute.shape.value_type()) {
        mistakes.push(mistake(place, &format!("the default is not of the attribute's type: {error}")));
    }
}

fn lint_nested(nested: &Nested, place: &str, in_set: bool, mistakes: &mut Vec<Mistake>) {
    if nested.mode != NestedMode::Single && contains_dynamic(&nested.object_type()) {
        mistakes.push(mistake(place, "the elements of a collection cannot be dynamic"));
    }
    if nested.attributes.is_empty() {
        mistakes.push(mistake(place, "a nested attribute needs attributes"));
    }
    lint_attributes(&nested.attributes, place, in_set || nested.mode == NestedMode::Set, mistakes);
}

fn lint_name(name: &str, place: &str, mistakes: &mut Vec<Mistake>) {
    let starts_well = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let fits = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    if !starts_well || !name.chars().all(fits) {
        mistakes.push(mistake(place, "a name is made of lower-case letters, digits and `_`, and does not begin with a digit"));
    }
}

fn contains_dynamic(ty: &Type) -> bool {
    match ty {
        Type::Dynamic => true,
        Type::Bool | Type::Number | Type::String => false,
        Type::List(element) | Type::Set(element) | Type::Map(element) => contains_dynamic(element),
        Type::Object(attributes) => attributes.values().any(contains_dynamic),
        Type::Tuple(elements) => elements.iter().any(contains_dynamic),
    }
}

fn dynamic_in_collection(ty: &Type) -> bool {
    match ty {
        Type::Dynamic | Type::Bool | Type::Number | Type::String => false,
        Type::List(element) | Type::Set(element) | Type::Map(element) => contains_dynamic(element),
        Type::Object(attributes) => attributes.values().any(dynamic_in_collection),
        Type::Tuple(elements) => elements.iter().any(dynamic_in_collection),
    }
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") }
}

fn mistake(place: &str, text: &str) -> Mistake {
    Mistake { place: place.to_owned(), text: text.to_owned() }
}
