//! Scripted faults: each kind does what is told of it, and only where it is told.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::{Client, VERSION, rule};
use crate::serve::Door;

fn client() -> Client {
    let client = Client::new();
    client.hand("setup", json!({ "groups": ["core", "other"] }));
    client
}

fn rules(client: &Client) -> usize {
    client.hand("rules", json!({ "group": "core" })).as_array().unwrap().len()
}

fn put(client: &Client) -> Option<super::client::Said> {
    let body = super::client::whole(&[rule("r", 100, json!({}))]).to_string().into_bytes();
    client.try_send("PUT", &format!("{}?{VERSION}", client.group("core")), &[], body)
}

#[test]
fn nothing_is_done() {
    for (kind, status, code, retry_after) in [
        ("throttle", 429, "TooManyRequests", Some("1")),
        ("busy", 429, "RetryableError", Some("1")),
        ("other_operation", 409, "AnotherOperationInProgress", None),
        ("internal", 500, "InternalServerError", None),
        ("unavailable", 503, "ServiceUnavailable", Some("1")),
        ("expired", 401, "ExpiredAuthenticationToken", None),
        ("unauthenticated", 401, "InvalidAuthenticationToken", None),
        ("policy", 403, "RequestDisallowedByPolicy", None),
        ("error", 400, "BadRequest", None),
        ("page", 502, "", None),
        ("redirect", 307, "", None),
    ] {
        let client = client();
        client.fault(json!({ "action": "PUT group", "kind": kind }));
        let said = put(&client).unwrap();
        assert_eq!((said.status, said.code()), (status, code), "{kind}");
        assert_eq!(said.headers.get("retry-after").map(String::as_str), retry_after, "{kind}");
        assert_eq!(said.headers.contains_key("www-authenticate"), status == 401);
        assert_eq!(rules(&client), 0, "{kind}");
        assert_eq!(put(&client).unwrap().status, 200, "{kind}: only once");
        assert_eq!(client.seen()["calls"]["PUT group"], 2);
        assert_eq!(client.seen()["log"].as_array().unwrap().iter().filter(|entry| entry["status"] == status).count(), 1, "{kind}");
    }
    let client = client();
    client.fault(json!({ "action": "PUT group", "kind": "throttle", "retry_after": 17 }));
    assert_eq!(put(&client).unwrap().headers["retry-after"], "17");
    client.fault(json!({ "action": "PUT group", "kind": "error", "status": 418, "code": "Teapot", "message": "No." }));
    assert_eq!(put(&client).unwrap().ok(418), json!({ "error": { "code": "Teapot", "message": "No.", "details": [] } }));
    client.fault(json!({ "action": "PUT group", "kind": "redirect" }));
    assert!(put(&client).unwrap().headers["location"].starts_with("https://elsewhere.test/subscriptions/"));
}

#[test]
fn the_answer_is_lost() {
    for (kind, left) in [("drop", 0), ("after_drop", 1), ("after_half", 1)] {
        let client = client();
        client.fault(json!({ "action": "PUT group", "kind": kind }));
        assert!(put(&client).is_none(), "{kind}");
        assert_eq!(rules(&client), left, "{kind}");
        assert_eq!(client.seen()["log"].as_array().unwrap().last().unwrap()["status"], Value::Null);
    }
    let client = client();
    client.fault(json!({ "action": "PUT group", "kind": "after_error" }));
    assert_eq!(put(&client).unwrap().status, 500);
    assert_eq!(rules(&client), 1);
}

