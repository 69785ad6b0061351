//! Tokens: who gets one, and what becomes of one that is none.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{CertificateParams, KeyPair, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::client::{Client, Said};
use crate::serve::Door;

const SCOPE: &str = "https://management.azure.com/.default";
const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn text<'a>(client: &'a Client, pointer: &str) -> &'a str {
    client.account.pointer(pointer).and_then(Value::as_str).unwrap()
}

#[track_caller]
fn is_entra(said: Said, status: u16, error: &str, number: u32) {
    assert_eq!((said.status, &said.body["error"], &said.body["error_codes"]), (status, &json!(error), &json!([number])), "{}", said.body);
    let description = said.body["error_description"].as_str().unwrap();
    assert!(description.starts_with(&format!("AADSTS{number}: ")) && description.contains("Trace ID: "), "{description}");
}

#[test]
fn a_secret() {
    let client = Client::new();
    let (id, secret) = (text(&client, "/principal/client_id"), text(&client, "/principal/client_secret"));
    let form = |changes: &[(&'static str, &'static str)]| {
        let all = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret), ("scope", SCOPE)];
        let changed = all.map(|(name, value)| (name, changes.iter().find(|(found, _)| *found == name).map_or(value, |(_, value)| value)));
        client.token(&changed)
    };
    let given = form(&[]).ok(200);
    assert_eq!((&given["token_type"], &given["expires_in"]), (&json!("Bearer"), &json!(3600)));
    form(&[("scope", "https://management.core.windows.net//.default")]).ok(200);
    form(&[("scope", "https://azure.test/.default")]).ok(200);
    is_entra(form(&[("client_secret", "wrong")]), 401, "invalid_client", 7_000_215);
    is_entra(form(&[("client_id", "11111111-1111-4111-8111-111111111111")]), 400, "unauthorized_client", 700_016);
    is_entra(form(&[("scope", "https://graph.microsoft.com/.default")]), 400, "invalid_scope", 70011);
    is_entra(form(&[("scope", "https://management.azure.com")]), 400, "invalid_scope", 70011);
    is_entra(form(&[("grant_type", "password")]), 400, "unsupported_grant_type", 70003);
    is_entra(form(&[("client_secret", "")]), 401, "invalid_client", 7_000_215);
    is_entra(client.token(&[("grant_type", "client_credentials")]), 400, "invalid_request", 900_144);
    is_entra(client.token(&[("grant_type", "client_credentials"), ("client_id", id), ("scope", SCOPE)]), 401, "invalid_client", 7_000_218);
    let path = "/11111111-1111-4111-8111-111111111111/oauth2/v2.0/token";
    is_entra(client.send_to(Door::Azure, "POST", path, &[], Vec::new()).unwrap(), 400, "invalid_request", 90002);
}

#[test]
fn tokens_that_are_none() {
    let client = Client::new();
    client.hand("setup", json!({ "groups": ["core"] }));
    let tenant = text(&client, "/tenant");
    let group = client.group("core");
    let said = client.with_token("").get(&group);
    assert_eq!(said.code(), "AuthenticationFailed");
    let challenge = &said.headers["www-authenticate"];
    assert!(
        challenge.starts_with(&format!("Bearer authorization_uri=\"https://azure.test/{tenant}\", error=\"invalid_token\"")),
        "{challenge}"
    );
    said.ok(401);
    let said = client.with_token("nonsense").get(&group);
    assert_eq!(said.ok(401)["error"]["code"], "InvalidAuthenticationToken");
    client.get(&group).ok(200);
    client.say("/__expire", json!({})).ok(200);
    let said = client.get(&group);
    assert!(said.headers.contains_key("www-authenticate"));
    let error = said.ok(401)["error"].clone();
    assert_eq!(error["code"], "ExpiredAuthenticationToken");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("The access token expiry UTC time '") && message.contains("' is earlier than current UTC time '"),
        "{message}"
    );
}

#[test]
fn tokens_of_another_tenant() {
    let client = Client::new();
    let other = client.send_to(Door::Control, "POST", "/__account", &[], b"{}".to_vec()).unwrap().ok(200);
    let stranger = format!("/subscriptions/{}", other["subscription"].as_str().unwrap());
    assert_eq!(client.get(&stranger).ok(401)["error"]["code"], "InvalidAuthenticationTokenTenant");
}

#[test]
fn tokens_that_were_got_some_other_way() {
    let client = Client::new();
    let given = client.say("/__token", json!({})).ok(200);
    assert_eq!(given["expires_in"], 3600);
    client.with_token(given["access_token"].as_str().unwrap()).get(&format!("/subscriptions/{}", client.subscription())).ok(200);
    let reader = client.say("/__principal", json!({ "permissions": [] })).ok(200);
    let given = client.say("/__token", json!({ "client_id": reader["client_id"] })).ok(200);
    let group = client.group("core");
    assert_eq!(client.with_token(given["access_token"].as_str().unwrap()).get(&group).code(), "AuthorizationFailed");
}

