//! Whatever Azure tells becomes a rule, or keeps its words.

use serde_json::json;

use super::*;

fn id() -> NsgId {
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/emc/providers/Microsoft.Network/networkSecurityGroups/core"
        .parse()
        .unwrap()
}

fn rule(properties: Value) -> Result<LiveRule, LiftError> {
    let mut all = json!({ "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "*", "sourceAddressPrefix": "*",
        "destinationAddressPrefix": "*", "sourcePortRange": "*", "destinationPortRange": "*" });
    for (name, value) in properties.as_object().unwrap() {
        all[name] = value.clone();
    }
    live_rule(&id(), &json!({ "name": "r", "properties": all }))
}

fn shown(properties: Value) -> String {
    rule(properties).unwrap().rule.opening.to_string()
}

#[test]
fn members_and_values_count_in_any_case() {
    let raw = json!({ "Name": "r", "PROPERTIES": { "Priority": 4096, "DIRECTION": "outbound", "access": "DENY", "Protocol": "TCP",
        "SourceAddressPrefix": "VIRTUALNETWORK", "sourcePORTRange": "1-2", "destinationaddressprefix": "10.0.0.4", "destinationPortRanges": ["443", "80"] } });
    let read = live_rule(&id(), &raw).unwrap();
    assert_eq!(read.rule.opening.to_string(), "egress deny tcp 80,443 from VIRTUALNETWORK port 1-2 to 10.0.0.4/32");
    assert_eq!((read.rule.priority, read.rule.name.as_str(), &read.raw), (4096, "r", &raw));
}

#[test]
fn singular_and_plural_members_count_together() {
    let many = json!({ "sourceAddressPrefix": "10.0.0.0/8", "sourceAddressPrefixes": ["11.0.0.0/8"], "destinationPortRange": "", "destinationPortRanges": ["1", "2"] });
    assert_eq!(shown(many), "ingress any 1-2 from 10.0.0.0/8, 11.0.0.0/8 to anywhere");
    assert_eq!(
        shown(json!({ "sourceAddressPrefix": null, "sourceAddressPrefixes": ["10.0.0.0/8"] })),
        "ingress any from 10.0.0.0/8 to anywhere"
    );
}

#[test]
fn what_fits_no_known_form_keeps_its_words() {
    let other = |properties| rule(properties).unwrap().rule.opening;
    assert_eq!(other(json!({ "sourceAddressPrefix": "111" })).source, Side::Other("111".to_owned()));
    assert_eq!(
        other(json!({ "sourceAddressPrefix": "Sql", "sourceAddressPrefixes": ["10.0.0.0/8"] })).source,
        Side::Other("Sql, 10.0.0.0/8".to_owned())
    );
    assert_eq!(other(json!({ "sourceAddressPrefix": "" })).source, Side::Other("nowhere".to_owned()));
    assert_eq!(other(json!({ "destinationPortRange": "90-80" })).destination_ports, PortSet::Other("90-80".to_owned()));
    assert_eq!(other(json!({ "destinationPortRange": "" })).destination_ports, PortSet::Other("none".to_owned()));
    assert_eq!(other(json!({ "protocol": "Gre" })).protocol, Protocol::Other("gre".to_owned()));
    let group = json!({ "sourceAddressPrefix": "", "sourceApplicationSecurityGroups": [{ "id": "/no/group" }] });
    assert_eq!(other(group).source, Side::Other("/no/group".to_owned()));
    assert_eq!(other(json!({ "sourceAddressPrefix": "0/0" })).source.to_string(), "0.0.0.0/0");
    assert_eq!(other(json!({ "sourceAddressPrefix": "Storage.WestEurope" })).source, Side::Tag(Tag::new("storage.westeurope")));
}

#[test]
fn groups_are_read_by_their_ids() {
    let asg = id().as_str().replace("networkSecurityGroups/core", "applicationSecurityGroups/Web");
    let opening = rule(json!({ "sourceAddressPrefix": "", "sourceApplicationSecurityGroups": [{ "id": asg, "location": "x" }] }))
        .unwrap()
        .rule
        .opening;
    assert_eq!(opening.source, Side::Groups(BTreeSet::from([asg.to_lowercase().parse().unwrap()])));
}

#[test]
fn an_answer_that_cannot_be_a_rule_is_refused_with_what_it_says() {
    let fault = |properties| rule(properties).unwrap_err().to_string();
    assert_eq!(
        fault(json!({ "direction": "Sideways" })),
        "Azure's answer tells of the rule `r` with the direction `\"Sideways\"`, which is none"
    );
    assert!(fault(json!({ "access": "Maybe" })).contains("access"));
    assert!(fault(json!({ "priority": 70000 })).contains("priority `70000`"));
    assert!(live_rule(&id(), &json!({ "properties": {} })).unwrap_err().to_string().contains("name"));
    assert_eq!(group(&id(), "e", &json!({ "value": [] })), Err(LiftError::Group("properties")));
    assert_eq!(group(&id(), "e", &json!({ "location": "w", "properties": {} })), Err(LiftError::Group("securityRules")));
}

#[test]
fn rules_come_in_the_order_in_which_they_are_heeded() {
    let rule = |name: &str, direction: &str, priority: u16| json!({ "name": name, "properties": { "direction": direction, "priority": priority, "access": "Allow" } });
    let rules = [rule("a", "Inbound", 300), rule("b", "Outbound", 200), rule("c", "Inbound", 100)];
    let body = json!({ "location": "westeurope", "tags": null, "properties": { "flushConnection": true, "securityRules": rules } });
    let read = group(&id(), "W/\"1\"", &body).unwrap();
    assert_eq!(read.rules.iter().map(|rule| rule.rule.name.as_str()).collect::<Vec<_>>(), ["b", "c", "a"]);
    let whole = read.whole.unwrap();
    assert_eq!((whole.flush_connections, whole.tags, whole.etag.as_str()), (Some(true), Value::Null, "W/\"1\""));
    let listed = body.pointer("/properties/securityRules").and_then(Value::as_array).unwrap();
    assert_eq!(group_of_rules(&id(), listed).unwrap(), Group { id: id(), whole: None, rules: read.rules });
}
