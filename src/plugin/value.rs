//! Values as Terraform has them: known, null or not known yet, at any depth.
//!
//! Promises: equality is Terraform's (numbers by decimal value, text by its composed Unicode form, sets without order), and no
//! accessor takes unknown or null for something known. Does not know encodings or schemas.

mod compare;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::number::Number;
use super::path::{AttributePath, Step};
use super::ty::Type;

static NULL: Value = Value::Null;
static UNKNOWN: Value = Value::Unknown;

/// A value of any type. Every accessor looks through [`Value::Dynamic`].
///
/// ```
/// use terraform_provider_emc::plugin::Value;
/// let config = Value::object([("name", "jump".into()), ("ports", Value::set(["22".into()])), ("id", Value::Unknown)]);
/// assert_eq!(config.get("name").as_str(), Some("jump"));
/// assert_eq!(config.get("ports").elements().len(), 1);
/// assert!(!config.get("id").is_known());
/// assert!(config.get("absent").is_null());
/// assert!(!config.is_wholly_known());
/// ```
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// A value that only applying will tell.
    Unknown,
    /// `true` or `false`.
    Bool(bool),
    /// An exact number.
    Number(Number),
    /// Text.
    String(String),
    /// A sequence of one type.
    List(Vec<Value>),
    /// Elements without order; the order here is that of arrival and means nothing.
    Set(Vec<Value>),
    /// Values by name.
    Map(BTreeMap<String, Value>),
    /// Attributes and blocks by name.
    Object(BTreeMap<String, Value>),
    /// A sequence of fixed length and of several types.
    Tuple(Vec<Value>),
    /// A value whose place is of type dynamic, with the type that it came with.
    Dynamic(Box<(Type, Value)>),
}

impl Value {
    /// Returns text.
    pub fn string(text: impl Into<String>) -> Value {
        Value::String(text.into())
    }

    /// Returns a list.
    pub fn list(elements: impl IntoIterator<Item = Value>) -> Value {
        Value::List(elements.into_iter().collect())
    }

