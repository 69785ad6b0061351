//! The identity of the machine: a virtual machine's, a web app's, a container app's.
//!
//! Ours because that of `azure_identity` takes neither another endpoint nor another version. Requests are as the official provider's. They
//! go through no proxy, and the header that opens a host's own endpoint goes to that endpoint only.

use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::{Context, Method, Pipeline, PipelineSendOptions, RawResponse, Request, Url};
use azure_core::time::{Duration as Span, OffsetDateTime};
use serde_json::Value;

use super::at_fault;
use super::given::{Machine, Said};
use super::told::{SignInError, unexpected};
use crate::azure::settings::Secret;

#[cfg(test)]
mod tests;

/// The metadata service of virtual machines, at an address that every one of them has.
const METADATA: &str = "http://169.254.169.254/metadata/identity/oauth2/token";
const METADATA_VERSION: &str = "2018-02-01";

/// The version of the interface that hosts of apps have.
const HOST_VERSION: &str = "2019-08-01";

/// Waits between attempts while the service says that it has trouble; 410 is how it says that it is being renewed, for up to 70 seconds.
pub(super) const WAITS: &[Duration] =
    &[Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(7), Duration::from_secs(20), Duration::from_secs(40)];

/// Where the tokens of the machine's identity are given.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) endpoint: Url,
    version: String,
    header: Option<Secret>,
    pub(super) client: Option<String>,
}

impl Identity {
    /// Returns the identity that is described; `client` names one of several.
    ///
    /// # Errors
    /// When the endpoint is no URL.
    pub(super) fn new(machine: &Machine, client: Option<String>) -> Result<Identity, SignInError> {
        let host = machine.host.as_ref();
        let (text, otherwise) = match (&machine.endpoint, host) {
            (Some(endpoint), _) => (endpoint.value.as_str(), METADATA_VERSION),
            (None, Some((endpoint, _))) => (endpoint.as_str(), HOST_VERSION),
            (None, None) => (METADATA, METADATA_VERSION),
        };
        let endpoint = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let endpoint = endpoint.ok_or_else(|| match &machine.endpoint {
            Some(Said { value, place }) => at_fault(
                *place,
                format!("{place} is `{value}`, which is not a URL"),
                format!("Correct {place}; on virtual machines it is not needed."),
            ),
            None => SignInError {
                fault: format!("IDENTITY_ENDPOINT is `{text}`, which is not a URL"),
                advice: "The host of this app sets it; set `msi_endpoint` to the right one.".to_owned(),
                attribute: None,
            },
        })?;
        let version = machine.version.as_ref().map_or(otherwise, |version| &version.value).to_owned();
        let header = host.filter(|(own, _)| own == text).map(|(_, header)| header.clone());
        Ok(Identity { endpoint, version, header, client })
    }

    fn request(&self, resource: &str) -> Request {
        let mut url = self.endpoint.clone();
        url.query_pairs_mut().append_pair("api-version", &self.version).append_pair("resource", resource);
        if let Some(client) = &self.client {
            url.query_pairs_mut().append_pair("client_id", client);
        }
        let mut request = Request::new(url, Method::Get);
        request.insert_header("metadata", "true");
        if let Some(header) = &self.header {
            request.insert_header("x-identity-header", header.reveal().to_owned());
        }
        request
    }
}

/// The credential of such an identity.
#[derive(Debug)]
pub(super) struct MachineCredential {
    pub(super) identity: Identity,
    /// Repeats nothing by itself.
    pub(super) pipeline: Pipeline,
    /// How long to wait before each further attempt.
    pub(super) waits: &'static [Duration],
}

#[async_trait]
impl TokenCredential for MachineCredential {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let scope = scopes.first().copied().unwrap_or_default();
        let resource = scope.strip_suffix("/.default").unwrap_or(scope);
        let mut waits = self.waits.iter();
        loop {
            let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
            let answer = self.pipeline.send(&Context::new(), &mut self.identity.request(resource), Some(options)).await?;
            let status = u16::from(answer.status());
            let passes = matches!(status, 404 | 410 | 429 | 500..);
            match waits.next().filter(|_| passes) {
                Some(wait) => tokio::time::sleep(*wait).await,
                None if answer.status().is_success() => return token(&answer, OffsetDateTime::now_utc()),
                None => return Err(unexpected(answer)),
            }
        }
    }
}

/// Numbers come as numbers or as texts, depending on who answers.
fn token(answer: &RawResponse, now: OffsetDateTime) -> azure_core::Result<AccessToken> {
    // What cannot be read may still hold a token, and is not shown.
    let unreadable =
        || azure_core::Error::with_message(ErrorKind::DataConversion, "the answer holds no token with a time at which it expires");
    let body: Value = serde_json::from_slice(answer.body()).map_err(|_| unreadable())?;
    let number = |name: &str| match body.get(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse::<i64>().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let at = number("expires_on").and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let expires = at.or_else(|| number("expires_in").map(|seconds| now + Span::seconds(seconds))).ok_or_else(unreadable)?;
    let token = body.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty()).ok_or_else(unreadable)?;
    Ok(AccessToken::new(token.to_owned(), expires))
}
