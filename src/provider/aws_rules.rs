//! The resource `emc_aws_security_group_rules`: the rules of one EMC rollout in the security groups of its placements.
//!
//! What a plan shows follows from configuration, state and private state alone; live looks at plan feed diagnostics. What is live
//! decides what reading gives back. After a failure the state holds what is live.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use super::aws_config::Account;
use super::review;
use super::table::{InForce, Table};
use crate::aws::{AwsError, Ec2, Job, Report, SecurityGroupId};
use crate::matrix::Matrix;
use crate::plugin::{
    ApplyRequest, AttributePath, Diagnostic, Diagnostics, ImportRequest, PlanRequest, PlanResponse, Private, ReadRequest, Resource, Schema,
    StateResponse, Value,
};

mod asked;
mod bind;
mod check;
mod clash;
pub(super) mod deadline;
mod foreign;
mod forewarn;
mod import;
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

pub(super) use asked::Asked;
use deadline::Deadline;
use forewarn::chain;
use kept::Kept;
use neighbors::Neighbor;
pub(super) use neighbors::Neighbors;
use rollout::{OnForeign, Rollout};

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

    /// Returns the table, or the error of being asked to act before it is known.
    fn matrix(&self) -> Result<InForce, Diagnostics> {
        let detail = "The provider's `matrix_file` is not known, so neither are the rules.";
        self.table.in_force().ok_or_else(|| Diagnostic::error("Unknown port matrix", detail).into())
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
            Ok(None) => return PlanResponse::planned(Some(with_unknown_results(planned))),
            Err(errors) => return PlanResponse::failed(errors),
        };
        let kept = Kept::read(private);
        for (name, value) in rollout.shown(&matrix) {
            planned.set_entry(name, value);
        }
        let acknowledged = prior.map(|prior| prior.get("foreign_rules").clone());
        planned.set_entry("foreign_rules", plan_foreign(&rollout, &kept, acknowledged.as_ref()));
        let doomed = acknowledged.map(|acknowledged| rollout.doomed(&kept, &acknowledged)).unwrap_or_default();
        let before = prior.and_then(|prior| Rollout::read(prior, &matrix).ok().flatten());
        let observed = rollout.look(&matrix, &kept, before.as_ref(), ec2, &mut found).await;
        let quota = rollout.quota(before.as_ref(), ec2, &mut found).await;
        rollout.reach(before.as_ref(), &observed, ec2, &mut found).await;
        rollout.forewarn(&matrix, &kept, &observed, &quota, doomed, &mut found);
        if let Some(neighbor) = Neighbor::new(&rollout, before.as_ref(), &kept, config) {
            let others = self.neighbors.note(neighbor.clone());
            found.extend(others.iter().filter_map(|other| rollout.beside(&neighbor, other, &kept, &observed)));
        }
        if prior.is_none() {
            found.extend(rollout.foreign_before(&kept, &observed));
        }
        found.extend(expired(&rollout));
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
            () = stop.requested() => PlanResponse::failed(stopped()),
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
            () = stop.requested() => return StateResponse::failed(stopped()),
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
        let (matrix, ec2) = match (self.matrix(), self.ec2()) {
            (Ok(matrix), Ok(ec2)) => (matrix, ec2),
            (Err(errors), _) | (_, Err(errors)) => return StateResponse::failed(errors),
        };
        let operation = match (&prior, &planned) {
            (None, _) => "create",
            (Some(_), Some(_)) => "update",
            (Some(_), None) => "delete",
        };
        let timeouts = planned.as_ref().or(prior.as_ref()).map(|value| value.get("timeouts").clone()).unwrap_or_default();
        let deadline = Deadline::begin(&timeouts, operation, stop);
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
        match import::state(&request.id, &self.schema().block) {
            Ok(state) => {
                let wrong = self.validate(&state);
                if wrong.has_errors() { StateResponse::failed(wrong) } else { StateResponse::state(state) }
            }
            Err(errors) => StateResponse::failed(errors),
        }
    }
}

/// Says that a look at the groups was given up because Terraform asked for it.
fn stopped() -> Diagnostic {
    Diagnostic::error(
        "Stopped on request",
        "Stopped before the security groups were looked at; nothing was changed. Run the command again.",
    )
}

/// Leaves every computed value to be known after apply.
fn with_unknown_results(mut planned: Value) -> Value {
    for attribute in schema::computed() {
        planned.set_entry(attribute, Value::Unknown);
    }
    planned
}

/// Plans `foreign_rules`: what was last read, or unknown where nothing was.
fn plan_foreign(rollout: &Rollout, kept: &Kept, acknowledged: Option<&Value>) -> Value {
    match (rollout.on_foreign, acknowledged) {
        (OnForeign::Ignore, _) => rollout.foreign(kept).unwrap_or(Value::Unknown),
        (OnForeign::Report | OnForeign::Remove, None) => Value::Unknown,
        (OnForeign::Report | OnForeign::Remove, Some(acknowledged)) => {
            rollout.foreign_to_stay(kept, acknowledged).unwrap_or(Value::Unknown)
        }
    }
}

