//! What is written, by how many calls and in which order.

use super::*;

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
