//! A provider made of its record.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use terraform_provider_emc::plugin::{ConfigureRequest, DataSource, Diagnostics, Function, Provider, Resource, Schema, Value};

use crate::record::Record;
use crate::rule::Rule;
use crate::shape;

/// What the provider's block says, once it was said.
pub(crate) type Settings = Arc<OnceLock<Value>>;

pub(crate) struct Official {
    schema: Schema,
    settings: Settings,
    resources: Vec<Arc<dyn Resource>>,
}

impl Official {
    pub(crate) fn new(record: &Record) -> Result<Official, Box<dyn std::error::Error>> {
        let settings = Settings::default();
        let mut resources: Vec<Arc<dyn Resource>> = Vec::new();
        for (name, tree) in &record.schema.resource_schemas {
            let rules = record.rules.get(name).ok_or_else(|| format!("nothing is recorded of what {name} refuses"))?;
            let schema = shape::of_resource(tree, rules)?;
            resources.push(Arc::new(Rule::new(name.clone(), schema, rules.clone(), Arc::clone(&settings))));
        }
        Ok(Official { schema: shape::of_provider(&record.schema.provider)?, settings, resources })
    }
}

#[async_trait]
impl Provider for Official {
    fn schema(&self) -> Schema {
        self.schema.clone()
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        self.settings.get_or_init(|| request.config);
        Diagnostics::new()
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        self.resources.clone()
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        Vec::new()
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        Vec::new()
    }
}
