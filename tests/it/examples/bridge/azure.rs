//! The bridge to azurerm_network_security_rule.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Bridge, differ, quotes_are_real, rules};
use crate::support::{Arm, Output, Workspace};

const FILES: [&str; 5] = ["main.tf", "bridge.tf", "priorities.tf", "variables.tf", "outputs.tf"];

fn bridge(workspace: Workspace, more: &Value) -> Bridge {
    Bridge::new("bridge-azure", &FILES, workspace, more)
}

/// The bridge with groups that are in no subscription.
fn alone() -> Bridge {
    bridge(Workspace::new(), &json!({}))
}

/// A subscription, and the bridge with groups in it.
fn in_subscription() -> (Arm, Bridge) {
    let arm = Arm::new();
    let (groups, members) = (arm.groups(&["nsg-servers", "nsg-data"]), arm.asgs(&["asg-core", "asg-media"]));
    let by_kind = |ids: BTreeMap<String, String>| -> BTreeMap<String, String> {
        ids.into_iter().map(|(name, id)| (name.split_once('-').unwrap().1.to_owned(), id)).collect()
    };
    let ids = json!({
        "subscription_id": arm.subscription(),
        "network_security_group_ids": by_kind(groups), "application_security_group_ids": by_kind(members),
    });
    let workspace = arm.environment().into_iter().fold(Workspace::new(), |workspace, (name, value)| workspace.with_env(&name, &value));
    let bridge = bridge(workspace, &ids);
    (arm, bridge)
}

/// A rule of a state as Resource Manager has it.
fn as_azure_has_it(rule: &Value) -> Value {
    let mut properties = Map::new();
    let mut set = |name: String, value: Value| {
        if !value.is_null() {
            properties.insert(name, value);
        }
    };
    for name in ["priority", "direction", "access", "protocol", "description"] {
        set(name.to_owned(), rule[name].clone());
    }
    for side in ["source", "destination"] {
        set(format!("{side}AddressPrefix"), rule[format!("{side}_address_prefix")].clone());
        set(format!("{side}AddressPrefixes"), rule[format!("{side}_address_prefixes")].clone());
        set(format!("{side}PortRange"), rule[format!("{side}_port_range")].clone());
        let members = rule[format!("{side}_application_security_group_ids")].as_array();
        let members = members.map(|ids| ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>());
        set(format!("{side}ApplicationSecurityGroups"), json!(members));
    }
    json!({ "name": rule["name"], "properties": properties })
}

/// What a rule opens: direction, access, protocol, where from, where to.
fn opening(arm: &Arm, group: &str, rule: &Value) -> String {
    let line = arm.line(rule);
    let words: Vec<&str> = line.split(' ').collect();
    format!("{group}: {}", words[1..7].join(" ")) // between the priority and the name
}

/// What the rules of a plan or a state open.
fn openings(arm: &Arm, shown: &Value) -> BTreeSet<String> {
    let group = |rule: &Value| rule["network_security_group_name"].as_str().unwrap().to_owned();
    rules(shown).iter().map(|rule| opening(arm, &group(rule), &as_azure_has_it(rule))).collect()
}

/// What is open in a subscription, in the same words.
fn live(arm: &Arm) -> BTreeSet<String> {
    ["nsg-servers", "nsg-data"]
        .into_iter()
        .flat_map(|group| arm.rules(group).iter().map(|rule| opening(arm, group, rule)).collect::<Vec<_>>())
        .collect()
}

/// The lines that a plan wants in priorities.tf.
fn to_add(said: &Output) -> Vec<String> {
    let text = said.text();
    let (_, rest) = text.split_once("Put these lines into priorities.tf:\n").unwrap_or_else(|| panic!("{text}"));
    rest.lines().take_while(|line| line.starts_with("    \"")).map(str::to_owned).collect()
}

/// The file with these lines more, as it is after `terraform fmt`.
fn with_priorities(bridge: &Bridge, lines: &[String]) {
    let text = bridge.workspace.read("priorities.tf");
    let (before, end) = text.rsplit_once("  }\n").unwrap();
    bridge.workspace.write("priorities.tf", &format!("{before}{}\n  }}\n{end}", lines.join("\n")));
    bridge.workspace.run(&["fmt", "priorities.tf"]).ok();
}

#[test]
fn the_bridge_opens_what_the_resource_opens() {
    let (arm, bridge) = in_subscription();
    bridge.workspace.settle();
    let bridged = openings(&arm, &bridge.workspace.state_json());
    assert_eq!(bridged.len(), 39);

    let resource =
        "resource \"emc_azure_network_security_rules\" \"rollout\" {\n  name       = \"emc-prod\"\n  placements = local.placements\n\n";
    bridge.workspace.write("ours.tf", &format!("provider \"emc\" {{\n  azure {{}}\n}}\n\n{resource}{}}}\n", bridge.policy()));
    bridge.workspace.settle();
    let ours = live(&arm);
    assert_eq!(bridged, ours, "{:#}", differ(&bridged, &ours));
}

