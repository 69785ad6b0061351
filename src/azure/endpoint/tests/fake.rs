//! An Azure in the process: answers in the order of a script, and remembers what it was asked.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use azure_core::time::OffsetDateTime;

use crate::azure::endpoint::Endpoint;
use crate::azure::id::NsgId;

pub(in crate::azure) const HOST: &str = "https://arm.example.com";

pub(in crate::azure) const GROUP: &str =
    "/subscriptions/8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81/resourceGroups/emc/providers/Microsoft.Network/networkSecurityGroups/core";

/// What it does with one request.
#[derive(Debug, Clone)]
pub(in crate::azure) enum Step {
    Answer(u16, Vec<(&'static str, String)>, String),
    Fail(ErrorKind, &'static str),
    Hang,
}

/// A request that it saw.
#[derive(Debug, Clone)]
pub(in crate::azure) struct Seen {
    pub(in crate::azure) method: String,
    pub(in crate::azure) url: String,
    pub(in crate::azure) headers: Vec<(String, String)>,
    pub(in crate::azure) body: String,
}

/// It, and the credential that goes with it.
#[derive(Debug, Default)]
pub(in crate::azure) struct Fake {
    script: Mutex<VecDeque<Step>>,
    seen: Mutex<Vec<Seen>>,
    tokens: Mutex<u32>,
    /// What the credential fails with.
    pub(in crate::azure) locked: Mutex<Option<ErrorKind>>,
}

impl Step {
    pub(in crate::azure) fn json(status: u16, body: impl fmt::Display) -> Step {
        Step::Answer(status, vec![("content-type", "application/json; charset=utf-8".to_owned())], body.to_string())
    }

    pub(in crate::azure) fn code(status: u16, code: &str) -> Step {
        Step::json(status, serde_json::json!({"error": {"code": code, "message": format!("About {code}.")}}))
    }

    pub(in crate::azure) fn with(self, name: &'static str, value: impl Into<String>) -> Step {
        if let Step::Answer(status, mut headers, body) = self {
            headers.push((name, value.into()));
            Step::Answer(status, headers, body)
        } else {
            self
        }
    }
}

impl Seen {
    pub(in crate::azure) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

impl Fake {
    pub(in crate::azure) fn new(script: impl IntoIterator<Item = Step>) -> Arc<Fake> {
        Arc::new(Fake { script: Mutex::new(script.into_iter().collect()), ..Fake::default() })
    }

    pub(in crate::azure) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// `GET /path?query`, one for each request; the host is left out where it is the one that was configured.
    pub(in crate::azure) fn asked(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| format!("{} {}", seen.method, seen.url.strip_prefix(HOST).unwrap_or(&seen.url))).collect()
    }
}

pub(in crate::azure) fn endpoint(fake: &Arc<Fake>) -> Arc<Endpoint> {
    let credential = Arc::new(Credential(Arc::clone(fake)));
    let http: Arc<dyn HttpClient> = Arc::<Fake>::clone(fake);
    Arc::new(Endpoint::new(HOST.parse().unwrap(), "https://arm.example.com/.default", credential, Vec::new(), http))
}

pub(in crate::azure) fn group() -> NsgId {
    GROUP.parse().unwrap()
}

#[async_trait]
impl HttpClient for Fake {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let Body::Bytes(body) = request.body() else { panic!("a stream") };
        let headers = request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), value.as_str().to_owned()));
        self.seen.lock().unwrap().push(Seen {
            method: request.method().to_string(),
            url: request.url().to_string(),
            headers: headers.collect(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        });
        let step = self.script.lock().unwrap().pop_front();
        match step.unwrap_or_else(|| panic!("nobody expected {} {}", request.method(), request.url())) {
            Step::Answer(status, named, body) => {
                let mut headers = Headers::new();
                for (name, value) in named {
                    headers.insert(HeaderName::from_static(name), value);
                }
                Ok(AsyncRawResponse::from_bytes(status.into(), headers, body.into_bytes()))
            }
            Step::Fail(kind, text) => Err(azure_core::Error::new(kind, text)),
            Step::Hang => {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                panic!("it was waited for");
            }
        }
    }
}

/// Gives `secret-token-1`, `secret-token-2`, …
#[derive(Debug)]
struct Credential(Arc<Fake>);

#[async_trait]
impl TokenCredential for Credential {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, ["https://arm.example.com/.default"]);
        if let Some(kind) = self.0.locked.lock().unwrap().clone() {
            return Err(azure_core::Error::with_message(kind, "the door is locked"));
        }
        let mut tokens = self.0.tokens.lock().unwrap();
        *tokens += 1;
        Ok(AccessToken::new(format!("secret-token-{tokens}"), OffsetDateTime::now_utc() + Duration::from_secs(3600)))
    }
}
