//! The resource `emc_aws_security_group_rules`: the rules of one EMC rollout in the security groups of its placements.
//!
//! What a plan shows follows from configuration, state and private state alone; live looks at plan feed diagnostics. What is live
//! decides what reading gives back. After a failure the state holds what is live.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;

use super::aws_config::Account;
use super::deadline::Deadline;
use super::table::Table;
use super::{arguments, import, outcome, review};
use crate::aws::{Ec2, SecurityGroupId};
use crate::plugin::{
    ApplyRequest, Diagnostic, Diagnostics, ImportRequest, PlanRequest, PlanResponse, Private, ReadRequest, Resource, Schema, StateResponse,
    Value,
};

mod apply;
mod asked;
mod bind;
mod check;
mod clash;
mod foreign;
mod forewarn;
mod kept;
mod lists;
mod live;
mod multicast;
mod neighbors;
mod quota;
mod reach;
mod region;
mod rollout;
mod schema;
mod shown;
mod tagged;
#[cfg(test)]
mod tests;

use apply::{Apply, failure};
pub(super) use asked::Asked;
use kept::Kept;
pub(super) use neighbors::Neighbors;
use rollout::Rollout;

/// The groups of this cloud, as sentences name them.
const GROUPS: &str = "security groups";

/// The resource.
#[derive(Debug)]
pub(super) struct AwsRules {
    table: Arc<Table>,
    account: Arc<Account>,
    neighbors: Arc<Neighbors>,
}

impl AwsRules {
    pub(super) fn new(table: Arc<Table>, account: Arc<Account>, neighbors: Arc<Neighbors>) -> AwsRules {
        AwsRules { table, account, neighbors }
    }

    /// Returns the way to EC2, or the error of being asked to act before it is known.
    fn ec2(&self) -> Result<Arc<Ec2>, Diagnostics> {
        let detail = "The provider's `aws` block has values that are not known, so EC2 cannot be reached.";
        self.account.ec2().ok_or_else(|| Diagnostic::error("Unknown AWS configuration", detail).into())
    }

    /// Plans everything but region and tags.
    async fn plan_rules(
        &self,
        config: &Value,
        prior: Option<&Value>,
        mut planned: Value,
        private: &Private,
        ec2: Option<&Ec2>,
    ) -> PlanResponse {
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
        for (name, value) in rollout.shown(&matrix) {
            planned.set_entry(name, value);
        }
        let acknowledged = prior.map(|prior| prior.get("foreign_rules").clone());
        planned.set_entry(
            "foreign_rules",
            rollout.on_foreign.planned(
                acknowledged.as_ref(),
                || rollout.foreign(&kept),
                |acknowledged| rollout.foreign_to_stay(&kept, acknowledged),
            ),
        );
        let doomed = acknowledged.map(|acknowledged| rollout.doomed(&kept, &acknowledged)).unwrap_or_default();
        let before = prior.and_then(|prior| Rollout::read(prior, &matrix).ok().flatten());
        let observed = rollout.look(&matrix, &kept, before.as_ref(), ec2, &mut found).await;
        let quota = rollout.quota(before.as_ref(), ec2, &mut found).await;
        rollout.reach(before.as_ref(), &observed, ec2, &mut found).await;
        found.extend(rollout.gone(&matrix, &kept, &observed, planned.get(region::REGION)));
        rollout.forewarn(&matrix, &kept, &observed, &quota, doomed, &mut found);
        if let Some(neighbor) = rollout.neighbor(before.as_ref(), &kept, config) {
            let others = self.neighbors.note(neighbor.clone());
            found.extend(others.iter().filter_map(|other| rollout.beside(&neighbor, other, &kept, &observed)));
        }
        if prior.is_none() {
            found.extend(rollout.foreign_before(&kept, &observed));
        }
        found.extend(review::in_time(&rollout.topology.policy));
        found.extend(review::idle(&rollout.expansion));
        PlanResponse::planned(Some(planned)).with_diagnostics(found)
    }
}

