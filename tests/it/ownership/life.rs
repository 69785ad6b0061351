//! The ways of Terraform around the rules: moved, removed, tainted, replaced, renamed, forgotten.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::rollout::{ROLLOUT, SMALL, Site, below, rollout};

#[test]
fn a_removed_block_leaves_the_rules() {
    let site = Site::small();
    let before = site.live("core");
    site.write(&format!("removed {{\n  from = {ROLLOUT}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"));
    site.forget();
    site.settle();
    assert_eq!(site.writes(), [""; 0]);
    assert_eq!(site.live("core"), before);
    assert!(site.state().is_null());
}

#[test]
fn a_moved_resource_keeps_its_rules() {
    let site = Site::small();
    site.write(
        &(rollout("renamed", "emc-prod", SMALL, "")
            + &format!("moved {{\n  from = {ROLLOUT}\n  to = emc_aws_security_group_rules.renamed\n}}\n")),
    );
    site.forget();
    site.workspace.plan().says("has moved to emc_aws_security_group_rules.renamed").says("Plan: 0 to add, 0 to change, 0 to destroy.");
    site.settle();
    assert_eq!(site.writes(), [""; 0]);
}

const APPLY: [&str; 4] = ["apply", "-auto-approve", "-no-color", "-input=false"];

/// The marks in a group: name and instance.
fn marks(site: &Site, group: &str) -> BTreeSet<(String, String)> {
    let tag = |rule: &Value, wanted: &str| {
        let tags = rule["Tags"].as_array().unwrap();
        tags.iter().find(|tag| tag["Key"] == wanted).map(|tag| tag["Value"].as_str().unwrap().to_owned()).unwrap_or_default()
    };
    site.ec2.rules(site.id(group)).iter().map(|rule| (tag(rule, "emc:name"), tag(rule, "emc:instance"))).collect()
}

#[test]
fn a_removed_block_and_an_import_give_the_rules_back() {
    let site = Site::small();
    let (before, mark) = (site.live("core"), marks(&site, "core"));
    site.write(&format!("removed {{\n  from = {ROLLOUT}\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"));
    site.settle();
    site.write(&format!(
        "locals {{\n  placements = {{{SMALL}}}\n}}\nimport {{\n  to = {ROLLOUT}\n  id = jsonencode({{ name = \"emc-prod\", placements = local.placements }})\n}}\n{}",
        rollout("rollout", "emc-prod", SMALL, "")
    ));
    site.forget();
    site.workspace.plan().says("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.").never_says("Rules of another instance");
    site.settle();
    assert_eq!(site.writes(), [""; 0]);
    assert_eq!((site.live("core"), marks(&site, "core")), (before, mark), "the instance was recognized");
    // What it does from now on is done as the same instance.
    site.ec2.revoke(site.id("core"), "29091");
    site.settle();
    assert_eq!(marks(&site, "core").len(), 1);
}

#[test]
fn a_moved_module_keeps_its_rules() {
    let site = Site::small();
    site.workspace.write("emc/main.tf", "variable \"placements\" {}\nterraform {\n  required_providers {\n    emc = {\n      source = \"emc-rollout/emc\"\n    }\n  }\n}\nresource \"emc_aws_security_group_rules\" \"this\" {\n  name = \"emc-prod\"\n  placements = var.placements\n}\n");
    site.write(&format!(
        "module \"emc\" {{\n  source = \"./emc\"\n  placements = {{{SMALL}}}\n}}\nmoved {{\n  from = {ROLLOUT}\n  to = module.emc.emc_aws_security_group_rules.this\n}}\n"
    ));
    site.workspace.init();
    site.forget();
    // Terraform gives all placements of a module's variable the same attributes, null where one has none.
    site.workspace.apply().says("0 added").says("0 destroyed");
    site.workspace.plan_is_empty();
    assert_eq!(site.writes(), [""; 0]);
}