#[test]
fn which_requests_are_hit() {
    let client = client();
    client.fault(json!({ "action": "GET group", "kind": "internal", "nth": 2, "times": 2, "params": { "group": client.group("CORE") } }));
    let said: Vec<u16> = ["core", "other", "core", "core", "other", "core"].map(|name| client.get(&client.group(name)).status).into();
    assert_eq!(said, [200, 200, 500, 500, 200, 200]);
    client.fault(json!({ "action": "*", "kind": "internal", "nth": 2, "times": 0 }));
    assert_eq!(client.get(&client.group("core")).status, 200);
    assert_eq!(put(&client).unwrap().status, 500);
    assert_eq!(client.get(&client.group("core")).status, 500);
    client.say("/__reset", json!({})).ok(200);
    assert_eq!(client.get(&client.group("core")).status, 200);
    assert_eq!(client.seen()["calls"], json!({ "GET group": 1 }));
    for wrong in [
        json!({ "action": "PUT group", "kind": "dance" }),
        json!({ "action": "PUT group", "kind": "run" }),
        json!({ "action": "PutGroup", "kind": "drop" }),
        json!({ "kind": "drop" }),
        json!({ "action": "PUT group", "kind": "drop", "time": 1 }),
    ] {
        assert!(client.say("/__faults", json!({ "faults": [wrong] })).ok(400)["error"].is_string());
    }
}

#[test]
fn somebody_else_acts_meanwhile() {
    let client = client();
    let etag = client.get(&client.group("core")).ok(200)["etag"].as_str().unwrap().to_owned();
    let foreign = json!({ "command": "put_rule", "args": { "group": "core", "name": "foreign", "properties": { "priority": 4000 } } });
    client.fault(json!({ "action": "PUT group", "kind": "run", "before": foreign }));
    assert_eq!(client.put_matching("core", &[], &etag).ok(412)["error"]["code"], "PreconditionFailed");
    assert_eq!(rules(&client), 1, "the foreign rule is there");

    client.fault(json!({ "action": "GET group", "kind": "run", "after": [{ "command": "delete_rule", "args": { "group": "core", "name": "foreign" } }] }));
    let read = client.get(&client.group("core")).ok(200);
    assert_eq!(read["properties"]["securityRules"].as_array().unwrap().len(), 1, "as it was when it was read");
    assert_eq!(rules(&client), 0);

    client.fault(json!({ "action": "GET group", "kind": "run", "before": { "command": "delete_group", "args": { "group": "none" } } }));
    client.get(&client.group("core")).ok(200);
    let mishaps = client.seen()["mishaps"].clone();
    assert!(mishaps[0].as_str().unwrap().starts_with("delete_group: `none` is not the name"), "{mishaps}");
}

