//! What is refused in a rule: attributes one by one, and those that exclude each other.
//!
//! Knows the names of attributes, never what they are for.

use std::collections::BTreeMap;

use serde::Deserialize;
use terraform_provider_emc::plugin::Value;

use crate::check::Check;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limits {
    #[serde(default)]
    exactly_one_of: Vec<Vec<String>>,
    #[serde(default)]
    at_most_one_of: Vec<Vec<String>>,
    #[serde(default)]
    pub(crate) values: BTreeMap<String, Vec<Check>>,
}

impl Limits {
    /// What is wrong with attributes taken together. Of what is not known yet nothing is said.
    pub(crate) fn together(&self, rule: &Value) -> Vec<String> {
        let exactly = self.exactly_one_of.iter().filter_map(|names| {
            let (set, unknown) = counted(rule, names);
            let fits = set == 1 || (set == 0 && unknown > 0);
            (!fits).then(|| format!("exactly one of {} must be set, and {set} are", names.join(", ")))
        });
        let at_most = self.at_most_one_of.iter().filter_map(|names| {
            let (set, _) = counted(rule, names);
            (set > 1).then(|| format!("at most one of {} may be set, and {set} are", names.join(", ")))
        });
        exactly.chain(at_most).collect()
    }

    /// All that is wrong with a rule.
    pub(crate) fn faults(&self, rule: &Value) -> Vec<String> {
        let single = self.values.iter().flat_map(|(name, checks)| {
            checks.iter().filter_map(move |check| check.fault(rule.get(name)).map(|fault| format!("{name} {fault}")))
        });
        single.chain(self.together(rule)).collect()
    }
}

/// How many of these are set, and how many are not known yet.
fn counted(rule: &Value, names: &[String]) -> (usize, usize) {
    let values: Vec<&Value> = names.iter().map(|name| rule.get(name)).collect();
    let unknown = values.iter().filter(|value| !value.is_known()).count();
    (values.iter().filter(|value| value.is_known() && !value.is_null()).count(), unknown)
}
