//! An operation is followed to its end, wherever its status is, at no other host than ours.

use std::time::Instant;

use tokio::sync::watch;

use super::*;
use crate::azure::calls;
use crate::azure::endpoint::tests::fake::{Fake, GROUP, HOST, Step, endpoint, group};

const OPERATION: &str =
    "/subscriptions/s/providers/Microsoft.Network/locations/westeurope/operations/1?api-version=2024-03-01&t=1&s=SIG%2FN";

#[tokio::test]
async fn an_operation_is_asked_until_it_is_done() {
    let running = || Step::json(200, r#"{"status":"InProgress"}"#).with("retry-after", "0");
    let fake = Fake::new([accepted(HOST), running(), running(), Step::json(200, r#"{"status":"succeeded"}"#)]);
    put(&fake, &Stop::never()).await.unwrap();
    let asked = fake.asked();
    assert!(asked[0].starts_with("PUT "), "{asked:?}");
    assert_eq!(asked[1..], vec![format!("GET {OPERATION}"); 3]);
}

#[tokio::test]
async fn the_token_stays_with_our_host() {
    for header in ["azure-asyncoperation", "location"] {
        let hostile = Step::json(202, "").with(header, format!("https://evil.example.com{OPERATION}")).with("retry-after", "0");
        let fake = Fake::new([hostile, Step::json(200, r#"{"status":"Succeeded"}"#)]);
        put(&fake, &Stop::never()).await.unwrap();
        assert_eq!(fake.asked()[1], format!("GET {OPERATION}"), "at the host that was configured");
        assert!(fake.seen().iter().all(|seen| seen.url.starts_with(HOST)), "{:?}", fake.seen());
    }
}

#[tokio::test]
async fn a_place_of_the_result_answers_202_until_it_is_done() {
    let begun = Step::json(202, "").with("location", format!("{HOST}{OPERATION}")).with("retry-after", "0");
    let running = Step::json(202, "").with("retry-after", "0");
    let fake = Fake::new([begun, running, Step::json(204, "")]);
    calls::delete_rule(&endpoint(&fake), &group(), &"emc-1".parse().unwrap(), &Stop::never()).await.unwrap();
    assert_eq!(fake.seen().len(), 3);
}

#[tokio::test]
async fn the_operation_is_preferred_to_the_place_of_the_result() {
    let begun = accepted(HOST).with("location", format!("{HOST}/elsewhere"));
    let fake = Fake::new([begun, Step::json(200, r#"{"status":"Succeeded"}"#)]);
    put(&fake, &Stop::never()).await.unwrap();
    assert_eq!(fake.asked()[1], format!("GET {OPERATION}"));
}

#[tokio::test]
async fn the_resource_tells_where_nothing_else_does() {
    let state = |state: &str| Step::json(200, serde_json::json!({"properties": {"provisioningState": state}}));
    let fake = Fake::new([state("Updating"), state("Updating"), state("Succeeded")]);
    put(&fake, &Stop::never()).await.unwrap();
    assert_eq!(fake.asked()[2], format!("GET {GROUP}?api-version=2024-03-01"));

    let fake = Fake::new([state("Succeeded")]);
    put(&fake, &Stop::never()).await.unwrap();
    assert_eq!(fake.seen().len(), 1, "what is done already is not asked about");
}

#[tokio::test]
async fn a_failure_keeps_azures_words() {
    let failed = r#"{"status":"Failed","error":{"code":"SecurityRuleConflict","message":"Rules conflict.","details":[{"code":"More","message":"d"}]}}"#;
    let fake = Fake::new([accepted(HOST), Step::json(200, failed)]);
    let error = put(&fake, &Stop::never()).await.unwrap_err();
    assert!(matches!(error, AzureError::Failed { .. }), "{error}");
    assert!(error.to_string().ends_with("ended with `SecurityRuleConflict`: Rules conflict. (`More`: d)"), "{error}");

    let fake = Fake::new([accepted(HOST), Step::json(200, r#"{"status":"Canceled"}"#)]);
    let error = put(&fake, &Stop::never()).await.unwrap_err();
    assert!(error.to_string().ends_with("ended with `Canceled`: (no message)"), "{error}");
}

#[tokio::test]
async fn an_operation_that_a_later_one_superseded_is_told_apart() {
    let canceled = r#"{"status":"Canceled","error":{"code":"Canceled","message":"Operation was canceled.","details":[{"code":"CanceledAndSupersededDueToAnotherOperation","message":"m"}]}}"#;
    let fake = Fake::new([accepted(HOST), Step::json(200, canceled)]);
    let error = put(&fake, &Stop::never()).await.unwrap_err();
    assert!(matches!(error, AzureError::Superseded { .. }), "{error}");
}

#[tokio::test]
async fn what_does_not_exist_yet_is_still_running() {
    let fake = Fake::new([accepted(HOST), Step::code(404, "NotFound"), Step::json(200, r#"{"status":"Succeeded"}"#)]);
    put(&fake, &Stop::never()).await.unwrap();
    assert_eq!(fake.seen().len(), 3);
}

#[tokio::test]
async fn trouble_on_the_way_to_the_status_is_repeated() {
    let steps = [
        accepted(HOST),
        Step::code(429, "TooManyRequests").with("retry-after", "0"),
        Step::Fail(azure_core::error::ErrorKind::Io, "cut"),
        Step::code(401, "ExpiredAuthenticationToken"),
        Step::json(200, r#"{"status":"Succeeded"}"#),
    ];
    let fake = Fake::new(steps);
    put(&fake, &Stop::never()).await.unwrap();
    assert_eq!(fake.seen().len(), 5);
}

#[tokio::test]
async fn an_end_that_cannot_be_seen_is_not_taken_for_one() {
    for step in [Step::code(403, "AuthorizationFailed"), Step::json(200, "<html>"), Step::json(200, "")] {
        let is_empty = matches!(&step, Step::Answer(_, _, body) if body.is_empty());
        let fake = Fake::new([accepted(HOST), step]);
        let outcome = put(&fake, &Stop::never()).await;
        assert!(is_empty || matches!(&outcome, Err(AzureError::Unanswered { .. })), "{outcome:?}");
    }
    let nowhere = Step::json(202, "").with("azure-asyncoperation", "mailto:someone@example.com");
    let error = put(&Fake::new([nowhere]), &Stop::never()).await.unwrap_err();
    assert!(matches!(error, AzureError::Unanswered { .. }), "{error}");
}

#[tokio::test]
async fn a_stop_ends_the_wait_at_once() {
    let (sender, receiver) = watch::channel(false);
    let fake = Fake::new([accepted(HOST).with("retry-after", "60")]);
    let (stop, begun) = (Stop::on(receiver), Instant::now());
    let soon = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        sender.send_replace(true);
    };
    let (outcome, ()) = tokio::join!(put(&fake, &stop), soon);
    assert!(matches!(outcome, Err(AzureError::Unfinished { .. })), "{outcome:?}");
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let running = || Step::json(200, r#"{"status":"InProgress"}"#);
    let fake = Fake::new([accepted(HOST)].into_iter().chain(std::iter::repeat_with(running).take(1000)));
    let outcome = put(&fake, &Stop::never()).await;
    assert!(matches!(outcome, Err(AzureError::Unfinished { .. })), "{outcome:?}");
    assert!(fake.seen().len() < 20, "the questions become rarer: {}", fake.seen().len());
}

fn accepted(host: &str) -> Step {
    Step::json(200, r#"{"properties":{"provisioningState":"Updating"}}"#)
        .with("azure-asyncoperation", format!("{host}{OPERATION}"))
        .with("retry-after", "0")
}

async fn put(fake: &std::sync::Arc<Fake>, stop: &Stop) -> Result<(), AzureError> {
    calls::put_group(&endpoint(fake), &group(), &Value::Null, "W/\"1\"", stop).await
}
