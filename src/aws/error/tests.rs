//! Every error says what, where and what to do next.

use super::*;
use crate::aws::{Peer, PrefixListId};
use crate::net::{Direction, Protocol};

const GROUP: &str = "sg-00000000000000001";

#[test]
fn every_error_says_what_and_where_and_what_next() {
    let refused = |operation, code: &str| AwsError::Refused {
        call: call(operation),
        code: code.to_owned(),
        message: "its words".to_owned(),
        request_id: None,
    };
    let peer = Peer::Cidr("10.0.0.0/8".parse().unwrap());
    let clash = |holder| AwsError::Clash {
        group: group(),
        permission: Box::new(Permission::new(Direction::Ingress, Protocol::Tcp, "3389".parse().unwrap(), peer.clone())),
        rules: vec![RuleId::new("sgr-1"), RuleId::new("sgr-2")],
        holder,
    };
    let source = || -> Source { Arc::from(Box::<dyn Error + Send + Sync>::from("its cause")) };
    let mut elsewhere = call("DescribeSecurityGroupRules");
    elsewhere.endpoint = Some("http://127.0.0.1:9".to_owned());
    let cases = [
        (AwsError::NoRegion, "no AWS region is set", "AWS_REGION"),
        (
            AwsError::Settings { fault: "`access_key` is set without `secret_key`".to_owned() },
            "the AWS settings cannot be used: `access_key` is set without `secret_key`",
            "`aws` block",
        ),
        (
            AwsError::Credentials { call: call("DescribeSecurityGroupRules"), source: source() },
            "DescribeSecurityGroupRules for sg-00000000000000001 in eu-central-1: no AWS credentials could be obtained",
            "AWS_PROFILE",
        ),
        (
            AwsError::Unreachable { call: elsewhere, source: source() },
            "DescribeSecurityGroupRules for sg-00000000000000001 in eu-central-1: EC2 could not be reached",
            "`http://127.0.0.1:9`",
        ),
        (
            AwsError::Unreachable { call: call("DescribeSecurityGroupRules"), source: source() },
            "DescribeSecurityGroupRules for sg-00000000000000001 in eu-central-1: EC2 could not be reached",
            "`eu-central-1` is a region",
        ),
        (
            AwsError::Unanswered { call: call("RevokeSecurityGroupEgress"), source: source() },
            "RevokeSecurityGroupEgress for sg-00000000000000001 in eu-central-1: the answer was lost or could not be read",
            "again",
        ),
        (
            refused("AuthorizeSecurityGroupIngress", "AuthFailure"),
            "AuthorizeSecurityGroupIngress for sg-00000000000000001 in eu-central-1: EC2 answered `AuthFailure`: its words",
            "does not accept these keys",
        ),
        (
            refused("DescribeManagedPrefixLists", "UnauthorizedOperation"),
            "DescribeManagedPrefixLists for sg-00000000000000001 in eu-central-1: EC2 answered `UnauthorizedOperation`: its words",
            "Allow the IAM action `ec2:DescribeManagedPrefixLists` on the resource `*`.",
        ),
        (
            refused("ModifySecurityGroupRules", "UnauthorizedOperation"),
            "ModifySecurityGroupRules for sg-00000000000000001 in eu-central-1: EC2 answered `UnauthorizedOperation`: its words",
            "IAM action `ec2:ModifySecurityGroupRules`",
        ),
        (
            clash(Holder::Foreign),
            "sg-00000000000000001: `ingress tcp 3389 from 10.0.0.0/8` exists already as sgr-1, sgr-2, which this provider did not make",
            "delete sgr-1, sgr-2",
        ),
        (
            clash(Holder::Sibling("other".to_owned())),
            "sg-00000000000000001: `ingress tcp 3389 from 10.0.0.0/8` exists already as sgr-1, sgr-2, which belongs to the resource with \
             `name = \"other\"`",
            "leave the rule to `other`",
        ),
        (
            AwsError::GroupGone { group: group(), region: "eu-central-1".to_owned() },
            "sg-00000000000000001 does not exist in eu-central-1",
            "create_before_destroy",
        ),
        (
            AwsError::NotSettled { group: group(), region: "eu-central-1".to_owned(), left: 3, rounds: 5 },
            "sg-00000000000000001 in eu-central-1 does not hold what was written: 3 rules still differ after 5 rounds",
            "terraform plan",
        ),
        (
            AwsError::Stopped { groups: BTreeSet::from([group()]) },
            "stopped on request before sg-00000000000000001 was done",
            "terraform apply",
        ),
    ];
    for (error, text, advice) in cases {
        assert_eq!(error.to_string(), text);
        assert!(error.advice().contains(advice), "{text}: {}", error.advice());
        assert!(error.advice().ends_with('.'), "{}", error.advice());
    }
}

