//! Checks of texts that a practitioner writes, for whoever can say where they stand.

use azure_core::http::Url;

use super::told::SignInError;
use super::{Known, certificate, variable};
use crate::azure::cloud::{self, Cloud};
use crate::azure::id::SubscriptionId;
use crate::azure::settings::Settings;

/// Checks settings, with what the environment says besides, as far as that can be done without asking anybody; files are read.
///
/// # Errors
/// When they contradict each other, or something cannot be used.
pub fn settings(settings: &Settings) -> Result<(), SignInError> {
    Known::of(settings, &variable).map(|_| ())
}

/// Checks the name of a cloud.
///
/// # Errors
/// When there is none of this name; says which one may be meant.
pub fn environment(text: &str) -> Result<(), String> {
    Cloud::named(text).map(|_| ())
}

/// Checks the name of a metadata host, which may have a port.
///
/// # Errors
/// When it is none.
pub fn metadata_host(text: &str) -> Result<(), String> {
    cloud::metadata_host(text)
}

/// Checks the id of a subscription.
///
/// # Errors
/// When it is none.
pub fn subscription(text: &str) -> Result<(), String> {
    text.trim().parse::<SubscriptionId>().map(|_| ()).map_err(|error| error.to_string())
}

/// Checks the id of a tenant, or one of its domains, which becomes a part of a URL.
///
/// # Errors
/// When it is none.
pub fn tenant(text: &str) -> Result<(), String> {
    let text = text.trim();
    let fits = |character: char| character.is_ascii_alphanumeric() || "-.".contains(character);
    if !text.is_empty() && text.chars().all(fits) && text.chars().any(|character| character != '.') {
        Ok(())
    } else {
        Err(format!("`{text}` is not a tenant; write its id, such as `00000000-0000-0000-0000-000000000000`, or one of its domains"))
    }
}

/// Checks a URL.
///
/// # Errors
/// When it is none.
pub fn url(text: &str) -> Result<(), String> {
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.map(|_| ()).ok_or_else(|| format!("`{text}` is not a URL; write one such as `https://example.com/token`"))
}

/// Checks that a certificate is in base64.
///
/// # Errors
/// When it is not.
pub fn certificate(text: &str) -> Result<(), String> {
    certificate::decoded(text).map(|_| ()).map_err(|fault| format!("the certificate {fault}; `filebase64(\"application.pfx\")` gives it"))
}

/// Checks the id of a partner.
///
/// # Errors
/// When it is none.
pub fn partner(text: &str) -> Result<(), String> {
    let text = text.trim();
    let id = match text.strip_prefix("pid-") {
        Some(rest) => rest.strip_suffix("-partnercenter").unwrap_or(rest),
        None => text,
    };
    if is_guid(id) {
        Ok(())
    } else {
        Err(format!("`{text}` is not a partner id; write a GUID, `pid-` and a GUID, or that with `-partnercenter`"))
    }
}

fn is_guid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|character| character == '-' || character.is_ascii_hexdigit())
}
