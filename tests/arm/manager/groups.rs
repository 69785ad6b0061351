//! Network security groups.

use serde_json::{Map, Value};

use super::Call;
use crate::account::{Veil, key};
use crate::check;
use crate::group::Group;
use crate::operation::{self, Work};
use crate::refusal::{self, Refusal};
use crate::rule::{self, ASGS, asgs};
use crate::settings::Cloud;
use crate::wire::Answer;

const KIND: &str = "Microsoft.Network/networkSecurityGroups";
/// What a resource may have at its top.
const MEMBERS: [&str; 15] = [
    "id",
    "name",
    "type",
    "location",
    "tags",
    "properties",
    "etag",
    "identity",
    "kind",
    "sku",
    "plan",
    "managedBy",
    "zones",
    "extendedLocation",
    "systemData",
];

/// What a handler changes of a group, and how that becomes an operation.
pub(super) struct Change {
    pub(super) key: String,
    pub(super) before: Option<Group>,
    pub(super) after: Group,
    pub(super) work: Work,
}

impl Change {
    /// Carries it out and begins its operation; the id of that.
    pub(super) fn begin(mut self, call: &mut Call<'_>) -> String {
        let state = if self.work == Work::DeleteGroup { "Deleting" } else { "Updating" };
        self.after.become_state(state);
        call.account.groups.insert(self.key.clone(), self.after);
        operation::begin(call.account, &self.key, self.work, self.before, call.twist.clone())
    }
}

/// The key and the group that the path names, settled or not.
pub(super) fn named(call: &Call<'_>) -> (String, Option<Group>) {
    let key = key(call.place.name("resource_group"), call.place.name("group"));
    let group = call.account.groups.get(&key).cloned();
    (key, group)
}

/// The group that the path names, as far as this reader may see it yet.
pub(super) fn seen<'a>(call: &'a mut Call<'_>) -> Option<&'a Group> {
    let key = key(call.place.name("resource_group"), call.place.name("group"));
    match call.account.veils.get_mut(&key).filter(|veil| veil.left > 0) {
        Some(Veil { before, left }) => {
            *left -= 1;
            before.as_ref()
        }
        None => call.account.groups.get(&key),
    }
}

fn not_found(call: &Call<'_>) -> Refusal {
    refusal::resource_not_found(KIND, call.place.name("group"), call.place.name("resource_group"))
}

/// Refuses a stale `If-Match`; of something that does not exist any is.
pub(super) fn require_match(call: &Call<'_>, id: &str, group: Option<&Group>) -> Result<(), Refusal> {
    let bare = |etag: &str| etag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    let has = group.map_or("", |group| group.etag.as_str());
    match call.ask.header("if-match").map(bare) {
        Some(given) if given == "*" && group.is_some() || given == has && group.is_some() => Ok(()),
        Some(given) => Err(refusal::stale(&given, has, id)),
        None if call.ask.header("if-none-match").is_some_and(|given| bare(given) == "*") && group.is_some() => {
            Err(refusal::stale("*", has, id))
        }
        None => Ok(()),
    }
}

/// Refuses what comes while an operation works on the group.
pub(super) fn require_idle(call: &Call<'_>, group: &Group) -> Result<(), Refusal> {
    let operation = group.busy.as_ref().and_then(|id| call.account.operations.get(id)).filter(|operation| operation.runs());
    let seconds = call.account.settings.retry_after;
    operation.map_or(Ok(()), |operation| Err(refusal::busy(operation.name(), &operation.id, &group.id, seconds)))
}

/// The answer to a change that an operation works on.
pub(super) fn announce(call: &Call<'_>, answer: Answer, operation: &str, is_group: bool) -> Answer {
    let answer = operation::announce(answer, call.account, call.addresses, operation, &call.version);
    match call.account.settings.cloud {
        Cloud::Public if is_group => answer.with("Azure-AsyncNotification", "Enabled"),
        Cloud::Public | Cloud::China => answer,
    }
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let resource_group = call.place.name("resource_group").to_ascii_lowercase();
    let scope = match resource_group.as_str() {
        "" => format!("/subscriptions/{}", call.account.subscription),
        _ => format!("/subscriptions/{}/resourceGroups/{}", call.account.subscription, call.place.name("resource_group")),
    };
    call.require(&format!("{KIND}/read"), &scope)?;
    call.require_resource_group()?;
    let is_wanted = |key: &str| resource_group.is_empty() || key.split('/').next() == Some(&resource_group);
    let found = call.account.groups.iter().filter(|(key, _)| is_wanted(key)).map(|(_, group)| group.show()).collect();
    Ok(call.list(found))
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.require(&format!("{KIND}/read"), &call.id("networkSecurityGroups", call.place.name("group")))?;
    call.require_resource_group()?;
    let missing = not_found(call);
    let group = seen(call).ok_or(missing)?;
    Ok(Answer::json(200, &group.show()).with("ETag", group.sent_etag()))
}

