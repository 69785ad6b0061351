//! The checks that Terraform makes of a provider's answers, made here first.
//!
//! Promises: what passes here passes Terraform's own checks of a plan against its configuration and of a result against its plan.
//! A sensitive value never appears in a text.

use crate::plugin::path::AttributePath;
use crate::plugin::schema::{Attribute, Block, BlockMode, Nested, NestedBlock, NestedMode, Shape};
use crate::plugin::validator;
use crate::plugin::value::Value;

/// One thing that Terraform would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Defect {
    pub(super) path: AttributePath,
    pub(super) text: String,
}

/// Returns what is wrong with a plan; `prior` is null for a creation.
pub(super) fn plan(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<Defect> {
    let mut defects = Vec::new();
    plan_block(block, prior, config, planned, &AttributePath::root(), &mut defects);
    defects
}

fn plan_block(block: &Block, prior: &Value, config: &Value, planned: &Value, path: &AttributePath, defects: &mut Vec<Defect>) {
    if let Some(text) = presence(config, planned) {
        return defect(defects, path, text);
    }
    if planned.is_null() {
        return;
    }
    plan_attributes(&block.attributes, prior, config, planned, path, defects);
    for nested in &block.blocks {
        let name = &nested.name;
        plan_blocks(nested, prior.get(name), config.get(name), planned.get(name), &path.attr(name), defects);
    }
}

fn plan_blocks(nested: &NestedBlock, prior: &Value, config: &Value, planned: &Value, path: &AttributePath, defects: &mut Vec<Defect>) {
    if planned == config {
        return;
    }
    if !config.is_known() {
        return defect(defects, path, "the configuration of these blocks is unknown, so the plan must be");
    }
    if !planned.is_known() {
        return defect(defects, path, "a block cannot be unknown itself, only its attributes");
    }
    match nested.mode {
        BlockMode::Single => plan_block(&nested.block, prior, config, planned, path, defects),
        BlockMode::List => {
            let (wanted, count) = (config.elements().len(), planned.elements().len());
            if wanted != count {
                return defect(defects, path, format!("{count} blocks are planned, {wanted} configured"));
            }
            for (index, (config, planned)) in config.elements().iter().zip(planned.elements()).enumerate() {
                let path = path.index(index);
                if planned.is_known() {
                    plan_block(&nested.block, prior.nth(index), config, planned, &path, defects);
                } else {
                    defect(defects, &path, "a block cannot be unknown itself, only its attributes");
                }
            }
        }
    }
}

fn plan_attributes(
    attributes: &[Attribute],
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &AttributePath,
    defects: &mut Vec<Defect>,
) {
    for attribute in attributes {
        let name = &attribute.name;
        plan_attribute(attribute, prior.get(name), config.get(name), planned.get(name), &path.attr(name), defects);
    }
}

fn plan_attribute(attribute: &Attribute, prior: &Value, config: &Value, planned: &Value, path: &AttributePath, defects: &mut Vec<Defect>) {
    let keeps_state = planned == prior && !prior.is_null() && !config.is_null();
    if planned == config || keeps_state {
        return;
    }
    if config.is_null() {
        if !attribute.origin.is_computed() {
            let shown = show(attribute, planned);
            defect(defects, path, format!("{shown} is planned, though it is not configured and the attribute is not computed"));
        }
        return;
    }
    if let Shape::Nested(nested) = &attribute.shape {
        return plan_nested(nested, prior, config, planned, path, defects);
    }
    let (shown, wanted) = (show(attribute, planned), show(attribute, config));
    defect(defects, path, format!("{shown} is planned, {wanted} configured"));
}

fn plan_nested(nested: &Nested, prior: &Value, config: &Value, planned: &Value, path: &AttributePath, defects: &mut Vec<Defect>) {
    if let Some(text) = presence(config, planned) {
        return defect(defects, path, text);
    }
    if !config.is_known() {
        return defect(defects, path, "something known is planned, though the configuration is unknown");
    }
    if !planned.is_known() {
        return defect(defects, path, "unknown is planned, though the configuration is known");
    }
    let mut object = |prior: &Value, config: &Value, planned: &Value, path: &AttributePath| {
        if let Some(text) = presence(config, planned) {
            defect(defects, path, text);
        } else if config.is_known() != planned.is_known() {
            defect(defects, path, "the plan is unknown where the configuration is known, or the other way round");
        } else if !planned.is_null() && planned.is_known() {
            plan_attributes(&nested.attributes, prior, config, planned, path, defects);
        }
    };
    match nested.mode {
        NestedMode::Single => object(prior, config, planned, path),
        NestedMode::List => {
            let (wanted, count) = (config.elements().len(), planned.elements().len());
            if wanted != count {
                return defect(defects, path, format!("{count} elements are planned, {wanted} configured"));
            }
            for (index, (config, planned)) in config.elements().iter().zip(planned.elements()).enumerate() {
                object(prior.nth(index), config, planned, &path.index(index));
            }
        }
        NestedMode::Map => {
            let keys = |value: &Value| value.entries().map(|(key, _)| key.to_owned()).collect::<Vec<_>>();
            if keys(config) != keys(planned) {
                return defect(defects, path, "the plan has other keys than the configuration");
            }
            for (key, planned) in planned.entries() {
                object(prior.get(key), config.get(key), planned, &path.key(key));
            }
        }
        NestedMode::Set => {
            if planned.elements().len() > config.elements().len() {
                defect(defects, path, "the plan has more elements than the configuration");
            }
        }
    }
}

/// Says what is wrong if only one of the two is there.
fn presence(config: &Value, planned: &Value) -> Option<&'static str> {
    match (config.is_null(), planned.is_null()) {
        (false, true) => Some("nothing is planned, though something is configured"),
        (true, false) => Some("something is planned, though nothing is configured"),
        (true, true) | (false, false) => None,
    }
}

