//! What the author of a provider writes: the traits of a provider, its resources, data sources and functions.
//!
//! Promises: everything around an implementation is done for it: encodings, schema checks, defaults, marking what is unknown,
//! keeping private state, and the checks that Terraform would make of its answers. Does not know the wire.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::in_flight::Stop;
use super::path::AttributePath;
use super::schema::Schema;
use super::ty::Type;
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

    /// Is told that the practitioner wants to stop, beside the [`Stop`] of each request. Returns at once.
    fn stop(&self) {}
}

/// What [`Provider::configure`] is given.
#[derive(Debug)]
pub struct ConfigureRequest {
    /// The `provider` block.
    pub config: Value,
    /// The version of Terraform or OpenTofu, as it says it.
    pub terraform_version: String,
    /// Says when to end soon.
    pub stop: Stop,
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
        let detail = format!(
            "Resources of type `{}` cannot be imported. (Import ID: `{}`)",
            self.type_name(),
            request.id
        );
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

/// What [`Resource::plan`] is given.
#[derive(Debug)]
pub struct PlanRequest {
    /// What the practitioner wrote.
    pub config: Value,
    /// The state; none for a creation.
    pub prior: Option<Value>,
    /// Configuration and state merged, defaults filled in, and, if anything differs from the state, computed attributes that the
    /// configuration does not set unknown. None for a deletion.
    pub proposed: Option<Value>,
    /// What the provider kept with the state.
    pub private: Private,
    /// Says when to end soon.
    pub stop: Stop,
}

/// What [`Resource::plan`] answers.
#[derive(Debug, Default)]
pub struct PlanResponse {
    /// The state that applying will give, with unknown parts; none for a deletion.
    pub planned: Option<Value>,
    /// Attributes whose change asks for a replacement, beside those whose schema says so.
    pub requires_replace: Vec<AttributePath>,
    /// What `apply` shall get as private state; none keeps it as it is.
    pub private: Option<Private>,
    /// What to tell the practitioner; with an error the rest is passed over.
    pub diagnostics: Diagnostics,
}

impl PlanResponse {
    /// Returns a plan.
    pub fn planned(planned: Option<Value>) -> PlanResponse {
        PlanResponse {
            planned,
            ..PlanResponse::default()
        }
    }

    /// Returns a failure.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> PlanResponse {
        PlanResponse {
            diagnostics: diagnostics.into(),
            ..PlanResponse::default()
        }
    }

    /// Sets the private state.
    #[must_use]
    pub fn with_private(mut self, private: Private) -> PlanResponse {
        self.private = Some(private);
        self
    }

    /// Adds diagnostics.
    #[must_use]
    pub fn with_diagnostics(mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) -> PlanResponse {
        self.diagnostics.extend(diagnostics);
        self
    }
}

/// What [`Resource::read`] is given.
#[derive(Debug)]
pub struct ReadRequest {
    /// The state; after an import, what that returned.
    pub state: Value,
    /// What the provider kept with the state.
    pub private: Private,
    /// Says when to end soon.
    pub stop: Stop,
}

/// What [`Resource::apply`] is given.
#[derive(Debug)]
pub struct ApplyRequest {
    /// What the practitioner wrote, wholly known.
    pub config: Value,
    /// The state; none for a creation.
    pub prior: Option<Value>,
    /// What was planned; none for a deletion. Parts may be unknown.
    pub planned: Option<Value>,
    /// What `plan` returned as private state.
    pub private: Private,
    /// Says when to end soon.
    pub stop: Stop,
}

/// What [`Resource::import`] is given.
#[derive(Debug)]
pub struct ImportRequest {
    /// What the practitioner gave as `id`.
    pub id: String,
    /// Says when to end soon.
    pub stop: Stop,
}

/// What reading, applying and importing answer.
#[derive(Debug, Default)]
pub struct StateResponse {
    /// The state; none if there is nothing (any more).
    pub state: Option<Value>,
    /// What to keep with the state; none keeps what was there.
    pub private: Option<Private>,
    /// What to tell the practitioner.
    pub diagnostics: Diagnostics,
}

impl StateResponse {
    /// Returns a state.
    pub fn state(state: Value) -> StateResponse {
        StateResponse {
            state: Some(state),
            ..StateResponse::default()
        }
    }

    /// Returns that nothing is there (any more).
    pub fn gone() -> StateResponse {
        StateResponse::default()
    }

    /// Returns a failure that leaves the state as it was.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> StateResponse {
        StateResponse {
            diagnostics: diagnostics.into(),
            ..StateResponse::default()
        }
    }

    /// Sets the private state.
    #[must_use]
    pub fn with_private(mut self, private: Private) -> StateResponse {
        self.private = Some(private);
        self
    }

    /// Adds diagnostics.
    #[must_use]
    pub fn with_diagnostics(mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) -> StateResponse {
        self.diagnostics.extend(diagnostics);
        self
    }
}

