//! The judge against a world where everything is known.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;

use super::area::Edge;
use super::ends::{Ends, Member, Zone};
use super::*;
use crate::azure::rule::tests::any;
use crate::net::Cidr;

fn cidr(text: &str) -> Cidr {
    text.parse().unwrap()
}

/// Reads `10.0.0.0/8`, `@web` for a group, `*`, or a tag.
pub(in crate::azure) fn side(text: &str) -> Side {
    match text.strip_prefix('@') {
        Some(group) => Side::groups([any::group(group)]).unwrap(),
        None if text == "*" => Side::Any,
        None if text.contains('/') => Side::prefixes(text.split(',').map(cidr)).unwrap(),
        None => Side::Tag(Tag::new(text)),
    }
}

/// Reads `in allow tcp 443 10.0.0.0/8 @core`.
pub(in crate::azure) fn opening(text: &str) -> Opening {
    let words: Vec<&str> = text.split(' ').collect();
    let [direction, access, protocol, port, source, destination] = words[..] else { panic!("{text}") };
    let protocols = [Protocol::Any, Protocol::Tcp, Protocol::Udp, Protocol::Icmp];
    Opening {
        direction: if direction == "in" { Direction::Ingress } else { Direction::Egress },
        access: if access == "allow" { Access::Allow } else { Access::Deny },
        protocol: protocols.into_iter().find(|one| one.as_str() == protocol).unwrap(),
        source: side(source),
        source_ports: PortSet::Any,
        destination: side(destination),
        destination_ports: if port == "*" { PortSet::Any } else { PortSet::of([(port.parse().unwrap(), port.parse().unwrap())]) },
    }
}

fn judge(rules: &[(&str, u16, &str)], asked: &str) -> (Outcome, Vec<String>) {
    let rules: Vec<SecurityRule> = rules
        .iter()
        .map(|(name, priority, text)| SecurityRule {
            name: (*name).to_owned(),
            description: None,
            priority: *priority,
            opening: opening(text),
        })
        .collect();
    let asked = opening(asked);
    let show = |verdict: Verdict<'_>| verdict.deciders().map(|decider| decider.name).collect::<Vec<_>>().join(" or ");
    let mut shown: Vec<String> = verdicts(rules.iter().map(Entry::of), &asked).into_iter().map(show).collect();
    shown.sort_unstable();
    (outcome(rules.iter().map(Entry::of), &asked), shown)
}

