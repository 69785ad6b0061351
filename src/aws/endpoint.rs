//! EC2 in one region: its client, and what everyone in this process who uses it shares (looks at groups, locks on groups).

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::config;
use aws_sdk_ec2::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_types::request_id::RequestId;
use tokio::sync::OwnedMutexGuard;

use super::error::{AwsError, Call, Source};
use super::id::SecurityGroupId;
use super::looks::Looks;
use super::patience::Patience;
use super::session::SignInError;

/// One region, as one principal.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) region: String,
    url: Option<String>,
    pub(crate) client: Client,
    pub(crate) looks: Looks,
    locks: Mutex<BTreeMap<SecurityGroupId, Arc<tokio::sync::Mutex<()>>>>,
}

impl Endpoint {
    pub(crate) fn new(region: &str, url: Option<String>, client: Client) -> Endpoint {
        Endpoint { region: region.to_owned(), url, client, looks: Looks::default(), locks: Mutex::default() }
    }

    /// Returns what one call runs with, besides what all do.
    pub(crate) fn patience(&self) -> config::Builder {
        config::Builder::new().retry_classifier(Patience::default())
    }

    /// Waits until nobody else in this process writes to any of these groups. Always taken in the order of the ids, so that two who
    /// want the same groups cannot wait for each other.
    pub(crate) async fn lock(&self, groups: &BTreeSet<SecurityGroupId>) -> Vec<OwnedMutexGuard<()>> {
        let locks: Vec<_> = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            groups.iter().map(|group| Arc::clone(locks.entry(group.clone()).or_default())).collect()
        };
        let mut guards = Vec::with_capacity(locks.len());
        for lock in locks {
            guards.push(lock.lock_owned().await);
        }
        guards
    }

    /// Returns the evidence that an error about this call will carry.
    pub(crate) fn call<'a>(&self, operation: &'static str, groups: impl IntoIterator<Item = &'a SecurityGroupId>) -> Box<Call> {
        Box::new(Call { operation, groups: groups.into_iter().cloned().collect(), region: self.region.clone(), endpoint: self.url.clone() })
    }
}

/// Says what became of a call that failed.
pub(crate) fn failure<E>(call: Box<Call>, error: SdkError<E, HttpResponse>) -> AwsError
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
    if let Some((metadata, code)) = metadata.and_then(|metadata| Some((metadata, metadata.code()?))) {
        return AwsError::Refused {
            code: code.to_owned(),
            message: metadata.message().unwrap_or("(no message)").to_owned(),
            request_id: error.request_id().map(str::to_owned),
            call,
        };
    }
    if let Some(told) = SignInError::of(&error) {
        return AwsError::Credentials { source: Arc::new(told.clone()), call };
    }
    let status = error.raw_response().map(|response| response.status().as_u16());
    let text = DisplayErrorContext(&error).to_string();
    let credentials = chain(&error).any(|error| error.is::<CredentialsError>());
    let unreachable = matches!(error, SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_)) && never_connected(&error);
    let source: Source = match (status, error.into_source()) {
        (Some(status), _) => Arc::from(Box::<dyn Error + Send + Sync>::from(format!("HTTP status {status} without an EC2 error"))),
        (None, Ok(source)) => Arc::from(source),
        (None, Err(_)) => Arc::from(Box::<dyn Error + Send + Sync>::from(text)),
    };
    if credentials {
        AwsError::Credentials { call, source }
    } else if unreachable {
        AwsError::Unreachable { call, source }
    } else {
        AwsError::Unanswered { call, source }
    }
}

/// The SDK does not say whether a connection was ever made, but the error at the bottom does.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let io = chain(error).filter_map(|error| error.downcast_ref::<std::io::Error>()).last();
    match io {
        Some(io) => !matches!(io.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof),
        None => chain(error).any(|error| error.to_string().contains("onnect)") || error.to_string().contains("connect timeout")),
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}