/// What a provider keeps with a state and Terraform never shows; empty is nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Private(pub Vec<u8>);

impl Private {
    /// Says whether nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Private({} bytes)", self.0.len())
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

/// What [`DataSource::read`] is given.
#[derive(Debug)]
pub struct DataRequest {
    /// What the practitioner wrote, wholly known; attributes that are not set have their default.
    pub config: Value,
    /// Says when to end soon.
    pub stop: Stop,
}

/// What [`DataSource::read`] answers.
#[derive(Debug, Default)]
pub struct DataResponse {
    /// The result; none only beside an error.
    pub state: Option<Value>,
    /// What to tell the practitioner.
    pub diagnostics: Diagnostics,
}

impl DataResponse {
    /// Returns a result.
    pub fn state(state: Value) -> DataResponse {
        DataResponse {
            state: Some(state),
            ..DataResponse::default()
        }
    }

    /// Returns a failure.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> DataResponse {
        DataResponse {
            diagnostics: diagnostics.into(),
            ..DataResponse::default()
        }
    }

    /// Adds diagnostics.
    #[must_use]
    pub fn with_diagnostics(mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) -> DataResponse {
        self.diagnostics.extend(diagnostics);
        self
    }
}

/// A pure function: the same arguments always give the same result, without `configure` and without the outside world.
pub trait Function: Send + Sync + 'static {
    /// Returns the name, without that of the provider.
    fn name(&self) -> &str;

    /// Returns parameters, result and description. It must always be the same.
    fn signature(&self) -> Signature;

    /// Calls the function. First come the positional arguments, then any number of variadic ones.
    ///
    /// # Errors
    /// What to tell the practitioner. The text must be understood by itself, for not every host shows the argument.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// How a function is called.
#[derive(Debug, Clone)]
pub struct Signature {
    /// One line about it.
    pub summary: String,
    /// All about it, in Markdown.
    pub description: String,
    /// The positional parameters.
    pub parameters: Vec<Parameter>,
    /// The parameter that takes all further arguments.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
}

impl Signature {
    /// Returns a function of these parameters.
    pub fn new(parameters: impl IntoIterator<Item = Parameter>, returns: Type) -> Signature {
        let parameters = parameters.into_iter().collect();
        Signature {
            summary: String::new(),
            description: String::new(),
            parameters,
            variadic: None,
            returns,
        }
    }

    /// Sets one line about it, and all about it in Markdown.
    #[must_use]
    pub fn description(mut self, summary: impl Into<String>, markdown: impl Into<String>) -> Signature {
        self.summary = summary.into();
        self.description = markdown.into();
        self
    }

    /// Sets the parameter that takes all further arguments.
    #[must_use]
    pub fn variadic(mut self, parameter: Parameter) -> Signature {
        self.variadic = Some(parameter);
        self
    }
}

/// A parameter of a function.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name, a lower-case identifier.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// What it means, in Markdown.
    pub description: String,
    /// Whether the function wants to see null; otherwise Terraform refuses it.
    pub allow_null: bool,
    /// Whether the function wants to see values that are not wholly known; otherwise Terraform answers "unknown" itself.
    pub allow_unknown: bool,
}

impl Parameter {
    /// Returns a parameter that takes neither null nor unknown.
    pub fn new(name: impl Into<String>, ty: Type) -> Parameter {
        Parameter {
            name: name.into(),
            ty,
            description: String::new(),
            allow_null: false,
            allow_unknown: false,
        }
    }

    /// Sets the description, in Markdown.
    #[must_use]
    pub fn description(mut self, markdown: impl Into<String>) -> Parameter {
        self.description = markdown.into();
        self
    }

    /// Lets null through to the function.
    #[must_use]
    pub fn allow_null(mut self) -> Parameter {
        self.allow_null = true;
        self
    }

    /// Lets values that are not wholly known through to the function.
    #[must_use]
    pub fn allow_unknown(mut self) -> Parameter {
        self.allow_unknown = true;
        self
    }
}

/// Why a function has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    /// What to tell the practitioner, in sentences that stand by themselves.
    pub text: String,
    /// The argument at fault, counted from 0 over positional and variadic ones.
    pub argument: Option<usize>,
}

impl FunctionError {
    /// Returns an error about the call.
    pub fn new(text: impl Into<String>) -> FunctionError {
        FunctionError {
            text: text.into(),
            argument: None,
        }
    }

    /// Returns an error about one argument, counted from 0.
    pub fn argument(argument: usize, text: impl Into<String>) -> FunctionError {
        FunctionError {
            text: text.into(),
            argument: Some(argument),
        }
    }
}
