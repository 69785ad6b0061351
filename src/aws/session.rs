//! Who we are to AWS and where: region, credentials, endpoint, worked out once and only when first needed.
//!
//! It reads what the AWS tools read (environment, shared files, roles) through `aws-config`, and adds what that lacks:
//! AWS_DEFAULT_PROFILE, AWS_CA_BUNDLE, a chain of roles. It never asks the metadata endpoint for a region, so a missing one is told at once.

use std::env;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_ec2::Client;
use aws_types::app_name::AppName;
use aws_types::region::Region;
use aws_types::service_config::ServiceConfigKey;

use super::error::AwsError;
use super::settings::Settings;
use super::{http, patience};

/// Our name in CloudTrail and in the user agent.
const APP_NAME: &str = concat!("terraform-provider-emc-", env!("CARGO_PKG_VERSION"));

/// What holds for every region.
#[derive(Debug)]
pub(crate) struct Session {
    config: SdkConfig,
    /// Where EC2 is, when not at the region's own endpoint.
    pub(crate) endpoint: Option<String>,
    attempts: Option<u32>,
}

impl Session {
    /// Works the settings out; reads files, but contacts nobody yet.
    ///
    /// # Errors
    /// When settings contradict each other, or a file cannot be used.
    pub(crate) async fn open(settings: &Settings) -> Result<Session, AwsError> {
        let ca_bundle = settings.custom_ca_bundle.clone().or_else(|| variable("AWS_CA_BUNDLE"));
        let http = http::client(settings, ca_bundle.as_deref())?;
        let files = files(settings);
        let profile = profile(settings);

        let region = region(settings, profile.as_deref(), files.as_ref()).await;

        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http.clone()).region(region.clone());
        if let Ok(name) = AppName::new(APP_NAME) {
            loader = loader.app_name(name);
        }
        if let Some(keys) = keys(settings)? {
            loader = loader.credentials_provider(keys);
        } else if let Some(profile) = &settings.profile {
            // A profile that the configuration names goes before keys in the environment, as in the official provider.
            let base = ProviderConfig::without_region().with_region(region).with_http_client(http);
            let mut provider = ProfileFileCredentialsProvider::builder().configure(&base).profile_name(profile);
            if let Some(files) = &files {
                provider = provider.profile_files(files.clone());
            }
            loader = loader.credentials_provider(provider.build());
        }
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        if let Some(files) = files {
            loader = loader.profile_files(files);
        }
        if let Some(fips) = settings.use_fips_endpoint {
            loader = loader.use_fips(fips);
        }
        if let Some(dual) = settings.use_dualstack_endpoint {
            loader = loader.use_dual_stack(dual);
        }
        let config = roles(settings, loader.load().await).await;
        Ok(Session {
            endpoint: endpoint(settings, &config),
            attempts: settings.max_retries.or_else(|| variable("AWS_MAX_ATTEMPTS")?.parse().ok()),
            config,
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
            .retry_config(patience::retries(self.attempts))
            .retry_partition(patience::partition())
            .timeout_config(patience::timeouts());
        config.set_endpoint_url(self.endpoint.clone());
        Client::from_conf(config.build())
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// `aws-config` knows AWS_PROFILE but not its older twin.
fn profile(settings: &Settings) -> Option<String> {
    let twin = || {
        if variable("AWS_PROFILE").is_some() { None } else { variable("AWS_DEFAULT_PROFILE") }
    };
    settings.profile.clone().or_else(twin)
}

fn files(settings: &Settings) -> Option<EnvConfigFiles> {
    if settings.shared_config_files.is_empty() && settings.shared_credentials_files.is_empty() {
        return None;
    }
    let mut files = EnvConfigFiles::builder()
        .include_default_config_file(settings.shared_config_files.is_empty())
        .include_default_credentials_file(settings.shared_credentials_files.is_empty());
    for path in &settings.shared_config_files {
        files = files.with_file(EnvConfigFileKind::Config, path);
    }
    for path in &settings.shared_credentials_files {
        files = files.with_file(EnvConfigFileKind::Credentials, path);
    }
    Some(files.build())
}

async fn region(settings: &Settings, profile: Option<&str>, files: Option<&EnvConfigFiles>) -> Option<Region> {
    let mut of_profile = ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        of_profile = of_profile.profile_name(profile);
    }
    if let Some(files) = files {
        of_profile = of_profile.profile_files(files.clone());
    }
    RegionProviderChain::first_try(settings.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(of_profile.build())
        .region()
        .await
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

async fn roles(settings: &Settings, config: SdkConfig) -> SdkConfig {
    let mut config = config;
    for role in &settings.assume_role {
        let Some(previous) = config.credentials_provider() else {
            return config;
        };
        let sts = match &settings.sts_endpoint {
            Some(url) => config.clone().into_builder().endpoint_url(url).build(),
            None => config.clone(),
        };
        let mut provider = AssumeRoleProvider::builder(&role.role_arn)
            .configure(&sts)
            .session_name(role.session_name.as_deref().unwrap_or("terraform-provider-emc"));
        if let Some(id) = &role.external_id {
            provider = provider.external_id(id);
        }
        if let Some(duration) = role.duration {
            provider = provider.session_length(duration);
        }
        if let Some(policy) = &role.policy {
            provider = provider.policy(policy);
        }
        if !role.policy_arns.is_empty() {
            provider = provider.policy_arns(role.policy_arns.clone());
        }
        let provider = SharedCredentialsProvider::new(provider.build_from_provider(previous).await);
        config = config.into_builder().credentials_provider(provider).build();
    }
    config
}

/// The order is that of the SDK's own: what is written for EC2 goes before what is written for all.
fn endpoint(settings: &Settings, config: &SdkConfig) -> Option<String> {
    let for_ec2 = || {
        let key = ServiceConfigKey::builder().service_id("EC2").env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok()?;
        config.service_config()?.load_config(key)
    };
    let for_all = || config.endpoint_url().map(str::to_owned);
    settings.ec2_endpoint.clone().or_else(for_ec2).or_else(for_all)
}