#[test]
fn short_tokens() {
    let client = Client::with(json!({ "settings": { "token_seconds": 1 } }));
    client.get(&format!("/subscriptions/{}", client.subscription())).ok(200);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    client.get(&format!("/subscriptions/{}", client.subscription())).ok(401);
}

fn assert_with(client: &Client, assertion: &str, kind: &str) -> Said {
    let id = text(client, "/principal/client_id");
    client.token(&[
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("scope", SCOPE),
        ("client_assertion", assertion),
        ("client_assertion_type", kind),
    ])
}

fn path(url: &str) -> &str {
    url.strip_prefix("https://azure.test").unwrap()
}

#[test]
fn workflows_and_pipelines() {
    let client = Client::new();
    let bearer = |token: &str| [("Authorization".to_owned(), format!("Bearer {token}"))];
    let github = format!("{}&audience=api%3A%2F%2FAzureADTokenExchange", path(text(&client, "/github/url")));
    let ask = |target: &str, method: &str, token: &str| client.send_to(Door::Azure, method, target, &bearer(token), Vec::new()).unwrap();
    let given = ask(&github, "GET", text(&client, "/github/token")).ok(200);
    assert_with(&client, given["value"].as_str().unwrap(), BEARER).ok(200);
    is_entra(assert_with(&client, given["value"].as_str().unwrap(), "jwt"), 400, "invalid_request", 90023);
    ask(&github, "GET", "wrong").ok(401);
    // For another audience it is good for nothing here.
    let other = ask(path(text(&client, "/github/url")), "GET", text(&client, "/github/token")).ok(200);
    is_entra(assert_with(&client, other["value"].as_str().unwrap(), BEARER), 401, "invalid_client", 700_213);

    let connection = text(&client, "/pipelines/connection");
    let pipelines = format!("{}?api-version=7.1&serviceConnectionId={connection}", path(text(&client, "/pipelines/url")));
    let given = ask(&pipelines, "POST", text(&client, "/pipelines/token")).ok(200);
    assert_with(&client, given["oidcToken"].as_str().unwrap(), BEARER).ok(200);
    ask(&pipelines, "GET", text(&client, "/pipelines/token")).ok(404);
    ask(path(text(&client, "/pipelines/url")), "POST", text(&client, "/pipelines/token")).ok(400);
    let strange = pipelines.replace(connection, "another");
    let given = ask(&strange, "POST", text(&client, "/pipelines/token")).ok(200);
    is_entra(assert_with(&client, given["oidcToken"].as_str().unwrap(), BEARER), 401, "invalid_client", 700_213);
}

#[test]
fn assertions_that_are_none() {
    let client = Client::new();
    for nonsense in ["x", "a.b.c", "e30.e30.", "e30.e30"] {
        is_entra(assert_with(&client, nonsense, BEARER), 401, "invalid_client", 50027);
    }
    is_entra(assert_with(&client, "e30.e30.AAAA", BEARER), 401, "invalid_client", 700_024);
    let given = client
        .say("/__assertion", json!({ "issuer": "https://cluster.test", "subject": "system:serviceaccount:a:b", "audience": "x" }))
        .ok(200);
    is_entra(assert_with(&client, given["assertion"].as_str().unwrap(), BEARER), 401, "invalid_client", 700_213);
}

/// A key with its certificate, and what signs claims with it.
fn signed(key: &KeyPair, header: Value, claims: &Value) -> String {
    let head = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = key.sign(head.as_bytes()).unwrap();
    format!("{head}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn a_certificate() {
    let client = Client::new();
    let key = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let other = KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let certificate = CertificateParams::new(vec!["emc".to_owned()]).unwrap().self_signed(&key).unwrap();
    let made = client.say("/__principal", json!({ "permissions": null, "certificates": [STANDARD.encode(certificate.der())] })).ok(200);
    let id = made["client_id"].as_str().unwrap();
    let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(certificate.der()));
    let now = crate::azure::seconds(std::time::SystemTime::now());
    let endpoint = format!("https://azure.test/{}/oauth2/v2.0/token", text(&client, "/tenant"));
    let claims = json!({ "aud": endpoint, "iss": id, "sub": id, "jti": "1", "nbf": now, "exp": now + 600 });
    let header = json!({ "alg": "RS256", "typ": "JWT", "x5t#S256": thumbprint });
    let ask = |assertion: &str| {
        client.token(&[
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("scope", SCOPE),
            ("client_assertion", assertion),
            ("client_assertion_type", BEARER),
        ])
    };
    let changed = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    ask(&signed(&key, header.clone(), &claims)).ok(200);
    is_entra(ask(&signed(&other, header.clone(), &claims)), 401, "invalid_client", 700_027);
    is_entra(ask(&signed(&key, json!({ "alg": "RS256", "x5t#S256": "AAAA" }), &claims)), 401, "invalid_client", 700_027);
    is_entra(ask(&signed(&key, json!({ "alg": "RS256" }), &claims)), 401, "invalid_client", 700_027);
    is_entra(ask(&signed(&key, json!({ "alg": "HS256", "x5t#S256": thumbprint }), &claims)), 401, "invalid_client", 50027);
    is_entra(ask(&signed(&key, header.clone(), &changed("aud", json!("https://elsewhere.test")))), 401, "invalid_client", 50013);
    is_entra(ask(&signed(&key, header.clone(), &changed("exp", json!(now - 1)))), 401, "invalid_client", 700_024);
    is_entra(ask(&signed(&key, header.clone(), &changed("jti", json!("")))), 401, "invalid_client", 50027);
    is_entra(ask(&signed(&key, header, &changed("sub", json!("x")))), 401, "invalid_client", 50027);
}

