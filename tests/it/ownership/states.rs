//! Two states, each with a process of its own, on the same groups at the same time.

use std::process::{Child, Stdio};

use crate::rollout::{SMALL, Site, rollout};
use crate::support::{Output, Workspace};

/// Another rollout of the same groups, for other agents.
fn beside() -> String {
    SMALL.replace("10.20.0.0/16", "10.40.0.0/16")
}

/// A second working directory on the same account.
fn second(site: &Site, name: &str, placements: &str, more: &str) -> Workspace {
    let workspace = Workspace::new().with_ec2(&site.ec2);
    workspace.write("main.tf", &site.with_ids(&rollout("rollout", name, placements, more)));
    workspace.init();
    workspace
}

fn start(workspace: &Workspace, command: &str) -> Child {
    workspace
        .command(&[command, "-no-color", "-input=false", "-auto-approve"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn finish(child: Child) -> Output {
    Output::of("terraform, beside another one", child.wait_with_output().unwrap())
}

#[test]
fn two_states_write_into_one_group_at_the_same_time() {
    let site = Site::bare(&["core", "db"]);
    site.rollout(SMALL, "");
    let other = second(&site, "emc-test", &beside(), "");
    for _ in 0..2 {
        let (one, two) = (start(&site.workspace, "apply"), start(&other, "apply"));
        finish(one).ok().blames_nobody().says("1 added");
        finish(two).ok().blames_nobody().says("1 added");
        assert_eq!((site.live("core").len(), site.live("db").len()), (10, 2));
        site.workspace.plan_is_empty();
        other.plan_is_empty();
        let (one, two) = (start(&site.workspace, "destroy"), start(&other, "destroy"));
        finish(one).ok().blames_nobody();
        finish(two).ok().blames_nobody();
        assert_eq!((site.live("core").len(), site.live("db").len()), (0, 0));
    }
}

#[test]
fn an_update_beside_a_destroy_closes_nothing_of_its_own() {
    let site = Site::bare(&["core", "db"]);
    site.rollout(SMALL, "");
    site.settle();
    let other = second(&site, "emc-test", &beside(), "");
    other.settle();
    site.rollout(SMALL, "policy {\n  transport = \"prefer_secure\"\n}");
    let (one, two) = (start(&site.workspace, "apply"), start(&other, "destroy"));
    finish(one).ok().blames_nobody().says("1 changed");
    finish(two).ok().blames_nobody();
    site.workspace.plan_is_empty();
    assert_eq!((site.live("core").len(), site.live("db").len()), (3, 1));
}

#[test]
fn both_take_over_what_only_one_of_them_can_have() {
    let site = Site::bare(&["core", "db"]);
    for port in ["29069", "29091", "29096", "39091", "39096"] {
        site.ec2.authorize(site.id("core"), serde_json::json!({ "ports": port, "cidr": "10.20.0.0/16", "description": "by hand" }));
    }
    site.rollout(SMALL, "adopt_existing = true");
    site.settle();
    // The other state wants the same rules under another name: they are not foreign any more.
    let other = second(&site, "emc-test", SMALL, "adopt_existing = true");
    other.plan_fails().says("Clash with existing rules").says("They belong to the resource with `name = \"emc-prod\"`");
    site.workspace.plan_is_empty();
}

#[test]
fn a_second_state_of_the_same_name_is_warned_before_it_takes_anything() {
    let site = Site::small();
    let rule = site.rule("core", "ingress tcp 29091");
    let other = second(&site, "emc-prod", SMALL, "");
    other
        .plan()
        .says("Rules of another instance are taken over")
        .says(&format!("{} (placement `core`): {rule}: ingress tcp 29091 from 10.20.0.0/16", site.id("core")))
        .says("If another configuration or another state uses this `name` for the same group, do not apply: give one of the two another `name`");
    // It was not heeded: now the first one is warned before it takes them back.
    other.settle();
    let plan = site.workspace.plan();
    plan.says("Rules of another instance are taken over").says("do not apply");
    assert_eq!(plan.code, 2, "the lines are missing until they are taken back");
    // What the other one has taken over is not closed by the first.
    site.workspace.run(&["destroy", "-no-color", "-input=false", "-auto-approve"]).ok().blames_nobody();
    assert_eq!((site.live("core").len(), site.live("db").len()), (5, 1));
    other.plan_is_empty();
}

#[test]
fn a_second_state_of_the_same_name_for_other_rules_is_seen_as_left_behind() {
    let site = Site::small();
    let other = second(&site, "emc-prod", &beside(), "");
    other.plan().says("left behind under this name");
    other.settle();
    site.workspace.plan().says("left behind under this name");
    site.settle();
    assert_eq!((site.live("core").len(), site.live("db").len()), (10, 2));
}
