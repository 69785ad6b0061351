//! Far ends of every kind: what changes in place, and what is done where it cannot.

use super::*;

#[tokio::test]
async fn a_group_of_another_account_is_named_with_it_and_its_rule_is_described_but_never_modified() {
    let partner = "123456789012/sg-00000000000000009";
    let fake = FakeEc2::start(&[ONE]).await;
    let ec2 = client(&fake);
    let job = |ports: &[u16], text: &str| {
        let rules: Vec<String> =
            ports.iter().flat_map(|port| ["ingress", "egress"].map(|way| format!("{way} tcp {port} {partner}"))).collect();
        let mut job = job(&[(ONE, &rules.iter().map(String::as_str).collect::<Vec<_>>())]);
        job.desired.values_mut().flat_map(BTreeMap::values_mut).for_each(|described| described.replace_range(.., text));
        job
    };
    let first = job(&[4001, 4002], "text");
    assert_complete(&ec2.converge(&first, &Stop::never()).await, &first);
    fake.with(|state| assert!(state.groups[ONE].iter().all(|rule| rule.peer.1 == partner), "{:?}", state.groups[ONE]));
    fake.calls();
    let again = ec2.converge(&first, &Stop::never()).await;
    assert_complete(&again, &first);
    assert_eq!((again.done, fake.calls()), (Done::default(), vec!["DescribeSecurityGroupRules".to_owned()]));

    let described = job(&[4001, 4002], "other words");
    let report = ec2.converge(&described, &Stop::never()).await;
    assert_complete(&report, &described);
    assert_eq!(report.done, Done { modified: 4, ..Done::default() });
    let calls = fake.calls();
    assert_eq!(calls[1..], ["UpdateSecurityGroupRuleDescriptionsIngress", "UpdateSecurityGroupRuleDescriptionsEgress"]);
    fake.with(|state| assert!(state.groups[ONE].iter().all(|rule| rule.description.as_deref() == Some("other words"))));

    let moved = job(&[4001, 4003], "other words");
    let report = ec2.converge(&moved, &Stop::never()).await;
    assert_complete(&report, &moved);
    assert_eq!(report.done, Done { authorized: 2, revoked: 2, ..Done::default() });
    assert!(!fake.calls().contains(&"ModifySecurityGroupRules".to_owned()));
}

#[tokio::test]
async fn rules_of_every_kind_change_in_place_where_the_kind_stays() {
    let fake = FakeEc2::start(&[ONE, TWO]).await;
    let ec2 = client(&fake);
    let full = |block: &str, list: &str| -> Vec<String> {
        let blocks = (4001..4056).map(|port| format!("ingress tcp {port} {block}"));
        blocks.chain([format!("ingress tcp 5000 {list}"), format!("ingress tcp 5001 {ONE}")]).collect()
    };
    let first = full("2001:db8::/32", "pl-00000000000000001");
    let mut second = full("2001:db8:1::/48", "pl-00000000000000002");
    second.pop();
    second.push(format!("ingress tcp 5001 {TWO}"));
    for (rules, done) in [(first, Done { authorized: 57, ..Done::default() }), (second, Done { modified: 57, ..Done::default() })] {
        let job = job(&[(ONE, &rules.iter().map(String::as_str).collect::<Vec<_>>())]);
        let report = ec2.converge(&job, &Stop::never()).await;
        assert_complete(&report, &job);
        assert_eq!(report.done, done, "57 of 60 leave no room for old and new at once");
    }
}
