//! The resource `emc_azure_network_security_rules`: the rules of one EMC rollout in the network security groups of its placements.
//!
//! What a plan shows follows from configuration, state and private state alone; live looks at plan feed diagnostics. What is live
//! decides what reading gives back. After a failure the state holds what is live.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;

use super::azure_config::Principal;
use super::deadline::Deadline;
use super::table::Table;
use super::{arguments, import, outcome, review};
use crate::azure::priority::Full;
use crate::azure::{Arm, NsgId};
use crate::plugin::{
    ApplyRequest, AttributePath, Diagnostic, Diagnostics, ImportRequest, PlanRequest, PlanResponse, Private, ReadRequest, Resource, Schema,
    StateResponse, Value,
};

mod apply;
mod asked;
mod check;
mod describe;
mod foreign;
mod forewarn;
mod kept;
mod live;
mod needs;
mod neighbors;
mod networks;
mod rollout;
mod schema;
mod shown;
#[cfg(test)]
mod tests;

use apply::{Apply, failure};
pub(super) use asked::Asked;
use kept::Kept;
pub(super) use neighbors::Neighbors;
use rollout::Rollout;

/// The groups of this cloud, as sentences name them.
const GROUPS: &str = "network security groups";

/// The resource.
#[derive(Debug)]
pub(super) struct AzureRules {
    table: Arc<Table>,
    principal: Arc<Principal>,
    neighbors: Arc<Neighbors>,
}

impl AzureRules {
    pub(super) fn new(table: Arc<Table>, principal: Arc<Principal>, neighbors: Arc<Neighbors>) -> AzureRules {
        AzureRules { table, principal, neighbors }
    }

    /// Returns the way to Azure, or the error of being asked to act before it is known.
    fn arm(&self) -> Result<Arc<Arm>, Diagnostics> {
        let detail = "The provider's `azure` block has values that are not known, so Azure cannot be reached.";
        self.principal.arm().ok_or_else(|| Diagnostic::error("Unknown Azure configuration", detail).into())
    }

    async fn plan_rules(&self, config: &Value, prior: Option<&Value>, mut planned: Value, private: &Private) -> PlanResponse {
        let Some(matrix) = self.table.in_force() else { return PlanResponse::planned(Some(planned)) };
        let mut found = check::check(config, &matrix);
        if found.has_errors() {
            return PlanResponse::failed(found);
        }
        let rollout = match Rollout::read(&planned, &matrix) {
            Ok(Some(rollout)) => rollout,
            // Names that rules are made of are unknown: so is everything that follows from them.
            Ok(None) => return PlanResponse::planned(Some(arguments::with_unknown(planned, schema::computed()))),
            Err(errors) => return PlanResponse::failed(errors),
        };
        let kept = Kept::read(private);
        let slots = match rollout.slots(&kept) {
            Ok(slots) => slots,
            Err(error) => return PlanResponse::failed(full(&error)),
        };
        for (name, value) in rollout.shown(&matrix, &kept, &slots) {
            planned.set_entry(name, value);
        }
        let asked = rollout.asked(&matrix, &slots);
        let acknowledged = prior.map(|prior| prior.get("foreign_rules").clone());
        planned.set_entry(
            "foreign_rules",
            rollout.on_foreign.planned(
                acknowledged.as_ref(),
                || rollout.foreign(&kept, &asked),
                |acknowledged| rollout.foreign_to_stay(&kept, &asked, acknowledged),
            ),
        );
        let arm = self.principal.arm();
        rollout.forewarn(&matrix, &kept, &slots, acknowledged.as_ref(), arm.as_deref(), &mut found).await;
        let before = prior.and_then(|prior| Rollout::read(prior, &matrix).ok().flatten());
        let slots_before = before.as_ref().and_then(|before| before.slots(&kept).ok());
        if let Some(neighbor) = rollout.neighbor(&slots, before.as_ref().zip(slots_before.as_ref()), &kept, config) {
            let others = self.neighbors.note(neighbor.clone());
            found.extend(others.iter().filter_map(|other| rollout.beside(&neighbor, other)));
        }
        found.extend(review::in_time(&rollout.topology.policy));
        found.extend(review::idle(&rollout.expansion));
        PlanResponse::planned(Some(planned)).with_diagnostics(found)
    }
}

