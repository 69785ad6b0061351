//! What is added to the user agent: the id of a partner, then TF_APPEND_USER_AGENT.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::headers::USER_AGENT;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};

use super::given::Given;
use super::told::SignInError;
use super::{at_fault, check};

/// What is added, to each try once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Agent {
    text: String,
}

impl Agent {
    /// Returns what is to be added.
    ///
    /// # Errors
    /// When the id is none, or a text cannot stand in a header.
    pub(super) fn of(given: &Given) -> Result<Agent, SignInError> {
        let mut products = Vec::new();
        if let Some(said) = &given.partner {
            check::partner(&said.value).map_err(|fault| at_fault(said.place, fault, format!("Correct {}.", said.place)))?;
            products.push(format!("pid-{}", said.value.trim_start_matches("pid-")));
        }
        if let Some(text) = &given.agent {
            if text.chars().any(|character| !(' '..='~').contains(&character)) {
                let fault = "TF_APPEND_USER_AGENT has characters that a header cannot hold".to_owned();
                return Err(SignInError { fault, advice: "Write printable ASCII.".to_owned(), attribute: None });
            }
            products.push(text.clone());
        }
        Ok(Agent { text: products.join(" ") })
    }
}

#[async_trait]
impl Policy for Agent {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let before = request.headers().get_optional_str(&USER_AGENT).unwrap_or_default().to_owned();
        if !self.text.is_empty() && !before.ends_with(&self.text) {
            request.insert_header(USER_AGENT, format!("{before} {}", self.text).trim().to_owned());
        }
        onward(context, request, next).await
    }
}

/// Hands a request to the next policy.
pub(super) async fn onward(context: &Context<'_>, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
    match next.split_first() {
        Some((policy, rest)) => policy.send(context, request, rest).await,
        None => Err(azure_core::Error::with_message(azure_core::error::ErrorKind::Other, "a pipeline ends with a transport")),
    }
}
