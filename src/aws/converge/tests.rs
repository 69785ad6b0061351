//! Groups are made what they should be, whatever EC2 answers: an EC2 in the process, with faults.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::watch;

use crate::aws::{
    AwsError, Desired, Done, Ec2, Holder, Job, Mark, Observed, Owner, Peer, Permission, Report, RuleId, SecurityGroupId, Settings, Stop,
};
use crate::net::{Direction, Protocol};
use fake_ec2::{FakeEc2, Fault};

mod adopting;
mod emulator;
mod fake_ec2;

const ONE: &str = "sg-00000000000000001";
const TWO: &str = "sg-00000000000000002";
const OURS: &[(&str, &str)] = &[("emc:name", "core"), ("emc:instance", "i1")];
const LOST: &[(&str, &str)] = &[("emc:name", "core"), ("emc:instance", "i0")];
const SIBLING: &[(&str, &str)] = &[("emc:name", "other"), ("emc:instance", "i9")];

#[tokio::test]
async fn creates_with_one_call_for_each_group_and_direction_and_then_finds_nothing_to_do() {
    let fake = FakeEc2::start(&[ONE, TWO]).await;
    let ec2 = client(&fake);
    let mut rules = Vec::new();
    for port in 4001..4031 {
        rules.push(format!("ingress tcp {port} 10.1.0.0/16"));
        rules.push(format!("ingress udp {port} 2001:db8::/32"));
        rules.push(format!("egress tcp {port} {TWO}"));
    }
    rules.push("ingress tcp 5000 pl-00000000000000001".to_owned());
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let job = job(&[(ONE, &rules), (TWO, &rules)]);
    let report = ec2.converge(&job, &Stop::never()).await;
    assert_complete(&report, &job);
    assert_eq!(report.done.authorized, 182);
    let mut calls = fake.calls();
    calls.sort();
    assert_eq!(
        calls,
        [
            "AuthorizeSecurityGroupEgress",
            "AuthorizeSecurityGroupEgress",
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupIngress",
            "DescribeSecurityGroupRules",
            "DescribeSecurityGroups",
        ]
    );
    let again = ec2.converge(&job, &Stop::never()).await;
    assert_complete(&again, &job);
    assert_eq!(again.done, Done::default());
    assert_eq!(fake.calls(), ["DescribeSecurityGroupRules"]);
    assert_eq!(again.live, report.live, "what the answers told is what a look tells");
}

#[tokio::test]
async fn begins_with_what_the_plan_saw_but_only_once() {
    let fake = FakeEc2::start(&[ONE]).await;
    let ec2 = client(&fake);
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]);
    ec2.observe(&groups(&[ONE])).await.unwrap();
    fake.calls();
    ec2.observe_recent(&groups(&[ONE]), Duration::from_secs(60)).await.unwrap();
    assert_eq!(fake.calls(), Vec::<String>::new());
    assert_complete(&ec2.converge(&job, &Stop::never()).await, &job);
    assert_eq!(fake.calls(), ["AuthorizeSecurityGroupIngress"]);
    ec2.observe_recent(&groups(&[ONE]), Duration::from_secs(60)).await.unwrap();
    assert_eq!(fake.calls(), ["DescribeSecurityGroupRules"], "a write makes what was seen before worthless");
}

#[tokio::test]
async fn answers_many_who_look_at_the_same_time_with_one_call_for_200_groups_in_pages() {
    let ids: Vec<String> = (0..250).map(|number| format!("sg-{number:017x}")).collect();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let fake = FakeEc2::start(&names).await;
    fake.with(|state| {
        state.page = 60;
        for id in &names[..150] {
            state.add(id, false, ("tcp", 443), ("CidrIp", "10.0.0.0/8"), OURS);
        }
    });
    let ec2 = client(&fake);
    let mut looks = tokio::task::JoinSet::new();
    for id in names.iter().copied().chain(["sg-fffffffffffffffff"]) {
        let (ec2, group) = (ec2.clone(), groups(&[id]));
        looks.spawn(async move { ec2.observe(&group).await.unwrap() });
    }
    let mut seen = BTreeMap::new();
    while let Some(part) = looks.join_next().await {
        seen.extend(part.unwrap());
    }
    assert_eq!(seen.len(), 251);
    assert_eq!(seen.values().filter(|observed| **observed == Observed::Gone).count(), 1);
    assert_eq!(seen.values().filter(|observed| observed.rules().len() == 1).count(), 150);
    let calls = fake.calls();
    let count = |name: &str| calls.iter().filter(|call| *call == name).count();
    assert_eq!(count("DescribeSecurityGroupRules"), 4, "150 rules of the first 200 groups in pages of 60, and the other 51 groups");
    assert_eq!(count("DescribeSecurityGroups"), 1);
}

