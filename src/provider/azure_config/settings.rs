//! From the `azure` block to the settings of the client; the block is known and was checked.

use super::super::setting::read_text;
use crate::azure::{Secret, Settings};
use crate::plugin::Value;

/// Returns the settings.
pub(super) fn settings(azure: &Value) -> Settings {
    let text = |name: &str| read_text(azure.get(name));
    let secret = |name: &str| text(name).map(Secret::from);
    let switch = |name: &str| azure.get(name).as_bool();
    Settings {
        subscription_id: text("subscription_id"),
        tenant_id: text("tenant_id"),
        environment: text("environment"),
        metadata_host: text("metadata_host"),
        client_id: text("client_id"),
        client_id_file_path: text("client_id_file_path"),
        client_secret: secret("client_secret"),
        client_secret_file_path: text("client_secret_file_path"),
        client_certificate: secret("client_certificate"),
        client_certificate_path: text("client_certificate_path"),
        client_certificate_password: secret("client_certificate_password"),
        use_oidc: switch("use_oidc"),
        oidc_token: secret("oidc_token"),
        oidc_token_file_path: text("oidc_token_file_path"),
        oidc_request_url: text("oidc_request_url"),
        oidc_request_token: secret("oidc_request_token"),
        ado_pipeline_service_connection_id: text("ado_pipeline_service_connection_id"),
        use_aks_workload_identity: switch("use_aks_workload_identity"),
        use_msi: switch("use_msi"),
        msi_endpoint: text("msi_endpoint"),
        msi_api_version: text("msi_api_version"),
        use_cli: switch("use_cli"),
        partner_id: text("partner_id"),
    }
}
