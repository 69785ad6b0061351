//! What a practitioner may set about AWS, in the spelling of the official provider.
//!
//! Everything is optional; what is not set is found where the AWS tools look for it (environment, shared files, roles). It holds
//! secrets and therefore writes its own `Debug`, which shows none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

/// How to reach EC2 and as whom.
///
/// Unset fields fall back to AWS_REGION, AWS_DEFAULT_REGION, AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_ACCESS_KEY_ID,
/// AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE,
/// AWS_ROLE_SESSION_NAME, AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_ENDPOINT_URL_EC2,
/// AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, AWS_CA_BUNDLE, HTTP_PROXY, HTTPS_PROXY, NO_PROXY, AWS_MAX_ATTEMPTS, AWS_RETRY_MODE,
/// AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT, AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT and
/// TF_APPEND_USER_AGENT, then to the profile.
#[derive(Clone, Default)]
pub struct Settings {
    /// The region.
    pub region: Option<String>,
    /// The profile in the shared files.
    pub profile: Option<String>,
    /// The access key id; needs `secret_key`.
    pub access_key: Option<String>,
    /// The secret access key; needs `access_key`.
    pub secret_key: Option<String>,
    /// The session token of temporary keys.
    pub token: Option<String>,
    /// Paths that replace `~/.aws/config`; of two that set the same, the last wins.
    pub shared_config_files: Vec<String>,
    /// Paths that replace `~/.aws/credentials`; of two that set the same, the last wins.
    pub shared_credentials_files: Vec<String>,
    /// A role to assume with the token of an identity provider, before the others.
    pub web_identity: Option<WebIdentity>,
    /// Roles to assume, each with the credentials of the one before.
    pub assume_role: Vec<AssumeRole>,
    /// The URL of another EC2 endpoint.
    pub ec2_endpoint: Option<String>,
    /// The URL of another STS endpoint.
    pub sts_endpoint: Option<String>,
    /// The region of STS; that of EC2 when unset.
    pub sts_region: Option<String>,
    /// The path of a PEM file with certificate authorities to trust besides the system's.
    pub custom_ca_bundle: Option<String>,
    /// The proxy for plain HTTP, and for HTTPS where `https_proxy` is not set.
    pub http_proxy: Option<String>,
    /// The proxy for HTTPS; empty for none, whatever `http_proxy` says.
    pub https_proxy: Option<String>,
    /// Hosts that are reached without a proxy, separated by commas.
    pub no_proxy: Option<String>,
    /// Attempts for one request to EC2 when it throttles or fails, the first included; 25 when unset.
    pub max_retries: Option<u32>,
    /// How EC2 is asked again.
    pub retry_mode: Option<RetryMode>,
    /// How much may be spent on retries before they end for a while; unlimited when unset.
    pub retry_tokens: Option<usize>,
    /// Whether to use FIPS endpoints.
    pub use_fips_endpoint: Option<bool>,
    /// Whether to use endpoints that answer over IPv6 too.
    pub use_dualstack_endpoint: Option<bool>,
    /// The URL of the instance metadata service.
    pub metadata_endpoint: Option<String>,
    /// The address family of the instance metadata service.
    pub metadata_mode: Option<MetadataMode>,
    /// Whether the instance metadata service is left alone.
    pub skip_metadata: Option<bool>,
    /// Products to name in the user agent, after ours.
    pub user_agent: Vec<String>,
    /// Accounts that may be worked in.
    pub accounts: Accounts,
}

/// How EC2 is asked again when it throttles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryMode {
    /// Each call waits for itself.
    Standard,
    /// Besides, all calls slow down together.
    Adaptive,
}

/// The address family of the instance metadata service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetadataMode {
    /// 169.254.169.254.
    Ipv4,
    /// fd00:ec2::254.
    Ipv6,
}

/// Which accounts may be worked in; checked once, before anything else is asked of EC2.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Accounts {
    /// Any; nobody asks which it is.
    #[default]
    Any,
    /// Only these, as twelve digits.
    Only(BTreeSet<String>),
    /// Any but these.
    AnyBut(BTreeSet<String>),
}