#[test]
fn a_tainted_rollout_is_made_anew() {
    let site = Site::small();
    let before = site.live("core");
    let mark = marks(&site, "core");
    site.workspace.run(&["taint", "-no-color", ROLLOUT]).ok();
    site.workspace.plan().says("is tainted, so must be replaced").says("Plan: 1 to add, 0 to change, 1 to destroy.");
    site.settle().says("1 added, 0 changed, 1 destroyed");
    assert_eq!(site.live("core"), before);
    assert!(marks(&site, "core").is_disjoint(&mark), "another instance made them");
}

#[test]
fn a_tainted_rollout_that_creates_first_closes_nothing() {
    let site = Site::bare(&["core", "db"]);
    site.rollout(SMALL, "lifecycle {\n  create_before_destroy = true\n}");
    site.settle();
    let (before, rule) = (site.live("core"), site.rule("core", "ingress tcp 29091"));
    site.workspace.run(&["taint", "-no-color", ROLLOUT]).ok();
    site.forget();
    site.settle().says("1 added, 0 changed, 1 destroyed");
    assert_eq!(site.writes(), ["CreateTags", "CreateTags"]);
    assert_eq!((site.live("core"), site.rule("core", "ingress tcp 29091")), (before, rule));
}

#[test]
fn untainted_in_time_nothing_happens() {
    let site = Site::small();
    site.workspace.run(&["taint", "-no-color", ROLLOUT]).ok();
    site.workspace.run(&["untaint", "-no-color", ROLLOUT]).ok();
    site.workspace.plan_is_empty();
}

#[test]
fn a_replacement_that_destroys_first_opens_again() {
    let site = Site::small();
    let before = (site.live("core"), site.live("db"));
    let applied = site.workspace.run(&[&APPLY[..], &["-replace", ROLLOUT]].concat()).ok().blames_nobody();
    applied.says("1 added, 0 changed, 1 destroyed").never_says("Two resources with one name");
    site.workspace.plan_is_empty();
    assert_eq!((site.live("core"), site.live("db")), before);
}

#[test]
fn a_replacement_with_other_placements_leaves_nothing_behind() {
    let site = Site::bare(&["core", "db", "next"]);
    let first = "lifecycle {\n  create_before_destroy = true\n}";
    site.rollout(SMALL, first);
    site.settle();
    site.rollout(&SMALL.replace("<core>", "<next>"), first);
    site.workspace.run(&[&APPLY[..], &["-replace", ROLLOUT]].concat()).ok().blames_nobody();
    site.workspace.plan_is_empty();
    assert_eq!((site.live("core").len(), site.live("next").len(), site.live("db").len()), (0, 5, 1));
}

