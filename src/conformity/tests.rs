//! Openings as sets of packets, against a model that counts packets one by one, and what the findings read like.

mod findings;
mod size;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Comparison, Opening, Peer, Traffic, compare};
use crate::net::{Cidr, Direction};

/// `ingress tcp 29000-30000 10.0.0.0/8`; the far end may be `sg-…`, `pl-…`, `anything`, protocol and ports `all`.
pub(super) fn opening(text: &str) -> Opening {
    let words: Vec<&str> = text.split(' ').collect();
    let direction = if words[0] == "ingress" { Direction::Ingress } else { Direction::Egress };
    let last = words[words.len() - 1];
    let peer = match last.split('-').next().unwrap() {
        "anything" => Peer::Anything,
        "sg" => Peer::Group(last.to_owned()),
        "pl" => Peer::List(last.to_owned()),
        _ => Peer::Block(last.parse().unwrap()),
    };
    let traffic = match words[1] {
        "all" => Traffic::Every,
        "igmp" => Traffic::whole(2),
        protocol => Traffic::ports(crate::net::Protocol::from_name(protocol).unwrap(), words[2].parse().unwrap()),
    };
    Opening { direction, traffic, peer }
}

fn openings(texts: &[&str]) -> Vec<Opening> {
    texts.iter().map(|text| opening(text)).collect()
}

fn compared(wanted: &[&str], live: &[&str]) -> Comparison {
    compare(&openings(wanted), &openings(live))
}

/// What is missing, as `number: traffic peers`.
fn gaps(found: &Comparison) -> Vec<String> {
    let gaps = found.wanted.iter().enumerate().flat_map(|(number, met)| met.gaps.iter().map(move |gap| (number, gap)));
    gaps.map(|(number, gap)| {
        let peers: Vec<String> = gap.peers.iter().map(ToString::to_string).collect();
        format!("{number}: {} {}", gap.traffic, peers.join(" "))
    })
    .collect()
}

/// What is more than wanted, as `number: traffic beyond peers`.
fn more(found: &Comparison) -> Vec<String> {
    let more = found.live.iter().enumerate().flat_map(|(number, used)| used.more.iter().map(move |excess| (number, excess)));
    more.map(|(number, excess)| {
        let beyond: Vec<String> = excess.beyond.iter().map(ToString::to_string).collect();
        format!("{number}: {} beyond {}", excess.traffic, beyond.join(" "))
    })
    .collect()
}

#[test]
fn a_wide_live_rule_covers_and_is_wider_by_the_rest() {
    let found = compared(&["ingress tcp 29091 10.20.0.0/16"], &["ingress tcp 29000-30000 10.20.0.0/16"]);
    assert_eq!(gaps(&found), [""; 0]);
    assert_eq!(more(&found), ["0: tcp 29000-29090 beyond ", "0: tcp 29092-30000 beyond "]);
    assert!(found.live[0].is_wider() && !found.live[0].is_extra());

    let found = compared(&["ingress tcp 29091 10.20.0.0/16"], &["ingress tcp 29091 10.0.0.0/8"]);
    assert_eq!(gaps(&found), [""; 0]);
    assert_eq!(more(&found), ["0: tcp 29091 beyond 10.20.0.0/16"]);
}

#[test]
fn several_live_rules_together_cover_one_wanted() {
    let halves = ["ingress tcp 3000-3005 10.20.0.0/17", "ingress tcp 3000-3005 10.20.128.0/17", "ingress tcp 3006-3010 10.20.0.0/16"];
    let found = compared(&["ingress tcp 3000-3010 10.20.0.0/16"], &halves);
    assert_eq!((gaps(&found), more(&found)), (vec![], vec![]));
    let found = compared(&["ingress tcp 3000-3010 10.20.0.0/16"], &halves[1..]);
    assert_eq!(gaps(&found), ["0: tcp 3000-3005 10.20.0.0/17"]);
    assert!(found.wanted[0].partly);
}

