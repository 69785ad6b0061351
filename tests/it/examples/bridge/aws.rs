//! The bridge to aws_vpc_security_group_ingress_rule and aws_vpc_security_group_egress_rule.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Bridge, differ, quotes_are_real, rules};
use crate::support::{Ec2, Workspace};

const FILES: [&str; 4] = ["main.tf", "bridge.tf", "variables.tf", "outputs.tf"];
const GROUPS: [&str; 3] = ["core", "media", "database"];

fn bridge(workspace: Workspace, ids: &BTreeMap<String, String>) -> Bridge {
    Bridge::new("bridge-aws", &FILES, workspace, &json!({ "security_group_ids": ids }))
}

/// The bridge with groups that are in no account.
fn alone() -> Bridge {
    bridge(Workspace::new(), &GROUPS.map(|name| (name.to_owned(), format!("sg-{name}"))).into())
}

/// An account, the bridge with groups in it, and their ids.
fn in_account() -> (Ec2, Bridge, BTreeMap<String, String>) {
    let ec2 = Ec2::new();
    let ids = ec2.bare_groups(&GROUPS);
    let bridge = bridge(Workspace::new().with_ec2(&ec2), &ids);
    (ec2, bridge, ids)
}

/// What the rules of a plan or a state open: group, direction, protocol, ports, far end.
fn openings(shown: &Value) -> BTreeSet<String> {
    rules(shown)
        .iter()
        .map(|rule| {
            let direction = direction(rule);
            let peer = ["cidr_ipv4", "cidr_ipv6", "referenced_security_group_id"].into_iter().find_map(|name| rule[name].as_str());
            opening(&rule["security_group_id"], direction, &rule["ip_protocol"], &rule["from_port"], &rule["to_port"], peer.unwrap())
        })
        .collect()
}

/// Rules of both directions have the same attributes; their types tell them apart.
fn direction(rule: &Value) -> &'static str {
    match rule["type"].as_str().unwrap() {
        "aws_vpc_security_group_ingress_rule" => "ingress",
        "aws_vpc_security_group_egress_rule" => "egress",
        other => panic!("{other} is no rule"),
    }
}

fn opening(group: &Value, direction: &str, protocol: &Value, first: &Value, last: &Value, peer: &str) -> String {
    format!("{} {direction} {} {first}-{last} {peer}", group.as_str().unwrap(), protocol.as_str().unwrap())
}

/// What is open in an account, in the same words.
fn live(ec2: &Ec2, ids: &BTreeMap<String, String>) -> BTreeSet<String> {
    ids.values()
        .flat_map(|id| ec2.rules(id))
        .map(|rule| {
            let direction = if rule["IsEgress"] == true { "egress" } else { "ingress" };
            let group = rule["ReferencedGroupInfo"]["GroupId"].as_str();
            let peer = group.or_else(|| rule["CidrIpv4"].as_str()).unwrap();
            opening(&rule["GroupId"], direction, &rule["IpProtocol"], &rule["FromPort"], &rule["ToPort"], peer)
        })
        .collect()
}

/// Makes the rules of a state by hand, in the account that they are meant for.
fn make(ec2: &Ec2, state: &Value) {
    for rule in rules(state) {
        let (first, last) = (&rule["from_port"], &rule["to_port"]);
        let arguments = json!({
            "protocol": rule["ip_protocol"], "ports": format!("{first}-{last}"), "egress": direction(&rule) == "egress",
            "cidr": rule["cidr_ipv4"], "source": rule["referenced_security_group_id"], "description": rule["description"],
        });
        ec2.authorize(rule["security_group_id"].as_str().unwrap(), arguments);
    }
}

#[test]
fn the_bridge_opens_what_the_resource_opens() {
    let (ec2, bridge, ids) = in_account();
    let first = bridge.workspace.plan();
    bridge.workspace.settle();
    let bridged = openings(&bridge.workspace.state_json());
    assert_eq!(bridged.len(), 49);
    quotes_are_real(&bridge, &[first]);

    let resource =
        "resource \"emc_aws_security_group_rules\" \"rollout\" {\n  name       = \"emc-prod\"\n  placements = local.placements\n\n";
    bridge.workspace.write("ours.tf", &format!("{resource}{}}}\n", bridge.policy()));
    bridge.workspace.settle();
    let ours = live(&ec2, &ids);
    assert_eq!(bridged, ours, "{:#}", differ(&bridged, &ours));
}

