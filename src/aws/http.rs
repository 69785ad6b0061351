//! The HTTPS client for every AWS endpoint: one TLS stack (rustls on aws-lc), proxies, extra certificate authorities.

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::error::AwsError;
use super::settings::Settings;

/// Returns the client that these settings ask for.
///
/// # Errors
/// When the file of certificate authorities cannot be read or used, or a proxy is no URL.
pub(crate) fn client(settings: &Settings, ca_bundle: Option<&str>) -> Result<SharedHttpClient, AwsError> {
    let context = ca_bundle.map(trusting).transpose()?;
    let proxy = proxy(settings)?;
    let connector = move |settings: Option<&_>,
                          components: Option<&aws_smithy_runtime_api::client::runtime_components::RuntimeComponents>| {
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
    Ok(Builder::new().build_with_connector_fn(connector))
}

fn trusting(path: &str) -> Result<TlsContext, AwsError> {
    let unusable = |fault: String| AwsError::Settings { fault };
    let pem = std::fs::read(path).map_err(|error| unusable(format!("the certificate authorities in `{path}` cannot be read: {error}")))?;
    let trust = TrustStore::empty().with_native_roots(true).with_pem_certificate(pem);
    let context = TlsContext::builder().with_trust_store(trust).build();
    context.map_err(|error| unusable(format!("the certificate authorities in `{path}` cannot be used: {error}")))
}

/// A proxy for HTTP alone serves HTTPS too, as in the official provider. What the settings leave open, the environment decides.
fn proxy(settings: &Settings) -> Result<ProxyConfig, AwsError> {
    let proxy = match (&settings.https_proxy, &settings.http_proxy) {
        (Some(url), _) => ProxyConfig::https(url.as_str()),
        (None, Some(url)) => ProxyConfig::all(url.as_str()),
        (None, None) => return Ok(ProxyConfig::from_env()),
    };
    // The URL is not shown: it may hold a password.
    let proxy = proxy.map_err(|_| AwsError::Settings {
        fault: "`http_proxy` or `https_proxy` is not a URL such as `http://proxy.example.com:8080`".to_owned(),
    })?;
    Ok(match &settings.no_proxy {
        Some(hosts) => proxy.no_proxy(hosts),
        None => proxy,
    })
}
