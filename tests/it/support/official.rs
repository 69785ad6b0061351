//! The stand-ins for the official providers (`tests/official`), installed as if they had been downloaded.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use super::Workspace;
use super::tools::{self, Release};

/// An official provider, of which there is a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Official {
    source: &'static str,
    record: &'static str,
}

impl Official {
    pub(crate) const AWS: Official = Official { source: "hashicorp/aws", record: "aws.json" };
    pub(crate) const AZURE: Official = Official { source: "hashicorp/azurerm", record: "azurerm.json" };

    /// Where it is in a registry: what its address ends with.
    pub(crate) fn source(self) -> &'static str {
        self.source
    }

    /// What is recorded of it.
    pub(crate) fn record(self) -> Value {
        let file = tools::root().join("tests/official").join(self.record);
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
    }

    fn release(self) -> Release {
        Release { source: self.source, version: self.record()["release"].as_str().unwrap().to_owned() }
    }
}

/// A filesystem mirror with the stand-ins.
fn mirror() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    let releases = || [Official::AWS, Official::AZURE].map(Official::release);
    MADE.get_or_init(|| tools::mirror_of("official", &tools::example("official"), &releases()))
}

impl Workspace {
    /// The same with the stand-ins beside the provider.
    pub(crate) fn with_official(self) -> Workspace {
        let path = serde_json::to_string(mirror()).unwrap();
        let installation = self.read("cli.tfrc");
        let (head, end) = installation.rsplit_once('}').unwrap();
        self.write("cli.tfrc", &format!("{head}  filesystem_mirror {{\n    path = {path}\n  }}\n}}{end}"));
        self
    }
}
