//! Managed identities: the instance metadata service of machines, and the endpoint of App Service.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{audience, give};
use crate::azure::{State, seconds};
use crate::place::Place;
use crate::wire::{Answer, Ask};

/// `GET /metadata/identity/oauth2/token`, as it comes through a proxy. Machines have one account: the user name of the proxy says which,
/// or a client id does.
pub(super) fn instance(state: &mut State, ask: &Ask) -> Answer {
    if !ask.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return refused(400, "invalid_request", "Required metadata header not specified");
    }
    if ask.header("x-forwarded-for").is_some() {
        return refused(400, "invalid_request", "Requests through a proxy are not served");
    }
    let client = ask.field("client_id").map(str::to_ascii_lowercase);
    let by_client = |client: &String| state.accounts.values().find(|account| account.principals.contains_key(client));
    let subscription = match (proxy_user(ask), &client) {
        (Some(user), _) => Some(user),
        (None, Some(client)) => by_client(client).map(|account| account.subscription.clone()),
        (None, None) => {
            state.accounts.values().find(|account| !account.subscription.is_empty()).map(|account| account.subscription.clone())
        }
    };
    match subscription {
        Some(subscription) => grant(state, &subscription, ask),
        None => refused(400, "invalid_request", "Identity not found"),
    }
}

/// `GET /msi/{subscription}/token` with the secret header of App Service.
pub(super) fn app(state: &mut State, place: &Place, ask: &Ask) -> Answer {
    let subscription = place.name("subscription").to_owned();
    let Some(account) = state.account(&subscription) else { return refused(400, "invalid_request", "Identity not found") };
    let wanted = account.passwords.get("identity_header").map(String::as_str);
    let given = ask.header("x-identity-header").or_else(|| ask.header("secret"));
    // The older way has `Metadata: true` in place of it, which is what an endpoint of one's own is asked with.
    let is_plain = given.is_none() && ask.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if given != wanted && !is_plain {
        return refused(401, "unauthorized_client", "The secret header is not the one of this app");
    }
    grant(state, &subscription, ask)
}

fn grant(state: &mut State, subscription: &str, ask: &Ask) -> Answer {
    let Some(version) = ask.field("api-version").filter(|version| version.len() == 10) else {
        return refused(400, "invalid_request", "Required query variable 'api-version' is missing");
    };
    let Some(audience) = ask.field("resource").and_then(|resource| audience(state, resource)) else {
        let resource = ask.field("resource").unwrap_or_default();
        return refused(
            400,
            "invalid_resource",
            &format!("AADSTS500011: The resource principal named {resource} was not found in the tenant"),
        );
    };
    let version = version.to_owned();
    let Some(account) = state.account(subscription) else { return refused(400, "invalid_request", "Identity not found") };
    let wanted = ask.field("client_id").map(str::to_ascii_lowercase);
    let object = ask.field("object_id").or_else(|| ask.field("principal_id")).map(str::to_owned);
    // Without any of them: the identity of the system, which is the one that was made with the account.
    let found = account.principals.values().find(|one| match (&wanted, &object) {
        (Some(client), _) => one.client == *client,
        (None, Some(object)) => one.object == *object,
        (None, None) => one.permissions.is_none(),
    });
    let Some(client) = found.map(|principal| principal.client.clone()) else {
        return refused(400, "invalid_request", "Identity not found");
    };
    let (token, valid) = give(state, subscription, &client, &audience);
    let end = seconds(SystemTime::now()) + valid;
    let mut body = json!({
        "access_token": token, "client_id": client, "expires_on": end.to_string(), "resource": ask.field("resource"), "token_type": "Bearer",
    });
    if let (true, Some(body)) = (version.starts_with("2018"), body.as_object_mut()) {
        body.insert("expires_in".to_owned(), Value::String(valid.to_string()));
        body.insert("not_before".to_owned(), Value::String((end - valid).to_string()));
    }
    Answer::json(200, &body)
}

fn proxy_user(ask: &Ask) -> Option<String> {
    let encoded = ask.header("proxy-authorization")?.split_once(' ')?.1;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    text.split(':').next().map(str::to_owned)
}

fn refused(status: u16, error: &str, sentence: &str) -> Answer {
    Answer::json(status, &json!({ "error": error, "error_description": sentence }))
}
