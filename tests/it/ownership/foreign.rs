//! Rules that this provider did not make: reported, acknowledged, ignored or removed.

use serde_json::json;

use crate::rollout::{SMALL, Site, rollout};

/// Adds a rule by hand, as an administrator would.
fn rdp(site: &Site) -> String {
    site.ec2.authorize(site.id("db"), json!({ "ports": "3389", "cidr": "10.0.0.0/8", "description": "temp rdp" }))
}

const RDP: &str = r#""ingress tcp 3389 from 10.0.0.0/8" = "left alone: sgr-…, \"temp rdp\"""#;

/// The same rule where this apply revokes it, and where somebody has revoked it before.
const RDP_GOES: &str = r#""ingress tcp 3389 from 10.0.0.0/8" = "to be revoked: sgr-…, \"temp rdp\"""#;
const RDP_IS_GONE: &str = r#""ingress tcp 3389 from 10.0.0.0/8" = "gone already: sgr-…, \"temp rdp\"""#;

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
    assert_eq!(site.plan(), [format!("foreign_rules.db - {RDP_IS_GONE}")]);
    site.forget();
    site.settle();
    assert_eq!(site.writes(), [""; 0], "what is gone already is not revoked");
}

#[test]
fn an_acknowledged_rule_that_a_sibling_took_over_is_not_told_as_gone() {
    let site = Site::small();
    let rule = rdp(&site);
    site.settle();
    site.ec2.tag(&rule, json!({ "emc:name": "emc-jump", "emc:instance": "0000000000000000" }));
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
            format!("foreign_rules.db - {RDP_IS_GONE} -> null"),
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
    assert_eq!(site.plan(), [r#"foreign_rules.core - "egress all to 0.0.0.0/0" = "gone already: default egress""#]);
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
    assert_eq!(site.plan(), [format!("foreign_rules.db - {RDP_GOES} -> null")]);
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
    assert_eq!(
        site.plan(),
        [r#"foreign_rules.db - "ingress tcp 5900 from 10.0.0.0/8" = "to be revoked: sgr-…, \"after the plan\"" -> null"#]
    );
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
    assert_eq!(site.plan(), [format!("foreign_rules.db - {RDP_GOES}")]);
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

#[test]
fn one_call_for_each_direction_revokes_what_goes_and_nothing_else() {
    let site = Site::bare(&["core", "db"]);
    site.rollout(SMALL, r#"on_foreign = "remove""#);
    site.settle();
    for port in ["5900", "5901", "5902"] {
        site.ec2.authorize(site.id("core"), json!({ "ports": port, "cidr": "10.0.0.0/8" }));
        site.ec2.authorize(site.id("core"), json!({ "ports": port, "cidr": "10.0.0.0/8", "egress": true }));
    }
    let sibling = json!({ "emc:name": "emc-test", "emc:instance": "0000000000000000" });
    site.ec2.authorize(site.id("core"), json!({ "ports": "5903", "cidr": "10.0.0.0/8", "tags": sibling }));
    // Rules of ours go in the same calls.
    site.rollout(SMALL, "on_foreign = \"remove\"\npolicy {\n  transport = \"prefer_secure\"\n}");
    let shown = site.plan();
    let gone = |words: &str| shown.iter().filter(|line| line.contains(words) && line.contains("- \"")).count();
    assert_eq!((gone("foreign_rules.core"), gone("lines.core.ingress")), (6, 2), "{shown:#?}");
    site.forget();
    site.workspace.apply_plan();
    let mut writes = site.writes();
    writes.sort();
    assert_eq!(writes, ["RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress"]);
    site.workspace.plan_is_empty();
    assert_eq!(site.open("core").len(), 4);
    assert!(site.open("core").contains(&"ingress tcp 5903 10.0.0.0/8".to_owned()));
}

#[test]
fn a_foreign_rule_that_a_sibling_takes_over_after_the_plan_stays() {
    let site = Site::small();
    site.rollout(SMALL, r#"on_foreign = "remove""#);
    site.settle();
    let rule = rdp(&site);
    site.workspace.plan().says(&rule);
    site.ec2.tag(&rule, json!({ "emc:name": "emc-jump", "emc:instance": "0000000000000000" }));
    site.forget();
    site.workspace.apply_plan();
    assert_eq!(site.writes(), [""; 0]);
    assert_eq!(site.live("db").len(), 2);
    site.settle();
}

const EGRESS: &str = r#""egress all to 0.0.0.0/0" = "default egress, left alone: while it stands, egress lines restrict nothing (sgr-…)""#;
const EGRESS_GOES: &str = r#""egress all to 0.0.0.0/0" = "default egress, to be revoked (sgr-…)""#;

#[test]
fn the_default_egress_goes_when_the_configuration_says_so() {
    let site = Site::new(&["core", "db"]);
    site.rollout(SMALL, "");
    site.settle();
    site.rollout(SMALL, "remove_default_egress = true");
    assert_eq!(
        site.plan(),
        [format!("foreign_rules.core - {EGRESS}"), format!("foreign_rules.db - {EGRESS}"), "+ remove_default_egress = true".to_owned()]
    );
    rdp(&site);
    site.forget();
    site.workspace.apply_plan();
    assert_eq!(site.writes(), ["RevokeSecurityGroupEgress", "RevokeSecurityGroupEgress"]);
    assert_eq!((site.live("core").len(), site.live("db").len()), (5, 2), "other rules are left alone");
    assert_eq!(site.plan(), [format!("foreign_rules.db + {RDP}")]);
    site.settle();

    // Somebody puts it back: a plan shows that it goes again.
    site.ec2.authorize(site.id("core"), json!({ "protocol": "-1", "cidr": "0.0.0.0/0", "egress": true }));
    assert_eq!(site.plan(), [format!("foreign_rules.core - {EGRESS_GOES}")]);
    site.settle();
    assert_eq!(site.live("core").len(), 5);
}

#[test]
fn a_create_that_is_told_to_closes_the_default_egress_at_once() {
    let site = Site::new(&["core", "db"]);
    site.rollout(SMALL, "remove_default_egress = true");
    site.workspace.plan().says("core: egress all to 0.0.0.0/0: default egress, to be revoked (sgr-");
    site.forget();
    site.workspace.apply_plan();
    assert_eq!(site.ec2.count("DescribeSecurityGroupRules"), 1, "no further look for the removal");
    site.workspace.plan_is_empty();
    assert_eq!((site.live("core").len(), site.live("db").len()), (5, 1));
    // A placement that comes later is a group that nobody has looked into yet.
    let site = Site::new(&["core", "db"]);
    let without = SMALL.lines().filter(|line| !line.contains("<db>")).collect::<Vec<_>>().join("\n");
    site.rollout(&without, "remove_default_egress = true");
    site.settle();
    site.rollout(SMALL, "remove_default_egress = true");
    site.settle();
    assert_eq!(site.live("db").len(), 1);
}

#[test]
fn the_default_egress_stays_under_remove_unless_it_is_named() {
    let site = Site::new(&["core", "db"]);
    site.rollout(SMALL, r#"on_foreign = "remove""#);
    site.settle();
    assert_eq!(site.live("core").len(), 6);
    site.workspace.plan_is_empty();
    site.rollout(SMALL, "on_foreign = \"remove\"\nremove_default_egress = true");
    assert_eq!(site.plan().len(), 3);
    site.settle();
    assert_eq!(site.live("core").len(), 5);
}

#[test]
fn a_removal_that_no_plan_would_show_is_refused() {
    let site = Site::new(&["core", "db"]);
    site.rollout(SMALL, "on_foreign = \"ignore\"\nremove_default_egress = true");
    site.workspace.validate_fails().says("Contradictory arguments").says("Set `on_foreign` to `report` or `remove`");
}

#[test]
fn a_default_egress_that_could_not_be_removed_shows_again() {
    let site = Site::new(&["core", "db"]);
    site.rollout(SMALL, "");
    site.settle();
    site.rollout(SMALL, "remove_default_egress = true");
    site.ec2.fault(
        json!({ "action": "RevokeSecurityGroupEgress", "kind": "error", "times": 0, "status": 403, "code": "UnauthorizedOperation" }),
    );
    site.workspace.apply_fails().says("Allow the IAM action `ec2:RevokeSecurityGroupEgress` on these groups.");
    site.forget();
    assert_eq!(site.plan(), [format!("foreign_rules.core - {EGRESS_GOES}"), format!("foreign_rules.db - {EGRESS_GOES}")]);
    site.settle();
}
