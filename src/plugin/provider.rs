//! What the author of a provider writes: the traits of a provider, its resources and data sources.
//!
//! Promises: everything around an implementation is done for it: encodings, schema checks, defaults, marking what is unknown,
//! keeping private state, and the checks that Terraform would make of its answers. Does not know the wire.

use std::sync::Arc;

use async_trait::async_trait;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::exchange::{
    ApplyRequest, ConfigureRequest, DataRequest, DataResponse, ImportRequest, PlanRequest, PlanResponse, ReadRequest, StateResponse,
};
use super::function::Function;
use super::schema::Schema;
use super::value::Value;

/// A provider. Its resources and data sources share with it whatever [`configure`](Provider::configure) finds out.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// Returns the shape of the `provider` block.
    fn schema(&self) -> Schema;

    /// Checks a configuration beyond its schema. Runs without `configure`, and on values that may be unknown.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Takes the configuration, once in a process. Values may be unknown while Terraform plans.
    async fn configure(&self, request: ConfigureRequest) -> Diagnostics;

    /// Returns the resources.
    fn resources(&self) -> Vec<Arc<dyn Resource>>;

    /// Returns the data sources.
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>>;

    /// Returns the functions.
    fn functions(&self) -> Vec<Arc<dyn Function>>;

    /// Is told that the practitioner wants to stop, beside the [`Stop`](super::Stop) of each request. Returns at once.
    fn stop(&self) {}
}

/// A kind of thing that Terraform creates, reads, changes and deletes.
#[async_trait]
pub trait Resource: Send + Sync + 'static {
    /// Returns the full name of the type, such as `emc_aws_security_group_rules`.
    fn type_name(&self) -> &str;

    /// Returns the shape of configuration and state. It must always be the same.
    fn schema(&self) -> Schema;

    /// Checks a configuration beyond its schema. Runs without `configure`, and on values that may be unknown.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Plans a creation, an update or a deletion. Must be a pure function of the request: Terraform plans again before it applies,
    /// and refuses another answer. What is proposed may be returned as it is.
    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        PlanResponse::planned(request.proposed)
    }

    /// Reads the real thing. Null and empty must come back as plan and apply would have them.
    async fn read(&self, request: ReadRequest) -> StateResponse;

    /// Creates, updates or deletes. Runs to its end even if Terraform goes away.
    ///
    /// On success the state holds exactly what was planned, with unknown values made known; after a deletion there is none.
    /// With an error the state holds what is really there: after a creation, nothing means that nothing was created; after an update
    /// or a deletion, nothing stands for the state as it was before.
    async fn apply(&self, request: ApplyRequest) -> StateResponse;

    /// Takes over a thing that exists. Terraform reads it next, so the state may be [`Block::blank`](super::schema::Block::blank)
    /// with only what `read` needs.
    async fn import(&self, request: ImportRequest) -> StateResponse {
        let detail = format!("Resources of type `{}` cannot be imported. (Import ID: `{}`)", self.type_name(), request.id);
        StateResponse::failed(Diagnostic::error("Resource import not implemented", detail))
    }

    /// Turns a state of an older schema version, as JSON, into one of the current version.
    ///
    /// # Errors
    /// What to tell the practitioner.
    fn upgrade(&self, version: i64, _state: serde_json::Value) -> Result<serde_json::Value, Diagnostics> {
        let name = self.type_name();
        let detail = format!(
            "This version of the provider cannot read version {version} of the state of `{name}`. \
             Apply once with an older version of the provider, or remove the resource from the state and import it."
        );
        Err(Diagnostic::error("Unable to upgrade resource state", detail).into())
    }
}

/// A kind of thing that Terraform only reads.
#[async_trait]
pub trait DataSource: Send + Sync + 'static {
    /// Returns the full name of the type, such as `emc_port_matrix`.
    fn type_name(&self) -> &str;

    /// Returns the shape of configuration and result. It must always be the same.
    fn schema(&self) -> Schema;

    /// Checks a configuration beyond its schema. Runs without `configure`, and on values that may be unknown.
    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Reads. The result has what the configuration has, and everything else known or null.
    async fn read(&self, request: DataRequest) -> DataResponse;
}
