//! Finds the openings that have something in common with one, without looking at all of them.
//!
//! Openings stand by direction and far end, and there by protocol in the order of their ports.

use std::collections::{BTreeMap, BTreeSet};

use super::opening::{Kind, Opening, Peer, Traffic};
use crate::net::{Cidr, Direction};

/// Openings by what a search asks for; they are numbers in the order in which they were given.
#[derive(Debug)]
pub(super) struct Index {
    by_peer: BTreeMap<(Direction, Peer), Shelf>,
    by_kind: BTreeMap<(Direction, Kind), Shelf>,
    /// Prefix lengths in use, IPv4 first.
    lengths: [BTreeSet<u8>; 2],
}

/// Openings of one far end, or of one kind of it.
#[derive(Debug, Default)]
struct Shelf {
    all: Vec<usize>,
    every: Vec<usize>,
    of: BTreeMap<u8, Ports>,
    other: BTreeMap<String, Vec<usize>>,
}

/// Ports of one protocol.
#[derive(Debug, Default)]
struct Ports {
    /// First port, last port and number, in this order.
    ranges: Vec<(u16, u16, usize)>,
    /// The highest last port up to here.
    reach: Vec<u16>,
}

impl Index {
    pub(super) fn new(openings: &[Opening]) -> Index {
        let mut index = Index { by_peer: BTreeMap::new(), by_kind: BTreeMap::new(), lengths: Default::default() };
        for (number, opening) in openings.iter().enumerate() {
            index.by_peer.entry((opening.direction, opening.peer.clone())).or_default().add(number, &opening.traffic);
            index.by_kind.entry((opening.direction, opening.peer.kind())).or_default().add(number, &opening.traffic);
            if let Peer::Block(block) = opening.peer {
                index.lengths_of(block).insert(block.prefix_len());
            }
        }
        index.by_peer.values_mut().chain(index.by_kind.values_mut()).for_each(Shelf::sort);
        index
    }

    /// Returns the openings that let through a packet which this one does, too, in their order.
    pub(super) fn meeting(&self, opening: &Opening) -> Vec<usize> {
        let mut found = Vec::new();
        for shelf in self.shelves(opening.direction, &opening.peer) {
            shelf.meeting(&opening.traffic, &mut found);
        }
        found.sort_unstable();
        found
    }

    /// Returns one opening for the same traffic whose far end is of another kind, so that the two cannot be compared.
    pub(super) fn incomparable(&self, opening: &Opening) -> Option<usize> {
        let kind = opening.peer.kind();
        let others = [Kind::Addresses, Kind::Group, Kind::List, Kind::Other].into_iter().filter(|other| *other != kind);
        let mut shelves = others.filter_map(|kind| self.by_kind.get(&(opening.direction, kind)));
        shelves.find_map(|shelf| shelf.one_meeting(&opening.traffic))
    }

    /// Returns one opening for the same traffic whose far end is of the same kind.
    pub(super) fn comparable(&self, opening: &Opening) -> Option<usize> {
        self.by_kind.get(&(opening.direction, opening.peer.kind()))?.one_meeting(&opening.traffic)
    }

    fn lengths_of(&mut self, block: Cidr) -> &mut BTreeSet<u8> {
        let [ipv4, ipv6] = &mut self.lengths;
        if block.is_ipv4() { ipv4 } else { ipv6 }
    }

    /// Returns what stands under far ends that may be the same as this one.
    fn shelves<'a>(&'a self, direction: Direction, peer: &Peer) -> Vec<&'a Shelf> {
        let at = |peer: Peer| self.by_peer.get(&(direction, peer));
        match peer {
            Peer::Anything => self.by_peer.iter().filter(|((its, _), _)| *its == direction).map(|(_, shelf)| shelf).collect(),
            Peer::Block(block) => {
                let [ipv4, ipv6] = &self.lengths;
                let lengths = if block.is_ipv4() { ipv4 } else { ipv6 };
                let wider = lengths.range(..block.prefix_len()).filter_map(|length| block.widened_to(*length));
                let mut found: Vec<&Shelf> = wider.map(Peer::Block).chain([Peer::Anything]).filter_map(at).collect();
                // Blocks are in the order of their first address: those inside of one come right behind it.
                let inside = self
                    .by_peer
                    .range((direction, peer.clone())..)
                    .take_while(|((its, other), _)| matches!(other, Peer::Block(other) if *its == direction && block.contains(*other)));
                found.extend(inside.map(|(_, shelf)| shelf));
                if block.prefix_len() == 0 {
                    let unlike = |peer: &Peer| !matches!(peer, Peer::Anything | Peer::Block(_));
                    found.extend(self.by_peer.iter().filter(|((its, peer), _)| *its == direction && unlike(peer)).map(|(_, shelf)| shelf));
                }
                found
            }
            Peer::Group(_) | Peer::List(_) | Peer::Other(_) => {
                let everywhere = Cidr::everything().into_iter().map(Peer::Block);
                [peer.clone(), Peer::Anything].into_iter().chain(everywhere).filter_map(at).collect()
            }
        }
    }
}

impl Shelf {
    fn add(&mut self, number: usize, traffic: &Traffic) {
        self.all.push(number);
        match traffic {
            Traffic::Every => self.every.push(number),
            Traffic::Of { protocol, first, last } => self.of.entry(*protocol).or_default().ranges.push((*first, *last, number)),
            Traffic::Other(text) => self.other.entry(text.clone()).or_default().push(number),
        }
    }

    fn sort(&mut self) {
        for ports in self.of.values_mut() {
            ports.ranges.sort_unstable();
            let mut reach = 0;
            for (_, last, _) in &ports.ranges {
                reach = reach.max(*last);
                ports.reach.push(reach);
            }
        }
    }

    fn meeting(&self, traffic: &Traffic, found: &mut Vec<usize>) {
        match traffic {
            Traffic::Every => return found.extend(&self.all),
            Traffic::Of { protocol, first, last } => {
                found.extend(self.of.get(protocol).into_iter().flat_map(|ports| ports.meeting(*first, *last)))
            }
            Traffic::Other(text) => found.extend(self.other.get(text).into_iter().flatten()),
        }
        found.extend(&self.every);
    }

    fn one_meeting(&self, traffic: &Traffic) -> Option<usize> {
        let own = match traffic {
            Traffic::Every => self.all.first().copied(),
            Traffic::Of { protocol, first, last } => self.of.get(protocol).and_then(|ports| ports.meeting(*first, *last).next()),
            Traffic::Other(text) => self.other.get(text).and_then(|all| all.first()).copied(),
        };
        own.or_else(|| self.every.first().copied())
    }
}

impl Ports {
    fn meeting(&self, first: u16, last: u16) -> impl Iterator<Item = usize> {
        let begun = self.ranges.partition_point(|(start, _, _)| *start <= last);
        let begun = self.ranges.get(..begun).unwrap_or_default().iter().rev();
        let reach = self.reach.get(..begun.len()).unwrap_or_default().iter().rev();
        // Nothing before one that no longer reaches so far does.
        begun
            .zip(reach)
            .take_while(move |(_, reach)| **reach >= first)
            .filter(move |((_, end, _), _)| *end >= first)
            .map(|((_, _, number), _)| *number)
    }
}
