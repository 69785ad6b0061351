//! MessagePack as Terraform writes it, and whatever else may come.

use proptest::prelude::*;

use super::*;
use crate::plugin::ty::Type;
use crate::plugin::value::Value;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

/// What Terraform was seen to send, and what must be sent to it.
#[test]
fn vectors_seen_on_the_wire() {
    let both_ways = [
        ("c0", Type::String, Value::Null),
        ("d4 00 00", Type::String, Value::Unknown),
        ("d4 00 00", Type::Dynamic, Value::Unknown),
        ("c0", Type::Dynamic, Value::Null),
        ("c3", Type::Bool, true.into()),
        ("07", Type::Number, 7_i64.into()),
        ("ff", Type::Number, Value::from(-1_i64)),
        ("d3 8000000000000000", Type::Number, i64::MIN.into()),
        ("cb 3ff8000000000000", Type::Number, number("1.5")),
        ("a3 302e31", Type::Number, number("0.1")),
        ("b4 3132333435363738393031323334353637383930", Type::Number, number("12345678901234567890")),
        ("a0", Type::String, "".into()),
        ("90", Type::list(Type::String), Value::list([])),
        ("92 a1 61 a1 62", Type::set(Type::String), Value::set(["b".into(), "a".into()])),
        ("80", Type::object::<&str>([]), Value::object::<&str>([])),
        ("81 a1 6b 01", Type::map(Type::Number), Value::map([("k", 1_i64.into())])),
        ("92 01 c2", Type::Tuple(vec![Type::Number, Type::Bool]), Value::Tuple(vec![1_i64.into(), false.into()])),
        ("92 c4 08 22737472696e6722 a1 78", Type::Dynamic, Value::dynamic("x".into())),
        ("92 c4 08 22737472696e6722 c0", Type::Dynamic, Value::Dynamic(Box::new((Type::String, Value::Null)))),
        ("92 c4 08 22737472696e6722 d4 00 00", Type::Dynamic, Value::Dynamic(Box::new((Type::String, Value::Unknown)))),
    ];
    for (bytes, ty, value) in both_ways {
        assert_eq!(decode(&hex(bytes), &ty), Ok(value.clone()), "reading {bytes}");
        assert_eq!(encode(&value, &ty), Ok(hex(bytes)), "writing {value:?}");
    }
    let only_read = [
        ("c7 09 0c 82 01 c2 02 a4 7072652d", Type::String, Value::Unknown), // refined: not null, begins with `pre-`
        ("d4 07 2a", Type::Number, Value::Unknown),
        ("cb 3ff0000000000000", Type::Number, 1_i64.into()),
        ("ca 3fc00000", Type::Number, number("1.5")),
        ("cf ab54a98ceb1f0ad2", Type::Number, number("12345678901234567890")),
        ("a3 312e30", Type::Number, 1_i64.into()),
        ("a6 636166 65cc81", Type::String, "caf\u{e9}".into()),
    ];
    for (bytes, ty, value) in only_read {
        assert_eq!(decode(&hex(bytes), &ty), Ok(value), "reading {bytes}");
    }
    assert_eq!(decode(&hex("a6 636166 65cc81"), &Type::String).unwrap().as_str(), Some("caf\u{e9}"), "text is composed on arrival");
}

