//! What a group is made of, and what becomes of what is written.

use serde_json::json;

use super::client::{Client, VERSION, rule};

fn client() -> Client {
    let client = Client::new();
    client.hand("setup", json!({ "groups": ["core"], "asgs": ["web"] }));
    client
}

#[test]
fn a_rule_is_shown_as_azure_shows_it() {
    let client = client();
    let asg = client.asg("web");
    let sent = rule(
        "Web",
        1010,
        json!({
            "protocol": "tcp", "sourceAddressPrefix": "", "sourceApplicationSecurityGroups": [{ "id": asg.to_ascii_uppercase() }],
            "destinationPortRange": null, "destinationPortRanges": ["443", "8000-8010"], "description": null,
        }),
    );
    let said = client.put("core", &[sent]);
    client.settle(&said);
    let group = client.get(&client.group("core")).ok(200);
    let expected = json!({
        "name": "Web",
        "id": format!("{}/securityRules/Web", client.group("core")),
        "etag": group["etag"],
        "type": "Microsoft.Network/networkSecurityGroups/securityRules",
        "properties": {
            "provisioningState": "Succeeded", "protocol": "Tcp", "access": "Allow", "direction": "Inbound", "priority": 1010,
            "sourceApplicationSecurityGroups": [{ "id": asg }], "sourcePortRange": "*", "destinationAddressPrefix": "*",
            "sourcePortRanges": [], "destinationPortRanges": ["443", "8000-8010"], "sourceAddressPrefixes": [], "destinationAddressPrefixes": [],
        },
    });
    assert_eq!(group["properties"]["securityRules"], json!([expected]));
    let alone = client.get(&format!("{}/securityrules/WEB", client.group("CORE").replace("/rollout/", "/ROLLOUT/")));
    assert_eq!(alone.headers["etag"], group["etag"].as_str().unwrap());
    assert_eq!(alone.ok(200), expected, "names have no case");
}

#[test]
fn what_is_not_known_stays_and_what_is_left_out_goes() {
    let client = client();
    let mut known = rule("r", 100, json!({ "futureProperty": { "a": [1] } }));
    let body = |rule: &serde_json::Value| {
        let properties = json!({ "securityRules": [rule], "flushConnection": true, "futureSetting": "x" });
        json!({ "location": "eastus", "tags": { "owner": "net" }, "properties": properties })
    };
    let said = client.json("PUT", &client.group("core"), &body(&known));
    client.settle(&said);
    let group = client.get(&client.group("core")).ok(200);
    assert_eq!(group["properties"]["flushConnection"], true);
    assert_eq!(group["properties"]["futureSetting"], "x");
    assert_eq!(group["tags"], json!({ "owner": "net" }));
    assert_eq!(group["properties"]["securityRules"][0]["properties"]["futureProperty"], json!({ "a": [1] }));
    known["properties"].as_object_mut().unwrap().remove("futureProperty");
    let said = client.put("core", &[known]);
    client.settle(&said);
    let group = client.get(&client.group("core")).ok(200);
    assert_eq!((&group["properties"]["futureSetting"], &group["tags"]), (&json!(null), &json!(null)));
    assert_eq!(group["properties"]["securityRules"][0]["properties"]["futureProperty"], json!(null));
}

#[test]
fn rules_that_are_not_mentioned() {
    for (settings, left) in [(json!({}), 0), (json!({ "keep_omitted_rules": true }), 1)] {
        let client = client();
        client.say("/__settings", json!({ "settings": settings })).ok(200);
        client.hand("put_rule", json!({ "group": "core", "name": "r" }));
        client.json("PUT", &client.group("core"), &json!({ "location": "eastus" })).ok(200);
        assert_eq!(client.hand("rules", json!({ "group": "core" })).as_array().unwrap().len(), left);
    }
}

