//! Keeps what Entra ID says when it refuses.
//!
//! `azure_identity` cannot read a refusal with an escaped character in it, and most have one. So a refusal becomes an error that carries
//! its answer before that code sees it; attempts are over by then.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Context, Request};

use super::told::unexpected;

/// Turns refusals into errors, for each call once.
#[derive(Debug)]
pub(super) struct Refusals;

#[async_trait]
impl Policy for Refusals {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let answer = super::agent::onward(context, request, next).await?;
        if answer.status().is_success() { Ok(answer) } else { Err(unexpected(answer.try_into_raw_response().await?)) }
    }
}
