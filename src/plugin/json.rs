//! Values as JSON: the form of a state file, which upgrading a state reads.
//!
//! Promises: numbers of any precision come through exactly; attributes that the type does not have are passed over and missing
//! ones are null, as Terraform wants it of a state at its own version. Does not know MessagePack.

#[cfg(test)]
mod tests;

use serde_json::Value as Json;

use super::msgpack::{CodecError, composed};
use super::path::Step;
use super::ty::Type;
use super::value::Value;

/// Reads a value of type `ty`.
///
/// # Errors
/// When the JSON is not of that type.
pub fn decode(json: &Json, ty: &Type) -> Result<Value, CodecError> {
    let refused = |wanted: &str| CodecError::new(format!("expected {wanted}, found {}", kind(json)));
    let element = |(index, json): (usize, &Json), ty: &Type| decode(json, ty).map_err(|error| error.under(Step::Index(index)));
    let elements = |parts: &[Json], ty: &Type| parts.iter().enumerate().map(|part| element(part, ty)).collect::<Result<Vec<_>, _>>();
    match (ty, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Type::Bool, Json::Bool(truth)) => Ok(Value::Bool(*truth)),
        (Type::Bool, _) => Err(refused("a bool")),
        (Type::String, Json::String(text)) => Ok(Value::String(composed(text))),
        (Type::String, _) => Err(refused("a string")),
        (Type::Number, Json::Number(number)) => number_of(&number.to_string()),
        (Type::Number, Json::String(text)) => number_of(text),
        (Type::Number, _) => Err(refused("a number")),
        (Type::List(ty), Json::Array(parts)) => elements(parts, ty).map(Value::List),
        (Type::List(_), _) => Err(refused("a list")),
        (Type::Set(ty), Json::Array(parts)) => elements(parts, ty).map(Value::Set),
        (Type::Set(_), _) => Err(refused("a set")),
        (Type::Tuple(types), Json::Array(parts)) if parts.len() == types.len() => {
            let parts = parts.iter().enumerate().zip(types);
            parts.map(|(part, ty)| element(part, ty)).collect::<Result<_, _>>().map(Value::Tuple)
        }
        (Type::Tuple(types), _) => Err(refused(&format!("a tuple of {}", types.len()))),
        (Type::Map(ty), Json::Object(entries)) => {
            let entry = |(name, json): (&String, &Json)| match decode(json, ty) {
                Ok(value) => Ok((composed(name), value)),
                Err(error) => Err(error.under(Step::Key(name.clone()))),
            };
            entries.iter().map(entry).collect::<Result<_, _>>().map(Value::Map)
        }
        (Type::Map(_), _) => Err(refused("a map")),
        (Type::Object(attributes), Json::Object(entries)) => {
            let attribute = |(name, ty): (&String, &Type)| match decode(entries.get(name).unwrap_or(&Json::Null), ty) {
                Ok(value) => Ok((name.clone(), value)),
                Err(error) => Err(error.under(Step::Attribute(name.clone()))),
            };
            attributes.iter().map(attribute).collect::<Result<_, _>>().map(Value::Object)
        }
        (Type::Object(_), _) => Err(refused("an object")),
        (Type::Dynamic, Json::Object(pair)) => match (pair.get("type"), pair.get("value")) {
            (Some(notation), Some(json)) => {
                let ty = Type::from_notation(notation).map_err(|error| CodecError::new(error.to_string()))?;
                let value = decode(json, &ty)?;
                Ok(Value::Dynamic(Box::new((ty, value))))
            }
            (Some(_) | None, Some(_) | None) => Err(refused("a type and a value")),
        },
        (Type::Dynamic, _) => Err(refused("a type and a value")),
    }
}

/// Writes a value of type `ty`.
///
/// # Errors
/// When the value is not of that type, or not wholly known, which JSON cannot say.
pub fn encode(value: &Value, ty: &Type) -> Result<Json, CodecError> {
    let refused = || CodecError::new(format!("{} does not fit the type {}", value.kind(), ty.to_json()));
    let element = |(index, value): (usize, &Value), ty: &Type| encode(value, ty).map_err(|error| error.under(Step::Index(index)));
    match (value.plain(), ty) {
        (Value::Null, _) => Ok(Json::Null),
        (Value::Unknown, _) => Err(CodecError::new("an unknown value, which JSON does not have")),
        (plain, Type::Dynamic) => {
            let carried = Type::of(value);
            let ty = if carried == Type::Dynamic { Type::of(plain) } else { carried };
            let notation: Json = serde_json::from_str(&ty.to_json()).map_err(|error| CodecError::new(error.to_string()))?;
            Ok(Json::Object([("type".to_owned(), notation), ("value".to_owned(), encode(plain, &ty)?)].into_iter().collect()))
        }
        (Value::Bool(truth), Type::Bool) => Ok(Json::Bool(*truth)),
        (Value::String(text), Type::String) => Ok(Json::String(text.clone())),
        (Value::Number(number), Type::Number) => {
            let text = number.to_string();
            text.parse().map(Json::Number).map_err(|_| CodecError::new("an infinite number, which JSON does not have"))
        }
        (Value::List(elements), Type::List(ty)) | (Value::Set(elements), Type::Set(ty)) => {
            elements.iter().enumerate().map(|part| element(part, ty)).collect::<Result<_, _>>().map(Json::Array)
        }
        (Value::Tuple(elements), Type::Tuple(types)) if elements.len() == types.len() => {
            let parts = elements.iter().enumerate().zip(types);
            parts.map(|(part, ty)| element(part, ty)).collect::<Result<_, _>>().map(Json::Array)
        }
        (Value::Map(entries), Type::Map(ty)) => {
            let entry = |(name, value): (&String, &Value)| match encode(value, ty) {
                Ok(json) => Ok((name.clone(), json)),
                Err(error) => Err(error.under(Step::Key(name.clone()))),
            };
            entries.iter().map(entry).collect::<Result<_, _>>().map(Json::Object)
        }
        (Value::Object(values), Type::Object(attributes)) => {
            let attribute = |(name, ty): (&String, &Type)| match encode(values.get(name).unwrap_or(&Value::Null), ty) {
                Ok(json) => Ok((name.clone(), json)),
                Err(error) => Err(error.under(Step::Attribute(name.clone()))),
            };
            attributes.iter().map(attribute).collect::<Result<_, _>>().map(Json::Object)
        }
        (
            Value::Bool(_)
            | Value::String(_)
            | Value::Number(_)
            | Value::List(_)
            | Value::Set(_)
            | Value::Tuple(_)
            | Value::Map(_)
            | Value::Object(_)
            | Value::Dynamic(_),
            _,
        ) => Err(refused()),
    }
}

fn number_of(text: &str) -> Result<Value, CodecError> {
    text.parse().map(Value::Number).map_err(|error| CodecError::new(format!("{error}")))
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}
