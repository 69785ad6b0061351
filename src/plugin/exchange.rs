//! What the parts of a provider are asked, and what they answer.
//!
//! Promises: an answer that says nothing about private state leaves it as it is. Does not know the wire.

use std::fmt;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::in_flight::Stop;
use super::path::AttributePath;
use super::value::Value;

/// What [`Provider::configure`](super::Provider::configure) is given.
#[derive(Debug)]
pub struct ConfigureRequest {
    /// The `provider` block.
    pub config: Value,
    /// The version of Terraform or OpenTofu, as it says it.
    pub terraform_version: String,
    /// Says when to end soon.
    pub stop: Stop,
}

/// What [`Resource::plan`](super::Resource::plan) is given.
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

/// What [`Resource::plan`](super::Resource::plan) answers.
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
        PlanResponse { planned, ..PlanResponse::default() }
    }

    /// Returns a failure.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> PlanResponse {
        PlanResponse { diagnostics: diagnostics.into(), ..PlanResponse::default() }
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

/// What [`Resource::read`](super::Resource::read) is given.
#[derive(Debug)]
pub struct ReadRequest {
    /// The state; after an import, what that returned.
    pub state: Value,
    /// What the provider kept with the state.
    pub private: Private,
    /// Says when to end soon.
    pub stop: Stop,
}

/// What [`Resource::apply`](super::Resource::apply) is given.
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

/// What [`Resource::import`](super::Resource::import) is given.
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
        StateResponse { state: Some(state), ..StateResponse::default() }
    }

    /// Returns that nothing is there (any more).
    pub fn gone() -> StateResponse {
        StateResponse::default()
    }

    /// Returns a failure that leaves the state as it was.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> StateResponse {
        StateResponse { diagnostics: diagnostics.into(), ..StateResponse::default() }
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

/// What [`DataSource::read`](super::DataSource::read) is given.
#[derive(Debug)]
pub struct DataRequest {
    /// What the practitioner wrote, wholly known; attributes that are not set have their default.
    pub config: Value,
    /// Says when to end soon.
    pub stop: Stop,
}

/// What [`DataSource::read`](super::DataSource::read) answers.
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
        DataResponse { state: Some(state), ..DataResponse::default() }
    }

    /// Returns a failure.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> DataResponse {
        DataResponse { diagnostics: diagnostics.into(), ..DataResponse::default() }
    }

    /// Adds diagnostics.
    #[must_use]
    pub fn with_diagnostics(mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) -> DataResponse {
        self.diagnostics.extend(diagnostics);
        self
    }
}
