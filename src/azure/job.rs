//! What is asked of some groups, and what came of it: plain data.

use std::collections::{BTreeMap, BTreeSet};

use super::error::AzureError;
use super::id::{NsgId, RuleName};
use super::owner::{Mark, Observed};
use super::priority::Band;
use super::rule::Opening;

/// Rules that one group should hold under our mark.
pub type Desired = BTreeMap<RuleName, Wanted>;

/// One rule as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its slot.
    pub priority: u16,
    /// What it opens or closes.
    pub opening: Opening,
    /// What its description says before the mark.
    pub text: String,
}

/// A rule of somebody else that is to be removed, as it was when that was decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doomed {
    /// The group.
    pub group: NsgId,
    /// The rule's name.
    pub name: String,
    /// What it opens or closes.
    pub opening: Opening,
}

/// How rules are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteMode {
    /// A group at once, whatever the number of rules; nothing is ever half done.
    #[default]
    Group,
    /// Rule by rule, for principals that may not write the group.
    Rule,
}

/// The rules that some groups should hold under one mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Who asks.
    pub mark: Mark,
    /// Every group to be written. A group with an empty map loses all rules of ours; a group that is not here is not touched.
    pub desired: BTreeMap<NsgId, Desired>,
    /// The priorities that our rules may have; for what is said of clashes.
    pub band: Band,
    /// How to write.
    pub write_mode: WriteMode,
    /// Rules to remove although they are not ours: exactly these, and only if they are still foreign (or lost), open what they did, and
    /// are not desired.
    pub remove_foreign: BTreeSet<Doomed>,
    /// Whether a foreign rule that opens exactly what a new one of ours should is replaced by ours; without it, both stand.
    pub adopt_existing: bool,
    /// Whether rules of ours may deny what rules of others allow behind them; without it, such rules of ours are not written.
    pub accept_void: bool,
    /// What the group's `flushConnection` should be; nothing leaves it as it is. Only a group that is written at once can be given it.
    pub flush_connections: Option<bool>,
    /// Groups that this same run of Terraform created: not everyone may know them yet, so they are waited for up to a minute.
    pub new_groups: BTreeSet<NsgId>,
}

/// What came of a [`Job`].
#[derive(Debug, Clone)]
pub struct Report {
    /// What is in each group of the job now, as far as is known; the truth to store, also when something failed. A group is missing here
    /// only when it could not be looked at even once.
    pub live: BTreeMap<NsgId, Observed>,
    /// Groups that a call without an answer may have changed and that could not be looked at since.
    pub unsure: BTreeSet<NsgId>,
    /// What failed; empty when everything is as desired.
    pub failures: Vec<AzureError>,
    /// What was done.
    pub done: Done,
}

/// How many rules were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Rules created.
    pub created: usize,
    /// Rules changed.
    pub changed: usize,
    /// Rules taken over.
    pub adopted: usize,
    /// Rules removed.
    pub removed: usize,
}

impl WriteMode {
    /// Both, in the order in which people should consider them.
    pub const ALL: [WriteMode; 2] = [WriteMode::Group, WriteMode::Rule];

    /// Returns `group` or `rule`.
    pub fn as_str(self) -> &'static str {
        match self {
            WriteMode::Group => "group",
            WriteMode::Rule => "rule",
        }
    }
}

impl Done {
    /// Tells whether any rule was written.
    pub fn any(&self) -> bool {
        *self != Done::default()
    }

    pub(crate) fn add(&mut self, other: Done) {
        let Done { created, changed, adopted, removed } = other;
        self.created += created;
        self.changed += changed;
        self.adopted += adopted;
        self.removed += removed;
    }
}

impl Report {
    /// Returns what is to be said when nothing could be looked at, let alone done.
    pub(crate) fn of_failure(failure: AzureError) -> Report {
        Report { live: BTreeMap::new(), unsure: BTreeSet::new(), failures: vec![failure], done: Done::default() }
    }

    /// Tells whether everything is as desired.
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty()
    }
}