#[tokio::test]
async fn changes_in_place_then_creates_everywhere_and_revokes_last() {
    let fake = FakeEc2::start(&[ONE, TWO]).await;
    fake.with(|state| {
        state.add(ONE, false, ("tcp", 4001), ("CidrIp", "10.1.0.0/16"), OURS);
        state.add(ONE, false, ("tcp", 4002), ("GroupId", TWO), OURS);
        state.add(ONE, false, ("tcp", 22), ("CidrIp", "10.9.0.0/16"), &[]);
        state.add(TWO, false, ("tcp", 4003), ("CidrIpv6", "2001:db8::/32"), OURS);
    });
    // One group is slow to open, so that the other would be ready to close long before.
    fake.fault("AuthorizeSecurityGroupEgress", Fault::Refuse(503, "RequestLimitExceeded"));
    let ec2 = client(&fake);
    let job = job(&[(ONE, &["ingress tcp 4001 10.2.0.0/16", "ingress tcp 4009 2001:db8::/32"]), (TWO, &["egress tcp 4003 10.2.0.0/16"])]);
    let report = ec2.converge(&job, &Stop::never()).await;
    assert_complete(&report, &job);
    assert_eq!(report.done, Done { authorized: 2, modified: 1, adopted: 0, revoked: 2 });
    let calls = fake.calls();
    let first_revoke = calls.iter().position(|call| call.starts_with("Revoke")).unwrap();
    let last_opening = calls.iter().rposition(|call| call.starts_with("Authorize") || call.starts_with("Modify")).unwrap();
    assert!(last_opening < first_revoke, "{calls:?}");
    assert_eq!(calls.len(), 7, "{calls:?}");
    let foreign: Vec<String> = report.live[&group(ONE)].foreign().map(|rule| rule.permission.to_string()).collect();
    assert_eq!(foreign, ["ingress tcp 22 from 10.9.0.0/16"]);
}

#[tokio::test]
async fn a_description_that_differs_is_rewritten_and_an_absent_one_is_not() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.with(|state| {
        state.add(ONE, false, ("tcp", 4001), ("CidrIp", "10.1.0.0/16"), OURS);
        state.add(ONE, false, ("tcp", 4002), ("CidrIp", "10.1.0.0/16"), OURS);
        state.groups.get_mut(ONE).unwrap()[1].description = Some("edited by hand".to_owned());
    });
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16", "ingress tcp 4002 10.1.0.0/16"])]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert_complete(&report, &job);
    assert_eq!(report.done.modified, 1);
    assert_eq!(fake.calls(), ["DescribeSecurityGroupRules", "ModifySecurityGroupRules"]);
    fake.with(|state| assert_eq!(state.groups[ONE][1].description.as_deref(), Some("text")));
}

#[tokio::test]
async fn an_unheard_success_counts_as_done_although_the_repeated_call_is_a_duplicate() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.fault("AuthorizeSecurityGroupIngress", Fault::DoneButCut);
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16", "ingress tcp 4002 10.1.0.0/16"])]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert_complete(&report, &job);
    let calls = fake.calls();
    assert_eq!(calls.iter().filter(|call| call.starts_with("Authorize")).count(), 2, "the SDK repeats once: {calls:?}");
    assert_eq!(calls.last().unwrap(), "DescribeSecurityGroupRules");
}

#[tokio::test]
async fn a_batch_that_was_done_in_part_is_completed() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.fault("AuthorizeSecurityGroupIngress", Fault::Partly(1, "InvalidPermission.Duplicate"));
    let wanted = ["ingress tcp 4001 10.1.0.0/16", "ingress tcp 4002 10.1.0.0/16", "ingress tcp 4003 10.1.0.0/16"];
    let job = job(&[(ONE, &wanted)]);
    assert_complete(&client(&fake).converge(&job, &Stop::never()).await, &job);
}

