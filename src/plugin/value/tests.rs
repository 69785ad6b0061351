//! Values are equal as Terraform says.

use super::*;

#[test]
fn equality_is_terraforms() {
    let same = [
        (Value::from("caf\u{e9}"), Value::from("cafe\u{301}")),
        (Value::Number("1.0".parse().unwrap()), Value::from(1_i64)),
        (Value::set(["b".into(), "a".into(), "a".into()]), Value::set(["a".into(), "b".into()])),
        (Value::dynamic("x".into()), Value::from("x")),
        (Value::Unknown, Value::Unknown),
    ];
    for (left, right) in same {
        assert_eq!(left, right);
    }
    let different = [
        (Value::Null, Value::Unknown),
        (Value::list(["b".into(), "a".into()]), Value::list(["a".into(), "b".into()])),
        (Value::list([]), Value::set([])),
        (Value::list([]), Value::Null),
        (Value::from("a"), Value::from("A")),
        (Value::map([("a", Value::Null)]), Value::map::<&str>([])),
        (Value::map([("a", 1_i64.into()), ("b", 2_i64.into())]), Value::map([("a", 1_i64.into()), ("c", 2_i64.into())])),
    ];
    for (left, right) in different {
        assert_ne!(left, right);
    }
}

#[test]
fn accessors_keep_null_and_unknown_apart() {
    assert!(!Value::Unknown.get("a").get("b").is_known());
    assert!(Value::Null.get("a").is_null());
    assert!(Value::from("text").get("a").is_null());
    assert_eq!(Value::set(["a".into(), Value::Unknown]).texts(), None);
    assert_eq!(Value::set(["a".into(), Value::Null]).texts(), None);
    assert_eq!(Value::Unknown.texts(), None);
    assert_eq!(Value::set([]).texts(), Some(vec![]));
    let null_of_a_type = Value::Dynamic(Box::new((Type::String, Value::Null)));
    assert!(null_of_a_type.is_null());
    assert!(null_of_a_type.as_str().is_none());
    let config = Value::object([("list", Value::list([Value::object([("name", "a".into())])]))]);
    assert_eq!(config.at(&AttributePath::root().attr("list").index(0).attr("name")).as_str(), Some("a"));
}

#[test]
fn builders_make_what_they_say() {
    let value = Value::object([("a", Value::Null)]).with("a", 3_usize).with("b", None::<&str>).with("c", true);
    assert_eq!(value.get("a").as_i64(), Some(3));
    assert!(value.get("b").is_null());
    assert_eq!(value.get("c").as_bool(), Some(true));
    assert_eq!(value.entries().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b", "c"]);
}
