//! The HTTPS client for every AWS endpoint: one TLS stack (rustls on aws-lc), proxies, extra certificate authorities.
//!
//! What it promises about proxies is what the official provider does: settings go before the environment, an `http_proxy` alone serves
//! HTTPS too, and the services of the machine itself (instance metadata, container credentials) are never asked through one.

use std::fmt;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

use super::error::AwsError;
use super::settings::Settings;

/// The clients that settings ask for.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    /// For everything on the network.
    pub(crate) outside: SharedHttpClient,
    /// For what the machine itself offers; goes through no proxy.
    pub(crate) inside: SharedHttpClient,
}

/// Returns the clients that these settings ask for; `variable` is the environment.
///
/// # Errors
/// When the file of certificate authorities cannot be read or used, or a proxy is no URL.
pub(crate) fn clients(settings: &Settings, ca_bundle: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Result<Http, AwsError> {
    let context = ca_bundle.map(trusting).transpose()?;
    let outside = match Proxies::of(settings, variable) {
        None => client(context.clone(), ProxyConfig::from_env()),
        Some(Proxies { http, https, except }) => {
            let http = client(context.clone(), proxy(http.as_deref(), ProxyConfig::http, except.as_deref())?);
            let https = client(context.clone(), proxy(https.as_deref(), ProxyConfig::https, except.as_deref())?);
            SharedHttpClient::new(ByScheme { http, https })
        }
    };
    Ok(Http { outside, inside: client(context, ProxyConfig::disabled()) })
}

fn client(context: Option<TlsContext>, proxy: ProxyConfig) -> SharedHttpClient {
    let connector = move |settings: Option<&HttpConnectorSettings>, components: Option<&RuntimeComponents>| {
        let mut builder = Connector::builder().tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc)).proxy_config(proxy.clone());
        builder.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            builder.set_sleep_impl(components.sleep_impl());
        }
        if let Some(context) = &context {
            builder.set_tls_context(context.clone());
        }
        builder.build()
    };
    Builder::new().build_with_connector_fn(connector)
}

fn trusting(path: &str) -> Result<TlsContext, AwsError> {
    let unusable = |fault: String| AwsError::Settings { fault };
    let pem = std::fs::read(path).map_err(|error| unusable(format!("the certificate authorities in `{path}` cannot be read: {error}")))?;
    if !pem.windows(BEGIN.len()).any(|window| window == BEGIN) {
        return Err(unusable(format!("`{path}` has no certificate in PEM form (`-----BEGIN CERTIFICATE-----`)")));
    }
    let trust = TrustStore::empty().with_native_roots(true).with_pem_certificate(pem);
    let context = TlsContext::builder().with_trust_store(trust).build();
    context.map_err(|error| unusable(format!("the certificate authorities in `{path}` cannot be used: {error}")))
}

/// How each certificate in a PEM file begins. The TLS library takes a file without any for an empty list.
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// The proxies in force.
#[derive(PartialEq, Eq)]
struct Proxies {
    http: Option<String>,
    https: Option<String>,
    except: Option<String>,
}

impl Proxies {
    /// Returns nothing where the environment alone decides.
    fn of(settings: &Settings, variable: impl Fn(&str) -> Option<String>) -> Option<Proxies> {
        let Settings { http_proxy, https_proxy, no_proxy, .. } = settings;
        if http_proxy.is_none() && https_proxy.is_none() && no_proxy.is_none() {
            return None;
        }
        let from_env = |upper: &str, lower: &str| variable(lower).or_else(|| variable(upper));
        let http = http_proxy.clone().or_else(|| from_env("HTTP_PROXY", "http_proxy"));
        let https = https_proxy.clone().or_else(|| from_env("HTTPS_PROXY", "https_proxy")).or_else(|| http_proxy.clone());
        let except = no_proxy.clone().or_else(|| from_env("NO_PROXY", "no_proxy"));
        let set = |proxy: Option<String>| proxy.filter(|url| !url.is_empty());
        Some(Proxies { http: set(http), https: set(https), except: set(except) })
    }
}

fn proxy<E>(url: Option<&str>, make: impl Fn(String) -> Result<ProxyConfig, E>, except: Option<&str>) -> Result<ProxyConfig, AwsError> {
    let Some(url) = url else { return Ok(ProxyConfig::disabled()) };
    // The URL is not shown: it may hold a password.
    let proxy = make(url.to_owned()).map_err(|_| AwsError::Settings {
        fault: "`http_proxy` or `https_proxy` is not a URL such as `http://proxy.example.com:8080`".to_owned(),
    })?;
    Ok(match except {
        Some(hosts) => proxy.no_proxy(hosts),
        None => proxy,
    })
}

/// One client for each scheme, because each scheme may have its own proxy.
#[derive(Debug)]
struct ByScheme {
    http: SharedHttpClient,
    https: SharedHttpClient,
}

impl HttpClient for ByScheme {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let http = self.http.http_connector(settings, components);
        let https = self.https.http_connector(settings, components);
        SharedHttpConnector::new(ConnectorByScheme { http, https })
    }
}

struct ConnectorByScheme {
    http: SharedHttpConnector,
    https: SharedHttpConnector,
}

impl fmt::Debug for ConnectorByScheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ConnectorByScheme")
    }
}

impl HttpConnector for ConnectorByScheme {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.uri().starts_with("http:") { self.http.call(request) } else { self.https.call(request) }
    }
}

#[cfg(test)]
mod tests;
