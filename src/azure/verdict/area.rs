//! What an opening covers, as a product of sets: protocols, and for each side its ends and ports. A rule parts it.

use crate::azure::rule::{Opening, PortSet, Protocol};

use super::ends::{Ends, Groups, Parted};
use super::ranges::Ranges;

/// Protocols that have ports, and those that do not, as sets of bits.
const WITH_PORTS: u8 = TCP | UDP;
const WITHOUT_PORTS: u8 = ICMP | ESP | AH | OTHER;

pub(super) const TCP: u8 = 1;
pub(super) const UDP: u8 = 2;
pub(super) const ICMP: u8 = 4;
pub(super) const ESP: u8 = 8;
pub(super) const AH: u8 = 16;
pub(super) const OTHER: u8 = 32;

/// Stands for the port of a packet that has none; only all ports contain it.
pub(super) const NO_PORT: u128 = u16::MAX as u128 + 1;

/// A product of sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::azure) struct Area(pub(super) Vec<Edge>); // INVARIANT: one of each kind, those first that tell rules apart soonest; none empty

/// One of the sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Edge {
    Protocols(u8),
    Source(Ends),
    SourcePorts(Ranges),
    Destination(Ends),
    DestinationPorts(Ranges),
}

/// An area, parted by a rule that touches it.
pub(super) struct Split {
    /// What the rule does not match.
    pub(super) untouched: Vec<Area>,
    /// What it perhaps matches.
    pub(super) perhaps: Vec<Area>,
    /// What it surely matches.
    pub(super) sure: Option<Area>,
}

/// A set, parted by one member of a rule.
struct Cut {
    sure: Edge,
    may: Edge,
    perhaps: Edge,
    not: Edge,
}

impl Area {
    /// Returns what an opening covers: the protocols that have ports apart from those without.
    pub(in crate::azure) fn of(opening: &Opening) -> Vec<Area> {
        let protocols = bits(&opening.protocol);
        let area = |protocols: u8, of_them: &Ranges| {
            Area(vec![
                Edge::Protocols(protocols),
                Edge::DestinationPorts(ranges(opening, &opening.destination_ports).and(of_them)),
                Edge::SourcePorts(ranges(opening, &opening.source_ports).and(of_them)),
                Edge::Source(Ends::of(&opening.source)),
                Edge::Destination(Ends::of(&opening.destination)),
            ])
        };
        let with_ports = area(protocols & WITH_PORTS, &Ranges::new([(0, NO_PORT - 1)]));
        let without_ports = area(protocols & WITHOUT_PORTS, &Ranges::new([(NO_PORT, NO_PORT)]));
        [with_ports, without_ports].into_iter().filter(|area| !area.is_empty()).collect()
    }

    fn is_empty(&self) -> bool {
        self.0.iter().any(Edge::is_empty)
    }

    /// Parts this area by whether a rule matches what is in it; nothing if the rule surely matches none of it.
    pub(super) fn split(&self, rule: &Opening, groups: Groups) -> Option<Split> {
        if self.0.iter().any(|edge| edge.misses(rule)) {
            return None;
        }
        let mut cuts = Vec::with_capacity(self.0.len());
        for edge in &self.0 {
            let cut = edge.cut(rule, groups);
            if cut.may.is_empty() {
                return None;
            }
            cuts.push(cut);
        }
        let list = |pick: fn(&Cut) -> &Edge| cuts.iter().map(pick).cloned().collect::<Vec<Edge>>();
        let (sure, may, perhaps, not) = (list(|cut| &cut.sure), list(|cut| &cut.may), list(|cut| &cut.perhaps), list(|cut| &cut.not));
        let all_sure = Area(sure.clone());
        Some(Split {
            untouched: peel(&may, &not, &self.0),
            perhaps: peel(&sure, &perhaps, &may),
            sure: (!all_sure.is_empty()).then_some(all_sure),
        })
    }
}

/// Returns areas that have nothing in common: in each, one edge is of `odd`, those before it of `before`, those behind it of `behind`.
fn peel(before: &[Edge], odd: &[Edge], behind: &[Edge]) -> Vec<Area> {
    let area = |at: usize| {
        let edges = before.iter().take(at).chain(odd.iter().skip(at).take(1)).chain(behind.iter().skip(at + 1));
        Area(edges.cloned().collect())
    };
    (0..odd.len()).map(area).filter(|area| !area.is_empty()).collect()
}

