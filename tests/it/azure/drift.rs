//! What others did to the groups since the last apply: one line each, and back as it was.

use serde_json::json;

use super::Site;

const FROM_AGENTS: &str = "emc-emc.db.in.tcp-1433.from.agents";

#[test]
fn a_rule_removed_by_hand_is_one_line() {
    let site = Site::small();
    site.arm.delete_rule("db", FROM_AGENTS);
    assert_eq!(site.plan(), [r#"lines.db.ingress + "tcp 1433 from agents" = "1005 sql_server.1433 (either, row 45): 10.20.0.0/16""#]);
    site.settle();
}

#[test]
fn a_rule_edited_by_hand_is_one_line() {
    let site = Site::small();
    let before = site.live("db");
    site.arm.edit_rule("db", FROM_AGENTS, json!({ "destinationPortRange": "1-65535" }));
    assert_eq!(site.plan().len(), 1, "{:#?}", site.plan());
    assert!(site.plan()[0].contains("was changed by hand to ingress tcp 1-65535"), "{:#?}", site.plan());
    site.settle();
    assert_eq!(site.live("db"), before);
}

#[test]
fn a_foreign_rule_is_one_line_until_an_apply_acknowledges_it() {
    let site = Site::small();
    site.arm.put_rule("db", "by-hand", json!({ "priority": 150, "sourceAddressPrefix": "10.99.0.0/16", "destinationPortRange": "3389" }));
    let plan = site.plan();
    assert_eq!(plan.len(), 1, "{plan:#?}");
    assert!(plan[0].contains("left alone: 150 ingress tcp 3389 from 10.99.0.0/16 to anywhere"), "{plan:#?}");
    site.settle();
    assert!(site.live("db").iter().any(|line| line.contains("by-hand")));
}

#[test]
fn foreign_rules_are_removed_only_when_asked() {
    let site = Site::small();
    site.arm.put_rule("db", "by-hand", json!({ "priority": 150, "sourceAddressPrefix": "10.99.0.0/16", "destinationPortRange": "3389" }));
    site.settle();
    site.rollout(super::SMALL, "  on_foreign = \"remove\"");
    let plan = site.plan();
    assert!(plan.iter().any(|line| line.contains("foreign_rules") && line.contains("- \"by-hand\"")), "{plan:#?}");
    site.settle();
    assert!(!site.live("db").iter().any(|line| line.contains("by-hand")));
    // Once `remove` is in the state a line says so itself.
    site.arm.put_rule("db", "again", json!({ "priority": 150, "sourceAddressPrefix": "10.99.0.0/16", "destinationPortRange": "3389" }));
    let plan = site.plan();
    assert!(plan[0].contains("- \"again\" = \"to be removed: 150 ingress tcp 3389 from 10.99.0.0/16 to anywhere\""), "{plan:#?}");
    site.settle();
    assert!(!site.live("db").iter().any(|line| line.contains("again")));
}

#[test]
fn an_acknowledged_rule_that_its_maker_removed_is_told_as_gone() {
    let site = Site::small();
    site.arm.put_rule("db", "by-hand", json!({ "priority": 150, "sourceAddressPrefix": "10.99.0.0/16", "destinationPortRange": "3389" }));
    site.settle();
    site.arm.delete_rule("db", "by-hand");
    let plan = site.plan();
    assert!(plan[0].contains("- \"by-hand\" = \"gone already: 150 ingress tcp 3389 from 10.99.0.0/16 to anywhere\""), "{plan:#?}");
    site.settle();
}

#[test]
fn a_group_deleted_by_hand_is_an_error_with_the_way_out() {
    let site = Site::small();
    site.arm.delete_group("db");
    site.workspace.plan_fails().says("Network security group does not exist").says("of placement `db` is gone, and its rules with it");
}
