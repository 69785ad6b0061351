//! Long-running operations: when they end, how, and what a group looks like meanwhile.

use serde_json::{Value, json};

use super::client::{Client, VERSION, rule};

fn client(settings: Value) -> Client {
    let client = Client::with(json!({ "settings": settings }));
    client.hand("setup", json!({ "groups": ["core"] }));
    client
}

fn etag(client: &Client) -> String {
    let read = client.get(&client.group("core"));
    assert_eq!(read.body["etag"], read.headers["etag"]);
    read.ok(200)["etag"].as_str().unwrap().to_owned()
}

#[test]
fn a_write_changes_the_etag_twice() {
    let client = client(json!({ "polls": 2, "retry_after": 3, "seconds": 100.0 }));
    let before = etag(&client);
    let said = client.put("core", &[rule("r", 100, json!({}))]);
    assert_eq!((said.headers["retry-after"].as_str(), said.headers["azure-asyncnotification"].as_str()), ("3", "Enabled"));
    assert!(!said.headers.contains_key("etag") && !said.headers.contains_key("location"));
    let properties = &said.body["properties"];
    for state in [
        &properties["provisioningState"],
        &properties["securityRules"][0]["properties"]["provisioningState"],
        &properties["defaultSecurityRules"][5]["properties"]["provisioningState"],
    ] {
        assert_eq!(state, "Updating");
    }
    let during = etag(&client);
    assert_eq!(said.body["etag"], during.as_str());
    assert_eq!(properties["securityRules"][0]["etag"], during.as_str(), "a rule has its group's");
    for _ in 0..2 {
        let poll = client.poll(&said);
        assert_eq!(poll.headers["retry-after"], "3");
        assert_eq!(poll.ok(200), json!({ "status": "InProgress" }));
    }
    assert_eq!(etag(&client), during);
    assert_eq!(client.poll(&said).ok(200), json!({ "status": "Succeeded" }));
    assert_eq!(client.poll(&said).ok(200), json!({ "status": "Succeeded" }), "it stays so");
    let after = etag(&client);
    assert!(before != during && during != after && before != after);
    assert_eq!(client.get(&client.group("core")).ok(200)["properties"]["provisioningState"], "Succeeded");
}

#[test]
fn a_new_group_is_created_and_an_equal_one_changes_nothing() {
    let client = client(json!({}));
    let said = client.put("new", &[]);
    assert_eq!((said.status, &said.body["properties"]["provisioningState"]), (201, &json!("Updating")));
    client.settle(&said);
    let read = client.get(&client.group("new")).ok(200);
    let again = client.put("new", &[]);
    assert_eq!(again.status, 200);
    assert_eq!(client.poll(&again).ok(200), json!({ "status": "Succeeded" }), "nothing is to be waited for");
    assert_eq!(again.body, read);
    assert_eq!(client.get(&client.group("new")).ok(200), read);
}

#[test]
fn it_ends_also_when_nobody_asks() {
    let client = client(json!({ "polls": 1000, "seconds": 0.02 }));
    client.put("core", &[rule("r", 100, json!({}))]).ok(200);
    std::thread::sleep(std::time::Duration::from_millis(40));
    assert_eq!(client.get(&client.group("core")).ok(200)["properties"]["provisioningState"], "Succeeded");
}

#[test]
fn rules_one_by_one() {
    let client = client(json!({}));
    let id = format!("{}/securityRules/r", client.group("core"));
    let first = etag(&client);
    let said = client.json("PUT", &id, &rule("r", 100, json!({})));
    assert_eq!((said.status, &said.body["properties"]["provisioningState"]), (201, &json!("Updating")));
    assert!(!said.headers.contains_key("azure-asyncnotification"), "only groups have it");
    assert_eq!(said.body["etag"], etag(&client).as_str());
    client.settle(&said);
    let headers = [("If-Match".to_owned(), first)];
    let body = rule("r", 101, json!({})).to_string().into_bytes();
    client.send("PUT", &format!("{id}?{VERSION}"), &headers, body).ok(412);
    let same = client.json("PUT", &id, &rule("R", 100, json!({})));
    assert_eq!((same.status, &same.body["name"], &same.body["properties"]["provisioningState"]), (200, &json!("r"), &json!("Succeeded")));
    let said = client.json("PUT", &id, &rule("r", 101, json!({})));
    assert_eq!(said.status, 200);
    client.settle(&said);
    let gone = client.delete(&id);
    assert!(gone.headers["location"].contains("/operationResults/"));
    assert_eq!((gone.status, gone.body.clone()), (202, Value::Null));
    assert_eq!(client.get(&id).ok(200)["properties"]["provisioningState"], "Deleting");
    assert_eq!(client.follow(&gone.headers["location"]).ok(202), Value::Null);
    client.settle(&gone);
    assert_eq!(client.follow(&gone.headers["location"]).ok(204), Value::Null);
    client.get(&id).ok(404);
}

