//! What a practitioner may set about Azure, in the spelling of the official provider.
//!
//! Everything is optional; what is not set is found where the official provider looks for it. It holds secrets, in a type whose `Debug`
//! shows none.

use std::fmt;

/// How to reach Azure Resource Manager and as whom.
///
/// Unset fields fall back to ARM_SUBSCRIPTION_ID, ARM_TENANT_ID, ARM_ENVIRONMENT, ARM_METADATA_HOSTNAME, ARM_CLIENT_ID, ARM_CLIENT_ID_FILE_PATH,
/// ARM_CLIENT_SECRET, ARM_CLIENT_SECRET_FILE_PATH, ARM_CLIENT_CERTIFICATE, ARM_CLIENT_CERTIFICATE_PATH, ARM_CLIENT_CERTIFICATE_PASSWORD,
/// ARM_USE_OIDC, ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH, ARM_OIDC_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_URL, SYSTEM_OIDCREQUESTURI,
/// ARM_OIDC_REQUEST_TOKEN, ACTIONS_ID_TOKEN_REQUEST_TOKEN, SYSTEM_ACCESSTOKEN, ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID,
/// ARM_OIDC_AZURE_SERVICE_CONNECTION_ID, ARM_USE_AKS_WORKLOAD_IDENTITY, ARM_USE_MSI, ARM_MSI_ENDPOINT, ARM_MSI_API_VERSION, ARM_USE_CLI and
/// ARM_PARTNER_ID. Besides, the environment alone says AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE (with
/// `use_aks_workload_identity`), IDENTITY_ENDPOINT and IDENTITY_HEADER (with `use_msi`), and TF_APPEND_USER_AGENT.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The subscription whose account of the Azure CLI is used; groups name their own.
    pub subscription_id: Option<String>,
    /// The tenant (directory) to sign in to.
    pub tenant_id: Option<String>,
    /// The cloud: `public`, `usgovernment`, `china`.
    pub environment: Option<String>,
    /// The host that describes another cloud; replaces `environment`.
    pub metadata_host: Option<String>,
    /// The application, or the identity assigned by a user.
    pub client_id: Option<String>,
    /// The path of a file with it.
    pub client_id_file_path: Option<String>,
    /// The application's secret.
    pub client_secret: Option<Secret>,
    /// The path of a file with it.
    pub client_secret_file_path: Option<String>,
    /// The application's certificate and key: a PKCS#12 file in base64.
    pub client_certificate: Option<Secret>,
    /// The path of a PKCS#12 file with them.
    pub client_certificate_path: Option<String>,
    /// The password of that file.
    pub client_certificate_password: Option<Secret>,
    /// Whether the token of an identity provider may sign in.
    pub use_oidc: Option<bool>,
    /// That token.
    pub oidc_token: Option<Secret>,
    /// The path of a file with it, read again for each sign-in.
    pub oidc_token_file_path: Option<String>,
    /// The URL where a pipeline gets that token.
    pub oidc_request_url: Option<String>,
    /// What a pipeline shows there.
    pub oidc_request_token: Option<Secret>,
    /// The service connection of an Azure pipeline.
    pub ado_pipeline_service_connection_id: Option<String>,
    /// Whether a Kubernetes service account may sign in, as Azure's webhook describes it.
    pub use_aks_workload_identity: Option<bool>,
    /// Whether the identity of the machine may sign in.
    pub use_msi: Option<bool>,
    /// The URL that gives its tokens.
    pub msi_endpoint: Option<String>,
    /// The version of the interface there.
    pub msi_api_version: Option<String>,
    /// Whether the Azure CLI may sign in; yes when unset.
    pub use_cli: Option<bool>,
    /// What counts our use of Azure for a partner of Microsoft.
    pub partner_id: Option<String>,
}

/// A text that nobody sees.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Returns the text; whoever asks sees to it that it is not shown.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Secret {
        Secret(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_secret() {
        let secret = || Some(Secret::from("hush"));
        let settings = Settings {
            client_secret: secret(),
            client_certificate: secret(),
            client_certificate_password: secret(),
            oidc_token: secret(),
            oidc_request_token: secret(),
            tenant_id: Some("contoso.example".to_owned()),
            ..Settings::default()
        };
        let shown = format!("{settings:?}");
        assert!(!shown.contains("hush") && shown.matches("(hidden)").count() == 5, "{shown}");
        assert!(shown.contains("contoso.example"), "{shown}");
    }
}
