//! What Terraform's state tells of the resource: which rules are live, and how they are described.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::live::{Known, ticket_in};

/// Names of groups and their ids.
type Groups = BTreeMap<String, String>;

/// What the state tells.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) rules: BTreeSet<Known>,
    pub(super) tainted: bool,
}

impl State {
    /// Nothing if the resource is not in it. `far` are the groups of another account.
    pub(super) fn read(text: &str, groups: &Groups, far: &Groups) -> Option<State> {
        if text.is_empty() {
            return None; // of a command that was killed before it had anything to write
        }
        let state: Value = serde_json::from_str(text).unwrap();
        let resource = state["resources"].as_array()?.iter().find(|resource| resource["type"] == "emc_aws_security_group_rules")?;
        let instance = resource["instances"].get(0)?;
        let mut rules = BTreeSet::new();
        for (place, directions) in instance["attributes"]["lines"].as_object().unwrap() {
            // A group that no placement names any more stands under its id.
            let group = groups.iter().find(|(_, id)| *id == place).map_or(place.as_str(), |(name, _)| name);
            for (direction, lines) in directions.as_object().unwrap() {
                for (key, line) in lines.as_object().unwrap() {
                    let told = told(direction, key, line.as_str().unwrap(), far);
                    rules.extend(told.into_iter().map(|(rule, ticket)| (format!("{group} {rule}"), ticket)));
                }
            }
        }
        Some(State { rules, tainted: instance["status"] == "tainted" })
    }
}

/// The cloud rules that one line tells of: `configuration.29091 (plain, row 4): 10.20.0.0/16, fd00:20::/64`, or
/// `not asked for: sgr-…` with the far end in the key, or an edited rule with its present form; each with the ticket that its description
/// has, which is that of the line unless the line says otherwise.
fn told(direction: &str, key: &str, line: &str, groups: &Groups) -> Vec<Known> {
    let (traffic, far) = key.split_once(if direction == "ingress" { " from " } else { " to " }).unwrap();
    if line.starts_with("not asked for: ") {
        return vec![(format!("{direction} {traffic} {far}"), None)];
    }
    let (purpose, ends) = line.split_once("): ").unwrap();
    let (mut rules, mut ticket) = (Vec::new(), ticket_in(purpose));
    for part in ends.split("; ") {
        if let Some((_, now)) = part.split_once(" was changed by hand to ") {
            rules.push(now.replace(" from ", " ").replace(" to ", " "));
        } else if let Some((_, now)) = part.split_once(" was described by hand") {
            ticket = ticket.and_then(|_| ticket_in(now));
        } else if let Some(group) = part.strip_prefix("group of ") {
            rules.push(format!("{direction} {traffic} {}", groups[group]));
        } else {
            rules.extend(part.split(", ").map(|far| format!("{direction} {traffic} {far}")));
        }
    }
    rules.into_iter().map(|rule| (rule, ticket.clone())).collect()
}
