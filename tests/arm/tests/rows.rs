//! Every refusal that is known of Azure, with its status and all its words. What is recorded or reported stands here as it was said.

use serde_json::{Value, json};

use super::client::{Client, Said, VERSION, rule, whole};

/// An error of Microsoft.Network without details.
fn network(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message, "details": [] } })
}

/// An error of the gateway.
fn gateway(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message } })
}

#[track_caller]
fn is_gateway(said: Said, status: u16, code: &str, message: &str) {
    assert_eq!(said.headers.get("x-ms-failure-cause").map(String::as_str), Some("gateway"));
    assert_eq!(said.ok(status), gateway(code, message));
}

/// A client with the groups `core` and `other` and the application security groups `web` and `db`.
fn client() -> Client {
    let client = Client::new();
    client.hand("setup", json!({ "groups": ["core", "other"], "asgs": ["web", "db"] }));
    client
}

/// Asserts what is said to a whole group with one rule, and to that rule alone.
#[track_caller]
fn refused(client: &Client, changes: Value, code: &str, message: &str) {
    let rule = rule("r", 100, changes);
    assert_eq!(client.put("core", std::slice::from_ref(&rule)).ok(400), network(code, message), "as a whole group");
    let alone = client.json("PUT", &format!("{}/securityRules/r", client.group("core")), &rule);
    assert_eq!(alone.ok(400), network(code, message), "as a rule");
    assert_eq!(client.hand("rules", json!({ "group": "core" })), json!([]), "nothing was done");
}

#[test]
fn a_stale_etag() {
    let client = client();
    let etag = client.get(&client.group("core")).ok(200)["etag"].as_str().unwrap().to_owned();
    let message = format!(
        "Etag provided in if-match header W/\"old\" does not match etag {etag} of resource {} in NRP data store.",
        client.group("core")
    );
    let expected = json!({ "error": {
        "code": "PreconditionFailed",
        "message": "Precondition failed.",
        "details": [{ "code": "PreconditionFailedEtagMismatch", "message": message }],
    }});
    for old in ["W/\"old\"", "\"old\"", "old"] {
        assert_eq!(client.put_matching("core", &[], old).ok(412), expected);
    }
    client.put_matching("core", &[rule("r", 100, json!({}))], &etag).ok(200);
    assert_eq!(client.put_matching("core", &[], &etag).status, 412, "the etag is another one as soon as the group is written");
    assert_eq!(client.put_matching("core", &[], "*").status, 200);
    assert_eq!(client.put_matching("new", &[], "*").status, 412, "what does not exist matches nothing");
}

#[test]
fn what_is_missing() {
    let client = client();
    let message = "The Resource 'Microsoft.Network/networkSecurityGroups/none' under resource group 'rollout' was not found. For more details \
                   please go to https://aka.ms/ARMResourceNotFoundFix";
    is_gateway(client.get(&client.group("none")), 404, "ResourceNotFound", message);
    let elsewhere = client.group("core").replace("/rollout/", "/nowhere/");
    is_gateway(client.get(&elsewhere), 404, "ResourceGroupNotFound", "Resource group 'nowhere' could not be found.");
    is_gateway(client.json("PUT", &elsewhere, &whole(&[])), 404, "ResourceGroupNotFound", "Resource group 'nowhere' could not be found.");

    let message = |verb: &str| {
        let kind = "Microsoft.Network/networkSecurityGroups/securityRules";
        let parent = client.group("none");
        format!("Failed to perform '{verb}' on resource(s) of type '{kind}', because the parent resource '{parent}' could not be found.")
    };
    let orphan = format!("{}/securityRules/r", client.group("none"));
    is_gateway(client.json("PUT", &orphan, &rule("r", 100, json!({}))), 404, "ParentResourceNotFound", &message("write"));
    is_gateway(client.delete(&orphan), 404, "ParentResourceNotFound", &message("delete"));

    let missing = format!("{}/securityRules/none", client.group("core"));
    assert_eq!(client.get(&missing).ok(404), network("NotFound", &format!("Resource {missing} not found.")));
    client.delete(&missing).ok(204);
    client.delete(&client.group("none")).ok(204);

    let stranger = "/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/rollout";
    let message = "The subscription '11111111-1111-4111-8111-111111111111' could not be found.";
    is_gateway(client.get(stranger), 404, "SubscriptionNotFound", message);
    assert_eq!(client.get("/subscriptions/nonsense/resourceGroups/rollout").code(), "InvalidSubscriptionId");
    assert_eq!(client.get(&client.group("core").replace("networkSecurityGroups", "networkInsecurityGroups")).code(), "InvalidResourceType");
    assert_eq!(client.json("POST", &client.group("core"), &json!({})).ok(405)["error"]["code"], "HttpMethodNotAllowed");
}