#[test]
fn a_changed_name_is_put_on_every_rule() {
    let site = Site::small();
    let (before, mark) = (site.live("core"), marks(&site, "core"));
    site.write(&rollout("rollout", "emc-main", SMALL, ""));
    assert_eq!(site.plan(), [r#"~ name = "emc-prod" -> "emc-main""#]);
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["CreateTags", "CreateTags"]);
    assert_eq!(site.live("core"), before);
    let instances = |marks: BTreeSet<(String, String)>| marks.into_iter().map(|(_, instance)| instance).collect::<Vec<_>>();
    assert_eq!(marks(&site, "core").first().unwrap().0, "emc-main");
    assert_eq!(instances(marks(&site, "core")), instances(mark));
    site.workspace.destroy();
    assert_eq!((site.live("core").len(), site.live("db").len()), (0, 0));
}

#[test]
fn a_name_that_could_not_be_changed_everywhere_shows_until_it_is() {
    let site = Site::small();
    site.write(&rollout("rollout", "emc-main", SMALL, ""));
    site.ec2
        .fault(json!({ "action": "CreateTags", "nth": 2, "kind": "error", "times": 0, "status": 403, "code": "UnauthorizedOperation" }));
    site.workspace.apply_fails().says("Allow the IAM action `ec2:CreateTags` on these groups.");
    site.forget();
    assert_eq!(site.plan(), [r#"~ name = "emc-prod" -> "emc-main""#]);
    site.settle();
    assert_eq!(site.writes(), ["CreateTags"]);
    assert_eq!((marks(&site, "core").len(), marks(&site, "core")), (1, marks(&site, "db")));
}

#[test]
fn a_name_changed_by_hand_is_changed_back() {
    let site = Site::small();
    let rule = site.rule("core", "ingress tcp 29091");
    site.ec2.tag(&rule, json!({ "emc:name": "somebody" }));
    assert_eq!(site.plan(), [r#"~ name = "somebody" -> "emc-prod""#]);
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["CreateTags"]);
    assert_eq!(marks(&site, "core").len(), 1);
}

#[test]
fn an_instance_changed_by_hand_is_a_rule_to_take_back() {
    let site = Site::small();
    let (rule, mark) = (site.rule("core", "ingress tcp 29091"), marks(&site, "core"));
    site.ec2.tag(&rule, json!({ "emc:instance": "0000000000000000" }));
    let plan = site.workspace.plan();
    plan.says("Rules of another instance are taken over").says(&rule);
    assert_eq!(
        site.changes(&plan),
        [r#"lines.core.ingress + "tcp 29091 from agents" = "configuration.29091 (plain, row 4): 10.20.0.0/16""#]
    );
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["CreateTags"]);
    assert_eq!(marks(&site, "core"), mark);
}

#[test]
fn forgetting_and_creating_again_takes_everything_over_with_a_warning() {
    let site = Site::small();
    let mark = marks(&site, "core");
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    site.workspace
        .plan()
        .says("Plan: 1 to add, 0 to change, 0 to destroy.")
        .says("Rules of another instance are taken over")
        .says("a create that was killed, a state that was lost, an object that this one replaces")
        .never_says("Foreign rules in the security groups");
    site.settle();
    assert!(marks(&site, "core").is_disjoint(&mark));
    assert_eq!(marks(&site, "core").len(), 1);
    // An old copy of the state must not close what the new one has.
    site.workspace.plan_is_empty();
}

#[test]
fn an_old_state_closes_nothing_that_a_newer_one_took_over() {
    let site = Site::small();
    let old = site.workspace.read("terraform.tfstate");
    let before = (site.live("core"), site.live("db"));
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    site.settle();
    site.workspace.write("terraform.tfstate", &old);
    site.forget();
    site.workspace.destroy();
    assert_eq!((site.live("core"), site.live("db")), before);
    assert_eq!(site.writes(), [""; 0]);
}

#[test]
fn a_target_writes_only_what_it_names() {
    let site = Site::bare(&["core", "db", "east"]);
    let east = r#"
    agents = { components = ["desktop"], cidr_ipv4 = ["10.40.0.0/16"] }
    east   = { components = ["configuration"], security_group_id = "<east>" }"#;
    site.write(&(rollout("rollout", "emc-prod", SMALL, "") + &rollout("east", "emc-east", east, "")));
    site.workspace.run(&[&APPLY[..], &["-target", ROLLOUT]].concat()).ok().blames_nobody().says("1 added");
    assert_eq!((site.live("core").len(), site.live("east").len()), (5, 0));
    site.settle().says("1 added, 0 changed, 0 destroyed");
    site.workspace.run(&["destroy", "-auto-approve", "-no-color", "-input=false", "-target", ROLLOUT]).ok().blames_nobody();
    assert_eq!((site.live("core").len(), site.live("east").len()), (0, 2));
    site.settle();
}

#[test]
fn refresh_only_notes_rules_of_others_and_writes_nothing() {
    let site = Site::small();
    let tags = json!({ "emc:name": "emc-prod", "emc:instance": "0000000000000000" });
    site.ec2.authorize(site.id("core"), json!({ "ports": "5900", "cidr": "10.7.0.0/16", "tags": tags }));
    site.ec2.authorize(site.id("core"), json!({ "ports": "3389", "cidr": "10.7.0.0/16" }));
    site.forget();
    site.workspace.run(&["apply", "-refresh-only", "-auto-approve", "-no-color", "-input=false"]).ok().blames_nobody();
    assert_eq!(site.writes(), [""; 0]);
    assert_eq!(
        below(&site.plan(), "foreign_rules"),
        [
            r#"core + "ingress tcp 3389 from 10.7.0.0/16" = "left alone: sgr-…""#,
            r#"core + "ingress tcp 5900 from 10.7.0.0/16" = "left behind under this name: sgr-…""#,
        ]
    );
    site.settle();
}