fn texts(shown: &[&str]) -> Vec<String> {
    shown.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn every_group_lets_the_virtual_network_in_and_everything_out() {
    assert_eq!(judge(&[], "in allow tcp 443 @web @core"), (Outcome::Allowed, texts(&["AllowVnetInBound"])));
    assert_eq!(judge(&[], "in allow tcp 443 10.1.0.0/16 @core"), (Outcome::Allowed, texts(&["AllowVnetInBound"])));
    assert_eq!(judge(&[], "in allow tcp 443 8.8.8.0/24 @core"), (Outcome::Mixed, texts(&["AllowVnetInBound", "DenyAllInBound"])));
    assert_eq!(judge(&[], "in allow tcp 443 Internet @core"), (Outcome::Denied, texts(&["DenyAllInBound"])));
    assert_eq!(judge(&[], "in allow tcp 443 AzureLoadBalancer @core").0, Outcome::Allowed);
    assert_eq!(
        judge(&[], "out allow tcp 443 @core 8.8.8.0/24"),
        (Outcome::Allowed, texts(&["AllowInternetOutBound", "AllowVnetOutBound"]))
    );
}

#[test]
fn the_lowest_number_decides_and_each_part_has_its_own_rule() {
    let rules = [
        ("late", 300, "in deny any * * *"),
        ("some", 200, "in allow tcp 443 10.0.0.0/8 @core"),
        ("other-way", 100, "out deny any * * *"),
        ("early", 100, "in deny tcp 443 10.1.0.0/16 *"),
    ];
    let (outcome, shown) = judge(&rules, "in allow tcp 443 10.0.0.0/8 @core");
    assert_eq!((outcome, shown), (Outcome::Mixed, texts(&["early", "some"])));
    assert_eq!(judge(&rules, "in allow tcp 80 10.0.0.0/8 @core"), (Outcome::Denied, texts(&["late"])));
    assert_eq!(judge(&rules, "in allow tcp 443 10.1.2.0/24 @core"), (Outcome::Denied, texts(&["early"])));
}

#[test]
fn who_is_in_a_group_is_not_guessed() {
    let rules = [
        ("web", 100, "in allow tcp 443 @web @core"),
        ("block", 200, "in deny tcp 443 10.0.0.0/8 @core"),
        ("rest", 300, "in deny any * * *"),
    ];
    assert_eq!(judge(&rules, "in allow tcp 443 10.1.0.0/16 @core"), (Outcome::Unsure, texts(&["web or block"])));
    assert_eq!(judge(&rules, "in allow tcp 443 @agents @core"), (Outcome::Unsure, texts(&["web or block or rest"])));
    assert_eq!(judge(&rules, "in allow tcp 443 Internet @core"), (Outcome::Denied, texts(&["rest"])), "nothing private comes from there");
    assert_eq!(judge(&rules, "in allow tcp 443 @web @core"), (Outcome::Allowed, texts(&["web"])));
}

#[test]
fn packets_without_ports_pass_only_where_all_ports_do() {
    let rules = [("ports", 100, "in deny any 443 * *")];
    assert_eq!(judge(&rules, "in allow icmp * @a @b"), (Outcome::Allowed, texts(&["AllowVnetInBound"])));
    assert_eq!(judge(&[("all", 100, "in deny any * * *")], "in allow icmp * @a @b"), (Outcome::Denied, texts(&["all"])));
    assert_eq!(judge(&rules, "in allow any 443 @a @b"), (Outcome::Denied, texts(&["ports"])));
    assert_eq!(judge(&rules, "in allow any * @a @b"), (Outcome::Mixed, texts(&["AllowVnetInBound", "ports"])));
}

#[test]
fn a_doubted_rule_shows_what_stands_behind_it() {
    let (deny, allow) = (opening("in deny any * * @core"), opening("in allow tcp 443 @web @core"));
    let entry = |name, priority, opening| Entry { name, priority, opening, doubted: priority == 100 };
    let verdicts = verdicts([entry("deny", 100, &deny), entry("allow", 200, &allow)], &allow);
    let names: Vec<Vec<&str>> = verdicts.iter().map(|verdict| verdict.deciders().map(|decider| decider.name).collect()).collect();
    assert_eq!(names, [["deny", "allow"]]);
}

/// A place that packets come from or go to, in a world where everything is known.
#[derive(Debug, Clone)]
struct Host {
    address: u128,
    zone: Zone,
    groups: Vec<&'static str>,
    in_storage: bool,
}

#[derive(Debug, Clone)]
struct Packet {
    protocol: Protocol,
    source: Host,
    source_port: u16,
    destination: Host,
    destination_port: u16,
}

fn covers(side: &Side, host: &Host) -> bool {
    match side {
        Side::Any => true,
        Side::Prefixes(blocks) => blocks.iter().any(|block| (block.span().0..=block.span().1).contains(&host.address)),
        Side::Groups(groups) => groups.iter().any(|group| host.groups.contains(&group.name())),
        Side::Tag(tag) if tag.is("VirtualNetwork") => host.zone == Zone::Network,
        Side::Tag(tag) if tag.is("Internet") => host.zone == Zone::Internet,
        Side::Tag(tag) if tag.is("Storage") => host.in_storage,
        Side::Tag(_) | Side::Other(_) => false,
    }
}

fn matches(opening: &Opening, packet: &Packet) -> bool {
    let has_port = matches!(packet.protocol, Protocol::Tcp | Protocol::Udp);
    let in_ports = |ports: &PortSet, port: u16| match ports {
        PortSet::Any => true,
        PortSet::Ranges(_) if opening.protocol == Protocol::Icmp => true,
        PortSet::Ranges(ranges) => has_port && ranges.iter().any(|(first, last)| (*first..=*last).contains(&port)),
        PortSet::Other(_) => false,
    };
    (opening.protocol == Protocol::Any || opening.protocol == packet.protocol)
        && covers(&opening.source, &packet.source)
        && covers(&opening.destination, &packet.destination)
        && in_ports(&opening.source_ports, packet.source_port)
        && in_ports(&opening.destination_ports, packet.destination_port)
}

fn decider(rules: &[SecurityRule], packet: &Packet, direction: Direction) -> String {
    let mut heeded: Vec<&SecurityRule> = rules.iter().filter(|rule| rule.opening.direction == direction).collect();
    heeded.sort_by_key(|rule| rule.priority);
    let within = packet.source.zone == Zone::Network && packet.destination.zone == Zone::Network;
    let default = match direction {
        Direction::Ingress if within => "AllowVnetInBound",
        Direction::Ingress => "DenyAllInBound",
        Direction::Egress if within => "AllowVnetOutBound",
        Direction::Egress if packet.destination.zone == Zone::Internet => "AllowInternetOutBound",
        Direction::Egress => "DenyAllOutBound",
    };
    heeded.iter().find(|rule| matches(&rule.opening, packet)).map_or(default, |rule| &rule.name).to_owned()
}

fn stands_in(ends: &Ends, host: &Host) -> bool {
    let addresses = if host.zone == Zone::Network { &ends.network } else { &ends.internet };
    let is_member = |member: &Member| match member {
        Member::Group(group) => host.groups.contains(&group.name()),
        Member::Tag(_, zone) => host.in_storage && *zone == host.zone,
        Member::Other(..) => false,
    };
    addresses.ipv4.contains(host.address) || ends.members.iter().any(is_member)
}

fn is_in(area: &Area, packet: &Packet) -> bool {
    let number = |protocol: &Protocol| match protocol {
        Protocol::Tcp => 1_u8,
        Protocol::Udp => 2,
        Protocol::Icmp | Protocol::Any | Protocol::Esp | Protocol::Ah | Protocol::Other(_) => 4,
    };
    let port = |port: u16| if packet.protocol == Protocol::Icmp { 65536 } else { u128::from(port) };
    area.0.iter().all(|edge| match edge {
        Edge::Protocols(bits) => bits & number(&packet.protocol) != 0,
        Edge::Source(ends) => stands_in(ends, &packet.source),
        Edge::Destination(ends) => stands_in(ends, &packet.destination),
        Edge::SourcePorts(ports) => ports.contains(port(packet.source_port)),
        Edge::DestinationPorts(ports) => ports.contains(port(packet.destination_port)),
    })
}

fn small_side(opaque: bool) -> BoxedStrategy<Side> {
    let block = (0..16_u8, 28..=32_u8, any::<bool>()).prop_map(|(last, length, public)| {
        let (shift, network) = (32 - length, if public { "8.8.8" } else { "10.0.0" });
        cidr(&format!("{network}.{}/{length}", u32::from(last) >> shift << shift))
    });
    let blocks = proptest::collection::vec(block, 1..3).prop_map(|blocks| Side::prefixes(blocks).unwrap());
    let zone = select(vec!["VirtualNetwork", "Internet"]).prop_map(|tag| Side::Tag(Tag::new(tag)));
    if !opaque {
        return prop_oneof![1 => Just(Side::Any), 4 => blocks, 1 => zone].boxed();
    }
    let groups = proptest::collection::btree_set(select(vec!["a", "b"]), 1..3)
        .prop_map(|names| Side::groups(names.into_iter().map(any::group)).unwrap());
    prop_oneof![1 => Just(Side::Any), 3 => blocks, 1 => zone, 3 => groups, 1 => Just(Side::Tag(Tag::new("Storage")))].boxed()
}

fn small_opening(opaque: bool) -> impl Strategy<Value = Opening> {
    let ports = || prop_oneof![Just(PortSet::Any), (0..4_u16, 0..3_u16).prop_map(|(first, more)| PortSet::of([(first, first + more)]))];
    let direction = prop_oneof![3 => Just(Direction::Ingress), 1 => Just(Direction::Egress)];
    let protocol = select(vec![Protocol::Any, Protocol::Tcp, Protocol::Udp, Protocol::Icmp]);
    let access = select(vec![Access::Allow, Access::Deny]);
    (direction, access, protocol, small_side(opaque), ports(), small_side(opaque), ports()).prop_map(
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

fn small_rules(opaque: bool) -> impl Strategy<Value = Vec<SecurityRule>> {
    proptest::collection::vec(small_opening(opaque), 0..6).prop_map(|openings| {
        let numbered = openings.into_iter().zip([300_u16, 100, 200, 600, 500, 400]);
        numbered.map(|(opening, priority)| SecurityRule { name: format!("r{priority}"), description: None, priority, opening }).collect()
    })
}

fn host() -> impl Strategy<Value = Host> {
    let groups = proptest::collection::btree_set(select(vec!["a", "b"]), 0..3);
    (0..16_u128, any::<bool>(), any::<bool>(), groups, any::<bool>()).prop_map(|(last, public, outside, groups, in_storage)| {
        let base = u128::from(u32::from_be_bytes(if public { [8, 8, 8, 0] } else { [10, 0, 0, 0] }));
        let zone = if public && outside { Zone::Internet } else { Zone::Network };
        // Members of groups are in the virtual network, and are no service of Azure.
        let groups: Vec<&str> = if zone == Zone::Network { groups.into_iter().collect() } else { Vec::new() };
        Host { address: base + last, zone, in_storage: in_storage && groups.is_empty(), groups }
    })
}

fn packet() -> impl Strategy<Value = Packet> {
    (select(vec![Protocol::Tcp, Protocol::Udp, Protocol::Icmp]), host(), 0..6_u16, host(), 0..6_u16).prop_map(
        |(protocol, source, source_port, destination, destination_port)| Packet {
            protocol,
            source,
            source_port,
            destination,
            destination_port,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn each_packet_finds_the_rule_that_looking_at_one_rule_after_the_other_finds(
        rules in small_rules(false),
        asked in small_opening(false),
        packets in proptest::collection::vec(packet(), 20),
    ) {
        let judged = judged(rules.iter().map(Entry::of), &asked, Groups::Together);
        for packet in packets {
            let found: Vec<&Verdict<'_>> = judged.iter().filter(|(area, _)| is_in(area, &packet)).map(|(_, verdict)| verdict).collect();
            if matches(&asked, &packet) {
                let [verdict] = found[..] else { return Err(TestCaseError::fail(format!("{} parts hold {packet:?}", found.len()))) };
                prop_assert!(verdict.perhaps.is_empty());
                prop_assert_eq!(verdict.by.name, decider(&rules, &packet, asked.direction));
            } else {
                prop_assert!(found.is_empty(), "{packet:?} was not asked about");
            }
        }
    }

    #[test]
    fn what_depends_on_unknown_addresses_is_told_as_perhaps(
        rules in small_rules(true),
        asked in small_opening(true),
        packets in proptest::collection::vec(packet(), 20),
    ) {
        let judged = judged(rules.iter().map(Entry::of), &asked, Groups::Together);
        let accesses: BTreeMap<&str, Access> = rules.iter().map(|rule| (rule.name.as_str(), rule.opening.access)).collect();
        let outcome = outcome(rules.iter().map(Entry::of), &asked);
        for packet in packets.iter().filter(|packet| matches(&asked, packet)) {
            let name = decider(&rules, packet, asked.direction);
            let found: Vec<&Verdict<'_>> = judged.iter().filter(|(area, _)| is_in(area, packet)).map(|(_, verdict)| verdict).collect();
            prop_assert!(!found.is_empty(), "nobody holds {packet:?}");
            for verdict in found {
                prop_assert!(verdict.deciders().any(|decider| decider.name == name), "{name} decides, not {verdict:?}");
            }
            let access = accesses.get(name.as_str()).copied().unwrap_or(if name.starts_with("Allow") { Access::Allow } else { Access::Deny });
            prop_assert!(outcome != Outcome::Allowed || access == Access::Allow);
            prop_assert!(outcome != Outcome::Denied || access == Access::Deny);
        }
    }
}
