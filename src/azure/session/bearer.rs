//! Tokens for everybody who needs them, with failures that say what to do.
//!
//! A token is asked for whenever this is: whoever asks keeps it, and asks again when Azure no longer accepts it, so nothing may be kept
//! below. A failure is kept for a moment: a hundred resources do not wait for a metadata service that is not there one after the other.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use azure_core::Error;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use tokio::sync::Mutex;

use super::told::{SignInError, Whence, explain};

/// How long signing in may take; the CLI may ask a service that is slow.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(120);

/// How long a failure is everybody's.
const SHARED_FAILURE: Duration = Duration::from_secs(5);

/// Makes a credential that keeps nothing from before.
pub(super) type Make = Box<dyn Fn() -> Result<Arc<dyn TokenCredential>, SignInError> + Send + Sync>;

/// A source of tokens.
pub(super) struct Bearer {
    make: Make,
    whence: Whence,
    /// What else was set and is not used.
    beside: Vec<String>,
    failed: Mutex<Option<(Instant, SignInError)>>,
}

impl Bearer {
    pub(super) fn new(make: Make, whence: Whence, beside: Vec<String>) -> Bearer {
        Bearer { make, whence, beside, failed: Mutex::default() }
    }

    async fn ask(&self, scopes: &[&str]) -> Result<AccessToken, SignInError> {
        let source = (self.make)()?;
        let asked = tokio::time::timeout(SIGN_IN_TIMEOUT, source.get_token(scopes, None)).await;
        let late = || Error::with_message(ErrorKind::Io, format!("no answer within {} seconds", SIGN_IN_TIMEOUT.as_secs()));
        let told = match asked.unwrap_or_else(|_| Err(late())) {
            Ok(token) => return Ok(token),
            Err(error) => explain(&self.whence, &error),
        };
        if self.beside.is_empty() {
            return Err(told);
        }
        let advice = format!("{} Passed over before: {}.", told.advice, self.beside.join("; "));
        Err(SignInError { advice, ..told })
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Bearer").field("whence", &self.whence).finish_non_exhaustive()
    }
}

#[async_trait]
impl TokenCredential for Bearer {
    async fn get_token(&self, scopes: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        let mut failed = self.failed.lock().await;
        if let Some((_, told)) = failed.as_ref().filter(|(when, _)| when.elapsed() < SHARED_FAILURE) {
            return Err(told.clone().into());
        }
        match self.ask(scopes).await {
            Ok(token) => {
                *failed = None;
                Ok(token)
            }
            Err(told) => {
                *failed = Some((Instant::now(), told.clone()));
                Err(told.into())
            }
        }
    }
}
