//! Import by a JSON id that holds what the configuration will say; the rules are then found by reading.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::plugin::{AttributePath, Block, BlockMode, Diagnostic, Diagnostics, Origin, StateResponse, Type, Value, json};
use crate::suggest;

/// What the state gets when the id does not say it, as the configuration's defaults would.
const DEFAULTS: [(&str, &str); 2] = [("release", "6.6"), ("on_foreign", "report")];

/// Returns the state of an import that reading completes, if `validate` finds nothing wrong with it; `ids` as of [`state`].
pub(super) fn response(id: &str, block: &Block, ids: &str, validate: impl FnOnce(&Value) -> Diagnostics) -> StateResponse {
    let state = match state(id, block, ids) {
        Ok(state) => state,
        Err(errors) => return StateResponse::failed(errors),
    };
    let wrong = validate(&state);
    if wrong.has_errors() { StateResponse::failed(wrong) } else { StateResponse::state(state) }
}

/// Turns an import id into a state that reading completes; `ids` is how ids of groups begin, which alone are not enough.
///
/// # Errors
/// When it is not the JSON of `name`, `placements` and what else the configuration has.
pub(super) fn state(id: &str, block: &Block, ids: &str) -> Result<Value, Diagnostics> {
    let hint = "Give the configuration itself as JSON, best with `jsonencode` in an import block:\n\n  id = jsonencode({ name = \"emc-prod\", placements = local.placements })\n\nAdd `policy` and other arguments that the configuration has.";
    let wrong = |what: String| Diagnostics::from(Diagnostic::error("Invalid import id", format!("{what} {hint}")));
    let looks_like_ids = id.trim_start().starts_with(ids);
    if looks_like_ids {
        return Err(wrong("Group ids alone do not say which rules are wanted.".to_owned()));
    }
    let given: Json = serde_json::from_str(id).map_err(|error| wrong(format!("The id is not JSON: {error}.")))?;
    let Some(given) = given.as_object() else { return Err(wrong("The id is not a JSON object.".to_owned())) };
    let arguments = arguments(block);
    if let Some(stranger) = stranger(&AttributePath::root(), given, &arguments) {
        return Err(Diagnostic::error("Invalid import id", stranger).into());
    }
    let mut state = block.blank();
    for (name, value) in given {
        let Some(ty) = arguments.get(name) else { continue };
        let mut value = json::decode(value, ty).map_err(|error| wrong(format!("`{name}` in the id: {error}.")))?;
        let nested = block.nested_blocks().iter().find(|nested| nested.name() == name);
        for inner in nested.iter().flat_map(|nested| nested.block().nested_blocks()) {
            if inner.mode() == BlockMode::List && value.get(inner.name()).is_null() {
                value.set_entry(inner.name(), Value::list([]));
            }
        }
        state.set_entry(name, value);
    }
    for name in ["name", "placements"] {
        if state.get(name).is_null() {
            return Err(wrong(format!("The id does not say `{name}`.")));
        }
    }
    for (name, default) in DEFAULTS {
        if state.get(name).is_null() {
            state.set_entry(name, Value::string(default));
        }
    }
    Ok(state)
}

/// Returns what a configuration can say, and of which type each of it is.
fn arguments(block: &Block) -> BTreeMap<String, Type> {
    let written = block.attributes().iter().filter(|attribute| attribute.origin() != Origin::Computed);
    let attributes = written.map(|attribute| (attribute.name().to_owned(), attribute.shape().value_type()));
    let blocks = block.nested_blocks().iter().map(|nested| {
        let one = nested.block().object_type();
        (nested.name().to_owned(), if nested.mode() == BlockMode::List { Type::list(one) } else { one })
    });
    attributes.chain(blocks).collect()
}

/// Says which name in the id no argument has, wherever it stands: Terraform checks what is inside a configuration, and not inside an id.
fn stranger(at: &AttributePath, given: &Map<String, Json>, known: &BTreeMap<String, Type>) -> Option<String> {
    given.iter().find_map(|(name, value)| match known.get(name) {
        Some(ty) => stranger_within(&at.attr(name), value, ty),
        None => {
            let names = known.keys().map(String::as_str);
            let hint = match suggest::nearest(name, names.clone()) {
                Some(nearest) => format!("Did you mean `{nearest}`?"),
                None => format!("Those that can stand there are {}.", told(names)),
            };
            Some(format!("`{}` in the id is not an argument of this resource. {hint}", at.attr(name)))
        }
    })
}

fn stranger_within(at: &AttributePath, given: &Json, ty: &Type) -> Option<String> {
    match (ty, given) {
        (Type::Object(known), Json::Object(given)) => stranger(at, given, known),
        (Type::Map(ty), Json::Object(given)) => given.iter().find_map(|(key, value)| stranger_within(&at.key(key), value, ty)),
        (Type::List(ty) | Type::Set(ty), Json::Array(given)) => {
            given.iter().enumerate().find_map(|(index, value)| stranger_within(&at.index(index), value, ty))
        }
        // What is of another type is refused as that.
        _ => None,
    }
}

/// Returns names as a sentence lists them.
fn told<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