impl Edge {
    fn is_empty(&self) -> bool {
        match self {
            Edge::Protocols(bits) => *bits == 0,
            Edge::Source(ends) | Edge::Destination(ends) => ends.is_empty(),
            Edge::SourcePorts(ports) | Edge::DestinationPorts(ports) => ports.is_empty(),
        }
    }

    /// Tells whether a rule surely has nothing of it, as far as that is seen at a glance: most rules of a list are about other ports.
    fn misses(&self, rule: &Opening) -> bool {
        let (ours, theirs) = match self {
            Edge::Protocols(ours) => return ours & bits(&rule.protocol) == 0,
            Edge::Source(_) | Edge::Destination(_) => return false,
            Edge::SourcePorts(ours) => (ours, &rule.source_ports),
            Edge::DestinationPorts(ours) => (ours, &rule.destination_ports),
        };
        match theirs {
            PortSet::Ranges(theirs) if bits(&rule.protocol) & WITH_PORTS != 0 => {
                let meets =
                    |(first, last): &(u16, u16)| ours.iter().any(|(from, to)| from <= u128::from(*last) && u128::from(*first) <= to);
                !theirs.iter().any(meets)
            }
            PortSet::Any | PortSet::Ranges(_) | PortSet::Other(_) => false,
        }
    }

    fn cut(&self, rule: &Opening, groups: Groups) -> Cut {
        match self {
            Edge::Protocols(ours) => {
                let (both, rest) = (ours & bits(&rule.protocol), ours & !bits(&rule.protocol));
                let in_doubt = matches!(rule.protocol, Protocol::Other(_));
                let (sure, perhaps) = if in_doubt { (0, both) } else { (both, 0) };
                let [sure, may, perhaps, not] = [sure, both, perhaps, rest].map(Edge::Protocols);
                Cut { sure, may, perhaps, not }
            }
            Edge::Source(ours) => cut_ends(ours.part(&rule.source, groups), Edge::Source),
            Edge::Destination(ours) => cut_ends(ours.part(&rule.destination, groups), Edge::Destination),
            Edge::SourcePorts(ours) => cut_ports(ours, rule, &rule.source_ports, Edge::SourcePorts),
            Edge::DestinationPorts(ours) => cut_ports(ours, rule, &rule.destination_ports, Edge::DestinationPorts),
        }
    }
}

fn cut_ends(parted: Parted, edge: fn(Ends) -> Edge) -> Cut {
    let Parted { sure, perhaps, not } = parted;
    Cut { may: edge(sure.or(&perhaps)), sure: edge(sure), perhaps: edge(perhaps), not: edge(not) }
}

fn cut_ports(ours: &Ranges, rule: &Opening, ports: &PortSet, edge: fn(Ranges) -> Edge) -> Cut {
    let theirs = ranges(rule, ports);
    let (both, rest) = (ours.and(&theirs), ours.without(&theirs));
    let in_doubt = matches!(ports, PortSet::Other(_));
    let (sure, perhaps) = if in_doubt { (Ranges::default(), both.clone()) } else { (both.clone(), Ranges::default()) };
    Cut { sure: edge(sure), may: edge(both), perhaps: edge(perhaps), not: edge(rest) }
}

fn bits(protocol: &Protocol) -> u8 {
    match protocol {
        Protocol::Any => WITH_PORTS | WITHOUT_PORTS,
        Protocol::Tcp => TCP,
        Protocol::Udp => UDP,
        Protocol::Icmp => ICMP,
        Protocol::Esp => ESP,
        Protocol::Ah => AH,
        Protocol::Other(_) => OTHER,
    }
}

/// Returns the ports of one side of an opening; they mean nothing where its protocol has none.
fn ranges(opening: &Opening, ports: &PortSet) -> Ranges {
    match ports {
        PortSet::Ranges(ranges) if bits(&opening.protocol) & WITH_PORTS != 0 => {
            Ranges::new(ranges.iter().map(|(first, last)| (u128::from(*first), u128::from(*last))))
        }
        PortSet::Any | PortSet::Ranges(_) | PortSet::Other(_) => Ranges::new([(0, NO_PORT)]),
    }
}
