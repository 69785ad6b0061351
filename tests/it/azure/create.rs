//! The beginning and the end: create, nothing to do, destroy.

use serde_json::json;

use super::{SMALL, Site};

#[test]
fn a_rollout_is_created_once_and_destroyed_without_a_trace() {
    let site = Site::new(&["core", "db"]);
    site.arm.put_rule("core", "by-hand", json!({ "priority": 200, "sourceAddressPrefix": "10.99.0.0/16", "destinationPortRange": "3389" }));
    let by_hand = site.arm.lines("core");
    site.rollout(SMALL, "");
    let plan = site.workspace.plan();
    plan.says("Plan: 1 to add, 0 to change, 0 to destroy.").says("Foreign rules in the network security groups").says("by-hand");
    site.arm.reset();
    site.workspace.apply_plan().says("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.");

    assert_eq!(site.arm.count("PUT group"), 2, "one write for each group, whatever the number of rules");
    assert_eq!(site.arm.count("PUT rule") + site.arm.count("DELETE rule"), 0);
    let state = site.state();
    assert_eq!(
        state["lines"]["db"],
        json!({
            "egress": {},
            "ingress": {
                "tcp 1433 from agents": "1005 sql_server.1433 (either, row 45): 10.20.0.0/16",
            },
        })
    );
    assert_eq!(
        site.live("db"),
        [
            "1005 Inbound Allow Tcp 10.20.0.0/16:* > 10.1.2.0/24:1433 emc-emc.db.in.tcp-1433.from.agents: sql_server.1433 row 45 from agents [emc emc …]",
        ]
    );
    assert_eq!(state["foreign_rules"]["core"]["by-hand"], "left alone: 200 ingress tcp 3389 from 10.99.0.0/16 to anywhere");
    site.arm.reset();
    site.workspace.plan_is_empty();
    assert_eq!(site.arm.actions().iter().filter(|action| action.starts_with("PUT")).count(), 0);

    site.workspace.destroy();
    assert_eq!(site.arm.lines("core"), by_hand, "rules of others are as they were");
    assert_eq!(site.arm.lines("db"), Vec::<String>::new());
}

#[test]
fn a_placement_can_be_renamed_without_closing_anything() {
    let site = Site::small();
    let before: Vec<String> = site.live("db").iter().map(|line| line.split(" emc-").next().unwrap().to_owned()).collect();
    site.rollout(&SMALL.replace("agents =", "desks  ="), "");
    site.settle();
    let after: Vec<String> = site.live("db").iter().map(|line| line.split(" emc-").next().unwrap().to_owned()).collect();
    assert_eq!(after, before, "priorities, ends and ports stay");
}

#[test]
fn rule_by_rule_comes_to_the_same() {
    let site = Site::small();
    let whole = [site.live("core"), site.live("db")];
    site.workspace.destroy();
    site.rollout(SMALL, "  write_mode = \"rule\"");
    site.arm.reset();
    site.settle();
    assert_eq!([site.live("core"), site.live("db")], whole);
    assert_eq!(site.arm.count("PUT group"), 0);
    assert!(site.arm.count("PUT rule") >= 6);
    site.workspace.destroy();
    assert_eq!([site.live("core"), site.live("db")], [Vec::<String>::new(), Vec::new()]);
}

#[test]
fn what_is_not_listed_is_denied_when_that_is_wanted() {
    let site = Site::new(&["core", "db"]);
    site.rollout(SMALL, "  deny_unlisted = true");
    site.settle();
    assert_eq!(
        site.live("db")[1..],
        [
            "1007 Inbound Allow * AzureLoadBalancer:* > 10.1.2.0/24:* emc-emc.db.in.any.from.load-balancers: probes of load balancers, which deny_unlisted spares [emc emc …]",
            "2901 Inbound Deny * *:* > 10.1.2.0/24:* emc-emc.db.in.deny-any.from.anywhere: deny_unlisted: nothing else at db [emc emc …]",
            "2901 Outbound Deny * 10.1.2.0/24:* > *:* emc-emc.db.out.deny-any.to.anywhere: deny_unlisted: nothing else at db [emc emc …]",
        ]
    );
    site.rollout(SMALL, "");
    site.settle();
    assert_eq!(site.live("db").len(), 1);
}

#[test]
fn a_state_that_was_lost_is_imported() {
    let site = Site::small();
    let before = [site.live("core"), site.live("db")];
    let config = site.with_ids(&format!("locals {{\n  placements = {{{SMALL}}}\n}}\n"));
    let resource = "resource \"emc_azure_network_security_rules\" \"rollout\" {\n  name = \"emc\"\n  placements = local.placements\n}\n";
    let import = "import {\n  to = emc_azure_network_security_rules.rollout\n  id = jsonencode({ name = \"emc\", placements = local.placements })\n}\n";
    site.workspace.remove("terraform.tfstate");
    site.workspace.write("main.tf", &format!("{config}{resource}{import}"));
    site.workspace.plan().says("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.");
    site.settle();
    assert_eq!([site.live("core"), site.live("db")], before);
    site.workspace.destroy();
    assert_eq!(site.live("db"), Vec::<String>::new());
}

#[test]
fn two_resources_in_one_group_need_two_names_and_two_ranges() {
    let site = Site::new(&["db"]);
    let both = |names: [&str; 2], ranges: [&str; 2]| {
        let one = |index: usize| {
            format!(
                "resource \"emc_azure_network_security_rules\" \"r{index}\" {{\n  name = \"{}\"\n  priority_range = \"{}\"\n  placements = {{\n    agents = {{ components = [\"desktop\"], address_prefixes = [\"10.2{index}.0.0/16\"] }}\n    db = {{ components = [\"sql_server\"], network_security_group_id = \"<db>\", address_prefixes = [\"10.1.2.0/24\"] }}\n  }}\n}}\n",
                names[index], ranges[index]
            )
        };
        site.workspace.write("main.tf", &site.with_ids(&[one(0), one(1)].concat()));
    };
    both(["emc", "emc"], ["1000-1999", "2000-2999"]);
    site.workspace.plan_fails().says("Two resources with one name");
    both(["one", "two"], ["1000-1999", "1000-2999"]);
    site.workspace.plan_fails().says("Two resources want the same priorities").says("Give each its own `priority_range`");
    both(["one", "two"], ["1000-1999", "2000-2999"]);
    site.settle();
    assert_eq!(site.live("db").len(), 2, "side by side");
    site.workspace.destroy();
    assert_eq!(site.live("db"), Vec::<String>::new());
}