#[test]
fn groups_go() {
    let client = client(json!({}));
    let said = client.delete(&client.group("core"));
    assert_eq!(said.status, 202);
    assert_eq!(client.get(&client.group("core")).ok(200)["properties"]["provisioningState"], "Deleting");
    assert_eq!(client.settle(&said), json!({ "status": "Succeeded" }));
    client.get(&client.group("core")).ok(404);
}

#[test]
fn the_signature_is_needed() {
    let client = client(json!({}));
    let said = client.put("core", &[rule("r", 100, json!({}))]);
    let url = &said.headers["azure-asyncoperation"];
    assert!(url.len() > 1000, "as long as Azure's");
    let bare = url.split('?').next().unwrap().strip_prefix("https://azure.test").unwrap();
    assert_eq!(client.get(bare).ok(404)["error"]["code"], "OperationNotFound");
    let forged = url.replacen("&s=", "&s=0", 1);
    client.follow(&forged).ok(404);
}

#[test]
fn it_fails_is_canceled_or_superseded() {
    for (kind, applied, status, code, state, left) in [
        ("fail", None, "Failed", "Rotten", "Failed", 1),
        ("fail", Some(false), "Failed", "Rotten", "Succeeded", 0),
        ("cancel", None, "Canceled", "Canceled", "Succeeded", 0),
        ("cancel", Some(true), "Canceled", "Canceled", "Succeeded", 1),
        ("supersede", None, "Canceled", "Canceled", "Succeeded", 0),
    ] {
        let client = client(json!({}));
        client.fault(json!({ "action": "PUT group", "kind": kind, "code": "Rotten", "message": "It went bad.", "applied": applied }));
        let said = client.put("core", &[rule("r", 100, json!({}))]);
        assert_eq!((said.status, &said.body["properties"]["provisioningState"]), (200, &json!("Updating")));
        let ended = client.settle(&said);
        assert_eq!((&ended["status"], &ended["error"]["code"]), (&json!(status), &json!(code)), "{kind}");
        if kind == "supersede" {
            assert_eq!(ended["error"]["details"][0]["code"], "CanceledAndSupersededDueToAnotherOperation");
        }
        if kind == "fail" {
            assert_eq!(ended["error"]["message"], "It went bad.");
        }
        let group = client.get(&client.group("core")).ok(200);
        assert_eq!(group["properties"]["provisioningState"], state, "{kind}");
        assert_eq!(group["properties"]["securityRules"].as_array().unwrap().len(), left, "{kind} {applied:?}");
        // Whatever became of it, the next write is taken.
        let next = client.put("core", &[rule("s", 100, json!({}))]);
        assert_eq!(client.settle(&next), json!({ "status": "Succeeded" }));
    }
}

#[test]
fn it_is_slow_held_or_lost() {
    let client = client(json!({}));
    client.fault(json!({ "action": "PUT group", "kind": "slow", "polls": 4 }));
    let said = client.put("core", &[rule("a", 100, json!({}))]);
    let polls = (0..5).map(|_| client.poll(&said).ok(200)["status"].clone()).collect::<Vec<_>>();
    assert_eq!(polls, ["InProgress", "InProgress", "InProgress", "InProgress", "Succeeded"]);

    client.fault(json!({ "action": "PUT group", "kind": "slow", "seconds": 0.05 }));
    let said = client.put("core", &[rule("b", 100, json!({}))]);
    assert_eq!(client.poll(&said).ok(200)["status"], "InProgress");
    assert_eq!(client.poll(&said).ok(200)["status"], "InProgress");
    std::thread::sleep(std::time::Duration::from_millis(70));
    assert_eq!(client.poll(&said).ok(200)["status"], "Succeeded");

    client.fault(json!({ "action": "PUT group", "kind": "held" }));
    let said = client.put("core", &[rule("c", 100, json!({}))]);
    for _ in 0..5 {
        assert_eq!(client.poll(&said).ok(200)["status"], "InProgress");
    }
    assert_eq!(client.say("/__release", json!({})).ok(200), json!({ "released": 1 }));
    assert_eq!(client.poll(&said).ok(200)["status"], "Succeeded");

    client.fault(json!({ "action": "PUT group", "kind": "lost" }));
    let said = client.put("core", &[rule("d", 100, json!({}))]);
    assert_eq!(client.poll(&said).ok(404)["error"]["code"], "OperationNotFound");
}
