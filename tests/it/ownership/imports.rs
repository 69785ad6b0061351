//! Import: by the configuration itself, and what comes of it.

use std::collections::BTreeSet;

use crate::rollout::{ROLLOUT, SMALL, Site, rollout};

/// The configuration of [`Site::small`] with its placements as a local value, and an import block.
fn importing(id: &str) -> String {
    format!(
        "locals {{\n  placements = {{{SMALL}}}\n}}\nimport {{\n  to = {ROLLOUT}\n  id = {id}\n}}\n\
         resource \"emc_aws_security_group_rules\" \"rollout\" {{\n  name = \"emc-prod\"\n  placements = local.placements\n}}\n"
    )
}

#[test]
fn an_import_by_the_configuration_itself_changes_nothing() {
    let site = Site::small();
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    site.write(&importing(r#"jsonencode({ name = "emc-prod", placements = local.placements })"#));
    site.forget();
    site.workspace.plan().says("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.");
    site.settle();
    assert_eq!(site.writes(), [""; 0]);
    site.ec2.revoke(site.id("db"), "1433");
    site.settle();
    site.workspace.destroy();
    assert_eq!((site.live("core").len(), site.live("db").len()), (0, 0));
}

#[test]
fn an_import_takes_the_policy_too() {
    let site = Site::bare(&["core", "db"]);
    let policy = r#"policy {
      transport = "prefer_secure"
      extra {
        name     = "jump"
        from     = "agents"
        to       = "db"
        protocol = "tcp"
        ports    = "3389"
        reason   = "patching"
      }
    }"#;
    site.rollout(SMALL, policy);
    site.settle();
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    let id = r#"jsonencode({
      name = "emc-prod", placements = local.placements,
      policy = {
        transport = "prefer_secure",
        extra     = [{ name = "jump", from = "agents", to = "db", protocol = "tcp", ports = "3389", reason = "patching" }]
      }
    })"#;
    site.write(&importing(id).replace("placements = local.placements\n}", &format!("placements = local.placements\n{policy}\n}}")));
    site.workspace.plan().says("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.");
    site.settle();
}

#[test]
fn an_import_shows_what_differs() {
    let site = Site::small();
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    site.ec2.revoke(site.id("db"), "1433");
    site.write(&importing(r#"jsonencode({ name = "emc-prod", placements = local.placements })"#));
    let plan = site.workspace.plan();
    plan.says("Plan: 1 to import, 0 to add, 1 to change, 0 to destroy.");
    assert_eq!(site.changes(&plan), [r#"lines.db.ingress + "tcp 1433 from agents" = "sql_server.1433 (either, row 45): 10.20.0.0/16""#]);
    site.settle();
}

#[test]
fn ids_that_say_too_little_are_refused() {
    let site = Site::small();
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    for (id, words) in [
        (r#""<core>""#, "Group ids alone do not say which rules are wanted."),
        (r#""emc-prod""#, "The id is not JSON:"),
        (r#"jsonencode({ placements = local.placements })"#, "The id does not say `name`."),
        (r#"jsonencode(["emc-prod"])"#, "The id is not a JSON object."),
    ] {
        site.write(&importing(id));
        let refused = site.workspace.plan_fails();
        refused.says("Invalid import id").says(words);
        refused.says(r#"id = jsonencode({ name = "emc-prod", placements = local.placements })"#);
    }
}

#[test]
fn misspelt_names_in_an_id_are_refused_wherever_they_stand() {
    let site = Site::small();
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    for (more, words) in [
        (r#"placement = {}"#, "`placement` in the id is not an argument of this resource. Did you mean `placements`?"),
        (
            r#"policy = { transprot = "plain_only" }"#,
            "`policy.transprot` in the id is not an argument of this resource. Did you mean `transport`?",
        ),
        (
            r#"policy = { extra = [{ name = "jump", tickets = "CHG1" }] }"#,
            "`policy.extra[0].tickets` in the id is not an argument of this resource. Did you mean `ticket`?",
        ),
        (
            r#"placements = { core = { components = ["configuration"], single_hots = true } }"#,
            r#"`placements["core"].single_hots` in the id is not an argument of this resource. Did you mean `single_host`?"#,
        ),
        (r#"digest = "0""#, "`digest` in the id is not an argument of this resource. Those that can stand there are"),
    ] {
        site.write(&importing(&format!(r#"jsonencode(merge({{ name = "emc-prod", placements = local.placements }}, {{ {more} }}))"#)));
        site.workspace.plan_fails().says("Invalid import id").says(words);
    }
}

#[test]
fn terraform_writes_the_configuration_of_an_import() {
    let site = Site::small();
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    let text = importing(r#"jsonencode({ name = "emc-prod", placements = local.placements })"#);
    site.write(text.split("resource").next().unwrap());
    let plan = site.workspace.plan_with(&["-generate-config-out=generated.tf"]).ok();
    plan.says("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.");
    let generated = site.workspace.read("generated.tf");
    assert!(generated.contains("security_group_id") && generated.contains("[\"configuration\", \"xml_server\"]"), "{generated}");
    assert!(!generated.contains("lines"), "{generated}");
    site.forget();
    site.settle();
    assert_eq!(site.writes(), [""; 0]);
}

#[test]
fn an_import_recognizes_the_instance_that_made_the_rules() {
    let site = Site::small();
    let tags = |site: &Site| site.ec2.rules(site.id("core")).iter().map(|rule| rule["Tags"].to_string()).collect::<BTreeSet<_>>();
    let before = tags(&site);
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    site.write(&importing(r#"jsonencode({ name = "emc-prod", placements = local.placements })"#));
    site.settle();
    site.ec2.revoke(site.id("core"), "29091");
    site.settle();
    assert_eq!(tags(&site), before, "what it makes now is the same instance's");
}

#[test]
fn an_import_of_a_rollout_that_is_in_the_state_already_is_told() {
    let site = Site::small();
    let beside = r#"
    agents = { components = ["desktop"], cidr_ipv4 = ["10.40.0.0/16"] }
    core   = { components = ["configuration"], security_group_id = "<core>" }"#;
    site.write(
        &(rollout("rollout", "emc-prod", SMALL, "")
            + &rollout("again", "emc-prod", beside, "")
            + &format!("import {{\n  to = emc_aws_security_group_rules.again\n  id = jsonencode({{ name = \"emc-prod\", placements = {{{beside}}} }})\n}}\n")),
    );
    site.workspace
        .plan_fails()
        .says("Two resources with one name")
        .says("Both have the same instance, as if one rollout was imported twice")
        .says("Keep one of them, and take the other out of the state");
    site.rollout(SMALL, "");
    site.workspace.plan_is_empty();
}
