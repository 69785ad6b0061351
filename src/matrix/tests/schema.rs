//! The published schema and the reader agree: on the embedded file, and on files that are wrong.
//!
//! The checker here knows the words of JSON Schema that the schema uses, and stops at any other. A full validator has its turn in
//! the integration tests.

use serde_json::{Map, Value};

use super::faults::{SHAPE, SMALL};
use crate::matrix::Matrix;

struct Schema(Value);

impl Schema {
    fn published() -> Schema {
        Schema(serde_json::from_str(Matrix::schema_json()).unwrap())
    }

    fn accepts(&self, text: &str) -> bool {
        self.valid(&serde_json::from_str(text).unwrap(), &self.0)
    }

    fn valid(&self, value: &Value, schema: &Value) -> bool {
        let words = schema.as_object().unwrap();
        words.iter().all(|(word, rule)| self.holds(value, word, rule, words))
    }

    fn holds(&self, value: &Value, word: &str, rule: &Value, around: &Map<String, Value>) -> bool {
        let number = |rule: &Value| rule.as_u64().unwrap();
        match word {
            "$schema" | "$id" | "$defs" | "title" | "description" | "then" | "else" => true,
            "$ref" => self.valid(value, self.0.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap()),
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "type" => match rule.as_array() {
                Some(types) => types.iter().any(|one| is(value, one.as_str().unwrap())),
                None => is(value, rule.as_str().unwrap()),
            },
            "anyOf" => rule.as_array().unwrap().iter().any(|one| self.valid(value, one)),
            "if" => {
                let branch = if self.valid(value, rule) { "then" } else { "else" };
                around.get(branch).is_none_or(|branch| self.valid(value, branch))
            }
            "required" => {
                value.as_object().is_none_or(|object| rule.as_array().unwrap().iter().all(|key| object.contains_key(key.as_str().unwrap())))
            }
            "properties" => value.as_object().is_none_or(|object| {
                let rules = rule.as_object().unwrap();
                object.iter().all(|(key, value)| rules.get(key).is_none_or(|rule| self.valid(value, rule)))
            }),
            "additionalProperties" => value.as_object().is_none_or(|object| {
                let known = around.get("properties").and_then(Value::as_object);
                let mut others = object.iter().filter(|(key, _)| known.is_none_or(|known| !known.contains_key(*key)));
                others.all(|(_, value)| rule.as_bool().unwrap_or_else(|| self.valid(value, rule)))
            }),
            "propertyNames" => value.as_object().is_none_or(|object| object.keys().all(|key| self.valid(&Value::from(key.as_str()), rule))),
            "items" => value.as_array().is_none_or(|items| items.iter().all(|item| self.valid(item, rule))),
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= number(rule)),
            "uniqueItems" => {
                value.as_array().is_none_or(|items| items.iter().enumerate().all(|(index, item)| !items[..index].contains(item)))
            }
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() as u64 >= number(rule)),
            "minimum" => value.as_u64().is_none_or(|value| value >= number(rule)),
            "maximum" => value.as_u64().is_none_or(|value| value <= number(rule)),
            "pattern" => value.as_str().is_none_or(|text| matches(text, rule.as_str().unwrap())),
            other => panic!("this checker does not know `{other}`"),
        }
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("this checker does not know the type `{other}`"),
    }
}

/// The patterns of the schema, each in Rust.
fn matches(text: &str, pattern: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let name = |text: &str| word(text) && text.starts_with(|first: char| first.is_ascii_lowercase());
    match pattern {
        "^[a-z][a-z0-9_]*$" => name(text),
        "^[a-z][a-z0-9_]*(\\.[a-z0-9_-]+)+$" => {
            text.split_once('.').is_some_and(|(listener, rest)| name(listener) && rest.split('.').all(|part| word(&part.replace('-', "_"))))
        }
        "^[^\\u0000-\\u001f\\u007f-\\u009f]*$" => !text.chars().any(char::is_control),
        "^A[0-9]+$" => text.strip_prefix('A').is_some_and(digits),
        "^I[0-9]+$" => text.strip_prefix('I').is_some_and(digits),
        "^[0-9]{1,5}(-[0-9]{1,5})?$" => text.splitn(2, '-').all(|part| part.len() <= 5 && digits(part)),
        "^2(2[4-9]|3[0-9])(\\.[0-9]{1,3}){3}$" => text.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_multicast()),
        other => panic!("this checker does not know the pattern `{other}`"),
    }
}

#[test]
fn the_embedded_file_is_valid() {
    assert!(Schema::published().accepts(Matrix::embedded_json()));
    assert!(Schema::published().accepts(SMALL));
}

#[test]
fn what_has_the_wrong_shape_is_refused_by_schema_and_reader() {
    for (from, to, _) in SHAPE {
        let text = SMALL.replacen(from, to, 1);
        assert_ne!(text, SMALL, "{from}");
        assert!(!Schema::published().accepts(&text), "the schema takes {to}");
        assert!(Matrix::parse(&text).is_err(), "the reader takes {to}");
    }
}

#[test]
fn every_key_and_kind_is_described() {
    fn described(name: &str, schema: &Value) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            for (key, one) in properties {
                assert!(one.get("description").is_some() || one.get("$ref").is_some(), "{name}.{key}");
                described(key, one);
            }
        }
    }
    let Schema(schema) = Schema::published();
    described("", &schema);
    for (name, one) in schema.get("$defs").and_then(Value::as_object).unwrap() {
        assert!(one.get("description").is_some(), "{name}");
        described(name, one);
    }
}
