//! No secret is in any log, however loud, nor in any error: the proof that RUSTSEC-2026-0275 does not reach us.
//!
//! The real pipeline runs over the fake with a subscriber that takes everything from everyone, the older azure_core included.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use azure_core::cloud::CloudConfiguration;
use azure_core::credentials::Secret;
use azure_core::http::{ClientMethodOptions, ClientOptions};
use azure_identity::{ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::fake::{Fake, HOST, Step, group};
use super::*;
use crate::azure::calls;

const TOKEN: &str = "THE-BEARER-TOKEN";
const CLIENT_SECRET: &str = "THE-CLIENT-SECRET";
const ASSERTION: &str = "THE-ASSERTION";
const SIGNATURE: &str = "THE-SIGNATURE";
const PAGE: &str = "THE-PAGE";
const RULE: &str = "what-a-rule-says";

#[tokio::test]
async fn no_secret_is_in_any_log_or_error() {
    let everything = Everything::default();
    let guard = tracing::subscriber::set_default(everything.clone());
    let mut errors = String::new();
    for error in with(secret_of_a_client).await.into_iter().chain(with(assertion_of_a_client).await) {
        for error in chain(&error) {
            write!(errors, "{error} {error:?} ").unwrap();
        }
    }
    drop(guard);
    let log = everything.0.lock().unwrap().clone();
    for secret in [TOKEN, CLIENT_SECRET, ASSERTION, SIGNATURE, PAGE] {
        assert!(!log.contains(secret), "{secret} in the log: {}", around(&log, secret));
        assert!(!errors.contains(secret), "{secret} in an error: {}", around(&errors, secret));
    }
    // The older azure_core logs what it is given, whole; it is given neither a token nor a body.
    assert!(log.contains("azure_core::policies::transport") && log.contains("Bearer none"), "nobody listened to the older azure_core");
    assert!(!log.contains(RULE), "a body in the log: {}", around(&log, RULE));
    // And the newer one was heard too.
    assert!(log.contains("typespec_client_core") && log.contains("REDACTED"), "nobody listened to the newer azure_core");
}

/// All that can go well or badly, with one way to sign in.
async fn with<F>(credential: impl FnOnce(ClientOptions) -> F) -> Vec<AzureError>
where
    F: Future<Output = Arc<dyn TokenCredential>>,
{
    let signed = format!("{HOST}/operations/1?api-version=2024-03-01&t=1&c=MII&s={SIGNATURE}&h=x");
    let begun = || Step::json(200, "{}").with("azure-asyncoperation", &signed).with("location", &signed).with("retry-after", "0");
    let busy = json!({"error": {"code": "AnotherOperationInProgress", "message": format!("Use uri: {signed}.")}});
    let token = || Step::json(200, json!({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}));
    let cut = || Step::Fail(ErrorKind::Io, "cut");
    let fake = Fake::new([
        token(),
        Step::json(200, json!({"etag": "W/\"1\"", "value": []})),
        begun(),
        Step::json(200, r#"{"status":"InProgress"}"#).with("retry-after", "0"),
        Step::json(200, r#"{"status":"Succeeded"}"#),
        Step::json(409, &busy),
        begun(),
        cut(),
        Step::json(404, &busy).with("www-authenticate", "Bearer"),
        Step::json(200, json!({"status": "Failed", "error": {"code": "Bad", "message": format!("See {signed}")}})),
        Step::json(200, json!({"value": [], "nextLink": format!("{HOST}/next?$skiptoken={PAGE}")})),
        Step::json(400, json!({"error": {"code": "Bad", "message": format!("See {HOST}/next?$skiptoken={PAGE}")}})),
        Step::code(401, "ExpiredAuthenticationToken").with("www-authenticate", "Bearer"),
        Step::code(401, "ExpiredAuthenticationToken").with("www-authenticate", "Bearer"),
        Step::Fail(ErrorKind::Io, "cut"),
        Step::Fail(ErrorKind::Connection, "refused"),
        Step::code(412, "PreconditionFailed"),
    ]);
    let http: Arc<dyn HttpClient> = Arc::<Fake>::clone(&fake);
    let cloud = CloudConfiguration::Custom({
        let mut cloud = azure_core::cloud::CustomConfiguration::default();
        cloud.authority_host = HOST.to_owned();
        cloud
    });
    let options = ClientOptions {
        transport: Some(Transport::new(Arc::clone(&http))),
        cloud: Some(Arc::new(cloud)),
        retry: RetryOptions::none(),
        ..ClientOptions::default()
    };
    let endpoint = Arc::new(Endpoint::new(HOST.parse().unwrap(), "s/.default", credential(options).await, Vec::new(), http));
    let (id, name, stop) = (group(), "emc-1".parse().unwrap(), Stop::never());
    let body = json!({"properties": {"description": RULE}});
    let mut errors = Vec::new();
    calls::group(&endpoint, &id, &stop).await.unwrap();
    calls::put_group(&endpoint, &id, &body, "W/\"1\"", &stop).await.unwrap();
    errors.extend(calls::put_rule(&endpoint, &id, &name, &body, &stop).await.err());
    errors.extend(calls::rules(&endpoint, &id, &stop).await.err());
    errors.extend(calls::group(&endpoint, &id, &stop).await.err());
    errors.extend(calls::delete_rule(&endpoint, &id, &name, &stop).await.err());
    errors.extend(calls::put_group(&endpoint, &id, &body, "W/\"1\"", &stop).await.err());
    assert_eq!(errors.len(), 5, "{errors:?} {:?}", fake.asked());
    errors
}

async fn secret_of_a_client(client_options: ClientOptions) -> Arc<dyn TokenCredential> {
    let options = ClientSecretCredentialOptions { client_options };
    ClientSecretCredential::new("tenant", "client".to_owned(), Secret::new(CLIENT_SECRET), Some(options)).unwrap()
}

async fn assertion_of_a_client(client_options: ClientOptions) -> Arc<dyn TokenCredential> {
    let options = ClientAssertionCredentialOptions { client_options };
    ClientAssertionCredential::new("tenant".to_owned(), "client".to_owned(), Assertion, Some(options)).unwrap()
}

#[derive(Debug)]
struct Assertion;

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(ASSERTION.to_owned())
    }
}

fn around(text: &str, found: &str) -> String {
    let from = text.find(found).unwrap_or_default().saturating_sub(300);
    text.chars().skip(from).take(600).collect()
}

/// Takes down every event and span of everyone, at every level.
#[derive(Debug, Clone, Default)]
struct Everything(Arc<Mutex<String>>);

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        attributes.record(&mut Take(&self.0));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Take(&self.0));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        writeln!(self.0.lock().unwrap(), "{}", event.metadata().target()).unwrap();
        event.record(&mut Take(&self.0));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Take<'a>(&'a Mutex<String>);

impl Visit for Take<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{} = {value:?}", field.name()).unwrap();
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        writeln!(self.0.lock().unwrap(), "{} = {value}", field.name()).unwrap();
    }
}
