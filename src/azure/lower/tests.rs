//! What is written is minimal, and reads back as it was.

use proptest::prelude::*;

use super::*;
use crate::azure::lift;
use crate::azure::rule::tests::any;

fn id() -> crate::azure::id::NsgId {
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/emc/providers/Microsoft.Network/networkSecurityGroups/core"
        .parse()
        .unwrap()
}

fn found(properties: &Value) -> Whole {
    lift::group(&id(), "W/\"1\"", &json!({ "location": "westeurope", "tags": { "cost": "1" }, "properties": properties }))
        .unwrap()
        .whole
        .unwrap()
}

#[test]
fn the_body_of_a_write_has_only_what_it_must() {
    let read = found(&json!({
        "securityRules": [], "provisioningState": "Succeeded", "resourceGuid": "x", "defaultSecurityRules": [{}], "subnets": [{ "id": "s" }],
        "networkInterfaces": [], "flowLogs": [],
    }));
    assert_eq!(
        group(&read, None, Vec::new()),
        json!({ "location": "westeurope", "tags": { "cost": "1" }, "properties": { "securityRules": [] } })
    );
    let flushing = found(&json!({ "securityRules": [], "flushConnection": true }));
    assert_eq!(group(&flushing, None, Vec::new()).pointer("/properties/flushConnection"), Some(&json!(true)));
    assert_eq!(group(&flushing, Some(false), Vec::new()).pointer("/properties/flushConnection"), Some(&json!(false)));
    let untagged = Whole { tags: Value::Null, ..flushing };
    assert_eq!(group(&untagged, None, Vec::new()).get("tags"), None);
}

#[test]
fn a_foreign_rule_goes_back_as_it_came() {
    let raw = json!({
        "id": "i", "name": "aks", "etag": "W/\"1\"", "type": "Microsoft.Network/networkSecurityGroups/securityRules",
        "properties": {
            "provisioningState": "Succeeded", "priority": 500, "direction": "INBOUND", "access": "allow", "protocol": "TCP",
            "sourceAddressPrefix": "10.0.0.5/8", "sourceAddressPrefixes": [], "destinationPortRanges": [],
            "sourceApplicationSecurityGroups": [{ "id": "/a", "location": "westeurope", "properties": { "x": 1 } }],
            "comesWithAnotherVersion": { "precise": 1.10 },
        },
    });
    let expected = json!({
        "name": "aks",
        "properties": {
            "priority": 500, "direction": "INBOUND", "access": "allow", "protocol": "TCP",
            "sourceAddressPrefix": "10.0.0.5/8", "sourceAddressPrefixes": [], "destinationPortRanges": [],
            "sourceApplicationSecurityGroups": [{ "id": "/a" }],
            "comesWithAnotherVersion": { "precise": 1.10 },
        },
    });
    assert_eq!(carried(&raw), expected);
}

#[test]
fn singular_members_hold_what_is_one_and_plural_ones_what_is_many() {
    let written = |source: &str, ports: &str| {
        let opening = Opening::between(
            Direction::Ingress,
            crate::net::Protocol::Tcp,
            &ports.parse().unwrap(),
            &crate::azure::Ends { groups: [any::group("core")].into(), ..Default::default() },
            &crate::azure::Ends { prefixes: source.split(',').map(|block| block.parse().unwrap()).collect(), ..Default::default() },
        );
        let rule = SecurityRule { name: "n".to_owned(), description: None, priority: 100, opening: opening.into_iter().next().unwrap() };
        super::rule(&rule).unwrap()["properties"].clone()
    };
    assert_eq!(
        written("10.0.0.0/8", "443"),
        json!({
            "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
            "sourceAddressPrefix": "10.0.0.0/8", "sourcePortRange": "*",
            "destinationApplicationSecurityGroups": [{ "id": any::group("core").as_str() }], "destinationPortRange": "443",
        })
    );
    let many = written("10.0.0.0/8,11.0.0.0/8", "443,80-90");
    assert_eq!(
        (&many["sourceAddressPrefixes"], &many["destinationPortRanges"]),
        (&json!(["10.0.0.0/8", "11.0.0.0/8"]), &json!(["80-90", "443"]))
    );
    assert!(many.get("sourceAddressPrefix").is_none() && many.get("destinationPortRange").is_none());
}

#[test]
fn what_was_only_ever_reported_is_not_written() {
    let written = |opening| rule(&SecurityRule { name: "n".to_owned(), description: None, priority: 100, opening });
    let plain = Opening::facing(Direction::Egress, Access::Allow, Protocol::Any, Side::Any, Side::Any, PortSet::Any);
    assert!(written(plain.clone()).is_some());
    assert_eq!(written(Opening { protocol: Protocol::Other("gre".to_owned()), ..plain.clone() }), None);
    assert_eq!(written(Opening { source: Side::Other("x".to_owned()), ..plain.clone() }), None);
    assert_eq!(written(Opening { source_ports: PortSet::Other("x".to_owned()), ..plain }), None);
}

proptest! {
    #[test]
    fn what_is_written_reads_back_as_it_was(rules in any::rules(12)) {
        let bodies: Vec<Value> = rules.iter().map(|one| rule(one).unwrap()).collect();
        let body = group(&found(&json!({ "securityRules": [] })), None, bodies);
        let mut read: Vec<SecurityRule> = lift::group(&id(), "2", &body).unwrap().rules.into_iter().map(|live| live.rule).collect();
        read.sort_by_key(|rule| rule.name.clone());
        let mut expected = rules;
        expected.iter_mut().for_each(|rule| rule.description = rule.description.take().filter(|text| !text.is_empty()));
        expected.sort_by_key(|rule| rule.name.clone());
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn what_is_carried_through_opens_the_same(rules in any::rules(12)) {
        for one in rules {
            let raw = rule(&one).unwrap();
            prop_assert_eq!(carried(&raw), raw);
        }
    }
}