#[tokio::test]
async fn throttling_is_waited_out() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.fault("AuthorizeSecurityGroupIngress", Fault::Refuse(503, "RequestLimitExceeded"));
    fake.fault("AuthorizeSecurityGroupIngress", Fault::Refuse(503, "RequestLimitExceeded"));
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]);
    assert_complete(&client(&fake).converge(&job, &Stop::never()).await, &job);
}

#[tokio::test]
async fn revokes_go_on_when_a_rule_has_vanished_meanwhile() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.with(|state| {
        state.add(ONE, false, ("tcp", 4001), ("CidrIp", "10.1.0.0/16"), OURS);
        state.add(ONE, false, ("tcp", 4002), ("CidrIp", "10.1.0.0/16"), OURS);
    });
    fake.fault("RevokeSecurityGroupIngress", Fault::After(|state| drop(state.groups.get_mut(ONE).unwrap().remove(0))));
    let report = client(&fake).release(&mark(), &groups(&[ONE]), &Stop::never()).await;
    assert!(report.is_complete(), "{:?}", report.failures);
    assert_eq!(report.live[&group(ONE)], Observed::Live(Vec::new()));
}

#[tokio::test]
async fn releasing_touches_only_our_own_and_a_group_that_is_gone_is_a_success() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.with(|state| {
        state.add(ONE, false, ("tcp", 1), ("CidrIp", "10.1.0.0/16"), OURS);
        state.add(ONE, true, ("tcp", 2), ("CidrIp", "10.1.0.0/16"), OURS);
        state.add(ONE, false, ("tcp", 3), ("CidrIp", "10.1.0.0/16"), LOST);
        state.add(ONE, false, ("tcp", 4), ("CidrIp", "10.1.0.0/16"), SIBLING);
        state.add(ONE, false, ("tcp", 5), ("CidrIp", "10.1.0.0/16"), &[]);
    });
    let report = client(&fake).release(&mark(), &groups(&[ONE, TWO]), &Stop::never()).await;
    assert!(report.is_complete(), "{:?}", report.failures);
    assert_eq!(report.done.revoked, 2);
    assert_eq!(report.live[&group(TWO)], Observed::Gone);
    assert_eq!(report.live[&group(ONE)].rules().len(), 3);
}

#[tokio::test]
async fn takes_over_lost_rules_and_leaves_lost_ones_that_are_not_desired() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.with(|state| {
        state.add(ONE, false, ("tcp", 4001), ("CidrIp", "10.1.0.0/16"), LOST);
        state.add(ONE, false, ("tcp", 4002), ("CidrIp", "10.1.0.0/16"), LOST);
    });
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert_complete(&report, &job);
    assert_eq!(fake.calls(), ["DescribeSecurityGroupRules", "CreateTags"]);
    let owners: Vec<Owner<'_>> = report.live[&group(ONE)].rules().iter().map(|rule| rule.owner(&job.mark)).collect();
    assert_eq!(owners, [Owner::Ours, Owner::Lost]);
}

#[tokio::test]
async fn a_foreign_twin_is_a_clash_unless_it_may_be_adopted() {
    let fake = FakeEc2::start(&[ONE]).await;
    let id = fake.with(|state| state.add(ONE, false, ("tcp", 4001), ("CidrIp", "10.1.0.0/16"), &[]));
    let mut job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16", "ingress tcp 4002 10.1.0.0/16"])]);
    let ec2 = client(&fake);
    let report = ec2.converge(&job, &Stop::never()).await;
    let [AwsError::Clash { rules, holder: Holder::Foreign, .. }] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert_eq!(rules[0].as_str(), id);
    assert!(report.failures[0].advice().contains("adopt_existing"));
    assert_eq!(report.done.authorized, 1, "the rest is done");
    job.adopt_existing = true;
    let report = ec2.converge(&job, &Stop::never()).await;
    assert_complete(&report, &job);
    assert_eq!((report.done.adopted, report.done.modified), (1, 0));
}

