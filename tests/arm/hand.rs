//! What a person would do in the portal: makes groups, looks at them, changes them by hand. It asks nobody for leave and checks nothing.
//!
//! A group is named by its id, by `resource group/name`, or by its name alone where only one has it.

use serde_json::{Map, Value, json};

use crate::access::{Lock, is_within};
use crate::account::{Account, ResourceGroup, find, key};
use crate::asg::Asg;
use crate::azure::State;
use crate::group::{Group, Rule};
use crate::operation;

type Done = Result<Value, String>;

/// Runs one command.
pub(crate) fn run(state: &mut State, account: &str, command: &str, args: &Value) -> Done {
    let account = state.account(account).ok_or_else(|| format!("there is no account `{account}`"))?;
    account.settle();
    let text = |name: &str| args.get(name).and_then(Value::as_str).ok_or_else(|| format!("`{command}` needs `{name}`, not {args}"));
    match command {
        "setup" => setup(account, args),
        "has_group" => Ok(json!(account.find_group(text("group")?).is_ok())),
        "show" => group(account, text("group")?, |group| Ok(group.show())),
        "rules" => group(account, text("group")?, |group| Ok(group.rules.iter().map(|rule| group.show_rule(rule)).collect())),
        "put_rule" => changed(account, text("group")?, |group| put_rule(group, args)),
        "edit_rule" => changed(account, text("group")?, |group| edit_rule(group, args)),
        "delete_rule" => changed(account, text("group")?, |group| delete_rule(group, args)),
        "fill" => changed(account, text("group")?, |group| fill(group, args)),
        "edit_group" => changed(account, text("group")?, |group| edit_group(group, args)),
        "touch" => changed(account, text("group")?, |_| Ok(())),
        "delete_group" => delete_group(account, text("group")?),
        "delete_asg" => {
            let found = find(&account.asgs, "applicationsecuritygroups", text("asg")?)?;
            Ok(json!(account.asgs.remove(&found).is_some()))
        }
        "join" => {
            let found = find(&account.asgs, "applicationsecuritygroups", text("asg")?)?;
            let network = text("network")?.to_owned();
            Ok(json!(account.asgs.get_mut(&found).is_some_and(|asg| asg.networks.insert(network))))
        }
        "lock" => {
            let lock: Lock = serde_json::from_value(args.clone()).map_err(|error| format!("`lock` is {{scope, level}}: {error}"))?;
            account.locks.push(lock);
            Ok(json!(true))
        }
        "unlock" => {
            let (scope, before) = (text("scope")?, account.locks.len());
            account.locks.retain(|lock| !is_within(&lock.scope, scope));
            Ok(json!(before - account.locks.len()))
        }
        other => Err(format!("`{other}` is no command")),
    }
}

