//! What the settings say, and the environment in their place, each with where it was said.
//!
//! The order is that of the official provider: what is written goes before its variables, and of several variables the first. Blanks
//! around a value, and values that are empty, count for nothing. It reads no files and judges nothing but booleans.

use std::fmt;

use super::told::SignInError;
use crate::azure::settings::{Secret, Settings};

#[cfg(test)]
mod tests;

/// Everything that may decide how to sign in.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) subscription: Option<Said<String>>,
    pub(super) tenant: Option<Said<String>>,
    pub(super) environment: Said<String>,
    pub(super) metadata_host: Option<Said<String>>,
    pub(super) client: Option<Said<String>>,
    pub(super) client_file: Option<Said<String>>,
    pub(super) secret: Option<Said<Secret>>,
    pub(super) secret_file: Option<Said<String>>,
    pub(super) certificate: Option<Said<Secret>>,
    pub(super) certificate_file: Option<Said<String>>,
    pub(super) certificate_password: Option<Said<Secret>>,
    pub(super) oidc: bool,
    pub(super) token: Option<Said<Secret>>,
    pub(super) token_file: Option<Said<String>>,
    pub(super) request_url: Option<Said<String>>,
    pub(super) request_token: Option<Said<Secret>>,
    pub(super) connection: Option<Said<String>>,
    pub(super) workload: Option<Workload>,
    pub(super) machine: Option<Machine>,
    pub(super) cli: bool,
    pub(super) partner: Option<Said<String>>,
    pub(super) agent: Option<String>,
}

/// What Azure's webhook tells a container about its service account.
#[derive(Debug)]
pub(super) struct Workload {
    pub(super) client: Option<Said<String>>,
    pub(super) tenant: Option<Said<String>>,
    pub(super) token_file: Option<Said<String>>,
}

/// Who gives tokens to the identity of the machine.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) endpoint: Option<Said<String>>,
    pub(super) version: Option<Said<String>>,
    /// What a web app, a function or a container app is told about its own.
    pub(super) host: Option<(String, Secret)>,
}

