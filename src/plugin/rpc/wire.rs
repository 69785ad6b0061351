//! Values in the protocol's envelope.
//!
//! Promises: what comes is read as MessagePack or, failing that, JSON, and nothing at all is null; what goes is MessagePack.

use crate::plugin::diagnostic::{Diagnostic, Diagnostics};
use crate::plugin::msgpack::CodecError;
use crate::plugin::proto::tfplugin6::DynamicValue;
use crate::plugin::schema::Schema;
use crate::plugin::ty::Type;
use crate::plugin::value::Value;
use crate::plugin::{json, msgpack};

/// Reads a value; what is missing is null.
pub(super) fn decode(value: Option<DynamicValue>, ty: &Type) -> Result<Value, CodecError> {
    let DynamicValue { msgpack, json } = value.unwrap_or_default();
    if !msgpack.is_empty() {
        return msgpack::decode(&msgpack, ty);
    }
    if json.is_empty() {
        return Ok(Value::Null);
    }
    json::decode(&parse(&json)?, ty)
}

pub(super) fn parse(text: &[u8]) -> Result<serde_json::Value, CodecError> {
    serde_json::from_slice(text).map_err(|error| CodecError { path: Default::default(), problem: format!("broken JSON: {error}") })
}

/// Reads a value that came from Terraform, `what` saying which.
pub(super) fn read(value: Option<DynamicValue>, ty: &Type, what: &str) -> Result<Value, Diagnostics> {
    decode(value, ty).map_err(|error| unreadable(what, &error))
}

/// Reads an object or nothing.
pub(super) fn read_object(value: Option<DynamicValue>, ty: &Type, what: &str) -> Result<Option<Value>, Diagnostics> {
    let value = read(value, ty, what)?;
    if !value.is_known() {
        return Err(Diagnostic::error("Unreadable request", format!("The {what} that Terraform sent is unknown as a whole.")).into());
    }
    Ok(Some(value).filter(|value| !value.is_null()))
}

/// Reads a configuration; nothing stands for one in which nothing is set.
pub(super) fn read_config(value: Option<DynamicValue>, schema: &Schema, ty: &Type) -> Result<Value, Diagnostics> {
    Ok(read_object(value, ty, "configuration")?.unwrap_or_else(|| schema.block.blank()))
}

/// Writes an object, or null for none.
pub(super) fn write(value: Option<&Value>, ty: &Type) -> Result<DynamicValue, CodecError> {
    let msgpack = msgpack::encode(value.unwrap_or(&Value::Null), ty)?;
    Ok(DynamicValue { msgpack, json: Vec::new() })
}

pub(super) fn unreadable(what: &str, error: &CodecError) -> Diagnostics {
    let detail = format!(
        "The {what} that Terraform sent does not fit the schema of the provider: {error}. \
         If Terraform and the provider were not changed while they ran, please report it."
    );
    Diagnostic::error("Unreadable request", detail).at(&error.path).into()
}

pub(super) fn unwritable(what: &str, error: &CodecError) -> Diagnostic {
    let detail = format!(
        "The {what} that the provider made does not fit its schema: {error}. \
         This is a bug in the provider, not in the configuration: please report it."
    );
    Diagnostic::error("Bug in the provider", detail).at(&error.path)
}