pub(super) fn put(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let (key, before) = named(call);
    let id = before.as_ref().map_or_else(|| call.id("networkSecurityGroups", call.place.name("group")), |group| group.id.clone());
    let write = format!("{KIND}/write");
    call.require(&write, &id)?;
    call.require_resource_group()?;
    call.require_unlocked("write", &id)?;
    let body = call.ask.json().ok_or_else(refusal::unparsable)?;
    let after = read(call, &id, before.as_ref(), &body)?;
    require_match(call, &id, before.as_ref())?;
    let asgs: Vec<String> = after.rules.iter().flat_map(|rule| ASGS.map(|property| asgs(rule, property))).flatten().collect();
    call.principal.require_join(&write, &id, &asgs)?;
    after.rules.iter().try_for_each(|rule| check::rule(call.account, &after, rule))?;
    check::together(&after)?;
    if let Some(before) = before.as_ref() {
        // Another write of the whole group is superseded by this one; anything else is waited for.
        let busy = before.busy.as_ref().and_then(|id| call.account.operations.get(id));
        if busy.is_some_and(|operation| operation.work != Work::PutGroup) {
            require_idle(call, before)?;
        }
        if before.is_like(&after) && before.state == "Succeeded" {
            let operation = operation::begin(call.account, &key, Work::Nothing, None, call.twist.clone());
            return Ok(announce(call, Answer::json(200, &before.show()), &operation, true));
        }
    }
    let status = if before.is_some() { 200 } else { 201 };
    let operation = Change { key: key.clone(), before, after, work: Work::PutGroup }.begin(call);
    let shown = call.account.groups.get(&key).map(Group::show).unwrap_or_default();
    Ok(announce(call, Answer::json(status, &shown), &operation, true))
}

/// The group that a body describes.
fn read(call: &Call<'_>, id: &str, before: Option<&Group>, body: &Value) -> Result<Group, Refusal> {
    let name = call.place.name("group");
    if !rule::is_name(name) {
        return Err(refusal::invalid_name(name));
    }
    let body = body.as_object().ok_or_else(refusal::unparsable)?;
    if let Some(member) = body.keys().find(|member| !MEMBERS.contains(&member.as_str())) {
        return Err(refusal::unknown_member(member));
    }
    let location = body.get("location").and_then(Value::as_str).ok_or_else(refusal::location_required)?;
    let location = location.to_ascii_lowercase().replace(' ', "");
    let mut group = match before {
        Some(before) if before.location != location => {
            let resource_group = call.place.name("resource_group");
            return Err(refusal::other_location(name, &before.location, resource_group, &location));
        }
        Some(before) => before.clone(),
        None => Group::new(id.to_owned(), name.to_owned(), location),
    };
    group.tags = body.get("tags").filter(|tags| !tags.is_null()).cloned();
    let nothing = Map::new();
    let properties = match body.get("properties") {
        None | Some(Value::Null) => &nothing,
        Some(properties) => properties.as_object().ok_or_else(refusal::unparsable)?,
    };
    group.more = rule::read_more(call.account, properties)?;
    match properties.get("securityRules") {
        Some(Value::Array(rules)) => {
            group.rules = rules.iter().map(|given| rule::read(call.account, id, given, None)).collect::<Result<_, _>>()?;
        }
        None | Some(Value::Null) if call.account.settings.keep_omitted_rules => {}
        None | Some(Value::Null) => group.rules.clear(),
        Some(_) => return Err(refusal::unparsable()),
    }
    Ok(group)
}

pub(super) fn patch(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let (key, before) = named(call);
    let id = call.id("networkSecurityGroups", call.place.name("group"));
    call.require(&format!("{KIND}/write"), &id)?;
    call.require_resource_group()?;
    let mut group = before.ok_or_else(|| not_found(call))?;
    call.require_unlocked("write", &id)?;
    require_match(call, &id, Some(&group))?;
    group.tags = call.ask.json().and_then(|body| body.get("tags").cloned()).filter(|tags| !tags.is_null());
    group.become_state("Succeeded");
    let shown = group.show();
    call.account.groups.insert(key, group);
    Ok(Answer::json(200, &shown))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let (key, before) = named(call);
    let id = call.id("networkSecurityGroups", call.place.name("group"));
    call.require(&format!("{KIND}/delete"), &id)?;
    call.require_resource_group()?;
    let Some(before) = before else { return Ok(Answer::empty(204)) };
    call.require_unlocked("delete", &id)?;
    require_match(call, &before.id, Some(&before))?;
    require_idle(call, &before)?;
    let users = [before.subnets.clone(), before.interfaces.clone()].concat();
    if !users.is_empty() {
        return Err(refusal::in_use(&before.id, &users.join(", ")));
    }
    let operation = Change { key, after: before.clone(), before: Some(before), work: Work::DeleteGroup }.begin(call);
    Ok(announce(call, Answer::empty(202), &operation, true))
}
