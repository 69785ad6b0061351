//! Carries out a job: look at each group, work out what differs, write it, and look again.
//!
//! A refusal does not mean that nothing happened, and a lost answer does not mean that something did. So after either the group is
//! looked at again and the steps are worked out anew; a write that somebody else's came before, or that was superseded, begins again
//! with what is live then. Rounds are few. Groups that only lose rules come last: what moves from one group to another is open there
//! before it is closed here. What is reported as live is what Azure said last.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::{OwnedMutexGuard, Semaphore};
use tokio::task::JoinSet;

use crate::stop::Stop;

use super::endpoint::Endpoint;
use super::error::{AzureError, Source};
use super::id::NsgId;
use super::job::{Done, Job, Report};
use group::{GroupResult, Work};

mod group;
#[cfg(test)]
mod tests;

/// Groups that are written to at once. Azure takes 200 writes of one principal in a burst, and 10 more a second.
const GROUPS_AT_ONCE: usize = 8;

/// Makes the groups of a job hold what they should.
pub(crate) async fn converge(endpoint: &Arc<Endpoint>, job: &Job, stop: &Stop) -> Report {
    let groups: BTreeSet<NsgId> = job.desired.keys().cloned().collect();
    let _locks = tokio::select! {
        locks = lock(endpoint, &groups) => locks,
        () = stop.wait() => return Report::of_failure(AzureError::Stopped { groups }),
    };
    let job = Arc::new(job.clone());
    let (losing, growing): (Vec<NsgId>, Vec<NsgId>) =
        groups.into_iter().partition(|group| job.desired.get(group).is_none_or(BTreeMap::is_empty));
    let mut report = Report { live: BTreeMap::new(), unsure: BTreeSet::new(), failures: Vec::new(), done: Done::default() };
    let mut stopped = BTreeSet::new();
    for groups in [growing, losing] {
        let works = groups.into_iter().map(|group| Work::new(Arc::clone(endpoint), Arc::clone(&job), group, stop.clone()));
        for result in at_once(works.collect()).await {
            let GroupResult { group, live, failures, done, stopped: was_stopped, unsure } = result;
            if was_stopped {
                stopped.insert(group.clone());
            }
            if unsure {
                report.unsure.insert(group.clone());
            }
            report.failures.extend(failures);
            report.done.add(done);
            report.live.extend(live.map(|live| (group, live)));
        }
    }
    if !stopped.is_empty() {
        report.failures.push(AzureError::Stopped { groups: stopped });
    }
    report
}

/// Waits until nobody else in this process writes to any of these groups. Always taken in the order of the ids, so that two who want the
/// same groups cannot wait for each other.
async fn lock(endpoint: &Arc<Endpoint>, groups: &BTreeSet<NsgId>) -> Vec<OwnedMutexGuard<()>> {
    let mut guards = Vec::with_capacity(groups.len());
    for group in groups {
        guards.push(endpoint.lock(group).await);
    }
    guards
}

/// Does the work of some groups, several at a time, and returns what came of each, in their order.
async fn at_once(works: Vec<Work>) -> Vec<GroupResult> {
    let seats = Arc::new(Semaphore::new(GROUPS_AT_ONCE));
    let mut running = JoinSet::new();
    let mut names = BTreeMap::new();
    for work in works {
        let seats = Arc::clone(&seats);
        let (group, call) = (work.group().clone(), work.call());
        let handle = running.spawn(async move {
            let _seat = seats.acquire_owned().await;
            work.run().await
        });
        names.insert(handle.id(), (group, call));
    }
    let mut results = Vec::new();
    while let Some(joined) = running.join_next().await {
        match joined {
            Ok(result) => results.push(result),
            Err(error) => {
                let Some((group, call)) = names.remove(&error.id()) else { continue };
                let source: Source = Arc::new(error);
                results.push(GroupResult::lost(group, AzureError::Unanswered { call, source }));
            }
        }
    }
    results.sort_unstable_by(|one: &GroupResult, other: &GroupResult| one.group.cmp(&other.group));
    results
}
