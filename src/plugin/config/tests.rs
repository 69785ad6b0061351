//! Configurations against their schema.

use super::*;
use crate::plugin::schema::Nested;
use crate::plugin::ty::Type;

fn refuse(text: &str) -> Result<(), String> {
    Err(format!("`{text}` is refused"))
}

fn block() -> Block {
    let object = || [Attribute::required("name", Type::String), Attribute::optional("bad", Type::String).validate(validator::text(refuse))];
    Block::new([
        Attribute::optional("map", Nested::map(object())),
        Attribute::optional("set", Nested::set(object())),
        Attribute::optional("list", Nested::list(object())),
        Attribute::optional("one", Nested::single(object())),
        Attribute::computed("id", Type::String),
    ])
    .blocks([
        NestedBlock::single("policy", Block::new(object())),
        NestedBlock::list("extra", Block::new(object())).at_most(2),
        NestedBlock::single("must", Block::new([])).required(),
    ])
}

fn found(config: Value) -> Vec<String> {
    let show = |found: &Diagnostic| {
        let path = found.path().map_or_else(|| "-".to_owned(), ToString::to_string);
        format!("{path}: {}: {}", found.summary(), found.detail())
    };
    validate(&block(), &config).iter().map(show).collect()
}

fn blank() -> Value {
    block().blank().with("must", Value::object::<&str>([]))
}

fn object(name: impl Into<Value>, bad: impl Into<Value>) -> Value {
    Value::object([("name", name.into()), ("bad", bad.into())])
}

#[test]
fn what_is_right_or_unknown_passes() {
    assert_eq!(found(blank()), Vec::<String>::new());
    let unknown = object(Value::Unknown, Value::Unknown);
    let config = blank()
        .with("map", Value::map([("a", unknown.clone()), ("b", Value::Unknown), ("c", Value::Null)]))
        .with("set", Value::Unknown)
        .with("list", Value::list([Value::Unknown, Value::Null]))
        .with("policy", unknown.clone())
        .with("extra", Value::list([unknown, Value::Unknown]));
    assert_eq!(found(config), Vec::<String>::new());
    assert_eq!(found(blank().with("extra", Value::Unknown).with("policy", Value::Unknown)), Vec::<String>::new());
}

#[test]
fn every_mistake_is_found_at_its_place() {
    let wrong = || object(Value::Null, "x");
    let config = blank()
        .with("map", Value::map([("k", wrong())]))
        .with("set", Value::set([wrong()]))
        .with("list", Value::list([object("n", Value::Null), wrong()]))
        .with("one", wrong())
        .with("id", Value::Unknown)
        .with("policy", wrong())
        .with("extra", Value::list([object("n", Value::Null), wrong()]));
    let both = |place: &str, shown: &str| {
        [
            format!("{place}.name: Missing required argument: `{shown}.name` must be set and must not be null."),
            format!("{place}.bad: Invalid value: {shown}.bad: `x` is refused."),
        ]
    };
    let mut expected = Vec::new();
    // Terraform finds no line beneath the key of a map, so the path ends there.
    expected.extend(both("map[\"k\"]", "map[\"k\"]").map(|text| text.replacen("].name: ", "]: ", 1).replacen("].bad: ", "]: ", 1)));
    expected.push("set: Missing required argument: `set element \"an object\".name` must be set and must not be null.".to_owned());
    expected.push("set: Invalid value: set element \"an object\".bad: `x` is refused.".to_owned());
    expected.extend(both("list[1]", "list[1]"));
    expected.extend(both("one", "one"));
    expected.push("id: Read-only attribute: `id` is set by the provider and cannot be set in the configuration; remove it.".to_owned());
    expected.extend(both("policy", "policy"));
    expected.extend(both("extra[1]", "extra[1]"));
    assert_eq!(found(config), expected);
}

#[test]
fn blocks_are_counted() {
    let extra = object("n", Value::Null);
    let config = block().blank().with("extra", Value::list([extra.clone(), extra.clone(), extra]));
    assert_eq!(
        found(config),
        ["extra: Too many blocks: At most 2 `extra` blocks are allowed; there are 3.", "must: Missing block: A block `must` is required.",]
    );
}
