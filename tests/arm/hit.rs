//! One request from its arrival to its answer: counted, logged, hit by a fault or not, carried out.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::account::{Hanging, Veil, key};
use crate::azure::{Azure, State, guid};
use crate::fault::{Command, Fault, Kind, Twist};
use crate::place::{Kind as PlaceKind, Place};
use crate::serve::Door;
use crate::wire::{Answer, Ask, Outcome};
use crate::{hand, identity, manager, refusal};

/// The longest that a request hangs when nobody releases it.
const HANG: Duration = Duration::from_secs(300);

/// A request that was counted.
struct Begun {
    account: String,
    entry: usize,
    fault: Option<Fault>,
}

/// Answers a request.
pub(crate) async fn answer(azure: &Arc<Azure>, door: Door, ask: Ask) -> Outcome {
    let place = Place::of(door, &ask);
    let begun = begin(&mut azure.lock(), &place, &ask);
    let outcome = match &begun.fault {
        None => Outcome::Whole(carry_out(&mut azure.lock(), &place, &ask, Twist::default())),
        Some(fault) => hit(azure, &begun.account, fault, &place, &ask).await,
    };
    if let (Outcome::Whole(answer), Some(account)) = (&outcome, azure.lock().accounts.get_mut(&begun.account))
        && let Some(entry) = account.log.get_mut(begun.entry).and_then(Value::as_object_mut)
    {
        entry.insert("status".to_owned(), json!(answer.status));
    }
    outcome
}

/// The account to which a request belongs, in lower case; the nameless one where none is meant.
fn account_of(state: &State, place: &Place, ask: &Ask) -> String {
    let named = match place.kind {
        PlaceKind::Token | PlaceKind::Discovery => state.of_tenant(place.name("tenant")).unwrap_or_default(),
        PlaceKind::Instance => {
            let client = ask.field("client_id").unwrap_or_default().to_ascii_lowercase();
            let found = state.accounts.values().find(|account| account.principals.contains_key(&client));
            found.map(|account| account.subscription.clone()).unwrap_or_default()
        }
        _ => place.name("subscription").to_owned(),
    };
    let named = named.to_ascii_lowercase();
    if state.accounts.contains_key(&named) { named } else { String::new() }
}

fn begin(state: &mut State, place: &Place, ask: &Ask) -> Begun {
    let name = account_of(state, place, ask);
    let client = ask.bearer().and_then(|token| state.tokens.get(token)).map(|token| token.client.clone());
    let entry = entry(place, ask, client);
    let account = state.accounts.entry(name.clone()).or_default();
    account.settle();
    let entry = account.note(&place.action, entry);
    // Each fault counts each request that it is about, and the first one that hits is played.
    let mut hits: Vec<Fault> = Vec::new();
    for fault in &mut account.faults {
        if fault.hits(&place.action, &place.names) {
            hits.push(fault.clone());
        }
    }
    Begun { account: name, entry, fault: hits.into_iter().next() }
}

/// What is written down of a request: no token, no password, and no signature.
fn entry(place: &Place, ask: &Ask, client: Option<String>) -> Value {
    let names: serde_json::Map<String, Value> = place.names.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let mut entry = json!({
        "action": place.action, "path": ask.path, "params": names, "api_version": ask.field("api-version"), "status": null,
        "user_agent": ask.header("user-agent"),
    });
    let Some(more) = entry.as_object_mut() else { return entry };
    if let Some(client) = client {
        more.insert("client".to_owned(), json!(client));
    }
    for name in ["if-match", "if-none-match", "x-ms-correlation-request-id", "x-ms-client-request-id"] {
        if let Some(value) = ask.header(name) {
            more.insert(name.replace('-', "_"), json!(value));
        }
    }
    match place.kind {
        PlaceKind::Token => {
            let form = ask.form();
            for name in ["grant_type", "client_id", "scope", "client_assertion_type"] {
                if let Some(value) = form.get(name) {
                    more.insert(name.to_owned(), json!(value));
                }
            }
            let proof = ["client_secret", "client_assertion"].into_iter().find(|name| form.contains_key(*name));
            more.insert("proof".to_owned(), json!(proof));
        }
        PlaceKind::Instance | PlaceKind::App | PlaceKind::Github | PlaceKind::Pipelines => {
            more.insert("query".to_owned(), json!(ask.query));
        }
        _ => {
            more.insert("body".to_owned(), json!(ask.json()));
        }
    }
    entry
}

/// Does what is asked.
fn carry_out(state: &mut State, place: &Place, ask: &Ask, twist: Twist) -> Answer {
    let subscription =
        !place.name("subscription").is_empty() && !matches!(place.kind, PlaceKind::Github | PlaceKind::Pipelines | PlaceKind::App);
    if subscription { manager::answer(state, place, ask, twist) } else { identity::answer(state, place, ask) }
}

