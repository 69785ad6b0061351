//! Plan, apply and read in the order that core expects.

use proptest::prelude::*;

use super::*;
use crate::plugin::schema::{Attribute, Block, Nested, NestedBlock};
use crate::plugin::ty::Type;

mod handlers;
mod terraform;

/// Attributes of every origin, at every depth.
fn attributes() -> Vec<Attribute> {
    vec![
        Attribute::required("name", Type::String),
        Attribute::optional("note", Type::String),
        Attribute::optional("level", Type::String).default("low"),
        Attribute::computed("id", Type::String),
        Attribute::optional_computed("size", Type::Number),
    ]
}

fn schema() -> Schema {
    let mut root = attributes();
    root.extend([
        Attribute::optional("zone", Type::String).requires_replace(),
        Attribute::optional("map", Nested::map(attributes())),
        Attribute::optional("list", Nested::list(attributes())),
        Attribute::optional("one", Nested::single(attributes())),
        Attribute::optional("tags", Type::set(Type::String)),
        Attribute::computed("lines", Type::map(Type::String)),
        Attribute::optional("secret", Type::String).sensitive(),
    ]);
    Schema::new(
        Block::new(root)
            .blocks([NestedBlock::single("policy", Block::new(attributes())), NestedBlock::list("extra", Block::new(attributes()))]),
    )
}

fn part(name: &str) -> Value {
    Value::object([("name", name.into()), ("note", Value::Null), ("level", Value::Null), ("id", Value::Null), ("size", Value::Null)])
}

fn config() -> Value {
    schema().block.blank().with("name", "n")
}

fn proposed(config: &Value, prior: Option<&Value>) -> Value {
    let proposed = terraform::proposed_new(&schema().block, prior.unwrap_or(&Value::Null), config);
    prepare::propose(&schema().block, config, prior, proposed)
}

#[test]
fn the_test_schema_is_correct() {
    assert_eq!(schema().lint(), []);
}

#[test]
fn a_creation_has_defaults_and_unknown_marks_at_every_depth() {
    let config = config()
        .with("map", Value::map([("k", part("m"))]))
        .with("list", Value::list([part("l").with("level", "high").with("size", 3_i64)]))
        .with("one", part("o"))
        .with("policy", part("p"))
        .with("extra", Value::list([part("e")]));
    let planned = proposed(&config, None);
    let marked = |name: &str| part(name).with("level", "low").with("id", Value::Unknown).with("size", Value::Unknown);
    let expected = config
        .clone()
        .with("level", "low")
        .with("id", Value::Unknown)
        .with("size", Value::Unknown)
        .with("lines", Value::Unknown)
        .with("map", Value::map([("k", marked("m"))]))
        .with("list", Value::list([marked("l").with("level", "high").with("size", 3_i64)]))
        .with("one", marked("o"))
        .with("policy", marked("p"))
        .with("extra", Value::list([marked("e")]));
    assert_eq!(planned, expected);
    assert_eq!(check::plan(&schema().block, &Value::Null, &config, &planned), []);
}

/// What an applied creation leaves.
fn state() -> Value {
    let done = |name: &str| part(name).with("level", "low").with("id", "i").with("size", 1_i64);
    config()
        .with("level", "low")
        .with("id", "i")
        .with("size", 1_i64)
        .with("lines", Value::map([("l", "line".into())]))
        .with("map", Value::map([("k", done("m"))]))
}

#[test]
fn nothing_changes_where_nothing_differs() {
    let config = config().with("map", Value::map([("k", part("m"))]));
    assert_eq!(proposed(&config, Some(&state())), state());
}

#[test]
fn one_difference_makes_all_that_is_computed_unknown() {
    let config = config().with("map", Value::map([("k", part("other"))]));
    let planned = proposed(&config, Some(&state()));
    for path in ["id", "size", "lines"] {
        assert!(!planned.get(path).is_known(), "{path}");
    }
    assert_eq!(planned.get("level").as_str(), Some("low"), "a default is not computed anew");
    assert!(!planned.get("map").get("k").get("id").is_known());
    assert_eq!(check::plan(&schema().block, &state(), &config, &planned), []);
    let unset = self::config().with("level", Value::Null).with("map", Value::map([("k", part("m"))]));
    let prior = state().with("level", "high");
    assert_eq!(proposed(&unset, Some(&prior)).get("level").as_str(), Some("low"), "a removed value falls back to the default");
}

