//! What is asked of some groups, and what came of it: plain data.

use std::collections::{BTreeMap, BTreeSet};

use super::error::AwsError;
use super::id::{RuleId, SecurityGroupId};
use super::owner::{Mark, Observed};
use super::permission::Permission;
use super::tags::Tags;

/// Rules that one group should hold under our mark, each with its description.
pub type Desired = BTreeMap<Permission, String>;

/// The rules that some groups should hold under one mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Who asks.
    pub mark: Mark,
    /// What is wanted of tags beside the mark.
    pub tags: Tags,
    /// Every group to be written. A group with an empty map loses all rules of ours; a group that is not here is not touched.
    pub desired: BTreeMap<SecurityGroupId, Desired>,
    /// Rules to revoke although they are not ours: exactly these, and only if they are still foreign (or lost), and not desired.
    pub revoke_foreign: BTreeSet<(SecurityGroupId, RuleId)>,
    /// Whether a foreign rule that opens exactly what one of ours should is taken over; without it, that is a clash.
    pub adopt_existing: bool,
    /// Groups that this same run of Terraform created: EC2 may not know them everywhere yet, so they, and rules that refer to them, are
    /// tried for up to a minute.
    pub new_groups: BTreeSet<SecurityGroupId>,
}

/// What came of a [`Job`].
#[derive(Debug, Clone)]
pub struct Report {
    /// What is in each group of the job now, as far as is known; the truth to store, also when something failed. A group is missing here
    /// only when it could not be looked at even once.
    pub live: BTreeMap<SecurityGroupId, Observed>,
    /// Groups that a call without an answer may have changed and that could not be looked at since.
    pub unsure: BTreeSet<SecurityGroupId>,
    /// What failed; empty when everything is as desired.
    pub failures: Vec<AwsError>,
    /// What was done.
    pub done: Done,
}

/// How many rules were written, and by how many calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// Rules created.
    pub authorized: usize,
    /// Rules changed in place.
    pub modified: usize,
    /// Rules taken over, or tagged anew.
    pub adopted: usize,
    /// Rules removed.
    pub revoked: usize,
}

impl Done {
    /// Tells whether any rule was written.
    pub fn any(&self) -> bool {
        *self != Done::default()
    }
}

impl Report {
    /// Returns what is to be said when nothing could be looked at, let alone done.
    pub(crate) fn of_failure(failure: AwsError) -> Report {
        Report { live: BTreeMap::new(), unsure: BTreeSet::new(), failures: vec![failure], done: Done::default() }
    }

    /// Tells whether everything is as desired.
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty()
    }
}
