//! The way to EC2.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::error::AwsError;
use super::id::SecurityGroupId;
use super::job::{Job, Report};
use super::owner::{Mark, Observed};
use super::settings::Settings;
use super::stop::Stop;

/// EC2 in one region, as one principal. Cheap to clone; clones share the connection, the credentials, the locks and the memory.
#[derive(Debug, Clone)]
pub struct Ec2 {
    settings: Settings,
}

impl Ec2 {
    /// Returns a client that contacts nobody until it is first used.
    pub fn new(settings: Settings) -> Ec2 {
        Ec2 { settings }
    }

    /// Returns the same account in another region, sharing credentials.
    pub fn in_region(&self, region: &str) -> Ec2 {
        let _ = region;
        self.clone()
    }

    /// Returns the region that calls go to.
    ///
    /// # Errors
    /// When no region is set anywhere, or the settings cannot be used.
    pub async fn region(&self) -> Result<String, AwsError> {
        Err(AwsError::NoRegion)
    }

    /// Looks at groups: their rules, or that they are gone. Calls within about 10 ms share one request. What is seen is remembered
    /// for [`Ec2::observe_recent`] and for one [`Ec2::converge`].
    ///
    /// # Errors
    /// When EC2 cannot be asked or refuses. A group that does not exist is no error.
    pub async fn observe(&self, groups: &BTreeSet<SecurityGroupId>) -> Result<BTreeMap<SecurityGroupId, Observed>, AwsError> {
        let _ = groups;
        Err(AwsError::NoRegion)
    }

    /// Like [`Ec2::observe`], but asks EC2 only about groups that this process has not looked at, or has written to, within `max_age`.
    ///
    /// # Errors
    /// As [`Ec2::observe`].
    pub async fn observe_recent(
        &self,
        groups: &BTreeSet<SecurityGroupId>,
        max_age: Duration,
    ) -> Result<BTreeMap<SecurityGroupId, Observed>, AwsError> {
        let _ = max_age;
        self.observe(groups).await
    }

    /// Makes the groups of a job hold what they should, and tells what is live afterwards, whatever failed.
    ///
    /// Groups do not depend on each other, except that nothing is revoked anywhere before everything has been created everywhere
    /// else; a group where something could not be created is not revoked from.
    pub async fn converge(&self, job: &Job, stop: &Stop) -> Report {
        let _ = (job, stop);
        Report {
            live: BTreeMap::new(),
            failures: vec![AwsError::NoRegion],
            done: super::job::Done::default(),
        }
    }

    /// Removes every rule under this mark from these groups; a group that is gone is a success.
    pub async fn release(&self, mark: &Mark, groups: &BTreeSet<SecurityGroupId>, stop: &Stop) -> Report {
        let job = Job {
            mark: mark.clone(),
            desired: groups.iter().map(|group| (group.clone(), BTreeMap::new())).collect(),
            revoke_foreign: BTreeSet::new(),
            adopt_existing: false,
            new_groups: BTreeSet::new(),
        };
        self.converge(&job, stop).await
    }
}