/// Returns what is wrong with the result of applying a plan.
pub(super) fn apply(block: &Block, planned: &Value, state: &Value) -> Vec<Defect> {
    let mut defects = Vec::new();
    let root = AttributePath::root();
    for attribute in &block.attributes {
        let name = &attribute.name;
        let open = !hides(attribute);
        compatible(planned.get(name), state.get(name), &root.attr(name), open, &mut defects);
    }
    for nested in &block.blocks {
        let name = &nested.name;
        compatible(planned.get(name), state.get(name), &root.attr(name), !block_hides(&nested.block), &mut defects);
    }
    defects
}

fn compatible(planned: &Value, state: &Value, path: &AttributePath, open: bool, defects: &mut Vec<Defect>) {
    if !planned.is_known() || !state.is_known() || planned == state {
        return; // what is left unknown is reported by `unknown`
    }
    match (planned.plain(), state.plain()) {
        (Value::List(before), Value::List(after)) | (Value::Tuple(before), Value::Tuple(after)) if before.len() == after.len() => {
            for (index, (before, after)) in before.iter().zip(after).enumerate() {
                compatible(before, after, &path.index(index), open, defects);
            }
        }
        (Value::Map(before), Value::Map(after)) | (Value::Object(before), Value::Object(after)) if before.keys().eq(after.keys()) => {
            let in_map = matches!(planned.plain(), Value::Map(_));
            for ((name, before), after) in before.iter().zip(after.values()) {
                let path = if in_map { path.key(name) } else { path.attr(name) };
                compatible(before, after, &path, open, defects);
            }
        }
        (Value::Set(before), Value::Set(after)) => {
            if planned.is_wholly_known() {
                return defect(defects, path, "the set has other elements than planned");
            }
            if after.len() > before.len() {
                defect(defects, path, "the set has more elements than planned");
            }
            let fits = |before: &Value, after: &Value| {
                let mut found = Vec::new();
                compatible(before, after, path, false, &mut found);
                found.is_empty()
            };
            if !before.iter().all(|before| after.iter().any(|after| fits(before, after)))
                || !after.iter().all(|after| before.iter().any(|before| fits(before, after)))
            {
                defect(defects, path, "the set has other elements than planned");
            }
        }
        (Value::List(before), Value::List(after)) => {
            defect(defects, path, format!("{} elements were planned, {} came back", before.len(), after.len()));
        }
        (Value::Map(before), Value::Map(after)) => {
            let came = after.keys().find(|key| !before.contains_key(*key)).map(|key| format!("element {key:?} came back unplanned"));
            let went = before.keys().find(|key| !after.contains_key(*key)).map(|key| format!("planned element {key:?} did not come back"));
            defect(defects, path, came.or(went).unwrap_or_default());
        }
        (before, after) if open => defect(defects, path, format!("{} was planned, {} came back", brief(before), brief(after))),
        (_, _) => defect(defects, path, "another value came back than was planned"),
    }
}

/// Returns the parts that are unknown, where nothing may be.
pub(super) fn unknown(value: &Value) -> Vec<Defect> {
    let mut defects = Vec::new();
    unknown_in(value, &AttributePath::root(), &mut defects);
    defects
}

fn unknown_in(value: &Value, path: &AttributePath, defects: &mut Vec<Defect>) {
    if !value.is_known() {
        return defect(defects, path, "the value is still unknown");
    }
    if let Value::Object(attributes) = value.plain() {
        attributes.iter().for_each(|(name, part)| unknown_in(part, &path.attr(name), defects));
    } else if !value.is_wholly_known() {
        validator::parts(value, path).iter().for_each(|(path, part)| unknown_in(part, path, defects));
    }
}

fn hides(attribute: &Attribute) -> bool {
    let inside = match &attribute.shape {
        Shape::Type(_) => false,
        Shape::Nested(nested) => nested.attributes.iter().any(hides),
    };
    attribute.sensitive || inside
}

fn block_hides(block: &Block) -> bool {
    block.attributes.iter().any(hides) || block.blocks.iter().any(|nested| block_hides(&nested.block))
}

fn show(attribute: &Attribute, value: &Value) -> String {
    if hides(attribute) { "another value (sensitive)".to_owned() } else { brief(value) }
}

/// Returns a value in a few words: short text and numbers as they are, everything else by its kind.
fn brief(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        let short: String = text.chars().take(80).collect();
        let more = if short.len() < text.len() { "…" } else { "" };
        return format!("{short:?}{more}");
    }
    if let Some(number) = value.as_number() {
        return number.to_string();
    }
    value.as_bool().map_or_else(|| value.kind().to_owned(), |truth| truth.to_string())
}

fn defect(defects: &mut Vec<Defect>, path: &AttributePath, text: impl Into<String>) {
    defects.push(Defect { path: path.clone(), text: text.into() });
}