#[test]
fn several_wanted_together_use_one_live_rule() {
    let wanted = ["ingress tcp 1-9 10.0.0.0/9", "ingress tcp 10 10.0.0.0/8", "ingress tcp 1-9 10.128.0.0/9"];
    let found = compared(&wanted, &["ingress tcp 1-10 10.0.0.0/8"]);
    assert_eq!((gaps(&found), more(&found)), (vec![], vec![]));
    assert_eq!(found.live[0].serves, [0, 1, 2]);
}

#[test]
fn directions_protocols_and_families_are_apart() {
    let found =
        compared(&["ingress tcp 443 10.0.0.0/8"], &["egress tcp 443 10.0.0.0/8", "ingress udp 443 10.0.0.0/8", "ingress tcp 443 ::/0"]);
    assert_eq!(gaps(&found), ["0: tcp 443 10.0.0.0/8"]);
    assert!(found.live.iter().all(|used| used.is_extra()) && !found.wanted[0].partly);
}

#[test]
fn groups_and_lists_are_the_same_by_id_only() {
    let wanted = ["ingress tcp 443 sg-a", "ingress tcp 444 10.0.0.0/8", "ingress tcp 445 pl-a"];
    let found = compared(&wanted, &["ingress tcp 443 sg-a", "ingress tcp 444 10.0.0.0/8", "ingress tcp 445 pl-a"]);
    assert_eq!((gaps(&found), more(&found)), (vec![], vec![]));
    let found = compared(&wanted, &["ingress tcp 443 10.0.0.0/8", "ingress tcp 444 sg-a", "ingress tcp 445 pl-b"]);
    assert_eq!(gaps(&found), ["0: tcp 443 sg-a", "1: tcp 444 10.0.0.0/8", "2: tcp 445 pl-a"]);
    let unsure: Vec<Option<usize>> = found.wanted.iter().map(|met| met.unsure).collect();
    assert_eq!(unsure, [Some(0), Some(1), None], "members of a group may have addresses: that cannot be known");
    assert_eq!(found.live.iter().map(|used| used.unsure).collect::<Vec<_>>(), [Some(0), Some(1), None]);
}

#[test]
fn every_address_covers_groups_too() {
    let found = compared(&["egress tcp 1433 sg-db"], &["egress all 0.0.0.0/0"]);
    assert_eq!(gaps(&found), [""; 0]);
    assert_eq!(more(&found), ["0: every protocol beyond "]);
    assert!(found.live[0].is_wider());
    let found = compared(&["egress tcp 1433 sg-db"], &["egress tcp 1433 ::/0"]);
    assert_eq!(gaps(&found), ["0: tcp 1433 sg-db"], "members have IPv4 addresses as well");
    assert!(found.wanted[0].partly);
    let found = compared(&["ingress tcp 443 0.0.0.0/0"], &["ingress tcp 443 sg-a"]);
    assert_eq!(more(&found), [""; 0], "whoever is in the group is among everybody");
    let found =
        compared(&["ingress tcp 443 anything"], &["ingress tcp 443 ::/0", "ingress tcp 443 0.0.0.0/1", "ingress tcp 443 128.0.0.0/1"]);
    assert_eq!((gaps(&found), more(&found)), (vec![], vec![]));
}

#[test]
fn a_rule_behind_another_is_void() {
    let behind = |live: &[&str]| compared(&[], live).live.iter().map(|used| used.behind).collect::<Vec<_>>();
    assert_eq!(behind(&["egress tcp 443 10.0.0.0/8", "egress all 0.0.0.0/0", "egress tcp 1433 sg-db"]), [Some(1), None, Some(1)]);
    assert_eq!(behind(&["ingress tcp 443 10.20.0.0/16", "ingress tcp 400-500 10.0.0.0/8"]), [Some(1), None]);
    assert_eq!(
        behind(&["ingress tcp 443 10.20.0.0/16", "ingress tcp 443 10.20.0.0/16"]),
        [None, Some(0)],
        "of two equal ones the first stands"
    );
    assert_eq!(behind(&["ingress tcp 443 10.20.0.0/16", "ingress tcp 444 10.20.0.0/16"]), [None, None]);
    assert_eq!(behind(&["ingress igmp 10.0.0.0/8", "ingress all 10.0.0.0/8"]), [Some(1), None]);
}

