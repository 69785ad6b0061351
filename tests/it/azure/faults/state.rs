//! What Terraform's state tells of the resource: which rules are live, and what they open.

use std::collections::BTreeMap;

use serde_json::Value;

use super::live::Rule;

/// A rule by its group, its direction and its priority, which no other has.
type Slot = (String, String, u64);

/// What the state tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    /// The line of each rule, with its key.
    lines: BTreeMap<Slot, String>,
    pub(super) tainted: bool,
}

impl State {
    /// Nothing if the resource is not in it.
    pub(super) fn read(text: &str) -> Option<State> {
        if text.is_empty() {
            return None; // of a command that was killed before it had anything to write
        }
        let state: Value = serde_json::from_str(text).unwrap();
        let resource = state["resources"].as_array()?.iter().find(|resource| resource["type"] == "emc_azure_network_security_rules")?;
        let instance = resource["instances"].get(0)?;
        let mut lines = BTreeMap::new();
        for (place, directions) in instance["attributes"]["lines"].as_object().unwrap() {
            for (direction, told) in directions.as_object().unwrap() {
                let direction = if direction == "ingress" { "Inbound" } else { "Outbound" };
                for (key, line) in told.as_object().unwrap() {
                    let line = line.as_str().unwrap();
                    for priority in line.split(", ").map_while(|word| word.split(' ').next().unwrap().parse().ok()) {
                        lines.insert((place.clone(), direction.to_owned(), priority), format!("{key}: {line}"));
                    }
                }
            }
        }
        Some(State { lines, tainted: instance["status"] == "tainted" })
    }

    /// Whether it tells of exactly these rules, with the addresses that they have.
    pub(super) fn tells<'a>(&self, rules: impl Iterator<Item = &'a Rule>) -> bool {
        let rules: Vec<&Rule> = rules.collect();
        let is_told = |rule: &&Rule| {
            let (direction, priority) = rule.slot.clone();
            let line = self.lines.get(&(rule.group.to_owned(), direction, priority));
            line.is_some_and(|line| rule.far.iter().all(|block| line.contains(block)))
        };
        rules.len() == self.lines.len() && rules.iter().all(is_told)
    }
}
