//! Rules that nobody here made: reported, acknowledged, ignored or removed.

use serde_json::json;

use super::{SMALL, Site, rollout};

/// Adds a rule by hand, as an administrator would.
fn rdp(site: &Site) -> String {
    site.ec2.authorize(site.id("db"), json!({ "ports": "3389", "cidr": "10.0.0.0/8", "description": "temp rdp" }))
}

const RDP: &str = r#""ingress tcp 3389 from 10.0.0.0/8" = "left alone: sgr-…, \"temp rdp\"""#;

#[test]
fn a_new_foreign_rule_is_one_added_line_until_an_apply_acknowledges_it() {
    let site = Site::small();
    let rule = rdp(&site);
    let plan = site.workspace.plan();
    plan.says(&rule);
    assert_eq!(site.changes(&plan), [format!("foreign_rules.db + {RDP}")]);
    site.forget();
    site.settle();
    assert_eq!(site.writes(), [""; 0], "acknowledging writes nothing");
    assert_eq!(site.live("db").len(), 2);

    site.ec2.revoke(site.id("db"), "3389");
    assert_eq!(site.plan(), [format!("foreign_rules.db - {RDP}")]);
    site.settle();
}

#[test]
fn what_is_in_the_groups_before_the_first_apply_is_a_warning_with_it() {
    let site = Site::new(&["core", "db"]);
    rdp(&site);
    site.rollout(SMALL, "");
    let plan = site.workspace.plan();
    plan.says("Foreign rules in the security groups");
    plan.says("core: egress all to 0.0.0.0/0: default egress, left alone: while it stands, egress lines restrict nothing");
    plan.says("db: ingress tcp 3389 from 10.0.0.0/8: left alone: sgr-");
    site.settle();
    site.workspace.plan().never_says("Foreign rules in the security groups");
    let state = site.state();
    assert_eq!(state["foreign_rules"]["db"].as_object().map(|rules| rules.len()), Some(2));

    let quiet = Site::new(&["core", "db"]);
    quiet.rollout(SMALL, "  on_foreign = \"ignore\"\n");
    quiet.workspace.plan().never_says("Foreign rules in the security groups");
}

#[test]
fn an_exclusion_without_effect_is_told() {
    let site = Site::bare(&["core", "db"]);
    site.rollout(SMALL, "  policy {\n    exclude = [\"xml_server.29069 from core\"]\n  }\n");
    let plan = site.workspace.plan();
    plan.says("Exclusion without effect")
        .says("Nothing is closed by `xml_server.29069 from core` in `exclude`: nothing there opens the flow.");
}

#[test]
fn an_edited_foreign_rule_is_one_line_that_goes_and_one_that_comes() {
    let site = Site::small();
    let rule = rdp(&site);
    site.settle();
    site.ec2.modify(site.id("db"), &rule, json!({ "CidrIpv4": "0.0.0.0/0" }));
    assert_eq!(
        site.plan(),
        [
            r#"foreign_rules.db + "ingress tcp 3389 from 0.0.0.0/0" = "left alone: sgr-…, \"temp rdp\"""#.to_owned(),
            format!("foreign_rules.db - {RDP} -> null"),
        ]
    );
    site.settle();
}

#[test]
fn the_default_egress_rule_is_named_apart() {
    let site = Site::new(&["core", "db"]);
    site.rollout(SMALL, "");
    site.settle();
    let egress = site.rule("core", "egress -1 all 0.0.0.0/0");
    site.ec2.revoke_ids(site.id("core"), &[&egress], true);
    assert_eq!(
        site.plan(),
        [
            r#"foreign_rules.core - "egress all to 0.0.0.0/0" = "default egress, left alone: while it stands, egress lines restrict nothing (sgr-…)""#
        ]
    );
    site.settle();
}

