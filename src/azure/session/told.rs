//! Why nobody could sign in, in words that say what to do.
//!
//! The layers around a reason ("retry policy expired", "authentication failed") say nothing; what is kept here are those that do. It sees
//! errors only, never credentials, and whatever it says may be shown.

use std::error::Error;

use azure_core::error::ErrorKind;
use azure_core::http::{RawResponse, StatusCode};

use crate::azure::error::AzureError;

/// Why nobody could sign in, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct SignInError {
    /// What happened.
    pub fault: String,
    /// What to do, in whole sentences.
    pub advice: String,
    /// The attribute of the settings that is at fault, if one is.
    pub attribute: Option<&'static str>,
}

impl SignInError {
    /// Returns the one that an error carries, if it does.
    pub(crate) fn of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a SignInError> {
        chain(error).find_map(|error| error.downcast_ref::<SignInError>())
    }
}

impl From<SignInError> for AzureError {
    fn from(error: SignInError) -> AzureError {
        let SignInError { fault, advice, attribute: _ } = error;
        AzureError::SignIn { fault, advice }
    }
}

impl From<SignInError> for azure_core::Error {
    fn from(error: SignInError) -> azure_core::Error {
        let text = error.to_string();
        azure_core::Error::with_error(ErrorKind::Credential, error, text)
    }
}

/// Where a token was to come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whence {
    /// An application, and what it shows.
    Application { tenant: String, client: String, shows: Shown, authority: String },
    /// The identity of the machine, and who gives its tokens.
    Machine { endpoint: String, client: Option<String> },
    /// The Azure CLI.
    Cli,
}

/// What an application shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Certificate,
    Secret,
    Token,
}

impl Shown {
    fn words(self) -> &'static str {
        match self {
            Shown::Certificate => "a certificate",
            Shown::Secret => "a secret",
            Shown::Token => "the token of an identity provider",
        }
    }
}

/// Says why a source gave no token.
pub(super) fn explain(whence: &Whence, error: &azure_core::Error) -> SignInError {
    if let Some(told) = SignInError::of(error) {
        return told.clone();
    }
    match whence {
        Whence::Application { tenant, client, shows, authority } => {
            let fault =
                |why: String| format!("application `{client}` could not sign in to tenant `{tenant}` with {}: {why}", shows.words());
            let said = |fault: String, advice: String| SignInError { fault, advice, attribute: None };
            match entra(error) {
                Some(why) => {
                    let advice = advice(&why, *shows);
                    said(fault(why), advice)
                }
                None => {
                    let advice = format!(
                        "Check that this machine reaches `{authority}` (DNS, proxy, firewall; HTTPS_PROXY and NO_PROXY are heeded), and `environment` or \
                         `metadata_host` in the provider's `azure` block. SSL_CERT_FILE names certificate authorities to trust."
                    );
                    said(fault(causes(error)), advice)
                }
            }
        }
        Whence::Machine { endpoint, client } => {
            let of = client.as_ref().map_or(String::new(), |client| format!(" `{client}`"));
            SignInError {
                fault: format!("the managed identity{of} of this machine gives no token: {}", machine(endpoint, error)),
                advice: "`use_msi` works on machines of Azure that have an identity. Check that one is assigned (for one of several, name it with \
                         `client_id`), or `msi_endpoint` and `msi_api_version`; elsewhere, take `use_msi` out and sign in another way."
                    .to_owned(),
                attribute: None,
            }
        }
        Whence::Cli => cli(error),
    }
}

/// What Entra ID says in an answer, on one line.
fn entra(error: &azure_core::Error) -> Option<String> {
    let response = response(error)?;
    let body: serde_json::Value = serde_json::from_slice(response.body()).ok()?;
    let text =
        |name: &str| body.get(name).and_then(serde_json::Value::as_str).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    text("error_description").filter(|text| !text.is_empty()).or_else(|| text("error"))
}

