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
                "tcp 1433 from agents": "1028 sql_server.1433 (either, row 45): 10.20.0.0/16",
                "tcp 1433 from core": "1029 sql_server.1433 (either, row 45): group of core",
            },
        })
    );
    assert_eq!(
        site.live("db"),
        [
            "1028 Inbound Allow Tcp 10.20.0.0/16:* > 10.1.2.0/24:1433 emc-emc.db.in.tcp-1433.from.agents: sql_server.1433 row 45 from agents [emc emc …]",
            "1029 Inbound Allow Tcp core:* > 10.1.2.0/24:1433 emc-emc.db.in.tcp-1433.from.core: sql_server.1433 row 45 from core [emc emc …]",
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
