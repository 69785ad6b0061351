//! Mutual TLS between this process and the one host that started it.
//!
//! Promises: a connection exists only for a peer that shows the very certificate the host put into `PLUGIN_CLIENT_CERT`, byte
//! for byte, and that proves to hold its key. The server's own key lives and dies with the process.
//!
//! The host's certificate is self-signed, marked as an authority, with a P-521 key. Ordinary verification refuses the first two
//! (an authority used as an end entity), and a crypto library without P-521 makes hosts send no certificate at all, which an
//! "optional" verifier then lets pass. Hence the own verifier, and aws-lc.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ParsedCertificate};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use time::{Duration, OffsetDateTime};
use tokio_rustls::TlsAcceptor;

/// Why there can be no TLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("`PLUGIN_CLIENT_CERT` does not hold a certificate in PEM")]
    NoCertificate(#[source] PemError),
    #[error("`PLUGIN_CLIENT_CERT` holds more than one certificate")]
    SeveralCertificates,
    #[error("`PLUGIN_CLIENT_CERT` holds something that is not a certificate")]
    BadCertificate(#[source] rustls::Error),
    #[error("no certificate of our own could be made")]
    OwnCertificate(#[from] rcgen::Error),
    #[error("TLS could not be set up")]
    Config(#[from] rustls::Error),
}

/// What is needed to accept TLS connections.
pub(crate) struct Tls {
    /// Makes a TLS connection of a bare one.
    pub(crate) acceptor: TlsAcceptor,
    /// Our certificate in DER, which the host is to trust.
    pub(crate) certificate: Vec<u8>,
}

impl Tls {
    /// Trusts the one certificate in `client_pem` and makes a new key and certificate for this side.
    pub(crate) fn with_client(client_pem: &str) -> Result<Tls, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Arc::new(PinnedClient { certificate: only_certificate(client_pem)?, provider: provider.clone() });
        let (certificate, key) = own_certificate()?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![certificate.clone()], key.into())?;
        config.alpn_protocols = vec![b"h2".to_vec()]; // newer hosts insist on it
        // One connection a process: nothing to resume, and each connection proves its key.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), certificate: certificate.to_vec() })
    }
}

fn only_certificate(pem: &str) -> Result<CertificateDer<'static>, TlsError> {
    let mut certificates = CertificateDer::pem_slice_iter(pem.as_bytes());
    let certificate = certificates.next().unwrap_or(Err(PemError::NoItemsFound)).map_err(TlsError::NoCertificate)?;
    if certificates.next().is_some() {
        return Err(TlsError::SeveralCertificates);
    }
    ParsedCertificate::try_from(&certificate).map_err(TlsError::BadCertificate)?;
    Ok(certificate)
}

fn own_certificate() -> Result<(CertificateDer<'static>, PrivatePkcs8KeyDer<'static>), rcgen::Error> {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()])?; // the name hosts ask for
    let now = OffsetDateTime::now_utc();
    parameters.not_before = now - Duration::seconds(30); // clocks step
    parameters.not_after = now + Duration::days(30 * 365);
    parameters.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth, rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = parameters.self_signed(&key)?;
    Ok((certificate.der().clone(), PrivatePkcs8KeyDer::from(key.serialize_der())))
}

/// Accepts one certificate, and only from who holds its key.
#[derive(Debug)]
struct PinnedClient {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for PinnedClient {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if end_entity.as_ref() == self.certificate.as_ref() {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    // The certificate is public; that the peer signs with its key is the whole proof. Never assert these two.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
