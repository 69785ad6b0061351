//! The provider's process: who it is, and nothing else.

use std::process::ExitCode;
use std::sync::Arc;

use terraform_provider_emc::plugin::{Identity, Service, serve};
use terraform_provider_emc::provider::{ADDRESS, Emc};

fn main() -> ExitCode {
    let identity = Identity { address: ADDRESS, name: "emc", version: env!("CARGO_PKG_VERSION") };
    serve(&identity, Service::new(Arc::new(Emc::default())))
}
