//! The client over TLS against the Azure of `tests/arm`, with every fault that is about requests.
//!
//! `EMC_TEST_ARM` is the `control` address that the example `arm` says, and SSL_CERT_FILE its authority.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::*;
use crate::azure::calls::{self, Found};
use crate::azure::id::RuleName;
use crate::azure::settings::Secret;

#[tokio::test]
#[ignore = "needs the example `arm` at EMC_TEST_ARM and its authority in SSL_CERT_FILE"]
async fn a_life_of_requests_over_the_wire() {
    let azure = Azure::new();
    let (id, stop) = (azure.group("core"), Stop::never());
    let endpoint = azure.arm().endpoint().await.unwrap();

    let nowhere = id.as_str().replace("core", "elsewhere").parse().unwrap();
    assert!(calls::group(&endpoint, &nowhere, &stop).await.unwrap().is_none());
    let first = calls::group(&endpoint, &id, &stop).await.unwrap().unwrap();
    let body = body(&first, &[("one", 1000), ("two", 1001), ("three", 1002)]);
    calls::put_group(&endpoint, &id, &body, &first.etag, &stop).await.unwrap();
    let second = calls::group(&endpoint, &id, &stop).await.unwrap().unwrap();
    assert_eq!((names(&second), second.body["properties"]["provisioningState"].as_str()), (3, Some("Succeeded")));
    assert_ne!(first.etag, second.etag);
    let stale = calls::put_group(&endpoint, &id, &body, &first.etag, &stop).await.unwrap_err();
    assert!(matches!(stale, AzureError::Stale { .. }), "{stale}");

    let four: RuleName = "four".parse().unwrap();
    calls::put_rule(&endpoint, &id, &four, &rule(1003), &stop).await.unwrap();
    azure.say("/__settings", json!({"settings": {"page": 1}}));
    assert_eq!(calls::rules(&endpoint, &id, &stop).await.unwrap().map(|rules| rules.len()), Some(4));
    calls::delete_rule(&endpoint, &id, &four, &stop).await.unwrap();
    calls::delete_rule(&endpoint, &id, &four, &stop).await.unwrap();
    let clash = calls::put_rule(&endpoint, &id, &four, &rule(1000), &stop).await.unwrap_err();
    assert_eq!(clash.code(), Some("SecurityRuleConflict"), "{clash}");
    assert!(clash.answer().unwrap().correlation_id.is_some(), "{clash}");
    azure.say("/__expire", json!({}));
    calls::group(&endpoint, &id, &stop).await.unwrap().unwrap();
    azure.assert_nobody_was_led_astray();
}

