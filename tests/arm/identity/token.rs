//! Entra's endpoint for tokens: client credentials, by secret or by assertion.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{assertion, audience, give};
use crate::access::Principal;
use crate::azure::{State, guid};
use crate::place::Place;
use crate::wire::{Answer, Ask};

/// A refusal by Entra: status, error, number and sentence.
pub(super) type No = (u16, &'static str, u32, String);

/// Answers `POST /{tenant}/oauth2/v2.0/token`.
pub(super) fn answer(state: &mut State, place: &Place, ask: &Ask) -> Answer {
    match grant(state, place, ask) {
        Ok(body) => Answer::json(200, &body).with("Cache-Control", "no-store, no-cache").with("Pragma", "no-cache"),
        Err((status, error, number, sentence)) => {
            let (trace, correlation) = (guid(), ask.header("client-request-id").map_or_else(guid, str::to_owned));
            let now = OffsetDateTime::now_utc();
            let (hour, minute, second) = now.to_hms();
            let now = format!("{} {hour:02}:{minute:02}:{second:02}Z", now.date());
            let described = format!("AADSTS{number}: {sentence} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now}");
            let body = json!({
                "error": error, "error_description": described, "error_codes": [number], "timestamp": now, "trace_id": trace,
                "correlation_id": correlation, "error_uri": format!("{}/error?code={number}", state.addresses.azure),
            });
            Answer::json(status, &body)
        }
    }
}

fn grant(state: &mut State, place: &Place, ask: &Ask) -> Result<Value, No> {
    let tenant = place.name("tenant");
    let subscription = state.of_tenant(tenant).ok_or_else(|| {
        (400, "invalid_request", 90002, format!("Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."))
    })?;
    let is_form = ask.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let form = if is_form { ask.form() } else { Default::default() };
    let field = |name: &'static str| {
        let found = form.get(name).filter(|value| !value.is_empty());
        found.ok_or_else(|| (400, "invalid_request", 900_144, format!("The request body must contain the following parameter: '{name}'.")))
    };
    if field("grant_type")? != "client_credentials" {
        return Err((400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.".to_owned()));
    }
    let client = field("client_id")?.to_ascii_lowercase();
    let scope = field("scope")?;
    let audience = scope
        .strip_suffix("/.default")
        .and_then(|resource| audience(state, resource))
        .ok_or_else(|| (400, "invalid_scope", 70011, format!("The provided value for scope {scope} is not valid.")))?;
    let principal = state.account(&subscription).and_then(|account| account.principals.get(&client).cloned()).ok_or_else(|| {
        (400, "unauthorized_client", 700_016, format!("Application with identifier '{client}' was not found in the directory '{tenant}'."))
    })?;
    match (form.get("client_secret"), form.get("client_assertion")) {
        (Some(secret), None) => require_secret(&principal, secret)?,
        (None, Some(given)) => {
            let kind = field("client_assertion_type")?;
            if kind != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
                return Err((400, "invalid_request", 90023, format!("The client assertion type '{kind}' is not supported.")));
            }
            let endpoint = format!("{}/{tenant}/oauth2/v2.0/token", state.addresses.azure);
            assertion::check(state, &subscription, &principal, given, &endpoint)?;
        }
        (_, _) => {
            let sentence = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.".to_owned();
            return Err((401, "invalid_client", 7_000_218, sentence));
        }
    }
    let (token, seconds) = give(state, &subscription, &client, &audience);
    Ok(json!({ "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token }))
}

fn require_secret(principal: &Principal, secret: &str) -> Result<(), No> {
    if principal.secret == secret {
        return Ok(());
    }
    let sentence = format!(
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for \
         a secret added to app '{}'.",
        principal.client
    );
    Err((401, "invalid_client", 7_000_215, sentence))
}