#[test]
fn a_type_seen_on_the_wire() {
    let notation = br#"["object",{"k":["tuple",["number","string","dynamic"]]}]"#;
    let ty = Type::from_json(notation).unwrap();
    assert_eq!(ty, Type::object([("k", Type::Tuple(vec![Type::Number, Type::String, Type::Dynamic]))]));
    assert_eq!(ty.to_json().as_bytes(), notation);
    let optional = Type::from_json(br#"["object",{"a":"string"},["a"]]"#).unwrap();
    assert_eq!(optional, Type::object([("a", Type::String)]));
    for wrong in [&b"\"text\""[..], b"[\"list\"]", b"[\"object\",[]]", b"null", b"{", b"[\"tuple\",\"string\"]"] {
        assert!(Type::from_json(wrong).is_err());
    }
}

#[test]
fn what_is_no_value_of_the_type_is_refused_with_its_place() {
    let placement = Type::object([("cidr", Type::set(Type::String)), ("on", Type::Bool)]);
    let placements = Type::object([("placements", Type::map(placement))]);
    let table = [
        ("", Type::String, "broken MessagePack: "),
        ("a1 ff", Type::String, "text that is not UTF-8"),
        ("a1 61 00", Type::String, "1 bytes after the end of the value"),
        ("01", Type::String, "expected a string, found a number"),
        ("a1 61", Type::Bool, "expected a bool, found a string"),
        ("a1 61", Type::Number, "not a decimal number"),
        ("cb 7ff8000000000000", Type::Number, "not a number (NaN)"),
        ("a7 3165393939", Type::Number, "broken MessagePack: "),
        ("a6 316539393939", Type::Number, "a number with more than 4096 digits"),
        ("80", Type::list(Type::String), "expected a list, found a map"),
        ("91 01", Type::Tuple(vec![]), "expected a tuple of 0, found a sequence"),
        ("81 01 01", Type::map(Type::Number), "expected a string as name, found a number"),
        ("82 a1 61 01 a1 61 02", Type::map(Type::Number), "`[\"a\"]`: given twice"),
        ("80", placements.clone(), "attribute `placements` is missing"),
        ("81 a1 78 c0", placements.clone(), "attribute `x` is not defined"),
        (
            "81 aa 706c6163656d656e7473 81 a1 61 82 a4 63696472 91 01 a2 6f6e c0",
            placements.clone(),
            "`placements[\"a\"].cidr[0]`: expected a string, found a number",
        ),
        ("92 a1 22 01", Type::Dynamic, "expected a type and a value, found a sequence"),
        ("92 c4 01 22 01", Type::Dynamic, "not a type in JSON notation: "),
    ];
    for (bytes, ty, problem) in table {
        let error = decode(&hex(bytes), &ty).unwrap_err().to_string();
        assert!(error.starts_with(problem), "{bytes}: {error}");
    }
}

#[test]
fn what_does_not_fit_is_not_written() {
    let ty = Type::object([("name", Type::String), ("ports", Type::list(Type::Number))]);
    let table = [
        (Value::object([("name", "a".into())]), "attribute `ports` is missing"),
        (Value::object([("name", "a".into()), ("ports", Value::Null), ("x", Value::Null)]), "attribute `x` is not defined"),
        (Value::object([("name", 1_i64.into()), ("ports", Value::Null)]), "`name`: expected a string, found a number"),
        (Value::object([("name", Value::Null), ("ports", Value::list(["1".into()]))]), "`ports[0]`: expected a number, found a string"),
        (Value::object([("name", Value::Null), ("ports", Value::set([]))]), "`ports`: expected a list, found a set"),
        (Value::map([("name", Value::Null)]), "expected an object, found a map"),
    ];
    for (value, problem) in table {
        assert_eq!(encode(&value, &ty).unwrap_err().to_string(), problem);
    }
}

#[test]
fn nesting_without_end_ends() {
    let arrays = vec![0x91; 100_000];
    assert!(decode(&arrays, &Type::Dynamic).is_err());
    let mut typed = b"\xc4\x09\"dynamic\"".to_vec();
    typed.insert(0, 0x92);
    let endless: Vec<u8> = typed.iter().copied().cycle().take(typed.len() * 10_000).collect();
    assert!(decode(&endless, &Type::Dynamic).is_err());
    assert!(decode(&[0xdd, 0xff, 0xff, 0xff, 0xff], &Type::list(Type::String)).is_err(), "a length that is not there");
    assert!(decode(&[0xdb, 0xff, 0xff, 0xff, 0xff], &Type::String).is_err());
}

#[test]
fn equal_values_give_equal_bytes() {
    let ty = Type::set(Type::String);
    let texts = |texts: [&str; 3]| Value::set(texts.map(Value::from));
    assert_eq!(encode(&texts(["c", "a", "b"]), &ty), encode(&texts(["b", "c", "a"]), &ty));
    let unknown_twice = Value::set([Value::Unknown, Value::Unknown]);
    assert_eq!(encode(&unknown_twice, &ty).unwrap(), hex("92 d4 00 00 d4 00 00"), "two unknown elements may turn out to differ");
}

/// Types with values of them.
pub(crate) fn typed_value() -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(|ty| {
        let values = any_value(&ty);
        (Just(ty), values)
    })
}

