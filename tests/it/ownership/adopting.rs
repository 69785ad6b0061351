//! Rules made by hand that open what ours should: refused with the ways out, or taken over, marked last.

use serde_json::json;

use crate::rollout::{ROLLOUT, SMALL, Site, below, rollout};

#[test]
fn rules_made_by_hand_are_taken_over_only_if_that_is_asked_for() {
    let site = Site::bare(&["core", "db"]);
    let rule =
        site.ec2.authorize(site.id("core"), json!({ "ports": "29091", "cidr": "10.20.0.0/16", "description": "copied from the PDF" }));
    site.rollout(SMALL, "");
    site.workspace
        .plan_fails()
        .says("Clash with existing rules")
        .says(&format!(
            "{} (placement `core`) has rules already that open what this configuration asks for. They carry no mark of this provider, and EC2 keeps equal rules once: {rule}: ingress tcp 29091 from 10.20.0.0/16, \"copied from the PDF\"",
            site.id("core")
        ))
        .says("set `adopt_existing = true`, and they are taken over as they stand; or delete them by hand, and this resource makes its own; or leave them to whoever made them, and close the flows here with `exclude` in `policy`.");
    site.rollout(SMALL, "adopt_existing = true");
    let plan = site.workspace.plan();
    plan.says("Rules made by hand are taken over")
        .says(&format!("{} (placement `core`): {rule}: ingress tcp 29091 from 10.20.0.0/16, \"copied from the PDF\"", site.id("core")))
        .says("revoked when nothing here asks for them any more, and when this resource is destroyed")
        .never_says("Foreign rules in the security groups");
    assert!(below(&site.changes(&plan), "lines.core.ingress").len() == 5, "lines are as usual");
    site.forget();
    site.settle();
    let mut writes = site.writes();
    assert_eq!(writes.pop().as_deref(), Some("CreateTags"), "marked last");
    writes.sort();
    assert_eq!(writes, ["AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules"]);
    assert_eq!(site.rule("core", "ingress tcp 29091"), rule);
    assert_eq!(site.live("core")[1], "ingress tcp 29091 10.20.0.0/16: configuration.29091 row 4 from agents");
    assert_eq!(site.state()["foreign_rules"], json!({}));
    site.workspace.destroy();
    assert_eq!(site.live("core"), [""; 0], "what was taken over is ours");
}

#[test]
fn a_clash_in_a_group_that_was_unknown_is_told_while_applying() {
    let site = Site::bare(&["core", "db"]);
    let rule = site.ec2.authorize(site.id("db"), json!({ "ports": "1433", "cidr": "10.20.0.0/16" }));
    let data = "resource \"terraform_data\" \"db\" {\n  input = \"<db>\"\n}\n";
    let text = |more: &str| data.to_owned() + &rollout("rollout", "emc-prod", &SMALL.replace("\"<db>\"", "terraform_data.db.output"), more);
    site.write(&text(""));
    site.workspace.plan();
    site.workspace.apply_fails().says(&rule).says("They carry no mark of this provider").says("adopt_existing = true");
    site.write(&text("adopt_existing = true"));
    site.settle();
    assert_eq!((site.live("core").len(), site.live("db").len()), (5, 1));
    assert_eq!(site.rule("db", "ingress tcp 1433"), rule);
}

/// A whole hand-made group: what [`SMALL`] asks for in `core`, in other words, and one rule more.
fn by_hand(site: &Site) {
    for port in ["29069", "29091", "29096", "39091", "39096"] {
        site.ec2.authorize(site.id("core"), json!({ "ports": port, "cidr": "10.20.0.0/16", "description": format!("EMC {port}") }));
    }
    site.ec2.authorize(site.id("core"), json!({ "ports": "3389", "cidr": "10.0.0.0/8", "description": "temp rdp" }));
}

fn ids(site: &Site, group: &str) -> Vec<String> {
    site.ec2.rules(site.id(group)).iter().map(|rule| rule["SecurityGroupRuleId"].as_str().unwrap().to_owned()).collect()
}

fn tags(site: &Site, group: &str) -> usize {
    site.ec2.rules(site.id(group)).iter().filter(|rule| rule["Tags"].as_array().is_some_and(|tags| !tags.is_empty())).count()
}

#[test]
fn a_whole_hand_made_group_is_taken_over_without_a_gap() {
    let site = Site::bare(&["core", "db"]);
    by_hand(&site);
    let before = ids(&site, "core");
    site.rollout(SMALL, "adopt_existing = true");
    site.forget();
    site.settle();
    assert_eq!(ids(&site, "core"), before, "each rule is the one that was there");
    assert_eq!(site.ec2.count("RevokeSecurityGroupIngress"), 0);
    assert_eq!(site.ec2.count("CreateTags"), 1);
    assert_eq!(tags(&site, "core"), 5);
    let foreign = site.state()["foreign_rules"]["core"].clone();
    assert_eq!(foreign.as_object().unwrap().keys().collect::<Vec<_>>(), ["ingress tcp 3389 from 10.0.0.0/8"]);
    // Without the argument nothing is given back.
    site.rollout(SMALL, "");
    site.settle();
    site.workspace.destroy();
    assert_eq!(site.open("core"), ["ingress tcp 3389 10.0.0.0/8"]);
}