async fn hit(azure: &Arc<Azure>, account: &str, fault: &Fault, place: &Place, ask: &Ask) -> Outcome {
    run(azure, account, &fault.before);
    if fault.kind == Kind::Delay {
        tokio::time::sleep(Duration::from_secs_f64(fault.seconds.unwrap_or(1.0).max(0.0))).await;
    }
    let mut finished = None;
    if fault.kind == Kind::Hang {
        let (go_on, tell) = hang(azure, account).await;
        if !go_on {
            let _ = tell.send(());
            return Outcome::Cut;
        }
        finished = Some(tell);
    }
    let done = fault.kind.is_done().then(|| done(azure, account, fault, place, ask));
    if let Some(tell) = finished {
        let _ = tell.send(());
    }
    run(azure, account, &fault.after);
    if fault.kind == Kind::AfterHang {
        let (go_on, tell) = hang(azure, account).await;
        let _ = tell.send(());
        if !go_on {
            return Outcome::Cut;
        }
    }
    match (fault.kind, done) {
        (Kind::Drop | Kind::AfterDrop, _) => Outcome::Cut,
        (Kind::AfterHalf, Some(answer)) => Outcome::Half(answer),
        (Kind::AfterError, _) | (_, None) => Outcome::Whole(refuse(azure, fault, place, ask)),
        (_, Some(answer)) => Outcome::Whole(answer),
    }
}

/// Does what is asked, and keeps others from seeing it where the fault wants that.
fn done(azure: &Azure, account: &str, fault: &Fault, place: &Place, ask: &Ask) -> Answer {
    let mut state = azure.lock();
    let group = key(place.name("resource_group"), place.name("group"));
    let before = state.accounts.get(account).and_then(|account| account.groups.get(&group)).cloned();
    let answer = carry_out(&mut state, place, ask, fault.twist());
    if let (Kind::Unseen, Some(account)) = (fault.kind, state.accounts.get_mut(account)) {
        account.veils.insert(group, Veil { before, left: fault.calls });
    }
    answer
}

/// The answer of a fault that has one of its own.
fn refuse(azure: &Azure, fault: &Fault, place: &Place, ask: &Ask) -> Answer {
    let state = azure.lock();
    let (here, elsewhere) = (&state.addresses.azure, &state.addresses.elsewhere);
    let account = state.accounts.get(&account_of(&state, place, ask));
    let tenant = account.map_or("common", |account| account.tenant.as_str());
    let now = SystemTime::now();
    match fault.kind {
        Kind::Page => {
            let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
            Answer::empty(fault.status.unwrap_or(502)).with("Content-Type", "text/html").with_body(page)
        }
        Kind::Redirect => Answer::empty(fault.status.unwrap_or(307)).with("Location", format!("{elsewhere}{}?{}", ask.path, ask.raw_query)),
        Kind::Expired => {
            let (expiry, now) = (manager::moment(now - Duration::from_secs(11)), manager::moment(now));
            refusal::expired_token(here, tenant, &expiry, &now).answer()
        }
        Kind::Unauthenticated => refusal::invalid_token(here, tenant).answer(),
        _ => {
            let uri = format!(
                "{here}/subscriptions/{}/providers/Microsoft.Network/locations/eastus/operations/{}",
                place.name("subscription"),
                guid()
            );
            let refusal = fault.refusal(place.name("subscription"), &uri, &ask.path);
            let answer = refusal.unwrap_or_else(refusal::internal).answer();
            answer.with("x-ms-request-id", guid()).with("x-ms-correlation-request-id", guid())
        }
    }
}

/// Waits to be released: whether to go on, and whom to tell when that is done.
async fn hang(azure: &Azure, account: &str) -> (bool, oneshot::Sender<()>) {
    let (go_on, released) = oneshot::channel();
    let (tell, finished) = oneshot::channel();
    if let Some(account) = azure.lock().accounts.get_mut(account) {
        account.hanging.push(Hanging { go_on, finished });
    }
    let go_on = matches!(tokio::time::timeout(HANG, released).await, Ok(Ok(true)));
    (go_on, tell)
}

/// Does what somebody else does at this moment; what fails is a mishap, which the test is told.
fn run(azure: &Azure, account: &str, commands: &[Command]) {
    let mut state = azure.lock();
    for command in commands {
        let whose = command.account.as_deref().unwrap_or(account).to_ascii_lowercase();
        if let Err(error) = hand::run(&mut state, &whose, &command.command, &command.args)
            && let Some(account) = state.accounts.get_mut(account)
        {
            account.mishaps.push(format!("{}: {error}", command.command));
        }
    }
}
