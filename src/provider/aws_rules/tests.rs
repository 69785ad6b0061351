//! What a reviewer sees of live groups, and what is kept between runs: pure, without EC2.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::super::import;
use super::kept::Kept;
use super::rollout::Rollout;
use super::schema;
use crate::aws::audit::Quota;
use crate::aws::{LiveRule, Mark, Observed, RuleId, SecurityGroupId};
use crate::matrix::Matrix;
use crate::plugin::{Diagnostics, Private, Value};

mod foreign;
mod kept;
mod live;
mod multicast;
mod neighbors;
mod warnings;

const CORE: &str = "sg-00000000000000001";
const MEDIA: &str = "sg-00000000000000002";

/// Desktops at two blocks, two servers in a group each; with these further arguments.
fn rollout(more: Json) -> Rollout {
    let mut id = json!({
        "name": "emc",
        "placements": {
            "agents": { "components": ["desktop"], "cidr_ipv4": ["10.20.0.0/16", "10.21.0.0/16"] },
            "core": { "components": ["configuration"], "security_group_id": CORE },
            "media": { "components": ["weblm", "license_director"], "security_group_id": MEDIA },
        },
        "policy": { "directions": ["ingress"], "exclude": ["license_director.29073", "license_director.29095", "license_director.39095"] },
    });
    for (name, value) in more.as_object().unwrap() {
        id[name] = value.clone();
    }
    let value = import::state(&id.to_string(), &schema::schema().block, "sg-").unwrap();
    Rollout::read(&value, Matrix::embedded()).unwrap().unwrap()
}

fn ours() -> Mark {
    Mark { name: "emc".to_owned(), instance: "0011".to_owned() }
}

fn mark(name: &str, instance: &str) -> Option<Mark> {
    Some(Mark { name: name.to_owned(), instance: instance.to_owned() })
}

fn group(id: &str) -> SecurityGroupId {
    id.parse().unwrap()
}

/// A live rule of `core` without mark and description.
fn rule(id: &str, permission: &str) -> LiveRule {
    LiveRule {
        group: group(CORE),
        permission: permission.parse().unwrap(),
        id: RuleId::new(id),
        description: None,
        mark: None,
        tags: BTreeMap::new(),
    }
}

/// Everything that the rollout asks for, live and ours; ids are `sgr-0`, `sgr-1`, … in the order of permissions.
fn as_asked(rollout: &Rollout) -> BTreeMap<SecurityGroupId, Observed> {
    let mut number = 0..;
    let groups = rollout.desired(Matrix::embedded()).into_iter();
    let live = groups.map(|(group, desired)| {
        let rules = desired.into_iter().map(|(permission, description)| LiveRule {
            group: group.clone(),
            permission,
            id: RuleId::new(format!("sgr-{}", number.next().unwrap())),
            description: Some(description),
            mark: Some(ours()),
            tags: BTreeMap::new(),
        });
        (group.clone(), Observed::Live(rules.collect()))
    });
    live.collect()
}

fn rules(observed: &mut BTreeMap<SecurityGroupId, Observed>) -> &mut Vec<LiveRule> {
    match observed.get_mut(&group(CORE)).unwrap() {
        Observed::Live(rules) => rules,
        Observed::Gone => panic!("the group is gone"),
    }
}

fn kept() -> Kept {
    let mut kept = Kept::default();
    kept.instance = Some("0011".to_owned());
    kept
}

fn remembered(rollout: &Rollout, observed: &BTreeMap<SecurityGroupId, Observed>) -> Kept {
    let mut kept = kept();
    kept.remember(observed, &rollout.groups(), &ours());
    kept
}

/// Entries of a map of texts.
fn entries(value: &Value) -> Vec<(String, String)> {
    value.entries().map(|(key, text)| (key.to_owned(), text.as_str().unwrap_or("(no text)").to_owned())).collect()
}
