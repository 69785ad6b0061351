//! Where the first credentials come from, in the order of the official provider.
//!
//! Keys of the settings; a profile that the settings name; keys in the environment; a web identity in the environment; the profile in
//! force; the container; the instance.

use std::env;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::SdkConfig;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as Provided, SharedCredentialsProvider, future};

use super::lineage::{Base, Lineage};
use super::profile::Profiles;
use super::told::{Told, Whence};
use super::variable;
use super::web_identity::IdentifiedRole;
use crate::aws::error::AwsError;
use crate::aws::settings::{AssumeRole, Settings, WebIdentity};

/// Where the first credentials come from.
#[derive(Debug)]
pub(super) enum Origin {
    /// Keys in the settings.
    Keys(Credentials),
    /// Keys in the environment.
    Environment,
    /// A role and the file of a token in the environment.
    WebIdentity,
    /// The profile in force.
    Profile(Lineage),
    /// The container or the instance that this runs on.
    Machine,
}

/// Decides where credentials come from; asks nobody for them.
///
/// # Errors
/// When the settings give half of a pair, or name what does not exist.
pub(super) fn origin(settings: &Settings, profiles: &Profiles) -> Result<Origin, AwsError> {
    if let Some(keys) = keys(settings)? {
        return Ok(Origin::Keys(keys));
    }
    if settings.profile.is_none() && settings.web_identity.is_none() {
        if variable("AWS_ACCESS_KEY_ID").is_some() && variable("AWS_SECRET_ACCESS_KEY").is_some() {
            return Ok(Origin::Environment);
        }
        if variable("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() {
            return Ok(Origin::WebIdentity);
        }
    }
    let asked_for = settings.profile.is_some() || profiles.name != "default";
    if asked_for && !profiles.exists() {
        return Err(profiles.missing());
    }
    if settings.web_identity.is_some() {
        return Ok(Origin::WebIdentity);
    }
    if !profiles.has_credentials() {
        return Ok(Origin::Machine);
    }
    let lineage = profiles.lineage()?;
    if let Base::Profile { sso: true, .. } = lineage.base {
        let empty = |name: &&str| env::var_os(name).is_some_and(|value| value.is_empty());
        if let Some(name) = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSO", "AWS_ENDPOINT_URL_SSO_OIDC"].into_iter().find(empty) {
            let fault = format!("{name} is set, but to nothing, and the client of SSO takes that for an address");
            return Err(AwsError::SignIn { fault, advice: format!("Unset {name}.") });
        }
    }
    Ok(Origin::Profile(lineage))
}

fn keys(settings: &Settings) -> Result<Option<Credentials>, AwsError> {
    let lacking = |given: &str, other: &str| AwsError::Settings { fault: format!("`{given}` is set without `{other}`") };
    match (&settings.access_key, &settings.secret_key) {
        (Some(access), Some(secret)) => {
            let token = settings.token.clone();
            Ok(Some(Credentials::new(access, secret, token, None, "terraform configuration")))
        }
        (Some(_), None) => Err(lacking("access_key", "secret_key")),
        (None, Some(_)) => Err(lacking("secret_key", "access_key")),
        (None, None) => match &settings.token {
            Some(_) => Err(lacking("token", "access_key")),
            None => Ok(None),
        },
    }
}

/// Says whether the environment names a container's credentials.
pub(super) fn in_container() -> bool {
    ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"].into_iter().any(|name| variable(name).is_some())
}

/// What the sources ask with.
pub(super) struct Means<'a> {
    pub(super) settings: &'a Settings,
    pub(super) profiles: &'a Profiles,
    /// For what is asked over the network.
    pub(super) bare: &'a SdkConfig,
    /// For what the machine offers.
    pub(super) inside: &'a ProviderConfig,
    pub(super) metadata: Option<&'a imds::Client>,
}

