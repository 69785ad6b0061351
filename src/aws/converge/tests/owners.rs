//! Whose rules are taken over, left alone or removed.

use super::*;

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
