//! What a command wrote, in its order: at no moment may anything be closed that is wanted, nor denied before what it spares is there.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::faults::way::Operation;

use super::cell::is_write;
use super::live::{Live, is_denial};
use super::stage::GROUPS;

/// A command whose writes are looked at.
pub(super) struct Course<'a> {
    pub(super) operation: Operation,
    /// Our rules as they should be.
    pub(super) target: &'a BTreeSet<String>,
    /// The name of one of our rules that somebody else changes or removes.
    pub(super) victim: Option<&'static str>,
}

impl Course<'_> {
    /// Goes through what was asked and not refused.
    #[track_caller]
    pub(super) fn check(&self, before: &Live, log: &[Value]) {
        for group in GROUPS {
            let wanted = self.wanted(group);
            let mut ours: BTreeSet<String> =
                before.ours().filter(|rule| rule.group == group && !rule.leaves).map(|rule| rule.name.clone()).collect();
            let others: BTreeSet<String> =
                before.rules.iter().filter(|rule| rule.group == group && rule.instance.is_none()).map(|rule| rule.name.clone()).collect();
            let stays: BTreeSet<String> = ours.intersection(&wanted).cloned().collect();
            let is_carried_out = |call: &&Value| call["status"].as_u64().is_none_or(|status| status < 300 || status == 500);
            for call in log.iter().filter(|call| call["params"]["group"] == group && is_write(call)).filter(is_carried_out) {
                let name = call["params"]["rule"].as_str().unwrap_or_default().to_owned();
                match call["action"].as_str().unwrap() {
                    "PUT group" => {
                        let rules = call["body"]["properties"]["securityRules"].as_array().unwrap();
                        let names: BTreeSet<String> = rules.iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect();
                        let lacks: Vec<&String> =
                            stays.union(&others).filter(|name| !names.contains(*name) && !self.is_victim(name)).collect();
                        assert!(lacks.is_empty(), "a write of {group} lacks {lacks:?}");
                        ours = names;
                    }
                    "PUT rule" => drop(ours.insert(name)),
                    _ => {
                        assert!(!stays.contains(&name) && !others.contains(&name), "`{name}` was deleted");
                        if self.operation == Operation::Destroy && !is_denial(&name) {
                            let denials = denials(&ours, way_of(&name));
                            assert!(denials.is_empty(), "`{name}` was deleted while {denials:?} still denied what it allowed");
                        }
                        ours.remove(&name);
                    }
                }
                for denial in ours.iter().filter(|name| is_denial(name) && !stays.contains(*name)) {
                    let missing = allows(&wanted, way_of(denial)).filter(|name| !ours.contains(*name)).collect::<Vec<_>>();
                    assert!(missing.is_empty() || self.operation == Operation::Destroy, "`{denial}` denied before {missing:?} allowed");
                }
            }
        }
    }

    fn is_victim(&self, name: &str) -> bool {
        self.victim == Some(name)
    }

    /// The names of our rules in a group as they should be.
    fn wanted(&self, group: &str) -> BTreeSet<String> {
        let said = self.target.iter().filter_map(|said| said.strip_prefix(&format!("{group} "))?.split_once(": "));
        said.map(|(name, _)| name.to_owned()).collect()
    }
}

/// `.in.` or `.out.`
fn way_of(name: &str) -> &'static str {
    if name.contains(".in.") { ".in." } else { ".out." }
}

fn denials(names: &BTreeSet<String>, way: &str) -> Vec<String> {
    names.iter().filter(|name| is_denial(name) && name.contains(way)).cloned().collect()
}

fn allows<'a>(names: &'a BTreeSet<String>, way: &'static str) -> impl Iterator<Item = &'a String> {
    names.iter().filter(move |name| !is_denial(name) && name.contains(way))
}