#[test]
fn lists_come_in_pages() {
    let client = client();
    client.hand("setup", json!({ "groups": ["a", "b", "c"], "resource_group": "more" }));
    let all = format!("/subscriptions/{}/providers/Microsoft.Network/networkSecurityGroups", client.subscription());
    let whole = client.get(&all).ok(200);
    assert_eq!((whole["value"].as_array().unwrap().len(), &whole["nextLink"]), (4, &json!(null)));
    client.say("/__settings", json!({ "settings": { "page": 3 } })).ok(200);
    let first = client.get(&all).ok(200);
    assert_eq!(first["value"].as_array().unwrap().len(), 3);
    let second = client.follow(first["nextLink"].as_str().unwrap()).ok(200);
    assert_eq!((second["value"].as_array().unwrap().len(), &second["nextLink"]), (1, &json!(null)));
    let rules = client.get(&format!("{}/defaultSecurityRules", client.group("core"))).ok(200);
    assert_eq!(rules["value"].as_array().unwrap().len(), 3);
    let one = client.get(&format!("{}/defaultSecurityRules/denyallinbound", client.group("core"))).ok(200);
    assert_eq!(one["properties"]["priority"], 65500);
}

#[test]
fn tags_are_patched() {
    let client = client();
    let before = client.get(&client.group("core")).ok(200);
    let after = client.json("PATCH", &client.group("core"), &json!({ "tags": { "a": "b" } })).ok(200);
    assert_eq!(after["tags"], json!({ "a": "b" }));
    assert_ne!(before["etag"], after["etag"]);
}

#[test]
fn application_security_groups_come_and_go() {
    let client = client();
    client.json("PUT", &client.asg("new"), &json!({ "location": "eastus" })).ok(201);
    client.json("PUT", &client.asg("new"), &json!({ "location": "eastus", "tags": { "a": "b" } })).ok(200);
    assert_eq!(client.get(&client.asg("NEW")).ok(200)["tags"], json!({ "a": "b" }));
    let all =
        format!("/subscriptions/{}/resourceGroups/rollout/providers/Microsoft.Network/applicationSecurityGroups", client.subscription());
    assert_eq!(client.get(&all).ok(200)["value"].as_array().unwrap().len(), 2);
    client.delete(&client.asg("new")).ok(202);
    client.delete(&client.asg("new")).ok(204);
    assert_eq!(client.get(&client.asg("new")).code(), "ResourceNotFound");
}

#[test]
fn what_a_stranger_does() {
    let client = client();
    client.hand("put_rule", json!({ "group": "core", "name": "a", "properties": { "protocol": "TCP" } }));
    client.hand("put_rule", json!({ "group": "core", "name": "b" }));
    let rules = client.hand("rules", json!({ "group": "core" }));
    assert_eq!((&rules[0]["properties"]["protocol"], &rules[1]["properties"]["priority"]), (&json!("TCP"), &json!(101)));
    client.hand("edit_rule", json!({ "group": "core", "name": "A", "changes": { "priority": 200, "protocol": null }, "rename": "c" }));
    client.hand("delete_rule", json!({ "group": client.group("core"), "name": "b" }));
    let rules = client.hand("rules", json!({ "group": "rollout/core" }));
    assert_eq!((rules.as_array().unwrap().len(), &rules[0]["name"], &rules[0]["properties"]["priority"]), (1, &json!("c"), &json!(200)));
    assert_eq!(rules[0]["properties"]["protocol"], json!(null));
    client.hand("fill", json!({ "group": "core", "count": 3, "from": 300, "direction": "Outbound" }));
    assert_eq!(client.hand("rules", json!({ "group": "core" })).as_array().unwrap().len(), 4);
    let etag = client.get(&client.group("core")).ok(200)["etag"].clone();
    client.hand("touch", json!({ "group": "core" }));
    assert_ne!(client.get(&client.group("core")).ok(200)["etag"], etag);
    client.hand("delete_group", json!({ "group": "core" }));
    client.get(&client.group("core")).ok(404);
    for (command, args) in [("show", json!({ "group": "core" })), ("dance", json!({})), ("delete_rule", json!({})), ("lock", json!({}))] {
        assert!(client.say("/__ctl", json!({ "command": command, "args": args })).ok(400)["error"].is_string(), "{command}");
    }
}

#[test]
fn segments_are_decoded_and_a_slash_at_the_end_is_nothing() {
    let client = client();
    let said = client.send("GET", &format!("{}/?{VERSION}", client.group("c%6Fre")), &[], Vec::new());
    assert_eq!(said.ok(200)["name"], "core");
}