/// A resource group, groups and application security groups: `{"groups": {name: id}, "asgs": {name: id}, "resource_group": id}`.
fn setup(account: &mut Account, args: &Value) -> Done {
    let text = |name: &str, or: &str| args.get(name).and_then(Value::as_str).unwrap_or(or).to_owned();
    let names = |name: &str| -> Vec<String> {
        let found = args.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        found.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (resource_group, location) = (text("resource_group", "rollout"), text("location", &account.location));
    let place = ResourceGroup { name: resource_group.clone(), location: location.clone(), tags: None };
    account.resource_groups.entry(resource_group.to_ascii_lowercase()).or_insert(place);
    let (mut groups, mut asgs) = (Map::new(), Map::new());
    for name in names("groups") {
        let id = account.id(&resource_group, "networkSecurityGroups", &name);
        groups.insert(name.clone(), json!(id));
        account.groups.insert(key(&resource_group, &name), Group::new(id, name, location.clone()));
    }
    for name in names("asgs") {
        let id = account.id(&resource_group, "applicationSecurityGroups", &name);
        asgs.insert(name.clone(), json!(id));
        account.asgs.insert(key(&resource_group, &name), Asg::new(id, name, location.clone()));
    }
    let id = format!("/subscriptions/{}/resourceGroups/{resource_group}", account.subscription);
    Ok(json!({ "resource_group": id, "groups": groups, "asgs": asgs }))
}

fn group(account: &mut Account, id: &str, look: impl FnOnce(&Group) -> Done) -> Done {
    let found = account.find_group(id)?;
    account.groups.get(&found).ok_or_else(|| format!("there is no `{id}`")).and_then(look)
}

/// Changes a group and shows it. What an operation works on ends first, as if that had been quicker.
fn changed(account: &mut Account, id: &str, change: impl FnOnce(&mut Group) -> Result<(), String>) -> Done {
    let found = account.find_group(id)?;
    if let Some(operation) = account.groups.get(&found).and_then(|group| group.busy.clone()) {
        operation::finish(account, &operation);
    }
    let group = account.groups.get_mut(&found).ok_or_else(|| format!("there is no `{id}`"))?;
    change(group)?;
    let state = group.state.clone();
    group.become_state(&state);
    Ok(group.show())
}

fn rule_name(args: &Value) -> Result<&str, String> {
    args.get("name").and_then(Value::as_str).ok_or_else(|| format!("name the rule with `name`, not {args}"))
}

/// `{"name", "properties"}`: what is not said is any port, any address, TCP, inbound, allowed, and the first free priority from 100.
fn put_rule(group: &mut Group, args: &Value) -> Result<(), String> {
    let name = rule_name(args)?.to_owned();
    let given = args.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut properties = Map::new();
    for (property, value) in [("protocol", "Tcp"), ("access", "Allow"), ("direction", "Inbound")] {
        properties.insert(property.to_owned(), json!(value));
    }
    let has = |names: &[String]| names.iter().any(|name| given.contains_key(name));
    for side in ["source", "destination"] {
        if !has(&[format!("{side}AddressPrefix"), format!("{side}AddressPrefixes"), format!("{side}ApplicationSecurityGroups")]) {
            properties.insert(format!("{side}AddressPrefix"), json!("*"));
        }
        if !has(&[format!("{side}PortRange"), format!("{side}PortRanges")]) {
            properties.insert(format!("{side}PortRange"), json!("*"));
        }
        properties.insert(format!("{side}AddressPrefixes"), json!([]));
        properties.insert(format!("{side}PortRanges"), json!([]));
    }
    properties.extend(given);
    if !properties.contains_key("priority") {
        let direction = properties.get("direction").and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_taken = |slot: &u64| group.rules.iter().any(|rule| rule.priority() == *slot && rule.text("direction") == direction);
        let free = (100..=4096).find(|slot| !is_taken(slot)).ok_or("no priority is free")?;
        properties.insert("priority".to_owned(), json!(free));
    }
    let rule = Rule { name: name.clone(), properties, leaving: false };
    match group.position(&name).and_then(|position| group.rules.get_mut(position)) {
        Some(found) => *found = rule,
        None => group.rules.push(rule),
    }
    Ok(())
}

/// `{"name", "changes": {property: value or null}, "rename"}`
fn edit_rule(group: &mut Group, args: &Value) -> Result<(), String> {
    let name = rule_name(args)?;
    let rule = group.position(name).and_then(|position| group.rules.get_mut(position));
    let rule = rule.ok_or_else(|| format!("there is no rule `{name}`"))?;
    apply(&mut rule.properties, args.get("changes"));
    if let Some(new) = args.get("rename").and_then(Value::as_str) {
        new.clone_into(&mut rule.name);
    }
    Ok(())
}

fn delete_rule(group: &mut Group, args: &Value) -> Result<(), String> {
    let name = rule_name(args)?;
    let position = group.position(name).ok_or_else(|| format!("there is no rule `{name}`"))?;
    group.rules.remove(position);
    Ok(())
}

/// `{"count", "from": 100, "direction"}`: so many rules, each with a port of its own.
fn fill(group: &mut Group, args: &Value) -> Result<(), String> {
    let number = |name: &str, or: u64| args.get(name).and_then(Value::as_u64).unwrap_or(or);
    let direction = args.get("direction").and_then(Value::as_str).unwrap_or("Inbound");
    for offset in 0..number("count", 1) {
        let priority = number("from", 100) + offset;
        let properties = json!({ "priority": priority, "direction": direction, "destinationPortRange": priority.to_string() });
        put_rule(group, &json!({ "name": format!("filled-{direction}-{priority}"), "properties": properties }))?;
    }
    Ok(())
}

/// `{"changes": {property: value or null}, "tags", "state", "subnets": [id], "interfaces": [id]}`
fn edit_group(group: &mut Group, args: &Value) -> Result<(), String> {
    apply(&mut group.more, args.get("changes"));
    if let Some(tags) = args.get("tags") {
        group.tags = Some(tags.clone()).filter(|tags| !tags.is_null());
    }
    if let Some(state) = args.get("state").and_then(Value::as_str) {
        state.clone_into(&mut group.state);
    }
    for (name, ids) in [("subnets", &mut group.subnets), ("interfaces", &mut group.interfaces)] {
        if let Some(given) = args.get(name).and_then(Value::as_array) {
            *ids = given.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
    }
    Ok(())
}

fn apply(properties: &mut Map<String, Value>, changes: Option<&Value>) {
    for (property, value) in changes.and_then(Value::as_object).into_iter().flatten() {
        if value.is_null() {
            properties.remove(property);
        } else {
            properties.insert(property.clone(), value.clone());
        }
    }
}

fn delete_group(account: &mut Account, id: &str) -> Done {
    let found = account.find_group(id)?;
    Ok(json!(account.groups.remove(&found).is_some()))
}