/// A value and where it was said.
#[derive(Debug, Clone)]
pub(super) struct Said<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// Where something was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the settings.
    Attribute(&'static str),
    /// In the environment.
    Variable(&'static str),
}

impl Place {
    /// Returns the attribute, if it is one.
    pub(super) fn attribute(self) -> Option<&'static str> {
        match self {
            Place::Attribute(name) => Some(name),
            Place::Variable(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Attribute(name) => write!(formatter, "`{name}`"),
            Place::Variable(name) => formatter.write_str(name),
        }
    }
}

impl Given {
    /// Returns what is said; `variable` is the environment.
    ///
    /// # Errors
    /// When a variable that says yes or no says neither.
    pub(super) fn of(settings: &Settings, variable: &dyn Fn(&str) -> Option<String>) -> Result<Given, SignInError> {
        let variables = |names: &[&'static str]| names.iter().find_map(|name| said(Place::Variable(name), &variable(name)?));
        let text = |attribute: &'static str, value: &Option<String>, names: &[&'static str]| {
            value.as_deref().and_then(|value| said(Place::Attribute(attribute), value)).or_else(|| variables(names))
        };
        let secret = |attribute: &'static str, value: &Option<Secret>, names: &[&'static str]| {
            let written = value.as_ref().and_then(|value| said(Place::Attribute(attribute), value.reveal()));
            written.or_else(|| variables(names)).map(|said| Said { value: Secret::from(said.value), place: said.place })
        };
        let switch = |value: Option<bool>, name: &'static str, otherwise: bool| match (value, variables(&[name])) {
            (Some(value), _) => Ok(value),
            (None, Some(said)) => boolean(name, &said.value),
            (None, None) => Ok(otherwise),
        };
        let workload = switch(settings.use_aks_workload_identity, "ARM_USE_AKS_WORKLOAD_IDENTITY", false)?.then(|| Workload {
            client: variables(&["AZURE_CLIENT_ID"]),
            tenant: variables(&["AZURE_TENANT_ID"]),
            token_file: variables(&["AZURE_FEDERATED_TOKEN_FILE"]),
        });
        let machine = switch(settings.use_msi, "ARM_USE_MSI", false)?.then(|| Machine {
            endpoint: text("msi_endpoint", &settings.msi_endpoint, &["ARM_MSI_ENDPOINT"]),
            version: text("msi_api_version", &settings.msi_api_version, &["ARM_MSI_API_VERSION"]),
            host: variable("IDENTITY_ENDPOINT").zip(variable("IDENTITY_HEADER").map(Secret::from)),
        });
        Ok(Given {
            subscription: text("subscription_id", &settings.subscription_id, &["ARM_SUBSCRIPTION_ID"]),
            tenant: text("tenant_id", &settings.tenant_id, &["ARM_TENANT_ID"]),
            environment: text("environment", &settings.environment, &["ARM_ENVIRONMENT"])
                .unwrap_or_else(|| Said { value: "public".to_owned(), place: Place::Attribute("environment") }),
            metadata_host: text("metadata_host", &settings.metadata_host, &["ARM_METADATA_HOSTNAME"]),
            client: text("client_id", &settings.client_id, &["ARM_CLIENT_ID"]),
            client_file: text("client_id_file_path", &settings.client_id_file_path, &["ARM_CLIENT_ID_FILE_PATH"]),
            secret: secret("client_secret", &settings.client_secret, &["ARM_CLIENT_SECRET"]),
            secret_file: text("client_secret_file_path", &settings.client_secret_file_path, &["ARM_CLIENT_SECRET_FILE_PATH"]),
            certificate: secret("client_certificate", &settings.client_certificate, &["ARM_CLIENT_CERTIFICATE"]),
            certificate_file: text("client_certificate_path", &settings.client_certificate_path, &["ARM_CLIENT_CERTIFICATE_PATH"]),
            certificate_password: password(settings, variable),
            oidc: switch(settings.use_oidc, "ARM_USE_OIDC", false)? || workload.is_some(),
            token: secret("oidc_token", &settings.oidc_token, &["ARM_OIDC_TOKEN"]),
            token_file: text("oidc_token_file_path", &settings.oidc_token_file_path, &["ARM_OIDC_TOKEN_FILE_PATH"]),
            request_url: text("oidc_request_url", &settings.oidc_request_url, &REQUEST_URL),
            request_token: secret("oidc_request_token", &settings.oidc_request_token, &REQUEST_TOKEN),
            connection: text("ado_pipeline_service_connection_id", &settings.ado_pipeline_service_connection_id, &CONNECTION),
            workload,
            machine,
            cli: switch(settings.use_cli, "ARM_USE_CLI", true)?,
            partner: text("partner_id", &settings.partner_id, &["ARM_PARTNER_ID"]),
            agent: variable("TF_APPEND_USER_AGENT").map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
        })
    }
}

const REQUEST_URL: [&str; 3] = ["ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL", "SYSTEM_OIDCREQUESTURI"];
const REQUEST_TOKEN: [&str; 3] = ["ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN"];
const CONNECTION: [&str; 2] = ["ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "ARM_OIDC_AZURE_SERVICE_CONNECTION_ID"];

fn said(place: Place, value: &str) -> Option<Said<String>> {
    let value = value.trim();
    (!value.is_empty()).then(|| Said { value: value.to_owned(), place })
}

/// A password may begin or end with a blank.
fn password(settings: &Settings, variable: &dyn Fn(&str) -> Option<String>) -> Option<Said<Secret>> {
    let written = settings.client_certificate_password.clone().filter(|password| !password.reveal().is_empty());
    let written = written.map(|value| Said { value, place: Place::Attribute("client_certificate_password") });
    let name = "ARM_CLIENT_CERTIFICATE_PASSWORD";
    written.or_else(|| variable(name).map(|value| Said { value: Secret::from(value), place: Place::Variable(name) }))
}

/// What the official provider takes for yes and no.
fn boolean(name: &str, text: &str) -> Result<bool, SignInError> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err(SignInError {
            fault: format!("{name} is `{text}`, which says neither yes nor no"),
            advice: format!("Set {name} to `true` or `false`, or unset it."),
            attribute: None,
        }),
    }
}
