//! From MessagePack to values.
//!
//! Promises: never panics and never recurses deeper than the limit, whatever the bytes; text and names come out in composed form.

use std::collections::BTreeMap;

use rmpv::{Utf8StringRef, ValueRef};

use super::{CodecError, DEPTH, composed};
use crate::plugin::number::Number;
use crate::plugin::path::Step;
use crate::plugin::ty::Type;
use crate::plugin::value::Value;

/// Reads a value of type `ty`.
///
/// # Errors
/// When the bytes are not exactly one value of that type: bad UTF-8, missing or undefined attributes, bytes after the end, too deep.
pub fn decode(mut bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    let wire = rmpv::decode::read_value_ref_with_max_depth(&mut bytes, DEPTH)
        .map_err(|error| CodecError::new(format!("broken MessagePack: {error}")))?;
    if !bytes.is_empty() {
        return Err(CodecError::new(format!("{} bytes after the end of the value", bytes.len())));
    }
    read(&wire, ty)
}

fn read(wire: &ValueRef<'_>, ty: &Type) -> Result<Value, CodecError> {
    let refused = |wanted: &str| CodecError::new(format!("expected {wanted}, found {}", kind(wire)));
    match (ty, wire) {
        (_, ValueRef::Nil) => Ok(Value::Null),
        (_, ValueRef::Ext(..)) => Ok(Value::Unknown), // plain or refined
        (Type::Bool, ValueRef::Boolean(truth)) => Ok(Value::Bool(*truth)),
        (Type::Bool, _) => Err(refused("a bool")),
        (Type::String, ValueRef::String(text)) => text_of(text).map(Value::String),
        (Type::String, _) => Err(refused("a string")),
        (Type::Number, _) => number(wire)?.map(Value::Number).ok_or_else(|| refused("a number")),
        (Type::List(element), ValueRef::Array(parts)) => elements(parts, |_| Some(element)).map(Value::List),
        (Type::List(_), _) => Err(refused("a list")),
        (Type::Set(element), ValueRef::Array(parts)) => elements(parts, |_| Some(element)).map(Value::Set),
        (Type::Set(_), _) => Err(refused("a set")),
        (Type::Tuple(types), ValueRef::Array(parts)) if parts.len() == types.len() => {
            elements(parts, |index| types.get(index)).map(Value::Tuple)
        }
        (Type::Tuple(types), _) => Err(refused(&format!("a tuple of {}", types.len()))),
        (Type::Map(element), ValueRef::Map(entries)) => {
            named(entries, |name| Some((&**element, Step::Key(name.to_owned())))).map(Value::Map)
        }
        (Type::Map(_), _) => Err(refused("a map")),
        (Type::Object(attributes), ValueRef::Map(entries)) => {
            let object = named(entries, |name| attributes.get(name).map(|ty| (ty, Step::Attribute(name.to_owned()))))?;
            match attributes.keys().find(|name| !object.contains_key(*name)) {
                Some(missing) => Err(CodecError::new(format!("attribute `{missing}` is missing"))),
                None => Ok(Value::Object(object)),
            }
        }
        (Type::Object(_), _) => Err(refused("an object")),
        (Type::Dynamic, ValueRef::Array(pair)) => {
            let [ValueRef::Binary(notation), inner] = pair.as_slice() else {
                return Err(refused("a type and a value"));
            };
            let ty = Type::from_json(notation).map_err(|error| CodecError::new(error.to_string()))?;
            let value = read(inner, &ty)?;
            Ok(Value::Dynamic(Box::new((ty, value))))
        }
        (Type::Dynamic, _) => Err(refused("a type and a value")),
    }
}

fn number(wire: &ValueRef<'_>) -> Result<Option<Number>, CodecError> {
    let number = if let ValueRef::Integer(integer) = wire {
        match (integer.as_i64(), integer.as_u64()) {
            (Some(int), _) => Ok(Number::from(int)),
            (None, Some(int)) => Ok(Number::from(int)),
            (None, None) => return Ok(None),
        }
    } else if let ValueRef::F32(float) = wire {
        Number::try_from(f64::from(*float))
    } else if let ValueRef::F64(float) = wire {
        Number::try_from(*float)
    } else if let ValueRef::String(text) = wire {
        text_of(text)?.parse()
    } else {
        return Ok(None);
    };
    number.map(Some).map_err(|error| CodecError::new(error.to_string()))
}

fn elements<'t>(parts: &[ValueRef<'_>], ty: impl Fn(usize) -> Option<&'t Type>) -> Result<Vec<Value>, CodecError> {
    let element = |(index, part): (usize, &ValueRef<'_>)| {
        read(part, ty(index).unwrap_or(&Type::Dynamic)).map_err(|error| error.under(Step::Index(index)))
    };
    parts.iter().enumerate().map(element).collect()
}

fn named<'t>(
    entries: &[(ValueRef<'_>, ValueRef<'_>)],
    step: impl Fn(&str) -> Option<(&'t Type, Step)>,
) -> Result<BTreeMap<String, Value>, CodecError> {
    let mut read_so_far = BTreeMap::new();
    for (name, part) in entries {
        let ValueRef::String(name) = name else {
            return Err(CodecError::new(format!("expected a string as name, found {}", kind(name))));
        };
        let name = text_of(name)?;
        let (ty, place) = step(&name).ok_or_else(|| CodecError::new(format!("attribute `{name}` is not defined")))?;
        let value = match read(part, ty) {
            Ok(value) => value,
            Err(error) => return Err(error.under(place)),
        };
        if read_so_far.insert(name, value).is_some() {
            return Err(CodecError::new("given twice").under(place));
        }
    }
    Ok(read_so_far)
}

fn text_of(text: &Utf8StringRef<'_>) -> Result<String, CodecError> {
    text.as_str().map(composed).ok_or_else(|| CodecError::new("text that is not UTF-8"))
}

fn kind(wire: &ValueRef<'_>) -> &'static str {
    match wire {
        ValueRef::Nil => "null",
        ValueRef::Boolean(_) => "a bool",
        ValueRef::Integer(_) | ValueRef::F32(_) | ValueRef::F64(_) => "a number",
        ValueRef::String(_) => "a string",
        ValueRef::Binary(_) => "bytes",
        ValueRef::Array(_) => "a sequence",
        ValueRef::Map(_) => "a map",
        ValueRef::Ext(..) => "an unknown value",
    }
}
