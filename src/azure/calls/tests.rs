//! Each request about a group, and what its answers mean.

use serde_json::json;

use super::*;
use crate::azure::endpoint::tests::fake::{Fake, GROUP, HOST, Step, endpoint, group as id};

#[tokio::test]
async fn a_group_is_found_with_all_that_azure_says() {
    let fake = Fake::new([Step::json(200, json!({"etag": "W/\"1\"", "later": {"x": 1}, "properties": {"securityRules": []}}))]);
    let found = group(&endpoint(&fake), &id(), &Stop::never()).await.unwrap().unwrap();
    assert_eq!((found.etag.as_str(), &found.body["later"]["x"]), ("W/\"1\"", &json!(1)));
    assert_eq!(
        fake.asked(),
        [format!("GET {GROUP}?api-version={API_VERSION}")],
        "the lists are of the version that the typed client speaks"
    );
}

#[tokio::test]
async fn a_group_is_gone_only_if_azure_says_so() {
    for code in ["ResourceNotFound", "ResourceGroupNotFound"] {
        let fake = Fake::new([Step::code(404, code)]);
        assert!(group(&endpoint(&fake), &id(), &Stop::never()).await.unwrap().is_none());
    }
    let others =
        [Step::json(404, "<html>no such page</html>"), Step::code(404, "SubscriptionNotFound"), Step::code(403, "AuthorizationFailed")];
    for step in others {
        let error = group(&endpoint(&Fake::new([step])), &id(), &Stop::never()).await.unwrap_err();
        assert!(matches!(error, AzureError::Refused { .. }), "{error}");
    }
    for body in ["", "[]", "{}", "<html>"] {
        let error = group(&endpoint(&Fake::new([Step::json(200, body)])), &id(), &Stop::never()).await.unwrap_err();
        assert!(matches!(error, AzureError::Unanswered { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_rule_is_written_and_deleted_by_its_name() {
    let fake = Fake::new([Step::json(201, "{}"), Step::json(200, ""), Step::code(404, "NotFound")]);
    let (azure, name) = (endpoint(&fake), "emc-core.1_x".parse().unwrap());
    let body = json!({"properties": {"priority": 1000, "later": true}});
    put_rule(&azure, &id(), &name, &body, &Stop::never()).await.unwrap();
    delete_rule(&azure, &id(), &name, &Stop::never()).await.unwrap();
    delete_rule(&azure, &id(), &name, &Stop::never()).await.unwrap();
    let rule = format!("{GROUP}/securityRules/emc-core.1_x?api-version={API_VERSION}");
    assert_eq!(fake.asked(), [format!("PUT {rule}"), format!("DELETE {rule}"), format!("DELETE {rule}")]);
    assert_eq!(fake.seen()[0].body, body.to_string());

    let refused = Fake::new([Step::code(403, "AuthorizationFailed")]);
    let error = put_rule(&endpoint(&refused), &id(), &name, &body, &Stop::never()).await.unwrap_err();
    assert!(error.advice().contains("Microsoft.Network/networkSecurityGroups/securityRules/write"), "{}", error.advice());
}

#[tokio::test]
async fn a_list_is_read_to_its_end_and_at_our_host() {
    let page = |names: &[&str], next: Option<&str>| {
        let rules: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        Step::json(200, json!({"value": rules, "nextLink": next}))
    };
    let fake = Fake::new([page(&["a", "b"], Some("https://evil.example.com/next?token=2")), page(&["c"], None)]);
    let rules = rules(&endpoint(&fake), &id(), &Stop::never()).await.unwrap().unwrap();
    let names: Vec<&str> = rules.iter().filter_map(|rule| rule["name"].as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_eq!(fake.asked(), [format!("GET {GROUP}/securityRules?api-version={API_VERSION}"), "GET /next?token=2".to_owned()]);
    assert!(fake.seen().iter().all(|seen| seen.url.starts_with(HOST)));
}

#[tokio::test]
async fn a_list_without_end_or_sense_is_refused() {
    let endless = std::iter::repeat_with(|| Step::json(200, json!({"value": [], "nextLink": "/again"}))).take(PAGES_MOST + 1);
    let error = rules(&endpoint(&Fake::new(endless)), &id(), &Stop::never()).await.unwrap_err();
    assert!(matches!(error, AzureError::Unanswered { .. }), "{error}");
    for body in [json!({}), json!({"value": 1}), json!({"value": [], "nextLink": "mailto:x@example.com"})] {
        let error = rules(&endpoint(&Fake::new([Step::json(200, body)])), &id(), &Stop::never()).await.unwrap_err();
        assert!(matches!(error, AzureError::Unanswered { .. }), "{error}");
    }
    let gone = Fake::new([Step::code(404, "ParentResourceNotFound")]);
    assert!(rules(&endpoint(&gone), &id(), &Stop::never()).await.unwrap().is_none());
}
