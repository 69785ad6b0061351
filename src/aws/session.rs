//! Who we are to AWS and where: region, credentials, endpoints, worked out once and only when first needed.
//!
//! It reads what the AWS tools read (environment, shared files, roles) through `aws-config`, in the order of the official provider, and
//! adds what that lacks: AWS_DEFAULT_PROFILE, AWS_CA_BUNDLE, a chain of roles with source identity and transitive tags, an inline token
//! of an identity provider, accounts that are allowed. Credentials are asked for once, whatever number of regions they serve.

use std::env;
use std::time::Duration;

use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, SdkConfig, imds};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_ec2::Client;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_types::retry::RetryConfig;
use aws_types::app_name::AppName;
use aws_types::region::Region;
use aws_types::sdk_ua_metadata::FrameworkMetadata;
use aws_types::service_config::ServiceConfigKey;
use tokio::sync::OnceCell;

use super::error::AwsError;
use super::http::{self, Http};
use super::patience::{self, Retries};
use super::settings::{MetadataMode, RetryMode, Settings};
use agent::Agent;
use profile::Profiles;
use role::AssumedRole;
use source::Means;
use web_identity::IdentifiedRole;

mod account;
mod agent;
mod files;
mod lineage;
mod profile;
mod region;
mod role;
mod source;
#[cfg(test)]
mod tests;
mod told;
mod web_identity;

pub use files::unreadable as unreadable_files;
pub(crate) use told::{SOURCES, SignInError};

/// Our name in CloudTrail and in the user agent, unless AWS_SDK_UA_APP_ID names another application.
const APP_NAME: &str = concat!("terraform-provider-emc-", env!("CARGO_PKG_VERSION"));

/// The session's name in CloudTrail where nobody chose one.
const SESSION_NAME: &str = "terraform-provider-emc";

/// How long credentials may take, with every role of a chain; a `credential_process` may ask a person.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(90);

/// What holds for every region.
#[derive(Debug)]
pub(crate) struct Session {
    settings: Settings,
    config: SdkConfig,
    /// Where EC2 is, when not at the region's own endpoint.
    pub(crate) endpoint: Option<String>,
    retries: Retries,
    agent: Agent,
    account: OnceCell<String>,
}

impl Session {
    /// Works the settings out; reads files, but contacts nobody yet, except the instance metadata for a region where all else is silent.
    /// Where no region is configured, STS is that of the region `asked` for first.
    ///
    /// # Errors
    /// When settings contradict each other, or a file cannot be used.
    pub(crate) async fn open(settings: &Settings, asked: Option<&str>) -> Result<Session, AwsError> {
        let profiles = Profiles::load(settings).await?;
        let origin = source::origin(settings, &profiles)?;
        let ca_bundle = settings.custom_ca_bundle.clone().or_else(|| variable("AWS_CA_BUNDLE")).or_else(|| profiles.get("ca_bundle"));
        let http = http::clients(settings, ca_bundle.as_deref(), variable)?;
        let metadata = metadata(settings, &http)?;
        let region = region::region(settings, &profiles, &origin, metadata.as_ref()).await;
        let agent = Agent::new(settings)?;

        let bare = bare(settings, &profiles, &http, region.clone()).await;
        let inside = ProviderConfig::without_region().with_region(region).with_http_client(http.inside.clone());
        let sts_region =
            settings.sts_region.clone().or_else(|| bare.region().map(ToString::to_string)).or_else(|| asked.map(str::to_owned));
        let sts_region = sts_region.map(Region::new);
        let sts = |config: &SdkConfig| sts(settings, config, &agent).region(sts_region.clone());
        let unsigned = sts(&bare).build();
        let (base, of_profile) = match &settings.web_identity {
            Some(identity) => (SharedCredentialsProvider::new(IdentifiedRole::new(identity, unsigned)?), Vec::new()),
            None => {
                let means = Means { settings, profiles: &profiles, bare: &bare, inside: &inside, metadata: metadata.as_ref() };
                source::provider(origin, &means, unsigned)?
            }
        };
        let config = of_profile.iter().chain(&settings.assume_role).fold(with_credentials(&bare, base), |config, role| {
            let role = AssumedRole::new(role, sts(&config).identity_cache(IdentityCache::no_cache()).build());
            with_credentials(&config, SharedCredentialsProvider::new(role))
        });
        Ok(Session {
            endpoint: endpoint("EC2", settings.ec2_endpoint.as_ref(), &config),
            retries: retries(settings, &profiles)?,
            settings: settings.clone(),
            config,
            agent,
            account: OnceCell::new(),
        })
    }

    /// Returns the region that is configured, if any is.
    pub(crate) fn region(&self) -> Option<&str> {
        self.config.region().map(Region::as_ref)
    }

    /// Returns a client for this region; all of them share connections and credentials.
    pub(crate) fn client(&self, region: &str) -> Client {
        let mut config = aws_sdk_ec2::config::Builder::from(&self.config)
            .region(Region::new(region.to_owned()))
            .retry_config(self.retries.config())
            .retry_partition(self.retries.partition())
            .timeout_config(patience::timeouts());
        config.set_endpoint_url(self.endpoint.clone());
        if let Some(agent) = self.agent.interceptor() {
            config = config.interceptor(agent);
        }
        Client::from_conf(config.build())
    }