#[tokio::test]
async fn a_siblings_twin_is_a_clash_even_if_foreign_ones_may_be_adopted() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.with(|state| state.add(ONE, false, ("tcp", 4001), ("CidrIp", "10.1.0.0/16"), SIBLING));
    let mut job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]);
    job.adopt_existing = true;
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert!(matches!(&report.failures[..], [AwsError::Clash { holder: Holder::Sibling(name), .. }] if name == "other"));
}

#[tokio::test]
async fn a_foreign_twin_that_comes_between_look_and_write_is_a_clash_and_the_rest_is_done() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.fault(
        "AuthorizeSecurityGroupIngress",
        Fault::After(|state| drop(state.add(ONE, false, ("tcp", 4001), ("CidrIp", "10.1.0.0/16"), &[]))),
    );
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16", "ingress tcp 4002 10.1.0.0/16"])]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert!(matches!(&report.failures[..], [AwsError::Clash { .. }]), "{:?}", report.failures);
    assert_eq!(report.live[&group(ONE)].ours(&job.mark).len(), 1);
}

#[tokio::test]
async fn removes_exactly_the_foreign_rules_that_were_named() {
    let fake = FakeEc2::start(&[ONE]).await;
    let (named, sibling) = fake.with(|state| {
        state.add(ONE, false, ("tcp", 23), ("CidrIp", "10.1.0.0/16"), &[]);
        let named = state.add(ONE, true, ("tcp", 24), ("CidrIp", "10.1.0.0/16"), &[]);
        (named, state.add(ONE, true, ("tcp", 25), ("CidrIp", "10.1.0.0/16"), SIBLING))
    });
    let mut job = job(&[(ONE, &[])]);
    job.revoke_foreign = [named, sibling].into_iter().map(|id| (group(ONE), RuleId::new(id))).collect();
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert_complete(&report, &job);
    let left: Vec<String> = report.live[&group(ONE)].rules().iter().map(|rule| rule.permission.to_string()).collect();
    assert_eq!(left, ["egress tcp 25 to 10.1.0.0/16", "ingress tcp 23 from 10.1.0.0/16"]);
}

#[tokio::test]
async fn one_groups_failure_leaves_the_others_alone_and_closes_nothing_there() {
    let fake = FakeEc2::start(&[ONE, TWO]).await;
    fake.with(|state| {
        for port in 0..60 {
            state.add(ONE, false, ("tcp", port), ("CidrIp", "10.3.0.0/16"), &[]);
        }
        state.add(ONE, true, ("tcp", 4000), ("CidrIpv6", "2001:db8::/32"), OURS);
        state.add(TWO, true, ("tcp", 4000), ("CidrIpv6", "2001:db8::/32"), OURS);
    });
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"]), (TWO, &["ingress tcp 4001 10.1.0.0/16"])]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert_eq!(failure.code(), Some("RulesPerSecurityGroupLimitExceeded"));
    assert_eq!(failure.groups(), groups(&[ONE]));
    assert_eq!(report.live[&group(ONE)].ours(&job.mark).len(), 1, "the old rule stays");
    assert_eq!(report.live[&group(TWO)].rules().len(), 1);
    let calls = fake.calls();
    assert_eq!(calls.iter().filter(|call| call.starts_with("Authorize")).count(), 2, "a full group is not tried again: {calls:?}");
}

#[tokio::test]
async fn a_group_that_is_gone_is_a_failure_only_if_it_should_hold_rules() {
    let fake = FakeEc2::start(&[ONE]).await;
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"]), (TWO, &["ingress tcp 4001 10.1.0.0/16"])]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert!(matches!(&report.failures[..], [AwsError::GroupGone { group: gone, .. }] if *gone == group(TWO)));
    assert_eq!(report.live[&group(TWO)], Observed::Gone);
    assert_eq!(report.live[&group(ONE)].rules().len(), 1);
}

#[tokio::test]
async fn a_new_group_may_be_unknown_for_a_moment() {
    let fake = FakeEc2::start(&[]).await;
    fake.fault("AuthorizeSecurityGroupIngress", Fault::Refuse(400, "InvalidGroup.NotFound"));
    fake.fault("AuthorizeSecurityGroupIngress", Fault::After(|state| drop(state.groups.insert(ONE.to_owned(), Vec::new()))));
    let mut job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]);
    job.new_groups = groups(&[ONE]);
    assert_complete(&client(&fake).converge(&job, &Stop::never()).await, &job);
}

