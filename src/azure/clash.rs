//! What stands in the way of a rule of ours, found before anything is written.

use std::collections::BTreeSet;
use std::fmt;

use crate::net::Direction;

use super::id::RuleName;
use super::priority::Band;

/// Whose rule stands in the way of one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A rule without a mark.
    Foreign,
    /// A rule that another instance of this resource left, and that nothing asks for any more.
    Lost,
    /// A rule of the resource with this name.
    Sibling(String),
    /// A rule of this very resource, which could not be moved because of another clash.
    Ourselves,
}

/// Why a rule of ours is not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clash {
    /// Somebody else's rule has its name.
    Name {
        /// The name.
        rule: RuleName,
        /// Whose it is.
        holder: Holder,
    },
    /// Somebody else's rule has its slot.
    Slot {
        /// Our rule.
        rule: RuleName,
        /// The rule that has it.
        other: String,
        /// The direction and the priority.
        slot: (Direction, u16),
        /// Whose it is.
        holder: Holder,
        /// A band in which nobody else is, and all of our rules fit.
        fitting: Option<Band>,
    },
    /// It would deny what rules of others allow behind it.
    Void {
        /// Those rules.
        rules: BTreeSet<String>,
        /// Ours.
        by: BTreeSet<RuleName>,
    },
}

impl Clash {
    /// Says what to do next, in whole sentences.
    pub fn advice(&self) -> String {
        match self {
            Clash::Name { rule, holder: Holder::Sibling(name) } => format!(
                "Names of rules begin with the `name` of their resource: give this resource another `name` than `{name}`, or delete `{rule}`."
            ),
            Clash::Name { rule, .. } => format!(
                "Delete `{rule}`, or set `adopt_existing = true` to take it over, which needs it to open exactly what this resource asks for."
            ),
            Clash::Slot { other, holder: Holder::Lost, .. } => {
                format!("Delete `{other}`, or apply again with `on_foreign = \"remove\"`: no rule of this configuration opens the same.")
            }
            Clash::Slot { other, fitting: Some(band), .. } => {
                format!("Give `{other}` another priority, or set `priority_range = \"{band}\"`, where no rule of anybody else is.")
            }
            Clash::Slot { other, fitting: None, .. } => {
                format!("Give `{other}` another priority: there is no range left in which nobody else has a rule and all of these fit.")
            }
            Clash::Void { .. } => {
                "Move those rules before the range of this resource, or declare what they open here, or set `accept_void = true` if \
                 they may lose their effect."
                    .to_owned()
            }
        }
    }
}

impl fmt::Display for Clash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Clash::Name { rule, holder } => write!(formatter, "a rule `{rule}` exists already, {holder}"),
            Clash::Slot { rule, other, slot: (direction, priority), holder, .. } => {
                write!(formatter, "`{rule}` should have the {direction} priority {priority}, which `{other}` has, {holder}")
            }
            Clash::Void { rules, by } => {
                let rules_of_others = if rules.len() == 1 { "a rule of others allows" } else { "rules of others allow" };
                write!(formatter, "{} of ours would deny what {rules_of_others} behind it: {}", count(by.len()), listed(rules))
            }
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Holder::Lost => formatter.write_str("which another instance of this resource left behind"),
            Holder::Foreign => formatter.write_str("which this provider did not make"),
            Holder::Sibling(name) => write!(formatter, "which belongs to the resource with `name = \"{name}\"`"),
            Holder::Ourselves => formatter.write_str("which could not be moved away"),
        }
    }
}

fn count(rules: usize) -> String {
    if rules == 1 { "a rule".to_owned() } else { format!("{rules} rules") }
}

fn listed(rules: &BTreeSet<String>) -> String {
    rules.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", ")
}
