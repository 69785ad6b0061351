//! One group's part of a job.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::azure::endpoint::Endpoint;
use crate::azure::error::{AzureError, Call};
use crate::azure::id::NsgId;
use crate::azure::job::{Desired, Done, Job};
use crate::azure::looks;
use crate::azure::owner::{Group, Observed};
use crate::azure::steps::{Steps, steps};
use crate::stop::Stop;

mod outcome;
mod write;

pub(super) use outcome::GroupResult;

/// How often in a row something may get nowhere before the work on a group counts as failed.
const ROUNDS: u32 = 6;

/// How often a group is looked at again in all.
const MOST_ROUNDS: u32 = 5 * ROUNDS;

/// How long to wait before the second try of something that got nowhere, about: the waits double, and vary by chance, so that two who are
/// in each other's way do not meet again.
const FIRST_PAUSE: Duration = Duration::from_millis(if cfg!(test) { 5 } else { 500 });

/// How long a group that was just created, or one that its rules refer to, may stay unknown to parts of Azure.
const NEW_GROUP_PATIENCE: Duration = if cfg!(test) { Duration::from_secs(3) } else { Duration::from_secs(60) };

/// How long a last look may take once a stop was requested.
const LAST_LOOK: Duration = Duration::from_secs(10);

/// What is to be done in one group, and how far it is.
pub(super) struct Work {
    endpoint: Arc<Endpoint>,
    job: Arc<Job>,
    group: NsgId,
    desired: Desired,
    stop: Stop,
    began: Instant,
    /// What was live at first.
    first: Option<Observed>,
    /// What is live now.
    live: Option<Observed>,
    failures: Vec<AzureError>,
    /// How often the group was looked at again, and how often of late there was as much to do as before.
    rounds: u32,
    stuck: u32,
    stopped: bool,
    /// A call had no answer, or was not finished, and the group could not be looked at since.
    unsure: bool,
}

/// Whether the work goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    GoOn,
    End,
}

impl Work {
    pub(super) fn new(endpoint: Arc<Endpoint>, job: Arc<Job>, group: NsgId, stop: Stop) -> Work {
        let desired = job.desired.get(&group).cloned().unwrap_or_default();
        let (first, live, failures) = (None, None, Vec::new());
        let began = Instant::now();
        Work { endpoint, job, group, desired, stop, began, first, live, failures, rounds: 0, stuck: 0, stopped: false, unsure: false }
    }

    pub(super) fn group(&self) -> &NsgId {
        &self.group
    }

    /// Returns the evidence of a call that changes the group.
    pub(super) fn call(&self) -> Box<Call> {
        self.endpoint.call("networkSecurityGroups/write", &self.group, None)
    }

    /// Does it, until nothing is left to do or it cannot be done.
    pub(super) async fn run(mut self) -> GroupResult {
        if let Err(error) = self.look_at_first().await {
            self.fail(error);
            return self.into_result();
        }
        while let Some((group, steps)) = self.steps() {
            if steps.left() == 0 {
                self.clash(steps);
                break;
            }
            if self.stop.requested() {
                self.stopped = true;
                break;
            }
            tracing::debug!(group = %self.group, create = steps.create.len(), change = steps.change.len(), remove = steps.remove.len(), "writing");
            let error = match self.write(&group, &steps).await {
                Ok(()) if self.steps().is_none_or(|(_, steps)| steps.left() == 0) => continue,
                Ok(()) => AzureError::NotSettled { group: Box::new(self.group.clone()), left: steps.left(), rounds: 0 },
                Err(error) => error,
            };
            if self.after(error, &steps).await == Verdict::End {
                break;
            }
        }
        self.into_result()
    }

    /// Looks at the group before anything is done; one that was just created may have to be waited for.
    async fn look_at_first(&mut self) -> Result<(), AzureError> {
        let mut pause = FIRST_PAUSE;
        loop {
            let live = looks::look_closely(&self.endpoint, &self.group, &self.stop).await?;
            let may_come = self.job.new_groups.contains(&self.group) && self.began.elapsed() < NEW_GROUP_PATIENCE;
            if live != Observed::Gone || !may_come {
                self.first = Some(live.clone());
                self.live = Some(live);
                return Ok(());
            }
            if !self.stop.sleep(pause).await {
                return Err(AzureError::Stopped { groups: [self.group.clone()].into() });
            }
            pause = (pause * 2).min(FIRST_PAUSE * 16);
        }
    }

    /// Returns what is to be done in the group as it is now; nothing if it is gone, which is a failure if it should hold rules.
    fn steps(&mut self) -> Option<(Group, Steps)> {
        let Some(group) = self.live.as_ref().and_then(Observed::group) else {
            let is_told = self.failures.iter().any(|failure| matches!(failure, AzureError::GroupGone { .. }));
            if !self.desired.is_empty() && !is_told {
                self.failures.push(AzureError::GroupGone { group: Box::new(self.group.clone()) });
            }
            return None;
        };
        Some((group.clone(), steps(group, &self.desired, &self.job)))
    }

