//! The same against an emulator that somebody else wrote.
//!
//! moto tells only the last permission's rules of a call that creates several, loses the descriptions of group and prefix-list peers
//! and counts both families together; the first costs another look, the rest must cost nothing.

use aws_credential_types::Credentials;
use aws_sdk_ec2::config::{BehaviorVersion, Region};
use aws_smithy_http_client::tls;

use super::*;
use crate::aws::audit::Weight;
use crate::aws::{AssumeRole, Family, PrefixListId};

#[tokio::test]
#[ignore = "needs an EC2 emulator at EMC_TEST_EC2_URL"]
async fn a_life_of_rules_in_an_emulator() {
    let url = std::env::var("EMC_TEST_EC2_URL").expect("EMC_TEST_EC2_URL is the address of an EC2 emulator, such as http://127.0.0.1:5000");
    let ec2 = Ec2::new(settings(&url));
    let (one, two) = (new_group(&url, "one").await, new_group(&url, "two").await);
    let stop = Stop::never();

    let tens: Vec<String> = (4001..4021).map(|port| format!("ingress tcp {port} 10.1.0.0/16")).collect();
    let mut rules: Vec<&str> = tens.iter().map(String::as_str).collect();
    let (from_two, to_two) = (format!("ingress udp 5000 {two}"), format!("egress tcp 4001-4010 {two}"));
    rules.extend([from_two.as_str(), to_two.as_str(), "ingress tcp 4001 2001:db8::/32"]);
    let mut job = job(&[(&one, &rules), (&two, &["egress tcp 4001 10.1.0.0/16"])]);
    assert_complete(&step(&ec2, "create", &job).await, &job);
    assert_idle(&ec2, &job).await;

    for texts in job.desired.values_mut() {
        texts.values_mut().for_each(|text| *text = "another text".to_owned());
    }
    assert_complete(&step(&ec2, "reword", &job).await, &job);
    assert_idle(&ec2, &job).await;

    let rules = job.desired.get_mut(&group(&one)).unwrap();
    rules.remove(&permission("ingress tcp 4001 10.1.0.0/16"));
    rules.remove(&permission(&to_two));
    rules.insert(permission("ingress tcp 4001 10.2.0.0/16"), "moved".to_owned());
    rules.insert(permission(&format!("egress tcp 4001-4011 {two}")), "widened".to_owned());
    let report = step(&ec2, "move", &job).await;
    assert_complete(&report, &job);
    assert_eq!((report.done.modified, report.done.authorized, report.done.revoked), (2, 0, 0));
    assert_idle(&ec2, &job).await;

    let taken = Job { mark: Mark { instance: "i2".to_owned(), ..job.mark.clone() }, ..job.clone() };
    assert_complete(&step(&ec2, "take over", &taken).await, &taken);
    assert_idle(&ec2, &taken).await;
    let nothing = ec2.release(&job.mark, &groups(&[&one, &two]), &stop).await;
    assert_eq!(nothing.done, Done::default(), "the old instance owns nothing any more");

    let report = ec2.release(&taken.mark, &groups(&[&one, &two, "sg-fffffffffffffffff"]), &stop).await;
    assert!(report.is_complete(), "{:?}", report.failures);
    for id in [&one, &two] {
        let left: Vec<String> = report.live[&group(id)].rules().iter().map(|rule| rule.permission.to_string()).collect();
        assert_eq!(left, ["egress all to 0.0.0.0/0"], "what EC2 puts into each group stays");
    }
    let seen = ec2.observe(&groups(&[&one, &two])).await.unwrap();
    assert_eq!(seen[&group(&one)], report.live[&group(&one)]);
}

#[tokio::test]
#[ignore = "needs an EC2 emulator at EMC_TEST_EC2_URL"]
async fn roles_are_assumed_one_after_the_other_and_see_only_their_account() {
    let url = std::env::var("EMC_TEST_EC2_URL").expect("EMC_TEST_EC2_URL is the address of an EC2 emulator, such as http://127.0.0.1:5000");
    let id = new_group(&url, "three").await;
    let role = |account: &str| AssumeRole {
        role_arn: format!("arn:aws:iam::{account}:role/network"),
        external_id: Some("given".to_owned()),
        ..AssumeRole::default()
    };
    let look = |roles: Vec<AssumeRole>| {
        let settings = Settings { assume_role: roles, sts_endpoint: Some(url.clone()), ..settings(&url) };
        let groups = groups(&[&id]);
        async move { Ec2::new(settings).observe(&groups).await.unwrap().into_values().next().unwrap() }
    };
    assert_eq!(look(vec![role("111111111111")]).await, Observed::Gone);
    assert_eq!(look(vec![role("111111111111"), role("123456789012")]).await.rules().len(), 1);
}

#[tokio::test]
#[ignore = "needs an EC2 emulator at EMC_TEST_EC2_URL"]
async fn a_customers_prefix_list_weighs_the_entries_that_it_may_have() {
    let url = std::env::var("EMC_TEST_EC2_URL").expect("EMC_TEST_EC2_URL is the address of an EC2 emulator, such as http://127.0.0.1:5000");
    let made = sdk(&url).create_managed_prefix_list().prefix_list_name("mine").max_entries(17).address_family("IPv4").send().await.unwrap();
    let mine: PrefixListId = made.prefix_list().and_then(|list| list.prefix_list_id()).unwrap().parse().unwrap();
    let missing: PrefixListId = "pl-00000000000000000".parse().unwrap();
    let weights = Ec2::new(settings(&url)).weigh(&BTreeSet::from([mine.clone(), missing])).await.unwrap();
    assert_eq!(weights, BTreeMap::from([(mine, Weight { entries: 17, family: Some(Family::Ipv4) })]));
}

async fn step(ec2: &Ec2, what: &str, job: &Job) -> Report {
    let began = std::time::Instant::now();
    let report = ec2.converge(job, &Stop::never()).await;
    eprintln!("{what}: {:?} in {:?}", report.done, began.elapsed());
    report
}

async fn assert_idle(ec2: &Ec2, job: &Job) {
    let report = ec2.converge(job, &Stop::never()).await;
    assert_complete(&report, job);
    assert_eq!(report.done, Done::default(), "a second pass finds nothing to do");
}

async fn new_group(url: &str, name: &str) -> String {
    let client = sdk(url);
    let vpc = client.create_vpc().cidr_block("10.0.0.0/16").send().await.unwrap();
    let vpc = vpc.vpc().and_then(|vpc| vpc.vpc_id()).unwrap().to_owned();
    let group = client.create_security_group().group_name(name).description(name).vpc_id(vpc).send().await.unwrap();
    group.group_id().unwrap().to_owned()
}

fn sdk(url: &str) -> aws_sdk_ec2::Client {
    let http =
        aws_smithy_http_client::Builder::new().tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc)).build_https();
    let config = aws_sdk_ec2::Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(http)
        .endpoint_url(url)
        .build();
    aws_sdk_ec2::Client::from_conf(config)
}