#[async_trait]
impl Resource for AwsRules {
    fn type_name(&self) -> &str {
        "emc_aws_security_group_rules"
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.table.in_force().map(|matrix| check::check(config, &matrix)).unwrap_or_default()
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        let PlanRequest { config, prior, proposed, private, stop } = request;
        let Some(mut planned) = proposed else { return PlanResponse::planned(None) };
        let planning = async {
            let of_provider = self.account.ec2();
            let region = region::planned(&config, prior.as_ref(), of_provider.as_deref()).await;
            let moves = region::moves(prior.as_ref(), &region);
            let ec2 = region::in_sight(&config, &region, of_provider.as_deref());
            planned.set_entry(region::REGION, region);
            planned.set_entry(tagged::TAGS_ALL, self.account.default_tags().map_or(Value::Unknown, |tags| tagged::shown(&tags)));
            let mut response = self.plan_rules(&config, prior.as_ref(), planned, &private, ec2.as_ref()).await;
            response.requires_replace.extend(moves);
            response
        };
        tokio::select! {
            response = planning => response,
            () = stop.requested() => PlanResponse::failed(outcome::stopped(GROUPS)),
        }
    }

    async fn read(&self, request: ReadRequest) -> StateResponse {
        let ReadRequest { mut state, private, stop } = request;
        // With an unknown provider configuration there is nothing to read with; the plan works on what was read last.
        let (Some(matrix), Some(ec2)) = (self.table.in_force(), self.account.ec2()) else { return StateResponse::state(state) };
        let rollout = match Rollout::read(&state, &matrix) {
            Ok(Some(rollout)) => rollout,
            Ok(None) => return StateResponse::state(state),
            Err(errors) => return StateResponse::failed(errors),
        };
        let ec2 = region::at(&ec2, &state);
        let mut kept = Kept::read(&private);
        let groups: BTreeSet<SecurityGroupId> = rollout.groups().into_iter().chain(kept.pending()).collect();
        let observed = tokio::select! {
            observed = ec2.observe(&groups) => observed,
            () = stop.requested() => return StateResponse::failed(outcome::stopped(GROUPS)),
        };
        let observed = match observed {
            Ok(observed) => observed,
            Err(error) => return StateResponse::failed(failure("Security groups cannot be read", &rollout, &error)),
        };
        let name = rollout.name.clone().unwrap_or_default();
        kept.recognize(&observed, &name);
        let mark = kept.mark(&name);
        let imported = state.get("lines").is_null();
        kept.remember(&observed, &rollout.groups(), &mark);
        for (attribute, value) in rollout.shown(&matrix) {
            state.set_entry(attribute, value);
        }
        state.set_entry("lines", rollout.live_lines(&matrix, &observed, &mark).into());
        let wanted = self.account.default_tags().unwrap_or_default();
        state.set_entry(tagged::TAGS_ALL, tagged::read(&wanted, &state, &observed, &mark));
        if state.get(region::REGION).is_null() {
            state.set_entry(region::REGION, ec2.region().await.ok().into());
        }
        let foreign = if imported { rollout.foreign(&kept) } else { rollout.foreign_read(&kept, state.get("foreign_rules")) };
        if let Some(foreign) = foreign {
            state.set_entry("foreign_rules", foreign);
        }
        // A name that EC2 does not have yet, or that was changed by hand, is told as a change of the name.
        if let Some(former) = live::former_name(&observed, &mark) {
            state.set_entry("name", Value::string(former));
        }
        let diagnostics = rollout.void(&observed, &mark).into_iter().collect();
        StateResponse { diagnostics, ..StateResponse::state(state).with_private(kept.write()) }
    }

    async fn apply(&self, request: ApplyRequest) -> StateResponse {
        let ApplyRequest { config, prior, planned, private, stop } = request;
        let (matrix, ec2) = match (self.table.required(), self.ec2()) {
            (Ok(matrix), Ok(ec2)) => (matrix, ec2),
            (Err(errors), _) | (_, Err(errors)) => return StateResponse::failed(errors),
        };
        let deadline = Deadline::begin(prior.as_ref(), planned.as_ref(), stop);
        let ec2 = region::at(&ec2, planned.as_ref().or(prior.as_ref()).unwrap_or(&Value::Null));
        let tags = self.account.default_tags().unwrap_or_default();
        let neighbors = &self.neighbors;
        let apply = Apply { matrix: &matrix, ec2: &ec2, tags: &tags, neighbors, config, kept: Kept::read(&private), deadline };
        match (prior, planned) {
            (prior, Some(planned)) => apply.write(prior, planned).await,
            (Some(prior), None) => apply.delete(prior).await,
            (None, None) => StateResponse::gone(),
        }
    }

    async fn import(&self, request: ImportRequest) -> StateResponse {
        import::response(&request.id, &self.schema().block, "sg-", |state| self.validate(state))
    }
}