#[test]
fn the_version() {
    let client = client();
    let ask = |query: &str| client.send("GET", &format!("{}{query}", client.group("core")), &[], Vec::new());
    is_gateway(ask(""), 400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests.");
    assert_eq!(ask("?api-version=latest").code(), "InvalidApiVersionParameter");
    ask("?api-version=2024-03-01").ok(200);
    ask("?Api-Version=2026-03-01-preview").ok(200);
}

#[test]
fn a_priority_that_is_taken() {
    let client = client();
    let message =
        "Security rule a conflicts with rule b. Rules cannot have the same Priority and Direction. To learn more, see aka.ms/nsgrules.";
    let (a, b) = (rule("a", 200, json!({})), rule("b", 200, json!({})));
    assert_eq!(client.put("core", &[a.clone(), b.clone()]).ok(400), network("SecurityRuleConflict", message));
    client.put("core", &[a.clone(), rule("b", 200, json!({ "direction": "Outbound" }))]).ok(200);
    let first = client.put("other", &[a]);
    client.settle(&first);
    assert_eq!(
        client.json("PUT", &format!("{}/securityRules/b", client.group("other")), &b).ok(400),
        network("SecurityRuleConflict", message)
    );
}

#[test]
fn names() {
    let client = client();
    for name in ["DenyAllOutBound", "allowvnetinbound"] {
        assert_eq!(client.put("core", &[rule(name, 100, json!({}))]).ok(400)["error"]["code"], "SecurityRuleConflict");
    }
    let message = "Resource name a b is invalid. The name can be up to 80 characters long. It must begin with a word character, and it must end with a \
                   word character or with '_'. The name may contain word characters or '.', '-', '_'.";
    assert_eq!(client.put("core", &[rule("a b", 100, json!({}))]).ok(400), network("InvalidResourceName", message));
    for name in ["", "-a", "a-", "a.", "ä", &"x".repeat(81)] {
        assert_eq!(client.put("core", &[rule(name, 100, json!({}))]).code(), "InvalidResourceName", "{name}");
    }
    for name in ["a", "a_", "1.a-b_c", &"x".repeat(80)] {
        assert_eq!(client.put("core", &[rule(name, 100, json!({}))]).status, 200, "{name}");
    }
    let message = format!("Resource {} has two child resources with the same name (A).", client.group("core"));
    let twice = [rule("a", 100, json!({})), rule("A", 101, json!({}))];
    assert_eq!(client.put("core", &twice).ok(400), network("DuplicateResourceName", &message));
    assert_eq!(client.put("-core", &[]).code(), "InvalidResourceName");
}

#[test]
fn too_many_rules() {
    let client = client();
    let rules: Vec<Value> = (0..1001).map(|number| rule(&format!("r{number}"), 100 + number, json!({}))).collect();
    let message = "A security group cannot have more than 1000 security rules.";
    assert_eq!(client.put("core", &rules).ok(400), network("SecurityRuleCountLimitReached", message));
    client.put("core", &rules[..1000]).ok(200);
}

#[test]
fn too_many_addresses_and_ports() {
    let client = client();
    let addresses = |count: u32| (0..count).map(|number| format!("10.{}.{}.1", number / 256, number % 256)).collect::<Vec<_>>();
    let ports = |count: u32| (0..count).map(|number| (number + 1).to_string()).collect::<Vec<_>>();
    let both = |changes: fn(Vec<String>) -> Value, first: Vec<String>, second: Vec<String>| {
        [rule("a", 100, changes(first)), rule("b", 101, changes(second))]
    };
    let destinations = |entries: Vec<String>| json!({ "destinationAddressPrefix": null, "destinationAddressPrefixes": entries });
    let sources = |entries: Vec<String>| json!({ "sourceAddressPrefix": null, "sourceAddressPrefixes": entries });
    let targets = |entries: Vec<String>| json!({ "destinationPortRange": null, "destinationPortRanges": entries });
    let origins = |entries: Vec<String>| json!({ "sourcePortRange": null, "sourcePortRanges": entries });
    let message = |count: u32, kind: &str| {
        format!(
            "Network security group {} has {count} {kind}. A security group cannot have more than 4000 {kind} as per the limit \
             MaxSecurityRuleAddressesOrPortsPerSecurityGroup.",
            client.group("core")
        )
    };
    let code = "SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached";
    for (rules, count, kind) in [
        (both(destinations, addresses(4000), addresses(94)), 4094, "DestinationAddressPrefixes"),
        (both(sources, addresses(2001), addresses(2000)), 4001, "SourceAddressPrefixes"),
        (both(targets, ports(4000), ports(1)), 4001, "DestinationPortRanges"),
        (both(origins, ports(3000), ports(1001)), 4001, "SourcePortRanges"),
    ] {
        assert_eq!(client.put("core", &rules).ok(400), network(code, &message(count, kind)));
    }
    client.put("core", &both(sources, addresses(2000), addresses(2000))).ok(200);
}

#[test]
fn addresses() {
    let client = client();
    let id = format!("{}/securityRules/r", client.group("core"));
    for value in ["VirtualNetwork", "*", "Storage.WestEurope", "internet"] {
        let message = format!(
            "Security rule parameter DestinationAddressPrefix for rule with Id {id} cannot specify existing VIRTUALNETWORK, INTERNET, \
             AZURELOADBALANCER, '*' or system tags. Unsupported value used: {value}."
        );
        let changes = json!({ "destinationAddressPrefix": null, "destinationAddressPrefixes": ["10.1.0.0/16", value] });
        refused(&client, changes, "SecurityRuleParameterContainsUnsupportedValue", &message);
    }
    for value in ["50.206.209.68/27", "any", "10.0.0.0/33", "10.0.0", "300.1.1.1", "10.0.0.1-10.0.0.9", "fd00::1/64"] {
        if value == "10.0.0" {
            continue; // that is one: 10.0.0.0
        }
        let message = format!("Security rule {id} has invalid Address prefix. Value provided: {value}");
        refused(&client, json!({ "sourceAddressPrefix": value }), "SecurityRuleInvalidAddressPrefix", &message);
        let changes = json!({ "sourceAddressPrefix": null, "sourceAddressPrefixes": [value] });
        refused(&client, changes, "SecurityRuleInvalidAddressPrefix", &message);
    }
    let message = format!(
        "Security rule parameter SourceAddressPrefixes for rule with Id {id} contains overlapping subnets. Overlapping subnets: 10.0.0.0/8, 10.9.0.0/16."
    );
    let changes = json!({ "sourceAddressPrefix": null, "sourceAddressPrefixes": ["10.9.0.0/16", "192.168.0.0/16", "10.0.0.0/8"] });
    refused(&client, changes, "OverlappingSubnetsNotPermittedInSecurityRule", &message);
    let mixed = json!({ "sourceAddressPrefix": "fd00::/8", "destinationAddressPrefix": "10.0.0.0/8" });
    assert_eq!(client.put("core", &[rule("r", 100, mixed)]).code(), "SecurityRuleAddressFamilyMismatch");
    let message = format!(
        "Required security rule parameters are missing for security rule with Id: {id}. Security rule must specify SourceAddressPrefixes, \
         SourceAddressPrefix, or SourceApplicationSecurityGroups."
    );
    refused(&client, json!({ "sourceAddressPrefix": null }), "SecurityRuleParametersMissing", &message);
    let both = json!({ "sourceAddressPrefixes": ["192.168.0.0/16"] });
    assert_eq!(client.put("core", &[rule("r", 100, both)]).code(), "SecurityRuleParametersConflict");
    let both = json!({ "sourceApplicationSecurityGroups": [{ "id": client.asg("web") }] });
    assert_eq!(client.put("core", &[rule("r", 100, both)]).code(), "SecurityRuleParametersConflict");
    for value in
        ["*", "10.1.2.3", "10.0.0.0/8", "fd00::/8", "VirtualNetwork", "AZURELOADBALANCER", "Storage.WestEurope", "111", "789", "0.0.0.0/0"]
    {
        let taken = client.put("core", &[rule("r", 100, json!({ "sourceAddressPrefix": value }))]);
        assert_eq!(taken.status, 200, "{value}: {}", taken.body);
    }
}

#[test]
fn a_tag_that_only_denies() {
    let client = client();
    let changes = |access: &str| json!({ "direction": "Outbound", "access": access, "destinationAddressPrefix": "AzurePlatformDNS" });
    assert_eq!(client.put("core", &[rule("r", 100, changes("Allow"))]).ok(400)["error"]["code"], "SecurityRuleInvalidAccessType");
    client.put("core", &[rule("r", 100, changes("Deny"))]).ok(200);
}

#[test]
fn ports() {
    let client = client();
    let id = format!("{}/securityRules/r", client.group("core"));
    for value in ["http", "70000", "90-80", "1,2", "-1", "1-2-3"] {
        let message = format!(
            "Security rule has invalid Port range. Value provided: {value}. Value should be an integer OR integer range with '-' delimiter. Valid \
             range 0-65535."
        );
        refused(&client, json!({ "destinationPortRange": value }), "SecurityRuleInvalidPortRange", &message);
        let changes = json!({ "sourcePortRange": null, "sourcePortRanges": ["1", value] });
        refused(&client, changes, "SecurityRuleInvalidPortRange", &message);
    }
    let starred = json!({ "destinationPortRange": null, "destinationPortRanges": ["443", "*"] });
    assert_eq!(client.put("core", &[rule("r", 100, starred)]).ok(400)["error"]["code"], "SecurityRuleParameterContainsInvalidPortRanges");
    let message = format!(
        "Required security rule parameters are missing for security rule with Id: {id}. Security rule must specify DestinationPortRange or \
         DestinationPortRanges."
    );
    refused(&client, json!({ "destinationPortRange": null }), "SecurityRuleParametersMissing", &message);
    let both = json!({ "destinationPortRanges": ["80"] });
    assert_eq!(client.put("core", &[rule("r", 100, both)]).code(), "SecurityRuleParametersConflict");
    for value in ["*", "0", "65535", "0-65535", "80-80"] {
        assert_eq!(client.put("core", &[rule("r", 100, json!({ "destinationPortRange": value }))]).status, 200, "{value}");
    }
}

#[test]
fn what_every_rule_needs() {
    let client = client();
    let id = format!("{}/securityRules/r", client.group("core"));
    for (property, name) in [("protocol", "Protocol"), ("access", "Access"), ("direction", "Direction"), ("priority", "Priority")] {
        let message = format!("Required security rule parameter {name} is missing for security rule with Id: {id}.");
        refused(&client, json!({ property: null }), "SecurityRuleParameterMissing", &message);
    }
    for priority in [-1, 0, 99, 4097, 65000] {
        let message = format!("Security rule has invalid Priority. Value provided: {priority} Allowed range 100-4096.");
        refused(&client, json!({ "priority": priority }), "SecurityRuleInvalidPriority", &message);
    }
    let long = client.put("core", &[rule("r", 100, json!({ "description": "ä".repeat(141) }))]);
    assert_eq!(long.code(), "SecurityRuleDescriptionTooLong");
    client.put("core", &[rule("r", 100, json!({ "description": "ä".repeat(140) }))]).ok(200);
    client.put("core", &[rule("a", 100, json!({})), rule("b", 4096, json!({}))]).ok(200);
}

#[test]
fn application_security_groups() {
    let client = client();
    let names: Vec<String> = (0..11).map(|number| format!("a{number}")).collect();
    client.hand("setup", json!({ "asgs": names }));
    let named = |names: &[String]| -> Vec<Value> { names.iter().map(|name| json!({ "id": client.asg(name) })).collect() };
    let sources = |names: &[String]| json!({ "sourceAddressPrefix": null, "sourceApplicationSecurityGroups": named(names) });
    let message = "A security rule may have up to 10 Application Security Group in the source or destination fields. For the limits of your \
                   subscription see aka.ms/asglimits.";
    refused(&client, sources(&names), "NumberOfApplicationSecurityGroupsReferencedInSecurityRuleLimitReached", message);
    client.put("core", &[rule("r", 100, sources(&names[..10]))]).ok(200);

    let id = format!("{}/securityRules/r", client.group("other"));
    let message = format!(
        "Resource {} referenced by resource {id} was not found. Please make sure that the referenced resource exists, and that both resources are \
         in the same region.",
        client.asg("none")
    );
    let absent = client.put("other", &[rule("r", 100, sources(&["none".to_owned()]))]);
    assert_eq!(absent.ok(400), network("InvalidResourceReference", &message));
    client.hand("setup", json!({ "asgs": ["far"], "location": "westus" }));
    assert_eq!(client.put("other", &[rule("r", 100, sources(&["far".to_owned()]))]).code(), "InvalidResourceReference");

    client.hand("join", json!({ "asg": "web", "network": "vnet-1" }));
    client.hand("join", json!({ "asg": "db", "network": "vnet-2" }));
    let across = json!({
        "sourceAddressPrefix": null, "sourceApplicationSecurityGroups": [{ "id": client.asg("web") }],
        "destinationAddressPrefix": null, "destinationApplicationSecurityGroups": [{ "id": client.asg("db") }],
    });
    let said = client.put("other", &[rule("r", 100, across)]);
    assert_eq!(said.ok(400)["error"]["code"], "AllApplicationSecurityGroupsInSecurityRuleMustBeFromSameVnet");

    let many: Vec<String> = (0..101).map(|number| format!("m{number}")).collect();
    client.hand("setup", json!({ "asgs": many }));
    let rules: Vec<Value> =
        many.iter().enumerate().map(|(number, name)| rule(name, 100 + number as u64, sources(std::slice::from_ref(name)))).collect();
    let said = client.put("other", &rules);
    assert_eq!(said.ok(400)["error"]["code"], "NumberOfApplicationSecurityGroupsReferencedInSecurityGroupLimitReached");
    client.put("other", &rules[..100]).ok(200);
    assert_eq!(client.delete(&client.asg("m1")).ok(400)["error"]["code"], "InUseApplicationSecurityGroupCannotBeDeleted");
}

#[test]
fn what_cannot_be_read() {
    let client = client();
    let raw = |body: &str| client.send("PUT", &format!("{}?{VERSION}", client.group("core")), &[], body.as_bytes().to_vec());
    for body in ["", "{", "[]", "null", "{\"location\":\"eastus\",\"properties\":{\"securityRules\":{}}}"] {
        assert_eq!(raw(body).ok(400), network("InvalidRequestFormat", "Cannot parse the request."), "{body}");
    }
    for (changes, property) in [
        (json!({ "priority": "100" }), "priority"),
        (json!({ "protocol": "SCTP" }), "protocol"),
        (json!({ "access": "Maybe" }), "access"),
        (json!({ "sourcePortRanges": "1" }), "sourcePortRanges"),
        (json!({ "description": 1 }), "description"),
    ] {
        let said = client.put("core", &[rule("r", 100, changes)]);
        assert_eq!((said.status, said.code(), said.detail()), (400, "InvalidRequestFormat", "InvalidJson"), "{property}");
        assert!(said.body.to_string().contains(property), "{}", said.body);
    }
    assert_eq!(raw("{\"location\":\"eastus\",\"rules\":[]}").ok(400)["error"]["code"], "InvalidRequestContent");
    is_gateway(raw("{}"), 400, "LocationRequired", "The location property is required for this definition.");
    let message = "The resource 'core' already exists in location 'eastus' in resource group 'rollout'. A resource with the same name cannot be \
                   created in location 'westus'. Please select a new resource name.";
    is_gateway(raw("{\"location\":\"West US\"}"), 409, "InvalidResourceLocation", message);
    raw("{\"location\":\"East US\"}").ok(200);
}

#[test]
fn what_is_sent_back_as_it_was_read() {
    let client = client();
    let ours = rule("r", 100, json!({ "sourceAddressPrefix": null, "sourceApplicationSecurityGroups": [{ "id": client.asg("web") }] }));
    let first = client.put("core", std::slice::from_ref(&ours));
    client.settle(&first);
    let read = client.get(&client.group("core")).ok(200);
    let said = client.json("PUT", &client.group("core"), &read);
    assert_eq!((said.status, said.code()), (400, "InvalidRequestFormat"));
    let mut embedded = ours.clone();
    embedded["properties"]["sourceApplicationSecurityGroups"][0]["name"] = json!("web");
    assert_eq!(client.put("core", &[embedded]).ok(400), network("InvalidRequestFormat", "Cannot parse the request."));
    client.say("/__settings", json!({ "settings": { "refuse_echo": false } })).ok(200);
    client.json("PUT", &client.group("core"), &read).ok(200);
}

#[test]
fn a_group_that_is_busy() {
    let client = client();
    client.say("/__settings", json!({ "settings": { "retry_after": 7, "seconds": 100.0 } })).ok(200);
    let rule_id = |name: &str| format!("{}/securityRules/{name}", client.group("core"));
    let first = client.json("PUT", &rule_id("a"), &rule("a", 100, json!({})));
    assert_eq!(first.status, 201);
    let operation = first.headers["azure-asyncoperation"].split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let message = format!(
        "Operation PutSecurityRuleOperation ({operation}) is updating resource {}. The call can be retried in 7 seconds.",
        client.group("core")
    );
    let expected = json!({ "error": {
        "code": "RetryableError",
        "message": "A retryable error occured.",
        "details": [{ "code": "RetryableErrorDueToAnotherOperation", "message": message }],
    }});
    for said in [
        client.json("PUT", &rule_id("b"), &rule("b", 101, json!({}))),
        client.delete(&rule_id("a")),
        client.put("core", &[]),
        client.delete(&client.group("core")),
    ] {
        assert_eq!(said.headers["retry-after"], "7");
        assert_eq!(said.ok(429), expected);
    }
    client.settle(&first);
    client.json("PUT", &rule_id("b"), &rule("b", 101, json!({}))).ok(201);
}

#[test]
fn a_write_that_is_superseded() {
    let client = client();
    let (first, second) = (client.put("core", &[rule("a", 100, json!({}))]), client.put("core", &[rule("b", 100, json!({}))]));
    let id = |said: &Said| said.headers["azure-asyncoperation"].split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let name = "PutNetworkSecurityGroupOperation";
    let message = format!("Operation {name} ({}) was canceled and superseded by operation {name} ({}).", id(&first), id(&second));
    let expected = json!({ "status": "Canceled", "error": {
        "code": "Canceled",
        "message": "Operation was canceled.",
        "details": [{ "code": "CanceledAndSupersededDueToAnotherOperation", "message": message }],
    }});
    assert_eq!(client.poll(&first).ok(200), expected);
    assert_eq!(client.settle(&second), json!({ "status": "Succeeded" }));
    let rules = client.hand("rules", json!({ "group": "core" }));
    assert_eq!((rules.as_array().unwrap().len(), &rules[0]["name"]), (1, &json!("b")));
}

#[test]
fn a_group_that_is_attached() {
    let client = client();
    let subnet =
        format!("/subscriptions/{}/resourceGroups/rollout/providers/Microsoft.Network/virtualNetworks/v/subnets/s", client.subscription());
    client.hand("edit_group", json!({ "group": "core", "subnets": [subnet] }));
    assert_eq!(client.get(&client.group("core")).ok(200)["properties"]["subnets"], json!([{ "id": subnet }]));
    let message = format!(
        "Network security group {} cannot be deleted because it is in use by the following resources: {subnet}. In order to delete the Network \
         security group, remove the association with the resource(s). To learn how to do this, see aka.ms/deletensg.",
        client.group("core")
    );
    assert_eq!(client.delete(&client.group("core")).ok(400), network("InUseNetworkSecurityGroupCannotBeDeleted", &message));
}

#[test]
fn a_provider_that_is_not_registered() {
    let client = client();
    client.say("/__settings", json!({ "settings": { "registered": false } })).ok(200);
    let message = "The subscription is not registered to use namespace 'Microsoft.Network'. See https://aka.ms/rps-not-found for how to register \
                   subscriptions.";
    is_gateway(client.put("core", &[]), 409, "MissingSubscriptionRegistration", message);
}

#[test]
fn throttling() {
    let client = client();
    client.say("/__settings", json!({ "settings": { "throttling": 0.001 } })).ok(200);
    let said: Vec<Said> = (0..260).map(|_| client.get(&client.group("core"))).collect();
    let throttled: Vec<&Said> = said.iter().filter(|said| said.status == 429).collect();
    assert_eq!(throttled.len(), 10, "a bucket holds 250 reads");
    assert_eq!((throttled[0].code(), throttled[0].headers["retry-after"].as_str()), ("TooManyRequests", "1"));
    client.put("core", &[]).ok(200); // writes have a bucket of their own
}
