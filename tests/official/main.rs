//! Stand-ins for the official providers, for tests of the examples that feed `emc_rules` to them: those cannot be installed without a network.
//!
//! As `terraform-provider-aws` this program serves what `aws.json` records of hashicorp/aws, as `terraform-provider-azurerm` what
//! `azurerm.json` records of hashicorp/azurerm: names, types, who sets what, what replaces a rule, what is refused. `README.md` says how
//! to record another release. It never knows EMC or an account: creating a rule makes up ids, reading gives back the state.
//!
//! It differs from the real ones where they are untidy: an attribute that is not set stays null, where azurerm makes an empty text of it.

mod check;
mod limits;
mod official;
mod record;
mod rule;
mod shape;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use terraform_provider_emc::plugin::{Identity, Service, serve};

use official::Official;
use record::Record;

fn main() -> ExitCode {
    match stand_in() {
        Ok((identity, provider)) => serve(&identity, Service::new(Arc::new(provider))),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// The provider that this program was named after.
fn stand_in() -> Result<(Identity, Official), Box<dyn Error>> {
    let program = std::env::args_os().next().unwrap_or_default();
    let program = Path::new(&program).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (name, record) = if program.starts_with("terraform-provider-aws") {
        ("aws", include_str!("aws.json"))
    } else if program.starts_with("terraform-provider-azurerm") {
        ("azurerm", include_str!("azurerm.json"))
    } else {
        return Err(
            format!("`{program}` is no name of a provider: install it as terraform-provider-aws or terraform-provider-azurerm").into()
        );
    };
    let record: Record = serde_json::from_str(record)?;
    // One provider in a process: its name lives as long as that.
    let identity = Identity { address: record.address.clone().leak(), name, version: record.release.clone().leak() };
    Ok((identity, Official::new(&record)?))
}
