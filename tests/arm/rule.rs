//! Reads a rule from a body: knows its properties, keeps those it does not know, and refuses what cannot be read.

use serde_json::{Map, Value, json};

use crate::account::{Account, find};
use crate::group::Rule;
use crate::refusal::{self, Refusal};

/// Properties that are text.
const TEXTS: [&str; 8] = [
    "description",
    "protocol",
    "sourcePortRange",
    "destinationPortRange",
    "sourceAddressPrefix",
    "destinationAddressPrefix",
    "access",
    "direction",
];
/// Properties that are lists of text.
const LISTS: [&str; 4] = ["sourcePortRanges", "destinationPortRanges", "sourceAddressPrefixes", "destinationAddressPrefixes"];
/// Properties that are lists of application security groups.
pub(crate) const ASGS: [&str; 2] = ["sourceApplicationSecurityGroups", "destinationApplicationSecurityGroups"];
/// Properties of a group that only Azure writes.
const READ_ONLY: [&str; 7] =
    ["defaultSecurityRules", "subnets", "networkInterfaces", "flowLogs", "resourceGuid", "provisioningState", "securityRules"]; // the last one is read apart
/// Properties with few values; they are kept as Azure spells them.
const CHOICES: [(&str, &[&str]); 3] =
    [("protocol", &["Tcp", "Udp", "Icmp", "Esp", "Ah", "*"]), ("access", &["Allow", "Deny"]), ("direction", &["Inbound", "Outbound"])];

/// Reads `{"name", "properties"}`; a name in the path is given.
pub(crate) fn read(account: &Account, group: &str, given: &Value, name: Option<&str>) -> Result<Rule, Refusal> {
    let given = given.as_object().ok_or_else(refusal::unparsable)?;
    let own_name = given.get("name").and_then(Value::as_str);
    let name = name.or(own_name).ok_or_else(|| refusal::invalid_name(""))?;
    if !is_name(name) {
        return Err(refusal::invalid_name(name));
    }
    let id = format!("{group}/securityRules/{name}");
    let given = given.get("properties").and_then(Value::as_object).ok_or_else(|| refusal::missing_one(&id, "Protocol"))?;
    let mut properties = Map::new();
    for (property, value) in given {
        let value = match property.as_str() {
            // Of a text that is empty or null Azure shows nothing.
            text if TEXTS.contains(&text) => match value {
                Value::Null => continue,
                Value::String(found) if found.is_empty() => continue,
                Value::String(found) => json!(choice(text, found)?),
                Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => return Err(not_a(text, "string")),
            },
            list if LISTS.contains(&list) => json!(texts(list, value)?),
            asgs if ASGS.contains(&asgs) => match references(account, &id, asgs, value)? {
                ids if ids.is_empty() => continue,
                ids => ids.into_iter().map(|id| json!({ "id": id })).collect(),
            },
            "priority" => match value.as_i64() {
                Some(number) => json!(number),
                None => return Err(not_a("priority", "integer")),
            },
            "provisioningState" => continue,
            _ => value.clone(),
        };
        properties.insert(property.clone(), value);
    }
    for list in LISTS {
        properties.entry(list).or_insert_with(|| json!([]));
    }
    Ok(Rule { name: name.to_owned(), properties, leaving: false })
}

/// What a body says of a group besides its rules, location and tags.
pub(crate) fn read_more(account: &Account, properties: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let mut more = Map::new();
    for (property, value) in properties {
        if !READ_ONLY.contains(&property.as_str()) {
            more.insert(property.clone(), value.clone());
        } else if account.settings.refuse_echo && property != "securityRules" {
            return Err(refusal::unparsable_because("ReadOnlyProperty", format!("Property {property} is read-only.")));
        }
    }
    // What is at its default is not shown.
    more.retain(|_, value| !value.is_null());
    Ok(more)
}

/// The ids of the application security groups that a rule names.
pub(crate) fn asgs(rule: &Rule, property: &str) -> Vec<String> {
    let found = rule.properties.get(property).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    found.iter().filter_map(|one| one.get("id").and_then(Value::as_str)).map(str::to_owned).collect()
}

/// The entries of a list of text.
pub(crate) fn list<'a>(rule: &'a Rule, property: &str) -> Vec<&'a str> {
    let found = rule.properties.get(property).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    found.iter().filter_map(Value::as_str).collect()
}

fn not_a(property: &str, kind: &str) -> Refusal {
    refusal::unparsable_because("InvalidJson", format!("Error converting value of property '{property}' to type '{kind}'."))
}

fn choice(property: &str, value: &str) -> Result<String, Refusal> {
    let Some((_, choices)) = CHOICES.iter().find(|(name, _)| *name == property) else { return Ok(value.to_owned()) };
    let found = choices.iter().find(|choice| choice.eq_ignore_ascii_case(value));
    found.map(|choice| (*choice).to_owned()).ok_or_else(|| {
        let message = format!("Error converting value \"{value}\" to type 'SecurityRule{property}'. Path 'properties.{property}'.");
        refusal::unparsable_because("InvalidJson", message)
    })
}

fn texts(property: &str, value: &Value) -> Result<Vec<String>, Refusal> {
    let entries = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(entries) => entries,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => return Err(not_a(property, "array")),
    };
    entries.iter().map(|entry| entry.as_str().map(str::to_owned).ok_or_else(|| not_a(property, "string"))).collect()
}

/// Application security groups by what their ids say, as Azure itself writes those ids.
fn references(account: &Account, rule: &str, property: &str, value: &Value) -> Result<Vec<String>, Refusal> {
    let entries = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(entries) => entries,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => return Err(not_a(property, "array")),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let Some(id) = entry.get("id").and_then(Value::as_str) else { return Err(not_a(property, "resource")) };
        // Whoever sends a whole group back that was read is refused.
        if account.settings.refuse_echo && entry.as_object().is_some_and(|entry| entry.len() > 1) {
            return Err(refusal::unparsable());
        }
        let key = find(&account.asgs, "applicationsecuritygroups", id);
        let found = key.ok().and_then(|key| account.asgs.get(&key)).ok_or_else(|| refusal::missing_reference(id, rule))?;
        ids.push(found.id.clone());
    }
    Ok(ids)
}

/// Whether this may be the name of a rule or of a group.
pub(crate) fn is_name(name: &str) -> bool {
    let is_word = |character: char| character.is_ascii_alphanumeric();
    name.chars().count() <= 80
        && name.starts_with(is_word)
        && name.ends_with(|character| is_word(character) || character == '_')
        && name.chars().all(|character| is_word(character) || ['.', '-', '_'].contains(&character))
}
