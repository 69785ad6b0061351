//! A provider's `main`: from the command line to the exit code.
//!
//! Promises: nothing is read, resolved or contacted before the host has its handshake; the process ends within two
//! milliseconds of answering `Shutdown`, and its socket file with it. Does not know what the provider does.
//!
//! Started by a person instead of a host, the process says in one sentence what it is for.

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use super::end::End;
use super::environment::Environment;
use super::handshake::{self, Line};
use super::listen::{Endpoint, ListenError, Listener};
use super::process::{Parent, ignore_interrupt};
use super::proto::tfplugin6::provider_server::Provider;
use super::server::{self, Audience, ServerError};
use super::tls::{Tls, TlsError};
use super::{crash, debug, log};

/// Threads that drive calls. Calls mostly wait; what computes for long belongs elsewhere.
const THREADS: usize = 2;

/// How long ending may take before it is forced. A peer that keeps the protocol needs a fraction of a millisecond; hosts kill
/// after two seconds.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// Who the provider is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Full source address, such as `registry.terraform.io/acme/anvil`.
    pub address: &'static str,
    /// Last part of the address: the prefix of every resource type, and of variables such as `TF_LOG_PROVIDER_ANVIL`.
    pub name: &'static str,
    /// Version of the program, such as `1.2.3`.
    pub version: &'static str,
}

/// Why the process could not serve.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Server(#[from] ServerError),
    #[error("stdout cannot be written to")]
    Stdout(#[source] io::Error),
    #[error("the operating system refused what the process needs")]
    System(#[from] io::Error),
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Serve,
    Debug,
    Version,
    Help,
    Unknown(String),
}

impl Task {
    fn of(mut arguments: impl Iterator<Item = OsString>) -> Task {
        let Some(argument) = arguments.next() else { return Task::Serve };
        let argument = argument.to_string_lossy().into_owned();
        match argument.as_str() {
            "-debug" | "--debug" => arguments.next().map_or(Task::Debug, |more| Task::Unknown(more.to_string_lossy().into_owned())),
            "-version" | "--version" => Task::Version,
            "-h" | "-help" | "--help" => Task::Help,
            _ => Task::Unknown(argument),
        }
    }
}

/// Serves `provider` until the host asks for the end or is gone. The whole of a provider's `main`.
///
/// Reads the command line: nothing (a host starts it), `-debug`, `--version`, `--help`. The exit code is 0 after a proper end, 1
/// when it could not serve, 2 for arguments it does not know.
pub fn serve(identity: &Identity, provider: impl Provider) -> ExitCode {
    let parent = Parent::at_start();
    let task = Task::of(std::env::args_os().skip(1));
    ExitCode::from(perform(task, identity, &Environment::of_process(), provider, parent))
}

/// Does what was asked for and gives the exit code.
fn perform(task: Task, identity: &Identity, environment: &Environment, provider: impl Provider, parent: Parent) -> u8 {
    let name = identity.name;
    let outcome = match task {
        Task::Version => say(&format!("terraform-provider-{name} {}\n", identity.version)),
        Task::Help => say(&help(identity)),
        Task::Unknown(argument) => {
            complain(&format!("terraform-provider-{name}: unknown argument `{argument}`; `--help` lists what there is"));
            return 2;
        }
        Task::Serve if !handshake::started_by_host(environment) => {
            complain(&stranger(identity));
            return 1;
        }
        Task::Serve => on_runtime(identity, environment, serve_host(environment, provider, parent)),
        Task::Debug => on_runtime(identity, environment, serve_debugger(identity, environment, provider)),
    };
    match outcome {
        Ok(()) => 0,
        Err(error) => {
            complain(&format!("terraform-provider-{name} cannot go on: {}", chain(&error)));
            1
        }
    }
}

/// Runs `work` without waiting for anything that it left behind.
fn on_runtime(
    identity: &Identity,
    environment: &Environment,
    work: impl Future<Output = Result<(), ServeError>>,
) -> Result<(), ServeError> {
    crash::install(identity);
    log::install(identity.name, environment);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    let outcome = runtime.block_on(work);
    runtime.shutdown_background();
    outcome
}

/// The ordinary case: a host has started this process and owns it.
async fn serve_host(environment: &Environment, provider: impl Provider, parent: Parent) -> Result<(), ServeError> {
    ignore_interrupt()?;
    let tls = environment.get("PLUGIN_CLIENT_CERT").map(Tls::with_client).transpose()?;
    let (acceptor, certificate) = tls.map(|tls| (tls.acceptor, tls.certificate)).unzip();
    let listener = Listener::bind(environment).await?;
    let endpoint = listener.endpoint().clone();
    let end = End::new();
    let incoming = listener.incoming(acceptor);
    Line::new(&endpoint, certificate.as_deref(), environment).announce().map_err(ServeError::Stdout)?;
    if !handshake::speaks_version_6(environment) {
        tracing::warn!("the host does not speak version 6 of the plugin protocol");
    }

    let orphaned = end.clone();
    tokio::spawn(async move {
        parent.gone().await;
        tracing::warn!("the host is gone");
        orphaned.wish();
    });
    force_end(&end, endpoint.clone());
    let outcome = server::run(provider, incoming, Audience::Host, end).await;
    endpoint.remove();
    Ok(outcome?)
}

/// A person has started this process; hosts come and go.
async fn serve_debugger(identity: &Identity, environment: &Environment, provider: impl Provider) -> Result<(), ServeError> {
    let listener = Listener::bind(environment).await?;
    let endpoint = listener.endpoint().clone();
    let end = End::new();
    let incoming = listener.incoming(None);
    say(&debug::instructions(identity, &endpoint))?;
    let interrupted = end.clone();
    tokio::spawn(async move {
        // Without Ctrl-C there is still the debugger to end the process.
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.wish();
        }
    });
    force_end(&end, endpoint.clone());
    let outcome = server::run(provider, incoming, Audience::Tools, end).await;
    endpoint.remove();
    Ok(outcome?)
}

/// Ends the process some time after the wish, whatever still runs: a thread of its own, so that busy ones cannot hold it up.
fn force_end(end: &End, endpoint: Endpoint) {
    let wished = end.wished();
    tokio::spawn(async move {
        wished.await;
        std::thread::spawn(move || {
            std::thread::sleep(LAST_MOMENT);
            endpoint.remove();
            std::process::exit(0);
        });
    });
}

fn stranger(identity: &Identity) -> String {
    let Identity { address, name, .. } = identity;
    let source = address.split_once('/').map_or(*address, |(_, source)| source);
    format!(
        "terraform-provider-{name} is a plugin that Terraform and OpenTofu start by themselves: to use it, name `{source}` as a \
         source under `required_providers` (`--help` tells what else it can do)."
    )
}

fn help(identity: &Identity) -> String {
    format!(
        "{}\n\n  -debug     serve Terraform or OpenTofu processes that attach to this one\n  --version  print name and version\n",
        stranger(identity)
    )
}

/// For people who ask on the command line; a host never sees it.
fn say(text: &str) -> Result<(), ServeError> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(ServeError::Stdout)
}

fn complain(text: &str) {
    // With stderr gone the exit code has to do.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// An error and what led to it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
