//! How far the rules of a group fit what is wanted of it: what does not pass, and what passes beyond it.
//!
//! The list is judged as a whole and in its order, rules that deny and Azure's own at its end among them: what counts is what passes, not
//! which rule lets it. Where a rule covers hosts that are known by other means (members of a group by their addresses), whether it does
//! so cannot be known, and is told apart. Network interfaces are taken to be in the groups that are meant and in no others. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::net::Direction;

use super::rule::{Access, Opening, PortSet, Protocol, SecurityRule};
use super::side::Side;
use super::verdict::{Area, Groups, Part, Sieve, sift};

#[cfg(test)]
mod tests;

/// What comparing found; everything in the order in which it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fit {
    /// For each wanted opening, how far it passes.
    pub wanted: Vec<Met>,
    /// For each live rule, what it is good for.
    pub live: Vec<Use>,
}

/// How far a wanted opening passes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Met {
    /// The parts of it that surely do not, or perhaps not.
    pub gaps: Vec<Gap>,
    /// Whether any of it surely passes.
    pub partly: bool,
}

/// A part of a wanted opening that does not surely pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The part.
    pub part: Part,
    /// The live rule that denies it, or perhaps does.
    pub closed_by: usize,
    /// A live rule that perhaps allows it before.
    pub unsure: Option<usize>,
}

/// What a live rule is good for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Use {
    /// It denies.
    Denies,
    /// It is not about hosts at the places that were asked about.
    Elsewhere,
    /// It decides nothing there: the rule of this number does so before it.
    Behind(usize),
    /// It lets pass.
    Allows(Allowed),
}

/// What a rule lets pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allowed {
    /// The wanted openings that it lets pass, wholly or in part.
    pub serves: Vec<usize>,
    /// The parts of it that nothing wants.
    pub more: Vec<Excess>,
    /// One of the wanted openings that perhaps want some of that.
    pub unsure: Option<usize>,
    /// A live rule behind it that would let all of it pass as well.
    pub beside: Option<usize>,
}

/// A part that passes and that nothing wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// The part.
    pub part: Part,
    /// What is wanted with the same traffic.
    pub near: Near,
}

/// What is wanted that is next to something which nothing wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Near {
    /// Nothing with this traffic, or the rule is for every traffic.
    Nothing,
    /// The same traffic with the same hosts, at other far ends: those of these wanted openings.
    FarEnds(Vec<usize>),
    /// The same traffic with the same far ends, for other hosts behind the group: those of these wanted openings.
    Hosts(Vec<usize>),
}

/// Compares what is wanted of hosts at these places with the rules of their group, Azure's own among them
/// ([`built_in_rules`](super::verdict::built_in_rules)).
///
/// What is `spared` need not pass, and is nobody's excess if it does.
pub fn fit(places: &[Side], wanted: &[Opening], spared: &[Opening], live: &[SecurityRule]) -> Fit {
    let mut order: Vec<(usize, &SecurityRule)> = live.iter().enumerate().collect();
    order.sort_by_key(|(_, rule)| rule.priority);
    let judge = Judge { places, wanted, spared, accesses: live.iter().map(|rule| rule.opening.access).collect(), order };
    let mut serves: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    let met = wanted.iter().enumerate().map(|(number, opening)| judge.met(number, opening, &mut serves)).collect();
    let decided: Vec<Decided> = live.iter().enumerate().map(|(number, rule)| judge.decided(number, rule)).collect();
    let is_behind = |number: usize| matches!(decided.get(number), Some(Decided::Not(_)));
    let uses = live.iter().zip(&decided).enumerate().map(|(number, (rule, decided))| match decided {
        Decided::Denies => Use::Denies,
        Decided::Elsewhere => Use::Elsewhere,
        Decided::Not(by) => Use::Behind(*by),
        Decided::Some(areas) => Use::Allows(Allowed {
            serves: serves.get(&number).into_iter().flatten().copied().collect(),
            beside: judge.beside(number, rule, areas, is_behind),
            ..judge.wants(rule, areas)
        }),
    });
    Fit { wanted: met, live: uses.collect() }
}

/// The parts of a rule that it decides, or perhaps does, for the hosts that were asked about.
enum Decided {
    Denies,
    Elsewhere,
    Not(usize),
    Some(Vec<Area>),
}

struct Judge<'a> {
    places: &'a [Side],
    wanted: &'a [Opening],
    spared: &'a [Opening],
    /// The live rules with their numbers, in the order in which they are heeded.
    order: Vec<(usize, &'a SecurityRule)>,
    /// What each live rule does, by its number.
    accesses: Vec<Access>,
}

