//! What tests say to this server, over a door of their own: JSON in and out. `subscription` says which account is meant.
//!
//! * `GET /__ready`: `{"ready": true}`.
//! * `POST /__account {"subscription", "tenant", "location", "settings"}`, all of which may be left out: a new account. What is answered
//!   has everything that a client needs, `environment` among it: the variables by which the provider finds and uses the account.
//! * `GET /__calls?subscription=…`: `{"calls": {"PUT group": 1, …}, "log": [{"action", "path", "params", "status", "body", …}, …],
//!   "hanging": 0, "mishaps": []}`. Without a subscription: requests that belong to none, such as those for metadata. Requests that a fault
//!   stopped are counted too; their status is null when the connection was cut. No token is in it.
//! * `GET /__visits`: `[{"method", "path", "token"}, …]`: what came to the address that nobody should follow; `token` is true where
//!   somebody brought a secret along.
//! * `GET /__secrets`: every token, password and assertion there is; for tests that look for them in logs.
//! * `POST /__faults {"subscription", "faults": [fault, …]}`: adds faults, see below.
//! * `POST /__release {"subscription", "done": true}`: lets every hanging request go on and waits until it is carried out, and ends every
//!   operation that is held; with `"done": false` requests are lost instead, as if they had never arrived. `{"released": how many}`.
//! * `POST /__settings {"subscription", "settings": {…}}`: changes those that are named; they are told in `settings.rs`.
//! * `POST /__principal {"subscription", "permissions": [{"actions", "notActions", "scope"}, …], "federations": [{"issuer", "subject",
//!   "audience"}, …], "certificates": [DER in base64, …]}`: a new principal, which may do exactly this (null: everything).
//! * `POST /__token {"subscription", "client_id"}`: a token as by any other way of signing in, such as Azure's CLI: `{"access_token",
//!   "expires_in"}`. Without a client it is that of the account's first principal.
//! * `POST /__expire {"subscription"}`: every token of the account has run out.
//! * `POST /__assertion {"subscription", "issuer", "subject", "audience"}`: an assertion as an issuer would have signed it.
//! * `POST /__reset {"subscription"}`: forgets counters, log, faults and visits and releases what hangs; groups stay.
//! * `POST /__ctl {"subscription", "command", "args"}`: does something by hand, see `hand.rs`: `{"result": …}`.
//!
//! A fault is `{"action": "PUT group", "nth": 1, "times": 1, "kind", …}`. It hits the nth request of that action from now on, `times` in a
//! row (0: for ever). The action `"*"` is every one, so that `nth` counts over all of them; `"params": {"group": "…"}` narrows it to
//! requests whose path has that name (`resource_group`, `group`, `rule`, `asg`). Actions are a method and a kind of path: `group`,
//! `groups` (a list), `rule`, `rules`, `default_rule`, `default_rules`, `asg`, `asgs`, `resource_group`, `subscription`, `operation` (a
//! poll), `result`, `metadata`, `token`, `discovery`, `github`, `pipelines`, `instance`, `app`. Kinds, by what becomes of the request:
//!
//! * nothing is done: `throttle` (429 TooManyRequests), `busy` (429 RetryableError), `other_operation` (409 AnotherOperationInProgress),
//!   `internal` (500), `unavailable` (503), `expired` (401 ExpiredAuthenticationToken), `unauthenticated` (401), `policy` (403), `error`
//!   (400, or what `status`, `code` and `message` say, which replace those of the other kinds too), `page` (502 with a page of HTML, as
//!   of a proxy), `redirect` (307 to the address that nobody should follow), `drop` (connection cut). `retry_after` is in seconds (1).
//! * done, and then: `after_error` (500), `after_drop` (connection cut), `after_half` (cut in the middle of the answer).
//! * done and answered, but late: `delay` (`seconds`), `hang` (not before `/__release`), `after_hang` (done at once, answered not before
//!   `/__release`).
//! * accepted, but its operation: `fail` (with `code` and `message`; what was written stays unless `applied` is false), `cancel`,
//!   `supersede` (what was written is gone unless `applied` is true), `slow` (ends after `seconds`, or after `polls`), `held` (runs until
//!   `/__release`), `lost` (nobody knows it when asked), `astray` (is to be asked for at the address that nobody should follow; of a list it
//!   is the next page).
//! * done and answered, but not seen: `unseen`; the next `calls` (1) reads of the group show it as it was.
//! * done and answered as usual: `run`, which is for what somebody else does at that very moment: `"before": {"command", "args"}` when
//!   the request has arrived and is not carried out yet, `"after"` when it is carried out and not answered yet. Either may be a list, and may
//!   name another `account`. Every other kind takes both as well.

