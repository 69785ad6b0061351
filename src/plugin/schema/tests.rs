//! Schemas and what is wrong with them.

use super::*;
use crate::plugin::Value;
use crate::plugin::validator;

fn places(schema: &Schema) -> Vec<String> {
    schema.lint().iter().map(ToString::to_string).collect()
}

fn attribute(attribute: Attribute) -> Schema {
    Schema::new(Block::new([attribute]))
}

#[test]
fn a_correct_schema_has_no_mistakes() {
    let schema = Schema::new(
        Block::new([
            Attribute::required("name", Type::String).requires_replace(),
            Attribute::optional("release", Type::String).default("6.6").validate(validator::one_of(["6.6"])),
            Attribute::computed("lines", Type::map(Type::String)),
            Attribute::required(
                "placements",
                Nested::map([
                    Attribute::optional("cidr", Type::set(Type::String)),
                    Attribute::optional("single_host", Type::Bool).default(false),
                ]),
            ),
            Attribute::optional("any", Type::Dynamic),
        ])
        .blocks([
            NestedBlock::single("policy", Block::new([Attribute::optional("mail", Type::set(Type::String))])),
            NestedBlock::single("must", Block::default()).required(),
            NestedBlock::list("extra", Block::new([Attribute::required("name", Type::String)])).required().at_most(3),
        ]),
    );
    assert_eq!(places(&schema), Vec::<String>::new());
}

#[test]
fn every_mistake_is_named_with_its_place() {
    let table = [
        (attribute(Attribute::optional("Name", Type::String)), "`Name`: a name is made of"),
        (attribute(Attribute::optional("1st", Type::String)), "`1st`: a name is made of"),
        (attribute(Attribute::optional("count", Type::String)), "`count`: Terraform keeps this name"),
        (attribute(Attribute::required("a", Type::String).default("x")), "`a`: only an optional attribute can have a default"),
        (
            attribute(Attribute::optional("a", Type::String).default(1_i64)),
            "`a`: the default is not of the attribute's type: expected a string",
        ),
        (attribute(Attribute::optional("a", Type::String).default(Value::Null)), "`a`: the default is null"),
        (attribute(Attribute::optional("a", Type::String).default(Value::Unknown)), "`a`: the default is null or not wholly known"),
        (attribute(Attribute::computed("a", Type::String).requires_replace()), "`a`: a check or a replacement rule"),
        (attribute(Attribute::optional("a", Type::list(Type::Dynamic))), "`a`: the elements of a collection cannot be dynamic"),
        (attribute(Attribute::optional("a", Type::object([("b", Type::set(Type::Dynamic))]))), "`a`: the elements of a collection"),
        (attribute(Attribute::optional("a", Nested::map([Attribute::optional("b", Type::Dynamic)]))), "`a`: the elements of a collection"),
        (attribute(Attribute::optional("a", Nested::single([]))), "`a`: a nested attribute needs attributes"),
        (
            attribute(Attribute::optional("a", Nested::set([Attribute::computed("b", Type::Bool)]))),
            "`a.b`: elements of a set cannot be matched",
        ),
        (
            attribute(Attribute::optional(
                "a",
                Nested::set([Attribute::optional("c", Nested::map([Attribute::optional("b", Type::Bool).default(true)]))]),
            )),
            "`a.c.b`: elements of a set cannot be matched",
        ),
        (Schema::new(Block::new([Attribute::optional("a", Type::Bool), Attribute::optional("a", Type::Bool)])), "`a`: the name is taken"),
        (
            Schema::new(Block::new([Attribute::optional("a", Type::Bool)]).blocks([NestedBlock::list("a", Block::default())])),
            "`a`: the name is taken",
        ),
        (
            Schema::new(Block::default().blocks([NestedBlock::list("l", Block::new([Attribute::optional("a", Type::Dynamic)]))])),
            "`l`: a list block cannot hold",
        ),
        (
            Schema::new(Block::default().blocks([NestedBlock::single("s", Block::default()).at_most(2)])),
            "`s`: a single block stands at most once",
        ),
        (
            Schema::new(Block::default().blocks([NestedBlock::single("s", Block::new([Attribute::optional("B", Type::Bool)]))])),
            "`s.B`: a name is made of",
        ),
        (Schema::new(Block::default()).version(-1), "``: the version is negative"),
    ];
    for (schema, expected) in table {
        let found = places(&schema);
        assert!(found.len() == 1 && found[0].starts_with(expected), "{expected}\n{found:?}");
    }
}

#[test]
fn a_provider_configuration_has_rules_of_its_own() {
    let schema = Schema::new(Block::new([Attribute::optional("alias", Type::String), Attribute::computed("id", Type::String)]));
    let found: Vec<String> = schema.lint_provider().iter().map(|mistake| mistake.place.clone()).collect();
    assert_eq!(found, ["alias", "id"]);
    assert!(schema.lint().is_empty());
}

#[test]
fn the_blank_object_is_of_the_schemas_type() {
    let block = Block::new([Attribute::optional("a", Type::String)])
        .blocks([NestedBlock::single("s", Block::default()), NestedBlock::list("l", Block::default())]);
    assert_eq!(block.blank(), Value::object([("a", Value::Null), ("s", Value::Null), ("l", Value::list([]))]));
    assert!(crate::plugin::msgpack::encode(&block.blank(), &block.object_type()).is_ok());
}
