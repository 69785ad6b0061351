//! The HTTPS clients for everything of Azure: one TLS stack (rustls on aws-lc), proxies from the environment, no redirects.
//!
//! The authorities trusted are those of the machine; on Linux SSL_CERT_FILE or SSL_CERT_DIR name others. What the machine itself offers
//! (instance metadata) is never asked through a proxy. No error shows a URL: that of an operation is signed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use azure_core::{Bytes, Error};

use super::error::AzureError;

#[cfg(test)]
mod tests;

/// The clients.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    /// For everything on the network.
    pub(crate) outside: Arc<dyn HttpClient>,
    /// For what the machine itself offers; goes through no proxy.
    pub(crate) inside: Arc<dyn HttpClient>,
}

/// For a connection to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// For a connection to the machine itself: where there is none, nothing answers at all.
const CONNECT_TIMEOUT_INSIDE: Duration = Duration::from_secs(5);

/// Without a byte from the other end.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// For one request and its whole answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(180);

/// The longest answer that is read. A group with a thousand rules has some two megabytes.
const ANSWER_MOST: usize = 32 << 20;

impl Http {
    /// Returns clients that connect to nobody until they are used.
    ///
    /// # Errors
    /// When no certificate authority at all can be loaded.
    pub(crate) fn new() -> Result<Http, AzureError> {
        let unusable = |error: reqwest::Error| AzureError::Settings {
            fault: format!(
                "no TLS client can be made; if SSL_CERT_FILE or SSL_CERT_DIR is set, see whether it holds certificate authorities ({})",
                innermost(&error)
            ),
        };
        let builder = |connect_timeout| {
            let builder = reqwest::Client::builder().tls_backend_rustls().redirect(reqwest::redirect::Policy::none());
            builder.connect_timeout(connect_timeout).read_timeout(READ_TIMEOUT).timeout(REQUEST_TIMEOUT)
        };
        let outside = builder(CONNECT_TIMEOUT).build().map_err(unusable)?;
        let inside = builder(CONNECT_TIMEOUT_INSIDE).no_proxy().build().map_err(unusable)?;
        Ok(Http { outside: Arc::new(Client(outside)), inside: Arc::new(Client(inside)) })
    }
}

/// One of the clients, as azure_core wants it.
#[derive(Debug)]
struct Client(reqwest::Client);

#[async_trait]
impl HttpClient for Client {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes());
        let method = method.map_err(|error| Error::with_error(ErrorKind::Other, error, "no method of HTTP"))?;
        let mut builder = self.0.request(method, request.url().clone());
        for (name, value) in request.headers().iter() {
            builder = builder.header(name.as_str(), value.as_str());
        }
        match request.body() {
            Body::Bytes(bytes) if bytes.is_empty() => {}
            Body::Bytes(bytes) => builder = builder.body(bytes.clone()),
            Body::SeekableStream(_) => return Err(Error::with_message(ErrorKind::Other, "a body cannot be sent as a stream")),
        }
        let mut answer = builder.send().await.map_err(|error| failure(error, "the request could not be sent"))?;
        let status = answer.status().as_u16();
        let headers = headers(answer.headers());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failure(error, "the answer broke off"))? {
            if body.len() + chunk.len() > ANSWER_MOST {
                return Err(Error::with_message(ErrorKind::Io, format!("the answer has more than {ANSWER_MOST} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(AsyncRawResponse::from_bytes(status.into(), headers, Bytes::from(body)))
    }
}

/// Says whether the request can have arrived: a connection that was never made is of a kind of its own.
fn failure(error: reqwest::Error, what: &'static str) -> Error {
    let kind = if error.is_connect() || error.is_builder() { ErrorKind::Connection } else { ErrorKind::Io };
    Error::with_error(kind, error.without_url(), what)
}

fn headers(map: &reqwest::header::HeaderMap) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in map {
        if let Ok(value) = value.to_str() {
            headers.insert(HeaderName::from(name.as_str().to_owned()), HeaderValue::from(value.to_owned()));
        }
    }
    headers
}

fn innermost(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.last().map(ToString::to_string).unwrap_or_default()
}
