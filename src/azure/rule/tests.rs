//! Openings: their words, their ports, what splits them; and strategies for any of them.

use std::collections::BTreeSet;

use super::*;
use crate::azure::id::AsgId;
use crate::azure::side::{Kind, Tag};

fn ends(groups: &[&str], prefixes: &[&str]) -> Ends {
    let group = |name: &&str| -> AsgId {
        let id = format!(
            "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/emc/providers/Microsoft.Network/applicationSecurityGroups/{name}"
        );
        id.parse().unwrap()
    };
    Ends { groups: groups.iter().map(group).collect(), prefixes: prefixes.iter().map(|text| text.parse().unwrap()).collect() }
}

fn between(direction: Direction, local: &Ends, peer: &Ends) -> Vec<String> {
    let openings = Opening::between(direction, net::Protocol::Tcp, &"443,8000-8001,8002".parse().unwrap(), local, peer);
    openings.iter().map(ToString::to_string).collect()
}

#[test]
fn ports_of_one_rule_are_joined_where_they_touch() {
    assert_eq!(PortSet::of([(443, 443), (80, 81), (82, 90)]).to_string(), "80-90,443");
    assert_eq!(PortSet::of([(0, 70), (60, 65535)]), PortSet::Any);
    assert_eq!(PortSet::of([(65535, 65535), (0, 0)]).entries(), 2);
}

#[test]
fn an_opening_names_both_ends_and_splits_where_an_end_is_of_two_kinds() {
    let (core, agents) = (ends(&["core"], &[]), ends(&["agents"], &["10.1.0.0/16", "10.2.0.0/16", "fd00::/64"]));
    let ingress = between(Direction::Ingress, &core, &agents);
    let expected = [
        "ingress tcp 443,8000-8002 from agents to core",
        "ingress tcp 443,8000-8002 from 10.1.0.0/16, 10.2.0.0/16 to core",
        "ingress tcp 443,8000-8002 from fd00::/64 to core",
    ];
    assert_eq!(ingress, expected);
    assert_eq!(between(Direction::Egress, &core, &agents).first().unwrap(), "egress tcp 443,8000-8002 from core to agents");
    assert_eq!(between(Direction::Ingress, &core, &Ends::default()), Vec::<String>::new());
}

#[test]
fn families_never_meet_in_one_rule() {
    let (local, peer) = (ends(&[], &["10.0.0.0/24", "fd00::/64"]), ends(&[], &["10.1.0.0/16", "fd01::/64"]));
    let expected = ["egress tcp 443,8000-8002 from 10.0.0.0/24 to 10.1.0.0/16", "egress tcp 443,8000-8002 from fd00::/64 to fd01::/64"];
    assert_eq!(between(Direction::Egress, &local, &peer), expected);
    let all = ends(&["a"], &["10.0.0.0/24", "fd00::/64"]);
    let openings = Opening::between(Direction::Ingress, net::Protocol::Udp, &"53".parse().unwrap(), &all, &all);
    assert_eq!(openings.len(), 7, "each kind with each, but for IPv4 with IPv6");
    let kinds: BTreeSet<(Kind, Kind)> = openings.iter().map(|opening| (opening.local().kind(), opening.peer().kind())).collect();
    assert_eq!(kinds.len(), 7, "so that names can tell them apart");
}

#[test]
fn what_is_unusual_shows() {
    let opening = Opening {
        source_ports: PortSet::of([(1024, 65535)]),
        ..Opening::facing(Direction::Egress, Access::Deny, Protocol::Any, Side::Any, Side::Tag(Tag::new(Tag::INTERNET)), PortSet::Any)
    };
    assert_eq!(opening.to_string(), "egress deny any from anywhere port 1024-65535 to Internet");
    assert!(opening.is_plain());
    assert!(!Opening { source: Side::Other("x".to_owned()), ..opening.clone() }.is_plain());
    assert!(!Opening { destination_ports: PortSet::Other("x".to_owned()), ..opening }.is_plain());
}

/// Strategies for rules, for the tests of everything that takes some.
pub(in crate::azure) mod any {
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;
    use crate::net::{Cidr, CidrError};

    /// Returns an application security group.
    pub(in crate::azure) fn group(name: &str) -> AsgId {
        ends(&[name], &[]).groups.into_iter().next().unwrap()
    }

    fn cidr(ipv4: bool) -> impl Strategy<Value = Cidr> {
        (0..4_u8, 0..4_u8, select(vec![8_u8, 16, 24, 32])).prop_map(move |(one, two, length)| {
            let text = if ipv4 { format!("10.{one}.{two}.0/{length}") } else { format!("fd0{one}:{two}::/{}", length * 2) };
            match text.parse::<Cidr>() {
                Ok(cidr) => cidr,
                Err(CidrError::HostBits { canonical, .. } | CidrError::NotCanonical { canonical, .. }) => canonical.parse().unwrap(),
                Err(error) => panic!("{error}"),
            }
        })
    }

    fn prefixes(ipv4: bool) -> impl Strategy<Value = Side> {
        proptest::collection::vec(cidr(ipv4), 1..4).prop_map(|blocks| Side::prefixes(blocks).unwrap())
    }

    fn groups() -> impl Strategy<Value = Side> {
        proptest::collection::btree_set(select(vec!["a", "b", "c"]), 1..3)
            .prop_map(|names| Side::groups(names.into_iter().map(group)).unwrap())
    }

    fn side() -> impl Strategy<Value = Side> {
        let tag = select(vec![Tag::VIRTUAL_NETWORK, Tag::INTERNET, Tag::LOAD_BALANCER, "Storage.WestEurope"]);
        prop_oneof![
            1 => Just(Side::Any),
            3 => prefixes(true),
            1 => prefixes(false),
            2 => groups(),
            1 => tag.prop_map(|name| Side::Tag(Tag::new(name))),
        ]
    }

    fn ports() -> impl Strategy<Value = PortSet> {
        let range = (0..20_u16, 0..3_u16).prop_map(|(first, more)| (first, first + more));
        prop_oneof![1 => Just(PortSet::Any), 3 => proptest::collection::vec(range, 1..4).prop_map(PortSet::of)]
    }

    /// Every form that we write.
    pub(in crate::azure) fn opening() -> impl Strategy<Value = Opening> {
        let direction = select(vec![Direction::Ingress, Direction::Egress]);
        let access = prop_oneof![4 => Just(Access::Allow), 1 => Just(Access::Deny)];
        let protocol =
            select(vec![Protocol::Any, Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::Esp, Protocol::Ah]);
        (direction, access, protocol, side(), ports(), side(), ports()).prop_map(
            |(direction, access, protocol, source, source_ports, destination, destination_ports)| Opening {
                direction,
                access,
                protocol,
                source,
                source_ports,
                destination,
                destination_ports,
            },
        )
    }

    /// Rules as one group can hold them: names and priorities are unique.
    pub(in crate::azure) fn rules(most: usize) -> impl Strategy<Value = Vec<SecurityRule>> {
        let priorities: Vec<u16> = (FIRST_PRIORITY..FIRST_PRIORITY + 40).collect();
        let one = (opening(), proptest::option::of("[a-z ]{1,20}"), any::<Index>());
        proptest::collection::vec(one, 0..most).prop_map(move |rules| {
            let mut free = priorities.clone();
            let numbered = rules.into_iter().enumerate().map(|(number, (opening, description, at))| SecurityRule {
                name: format!("rule-{number}"),
                description,
                priority: free.remove(at.index(free.len())),
                opening,
            });
            numbered.collect()
        })
    }
}