#[test]
fn every_known_code_has_its_own_advice() {
    let cases = [
        ("UnrecognizedClientException", "does not accept these keys"),
        ("ExpiredToken", "sign in again"),
        ("OptInRequired", "Enable the region `eu-central-1`"),
        ("RequestLimitExceeded", "throttling"),
        ("RulesPerSecurityGroupLimitExceeded", "L-0EA8095F"),
        ("InvalidGroup.NotFound", "does not exist in this region"),
        ("InvalidGroupId.Malformed", "not its name"),
        ("InvalidPrefixListID.NotFound", "prefix list"),
        ("InvalidPermission.Duplicate", "takes for the same"),
        ("InvalidSecurityGroupRuleId.NotFound", "vanished"),
        ("InternalError", "Health Dashboard"),
        ("SomethingNew", "refused `AuthorizeSecurityGroupIngress`"),
    ];
    for (code, advice) in cases {
        let given = advice_on_code(&call("AuthorizeSecurityGroupIngress"), code);
        assert!(given.contains(advice), "{code}: {given}");
    }
}

#[test]
fn a_group_behind_no_connection_is_told_from_one_that_does_not_exist() {
    let refused = |message: &str| AwsError::Refused {
        call: call("AuthorizeSecurityGroupIngress"),
        code: "InvalidGroup.NotFound".to_owned(),
        message: message.to_owned(),
        request_id: None,
    };
    let networks = refused("You have specified two resources that belong to different networks.");
    assert!(networks.advice().contains("peer them in one region"), "{}", networks.advice());
    assert!(refused("The security group 'sg-1' does not exist").advice().contains("does not exist in this region"));
}

#[test]
fn many_groups_are_counted_rather_than_named() {
    let mut call = call("DescribeSecurityGroupRules");
    call.groups = (1..=4).map(|number| format!("sg-{number:017x}").parse().unwrap()).collect();
    assert_eq!(call.to_string(), "DescribeSecurityGroupRules for 4 groups in eu-central-1");
}

#[test]
fn err_ids_say_what_an_id_looks_like() {
    let refusal = |text: &str| text.parse::<SecurityGroupId>().unwrap_err().to_string();
    for text in ["", "sg-", "sg-1234567", "sg-0123456789ABCDEF0", "web", "vpc-12345678", " sg-12345678", "123456789012/sg-12345678"] {
        assert_eq!(refusal(text), format!("`{text}` is not a security group id; write one such as `sg-0123456789abcdef0`"));
    }
    assert_eq!(
        "pl-x".parse::<PrefixListId>().unwrap_err().to_string(),
        "`pl-x` is not a prefix list id; write one such as `pl-0123456789abcdef0`"
    );
    for text in ["sg-12345678", "sg-0123456789abcdef0"] {
        assert_eq!(text.parse::<SecurityGroupId>().unwrap().to_string(), text);
    }
}

#[test]
fn permissions_read_as_a_network_engineer_says_them() {
    let egress = |number, peer| Permission::of_protocol(Direction::Egress, number, peer).to_string();
    let everywhere = Peer::Cidr("0.0.0.0/0".parse().unwrap());
    assert_eq!(egress(2, Peer::Cidr("224.0.0.2/32".parse().unwrap())), "egress protocol 2 to 224.0.0.2/32");
    assert_eq!(egress(1, Peer::Group(group().into())), "egress icmp to sg-00000000000000001");
    let all = Permission { direction: Direction::Egress, traffic: crate::aws::Traffic::All, peer: everywhere };
    assert_eq!(all.to_string(), "egress all to 0.0.0.0/0");
    assert!(all.is_allow_all_egress());
    let list = Peer::PrefixList("pl-12345678".parse().unwrap());
    let range = Permission::new(Direction::Ingress, Protocol::Udp, "3000-3010".parse().unwrap(), list);
    assert_eq!(range.to_string(), "ingress udp 3000-3010 from pl-12345678");
    assert!(!range.is_allow_all_egress());
}

fn call(operation: &'static str) -> Box<Call> {
    Box::new(Call { operation, groups: BTreeSet::from([group()]), region: "eu-central-1".to_owned(), endpoint: None })
}

fn group() -> SecurityGroupId {
    GROUP.parse().unwrap()
}
