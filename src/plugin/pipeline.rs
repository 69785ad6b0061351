//! What happens around a resource's own code when it plans, reads and applies.
//!
//! Promises: the order of HashiCorp's framework (defaults, then unknown marks, then the resource), private state never lost, null and
//! empty blocks as Terraform wants them, and a provider's mistake named here, at its place, before Terraform calls it a bug without one.
//! Does not know the wire.

mod check;
mod prepare;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::exchange::{
    ApplyRequest, DataRequest, DataResponse, ImportRequest, PlanRequest, PlanResponse, Private, ReadRequest, StateResponse,
};
use super::in_flight::Stop;
use super::path::AttributePath;
use super::provider::{DataSource, Resource};
use super::schema::Schema;
use super::value::Value;

use check::Defect;

/// Plans: `prior` none is a creation, `proposed` none a deletion.
pub(super) async fn plan(
    resource: &dyn Resource,
    schema: &Schema,
    config: Value,
    prior: Option<Value>,
    proposed: Option<Value>,
    private: Private,
    stop: Stop,
) -> PlanResponse {
    let proposed = proposed.map(|proposed| prepare::propose(&schema.block, &config, prior.as_ref(), proposed));
    let kept = private.clone();
    let deletes = proposed.is_none();
    let request = PlanRequest { config: config.clone(), prior: prior.clone(), proposed, private, stop };
    let mut response = resource.plan(request).await;
    response.private.get_or_insert(kept);
    if response.diagnostics.has_errors() {
        return response;
    }
    let Some(planned) = &mut response.planned else {
        if !deletes {
            response.diagnostics.extend(bug("planned a deletion where something was to be kept or made"));
        }
        return response;
    };
    if deletes {
        response.diagnostics.extend(bug("planned something to be there after a deletion"));
        return response;
    }
    prepare::fill_empty_blocks(&schema.block, planned);
    let defects = check::plan(&schema.block, prior.as_ref().unwrap_or(&Value::Null), &config, planned);
    response.diagnostics.extend(defects.into_iter().map(|defect| defect.diagnostic("planned what the configuration does not allow")));
    let mut replace: BTreeSet<AttributePath> = response.requires_replace.drain(..).map(|path| path.addressable()).collect();
    if let Some(prior) = &prior {
        prepare::replacing(&schema.block, prior, planned, &mut replace);
    }
    response.requires_replace = replace.into_iter().collect();
    response
}

/// Applies: `prior` none is a creation, `planned` none a deletion.
pub(super) async fn apply(
    resource: &dyn Resource,
    schema: &Schema,
    config: Value,
    prior: Option<Value>,
    planned: Option<Value>,
    private: Private,
    stop: Stop,
) -> StateResponse {
    let kept = private.clone();
    let request = ApplyRequest { config, prior: prior.clone(), planned: planned.clone(), private, stop };
    let mut response = resource.apply(request).await;
    if response.diagnostics.has_errors() {
        // What stands in the state is all that Terraform will know: nothing is only right if nothing was there.
        response.state = response.state.or(prior);
        response.private.get_or_insert(kept);
        if let Some(state) = &mut response.state {
            prepare::fill_empty_blocks(&schema.block, state);
            prepare::forget_unknown(state);
        }
        return response;
    }
    let Some(planned) = planned else {
        if response.state.is_some() {
            response.diagnostics.extend(bug("still has a state after a successful deletion"));
            response.state = prior;
            response.private.get_or_insert(kept);
        } else {
            response.private = None;
        }
        return response;
    };
    response.private.get_or_insert(kept);
    let Some(state) = &mut response.state else {
        response.diagnostics.extend(bug("has no state after a successful creation or update"));
        response.state = prior;
        return response;
    };
    prepare::fill_empty_blocks(&schema.block, state);
    let mut defects = check::apply(&schema.block, &planned, state);
    defects.extend(check::unknown(state));
    prepare::forget_unknown(state);
    response.diagnostics.extend(defects.into_iter().map(|defect| defect.diagnostic("applied something else than it had planned")));
    response
}

/// Reads.
pub(super) async fn read(resource: &dyn Resource, schema: &Schema, state: Value, private: Private, stop: Stop) -> StateResponse {
    let kept = private.clone();
    let before = state.clone();
    let mut response = resource.read(ReadRequest { state, private, stop }).await;
    response.private.get_or_insert(kept);
    if response.diagnostics.has_errors() && response.state.is_none() {
        response.state = Some(before);
    }
    settle(schema, &mut response, "read something that is not known");
    response
}

/// Imports.
pub(super) async fn import(resource: &dyn Resource, schema: &Schema, id: String, stop: Stop) -> StateResponse {
    let mut response = resource.import(ImportRequest { id, stop }).await;
    if response.state.is_none() && !response.diagnostics.has_errors() {
        response.diagnostics.extend(bug("imported nothing and gave no reason"));
    }
    settle(schema, &mut response, "imported something that is not known");
    response
}

/// Reads a data source.
pub(super) async fn read_data(source: &dyn DataSource, schema: &Schema, config: Value, stop: Stop) -> DataResponse {
    let config = prepare::with_defaults(&schema.block, config);
    let mut response = source.read(DataRequest { config, stop }).await;
    if response.diagnostics.has_errors() {
        return response;
    }
    let Some(state) = &mut response.state else {
        response.diagnostics.extend(bug("read nothing and gave no reason"));
        return response;
    };
    prepare::fill_empty_blocks(&schema.block, state);
    let defects = check::unknown(state);
    response.diagnostics.extend(defects.into_iter().map(|defect| defect.diagnostic("read something that is not known")));
    response
}

fn settle(schema: &Schema, response: &mut StateResponse, what: &str) {
    if let Some(state) = &mut response.state {
        prepare::fill_empty_blocks(&schema.block, state);
        let defects = check::unknown(state);
        prepare::forget_unknown(state);
        response.diagnostics.extend(defects.into_iter().map(|defect| defect.diagnostic(what)));
    }
}

/// Returns a state upgraded to the current schema, with its blocks as Terraform wants them.
pub(super) fn upgraded(schema: &Schema, mut state: Value) -> Value {
    prepare::fill_empty_blocks(&schema.block, &mut state);
    state
}

fn bug(what: &str) -> Diagnostics {
    let detail = format!("The provider {what}. This is a bug in the provider, not in the configuration: please report it.");
    Diagnostic::error(BUG, detail).into()
}

/// Headline of every mistake that only the provider's author can mend.
const BUG: &str = "Bug in the provider";

impl Defect {
    fn diagnostic(self, what: &str) -> Diagnostic {
        let Defect { path, text } = self;
        let place = if path.steps().is_empty() { String::new() } else { format!("`{path}`: ") };
        let detail =
            format!("The provider {what}. {place}{text}. This is a bug in the provider, not in the configuration: please report it.");
        Diagnostic::error(BUG, detail).at(&path)
    }
}
