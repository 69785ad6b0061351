//! The data source itself: what is checked and read, in the order that is the same for every cloud.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::WAIT;
use crate::matrix::Matrix;
use crate::plugin::{DataRequest, DataResponse, DataSource, Diagnostic, Diagnostics, Schema, Value};
use crate::provider::table::Table;

/// One cloud, as far as a report about it goes.
#[async_trait]
pub(in crate::provider) trait Cloud: Debug + Send + Sync + 'static {
    /// Returns the name of the data source.
    fn type_name(&self) -> &'static str;

    /// Returns its schema.
    fn schema(&self) -> Schema;

    /// Checks a configuration against the table in force.
    fn check(&self, config: &Value, matrix: &Matrix) -> Diagnostics;

    /// Looks at the groups that a checked configuration asks about, and judges them.
    ///
    /// # Errors
    /// When they cannot be looked at, or one of them does not exist.
    async fn report(&self, config: &Value, matrix: &Matrix) -> Result<Told, Diagnostics>;
}

/// A report: the computed attributes, and what is to be told besides.
pub(in crate::provider) struct Told {
    pub(in crate::provider) values: Vec<(&'static str, Value)>,
    pub(in crate::provider) warnings: Vec<Diagnostic>,
}

/// The conformity data source of a cloud.
#[derive(Debug)]
pub(in crate::provider) struct Conformity<C> {
    table: Arc<Table>,
    cloud: C,
}

impl<C> Conformity<C> {
    pub(in crate::provider) fn new(table: Arc<Table>, cloud: C) -> Conformity<C> {
        Conformity { table, cloud }
    }
}

#[async_trait]
impl<C: Cloud> DataSource for Conformity<C> {
    fn type_name(&self) -> &str {
        self.cloud.type_name()
    }

    fn schema(&self) -> Schema {
        self.cloud.schema()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.table.in_force().map(|matrix| self.cloud.check(config, &matrix)).unwrap_or_default()
    }

    async fn read(&self, request: DataRequest) -> DataResponse {
        let mut state = request.config;
        let Some(matrix) = self.table.in_force() else {
            let detail = format!("The provider's `matrix_file` is not known yet, so neither is what should be open. {WAIT}");
            return DataResponse::failed(Diagnostic::error("Unknown port matrix", detail));
        };
        let found = self.cloud.check(&state, &matrix);
        if found.has_errors() {
            return DataResponse::failed(found);
        }
        match self.cloud.report(&state, &matrix).await {
            Ok(told) => {
                told.values.into_iter().for_each(|(name, value)| state.set_entry(name, value));
                DataResponse::state(state).with_diagnostics(told.warnings)
            }
            Err(errors) => DataResponse::failed(errors),
        }
    }
}
