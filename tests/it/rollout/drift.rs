//! Our own rules, removed or edited by hand: what a plan shows, and what an apply makes of it.

use serde_json::json;

use super::Site;

const LINE: &str = r#""configuration.29091 (plain, row 4): 10.20.0.0/16""#;

#[test]
fn a_rule_removed_by_hand_is_one_added_line() {
    let site = Site::small();
    let before = site.live("core");
    assert_eq!(site.ec2.revoke(site.id("core"), "29091"), 1);
    let plan = site.workspace.plan();
    plan.says("Plan: 0 to add, 1 to change, 0 to destroy.");
    assert_eq!(site.changes(&plan), [format!(r#"lines.core.ingress + "tcp 29091 from agents" = {LINE}"#)]);
    site.forget();
    site.settle();
    assert_eq!(site.live("core"), before);
    assert_eq!(site.writes(), ["AuthorizeSecurityGroupIngress"]);
}

#[test]
fn a_rule_whose_port_was_edited_is_one_changed_line() {
    let site = Site::small();
    let before = site.live("core");
    let rule = site.rule("core", "ingress tcp 29091");
    site.ec2.modify(site.id("core"), &rule, json!({ "FromPort": 29000, "ToPort": 29999 }));
    assert_eq!(
        site.plan(),
        [format!(
            r#"lines.core.ingress ~ "tcp 29091 from agents" = "configuration.29091 (plain, row 4): sgr-… was changed by hand to ingress tcp 29000-29999 from 10.20.0.0/16" -> {LINE}"#
        )]
    );
    site.forget();
    site.settle();
    assert_eq!(site.live("core"), before);
    assert_eq!(site.rule("core", "ingress tcp 29091"), rule, "changed back in place");
    assert_eq!(site.writes(), ["ModifySecurityGroupRules"]);
}

#[test]
fn a_rule_whose_address_was_edited_is_one_changed_line() {
    let site = Site::small();
    let before = site.live("core");
    let rule = site.rule("core", "ingress tcp 29091");
    site.ec2.modify(site.id("core"), &rule, json!({ "CidrIpv4": "0.0.0.0/0" }));
    assert_eq!(
        site.plan(),
        [format!(
            r#"lines.core.ingress ~ "tcp 29091 from agents" = "configuration.29091 (plain, row 4): sgr-… was changed by hand to ingress tcp 29091 from 0.0.0.0/0" -> {LINE}"#
        )]
    );
    site.settle();
    assert_eq!(site.live("core"), before);
}

#[test]
fn a_rule_whose_description_was_edited_is_one_changed_line() {
    let site = Site::small();
    let before = site.live("core");
    let rule = site.rule("core", "ingress tcp 29091");
    site.ec2.modify(site.id("core"), &rule, json!({ "Description": "do not touch" }));
    assert_eq!(
        site.plan(),
        [format!(
            r#"lines.core.ingress ~ "tcp 29091 from agents" = "configuration.29091 (plain, row 4): 10.20.0.0/16; sgr-… was described by hand, \"do not touch\"" -> {LINE}"#
        )]
    );
    site.settle();
    assert_eq!(site.live("core"), before);
}

#[test]
fn a_description_taken_away_is_no_drift() {
    let site = Site::small();
    let rule = site.rule("core", "ingress tcp 29091");
    site.ec2.modify(site.id("core"), &rule, json!({ "Description": null }));
    site.workspace.plan_is_empty();
}

#[test]
fn one_of_two_addresses_removed_by_hand_is_one_changed_line() {
    let site = Site::bare(&["core"]);
    site.rollout(
        r#"
        agents = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16", "10.21.4.0/22"] }
        core   = { components = ["configuration"], security_group_id = "<core>" }"#,
        "",
    );
    site.settle();
    let rule = site.rule("core", "ingress tcp 39091 10.21.4.0/22");
    site.ec2.revoke_ids(site.id("core"), &[&rule], false);
    assert_eq!(
        site.plan(),
        [
            r#"lines.core.ingress ~ "tcp 39091 from agents" = "configuration.39091 (secure, row 5): 10.20.0.0/16" -> "configuration.39091 (secure, row 5): 10.20.0.0/16, 10.21.4.0/22""#
        ]
    );
    site.settle();
    assert_eq!(site.open("core").len(), 4);
}

#[test]
fn a_rule_whose_mark_was_taken_away_clashes_until_it_is_adopted() {
    let site = Site::small();
    let rule = site.rule("core", "ingress tcp 29091");
    site.ec2.tag(&rule, json!({ "emc:name": null, "emc:instance": null }));
    let refused = site.workspace.plan_fails();
    refused.says("Clash with existing rules").says(&rule).says("adopt_existing = true");
    site.rollout(super::SMALL, "adopt_existing = true");
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["CreateTags"]);
    assert_eq!(site.rule("core", "ingress tcp 29091"), rule);
}

#[test]
fn a_surplus_rule_under_our_mark_shows_as_a_line_that_goes() {
    let site = Site::small();
    let tags = site.ec2.rules(site.id("core"))[0]["Tags"].clone();
    let tags: serde_json::Map<String, serde_json::Value> =
        tags.as_array().unwrap().iter().map(|tag| (tag["Key"].as_str().unwrap().to_owned(), tag["Value"].clone())).collect();
    site.ec2.authorize(site.id("core"), json!({ "ports": "5900", "cidr": "10.7.0.0/16", "description": "copied", "tags": tags }));
    assert_eq!(site.plan(), [r#"lines.core.ingress - "tcp 5900 from 10.7.0.0/16" = "not asked for: sgr-…, \"copied\"" -> null"#]);
    site.settle();
    assert_eq!(site.live("core").len(), 5);
}

#[test]
fn a_plan_without_refresh_shows_no_drift_and_the_apply_heals_it() {
    let site = Site::small();
    let before = site.live("core");
    site.ec2.revoke(site.id("core"), "29091");
    let plan = site.workspace.plan_with(&["-refresh=false"]).ok();
    assert_eq!(plan.code, 0);
    site.settle();
    assert_eq!(site.live("core"), before);
}

#[test]
fn refresh_only_takes_note_of_drift_and_changes_nothing() {
    let site = Site::small();
    site.ec2.revoke(site.id("core"), "29091");
    site.forget();
    site.workspace.run(&["apply", "-refresh-only", "-auto-approve", "-no-color", "-input=false"]).ok().says("tcp 29091 from agents");
    assert_eq!(site.writes(), [""; 0]);
    assert_eq!(site.state()["lines"]["core"]["ingress"].as_object().unwrap().len(), 4);
    assert_eq!(site.plan(), [format!(r#"lines.core.ingress + "tcp 29091 from agents" = {LINE}"#)]);
    site.settle();
}
