//! What EC2 reports becomes canonical, and comes back as it was written.

use aws_sdk_ec2::types::{IpPermission, ReferencedSecurityGroup, SecurityGroupRuleRequest};
use proptest::prelude::*;

use super::*;
use crate::aws::lower;
use crate::aws::permission::Traffic;

/// What EC2 reports of a rule that was written in this form.
fn reported(direction: Direction, request: &SecurityGroupRuleRequest) -> SecurityGroupRule {
    SecurityGroupRule::builder()
        .security_group_rule_id("sgr-1")
        .group_id("sg-00000000000000001")
        .is_egress(direction == Direction::Egress)
        .set_ip_protocol(request.ip_protocol().map(str::to_owned))
        .set_from_port(request.from_port())
        .set_to_port(request.to_port())
        .set_cidr_ipv4(request.cidr_ipv4().map(str::to_owned))
        .set_cidr_ipv6(request.cidr_ipv6().map(str::to_owned))
        .set_prefix_list_id(request.prefix_list_id().map(str::to_owned))
        .set_referenced_group_info(request.referenced_group_id().map(|id| ReferencedSecurityGroup::builder().group_id(id).build()))
        .set_description(request.description().map(str::to_owned))
        .build()
}

/// Takes a permission of `Authorize…` apart into the single rules that EC2 makes of it.
fn requests(permission: &IpPermission) -> Vec<SecurityGroupRuleRequest> {
    let base = || {
        SecurityGroupRuleRequest::builder()
            .set_ip_protocol(permission.ip_protocol().map(str::to_owned))
            .set_from_port(permission.from_port())
            .set_to_port(permission.to_port())
    };
    let text = |text: Option<&str>| text.map(str::to_owned);
    let ipv4 = permission.ip_ranges().iter().map(|one| base().set_cidr_ipv4(text(one.cidr_ip())).set_description(text(one.description())));
    let ipv6 =
        permission.ipv6_ranges().iter().map(|one| base().set_cidr_ipv6(text(one.cidr_ipv6())).set_description(text(one.description())));
    let groups = permission
        .user_id_group_pairs()
        .iter()
        .map(|one| base().set_referenced_group_id(text(one.group_id())).set_description(text(one.description())));
    let lists = permission
        .prefix_list_ids()
        .iter()
        .map(|one| base().set_prefix_list_id(text(one.prefix_list_id())).set_description(text(one.description())));
    ipv4.chain(ipv6).chain(groups).chain(lists).map(|request| request.build()).collect()
}

fn any_permission() -> impl Strategy<Value = Permission> {
    let ports = (any::<u16>(), any::<u16>()).prop_map(|(one, other)| (one.min(other), one.max(other)));
    let icmp = prop_oneof![
        Just((None, None)),
        any::<u8>().prop_map(|kind| (Some(kind), None)),
        any::<(u8, u8)>().prop_map(|(kind, code)| (Some(kind), Some(code)))
    ];
    let traffic = prop_oneof![
        Just(Traffic::All),
        ports.clone().prop_map(|(first, last)| Traffic::Tcp { first, last }),
        ports.prop_map(|(first, last)| Traffic::Udp { first, last }),
        icmp.clone().prop_map(|(kind, code)| Traffic::Icmp { kind, code }),
        icmp.prop_map(|(kind, code)| Traffic::Icmpv6 { kind, code }),
        any::<u8>().prop_map(Traffic::of_number),
    ];
    let ipv4 = (any::<u32>(), 0u8..=32).prop_map(|(bits, length)| format!("{}/{length}", std::net::Ipv4Addr::from(bits)));
    let ipv6 = (any::<u128>(), 0u8..=128).prop_map(|(bits, length)| format!("{}/{length}", std::net::Ipv6Addr::from(bits)));
    let peer = prop_oneof![
        prop_oneof![ipv4, ipv6].prop_map(|text| Peer::Cidr(cidr(&text).unwrap())),
        "sg-[0-9a-f]{17}".prop_map(|id| Peer::Group(id.parse().unwrap())),
        "pl-[0-9a-f]{8}".prop_map(|id| Peer::PrefixList(id.parse().unwrap())),
    ];
    (prop::sample::select(Direction::ALL.to_vec()), traffic, peer).prop_map(|(direction, traffic, peer)| Permission {
        direction,
        traffic,
        peer,
    })
}

