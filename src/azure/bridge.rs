//! Carries requests of azure_mgmt_network over our own pipeline.
//!
//! That crate knows methods, paths and the API version. It is never given a token, a connection, a body or an answer: its requests are taken
//! from it where it would send them, and what it puts into headers stays behind. What it cannot say (`If-Match`, empty lists, members that
//! it does not know) is added here. It pastes names into paths as they are, so a request that is not about the call's own group or rule is
//! not sent.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::Bytes;
use azure_core::http::headers::{ACCEPT, CONTENT_TYPE, IF_MATCH};
use azure_core::http::{Method, Request, Url};
use azure_core_legacy as legacy;
use azure_mgmt_network::Client;
use serde_json::Value;

use crate::stop::Stop;

use super::endpoint::{Endpoint, Reply};
use super::error::{AzureError, Call, Source};

#[cfg(test)]
mod tests;

/// One request on its way.
pub(crate) struct Bridge {
    endpoint: Arc<Endpoint>,
    call: Box<Call>,
    stop: Stop,
    etag: Option<String>,
    body: Option<Bytes>,
    outcome: Mutex<Option<Result<Reply, AzureError>>>,
}

impl Bridge {
    /// Returns a bridge for one call.
    pub(crate) fn new(endpoint: &Arc<Endpoint>, call: Box<Call>, stop: &Stop) -> Bridge {
        Bridge { endpoint: Arc::clone(endpoint), call, stop: stop.clone(), etag: None, body: None, outcome: Mutex::default() }
    }

    /// Sends the request only to what still has this etag.
    pub(crate) fn if_match(self, etag: &str) -> Bridge {
        Bridge { etag: Some(etag.to_owned()), ..self }
    }

    /// Sends this body; that of the builder is left behind.
    pub(crate) fn body(self, body: &Value) -> Bridge {
        Bridge { body: Some(Bytes::from(body.to_string())), ..self }
    }

    /// Lets `send` send a request with the client that it is given, and returns what came back.
    ///
    /// # Errors
    /// As [`Endpoint::exchange`].
    pub(crate) async fn carry<R, F>(self, send: impl FnOnce(Client) -> F) -> Result<Reply, AzureError>
    where
        F: Future<Output = legacy::Result<R>>,
    {
        let bridge = Arc::new(self);
        let client = Client::builder(Arc::new(NoToken))
            .endpoint(bridge.endpoint.url().clone())
            .scopes(&[])
            .retry(legacy::RetryOptions::none())
            .transport(legacy::TransportOptions::new_custom_policy(Arc::<Bridge>::clone(&bridge)))
            .build();
        let sent = match client {
            Ok(client) => send(client).await.err(),
            Err(error) => Some(error),
        };
        let outcome = bridge.outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
        outcome.unwrap_or_else(|| {
            let source: Source = sent.map_or_else(|| Arc::from(Box::from("nothing was sent")), |error| Arc::new(error) as Source);
            Err(AzureError::Unanswered { call: bridge.call.clone(), source })
        })
    }

    fn request(&self, asked: &legacy::Request) -> Option<Request> {
        let methods = [(legacy::Method::Get, Method::Get), (legacy::Method::Put, Method::Put), (legacy::Method::Delete, Method::Delete)];
        let method = methods.into_iter().find(|(method, _)| method == asked.method())?.1;
        let url = self.endpoint.here(asked.url().as_str()).filter(|url| self.is_about_the_call(url))?;
        let mut request = Request::new(url, method);
        request.insert_header(ACCEPT, "application/json");
        if let Some(etag) = &self.etag {
            request.insert_header(IF_MATCH, etag.clone());
        }
        if let Some(body) = &self.body {
            request.insert_header(CONTENT_TYPE, "application/json");
            request.set_body(body.clone());
        }
        Some(request)
    }

    fn is_about_the_call(&self, url: &Url) -> bool {
        let mut expected = url.clone();
        let group = self.call.group.as_str();
        let paths = match &self.call.rule {
            Some(rule) => vec![format!("{group}/securityRules/{rule}")],
            None => vec![group.to_owned(), format!("{group}/securityRules")],
        };
        paths.iter().any(|path| {
            expected.set_path(path);
            expected.path().eq_ignore_ascii_case(url.path())
        })
    }
}

impl fmt::Debug for Bridge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Bridge").field("call", &self.call).finish_non_exhaustive()
    }
}

#[async_trait]
impl legacy::Policy for Bridge {
    async fn send(&self, _: &legacy::Context, asked: &mut legacy::Request, _: &[Arc<dyn legacy::Policy>]) -> legacy::PolicyResult {
        let Some(request) = self.request(asked) else {
            return Err(legacy::Error::message(legacy::error::ErrorKind::Other, "the request is not about what it should be"));
        };
        let outcome = self.endpoint.exchange(&request, &self.call, &self.stop).await;
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        // The answer is not for that crate to read: it would drop what it does not know.
        let nothing = Box::pin(legacy::BytesStream::new_empty());
        Ok(legacy::Response::new(legacy::StatusCode::Ok, legacy::headers::Headers::new(), nothing))
    }
}

/// What azure_mgmt_network takes for a credential.
struct NoToken;

impl fmt::Debug for NoToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NoToken")
    }
}

#[async_trait]
impl legacy::auth::TokenCredential for NoToken {
    async fn get_token(&self, _: &[&str]) -> legacy::Result<legacy::auth::AccessToken> {
        Ok(legacy::auth::AccessToken::new("none", azure_core::time::OffsetDateTime::now_utc()))
    }

    async fn clear_cache(&self) -> legacy::Result<()> {
        Ok(())
    }
}
