//! What can go wrong with Azure Resource Manager, as evidence: which action, on which group, and what Azure said.
//!
//! [`AzureError`]'s `Display` says what happened and where; [`AzureError::advice`] says what to do about it. Neither repeats the sources,
//! which are printed once, at the edge. No text contains a secret.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::clash::Clash;
use super::id::{NsgId, RuleName};

pub use answer::{Answer, Detail};

mod advice;
mod answer;
#[cfg(test)]
mod tests;

/// One request to Resource Manager, as an error tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The action that a role must allow for it, without `Microsoft.Network/`: `networkSecurityGroups/write`.
    pub operation: &'static str,
    /// The group it was about.
    pub group: NsgId,
    /// The rule it was about, if it was about one.
    pub rule: Option<RuleName>,
    /// Where it went, when that is not the Resource Manager of the public cloud.
    pub endpoint: Option<String>,
}

/// The underlying error; shared, because one answer may be awaited by several resources.
pub type Source = Arc<dyn Error + Send + Sync + 'static>;

/// Why Azure did not do, or tell, what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AzureError {
    /// A setting cannot be used; nothing was sent.
    #[error("the Azure settings cannot be used: {fault}")]
    Settings {
        /// What is wrong with it.
        fault: String,
    },
    /// The way to credentials is known not to lead anywhere; nothing was sent to Resource Manager.
    #[error("{fault}")]
    SignIn {
        /// What is wrong with it.
        fault: String,
        /// What to do.
        advice: String,
    },
    /// No token could be obtained; nothing was sent to Resource Manager.
    #[error("{call}: no token could be obtained")]
    Credentials {
        /// What was to be sent.
        call: Box<Call>,
        /// The chain of reasons.
        #[source]
        source: Source,
    },
    /// Azure answered with an error, and nothing was changed.
    #[error("{call}: Azure answered {answer}")]
    Refused {
        /// What was sent.
        call: Box<Call>,
        /// What came back.
        answer: Box<Answer>,
    },
    /// The group is no longer as it was when it was read; nothing was changed.
    #[error("{call}: the group has been changed by somebody else since it was read: {answer}")]
    Stale {
        /// What was sent.
        call: Box<Call>,
        /// What came back.
        answer: Box<Answer>,
    },
    /// Azure began, and dropped it for somebody else's later change of the same group.
    #[error("{call}: the change was superseded by somebody else's: {answer}")]
    Superseded {
        /// What was sent.
        call: Box<Call>,
        /// How it ended.
        answer: Box<Answer>,
    },
    /// Azure began, and did not succeed; what is live now must be looked at.
    #[error("{call}: the change was accepted, and then ended with {answer}")]
    Failed {
        /// What was sent.
        call: Box<Call>,
        /// How it ended.
        answer: Box<Answer>,
    },
    /// Azure began, and had not finished when the wait for it ended.
    #[error("{call}: the change was accepted, but was not finished when the wait for it ended")]
    Unfinished {
        /// What was sent.
        call: Box<Call>,
    },
    /// No connection could be made.
    #[error("{call}: Azure could not be reached")]
    Unreachable {
        /// What was to be sent.
        call: Box<Call>,
        /// The chain of reasons.
        #[source]
        source: Source,
    },
    /// Who answered could not prove to be Azure.
    #[error("{call}: the certificate of the other end is not trusted")]
    Untrusted {
        /// What was to be sent.
        call: Box<Call>,
        /// The chain of reasons.
        #[source]
        source: Source,
    },
    /// The request may have been carried out, but no usable answer arrived.
    #[error("{call}: the answer was lost or could not be read")]
    Unanswered {
        /// What was sent.
        call: Box<Call>,
        /// The chain of reasons.
        #[source]
        source: Source,
    },
    /// Something stands in the way of rules of ours; they were not written.
    #[error("{}: {clash}", place(group))]
    Clash {
        /// The group.
        group: Box<NsgId>,
        /// What stands in the way.
        clash: Box<Clash>,
    },
    /// A group that should hold rules does not exist.
    #[error("{} does not exist", place(group))]
    GroupGone {
        /// The group.
        group: Box<NsgId>,
    },
    /// Every call succeeded, and yet the rules are not as they should be.
    #[error("{} does not hold what was written: {left} rules still differ after {rounds} rounds", place(group))]
    NotSettled {
        /// The group.
        group: Box<NsgId>,
        /// Rules that still differ.
        left: usize,
        /// How often it was tried.
        rounds: u32,
    },
    /// Terraform asked to stop; what was not begun is left as it was.
    #[error("stopped on request before {} done", unfinished(groups))]
    Stopped {
        /// Groups that are not finished.
        groups: BTreeSet<NsgId>,
    },
}

impl AzureError {
    /// Returns what Azure answered, if it did at all.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            AzureError::Refused { answer, .. }
            | AzureError::Stale { answer, .. }
            | AzureError::Superseded { answer, .. }
            | AzureError::Failed { answer, .. } => Some(answer),
            AzureError::Settings { .. }
            | AzureError::SignIn { .. }
            | AzureError::Credentials { .. }
            | AzureError::Unfinished { .. }
            | AzureError::Unreachable { .. }
            | AzureError::Untrusted { .. }
            | AzureError::Unanswered { .. }
            | AzureError::Clash { .. }
            | AzureError::GroupGone { .. }
            | AzureError::NotSettled { .. }
            | AzureError::Stopped { .. } => None,
        }
    }

    /// Returns Azure's error code, if Azure gave one.
    pub fn code(&self) -> Option<&str> {
        self.answer().and_then(|answer| answer.code.as_deref())
    }

    /// Returns the groups concerned, so that a diagnostic can point at their placements; empty when all are.
    pub fn groups(&self) -> BTreeSet<NsgId> {
        match self {
            AzureError::Settings { .. } | AzureError::SignIn { .. } => BTreeSet::new(),
            AzureError::Credentials { call, .. }
            | AzureError::Refused { call, .. }
            | AzureError::Stale { call, .. }
            | AzureError::Superseded { call, .. }
            | AzureError::Failed { call, .. }
            | AzureError::Unfinished { call }
            | AzureError::Unreachable { call, .. }
            | AzureError::Untrusted { call, .. }
            | AzureError::Unanswered { call, .. } => BTreeSet::from([call.group.clone()]),
            AzureError::Clash { group, .. } | AzureError::GroupGone { group } | AzureError::NotSettled { group, .. } => {
                BTreeSet::from([(**group).clone()])
            }
            AzureError::Stopped { groups } => groups.clone(),
        }
    }

    /// Says what to do next, in whole sentences.
    pub fn advice(&self) -> String {
        advice::on(self)
    }
}

impl Call {
    /// Tells whether it only looks.
    pub(crate) fn only_reads(&self) -> bool {
        self.operation.ends_with("/read")
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} for ", self.operation)?;
        if let Some(rule) = &self.rule {
            write!(formatter, "rule `{rule}` of ")?;
        }
        formatter.write_str(&place(&self.group))
    }
}

/// A group as a sentence names it.
fn place(group: &NsgId) -> String {
    format!("`{}` in resource group `{}`", group.name(), group.resource_group())
}

fn unfinished(groups: &BTreeSet<NsgId>) -> String {
    match groups.len() {
        1 => format!("{} was", join(groups)),
        2..=5 => format!("{} were", join(groups)),
        many => format!("{many} groups were"),
    }
}

fn join(groups: &BTreeSet<NsgId>) -> String {
    let texts: Vec<String> = groups.iter().map(place).collect();
    texts.join(", ")
}
