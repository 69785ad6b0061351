//! Nothing secret goes in, nothing that changes the meaning comes out.

use super::*;
use crate::azure::endpoint::tests::fake::{Fake, GROUP, Seen, Step, endpoint, group};
use crate::azure::id::RuleName;
use crate::azure::{calls, error::AzureError};

#[tokio::test]
async fn a_request_of_the_typed_client_goes_our_way() {
    let fake = Fake::new([Step::json(200, r#"{"etag":"W/\"1\""}"#)]);
    calls::group(&endpoint(&fake), &group(), &Stop::never()).await.unwrap().unwrap();
    assert_eq!(fake.asked(), [format!("GET {GROUP}?api-version=2024-03-01")]);
    let Seen { headers, body, .. } = &fake.seen()[0];
    assert_eq!(fake.seen()[0].header("authorization"), Some("Bearer secret-token-1"));
    assert!(!headers.iter().any(|(_, value)| value.contains("none")), "what the typed client takes for a token stays there: {headers:?}");
    assert_eq!(body, "");
}

#[tokio::test]
async fn a_body_and_an_etag_arrive_as_they_are() {
    let fake = Fake::new([Step::json(200, "{}")]);
    let body = serde_json::json!({"location": "westeurope", "properties": {"securityRules": [], "later": {"a": 1.50}}});
    calls::put_group(&endpoint(&fake), &group(), &body, "W/\"5f\"", &Stop::never()).await.unwrap();
    let seen = &fake.seen()[0];
    assert_eq!((seen.body.as_str(), seen.header("if-match")), (body.to_string().as_str(), Some("W/\"5f\"")));
    assert_eq!(seen.header("content-type"), Some("application/json"));
}

const HOSTILE: [&str; 10] = ["%2e%2e", "..", ".", "a/../../x", "%2e%2e%2fx", "a?b=c", "a#b", "..\\x", "a/b", ""];

#[tokio::test]
async fn a_name_that_would_lead_elsewhere_never_leaves() {
    let fake = Fake::new([]);
    for name in HOSTILE {
        assert!(name.parse::<RuleName>().is_err(), "{name}");
        // And were it one, the request would still be seen to be about something else.
        let endpoint = endpoint(&fake);
        let call = endpoint.call("networkSecurityGroups/securityRules/delete", &group(), Some(&"emc-1".parse().unwrap()));
        let id = group();
        let sent = Bridge::new(&endpoint, call, &Stop::never())
            .carry(|client| client.security_rules_client().delete(id.resource_group(), id.name(), name, id.subscription().as_str()).send());
        let error = sent.await.unwrap_err();
        assert!(matches!(error, AzureError::Unanswered { .. }), "{name}: {error}");
        assert!(error.to_string().contains("emc-1"), "{error}");
    }
    assert_eq!(fake.asked(), [""; 0]);
}

#[tokio::test]
async fn names_of_other_letters_arrive_encoded() {
    let fake = Fake::new([Step::json(204, "")]);
    let id = GROUP.replace("/emc/", "/Büro.(1)/").parse().unwrap();
    calls::delete_rule(&endpoint(&fake), &id, &"é_1".parse().unwrap(), &Stop::never()).await.unwrap();
    let path = GROUP.replace("/emc/", "/B%C3%BCro.(1)/");
    assert_eq!(fake.asked(), [format!("DELETE {path}/securityRules/%C3%A9_1?api-version=2024-03-01")]);
}

#[tokio::test]
async fn an_id_in_other_letters_is_the_same_place() {
    let fake = Fake::new([Step::json(204, "")]);
    let id = GROUP.to_uppercase().parse().unwrap();
    calls::delete_rule(&endpoint(&fake), &id, &"emc-1".parse().unwrap(), &Stop::never()).await.unwrap();
    assert_eq!(fake.seen().len(), 1);
}
