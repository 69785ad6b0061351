//! Two sets of openings of one firewall against each other.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::opening::{Opening, Peer, Traffic};

/// What comparing found; everything in the order in which the openings were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// For each wanted opening, how far it is live.
    pub wanted: Vec<Met>,
    /// For each live opening, what it is good for.
    pub live: Vec<Use>,
}

/// How far a wanted opening is live.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Met {
    /// The parts of it that nothing live opens; none if it is wholly open.
    pub gaps: Vec<Gap>,
    /// Whether any of it is open.
    pub partly: bool,
    /// One of the live openings for this traffic whose far end is of another kind: whether they open some of the gap cannot be known.
    pub unsure: Option<usize>,
}

/// A part of a wanted opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Its traffic.
    pub traffic: Traffic,
    /// Its far ends.
    pub peers: Vec<Peer>,
    /// The hosts behind the firewall that it is about; none for all of them.
    pub hosts: Vec<Peer>,
    /// The live rule that denies it; nothing where only nothing opens it.
    pub closed_by: Option<usize>,
}

/// What a live opening is good for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Use {
    /// The wanted openings that it opens, wholly or in part.
    pub serves: Vec<usize>,
    /// The parts of it that nothing wants; none if all of it is wanted.
    pub more: Vec<Excess>,
    /// Another live opening that lets through all that this one does; of two equal ones, the first.
    pub behind: Option<usize>,
    /// One of the wanted openings for this traffic whose far end is of another kind: whether this one is meant for it cannot be known.
    pub unsure: Option<usize>,
    /// One of the wanted openings for this traffic with a far end of the same kind that is not this one's.
    pub elsewhere: Option<usize>,
}

/// A part of a live opening: one of its ends without those that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// Its traffic; of an opening for every protocol, whatever is not wanted.
    pub traffic: Traffic,
    /// For whom this traffic is wanted.
    pub beyond: Vec<Peer>,
    /// At which end they are.
    pub end: End,
}

/// An end of an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The far one.
    Far,
    /// The one that the firewall protects.
    Near,
}

impl Use {
    /// Tells whether no wanted opening needs it at all.
    pub fn is_extra(&self) -> bool {
        self.serves.is_empty() && !self.more.is_empty()
    }

    /// Tells whether it opens something wanted, and more.
    pub fn is_wider(&self) -> bool {
        !self.serves.is_empty() && !self.more.is_empty()
    }
}

/// Compares what is wanted of one firewall with what it lets through. The order of either changes nothing but the order of the result.
///
/// ```
/// use terraform_provider_emc::conformity::{Opening, Peer, Traffic, compare};
/// use terraform_provider_emc::net::{Direction, Protocol};
/// let opening = |ports: &str, block: &str| Opening {
///     direction: Direction::Ingress,
///     traffic: Traffic::ports(Protocol::Tcp, ports.parse().unwrap()),
///     peer: Peer::Block(block.parse().unwrap()),
/// };
/// let found = compare(&[opening("443", "10.20.0.0/16")], &[opening("400-500", "10.20.0.0/17"), opening("443", "10.20.128.0/17")]);
/// assert!(found.wanted[0].gaps.is_empty(), "two live openings together open it");
/// assert!(found.live[0].is_wider(), "400-442 and 444-500 are not wanted");
/// assert!(found.live[1].more.is_empty());
/// ```
pub fn compare(wanted: &[Opening], live: &[Opening]) -> Comparison {
    let (of_wanted, of_live) = (Index::new(wanted), Index::new(live));
    Comparison {
        wanted: wanted.iter().map(|opening| met(opening, live, &of_live)).collect(),
        live: live.iter().enumerate().map(|(number, opening)| usefulness(number, opening, wanted, &of_wanted, live, &of_live)).collect(),
    }
}

fn met(wanted: &Opening, live: &[Opening], of_live: &Index) -> Met {
    let near = of_live.meeting(wanted);
    let mut gaps: Vec<Gap> = Vec::new();
    for Segment { traffic, peers } in segments(&wanted.traffic, near.iter().filter_map(|number| live.get(*number))) {
        let peers = wanted.peer.without(&peers);
        match gaps.last_mut().filter(|last| last.peers == peers) {
            Some(last) if touches(&last.traffic, &traffic) => last.traffic = joined(&last.traffic, &traffic),
            Some(_) | None if peers.is_empty() => {}
            Some(_) | None => gaps.push(Gap { traffic, peers, hosts: Vec::new(), closed_by: None }),
        }
    }
    let unsure = if gaps.is_empty() { None } else { of_live.incomparable(wanted).filter(|number| !near.contains(number)) };
    Met { gaps, partly: !near.is_empty(), unsure }
}