/// The advice for an error of Entra ID; the numbers are its own and are kept for good.
fn advice(why: &str, shows: Shown) -> String {
    let says = |code: &str| why.contains(code);
    let text = if says("AADSTS7000215") {
        "The secret is not one of this application. Write the secret's value, not its id, in `client_secret` or ARM_CLIENT_SECRET."
    } else if says("AADSTS7000222") {
        "The secret has expired: make a new one for the application, and write it in `client_secret` or ARM_CLIENT_SECRET."
    } else if says("AADSTS700016") {
        "Check `client_id` and `tenant_id`: the tenant knows no such application. Another cloud has other tenants; see `environment`."
    } else if says("AADSTS90002") || says("AADSTS900023") || says("AADSTS90013") {
        "Check `tenant_id`: this cloud knows no such tenant. Another cloud has other tenants; see `environment`."
    } else if says("AADSTS700027") {
        "Register the certificate with the application (its public half, as a `.cer` or `.pem` file), or use the file of one that is registered and has not \
         expired."
    } else if says("AADSTS700024") {
        "The token is outside of its time: this machine's clock is wrong, or the token has expired. A token that is renewed is best given as a file, with \
         `oidc_token_file_path`."
    } else if says("AADSTS70021") || says("AADSTS700211") || says("AADSTS700212") || says("AADSTS700213") || says("AADSTS50166") {
        "Give the application a federated credential whose issuer, subject and audience are those of the token, exactly and in the same case."
    } else if says("AADSTS500011") {
        "The application's tenant does not know Azure Resource Manager by this name: check `environment` or `metadata_host`."
    } else if says("AADSTS53003") {
        "A policy of conditional access keeps this application out: ask whoever runs the tenant."
    } else {
        return match shows {
            Shown::Certificate => "Check `tenant_id`, `client_id`, and that the certificate is registered with the application.",
            Shown::Secret => "Check `tenant_id`, `client_id` and `client_secret`.",
            Shown::Token => "Check `tenant_id`, `client_id`, and the application's federated credential.",
        }
        .to_owned();
    };
    text.to_owned()
}

fn machine(endpoint: &str, error: &azure_core::Error) -> String {
    match response(error) {
        Some(response) => {
            let body = String::from_utf8_lossy(response.body()).split_whitespace().collect::<Vec<_>>().join(" ");
            format!("`{endpoint}` answered with HTTP status {}: {}", u16::from(response.status()), shortened(&body))
        }
        None => format!("`{endpoint}` could not be asked: {}", causes(error)),
    }
}

fn cli(error: &azure_core::Error) -> SignInError {
    let why = causes(error);
    let why = why.strip_prefix("ERROR: ").unwrap_or(&why).to_owned();
    let (fault, advice) = if why.contains("not found on PATH") {
        (
            "the Azure CLI was to sign in, and there is no `az` on the path of the provider".to_owned(),
            format!("Install the Azure CLI and run `az login`, or sign in another way. {WAYS}"),
        )
    } else if why.contains("az login") || why.contains("AADSTS") {
        (format!("the Azure CLI is not signed in: {why}"), "Run `az login`, with `--tenant` where there are several.".to_owned())
    } else if why.contains("Subscription") {
        (
            format!("the Azure CLI cannot sign in for this subscription: {why}"),
            "Check `subscription_id` (ARM_SUBSCRIPTION_ID) with `az account list`, or sign in to an account that sees it with `az login`."
                .to_owned(),
        )
    } else {
        (
            format!("the Azure CLI gives no token: {why}"),
            "See what `az account get-access-token` says in a shell, as the same user.".to_owned(),
        )
    };
    SignInError { fault, advice, attribute: None }
}

/// What to set where nothing is.
pub(crate) const WAYS: &str = "Set, in the provider's `azure` block or as ARM_ variables: `client_id` and `tenant_id` with `client_certificate_path` or \
     `client_secret`; or with `use_oidc` and `oidc_token_file_path`, or in a pipeline that gives tokens; or `use_aks_workload_identity`; or `use_msi`.";

/// What the layers say around a reason.
const WRAPPERS: [&str; 4] = [
    "retry policy expired and the request will no longer be retried",
    "non-transport error occurred which will not be retried",
    "failed to execute `reqwest` request",
    "error sending request",
];

/// Returns what the layers of an error say, without those that say nothing.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for error in chain(error) {
        let text = error.to_string();
        let text = text.split("authentication failed.").last().unwrap_or_default();
        let text = text.split("\nTo troubleshoot, visit").next().unwrap_or_default();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.trim_end_matches('.');
        let wraps = WRAPPERS.iter().any(|wrapper| text.starts_with(wrapper));
        if !text.is_empty() && !wraps && !said.iter().any(|before| before.contains(text)) {
            said.push(text.to_owned());
        }
    }
    if said.is_empty() { error.to_string() } else { said.join(": ") }
}

/// The answer that an error is about.
fn response(error: &azure_core::Error) -> Option<&RawResponse> {
    chain(error).filter_map(|error| error.downcast_ref::<azure_core::Error>()).find_map(|error| {
        if let ErrorKind::HttpResponse { raw_response: Some(response), .. } = error.kind() { Some(response.as_ref()) } else { None }
    })
}

/// An answer that is no token, as an error.
pub(super) fn unexpected(response: RawResponse) -> azure_core::Error {
    let status: StatusCode = response.status();
    let kind = ErrorKind::HttpResponse { status, error_code: None, raw_response: Some(Box::new(response)) };
    azure_core::Error::with_message(kind, format!("HTTP status {}", u16::from(status)))
}

/// At most as much of a text as a message can hold.
pub(super) fn shortened(text: &str) -> String {
    const MOST: usize = 300;
    if text.chars().count() <= MOST { text.to_owned() } else { format!("{}…", text.chars().take(MOST).collect::<String>()) }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}
