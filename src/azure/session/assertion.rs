//! The token of an identity provider, which an application shows instead of a secret of its own.
//!
//! It stands in the settings, in a file that is read again for each sign-in, or is asked for where a pipeline gives it. What is asked for is
//! as the official provider asks.

use std::fmt;

use async_trait::async_trait;
use azure_core::http::{ClientMethodOptions, Context, Method, Pipeline, PipelineSendOptions, Request, Url};
use azure_identity::ClientAssertion;
use serde_json::Value;

use super::file;
use super::given::Said;
use super::told::{SignInError, causes, shortened};
use crate::azure::settings::Secret;

/// For whom the token must be.
const AUDIENCE: &str = "api://AzureADTokenExchange";

/// The version of the interface of Azure Pipelines.
const PIPELINES_VERSION: &str = "7.1";

/// Where the token is.
#[derive(Debug, Clone)]
pub(super) enum Token {
    /// In the settings or the environment.
    Inline(Secret),
    /// In a file.
    File(Said<String>),
}

#[async_trait]
impl ClientAssertion for Token {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        match self {
            Token::Inline(token) => Ok(token.reveal().to_owned()),
            Token::File(path) => Ok(file::text(path, "token")?),
        }
    }
}

/// What a pipeline asks for its token.
#[derive(Debug, Clone)]
pub(super) struct Inquiry {
    pub(super) url: Url,
    /// What it shows there.
    pub(super) bearer: Secret,
    /// The service connection of an Azure pipeline; a GitHub workflow has none.
    pub(super) connection: Option<String>,
}

impl Inquiry {
    fn request(&self) -> Request {
        let mut url = self.url.clone();
        let mut add = |name: &str, value: &str| {
            if !url.query_pairs().any(|(given, value)| given == name && !value.is_empty()) {
                url.query_pairs_mut().append_pair(name, value);
            }
        };
        if let Some(connection) = &self.connection {
            add("api-version", PIPELINES_VERSION);
            add("serviceConnectionId", connection);
        }
        add("audience", AUDIENCE);
        let method = if self.connection.is_some() { Method::Post } else { Method::Get };
        let mut request = Request::new(url, method);
        request.insert_header("accept", "application/json");
        request.insert_header("authorization", format!("Bearer {}", self.bearer.reveal()));
        if self.connection.is_some() {
            request.insert_header("content-type", "application/json");
            request.insert_header("x-tfs-fedauthredirect", "Suppress"); // A refusal instead of a page to sign in on.
        }
        request
    }

    fn failed(&self, why: &str) -> SignInError {
        let host = self.url.host_str().unwrap_or_default();
        let advice = match &self.connection {
            Some(connection) => format!(
                "Check that the service connection `{connection}` (`ado_pipeline_service_connection_id`) is one of workload identity federation that this \
                 pipeline may use, and that SYSTEM_ACCESSTOKEN is handed to the step."
            ),
            None => "Give the job the permission `id-token: write`, and let ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN reach Terraform."
                .to_owned(),
        };
        SignInError { fault: format!("`{host}` gives this pipeline no token (`oidc_request_url`): {why}"), advice, attribute: None }
    }
}

/// A pipeline's token, asked for anew for each sign-in.
pub(super) struct Asked {
    pub(super) inquiry: Inquiry,
    pub(super) pipeline: Pipeline,
}

impl fmt::Debug for Asked {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Asked").field("inquiry", &self.inquiry).finish_non_exhaustive()
    }
}

#[async_trait]
impl ClientAssertion for Asked {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let mut request = self.inquiry.request();
        let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        let answer = self.pipeline.send(&Context::new(), &mut request, Some(options)).await;
        let answer = answer.map_err(|error| self.inquiry.failed(&causes(&error)))?;
        let status = u16::from(answer.status());
        if !answer.status().is_success() {
            let body = String::from_utf8_lossy(answer.body()).split_whitespace().collect::<Vec<_>>().join(" ");
            return Err(self.inquiry.failed(&format!("HTTP status {status}: {}", shortened(&body))).into());
        }
        let name = if self.inquiry.connection.is_some() { "oidcToken" } else { "value" };
        let body: Option<Value> = serde_json::from_slice(answer.body()).ok();
        let token = body.as_ref().and_then(|body| body.get(name)).and_then(Value::as_str).filter(|token| !token.is_empty());
        Ok(token.ok_or_else(|| self.inquiry.failed(&format!("its answer (HTTP status {status}) has no `{name}`")))?.to_owned())
    }
}
