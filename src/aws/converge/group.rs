//! One group's part of a job.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::aws::endpoint::Endpoint;
use crate::aws::error::AwsError;
use crate::aws::id::SecurityGroupId;
use crate::aws::job::{Desired, Done, Job};
use crate::aws::looks;
use crate::aws::owner::Observed;
use crate::aws::steps::{Clash, Steps, steps};
use crate::stop::Stop;

use super::GroupResult;

mod write;

/// How often a group is looked at again before its work counts as failed.
const ROUNDS: u32 = 6;

/// How long to wait before the second try of something that got nowhere; the waits double, up to eight times this. EC2 may show a new
/// rule some seconds late.
const FIRST_PAUSE: Duration = Duration::from_millis(if cfg!(test) { 10 } else { 1000 });

/// How long a group that was just created may stay unknown to parts of EC2.
const NEW_GROUP_PATIENCE: Duration = if cfg!(test) { Duration::from_millis(300) } else { Duration::from_secs(60) };

/// What is to be done in one group, and how far it is.
pub(super) struct Work {
    endpoint: Arc<Endpoint>,
    job: Arc<Job>,
    group: SecurityGroupId,
    desired: Desired,
    stop: Stop,
    live: Observed,
    failures: Vec<AwsError>,
    clashes: Vec<Clash>,
    done: Done,
    opened: bool,
    stopped: bool,
    /// A call had no answer, and the group could not be looked at since.
    unsure: bool,
    /// Nobody knew the group when the work began, so what others have in it is not known either.
    unseen: bool,
}

/// Whether an error ends the work on a group.
enum Verdict {
    GoOn,
    End,
}

impl Work {
    pub(super) fn new(
        endpoint: Arc<Endpoint>,
        job: Arc<Job>,
        group: SecurityGroupId,
        desired: Desired,
        live: Observed,
        stop: Stop,
    ) -> Work {
        let unseen = live == Observed::Gone;
        Work {
            endpoint,
            job,
            group,
            desired,
            stop,
            live,
            failures: Vec::new(),
            clashes: Vec::new(),
            done: Done::default(),
            opened: false,
            stopped: false,
            unsure: false,
            unseen,
        }
    }

    pub(super) fn group(&self) -> &SecurityGroupId {
        &self.group
    }

    pub(super) fn into_result(self) -> GroupResult {
        let mut failures = self.failures;
        let group = self.group;
        failures.extend(self.clashes.into_iter().map(|clash| AwsError::Clash {
            group: group.clone(),
            permission: Box::new(clash.permission),
            rules: clash.rules,
            holder: clash.holder,
        }));
        GroupResult { group, live: self.live, failures, done: self.done, stopped: self.stopped, unsure: self.unsure }
    }

    /// Changes and creates, until nothing of that is left to do or it cannot be done.
    pub(super) async fn open(mut self) -> Work {
        let began = Instant::now();
        let mut rounds = 0;
        loop {
            let Some(steps) = self.steps() else { return self };
            self.clashes.clone_from(&steps.clashes);
            let left = steps.openings();
            if left == 0 {
                self.opened = true;
                self.see_others().await;
                return self;
            }
            if self.stop.requested() {
                self.stopped = true;
                return self;
            }
            tracing::debug!(
                group = %self.group,
                modify = steps.modify.len(),
                describe = steps.describe.len(),
                authorize = steps.authorize.len(),
                "opening"
            );
            let error = match self.write(&steps).await {
                Ok(true) => continue,
                Ok(false) => AwsError::NotSettled { group: self.group.clone(), region: self.endpoint.region.clone(), left, rounds },
                Err(error) => error,
            };
            if self.is_new_group_unknown(&error) && began.elapsed() < NEW_GROUP_PATIENCE {
                let pause = began.elapsed().clamp(FIRST_PAUSE, FIRST_PAUSE * 8);
                if !self.stop.sleep(pause).await {
                    self.stopped = true;
                    return self;
                }
                self.notice_deletion().await;
                continue;
            }
            rounds += 1;
            match self.after(error, rounds, &steps, Steps::openings).await {
                Verdict::GoOn => {}
                Verdict::End => return self,
            }
        }
    }

    /// Removes what should go, unless what should come did not.
    pub(super) async fn close(mut self) -> Work {
        let mut rounds = 0;
        while self.opened {
            let Some(steps) = self.steps() else {
                self.opened = false;
                return self;
            };
            let left = steps.revoke.len();
            if left == 0 {
                return self;
            }
            if self.stop.requested() {
                self.stopped = true;
                return self;
            }
            tracing::debug!(group = %self.group, revoke = left, "closing");
            if let Err(error) = self.revoke(&steps).await {
                rounds += 1;
                match self.after(error, rounds, &steps, |steps| steps.revoke.len()).await {
                    Verdict::GoOn => {}
                    Verdict::End => return self,
                }
            }
        }
        self
    }

    /// Tells whether nothing went wrong so far.
    pub(super) fn is_done(&self) -> bool {
        self.failures.is_empty() && self.clashes.is_empty() && !self.stopped
    }