#[test]
fn the_comparison_sees_what_is_wrong() {
    let (arm, bridge) = in_subscription();
    let right = openings(&arm, &bridge.workspace.plan_json());
    for (from, to) in [
        ("[each.value.from_port, each.value.to_port]", "[each.value.from_port - 1, each.value.to_port]"),
        ("title(each.value.protocol)", "\"Udp\""),
        ("? \"Inbound\" : \"Outbound\"", "? \"Outbound\" : \"Inbound\""),
        ("access      = \"Allow\"", "access      = \"Deny\""),
        ("rule.direction == \"ingress\" ? rule.local : rule.peer", "rule.local"),
        ("local.groups[each.value.local][8]", "local.groups[\"core\"][8]"),
    ] {
        bridge.alter("bridge.tf", from, to);
        assert_ne!(openings(&arm, &bridge.workspace.plan_json()), right, "{to}");
    }
}

#[test]
fn the_bridge_is_planned_while_the_groups_are_still_to_be_made() {
    let bridge = alone();
    let group = "resource \"terraform_data\" \"group\" {\n  for_each = toset([\"servers\", \"data\", \"core\", \"media\"])\n  \
                 input    = \"/subscriptions/0/resourceGroups/rg/providers/Microsoft.Network/groups/${each.key}\"\n}\n";
    bridge.workspace.write("groups.tf", group);
    let main = ["servers", "data", "core", "media"].iter().fold(bridge.text("main.tf"), |main, name| {
        let output = format!("terraform_data.group[\"{name}\"].output");
        ["network", "application"].iter().fold(main, |main, kind| main.replace(&format!("var.{kind}_security_group_ids.{name}"), &output))
    });
    bridge.workspace.write("main.tf", &main);
    bridge.workspace.plan().says("Plan: 43 to add, 0 to change, 0 to destroy.");
    bridge.workspace.apply_plan();
    bridge.workspace.plan_is_empty();
}

#[test]
fn priorities_are_told_and_never_shuffled() {
    let bridge = alone();
    bridge.workspace.write("priorities.tf", "locals {\n  priorities = {\n  }\n}\n");
    let first = bridge.workspace.plan_fails();
    with_priorities(&bridge, &to_add(&first));
    let committed = bridge.text("priorities.tf");
    let (_, committed) = committed.split_once("\n\n").unwrap();
    assert_eq!(bridge.workspace.read("priorities.tf"), committed, "priorities.tf is what the plan says to put there");
    bridge.workspace.settle();

    bridge.alter("main.tf", "\"license_director\", ", "\"license_director\", \"application_management_director\", ");
    let more = bridge.workspace.plan_fails();
    let lines = to_add(&more);
    assert!(!lines.is_empty() && lines[0].ends_with(" = 139"), "{lines:#?}");
    with_priorities(&bridge, &lines);
    let added = bridge.changes();
    assert_eq!(added.len(), lines.len());
    assert!(added.values().all(|actions| actions == "create"), "{added:#?}");
    quotes_are_real(&bridge, &[first, more]);
    bridge.workspace.settle();

    // What goes leaves its number, so that nothing gets it in the same apply.
    bridge.alter("main.tf", "\"license_director\", ", "");
    let gone = bridge.changes();
    assert!(gone.len() > lines.len() && gone.values().all(|actions| actions == "delete"), "{gone:#?}");
    bridge.workspace.settle();
    assert_eq!(bridge.workspace.output("unused_priorities").as_array().unwrap().len(), gone.len());
    let kept = bridge.workspace.read("priorities.tf");
    bridge.workspace.write("priorities.tf", &kept.replace(" = 102\n", " = 101\n"));
    bridge.workspace.plan_fails().says("One priority stands twice in priorities.tf:").says(" = 101");
}

#[test]
fn its_assertions_hold_and_can_fail() {
    let bridge = alone();
    assert!(bridge.tested(true).contains("1 passed, 0 failed."));
    bridge.alter("main.tf", "      A31 = ", "      A36 = ");
    assert!(bridge.tested(false).contains("New open questions: A31"));
    bridge.open_too_much();
    with_priorities(&bridge, &to_add(&bridge.workspace.plan_fails()));
    let said = bridge.tested(false);
    for told in [
        "A rule was deleted and its priority is still written down: ",
        "The database is reachable on more than SQL",
        "Desktops send more unencrypted than was accepted.",
    ] {
        assert!(said.contains(told), "{told}\n{said}");
    }
}

