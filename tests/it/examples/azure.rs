//! The examples for Azure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{are_real, assertions, example, on_azure, page, quotes};
use crate::support::{Arm, Output, Workspace};

const RESOURCE: &str = "emc_azure_network_security_rules.rollout";

/// A working directory in which the provider uses this subscription.
fn workspace(arm: &Arm) -> Workspace {
    arm.environment().into_iter().fold(Workspace::new(), |workspace, (name, value)| workspace.with_env(&name, &value))
}

/// The ids of what was made, by what stands behind the first hyphen of each name.
fn by_kind(ids: BTreeMap<String, String>) -> BTreeMap<String, String> {
    ids.into_iter().map(|(name, id)| (name.split_once('-').unwrap().1.to_owned(), id)).collect()
}

#[test]
fn the_resource_example_opens_what_it_shows() {
    let arm = Arm::new();
    let (groups, members) = (arm.groups(&["nsg-core", "nsg-database"]), arm.asgs(&["asg-core"]));
    let workspace = workspace(&arm);
    workspace.write("main.tf", &example("resources/emc_azure_network_security_rules/resource.tf"));
    let ids = json!({ "network_security_group_ids": by_kind(groups), "application_security_group_ids": by_kind(members) });
    workspace.write("groups.auto.tfvars.json", &ids.to_string());
    workspace.init();
    workspace.validate();
    workspace.settle();
    let line = workspace.output("lines")["core"]["ingress"]["tcp 39091 from agents"].as_str().unwrap().to_owned();
    let (priority, purpose) = line.split_once(' ').unwrap();
    assert_eq!(purpose, "configuration.39091 (secure, row 5): 10.20.0.0/16");
    let wanted = format!("{priority} Inbound Allow Tcp 10.20.0.0/16:* > asg-core:39091 emc-emc-prod.core.in.tcp-39091.from.agents: ");
    assert!(arm.lines("nsg-core").iter().any(|live| live.starts_with(&wanted)), "{wanted}\n{:#?}", arm.lines("nsg-core"));
    assert!(
        workspace
            .output("void")
            .as_str()
            .unwrap()
            .contains("lines certainly change nothing, the others matter only for addresses outside the virtual network")
    );
    workspace.destroy();
    assert_eq!(arm.lines("nsg-core"), [""; 0]);
}

#[test]
fn the_conformity_example_tells_of_what_differs() {
    let arm = Arm::new();
    let (groups, members) = (arm.groups(&["nsg-core", "nsg-database"]), arm.asgs(&["asg-core"]));
    let workspace = workspace(&arm);
    workspace.write("main.tf", &example("data-sources/emc_azure_conformity/data-source.tf"));
    let ids = json!({ "network_security_group_ids": by_kind(groups), "application_security_group_ids": by_kind(members) });
    workspace.write("groups.auto.tfvars.json", &ids.to_string());
    let by_hand = [
        ("nsg-core", "xml", json!({ "priority": 300, "sourceAddressPrefix": "10.20.0.0/16", "destinationPortRanges": ["29069", "39096"] })),
        ("nsg-core", "old-client", json!({ "priority": 310, "sourceAddressPrefix": "10.20.0.0/16", "destinationPortRange": "29091" })),
        (
            "nsg-core",
            "lab",
            json!({ "priority": 320, "access": "Deny", "sourceAddressPrefix": "10.20.128.0/17", "destinationPortRange": "39091" }),
        ),
        ("nsg-core", "client", json!({ "priority": 330, "sourceAddressPrefix": "10.20.0.0/16", "destinationPortRange": "39091" })),
        (
            "nsg-core",
            "rest",
            json!({ "priority": 4000, "access": "Deny", "protocol": "*", "sourceAddressPrefix": "*", "destinationPortRange": "*" }),
        ),
        ("nsg-core", "too-late", json!({ "priority": 4050, "sourceAddressPrefix": "10.0.0.0/8", "destinationPortRange": "3389" })),
        ("nsg-database", "sql", json!({ "priority": 300, "sourceAddressPrefix": "10.20.0.0/16", "destinationPortRange": "1433" })),
    ];
    for (group, name, rule) in by_hand {
        arm.put_rule(group, name, rule);
    }
    workspace.init();
    workspace.validate();
    workspace
        .settle()
        .says("Check block assertion failed")
        .says("The network security groups differ from the port matrix: no: 1 missing, 2 extra, ");
    let shown = workspace.run(&["state", "show", "-no-color", "data.emc_azure_conformity.audit"]).ok();
    let file = "tests/docs/guides/auditing.md";
    let guide = on_azure(&page(file)).to_owned();
    assert!(are_real(&[(file, guide)], &[shown.stdout], "data-sources/emc_azure_conformity") > 8, "the guide quotes an audit");
}

/// A rollout that exists already is what an import finds; the example names a subscription that nobody has.
fn rollout_to_import(arm: &Arm) {
    arm.setup(json!({ "resource_group": "rg-emc", "groups": ["nsg-core"] }));
    let workspace = workspace(arm);
    let text = example("resources/emc_azure_network_security_rules/import-by-string-id.tf");
    let (locals, _) = text.split_once("# The id says").unwrap();
    let (_, resource) = text.split_once("resource \"").unwrap();
    workspace.write("main.tf", &in_subscription(&format!("{locals}\nresource \"{resource}"), arm));
    workspace.init();
    workspace.settle();
}

