//! What Azure refuses in a rule, and in a whole group of them.

mod address;
mod port;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::account::{Account, find};
use crate::group::{DEFAULTS, Group, Rule};
use crate::refusal::{self, Refusal};
use crate::rule::{ASGS, asgs, list};

/// Rules of a group.
const MOST_RULES: usize = 1000;
/// Addresses or ports of one side of all rules of a group.
const MOST_ENTRIES: usize = 4000;
/// Application security groups in all rules of a group.
const MOST_ASGS: usize = 100;
/// Characters of a description.
const MOST_DESCRIPTION: usize = 140;

/// Refuses a rule that could be in no group.
pub(crate) fn rule(account: &Account, group: &Group, rule: &Rule) -> Result<(), Refusal> {
    let id = group.rule_id(&rule.name);
    if DEFAULTS.iter().any(|(name, ..)| name.eq_ignore_ascii_case(&rule.name)) {
        return Err(refusal::default_name(&rule.name));
    }
    for (property, name) in [("protocol", "Protocol"), ("access", "Access"), ("direction", "Direction")] {
        if rule.text(property).is_empty() {
            return Err(refusal::missing_one(&id, name));
        }
    }
    match rule.properties.get("priority").and_then(Value::as_i64) {
        Some(100..=4096) => {}
        Some(other) => return Err(refusal::bad_priority(&other.to_string())),
        None => return Err(refusal::missing_one(&id, "Priority")),
    }
    let length = rule.text("description").chars().count();
    if length > MOST_DESCRIPTION {
        return Err(refusal::bad_description(&id, length));
    }
    address::check(&id, rule)?;
    port::check(&id, rule)?;
    for property in ASGS {
        let named = asgs(rule, property);
        if named.len() > account.settings.asgs_in_rule {
            return Err(refusal::too_many_asgs(account.settings.asgs_in_rule));
        }
        for asg in &named {
            let key = find(&account.asgs, "applicationsecuritygroups", asg);
            let is_here = key.ok().and_then(|key| account.asgs.get(&key)).is_some_and(|asg| asg.location == group.location);
            if !is_here {
                return Err(refusal::missing_reference(asg, &id));
            }
        }
    }
    one_network(account, &id, rule)
}

/// Refuses application security groups whose members are in several virtual networks.
fn one_network(account: &Account, id: &str, rule: &Rule) -> Result<(), Refusal> {
    let named = ASGS.iter().flat_map(|property| asgs(rule, property));
    let keys = named.filter_map(|asg| find(&account.asgs, "applicationsecuritygroups", &asg).ok());
    let networks: BTreeSet<&String> = keys.filter_map(|key| account.asgs.get(&key)).flat_map(|asg| &asg.networks).collect();
    if networks.len() > 1 { Err(refusal::asg_networks(id)) } else { Ok(()) }
}

/// Refuses rules that cannot be in one group.
pub(crate) fn together(group: &Group) -> Result<(), Refusal> {
    if group.rules.len() > MOST_RULES {
        return Err(refusal::too_many_rules());
    }
    let mut names = BTreeSet::new();
    let mut slots: BTreeMap<(String, u64), &str> = BTreeMap::new();
    for rule in &group.rules {
        if !names.insert(rule.name.to_ascii_lowercase()) {
            return Err(refusal::twice(&group.id, &rule.name));
        }
        if let Some(first) = slots.insert((rule.text("direction").to_ascii_lowercase(), rule.priority()), &rule.name) {
            return Err(refusal::conflict(first, &rule.name));
        }
    }
    for (kind, one, several) in [
        ("SourceAddressPrefixes", "sourceAddressPrefix", "sourceAddressPrefixes"),
        ("DestinationAddressPrefixes", "destinationAddressPrefix", "destinationAddressPrefixes"),
        ("SourcePortRanges", "sourcePortRange", "sourcePortRanges"),
        ("DestinationPortRanges", "destinationPortRange", "destinationPortRanges"),
    ] {
        let count = group.rules.iter().map(|rule| usize::from(!rule.text(one).is_empty()) + list(rule, several).len()).sum();
        if count > MOST_ENTRIES {
            return Err(refusal::too_many_entries(&group.id, count, kind));
        }
    }
    let named: BTreeSet<String> =
        group.rules.iter().flat_map(|rule| ASGS.map(|property| asgs(rule, property))).flatten().map(|id| id.to_ascii_lowercase()).collect();
    if named.len() > MOST_ASGS {
        return Err(refusal::too_many_asgs_in_group(&group.id, named.len()));
    }
    Ok(())
}