#[test]
fn ignore_shows_nothing() {
    let site = Site::new(&["core", "db"]);
    site.rollout(SMALL, r#"on_foreign = "ignore""#);
    site.settle();
    assert_eq!(site.state()["foreign_rules"], json!({}));
    rdp(&site);
    site.workspace.plan_is_empty();
}

#[test]
fn remove_revokes_exactly_what_the_plan_showed() {
    let site = Site::new(&["core", "db"]);
    site.rollout(SMALL, r#"on_foreign = "remove""#);
    site.settle();
    let sibling = r#"
        bastion = { cidr_ipv4 = ["10.99.0.0/24"] }
        db      = { security_group_id = "<db>" }"#;
    let policy = r#"on_foreign = "ignore"
      policy {
        extra {
          name     = "jump"
          from     = "bastion"
          to       = "db"
          protocol = "tcp"
          ports    = "22"
          reason   = "patching"
        }
    }"#;
    site.write(
        &[rollout("rollout", "emc-prod", SMALL, r#"on_foreign = "remove""#), rollout("other", "emc-jump", sibling, policy)].concat(),
    );
    site.settle();

    rdp(&site);
    assert_eq!(site.plan(), [format!("foreign_rules.db - {RDP} -> null")]);
    site.ec2.authorize(site.id("db"), json!({ "ports": "5900", "cidr": "10.0.0.0/8", "description": "after the plan" }));
    site.forget();
    site.workspace.apply_plan().says("1 changed");
    assert_eq!(site.writes(), ["RevokeSecurityGroupIngress"]);
    assert_eq!(
        site.live("db"),
        [
            "ingress tcp 22 10.99.0.0/24: extra.jump [patching] from bastion",
            "ingress tcp 1433 10.20.0.0/16: sql_server.1433 row 45 from agents",
            "ingress tcp 5900 10.0.0.0/8: after the plan",
            "egress -1 all 0.0.0.0/0",
        ]
    );
    assert_eq!(site.plan(), [r#"foreign_rules.db - "ingress tcp 5900 from 10.0.0.0/8" = "left alone: sgr-…, \"after the plan\"" -> null"#]);
    site.settle();
    assert_eq!(site.open("db"), ["ingress tcp 22 10.99.0.0/24", "ingress tcp 1433 10.20.0.0/16", "egress -1 all 0.0.0.0/0"]);
}

#[test]
fn a_create_under_remove_first_shows_what_it_found() {
    let site = Site::bare(&["core", "db"]);
    rdp(&site);
    site.rollout(SMALL, r#"on_foreign = "remove""#);
    site.workspace.apply();
    assert_eq!(site.open("db"), ["ingress tcp 1433 10.20.0.0/16", "ingress tcp 3389 10.0.0.0/8"], "no plan showed its removal yet");
    assert_eq!(site.plan(), [format!("foreign_rules.db - {RDP}")]);
    site.settle();
    assert_eq!(site.open("db"), ["ingress tcp 1433 10.20.0.0/16"]);
}

#[test]
fn changing_to_remove_shows_acknowledged_rules_as_removed() {
    let site = Site::small();
    rdp(&site);
    site.settle();
    site.rollout(SMALL, r#"on_foreign = "remove""#);
    assert_eq!(site.plan(), [format!("foreign_rules.db - {RDP}"), r#"~ on_foreign = "report" -> "remove""#.to_owned()]);
    site.settle();
    assert_eq!(site.open("db"), ["ingress tcp 1433 10.20.0.0/16"]);
    // And back again.
    site.rollout(SMALL, "");
    assert_eq!(site.plan(), [r#"~ on_foreign = "remove" -> "report""#]);
    site.settle();
}

#[test]
fn a_foreign_rule_between_plan_and_apply_waits_for_the_next_plan() {
    let site = Site::small();
    site.ec2.revoke(site.id("core"), "29091");
    site.workspace.plan();
    rdp(&site);
    site.workspace.apply_plan();
    assert_eq!(site.plan(), [format!("foreign_rules.db + {RDP}")]);
    site.settle();
}
