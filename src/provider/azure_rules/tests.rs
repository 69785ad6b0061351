//! What a reviewer sees of groups, planned and live, and what is kept between runs: pure, without Azure.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::super::import;
use super::kept::Kept;
use super::rollout::Rollout;
use super::schema;
use crate::azure::{Group, LiveRule, Mark, NsgId, Observed, description};
use crate::matrix::Matrix;
use crate::plugin::{Private, Value};

mod lines;
mod slots;

/// The full id of a group of either kind.
fn id(kind: &str, name: &str) -> String {
    format!(
        "/subscriptions/8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81/resourceGroups/emc/providers/Microsoft.Network/{kind}SecurityGroups/{name}"
    )
}

fn nsg(name: &str) -> NsgId {
    id("network", name).parse().unwrap()
}

/// Desktops at two blocks, one server behind a group; with these further arguments.
fn value(more: Json) -> Value {
    let mut written = json!({
        "name": "emc",
        "placements": {
            "agents": { "components": ["desktop"], "address_prefixes": ["10.20.0.0/16", "10.21.0.0/16"] },
            "core": {
                "components": ["configuration"],
                "network_security_group_id": id("network", "core"),
                "application_security_group_ids": [id("application", "servers")],
            },
        },
        "policy": { "directions": ["ingress"] },
    });
    for (name, value) in more.as_object().unwrap() {
        written[name] = value.clone();
    }
    import::state(&written.to_string(), &schema::schema().block, "/subscriptions/").unwrap()
}

fn rollout(more: Json) -> Rollout {
    read(&value(more))
}

fn read(value: &Value) -> Rollout {
    Rollout::read(value, Matrix::embedded()).unwrap().unwrap()
}

fn ours() -> Mark {
    Mark::new("emc", "0011")
}

/// What Azure holds once everything asked for is there.
fn as_asked(rollout: &Rollout, kept: &Kept) -> BTreeMap<NsgId, Observed> {
    let slots = rollout.slots(kept).unwrap();
    let desired = rollout.desired(Matrix::embedded(), &slots);
    let groups = desired.into_iter().map(|(group, rules)| {
        let raw = rules.iter().map(|(name, wanted)| {
            let (source, destination) = (end("source", &wanted.opening.source), end("destination", &wanted.opening.destination));
            let mut properties = json!({
                "description": description::marked(&wanted.text, &ours()),
                "priority": wanted.priority,
                "direction": if wanted.opening.direction.as_str() == "ingress" { "Inbound" } else { "Outbound" },
                "access": if wanted.opening.access.as_str() == "deny" { "Deny" } else { "Allow" },
                "protocol": if wanted.opening.protocol.as_str() == "any" { "*" } else { wanted.opening.protocol.as_str() },
                "sourcePortRange": "*",
                "destinationPortRange": wanted.opening.destination_ports.to_string(),
            });
            for (name, value) in source.as_object().unwrap().iter().chain(destination.as_object().unwrap()) {
                properties[name] = value.clone();
            }
            json!({ "name": name.as_str(), "properties": properties })
        });
        let raw: Vec<Json> = raw.collect();
        (group.clone(), live(&group, &raw))
    });
    groups.collect()
}

fn end(side: &str, of: &crate::azure::Side) -> Json {
    use crate::azure::Side;
    match of {
        Side::Any | Side::Other(_) => json!({ format!("{side}AddressPrefix"): "*" }),
        Side::Tag(tag) => json!({ format!("{side}AddressPrefix"): tag.as_str() }),
        Side::Prefixes(blocks) => {
            json!({ format!("{side}AddressPrefixes"): blocks.iter().map(ToString::to_string).collect::<Vec<_>>() })
        }
        Side::Groups(groups) => {
            let ids: Vec<Json> = groups.iter().map(|group| json!({ "id": group.as_str() })).collect();
            json!({ format!("{side}ApplicationSecurityGroups"): ids })
        }
    }
}

fn live(group: &NsgId, raw: &[Json]) -> Observed {
    let rules = raw.iter().map(|raw| LiveRule::from_raw(group, raw).unwrap()).collect();
    Observed::Live(Box::new(Group { id: group.clone(), whole: None, rules }))
}

/// The raw rules of a group, to be changed by hand.
fn raw(observed: &BTreeMap<NsgId, Observed>) -> Vec<Json> {
    observed[&nsg("core")].rules().iter().map(|rule| rule.raw.clone()).collect()
}

/// What is kept after these groups were read.
fn kept_of(rollout: &Rollout, observed: &BTreeMap<NsgId, Observed>) -> Kept {
    let mut kept = Kept::default();
    kept.instance = Some("0011".to_owned());
    kept.remember(observed, &rollout.groups(), &ours());
    Kept::read(&Private(kept.write().0))
}

/// Lines of one placement and direction.
fn texts(lines: &Value, placement: &str, direction: &str) -> Vec<(String, String)> {
    let lines = lines.get(placement).get(direction);
    lines.entries().map(|(key, text)| (key.to_owned(), text.as_str().unwrap_or("(unknown)").to_owned())).collect()
}
