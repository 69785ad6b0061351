//! Import by a JSON id that holds what the configuration will say; the rules are then found by reading.

use crate::plugin::{Block, BlockMode, Diagnostic, Diagnostics, Origin, StateResponse, Value, json};

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
    let given: serde_json::Value = serde_json::from_str(id).map_err(|error| wrong(format!("The id is not JSON: {error}.")))?;
    let Some(given) = given.as_object() else { return Err(wrong("The id is not a JSON object.".to_owned())) };
    let mut state = block.blank();
    for (name, value) in given {
        let attribute = block.attributes().iter().find(|attribute| attribute.name() == name && attribute.origin() != Origin::Computed);
        let ty = match attribute {
            Some(attribute) => attribute.shape().value_type(),
            None => match block.nested_blocks().iter().find(|nested| nested.name() == name) {
                Some(nested) => nested.block().object_type(),
                None => return Err(wrong(format!("`{name}` in the id is no argument of this resource."))),
            },
        };
        let mut value = json::decode(value, &ty).map_err(|error| wrong(format!("`{name}` in the id: {error}.")))?;
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
