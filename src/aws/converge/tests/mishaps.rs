//! Refusals, lost answers, half batches, groups that come late or vanish, and requests to stop.

use super::*;

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
async fn a_group_that_is_seen_late_is_looked_for_again() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.with(|state| {
        state.add(ONE, false, ("tcp", 4000), ("CidrIp", "10.1.0.0/16"), OURS);
        state.unseen = 2; // rules and group: one look
    });
    let ec2 = client(&fake);
    let seen = ec2.observe(&groups(&[ONE])).await.unwrap();
    assert_eq!(seen[&group(ONE)].rules().len(), 1);
    assert_eq!(fake.calls(), ["DescribeSecurityGroupRules", "DescribeSecurityGroups", "DescribeSecurityGroupRules"]);
    fake.with(|state| state.unseen = 2);
    let job = job(&[(ONE, &["ingress tcp 4000 10.1.0.0/16"])]);
    let report = ec2.converge(&job, &Stop::never()).await;
    assert_complete(&report, &job);
    assert_eq!(report.done, Done::default());
}

#[tokio::test]
async fn what_others_have_in_a_group_that_nobody_saw_at_first_is_told_in_the_end() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.with(|state| {
        state.add(ONE, true, ("-1", 0), ("CidrIp", "0.0.0.0/0"), &[]);
        state.unseen = 6; // three looks
    });
    let mut job = job(&[(ONE, &["ingress tcp 4000 10.1.0.0/16"])]);
    job.new_groups = groups(&[ONE]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert_complete(&report, &job);
    assert_eq!(report.live[&group(ONE)].foreign().count(), 1);
}

#[tokio::test]
async fn a_stop_ends_a_look_at_once() {
    let fake = FakeEc2::start(&[ONE]).await;
    (0..25).for_each(|_| fake.fault("DescribeSecurityGroupRules", Fault::Refuse(503, "RequestLimitExceeded")));
    let (sender, receiver) = watch::channel(false);
    let (ec2, job, stop) = (client(&fake), job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]), Stop::on(receiver));
    let converge = ec2.converge(&job, &stop);
    let ask = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        sender.send_replace(true);
    };
    let (report, ()) = tokio::time::timeout(Duration::from_secs(5), async { tokio::join!(converge, ask) }).await.unwrap();
    assert!(matches!(&report.failures[..], [AwsError::Stopped { groups: left }] if *left == groups(&[ONE])), "{:?}", report.failures);
    assert!(report.live.is_empty(), "nothing was looked at");
}

#[tokio::test]
async fn a_group_in_doubt_is_told_apart() {
    let fake = FakeEc2::start(&[ONE]).await;
    let ec2 = client(&fake);
    ec2.observe(&groups(&[ONE])).await.unwrap();
    (0..20).for_each(|_| fake.fault("AuthorizeSecurityGroupIngress", Fault::DoneButCut));
    fake.fault("DescribeSecurityGroupRules", Fault::Refuse(403, "UnauthorizedOperation"));
    let report = ec2.converge(&job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]), &Stop::never()).await;
    assert_eq!(report.unsure, groups(&[ONE]), "{:?}", report.failures);
    assert!(!report.is_complete());
}

#[tokio::test]
async fn what_there_is_to_do_may_change_while_it_is_tried() {
    let fake = FakeEc2::start(&[ONE]).await;
    let id = fake.with(|state| state.add(ONE, false, ("tcp", 4001), ("CidrIp", "10.1.0.0/16"), LOST));
    assert!(id.starts_with("sgr-"));
    // The rule that is to be taken over goes away: now it has to be created.
    fake.fault("CreateTags", Fault::After(|state| state.groups.get_mut(ONE).unwrap().clear()));
    fake.fault("CreateTags", Fault::Refuse(400, "InvalidID"));
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]);
    assert_complete(&client(&fake).converge(&job, &Stop::never()).await, &job);
}

#[tokio::test]
async fn a_new_group_that_never_comes_ends_the_work() {
    let fake = FakeEc2::start(&[ONE]).await;
    let mut job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"]), (TWO, &["ingress tcp 4001 10.1.0.0/16"])]);
    job.new_groups = groups(&[ONE, TWO]);
    let report = tokio::time::timeout(Duration::from_secs(10), client(&fake).converge(&job, &Stop::never())).await.unwrap();
    assert!(matches!(&report.failures[..], [AwsError::GroupGone { group: gone, .. }] if *gone == group(TWO)), "{:?}", report.failures);
    assert_eq!(report.live[&group(ONE)].rules().len(), 1);
}

#[tokio::test]
async fn a_new_group_that_is_deleted_meanwhile_is_not_waited_for() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.fault("AuthorizeSecurityGroupIngress", Fault::After(|state| drop(state.groups.remove(ONE))));
    let mut job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]);
    job.new_groups = groups(&[ONE]);
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert!(matches!(&report.failures[..], [AwsError::GroupGone { .. }]), "{:?}", report.failures);
    assert_eq!(fake.calls().iter().filter(|call| call.starts_with("Authorize")).count(), 1);
}
