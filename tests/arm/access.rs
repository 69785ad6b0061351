//! Who may do what where: roles as Azure's custom roles say them, and locks.

use serde::Deserialize;
use serde_json::Value;

use crate::account::{Account, secret};
use crate::azure::guid;
use crate::refusal::{self, Refusal};

/// Needed on every application security group that a rule names.
pub(crate) const JOIN: &str = "Microsoft.Network/applicationSecurityGroups/joinNetworkSecurityRule/action";

/// One assignment of a role.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Permission {
    actions: Vec<String>,
    #[serde(default)]
    not_actions: Vec<String>,
    /// Where it holds; everywhere in the subscription when it is not said.
    #[serde(default)]
    scope: String,
}

/// What a token from elsewhere has to say to be taken for a principal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Federation {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    #[serde(default = "exchange")]
    pub(crate) audience: String,
}

fn exchange() -> String {
    "api://AzureADTokenExchange".to_owned()
}

/// An application or a managed identity.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    pub(crate) client: String,
    pub(crate) object: String,
    pub(crate) secret: String,
    /// What it may do; everything when nothing is said.
    pub(crate) permissions: Option<Vec<Permission>>,
    pub(crate) federations: Vec<Federation>,
    /// Certificates in DER, by which it may sign assertions.
    pub(crate) certificates: Vec<Vec<u8>>,
}

impl Principal {
    /// A new one.
    pub(crate) fn new(permissions: Option<Vec<Permission>>) -> Principal {
        Principal {
            client: guid(),
            object: guid(),
            secret: secret("client"),
            permissions,
            federations: Vec::new(),
            certificates: Vec::new(),
        }
    }

    /// Whether it may do this there.
    pub(crate) fn may(&self, action: &str, scope: &str) -> bool {
        let Some(permissions) = &self.permissions else { return true };
        let named = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, action));
        permissions.iter().any(|one| is_within(scope, &one.scope) && named(&one.actions) && !named(&one.not_actions))
    }

    /// Refuses what it may not do.
    pub(crate) fn require(&self, action: &str, scope: &str) -> Result<(), Refusal> {
        if self.may(action, scope) { Ok(()) } else { Err(refusal::not_authorized(&self.client, &self.object, action, scope)) }
    }

    /// Refuses rules that name what it may not join.
    pub(crate) fn require_join(&self, action: &str, scope: &str, asgs: &[String]) -> Result<(), Refusal> {
        let closed: Vec<String> = asgs.iter().filter(|asg| !self.may(JOIN, asg)).cloned().collect();
        if closed.is_empty() {
            return Ok(());
        }
        Err(refusal::not_authorized_to_link(&self.client, &self.object, action, scope, JOIN, &closed))
    }
}

/// Whether a pattern with `*` names an action, in any case.
fn matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| action.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

/// Whether an id is a scope or lies in it.
pub(crate) fn is_within(id: &str, scope: &str) -> bool {
    let (id, scope) = (id.to_ascii_lowercase(), scope.trim_end_matches('/').to_ascii_lowercase());
    id.strip_prefix(&scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a lock forbids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Level {
    CanNotDelete,
    ReadOnly,
}

/// A lock.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Lock {
    /// The id of a resource group, a group, or one rule.
    pub(crate) scope: String,
    pub(crate) level: Level,
}

/// Refuses `write` or `delete` of something that is locked, as it is or by what it lies in; and to delete what has something locked in it.
pub(crate) fn require_unlocked(account: &Account, verb: &str, id: &str) -> Result<(), Refusal> {
    let deletes = verb == "delete";
    let blocks =
        |lock: &&Lock| (lock.level == Level::ReadOnly || deletes) && (is_within(id, &lock.scope) || deletes && is_within(&lock.scope, id));
    let locked: Vec<String> = account.locks.iter().filter(blocks).map(|lock| lock.scope.clone()).collect();
    if locked.is_empty() { Ok(()) } else { Err(refusal::locked(verb, id, &locked)) }
}

/// Reads permissions: null is everything.
pub(crate) fn permissions(given: Value) -> Result<Option<Vec<Permission>>, String> {
    serde_json::from_value(given).map_err(|error| format!("permissions are a list of {{actions, notActions, scope}}: {error}"))
}
