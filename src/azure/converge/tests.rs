//! Groups are made what they should be, whatever Azure answers: a Resource Manager in the process, with faults, and what the tests say
//! it with.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use super::*;
use crate::azure::clash::Clash;
use crate::azure::description;
use crate::azure::job::{Desired, Doomed, Wanted, WriteMode};
use crate::azure::lower;
use crate::azure::owner::{LiveRule, Mark, Observed, Owner};
use crate::azure::priority::Band;
use crate::azure::rule::tests::any;
use crate::azure::rule::{Access, Opening, PortSet, Protocol, SecurityRule};
use crate::azure::side::Side;
use crate::net::Direction;
use fake_arm::{FakeArm, Fault, State};

mod fake_arm;
mod mishaps;
mod rule_by_rule;
mod writes;

const ONE: &str =
    "/subscriptions/8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81/resourceGroups/emc/providers/Microsoft.Network/networkSecurityGroups/one";
const TWO: &str =
    "/subscriptions/8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81/resourceGroups/emc/providers/Microsoft.Network/networkSecurityGroups/two";

fn id(group: &str) -> NsgId {
    group.parse().unwrap()
}

fn mark() -> Mark {
    Mark::new("core", "i1")
}

fn allow(port: u16) -> Opening {
    let core = Side::groups([any::group("core")]).unwrap();
    Opening::facing(
        Direction::Ingress,
        Access::Allow,
        Protocol::Tcp,
        core,
        Side::groups([any::group("web")]).unwrap(),
        PortSet::of([(port, port)]),
    )
}

/// Reads `a 1000 443`: name, priority, port.
fn wanted(rules: &[&str]) -> Desired {
    let read = |text: &&str| {
        let words: Vec<&str> = text.split(' ').collect();
        let opening = allow(words[2].parse().unwrap());
        (words[0].parse().unwrap(), Wanted { priority: words[1].parse().unwrap(), opening, text: "text".to_owned() })
    };
    rules.iter().map(read).collect()
}

fn job(desired: &[(&str, &[&str])]) -> Job {
    Job {
        mark: mark(),
        desired: desired.iter().map(|(group, rules)| (id(group), wanted(rules))).collect(),
        band: Band::default(),
        write_mode: WriteMode::Group,
        remove_foreign: BTreeSet::new(),
        adopt_existing: false,
        accept_void: false,
        flush_connections: None,
        new_groups: BTreeSet::new(),
    }
}

/// Returns a rule as Azure holds it; without an instance it is nobody's.
fn rule(text: &str, instance: &str) -> Value {
    let (name, wanted) = wanted(&[text]).pop_first().unwrap();
    let description = (!instance.is_empty()).then(|| description::marked("text", &Mark::new("core", instance)));
    let rule = SecurityRule { name: name.to_string(), description, priority: wanted.priority, opening: wanted.opening };
    let mut rule = lower::rule(&rule).unwrap();
    rule["properties"]["unknownToUs"] = json!({ "kept": true });
    rule
}

async fn run(fake: &Arc<FakeArm>, job: &Job) -> Report {
    let converge = async { converge(&fake.endpoint(), job, &Stop::never()).await };
    tokio::time::timeout(Duration::from_secs(120), converge).await.unwrap()
}

/// Requests a stop once a write is under way.
async fn stop_during_a_write(fake: &FakeArm, sender: &watch::Sender<bool>) {
    while !fake.with(|state| state.calls.iter().any(|call| call.starts_with("PUT"))) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    sender.send_replace(true);
}

/// Shows the rules of a group as `a 1000 443`.
fn live(report: &Report, group: &str) -> Vec<String> {
    let show = |rule: &LiveRule| {
        let owner = match rule.owner(&mark()) {
            Owner::Ours => "",
            Owner::Lost => " (lost)",
            Owner::Sibling(_) => " (sibling)",
            Owner::Foreign => " (foreign)",
        };
        format!("{} {} {}{owner}", rule.rule.name, rule.rule.priority, rule.rule.opening.destination_ports)
    };
    report.live[&id(group)].rules().iter().map(show).collect()
}

#[track_caller]
fn assert_complete(fake: &FakeArm, report: &Report, job: &Job) {
    assert!(report.is_complete() && report.unsure.is_empty(), "{:?}", report.failures);
    for (group, desired) in &job.desired {
        let ours: BTreeSet<String> = report.live[group].ours(&job.mark).map(|rule| rule.rule.name.clone()).collect();
        assert_eq!(ours, desired.keys().map(ToString::to_string).collect(), "{group}");
        let held = fake.with(|state| state.rules(group.as_str()).len());
        assert_eq!(report.live[group].rules().len(), held, "what is reported is what is there");
    }
}

fn writes(calls: &[String]) -> usize {
    calls.iter().filter(|call| !call.starts_with("GET")).count()
}
