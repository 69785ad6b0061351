//! From EC2's rules to openings that can be compared, and their names.

use std::collections::{BTreeMap, BTreeSet};

use super::super::aws_rules::Asked;
use crate::aws::{self, LiveRule, Permission};
use crate::conformity::{Named, Opening, Peer, Traffic};
use crate::net::Protocol;
use crate::topology::PlacementName;

/// ICMP has a type and a code where others have ports: 256 numbers for each type.
const CODES: u16 = 256;

/// IANA's numbers of the protocols that EC2 has names for.
const ICMP: u8 = 1;
const ICMPV6: u8 = 58;

/// Returns what a rule opens.
pub(super) fn opening(permission: &Permission) -> Opening {
    Opening { direction: permission.direction, traffic: traffic(&permission.traffic), peer: peer(&permission.peer) }
}

/// Returns a live rule with what a reader asks about it.
pub(super) fn live(rule: &LiveRule) -> (Opening, Named) {
    let named = Named {
        words: rule.permission.to_string(),
        id: rule.id.as_str().to_owned(),
        owner: rule.mark.as_ref().map_or_else(|| "no mark".to_owned(), |mark| format!("of {}", mark.name)),
        description: rule.description.clone(),
    };
    (opening(&rule.permission), named)
}

/// Returns the placements of each group, of those that are not judged, too.
pub(super) fn groups(asked: &Asked) -> BTreeMap<String, BTreeSet<PlacementName>> {
    let mut groups: BTreeMap<String, BTreeSet<PlacementName>> = BTreeMap::new();
    for (placement, peers) in homes(asked) {
        for peer in peers {
            if let Peer::Group(id) = peer {
                groups.entry(id).or_default().insert(placement.clone());
            }
        }
    }
    groups
}

/// Returns where each placement is.
pub(super) fn homes(asked: &Asked) -> BTreeMap<PlacementName, Vec<Peer>> {
    asked.homes().into_iter().map(|(placement, peers)| (placement.clone(), peers.iter().map(peer).collect())).collect()
}

fn traffic(traffic: &aws::Traffic) -> Traffic {
    match traffic {
        aws::Traffic::All => Traffic::Every,
        aws::Traffic::Tcp { first, last } => ports(Protocol::Tcp, *first, *last),
        aws::Traffic::Udp { first, last } => ports(Protocol::Udp, *first, *last),
        aws::Traffic::Icmp { kind, code } => icmp(ICMP, *kind, *code),
        aws::Traffic::Icmpv6 { kind, code } => icmp(ICMPV6, *kind, *code),
        aws::Traffic::Number(number) => Traffic::whole(*number),
        aws::Traffic::Other(text) => Traffic::Other(text.clone()),
    }
}

/// Nobody listens on port 0: a rule from 0 opens what one from 1 does.
fn ports(protocol: Protocol, first: u16, last: u16) -> Traffic {
    match crate::net::PortRange::new(first.max(1), last.max(1)) {
        Ok(ports) => Traffic::ports(protocol, ports),
        Err(_) => Traffic::Other(format!("{protocol} {first}-{last}")),
    }
}

fn icmp(protocol: u8, kind: Option<u8>, code: Option<u8>) -> Traffic {
    let Some(kind) = kind else { return Traffic::whole(protocol) };
    let begin = u16::from(kind) * CODES;
    let (first, last) = match code {
        Some(code) => (begin + u16::from(code), begin + u16::from(code)),
        None => (begin, begin + (CODES - 1)),
    };
    Traffic::Of { protocol, first, last }
}

fn peer(peer: &aws::Peer) -> Peer {
    match peer {
        aws::Peer::Cidr(block) => Peer::Block(*block),
        aws::Peer::Group(group) => Peer::Group(group.id.as_str().to_owned()),
        aws::Peer::PrefixList(list) => Peer::List(list.as_str().to_owned()),
        aws::Peer::Other(text) => Peer::Other(text.clone()),
    }
}