impl Judge<'_> {
    /// Returns how far something wanted passes, and notes which rules surely let some of it.
    fn met(&self, number: usize, wanted: &Opening, serves: &mut BTreeMap<usize, BTreeSet<usize>>) -> Met {
        let mut met = Met::default();
        for (area, by, perhaps) in sift(Area::of(wanted), self.rules(wanted, |_| true), Groups::Apart).decided {
            let (allow, deny): (Vec<usize>, Vec<usize>) =
                perhaps.iter().copied().chain([by]).partition(|number| self.access(*number) == Access::Allow);
            match deny.first() {
                None => {
                    met.partly = true;
                    serves.entry(by).or_default().insert(number);
                }
                Some(closed_by) => met.gaps.push(Gap { part: area.part(wanted), closed_by: *closed_by, unsure: allow.first().copied() }),
            }
        }
        met
    }

    fn decided(&self, number: usize, rule: &SecurityRule) -> Decided {
        if rule.opening.access == Access::Deny {
            return Decided::Denies;
        }
        let here: Vec<Area> = self.places.iter().flat_map(|place| here(&rule.opening, place)).collect();
        if here.is_empty() {
            return Decided::Elsewhere;
        }
        let sifted = sift(here, self.rules(&rule.opening, |_| true), Groups::Apart);
        let mut before = None;
        let mut areas = Vec::new();
        for (area, by, perhaps) in sifted.decided {
            if by == number || perhaps.contains(&number) {
                areas.push(area);
            } else {
                before = before.or(Some(by));
            }
        }
        match before {
            Some(by) if areas.is_empty() => Decided::Not(by),
            Some(_) | None => Decided::Some(areas),
        }
    }

    /// Returns what of these parts of a rule is wanted.
    ///
    /// Of a rule for everything it is not said what is wanted next to it: that would be everything.
    fn wants(&self, rule: &SecurityRule, areas: &[Area]) -> Allowed {
        let is_for_everything = rule.opening.protocol == Protocol::Any && rule.opening.destination_ports == PortSet::Any;
        let mut allowed = Allowed::default();
        let near = |opening: &&Opening| opening.may_meet(&rule.opening);
        let wanted = self.wanted.iter().enumerate().filter(|(_, opening)| near(opening));
        let named = wanted.clone().map(|(number, opening)| Sieve { decider: Some(number), opening, doubted: false });
        let spared = self.spared.iter().filter(near).map(|opening| Sieve { decider: None, opening, doubted: false });
        let sifted = sift(areas.to_vec(), named.chain(spared), Groups::Apart);
        for (area, perhaps) in sifted.rest {
            allowed.unsure = allowed.unsure.or_else(|| perhaps.into_iter().flatten().next()).filter(|_| !is_for_everything);
            let part = area.part(&rule.opening);
            let near = if is_for_everything {
                Near::Nothing
            } else {
                near_to(&area, wanted.clone().filter(|(_, opening)| part.may_meet(opening)))
            };
            allowed.more.push(Excess { part, near });
        }
        allowed
    }

    /// Returns a rule that lets these parts pass as well, if they would pass without the rule of this number.
    fn beside(&self, number: usize, rule: &SecurityRule, areas: &[Area], is_behind: impl Fn(usize) -> bool) -> Option<usize> {
        let others = self.rules(&rule.opening, |other| other != number && !is_behind(other));
        let sifted = sift(areas.to_vec(), others, Groups::Apart);
        let passes = |by: usize, perhaps: &[usize]| perhaps.iter().chain([&by]).all(|number| self.access(*number) == Access::Allow);
        let all = sifted.decided.iter().all(|(_, by, perhaps)| passes(*by, perhaps));
        sifted.decided.first().filter(|_| all).map(|(_, by, _)| *by)
    }

    fn rules<'b>(&'b self, asked: &'b Opening, which: impl Fn(usize) -> bool + 'b) -> impl Iterator<Item = Sieve<'b, usize>> {
        let near = self.order.iter().filter(move |(number, rule)| which(*number) && rule.opening.may_meet(asked));
        near.map(|(number, rule)| Sieve { decider: *number, opening: &rule.opening, doubted: false })
    }

    fn access(&self, number: usize) -> Access {
        self.accesses.get(number).copied().unwrap_or(Access::Deny)
    }
}

/// Returns what is wanted with the traffic of an area: with its hosts, else with its far ends.
fn near_to<'a>(area: &Area, wanted: impl Iterator<Item = (usize, &'a Opening)> + Clone) -> Near {
    let like = |widened: &dyn Fn(&Opening) -> Opening| {
        let meets = |opening: &Opening| {
            let sifted = sift(vec![area.clone()], sieves([&widened(opening)].into_iter()), Groups::Apart);
            !sifted.decided.is_empty()
        };
        wanted.clone().filter(|(_, opening)| meets(opening)).map(|(number, _)| number).collect::<Vec<usize>>()
    };
    let facing = |opening: &Opening, local: &Side, peer: &Side| {
        let Opening { direction, access, protocol, destination_ports, .. } = opening.clone();
        Opening::facing(direction, access, protocol, local.clone(), peer.clone(), destination_ports)
    };
    let far_ends = like(&|opening| facing(opening, opening.local(), &Side::Any));
    if !far_ends.is_empty() {
        return Near::FarEnds(far_ends);
    }
    let hosts = like(&|opening| facing(opening, &Side::Any, opening.peer()));
    if hosts.is_empty() { Near::Nothing } else { Near::Hosts(hosts) }
}

/// Returns what of a rule is about hosts at a place, or perhaps, told as being about that place.
fn here(rule: &Opening, place: &Side) -> Vec<Area> {
    let asked = match rule.direction {
        Direction::Ingress => Opening { destination: place.clone(), ..rule.clone() },
        Direction::Egress => Opening { source: place.clone(), ..rule.clone() },
    };
    let sifted = sift(Area::of(&asked), sieves(std::iter::once(rule)), Groups::Apart);
    let perhaps = sifted.rest.into_iter().filter(|(_, perhaps)| !perhaps.is_empty());
    sifted.decided.into_iter().map(|(area, (), _)| area).chain(perhaps.map(|(area, _)| area)).collect()
}

fn sieves<'a>(openings: impl Iterator<Item = &'a Opening>) -> impl Iterator<Item = Sieve<'a, ()>> {
    openings.map(|opening| Sieve { decider: (), opening, doubted: false })
}