/// Returns what gives the first credentials, and the roles that a profile puts on top of them; `sts` needs no credentials.
///
/// # Errors
/// When the environment gives half of a web identity.
pub(super) fn provider(
    origin: Origin,
    means: &Means<'_>,
    sts: aws_sdk_sts::Config,
) -> Result<(SharedCredentialsProvider, Vec<AssumeRole>), AwsError> {
    let base = |provider: SharedCredentialsProvider| Ok((provider, Vec::new()));
    match origin {
        Origin::Keys(keys) => base(SharedCredentialsProvider::new(keys)),
        Origin::Environment => base(SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())),
        Origin::WebIdentity => base(SharedCredentialsProvider::new(IdentifiedRole::new(&WebIdentity::of_environment(), sts)?)),
        Origin::Machine if in_container() => base(means.container()),
        Origin::Machine => base(means.instance()),
        Origin::Profile(Lineage { base, roles }) => {
            let base = match base {
                Base::Keys(keys) => SharedCredentialsProvider::new(keys),
                Base::Environment => {
                    let provider = EnvironmentVariableCredentialsProvider::new();
                    SharedCredentialsProvider::new(Told::new(provider, Whence::Environment(means.profiles.name.clone())))
                }
                Base::Container => means.container(),
                Base::Instance => means.instance(),
                Base::WebIdentity(identity) => SharedCredentialsProvider::new(IdentifiedRole::new(&identity, sts)?),
                Base::Profile { name, sso } => means.profile(name, sso),
            };
            Ok((base, roles))
        }
    }
}

impl Means<'_> {
    fn container(&self) -> SharedCredentialsProvider {
        let provider = EcsCredentialsProvider::builder().configure(self.inside).build();
        SharedCredentialsProvider::new(Told::new(provider, Whence::Container))
    }

    fn instance(&self) -> SharedCredentialsProvider {
        let Some(metadata) = self.metadata else {
            let whence = Whence::Nothing { metadata_skipped: self.settings.skip_metadata == Some(true) };
            return SharedCredentialsProvider::new(Told::new(Nothing, whence));
        };
        let provider = ImdsCredentialsProvider::builder().configure(self.inside).imds_client(metadata.clone()).build();
        SharedCredentialsProvider::new(Told::new(provider, Whence::Instance))
    }

    /// What a profile without a role gives.
    fn profile(&self, name: String, sso: bool) -> SharedCredentialsProvider {
        let outside = ProviderConfig::without_region()
            .with_region(self.bare.region().cloned())
            .with_use_fips(self.bare.use_fips())
            .with_use_dual_stack(self.bare.use_dual_stack());
        let outside = match self.bare.http_client() {
            Some(client) => outside.with_http_client(client),
            None => outside,
        };
        let (files, whence) = (self.profiles.files.clone(), Whence::Profile { name: name.clone(), sso });
        let make = move || {
            let provider = ProfileFileCredentialsProvider::builder().configure(&outside);
            provider.profile_name(&name).profile_files(files.clone()).build()
        };
        SharedCredentialsProvider::new(Told::new(Again::new(make), whence))
    }
}

/// A provider that is made anew after a failure: that of profiles says why it fails only once.
struct Again<P, F> {
    make: F,
    current: Mutex<Option<Arc<P>>>,
}

impl<P: ProvideCredentials, F: Fn() -> P> Again<P, F> {
    fn new(make: F) -> Again<P, F> {
        Again { make, current: Mutex::new(None) }
    }

    fn current(&self) -> Arc<P> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(current.get_or_insert_with(|| Arc::new((self.make)())))
    }
}

impl<P, F> fmt::Debug for Again<P, F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Again")
    }
}

impl<P: ProvideCredentials, F: Fn() -> P + Send + Sync> ProvideCredentials for Again<P, F> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let provided: Provided = self.current().provide_credentials().await;
            if provided.is_err() {
                *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
            provided
        })
    }
}

/// Nobody to ask.
#[derive(Debug)]
struct Nothing;

impl ProvideCredentials for Nothing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded_no_source()))
    }
}