#[test]
fn replacement_follows_the_schema() {
    let mut paths = BTreeSet::new();
    let block = Block::new([
        Attribute::optional("zone", Type::String).requires_replace(),
        Attribute::optional("map", Nested::map([Attribute::optional("kind", Type::String).requires_replace()])),
    ])
    .blocks([NestedBlock::list("extra", Block::new([Attribute::optional("kind", Type::String).requires_replace()]))]);
    let kind = |kind: &str| Value::object([("kind", kind.into())]);
    let value = |zone: Value, map: &str, extra: &str| {
        Value::object([("zone", zone), ("map", Value::map([("k", kind(map))])), ("extra", Value::list([kind(extra)]))])
    };
    prepare::replacing(&block, &value("a".into(), "x", "y"), &value("a".into(), "x", "y"), &mut paths);
    assert!(paths.is_empty());
    prepare::replacing(&block, &value("a".into(), "x", "y"), &value(Value::Unknown, "z", "z"), &mut paths);
    let shown: Vec<String> = paths.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["extra[0].kind", "map[\"k\"].kind", "zone"]);
}

#[test]
fn a_wrong_plan_is_named_before_terraform_sees_it() {
    let configured = config().with("map", Value::map([("k", part("m"))])).with("extra", Value::list([part("e")])).with("secret", "s3");
    let good = proposed(&configured, None);
    let table = [
        (good.clone().with("name", "N"), "name", "\"N\" is planned, \"n\" configured"),
        (good.clone().with("note", "x"), "note", "\"x\" is planned, though it is not configured and the attribute is not computed"),
        (good.clone().with("secret", "x"), "secret", "another value (sensitive) is planned, another value (sensitive) configured"),
        (good.clone().with("name", Value::Unknown), "name", "an unknown value is planned, \"n\" configured"),
        (good.clone().with("map", Value::Null), "map", "nothing is planned, though something is configured"),
        (good.clone().with("map", Value::Unknown), "map", "unknown is planned, though the configuration is known"),
        (good.clone().with("map", Value::map([("j", part("m"))])), "map", "the plan has other keys than the configuration"),
        (good.clone().with("map", Value::map([("k", part("x"))])), "map[\"k\"].name", "\"x\" is planned, \"m\" configured"),
        (good.clone().with("policy", part("p")), "policy", "something is planned, though nothing is configured"),
        (good.clone().with("extra", Value::list([])), "extra", "0 blocks are planned, 1 configured"),
        (good.clone().with("extra", Value::list([Value::Unknown])), "extra[0]", "a block cannot be unknown itself, only its attributes"),
        (good.clone().with("extra", Value::Unknown), "extra", "a block cannot be unknown itself, only its attributes"),
        (good.clone().with("extra", Value::list([part("x")])), "extra[0].name", "\"x\" is planned, \"e\" configured"),
    ];
    for (planned, path, text) in table {
        let defects: Vec<(String, String)> = check::plan(&schema().block, &Value::Null, &configured, &planned)
            .into_iter()
            .map(|defect| (defect.path.to_string(), defect.text))
            .collect();
        assert_eq!(defects, [(path.to_owned(), text.to_owned())]);
    }
    let keeps = good.with("name", "as it was");
    let prior = state().with("name", "as it was");
    assert_eq!(check::plan(&schema().block, &prior, &configured, &keeps), [], "what the state has may stay: it means the same");
}