    /// Makes sure that the account is one that may be worked in; asks STS once, and only if accounts are restricted.
    ///
    /// # Errors
    /// When the account is not allowed, or cannot be found out.
    pub(crate) async fn check_account(&self, region: &str) -> Result<(), AwsError> {
        account::check(&self.settings.accounts, &self.account, || {
            let mut sts = sts(&self.settings, &self.config, &self.agent);
            if let Some(of_sts) = self.settings.sts_region.as_deref().or_else(|| self.region()).or(Some(region)) {
                sts = sts.region(Region::new(of_sts.to_owned()));
            }
            aws_sdk_sts::Client::from_conf(sts.build())
        })
        .await
    }
}

/// An environment variable; one that is empty counts as unset.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Everything but credentials.
async fn bare(settings: &Settings, profiles: &Profiles, http: &Http, region: Option<Region>) -> SdkConfig {
    let cache = IdentityCache::lazy().load_timeout(SIGN_IN_TIMEOUT).build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http.outside.clone())
        .region(region)
        .identity_cache(cache)
        .retry_config(RetryConfig::standard())
        .profile_name(&profiles.name)
        .profile_files(profiles.files.clone())
        .no_credentials();
    if let Ok(product) = FrameworkMetadata::new("terraform-provider-emc", Some(env!("CARGO_PKG_VERSION"))) {
        loader = loader.framework_metadata(product);
    }
    if let Some(fips) = settings.use_fips_endpoint {
        loader = loader.use_fips(fips);
    }
    if let Some(dual) = settings.use_dualstack_endpoint {
        loader = loader.use_dual_stack(dual);
    }
    let config = loader.load().await;
    match AppName::new(APP_NAME) {
        Ok(name) if config.app_name().is_none() => config.into_builder().app_name(name).build(),
        Ok(_) | Err(_) => config,
    }
}

fn with_credentials(config: &SdkConfig, provider: SharedCredentialsProvider) -> SdkConfig {
    config.clone().into_builder().credentials_provider(provider).build()
}

/// STS as the settings want it, as whoever `config` says.
fn sts(settings: &Settings, config: &SdkConfig, agent: &Agent) -> aws_sdk_sts::config::Builder {
    let mut sts = aws_sdk_sts::config::Builder::from(config);
    sts.set_endpoint_url(endpoint("STS", settings.sts_endpoint.as_ref(), config));
    match agent.interceptor() {
        Some(agent) => sts.interceptor(agent),
        None => sts,
    }
}

/// Returns the way to the instance metadata, unless it is to be left alone.
fn metadata(settings: &Settings, http: &Http) -> Result<Option<imds::Client>, AwsError> {
    let disabled = || variable("AWS_EC2_METADATA_DISABLED").is_some_and(|word| word.eq_ignore_ascii_case("true"));
    if settings.skip_metadata.unwrap_or_else(disabled) {
        return Ok(None);
    }
    let mut client = imds::Client::builder().configure(&ProviderConfig::without_region().with_http_client(http.inside.clone()));
    if let Some(url) = &settings.metadata_endpoint {
        client = client
            .endpoint(url)
            .map_err(|error| AwsError::Settings { fault: format!("`ec2_metadata_service_endpoint`, `{url}`, is not a URL: {error}") })?;
    }
    if let Some(mode) = settings.metadata_mode {
        client = client.endpoint_mode(match mode {
            MetadataMode::Ipv4 => imds::client::EndpointMode::IpV4,
            MetadataMode::Ipv6 => imds::client::EndpointMode::IpV6,
        });
    }
    Ok(Some(client.build()))
}

fn retries(settings: &Settings, profiles: &Profiles) -> Result<Retries, AwsError> {
    let said = |name: &str, key: &str| {
        let of_profile = || Some((profiles.get(key)?, format!("`{key}` of profile `{}`", profiles.name)));
        variable(name).map(|value| (value, name.to_owned())).or_else(of_profile)
    };
    let wrong = |place: &str, value: &str, right: &str| AwsError::Settings { fault: format!("{place} is `{value}`; write {right}") };
    let attempts = match (settings.max_retries, said("AWS_MAX_ATTEMPTS", "max_attempts")) {
        (Some(attempts), _) => Some(attempts),
        (None, Some((value, place))) => match value.parse::<u32>() {
            Ok(attempts) if attempts > 0 => Some(attempts),
            Ok(_) | Err(_) => return Err(wrong(&place, &value, "a whole number from 1")),
        },
        (None, None) => None,
    };
    let mode = match (settings.retry_mode, said("AWS_RETRY_MODE", "retry_mode")) {
        (Some(mode), _) => mode,
        (None, Some((value, place))) => match value.to_ascii_lowercase().as_str() {
            "standard" | "legacy" => RetryMode::Standard,
            "adaptive" => RetryMode::Adaptive,
            _ => return Err(wrong(&place, &value, "`standard` or `adaptive`")),
        },
        (None, None) => RetryMode::Standard,
    };
    Ok(Retries::new(attempts, mode, settings.retry_tokens))
}

/// Where a service is, when not at the region's own endpoint. The order is that of the SDK's own: what is written for the service goes
/// before what is written for all. Empty counts as unset, which the SDK would stumble over.
fn endpoint(service: &str, given: Option<&String>, config: &SdkConfig) -> Option<String> {
    let for_service = || {
        let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok()?;
        config.service_config()?.load_config(key).filter(|url| !url.is_empty())
    };
    let for_all = || config.endpoint_url().filter(|url| !url.is_empty()).map(str::to_owned);
    given.cloned().or_else(for_service).or_else(for_all)
}
