//! A provider that is killed and a practitioner who presses Ctrl-C: nothing is doubled, and the next apply finishes.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use super::failures::{CORE, DESKS, TWO, two};
use super::{Site, below};
use crate::support::{Output, PATIENCE, Running};

fn apply(site: &Site) -> Running<'_> {
    Running::start(&site.workspace, &["apply", "-no-color", "-input=false", "-auto-approve"])
}

/// Applies with a slow egress call, and kills the provider while it waits for the answer.
fn killed(site: &Site) -> Output {
    site.ec2.fault(json!({ "action": "AuthorizeSecurityGroupEgress", "kind": "delay", "seconds": 4 }));
    let mut terraform = apply(site);
    terraform.wait_for("the slow call", || {
        site.ec2.count("AuthorizeSecurityGroupEgress") == 1 && site.ec2.count("AuthorizeSecurityGroupIngress") == 1
    });
    sleep(Duration::from_millis(200));
    terraform.kill(false);
    let output = terraform.finish(PATIENCE).fails();
    sleep(Duration::from_secs(5)); // EC2 carries out what it was asked for, although nobody listens any more.
    output
}

fn whole(site: &Site) {
    assert_eq!(site.open("core"), CORE);
    assert_eq!(site.open("desks"), DESKS);
}

#[test]
fn a_provider_killed_while_creating_leaves_rules_that_the_next_apply_adopts() {
    let site = two();
    killed(&site);
    assert!(site.state().is_null(), "Terraform knows of nothing");
    whole(&site);
    let rule = site.rule("core", "ingress tcp 29091");
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["CreateTags", "CreateTags"]);
    whole(&site);
    assert_eq!(site.rule("core", "ingress tcp 29091"), rule);
    site.workspace.destroy();
    assert_eq!((site.live("core").len(), site.live("desks").len()), (0, 0));
}

#[test]
fn a_provider_killed_while_updating_is_made_good_by_the_next_apply() {
    let site = two();
    site.settle();
    site.rollout(&TWO.replace(r#"["configuration"]"#, r#"["configuration", "xml_server"]"#), "");
    site.forget();
    killed(&site);
    assert_eq!((site.live("core").len(), site.live("desks").len()), (5, 5));
    site.forget();
    site.settle();
    assert_eq!(site.writes(), [""; 0], "all is done already, and ours");
    site.workspace.destroy();
    assert_eq!((site.live("core").len(), site.live("desks").len()), (0, 0));
}

#[test]
fn ctrl_c_keeps_what_is_done_and_closes_nothing() {
    let site = two();
    site.settle();
    // Opens in both groups, and would then close in both.
    site.rollout(&TWO.replace(r#"["configuration"]"#, r#"["xml_server"]"#), "");
    site.forget();
    site.ec2.fault(json!({ "action": "ModifySecurityGroupRules", "kind": "delay", "seconds": 3 }));
    let mut terraform = apply(&site);
    terraform.wait_for("the slow call", || site.ec2.count("ModifySecurityGroupRules") > 0);
    sleep(Duration::from_millis(300));
    terraform.interrupt();
    let output = terraform.finish(PATIENCE).fails().blames_nobody();
    output
        .says("Interrupt received.")
        .says("Stopped on request")
        .says("Run `terraform apply` again to finish; what was done is in the state.");
    assert_eq!(site.ec2.count("RevokeSecurityGroupIngress") + site.ec2.count("RevokeSecurityGroupEgress"), 0);
    site.forget();
    assert!(!below(&site.plan(), "lines").is_empty());
    site.settle();
    assert_eq!(site.open("core").len(), 3);
    assert_eq!(site.open("desks").len(), 3);
}

#[test]
fn ctrl_c_while_creating_keeps_the_resource() {
    let site = two();
    site.ec2.fault(json!({ "action": "AuthorizeSecurityGroupEgress", "kind": "throttle", "times": 0 }));
    let mut terraform = apply(&site);
    terraform.wait_for("both calls", || {
        site.ec2.count("AuthorizeSecurityGroupEgress") > 0 && site.ec2.count("AuthorizeSecurityGroupIngress") > 0
    });
    sleep(Duration::from_millis(300));
    let began = Instant::now();
    terraform.interrupt();
    terraform.finish(PATIENCE).fails().blames_nobody().says("terraform untaint");
    assert!(began.elapsed() < Duration::from_secs(50), "{:?}", began.elapsed());
    assert_eq!(site.state()["lines"]["core"]["ingress"].as_object().unwrap().len(), 2);
    site.forget();
    site.workspace.run(&["untaint", "-no-color", super::ROLLOUT]).ok();
    site.settle();
    assert_eq!(site.writes(), ["AuthorizeSecurityGroupEgress"]);
    whole(&site);
}
