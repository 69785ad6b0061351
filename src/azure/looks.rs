//! Looking at a group: everything in it by one call, or, for those who may not read groups, its rules alone.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::stop::Stop;

use super::calls;
use super::endpoint::{Endpoint, unanswered};
use super::error::AzureError;
use super::id::NsgId;
use super::lift;
use super::owner::Observed;

/// How long to wait before a group counts as gone.
const SECOND_LOOK: Duration = Duration::from_millis(if cfg!(test) { 10 } else { 1000 });

/// Looks at a group now.
///
/// # Errors
/// When Azure cannot be asked or refuses, or tells what is no group. A group that does not exist is no error.
pub(crate) async fn look(endpoint: &Arc<Endpoint>, id: &NsgId, stop: &Stop) -> Result<Observed, AzureError> {
    let told = match calls::group(endpoint, id, stop).await {
        Ok(None) => return Ok(Observed::Gone),
        Ok(Some(found)) => lift::group(id, &found.etag, &found.body),
        Err(refused) if is_forbidden(&refused) => match calls::rules(endpoint, id, stop).await {
            Ok(None) => return Ok(Observed::Gone),
            Ok(Some(rules)) => lift::group_of_rules(id, &rules),
            // Who may do neither wants to know of the usual right.
            Err(error) if is_forbidden(&error) => return Err(refused),
            Err(error) => return Err(error),
        },
        Err(error) => return Err(error),
    };
    let call = endpoint.call("networkSecurityGroups/read", id, None);
    told.map(|group| Observed::Live(Box::new(group))).map_err(|fault| unanswered(&call, fault))
}

/// Looks at a group, and once more before it counts as gone: one call may reach a part of Azure that does not know it yet.
///
/// # Errors
/// As those of [`look`].
pub(crate) async fn look_closely(endpoint: &Arc<Endpoint>, id: &NsgId, stop: &Stop) -> Result<Observed, AzureError> {
    let seen = look(endpoint, id, stop).await?;
    if seen != Observed::Gone || !stop.sleep(SECOND_LOOK).await {
        return Ok(seen);
    }
    look(endpoint, id, stop).await
}

/// Returns what is live after a write of a whole group that succeeded, where it cannot be looked at.
pub(crate) fn written(id: &NsgId, body: &Value) -> Option<Observed> {
    lift::group(id, "", body).ok().map(|group| Observed::Live(Box::new(group)))
}

/// Returns what is live after all these rules of a group were written one by one, where they cannot be looked at.
pub(crate) fn written_rules(id: &NsgId, rules: &[Value]) -> Option<Observed> {
    lift::group_of_rules(id, rules).ok().map(|group| Observed::Live(Box::new(group)))
}

fn is_forbidden(error: &AzureError) -> bool {
    matches!(error, AzureError::Refused { answer, .. } if answer.status == 403)
}
