//! Application security groups, as far as rules need them. What is asked is done at once.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Call;
use super::groups::announce;
use crate::account::key;
use crate::asg::Asg;
use crate::operation::{self, Work};
use crate::refusal::{self, Refusal};
use crate::rule::{self, ASGS, asgs};
use crate::wire::Answer;

const KIND: &str = "Microsoft.Network/applicationSecurityGroups";

fn id(call: &Call<'_>) -> String {
    call.id("applicationSecurityGroups", call.place.name("asg"))
}

fn place(call: &Call<'_>) -> String {
    key(call.place.name("resource_group"), call.place.name("asg"))
}

pub(super) fn list(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let resource_group = call.place.name("resource_group").to_ascii_lowercase();
    call.require(&format!("{KIND}/read"), &format!("/subscriptions/{}", call.account.subscription))?;
    call.require_resource_group()?;
    let is_wanted = |key: &str| resource_group.is_empty() || key.split('/').next() == Some(&resource_group);
    let found = call.account.asgs.iter().filter(|(key, _)| is_wanted(key)).map(|(_, asg)| asg.show()).collect();
    Ok(call.list(found))
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.require(&format!("{KIND}/read"), &id(call))?;
    call.require_resource_group()?;
    let found = call.account.asgs.get(&place(call));
    let found = found.ok_or_else(|| refusal::resource_not_found(KIND, call.place.name("asg"), call.place.name("resource_group")))?;
    Ok(Answer::json(200, &found.show()).with("ETag", format!("W/\"{}\"", found.etag)))
}

pub(super) fn put(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let (id, place, name) = (id(call), place(call), call.place.name("asg"));
    call.require(&format!("{KIND}/write"), &id)?;
    call.require_resource_group()?;
    call.require_unlocked("write", &id)?;
    if !rule::is_name(name) {
        return Err(refusal::invalid_name(name));
    }
    let body = call.ask.json().ok_or_else(refusal::unparsable)?;
    let location = body.get("location").and_then(Value::as_str).ok_or_else(refusal::location_required)?.to_ascii_lowercase();
    let status = if call.account.asgs.contains_key(&place) { 200 } else { 201 };
    let asg = call.account.asgs.entry(place).or_insert_with(|| Asg::new(id, name.to_owned(), location));
    asg.tags = body.get("tags").filter(|tags| !tags.is_null()).cloned();
    let shown = asg.show();
    let operation = operation::begin(call.account, "", Work::Nothing, None, call.twist.clone());
    Ok(announce(call, Answer::json(status, &shown), &operation, true))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    let (id, place) = (id(call), place(call));
    call.require(&format!("{KIND}/delete"), &id)?;
    call.require_resource_group()?;
    if !call.account.asgs.contains_key(&place) {
        return Ok(Answer::empty(204));
    }
    call.require_unlocked("delete", &id)?;
    let names = |group: &crate::group::Group| {
        let named = group.rules.iter().flat_map(|rule| ASGS.map(|property| asgs(rule, property))).flatten();
        named.map(|id| id.to_ascii_lowercase()).collect::<BTreeSet<_>>()
    };
    let user = call.account.groups.values().find(|group| names(group).contains(&id.to_ascii_lowercase()));
    if let Some(user) = user {
        return Err(refusal::asg_in_use(&id, &user.id));
    }
    call.account.asgs.remove(&place);
    let operation = operation::begin(call.account, "", Work::Nothing, None, call.twist.clone());
    Ok(announce(call, Answer::empty(202), &operation, true))
}