proptest! {
    #[test]
    fn what_is_lowered_for_a_change_lifts_to_the_same(permission in any_permission(), text in "[a-z]{0,5}") {
        let request = lower::rule_request(&permission, &text).unwrap();
        let lifted = live_rule(&reported(permission.direction, &request)).unwrap();
        prop_assert_eq!(lifted.permission, permission);
        prop_assert_eq!(lifted.description.unwrap_or_default(), text);
    }

    #[test]
    fn what_is_lowered_for_a_batch_lifts_to_the_same(rules in prop::collection::btree_map(any_permission(), "[a-z]{1,5}", 0..20)) {
        for direction in Direction::ALL {
            let rules: BTreeMap<_, _> = rules.iter().filter(|(permission, _)| permission.direction == direction).collect();
            let lowered = lower::ip_permissions(rules.iter().map(|(permission, text)| (*permission, text.as_str())));
            let traffics: std::collections::BTreeSet<_> = rules.keys().map(|permission| &permission.traffic).collect();
            prop_assert_eq!(lowered.len(), traffics.len(), "one entry for each protocol and ports");
            let lifted: BTreeMap<_, _> = lowered
                .iter()
                .flat_map(requests)
                .map(|request| live_rule(&reported(direction, &request)).unwrap())
                .map(|rule| (rule.permission, rule.description.unwrap()))
                .collect();
            prop_assert_eq!(lifted.iter().collect::<BTreeMap<_, _>>(), rules);
        }
    }
}

#[test]
fn protocols_and_ports_are_canonical_however_they_are_reported() {
    let cases = [
        ("6", Some(443), Some(443), "tcp 443"),
        ("TCP", Some(0), Some(65535), "tcp 0-65535"),
        ("17", Some(1), Some(2), "udp 1-2"),
        ("udp", None, None, "udp 0-65535"),
        ("-1", None, None, "all"),
        ("-1", Some(0), Some(65535), "all"),
        ("1", Some(8), Some(-1), "icmp type 8"),
        ("icmp", Some(3), Some(4), "icmp type 3 code 4"),
        ("icmp", Some(-1), Some(-1), "icmp"),
        ("58", Some(-1), Some(-1), "icmpv6"),
        ("50", Some(0), Some(65535), "protocol 50"),
        ("2", None, None, "protocol 2"),
        ("foo", Some(1), Some(2), "foo 1 to 2"),
        ("tcp", Some(70000), Some(70001), "tcp 70000 to 70001"),
    ];
    for (protocol, from, to, expected) in cases {
        assert_eq!(traffic(protocol, from, to).to_string(), expected, "{protocol} {from:?} {to:?}");
    }
}

#[test]
fn peers_are_canonical_however_they_are_reported() {
    let rule =
        |change: fn(aws_sdk_ec2::types::builders::SecurityGroupRuleBuilder) -> aws_sdk_ec2::types::builders::SecurityGroupRuleBuilder| {
            peer(&change(SecurityGroupRule::builder()).build()).to_string()
        };
    assert_eq!(rule(|rule| rule.cidr_ipv4("100.68.0.18/18")), "100.68.0.0/18");
    assert_eq!(rule(|rule| rule.cidr_ipv6("2001:DB8::0/32")), "2001:db8::/32");
    assert_eq!(rule(|rule| rule.cidr_ipv4("nonsense")), "nonsense");
    assert_eq!(rule(|rule| rule.prefix_list_id("pl-1")), "pl-1");
    assert_eq!(rule(|rule| rule), "an unknown peer");
}

#[test]
fn a_group_is_told_with_its_account_where_that_is_another_and_with_what_became_of_it() {
    let group = |info: aws_sdk_ec2::types::builders::ReferencedSecurityGroupBuilder| {
        let rule = SecurityGroupRule::builder().group_owner_id("111111111111").referenced_group_info(info.group_id("sg-2").build()).build();
        let Peer::Group(group) = peer(&rule) else { panic!("no group: {rule:?}") };
        (group.to_string(), group.stale.map(|stale| stale.to_string()))
    };
    let info = ReferencedSecurityGroup::builder;
    let peered = || info().user_id("222222222222").vpc_id("vpc-2").vpc_peering_connection_id("pcx-1");
    let told = |group: &str, stale: Option<&str>| (group.to_owned(), stale.map(str::to_owned));
    assert_eq!(group(info()), told("sg-2", None));
    assert_eq!(group(info().user_id("111111111111")), told("sg-2", None));
    assert_eq!(group(info().user_id("111111111111").vpc_id("vpc-2").peering_status("active")), told("sg-2", None));
    assert_eq!(group(peered()), told("222222222222/sg-2", None));
    assert_eq!(group(peered().peering_status("active")), told("222222222222/sg-2", None));
    assert_eq!(group(peered().peering_status("deleted")), told("222222222222/sg-2", Some("the peering connection pcx-1 is `deleted`")));
    assert_eq!(
        group(info().user_id("222222222222").peering_status("expired")),
        told("222222222222/sg-2", Some("the peering connection is `expired`"))
    );
    assert_eq!(group(info().vpc_peering_connection_id("pcx-1").peering_status("active")), told("sg-2", Some("the group was deleted")));
}

#[test]
fn the_mark_is_read_from_both_tags() {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    assert_eq!(mark(&[tag("Name", "x")]), None);
    assert_eq!(mark(&[tag("emc:instance", "i1")]), None);
    let found = |tags: &[Tag]| mark(tags).map(|mark| (mark.name, mark.instance)).unwrap();
    assert_eq!(found(&[tag("emc:instance", "i1"), tag("emc:name", "core")]), ("core".to_owned(), "i1".to_owned()));
    assert_eq!(found(&[tag("emc:name", "core")]), ("core".to_owned(), String::new()));
}