#[tokio::test]
async fn a_missing_permission_names_the_action_and_is_not_tried_again() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.fault("AuthorizeSecurityGroupIngress", Fault::Refuse(403, "UnauthorizedOperation"));
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert_eq!(
        failure.to_string(),
        format!("AuthorizeSecurityGroupIngress for {ONE} in eu-central-1: EC2 answered `UnauthorizedOperation`: scripted")
    );
    assert!(failure.advice().contains("`ec2:AuthorizeSecurityGroupIngress`") && failure.advice().contains("`ec2:CreateTags`"));
    assert_eq!(fake.calls().iter().filter(|call| call.starts_with("Authorize")).count(), 1);
}

#[tokio::test]
async fn an_endpoint_that_nobody_listens_on_is_told_within_seconds() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    drop(silent);
    let ec2 = Ec2::new(settings(&url));
    let error = tokio::time::timeout(Duration::from_secs(30), ec2.observe(&groups(&[ONE]))).await.unwrap().unwrap_err();
    assert!(matches!(error, AwsError::Unreachable { .. }), "{error:?}");
    assert!(error.advice().contains(&url), "{}", error.advice());
}

#[tokio::test]
async fn a_stop_is_heeded_between_calls_and_what_was_done_is_reported() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.with(|state| state.add(ONE, false, ("tcp", 4000), ("CidrIpv6", "2001:db8::/32"), OURS));
    let (sender, receiver) = watch::channel(true);
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]);
    let report = client(&fake).converge(&job, &Stop::on(receiver)).await;
    assert!(matches!(&report.failures[..], [AwsError::Stopped { groups: left }] if *left == groups(&[ONE])));
    drop(sender);
    assert!(!fake.calls().iter().any(|call| call.starts_with("Authorize") || call.starts_with("Revoke")));
}

#[tokio::test]
async fn a_thousand_rules_in_seventeen_groups_take_one_look_and_seventeen_calls() {
    let ids: Vec<String> = (1..=17).map(|number| format!("sg-{number:017x}")).collect();
    let names: Vec<&str> = ids.iter().map(String::as_str).collect();
    let fake = FakeEc2::start(&names).await;
    fake.with(|state| names.iter().for_each(|id| drop(state.add(id, true, ("-1", 0), ("CidrIp", "0.0.0.0/0"), &[]))));
    let rules: Vec<String> = (4001..=4059).map(|port| format!("ingress tcp {port} 10.1.0.0/16")).collect();
    let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
    let desired: Vec<(&str, &[&str])> = names.iter().map(|id| (*id, rules.as_slice())).collect();
    let job = job(&desired);
    let ec2 = client(&fake);
    let report = ec2.converge(&job, &Stop::never()).await;
    assert_complete(&report, &job);
    assert_eq!(report.done.authorized, 1003);
    assert_eq!(fake.calls().len(), 18);
    let report = ec2.release(&job.mark, &groups(&names), &Stop::never()).await;
    assert!(report.is_complete(), "{:?}", report.failures);
    assert_eq!(report.done.revoked, 1003);
    assert_eq!(fake.calls().len(), 19, "1020 rules come in two pages");
}

#[tokio::test]
async fn a_duplicate_that_nobody_can_see_ends_after_a_few_rounds() {
    let fake = FakeEc2::start(&[ONE]).await;
    for _ in 0..20 {
        fake.fault("AuthorizeSecurityGroupIngress", Fault::Refuse(400, "InvalidPermission.Duplicate"));
    }
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert_eq!(failure.code(), Some("InvalidPermission.Duplicate"));
    assert_eq!(fake.calls().iter().filter(|call| call.starts_with("Authorize")).count(), 6);
}

#[tokio::test]
async fn a_refused_revoke_is_told_and_the_rule_is_still_reported() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.with(|state| state.add(ONE, false, ("tcp", 4000), ("CidrIp", "10.1.0.0/16"), OURS));
    fake.fault("RevokeSecurityGroupIngress", Fault::Refuse(403, "UnauthorizedOperation"));
    let report = client(&fake).release(&mark(), &groups(&[ONE]), &Stop::never()).await;
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert!(failure.advice().contains("`ec2:RevokeSecurityGroupIngress`"));
    assert_eq!(report.live[&group(ONE)].rules().len(), 1);
    assert_eq!(report.done.revoked, 0);
}

