//! From our words to Azure's: rules become JSON, and a group the least body that a write of all of it may have.
//!
//! Reading a group and sending the answer back as it is breaks: Azure refuses some of what it told. So the body has location, tags,
//! `flushConnection` and the rules, and nothing else. A rule of somebody else goes back as it came, with properties that we do not know,
//! and without what only Azure writes. The list of rules is always there: Azure may take its absence for "no rules".

use serde_json::{Map, Value, json};

use crate::net::Direction;

use super::lift::member;
use super::owner::Whole;
use super::rule::{Access, Opening, PortSet, Protocol, SecurityRule};
use super::side::Side;

#[cfg(test)]
mod tests;

/// Members of a rule's properties that only Azure writes.
const READ_ONLY: [&str; 2] = ["provisioningState", "resourceGuid"];

/// How a list of application security groups ends, whose members go back as references only.
const GROUPS: &str = "ApplicationSecurityGroups";

/// Returns the body that gives a group these rules.
pub(crate) fn group(whole: &Whole, flush_connections: Option<bool>, rules: Vec<Value>) -> Value {
    let mut properties = Map::new();
    if let Some(flush) = flush_connections.or(whole.flush_connections) {
        properties.insert("flushConnection".to_owned(), flush.into());
    }
    properties.insert("securityRules".to_owned(), rules.into());
    let mut body = Map::from_iter([("location".to_owned(), whole.location.clone().into())]);
    if !whole.tags.is_null() {
        body.insert("tags".to_owned(), whole.tags.clone());
    }
    body.insert("properties".to_owned(), properties.into());
    body.into()
}

/// Returns a rule of ours as Azure takes it; nothing if it has forms that we do not write.
pub(crate) fn rule(rule: &SecurityRule) -> Option<Value> {
    let opening = &rule.opening;
    let mut properties = Map::new();
    let mut set = |name: String, value: Value| drop(properties.insert(name, value));
    if let Some(description) = &rule.description {
        set("description".to_owned(), description.as_str().into());
    }
    set("priority".to_owned(), rule.priority.into());
    set("direction".to_owned(), direction(opening).into());
    set("access".to_owned(), access(opening).into());
    set("protocol".to_owned(), protocol(&opening.protocol)?.into());
    for (which, side, ports) in
        [("source", &opening.source, &opening.source_ports), ("destination", &opening.destination, &opening.destination_ports)]
    {
        let (suffix, value) = ends(side)?;
        set(format!("{which}{suffix}"), value);
        let (suffix, value) = port_ranges(ports)?;
        set(format!("{which}{suffix}"), value);
    }
    Some(json!({ "name": rule.name, "properties": properties }))
}

/// Returns a reported rule as it may be sent back: nothing of it changes.
pub(crate) fn carried(raw: &Value) -> Value {
    let mut properties = Map::new();
    for (name, value) in member(raw, "properties").and_then(Value::as_object).into_iter().flatten() {
        if READ_ONLY.iter().any(|read_only| name.eq_ignore_ascii_case(read_only)) {
            continue;
        }
        let groups = value.as_array().filter(|_| name.to_ascii_lowercase().ends_with(&GROUPS.to_ascii_lowercase()));
        let value = groups.map_or_else(|| value.clone(), |groups| groups.iter().map(reference).collect());
        properties.insert(name.clone(), value);
    }
    json!({ "name": member(raw, "name"), "properties": properties })
}

fn reference(group: &Value) -> Value {
    member(group, "id").map_or_else(|| group.clone(), |id| json!({ "id": id }))
}

fn direction(opening: &Opening) -> &'static str {
    match opening.direction {
        Direction::Ingress => "Inbound",
        Direction::Egress => "Outbound",
    }
}

fn access(opening: &Opening) -> &'static str {
    match opening.access {
        Access::Allow => "Allow",
        Access::Deny => "Deny",
    }
}

fn protocol(protocol: &Protocol) -> Option<&'static str> {
    Some(match protocol {
        Protocol::Any => "*",
        Protocol::Tcp => "Tcp",
        Protocol::Udp => "Udp",
        Protocol::Icmp => "Icmp",
        Protocol::Esp => "Esp",
        Protocol::Ah => "Ah",
        Protocol::Other(_) => return None,
    })
}

/// `*` and tags stand in the singular member only, and Azure writes a single address there too.
fn ends(side: &Side) -> Option<(&'static str, Value)> {
    Some(match side {
        Side::Any => ("AddressPrefix", "*".into()),
        Side::Tag(tag) => ("AddressPrefix", tag.as_str().into()),
        Side::Prefixes(blocks) => match blocks.iter().map(|block| Value::from(block.to_string())).collect::<Vec<_>>() {
            mut one if one.len() == 1 => ("AddressPrefix", one.pop()?),
            many => ("AddressPrefixes", many.into()),
        },
        Side::Groups(groups) => (GROUPS, groups.iter().map(|group| json!({ "id": group.as_str() })).collect()),
        Side::Other(_) => return None,
    })
}

fn port_ranges(ports: &PortSet) -> Option<(&'static str, Value)> {
    let range = |(first, last): &(u16, u16)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    Some(match ports {
        PortSet::Any => ("PortRange", "*".into()),
        PortSet::Ranges(ranges) => match ranges.as_slice() {
            [one] => ("PortRange", range(one).into()),
            many => ("PortRanges", many.iter().map(range).collect::<Vec<_>>().into()),
        },
        PortSet::Other(_) => return None,
    })
}
