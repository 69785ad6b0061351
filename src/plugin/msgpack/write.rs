//! From values to MessagePack.
//!
//! Promises: equal values of one type give equal bytes, sets sorted; a value that is not of the type is an error, never bytes that
//! Terraform would refuse.

use rmpv::Value as Wire;

use super::{CodecError, composed};
use crate::plugin::number::Number;
use crate::plugin::path::Step;
use crate::plugin::ty::Type;
use crate::plugin::value::Value;

/// Writes a value of type `ty`.
///
/// # Errors
/// When the value is not of that type: another kind of value, an object with too few or too many attributes.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let wire = write(value, ty)?;
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, &wire).map_err(|error| CodecError::new(error.to_string()))?;
    Ok(bytes)
}

fn write(value: &Value, ty: &Type) -> Result<Wire, CodecError> {
    if let Type::Dynamic = ty {
        return dynamic(value);
    }
    let refused = |wanted: &str| CodecError::new(format!("expected {wanted}, found {}", value.kind()));
    match (value.plain(), ty) {
        (Value::Null, _) => Ok(Wire::Nil),
        (Value::Unknown, _) => Ok(Wire::Ext(0, vec![0])),
        (Value::Bool(truth), Type::Bool) => Ok(Wire::Boolean(*truth)),
        (Value::String(text), Type::String) => Ok(Wire::from(composed(text))),
        (Value::Number(number), Type::Number) => Ok(self::number(number)),
        (Value::List(elements), Type::List(element)) => sequence(elements.iter(), element),
        (Value::Set(elements), Type::Set(element)) => {
            let mut sorted: Vec<&Value> = elements.iter().collect();
            sorted.sort();
            sorted.dedup_by(|left, right| left == right && left.is_wholly_known());
            sequence(sorted.into_iter(), element)
        }
        (Value::Map(entries), Type::Map(element)) => {
            let entry = |(name, value): (&String, &Value)| {
                Ok((Wire::from(composed(name)), write(value, element).map_err(|error| error.under(Step::Key(name.clone())))?))
            };
            entries.iter().map(entry).collect::<Result<_, _>>().map(Wire::Map)
        }
        (Value::Object(values), Type::Object(attributes)) => {
            if let Some(extra) = values.keys().find(|name| !attributes.contains_key(*name)) {
                return Err(CodecError::new(format!("attribute `{extra}` is not defined")));
            }
            let attribute = |(name, ty): (&String, &Type)| {
                let value = values.get(name).ok_or_else(|| CodecError::new(format!("attribute `{name}` is missing")))?;
                Ok((Wire::from(name.as_str()), write(value, ty).map_err(|error| error.under(Step::Attribute(name.clone())))?))
            };
            attributes.iter().map(attribute).collect::<Result<_, _>>().map(Wire::Map)
        }
        (Value::Tuple(values), Type::Tuple(types)) if values.len() == types.len() => {
            let parts = values.iter().zip(types).enumerate();
            parts
                .map(|(index, (value, ty))| write(value, ty).map_err(|error| error.under(Step::Index(index))))
                .collect::<Result<_, _>>()
                .map(Wire::Array)
        }
        (_, Type::Bool) => Err(refused("a bool")),
        (_, Type::String) => Err(refused("a string")),
        (_, Type::Number) => Err(refused("a number")),
        (_, Type::List(_)) => Err(refused("a list")),
        (_, Type::Set(_)) => Err(refused("a set")),
        (_, Type::Map(_)) => Err(refused("a map")),
        (_, Type::Object(_)) => Err(refused("an object")),
        (_, Type::Tuple(types)) => Err(refused(&format!("a tuple of {}", types.len()))),
        (_, Type::Dynamic) => dynamic(value),
    }
}

/// Writes a type and a value; null and unknown of unknown type stand bare.
fn dynamic(value: &Value) -> Result<Wire, CodecError> {
    let plain = value.plain();
    let carried = Type::of(value);
    let ty = if carried == Type::Dynamic { Type::of(plain) } else { carried };
    if ty == Type::Dynamic {
        return Ok(if plain.is_known() { Wire::Nil } else { Wire::Ext(0, vec![0]) });
    }
    let notation = Wire::Binary(ty.to_json().into_bytes());
    Ok(Wire::Array(vec![notation, write(plain, &ty)?]))
}

fn sequence<'a>(elements: impl Iterator<Item = &'a Value>, ty: &Type) -> Result<Wire, CodecError> {
    elements
        .enumerate()
        .map(|(index, element)| write(element, ty).map_err(|error| error.under(Step::Index(index))))
        .collect::<Result<_, _>>()
        .map(Wire::Array)
}

/// Writes an integer if it fits, a float if it is exact and not whole, else decimal text: what Terraform writes.
fn number(number: &Number) -> Wire {
    if let Some(int) = number.as_i64() {
        return Wire::from(int);
    }
    match number.as_exact_f64() {
        Some(float) if !number.is_whole() => Wire::F64(float),
        Some(_) | None => Wire::from(number.to_string()),
    }
}
