//! Settings of a block: the attributes that are plain, and what is read from them.
//!
//! Empty text counts as not set, as in the official providers.

use std::collections::BTreeMap;

use crate::plugin::{Attribute, Type, Value};

/// A text that may be set.
pub(super) fn text(name: &str, description: &str) -> Attribute {
    Attribute::optional(name, Type::String).description(description)
}

/// Texts, in an order that may matter.
pub(super) fn texts(name: &str, description: &str) -> Attribute {
    Attribute::optional(name, Type::list(Type::String)).description(description)
}

/// Yes or no.
pub(super) fn switch(name: &str, description: &str) -> Attribute {
    Attribute::optional(name, Type::Bool).description(description)
}

/// Returns a text, unless it is empty.
pub(super) fn read_text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Returns the texts of a list or set that are not empty.
pub(super) fn read_texts(value: &Value) -> Vec<String> {
    value.elements().iter().filter_map(read_text).collect()
}

/// Returns a map of texts; empty ones are texts here.
pub(super) fn read_texts_by_name(map: &Value) -> BTreeMap<String, String> {
    map.entries().filter_map(|(name, value)| Some((name.to_owned(), value.as_str()?.to_owned()))).collect()
}