#[test]
fn requests_hang_until_they_are_released() {
    for (kind, done, hanging_rules, left, answered) in
        [("hang", true, 0, 1, true), ("hang", false, 0, 0, false), ("after_hang", true, 1, 1, true), ("after_hang", false, 1, 1, false)]
    {
        let client = Arc::new(client());
        client.fault(json!({ "action": "PUT group", "kind": kind }));
        let other = client.clone();
        let asked = std::thread::spawn(move || put(&other).is_some());
        while client.seen()["hanging"] != 1 {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        assert_eq!(rules(&client), hanging_rules, "{kind}");
        assert_eq!(client.say("/__release", json!({ "done": done })).ok(200), json!({ "released": 1 }));
        assert_eq!(rules(&client), left, "{kind} {done}");
        assert_eq!(asked.join().unwrap(), answered, "{kind} {done}");
    }
}

#[test]
fn what_azure_has_got_is_carried_out_also_when_nobody_waits_for_it() {
    for (done, left) in [(true, 1), (false, 0)] {
        let client = client();
        client.fault(json!({ "action": "PUT group", "kind": "hang" }));
        let body = super::client::whole(&[rule("r", 100, json!({}))]).to_string();
        let target = format!("{}?{VERSION}", client.group("core"));
        client.send_and_go("PUT", &target, body.as_bytes(), || client.seen()["hanging"] == 1);
        assert_eq!(client.say("/__release", json!({ "done": done })).ok(200), json!({ "released": 1 }));
        assert_eq!(rules(&client), left, "{done}");
    }
}

#[test]
fn requests_are_late() {
    let client = client();
    client.fault(json!({ "action": "GET group", "kind": "delay", "seconds": 0.05 }));
    let begun = std::time::Instant::now();
    client.get(&client.group("core")).ok(200);
    assert!(begun.elapsed().as_millis() >= 50);
}

#[test]
fn a_change_is_not_seen_yet() {
    let client = client();
    client.fault(json!({ "action": "PUT group", "kind": "unseen", "calls": 2 }));
    put(&client).unwrap();
    let seen: Vec<usize> =
        (0..3).map(|_| client.get(&client.group("core")).ok(200)["properties"]["securityRules"].as_array().unwrap().len()).collect();
    assert_eq!(seen, [0, 0, 1]);
    client.fault(json!({ "action": "PUT group", "kind": "unseen" }));
    client.put("new", &[]).ok(201);
    client.get(&client.group("new")).ok(404);
    client.get(&client.group("new")).ok(200);
}

#[test]
fn clients_are_lured_elsewhere() {
    let client = client();
    for (action, said) in [("PUT group", Some("azure-asyncoperation")), ("DELETE rule", Some("location")), ("GET rules", None)] {
        client.hand("put_rule", json!({ "group": "core", "name": "r" }));
        client.fault(json!({ "action": action, "kind": "astray" }));
        let rule_id = format!("{}/securityRules/r", client.group("core"));
        let url = match action {
            "PUT group" => client.put("core", &[rule("r", 200, json!({}))]).headers[said.unwrap()].clone(),
            "DELETE rule" => {
                client.say("/__ctl", json!({ "command": "touch", "args": { "group": "core" } }));
                client.delete(&rule_id).headers[said.unwrap()].clone()
            }
            _ => client.get(&format!("{}/securityRules", client.group("core"))).ok(200)["nextLink"].as_str().unwrap().to_owned(),
        };
        let target = url.strip_prefix("https://elsewhere.test").unwrap_or_else(|| panic!("{action}: {url}"));
        // What it says leads to the same place here, too.
        client.send("GET", target, &[], Vec::new());
        let visits = |client: &Client| client.send_to(Door::Control, "GET", "/__visits", &[], Vec::new()).unwrap().ok(200);
        client.send_to(Door::Elsewhere, "GET", target, &[], Vec::new()).unwrap().ok(200);
        assert_eq!(visits(&client).as_array().unwrap().last().unwrap()["token"], false);
        let token = [("Authorization".to_owned(), "Bearer anything".to_owned())];
        client.send_to(Door::Elsewhere, "GET", target, &token, Vec::new()).unwrap();
        assert_eq!(visits(&client).as_array().unwrap().last().unwrap()["token"], true);
        let secret = client.account["principal"]["client_secret"].as_str().unwrap();
        client.send_to(Door::Elsewhere, "POST", "/x", &[], secret.as_bytes().to_vec()).unwrap();
        assert_eq!(visits(&client).as_array().unwrap().last().unwrap()["token"], true);
    }
}

#[test]
fn tokens_fail_too() {
    let client = client();
    client.fault(json!({ "action": "POST token", "kind": "unavailable" }));
    let principal = &client.account["principal"];
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", principal["client_id"].as_str().unwrap()),
        ("client_secret", principal["client_secret"].as_str().unwrap()),
        ("scope", "https://management.azure.com/.default"),
    ];
    assert_eq!(client.token(&form).status, 503);
    client.token(&form).ok(200);
    client
        .send_to(
            Door::Control,
            "POST",
            "/__faults",
            &[],
            json!({ "faults": [{ "action": "GET metadata", "kind": "drop" }] }).to_string().into_bytes(),
        )
        .unwrap()
        .ok(200);
    assert!(client.send_to(Door::Azure, "GET", "/metadata/endpoints?api-version=2022-09-01", &[], Vec::new()).is_none());
}