#[test]
fn wrong_rules_are_refused_before_anything_is_made() {
    let bridge = alone();
    bridge.refuses(&[
        ("title(each.value.protocol)", "each.value.protocol", "protocol is `tcp`, which is not one of *, Ah, Esp, Icmp, Tcp, Udp"),
        ("\"Inbound\"", "\"Ingress\"", "direction is `Ingress`, which is not one of Inbound, Outbound"),
        ("\"Allow\"", "\"allow\"", "access is `allow`, which is not one of Allow, Deny"),
        ("local.priorities[each.key]", "local.priorities[each.key] - 1", "priority must be a whole number from 100 to 4096"),
        ("local.names[each.key]", "replace(each.key, \" \", \"/\")", "which has one of /\\?%"),
        (
            "lookup(local.single, local.ends[each.key].from, null)",
            "\"*\"",
            "exactly one of source_address_prefix, source_address_prefixes, source_application_security_group_ids must be set, and 2 are",
        ),
        ("lookup(local.several, local.ends[each.key].to, null)", "[\"10.0.0.0/8\"]", "exactly one of destination_address_prefix"),
        (
            "  source_port_range                     = \"*\"\n",
            "  source_port_range                     = \"*\"\n  source_port_ranges                    = [\"1-2\"]\n",
            "at most one of source_port_range, source_port_ranges may be set, and 2 are",
        ),
    ]);
    bridge.with_multicast();
    bridge.workspace.plan_fails().says("Azure carries no multicast: leave `multicast` in `policy` at `report`.");
}

#[test]
fn whatever_a_name_or_a_reason_is_the_cloud_takes_it() {
    let bridge = alone();
    let long = "supervisors-of-the-second-shift-";
    let main = bridge
        .text("main.tf")
        .replace("    supervisors = {", &format!("    {long} = {{"))
        .replace("[\"supervisors\"]", &format!("[\"{long}\"]"));
    let main = main.replace("administration of Windows", &"administration of \\\"Windows\\\" ".repeat(9));
    bridge.workspace.write("main.tf", &main);
    with_priorities(&bridge, &to_add(&bridge.workspace.plan_fails()));
    bridge.workspace.settle();
    let rules = rules(&bridge.workspace.state_json());
    let named: BTreeSet<&str> = rules.iter().map(|rule| rule["name"].as_str().unwrap()).collect();
    assert_eq!(named.len(), rules.len());
    assert!(named.iter().filter(|name| name.contains(long)).count() > 5);
    assert!(rules.iter().any(|rule| rule["description"].as_str().unwrap().ends_with("...")));
    bridge.alter("bridge.tf", "> 140", "> 1400");
    bridge.workspace.plan_fails().says("characters, and may have 140");
    bridge.alter("bridge.tf", "local.names[each.key]", "replace(each.key, \" \", \".\")");
    bridge
        .workspace
        .apply_fails()
        .says("Refused as the cloud does")
        .says("which does not begin with a letter or digit and end with one or `_`");
}

#[test]
fn moving_to_the_resource_closes_nothing() {
    let (arm, bridge) = in_subscription();
    bridge.workspace.settle();
    for rule in rules(&bridge.workspace.state_json()) {
        let made = as_azure_has_it(&rule);
        arm.put_rule(rule["network_security_group_name"].as_str().unwrap(), made["name"].as_str().unwrap(), made["properties"].clone());
    }
    let open = live(&arm);
    bridge.audit("emc_azure_conformity", "provider \"emc\" {\n  azure {}\n}\n\n");
    assert_eq!(bridge.workspace.output("audit")["missing"], json!({}));
    assert!(bridge.workspace.output("audit")["extra"].to_string().contains("AllowVnetInBound"), "default rules let the rest pass");
    let main = bridge.text("main.tf");
    let (main, _) = main.split_once("data \"emc_rules\"").unwrap();
    bridge.workspace.write("main.tf", main);
    bridge.workspace.write("move.tf", &bridge.of_readme("removed {"));
    ["bridge.tf", "priorities.tf", "outputs.tf"].iter().for_each(|file| bridge.workspace.remove(file));
    bridge.workspace.plan().says("Plan: 1 to add, 0 to change, 0 to destroy.");
    arm.reset();
    bridge.workspace.settle();
    assert_eq!(live(&arm), open);
    let writes: Vec<String> = arm.actions().into_iter().filter(|action| action.starts_with("PUT ")).collect();
    assert_eq!(writes, ["PUT group", "PUT group"], "each group is written once");
    let count = arm.rules("nsg-servers").len() + arm.rules("nsg-data").len();
    assert_eq!(count, open.len(), "no rule stands twice");
    bridge.workspace.destroy();
    assert_eq!(live(&arm).len(), 0, "what was taken over belongs to the resource");
}
