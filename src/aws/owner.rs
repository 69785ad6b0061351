//! Whose rule it is: the mark that we put on each rule, and what reading it back tells.
//!
//! The mark is two tags, set in the very call that creates the rule, so that no rule of ours ever exists without them. It does not
//! know what is done with a rule of either owner.

use std::collections::BTreeMap;

use super::id::{RuleId, SecurityGroupId};
use super::permission::Permission;

/// The tag that holds the name of the resource a rule belongs to.
pub const NAME_TAG: &str = "emc:name";

/// The tag that holds the random id of the one object that made the rule, or took it over.
pub const INSTANCE_TAG: &str = "emc:instance";

/// What marks a rule as belonging to one resource object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The resource's `name`, which a practitioner chose.
    pub name: String,
    /// The random id made when the resource was created.
    pub instance: String,
}

/// Whose a live rule is, as seen from one mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner<'a> {
    /// The instance is ours. So is a rule under a name that this object had before; it gets the new one.
    Ours,
    /// Our name, but another instance: left behind by a create that was killed, or by the object that this one replaces.
    Lost,
    /// Another resource's, with its name.
    Sibling(&'a str),
    /// No mark.
    Foreign,
}

/// One rule that is in a group now.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LiveRule {
    /// The group that holds it.
    pub group: SecurityGroupId,
    /// What it opens.
    pub permission: Permission,
    /// EC2's name for it.
    pub id: RuleId,
    /// Its description; nothing when EC2 reports none.
    pub description: Option<String>,
    /// The mark it carries; the instance is empty when that tag is missing.
    pub mark: Option<Mark>,
    /// Its other tags.
    pub tags: BTreeMap<String, String>,
}

/// What there is of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// The group does not exist (any more), or not in this account and region.
    Gone,
    /// Its rules, everyone's, in the order of their permissions.
    Live(Vec<LiveRule>),
}

impl LiveRule {
    /// Says whose this rule is.
    pub fn owner(&self, ours: &Mark) -> Owner<'_> {
        match &self.mark {
            None => Owner::Foreign,
            Some(mark) if mark == ours || (!mark.instance.is_empty() && mark.instance == ours.instance) => Owner::Ours,
            Some(mark) if mark.name == ours.name => Owner::Lost,
            Some(mark) => Owner::Sibling(&mark.name),
        }
    }
}

impl Observed {
    /// Returns the rules; none for a group that is gone.
    pub fn rules(&self) -> &[LiveRule] {
        match self {
            Observed::Gone => &[],
            Observed::Live(rules) => rules,
        }
    }

    /// Returns our own rules and their descriptions.
    pub fn ours(&self, mark: &Mark) -> BTreeMap<&Permission, &LiveRule> {
        let ours = self.rules().iter().filter(|rule| rule.owner(mark) == Owner::Ours);
        ours.map(|rule| (&rule.permission, rule)).collect()
    }

    /// Returns rules that carry no mark at all.
    pub fn foreign(&self) -> impl Iterator<Item = &LiveRule> {
        self.rules().iter().filter(|rule| rule.mark.is_none())
    }
}
