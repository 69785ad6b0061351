//! Where a cloud signs in and where its Resource Manager is: the ones with a name, and those that describe themselves.
//!
//! What a metadata host says decides where credentials go, so it is asked over HTTPS only, and only hosts of HTTPS are taken from it. It
//! knows neither credentials nor settings.

use azure_core::http::{Context, Method, Pipeline, PipelineSendOptions, RawResponse, Request, Url};
use serde_json::Value;

use crate::suggest::nearest;

#[cfg(test)]
mod tests;

/// One cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cloud {
    /// Where tokens are given.
    pub(crate) authority: Url,
    /// Where resources are read and written.
    pub(crate) resource_manager: Url,
    /// For whom tokens are asked, without a slash at the end.
    pub(crate) audience: String,
}

/// The names of clouds, as the official provider knows them; the first one is the default.
const NAMES: [&str; 8] = ["public", "usgovernment", "china", "global", "usgovernmentl4", "usgovernmentl5", "dod", "canary"];

/// Those that a message lists.
const USUAL: &str = "`public`, `usgovernment`, `china`";

/// The version of the interface of a metadata host.
const METADATA_VERSION: &str = "2022-09-01";

impl Cloud {
    /// Returns the cloud of this name; upper and lower case are the same.
    ///
    /// # Errors
    /// When there is none; says which one may be meant.
    pub(crate) fn named(name: &str) -> Result<Cloud, String> {
        let (authority, resource_manager) = match name.to_ascii_lowercase().as_str() {
            "public" | "global" | "canary" => ("https://login.microsoftonline.com", "https://management.azure.com"),
            "usgovernment" | "usgovernmentl4" | "usgovernmentl5" | "dod" => {
                ("https://login.microsoftonline.us", "https://management.usgovcloudapi.net")
            }
            "china" => ("https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn"),
            _ => {
                let hint = nearest(name, NAMES).map_or(String::new(), |near| format!("Did you mean `{near}`? "));
                return Err(format!("`{name}` is not an Azure cloud. {hint}Choose from: {USUAL}"));
            }
        };
        let url = |text: &str| Url::parse(text).map_err(|error| format!("`{text}` is not a URL: {error}"));
        Ok(Cloud { authority: url(authority)?, resource_manager: url(resource_manager)?, audience: resource_manager.to_owned() })
    }

    /// Asks a host which cloud it belongs to.
    ///
    /// # Errors
    /// When it cannot be reached, or describes a cloud that cannot be worked with.
    pub(crate) async fn of_host(host: &str, pipeline: &Pipeline) -> Result<Cloud, String> {
        let url = metadata_url(host)?;
        let mut request = Request::new(url.clone(), Method::Get);
        request.insert_header("accept", "application/json");
        let options = PipelineSendOptions { skip_checks: true, ..PipelineSendOptions::default() };
        let answer = pipeline.send(&Context::new(), &mut request, Some(options)).await;
        let answer = answer.map_err(|error| format!("`{url}` cannot be asked: {}", super::session::causes(&error)))?;
        described(&answer).map_err(|fault| format!("`{url}` does not describe a cloud: {fault}"))
    }

    /// Returns where this cloud gives tokens of a tenant.
    ///
    /// # Errors
    /// When the tenant cannot be a part of a URL.
    pub(crate) fn token_url(&self, tenant: &str) -> Result<Url, String> {
        self.authority.join(&format!("/{tenant}/oauth2/v2.0/token")).map_err(|error| format!("`{tenant}` is not a tenant: {error}"))
    }

    /// Returns what tokens are asked for.
    pub(crate) fn scope(&self) -> String {
        format!("{}/.default", self.audience)
    }
}

/// Checks the name of a metadata host, which may have a port.
///
/// # Errors
/// When it is none.
pub(crate) fn metadata_host(host: &str) -> Result<(), String> {
    metadata_url(host).map(|_| ())
}

fn metadata_url(host: &str) -> Result<Url, String> {
    let wrong =
        || format!("`{host}` is not the name of a host; write one such as `management.local.azurestack.external`, without `https://`");
    let fits = |character: char| character.is_ascii_alphanumeric() || "-.:[]".contains(character);
    if host.is_empty() || !host.chars().all(fits) {
        return Err(wrong());
    }
    Url::parse(&format!("https://{host}/metadata/endpoints?api-version={METADATA_VERSION}")).map_err(|_| wrong())
}

fn described(answer: &RawResponse) -> Result<Cloud, String> {
    let status = u16::from(answer.status());
    if status != 200 {
        return Err(format!("it answered with HTTP status {status}"));
    }
    let body: &[u8] = answer.body();
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let metadata: Value = serde_json::from_slice(body).map_err(|error| format!("it did not answer with JSON: {error}"))?;
    let text = |pointer: &str| metadata.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(provider) = text("/authentication/identityProvider").filter(|provider| !provider.eq_ignore_ascii_case("AAD")) {
        return Err(format!("it signs in by `{provider}`, and only Microsoft Entra ID (`AAD`) is supported"));
    }
    let resource_manager = https("resourceManager", text("/resourceManager"))?;
    let audiences: Vec<&str> =
        metadata.pointer("/authentication/audiences").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let own = trimmed(resource_manager.as_str());
    let audience = if audiences.is_empty() || audiences.iter().any(|audience| trimmed(audience) == own) {
        own
    } else {
        audiences.first().copied().map_or(own, trimmed)
    };
    Ok(Cloud {
        authority: https("authentication.loginEndpoint", text("/authentication/loginEndpoint"))?,
        audience: audience.to_owned(),
        resource_manager,
    })
}

fn https(name: &str, text: Option<&str>) -> Result<Url, String> {
    let text = text.ok_or_else(|| format!("`{name}` is missing"))?;
    let url = Url::parse(text).map_err(|error| format!("`{name}` is `{text}`, which is not a URL: {error}"))?;
    if url.scheme() == "https" && url.has_host() { Ok(url) } else { Err(format!("`{name}` is `{text}`; only `https://` is safe")) }
}

fn trimmed(text: &str) -> &str {
    text.trim_end_matches('/')
}
