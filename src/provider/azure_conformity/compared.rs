//! One group: what is wanted of it against its rules and Azure's own, in the words in which firewalls are judged.

use std::collections::{BTreeMap, BTreeSet};

use super::super::azure_rules::Asked;
use super::openings::{self, Names};
use crate::azure::fit::{self, Allowed, Fit, Near, fit};
use crate::azure::verdict::{Part, built_in_rules};
use crate::azure::{LiveRule, NsgId, Opening, PortSet, Protocol, SecurityRule, Side};
use crate::conformity::{Comparison, End, Excess, Firewall, Gap, Live, Met, Named, Peer, Traffic, Use, Wanted};
use crate::rule::Rule;

/// A group that was compared.
pub(super) struct Compared<'a> {
    pub(super) firewall: Firewall<'a>,
    /// How many of its rules are about hosts that nobody asked about.
    pub(super) elsewhere: usize,
}

/// Compares what is wanted of a group with its rules.
pub(super) fn compared<'a>(
    asked: &'a Asked,
    names: &Names,
    group: &NsgId,
    wanted: BTreeMap<Opening, Vec<&'a Rule>>,
    rules: &[LiveRule],
) -> Compared<'a> {
    let residents = asked.residents(group);
    let places: Vec<Side> = residents.iter().flat_map(|placement| asked.sides(placement)).collect();
    let directions = &asked.topology().policy.directions;
    let own = built_in_rules().into_iter().filter(|rule| directions.contains(&rule.opening.direction));
    let made: Vec<&LiveRule> = rules.iter().filter(|rule| openings::is_judged(asked, rule)).collect();
    let (mut live, mut all): (Vec<Live>, Vec<SecurityRule>) = (Vec::new(), Vec::new());
    for rule in &made {
        live.push(told(names, &rule.rule, named(rule)));
        all.push(rule.rule.clone());
    }
    for rule in own {
        live.push(told(names, &rule, named_own(&rule)));
        all.push(rule);
    }
    let (openings, rules): (Vec<Opening>, Vec<Vec<&Rule>>) = wanted.into_iter().unzip();
    let found = fit(&places, &openings, &asked.spared(group), &all);
    let elsewhere = found.live.iter().take(made.len()).filter(|used| **used == fit::Use::Elsewhere).count();
    let words = Words { names, wanted: &openings, live: &all, own_from: made.len() };
    let found = words.comparison(found);
    let wanted = openings.iter().zip(rules).map(|(opening, rules)| Wanted {
        traffic: first(openings::traffic(&opening.protocol, &opening.destination_ports)),
        peers: names.peers(opening.peer()),
        rules,
    });
    Compared { firewall: Firewall { residents, wanted: wanted.collect(), live, found }, elsewhere }
}

/// A line of the matrix has one range of ports.
fn first(traffic: Vec<Traffic>) -> Traffic {
    traffic.into_iter().next().unwrap_or(Traffic::Every)
}

fn told(names: &Names, rule: &SecurityRule, named: Named) -> Live {
    let opening = &rule.opening;
    let traffic = openings::traffic(&opening.protocol, &opening.destination_ports);
    Live { direction: opening.direction, traffic, peers: names.peers(opening.peer()), named }
}

fn named(rule: &LiveRule) -> Named {
    let (text, mark) = (rule.text(), rule.mark.as_ref());
    Named {
        words: format!("{} {}", rule.rule.priority, rule.rule.opening),
        id: rule.rule.name.clone(),
        owner: mark.map_or_else(|| "no mark".to_owned(), |mark| format!("of {}", mark.name)),
        description: (!text.is_empty()).then(|| text.to_owned()),
    }
}

fn named_own(rule: &SecurityRule) -> Named {
    let words = format!("{} {}", rule.priority, rule.opening);
    Named { words, id: rule.name.clone(), owner: "default rule of Azure".to_owned(), description: None }
}

/// What it takes to say what was found.
struct Words<'a> {
    names: &'a Names,
    wanted: &'a [Opening],
    live: &'a [SecurityRule],
    /// From which number on live rules are Azure's own.
    own_from: usize,
}

