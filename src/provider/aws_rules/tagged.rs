//! The tags that all rules of a resource carry beside the mark, as plan, state and EC2 have them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::setting::read_texts_by_name;
use crate::aws::{Mark, Observed, SecurityGroupId, Tags, live_tags};
use crate::plugin::Value;

/// The attribute.
pub(super) const TAGS_ALL: &str = "tags_all";

/// Returns what a plan or state says of tags; none are null, so that nobody sees them.
pub(super) fn shown(tags: &BTreeMap<String, String>) -> Value {
    if tags.is_empty() {
        return Value::Null;
    }
    Value::map(tags.iter().map(|(key, value)| (key.clone(), Value::string(value.clone()))))
}

/// Returns what is wanted of tags, when `wanted` follows what the state says.
pub(super) fn wanted(wanted: &BTreeMap<String, String>, prior: Option<&Value>) -> Tags {
    let drop = prior.map(former).unwrap_or_default().into_iter().filter(|key| !wanted.contains_key(key)).collect();
    Tags { set: wanted.clone(), drop }
}

/// Returns what the state says once groups were looked at; what it said before where no rule of ours tells.
pub(super) fn read(wanted: &BTreeMap<String, String>, state: &Value, observed: &BTreeMap<SecurityGroupId, Observed>, mark: &Mark) -> Value {
    live_tags(wanted, &former(state), observed, mark).map_or_else(|| state.get(TAGS_ALL).clone(), |tags| shown(&tags))
}

/// Returns the tags that a plan or state says.
pub(super) fn of(value: &Value) -> BTreeMap<String, String> {
    read_texts_by_name(value.get(TAGS_ALL))
}

fn former(state: &Value) -> BTreeSet<String> {
    state.get(TAGS_ALL).entries().map(|(key, _)| key.to_owned()).collect()
}