fn in_subscription(text: &str, arm: &Arm) -> String {
    const NOBODYS: &str = "00000000-0000-0000-0000-000000000000";
    assert!(text.contains(NOBODYS));
    text.replace(NOBODYS, arm.subscription())
}

#[test]
fn the_import_block_takes_over_what_is_there() {
    let arm = Arm::new();
    rollout_to_import(&arm);
    let before = arm.lines("nsg-core");
    let workspace = workspace(&arm);
    workspace.write("main.tf", &in_subscription(&example("resources/emc_azure_network_security_rules/import-by-string-id.tf"), &arm));
    workspace.init();
    workspace.plan().says("1 to import, 0 to add").says("0 to destroy");
    workspace.settle();
    assert_eq!(arm.lines("nsg-core"), before, "an import closes nothing and moves nothing");
}

#[test]
fn the_import_command_takes_over_what_is_there() {
    let arm = Arm::new();
    rollout_to_import(&arm);
    let command = in_subscription(&example("resources/emc_azure_network_security_rules/import.sh"), &arm);
    let (_, id) = command.split_once(&format!("terraform import {RESOURCE} '")).unwrap();
    let id = id.trim_end().strip_suffix('\'').unwrap();
    let workspace = workspace(&arm);
    let text = example("resources/emc_azure_network_security_rules/import-by-string-id.tf");
    let (locals, _) = text.split_once("# The id says").unwrap();
    let (_, resource) = text.split_once("resource \"").unwrap();
    workspace.write("main.tf", &in_subscription(&format!("{locals}\nresource \"{resource}"), &arm));
    workspace.init();
    workspace.run(&["import", "-no-color", "-input=false", RESOURCE, id]).ok().says("Import successful!");
    workspace.settle();
}

/// The rollout in a working directory, with groups of its own.
fn rollout(arm: &Arm) -> Workspace {
    let groups = arm.groups(&["nsg-servers", "nsg-dmz", "nsg-data"]);
    let members = arm.asgs(&["asg-core", "asg-ids", "asg-media", "asg-gateways"]);
    let workspace = workspace(arm);
    workspace.remove("versions.tf");
    for file in ["main.tf", "variables.tf", "outputs.tf"] {
        workspace.write(file, &example(&format!("rollout-azure/{file}")));
    }
    workspace.write("terraform.tfvars", &example("rollout-azure/terraform.tfvars.example"));
    let ids = json!({ "network_security_group_ids": by_kind(groups), "application_security_group_ids": by_kind(members) });
    workspace.write("groups.auto.tfvars.json", &ids.to_string());
    workspace.init();
    workspace.validate();
    workspace
}

#[test]
fn the_rollout_is_complete_and_what_is_quoted_of_its_plans_is_real() {
    let arm = Arm::new();
    let workspace = rollout(&arm);
    let first = workspace.plan().text();
    assertions::rollout_is_tested(&workspace, "rollout-azure");
    workspace.settle();
    let writes = |arm: &Arm| arm.actions().iter().filter(|action| action.starts_with("PUT ")).count();
    assert_eq!(writes(&arm), 3, "one write for each group: {:?}", arm.actions());
    let questions = workspace.output("open_questions");
    let questions: Vec<&String> = questions.as_object().unwrap().keys().collect();
    assert_eq!(questions, ["A36"], "the example leaves one question open, to show what that looks like");

    // Three kinds of servers share a group, and each rule is for one of them.
    let servers = arm.rules("nsg-servers");
    let named = |rule: &Value, side: &str| rule["properties"][format!("{side}ApplicationSecurityGroups")].as_array().map_or(0, Vec::len);
    assert!(servers.iter().all(|rule| {
        let local = if rule["properties"]["direction"] == "Inbound" { "destination" } else { "source" };
        named(rule, local) == 1
    }));

    arm.put_rule("nsg-data", "temp-rdp", json!({ "priority": 200, "sourceAddressPrefix": "10.0.0.0/8", "destinationPortRange": "3389" }));
    let drift = workspace.plan().text();
    workspace.settle();

    let before = arm.lines("nsg-servers");
    workspace.write("deny.auto.tfvars.json", &json!({ "deny_unlisted": true }).to_string());
    let deny: Output = workspace.plan();
    workspace.settle();
    let after = arm.lines("nsg-servers");
    assert!(before.iter().all(|line| after.contains(line)), "no rule that was there is touched");
    assert!(after.iter().filter(|line| line.contains(" Deny ")).count() == 6, "{after:#?}");
    workspace.destroy();
    assert_eq!(arm.lines("nsg-data"), ["200 Inbound Allow Tcp 10.0.0.0/8:* > *:3389 temp-rdp"], "what others made stays");

    let guide = "tests/docs/guides/reading-the-plan.md";
    let pages = ["tests/docs/resources/azure_network_security_rules.md", "examples/rollout-azure/README.md"];
    let mut texts: Vec<(&str, String)> = pages.map(|file| (file, page(file))).into();
    texts.push((guide, on_azure(&page(guide)).to_owned()));
    assert!(texts.iter().all(|(_, text)| !quotes(text).is_empty()), "each of these pages quotes plans");
    let quoted = are_real(&texts, &[first, drift, deny.text()], "examples/rollout-azure");
    assert!(quoted > 12, "the pages quote plans");
}
