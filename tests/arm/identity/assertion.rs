//! Assertions in place of a secret: a JSON web token that another issuer gave, or that the client signed itself.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::CertificateDer;
use serde_json::Value;
use sha2::{Digest, Sha256};
use webpki::EndEntityCert;
use webpki::aws_lc_rs::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256_LEGACY_KEY};

use super::token::No;
use crate::access::Principal;
use crate::azure::{State, seconds};

/// Refuses an assertion that does not stand for the principal.
pub(super) fn check(state: &State, subscription: &str, principal: &Principal, given: &str, endpoint: &str) -> Result<(), No> {
    let malformed = || (401, "invalid_client", 50027, "JWT token is invalid or malformed.".to_owned());
    let parts: Vec<&str> = given.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { return Err(malformed()) };
    let signed = format!("{header}.{claims}");
    let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    let read = |part: &str| bytes(part).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let (Some(header), Some(claims), Some(signature)) = (read(header), read(claims), bytes(signature).filter(|bytes| !bytes.is_empty()))
    else {
        return Err(malformed());
    };
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let number = |name: &str| claims.get(name).and_then(Value::as_u64);
    let now = seconds(SystemTime::now());
    if number("exp").is_none_or(|end| end <= now) || number("nbf").is_some_and(|begin| begin > now + 300) {
        let sentence = "Client assertion is not within its valid time range.".to_owned();
        return Err((401, "invalid_client", 700_024, sentence));
    }
    let (issuer, subject, audience) = (text(&claims, "iss"), text(&claims, "sub"), text(&claims, "aud"));
    if issuer == principal.client {
        return own(principal, &header, &claims, endpoint, (signed.as_bytes(), &signature));
    }
    // Only what our own endpoints gave out has a signature that anybody can trust here.
    let given_out = state.accounts.get(&subscription.to_ascii_lowercase()).is_some_and(|account| account.assertions.contains_key(given));
    let is_federated = principal.federations.iter().any(|one| one.issuer == issuer && one.subject == subject && one.audience == audience);
    if is_federated && given_out {
        return Ok(());
    }
    let sentence = format!(
        "No matching federated identity record found for presented assertion subject '{subject}'. Check your federated identity credential \
         Subject, Audience and Issuer against the presented assertion."
    );
    Err((401, "invalid_client", 700_213, sentence))
}

/// One that the client signed with the key of a certificate of it.
fn own(principal: &Principal, header: &Value, claims: &Value, endpoint: &str, (signed, signature): (&[u8], &[u8])) -> Result<(), No> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let no = |sentence: &str| Err((401, "invalid_client", 50027, format!("JWT token is invalid or malformed. {sentence}")));
    if !["RS256", "PS256"].contains(&text(header, "alg").as_str()) {
        return no("The algorithm is none that is supported.");
    }
    if text(claims, "sub") != principal.client || text(claims, "jti").is_empty() {
        return no("It needs the client as `iss` and `sub`, and a `jti`.");
    }
    if text(claims, "aud") != endpoint {
        return Err((401, "invalid_client", 50013, format!("Assertion audience claim does not match the realm issuer '{endpoint}'.")));
    }
    let thumbprint = text(header, "x5t#S256");
    let is_named = |der: &&Vec<u8>| URL_SAFE_NO_PAD.encode(Sha256::digest(der)) == thumbprint;
    let algorithm = if text(header, "alg") == "RS256" { RSA_PKCS1_2048_8192_SHA256 } else { RSA_PSS_2048_8192_SHA256_LEGACY_KEY };
    let is_signed = |der: &Vec<u8>| {
        let certificate = CertificateDer::from_slice(der);
        let certificate = EndEntityCert::try_from(&certificate);
        certificate.is_ok_and(|certificate| certificate.verify_signature(algorithm, signed, signature).is_ok())
    };
    if !principal.certificates.iter().find(is_named).is_some_and(is_signed) {
        let sentence = "The certificate with identifier used to sign the client assertion is not registered on application.".to_owned();
        return Err((401, "invalid_client", 700_027, sentence));
    }
    Ok(())
}
