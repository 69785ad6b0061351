//! From Azure's words to ours: what is reported of a group and its rules, typed.
//!
//! It takes everything that Azure may hold, also what we never write: singular and plural members, names of members and values in any
//! case, addresses that are not canonical. What no known form fits keeps its words, and all of it keeps its raw JSON. Only what says
//! nothing of name, direction, access or priority is refused: such an answer cannot be a rule.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::net::{Cidr, CidrError, Direction};

use super::id::{AsgId, NetworkId, NsgId};
use super::owner::{Group, LiveRule, Mark, Whole};
use super::rule::{Access, Opening, PortSet, Protocol, SecurityRule};
use super::side::{Side, Tag};

#[cfg(test)]
mod tests;

/// Why an answer is no group with rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LiftError {
    /// The group lacks something that each has.
    #[error("Azure's answer has no `{0}`, so it is not a network security group")]
    Group(&'static str),
    /// A rule lacks something that each has, or has it in a form that we do not know.
    #[error("Azure's answer tells of the rule `{rule}` with the {member} `{found}`, which is none")]
    Rule {
        /// Its name, if it has one.
        rule: String,
        /// What is missing.
        member: &'static str,
        /// What stands in its place.
        found: String,
    },
}

/// Returns the group that Azure reports.
pub(crate) fn group(id: &NsgId, etag: &str, body: &Value) -> Result<Group, LiftError> {
    let properties = member(body, "properties").ok_or(LiftError::Group("properties"))?;
    let location = text(body, "location").ok_or(LiftError::Group("location"))?;
    let listed = list(properties, "securityRules").ok_or(LiftError::Group("securityRules"))?;
    let whole = Whole {
        location: location.to_owned(),
        tags: member(body, "tags").cloned().unwrap_or(Value::Null),
        flush_connections: member(properties, "flushConnection").and_then(Value::as_bool),
        etag: etag.to_owned(),
        network: network(properties),
    };
    Ok(Group { id: id.clone(), whole: Some(whole), rules: rules(id, listed)? })
}

/// Returns the virtual network of a group that is attached to subnets of one network, and to nothing else.
fn network(properties: &Value) -> Option<NetworkId> {
    let attached = |name| list(properties, name).unwrap_or_default();
    let networks: Option<BTreeSet<NetworkId>> =
        attached("subnets").iter().map(|subnet| NetworkId::of_subnet(text(subnet, "id").unwrap_or_default())).collect();
    let mut networks = networks.filter(|_| attached("networkInterfaces").is_empty())?.into_iter();
    networks.next().filter(|_| networks.next().is_none())
}

/// Returns the group whose rules Azure lists, where no more of it may be read.
pub(crate) fn group_of_rules(id: &NsgId, listed: &[Value]) -> Result<Group, LiftError> {
    Ok(Group { id: id.clone(), whole: None, rules: rules(id, listed)? })
}

fn rules(id: &NsgId, listed: &[Value]) -> Result<Vec<LiveRule>, LiftError> {
    let mut rules = listed.iter().map(|rule| live_rule(id, rule)).collect::<Result<Vec<LiveRule>, LiftError>>()?;
    rules.sort_by(|one, other| place(one).cmp(&place(other)));
    Ok(rules)
}

/// Returns a rule out of what Azure reports of it, or of what was kept of that.
///
/// # Errors
/// When it has no name, or no direction, access or priority that there can be.
pub(crate) fn live_rule(group: &NsgId, raw: &Value) -> Result<LiveRule, LiftError> {
    let rule = security_rule(raw)?;
    let mark = Mark::read(&rule.name, rule.description.as_deref());
    Ok(LiveRule { group: group.clone(), rule, mark, raw: raw.clone() })
}

fn security_rule(raw: &Value) -> Result<SecurityRule, LiftError> {
    let name = text(raw, "name").unwrap_or_default();
    let properties = member(raw, "properties").unwrap_or(&Value::Null);
    let fault = |member_name: &'static str| LiftError::Rule {
        rule: name.to_owned(),
        member: member_name,
        found: member(properties, member_name).unwrap_or(&Value::Null).to_string(),
    };
    if name.is_empty() {
        return Err(fault("name"));
    }
    let word = |name| text(properties, name).unwrap_or_default().to_ascii_lowercase();
    let direction = match word("direction").as_str() {
        "inbound" => Direction::Ingress,
        "outbound" => Direction::Egress,
        _ => return Err(fault("direction")),
    };
    let access = match word("access").as_str() {
        "allow" => Access::Allow,
        "deny" => Access::Deny,
        _ => return Err(fault("access")),
    };
    let priority = member(properties, "priority").and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok());
    let opening = Opening {
        direction,
        access,
        protocol: protocol(text(properties, "protocol").unwrap_or("*")),
        source: side(properties, "source"),
        source_ports: ports(properties, "source"),
        destination: side(properties, "destination"),
        destination_ports: ports(properties, "destination"),
    };
    Ok(SecurityRule {
        name: name.to_owned(),
        description: text(properties, "description").filter(|text| !text.is_empty()).map(str::to_owned),
        priority: priority.ok_or_else(|| fault("priority"))?,
        opening,
    })
}

