//! The way to EC2, for everyone outside this room.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::stop::Stop;

use super::audit::Weight;
use super::converge;
use super::endpoint::Endpoint;
use super::error::AwsError;
use super::id::{PrefixListId, SecurityGroupId};
use super::job::{Job, Report};
use super::looks;
use super::owner::{Mark, Observed};
use super::session::Session;
use super::settings::Settings;
use super::tags::Tags;
use super::weights;
use super::whereabouts::{self, Whereabouts};

/// EC2 in one region, as one principal. Cheap to clone; clones share the connection, the credentials, the locks and the memory.
#[derive(Clone)]
pub struct Ec2 {
    shared: Arc<Shared>,
    region: Option<String>,
}

struct Shared {
    settings: Settings,
    session: OnceCell<Session>,
    endpoints: Mutex<BTreeMap<String, Arc<Endpoint>>>,
}

impl Ec2 {
    /// Returns a client that contacts nobody until it is first used.
    pub fn new(settings: Settings) -> Ec2 {
        let shared = Shared { settings, session: OnceCell::new(), endpoints: Mutex::default() };
        Ec2 { shared: Arc::new(shared), region: None }
    }

    /// Returns the same account in another region, sharing credentials.
    pub fn in_region(&self, region: &str) -> Ec2 {
        Ec2 { shared: Arc::clone(&self.shared), region: Some(region.to_owned()) }
    }

    /// Returns the region that calls go to; asks AWS nothing.
    ///
    /// # Errors
    /// When no region is set anywhere, or the settings cannot be used.
    pub async fn region(&self) -> Result<String, AwsError> {
        let session = self.session().await?;
        self.region.clone().or_else(|| session.region().map(str::to_owned)).ok_or(AwsError::NoRegion)
    }

    /// Looks at groups: their rules, or that they are gone, which it says only after a second look. Calls within about 20 ms share one
    /// request. What is seen is remembered for [`Ec2::observe_recent`] and for one [`Ec2::converge`].
    ///
    /// # Errors
    /// When EC2 cannot be asked or refuses. A group that does not exist is no error.
    pub async fn observe(&self, groups: &BTreeSet<SecurityGroupId>) -> Result<BTreeMap<SecurityGroupId, Observed>, AwsError> {
        looks::look_closely(&self.endpoint().await?, groups).await
    }

    /// Like [`Ec2::observe`], but asks EC2 only about groups that were not looked at within `max_age`, or were written to since.
    ///
    /// # Errors
    /// As [`Ec2::observe`].
    pub async fn observe_recent(
        &self,
        groups: &BTreeSet<SecurityGroupId>,
        max_age: Duration,
    ) -> Result<BTreeMap<SecurityGroupId, Observed>, AwsError> {
        looks::look_or_recall(&self.endpoint().await?, groups, max_age).await
    }

    /// Returns what references to these prefix lists count, for [`Quota::weights`](super::audit::Quota::weights). Lists that do not
    /// exist, or are not shared with this account, are left out.
    ///
    /// # Errors
    /// When EC2 cannot be asked or refuses.
    pub async fn weigh(&self, lists: &BTreeSet<PrefixListId>) -> Result<BTreeMap<PrefixListId, Weight>, AwsError> {
        if lists.is_empty() {
            return Ok(BTreeMap::new());
        }
        weights::weigh(&*self.endpoint().await?, lists).await
    }

    /// Returns where groups are: one call for 200 of them. Those that do not exist in this region, or may not be seen by this account,
    /// are left out.
    ///
    /// # Errors
    /// When EC2 cannot be asked or refuses.
    pub async fn locate(&self, groups: &BTreeSet<SecurityGroupId>) -> Result<BTreeMap<SecurityGroupId, Whereabouts>, AwsError> {
        if groups.is_empty() {
            return Ok(BTreeMap::new());
        }
        whereabouts::locate(&*self.endpoint().await?, groups).await
    }

    /// Makes the groups of a job hold what they should, and tells what is live afterwards, whatever failed.
    ///
    /// Groups do not depend on each other, except that nothing is revoked anywhere before everything has been created everywhere
    /// else; a group where something could not be created is not revoked from. It begins with what was seen in the last half minute,
    /// if it was.
    pub async fn converge(&self, job: &Job, stop: &Stop) -> Report {
        let endpoint = tokio::select! {
            endpoint = self.endpoint() => endpoint,
            () = stop.wait() => Err(AwsError::Stopped { groups: job.desired.keys().cloned().collect() }),
        };
        match endpoint {
            Ok(endpoint) => converge::converge(&endpoint, job, stop).await,
            Err(error) => Report::of_failure(error),
        }
    }

    /// Removes every rule under this mark from these groups; a group that is gone is a success.
    pub async fn release(&self, mark: &Mark, groups: &BTreeSet<SecurityGroupId>, stop: &Stop) -> Report {
        let job = Job {
            mark: mark.clone(),
            tags: Tags::default(),
            desired: groups.iter().map(|group| (group.clone(), BTreeMap::new())).collect(),
            revoke_foreign: BTreeSet::new(),
            adopt_existing: false,
            new_groups: BTreeSet::new(),
        };
        self.converge(&job, stop).await
    }

    async fn session(&self) -> Result<&Session, AwsError> {
        self.shared.session.get_or_try_init(|| Session::open(&self.shared.settings, self.region.as_deref())).await
    }

    async fn endpoint(&self) -> Result<Arc<Endpoint>, AwsError> {
        let session = self.session().await?;
        let region = self.region.as_deref().or_else(|| session.region()).ok_or(AwsError::NoRegion)?;
        session.check_account(region).await?;
        let mut endpoints = self.shared.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        let endpoint = endpoints
            .entry(region.to_owned())
            .or_insert_with(|| Arc::new(Endpoint::new(region, session.endpoint.clone(), session.client(region))));
        Ok(Arc::clone(endpoint))
    }
}

impl fmt::Debug for Ec2 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ec2").field("settings", &self.shared.settings).field("region", &self.region).finish_non_exhaustive()
    }
}
