//! Azure Resource Manager: who asks, whether it may, and which handler answers.

mod asgs;
mod groups;
mod resource_groups;
mod rules;

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::access::{self, Principal};
use crate::account::Account;
use crate::azure::{Addresses, State, guid, seconds};
use crate::fault::Twist;
use crate::operation;
use crate::place::{Kind, Place};
use crate::refusal::{self, Refusal};
use crate::settings::Cloud;
use crate::wire::{Answer, Ask};

/// A request that has come so far, and everything a handler needs.
pub(crate) struct Call<'a> {
    pub(crate) account: &'a mut Account,
    pub(crate) addresses: &'a Addresses,
    pub(crate) principal: Principal,
    pub(crate) place: &'a Place,
    pub(crate) ask: &'a Ask,
    pub(crate) version: String,
    pub(crate) twist: Twist,
}

impl Call<'_> {
    /// Refuses what the caller may not do.
    fn require(&self, action: &str, scope: &str) -> Result<(), Refusal> {
        self.principal.require(action, scope)
    }

    /// Refuses what is locked.
    fn require_unlocked(&self, verb: &str, id: &str) -> Result<(), Refusal> {
        access::require_unlocked(self.account, verb, id)
    }

    /// The id of what is asked for, with the resource group as it was made.
    fn id(&self, kind: &str, name: &str) -> String {
        let sent = self.place.name("resource_group");
        let known = self.account.resource_groups.get(&sent.to_ascii_lowercase()).map_or(sent, |group| group.name.as_str());
        self.account.id(known, kind, name)
    }

    /// Refuses what is in a resource group that there is not.
    fn require_resource_group(&self) -> Result<(), Refusal> {
        let name = self.place.name("resource_group");
        if name.is_empty() || self.account.resource_groups.contains_key(&name.to_ascii_lowercase()) {
            return Ok(());
        }
        Err(refusal::resource_group_not_found(name))
    }

    /// A list, in pages where the account has them.
    fn list(&self, all: Vec<Value>) -> Answer {
        let from: usize = self.ask.field("$skiptoken").and_then(|token| token.parse().ok()).unwrap_or_default();
        let count = self.account.settings.page.unwrap_or(usize::MAX).max(1);
        let is_last = all.len() <= from.saturating_add(count);
        let mut body = json!({ "value": all.into_iter().skip(from).take(count).collect::<Vec<_>>() });
        if let (false, Some(body)) = (is_last && !self.twist.astray, body.as_object_mut()) {
            let base = if self.twist.astray { &self.addresses.elsewhere } else { &self.addresses.azure };
            let link = format!("{base}{}?api-version={}&$skipToken={}", self.ask.path, self.version, from + count.min(100_000));
            body.insert("nextLink".to_owned(), json!(link));
        }
        Answer::json(200, &body)
    }
}

/// Answers a request to Resource Manager.
pub(crate) fn answer(state: &mut State, place: &Place, ask: &Ask, twist: Twist) -> Answer {
    let cloud = state.account(place.name("subscription")).map(|account| account.settings.cloud).unwrap_or_default();
    let answer = serve(state, place, ask, twist).unwrap_or_else(|refusal| refusal.answer());
    dress(answer, cloud, place, ask)
}

fn serve(state: &mut State, place: &Place, ask: &Ask, twist: Twist) -> Result<Answer, Refusal> {
    let addresses = state.addresses.clone();
    let subscription = place.name("subscription").to_owned();
    let tenant = state.account(&subscription).map_or_else(|| "common".to_owned(), |account| account.tenant.clone());
    let token = ask.bearer().ok_or_else(|| refusal::no_token(&addresses.azure, &tenant))?;
    let token = state.tokens.get(token).cloned().ok_or_else(|| refusal::invalid_token(&addresses.azure, &tenant))?;
    let now = SystemTime::now();
    if token.expires <= now {
        return Err(refusal::expired_token(&addresses.azure, &tenant, &moment(token.expires), &moment(now)));
    }
    if subscription.len() != 36 {
        return Err(refusal::invalid_subscription(&subscription));
    }
    let account = state.account(&subscription).ok_or_else(|| refusal::subscription_not_found(&subscription))?;
    if token.tenant != account.tenant {
        return Err(refusal::wrong_tenant(&addresses.azure, &tenant, &format!("{}/{}/", addresses.azure, token.tenant)));
    }
    let version = ask.field("api-version").ok_or_else(refusal::no_api_version)?.to_owned();
    if !is_version(&version) {
        return Err(refusal::bad_api_version(&version));
    }
    let principal = account.principals.get(&token.client.to_ascii_lowercase()).cloned();
    let principal = principal.ok_or_else(|| refusal::invalid_token(&addresses.azure, &tenant))?;
    throttle(account, ask)?;
    let mut call = Call { account, addresses: &addresses, principal, place, ask, version, twist };
    route(&mut call)
}

