//! Rules that become ours: everything else first, then the mark.

use super::*;

#[tokio::test]
async fn what_is_taken_over_is_marked_last() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.with(|state| {
        state.add(ONE, false, ("tcp", 4001), ("CidrIp", "10.1.0.0/16"), &[]);
        state.add(ONE, false, ("tcp", 4002), ("CidrIp", "10.1.0.0/16"), LOST);
        state.add(ONE, true, ("tcp", 4003), ("CidrIpv6", "2001:db8::/32"), OURS);
        state.groups.get_mut(ONE).unwrap()[0].description = Some("by hand".to_owned());
    });
    let mut job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16", "ingress tcp 4002 10.1.0.0/16", "ingress tcp 4004 10.1.0.0/16"])]);
    job.adopt_existing = true;
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert_complete(&report, &job);
    assert_eq!(report.done, Done { authorized: 1, modified: 1, adopted: 2, revoked: 1 });
    assert_eq!(
        fake.calls(),
        [
            "DescribeSecurityGroupRules",
            "ModifySecurityGroupRules",
            "AuthorizeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "CreateTags"
        ]
    );
}

#[tokio::test]
async fn a_failure_anywhere_leaves_foreign_rules_unmarked_and_lost_ones_are_adopted_all_the_same() {
    let fake = FakeEc2::start(&[ONE, TWO]).await;
    let (foreign, lost) = fake.with(|state| {
        let foreign = state.add(ONE, false, ("tcp", 4001), ("CidrIp", "10.1.0.0/16"), &[]);
        (foreign, state.add(ONE, false, ("tcp", 4002), ("CidrIp", "10.1.0.0/16"), LOST))
    });
    fake.fault("AuthorizeSecurityGroupEgress", Fault::Refuse(403, "UnauthorizedOperation"));
    let mut job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16", "ingress tcp 4002 10.1.0.0/16"]), (TWO, &["egress tcp 4003 10.1.0.0/16"])]);
    job.adopt_existing = true;
    let report = client(&fake).converge(&job, &Stop::never()).await;
    assert_eq!(report.failures.len(), 1, "{:?}", report.failures);
    let ours = report.live[&group(ONE)].ours(&job.mark);
    assert_eq!(ours.values().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), [lost.as_str()]);
    assert_eq!(report.live[&group(ONE)].foreign().map(|rule| rule.id.as_str()).collect::<Vec<_>>(), [foreign.as_str()]);
}

#[tokio::test]
async fn a_rule_that_vanishes_before_it_is_marked_is_made_anew() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.with(|state| drop(state.add(ONE, false, ("tcp", 4001), ("CidrIp", "10.1.0.0/16"), LOST)));
    fake.fault("CreateTags", Fault::After(|state| drop(state.groups.get_mut(ONE).unwrap().remove(0))));
    let job = job(&[(ONE, &["ingress tcp 4001 10.1.0.0/16"])]);
    assert_complete(&client(&fake).converge(&job, &Stop::never()).await, &job);
}
