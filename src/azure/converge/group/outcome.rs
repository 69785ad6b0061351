//! What came of one group.

use crate::azure::error::AzureError;
use crate::azure::id::NsgId;
use crate::azure::job::{Done, Job};
use crate::azure::owner::{LiveRule, Observed, Owner};

/// What came of one group.
pub(in crate::azure::converge) struct GroupResult {
    pub(in crate::azure::converge) group: NsgId,
    /// What is live; nothing if it could not be looked at.
    pub(in crate::azure::converge) live: Option<Observed>,
    pub(in crate::azure::converge) failures: Vec<AzureError>,
    pub(in crate::azure::converge) done: Done,
    pub(in crate::azure::converge) stopped: bool,
    pub(in crate::azure::converge) unsure: bool,
}

impl GroupResult {
    /// Returns what is to be said when the work itself was lost.
    pub(in crate::azure::converge) fn lost(group: NsgId, error: AzureError) -> GroupResult {
        GroupResult { group, live: None, failures: vec![error], done: Done::default(), stopped: false, unsure: true }
    }
}

/// Counts what is different from before, as it is seen: also what a call did whose answer was lost.
pub(super) fn done(first: &Observed, live: &Observed, job: &Job) -> Done {
    let find = |rules: &'_ Observed, name: &str| rules.rules().iter().find(|rule| rule.rule.name == name).cloned();
    let is_ours = |rule: &LiveRule| rule.owner(&job.mark) == Owner::Ours;
    let mut done = Done::default();
    for rule in live.rules().iter().filter(|rule| is_ours(rule)) {
        match find(first, &rule.rule.name) {
            Some(before) if !is_ours(&before) => done.adopted += 1,
            Some(before) if before.rule != rule.rule => done.changed += 1,
            Some(_) => {}
            None => {
                let opens_same = |before: &&LiveRule| before.rule.opening == rule.rule.opening && !is_ours(before);
                let replaces = first.rules().iter().filter(opens_same).any(|before| find(live, &before.rule.name).is_none());
                if replaces { done.adopted += 1 } else { done.created += 1 }
            }
        }
    }
    let is_gone = |rule: &&LiveRule| find(live, &rule.rule.name).is_none();
    let by_us = |rule: &&LiveRule| is_ours(rule) || job.remove_foreign.iter().any(|doomed| doomed.name == rule.rule.name);
    done.removed = first.rules().iter().filter(by_us).filter(is_gone).count();
    done
}