#[async_trait]
impl Resource for AzureRules {
    fn type_name(&self) -> &str {
        "emc_azure_network_security_rules"
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.table.in_force().map(|matrix| check::check(config, &matrix)).unwrap_or_default()
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        let PlanRequest { config, prior, proposed, private, stop } = request;
        let Some(planned) = proposed else { return PlanResponse::planned(None) };
        tokio::select! {
            response = self.plan_rules(&config, prior.as_ref(), planned, &private) => response,
            () = stop.requested() => PlanResponse::failed(outcome::stopped(GROUPS)),
        }
    }

    async fn read(&self, request: ReadRequest) -> StateResponse {
        let ReadRequest { mut state, private, stop } = request;
        // With an unknown provider configuration there is nothing to read with; the plan works on what was read last.
        let (Some(matrix), Some(arm)) = (self.table.in_force(), self.principal.arm()) else { return StateResponse::state(state) };
        let rollout = match Rollout::read(&state, &matrix) {
            Ok(Some(rollout)) => rollout,
            Ok(None) => return StateResponse::state(state),
            Err(errors) => return StateResponse::failed(errors),
        };
        let mut kept = Kept::read(&private);
        let groups: BTreeSet<NsgId> = rollout.groups().into_iter().chain(kept.pending()).collect();
        let observed = tokio::select! {
            observed = arm.observe(&groups) => observed,
            () = stop.requested() => return StateResponse::failed(outcome::stopped(GROUPS)),
        };
        let observed = match observed {
            Ok(observed) => observed,
            Err(error) => return StateResponse::failed(failure("Network security groups cannot be read", &rollout, &error)),
        };
        let name = rollout.name.clone().unwrap_or_default();
        kept.recognize(&observed, &name);
        let mark = kept.mark(&name);
        let imported = state.get("lines").is_null();
        kept.remember(&observed, &rollout.groups(), &mark);
        let slots = match rollout.slots(&kept) {
            Ok(slots) => slots,
            Err(error) => return StateResponse::failed(full(&error)),
        };
        for (attribute, value) in rollout.shown(&matrix, &kept, &slots) {
            state.set_entry(attribute, value);
        }
        state.set_entry("lines", rollout.live_lines(&matrix, &slots, &observed, &mark).into());
        let asked = rollout.asked(&matrix, &slots);
        let foreign =
            if imported { rollout.foreign(&kept, &asked) } else { rollout.foreign_read(&kept, &asked, state.get("foreign_rules")) };
        if let Some(foreign) = foreign {
            state.set_entry("foreign_rules", foreign);
        }
        // A name that Azure does not have yet, or that was changed by hand, is told as a change of the name.
        if let Some(former) = live::former_name(&observed, &mark) {
            state.set_entry("name", Value::string(former));
        }
        StateResponse::state(state).with_private(kept.write())
    }

    async fn apply(&self, request: ApplyRequest) -> StateResponse {
        let ApplyRequest { config, prior, planned, private, stop } = request;
        let (matrix, arm) = match (self.table.required(), self.arm()) {
            (Ok(matrix), Ok(arm)) => (matrix, arm),
            (Err(errors), _) | (_, Err(errors)) => return StateResponse::failed(errors),
        };
        let deadline = Deadline::begin(prior.as_ref(), planned.as_ref(), stop);
        let apply = Apply { matrix: &matrix, arm: &arm, neighbors: &self.neighbors, config, kept: Kept::read(&private), deadline };
        match (prior, planned) {
            (prior, Some(planned)) => apply.write(prior, planned).await,
            (Some(prior), None) => apply.delete(prior).await,
            (None, None) => StateResponse::gone(),
        }
    }

    async fn import(&self, request: ImportRequest) -> StateResponse {
        import::response(&request.id, &self.schema().block, "/subscriptions/", |state| self.validate(state))
    }
}

/// Says that the range of priorities is too narrow, and which one would do.
fn full(error: &Full) -> Diagnostic {
    let way = match error.fitting {
        Some(band) => format!("`priority_range = \"{band}\"` has room for all of them, and nobody else is there, as far as is known."),
        None => "Not even 100-4096 has room: join ports with `port_ranges = \"coalesce\"` in `policy`, or spread the placements over several resources.".to_owned(),
    };
    let detail = format!(
        "{}. {way} Rules that are there keep their priorities as long as they are inside of the range.",
        super::telling::chain(error)
    );
    Diagnostic::error("Too few priorities", detail).at(&AttributePath::root().attr("priority_range"))
}
