//! Why there are no credentials, in words that say what to do.
//!
//! The SDK wraps its reasons in layers that say nothing ("service error", "dispatch failure"); what is kept here are the layers that
//! do. It sees errors only, never credentials.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as Provided, future};
use aws_smithy_types::error::ErrorMetadata;

/// Why nobody could sign in, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub(crate) struct SignInError {
    pub(crate) fault: String,
    pub(crate) advice: String,
}

impl SignInError {
    /// Returns the one that an error carries, if it does.
    pub(crate) fn of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a SignInError> {
        chain(error).find_map(|error| error.downcast_ref::<SignInError>())
    }
}

impl From<SignInError> for CredentialsError {
    fn from(error: SignInError) -> CredentialsError {
        CredentialsError::provider_error(error)
    }
}

/// Where credentials were to come from.
#[derive(Debug, Clone)]
pub(super) enum Whence {
    /// A profile without a role, and whether it signs in by SSO.
    Profile { name: String, sso: bool },
    /// The environment, because this profile says so.
    Environment(String),
    /// The credentials endpoint of a container.
    Container,
    /// The metadata of the instance.
    Instance,
    /// Nowhere.
    Nothing { metadata_skipped: bool },
}

/// A source of credentials whose failures say what to do.
#[derive(Debug)]
pub(super) struct Told<P> {
    source: P,
    whence: Whence,
}

impl<P: ProvideCredentials> Told<P> {
    pub(super) fn new(source: P, whence: Whence) -> Told<P> {
        Told { source, whence }
    }
}

impl<P: ProvideCredentials> ProvideCredentials for Told<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let provided: Provided = self.source.provide_credentials().await;
            provided.map_err(|error| explain(&self.whence, &error).into())
        })
    }
}

fn explain(whence: &Whence, error: &CredentialsError) -> SignInError {
    let why = causes(error);
    let said = |fault: String, advice: String| SignInError { fault, advice };
    match whence {
        Whence::Profile { name, .. } if why.contains("external process") => said(
            format!("the `credential_process` of the AWS profile `{name}` failed: {why}"),
            "Run that command in a shell as the same user: it must end with 0 and print JSON with `Version` 1, `AccessKeyId` and \
             `SecretAccessKey`."
                .to_owned(),
        ),
        Whence::Environment(name) => said(
            format!("the AWS profile `{name}` has `credential_source = Environment`, and that gives no credentials: {why}"),
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.".to_owned(),
        ),
        Whence::Profile { name, sso: true } => said(
            format!("the SSO session of the AWS profile `{name}` cannot be used: {why}"),
            format!(
                "Run `aws sso login --profile {name}`; if that helps nothing, check `sso_account_id` and `sso_role_name` of the profile."
            ),
        ),
        Whence::Profile { name, sso: false } => said(
            format!("the AWS profile `{name}` gives no credentials: {why}"),
            format!("Check the profile with `aws sts get-caller-identity --profile {name}`."),
        ),
        Whence::Container => said(
            format!("the container's credentials endpoint gives no credentials: {why}"),
            "Check AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, and AWS_CONTAINER_AUTHORIZATION_TOKEN."
                .to_owned(),
        ),
        Whence::Instance => said(
            format!(
                "nothing in the `aws` block, the environment and the shared files gives credentials, and neither does the instance metadata service: {why}"
            ),
            SOURCES.to_owned(),
        ),
        Whence::Nothing { metadata_skipped } => {
            let switch = if *metadata_skipped { "`skip_metadata_api_check`" } else { "AWS_EC2_METADATA_DISABLED" };
            said(
                format!(
                    "nothing in the `aws` block, the environment and the shared files gives credentials, and {switch} keeps the instance metadata service out"
                ),
                SOURCES.to_owned(),
            )
        }
    }
}

/// What to set where nothing is.
pub(crate) const SOURCES: &str = "Set `profile`, or `access_key` and `secret_key`, in the provider's `aws` block, or AWS_PROFILE, or \
     AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role is attached.";

/// What the layers of the SDK say around a reason.
const WRAPPERS: [&str; 13] = [
    "an error occurred while loading an access token",
    "the credential provider was not enabled",
    "an error occurred while loading credentials",
    "an unexpected error occurred",
    "an unexpected error occurred while loading credentials",
    "service error",
    "unhandled error",
    "dispatch failure",
    "other",
    "client error",
    "io error",
    "timeout",
    "the credentials provider was not properly configured",
];

/// Returns what the layers of an error say, without those that say nothing.
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for error in chain(error) {
        let text = match error.downcast_ref::<ErrorMetadata>() {
            Some(said) => format!("{}: {}", said.code().unwrap_or("error"), said.message().unwrap_or("(no message)")),
            None => error.to_string(),
        };
        let text = text.trim().trim_end_matches('.').to_owned();
        let repeats = said.iter().any(|before| before.contains(&text));
        if !text.is_empty() && !repeats && !text.starts_with("unhandled error (") && !WRAPPERS.contains(&text.as_str()) {
            said.push(text);
        }
    }
    if said.is_empty() { error.to_string() } else { said.join(": ") }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}
