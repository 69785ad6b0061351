//! Two resources in one group: side by side under two names, a clash where they want the same, and never under one name.

use serde_json::json;

use crate::rollout::{SMALL, Site, rollout};

/// Another rollout in the same group; its rules are different ones.
const BESIDE: &str = r#"
    agents = { components = ["desktop"], cidr_ipv4 = ["10.40.0.0/16"] }
    core   = { components = ["configuration"], security_group_id = "<core>" }
"#;

#[test]
fn two_rollouts_live_side_by_side_in_one_group() {
    let site = Site::bare(&["core", "db"]);
    let both = rollout("rollout", "emc-prod", SMALL, "") + &rollout("beside", "emc-test", BESIDE, "");
    site.write(&both);
    site.settle();
    assert_eq!(site.live("core").len(), 7);
    assert_eq!(site.state()["foreign_rules"], json!({}), "a sibling's rules are not foreign");
    site.ec2.revoke_ids(site.id("core"), &[&site.rule("core", "ingress tcp 29091 10.40.0.0/16")], false);
    let plan = site.workspace.plan();
    plan.says("# emc_aws_security_group_rules.beside will be updated in-place").says("Plan: 0 to add, 1 to change, 0 to destroy.");
    site.settle();
    site.write(&rollout("rollout", "emc-prod", SMALL, r#"on_foreign = "remove""#));
    site.settle();
    assert_eq!(site.live("core").len(), 5, "only the other one went");
}

#[test]
fn removing_foreign_rules_never_touches_a_sibling() {
    let site = Site::bare(&["core", "db"]);
    site.write(&(rollout("rollout", "emc-prod", SMALL, r#"on_foreign = "remove""#) + &rollout("beside", "emc-test", BESIDE, "")));
    site.settle();
    site.workspace.apply();
    assert_eq!(site.live("core").len(), 7);
}

#[test]
fn two_rollouts_that_open_the_same_are_told_apart_at_plan() {
    let site = Site::small();
    let same = BESIDE.replace("10.40.0.0/16", "10.20.0.0/16");
    site.write(&(rollout("rollout", "emc-prod", SMALL, "") + &rollout("beside", "emc-test", &same, "")));
    let rule = site.rule("core", "ingress tcp 29091");
    site.workspace
        .plan_fails()
        .says("Clash with existing rules")
        .says(&format!(
            "{} (placement `core`) has rules already that open what this configuration asks for. They belong to the resource with `name = \"emc-prod\"`",
            site.id("core")
        ))
        .says(&format!("{rule}: ingress tcp 29091 from 10.20.0.0/16, \"configuration.29091 row 4 from agents\""))
        .says("leave each rule to one of the two resources, with `exclude` or `manage`; or take it out of `emc-prod` first, in an apply of its own; or merge the two.")
        .says("with emc_aws_security_group_rules.beside")
        .never_says("Two resources open the same");
    site.write(&(rollout("rollout", "emc-prod", SMALL, "") + &rollout("beside", "emc-test", &same, EXCLUDED)));
    site.settle();
    assert_eq!(site.live("core").len(), 5);
}

/// What [`BESIDE`] opens, closed: nothing is left that both want.
const EXCLUDED: &str = r#"policy {
  exclude = ["configuration.29091", "configuration.39091"]
}"#;

#[test]
fn two_new_rollouts_that_would_open_the_same_are_told_before_either_exists() {
    let site = Site::bare(&["core", "db"]);
    let same = BESIDE.replace("10.40.0.0/16", "10.20.0.0/16");
    let both = |more: &str| rollout("rollout", "emc-prod", SMALL, "") + &rollout("beside", "emc-test", &same, more);
    site.write(&both(""));
    let refused = site.workspace.plan_fails();
    refused.says("Two resources open the same").says(&format!(
        "{core} (placement `core`): ingress tcp 29091 from 10.20.0.0/16 {core} (placement `core`): ingress tcp 39091 from 10.20.0.0/16",
        core = site.id("core")
    ));
    refused.says("Leave each rule to one of the two, with `exclude` or `manage`, or merge the two resources.");
    let named =
        ["emc-prod", "emc-test"].iter().filter(|name| refused.flat().contains(&format!("the one with `name = \"{name}\"`"))).count();
    assert_eq!(named, 1, "{}", refused.text());
    site.write(&both(EXCLUDED));
    site.settle();
}

#[test]
fn a_clash_of_siblings_in_a_group_that_was_unknown_is_told_while_applying() {
    let site = Site::small();
    let rule = site.rule("core", "ingress tcp 29091");
    let data = "resource \"terraform_data\" \"core\" {\n  input = \"<core>\"\n}\n";
    let same = BESIDE.replace("10.40.0.0/16", "10.20.0.0/16").replace("\"<core>\"", "terraform_data.core.output");
    let both = |more: &str| data.to_owned() + &rollout("rollout", "emc-prod", SMALL, "") + &rollout("beside", "emc-test", &same, more);
    site.write(&both(""));
    site.workspace.plan();
    let before = site.live("core");
    let refused = site.workspace.apply_fails();
    refused.says(&rule).says("`name = \"emc-prod\"`").says("EC2 keeps equal rules once");
    assert_eq!(site.live("core"), before, "nothing was taken from the other");
    site.write(&both(EXCLUDED));
    site.settle();
}

#[test]
fn two_resources_with_one_name_are_told_at_plan() {
    let site = Site::bare(&["core", "db"]);
    let words = |site: &Site| {
        format!(
            "Another resource of this configuration has the `name` \"emc-prod\" as well, and both write into {} (placement `core`).",
            site.id("core")
        )
    };
    // Both new.
    let both = rollout("rollout", "emc-prod", SMALL, "") + &rollout("beside", "emc-prod", BESIDE, "");
    site.write(&both);
    site.workspace.plan_fails().says("Two resources with one name").says(&words(&site)).says("Give one of them another `name`");
    // One of them is there already.
    site.write(&rollout("rollout", "emc-prod", SMALL, ""));
    site.settle();
    let before = site.live("core");
    site.write(&both);
    site.workspace.plan_fails().says("Two resources with one name").says(&words(&site));
    // Or gets the name of one that is there.
    site.write(&(rollout("rollout", "emc-prod", SMALL, "") + &rollout("beside", "emc-test", BESIDE, "")));
    site.settle();
    site.write(&both);
    site.workspace.plan_fails().says("Two resources with one name").says(&words(&site));
    site.write(&(rollout("rollout", "emc-prod", SMALL, "") + &rollout("beside", "emc-test", BESIDE, "")));
    site.workspace.plan_is_empty();
    assert!(before.iter().all(|rule| site.live("core").contains(rule)));
}

#[test]
fn a_name_that_is_given_up_cannot_be_taken_in_the_same_apply() {
    let site = Site::small();
    site.write(&(rollout("rollout", "emc-main", SMALL, "") + &rollout("beside", "emc-prod", BESIDE, "")));
    site.workspace.plan_fails().says("Two resources with one name").says("rename the one in an apply of its own first");
    site.write(&rollout("rollout", "emc-main", SMALL, ""));
    site.settle();
    site.write(&(rollout("rollout", "emc-main", SMALL, "") + &rollout("beside", "emc-prod", BESIDE, "")));
    site.settle();
    assert_eq!(site.live("core").len(), 7);
}

#[test]
fn one_name_in_groups_that_were_unknown_is_told_while_applying_and_nothing_is_taken() {
    let site = Site::bare(&["core", "db"]);
    let data = "resource \"terraform_data\" \"core\" {\n  input = \"<core>\"\n}\n";
    let known = |placements: &str| placements.replace("\"<core>\"", "terraform_data.core.output");
    let text = |one: &str, other: &str| {
        data.to_owned() + &rollout("rollout", one, &known(SMALL), "") + &rollout("beside", other, &known(BESIDE), "")
    };
    site.write(&text("emc-prod", "emc-prod"));
    site.workspace.plan();
    site.workspace.apply_fails().says("Two resources with one name");
    let marks = |site: &Site| -> Vec<String> {
        site.ec2
            .rules(site.id("core"))
            .iter()
            .map(|rule| rule["Tags"].to_string())
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect()
    };
    assert_eq!(marks(&site).len(), 1, "only one of the two wrote: {:?}", marks(&site));
    // Which of the two was first is chance; the other one gets a name of its own.
    let first = !site.state().is_null();
    site.write(&if first { text("emc-prod", "emc-test") } else { text("emc-test", "emc-prod") });
    site.settle();
    assert_eq!(site.live("core").len(), 7);
}

#[test]
fn two_instances_of_one_configuration_are_told_while_applying() {
    let site = Site::bare(&["core", "db"]);
    site.write(&rollout("rollout", "emc-prod", SMALL, "count = 2"));
    site.workspace.apply_fails().says("Two resources with one name");
    site.write(&rollout("rollout", "emc-prod", SMALL, ""));
    site.settle();
    assert_eq!(site.live("core").len(), 5);
}

#[test]
fn one_name_in_groups_of_their_own_is_fine() {
    let site = Site::bare(&["core", "db", "east"]);
    let east = BESIDE.replace("<core>", "<east>");
    site.write(&(rollout("rollout", "emc-prod", SMALL, "") + &rollout("beside", "emc-prod", &east, "")));
    site.settle();
    assert_eq!((site.live("core").len(), site.live("east").len()), (5, 2));
    // A group that both name is written by one of them only.
    let shared = SMALL.to_owned() + r#"    east = { components = ["voice_store"], security_group_id = "<east>" }"#;
    site.write(&(rollout("rollout", "emc-prod", &shared, r#"manage = ["core", "db"]"#) + &rollout("beside", "emc-prod", &east, "")));
    site.settle();
}