#[test]
fn the_comparison_sees_what_is_wrong() {
    let bridge = alone();
    let right = openings(&bridge.workspace.plan_json());
    for (from, to) in [
        ("from_port                    = each.value.from_port", "from_port                    = each.value.from_port - 1"),
        ("ip_protocol                  = each.value.protocol", "ip_protocol                  = \"udp\""),
        ("if opening.direction == \"egress\"", "if opening.direction == \"ingress\""),
        (
            "lookup(local.groups, each.value.peer, null)",
            "contains(keys(local.groups), each.value.peer) ? local.groups[each.value.local] : null",
        ),
        ("security_group_id            = local.groups[each.value.local]", "security_group_id            = local.groups[\"core\"]"),
    ] {
        bridge.alter("bridge.tf", from, to);
        assert_ne!(openings(&bridge.workspace.plan_json()), right, "{to}");
    }
}

#[test]
fn the_bridge_is_planned_while_the_groups_are_still_to_be_made() {
    let bridge = alone();
    bridge.workspace.write("groups.tf", "resource \"terraform_data\" \"group\" {\n  for_each = toset([\"core\", \"media\", \"database\"])\n  input    = \"sg-${each.key}\"\n}\n");
    let main = bridge.text("main.tf");
    let main = GROUPS.iter().fold(main, |main, name| {
        main.replace(&format!("var.security_group_ids.{name}"), &format!("terraform_data.group[\"{name}\"].output"))
    });
    bridge.workspace.write("main.tf", &main);
    bridge.workspace.plan().says("Plan: 52 to add, 0 to change, 0 to destroy.");
    bridge.workspace.apply_plan();
    bridge.workspace.plan_is_empty();
}

#[test]
fn what_comes_and_goes_touches_no_other_rule() {
    let bridge = alone();
    bridge.workspace.settle();
    bridge.alter("main.tf", "\"license_director\", ", "\"license_director\", \"application_management_director\", ");
    let added = bridge.changes();
    assert!(!added.is_empty() && added.values().all(|actions| actions == "create"), "{added:#?}");
    bridge.alter("main.tf", "\"license_director\", ", "");
    let gone = bridge.changes();
    let of_it = |key: &str| key.contains(" 29073 ") || key.contains(" 39095 ");
    assert!(gone.len() > 5 && gone.iter().all(|(key, actions)| actions == "delete" && of_it(key)), "{gone:#?}");
    bridge.restore("main.tf");
    bridge
        .workspace
        .write("more.auto.tfvars.json", &json!({ "agent_networks": ["10.19.0.0/16", "10.20.0.0/16", "10.21.4.0/22"] }).to_string());
    let added = bridge.changes();
    assert_eq!(added.len(), 10);
    assert!(added.iter().all(|(key, actions)| actions == "create" && key.ends_with(" from agents 10.19.0.0/16")), "{added:#?}");
    bridge.workspace.remove("more.auto.tfvars.json");
    bridge.alter("main.tf", "cidr_ipv4 = var.bastion_networks", "cidr_ipv4 = var.bastion_networks\n      cidr_ipv6 = [\"2001:db8::/48\"]");
    let added = bridge.changes();
    assert_eq!(added, [("core ingress tcp 3389 from bastion 2001:db8::/48".to_owned(), "create".to_owned())].into());
}