#[test]
fn a_wrong_result_is_named_before_terraform_sees_it() {
    let planned = config()
        .with("id", Value::Unknown)
        .with("tags", Value::set(["a".into(), Value::Unknown]))
        .with("lines", Value::map([("l", "x".into())]))
        .with("secret", "s3")
        .with("list", Value::list([part("l")]));
    let good = planned.clone().with("id", "i").with("tags", Value::set(["a".into(), "b".into()]));
    assert_eq!(check::apply(&schema().block, &planned, &good), []);
    let shrunk = good.clone().with("tags", Value::set(["a".into()]));
    assert_eq!(check::apply(&schema().block, &planned, &shrunk), [], "an unknown element may turn out to equal a known one");
    let table = [
        (good.clone().with("name", "N"), "name", "\"n\" was planned, \"N\" came back"),
        (good.clone().with("note", "x"), "note", "null was planned, \"x\" came back"),
        (good.clone().with("secret", "x"), "secret", "another value came back than was planned"),
        (good.clone().with("tags", Value::set(["c".into(), "b".into()])), "tags", "the set has other elements than planned"),
        (good.clone().with("lines", Value::map([("l", "y".into())])), "lines[\"l\"]", "\"x\" was planned, \"y\" came back"),
        (good.clone().with("lines", Value::map::<&str>([])), "lines", "planned element \"l\" did not come back"),
        (good.clone().with("lines", Value::map([("l", "x".into()), ("m", "x".into())])), "lines", "element \"m\" came back unplanned"),
        (good.clone().with("list", Value::list([])), "list", "1 elements were planned, 0 came back"),
        (good.clone().with("list", Value::list([part("x")])), "list[0].name", "\"l\" was planned, \"x\" came back"),
        (good.clone().with("lines", Value::Null), "lines", "a map was planned, null came back"),
    ];
    for (result, path, text) in table {
        let defects: Vec<(String, String)> =
            check::apply(&schema().block, &planned, &result).into_iter().map(|defect| (defect.path.to_string(), defect.text)).collect();
        assert_eq!(defects, [(path.to_owned(), text.to_owned())]);
    }
    let grown = good.clone().with("tags", Value::set(["a".into(), "b".into(), "c".into()]));
    assert_eq!(
        check::apply(&schema().block, &planned, &grown).first().map(|defect| defect.text.as_str()),
        Some("the set has more elements than planned")
    );
    let other = check::apply(&schema().block, &good, &grown);
    assert_eq!(other.iter().map(|defect| defect.text.as_str()).collect::<Vec<_>>(), ["the set has other elements than planned"]);
    let unknown = good.with("lines", Value::map([("l", Value::Unknown)]));
    let found = check::unknown(&unknown);
    assert_eq!(found.iter().map(|defect| defect.path.to_string()).collect::<Vec<_>>(), ["lines[\"l\"]"]);
}

fn any_text() -> impl Strategy<Value = Value> {
    prop_oneof![3 => "[ab]".prop_map(Value::from), 1 => Just(Value::Null), 1 => Just(Value::Unknown)]
}

fn any_part() -> impl Strategy<Value = Value> {
    ("[ab]", any_text(), any_text()).prop_map(|(name, note, level)| part(&name).with("note", note).with("level", level))
}

prop_compose! {
    fn any_config()(
        (name, note, level, zone) in ("[ab]", any_text(), any_text(), any_text()),
        map in prop::option::of(prop::collection::btree_map("[ab]", any_part(), 0..3)),
        list in prop::option::of(prop::collection::vec(any_part(), 0..3)),
        one in prop::option::of(any_part()),
        policy in prop::option::of(any_part()),
        extra in prop::collection::vec(any_part(), 0..3),
    ) -> Value {
        config().with("name", name).with("note", note).with("level", level).with("zone", zone)
            .with("map", map.map(Value::Map)).with("list", list.map(Value::List)).with("one", one).with("policy", policy)
            .with("extra", Value::List(extra))
    }
}

/// Returns the value with something known for everything unknown.
fn resolved(mut value: Value) -> Value {
    fn resolve(value: &mut Value) {
        if !value.is_known() {
            *value = Value::Null;
        }
        value.elements_mut().iter_mut().for_each(resolve);
        value.entries_mut().into_iter().flatten().for_each(|(_, part)| resolve(part));
    }
    resolve(&mut value);
    value
}

proptest! {
    /// What is proposed for any configuration and state is a plan that Terraform accepts, and proposing again changes nothing.
    #[test]
    fn a_proposal_is_a_valid_plan(first in any_config(), second in any_config()) {
        let block = schema().block;
        let created = proposed(&first, None);
        prop_assert_eq!(check::plan(&block, &Value::Null, &first, &created), []);
        prop_assert!(crate::plugin::msgpack::encode(&created, &block.object_type()).is_ok());
        let state = resolved(created.clone());
        prop_assert_eq!(check::apply(&block, &created, &state), []);
        let known = resolved(first);
        let recreated = proposed(&known, None);
        let state = resolved(recreated);
        prop_assert_eq!(proposed(&known, Some(&state)), state.clone(), "a second plan is empty");
        let updated = proposed(&second, Some(&state));
        prop_assert_eq!(check::plan(&block, &state, &second, &updated), []);
    }
}
