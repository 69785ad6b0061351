//! The requests about one group: look at it, write it as a whole, list, write and delete single rules.
//!
//! Writes return once Azure has carried them out. None repeats anything by itself beyond what [`Patience`](super::patience::Patience) does.

use std::sync::Arc;

use azure_core::http::{Method, Request};
use azure_mgmt_network::models;
use serde_json::Value;

use crate::stop::Stop;

use super::bridge::Bridge;
use super::endpoint::{Endpoint, Reply, unanswered};
use super::error::{Answer, AzureError, Call};
use super::id::{NsgId, RuleName};
use super::poll::settle;

#[cfg(test)]
mod tests;

/// A group as Azure describes it.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// What a write of the whole group must name, so that it does not undo somebody else's.
    pub(crate) etag: String,
    /// Everything that Azure says about it.
    pub(crate) body: Value,
}

/// Looks at a group; nothing if it does not exist.
pub(crate) async fn group(endpoint: &Arc<Endpoint>, id: &NsgId, stop: &Stop) -> Result<Option<Found>, AzureError> {
    let call = endpoint.call("networkSecurityGroups/read", id, None);
    let bridge = Bridge::new(endpoint, call.clone(), stop);
    let sent = bridge
        .carry(|client| client.network_security_groups_client().get(id.resource_group(), id.name(), id.subscription().as_str()).send());
    let reply = match sent.await {
        Err(AzureError::Refused { answer, .. }) if is_gone(&answer) => return Ok(None),
        reply => reply?,
    };
    let body = json(&call, &reply)?;
    let Some(etag) = body.get("etag").and_then(Value::as_str) else {
        return Err(unanswered(&call, "the answer is not a network security group: it has no etag"));
    };
    Ok(Some(Found { etag: etag.to_owned(), body }))
}

/// Writes a group as a whole, if it still has this etag.
///
/// # Errors
/// [`AzureError::Stale`] when it has another one.
pub(crate) async fn put_group(endpoint: &Arc<Endpoint>, id: &NsgId, body: &Value, etag: &str, stop: &Stop) -> Result<(), AzureError> {
    let call = endpoint.call("networkSecurityGroups/write", id, None);
    let bridge = Bridge::new(endpoint, call.clone(), stop).if_match(etag).body(body);
    let nothing = models::NetworkSecurityGroup::new(); // The typed one cannot say that there are no rules.
    let sent = bridge.carry(|client| {
        let groups = client.network_security_groups_client();
        groups.create_or_update(id.resource_group(), id.name(), nothing, id.subscription().as_str()).send()
    });
    settle(endpoint, &call, &sent.await?, stop).await
}

/// Lists the rules of a group, for those who may not read the group itself; nothing if the group does not exist.
pub(crate) async fn rules(endpoint: &Arc<Endpoint>, id: &NsgId, stop: &Stop) -> Result<Option<Vec<Value>>, AzureError> {
    let call = endpoint.call("networkSecurityGroups/securityRules/read", id, None);
    // Its builder reads the pages itself, and would follow a link to anywhere.
    let mut next = endpoint.here(&format!("{id}/securityRules?api-version={API_VERSION}"));
    let mut rules = Vec::new();
    for page in 0..PAGES_MOST {
        let Some(url) = next else { return Err(unanswered(&call, "`nextLink` names no URL")) };
        let reply = match endpoint.exchange(&Request::new(url, Method::Get), &call, stop).await {
            Err(AzureError::Refused { answer, .. }) if page == 0 && is_gone(&answer) => return Ok(None),
            reply => reply?,
        };
        let mut page = json(&call, &reply)?;
        let Some(Value::Array(found)) = page.get_mut("value").map(Value::take) else {
            return Err(unanswered(&call, "the answer is not a list of rules: it has no `value`"));
        };
        rules.extend(found);
        let link = page.get("nextLink").and_then(Value::as_str).filter(|link| !link.is_empty());
        let Some(link) = link else { return Ok(Some(rules)) };
        next = endpoint.here(link);
    }
    Err(unanswered(&call, "the list of rules has no end"))
}

/// Writes one rule of a group.
pub(crate) async fn put_rule(endpoint: &Arc<Endpoint>, id: &NsgId, name: &RuleName, body: &Value, stop: &Stop) -> Result<(), AzureError> {
    let call = endpoint.call("networkSecurityGroups/securityRules/write", id, Some(name));
    let bridge = Bridge::new(endpoint, call.clone(), stop).body(body);
    let sent = bridge.carry(|client| {
        let (rules, rule) = (client.security_rules_client(), models::SecurityRule::new());
        rules.create_or_update(id.resource_group(), id.name(), name.as_str(), rule, id.subscription().as_str()).send()
    });
    settle(endpoint, &call, &sent.await?, stop).await
}

/// Deletes one rule of a group; one that is not there is a success. Where it is the group that is not there, a look has to tell: another
/// part of Azure may know it.
pub(crate) async fn delete_rule(endpoint: &Arc<Endpoint>, id: &NsgId, name: &RuleName, stop: &Stop) -> Result<(), AzureError> {
    let call = endpoint.call("networkSecurityGroups/securityRules/delete", id, Some(name));
    let bridge = Bridge::new(endpoint, call.clone(), stop);
    let sent = bridge.carry(|client| {
        client.security_rules_client().delete(id.resource_group(), id.name(), name.as_str(), id.subscription().as_str()).send()
    });
    match sent.await {
        Err(AzureError::Refused { answer, .. }) if answer.status == 404 && answer.says("NotFound") => Ok(()),
        reply => settle(endpoint, &call, &reply?, stop).await,
    }
}

/// The version that azure_mgmt_network speaks.
const API_VERSION: &str = "2024-03-01";

/// The most pages of one list; a thousand rules are a few.
const PAGES_MOST: usize = 200;

/// A 404 that does not say so in Azure's words comes from something on the way to it.
fn is_gone(answer: &Answer) -> bool {
    let codes = ["ResourceNotFound", "ResourceGroupNotFound", "ParentResourceNotFound", "NotFound"];
    answer.status == 404 && codes.into_iter().any(|code| answer.says(code))
}

fn json(call: &Call, reply: &Reply) -> Result<Value, AzureError> {
    serde_json::from_slice(&reply.body).map_err(|error| unanswered(call, error))
}