/// One role to assume.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssumeRole {
    /// The role's ARN.
    pub role_arn: String,
    /// The session's name in CloudTrail; a name of ours when unset.
    pub session_name: Option<String>,
    /// The id that the role's owner demands.
    pub external_id: Option<String>,
    /// Who is behind the session, for ever after in CloudTrail.
    pub source_identity: Option<String>,
    /// How long the session lasts; one hour when unset.
    pub duration: Option<Duration>,
    /// A JSON policy that narrows the session.
    pub policy: Option<String>,
    /// ARNs of managed policies that narrow the session.
    pub policy_arns: Vec<String>,
    /// Tags of the session.
    pub tags: BTreeMap<String, String>,
    /// Keys of those tags that the next role in the chain gets too.
    pub transitive_tag_keys: BTreeSet<String>,
}

/// A role to assume with the token of an identity provider.
#[derive(Clone, PartialEq, Eq)]
pub struct WebIdentity {
    /// The role's ARN; AWS_ROLE_ARN when unset.
    pub role_arn: Option<String>,
    /// The session's name in CloudTrail; AWS_ROLE_SESSION_NAME, then a name of ours when unset.
    pub session_name: Option<String>,
    /// How long the session lasts; one hour when unset.
    pub duration: Option<Duration>,
    /// A JSON policy that narrows the session.
    pub policy: Option<String>,
    /// ARNs of managed policies that narrow the session.
    pub policy_arns: Vec<String>,
    /// The token; the file of AWS_WEB_IDENTITY_TOKEN_FILE when unset.
    pub token: Option<WebIdentityToken>,
}

/// Where the token of an identity provider is.
#[derive(Clone, PartialEq, Eq)]
pub enum WebIdentityToken {
    /// Here; a secret.
    Inline(String),
    /// In a file, which is read again whenever a session is begun.
    File(String),
}

impl fmt::Debug for WebIdentityToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WebIdentityToken::Inline(_) => formatter.write_str("(hidden)"),
            WebIdentityToken::File(path) => write!(formatter, "file {path}"),
        }
    }
}

impl fmt::Debug for WebIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebIdentity").field("role_arn", &self.role_arn).field("token", &self.token).finish_non_exhaustive()
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |secret: &Option<String>| secret.as_ref().map(|_| "(hidden)");
        let roles: Vec<&str> = self.assume_role.iter().map(|role| role.role_arn.as_str()).collect();
        formatter
            .debug_struct("Settings")
            .field("region", &self.region)
            .field("profile", &self.profile)
            .field("access_key", &hidden(&self.access_key))
            .field("secret_key", &hidden(&self.secret_key))
            .field("token", &hidden(&self.token))
            .field("shared_config_files", &self.shared_config_files)
            .field("shared_credentials_files", &self.shared_credentials_files)
            .field("web_identity", &self.web_identity)
            .field("assume_role", &roles)
            .field("ec2_endpoint", &self.ec2_endpoint)
            .field("sts_endpoint", &self.sts_endpoint)
            .field("custom_ca_bundle", &self.custom_ca_bundle)
            .field("http_proxy", &hidden(&self.http_proxy)) // A proxy's URL may hold a password.
            .field("https_proxy", &hidden(&self.https_proxy))
            .field("no_proxy", &self.no_proxy)
            .field("max_retries", &self.max_retries)
            .field("use_fips_endpoint", &self.use_fips_endpoint)
            .field("use_dualstack_endpoint", &self.use_dualstack_endpoint)
            .field("accounts", &self.accounts)
            .finish_non_exhaustive() // What is named is no secret; what is new is hidden until somebody names it.
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let secret = || Some("hush".to_owned());
        let web_identity = WebIdentity {
            role_arn: None,
            session_name: None,
            duration: None,
            policy: None,
            policy_arns: Vec::new(),
            token: Some(WebIdentityToken::Inline("hush".to_owned())),
        };
        let settings = Settings {
            access_key: secret(),
            secret_key: secret(),
            token: secret(),
            http_proxy: Some("http://me:hush@proxy".to_owned()),
            https_proxy: Some("http://me:hush@proxy".to_owned()),
            web_identity: Some(web_identity),
            region: Some("eu-central-1".to_owned()),
            ..Settings::default()
        };
        let shown = format!("{settings:?}");
        assert!(!shown.contains("hush"), "{shown}");
        assert!(shown.contains("eu-central-1") && shown.contains("(hidden)"), "{shown}");
    }
}
