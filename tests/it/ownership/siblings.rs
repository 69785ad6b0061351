//! Whose rule it is: siblings, lost rules, rules made by hand, import, and leaving the state.

use serde_json::json;

use super::{ROLLOUT, SMALL, Site, below, rollout};

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
        .says("Clash with an existing rule")
        .says(&format!(
            "{} already has `ingress tcp 29091 from 10.20.0.0/16` as {rule}, which belongs to the resource with `name = \"emc-prod\"`",
            site.id("core")
        ))
        .says("Leave it to one of the two with `exclude` or `manage`, or merge them.")
        .says("with emc_aws_security_group_rules.beside");
}

#[test]
fn rules_made_by_hand_are_taken_over_only_if_that_is_asked_for() {
    let site = Site::bare(&["core", "db"]);
    let rule =
        site.ec2.authorize(site.id("core"), json!({ "ports": "29091", "cidr": "10.20.0.0/16", "description": "copied from the PDF" }));
    site.rollout(SMALL, "");
    site.workspace
        .plan_fails()
        .says("Clash with an existing rule")
        .says(&format!(
            "{} already has `ingress tcp 29091 from 10.20.0.0/16` as {rule}, which this provider did not make, and EC2 keeps equal rules once.",
            site.id("core")
        ))
        .says("Set `adopt_existing = true` to take it over, or delete it.");
    site.rollout(SMALL, "adopt_existing = true");
    site.forget();
    site.settle();
    let mut writes = site.writes();
    writes.sort();
    assert_eq!(writes, ["AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupIngress", "CreateTags", "ModifySecurityGroupRules"]);
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
    site.workspace.apply_fails().says(&rule).says("which this provider did not make").says("adopt_existing = true");
    site.write(&text("adopt_existing = true"));
    site.settle();
    assert_eq!((site.live("core").len(), site.live("db").len()), (5, 1));
    assert_eq!(site.rule("db", "ingress tcp 1433"), rule);
}

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
        (r#"jsonencode({ name = "emc-prod", placement = local.placements })"#, "`placement` in the id is no argument of this resource."),
        (r#"jsonencode(["emc-prod"])"#, "The id is not a JSON object."),
    ] {
        site.write(&importing(id));
        let refused = site.workspace.plan_fails();
        refused.says("Invalid import id").says(words);
        refused.says(r#"id = jsonencode({ name = "emc-prod", placements = local.placements })"#);
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
fn lost_rules_are_adopted_and_nothing_closes() {
    let site = Site::small();
    let (core, rule) = (site.live("core"), site.rule("core", "ingress tcp 29091"));
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["CreateTags", "CreateTags"]);
    assert_eq!((site.live("core"), site.rule("core", "ingress tcp 29091")), (core, rule));
    assert_eq!(site.state()["foreign_rules"], json!({}));
}

#[test]
fn lost_rules_that_nobody_wants_any_more_are_named() {
    let site = Site::small();
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    site.rollout(&SMALL.replace(r#""configuration", "#, ""), "");
    site.settle();
    let state = site.state();
    let foreign = site.with_names(&state["foreign_rules"]["core"].to_string());
    assert!(
        foreign.contains(
            r#""ingress tcp 29091 from 10.20.0.0/16":"left behind under this name: sgr-…, \"configuration.29091 row 4 from agents\"""#
        ),
        "{foreign}"
    );
    site.rollout(&SMALL.replace(r#""configuration", "#, ""), r#"on_foreign = "remove""#);
    let changes = site.plan();
    assert_eq!(
        below(&changes, "foreign_rules"),
        [
            r#"core - "ingress tcp 29091 from 10.20.0.0/16" = "left behind under this name: sgr-…, \"configuration.29091 row 4 from agents\"""#,
            r#"core - "ingress tcp 39091 from 10.20.0.0/16" = "left behind under this name: sgr-…, \"configuration.39091 row 5 from agents\"""#,
        ]
    );
    site.settle();
    assert_eq!(site.open("core").len(), 3);
}

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
