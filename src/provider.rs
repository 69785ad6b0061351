//! The EMC provider: the only room that knows both Terraform and the domain.
//!
//! Unknown values end here: the domain is asked only about names that are known. It knows schemas and wording; it knows no
//! protocol buffers, no HTTP and no SDK types.

use std::sync::Arc;

use async_trait::async_trait;

use crate::plugin::{self, Attribute, Block, ConfigureRequest, DataSource, Diagnostics, Function, Resource, Schema, Type, Value};

mod arguments;
mod aws_config;
mod aws_conformity;
mod aws_rules;
mod azure_config;
mod azure_conformity;
mod azure_rules;
mod conformity;
mod connection;
mod deadline;
mod decided;
mod duration;
mod faults;
mod functions;
mod import;
mod neighbors;
mod on_foreign;
mod outcome;
mod placements;
mod policy;
mod port_matrix;
mod port_matrix_diff;
mod review;
mod rules;
mod setting;
mod table;
mod telling;

use aws_config::Account;
use azure_config::Principal;
use conformity::Conformity;
use table::Table;

/// The source address of the provider in the public registry.
pub const ADDRESS: &str = "registry.terraform.io/emc-rollout/emc";

/// The provider: what its configuration said, shared by all resources and data sources.
#[derive(Debug, Default)]
pub struct Emc {
    table: Arc<Table>,
    account: Arc<Account>,
    principal: Arc<Principal>,
    neighbors: Arc<aws_rules::Neighbors>,
    azure_neighbors: Arc<azure_rules::Neighbors>,
}

#[async_trait]
impl plugin::Provider for Emc {
    fn schema(&self) -> Schema {
        let matrix_file = Attribute::optional("matrix_file", Type::String).description(
            "Path of a port matrix that replaces the embedded one, as JSON of the published schema. \
             The data source `emc_port_matrix` exports the embedded table as `json`, to start from. \
             A broken file is an error that names line, column and place; nothing is planned with it.",
        );
        let block = Block::new([matrix_file]).blocks([aws_config::block(), azure_config::block()]).description(
            "Turns the port matrix of Avaya Call Center Elite Multichannel (EMC) 6.6 into firewall rules. \
             Say where each component lives; the provider derives the rules, shows them one line each, and keeps the cloud true to them. \
             Everything here is optional, and nothing contacts a cloud until a resource needs it.",
        );
        Schema::new(block)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = self.table.load(config.get("matrix_file"));
        diagnostics.extend(aws_config::validate(config.get("aws")));
        diagnostics.extend(azure_config::validate(config.get("azure")));
        diagnostics
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        self.account.configure(request.config.get("aws"));
        self.principal.configure(request.config.get("azure"));
        self.neighbors.begin();
        self.azure_neighbors.begin();
        let mut diagnostics = self.table.load(request.config.get("matrix_file"));
        diagnostics.extend(aws_config::look(request.config.get("aws")));
        diagnostics.extend(azure_config::look(request.config.get("azure")));
        diagnostics
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![
            Arc::new(aws_rules::AwsRules::new(self.table.clone(), self.account.clone(), self.neighbors.clone())),
            Arc::new(azure_rules::AzureRules::new(self.table.clone(), self.principal.clone(), self.azure_neighbors.clone())),
        ]
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        vec![
            Arc::new(port_matrix::PortMatrix::new(self.table.clone())),
            Arc::new(port_matrix_diff::PortMatrixDiff::new(self.table.clone())),
            Arc::new(rules::Rules::new(self.table.clone())),
            Arc::new(Conformity::new(self.table.clone(), aws_conformity::Aws(self.account.clone()))),
            Arc::new(Conformity::new(self.table.clone(), azure_conformity::Azure(self.principal.clone()))),
        ]
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        functions::all()
    }
}
