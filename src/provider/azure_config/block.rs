//! The shape of the `azure` block; its descriptions are its documentation.

use super::super::setting::{switch, text};
use crate::azure::check;
use crate::plugin::{Attribute, Block, NestedBlock, validator};

/// The schema of the block.
pub(in crate::provider) fn block() -> NestedBlock {
    let attributes = [place(), application(), tokens(), machines()].concat();
    let block = Block::new(attributes).description(
        "How to reach Azure and as whom, spelled as in the official Azure provider (`azurerm`). What is not set comes from the environment. The first way to sign in that is \
         enabled and configured is taken: a certificate, a secret, a token, a pipeline's token, the machine's identity, the Azure CLI.",
    );
    NestedBlock::single("azure", block)
}

fn place() -> Vec<Attribute> {
    vec![
        text(
            "subscription_id",
            "Subscription whose account of the Azure CLI signs in; the ids of groups name their own subscriptions. Default: `ARM_SUBSCRIPTION_ID`.",
        )
        .validate(validator::text(check::subscription)),
        text("tenant_id", "Tenant (directory) to sign in to: its id, or one of its domains. Default: `ARM_TENANT_ID`.")
            .validate(validator::text(check::tenant)),
        text(
            "environment",
            "The cloud: `public`, `usgovernment` or `china`. Not used where `metadata_host` is set. Default: `ARM_ENVIRONMENT`, then `public`.",
        )
        .validate(validator::text(check::environment)),
        text("metadata_host", "Host that describes another cloud, such as `management.example.com`. Default: `ARM_METADATA_HOSTNAME`.")
            .validate(validator::text(check::metadata_host)),
        text(
            "partner_id",
            "GUID that counts the use of Azure for a partner of Microsoft: `<guid>`, `pid-<guid>` or `pid-<guid>-partnercenter`. Default: `ARM_PARTNER_ID`.",
        )
        .validate(validator::text(check::partner)),
    ]
}

fn application() -> Vec<Attribute> {
    vec![
        text("client_id", "Application (client) id; with `use_msi`, that of one of several identities. Default: `ARM_CLIENT_ID`."),
        text("client_id_file_path", "Path of a file with the `client_id`. Default: `ARM_CLIENT_ID_FILE_PATH`."),
        text("client_secret", "The application's secret. Default: `ARM_CLIENT_SECRET`.").sensitive(),
        text("client_secret_file_path", "Path of a file with the `client_secret`. Default: `ARM_CLIENT_SECRET_FILE_PATH`."),
        text("client_certificate", "The application's certificate and key: a PKCS#12 file in base64. Default: `ARM_CLIENT_CERTIFICATE`.")
            .sensitive()
            .validate(validator::text(check::certificate)),
        text(
            "client_certificate_path",
            "Path of a PKCS#12 file (`.pfx`, `.p12`) with the application's certificate and RSA key. Default: `ARM_CLIENT_CERTIFICATE_PATH`.",
        ),
        text("client_certificate_password", "Password of the PKCS#12 file. Default: `ARM_CLIENT_CERTIFICATE_PASSWORD`.").sensitive(),
    ]
}

fn tokens() -> Vec<Attribute> {
    vec![
        switch("use_oidc", "Whether the token of an identity provider may sign the application in. Default: `ARM_USE_OIDC`, then `false`."),
        text("oidc_token", "The token of the identity provider. Default: `ARM_OIDC_TOKEN`.").sensitive(),
        text(
            "oidc_token_file_path",
            "Path of a file with the identity provider's token, read again for each sign-in. Default: `ARM_OIDC_TOKEN_FILE_PATH`.",
        ),
        text(
            "oidc_request_url",
            "URL where a pipeline asks for its token. Default: `ARM_OIDC_REQUEST_URL`, `ACTIONS_ID_TOKEN_REQUEST_URL`, `SYSTEM_OIDCREQUESTURI`.",
        )
        .validate(validator::text(check::url)),
        text(
            "oidc_request_token",
            "Token that the pipeline shows at `oidc_request_url`. Default: `ARM_OIDC_REQUEST_TOKEN`, `ACTIONS_ID_TOKEN_REQUEST_TOKEN`, `SYSTEM_ACCESSTOKEN`.",
        )
        .sensitive(),
        text(
            "ado_pipeline_service_connection_id",
            "Service connection of an Azure pipeline. Default: `ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID`, `ARM_OIDC_AZURE_SERVICE_CONNECTION_ID`.",
        ),
        switch(
            "use_aks_workload_identity",
            "Whether a Kubernetes service account may sign in: `AZURE_CLIENT_ID`, `AZURE_TENANT_ID` and `AZURE_FEDERATED_TOKEN_FILE`, which the webhook of workload identity sets. \
             Default: `ARM_USE_AKS_WORKLOAD_IDENTITY`, then `false`.",
        ),
    ]
}

fn machines() -> Vec<Attribute> {
    vec![
        switch("use_msi", "Whether the managed identity of the machine may sign in. Default: `ARM_USE_MSI`, then `false`."),
        text(
            "msi_endpoint",
            "URL that gives the tokens of the managed identity. Default: `ARM_MSI_ENDPOINT`, then `IDENTITY_ENDPOINT` (set in web apps, functions and container apps), then the metadata \
             service of virtual machines.",
        )
        .validate(validator::text(check::url)),
        text(
            "msi_api_version",
            "API version of the endpoint that gives the managed identity's tokens. Default: `ARM_MSI_API_VERSION`, then `2018-02-01`, or `2019-08-01` at `IDENTITY_ENDPOINT`.",
        ),
        switch("use_cli", "Whether the Azure CLI may sign in. Default: `ARM_USE_CLI`, then `true`."),
    ]
}
