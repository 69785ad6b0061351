//! Who gives tokens: Entra, the OIDC endpoints of GitHub and Azure DevOps, managed identities; and who says where all these are.

mod assertion;
mod managed;
mod oidc;
mod token;

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::azure::{State, Token, guid, random, seconds};
use crate::place::{Kind, Place};
use crate::wire::{Answer, Ask};

pub(crate) use oidc::{GITHUB, PIPELINES, assert};

/// Answers a request that is not for Resource Manager.
pub(crate) fn answer(state: &mut State, place: &Place, ask: &Ask) -> Answer {
    match (place.kind, ask.method.as_str()) {
        (Kind::Metadata, "GET") => metadata(state, ask),
        (Kind::Discovery, "GET") => discovery(state, place),
        (Kind::Token, "POST") => token::answer(state, place, ask),
        (Kind::Github, "GET") => oidc::github(state, place, ask),
        (Kind::Pipelines, "POST") => oidc::pipelines(state, place, ask),
        (Kind::Instance, "GET") => managed::instance(state, ask),
        (Kind::App, "GET") => managed::app(state, place, ask),
        _ => Answer::json(404, &json!({ "error": { "code": "NotFound", "message": "Nobody lives here." } })),
    }
}

/// Where the services of this cloud are.
fn metadata(state: &State, ask: &Ask) -> Answer {
    let here = &state.addresses.azure;
    match ask.field("api-version") {
        Some("2022-09-01") => Answer::json(
            200,
            &json!({
                "portal": "https://portal.azure.com",
                "authentication": {
                    "loginEndpoint": here,
                    "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
                    "tenant": "common",
                    "identityProvider": "AAD",
                },
                "media": "https://rest.media.azure.net",
                "graphAudience": "https://graph.windows.net/",
                "graph": "https://graph.windows.net/",
                "name": "AzureTests",
                "suffixes": { "keyVaultDns": "vault.azure.net", "storage": "core.windows.net" },
                "batch": "https://batch.core.windows.net/",
                "resourceManager": format!("{here}/"),
                "activeDirectoryDataLake": "https://datalake.azure.net/",
                "microsoftGraphResourceId": "https://graph.microsoft.com/",
            }),
        ),
        _ => Answer::json(400, &json!({ "error": { "code": "InvalidApiVersionParameter", "message": "The api-version is invalid." } })),
    }
}

/// What other libraries ask before they trust an authority.
fn discovery(state: &State, place: &Place) -> Answer {
    let (here, tenant) = (&state.addresses.azure, if place.name("tenant").is_empty() { "common" } else { place.name("tenant") });
    Answer::json(
        200,
        &json!({
            "tenant_discovery_endpoint": format!("{here}/{tenant}/v2.0/.well-known/openid-configuration"),
            "metadata": [],
            "issuer": format!("{here}/{tenant}/v2.0"),
            "authorization_endpoint": format!("{here}/{tenant}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{here}/{tenant}/oauth2/v2.0/token"),
        }),
    )
}

/// Gives out a token of access, and for how many seconds it is good.
pub(crate) fn give(state: &mut State, subscription: &str, client: &str, audience: &str) -> (String, u64) {
    let Some(account) = state.account(subscription) else { return (String::new(), 0) };
    let (tenant, valid) = (account.tenant.clone(), account.settings.token_seconds);
    let object = account.principals.get(client).map(|principal| principal.object.clone()).unwrap_or_default();
    let expires = SystemTime::now() + Duration::from_secs(valid);
    let claims = json!({
        "aud": audience, "iss": format!("https://sts.windows.net/{tenant}/"), "tid": tenant, "appid": client, "oid": object, "sub": object,
        "exp": seconds(expires), "iat": seconds(SystemTime::now()), "uti": guid(),
    });
    let token = format!("{}.{}", unsigned(&json!({ "typ": "JWT", "alg": "RS256" }), &claims), URL_SAFE_NO_PAD.encode(random()));
    state.tokens.insert(token.clone(), Token { tenant, client: client.to_owned(), expires });
    (token, valid)
}

/// The first two parts of a JSON web token.
fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}

/// The audience of Resource Manager that a resource or scope names, if it is one.
fn audience(state: &State, resource: &str) -> Option<String> {
    let known = [
        "https://management.azure.com",
        "https://management.core.windows.net",
        "https://management.chinacloudapi.cn",
        "https://management.core.chinacloudapi.cn",
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net",
    ];
    let bare = resource.trim_end_matches('/');
    (known.contains(&bare) || bare == state.addresses.azure).then(|| bare.to_owned())
}
