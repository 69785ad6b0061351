//! The calls of one group's part of a job, in their order, and what each leaves behind: what EC2 accepted counts as live at once.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::aws::calls::{self, RULES_A_CALL};
use crate::aws::error::{AwsError, Source};
use crate::aws::id::RuleId;
use crate::aws::owner::{LiveRule, Observed};
use crate::aws::steps::Steps;
use crate::net::Direction;

use super::Work;

/// How long a call may still take after a stop was requested; then it counts as unanswered.
const GRACE: Duration = Duration::from_secs(15);

impl Work {
    /// Sends everything that opens; tells whether EC2's answers account for all of it.
    pub(super) async fn write(&mut self, steps: &Steps) -> Result<bool, AwsError> {
        for part in steps.modify.chunks(RULES_A_CALL) {
            self.call("ModifySecurityGroupRules", calls::modify(&self.endpoint, &self.group, part)).await?;
            self.done.modified += part.len();
            self.change(|rules| {
                for modify in part {
                    if let Some(rule) = rules.iter_mut().find(|rule| rule.id == modify.rule) {
                        rule.permission.clone_from(&modify.permission);
                        rule.description = Some(modify.description.clone()).filter(|text| !text.is_empty());
                    }
                }
            });
        }
        for direction in Direction::ALL {
            let rules: Vec<_> = steps.describe.iter().filter(|describe| describe.direction == direction).collect();
            for part in rules.chunks(RULES_A_CALL) {
                self.go_on()?;
                self.call(calls::describe_action(direction), calls::describe(&self.endpoint, &self.group, direction, part)).await?;
                self.done.modified += part.len();
                self.change(|rules| {
                    for describe in part {
                        if let Some(rule) = rules.iter_mut().find(|rule| rule.id == describe.rule) {
                            rule.description = Some(describe.description.clone()).filter(|text| !text.is_empty());
                        }
                    }
                });
            }
        }
        let mut complete = true;
        for direction in Direction::ALL {
            let rules: Vec<_> = steps.authorize.iter().filter(|(permission, _)| permission.direction == direction).collect();
            for part in rules.chunks(RULES_A_CALL) {
                self.go_on()?;
                let call = calls::authorize(&self.endpoint, &self.group, direction, part, &self.job.mark, &self.job.tags);
                let made = self.call(calls::authorize_action(direction), call).await?;
                self.done.authorized += part.len();
                let told: BTreeSet<_> = made.iter().map(|rule| &rule.permission).collect();
                complete &= part.iter().all(|(permission, _)| told.contains(permission));
                self.change(|rules| rules.extend(made));
            }
        }
        Ok(complete)
    }

    /// Puts mark and tags on rules, and takes tags off.
    pub(super) async fn tag(&mut self, steps: &Steps, take_over: bool) -> Result<(), AwsError> {
        let job = Arc::clone(&self.job);
        for part in steps.unmarked(take_over).chunks(RULES_A_CALL) {
            self.go_on()?;
            self.call("CreateTags", calls::adopt(&self.endpoint, &self.group, part, &job.mark, &job.tags)).await?;
            self.done.adopted += part.len();
            self.change(|rules| {
                for rule in rules.iter_mut().filter(|rule| part.contains(&rule.id)) {
                    rule.mark = Some(job.mark.clone());
                    rule.tags.extend(job.tags.set.clone());
                }
            });
        }
        for part in steps.untag.chunks(RULES_A_CALL) {
            self.go_on()?;
            self.call("DeleteTags", calls::untag(&self.endpoint, &self.group, part, &job.tags)).await?;
            self.done.adopted += part.len();
            self.change(|rules| {
                for rule in rules.iter_mut().filter(|rule| part.contains(&rule.id)) {
                    rule.tags.retain(|key, _| !job.tags.drop.contains(key));
                }
            });
        }
        Ok(())
    }

    /// Removes what should go.
    pub(super) async fn revoke(&mut self, steps: &Steps) -> Result<(), AwsError> {
        for direction in Direction::ALL {
            let rules: Vec<RuleId> = steps.revoke.iter().filter(|(of, _)| *of == direction).map(|(_, rule)| rule.clone()).collect();
            for part in rules.chunks(RULES_A_CALL) {
                self.go_on()?;
                let call = calls::revoke(&self.endpoint, &self.group, direction, part);
                self.call(calls::revoke_action(direction), call).await?;
                self.done.revoked += part.len();
                self.change(|rules| rules.retain(|rule| !part.contains(&rule.id)));
            }
        }
        Ok(())
    }

    /// Waits for a call, but not long once a stop is requested.
    pub(super) async fn call<T>(&self, operation: &'static str, call: impl Future<Output = Result<T, AwsError>>) -> Result<T, AwsError> {
        let given_up = async {
            self.stop.wait().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            result = call => result,
            () = given_up => {
                let reason: Box<dyn std::error::Error + Send + Sync> = "no answer came soon enough after the request to stop".into();
                Err(AwsError::Unanswered { call: self.endpoint.call(operation, [&self.group]), source: Source::from(reason) })
            }
        }
    }

    fn go_on(&self) -> Result<(), AwsError> {
        if self.stop.requested() {
            let groups = BTreeSet::from([self.group.clone()]);
            return Err(AwsError::Stopped { groups });
        }
        Ok(())
    }

    /// A group that nobody knew a moment ago exists once EC2 has taken a rule for it.
    fn change(&mut self, change: impl FnOnce(&mut Vec<LiveRule>)) {
        let mut rules = match std::mem::replace(&mut self.live, Observed::Gone) {
            Observed::Gone => Vec::new(),
            Observed::Live(rules) => rules,
        };
        change(&mut rules);
        rules.sort_unstable_by(|one, other| (&one.permission, &one.id).cmp(&(&other.permission, &other.id)));
        self.live = Observed::Live(rules);
    }
}
