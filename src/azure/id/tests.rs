//! What is an id, what is none, and that nothing which is one leaves its place in a URL.

use super::*;

const SUBSCRIPTION: &str = "8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81";

#[test]
fn ok_ids_show_what_was_given_and_compare_without_case() {
    let text =
        format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/Emc.(prod)_é/providers/Microsoft.Network/networkSecurityGroups/Core-1.a_");
    let id: NsgId = text.parse().unwrap();
    assert_eq!((id.as_str(), id.to_string()), (text.as_str(), text.clone()));
    assert_eq!((id.subscription().as_str(), id.resource_group(), id.name()), (SUBSCRIPTION, "Emc.(prod)_é", "Core-1.a_"));
    let shouted: NsgId = text.to_uppercase().parse().unwrap();
    assert_eq!(shouted, id);
    assert_eq!(shouted.cmp(&id), Ordering::Equal);
    assert!(std::collections::BTreeSet::from([id.clone()]).contains(&shouted));
    let other: NsgId = text.replace("Core", "core2").parse().unwrap();
    assert_ne!(other, id);
    let asg: AsgId = group("applicationSecurityGroups", "agents").parse().unwrap();
    assert_eq!((asg.subscription().as_str(), asg.resource_group(), asg.name()), (SUBSCRIPTION, "emc", "agents"));
    assert_eq!("EMC_1".parse::<RuleName>().unwrap(), "emc_1".parse().unwrap());
}

#[test]
fn err_ids_say_what_is_wrong() {
    let nsg = |name: &str| group(NsgId::KIND, name);
    let cases = [
        ("core".to_owned(), "begins with `/subscriptions/`"),
        ("/".to_owned(), "it has 1 parts"),
        (format!("{}/securityRules/x", nsg("core")), "it has 10 parts"),
        (format!("{}/", nsg("core")), "it ends in a slash. Write the full resource id, such as `/subscriptions/"),
        (nsg("core").replace("providers", "provider"), "`providers` does not stand where it should"),
        (nsg("core").replace("Microsoft.Network", "Microsoft.Compute"), "`Microsoft.Network` does not stand"),
        (group("virtualNetworks", "core"), "it names one of the `virtualNetworks`"),
        (nsg("core").replace(SUBSCRIPTION, "prod"), "`prod` is not the id of a subscription"),
        (nsg("core").replace("/emc/", "/../"), "`..` cannot be the name of a resource group"),
        (nsg("core").replace("/emc/", "/%2e%2e/"), "`%2e%2e` cannot be the name of a resource group"),
        (nsg("core").replace("/emc/", "//"), "`` cannot be the name of a resource group"),
        (nsg("a?b"), "`a?b` cannot be its name"),
        (nsg("a#b"), "`a#b` cannot be its name"),
    ];
    for (text, fault) in cases {
        let refusal = text.parse::<NsgId>().unwrap_err().to_string();
        assert!(refusal.starts_with(&format!("`{text}` is not the id of a network security group: ")), "{refusal}");
        assert!(refusal.contains(fault), "{refusal}");
        assert!(refusal.contains("/providers/Microsoft.Network/networkSecurityGroups/core`"), "{refusal}");
    }
    let refusal = nsg("core").parse::<AsgId>().unwrap_err().to_string();
    assert!(refusal.contains("application security group: it names one of the `networkSecurityGroups`"), "{refusal}");
}

#[test]
fn err_names_that_would_change_what_a_url_is_about() {
    for name in
        ["", ".", "..", "%2e%2e", "a%2fb", "a/../../x", "a\\b", "a b", "q?x=1", "a#b", "a;b", "-a", ".a", "a.", "a-", "a\u{202e}b", "a\n"]
    {
        assert!(name.parse::<RuleName>().is_err(), "{name}");
        assert!(group(NsgId::KIND, name).parse::<NsgId>().is_err(), "{name}");
    }
    assert_eq!(
        "%2e%2e".parse::<RuleName>().unwrap_err().to_string(),
        "`%2e%2e` cannot be the name of a security rule: 1 to 80 letters, digits, `_`, `.` and `-`, the first and the last a letter, a digit or `_`"
    );
    assert!("a".repeat(80).parse::<RuleName>().is_ok());
    assert!("é".repeat(80).parse::<RuleName>().is_ok(), "characters count, not bytes");
    assert!("a".repeat(81).parse::<RuleName>().is_err());
    for name in ["a", "_", "a..b", "a-b_", "9"] {
        assert!(name.parse::<RuleName>().is_ok(), "{name}");
    }
}

#[test]
fn err_subscriptions_are_guids() {
    assert!(SUBSCRIPTION.parse::<SubscriptionId>().is_ok());
    assert_eq!(SUBSCRIPTION.to_uppercase().parse::<SubscriptionId>().unwrap(), SUBSCRIPTION.parse().unwrap());
    for text in
        ["", "prod", "8d1cbf8e6b5b4d5e9a3c0c5e2f6a7b81", "8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b8g", "8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81-"]
    {
        assert!(text.parse::<SubscriptionId>().is_err(), "{text}");
    }
}

fn group(kind: &str, name: &str) -> String {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/emc/providers/Microsoft.Network/{kind}/{name}")
}
