//! One create, update or delete: what was planned becomes a job for Azure, and its report becomes state and diagnostics.

use std::collections::{BTreeMap, BTreeSet};

use super::super::deadline::Deadline;
use super::super::outcome::{self, Ending, Seen};
use super::super::telling::chain;
use super::full;
use super::kept::Kept;
use super::needs::Slots;
use super::neighbors::Neighbors;
use super::rollout::{Rollout, at_group};
use crate::azure::{Arm, AzureError, Desired, Job, NsgId, Observed, Report};
use crate::matrix::Matrix;
use crate::plugin::{Diagnostic, Diagnostics, StateResponse, Value};

/// One create, update or delete.
pub(super) struct Apply<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) arm: &'a Arm,
    pub(super) neighbors: &'a Neighbors,
    pub(super) config: Value,
    pub(super) kept: Kept,
    pub(super) deadline: Deadline,
}

impl Apply<'_> {
    /// Makes the groups what was planned.
    pub(super) async fn write(mut self, prior: Option<Value>, mut planned: Value) -> StateResponse {
        let rollout = match self.read(&planned) {
            Ok(rollout) => rollout,
            Err(errors) => return StateResponse::failed(errors),
        };
        let slots = match rollout.slots(&self.kept) {
            Ok(slots) => slots,
            Err(error) => return StateResponse::failed(full(&error)),
        };
        if let Some(error) = self.contradiction(&rollout, &slots, &planned) {
            return StateResponse::failed(error);
        }
        let before = prior.as_ref().and_then(|prior| Rollout::read(prior, self.matrix).ok().flatten());
        if self.kept.instance.is_none() {
            match outcome::new_instance() {
                Ok(instance) => self.kept.instance = Some(instance),
                Err(error) => return StateResponse::failed(error),
            }
        }
        if let Some(error) = rollout.enter(&slots, self.neighbors, &self.kept, &self.config, prior.is_none()) {
            return StateResponse::failed(error);
        }
        let groups = rollout.groups();
        let former: BTreeSet<NsgId> = before.iter().flat_map(Rollout::groups).chain(self.kept.pending()).collect();
        let mut desired = rollout.desired(self.matrix, &slots);
        let left = former.iter().filter(|group| !groups.contains(*group));
        desired.extend(left.map(|group| (group.clone(), Desired::new())));
        let acknowledged = prior.as_ref().map(|prior| prior.get("foreign_rules").clone()).unwrap_or_default();
        let job = Job {
            mark: self.kept.mark(rollout.name.as_deref().unwrap_or_default()),
            desired,
            band: rollout.band,
            write_mode: rollout.write_mode,
            remove_foreign: rollout.doomed(&self.kept, &acknowledged),
            adopt_existing: rollout.adopt_existing,
            accept_void: rollout.unlisted.accept_void,
            flush_connections: rollout.flush_connections,
            new_groups: groups.iter().filter(|group| !former.contains(*group)).cloned().collect(),
        };
        let report = self.arm.converge(&job, &self.deadline.stop).await;
        for (attribute, value) in rollout.shown(self.matrix, &self.kept, &slots) {
            planned.set_entry(attribute, value);
        }
        self.kept.remember(&report.live, &groups, &job.mark);
        self.kept.suspect(former.into_iter().filter(|group| !groups.contains(group) && !report.live.contains_key(group)));
        if !planned.get("foreign_rules").is_wholly_known() {
            let foreign = rollout.foreign(&self.kept, &rollout.asked(self.matrix, &slots));
            planned.set_entry("foreign_rules", foreign.unwrap_or_else(|| Value::map::<String>([])));
        }
        if report.is_complete() {
            return StateResponse::state(planned).with_private(self.kept.write());
        }
        self.in_part(&rollout, &slots, &report, &job, prior, planned)
    }

    /// Reads what was planned, now that everything in it is known.
    fn read(&self, planned: &Value) -> Result<Rollout, Diagnostics> {
        let unknown = || Diagnostic::error("Unknown placements", "Names of the configuration are still unknown while applying.");
        let rollout = Rollout::read(planned, self.matrix)?.ok_or_else(unknown)?;
        let groupless = rollout.managed().find(|placement| rollout.group(placement).is_none());
        if let Some(placement) = groupless {
            let detail = format!(
                "`network_security_group_id` of placement `{placement}` turned out to be null. Whether it is set must be known when planning: make the placement itself null where there is no group, by a condition that does not depend on the id."
            );
            return Err(Diagnostic::error("Missing network security group", detail).at(&at_group(placement)).into());
        }
        Ok(rollout)
    }

    /// Says that lines differ from what the plan showed; nothing is written then.
    fn contradiction(&self, rollout: &Rollout, slots: &Slots<'_>, planned: &Value) -> Option<Diagnostic> {
        let lines: Value = rollout.lines(self.matrix, &self.kept, slots).into();
        let differs = planned.get("lines").entries().find_map(|(placement, directions)| {
            let told = directions.entries().flat_map(|(direction, told)| told.entries().map(move |(key, text)| (direction, key, text)));
            let mut told = told.filter(|(.., text)| text.is_known());
            told.find(|(direction, key, text)| lines.get(placement).get(direction).get(key) != *text).map(|(_, key, _)| (placement, key))
        });
        let (placement, key) = differs?;
        let detail = format!(
            "What was unknown when planning turned out so that the line `{key}` of placement `{placement}` is not what the plan showed: application security groups turned out to be missing, or addresses to be of another family than live rules name. Nothing was changed. Plan again, now that it is known."
        );
        Some(Diagnostic::error("Another rule than the plan showed", detail))
    }

    /// Returns what is live after an apply that failed: the state holds that and no more.
    fn in_part(
        self,
        rollout: &Rollout,
        slots: &Slots<'_>,
        report: &Report,
        job: &Job,
        prior: Option<Value>,
        planned: Value,
    ) -> StateResponse {
        let seen = Seen {
            creating: prior.is_none(),
            nothing: report.live.is_empty(),
            nothing_is_ours: report.live.len() == job.desired.len()
                && report.live.values().all(|observed| observed.ours(&job.mark).next().is_none()),
            is_unsure: !report.unsure.is_empty(),
        };
        let ending = seen.ending();
        if ending == Ending::InVain {
            self.neighbors.leave(&job.mark.instance);
        }
        let diagnostics = self.failures(rollout, report, seen.creating && ending != Ending::InVain);
        let was_seen = |group: &NsgId| report.live.contains_key(group);
        let unseen = rollout.managed().filter(|placement| !rollout.group(placement).is_some_and(was_seen));
        let live = || self.live_lines(rollout, slots, &report.live, job);
        outcome::in_part(ending, prior, planned, self.kept.write(), diagnostics, live, unseen)
    }

    /// Returns the lines that are live, by the slots that live rules have.
    fn live_lines(&self, rollout: &Rollout, slots: &Slots<'_>, live: &BTreeMap<NsgId, Observed>, job: &Job) -> Value {
        let now = rollout.slots(&self.kept);
        rollout.live_lines(self.matrix, now.as_ref().unwrap_or(slots), live, &job.mark).into()
    }

    /// Removes our rules, and only ours.
    pub(super) async fn delete(mut self, mut prior: Value) -> StateResponse {
        let rollout = match Rollout::read(&prior, self.matrix) {
            Ok(Some(rollout)) => rollout,
            Ok(None) => return StateResponse::gone(),
            Err(errors) => return StateResponse::failed(errors),
        };
        let groups = rollout.groups();
        let all: BTreeSet<NsgId> = groups.iter().cloned().chain(self.kept.pending()).collect();
        let mark = self.kept.mark(rollout.name.as_deref().unwrap_or_default());
        let report = self.arm.release(&mark, &all, rollout.write_mode, &self.deadline.stop).await;
        if report.is_complete() {
            self.neighbors.leave(&mark.instance);
            return StateResponse::gone();
        }
        self.kept.remember(&report.live, &groups, &mark);
        let diagnostics = self.failures(&rollout, &report, false);
        if let (false, Ok(slots)) = (report.live.is_empty(), rollout.slots(&self.kept)) {
            prior.set_entry("lines", rollout.live_lines(self.matrix, &slots, &report.live, &mark).into());
        }
        StateResponse { state: Some(prior), private: Some(self.kept.write()), diagnostics }
    }

    /// Says what failed, and after a create how to go on without closing what is open.
    fn failures(&self, rollout: &Rollout, report: &Report, created: bool) -> Diagnostics {
        let errors = report.failures.iter().map(|error| failure("Network security rules are not complete", rollout, error));
        outcome::failures(errors, &self.deadline, created && report.done.any())
    }
}

/// Returns one error of Azure as a diagnostic, on the placement that it is about.
pub(super) fn failure(summary: &str, rollout: &Rollout, error: &AzureError) -> Diagnostic {
    let groups = error.groups();
    let places = rollout.managed().filter(|name| rollout.group(name).is_some_and(|group| groups.contains(group))).collect();
    outcome::failure(summary, &chain(error), &error.advice(), &places, "network_security_group_id")
}
