//! The way to Azure Resource Manager, for everyone outside this room.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use tokio::sync::{OnceCell, Semaphore};
use tokio::task::JoinSet;

use crate::stop::Stop;

use super::converge;
use super::endpoint::Endpoint;
use super::error::AzureError;
use super::http::Http;
use super::id::NsgId;
use super::job::{Desired, Job, Report, WriteMode};
use super::looks;
use super::owner::{Mark, Observed};
use super::priority::Band;
use super::session::Session;
use super::settings::Settings;

#[cfg(test)]
mod tests;

/// Azure, as one principal. Cheap to clone; clones share the connections, the token and the locks.
#[derive(Clone)]
pub struct Arm {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    endpoint: OnceCell<Arc<Endpoint>>,
}

/// Groups that are looked at at once. Azure gives a principal 250 reads and 25 more a second.
const GROUPS_AT_ONCE: usize = 8;

impl Arm {
    /// Returns a client that contacts nobody until it is first used.
    pub fn new(settings: Settings) -> Arm {
        Arm { shared: Arc::new(Shared { settings, endpoint: OnceCell::new() }) }
    }

    /// Looks at groups: their rules, or that they are gone, which it says only after a second look.
    ///
    /// # Errors
    /// When Azure cannot be asked or refuses. A group that does not exist is no error.
    pub async fn observe(&self, groups: &BTreeSet<NsgId>) -> Result<BTreeMap<NsgId, Observed>, AzureError> {
        if groups.is_empty() {
            return Ok(BTreeMap::new());
        }
        let endpoint = self.endpoint().await?;
        let free = Arc::new(Semaphore::new(GROUPS_AT_ONCE));
        let mut looks = JoinSet::new();
        for group in groups {
            let (endpoint, free, group) = (Arc::clone(&endpoint), Arc::clone(&free), group.clone());
            looks.spawn(async move {
                let _turn = free.acquire_owned().await;
                let seen = looks::look_closely(&endpoint, &group, &Stop::never()).await;
                (group, seen)
            });
        }
        let mut observed = BTreeMap::new();
        let mut failed = BTreeMap::new();
        while let Some(look) = looks.join_next().await {
            match look {
                Ok((group, Ok(seen))) => drop(observed.insert(group, seen)),
                Ok((group, Err(error))) => drop(failed.insert(group, error)),
                Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                Err(_) => {}
            }
        }
        // Always the same of several, so that a second run says the same.
        match failed.into_values().next() {
            Some(error) => Err(error),
            None => Ok(observed),
        }
    }

    /// Makes the groups of a job hold what they should, and reports what is live.
    pub async fn converge(&self, job: &Job, stop: &Stop) -> Report {
        let endpoint = tokio::select! {
            endpoint = self.endpoint() => endpoint,
            () = stop.wait() => return Report::of_failure(AzureError::Stopped { groups: job.desired.keys().cloned().collect() }),
        };
        match endpoint {
            Ok(endpoint) => converge::converge(&endpoint, job, stop).await,
            Err(error) => Report::of_failure(error),
        }
    }

    /// Removes our rules, and only ours, from groups; one that is gone is done.
    pub async fn release(&self, mark: &Mark, groups: &BTreeSet<NsgId>, write_mode: WriteMode, stop: &Stop) -> Report {
        let job = Job {
            mark: mark.clone(),
            desired: groups.iter().map(|group| (group.clone(), Desired::new())).collect(),
            band: Band::default(),
            write_mode,
            remove_foreign: BTreeSet::new(),
            adopt_existing: false,
            accept_void: false,
            flush_connections: None,
            new_groups: BTreeSet::new(),
        };
        self.converge(&job, stop).await
    }

    async fn endpoint(&self) -> Result<Arc<Endpoint>, AzureError> {
        let Shared { settings, endpoint } = &*self.shared;
        let opened = endpoint.get_or_try_init(|| async {
            let http = Http::new()?;
            let session = Session::new(settings.clone(), http.clone());
            let opened = session.open().await?;
            let agents = vec![Arc::clone(&opened.agent)];
            let (url, scope) = (opened.cloud.resource_manager.clone(), opened.cloud.scope());
            Ok::<_, AzureError>(Arc::new(Endpoint::new(url, &scope, Arc::clone(&opened.credential), agents, http.outside)))
        });
        opened.await.cloned()
    }
}

impl fmt::Debug for Arm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Arm").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}