#[test]
fn wrong_rules_are_refused_before_anything_is_made() {
    let bridge = alone();
    bridge.refuses(&[
        (
            "  cidr_ipv4                    = each.value.cidr_ipv4\n",
            "",
            "exactly one of cidr_ipv4, cidr_ipv6, prefix_list_id, referenced_security_group_id must be set, and 0 are",
        ),
        (
            "referenced_security_group_id = lookup(local.groups, each.value.peer, null)",
            "referenced_security_group_id = local.groups.core",
            "must be set, and 2 are",
        ),
        ("each.value.to_port", "each.value.to_port + 60000", "must be a whole number from -1 to 65535"),
        ("  security_group_id            = local.groups[each.value.local]\n", "", "The argument \"security_group_id\" is required"),
        ("ip_protocol ", "protocol ", "An argument named \"protocol\" is not expected here"),
        ("[\"\"]", "[\"10.20.0.1/16\"]", "cidr_ipv4 is `10.20.0.1/16`, which is no IPv4 network"),
    ]);
    bridge.workspace.write("more.auto.tfvars.json", &json!({ "supervisor_networks": ["10.20.0.0/16"] }).to_string());
    bridge.workspace.plan_fails().says(
        "EC2 refuses the second of two equal rules. Take the group or the address out of one of the placements: core ingress tcp 39095 from agents 10.20.0.0/16 = core ingress tcp 39095 from supervisors 10.20.0.0/16",
    );
    bridge.with_multicast();
    bridge.workspace.plan_fails().says("This bridge makes no multicast rules: leave `multicast` in `policy` at `report`");
}

#[test]
fn its_assertions_hold_and_can_fail() {
    let bridge = alone();
    assert!(bridge.tested(true).contains("1 passed, 0 failed."));
    bridge.alter("bridge.tf", "for name, place in local.outside : name =>", "for name, place in local.outside : upper(name) =>");
    assert!(bridge.tested(false).contains("An opening has no rule of EC2"));
    bridge.restore("bridge.tf");
    bridge.alter("main.tf", "      A31 = ", "      A36 = ");
    assert!(bridge.tested(false).contains("New open questions: A31"));
    bridge.open_too_much();
    let said = bridge.tested(false);
    for told in ["The database is reachable on more than SQL", "Desktops send more unencrypted than was accepted."] {
        assert!(said.contains(told), "{told}\n{said}");
    }
}

#[test]
fn whatever_a_reason_says_the_cloud_takes_it() {
    let bridge = alone();
    let reason = "administration of Windows";
    let long = format!("\\\"maintenance\\\" & naïve <{}>", "x".repeat(300));
    bridge.alter("main.tf", reason, &long);
    bridge.workspace.settle();
    let rules = rules(&bridge.workspace.state_json());
    let described = rules.iter().find(|rule| rule["from_port"] == 3389).unwrap()["description"].as_str().unwrap();
    assert!(described.contains("because _maintenance_ _ na_ve _xxx"), "{described}");
    assert_eq!(described.len(), 255);
    bridge.alter("bridge.tf", "), 0, 255)", "), 0, 256)");
    bridge.workspace.apply_fails().says("Refused as the cloud does").says("which has 256 characters, and may have 255");
    bridge.alter("bridge.tf", "[^A-Za-z0-9 ", "[^A-Za-z0-9\\\" ");
    bridge.workspace.apply_fails().says("which has other characters than letters, digits and");
    bridge.restore("bridge.tf");
    bridge.workspace.plan_is_empty();
}

#[test]
fn moving_to_the_resource_closes_nothing() {
    let (ec2, bridge, ids) = in_account();
    bridge.workspace.settle();
    make(&ec2, &bridge.workspace.state_json());
    let of_each =
        |ec2: &Ec2| -> Vec<Value> { ids.values().flat_map(|id| ec2.rules(id)).map(|rule| rule["SecurityGroupRuleId"].clone()).collect() };
    let (before, open) = (of_each(&ec2), live(&ec2, &ids));
    bridge.audit("emc_aws_conformity", "");
    assert_eq!(bridge.workspace.output("audit")["missing"], json!({}));
    assert_eq!(bridge.workspace.output("audit")["extra"], json!({}));
    let main = bridge.text("main.tf");
    let (main, _) = main.split_once("data \"emc_rules\"").unwrap();
    bridge.workspace.write("main.tf", main);
    bridge.workspace.write("move.tf", &bridge.of_readme("removed {"));
    ["bridge.tf", "outputs.tf"].iter().for_each(|file| bridge.workspace.remove(file));
    bridge.workspace.plan().says("Plan: 1 to add, 0 to change, 0 to destroy.").says("Rules made by hand are taken over");
    bridge.workspace.settle();
    assert_eq!((of_each(&ec2), live(&ec2, &ids)), (before, open));
    bridge.workspace.destroy();
    assert_eq!(live(&ec2, &ids).len(), 0, "what was taken over belongs to the resource");
}
