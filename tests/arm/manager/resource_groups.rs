//! Resource groups, as far as tests need them; and the subscription itself.

use serde_json::{Value, json};

use super::Call;
use crate::account::ResourceGroup;
use crate::operation::{self, Work};
use crate::refusal::{self, Refusal};
use crate::wire::Answer;

const KIND: &str = "Microsoft.Resources/subscriptions/resourceGroups";

fn id(call: &Call<'_>) -> String {
    format!("/subscriptions/{}/resourceGroups/{}", call.account.subscription, call.place.name("resource_group"))
}

fn show(call: &Call<'_>, group: &ResourceGroup) -> Value {
    let mut shown = json!({
        "id": format!("/subscriptions/{}/resourceGroups/{}", call.account.subscription, group.name),
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "properties": { "provisioningState": "Succeeded" },
    });
    if let (Some(tags), Some(shown)) = (&group.tags, shown.as_object_mut()) {
        shown.insert("tags".to_owned(), tags.clone());
    }
    shown
}

pub(super) fn subscription(call: &Call<'_>) -> Answer {
    let subscription = &call.account.subscription;
    let shown = json!({
        "id": format!("/subscriptions/{subscription}"),
        "subscriptionId": subscription,
        "tenantId": call.account.tenant,
        "displayName": "Tests",
        "state": "Enabled",
        "authorizationSource": "RoleBased",
    });
    Answer::json(200, &shown)
}

pub(super) fn get(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.require(&format!("{KIND}/read"), &id(call))?;
    call.require_resource_group()?;
    let found = call.account.resource_groups.get(&call.place.name("resource_group").to_ascii_lowercase());
    Ok(Answer::json(200, &found.map(|group| show(call, group)).unwrap_or_default()))
}

pub(super) fn put(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.require(&format!("{KIND}/write"), &id(call))?;
    let body = call.ask.json().ok_or_else(refusal::unparsable)?;
    let location = body.get("location").and_then(Value::as_str).ok_or_else(refusal::location_required)?.to_ascii_lowercase();
    let name = call.place.name("resource_group");
    let key = name.to_ascii_lowercase();
    let status = if call.account.resource_groups.contains_key(&key) { 200 } else { 201 };
    let tags = body.get("tags").filter(|tags| !tags.is_null()).cloned();
    let group = ResourceGroup { name: name.to_owned(), location, tags };
    let shown = show(call, &group);
    call.account.resource_groups.insert(key, group);
    Ok(Answer::json(status, &shown))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Answer, Refusal> {
    call.require(&format!("{KIND}/delete"), &id(call))?;
    call.require_resource_group()?;
    call.require_unlocked("delete", &id(call))?;
    let key = call.place.name("resource_group").to_ascii_lowercase();
    let inside = format!("{key}/");
    call.account.groups.retain(|key, _| !key.starts_with(&inside));
    call.account.asgs.retain(|key, _| !key.starts_with(&inside));
    call.account.resource_groups.remove(&key);
    let id = operation::begin(call.account, "", Work::Nothing, None, call.twist.clone());
    let operation = call.account.operations.get(&id);
    let url = operation.map(|one| one.url(&call.addresses.azure, call.account, "operationResults", &call.version)).unwrap_or_default();
    let seconds = call.account.settings.retry_after.to_string();
    Ok(Answer::empty(202).with("Location", url).with("Retry-After", seconds))
}