fn usefulness(number: usize, opening: &Opening, wanted: &[Opening], of_wanted: &Index, live: &[Opening], of_live: &Index) -> Use {
    let serves = of_wanted.meeting(opening);
    let mut more: Vec<Excess> = Vec::new();
    for Segment { traffic, peers } in segments(&opening.traffic, serves.iter().filter_map(|number| wanted.get(*number))) {
        if opening.peer.is_within(&peers) {
            continue;
        }
        let beyond: Vec<Peer> = peers.into_iter().cloned().collect();
        match more.last_mut().filter(|last| last.beyond == beyond) {
            Some(last) if touches(&last.traffic, &traffic) => last.traffic = joined(&last.traffic, &traffic),
            Some(_) | None => more.push(Excess { traffic, beyond, end: End::Far }),
        }
    }
    let near = of_live.meeting(opening);
    let covers = |other: &usize| {
        let Some(one) = live.get(*other) else { return false };
        let wider = one.traffic.covers(&opening.traffic) && opening.peer.is_within(&[&one.peer]);
        // Of openings that cover each other, the first stands.
        wider && (*other < number || !(opening.traffic.covers(&one.traffic) && one.peer.is_within(&[&opening.peer])))
    };
    let behind = near.iter().copied().filter(|other| *other != number).find(covers);
    let (unsure, elsewhere) =
        if serves.is_empty() { (of_wanted.incomparable(opening), of_wanted.comparable(opening)) } else { (None, None) };
    Use { serves, more, behind, unsure, elsewhere }
}

/// A part of some traffic, with the far ends of all openings that let it through.
struct Segment<'a> {
    traffic: Traffic,
    peers: Vec<&'a Peer>,
}

/// Cuts traffic wherever another opening begins or ends; lowest ports first.
fn segments<'a>(traffic: &Traffic, others: impl Iterator<Item = &'a Opening>) -> Vec<Segment<'a>> {
    let others: Vec<&Opening> = others.collect();
    let whole: Vec<&Peer> = others.iter().filter(|other| other.traffic.covers(traffic)).map(|other| &other.peer).collect();
    let Traffic::Of { protocol, first, last } = *traffic else {
        // Parts of every protocol have no name: only what covers all of it counts.
        let peers: BTreeSet<&Peer> = whole.into_iter().collect();
        return vec![Segment { traffic: traffic.clone(), peers: peers.into_iter().collect() }];
    };
    // What lets through some of it only, by the port where it begins to, and by the one where it no longer does.
    let mut changes: Vec<(u32, bool, &Peer)> = Vec::new();
    for other in others.iter().filter(|other| !other.traffic.covers(traffic)) {
        if let Traffic::Of { first: begin, last: end, .. } = other.traffic {
            changes.push((u32::from(begin.max(first)), true, &other.peer));
            changes.push((u32::from(end.min(last)) + 1, false, &other.peer));
        }
    }
    changes.sort_unstable();
    // How many let it through here, by far end: several may have the same one.
    let mut active: BTreeMap<&Peer, usize> = BTreeMap::new();
    whole.into_iter().for_each(|peer| *active.entry(peer).or_default() += 1);
    let (mut here, mut found) = (u32::from(first), Vec::new());
    let end = (u32::from(last) + 1, false, &Peer::Anything);
    for (port, begins, peer) in changes.into_iter().chain([end]) {
        if let (Ok(first), Ok(last)) = (u16::try_from(here), u16::try_from(port.saturating_sub(1)))
            && here < port
        {
            found.push(Segment { traffic: Traffic::Of { protocol, first, last }, peers: active.keys().copied().collect() });
            here = port;
        }
        if begins {
            *active.entry(peer).or_default() += 1;
        } else if let Some(count) = active.get_mut(peer) {
            *count -= 1;
            if *count == 0 {
                active.remove(peer);
            }
        }
    }
    found
}

fn touches(lower: &Traffic, upper: &Traffic) -> bool {
    matches!((lower, upper), (Traffic::Of { last, .. }, Traffic::Of { first, .. }) if u32::from(*last) + 1 == u32::from(*first))
}

fn joined(lower: &Traffic, upper: &Traffic) -> Traffic {
    match (lower, upper) {
        (Traffic::Of { protocol, first, .. }, Traffic::Of { last, .. }) => Traffic::Of { protocol: *protocol, first: *first, last: *last },
        (Traffic::Of { .. } | Traffic::Every | Traffic::Other(_), _) => lower.clone(),
    }
}
