//! One create, update or delete: what was planned becomes a job for EC2, and its report becomes state and diagnostics.

use std::collections::{BTreeMap, BTreeSet};

use super::super::deadline::Deadline;
use super::super::outcome::{self, Ending, Seen};
use super::super::telling::chain;
use super::forewarn::at_group;
use super::kept::Kept;
use super::neighbors::Neighbors;
use super::rollout::Rollout;
use super::{region, tagged};
use crate::aws::{AwsError, Ec2, Job, Report, SecurityGroupId};
use crate::matrix::Matrix;
use crate::plugin::{Diagnostic, Diagnostics, StateResponse, Value};

/// One create, update or delete.
pub(super) struct Apply<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) ec2: &'a Ec2,
    /// What the provider wants on every rule; a plan that knew it says the same.
    pub(super) tags: &'a BTreeMap<String, String>,
    pub(super) neighbors: &'a Neighbors,
    pub(super) config: Value,
    pub(super) kept: Kept,
    pub(super) deadline: Deadline,
}

impl Apply<'_> {
    /// Makes the groups what was planned.
    pub(super) async fn write(mut self, prior: Option<Value>, mut planned: Value) -> StateResponse {
        let creating = prior.is_none();
        let rollout = match self.read(&planned) {
            Ok(rollout) => rollout,
            Err(errors) => return StateResponse::failed(errors),
        };
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
            match outcome::new_instance() {
                Ok(instance) => self.kept.instance = Some(instance),
                Err(error) => return StateResponse::failed(error),
            }
        }
        if let Some(error) = rollout.enter(self.neighbors, &self.kept, &self.config, creating) {
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
        self.in_part(&rollout, &report, &job, prior, planned, &tags)
    }

    /// Reads what was planned, now that everything in it is known.
    fn read(&self, planned: &Value) -> Result<Rollout, Diagnostics> {
        let unknown = || Diagnostic::error("Unknown placements", "Names of the configuration are still unknown while applying.");
        let rollout = Rollout::read(planned, self.matrix)?.ok_or_else(unknown)?;
        if let Some(placement) = rollout.managed().find(|placement| rollout.group(placement).is_none()) {
            let detail = format!(
                "`security_group_id` of placement `{placement}` turned out to be null. Whether it is set must be known when planning: make the placement itself null where there is no group, by a condition that does not depend on the id."
            );
            return Err(Diagnostic::error("Missing security group", detail).at(&at_group(placement)).into());
        }
        let unnamed = rollout.unnamed_senders();
        if unnamed.has_errors() { Err(unnamed) } else { Ok(rollout) }
    }

    /// Returns what is live after an apply that failed: the state holds that and no more.
    fn in_part(
        self,
        rollout: &Rollout,
        report: &Report,
        job: &Job,
        prior: Option<Value>,
        mut planned: Value,
        tags: &BTreeMap<String, String>,
    ) -> StateResponse {
        let seen = Seen {
            creating: prior.is_none(),
            nothing: report.live.is_empty(),
            nothing_is_ours: report.live.len() == job.desired.len()
                && report.live.values().all(|observed| observed.ours(&job.mark).is_empty()),
            is_unsure: !report.unsure.is_empty(),
        };
        let ending = seen.ending();
        if ending == Ending::InVain {
            self.neighbors.leave(&job.mark.instance);
        }
        let diagnostics = self.failures(rollout, report, seen.creating && ending != Ending::InVain);
        let tags = tagged::read(tags, prior.as_ref().unwrap_or(&Value::Null), &report.live, &job.mark);
        planned.set_entry(tagged::TAGS_ALL, tags);
        let was_seen = |group: &SecurityGroupId| report.live.contains_key(group);
        let unseen = rollout.managed().filter(|placement| !rollout.group(placement).is_some_and(was_seen));
        let live = || rollout.live_lines(self.matrix, &report.live, &job.mark).into();
        outcome::in_part(ending, prior, planned, self.kept.write(), diagnostics, live, unseen)
    }

    /// Removes our rules, and only ours.
    pub(super) async fn delete(mut self, mut prior: Value) -> StateResponse {
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
        let errors = report.failures.iter().map(|error| failure("Security group rules are not complete", rollout, error));
        outcome::failures(errors, &self.deadline, created && report.done.any())
    }
}

/// Returns one error of EC2 as a diagnostic, on the placement that it is about.
pub(super) fn failure(summary: &str, rollout: &Rollout, error: &AwsError) -> Diagnostic {
    let groups = error.groups();
    let places = rollout.managed().filter(|name| rollout.group(name).is_some_and(|group| groups.contains(group))).collect();
    outcome::failure(summary, &chain(error), &error.advice(), &places, "security_group_id")
}
