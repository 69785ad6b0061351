//! A provider that is killed and a practitioner who presses Ctrl-C: nothing is doubled, and the next apply finishes.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use super::failures::{CORE, DESKS, TWO, two};
use super::{Site, below};
use crate::support::Output;

/// Starts `terraform apply` in a process group of its own.
fn apply(site: &Site) -> Child {
    site.workspace
        .command(&["apply", "-no-color", "-input=false", "-auto-approve"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap()
}

fn finish(child: Child) -> Output {
    Output::of("terraform apply", child.wait_with_output().unwrap())
}

#[track_caller]
fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what} did not happen");
        sleep(Duration::from_millis(20));
    }
}

/// The processes of the provider that this Terraform started.
fn providers(terraform: &Child) -> Vec<u32> {
    let parent = terraform.id().to_string();
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let ours = |process: &u32| {
        let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else { return false };
        let Some((name, rest)) = stat.rsplit_once(')') else { return false };
        name.contains("terraform-provi") && rest.split_whitespace().nth(1) == Some(&parent)
    };
    processes.filter(ours).collect()
}

/// Through the shell, which can by itself: not every machine has a program for it.
fn kill(signal: &str, process: &str) {
    assert!(Command::new("sh").args(["-c", "kill -s \"$0\" -- \"$1\"", signal, process]).status().unwrap().success());
}

/// Applies with a slow egress call, and kills the provider while it waits for the answer.
fn killed(site: &Site) -> Output {
    site.ec2.fault(json!({ "action": "AuthorizeSecurityGroupEgress", "kind": "delay", "seconds": 4 }));
    let terraform = apply(site);
    wait_for("the slow call", || {
        site.ec2.count("AuthorizeSecurityGroupEgress") == 1 && site.ec2.count("AuthorizeSecurityGroupIngress") == 1
    });
    sleep(Duration::from_millis(200));
    let processes = providers(&terraform);
    assert_eq!(processes.len(), 1, "one provider process");
    kill("KILL", &processes[0].to_string());
    let output = finish(terraform).fails();
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
    let terraform = apply(&site);
    wait_for("the slow call", || site.ec2.count("ModifySecurityGroupRules") > 0);
    sleep(Duration::from_millis(300));
    kill("INT", &format!("-{}", terraform.id()));
    let output = finish(terraform).fails().blames_nobody();
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
    let terraform = apply(&site);
    wait_for("both calls", || site.ec2.count("AuthorizeSecurityGroupEgress") > 0 && site.ec2.count("AuthorizeSecurityGroupIngress") > 0);
    sleep(Duration::from_millis(300));
    let began = Instant::now();
    kill("INT", &format!("-{}", terraform.id()));
    finish(terraform).fails().blames_nobody().says("terraform untaint");
    assert!(began.elapsed() < Duration::from_secs(50), "{:?}", began.elapsed());
    assert_eq!(site.state()["lines"]["core"]["ingress"].as_object().unwrap().len(), 2);
    site.forget();
    site.workspace.run(&["untaint", "-no-color", super::ROLLOUT]).ok();
    site.settle();
    assert_eq!(site.writes(), ["AuthorizeSecurityGroupEgress"]);
    whole(&site);
}
