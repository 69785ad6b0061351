//! Roles and locks.

use serde_json::{Value, json};

use super::client::{Client, rule};
use crate::account::Account;

fn client() -> Client {
    let client = Client::new();
    client.hand("setup", json!({ "groups": ["core", "other"], "asgs": ["web", "db"] }));
    client
}

fn refusal(client: &Client, role: &Client, action: &str, scope: &str) -> Value {
    let token = role.seen()["log"].as_array().unwrap().last().unwrap()["client"].as_str().unwrap().to_owned();
    assert_ne!(token, client.account["principal"]["client_id"]);
    let said = role.get(&client.group("core")).body["error"]["message"].as_str().unwrap_or_default().to_owned();
    let object = said.split("object id '").nth(1).and_then(|rest| rest.split('\'').next()).unwrap_or_default().to_owned();
    json!(format!(
        "The client '{token}' with object id '{object}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope \
         is invalid. If access was recently granted, please refresh your credentials."
    ))
}

#[test]
fn what_a_role_does_not_say_is_refused() {
    let client = client();
    let nobody = client.other(json!([]));
    let said = nobody.get(&client.group("none"));
    assert_eq!(said.headers["x-ms-failure-cause"], "gateway");
    let expected = refusal(&client, &nobody, "Microsoft.Network/networkSecurityGroups/read", &client.group("none"));
    let error = said.ok(403)["error"].clone();
    assert_eq!((&error["code"], &error["message"]), (&json!("AuthorizationFailed"), &expected), "before it is said that there is none");
    for (method, id, action) in [
        ("PUT", client.group("core"), "networkSecurityGroups/write"),
        ("DELETE", client.group("core"), "networkSecurityGroups/delete"),
        ("PUT", format!("{}/securityRules/r", client.group("core")), "networkSecurityGroups/securityRules/write"),
        ("GET", format!("{}/securityRules/r", client.group("core")), "networkSecurityGroups/securityRules/read"),
        ("DELETE", format!("{}/securityRules/r", client.group("core")), "networkSecurityGroups/securityRules/delete"),
        ("GET", client.asg("web"), "applicationSecurityGroups/read"),
        ("PUT", client.asg("web"), "applicationSecurityGroups/write"),
    ] {
        let said = nobody.json(method, &id, &json!({ "location": "eastus" })).ok(403);
        let message = said["error"]["message"].as_str().unwrap();
        assert!(message.contains(&format!("'Microsoft.Network/{action}' over scope '{id}'")), "{message}");
    }
}

#[test]
fn roles_have_patterns_exceptions_and_scopes() {
    let client = client();
    let reader = client.other(json!([{ "actions": ["*/read"] }]));
    reader.get(&client.group("core")).ok(200);
    reader.put("core", &[]).ok(403);
    let rules = "Microsoft.Network/networkSecurityGroups/securityRules/";
    let by_rule = client.other(json!([{ "actions": [format!("{rules}*"), "microsoft.network/networksecuritygroups/READ"] }]));
    by_rule.put("core", &[]).ok(403);
    by_rule.json("PUT", &format!("{}/securityRules/r", client.group("core")), &rule("r", 100, json!({}))).ok(201);
    by_rule.get(&client.group("core")).ok(200);
    let but =
        client.other(json!([{ "actions": ["Microsoft.Network/*"], "notActions": ["Microsoft.Network/networkSecurityGroups/write"] }]));
    but.put("other", &[]).ok(403);
    but.get(&client.group("other")).ok(200);
    let here = client.other(json!([{ "actions": ["*"], "scope": client.group("core").to_ascii_uppercase() }]));
    here.get(&client.group("core")).ok(200);
    here.get(&client.group("other")).ok(403);
    here.get(&client.group("core2")).ok(403);
}

#[test]
fn rules_join_what_they_name() {
    let client = client();
    let write = "Microsoft.Network/networkSecurityGroups/*";
    let role = client.other(json!([
        { "actions": [write] },
        { "actions": ["Microsoft.Network/applicationSecurityGroups/joinNetworkSecurityRule/action"], "scope": client.asg("web") },
    ]));
    let named = |name: &str| {
        rule("r", 100, json!({ "sourceAddressPrefix": null, "sourceApplicationSecurityGroups": [{ "id": client.asg(name) }] }))
    };
    role.put("core", &[named("web")]).ok(200);
    for (said, action, scope) in [
        (role.put("other", &[named("db")]), "networkSecurityGroups/write", client.group("other")),
        (
            role.json("PUT", &format!("{}/securityRules/r", client.group("other")), &named("db")),
            "networkSecurityGroups/securityRules/write",
            format!("{}/securityRules/r", client.group("other")),
        ),
    ] {
        let error = said.ok(403)["error"].clone();
        assert_eq!(error["code"], "LinkedAuthorizationFailed");
        let expected = format!(
            "has permission to perform action 'Microsoft.Network/{action}' on scope '{scope}'; however, it does not have permission to perform action \
             'Microsoft.Network/applicationSecurityGroups/joinNetworkSecurityRule/action' on the linked scope(s) '{}' or the linked scope(s) are invalid.",
            client.asg("db")
        );
        assert!(error["message"].as_str().unwrap().ends_with(&expected), "{error}");
    }
}

#[test]
fn locks() {
    let client = client();
    client.hand("put_rule", json!({ "group": "core", "name": "r" }));
    let rule_id = format!("{}/securityRules/r", client.group("core"));
    client.hand("lock", json!({ "scope": rule_id, "level": "CanNotDelete" }));
    let message = format!(
        "The scope '{rule_id}' cannot perform delete operation because following scope(s) are locked: '{rule_id}'. Please remove the lock and try again."
    );
    assert_eq!(client.delete(&rule_id).ok(409), json!({ "error": { "code": "ScopeLocked", "message": message } }));
    assert_eq!(client.delete(&client.group("core")).code(), "ScopeLocked", "what has something locked in it");
    // A whole group that leaves the rule out deletes it all the same; that is known of Azure.
    let said = client.put("core", &[]);
    assert_eq!(said.status, 200);
    client.settle(&said);
    assert_eq!(client.hand("unlock", json!({ "scope": client.group("core") })), 1);
    let group = format!("/subscriptions/{}/resourceGroups/ROLLOUT", client.subscription());
    client.hand("lock", json!({ "scope": group, "level": "ReadOnly" }));
    assert_eq!(client.put("core", &[rule("r", 100, json!({}))]).code(), "ScopeLocked");
    client.get(&client.group("core")).ok(200);
}

#[test]
fn an_account_is_empty_at_first() {
    let (account, client) = Account::new("s".to_owned(), "t".to_owned(), "eastus".to_owned());
    assert!(account.groups.is_empty() && account.principals.contains_key(&client));
    assert_eq!(account.secrets().count(), 4);
}