    /// Puts our mark on what becomes ours, if this group could be opened; on rules without a mark only if that is wanted.
    pub(super) async fn mark(mut self, take_over: bool) -> Work {
        let mut rounds = 0;
        while self.opened && !self.stopped {
            let Some(steps) = self.steps() else { return self };
            if steps.openings() > 0 {
                // What was to be marked has vanished or changed meanwhile.
                self.opened = false;
                self = self.open().await;
                continue;
            }
            let left = steps.markings(take_over);
            if left == 0 {
                return self;
            }
            if self.stop.requested() {
                self.stopped = true;
                return self;
            }
            tracing::debug!(group = %self.group, rules = left, "marking");
            if let Err(error) = self.tag(&steps, take_over).await {
                rounds += 1;
                match self.after(error, rounds, &steps, |steps| steps.markings(take_over)).await {
                    Verdict::GoOn => {}
                    Verdict::End => return self,
                }
            }
        }
        self
    }

    /// Returns what is to be done; nothing if the group is gone, which is a failure if it should hold rules.
    fn steps(&mut self) -> Option<Steps> {
        let may_come = self.unseen && self.job.new_groups.contains(&self.group) && !self.opened;
        if self.live == Observed::Gone && !may_come {
            if !self.desired.is_empty() {
                self.failures.push(AwsError::GroupGone { group: self.group.clone(), region: self.endpoint.region.clone() });
            }
            return None;
        }
        Some(steps(&self.group, &self.desired, self.live.rules(), &self.job))
    }

    /// Decides what an error means: looks at the group again, and goes on if that may help.
    async fn after(&mut self, mut error: AwsError, rounds: u32, before: &Steps, left: impl Fn(&Steps) -> usize) -> Verdict {
        if matches!(error, AwsError::Stopped { .. }) {
            self.stopped = true;
            return Verdict::End;
        }
        let groups = BTreeSet::from([self.group.clone()]);
        let look = self.call("DescribeSecurityGroupRules", looks::look_closely(&self.endpoint, &groups)).await;
        let Some(live) = look.ok().and_then(|mut seen| seen.remove(&self.group)) else {
            self.unsure = matches!(error, AwsError::Unanswered { .. });
            self.failures.push(error);
            return Verdict::End;
        };
        self.live = live;
        if self.live == Observed::Gone {
            // One that did not come in time does not come. What else is a failure is decided where the steps are worked out.
            self.unseen &= rounds < ROUNDS && !is_group_unknown(&error);
            return Verdict::GoOn;
        }
        let next = steps(&self.group, &self.desired, self.live.rules(), &self.job);
        let now = left(&next);
        if now == 0 {
            return Verdict::GoOn;
        }
        // Also when somebody else changed what there is to do.
        let progress = next != *before;
        if rounds >= ROUNDS || !may_pass(&error, progress, rounds) {
            if let AwsError::NotSettled { left, rounds: so_far, .. } = &mut error {
                (*left, *so_far) = (now, rounds);
            }
            self.failures.push(error);
            return Verdict::End;
        }
        let pause = FIRST_PAUSE * (1 << rounds.saturating_sub(1).min(3));
        if !progress && !self.stop.sleep(pause).await {
            self.stopped = true;
            return Verdict::End;
        }
        Verdict::GoOn
    }

    /// Finds out whether a group that was there has been deleted meanwhile: then it need not be waited for.
    async fn notice_deletion(&mut self) {
        let groups = BTreeSet::from([self.group.clone()]);
        if !self.unseen
            && let Ok(seen) = self.call("DescribeSecurityGroupRules", looks::look_closely(&self.endpoint, &groups)).await
            && seen.values().all(|observed| *observed == Observed::Gone)
        {
            self.live = Observed::Gone;
        }
    }

    /// Looks at what others have in a group that was not there to be looked at before. Not knowing it is no failure.
    async fn see_others(&mut self) {
        let groups = BTreeSet::from([self.group.clone()]);
        if !std::mem::take(&mut self.unseen) || self.live == Observed::Gone {
            return;
        }
        let look = self.call("DescribeSecurityGroupRules", looks::look(&self.endpoint, &groups)).await;
        let mark = &self.job.mark;
        if let Some(live) = look.ok().and_then(|mut seen| seen.remove(&self.group))
            && live.ours(mark).len() == self.live.ours(mark).len()
        {
            self.live = live;
        }
    }

    /// The group, or one that its rules refer to, may be too new to be known everywhere.
    fn is_new_group_unknown(&self, error: &AwsError) -> bool {
        !self.job.new_groups.is_empty() && is_group_unknown(error) && !error.is_about_networks()
    }
}

fn is_group_unknown(error: &AwsError) -> bool {
    matches!(error.code(), Some("InvalidGroup.NotFound" | "InvalidGroupId.NotFound"))
}

/// Tells whether trying again may end better. A quota does not move by itself, but part of the rules may have found room.
fn may_pass(error: &AwsError, progress: bool, rounds: u32) -> bool {
    match error {
        AwsError::NotSettled { .. } => true,
        AwsError::Unanswered { .. } => progress || rounds <= 1, // The SDK has tried several times in each round.
        AwsError::Unreachable { .. } => progress,
        AwsError::Refused { code, .. } => match code.as_str() {
            "InvalidPermission.Duplicate" | "InvalidPermission.NotFound" | "InvalidSecurityGroupRuleId.NotFound" => true,
            _ => progress,
        },
        AwsError::NoRegion
        | AwsError::Settings { .. }
        | AwsError::SignIn { .. }
        | AwsError::WrongAccount { .. }
        | AwsError::Credentials { .. }
        | AwsError::Clash { .. }
        | AwsError::GroupGone { .. }
        | AwsError::Stopped { .. } => false,
    }
}