fn route(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let method = call.ask.method.as_str();
    let is_network = !matches!(call.place.kind, Kind::Subscription | Kind::ResourceGroup);
    if is_network && method != "GET" && !call.account.settings.registered {
        return Err(refusal::not_registered());
    }
    match (call.place.kind, method) {
        (Kind::Subscription, "GET") => Ok(resource_groups::subscription(call)),
        (Kind::ResourceGroup, "GET") => resource_groups::get(call),
        (Kind::ResourceGroup, "PUT") => resource_groups::put(call),
        (Kind::ResourceGroup, "DELETE") => resource_groups::delete(call),
        (Kind::Groups, "GET") => groups::list(call),
        (Kind::Group, "GET") => groups::get(call),
        (Kind::Group, "PUT") => groups::put(call),
        (Kind::Group, "PATCH") => groups::patch(call),
        (Kind::Group, "DELETE") => groups::delete(call),
        (Kind::Rules, "GET") => rules::list(call),
        (Kind::Rule, "GET") => rules::get(call),
        (Kind::Rule, "PUT") => rules::put(call),
        (Kind::Rule, "DELETE") => rules::delete(call),
        (Kind::DefaultRules | Kind::DefaultRule, "GET") => rules::default(call),
        (Kind::Asgs, "GET") => asgs::list(call),
        (Kind::Asg, "GET") => asgs::get(call),
        (Kind::Asg, "PUT") => asgs::put(call),
        (Kind::Asg, "DELETE") => asgs::delete(call),
        (Kind::Operation, "GET") => Ok(operation::poll(call.account, call.place.name("operation"), &call.ask.raw_query)),
        (Kind::Result, "GET") => {
            let (id, query) = (call.place.name("operation"), &call.ask.raw_query);
            Ok(operation::result(call.account, call.addresses, id, query, &call.version))
        }
        (Kind::Unknown, _) => Err(refusal::no_such_type(call.place.name("type"))),
        _ => Err(refusal::method_not_allowed(method)),
    }
}

/// Token buckets of a principal and region, as Resource Manager documents them.
fn throttle(account: &mut Account, ask: &Ask) -> Result<(), Refusal> {
    let Some(speed) = account.settings.throttling else { return Ok(()) };
    let (kind, most, refill) = match ask.method.as_str() {
        "GET" => ("reads", 250.0, 25.0),
        "DELETE" => ("deletes", 200.0, 10.0),
        _ => ("writes", 200.0, 10.0),
    };
    let now = std::time::Instant::now();
    let (left, since) = account.buckets.entry(kind.to_owned()).or_insert((most, now));
    *left = f64::min(most, *left + now.duration_since(*since).as_secs_f64() * refill * speed);
    *since = now;
    if *left < 1.0 {
        return Err(refusal::throttled(&account.subscription, 1));
    }
    *left -= 1.0;
    Ok(())
}

fn is_version(version: &str) -> bool {
    let date = version.strip_suffix("-preview").unwrap_or(version);
    let numbers: Vec<&str> = date.split('-').collect();
    let is_number = |(text, length): (&&str, usize)| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.len() == 3 && numbers.iter().zip([4, 2, 2]).all(is_number)
}

/// A moment as those messages write it.
pub(crate) fn moment(time: SystemTime) -> String {
    let Ok(time) = time::OffsetDateTime::from_unix_timestamp(i64::try_from(seconds(time)).unwrap_or_default()) else {
        return String::new();
    };
    let (hour, noon) = (time.hour(), if time.hour() < 12 { "AM" } else { "PM" });
    let (month, day, year) = (u8::from(time.month()), time.day(), time.year());
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{month}/{day}/{year} {hour}:{:02}:{:02} {noon}", time.minute(), time.second())
}

/// The headers that every answer has.
fn dress(answer: Answer, cloud: Cloud, place: &Place, ask: &Ask) -> Answer {
    let request = guid();
    let is_gateway = answer.header("x-ms-failure-cause").is_some();
    let correlation = ask.header("x-ms-correlation-request-id").map_or_else(guid, str::to_owned);
    let answer = [("Cache-Control", "no-cache"), ("Pragma", "no-cache"), ("Expires", "-1"), ("X-Content-Type-Options", "nosniff")]
        .into_iter()
        .fold(answer, |answer, (name, value)| answer.with(name, value))
        .with("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        .with("x-ms-request-id", request.clone())
        .with("x-ms-correlation-request-id", correlation)
        .with("x-ms-routing-request-id", format!("TESTS:20261128T000000Z:{request}"));
    // Operations on resource groups have no location.
    let is_resources = matches!(place.kind, Kind::Subscription | Kind::ResourceGroup | Kind::Unknown)
        || place.kind == Kind::Result && place.name("location").is_empty();
    match cloud {
        Cloud::Public => {
            let answer = answer.with("X-Cache", "CONFIG_NOCACHE");
            match ask.method.as_str() {
                _ if is_gateway => answer,
                "GET" => answer.with("x-ms-ratelimit-remaining-subscription-global-reads", "16499"),
                "DELETE" => answer.with("x-ms-ratelimit-remaining-subscription-global-deletes", "11999"),
                _ => answer.with("x-ms-ratelimit-remaining-subscription-global-writes", "11999"),
            }
        }
        Cloud::China if !is_resources && !is_gateway => answer.with("Server", "Microsoft-HTTPAPI/2.0"),
        Cloud::China => answer,
    }
}
