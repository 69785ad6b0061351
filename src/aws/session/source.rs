//! Where the first credentials come from, in the order of the official provider.
//!
//! Keys of the settings; a profile that the settings name; keys in the environment; a web identity in the environment; the profile in
//! force; the container; the instance.

use std::sync::{Mutex, PoisonError};

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

use super::profile::Profiles;
use super::told::{Told, Whence};
use super::variable;
use super::web_identity::IdentifiedRole;
use crate::aws::error::AwsError;
use crate::aws::settings::{Settings, WebIdentity};

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
    Profile,
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
    if let Some(error) = profiles.impossible() {
        return Err(error);
    }
    Ok(if profiles.has_credentials() { Origin::Profile } else { Origin::Machine })
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

/// Returns what gives the first credentials: `bare` is for what is asked over the network, `inside` for what the machine offers.
///
/// # Errors
/// When the environment gives half of a web identity.
pub(super) fn provider(
    settings: &Settings,
    origin: Origin,
    profiles: &Profiles,
    bare: &SdkConfig,
    inside: &ProviderConfig,
    metadata: Option<&imds::Client>,
    sts: aws_sdk_sts::Config,
) -> Result<SharedCredentialsProvider, AwsError> {
    let instance = |metadata: &imds::Client| ImdsCredentialsProvider::builder().configure(inside).imds_client(metadata.clone()).build();
    let container = || EcsCredentialsProvider::builder().configure(inside).build();
    Ok(match origin {
        Origin::Keys(keys) => SharedCredentialsProvider::new(keys),
        Origin::Environment => SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()),
        Origin::WebIdentity => SharedCredentialsProvider::new(IdentifiedRole::new(&WebIdentity::of_environment(), sts)?),
        Origin::Profile => {
            let outside = ProviderConfig::without_region()
                .with_region(bare.region().cloned())
                .with_use_fips(bare.use_fips())
                .with_use_dual_stack(bare.use_dual_stack());
            let outside = match bare.http_client() {
                Some(client) => outside.with_http_client(client),
                None => outside,
            };
            let (name, files, inside, metadata) = (profiles.name.clone(), profiles.files.clone(), inside.clone(), metadata.cloned());
            let make = move || {
                let mut provider = ProfileFileCredentialsProvider::builder().configure(&outside);
                provider = provider.with_custom_provider("EcsContainer", EcsCredentialsProvider::builder().configure(&inside).build());
                if let Some(metadata) = &metadata {
                    let instance = ImdsCredentialsProvider::builder().configure(&inside).imds_client(metadata.clone()).build();
                    provider = provider.with_custom_provider("Ec2InstanceMetadata", instance);
                }
                provider.profile_name(&name).profile_files(files.clone()).build()
            };
            let whence = Whence::Profile { name: profiles.name.clone(), sso: profiles.sso().map(str::to_owned) };
            SharedCredentialsProvider::new(Told::new(Again::new(make), whence))
        }
        Origin::Machine if in_container() => SharedCredentialsProvider::new(Told::new(container(), Whence::Container)),
        Origin::Machine => match metadata {
            Some(metadata) => SharedCredentialsProvider::new(Told::new(instance(metadata), Whence::Instance)),
            None => SharedCredentialsProvider::new(Told::new(
                Nothing,
                Whence::Nothing { metadata_skipped: settings.skip_metadata == Some(true) },
            )),
        },
    })
}

/// A provider that is made anew after a failure: that of profiles says why it fails only once.
struct Again<P, F> {
    make: F,
    current: Mutex<Option<std::sync::Arc<P>>>,
}

impl<P: ProvideCredentials, F: Fn() -> P> Again<P, F> {
    fn new(make: F) -> Again<P, F> {
        Again { make, current: Mutex::new(None) }
    }

    fn current(&self) -> std::sync::Arc<P> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        std::sync::Arc::clone(current.get_or_insert_with(|| std::sync::Arc::new((self.make)())))
    }
}

impl<P, F> std::fmt::Debug for Again<P, F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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