#[tokio::test]
#[ignore = "needs the example `arm` at EMC_TEST_ARM and its authority in SSL_CERT_FILE"]
async fn faults_over_the_wire() {
    let azure = Azure::new();
    let (id, stop) = (azure.group("core"), Stop::never());
    let endpoint = azure.arm().endpoint().await.unwrap();
    let priority = std::cell::Cell::new(1000); // A write that changes nothing is done at once.
    let put = async || {
        let found = calls::group(&endpoint, &id, &stop).await.unwrap().unwrap();
        priority.set(priority.get() + 1);
        calls::put_group(&endpoint, &id, &body(&found, &[("one", priority.get())]), &found.etag, &stop).await
    };
    for kind in ["throttle", "busy", "other_operation", "internal", "unavailable", "expired", "page"] {
        for action in ["GET group", "PUT group", "GET operation"] {
            let before = azure.count(action);
            azure.fault(json!({"action": action, "kind": kind, "retry_after": 0}));
            put().await.unwrap_or_else(|error| panic!("{kind} of {action}: {error}"));
            assert!(azure.count(action) >= before + 2, "{kind} of {action} was not met");
        }
    }
    for kind in ["drop", "after_half", "after_error"] {
        azure.fault(json!({"action": "GET group", "kind": kind}));
        put().await.unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
    for kind in ["after_drop", "after_half"] {
        azure.fault(json!({"action": "PUT group", "kind": kind}));
        let error = put().await.unwrap_err();
        assert!(matches!(error, AzureError::Unanswered { .. }), "{kind}: {error}");
    }
    for (kind, code) in [("fail", "SecurityRuleConflict"), ("cancel", "Canceled")] {
        azure.fault(json!({"action": "PUT group", "kind": kind, "code": code, "message": "Its words."}));
        let error = put().await.unwrap_err();
        assert!(matches!(error, AzureError::Failed { .. }) && error.code() == Some(code), "{kind}: {error}");
    }
    azure.fault(json!({"action": "PUT group", "kind": "supersede"}));
    let error = put().await.unwrap_err();
    assert!(matches!(error, AzureError::Superseded { .. }), "{error}");
    azure.fault(json!({"action": "PUT group", "kind": "slow", "polls": 3}));
    put().await.unwrap();
    azure.fault(json!({"action": "PUT group", "kind": "lost"}));
    let error = put().await.unwrap_err();
    assert!(matches!(error, AzureError::Unfinished { .. }), "{error}");
    azure.fault(json!({"action": "PUT group", "kind": "astray"}));
    put().await.unwrap();
    azure.say("/__settings", json!({"settings": {"page": 1}}));
    azure.fault(json!({"action": "GET rules", "kind": "astray"}));
    let _ = calls::rules(&endpoint, &id, &stop).await;
    azure.fault(json!({"action": "GET group", "kind": "redirect"}));
    let error = calls::group(&endpoint, &id, &stop).await.unwrap_err();
    assert_eq!(error.answer().map(|answer| answer.status), Some(307), "{error}");
    azure.assert_nobody_was_led_astray();
}

#[tokio::test]
#[ignore = "needs the example `arm` at EMC_TEST_ARM and its authority in SSL_CERT_FILE"]
async fn an_identity_without_rights_is_told_which() {
    let azure = Azure::new();
    let id = azure.group("core");
    let nobody = azure.say("/__principal", json!({"permissions": []}));
    let arm = Arm::new(azure.settings(nobody["client_id"].as_str(), nobody["client_secret"].as_str()));
    let error = arm.observe(&[id].into()).await.unwrap_err();
    assert!(error.advice().contains("allows `Microsoft.Network/networkSecurityGroups/read`"), "{error}: {}", error.advice());
}

/// An account of that Azure.
struct Azure {
    made: Value,
}

impl Azure {
    fn new() -> Azure {
        Azure { made: ask("POST", "/__account", &json!({})) }
    }

    fn arm(&self) -> Arm {
        Arm::new(self.settings(None, None))
    }

    fn settings(&self, client: Option<&str>, secret: Option<&str>) -> Settings {
        let given = |name: &str| self.made["environment"][name].as_str().map(str::to_owned);
        Settings {
            tenant_id: given("ARM_TENANT_ID"),
            metadata_host: given("ARM_METADATA_HOSTNAME"),
            client_id: client.map(str::to_owned).or_else(|| given("ARM_CLIENT_ID")),
            client_secret: secret.map(str::to_owned).or_else(|| given("ARM_CLIENT_SECRET")).map(Secret::from),
            ..Settings::default()
        }
    }

    fn group(&self, name: &str) -> NsgId {
        let made = self.say("/__ctl", json!({"command": "setup", "args": {"groups": [name]}}));
        made["result"]["groups"][name].as_str().unwrap().parse().unwrap()
    }

    fn fault(&self, fault: Value) {
        self.say("/__faults", json!({ "faults": [fault] }));
    }

    fn count(&self, action: &str) -> u64 {
        let seen = ask("GET", &format!("/__calls?subscription={}", self.made["subscription"].as_str().unwrap()), &Value::Null);
        seen["calls"][action].as_u64().unwrap_or_default()
    }

    fn say(&self, path: &str, mut body: Value) -> Value {
        body["subscription"] = self.made["subscription"].clone();
        ask("POST", path, &body)
    }

    fn assert_nobody_was_led_astray(&self) {
        assert_eq!(ask("GET", "/__visits", &Value::Null), json!([]));
    }
}

fn body(found: &Found, rules: &[(&str, u16)]) -> Value {
    let rules: Vec<Value> = rules
        .iter()
        .map(|(name, priority)| {
            let mut rule = rule(*priority);
            rule["name"] = json!(name);
            rule
        })
        .collect();
    json!({"location": found.body["location"], "properties": {"securityRules": rules}})
}

fn rule(priority: u16) -> Value {
    json!({"properties": {
        "priority": priority, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "10.0.0.0/8",
        "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "443",
    }})
}

fn names(found: &Found) -> usize {
    found.body["properties"]["securityRules"].as_array().map_or(0, Vec::len)
}

fn ask(method: &str, path: &str, body: &Value) -> Value {
    let control = std::env::var("EMC_TEST_ARM").expect("EMC_TEST_ARM is the address where the example `arm` is controlled");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(control.trim_start_matches("http://")).unwrap();
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
    serde_json::from_str(body).unwrap()
}
