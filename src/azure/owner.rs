//! Whose rule it is: the mark that we put on each rule, and what reading it back tells.
//!
//! Rules have no tags, so the mark stands at the end of the description, `[emc core 0123456789abcdef]`, and the resource's name also
//! begins the rule's name, `emc-core.…`. The description decides; where somebody has cleared it, the name still tells that the rule is
//! not foreign. It does not know what is done with a rule of either owner.

use serde_json::Value;

use super::description;
use super::id::{NetworkId, NsgId, RuleName};
use super::lift;
use super::name;
use super::rule::SecurityRule;

#[cfg(test)]
mod tests;

/// What marks a rule as belonging to one resource object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The resource's `name` as [`slug`](name::slug) makes it fit into names of rules.
    pub name: String,
    /// The random id made when the resource was created; empty on a rule whose description has lost it.
    pub instance: String,
}

/// Whose a live rule is, as seen from one mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner<'a> {
    /// The instance is ours. So is a rule under a name that this object had before; it gets the new one.
    Ours,
    /// Our name, but another instance, or none: left behind by a create that was killed, or by the object that this one replaces, or
    /// somebody cleared the description.
    Lost,
    /// Another resource's, with its name.
    Sibling(&'a str),
    /// No mark.
    Foreign,
}

/// One rule that is in a group now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveRule {
    /// The group that holds it.
    pub group: NsgId,
    /// What it is.
    pub rule: SecurityRule,
    /// The mark it carries.
    pub mark: Option<Mark>,
    /// All that Azure told of it, with what we do not know.
    pub raw: Value,
}

/// A group as it was read at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Which group it is.
    pub id: NsgId,
    /// What it takes to write all of it; nothing where only its rules may be read.
    pub whole: Option<Whole>,
    /// Its rules, everyone's, by direction and priority.
    pub rules: Vec<LiveRule>,
}

/// What a write of a whole group repeats, beside the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// Where the group is.
    pub location: String,
    /// Its tags, as Azure told them; null for none.
    pub tags: Value,
    /// Whether a change of rules also ends connections that are open already; nothing where Azure does not say.
    pub flush_connections: Option<bool>,
    /// What the group must still be for a write to be accepted; changes with every write.
    pub etag: String,
    /// The virtual network whose subnets it is in front of; nothing where that is not certainly one.
    pub network: Option<NetworkId>,
}

/// What there is of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// The group does not exist (any more).
    Gone,
    /// The group.
    Live(Box<Group>),
}

impl Mark {
    /// Returns the mark of a resource with this `name` and this random id.
    pub fn new(resource: &str, instance: impl Into<String>) -> Mark {
        Mark { name: name::slug(resource), instance: instance.into() }
    }

    /// Returns the mark that a rule with this name and description carries.
    pub fn read(name: &str, description: Option<&str>) -> Option<Mark> {
        let in_description = description.and_then(|text| description::split(text).1);
        in_description.or_else(|| Some(Mark { name: name::resource(name)?.to_owned(), instance: String::new() }))
    }
}

impl LiveRule {
    /// Returns the rule that [`LiveRule::raw`] tells of, where only that was kept; nothing if it tells of none.
    pub fn from_raw(group: &NsgId, raw: &Value) -> Option<LiveRule> {
        lift::live_rule(group, raw).ok()
    }

    /// Says whose this rule is.
    pub fn owner(&self, ours: &Mark) -> Owner<'_> {
        match &self.mark {
            None => Owner::Foreign,
            Some(mark) if !mark.instance.is_empty() && mark.instance == ours.instance => Owner::Ours,
            Some(mark) if mark.name == ours.name => Owner::Lost,
            Some(mark) => Owner::Sibling(&mark.name),
        }
    }

    /// Tells whether it has this name.
    pub fn is_named(&self, name: &RuleName) -> bool {
        name::same(&self.rule.name, name.as_str())
    }

    /// Returns its description without the mark.
    pub fn text(&self) -> &str {
        self.rule.description.as_deref().map(|text| description::split(text).0).unwrap_or_default()
    }
}

impl Observed {
    /// Returns what was seen of a group, where only its rules were kept.
    pub fn of_rules(id: NsgId, rules: Vec<LiveRule>) -> Observed {
        Observed::Live(Box::new(Group { id, whole: None, rules }))
    }

    /// Returns the group, if it is there.
    pub fn group(&self) -> Option<&Group> {
        match self {
            Observed::Gone => None,
            Observed::Live(group) => Some(group),
        }
    }

    /// Returns the rules; none for a group that is gone.
    pub fn rules(&self) -> &[LiveRule] {
        self.group().map(|group| group.rules.as_slice()).unwrap_or_default()
    }

    /// Returns the virtual network whose subnets the group is in front of, where that is certainly one.
    pub fn network(&self) -> Option<&NetworkId> {
        self.group()?.whole.as_ref()?.network.as_ref()
    }

    /// Returns our own rules.
    pub fn ours<'a>(&'a self, mark: &'a Mark) -> impl Iterator<Item = &'a LiveRule> {
        self.rules().iter().filter(|rule| rule.owner(mark) == Owner::Ours)
    }

    /// Returns rules that carry no mark at all.
    pub fn foreign(&self) -> impl Iterator<Item = &LiveRule> {
        self.rules().iter().filter(|rule| rule.mark.is_none())
    }
}
