//! Carries out a job: look, open in every group, only then close, and mark what is taken over last; look again whenever an answer is
//! not what it should be.
//!
//! A rule without a mark is taken over only once everything else is done in every group: after a failure it is nobody's as before,
//! and nothing that undoes this job would close it.
//!
//! A refusal does not mean that nothing happened, and a lost answer does not mean that something did. So after either the group is
//! looked at again and the steps are worked out anew; rules that an unheard call made carry our mark and count as done. Rounds are
//! few. What is reported as live is what EC2 said last.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::stop::Stop;

use super::endpoint::Endpoint;
use super::error::{AwsError, Source};
use super::id::SecurityGroupId;
use super::job::{Done, Job, Report};
use super::looks;
use super::owner::Observed;
use group::Work;

mod group;
#[cfg(test)]
mod tests;

/// Groups that are written to at once. EC2 gives a bucket of 50 calls with 5 more a second for each action.
const GROUPS_AT_ONCE: usize = 8;

/// How old a look may be that a job begins with: one made for the plan that it carries out.
const RECENT: std::time::Duration = std::time::Duration::from_secs(30);

/// Makes the groups of a job hold what they should.
pub(crate) async fn converge(endpoint: &Arc<Endpoint>, job: &Job, stop: &Stop) -> Report {
    let groups: BTreeSet<SecurityGroupId> = job.desired.keys().cloned().collect();
    let begin = async {
        let locks = endpoint.lock(&groups).await;
        (locks, looks::look_or_recall(endpoint, &groups, RECENT).await)
    };
    let (_locks, seen) = tokio::select! {
        (locks, seen) = begin => match seen {
            Ok(seen) => (locks, seen),
            Err(error) => return Report::of_failure(error),
        },
        () = stop.wait() => return Report::of_failure(AwsError::Stopped { groups }),
    };
    endpoint.looks.forget(&groups);
    let mut report = Report { live: seen.clone(), unsure: BTreeSet::new(), failures: Vec::new(), done: Done::default() };

    let job = Arc::new(job.clone());
    let works = seen.into_iter().map(|(group, live)| {
        let rules = job.desired.get(&group).cloned().unwrap_or_default();
        Work::new(Arc::clone(endpoint), Arc::clone(&job), group, rules, live, stop.clone())
    });
    let (opened, mut lost) = at_once(works.collect(), Work::open).await;
    let (closed, lost_closing) = at_once(opened, Work::close).await;
    lost.extend(lost_closing);
    let take_over = lost.is_empty() && closed.iter().all(Work::is_done);
    let (marked, lost_marking) = at_once(closed, |work| work.mark(take_over)).await;
    lost.extend(lost_marking);

    let mut stopped = BTreeSet::new();
    for work in marked {
        let result = work.into_result();
        if result.stopped {
            stopped.insert(result.group.clone());
        }
        if result.unsure {
            report.unsure.insert(result.group.clone());
        }
        report.failures.extend(result.failures);
        report.done.add(result.done);
        report.live.insert(result.group, result.live);
    }
    report
        .failures
        .extend(lost.into_iter().map(|source| AwsError::Unanswered { call: endpoint.call("ModifySecurityGroupRules", &groups), source }));
    if !stopped.is_empty() {
        report.failures.push(AwsError::Stopped { groups: stopped });
    }
    endpoint.looks.forget(&groups);
    report
}

/// Does one part of every group's work, some groups at a time, and returns them in their order when all are through; besides, what
/// went so wrong that there is no work to return.
async fn at_once<F>(works: Vec<Work>, part: impl Fn(Work) -> F) -> (Vec<Work>, Vec<Source>)
where
    F: Future<Output = Work> + Send + 'static,
{
    let seats = Arc::new(Semaphore::new(GROUPS_AT_ONCE));
    let mut running = JoinSet::new();
    for work in works {
        let seats = Arc::clone(&seats);
        let work = part(work);
        running.spawn(async move {
            let _seat = seats.acquire_owned().await;
            work.await
        });
    }
    let (mut done, mut lost) = (Vec::new(), Vec::new());
    while let Some(joined) = running.join_next().await {
        match joined {
            Ok(work) => done.push(work),
            Err(error) => lost.push(Arc::new(error) as Source),
        }
    }
    done.sort_unstable_by(|one: &Work, other: &Work| one.group().cmp(other.group()));
    (done, lost)
}

impl Done {
    fn add(&mut self, other: Done) {
        let Done { authorized, modified, adopted, revoked } = other;
        self.authorized += authorized;
        self.modified += modified;
        self.adopted += adopted;
        self.revoked += revoked;
    }
}

/// What came of one group.
struct GroupResult {
    group: SecurityGroupId,
    live: Observed,
    failures: Vec<AwsError>,
    done: Done,
    stopped: bool,
    unsure: bool,
}