#[test]
fn what_fails_before_the_end_leaves_hand_made_rules_to_whoever_made_them() {
    let site = Site::bare(&["core", "db"]);
    by_hand(&site);
    let before = site.open("core");
    site.ec2.fault(
        json!({ "action": "AuthorizeSecurityGroupIngress", "kind": "error", "times": 0, "status": 403, "code": "UnauthorizedOperation" }),
    );
    site.rollout(SMALL, "adopt_existing = true");
    site.workspace.apply_fails().says("AuthorizeSecurityGroupIngress").never_says("untaint");
    assert_eq!((site.open("core"), tags(&site, "core")), (before.clone(), 0), "db failed, so core was not taken over either");
    assert!(site.state().is_null(), "a create that owns nothing leaves nothing to destroy");
    site.forget();
    site.settle();
    assert_eq!((site.open("core"), tags(&site, "core")), (before, 5));
}

#[test]
fn a_create_that_failed_in_part_does_not_close_hand_made_rules_when_it_is_replaced() {
    let site = Site::bare(&["core", "db"]);
    by_hand(&site);
    site.ec2.authorize(site.id("db"), json!({ "ports": "3390", "cidr": "10.0.0.0/8" }));
    let rule = site.rule("core", "ingress tcp 29091");
    site.rollout(SMALL, "adopt_existing = true");
    site.ec2.fault(json!({ "action": "CreateTags", "kind": "error", "times": 0, "status": 403, "code": "UnauthorizedOperation" }));
    site.workspace.apply_fails().says("Allow the IAM action `ec2:CreateTags` on these groups.").says("terraform untaint");
    assert_eq!((tags(&site, "core"), site.live("db").len()), (0, 2));
    // The next apply destroys what this one made, and creates it anew.
    site.forget();
    site.workspace.plan().says("is tainted, so must be replaced");
    site.settle();
    assert_eq!(site.rule("core", "ingress tcp 29091"), rule);
    assert_eq!(tags(&site, "core"), 5);
    assert!(
        site.ec2
            .log()
            .iter()
            .filter(|call| call["action"] == "RevokeSecurityGroupIngress")
            .all(|call| call["params"]["GroupId"] == site.id("db"))
    );
}

#[test]
fn a_half_done_take_over_goes_on_after_untaint() {
    let site = Site::bare(&["core", "db"]);
    by_hand(&site);
    site.rollout(SMALL, "adopt_existing = true");
    site.ec2.fault(json!({ "action": "CreateTags", "kind": "error", "times": 0, "status": 403, "code": "UnauthorizedOperation" }));
    site.workspace.apply_fails().says("terraform untaint");
    site.workspace.run(&["untaint", "-no-color", ROLLOUT]).ok();
    site.forget();
    let plan = site.workspace.plan();
    plan.says("Plan: 0 to add, 1 to change, 0 to destroy.").says("Rules made by hand are taken over");
    assert_eq!(below(&site.changes(&plan), "lines.core.ingress").len(), 5);
    site.settle();
    assert_eq!(site.writes(), ["CreateTags"]);
}

#[test]
fn a_rule_that_is_to_be_removed_and_then_asked_for_is_kept_open() {
    let site = Site::bare(&["core", "db"]);
    let without = SMALL.replace(r#""configuration", "#, "");
    site.rollout(&without, r#"on_foreign = "remove""#);
    site.settle();
    let rule = site.ec2.authorize(site.id("core"), json!({ "ports": "29091", "cidr": "10.20.0.0/16", "description": "by hand" }));
    site.rollout(SMALL, r#"on_foreign = "remove""#);
    let plan = site.workspace.plan();
    plan.says("Rules made by hand are taken over");
    assert_eq!(below(&site.changes(&plan), "foreign_rules").len(), 1);
    site.forget();
    site.settle();
    assert_eq!(site.rule("core", "ingress tcp 29091"), rule);
    assert_eq!(site.ec2.count("RevokeSecurityGroupIngress"), 0);
}

#[test]
fn what_was_not_taken_over_can_be_left_to_its_maker() {
    let site = Site::bare(&["core", "db"]);
    site.ec2.authorize(site.id("core"), json!({ "ports": "29091", "cidr": "10.20.0.0/16", "description": "theirs" }));
    site.rollout(SMALL, "policy {\n  exclude = [\"configuration.29091\"]\n}");
    site.settle();
    assert_eq!(tags(&site, "core"), 4);
    site.workspace.destroy();
    assert_eq!(site.live("core"), ["ingress tcp 29091 10.20.0.0/16: theirs"]);
}