/// Warns of extra flows whose last day has passed.
fn expired(rollout: &Rollout) -> Option<Diagnostic> {
    let today = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| i64::try_from(time.as_secs() / 86_400).unwrap_or(i64::MAX));
    let extras = rollout.topology.policy.extra.values();
    let over = extras
        .filter_map(|extra| extra.expires.filter(|date| date.days_since_epoch() < today).map(|date| format!("{} on {date}", extra.id)));
    let over: Vec<String> = over.collect();
    let detail =
        format!("Still open although their last day has passed: {}. Remove the `extra` block, or move `expires`.", over.join(", "));
    (!over.is_empty()).then(|| Diagnostic::warning("Expired extra flows", detail).at(&AttributePath::root().attr("policy")))
}

/// One create, update or delete.
struct Apply<'a> {
    matrix: &'a Matrix,
    ec2: &'a Ec2,
    /// What the provider wants on every rule; a plan that knew it says the same.
    tags: &'a BTreeMap<String, String>,
    neighbors: &'a Neighbors,
    config: Value,
    kept: Kept,
    deadline: Deadline,
}

impl Apply<'_> {
    /// Makes the groups what was planned.
    async fn write(mut self, prior: Option<Value>, mut planned: Value) -> StateResponse {
        let creating = prior.is_none();
        let rollout = match Rollout::read(&planned, self.matrix) {
            Ok(Some(rollout)) => rollout,
            Ok(None) => {
                return StateResponse::failed(Diagnostic::error(
                    "Unknown placements",
                    "Names of the configuration are still unknown while applying.",
                ));
            }
            Err(errors) => return StateResponse::failed(errors),
        };
        if let Some(placement) = rollout.managed().find(|placement| rollout.group(placement).is_none()) {
            let detail = format!(
                "`security_group_id` of placement `{placement}` turned out to be null. Whether it is set must be known when planning: make the placement itself null where there is no group, by a condition that does not depend on the id."
            );
            let at = AttributePath::root().attr("placements").key(placement.as_str()).attr("security_group_id");
            return StateResponse::failed(Diagnostic::error("Missing security group", detail).at(&at));
        }
        let unnamed = rollout.unnamed_senders();
        if unnamed.has_errors() {
            return StateResponse::failed(unnamed);
        }
        if !planned.get(region::REGION).is_known() {
            match self.ec2.region().await {
                Ok(region) => planned.set_entry(region::REGION, region.into()),
                Err(error) => return StateResponse::failed(failure("Security group rules are not complete", &rollout, &error)),
            }
        }
        let tags = if planned.get(tagged::TAGS_ALL).is_known() { tagged::of(&planned) } else { self.tags.clone() };
        planned.set_entry(tagged::TAGS_ALL, tagged::shown(&tags));
        let before = prior.as_ref().and_then(|prior| Rollout::read(prior, self.matrix).ok().flatten());
        if self.kept.instance.is_none() {
            match new_instance() {
                Ok(instance) => self.kept.instance = Some(instance),
                Err(error) => return StateResponse::failed(error),
            }
        }
        if let Some(error) = self.neighbors.enter(&rollout, &self.kept, &self.config, creating) {
            return StateResponse::failed(error);
        }
        let groups = rollout.groups();
        let former: BTreeSet<SecurityGroupId> = before.iter().flat_map(Rollout::groups).chain(self.kept.pending()).collect();
        let named = before.as_ref().map(Rollout::named_groups).unwrap_or_default();
        let mut desired = rollout.desired(self.matrix);
        former.iter().filter(|group| !groups.contains(*group)).for_each(|group| drop(desired.insert(group.clone(), BTreeMap::new())));
        let acknowledged = prior.as_ref().map(|prior| prior.get("foreign_rules").clone()).unwrap_or_default();
        let mut doomed = rollout.doomed(&self.kept, &acknowledged);
        doomed.extend(rollout.doomed_unseen(&self.kept, self.ec2).await);
        let job = Job {
            mark: self.kept.mark(rollout.name.as_deref().unwrap_or_default()),
            tags: tagged::wanted(&tags, prior.as_ref()),
            desired,
            revoke_foreign: doomed,
            adopt_existing: rollout.adopt_existing,
            new_groups: rollout.named_groups().difference(&named).filter(|group| !former.contains(*group)).cloned().collect(),
        };
        let report = self.ec2.converge(&job, &self.deadline.stop).await;
        self.kept.remember(&report.live, &groups, &job.mark);
        self.kept.suspect(former.into_iter().filter(|group| !groups.contains(group) && !report.live.contains_key(group)));

        for (attribute, value) in rollout.shown(self.matrix) {
            planned.set_entry(attribute, value);
        }
        if !planned.get("foreign_rules").is_wholly_known() {
            planned.set_entry("foreign_rules", rollout.foreign(&self.kept).unwrap_or_else(|| Value::map::<String>([])));
        }
        if report.is_complete() {
            return StateResponse::state(planned).with_private(self.kept.write());
        }
        let nothing_was_looked_at = report.live.is_empty();
        let nothing_is_ours = report.live.values().all(|observed| observed.ours(&job.mark).is_empty());
        let in_vain =
            creating && report.unsure.is_empty() && (nothing_was_looked_at || nothing_is_ours && report.live.len() == job.desired.len());
        let diagnostics = self.failures(&rollout, &report, creating && !in_vain);
        if in_vain {
            self.neighbors.leave(&job.mark.instance);
            return StateResponse::failed(diagnostics);
        }
        if nothing_was_looked_at {
            // Nothing is known to have changed: the state stays as it was.
            return StateResponse { state: prior, private: Some(self.kept.write()), diagnostics };
        }
        let mut lines: Value = rollout.live_lines(self.matrix, &report.live, &job.mark).into();
        for placement in rollout.managed().filter(|placement| rollout.group(placement).is_none_or(|group| !report.live.contains_key(group)))
        {
            let known = prior.as_ref().map(|prior| prior.get("lines").get(placement.as_str()).clone()).filter(|known| !known.is_null());
            if let Some(known) = known {
                lines.set_entry(placement.as_str(), known);
            }
        }
        planned.set_entry("lines", lines);
        let tags = tagged::read(&tags, prior.as_ref().unwrap_or(&Value::Null), &report.live, &job.mark);
        planned.set_entry(tagged::TAGS_ALL, tags);
        StateResponse { state: Some(planned), private: Some(self.kept.write()), diagnostics }
    }

    /// Removes our rules, and only ours.
    async fn delete(mut self, mut prior: Value) -> StateResponse {
        let rollout = match Rollout::read(&prior, self.matrix) {
            Ok(Some(rollout)) => rollout,
            Ok(None) => return StateResponse::gone(),
            Err(errors) => return StateResponse::failed(errors),
        };
        let groups = rollout.groups();
        let all: BTreeSet<SecurityGroupId> = groups.iter().cloned().chain(self.kept.pending()).collect();
        let mark = self.kept.mark(rollout.name.as_deref().unwrap_or_default());
        let report = self.ec2.release(&mark, &all, &self.deadline.stop).await;
        if report.is_complete() {
            self.neighbors.leave(&mark.instance);
            return StateResponse::gone();
        }
        self.kept.remember(&report.live, &groups, &mark);
        let diagnostics = self.failures(&rollout, &report, false);
        if !report.live.is_empty() {
            prior.set_entry("lines", rollout.live_lines(self.matrix, &report.live, &mark).into());
        }
        StateResponse { state: Some(prior), private: Some(self.kept.write()), diagnostics }
    }

    /// Says what failed, and after a create how to go on without closing what is open.
    fn failures(&self, rollout: &Rollout, report: &Report, created: bool) -> Diagnostics {
        let mut diagnostics: Diagnostics =
            report.failures.iter().map(|error| failure("Security group rules are not complete", rollout, error)).collect();
        if let Some(limit) = self.deadline.reached() {
            let detail = format!(
                "The operation was given {} seconds. What is done is in the state; apply again to go on, or raise `timeouts`.",
                limit.as_secs()
            );
            diagnostics.push(Diagnostic::error("Operation timed out", detail));
        }
        if created && report.done.any() {
            let detail = "What was created is in the state, but Terraform marks the resource as tainted, so the next apply would close every rule and open it again. To keep what is open and only add what is missing, first run\n\n  terraform untaint ADDRESS\n\nwith the address of this resource, as `with …` shows it.";
            diagnostics.push(Diagnostic::error("Created in part", detail));
        }
        diagnostics
    }
}

/// Returns one error of EC2 as a diagnostic, on the placement that it is about.
fn failure(summary: &str, rollout: &Rollout, error: &AwsError) -> Diagnostic {
    let groups = error.groups();
    let places: BTreeSet<&str> = groups.iter().flat_map(|group| rollout.residents(group)).map(|name| name.as_str()).collect();
    let whose = match places.len() {
        0 => String::new(),
        _ => format!(" (placements: {})", places.iter().copied().collect::<Vec<_>>().join(", ")),
    };
    let diagnostic = Diagnostic::error(summary, format!("{}{whose}.\n\n{}", chain(error), error.advice()));
    match places.iter().next() {
        Some(place) if places.len() == 1 => diagnostic.at(&AttributePath::root().attr("placements").key(*place).attr("security_group_id")),
        Some(_) | None => diagnostic,
    }
}

/// Returns a new random id for the rules of one object.
fn new_instance() -> Result<String, Diagnostic> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Diagnostic::error("No random numbers", format!("The operating system gives none: {error}.")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
