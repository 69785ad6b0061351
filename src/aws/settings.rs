//! What a practitioner may set about AWS, in the spelling of the official provider.
//!
//! Everything is optional; what is not set is found where the AWS tools look for it (environment, shared files, roles). It holds
//! secrets and therefore writes its own `Debug`, which shows none.

use std::fmt;
use std::time::Duration;

/// How to reach EC2 and as whom.
///
/// Unset fields fall back to AWS_REGION, AWS_DEFAULT_REGION, AWS_PROFILE, AWS_DEFAULT_PROFILE, AWS_ACCESS_KEY_ID,
/// AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE, AWS_ENDPOINT_URL_EC2, AWS_ENDPOINT_URL,
/// AWS_CA_BUNDLE, HTTP_PROXY, HTTPS_PROXY, NO_PROXY, AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT, then to the profile.
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
    /// Paths that replace `~/.aws/config`.
    pub shared_config_files: Vec<String>,
    /// Paths that replace `~/.aws/credentials`.
    pub shared_credentials_files: Vec<String>,
    /// Roles to assume, each with the credentials of the one before.
    pub assume_role: Vec<AssumeRole>,
    /// The URL of another EC2 endpoint.
    pub ec2_endpoint: Option<String>,
    /// The URL of another STS endpoint, for `assume_role`.
    pub sts_endpoint: Option<String>,
    /// The path of a PEM file with certificate authorities to trust besides the system's.
    pub custom_ca_bundle: Option<String>,
    /// The proxy for plain HTTP.
    pub http_proxy: Option<String>,
    /// The proxy for HTTPS.
    pub https_proxy: Option<String>,
    /// Hosts that are reached without a proxy, separated by commas.
    pub no_proxy: Option<String>,
    /// Attempts for one request to EC2 when it throttles or fails, the first included; 25 when unset.
    pub max_retries: Option<u32>,
    /// Whether to use FIPS endpoints.
    pub use_fips_endpoint: Option<bool>,
    /// Whether to use endpoints that answer over IPv6 too.
    pub use_dualstack_endpoint: Option<bool>,
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
    /// How long the session lasts; one hour when unset.
    pub duration: Option<Duration>,
    /// A JSON policy that narrows the session.
    pub policy: Option<String>,
    /// ARNs of managed policies that narrow the session.
    pub policy_arns: Vec<String>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings {
            region,
            profile,
            access_key,
            secret_key,
            token,
            shared_config_files,
            shared_credentials_files,
            assume_role,
            ec2_endpoint,
            sts_endpoint,
            custom_ca_bundle,
            http_proxy,
            https_proxy,
            no_proxy,
            max_retries,
            use_fips_endpoint,
            use_dualstack_endpoint,
        } = self;
        let hidden = |secret: &Option<String>| secret.as_ref().map(|_| "(hidden)");
        let roles: Vec<&str> = assume_role.iter().map(|role| role.role_arn.as_str()).collect();
        formatter
            .debug_struct("Settings")
            .field("region", region)
            .field("profile", profile)
            .field("access_key", &hidden(access_key))
            .field("secret_key", &hidden(secret_key))
            .field("token", &hidden(token))
            .field("shared_config_files", shared_config_files)
            .field("shared_credentials_files", shared_credentials_files)
            .field("assume_role", &roles)
            .field("ec2_endpoint", ec2_endpoint)
            .field("sts_endpoint", sts_endpoint)
            .field("custom_ca_bundle", custom_ca_bundle)
            .field("http_proxy", &hidden(http_proxy)) // A proxy's URL may hold a password.
            .field("https_proxy", &hidden(https_proxy))
            .field("no_proxy", no_proxy)
            .field("max_retries", max_retries)
            .field("use_fips_endpoint", use_fips_endpoint)
            .field("use_dualstack_endpoint", use_dualstack_endpoint)
            .finish()
    }
}