fn protocol(word: &str) -> Protocol {
    match word.to_ascii_lowercase().as_str() {
        "*" | "" | "any" => Protocol::Any,
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "icmp" => Protocol::Icmp,
        "esp" => Protocol::Esp,
        "ah" => Protocol::Ah,
        other => Protocol::Other(other.to_owned()),
    }
}

fn side(properties: &Value, which: &str) -> Side {
    let words = words(properties, &format!("{which}AddressPrefix"));
    let groups = list(properties, &format!("{which}ApplicationSecurityGroups")).unwrap_or_default();
    let groups: Vec<&str> = groups.iter().map(|group| text(group, "id").unwrap_or_default()).collect();
    let as_told = || Side::Other(words.iter().chain(&groups).map(|word| (*word).to_owned()).collect::<Vec<_>>().join(", "));
    if !groups.is_empty() {
        let known: Option<BTreeSet<AsgId>> = groups.iter().map(|id| id.parse().ok()).collect();
        return known.filter(|_| words.is_empty()).map_or_else(as_told, Side::Groups);
    }
    match words.as_slice() {
        [] => Side::Other("nowhere".to_owned()),
        ["*"] => Side::Any,
        [word] if cidr(word).is_none() => {
            if is_tag(word) {
                Side::Tag(Tag::new(*word))
            } else {
                as_told()
            }
        }
        words => {
            let blocks: Option<Vec<Cidr>> = words.iter().map(|word| cidr(word)).collect();
            blocks.and_then(Side::prefixes).unwrap_or_else(as_told)
        }
    }
}

/// Azure writes single addresses without a length, and older tools wrote all of IPv4 as `0/0`.
fn cidr(word: &str) -> Option<Cidr> {
    match word.trim().parse::<Cidr>() {
        Ok(cidr) => Some(cidr),
        Err(CidrError::HostBits { canonical, .. } | CidrError::NotCanonical { canonical, .. } | CidrError::NoPrefix { canonical, .. }) => {
            canonical.parse().ok()
        }
        Err(CidrError::Malformed { .. }) if word == "0/0" => "0.0.0.0/0".parse().ok(),
        Err(CidrError::Malformed { .. }) => None,
    }
}

/// Names of tags begin with a letter, and regional ones have a dot: `Storage.WestEurope`.
fn is_tag(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '.' | '_' | '-'))
}

fn ports(properties: &Value, which: &str) -> PortSet {
    let words = words(properties, &format!("{which}PortRange"));
    let range = |word: &&str| {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        let (first, last) = (first.trim().parse::<u16>().ok()?, last.trim().parse::<u16>().ok()?);
        (first <= last).then_some((first, last))
    };
    if words.contains(&"*") {
        return PortSet::Any;
    }
    let ranges: Option<Vec<(u16, u16)>> = words.iter().map(range).collect();
    match ranges {
        Some(ranges) if !ranges.is_empty() => PortSet::of(ranges),
        Some(_) => PortSet::Other("none".to_owned()),
        None => PortSet::Other(words.join(", ")),
    }
}

/// Returns the entries of a singular member and of its plural together; ARM leaves the other of the two empty.
fn words<'a>(properties: &'a Value, singular: &str) -> Vec<&'a str> {
    let plural = if singular.ends_with('x') { format!("{singular}es") } else { format!("{singular}s") };
    let one = text(properties, singular).into_iter();
    let many = list(properties, &plural).unwrap_or_default().iter().map(|word| word.as_str().unwrap_or_default());
    one.chain(many).filter(|word| !word.is_empty()).collect()
}

fn list<'a>(value: &'a Value, name: &str) -> Option<&'a [Value]> {
    member(value, name)?.as_array().map(Vec::as_slice)
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    member(value, name)?.as_str()
}

/// Returns a member of an object, whatever the case of its name; null counts as absent.
pub(crate) fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let object = value.as_object()?;
    let found = object.get(name).or_else(|| any_case(object, name))?;
    (!found.is_null()).then_some(found)
}

fn any_case<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn place(rule: &LiveRule) -> (Direction, u16, &str) {
    (rule.rule.opening.direction, rule.rule.priority, &rule.rule.name)
}
