//! Looking: shared, paged, remembered for a moment.

use super::*;

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
    assert_eq!(
        count("DescribeSecurityGroupRules"),
        4 + 2,
        "150 rules of the first 200 groups in pages of 60, and the other 51 groups; two more looks for the one that is gone"
    );
    assert_eq!(count("DescribeSecurityGroups"), 1 + 2);
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
