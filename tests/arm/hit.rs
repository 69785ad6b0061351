//! One request from its arrival to its answer: counted, logged, hit by a fault or not, carried out.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::account::{Hanging, Veil, key};
use crate::azure::{Azure, State, guid};
use crate::fault::{Command, Done, Fault, Kind, Late, Refused, Twist, Untold, last};
use crate::place::{self, Place};
use crate::refusal::{self, Refusal};
use crate::serve::Door;
use crate::wire::{Answer, Ask, Outcome};
use crate::{hand, identity, manager};

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
    let named = if matches!(place.kind, place::Kind::Token | place::Kind::Discovery) {
        state.of_tenant(place.name("tenant")).unwrap_or_default()
    } else if place.kind == place::Kind::Instance {
        let client = ask.field("client_id").unwrap_or_default().to_ascii_lowercase();
        let found = state.accounts.values().find(|account| account.principals.contains_key(&client));
        found.map(|account| account.subscription.clone()).unwrap_or_default()
    } else {
        place.name("subscription").to_owned()
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
    if place.kind == place::Kind::Token {
        let form = ask.form();
        for name in ["grant_type", "client_id", "scope", "client_assertion_type"] {
            if let Some(value) = form.get(name) {
                more.insert(name.to_owned(), json!(value));
            }
        }
        let proof = ["client_secret", "client_assertion"].into_iter().find(|name| form.contains_key(*name));
        more.insert("proof".to_owned(), json!(proof));
    } else if is_manager(place) {
        more.insert("body".to_owned(), json!(ask.json()));
    } else {
        more.insert("query".to_owned(), json!(ask.query));
    }
    entry
}

/// Whether Resource Manager is asked.
fn is_manager(place: &Place) -> bool {
    !place.name("subscription").is_empty() && !matches!(place.kind, place::Kind::Github | place::Kind::Pipelines | place::Kind::App)
}

/// Does what is asked.
fn carry_out(state: &mut State, place: &Place, ask: &Ask, twist: Twist) -> Answer {
    if is_manager(place) { manager::answer(state, place, ask, twist) } else { identity::answer(state, place, ask) }
}

async fn hit(azure: &Arc<Azure>, account: &str, fault: &Fault, place: &Place, ask: &Ask) -> Outcome {
    run(azure, account, &fault.before);
    let done = || done(azure, account, fault, place, ask);
    let outcome = match fault.kind {
        Kind::Refused(why) => Outcome::Whole(refuse(&azure.lock(), why, fault, place, ask)),
        Kind::Untold(Untold::Drop) => Outcome::Cut,
        Kind::Untold(Untold::AfterDrop) => {
            done();
            Outcome::Cut
        }
        Kind::Untold(Untold::AfterError) => {
            done();
            Outcome::Whole(refuse(&azure.lock(), Refused::Internal, fault, place, ask))
        }
        Kind::Untold(Untold::AfterHalf) => Outcome::Half(done()),
        Kind::Late(Late::Delay) => {
            tokio::time::sleep(Duration::from_secs_f64(fault.seconds.unwrap_or(1.0).max(0.0))).await;
            Outcome::Whole(done())
        }
        Kind::Late(Late::Hang) => {
            let (go_on, tell) = hang(azure, account).await;
            let outcome = if go_on { Outcome::Whole(done()) } else { Outcome::Cut };
            let _ = tell.send(());
            outcome
        }
        Kind::Late(Late::AfterHang) | Kind::Twisted(_) | Kind::Done(_) => Outcome::Whole(done()),
    };
    run(azure, account, &fault.after);
    if fault.kind == Kind::Late(Late::AfterHang) {
        let (go_on, tell) = hang(azure, account).await;
        let _ = tell.send(());
        return if go_on { outcome } else { Outcome::Cut };
    }
    outcome
}

/// Does what is asked, and keeps others from seeing it where the fault wants that.
fn done(azure: &Azure, account: &str, fault: &Fault, place: &Place, ask: &Ask) -> Answer {
    let mut state = azure.lock();
    let group = key(place.name("resource_group"), place.name("group"));
    let before = state.accounts.get(account).and_then(|account| account.groups.get(&group)).cloned();
    let answer = carry_out(&mut state, place, ask, fault.twist());
    if let (Kind::Done(Done::Unseen), Some(account)) = (fault.kind, state.accounts.get_mut(account)) {
        account.veils.insert(group, Veil { before, left: fault.calls });
    }
    answer
}

/// The answer of a fault that has one of its own.
fn refuse(state: &State, why: Refused, fault: &Fault, place: &Place, ask: &Ask) -> Answer {
    let (here, elsewhere) = (&state.addresses.azure, &state.addresses.elsewhere);
    let account = state.accounts.get(&account_of(state, place, ask));
    let tenant = account.map_or("common", |account| account.tenant.as_str());
    let (now, subscription) = (SystemTime::now(), place.name("subscription"));
    let refusal = match why {
        Refused::Page => {
            let page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
            return Answer::empty(fault.status.unwrap_or(502)).with("Content-Type", "text/html").with_body(page);
        }
        Refused::Redirect => {
            let location = format!("{elsewhere}{}?{}", ask.path, ask.raw_query);
            return Answer::empty(fault.status.unwrap_or(307)).with("Location", location);
        }
        Refused::Throttle => refusal::throttled(subscription, 1),
        Refused::Busy => refusal::busy("PutSecurityRuleOperation", &guid(), &ask.path, 1),
        Refused::OtherOperation => {
            let path = format!("/subscriptions/{subscription}/providers/Microsoft.Network/locations/eastus/operations/{}", guid());
            refusal::another_operation(&format!("{here}{path}"))
        }
        Refused::Internal => refusal::internal(),
        Refused::Unavailable => refusal::unavailable(1),
        Refused::Expired => refusal::expired_token(here, tenant, &manager::moment(now - Duration::from_secs(11)), &manager::moment(now)),
        Refused::Unauthenticated => refusal::invalid_token(here, tenant),
        Refused::Policy => refusal::disallowed_by_policy(last(&ask.path)),
        Refused::Error => Refusal::network(400, "BadRequest", "The request is bad.".to_owned()),
    };
    let answer = fault.reword(refusal).answer();
    answer.with("x-ms-request-id", guid()).with("x-ms-correlation-request-id", guid())
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