#[tokio::test]
async fn a_lost_answer_to_a_revoke_or_a_change_is_looked_after() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.with(|state| {
        state.add(ONE, false, ("tcp", 4000), ("CidrIpv6", "2001:db8::/32"), OURS);
        state.add(ONE, false, ("tcp", 4001), ("CidrIp", "10.1.0.0/16"), OURS);
    });
    fake.fault("RevokeSecurityGroupIngress", Fault::DoneButCut);
    fake.fault("ModifySecurityGroupRules", Fault::DoneButCut);
    let job = job(&[(ONE, &["ingress tcp 4001 10.2.0.0/16"])]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert_complete(&report, &job);
    assert_eq!(report.live[&group(ONE)].rules().len(), 1);
}

#[tokio::test]
async fn a_group_that_vanishes_between_look_and_write_is_gone() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.fault("AuthorizeSecurityGroupIngress", Fault::After(|state| drop(state.groups.remove(ONE))));
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert!(matches!(&report.failures[..], [AwsError::GroupGone { .. }]), "{:?}", report.failures);
    assert_eq!(report.live[&group(ONE)], Observed::Gone);
}

#[tokio::test]
async fn a_peer_group_that_does_not_exist_is_not_waited_for() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.fault("AuthorizeSecurityGroupIngress", Fault::Refuse(400, "InvalidGroup.NotFound"));
    let job = job(&[(ONE, &["ingress tcp 4001 sg-00000000000000009"])]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert_eq!(failure.code(), Some("InvalidGroup.NotFound"));
    assert_eq!(report.live[&group(ONE)], Observed::Live(Vec::new()));
    assert_eq!(fake.calls().iter().filter(|call| call.starts_with("Authorize")).count(), 1);
}

#[tokio::test]
async fn refused_keys_and_missing_ones_are_told_apart() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.fault("DescribeSecurityGroupRules", Fault::Refuse(401, "AuthFailure"));
    let error = client(&fake).observe(&groups(&[ONE])).await.unwrap_err();
    assert_eq!(error.code(), Some("AuthFailure"));
    assert!(error.advice().contains("does not accept these keys"));
    let settings = Settings {
        access_key: None,
        secret_key: None,
        profile: Some("nobody".to_owned()),
        shared_config_files: vec!["/nonexistent/config".to_owned()],
        shared_credentials_files: vec!["/nonexistent/credentials".to_owned()],
        ..settings(&fake.url)
    };
    let error = Ec2::new(settings).observe(&groups(&[ONE])).await.unwrap_err();
    assert!(matches!(error, AwsError::Credentials { .. }), "{error:?}");
}