impl Words<'_> {
    fn comparison(&self, found: Fit) -> Comparison {
        let met = found.wanted.iter().zip(self.wanted).map(|(met, opening)| self.met(met, opening));
        let used = found.live.iter().enumerate().map(|(number, used)| self.used(used, number >= self.own_from));
        Comparison { wanted: met.collect(), live: used.collect() }
    }

    /// Tells whether a rule that denies says more than that nothing opens it.
    fn is_worth_naming(&self, number: usize) -> bool {
        let denies_all = |rule: &SecurityRule| {
            let Opening { protocol, destination_ports, .. } = &rule.opening;
            (protocol, destination_ports, rule.opening.peer()) == (&Protocol::Any, &PortSet::Any, &Side::Any)
        };
        self.live.get(number).is_some_and(|rule| !denies_all(rule))
    }

    fn met(&self, met: &fit::Met, opening: &Opening) -> Met {
        let gaps = met.gaps.iter().flat_map(|gap| {
            let closed_by = Some(gap.closed_by).filter(|number| self.is_worth_naming(*number));
            let (peers, local) = (self.peers(&gap.part.peer), self.peers(&gap.part.local));
            let is_whole = local == self.peers(std::slice::from_ref(opening.local()));
            let hosts = if is_whole { Vec::new() } else { local };
            traffic(&gap.part).into_iter().map(move |traffic| Gap { traffic, peers: peers.clone(), hosts: hosts.clone(), closed_by })
        });
        Met { gaps: gaps.collect(), partly: met.partly, unsure: met.gaps.iter().find_map(|gap| gap.unsure) }
    }

    fn used(&self, used: &fit::Use, is_own: bool) -> Use {
        match used {
            fit::Use::Denies | fit::Use::Elsewhere => Use::default(),
            // Each group has them, whether they change anything or not.
            fit::Use::Behind(_) if is_own => Use::default(),
            fit::Use::Behind(number) => Use { behind: Some(*number), ..Use::default() },
            fit::Use::Allows(allowed) => {
                let elsewhere = allowed.more.iter().find_map(|excess| match &excess.near {
                    Near::FarEnds(wanted) => wanted.first().copied(),
                    Near::Nothing | Near::Hosts(_) => None,
                });
                Use {
                    serves: allowed.serves.clone(),
                    more: self.more(allowed),
                    behind: allowed.beside.filter(|_| !is_own),
                    unsure: allowed.unsure,
                    elsewhere: elsewhere.filter(|_| allowed.serves.is_empty()),
                }
            }
        }
    }

    /// Returns what passes beyond what is wanted, touching ports as one.
    fn more(&self, allowed: &Allowed) -> Vec<Excess> {
        let mut ports: BTreeMap<(Protocol, End, Vec<Peer>), Vec<PortSet>> = BTreeMap::new();
        for excess in &allowed.more {
            let (end, sides): (End, Vec<Side>) = match &excess.near {
                Near::Nothing => (End::Far, Vec::new()),
                Near::FarEnds(wanted) => (End::Far, self.ends(wanted, Opening::peer)),
                Near::Hosts(wanted) => (End::Near, self.ends(wanted, Opening::local)),
            };
            for (protocol, set) in &excess.part.traffic {
                ports.entry((protocol.clone(), end, self.peers(&sides))).or_default().push(set.clone());
            }
        }
        let more = ports.into_iter().flat_map(|((protocol, end, beyond), sets)| {
            let traffic = joined(&protocol, sets);
            traffic.into_iter().map(move |traffic| Excess { traffic, beyond: beyond.clone(), end })
        });
        more.collect()
    }

    fn ends(&self, wanted: &[usize], end: fn(&Opening) -> &Side) -> Vec<Side> {
        wanted.iter().filter_map(|number| self.wanted.get(*number)).map(|opening| end(opening).clone()).collect()
    }

    fn peers(&self, sides: &[Side]) -> Vec<Peer> {
        let peers: BTreeSet<Peer> = sides.iter().flat_map(|side| self.names.peers(side)).collect();
        peers.into_iter().collect()
    }
}

fn traffic(part: &Part) -> Vec<Traffic> {
    part.traffic.iter().flat_map(|(protocol, ports)| openings::traffic(protocol, ports)).collect()
}

/// Returns the traffic of a protocol with ports of any of these sets.
fn joined(protocol: &Protocol, sets: Vec<PortSet>) -> Vec<Traffic> {
    let mut ranges = Vec::new();
    for set in &sets {
        match set {
            PortSet::Ranges(some) => ranges.extend(some.iter().copied()),
            PortSet::Any | PortSet::Other(_) => return openings::traffic(protocol, set),
        }
    }
    openings::traffic(protocol, &PortSet::of(ranges))
}
