//! A certificate authority that lives as long as this process, and the certificate that it gives to this machine.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivatePkcs8KeyDer;
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

/// The names under which the server may be called.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// What is needed to accept TLS connections, and the authority's certificate in PEM.
pub(crate) fn make() -> Result<(TlsAcceptor, String), Box<dyn std::error::Error>> {
    let authority_key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut authority = parameters(&[], "Certificate authority of the tests")?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);

    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut own = parameters(&NAMES, "localhost")?;
    own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    own.use_authority_key_identifier_extension = true; // OpenSSL 3 in Python 3.13 insists on it
    let certificate = own.signed_by(&key, &issuer)?;

    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
    Ok((TlsAcceptor::from(Arc::new(config)), pem(authority_certificate.der())))
}

fn parameters(names: &[&str], name: &str) -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
    let now = OffsetDateTime::now_utc();
    parameters.not_before = now - Duration::hours(1); // clocks step
    parameters.not_after = now + Duration::days(30);
    parameters.distinguished_name.push(DnType::CommonName, name);
    Ok(parameters)
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<String> = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