    /// Decides what an error means: looks at the group again, and goes on if that may help.
    async fn after(&mut self, mut error: AzureError, before: &Steps) -> Verdict {
        if !self.look_again(&error).await {
            self.fail(error);
            return Verdict::End;
        }
        let Some((_, next)) = self.steps() else { return Verdict::End };
        if matches!(error, AzureError::Unfinished { .. }) {
            // What is seen now may not be what is left in the end.
            self.fail(error);
            return Verdict::End;
        }
        if next.left() == 0 {
            return Verdict::GoOn;
        }
        if self.stop.requested() || matches!(error, AzureError::Stopped { .. }) {
            self.fail(error);
            return Verdict::End;
        }
        let is_new = !self.job.new_groups.is_empty() && is_reference(&error) && self.began.elapsed() < NEW_GROUP_PATIENCE;
        // Also when somebody else changed what there is to do.
        let progress = next != *before;
        self.rounds += 1;
        self.stuck = if progress { 0 } else { self.stuck + 1 };
        let enough = self.stuck >= ROUNDS || self.rounds >= MOST_ROUNDS;
        if !is_new && (enough || !may_pass(&error, progress, self.stuck)) {
            if let AzureError::NotSettled { left, rounds, .. } = &mut error {
                (*left, *rounds) = (next.left(), self.rounds);
            }
            self.fail(error);
            self.clash(next);
            return Verdict::End;
        }
        let pause = FIRST_PAUSE * (1 << self.stuck.saturating_sub(1).min(4));
        if !self.stop.sleep(pause.mul_f64(0.5 + chance())).await {
            self.stopped = true;
            return Verdict::End;
        }
        Verdict::GoOn
    }

    /// Looks at the group after an error; tells whether it could be seen. After a stop the look is short, and is the last.
    async fn look_again(&mut self, error: &AzureError) -> bool {
        let look = async {
            if self.stop.requested() {
                let never = Stop::never();
                let look = looks::look_closely(&self.endpoint, &self.group, &never);
                tokio::time::timeout(LAST_LOOK, look).await.ok().and_then(Result::ok)
            } else {
                looks::look_closely(&self.endpoint, &self.group, &self.stop).await.ok()
            }
        };
        match look.await {
            Some(live) => {
                self.live = Some(live);
                self.unsure = false;
                true
            }
            None => {
                self.unsure |= may_have_happened(error);
                false
            }
        }
    }
}

/// Tells whether something may have been changed by a call that ended so.
fn may_have_happened(error: &AzureError) -> bool {
    matches!(
        error,
        AzureError::Unanswered { .. } | AzureError::Unfinished { .. } | AzureError::Superseded { .. } | AzureError::Failed { .. }
    )
}

/// Tells whether Azure does not know something that a rule refers to.
fn is_reference(error: &AzureError) -> bool {
    let codes = ["InvalidResourceReference", "ReferencedResourceNotFound", "ResourceNotFound", "NotFound"];
    matches!(error, AzureError::Refused { answer, .. } | AzureError::Failed { answer, .. } if codes.into_iter().any(|code| answer.says(code)))
}

/// Tells whether trying again may end better.
fn may_pass(error: &AzureError, progress: bool, stuck: u32) -> bool {
    match error {
        AzureError::Stale { .. } | AzureError::Superseded { .. } | AzureError::NotSettled { .. } => true,
        AzureError::Unanswered { .. } | AzureError::Failed { .. } => progress || stuck <= 1,
        // The group was seen since: another part of Azure may know it.
        AzureError::Refused { answer, .. } if answer.status == 404 => progress || stuck <= 1,
        AzureError::Refused { .. } | AzureError::Unreachable { .. } => progress,
        AzureError::Settings { .. }
        | AzureError::SignIn { .. }
        | AzureError::Credentials { .. }
        | AzureError::Untrusted { .. }
        | AzureError::Unfinished { .. }
        | AzureError::Clash { .. }
        | AzureError::GroupGone { .. }
        | AzureError::Stopped { .. } => false,
    }
}

/// Returns a number from 0 to 1.
fn chance() -> f64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let number = RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(number >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

impl Work {
    /// Keeps an error, unless it says no more than that a stop was requested.
    fn fail(&mut self, error: AzureError) {
        if matches!(error, AzureError::Stopped { .. }) {
            self.stopped = true;
        } else {
            self.stopped |= self.stop.requested();
            self.failures.push(error);
        }
    }

    /// Keeps what stands in the way of rules that were left out.
    fn clash(&mut self, steps: Steps) {
        let told = steps.clashes.into_iter().map(|clash| AzureError::Clash { group: Box::new(self.group.clone()), clash: Box::new(clash) });
        self.failures.extend(told);
    }

    fn into_result(self) -> GroupResult {
        let done = match (&self.first, &self.live) {
            (Some(first), Some(live)) => outcome::done(first, live, &self.job),
            (None, _) | (_, None) => Done::default(),
        };
        GroupResult { group: self.group, live: self.live, failures: self.failures, done, stopped: self.stopped, unsure: self.unsure }
    }
}
