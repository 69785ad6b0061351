//! Long-running operations: what is asked is done at once, and is settled only when the operation ends.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::account::Account;
use crate::azure::{Addresses, guid};
use crate::fault::{End, Twist};
use crate::group::Group;
use crate::refusal;
use crate::wire::Answer;

/// What an operation does to a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    PutGroup,
    DeleteGroup,
    PutRule,
    DeleteRule,
    /// What is done already.
    Nothing,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Work::PutGroup => "PutNetworkSecurityGroupOperation",
            Work::DeleteGroup => "DeleteNetworkSecurityGroupOperation",
            Work::PutRule => "PutSecurityRuleOperation",
            Work::DeleteRule => "DeleteSecurityRuleOperation",
            Work::Nothing => "PutResourceOperation",
        }
    }
}

/// One operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) work: Work,
    /// Of the group.
    key: String,
    twist: Twist,
    /// The group as it was before.
    before: Option<Group>,
    /// How often it still answers that it runs.
    polls: u64,
    until: Option<Instant>,
    /// The status and the error it ended with.
    ended: Option<(&'static str, Option<Value>)>,
    /// What must be in the query of every question about it.
    signature: String,
    location: String,
}

impl Operation {
    /// Whether it runs and its time has come.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.runs() && self.until.is_some_and(|until| until <= now)
    }

    /// Whether it has not ended.
    pub(crate) fn runs(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether it runs until it is released.
    pub(crate) fn is_held(&self) -> bool {
        self.runs() && self.twist.held
    }

    /// As its errors call it.
    pub(crate) fn name(&self) -> &'static str {
        self.work.name()
    }

    /// Where to ask for it.
    pub(crate) fn url(&self, base: &str, account: &Account, noun: &str, version: &str) -> String {
        let (subscription, location, id, signature) = (&account.subscription, &self.location, &self.id, &self.signature);
        let path = match self.key.is_empty() && noun == "operationResults" {
            true => format!("/subscriptions/{subscription}/operationresults/{id}"),
            false => format!("/subscriptions/{subscription}/providers/Microsoft.Network/locations/{location}/{noun}/{id}"),
        };
        format!("{base}{path}?api-version={version}&{signature}")
    }

    /// Whether a query brings the signature.
    pub(crate) fn is_signed(&self, query: &str) -> bool {
        self.signature.split('&').all(|part| query.split('&').any(|given| given == part))
    }
}

/// Begins an operation on a group, which is what it shall become already; its id. One that is superseded by it ends.
pub(crate) fn begin(account: &mut Account, key: &str, work: Work, before: Option<Group>, twist: Twist) -> String {
    let id = guid();
    let polls = twist.polls.unwrap_or(account.settings.polls);
    let seconds = twist.seconds.or((!twist.held).then_some(account.settings.seconds));
    let location = account.groups.get(key).map_or_else(|| account.location.clone(), |group| group.location.clone());
    let ended = (work == Work::Nothing).then_some(("Succeeded", None));
    let operation = Operation {
        id: id.clone(),
        work,
        key: key.to_owned(),
        before,
        polls: if twist.held || twist.seconds.is_some() { u64::MAX } else { polls },
        until: seconds.map(|seconds| Instant::now() + Duration::from_secs_f64(seconds.max(0.0))),
        twist,
        ended,
        signature: signature(),
        location,
    };
    if let Some(group) = account.groups.get_mut(key).filter(|_| work != Work::Nothing) {
        let old = group.busy.replace(id.clone());
        supersede(account, old, &operation);
    }
    account.operations.insert(id.clone(), operation);
    id
}

/// Ends the operation that a new one supersedes, if it still runs.
fn supersede(account: &mut Account, old: Option<String>, new: &Operation) {
    if let Some(old) = old.and_then(|id| account.operations.get_mut(&id)).filter(|old| old.runs()) {
        old.ended = Some(("Canceled", Some(refusal::superseded(old.name(), &old.id, &new.id).error())));
    }
}

