//! Who we are to Azure and where: cloud and credential, worked out once and only when first needed.
//!
//! What is asked, and in which order, is the official provider's: the first way that is enabled and configured is taken, and no other one
//! if it fails. It reads what is written and the environment in its place; it knows nothing of groups and rules.

use std::env;
use std::fmt;
use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use azure_core::http::policies::Policy;
use azure_identity::{Executor, new_executor};
use tokio::sync::OnceCell;

use super::cloud::Cloud;
use super::http::Http;
use super::settings::Settings;
use agent::Agent;
use given::{Given, Place, Said};
use means::Means;
use way::Chosen;

mod agent;
mod assertion;
mod bearer;
mod certificate;
pub mod check;
mod cli;
mod file;
mod given;
mod machine;
mod means;
mod refusal;
#[cfg(test)]
mod tests;
mod told;
mod way;

pub use told::SignInError;
pub(crate) use told::causes;

/// One configuration's way to Azure.
pub(crate) struct Session {
    settings: Settings,
    http: Http,
    variable: Variables,
    executor: Arc<dyn Executor>,
    opened: OnceCell<Opened>,
}

/// The environment.
type Variables = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What a session found out.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    /// The cloud.
    pub(crate) cloud: Cloud,
    /// What gives tokens; asks for one when the first is needed, and keeps it.
    pub(crate) credential: Arc<dyn TokenCredential>,
    /// What adds to the user agent, for each try.
    pub(crate) agent: Arc<dyn Policy>,
}

impl Session {
    /// Returns a session that asks nobody yet.
    pub(crate) fn new(settings: Settings, http: Http) -> Session {
        Session { settings, http, variable: Arc::new(variable), executor: new_executor(), opened: OnceCell::new() }
    }

    /// Works the settings out: reads files, and contacts the metadata host where one is set, but asks for no token yet. What was found is
    /// kept; a failure is not.
    ///
    /// # Errors
    /// When settings contradict each other, a file cannot be used, or the metadata host does not answer.
    pub(crate) async fn open(&self) -> Result<&Opened, SignInError> {
        self.opened.get_or_try_init(|| self.work_out()).await
    }

    async fn work_out(&self) -> Result<Opened, SignInError> {
        let Known { cloud, agent, chosen } = Known::of(&self.settings, self.variable.as_ref())?;
        let means = Means { http: &self.http, agent: Arc::new(agent), executor: &self.executor };
        let cloud = match cloud {
            Whereabouts::Named(cloud) => cloud,
            Whereabouts::Asked(host) => Cloud::of_host(&host.value, &means.pipeline())
                .await
                .map_err(|fault| at_fault(host.place, fault, format!("Correct {}, or check that this machine reaches it.", host.place)))?,
        };
        let credential = Arc::new(means.bearer(chosen, &cloud)?);
        Ok(Opened { cloud, credential, agent: means.agent })
    }
}

/// What is known without asking anybody.
struct Known {
    cloud: Whereabouts,
    agent: Agent,
    chosen: Chosen,
}

/// Which cloud.
enum Whereabouts {
    /// This one.
    Named(Cloud),
    /// The one that this host describes.
    Asked(Said<String>),
}

impl Known {
    fn of(settings: &Settings, variable: &dyn Fn(&str) -> Option<String>) -> Result<Known, SignInError> {
        let given = Given::of(settings, variable)?;
        let wrong = |said: &Said<String>, fault: String| at_fault(said.place, fault, format!("Correct {}.", said.place));
        let cloud = match &given.metadata_host {
            Some(host) => {
                check::metadata_host(&host.value).map_err(|fault| wrong(host, fault))?;
                Whereabouts::Asked(host.clone())
            }
            None => Whereabouts::Named(Cloud::named(&given.environment.value).map_err(|fault| wrong(&given.environment, fault))?),
        };
        // Groups name their own; what chooses an account of the CLI must be one all the same.
        if let Some(said) = &given.subscription {
            check::subscription(&said.value).map_err(|fault| wrong(said, fault))?;
        }
        Ok(Known { cloud, agent: Agent::of(&given)?, chosen: Chosen::of(&given)? })
    }
}

/// What is wrong with something that was said in this place.
fn at_fault(place: Place, fault: String, advice: String) -> SignInError {
    SignInError { fault, advice, attribute: place.attribute() }
}

/// An environment variable; one that is empty counts as unset.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Session").field("settings", &self.settings).finish_non_exhaustive()
    }
}
