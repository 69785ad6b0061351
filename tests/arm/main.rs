//! Azure for the tests: Resource Manager with network security groups, Entra, managed identities and OIDC endpoints, on this machine.
//!
//! `arm --ca FILE [--port N] [--until-eof]` listens on loopback and writes one line of JSON to stdout: `{"endpoint", "port", "elsewhere",
//! "identity", "control", "ca"}`. `endpoint` is HTTPS with a certificate of an authority of its own, whose certificate is written to FILE for
//! `SSL_CERT_FILE` or `REQUESTS_CA_BUNDLE`; `elsewhere` is an address that no client should ever follow; `identity` is plain HTTP for
//! managed identities; `control` is for tests, see `control.rs`. With `--until-eof` the process ends when its standard input does, so it
//! cannot outlive the tests that started it, however they end.
//!
//! One process serves many tests at once: every test makes an account of its own, which has a subscription, a tenant and everything in them.
//!
//! What is known of Azure's behaviour comes from recorded exchanges (`replay.rs` plays them against this server), from reports of users
//! and from documentation; where nobody has shown what Azure does, `unproven` stands beside it.

mod access;
mod account;
mod asg;
mod azure;
mod certificate;
mod check;
mod control;
mod elsewhere;
mod fault;
mod group;
mod hand;
mod hit;
mod identity;
mod manager;
mod operation;
mod place;
mod refusal;
#[cfg(test)]
mod replay;
mod rule;
mod serve;
mod settings;
#[cfg(test)]
mod tests;
mod wire;

use std::error::Error;
use std::io::{Read, Write};
use std::sync::Arc;

use serde_json::json;

use azure::{Addresses, Azure};
use serve::{Door, listen, open};

/// What was asked for on the command line.
#[derive(Debug, Default)]
struct Options {
    ca: String,
    port: u16,
    until_eof: bool,
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options::default();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--ca" => options.ca = value()?,
                "--port" => options.port = value()?.parse().map_err(|_| "--port needs a number".to_owned())?,
                "--until-eof" => options.until_eof = true,
                other => return Err(format!("unknown argument {other}; usage: arm --ca FILE [--port N] [--until-eof]")),
            }
        }
        if options.ca.is_empty() { Err("usage: arm --ca FILE [--port N] [--until-eof]".to_owned()) } else { Ok(options) }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::read(std::env::args().skip(1))?;
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run(options))
}

async fn run(options: Options) -> Result<(), Box<dyn Error>> {
    let (tls, ca) = certificate::make()?;
    std::fs::write(&options.ca, ca)?;
    let (azure_door, port) = open(options.port).await?;
    let (elsewhere_door, elsewhere) = open(0).await?;
    let (identity_door, identity) = open(0).await?;
    let (control_door, control) = open(0).await?;
    let addresses = Addresses {
        azure: format!("https://localhost:{port}"),
        elsewhere: format!("https://localhost:{elsewhere}"),
        identity: format!("http://127.0.0.1:{identity}"),
    };
    let ready = json!({
        "endpoint": addresses.azure, "port": port, "elsewhere": addresses.elsewhere, "identity": addresses.identity,
        "control": format!("http://127.0.0.1:{control}"), "ca": options.ca,
    });
    let azure = Arc::new(Azure::new(addresses));
    tokio::spawn(listen(azure_door, Some(tls.clone()), Door::Azure, azure.clone()));
    tokio::spawn(listen(elsewhere_door, Some(tls), Door::Elsewhere, azure.clone()));
    tokio::spawn(listen(identity_door, None, Door::Identity, azure.clone()));
    tokio::spawn(listen(control_door, None, Door::Control, azure));
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{ready}")?;
    stdout.flush()?;
    if options.until_eof {
        tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    } else {
        std::future::pending::<()>().await;
    }
    Ok(())
}
