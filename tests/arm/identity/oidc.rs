//! Tokens that say which workflow or pipeline runs: GitHub's and Azure DevOps' endpoints.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::unsigned;
use crate::azure::{State, guid, random, seconds};
use crate::place::Place;
use crate::wire::{Answer, Ask};

/// Who GitHub says it is.
pub(crate) const GITHUB: (&str, &str) = ("https://token.actions.githubusercontent.com", "repo:emc-rollout/rollout:ref:refs/heads/main");
/// Who Azure DevOps says it is; before the subject comes the service connection.
pub(crate) const PIPELINES: (&str, &str) = ("https://vstoken.dev.azure.com/tests", "sc://tests/rollout/");

/// `GET …&audience=…`
pub(super) fn github(state: &mut State, place: &Place, ask: &Ask) -> Answer {
    let Some(subscription) = admit(state, place, ask, "github") else { return refused() };
    let audience = ask.field("audience").unwrap_or("https://github.com/emc-rollout").to_owned();
    let token = assert(state, &subscription, GITHUB.0, GITHUB.1, &audience);
    Answer::json(200, &json!({ "count": token.len(), "value": token }))
}

/// `POST …?api-version=7.1&serviceConnectionId=…`
pub(super) fn pipelines(state: &mut State, place: &Place, ask: &Ask) -> Answer {
    let Some(subscription) = admit(state, place, ask, "pipelines") else { return refused() };
    let version = ask.field("api-version").unwrap_or_default();
    let Some(connection) = ask.field("serviceconnectionid").filter(|_| version.starts_with('7')) else {
        return Answer::json(
            400,
            &json!({ "message": "A value is required for serviceConnectionId and api-version.", "typeKey": "VssPropertyValidationException" }),
        );
    };
    let subject = format!("{}{connection}", PIPELINES.1);
    let token = assert(state, &subscription, PIPELINES.0, &subject, "api://AzureADTokenExchange");
    Answer::json(200, &json!({ "oidcToken": token })).with("x-vss-e2eid", guid()).with("x-msedge-ref", guid())
}

fn admit(state: &mut State, place: &Place, ask: &Ask, password: &str) -> Option<String> {
    let account = state.account(place.name("subscription"))?;
    let wanted = account.passwords.get(password)?;
    (ask.bearer() == Some(wanted)).then(|| account.subscription.clone())
}

fn refused() -> Answer {
    Answer::json(401, &json!({ "message": "The bearer token is not the one of this job." }))
}

/// Gives out an assertion, which counts as signed.
pub(crate) fn assert(state: &mut State, subscription: &str, issuer: &str, subject: &str, audience: &str) -> String {
    let now = seconds(SystemTime::now());
    let claims: Value = json!({ "iss": issuer, "sub": subject, "aud": audience, "jti": guid(), "iat": now, "nbf": now, "exp": now + 300 });
    let token =
        format!("{}.{}", unsigned(&json!({ "typ": "JWT", "alg": "RS256", "kid": guid() }), &claims), URL_SAFE_NO_PAD.encode(random()));
    if let Some(account) = state.account(subscription) {
        account.assertions.insert(token.clone(), claims);
    }
    token
}