use std::collections::BTreeMap;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::access::{Federation, Principal, permissions};
use crate::account::Account;
use crate::azure::{Azure, State, guid};
use crate::fault::Fault;
use crate::identity::{GITHUB, PIPELINES, assert, give};
use crate::settings::Settings;
use crate::wire::{Answer, Ask};
use crate::{hand, operation};

/// Answers a test.
pub(crate) async fn answer(azure: &Azure, ask: &Ask) -> Answer {
    let mut given = if ask.body.is_empty() { json!({}) } else { ask.json().unwrap_or_default() };
    if let Some(given) = given.as_object_mut() {
        given.extend(ask.query.iter().map(|(name, value)| (name.clone(), json!(value))));
    }
    let done = match (ask.method.as_str(), ask.path.as_str()) {
        ("POST", "/__release") => release(azure, &given).await,
        ("POST", "/__reset") => reset(azure, &given).await,
        (method, path) => say(azure, method, path, &given),
    };
    match done {
        Ok(body) => Answer::json(200, &body),
        Err(error) => Answer::json(400, &json!({ "error": error })),
    }
}

type Done = Result<Value, String>;

fn text<'a>(given: &'a Value, name: &str) -> Option<&'a str> {
    given.get(name).and_then(Value::as_str)
}

fn account<'a>(state: &'a mut State, given: &Value) -> Result<&'a mut Account, String> {
    let subscription = text(given, "subscription").unwrap_or_default();
    if subscription.is_empty() {
        return Ok(state.accounts.entry(String::new()).or_default());
    }
    state.account(subscription).ok_or_else(|| format!("there is no account `{subscription}`"))
}

fn say(azure: &Azure, method: &str, path: &str, given: &Value) -> Done {
    let mut state = azure.lock();
    let done = json!({ "ok": true });
    match (method, path) {
        ("GET", "/__ready") => Ok(json!({ "ready": true })),
        ("GET", "/__visits") => Ok(json!(state.visits)),
        ("GET", "/__secrets") => Ok(json!(state.secrets().collect::<Vec<_>>())),
        ("GET", "/__calls") => Ok(account(&mut state, given)?.seen()),
        ("POST", "/__account") => new_account(&mut state, given),
        ("POST", "/__principal") => new_principal(account(&mut state, given)?, given),
        ("POST", "/__faults") => {
            let faults = given.get("faults").and_then(Value::as_array).ok_or("name the faults with `faults`")?;
            let faults: Vec<Fault> = faults.iter().cloned().map(Fault::read).collect::<Result<_, _>>()?;
            account(&mut state, given)?.faults.extend(faults);
            Ok(done)
        }
        ("POST", "/__settings") => {
            let account = account(&mut state, given)?;
            account.settings = settings(&account.settings, given.get("settings"))?;
            account.buckets.clear();
            Ok(done)
        }
        ("POST", "/__token") => {
            let account = account(&mut state, given)?;
            let owner = account.principals.values().find(|principal| principal.permissions.is_none());
            let client = text(given, "client_id").or(owner.map(|owner| owner.client.as_str())).unwrap_or_default().to_ascii_lowercase();
            let subscription = account.subscription.clone();
            let (token, seconds) = give(&mut state, &subscription, &client, "https://management.azure.com");
            Ok(json!({ "access_token": token, "expires_in": seconds }))
        }
        ("POST", "/__expire") => {
            let tenant = account(&mut state, given)?.tenant.clone();
            state.tokens.values_mut().filter(|token| token.tenant == tenant).for_each(|token| token.expires = SystemTime::now());
            Ok(done)
        }
        ("POST", "/__assertion") => {
            let need = |name: &str| text(given, name).ok_or_else(|| format!("an assertion needs `{name}`"));
            let (subscription, issuer, subject, audience) = (need("subscription")?, need("issuer")?, need("subject")?, need("audience")?);
            Ok(json!({ "assertion": assert(&mut state, subscription, issuer, subject, audience) }))
        }
        ("POST", "/__ctl") => {
            let nothing = json!({});
            let (subscription, command) = (text(given, "subscription").unwrap_or_default(), text(given, "command").unwrap_or_default());
            Ok(json!({ "result": hand::run(&mut state, subscription, command, given.get("args").unwrap_or(&nothing))? }))
        }
        _ => Err(format!("there is no {method} {path}")),
    }
}

/// The settings as they are, with some that are otherwise.
fn settings(now: &Settings, changes: Option<&Value>) -> Result<Settings, String> {
    let mut all = serde_json::to_value(now).map_err(|error| error.to_string())?;
    if let (Some(all), Some(changes)) = (all.as_object_mut(), changes.and_then(Value::as_object)) {
        all.extend(changes.clone());
    }
    serde_json::from_value(all).map_err(|error| format!("settings are told in settings.rs: {error}"))
}