#[tokio::test]
async fn a_profile_gives_keys_and_region() {
    let fake = FakeEc2::start(&[ONE]).await;
    let folder = std::env::temp_dir().join(format!("emc-profile-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (config, credentials) = (folder.join("config"), folder.join("credentials"));
    std::fs::write(&config, "[profile site]\nregion = ap-south-1\n").unwrap();
    std::fs::write(&credentials, "[site]\naws_access_key_id = AKIAOFTHESITE\naws_secret_access_key = secret\n").unwrap();
    let settings = Settings {
        region: None,
        access_key: None,
        secret_key: None,
        profile: Some("site".to_owned()),
        shared_config_files: vec![config.display().to_string()],
        shared_credentials_files: vec![credentials.display().to_string()],
        ..settings(&fake.url)
    };
    let ec2 = Ec2::new(settings);
    let of_environment = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| std::env::var(name).ok());
    assert_eq!(ec2.region().await.unwrap(), of_environment.unwrap_or("ap-south-1".to_owned()));
    ec2.observe(&groups(&[ONE])).await.unwrap();
    assert!(fake.with(|state| state.heads.iter().all(|head| head.contains("credential=akiaofthesite/"))), "the profile's keys sign");
    assert!(fake.with(|state| state.heads.iter().all(|head| head.contains("app/terraform-provider-emc-"))), "the user agent names us");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn half_a_pair_of_keys_is_refused_before_anything_is_sent() {
    let halves = [
        (Some("a"), None, None, "`access_key` is set without `secret_key`"),
        (None, Some("s"), None, "`secret_key` is set without `access_key`"),
        (None, None, Some("t"), "`token` is set without `access_key`"),
    ];
    for (access, secret, token, fault) in halves {
        let settings = Settings {
            access_key: access.map(str::to_owned),
            secret_key: secret.map(str::to_owned),
            token: token.map(str::to_owned),
            ..settings("http://127.0.0.1:1")
        };
        let error = Ec2::new(settings).region().await.unwrap_err();
        assert_eq!(error.to_string(), format!("the AWS settings cannot be used: {fault}"));
    }
    let settings = Settings { custom_ca_bundle: Some("/nonexistent/ca.pem".to_owned()), ..settings("http://127.0.0.1:1") };
    let error = Ec2::new(settings).region().await.unwrap_err();
    assert!(error.to_string().contains("`/nonexistent/ca.pem` cannot be read"), "{error}");
}

#[tokio::test]
async fn another_region_shares_the_keys_but_not_what_was_seen() {
    let fake = FakeEc2::start(&[ONE]).await;
    let ec2 = client(&fake);
    let other = ec2.in_region("us-west-2");
    assert_eq!((ec2.region().await.unwrap(), other.region().await.unwrap()), ("eu-central-1".to_owned(), "us-west-2".to_owned()));
    ec2.observe(&groups(&[ONE])).await.unwrap();
    fake.calls();
    other.observe_recent(&groups(&[ONE]), Duration::from_secs(60)).await.unwrap();
    assert_eq!(fake.calls().len(), 2);
}

#[tokio::test]
async fn two_jobs_on_one_group_do_not_disturb_each_other() {
    let fake = FakeEc2::start(&[ONE, TWO]).await;
    let ec2 = client(&fake);
    let first = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"]), (TWO, &["ingress tcp 4001 10.1.0.0/16"])]);
    let mut second = job(&[(TWO, &["ingress tcp 4002 10.1.0.0/16"]), (ONE, &["ingress tcp 4002 10.1.0.0/16"])]);
    second.mark = Mark { name: "other".to_owned(), instance: "i2".to_owned() };
    let stop = Stop::never();
    let (one, two) = tokio::join!(ec2.converge(&first, &stop), ec2.converge(&second, &stop));
    assert_complete(&one, &first);
    assert_complete(&two, &second);
    fake.with(|state| assert_eq!(state.groups.values().map(Vec::len).sum::<usize>(), 4));
}

#[tokio::test]
async fn without_any_region_nothing_is_sent() {
    // Whether the machine's own environment names a region is not this test's business.
    let mut settings = settings("http://127.0.0.1:1");
    settings.region = None;
    settings.profile = Some("emc-test-no-such-profile".to_owned());
    match Ec2::new(settings).region().await {
        Err(AwsError::NoRegion) => {}
        Err(other) => panic!("{other:?}"),
        Ok(region) => assert!(std::env::var("AWS_REGION").is_ok() || std::env::var("AWS_DEFAULT_REGION").is_ok(), "{region}"),
    }
}

#[test]
fn every_call_may_be_awaited_on_any_thread() {
    fn sendable<T: Send>(_: &T) {}
    let ec2 = Ec2::new(settings("http://127.0.0.1:1"));
    let (job, stop, groups) = (job(&[]), Stop::never(), groups(&[]));
    sendable(&ec2.converge(&job, &stop));
    sendable(&ec2.observe_recent(&groups, Duration::ZERO));
    sendable(&ec2.release(&job.mark, &groups, &stop));
}

#[test]
fn secrets_are_not_shown() {
    let mut settings = settings("http://127.0.0.1:1");
    settings.secret_key = Some("s3cret".to_owned());
    settings.token = Some("t0ken".to_owned());
    settings.https_proxy = Some("http://user:pa55@proxy".to_owned());
    let text = format!("{:?}", Ec2::new(settings));
    assert!(!text.contains("s3cret") && !text.contains("t0ken") && !text.contains("pa55"), "{text}");
}

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
    let peer = match &peer[..3] {
        "sg-" => Peer::Group(peer.parse().unwrap()),
        "pl-" => Peer::PrefixList(peer.parse().unwrap()),
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
