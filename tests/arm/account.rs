//! One account: a subscription with its tenant, its principals, its groups, its settings and what happened to it.

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::access::{Lock, Principal};
use crate::asg::Asg;
use crate::azure::{guid, random};
use crate::fault::Fault;
use crate::group::Group;
use crate::operation::Operation;
use crate::settings::Settings;

/// A resource group.
#[derive(Debug, Clone)]
pub(crate) struct ResourceGroup {
    pub(crate) name: String,
    pub(crate) location: String,
    pub(crate) tags: Option<Value>,
}

/// A request that waits to be released.
#[derive(Debug)]
pub(crate) struct Hanging {
    /// Says whether it is to go on.
    pub(crate) go_on: oneshot::Sender<bool>,
    /// Is told when it has been carried out.
    pub(crate) finished: oneshot::Receiver<()>,
}

/// What a group looked like before, for those who do not see it yet.
#[derive(Debug)]
pub(crate) struct Veil {
    pub(crate) before: Option<Group>,
    pub(crate) left: u64,
}

/// One account.
#[derive(Debug, Default)]
pub(crate) struct Account {
    pub(crate) subscription: String,
    pub(crate) tenant: String,
    pub(crate) location: String,
    pub(crate) settings: Settings,
    /// By client id, in lower case.
    pub(crate) principals: BTreeMap<String, Principal>,
    /// By name in lower case.
    pub(crate) resource_groups: BTreeMap<String, ResourceGroup>,
    /// By resource group and name, see [`key`].
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) asgs: BTreeMap<String, Asg>,
    pub(crate) operations: BTreeMap<String, Operation>,
    pub(crate) locks: Vec<Lock>,
    /// What opens the endpoints of OIDC and of managed identities.
    pub(crate) passwords: BTreeMap<&'static str, String>,
    /// Assertions that were given out by the OIDC endpoints, with their claims.
    pub(crate) assertions: BTreeMap<String, Value>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) counts: BTreeMap<String, u64>,
    pub(crate) log: Vec<Value>,
    pub(crate) hanging: Vec<Hanging>,
    pub(crate) mishaps: Vec<String>,
    pub(crate) veils: BTreeMap<String, Veil>,
    /// Token buckets of the throttling: what is left, and when that was.
    pub(crate) buckets: BTreeMap<String, (f64, Instant)>,
}

impl Account {
    /// One with a principal that may do everything; its client id is given back.
    pub(crate) fn new(subscription: String, tenant: String, location: String) -> (Account, String) {
        let owner = Principal::new(None);
        let client = owner.client.clone();
        let passwords = ["github", "pipelines", "identity_header"].map(|name| (name, secret(name)));
        let account = Account {
            subscription,
            tenant,
            location,
            principals: [(client.clone(), owner)].into(),
            passwords: passwords.into(),
            ..Account::default()
        };
        (account, client)
    }

    /// The id of what is in this subscription.
    pub(crate) fn id(&self, resource_group: &str, kind: &str, name: &str) -> String {
        format!("/subscriptions/{}/resourceGroups/{resource_group}/providers/Microsoft.Network/{kind}/{name}", self.subscription)
    }

    /// The key and the group of an id, or of a name that only one group has.
    pub(crate) fn find_group(&mut self, id: &str) -> Result<String, String> {
        find(&self.groups, "networksecuritygroups", id)
    }

    /// Everything that nobody must find in a log.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &String> {
        let passwords = self.principals.values().map(|principal| &principal.secret).chain(self.passwords.values());
        passwords.chain(self.assertions.keys())
    }

    /// Lets every operation end whose time has come.
    pub(crate) fn settle(&mut self) {
        let now = Instant::now();
        let due: Vec<String> = self.operations.values().filter(|operation| operation.is_due(now)).map(|one| one.id.clone()).collect();
        due.iter().for_each(|id| crate::operation::finish(self, id));
    }

    /// Counts a request and writes it down; its number in the log.
    pub(crate) fn note(&mut self, action: &str, entry: Value) -> usize {
        *self.counts.entry(action.to_owned()).or_default() += 1;
        self.log.push(entry);
        self.log.len() - 1
    }

    /// What tests are told of its requests.
    pub(crate) fn seen(&self) -> Value {
        json!({ "calls": self.counts, "log": self.log, "hanging": self.hanging.len(), "mishaps": self.mishaps })
    }
}

/// The key of what is in a resource group.
pub(crate) fn key(resource_group: &str, name: &str) -> String {
    format!("{resource_group}/{name}").to_ascii_lowercase()
}

/// The key of what an id or a name means.
pub(crate) fn find<T>(all: &BTreeMap<String, T>, kind: &str, id: &str) -> Result<String, String> {
    let lower = id.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split('/').collect();
    let wanted = match parts.as_slice() {
        ["", "subscriptions", _, "resourcegroups", group, "providers", "microsoft.network", found, name] if *found == kind => {
            format!("{group}/{name}")
        }
        [group, name] => format!("{group}/{name}"),
        [name] => {
            let mut found = all.keys().filter(|key| key.rsplit('/').next() == Some(name));
            match (found.next(), found.next()) {
                (Some(key), None) => key.clone(),
                _ => return Err(format!("`{id}` is not the name of exactly one of {:?}", all.keys())),
            }
        }
        _ => return Err(format!("`{id}` is no id of {kind}")),
    };
    if all.contains_key(&wanted) { Ok(wanted) } else { Err(format!("there is no `{id}` among {:?}", all.keys())) }
}

/// A new password; its first word says of what, so that one that was found tells where it came from.
pub(crate) fn secret(word: &str) -> String {
    let text: String = random().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{word}~{}{}", guid(), text)
}
