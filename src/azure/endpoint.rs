//! Resource Manager of one cloud, as one principal: how a request gets there and back, and what everyone in this process who uses it
//! shares (connections, token, locks on groups).
//!
//! Whatever URL an answer names, only its path and query are used: the token goes to no other host than the one that was configured.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::policies::Policy;
use azure_core::http::policies::auth::BearerTokenAuthorizationPolicy;
use azure_core::http::{ClientOptions, Context, HttpClient, Method, Pipeline, PipelineSendOptions, Request, RetryOptions, Transport, Url};
use azure_core::{Bytes, Error};
use tokio::sync::OwnedMutexGuard;

use crate::stop::Stop;

use super::error::{Answer, AzureError, Call, Source};
use super::id::{NsgId, RuleName};
use super::patience::Patience;

#[cfg(test)]
pub(super) mod tests;

/// One cloud, as one principal.
pub(crate) struct Endpoint {
    url: Url,
    pipeline: Pipeline,
    locks: Mutex<BTreeMap<NsgId, Arc<tokio::sync::Mutex<()>>>>,
}

/// An answer that is no refusal.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// What was asked for.
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
}

/// The Resource Manager of the public cloud.
const PUBLIC: &str = "management.azure.com";

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-ms-correlation-request-id");

impl Endpoint {
    /// Returns the Resource Manager at this URL, to which `credential` opens the way with tokens for `scope`; `agents` see every attempt.
    pub(crate) fn new(
        url: Url,
        scope: &str,
        credential: Arc<dyn TokenCredential>,
        agents: Vec<Arc<dyn Policy>>,
        http: Arc<dyn HttpClient>,
    ) -> Endpoint {
        let bearer: Arc<dyn Policy> = Arc::new(BearerTokenAuthorizationPolicy::new(Arc::new(Told(credential)), [scope]));
        let options = ClientOptions { transport: Some(Transport::new(http)), retry: RetryOptions::none(), ..ClientOptions::default() };
        let each_attempt = agents.into_iter().chain([bearer]).collect();
        let pipeline =
            Pipeline::new(Some(env!("CARGO_PKG_NAME")), Some(env!("CARGO_PKG_VERSION")), options, Vec::new(), each_attempt, None);
        Endpoint { url, pipeline, locks: Mutex::default() }
    }

    /// Returns where it is.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the evidence that an error about this call will carry.
    pub(crate) fn call(&self, operation: &'static str, group: &NsgId, rule: Option<&RuleName>) -> Box<Call> {
        let endpoint = (self.url.host_str() != Some(PUBLIC)).then(|| self.url.origin().ascii_serialization());
        Box::new(Call { operation, group: group.clone(), rule: rule.cloned(), endpoint })
    }

    /// Waits until nobody else in this process writes to this group: Azure drops an operation for the next one on the same group.
    pub(crate) async fn lock(&self, group: &NsgId) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(group.clone()).or_default())
        };
        lock.lock_owned().await
    }

    /// Returns the place here that a URL from an answer means: its path and query, whatever host it names.
    pub(crate) fn here(&self, url: &str) -> Option<Url> {
        let named = self.url.join(url).ok()?;
        let host = named.host_str()?;
        if named.origin() != self.url.origin() {
            tracing::warn!("Azure named a URL of the host `{host}`; the same path is asked for at the host that was configured");
        }
        let mut here = self.url.clone();
        here.set_path(named.path());
        here.set_query(named.query());
        Some(here)
    }

    /// Sends a request until it is answered, refused for good, or a stop is requested. A request that only reads ends at once with a stop;
    /// a write that is under way is waited for, because its answer tells what was done.
    pub(crate) async fn exchange(&self, request: &Request, call: &Call, stop: &Stop) -> Result<Reply, AzureError> {
        let only_reads = request.method() == Method::Get;
        let mut patience = Patience::default();
        let mut last = None;
        while !stop.requested() {
            let attempt = async { self.attempt(&mut request.clone(), call).await };
            let attempt = tokio::select! {
                attempt = attempt => attempt,
                () = stop.wait(), if only_reads => break,
            };
            let (error, wait) = match attempt {
                Ok(reply) if (200..300).contains(&reply.status) => return Ok(reply),
                Ok(Reply { status, headers, body, .. }) => {
                    let answer = Answer::read(status, &body, headers.get_optional_str(&CORRELATION_ID));
                    let wait = patience.after_refusal(&answer, &headers);
                    (refusal(call, answer), wait)
                }
                Err(error) => {
                    let wait = patience.after_silence(only_reads, &error);
                    (error, wait)
                }
            };
            let Some(wait) = wait else { return Err(error) };
            tracing::info!("{error}; trying again in {} ms", wait.as_millis());
            last = Some(error);
            if !stop.sleep(wait).await {
                break;
            }
        }
        // What stood in the way until then tells more than that somebody stopped waiting for it.
        Err(last.unwrap_or_else(|| AzureError::Stopped { groups: [call.group.clone()].into() }))
    }

    async fn attempt(&self, request: &mut Request, call: &Call) -> Result<Reply, AzureError> {
        let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        match self.pipeline.send(&Context::new(), request, Some(options)).await {
            Ok(response) => {
                let (status, headers, body) = response.deconstruct();
                Ok(Reply { url: request.url().clone(), status: status.into(), headers, body: body.into() })
            }
            Err(error) => Err(silence(call, error)),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Endpoint").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

/// Says what a refusal means.
pub(crate) fn refusal(call: &Call, answer: Answer) -> AzureError {
    let (call, answer) = (Box::new(call.clone()), Box::new(answer));
    if answer.status == 412 || answer.says("PreconditionFailed") {
        AzureError::Stale { call, answer }
    } else if answer.says("CanceledAndSupersededDueToAnotherOperation") {
        AzureError::Superseded { call, answer }
    } else {
        AzureError::Refused { call, answer }
    }
}

/// Says that an answer came, or something that stands for one, and that it does not tell what became of the call.
pub(crate) fn unanswered(call: &Call, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> AzureError {
    AzureError::Unanswered { call: Box::new(call.clone()), source: Arc::from(source.into()) }
}

/// Says what it means that there was no answer.
fn silence(call: &Call, error: Error) -> AzureError {
    let call = Box::new(call.clone());
    let is_credential = matches!(error.kind(), ErrorKind::Credential);
    let is_connection = matches!(error.kind(), ErrorKind::Connection);
    let is_trust = chain(&error).any(|error| error.to_string().contains("certificate"));
    let source: Source = Arc::new(error);
    if is_credential {
        AzureError::Credentials { call, source }
    } else if is_connection && is_trust {
        AzureError::Untrusted { call, source }
    } else if is_connection {
        AzureError::Unreachable { call, source }
    } else {
        AzureError::Unanswered { call, source }
    }
}

fn chain<'a>(error: &'a (dyn std::error::Error + 'static)) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn std::error::Error + 'static)| (*error).source())
}

/// A credential whose failures are told apart from those of the connection that its token is for.
#[derive(Debug)]
struct Told(Arc<dyn TokenCredential>);

#[async_trait]
impl TokenCredential for Told {
    async fn get_token(&self, scopes: &[&str], options: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let token = self.0.get_token(scopes, options).await;
        token.map_err(|error| match error.kind() == &ErrorKind::Credential {
            true => error, // It says what happened, and nothing is to be added.
            false => Error::with_error(ErrorKind::Credential, error, "no token was given"),
        })
    }
}