fn any_type() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            prop::collection::btree_map("[a-z]{1,3}", inner.clone(), 0..4).prop_map(Type::Object),
            prop::collection::vec(inner, 0..3).prop_map(Type::Tuple),
        ]
    })
}

fn any_number() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(|int| Value::Number(int.into())),
        any::<f64>().prop_filter_map("a number", |float| float.try_into().ok().map(Value::Number)),
        "-?[0-9]{1,30}(\\.[0-9]{1,30})?".prop_map(|text| number(&text)),
    ]
}

fn any_value(ty: &Type) -> BoxedStrategy<Value> {
    let known: BoxedStrategy<Value> = match ty {
        Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Type::Number => any_number().boxed(),
        Type::String => "\\PC{0,12}".prop_map(Value::from).boxed(),
        Type::Dynamic => prop_oneof![
            "\\PC{0,6}".prop_map(|text| Value::dynamic(text.into())),
            any_number().prop_map(Value::dynamic),
            Just(Value::Dynamic(Box::new((Type::list(Type::String), Value::Null)))),
        ]
        .boxed(),
        Type::List(element) => prop::collection::vec(any_value(element), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => prop::collection::vec(any_value(element), 0..4).prop_map(Value::Set).boxed(),
        Type::Map(element) => prop::collection::btree_map("\\PC{0,4}", any_value(element), 0..4).prop_map(composed_keys).boxed(),
        Type::Object(attributes) => {
            attributes.iter().map(|(name, ty)| (Just(name.clone()), any_value(ty))).collect::<Vec<_>>().prop_map(Value::object).boxed()
        }
        Type::Tuple(types) => types.iter().map(any_value).collect::<Vec<_>>().prop_map(Value::Tuple).boxed(),
    };
    prop_oneof![8 => known, 1 => Just(Value::Null), 1 => Just(Value::Unknown)].boxed()
}

/// Two keys that are the same to Terraform cannot be in one map.
fn composed_keys(entries: std::collections::BTreeMap<String, Value>) -> Value {
    use unicode_normalization::UnicodeNormalization;
    Value::map(entries.into_iter().map(|(key, value)| (key.nfc().collect::<String>(), value)))
}

/// Returns the value with null in place of everything unknown.
pub(crate) fn known(value: Value) -> Value {
    match value {
        Value::Unknown => Value::Null,
        Value::List(elements) => Value::List(elements.into_iter().map(known).collect()),
        Value::Set(elements) => Value::Set(elements.into_iter().map(known).collect()),
        Value::Tuple(elements) => Value::Tuple(elements.into_iter().map(known).collect()),
        Value::Map(entries) => Value::Map(entries.into_iter().map(|(name, value)| (name, known(value))).collect()),
        Value::Object(entries) => Value::Object(entries.into_iter().map(|(name, value)| (name, known(value))).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Dynamic(_)) => other,
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_the_same((ty, value) in typed_value()) {
        let bytes = encode(&value, &ty).unwrap();
        let read = decode(&bytes, &ty).unwrap();
        prop_assert_eq!(&read, &value);
        prop_assert_eq!(encode(&read, &ty).unwrap(), bytes, "the same bytes again");
    }

    #[test]
    fn garbage_is_refused_or_read((ty, value) in typed_value(), garbage in prop::collection::vec(any::<u8>(), 0..64), cut in any::<prop::sample::Index>(), flip in any::<u8>()) {
        let _ = decode(&garbage, &ty);
        let mut bytes = encode(&value, &ty).unwrap();
        let place = cut.index(bytes.len());
        bytes[place] ^= flip;
        let _ = decode(&bytes, &ty);
        bytes.truncate(place);
        prop_assert!(decode(&bytes, &ty).is_err(), "a value that was cut off");
    }

    #[test]
    fn types_are_read_as_written((ty, _) in typed_value()) {
        prop_assert_eq!(Type::from_json(ty.to_json().as_bytes()).unwrap(), ty);
    }

    #[test]
    fn order_and_equality_agree((_, left) in typed_value(), (_, right) in typed_value()) {
        prop_assert_eq!(left.cmp(&right), right.cmp(&left).reverse());
        prop_assert_eq!(left.cmp(&left.clone()), std::cmp::Ordering::Equal);
        prop_assert_eq!(left == right, left.cmp(&right).is_eq());
    }
}
