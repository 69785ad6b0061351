//! An application's certificate: read from a PKCS#12 file, and what it signs to prove itself.
//!
//! Ours because the certificate credential of `azure_identity` links OpenSSL. What is signed is as Entra ID asks for: a JWT with PS256 that
//! names the certificate by the SHA-256 of its DER. The key never leaves this file.
//!
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA256};
use azure_core::Uuid;
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as P12Error;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::at_fault;
use super::given::Said;
use super::told::SignInError;
use crate::azure::settings::Secret;

#[cfg(test)]
mod tests;

/// How long an assertion can be used; it is used at once.
const LIFETIME: Duration = Duration::from_secs(600);

/// A certificate and its key.
pub(super) struct Certificate {
    key: KeyPair,
    thumbprint: String,
}

/// What such a certificate signs for one application.
pub(super) struct Signed {
    pub(super) certificate: Certificate,
    pub(super) client: String,
    /// Whom it is for: the URL where tokens are given.
    pub(super) audience: String,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificate").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Signed").field("certificate", &self.certificate).field("client", &self.client).finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads base64, as of a variable.
    ///
    /// # Errors
    /// When it is none, or what is in it is no certificate that can sign.
    pub(super) fn of_text(text: &Said<Secret>, password: Option<&Said<Secret>>) -> Result<Certificate, SignInError> {
        let bytes = decoded(text.value.reveal()).map_err(|fault| {
            let advice =
                format!("Write the file's bytes in base64 in {}, such as `filebase64(\"application.pfx\")` gives them.", text.place);
            at_fault(text.place, format!("{} {fault}", text.place), advice)
        })?;
        Certificate::new(&bytes, &format!("the certificate in {}", text.place), text, password)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or is no certificate that can sign.
    pub(super) fn of_file(path: &Said<String>, password: Option<&Said<Secret>>) -> Result<Certificate, SignInError> {
        let bytes = std::fs::read(&path.value).map_err(|error| {
            let advice = format!("Correct {}; whoever runs Terraform must be able to read the file.", path.place);
            at_fault(path.place, format!("the certificate in `{}` cannot be read: {error}", path.value), advice)
        })?;
        Certificate::new(&bytes, &format!("the certificate in `{}`", path.value), path, password)
    }

    fn new<T>(bytes: &[u8], name: &str, said: &Said<T>, password: Option<&Said<Secret>>) -> Result<Certificate, SignInError> {
        let wrong = |fault: &str| {
            let advice = format!(
                "Give {} a PKCS#12 file (`.pfx`, `.p12`) with an RSA key and its certificate; `openssl pkcs12 -export -inkey key.pem -in certificate.pem \
                 -out application.pfx` makes one.",
                said.place
            );
            at_fault(said.place, format!("{name} cannot be used: {fault}"), advice)
        };
        let archive = Pkcs12Archive::from_pkcs12(bytes, password.map_or("", |password| password.value.reveal()));
        let archive = archive.map_err(|error| {
            if matches!(error, P12Error::MacError(_) | P12Error::UnpadError) {
                let (fault, place) = match password {
                    Some(password) => (format!("{name} cannot be opened: {} is not its password", password.place), password.place),
                    None => (format!("{name} cannot be opened without a password"), said.place),
                };
                let advice = "Set `client_certificate_password` or ARM_CLIENT_CERTIFICATE_PASSWORD to the file's password.";
                at_fault(place, fault, advice.to_owned())
            } else if matches!(error, P12Error::UnsupportedEncryptionScheme | P12Error::UnsupportedMacAlgorithm | P12Error::Pkcs5Error(_)) {
                wrong("it is protected in a way that is not supported; AES-256 with HMAC-SHA256, and the older triple DES and 40-bit RC2, are")
            } else if bytes.windows(BEGIN.len()).any(|window| window == BEGIN) {
                wrong("it is a PEM file")
            } else {
                wrong(&error.to_string())
            }
        })?;
        let keys = archive.keys.iter().filter_map(|bag| KeyPair::from_pkcs8(bag.key.as_der()).ok());
        for key in keys {
            // A certificate holds its key's public half as it is.
            let public = key.public_key().as_ref();
            let of_key = |der: &[u8]| der.windows(public.len()).any(|window| window == public);
            if let Some(bag) = archive.certs.iter().find(|bag| of_key(bag.cert.as_der())) {
                let thumbprint = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(bag.cert.as_der()));
                return Ok(Certificate { key, thumbprint });
            }
        }
        Err(match (archive.keys.is_empty(), archive.certs.is_empty()) {
            (true, _) => wrong("it holds no private key"),
            (false, true) => wrong("it holds no certificate"),
            (false, false) => wrong("it holds no RSA key of 2048 to 8192 bits with a certificate; Entra ID takes no other keys"),
        })
    }

    fn sign(&self, text: &str) -> Result<String, SignInError> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).map_err(|_| SignInError {
            fault: "the certificate's key cannot sign".to_owned(),
            advice: "Use another certificate.".to_owned(),
            attribute: None,
        })?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// How each part of a PEM file begins.
const BEGIN: &[u8] = b"-----BEGIN ";

/// Returns the bytes of a text in base64; line breaks are nothing.
///
/// # Errors
/// When it is not base64.
pub(in crate::azure) fn decoded(text: &str) -> Result<Vec<u8>, String> {
    let text: String = text.split_whitespace().collect();
    BASE64_STANDARD.decode(text).map_err(|_| "is not a file in base64".to_owned()) // The library's error shows parts of the text.
}

impl Signed {
    fn assertion(&self, now: SystemTime) -> Result<String, SignInError> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let header = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": self.certificate.thumbprint });
        let claims = json!({
            "aud": self.audience,
            "exp": (now + LIFETIME).as_secs(),
            "iss": self.client,
            "jti": Uuid::new_v4().to_string(),
            "nbf": now.as_secs(),
            "sub": self.client,
        });
        let part = |value: serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = self.certificate.sign(&signed)?;
        Ok(format!("{signed}.{signature}"))
    }
}

#[async_trait]
impl ClientAssertion for Signed {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.assertion(SystemTime::now())?)
    }
}