/// Ends an operation as it was said that it should.
pub(crate) fn finish(account: &mut Account, id: &str) {
    let Some(operation) = account.operations.get_mut(id).filter(|operation| operation.runs()) else { return };
    let (status, error) = match &operation.twist.end {
        End::Succeeded => ("Succeeded", None),
        End::Failed(refusal) => ("Failed", Some(refusal.error())),
        End::Canceled => ("Canceled", Some(refusal::canceled().error())),
        End::Superseded => ("Canceled", Some(refusal::superseded(operation.name(), &operation.id, &guid()).error())),
    };
    operation.ended = Some((status, error));
    let (key, work, applied, before) = (operation.key.clone(), operation.work, operation.twist.applied, operation.before.take());
    let succeeded = status == "Succeeded";
    if work == Work::DeleteGroup && (succeeded || applied) {
        account.groups.remove(&key);
        return;
    }
    let Some(group) = account.groups.get_mut(&key) else { return };
    group.busy = None;
    if succeeded || applied {
        group.rules.retain(|rule| !rule.leaving);
    } else if let Some(before) = before {
        (group.tags, group.rules, group.more) = (before.tags, before.rules, before.more);
    } else {
        account.groups.remove(&key);
        return;
    }
    let state = if status == "Failed" && applied { "Failed" } else { "Succeeded" };
    group.become_state(state);
}

/// Answers a question about an operation.
pub(crate) fn poll(account: &mut Account, id: &str, query: &str) -> Answer {
    let retry_after = account.settings.retry_after.to_string();
    let Some(operation) = account.operations.get_mut(id).filter(|operation| operation.is_signed(query) && !operation.twist.lost) else {
        return refusal::operation_not_found(id).answer();
    };
    if operation.runs() && operation.polls == 0 {
        finish(account, id);
    }
    match account.operations.get_mut(id) {
        Some(Operation { ended: Some((status, error)), .. }) => {
            let mut body = json!({ "status": status });
            if let (Some(error), Some(body)) = (error, body.as_object_mut()) {
                body.insert("error".to_owned(), error.clone());
            }
            Answer::json(200, &body)
        }
        Some(operation) => {
            operation.polls = operation.polls.saturating_sub(1);
            Answer::json(200, &json!({ "status": "InProgress" })).with("Retry-After", retry_after)
        }
        None => refusal::operation_not_found(id).answer(),
    }
}

/// Answers a question about the result of an operation.
pub(crate) fn result(account: &mut Account, addresses: &Addresses, id: &str, query: &str, version: &str) -> Answer {
    let retry_after = account.settings.retry_after.to_string();
    let Some(operation) = account.operations.get_mut(id).filter(|operation| operation.is_signed(query)) else {
        return refusal::operation_not_found(id).answer();
    };
    if operation.runs() && operation.polls == 0 {
        finish(account, id);
    } else {
        operation.polls = operation.polls.saturating_sub(1);
    }
    let Some(operation) = account.operations.get(id) else { return refusal::operation_not_found(id).answer() };
    match (&operation.ended, account.groups.get(&operation.key)) {
        (None, _) => {
            let url = operation.url(&addresses.azure, account, "operationResults", version);
            Answer::empty(202).with("Location", url).with("Retry-After", retry_after)
        }
        // That of a resource group is recorded.
        (Some(_), _) if operation.key.is_empty() => Answer::empty(200),
        (Some(_), Some(group)) if operation.work == Work::PutGroup => Answer::json(200, &group.show()),
        (Some(_), _) => Answer::empty(204),
    }
}

/// Adds to an answer where to ask for an operation.
pub(crate) fn announce(answer: Answer, account: &Account, addresses: &Addresses, id: &str, version: &str) -> Answer {
    let Some(operation) = account.operations.get(id) else { return answer };
    let base = if operation.twist.astray { &addresses.elsewhere } else { &addresses.azure };
    let answer = answer.with("Azure-AsyncOperation", operation.url(base, account, "operations", version));
    let answer = match operation.work {
        Work::DeleteGroup | Work::DeleteRule => answer.with("Location", operation.url(base, account, "operationResults", version)),
        Work::PutGroup | Work::PutRule | Work::Nothing => answer,
    };
    answer.with("Retry-After", account.settings.retry_after.to_string())
}

/// Azure signs the address of an operation with a certificate that comes along, which makes it long.
fn signature() -> String {
    let long: Vec<String> = (0..32).map(|_| guid().replace('-', "")).collect();
    format!("t={}&c={}&s={}&h={}", guid(), long.concat(), guid(), guid())
}