fn new_account(state: &mut State, given: &Value) -> Done {
    let or_new = |name: &str| text(given, name).map_or_else(guid, str::to_ascii_lowercase);
    let (subscription, tenant, connection) = (or_new("subscription"), or_new("tenant"), guid());
    if subscription.len() != 36 || state.accounts.contains_key(&subscription) {
        return Err(format!("`{subscription}` is no new GUID"));
    }
    let (mut account, client) = Account::new(subscription.clone(), tenant, text(given, "location").unwrap_or("eastus").to_owned());
    account.settings = settings(&account.settings, given.get("settings"))?;
    let audience = "api://AzureADTokenExchange";
    if let Some(owner) = account.principals.get_mut(&client) {
        for (issuer, subject) in [(GITHUB.0, GITHUB.1.to_owned()), (PIPELINES.0, format!("{}{connection}", PIPELINES.1))] {
            owner.federations.push(Federation { issuer: issuer.to_owned(), subject, audience: audience.to_owned() });
        }
    }
    let told = told(state, &account, &client, &connection);
    state.accounts.insert(subscription, account);
    Ok(told)
}

/// What a client of an account needs.
fn told(state: &State, account: &Account, client: &str, connection: &str) -> Value {
    let (here, identity, subscription) = (&state.addresses.azure, &state.addresses.identity, &account.subscription);
    let owner = account.principals.get(client).map(principal_told).unwrap_or_default();
    let password = |name: &str| account.passwords.get(name).cloned().unwrap_or_default();
    let environment: BTreeMap<&str, Value> = [
        ("ARM_METADATA_HOSTNAME", json!(here.trim_start_matches("https://"))),
        ("ARM_SUBSCRIPTION_ID", json!(subscription)),
        ("ARM_TENANT_ID", json!(account.tenant)),
        ("ARM_CLIENT_ID", json!(client)),
        ("ARM_CLIENT_SECRET", owner.get("client_secret").cloned().unwrap_or_default()),
    ]
    .into();
    json!({
        "subscription": subscription,
        "tenant": account.tenant,
        "location": account.location,
        "principal": owner,
        "environment": environment,
        "github": { "url": format!("{here}/oidc/{subscription}/github?api-version=2.0"), "token": password("github") },
        "pipelines": { "url": format!("{here}/oidc/{subscription}/pipelines"), "token": password("pipelines"), "connection": connection },
        "app_service": { "endpoint": format!("{identity}/msi/{subscription}/token"), "header": password("identity_header") },
        "instance": { "proxy": identity.replacen("://", &format!("://{subscription}:machine@"), 1) },
    })
}

fn principal_told(principal: &Principal) -> Value {
    json!({ "client_id": principal.client, "object_id": principal.object, "client_secret": principal.secret })
}

fn new_principal(account: &mut Account, given: &Value) -> Done {
    let mut principal = Principal::new(permissions(given.get("permissions").cloned().unwrap_or_default())?);
    if let Some(federations) = given.get("federations") {
        principal.federations = serde_json::from_value(federations.clone()).map_err(|error| format!("federations: {error}"))?;
    }
    for certificate in given.get("certificates").and_then(Value::as_array).into_iter().flatten() {
        let der = certificate.as_str().and_then(|text| STANDARD.decode(text).ok()).ok_or("certificates are DER in base64")?;
        principal.certificates.push(der);
    }
    let told = principal_told(&principal);
    account.principals.insert(principal.client.clone(), principal);
    Ok(told)
}

async fn release(azure: &Azure, given: &Value) -> Done {
    let done = given.get("done").and_then(Value::as_bool).unwrap_or(true);
    let (hanging, held) = {
        let mut state = azure.lock();
        let account = account(&mut state, given)?;
        let held: Vec<String> = account.operations.values().filter(|one| one.is_held()).map(|one| one.id.clone()).collect();
        held.iter().for_each(|id| operation::finish(account, id));
        (std::mem::take(&mut account.hanging), held.len())
    };
    let count = hanging.len() + held;
    let mut finished = Vec::new();
    for one in hanging {
        if one.go_on.send(done).is_ok() {
            finished.push(one.finished);
        }
    }
    for one in finished {
        let _ = tokio::time::timeout(std::time::Duration::from_secs(30), one).await;
    }
    Ok(json!({ "released": count }))
}

async fn reset(azure: &Azure, given: &Value) -> Done {
    release(azure, given).await?;
    let mut state = azure.lock();
    state.visits.clear();
    let account = account(&mut state, given)?;
    account.counts.clear();
    account.log.clear();
    account.faults.clear();
    account.veils.clear();
    Ok(json!({ "ok": true }))
}