#[test]
fn what_a_port_range_is_called() {
    let called = |protocol: u8, first: u16, last: u16| Traffic::Of { protocol, first, last }.to_string();
    assert_eq!(called(6, 1, 65535), "tcp");
    assert_eq!(called(17, 53, 53), "udp 53");
    assert_eq!(called(1, 0, 65535), "icmp");
    assert_eq!(called(1, 8 * 256, 8 * 256 + 255), "icmp type 8");
    assert_eq!(called(58, 3 * 256 + 4, 3 * 256 + 4), "icmpv6 type 3 code 4");
    assert_eq!(called(1, 0, 3 * 256 + 255), "icmp types 0-3");
    assert_eq!(called(2, 0, 65535), "protocol 2");
}

/// One packet of the model: direction, protocol, port, and who is at the far end.
type Packet = (Direction, u8, u16, Peer);

/// Ports and addresses of the model's world.
const PORTS: std::ops::RangeInclusive<u16> = 1..=6;

fn addresses() -> impl Iterator<Item = Cidr> {
    (0..16).map(|last| format!("10.0.0.{last}/32").parse().unwrap())
}

/// All packets of an opening in the model's world.
fn packets(opening: &Opening) -> BTreeSet<Packet> {
    let far_ends: Vec<Peer> = match &opening.peer {
        Peer::Block(block) => addresses().filter(|address| block.contains(*address)).map(Peer::Block).collect(),
        other @ (Peer::Anything | Peer::Group(_) | Peer::List(_) | Peer::Other(_)) => vec![other.clone()],
    };
    let mut packets = BTreeSet::new();
    for protocol in [6, 17] {
        for port in PORTS.filter(|port| opening.traffic.covers(&Traffic::Of { protocol, first: *port, last: *port })) {
            packets.extend(far_ends.iter().map(|peer| (opening.direction, protocol, port, peer.clone())));
        }
    }
    packets
}

fn union(openings: &[Opening]) -> BTreeSet<Packet> {
    openings.iter().flat_map(packets).collect()
}

fn any_opening() -> impl Strategy<Value = Opening> {
    let direction = prop_oneof![Just(Direction::Ingress), Just(Direction::Egress)];
    let ports = (prop_oneof![Just(6_u8), Just(17)], PORTS, PORTS);
    let ports = ports.prop_map(|(protocol, one, other)| Traffic::Of { protocol, first: one.min(other), last: one.max(other) });
    let traffic = prop_oneof![9 => ports, 1 => Just(Traffic::Every)];
    let block = (0_u8..16, 28_u8..=32).prop_map(|(last, length)| {
        let address: Cidr = format!("10.0.0.{last}/32").parse().unwrap();
        Peer::Block(address.widened_to(length).unwrap())
    });
    let id = prop_oneof![Just("a".to_owned()), Just("b".to_owned())];
    let peer = prop_oneof![6 => block, 1 => id.clone().prop_map(Peer::Group), 1 => id.prop_map(Peer::List)];
    (direction, traffic, peer).prop_map(|(direction, traffic, peer)| Opening { direction, traffic, peer })
}

fn any_openings() -> impl Strategy<Value = Vec<Opening>> {
    proptest::collection::vec(any_opening(), 0..7)
}

/// The packets that an excess speaks of.
fn packets_of_excess(live: &Opening, found: &Comparison, number: usize) -> BTreeSet<Packet> {
    let excess = found.live[number].more.iter().flat_map(|excess| {
        let of = |peer: &Peer| packets(&Opening { traffic: excess.traffic.clone(), peer: peer.clone(), ..live.clone() });
        let beyond: BTreeSet<Packet> = excess.beyond.iter().flat_map(of).collect();
        of(&live.peer).difference(&beyond).cloned().collect::<Vec<_>>()
    });
    excess.collect()
}

