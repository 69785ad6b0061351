//! How one call runs: in its own task, traced, and with its panic kept to itself.
//!
//! Promises: what was begun goes on to its end even if Terraform goes away, so that nothing made remotely is left half recorded; one
//! call's panic ends that call only; logs name the call and the type, never a value.

use std::future::Future;
use std::time::Instant;

use tonic::Status;
use tracing::Instrument;

use crate::plugin::crash::{self, Panic};
use crate::plugin::diagnostic::{Diagnostic, Diagnostics};
use crate::plugin::proto::tfplugin6 as proto;
use crate::plugin::rpc::to_proto;

/// Runs a call; an error inside is a panic of its.
pub(super) async fn guarded<T: Send + 'static>(
    rpc: &'static str,
    subject: String,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<Result<T, Panic>, Status> {
    let span = tracing::debug_span!("call", tf_rpc = rpc, subject);
    let started = Instant::now();
    let task = tokio::spawn(crash::catch(work).instrument(span.clone()));
    let outcome = task.await.map_err(|_| Status::cancelled("the provider is shutting down"))?;
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::debug!(duration_ms, crashed = outcome.is_err(), "answered"));
    Ok(outcome)
}

/// Runs a call that computes, on a thread where it holds up no other call.
pub(super) async fn computing<T: Send + 'static>(
    rpc: &'static str,
    subject: String,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Result<T, Panic>, Status> {
    let computed = guarded(rpc, subject, tokio::task::spawn_blocking(move || crash::guarded(work))).await?;
    match computed {
        Ok(joined) => joined.map_err(|_| Status::cancelled("the provider is shutting down")),
        Err(panic) => Ok(Err(panic)),
    }
}

/// Runs a call that answers with diagnostics.
pub(super) async fn run<T: Answer>(
    rpc: &'static str,
    subject: String,
    work: impl Future<Output = Result<T, Diagnostics>> + Send + 'static,
) -> Result<tonic::Response<T>, Status> {
    let answer = match guarded(rpc, subject.clone(), work).await? {
        Ok(Ok(answer)) => answer,
        Ok(Err(diagnostics)) => T::failed(diagnostics),
        Err(panic) => T::failed(crashed(rpc, &subject, &panic).into()),
    };
    Ok(tonic::Response::new(answer))
}

/// Tells the practitioner of a panic.
pub(super) fn crashed(rpc: &str, subject: &str, panic: &Panic) -> Diagnostic {
    let of = if subject.is_empty() { String::new() } else { format!(" of `{subject}`") };
    let detail = format!(
        "The provider crashed in {rpc}{of}: {panic}. Other calls go on. This is a bug in the provider: please report it \
         with the log that TF_LOG=debug gives."
    );
    Diagnostic::error("The provider crashed", detail)
}

/// An answer that has room for diagnostics.
pub(super) trait Answer: Default + Send + 'static {
    fn diagnostics(&mut self) -> &mut Vec<proto::Diagnostic>;

    /// Returns the answer to a call that did not succeed.
    fn failed(diagnostics: Diagnostics) -> Self {
        let mut answer = Self::default();
        *answer.diagnostics() = to_proto::diagnostics(diagnostics);
        answer
    }
}

macro_rules! answers {
    ($($rpc:ident),* $(,)?) => {
        $(impl Answer for proto::$rpc::Response {
            fn diagnostics(&mut self) -> &mut Vec<proto::Diagnostic> {
                &mut self.diagnostics
            }
        })*
    };
}

answers! {
    apply_resource_change, configure_provider, get_functions, get_metadata, get_provider_schema, import_resource_state,
    plan_resource_change, read_data_source, read_resource, upgrade_resource_state, validate_data_resource_config,
    validate_provider_config, validate_resource_config,
}
