//! Files as other programs make them; all of them hold the same certificate.

use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};

use super::super::given::Place;
use super::*;

const CHAIN: &[u8] = include_bytes!("tests/aes_with_chain.pfx");
const OPEN: &[u8] = include_bytes!("tests/aes_without_password.pfx");
const TRIPLE_DES: &[u8] = include_bytes!("tests/triple_des.pfx");
const RC2: &[u8] = include_bytes!("tests/rc2.pfx");
const RC2_OF_128_BITS: &[u8] = include_bytes!("tests/rc2_of_128_bits.pfx");
const ELLIPTIC: &[u8] = include_bytes!("tests/elliptic.pfx");
const WITHOUT_KEY: &[u8] = include_bytes!("tests/without_key.pfx");
const PEM: &[u8] = include_bytes!("tests/certificate.pem");
const THUMBPRINT: &str = include_str!("tests/thumbprint.txt");

fn said(bytes: &[u8]) -> Said<Secret> {
    Said { value: Secret::from(BASE64_STANDARD.encode(bytes)), place: Place::Attribute("client_certificate") }
}

fn password(text: &str) -> Option<Said<Secret>> {
    Some(Said { value: Secret::from(text), place: Place::Variable("ARM_CLIENT_CERTIFICATE_PASSWORD") })
}

fn read(bytes: &[u8], password: Option<Said<Secret>>) -> Result<Certificate, SignInError> {
    Certificate::of_text(&said(bytes), password.as_ref())
}

#[test]
fn files_of_all_ages_are_read() {
    for (bytes, password) in [(CHAIN, password("hush")), (OPEN, None), (TRIPLE_DES, password("hush")), (RC2, password("hush"))] {
        // Also of the file with a chain it is the certificate of the key.
        assert_eq!(read(bytes, password).unwrap().thumbprint, THUMBPRINT.trim());
    }
}

#[test]
fn the_signature_is_one_of_the_certificate() {
    let certificate = read(CHAIN, password("hush")).unwrap();
    let signed = Signed { certificate, client: "the-client".to_owned(), audience: "https://login.example/token".to_owned() };
    let assertion = signed.assertion(UNIX_EPOCH + Duration::from_secs(1_000)).unwrap();
    let (text, signature) = assertion.rsplit_once('.').unwrap();
    let public: String = include_str!("tests/public.pem").lines().filter(|line| !line.starts_with("-----")).collect();
    // The whole structure, as the other program wrote it.
    let public = BASE64_STANDARD.decode(public).unwrap();
    let key = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &public);
    key.verify(text.as_bytes(), &BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    assert!(key.verify(b"something else", &BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap()).is_err());
    let claims = BASE64_URL_SAFE_NO_PAD.decode(text.split('.').nth(1).unwrap()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!((claims["nbf"].as_u64(), claims["exp"].as_u64()), (Some(1_000), Some(1_600)));
}

#[test]
fn a_password_that_is_wrong_or_missing_is_told() {
    let told = read(CHAIN, password("quiet")).unwrap_err();
    assert_eq!(
        (told.fault.as_str(), told.attribute),
        ("the certificate in `client_certificate` cannot be opened: ARM_CLIENT_CERTIFICATE_PASSWORD is not its password", None)
    );
    assert!(told.advice.contains("`client_certificate_password`") && !told.advice.contains("quiet"));
    let told = read(CHAIN, None).unwrap_err();
    assert_eq!(
        (told.fault.as_str(), told.attribute),
        ("the certificate in `client_certificate` cannot be opened without a password", Some("client_certificate"))
    );
}

#[test]
fn files_that_cannot_be_used_say_why() {
    let fault = |bytes: &[u8], password| {
        read(bytes, password).unwrap_err().fault.replace("the certificate in `client_certificate` cannot be used: ", "")
    };
    assert_eq!(fault(PEM, None), "it is a PEM file");
    assert_eq!(fault(WITHOUT_KEY, password("hush")), "it holds no private key");
    assert_eq!(
        fault(ELLIPTIC, password("hush")),
        "it holds no RSA key of 2048 to 8192 bits with a certificate; Entra ID takes no other keys"
    );
    assert!(fault(RC2_OF_128_BITS, password("hush")).starts_with("it is protected in a way that is not supported"));
    assert!(!fault(b"no file at all", None).is_empty());
    let place = Place::Attribute("client_certificate_path");
    let told = Certificate::of_file(&Said { value: "/no/such/file.pfx".to_owned(), place }, None).unwrap_err();
    assert!(
        told.fault.starts_with("the certificate in `/no/such/file.pfx` cannot be read: ") && told.attribute == place.attribute(),
        "{told:?}"
    );
    let text = Said { value: Secret::from("hush hush!"), place: Place::Attribute("client_certificate") };
    let told = Certificate::of_text(&text, None).unwrap_err();
    assert_eq!(told.fault, "`client_certificate` is not a file in base64");
    assert!(told.advice.contains("filebase64"), "{told:?}");
}

#[test]
fn debug_shows_no_key() {
    let certificate = read(CHAIN, password("hush")).unwrap();
    assert_eq!(format!("{certificate:?}"), format!("Certificate {{ thumbprint: \"{}\", .. }}", THUMBPRINT.trim()));
}
