//! A value of any type, brought into the shape of a block.
//!
//! Terraform checks and converts what stands in a block; what is given to a function as an object it passes on as it came. So here names
//! and types are checked as in a block, and what Terraform would convert is converted: numbers to text, lists and tuples to sets.

use crate::plugin::{Attribute, Block, NestedBlock, Origin, Type, Value};
use crate::suggest;
use crate::topology::Fault;

/// Returns the value as the block would hold it; null is an empty block.
///
/// # Errors
/// The first name that the block does not have, attribute that is missing, or value of another type; `at` is the way to the value.
pub(super) fn shaped(value: &Value, block: &Block, at: &[&str]) -> Result<Value, Fault> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let Some(entries) = value.as_entries() else { return Err(wrong(at, value, "an object")) };
    let mut shaped = Vec::new();
    for (name, value) in entries {
        let way: Vec<&str> = at.iter().copied().chain([name.as_str()]).collect();
        let attribute = block.attributes().iter().find(|attribute| attribute.name() == name);
        let nested = block.nested_blocks().iter().find(|nested| nested.name() == name);
        let value = match (attribute, nested) {
            (Some(attribute), _) => converted(value, &attribute.shape().value_type(), &way)?,
            (None, Some(nested)) => elements(value, nested, &way)?,
            (None, None) => return Err(unknown(name, block, at)),
        };
        shaped.push((name.clone(), value));
    }
    let given = |attribute: &&Attribute| shaped.iter().any(|(name, value)| name == attribute.name() && !value.is_null());
    let required = block.attributes().iter().filter(|attribute| attribute.origin() == Origin::Required);
    if let Some(missing) = required.into_iter().find(|attribute| !given(attribute)) {
        return Err(fault(at, format!("`{}` is missing. {}", missing.name(), missing.markdown())));
    }
    Ok(Value::object(shaped))
}

/// Returns the blocks of a list.
fn elements(value: &Value, nested: &NestedBlock, at: &[&str]) -> Result<Value, Fault> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let is_list = matches!(value.plain(), Value::List(_) | Value::Set(_) | Value::Tuple(_));
    if !is_list {
        return Err(wrong(at, value, "a list of objects"));
    }
    let mut blocks = Vec::new();
    for (position, element) in value.elements().iter().enumerate().filter(|(_, element)| !element.is_null()) {
        let position = position.to_string();
        let way: Vec<&str> = at.iter().copied().chain([position.as_str()]).collect();
        blocks.push(shaped(element, nested.block(), &way)?);
    }
    Ok(Value::list(blocks))
}

fn converted(value: &Value, ty: &Type, at: &[&str]) -> Result<Value, Fault> {
    let inner = |name: &str, value: &Value, ty: &Type| converted(value, ty, &at.iter().copied().chain([name]).collect::<Vec<_>>());
    match (ty, value.plain()) {
        (_, Value::Null) => Ok(Value::Null),
        (Type::String, Value::String(text)) => Ok(Value::string(text)),
        (Type::String, Value::Number(number)) => Ok(Value::string(number.to_string())),
        (Type::String, Value::Bool(truth)) => Ok(Value::string(truth.to_string())),
        (Type::Set(ty), Value::List(elements) | Value::Set(elements) | Value::Tuple(elements)) => {
            let elements: Result<Vec<Value>, Fault> = elements.iter().map(|element| converted(element, ty, at)).collect();
            elements.map(Value::set)
        }
        (Type::Map(ty), Value::Map(entries) | Value::Object(entries)) => {
            let entries: Result<Vec<_>, Fault> = entries.iter().map(|(name, value)| Ok((name.clone(), inner(name, value, ty)?))).collect();
            entries.map(Value::map)
        }
        (Type::String, _) => Err(wrong(at, value, "a string")),
        (Type::Set(_), _) => Err(wrong(at, value, "a list or set of strings, such as [\"…\"]")),
        (Type::Map(ty), _) if **ty == Type::String => Err(wrong(at, value, "a map of strings")),
        (Type::Map(_), _) => Err(wrong(at, value, "a map of sets of strings")),
        (Type::Bool | Type::Number | Type::Dynamic | Type::List(_) | Type::Object(_) | Type::Tuple(_), _) => Ok(value.clone()),
    }
}

fn unknown(name: &str, block: &Block, at: &[&str]) -> Fault {
    let attributes = block.attributes().iter().map(Attribute::name);
    let names: Vec<&str> = attributes.chain(block.nested_blocks().iter().map(NestedBlock::name)).collect();
    let remedy = match suggest::nearest(name, names.iter().copied()) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => format!("Choose from: `{}`.", names.join("`, `")),
    };
    fault(at, format!("`{name}` is not known here. {remedy}"))
}

fn wrong(at: &[&str], value: &Value, wanted: &str) -> Fault {
    fault(at, format!("this is {}, and {wanted} is wanted.", value.kind()))
}

fn fault(at: &[&str], detail: String) -> Fault {
    Fault { at: at.iter().map(|step| (*step).to_owned()).collect(), summary: "Invalid argument", detail }
}
