//! Groups are made what they should be, whatever EC2 answers: an EC2 in the process, with faults, and what the tests say it with.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::watch;

use crate::aws::{
    AwsError, Desired, Done, Ec2, Holder, Job, Mark, Observed, Owner, Peer, Permission, Report, RuleId, SecurityGroupId, Settings, Tags,
};
use crate::net::{Direction, Protocol};
use crate::stop::Stop;
use fake_ec2::{FakeEc2, Fault};

mod adopting;
mod emulator;
mod fake_ec2;
mod far_ends;
mod looks;
mod mishaps;
mod owners;
mod session;
mod writes;

const ONE: &str = "sg-00000000000000001";
const TWO: &str = "sg-00000000000000002";
const OURS: &[(&str, &str)] = &[("emc:name", "core"), ("emc:instance", "i1")];
const LOST: &[(&str, &str)] = &[("emc:name", "core"), ("emc:instance", "i0")];
const SIBLING: &[(&str, &str)] = &[("emc:name", "other"), ("emc:instance", "i9")];

fn client(fake: &FakeEc2) -> Ec2 {
    Ec2::new(settings(&fake.url))
}

fn settings(url: &str) -> Settings {
    Settings {
        region: Some("eu-central-1".to_owned()),
        access_key: Some("test".to_owned()),
        secret_key: Some("test".to_owned()),
        ec2_endpoint: Some(url.to_owned()),
        ..Settings::default()
    }
}

fn mark() -> Mark {
    Mark { name: "core".to_owned(), instance: "i1".to_owned() }
}

fn group(id: &str) -> SecurityGroupId {
    id.parse().unwrap()
}

fn groups(ids: &[&str]) -> BTreeSet<SecurityGroupId> {
    ids.iter().map(|id| group(id)).collect()
}

fn job(desired: &[(&str, &[&str])]) -> Job {
    let rules = |rules: &[&str]| -> Desired { rules.iter().map(|rule| (permission(rule), "text".to_owned())).collect() };
    Job {
        mark: mark(),
        tags: Tags::default(),
        desired: desired.iter().map(|(id, wanted)| (group(id), rules(wanted))).collect(),
        revoke_foreign: BTreeSet::new(),
        adopt_existing: false,
        new_groups: BTreeSet::new(),
    }
}

/// Reads `ingress tcp 4001 10.1.0.0/16`.
fn permission(text: &str) -> Permission {
    let words: Vec<&str> = text.split(' ').collect();
    let [direction, protocol, ports, peer] = words[..] else { panic!("{text}") };
    let direction = Direction::ALL.into_iter().find(|one| one.as_str() == direction).unwrap();
    let peer = match peer.split('-').next().unwrap() {
        group if group.ends_with("sg") => Peer::Group(peer.parse().unwrap()),
        "pl" => Peer::PrefixList(peer.parse().unwrap()),
        _ => Peer::Cidr(peer.parse().unwrap()),
    };
    Permission::new(direction, Protocol::from_name(protocol).unwrap(), ports.parse().unwrap(), peer)
}

#[track_caller]
fn assert_complete(report: &Report, job: &Job) {
    assert!(report.is_complete(), "{:?}", report.failures);
    for (group, desired) in &job.desired {
        let ours: BTreeSet<&Permission> = report.live[group].ours(&job.mark).into_keys().collect();
        assert_eq!(ours, desired.keys().collect(), "{group}");
    }
}
