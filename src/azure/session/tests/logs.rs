//! That no secret is in any log: every way of signing in, with everything that is logged at the finest level.

use std::fmt::Write as _;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;

const CERTIFICATE: &[u8] = include_bytes!("../certificate/tests/aes_with_chain.pfx");

/// Keeps all that is logged.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

impl Visit for Everything {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        writeln!(self.0.lock().unwrap(), "{field}={value:?}").unwrap();
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn no_secret_is_in_any_log_or_error() {
    use base64::Engine;
    let encoded = base64::prelude::BASE64_STANDARD.encode(CERTIFICATE);
    let federated = || Settings { use_oidc: Some(true), ..application() };
    const PIPELINE: [(&str, &str); 2] =
        [("ARM_OIDC_REQUEST_URL", "https://token.example/github"), ("ARM_OIDC_REQUEST_TOKEN", "request-hush")];
    const CONNECTION: [(&str, &str); 3] =
        [("ARM_OIDC_REQUEST_URL", "https://token.example/pipelines"), ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "it"), PIPELINE[1]];
    const HOST: [(&str, &str); 2] = [("IDENTITY_ENDPOINT", "http://localhost/msi/token"), ("IDENTITY_HEADER", "header-hush")];
    let certified = Settings { client_certificate: hush(&encoded), client_certificate_password: hush("hush"), ..application() };
    type Variables = &'static [(&'static str, &'static str)];
    let ways: [(&str, Settings, Variables); 6] = [
        ("secret", Settings { client_secret: hush("secret-hush"), ..application() }, &[]),
        ("certificate", certified, &[]),
        ("token", Settings { oidc_token: hush("assertion-hush"), ..federated() }, &[]),
        ("github", federated(), &PIPELINE),
        ("pipelines", federated(), &CONNECTION),
        ("machine", Settings { use_msi: Some(true), ..Settings::default() }, &HOST),
    ];
    let broken: fn(&Seen) -> (u16, String) =
        |_| (200, r#"{"access_token":"access-hush","expires_in":"soon","value":7,"oidcToken":"#.to_owned());
    for (way, settings, variables) in ways {
        for (answer, works) in [(azure as fn(&Seen) -> (u16, String), true), (broken, false)] {
            let everything = Everything::default();
            let guard = tracing::subscriber::set_default(everything.clone());
            let server = Server::new(answer);
            let session = session(settings.clone(), variables, &server, &server);
            let answer = token(&session).await;
            let shown = format!("{session:?} {:?} {:?}", session.open().await, answer.as_ref().map(|_| ()));
            drop(guard);
            assert_eq!(answer.is_ok(), works, "{way}: {answer:?}");
            let logged = everything.0.lock().unwrap().clone() + &shown;
            assert!(logged.contains("sending request") && logged.contains("Bearer"), "{way}: what is logged arrives here: {logged}");
            // Of what is signed, the first letters, which are always the same.
            for secret in ["hush", "eyJ", &encoded[..40]] {
                assert!(!logged.contains(secret), "{way}: {secret} in {logged}");
            }
        }
    }
}
