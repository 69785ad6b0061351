//! A request is repeated where that helps, ends where it does not, and its error says what is known.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::*;
use fake::{Fake, GROUP, Step, endpoint, group};

pub(in crate::azure) mod fake;
mod secrets;

#[tokio::test]
async fn a_request_carries_the_token_and_says_who_asks() {
    let fake = Fake::new([Step::json(200, "{}")]);
    let reply = get(&fake, &Stop::never()).await.unwrap();
    assert_eq!((reply.status, reply.url.path()), (200, GROUP));
    let seen = &fake.seen()[0];
    assert_eq!(seen.header("authorization"), Some("Bearer secret-token-1"));
    assert!(seen.header("user-agent").unwrap().contains(env!("CARGO_PKG_NAME")), "{seen:?}");
    assert!(seen.header("x-ms-client-request-id").is_some(), "{seen:?}");
}

#[tokio::test]
async fn the_token_goes_over_tls_only() {
    let fake = Fake::new([]);
    let http: Arc<dyn HttpClient> = Arc::<Fake>::clone(&fake);
    let credential = Arc::new(Told(Arc::new(Never)));
    let plain = Endpoint::new("http://arm.example.com".parse().unwrap(), "s", credential, Vec::new(), http);
    let request = Request::new(plain.url().clone(), Method::Get);
    let error = plain.exchange(&request, &plain.call("networkSecurityGroups/read", &group(), None), &Stop::never()).await.unwrap_err();
    assert!(matches!(error, AzureError::Unanswered { .. }), "{error}");
    assert!(fake.seen().is_empty());
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let refused = || Step::code(401, "ExpiredAuthenticationToken").with("www-authenticate", "Bearer");
    let fake = Fake::new([refused(), Step::json(200, "{}")]);
    get(&fake, &Stop::never()).await.unwrap();
    let tokens: Vec<String> = fake.seen().iter().map(|seen| seen.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(tokens, ["Bearer secret-token-1", "Bearer secret-token-2"]);

    let fake = Fake::new([refused(), refused()]);
    let error = get(&fake, &Stop::never()).await.unwrap_err();
    assert_eq!(error.code(), Some("ExpiredAuthenticationToken"));
}

#[tokio::test]
async fn what_passes_is_waited_out() {
    let busy =
        Step::json(429, r#"{"error":{"code":"RetryableError","message":"m","details":[{"code":"RetryableErrorDueToAnotherOperation"}]}}"#);
    let steps = [
        Step::code(429, "TooManyRequests").with("retry-after", "0"),
        busy,
        Step::code(409, "AnotherOperationInProgress"),
        Step::code(503, "ServerBusy").with("x-ms-retry-after-ms", "1"),
        Step::code(500, "InternalServerError"),
        Step::Fail(ErrorKind::Connection, "refused"),
        Step::Fail(ErrorKind::Io, "cut"),
    ];
    let fake = Fake::new(steps.clone().into_iter().chain([Step::json(200, "{}")]));
    get(&fake, &Stop::never()).await.unwrap();
    assert_eq!(fake.seen().len(), steps.len() + 1);
    let ids: std::collections::BTreeSet<_> = fake.seen().iter().map(|seen| seen.header("authorization").map(str::to_owned)).collect();
    assert_eq!(ids.len(), 1, "one token serves them all");
}

#[tokio::test]
async fn what_does_not_pass_ends_after_a_few_attempts() {
    let fake = Fake::new(vec![Step::code(500, "InternalServerError"); 4]);
    assert_eq!(get(&fake, &Stop::never()).await.unwrap_err().code(), Some("InternalServerError"));

    let fake = Fake::new(vec![Step::Fail(ErrorKind::Connection, "connection refused"); 4]);
    let error = get(&fake, &Stop::never()).await.unwrap_err();
    assert!(matches!(error, AzureError::Unreachable { .. }), "{error}");

    let fake = Fake::new([Step::Fail(ErrorKind::Connection, "invalid peer certificate: UnknownIssuer")]);
    let error = get(&fake, &Stop::never()).await.unwrap_err();
    assert!(matches!(error, AzureError::Untrusted { .. }), "{error}");

    let fake = Fake::new(vec![Step::Fail(ErrorKind::Io, "cut"); 4]);
    let error = get(&fake, &Stop::never()).await.unwrap_err();
    assert!(matches!(error, AzureError::Unanswered { .. }), "{error}");

    let fake = Fake::new([Step::code(429, "TooManyRequests").with("retry-after", "100000")]);
    let error = get(&fake, &Stop::never()).await.unwrap_err();
    assert!(error.advice().contains("throttling"), "{}", error.advice());
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_not_repeated() {
    let fake = Fake::new([Step::Fail(ErrorKind::Io, "cut")]);
    let error = put(&fake, &Stop::never()).await.unwrap_err();
    assert!(matches!(error, AzureError::Unanswered { .. }), "{error}");

    let fake = Fake::new([Step::Fail(ErrorKind::Connection, "refused"), Step::code(503, "ServerBusy"), Step::json(200, "{}")]);
    put(&fake, &Stop::never()).await.unwrap();
    let bodies: Vec<String> = fake.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies, ["{}", "{}", "{}"]);
}

#[tokio::test]
async fn somebody_elses_write_is_told_apart_and_never_repeated() {
    let details =
        r#"{"error":{"code":"PreconditionFailed","message":"m","details":[{"code":"PreconditionFailedEtagMismatch","message":"e"}]}}"#;
    let fake = Fake::new([Step::json(412, details).with("x-ms-correlation-request-id", "c-7")]);
    let error = put(&fake, &Stop::never()).await.unwrap_err();
    assert!(matches!(error, AzureError::Stale { .. }), "{error}");
    assert_eq!(error.answer().unwrap().correlation_id.as_deref(), Some("c-7"));

    let details =
        r#"{"error":{"code":"Canceled","message":"m","details":[{"code":"CanceledAndSupersededDueToAnotherOperation","message":"s"}]}}"#;
    let fake = Fake::new([Step::json(409, details)]);
    let error = put(&fake, &Stop::never()).await.unwrap_err();
    assert!(matches!(error, AzureError::Superseded { .. }), "{error}");
}

#[tokio::test]
async fn a_failing_sign_in_is_no_connection_trouble() {
    for kind in [ErrorKind::Credential, ErrorKind::Connection, ErrorKind::Io, ErrorKind::Other] {
        let fake = Fake::new([]);
        *fake.locked.lock().unwrap() = Some(kind);
        let error = get(&fake, &Stop::never()).await.unwrap_err();
        let AzureError::Credentials { source, .. } = &error else { panic!("{error}") };
        assert!(chain(source.as_ref()).any(|error| error.to_string().contains("the door is locked")));
    }
}

#[tokio::test]
async fn a_stop_ends_reads_and_waits_at_once() {
    let (sender, receiver) = watch::channel(false);
    let stop = Stop::on(receiver);
    let begun = Instant::now();
    let fake = Fake::new([Step::Hang]);
    let (answer, ()) = tokio::join!(tokio::time::timeout(Duration::from_secs(5), get(&fake, &stop)), soon(&sender));
    assert!(matches!(answer.unwrap().unwrap_err(), AzureError::Stopped { .. }));

    sender.send_replace(false);
    let fake = Fake::new([Step::code(429, "TooManyRequests").with("retry-after", "60")]);
    let (answer, ()) = tokio::join!(get(&fake, &stop), soon(&sender));
    assert_eq!(answer.unwrap_err().code(), Some("TooManyRequests"), "why it took so long");
    assert!(begun.elapsed() < Duration::from_secs(5));

    let fake = Fake::new([]);
    assert!(matches!(put(&fake, &stop).await.unwrap_err(), AzureError::Stopped { .. }), "and nothing new is begun");
}

#[tokio::test]
async fn a_write_under_way_is_waited_for() {
    let (sender, receiver) = watch::channel(false);
    let fake = Fake::new([Step::Hang]);
    let (stop, waited) = (Stop::on(receiver), Duration::from_millis(200));
    let (answer, ()) = tokio::join!(tokio::time::timeout(waited, put(&fake, &stop)), soon(&sender));
    assert!(answer.is_err(), "{answer:?}");
}

#[test]
fn a_url_of_another_host_means_the_same_place_here() {
    let endpoint = endpoint(&Fake::new([]));
    let here = |url: &str| endpoint.here(url).map(|url| url.to_string());
    let cases = [
        ("https://evil.example.com/operations/1?s=SIG%2Fx&t=1", "https://arm.example.com/operations/1?s=SIG%2Fx&t=1"),
        ("https://arm.example.com@evil.example.com/x", "https://arm.example.com/x"),
        ("http://arm.example.com:8080/x", "https://arm.example.com/x"),
        ("//evil.example.com/x", "https://arm.example.com/x"),
        ("https://evil.example.com//evil.example.com/x", "https://arm.example.com//evil.example.com/x"),
        ("/operations/1?a=b#fragment", "https://arm.example.com/operations/1?a=b"),
        ("\\\\evil.example.com\\x", "https://arm.example.com/x"),
    ];
    for (url, expected) in cases {
        assert_eq!(here(url).as_deref(), Some(expected), "{url}");
    }
    assert_eq!(here("mailto:someone@example.com"), None);
    assert_eq!(here("https://"), None);
}

#[tokio::test]
async fn one_group_is_written_to_by_one_at_a_time() {
    let endpoint = endpoint(&Fake::new([]));
    let other = GROUP.replace("core", "other").parse().unwrap();
    let held = endpoint.lock(&group()).await;
    let again = GROUP.to_uppercase().parse().unwrap();
    let brief = Duration::from_millis(50);
    assert!(tokio::time::timeout(brief, endpoint.lock(&again)).await.is_err(), "the same group in other letters");
    assert!(tokio::time::timeout(brief, endpoint.lock(&other)).await.is_ok());
    drop(held);
    assert!(tokio::time::timeout(brief, endpoint.lock(&again)).await.is_ok());
}

#[test]
fn an_error_names_the_endpoint_unless_it_is_the_usual_one() {
    let endpoint = endpoint(&Fake::new([]));
    assert_eq!(endpoint.call("networkSecurityGroups/read", &group(), None).endpoint.as_deref(), Some(fake::HOST));
    let http: Arc<dyn HttpClient> = Fake::new([]);
    let public = Endpoint::new("https://management.azure.com".parse().unwrap(), "s", Arc::new(Never), Vec::new(), http);
    assert_eq!(public.call("networkSecurityGroups/read", &group(), None).endpoint, None);
}

async fn get(fake: &Arc<Fake>, stop: &Stop) -> Result<Reply, AzureError> {
    let endpoint = endpoint(fake);
    let request = Request::new(endpoint.here(GROUP).unwrap(), Method::Get);
    endpoint.exchange(&request, &endpoint.call("networkSecurityGroups/read", &group(), None), stop).await
}

async fn put(fake: &Arc<Fake>, stop: &Stop) -> Result<Reply, AzureError> {
    let endpoint = endpoint(fake);
    let mut request = Request::new(endpoint.here(GROUP).unwrap(), Method::Put);
    request.set_body("{}");
    endpoint.exchange(&request, &endpoint.call("networkSecurityGroups/write", &group(), None), stop).await
}

async fn soon(sender: &watch::Sender<bool>) {
    tokio::time::sleep(Duration::from_millis(50)).await;
    sender.send_replace(true);
}

/// A credential that nobody asks.
#[derive(Debug)]
struct Never;

#[async_trait]
impl TokenCredential for Never {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        panic!("nobody should ask")
    }
}