#[test]
fn managed_identities() {
    let client = Client::new();
    let resource = "resource=https%3A%2F%2Fmanagement.azure.com";
    let ask = |target: &str, headers: &[(&str, &str)]| {
        let headers: Vec<(String, String)> = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        client.send_to(Door::Identity, "GET", target, &headers, Vec::new()).unwrap()
    };
    let app = text(&client, "/app_service/endpoint").strip_prefix("http://identity.test").unwrap();
    let header = text(&client, "/app_service/header");
    let given = ask(&format!("{app}?api-version=2019-08-01&{resource}"), &[("X-IDENTITY-HEADER", header)]).ok(200);
    assert!(given["expires_on"].is_string());
    client.with_token(given["access_token"].as_str().unwrap()).get(&format!("/subscriptions/{}", client.subscription())).ok(200);
    ask(&format!("{app}?api-version=2019-08-01&{resource}"), &[("X-IDENTITY-HEADER", "wrong")]).ok(401);
    ask(&format!("{app}?{resource}"), &[("X-IDENTITY-HEADER", header)]).ok(400);
    ask(&format!("{app}?api-version=2018-02-01&{resource}"), &[("Metadata", "true")]).ok(200);
    ask(&format!("{app}?api-version=2019-08-01&{resource}&client_id=other"), &[("X-IDENTITY-HEADER", header)]).ok(400);

    let instance = format!("/metadata/identity/oauth2/token?api-version=2018-02-01&{resource}");
    let own = format!("{instance}&client_id={}", text(&client, "/principal/client_id"));
    ask(&own, &[("Metadata", "true")]).ok(200);
    ask(&own, &[]).ok(400);
    let proxy = format!("Basic {}", STANDARD.encode(format!("{}:machine", client.subscription())));
    let given = ask(&instance, &[("Metadata", "true"), ("Proxy-Authorization", &proxy)]).ok(200);
    assert_eq!((&given["client_id"], &given["expires_in"]), (&json!(text(&client, "/principal/client_id")), &json!("3600")));
    let calls = client.seen()["calls"].clone();
    assert_eq!((&calls["GET instance"], &calls["GET app"]), (&json!(2), &json!(5)), "{calls}");
}

#[test]
fn where_everything_is() {
    let client = Client::new();
    let ask = |target: &str| client.send_to(Door::Azure, "GET", target, &[], Vec::new()).unwrap();
    let found = ask("/metadata/endpoints?api-version=2022-09-01").ok(200);
    assert_eq!(
        (&found["resourceManager"], &found["authentication"]["loginEndpoint"]),
        (&json!("https://azure.test/"), &json!("https://azure.test"))
    );
    assert_eq!(found["authentication"]["audiences"][0], "https://management.core.windows.net/");
    ask("/metadata/endpoints?api-version=2015-01-01").ok(400);
    let tenant = text(&client, "/tenant");
    let found = ask(&format!("/{tenant}/v2.0/.well-known/openid-configuration")).ok(200);
    assert_eq!(found["token_endpoint"], format!("https://azure.test/{tenant}/oauth2/v2.0/token"));
    ask("/common/discovery/instance?api-version=1.1").ok(200);
    ask("/nowhere").ok(404);
}

#[test]
fn no_secret_is_written_down() {
    let client = Client::new();
    client.hand("setup", json!({ "groups": ["core"] }));
    client.get(&client.group("core")).ok(200);
    client.put("core", &[]).ok(200);
    let bearer = [("Authorization".to_owned(), format!("Bearer {}", text(&client, "/github/token")))];
    let given = client
        .send_to(Door::Azure, "GET", &format!("{}&audience=x", path(text(&client, "/github/url"))), &bearer, Vec::new())
        .unwrap()
        .ok(200);
    assert_with(&client, given["value"].as_str().unwrap(), BEARER);
    let secrets = client.send_to(Door::Control, "GET", "/__secrets", &[], Vec::new()).unwrap().ok(200);
    let secrets: Vec<String> = serde_json::from_value(secrets).unwrap();
    assert!(secrets.len() >= 6, "{}", secrets.len());
    let log = client.seen().to_string();
    assert!(log.contains("POST token") && log.contains("client_assertion_type"));
    for secret in &secrets {
        assert!(!log.contains(secret), "{log}");
    }
}
