//! Numbers stay exact.

use proptest::prelude::*;

use super::*;

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

#[test]
fn one_value_however_it_is_written() {
    for (left, right) in [
        ("1", "1.0"),
        ("0", "-0.000"),
        ("100", "1e2"),
        ("0.05", "5E-2"),
        ("-12.50", "-125e-1"),
        ("+7", "007"),
        ("9223372036854775808", "9.223372036854775808e18"),
        (".5", "0.5"),
    ] {
        assert_eq!(number(left), number(right));
        assert_eq!(number(left).cmp(&number(right)), Ordering::Equal);
    }
    assert_eq!(Number::try_from(1e300).unwrap().to_string().len(), 301);
    assert_ne!(Number::try_from(0.1).unwrap(), number("0.1"), "the float is not exactly a tenth");
    assert_eq!(Number::try_from(0.1).unwrap().as_exact_f64(), Some(0.1));
    assert_eq!(number("0.1").as_exact_f64(), None);
    assert_eq!(number("0.25").as_exact_f64(), Some(0.25));
    assert_eq!(number("9007199254740993").as_i64(), Some(9_007_199_254_740_993));
    assert_eq!(number("-9223372036854775808").as_i64(), Some(i64::MIN));
    assert_eq!(number("9223372036854775808").as_i64(), None);
    assert!(number("9223372036854775808").is_whole() && !number("0.5").is_whole());
}

#[test]
fn written_in_full() {
    for text in ["0.001", "-0.5", "12345678901234567890", "100000000000000000000000", "1234.5678", "-3"] {
        assert_eq!(number(text).to_string(), text);
    }
}

#[test]
fn in_order() {
    let texts = [
        "-Inf",
        "-1e30",
        "-12345678901234567890",
        "-2",
        "-1.5",
        "0",
        "0.1",
        "0.11",
        "1",
        "1.5",
        "10",
        "99",
        "12345678901234567890",
        "1e30",
        "Inf",
    ];
    let sorted: Vec<Number> = texts.into_iter().map(number).collect();
    for pair in sorted.windows(2) {
        assert!(pair[0] < pair[1], "{} < {}", pair[0], pair[1]);
    }
}

#[test]
fn what_is_no_number_is_refused() {
    for text in ["", "-", ".", "1e", "1e+", "0x10", "1_000", "NaN", "١", " 1", "1.2.3", "--1", "1e1e1", "+-1"] {
        assert_eq!(text.parse::<Number>(), Err(NumberError::NotDecimal), "{text:?}");
    }
    for text in ["1e5000", "1e-5000", "1e99999999999"] {
        assert_eq!(text.parse::<Number>(), Err(NumberError::TooLong), "{text:?}");
    }
    assert_eq!("0e2147483647".parse::<Number>(), Ok(Number::from(0_i64)));
    assert_eq!("1".repeat(5000).parse::<Number>(), Err(NumberError::TooLong));
    assert_eq!(Number::try_from(f64::NAN), Err(NumberError::NotANumber));
}

proptest! {
    #[test]
    fn text_is_exact(int in any::<i128>(), scale in 0_usize..50) {
        let text = format!("{int}e-{scale}");
        let number: Number = text.parse().unwrap();
        prop_assert_eq!(&number.to_string().parse::<Number>().unwrap(), &number);
        let back: Number = format!("{number}e{scale}").parse().unwrap();
        prop_assert_eq!(back.to_string(), int.to_string());
    }

    #[test]
    fn integers_are_ordered_as_integers(left in any::<i128>(), right in any::<i128>()) {
        let numbers: (Number, Number) = (left.to_string().parse().unwrap(), right.to_string().parse().unwrap());
        prop_assert_eq!(numbers.0.cmp(&numbers.1), left.cmp(&right));
    }

    #[test]
    fn floats_come_back(float in any::<f64>()) {
        prop_assume!(float.is_finite());
        prop_assert_eq!(Number::try_from(float).unwrap().as_exact_f64(), Some(float));
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,20}") {
        let _ = text.parse::<Number>();
    }
}