    /// Returns a set.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Value {
        Value::Set(elements.into_iter().collect())
    }

    /// Returns a map.
    pub fn map<N: Into<String>>(entries: impl IntoIterator<Item = (N, Value)>) -> Value {
        Value::Map(entries.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Returns an object.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Value)>) -> Value {
        Value::Object(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Returns the value as one whose place is of type dynamic, with the type that it shows by itself.
    pub fn dynamic(value: Value) -> Value {
        if matches!(value, Value::Null | Value::Unknown | Value::Dynamic(_)) {
            return value;
        }
        Value::Dynamic(Box::new((Type::of(&value), value)))
    }

    /// Returns the value without the type that a dynamic one carries.
    pub fn plain(&self) -> &Value {
        if let Value::Dynamic(typed) = self { typed.1.plain() } else { self }
    }

    /// Says whether this is null; an unknown value is not.
    pub fn is_null(&self) -> bool {
        matches!(self.plain(), Value::Null)
    }

    /// Says whether this is known, though perhaps null or with unknown parts.
    pub fn is_known(&self) -> bool {
        !matches!(self.plain(), Value::Unknown)
    }

    /// Says whether this and all its parts are known.
    pub fn is_wholly_known(&self) -> bool {
        match self.plain() {
            Value::Unknown => false,
            Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) => elements.iter().all(Value::is_wholly_known),
            Value::Map(entries) | Value::Object(entries) => entries.values().all(Value::is_wholly_known),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Dynamic(_) => true,
        }
    }

    /// Returns the text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = self.plain() { Some(text) } else { None }
    }

    /// Returns the truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(truth) = self.plain() { Some(*truth) } else { None }
    }

    /// Returns the number, if this is one.
    pub fn as_number(&self) -> Option<&Number> {
        if let Value::Number(number) = self.plain() { Some(number) } else { None }
    }

    /// Returns the number, if this is a whole one that fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::as_i64)
    }

    /// Returns the elements of a list, set or tuple; of anything else, null and unknown included, none.
    pub fn elements(&self) -> &[Value] {
        if let Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) = self.plain() { elements } else { &[] }
    }

    /// Returns the entries of a map or the attributes of an object by name; of anything else, null and unknown included, none.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        static EMPTY: BTreeMap<String, Value> = BTreeMap::new();
        self.as_entries().unwrap_or(&EMPTY).iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Returns the entries of a map or the attributes of an object, if this is one.
    pub fn as_entries(&self) -> Option<&BTreeMap<String, Value>> {
        if let Value::Map(entries) | Value::Object(entries) = self.plain() { Some(entries) } else { None }
    }

    /// Returns an attribute or map element: unknown if this is unknown, null if it is not there.
    pub fn get(&self, name: &str) -> &Value {
        if let Value::Unknown = self.plain() {
            return &UNKNOWN;
        }
        self.as_entries().and_then(|entries| entries.get(name)).unwrap_or(&NULL)
    }

    /// Returns the element of a list or tuple: unknown if this is unknown, null if it is not there.
    pub fn nth(&self, index: usize) -> &Value {
        if let Value::Unknown = self.plain() {
            return &UNKNOWN;
        }
        let in_order = !matches!(self.plain(), Value::Set(_));
        self.elements().get(index).filter(|_| in_order).unwrap_or(&NULL)
    }

    /// Returns what stands at the path, as [`Value::get`] and [`Value::nth`] do; elements of sets are not found.
    pub fn at(&self, path: &AttributePath) -> &Value {
        path.steps().iter().fold(self, |value, step| match step {
            Step::Attribute(name) | Step::Key(name) => value.get(name),
            Step::Index(index) => value.nth(*index),
            Step::Element(_) => &NULL,
        })
    }

    /// Puts an attribute or map element in place of what was there; anything but an object or a map stays as it is.
    pub fn set_entry(&mut self, name: impl Into<String>, value: Value) {
        if let Some(entries) = self.entries_mut() {
            entries.insert(name.into(), value);
        }
    }

    /// Returns the object or map with an attribute or element in place of what was there.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Value {
        self.set_entry(name, value.into());
        self
    }

    /// Returns the texts of a list, set or tuple of text, if this and all elements are known and not null.
    pub fn texts(&self) -> Option<Vec<&str>> {
        if let Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) = self.plain() {
            elements.iter().map(Value::as_str).collect()
        } else {
            None
        }
    }

    pub(super) fn entries_mut(&mut self) -> Option<&mut BTreeMap<String, Value>> {
        if let Value::Dynamic(typed) = self {
            return typed.1.entries_mut();
        }
        if let Value::Map(entries) | Value::Object(entries) = self { Some(entries) } else { None }
    }

    pub(super) fn elements_mut(&mut self) -> &mut [Value] {
        if let Value::Dynamic(typed) = self {
            return typed.1.elements_mut();
        }
        if let Value::List(elements) | Value::Set(elements) | Value::Tuple(elements) = self { elements } else { &mut [] }
    }

    /// Returns what kind of value this is, in words for a practitioner: `a string`, `a list`, `null`.
    pub fn kind(&self) -> &'static str {
        match self.plain() {
            Value::Null => "null",
            Value::Unknown => "an unknown value",
            Value::Bool(_) => "a bool",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Set(_) => "a set",
            Value::Map(_) => "a map",
            Value::Object(_) => "an object",
            Value::Tuple(_) => "a tuple",
            Value::Dynamic(_) => "a dynamic value",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::String(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Bool(truth)
    }
}

impl From<Number> for Value {
    fn from(number: Number) -> Value {
        Value::Number(number)
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Value {
        Value::Number(int.into())
    }
}

impl From<u16> for Value {
    fn from(int: u16) -> Value {
        Value::Number(i64::from(int).into())
    }
}

impl From<usize> for Value {
    fn from(int: usize) -> Value {
        Value::Number((int as u64).into())
    }
}

/// Nothing becomes null.
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}
