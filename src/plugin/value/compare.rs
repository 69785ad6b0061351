//! When two values are the same to Terraform, and one order over all of them.
//!
//! Promises: a total order that agrees with equality. Two unknown values count as the same here, as in Terraform's checks of a plan;
//! the type that a dynamic value carries does not count.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;

use super::Value;

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Value) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Value) -> Ordering {
        match (self.plain(), other.plain()) {
            (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
            (Value::Number(left), Value::Number(right)) => left.cmp(right),
            (Value::String(left), Value::String(right)) => text(left, right),
            (Value::List(left), Value::List(right)) | (Value::Tuple(left), Value::Tuple(right)) => left.cmp(right),
            (Value::Set(left), Value::Set(right)) => distinct(left).cmp(&distinct(right)),
            (Value::Map(left), Value::Map(right)) | (Value::Object(left), Value::Object(right)) => {
                let pairs = left.iter().zip(right);
                let mut orders = pairs.map(|((name, value), (other_name, other))| text(name, other_name).then_with(|| value.cmp(other)));
                orders.find(|order| order.is_ne()).unwrap_or_else(|| left.len().cmp(&right.len()))
            }
            (left, right) => rank(left).cmp(&rank(right)),
        }
    }
}

/// Compares text by its composed form (NFC), which is what Terraform stores.
fn text(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() { left.cmp(right) } else { left.nfc().cmp(right.nfc()) }
}

/// Returns the elements in order and each once.
fn distinct(elements: &[Value]) -> Vec<&Value> {
    let mut sorted: Vec<&Value> = elements.iter().collect();
    sorted.sort();
    sorted.dedup();
    sorted
}

fn rank(value: &Value) -> u8 {
    match value.plain() {
        Value::Null => 0,
        Value::Unknown => 1,
        Value::Bool(_) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::List(_) => 5,
        Value::Set(_) => 6,
        Value::Map(_) => 7,
        Value::Object(_) => 8,
        Value::Tuple(_) => 9,
        Value::Dynamic(_) => 10,
    }
}
