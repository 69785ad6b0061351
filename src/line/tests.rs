use super::addresses;

#[test]
fn many_addresses_are_counted_and_marked() {
    let all: Vec<String> = (0..12).map(|number| format!("10.{number}.0.0/16")).collect();
    let shown = addresses(&all);
    assert!(shown.starts_with("12 addresses, ") && shown.len() == "12 addresses, ".len() + 6, "{shown}");
    let mut other = all.clone();
    other[3] = "10.99.0.0/16".to_owned();
    assert_ne!(addresses(&other), shown);
    assert_eq!(addresses(&all[..4]), "10.0.0.0/16, 10.1.0.0/16, 10.2.0.0/16, 10.3.0.0/16");
}
