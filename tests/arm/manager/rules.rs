//! Rules one by one. They have their group's etag, and every change of one is a change of the group.

use super::Call;
use super::groups::{Change, announce, named, require_idle, require_match, seen};
use crate::check;
use crate::group::Group;
use crate::operation::{self, Work};
use crate::place::Kind;
use crate::refusal::{self, Refusal};
use crate::rule::{self, ASGS, asgs};
use crate::wire::Answer;

const GROUP: &str = "Microsoft.Network/networkSecurityGroups";
const KIND: &str = "Microsoft.Network/networkSecurityGroups/securityRules";

/// The id of the rule that the path names.
fn id(call: &Call<'_>) -> String {
    format!("{}/securityRules/{}", group_id(call), call.place.name("rule"))
}

fn group_id(call: &Call<'_>) -> String {
    call.id("networkSecurityGroups", call.place.name("group"))
}

fn group_not_found(call: &Call<'_>) -> Refusal {
    refusal::resource_not_found(GROUP, call.place.name("group"), call.place.name("resource_group"))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.require(&format!("{KIND}/read"), &group_id(call))?;
    call.require_resource_group()?;
    let missing = group_not_found(call);
    let group = seen(call).ok_or(missing)?;
    let shown = group.rules.iter().map(|rule| group.show_rule(rule)).collect();
    Ok(call.list(shown))
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.require(&format!("{KIND}/read"), &id(call))?;
    call.require_resource_group()?;
    let (missing, id, place) = (group_not_found(call), id(call), call.place);
    let group = seen(call).ok_or(missing)?;
    let rule = group.rules.iter().find(|rule| rule.name.eq_ignore_ascii_case(place.name("rule")));
    let rule = rule.ok_or_else(|| refusal::rule_not_found(&id))?;
    Ok(Answer::json(200, &group.show_rule(rule)).with("ETag", group.sent_etag()))
}

pub(super) fn default(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.require(&format!("{GROUP}/defaultSecurityRules/read"), &group_id(call))?;
    call.require_resource_group()?;
    let missing = group_not_found(call);
    let group = seen(call).ok_or(missing)?;
    let (rules, id, etag) = (group.default_rules(), group.id.clone(), group.sent_etag());
    if call.place.kind == Kind::DefaultRules {
        return Ok(call.list(rules));
    }
    let name = call.place.name("rule");
    let found = rules
        .into_iter()
        .find(|rule| rule.get("name").and_then(|found| found.as_str()).is_some_and(|found| found.eq_ignore_ascii_case(name)));
    let id = format!("{id}/defaultSecurityRules/{name}");
    found.map(|rule| Answer::json(200, &rule).with("ETag", etag)).ok_or_else(|| refusal::rule_not_found(&id))
}

pub(super) fn put(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let (id, write) = (id(call), format!("{KIND}/write"));
    call.require(&write, &id)?;
    call.require_resource_group()?;
    let (key, before) = named(call);
    let before = before.ok_or_else(|| refusal::parent_not_found("write", KIND, &group_id(call)))?;
    call.require_unlocked("write", &id)?;
    let body = call.ask.json().ok_or_else(refusal::unparsable)?;
    let rule = rule::read(call.account, &before.id, &body, Some(call.place.name("rule")))?;
    require_match(call, &id, Some(&before))?;
    let asgs: Vec<String> = ASGS.into_iter().flat_map(|property| asgs(&rule, property)).collect();
    call.principal.require_join(&write, &id, &asgs)?;
    check::rule(call.account, &before, &rule)?;
    let (mut after, name) = (before.clone(), rule.name.clone());
    let status = match after.position(&name).and_then(|position| after.rules.get_mut(position)) {
        Some(found) => {
            // A name keeps the spelling that it was made with.
            found.properties = rule.properties;
            200
        }
        None => {
            after.rules.push(rule);
            201
        }
    };
    check::together(&after)?;
    require_idle(call, &before)?;
    let show = |group: &Group| {
        group.position(&name).and_then(|position| group.rules.get(position)).map(|rule| group.show_rule(rule)).unwrap_or_default()
    };
    if before.is_like(&after) && before.state == "Succeeded" {
        let operation = operation::begin(call.account, &key, Work::Nothing, None, call.twist.clone());
        return Ok(announce(call, Answer::json(200, &show(&before)), &operation, false));
    }
    let operation = Change { key: key.clone(), before: Some(before), after, work: Work::PutRule }.begin(call);
    let shown = call.account.groups.get(&key).map(show).unwrap_or_default();
    Ok(announce(call, Answer::json(status, &shown), &operation, false))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let id = id(call);
    call.require(&format!("{KIND}/delete"), &id)?;
    call.require_resource_group()?;
    let (key, before) = named(call);
    let before = before.ok_or_else(|| refusal::parent_not_found("delete", KIND, &group_id(call)))?;
    let Some(position) = before.position(call.place.name("rule")) else { return Ok(Answer::empty(204)) };
    call.require_unlocked("delete", &id)?;
    require_match(call, &id, Some(&before))?;
    require_idle(call, &before)?;
    let mut after = before.clone();
    if let Some(rule) = after.rules.get_mut(position) {
        rule.leaving = true;
    }
    let operation = Change { key, before: Some(before), after, work: Work::DeleteRule }.begin(call);
    Ok(announce(call, Answer::empty(202), &operation, false))
}