proptest! {
    #[test]
    fn what_is_missing_is_exactly_what_is_wanted_and_not_live(wanted in any_openings(), live in any_openings()) {
        let found = compare(&wanted, &live);
        let open = union(&live);
        for (opening, met) in wanted.iter().zip(&found.wanted) {
            // Parts of every protocol have no names: it is missing unless one rule for every protocol opens it.
            if opening.traffic == Traffic::Every {
                continue;
            }
            let missing: BTreeSet<Packet> = packets(opening).difference(&open).cloned().collect();
            let told = met.gaps.iter().flat_map(|gap| {
                gap.peers.iter().map(|peer| Opening { direction: opening.direction, traffic: gap.traffic.clone(), peer: peer.clone() })
            });
            let told: Vec<Opening> = told.collect();
            prop_assert_eq!(&union(&told), &missing, "{:?} of {:?}", told, opening);
            prop_assert_eq!(met.partly, !packets(opening).is_disjoint(&open));
        }
    }

    #[test]
    fn what_is_more_is_exactly_what_is_live_and_not_wanted(wanted in any_openings(), live in any_openings()) {
        let found = compare(&wanted, &live);
        let asked = union(&wanted);
        for (number, (opening, used)) in live.iter().zip(&found.live).enumerate() {
            let meeting: Vec<usize> =
                (0..wanted.len()).filter(|number| !packets(&wanted[*number]).is_disjoint(&packets(opening))).collect();
            prop_assert_eq!(&used.serves, &meeting);
            if opening.traffic == Traffic::Every {
                continue;
            }
            let unwanted: BTreeSet<Packet> = packets(opening).difference(&asked).cloned().collect();
            prop_assert_eq!(packets_of_excess(opening, &found, number), unwanted);
        }
    }

    #[test]
    fn what_is_behind_another_changes_nothing(live in any_openings()) {
        let found = compare(&[], &live);
        let void: BTreeSet<usize> = (0..live.len()).filter(|number| found.live[*number].behind.is_some()).collect();
        let rest: Vec<Opening> = live.iter().enumerate().filter(|(number, _)| !void.contains(number)).map(|(_, live)| live.clone()).collect();
        prop_assert_eq!(union(&rest), union(&live), "all of them together change nothing");
        for (number, used) in found.live.iter().enumerate() {
            let inside = |other: &usize| *other != number && packets(&live[number]).is_subset(&packets(&live[*other]));
            let is_inside = (0..live.len()).any(|other| inside(&other));
            if used.behind.is_none() && live[number].traffic != Traffic::Every {
                let equal_first = (0..live.len()).filter(inside).all(|other| packets(&live[other]) == packets(&live[number]));
                prop_assert!(!is_inside || equal_first, "{:?} is inside of another", live[number]);
            }
        }
    }

    #[test]
    fn what_is_wanted_and_live_needs_nothing(openings in any_openings()) {
        let found = compare(&openings, &openings);
        prop_assert!(found.wanted.iter().all(|met| met.gaps.is_empty()));
        prop_assert!(found.live.iter().all(|used| used.more.is_empty() && !used.is_extra()));
    }

    #[test]
    fn order_changes_nothing(wanted in any_openings(), live in any_openings()) {
        let forward = compare(&wanted, &live);
        let backward = compare(&reversed(&wanted), &reversed(&live));
        for (number, met) in forward.wanted.iter().enumerate() {
            let other = &backward.wanted[wanted.len() - 1 - number];
            prop_assert_eq!((&met.gaps, met.partly), (&other.gaps, other.partly));
        }
        for (number, used) in forward.live.iter().enumerate() {
            let other = &backward.live[live.len() - 1 - number];
            prop_assert_eq!(&used.more, &other.more);
            prop_assert_eq!(used.serves.len(), other.serves.len());
        }
    }
}

fn reversed(openings: &[Opening]) -> Vec<Opening> {
    openings.iter().rev().cloned().collect()
}
