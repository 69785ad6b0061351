//! State as JSON, there and back.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::plugin::msgpack::tests::{known, typed_value};

#[test]
fn a_state_is_read_leniently_where_terraform_asks_for_it() {
    let ty = Type::object([("name", Type::String), ("ports", Type::set(Type::Number)), ("any", Type::Dynamic)]);
    let state = json!({"name": "a", "gone": {"x": 1}, "any": {"value": ["x"], "type": ["list", "string"]}});
    let value = decode(&state, &ty).unwrap();
    assert_eq!(value.get("name").as_str(), Some("a"));
    assert!(value.get("ports").is_null(), "missing attributes are null");
    assert!(value.as_entries().unwrap().contains_key("ports"));
    assert!(!value.as_entries().unwrap().contains_key("gone"), "undefined attributes are passed over");
    assert_eq!(value.get("any").texts(), Some(vec!["x"]));
}

#[test]
fn numbers_keep_every_digit() {
    let text = r#"{"n":[12345678901234567890.000000000000000000001, 0.1, 1e3, -5, "7"]}"#;
    let value = decode(&serde_json::from_str(text).unwrap(), &Type::object([("n", Type::list(Type::Number))])).unwrap();
    let numbers: Vec<String> = value.get("n").elements().iter().map(|number| number.as_number().unwrap().to_string()).collect();
    assert_eq!(numbers, ["12345678901234567890.000000000000000000001", "0.1", "1000", "-5", "7"]);
}

#[test]
fn what_is_no_value_of_the_type_is_refused_with_its_place() {
    let table = [
        (
            json!({"a": {"b": [1]}}),
            Type::object([("a", Type::map(Type::list(Type::String)))]),
            "`a[\"b\"][0]`: expected a string, found a number",
        ),
        (json!([]), Type::map(Type::String), "expected a map, found an array"),
        (json!({"value": 1}), Type::Dynamic, "expected a type and a value, found an object"),
        (json!({"value": 1, "type": "text"}), Type::Dynamic, "not a type in JSON notation: \"text\""),
        (json!("x"), Type::Number, "not a decimal number"),
    ];
    for (json, ty, problem) in table {
        assert_eq!(decode(&json, &ty).unwrap_err().to_string(), problem);
    }
    assert_eq!(
        encode(&Value::object([("a", Value::Unknown)]), &Type::object([("a", Type::String)])).unwrap_err().to_string(),
        "`a`: an unknown value, which JSON does not have"
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same((ty, value) in typed_value()) {
        let value = known(value);
        prop_assume!(!format!("{value:?}").contains("Infinite"));
        let text = encode(&value, &ty).unwrap().to_string();
        prop_assert_eq!(decode(&serde_json::from_str(&text).unwrap(), &ty).unwrap(), value);
    }
}
