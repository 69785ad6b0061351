//! Terraform's types, and their JSON notation (`["map",["set","string"]]`).
//!
//! Promises: what is written is compact JSON with sorted attributes, which Terraform accepts as a schema's type; every type that
//! Terraform writes is read. Does not know values' encodings.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::value::Value;

/// A type of Terraform's type system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// An exact number.
    Number,
    /// Unicode text.
    String,
    /// Any type, known only with the value.
    Dynamic,
    /// A sequence of one type.
    List(Box<Type>),
    /// An unordered collection of one type without duplicates.
    Set(Box<Type>),
    /// Values of one type by name.
    Map(Box<Type>),
    /// Named attributes, each of its type.
    Object(BTreeMap<String, Type>),
    /// A sequence of fixed length, each element of its type.
    Tuple(Vec<Type>),
}

/// What was given is not the JSON notation of a type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a type in JSON notation: {0}")]
pub struct TypeError(String);

impl Type {
    /// Returns the type of lists of `element`.
    pub fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    /// Returns the type of sets of `element`.
    pub fn set(element: Type) -> Type {
        Type::Set(Box::new(element))
    }

    /// Returns the type of maps of `element`.
    pub fn map(element: Type) -> Type {
        Type::Map(Box::new(element))
    }

    /// Returns the type of objects with these attributes.
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Type {
        Type::Object(attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect())
    }

    /// Returns the JSON notation.
    pub fn to_json(&self) -> String {
        self.notation(&BTreeSet::new()).to_string()
    }

    /// Returns the JSON notation where attributes of these names may be missing in any object. Terraform takes it of what a function is
    /// given, and nowhere else; a missing attribute arrives as null.
    pub fn to_json_with_optional(&self, names: &BTreeSet<String>) -> String {
        self.notation(names).to_string()
    }

    fn notation(&self, optional: &BTreeSet<String>) -> serde_json::Value {
        let pair = |word: &str, of: serde_json::Value| serde_json::Value::Array(vec![word.into(), of]);
        match self {
            Type::Bool => "bool".into(),
            Type::Number => "number".into(),
            Type::String => "string".into(),
            Type::Dynamic => "dynamic".into(),
            Type::List(element) => pair("list", element.notation(optional)),
            Type::Set(element) => pair("set", element.notation(optional)),
            Type::Map(element) => pair("map", element.notation(optional)),
            Type::Object(attributes) => {
                let missing: Vec<&str> = attributes.keys().map(String::as_str).filter(|name| optional.contains(*name)).collect();
                let attributes: serde_json::Map<_, _> = attributes.iter().map(|(name, ty)| (name.clone(), ty.notation(optional))).collect();
                if missing.is_empty() { pair("object", attributes.into()) } else { json!(["object", attributes, missing]) }
            }
            Type::Tuple(elements) => pair("tuple", elements.iter().map(|ty| ty.notation(optional)).collect()),
        }
    }

    /// Reads the JSON notation; the list of optional attributes that an object may carry is passed over.
    ///
    /// # Errors
    /// When the text is no JSON or no type, or nests more than about a hundred types.
    pub fn from_json(text: &[u8]) -> Result<Type, TypeError> {
        let notation: serde_json::Value = serde_json::from_slice(text).map_err(|error| TypeError(error.to_string()))?;
        Type::from_notation(&notation)
    }

    /// Reads the JSON notation after JSON itself was read.
    ///
    /// # Errors
    /// When it is no type.
    pub fn from_notation(notation: &serde_json::Value) -> Result<Type, TypeError> {
        use serde_json::Value as Json;
        let refused = || TypeError(notation.to_string());
        match notation {
            Json::String(word) => match word.as_str() {
                "bool" => Ok(Type::Bool),
                "number" => Ok(Type::Number),
                "string" => Ok(Type::String),
                "dynamic" => Ok(Type::Dynamic),
                _ => Err(refused()),
            },
            Json::Array(parts) => match parts.as_slice() {
                [Json::String(word), element] if word == "list" => Ok(Type::list(Type::from_notation(element)?)),
                [Json::String(word), element] if word == "set" => Ok(Type::set(Type::from_notation(element)?)),
                [Json::String(word), element] if word == "map" => Ok(Type::map(Type::from_notation(element)?)),
                [Json::String(word), Json::Array(elements)] if word == "tuple" => {
                    elements.iter().map(Type::from_notation).collect::<Result<_, _>>().map(Type::Tuple)
                }
                [Json::String(word), Json::Object(attributes)] | [Json::String(word), Json::Object(attributes), Json::Array(_)]
                    if word == "object" =>
                {
                    let attribute = |(name, ty): (&String, &Json)| Type::from_notation(ty).map(|ty| (name.clone(), ty));
                    attributes.iter().map(attribute).collect::<Result<_, _>>().map(Type::Object)
                }
                _ => Err(refused()),
            },
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => Err(refused()),
        }
    }

    /// Returns the type that a value shows by itself: an empty collection has elements of type dynamic, null and unknown are dynamic.
    pub fn of(value: &Value) -> Type {
        let element = |elements: &[Value]| elements.first().map_or(Type::Dynamic, Type::of);
        match value {
            Value::Null | Value::Unknown => Type::Dynamic,
            Value::Bool(_) => Type::Bool,
            Value::Number(_) => Type::Number,
            Value::String(_) => Type::String,
            Value::List(elements) => Type::list(element(elements)),
            Value::Set(elements) => Type::set(element(elements)),
            Value::Map(elements) => Type::map(elements.values().next().map_or(Type::Dynamic, Type::of)),
            Value::Object(attributes) => Type::object(attributes.iter().map(|(name, value)| (name.clone(), Type::of(value)))),
            Value::Tuple(elements) => Type::Tuple(elements.iter().map(Type::of).collect()),
            Value::Dynamic(typed) => typed.0.clone(),
        }
    }
}
