//! Ready-made checks and their words.

use super::*;

fn run(validator: &Validator, value: Value) -> Vec<(String, Option<String>)> {
    let mut found = Diagnostics::new();
    validator.check(&value, &AttributePath::root().attr("a"), &mut found);
    found.iter().map(|found| (found.detail().to_owned(), found.path().map(ToString::to_string))).collect()
}

fn even(text: &str) -> Result<(), String> {
    if text.len().is_multiple_of(2) { Ok(()) } else { Err(format!("`{text}` is odd")) }
}

#[test]
fn a_word_out_of_the_list_names_the_nearest() {
    let words = one_of(["prefer_secure", "secure_only", "plain_only"]);
    assert_eq!(run(&words, "plain_only".into()), []);
    let detail =
        "`secure_onyl` is not a choice for `a`. Did you mean `secure_only`? Choose from: `prefer_secure`, `secure_only`, `plain_only`."
            .to_owned();
    assert_eq!(run(&words, "secure_onyl".into()), [(detail, Some("a".to_owned()))]);
    let detail = "`zebra` is not a choice for `a`. Choose from: `prefer_secure`, `secure_only`, `plain_only`.".to_owned();
    assert_eq!(run(&words, "zebra".into()), [(detail, Some("a".to_owned()))]);
    assert_eq!(nearest("Secure_Only", &["secure_only"]), Some("secure_only"));
    assert_eq!(nearest("x", &Vec::<String>::new()), None);
}

#[test]
fn null_and_unknown_are_never_checked() {
    let refuse = text(|_| Err("never"));
    for value in [Value::Null, Value::Unknown, Value::dynamic(Value::Null)] {
        assert_eq!(run(&refuse, value), []);
    }
    assert_eq!(run(&each(refuse), Value::list([Value::Null, Value::Unknown])), []);
}

#[test]
fn elements_are_told_apart() {
    let evens = each(text(even));
    assert_eq!(
        run(&evens, Value::list(["ab".into(), "abc".into(), Value::Unknown])),
        [("a[1]: `abc` is odd.".to_owned(), Some("a[1]".to_owned()))]
    );
    assert_eq!(
        run(&evens, Value::set(["abc".into()])),
        [("a element \"abc\": `abc` is odd.".to_owned(), Some("a".to_owned()))],
        "Terraform cannot point into a set"
    );
    assert_eq!(run(&evens, Value::map([("k", "abc".into())])), [("a[\"k\"]: `abc` is odd.".to_owned(), Some("a[\"k\"]".to_owned()))]);
    assert_eq!(
        run(&keys(even), Value::map([("odd", Value::Unknown), ("even", Value::Null)])),
        [("a[\"odd\"]: `odd` is odd.".to_owned(), Some("a[\"odd\"]".to_owned()))]
    );
}
