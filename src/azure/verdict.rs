//! Which rule decides: a whole list of rules, the built-in ones at its end, judged for everything that an opening covers.
//!
//! Exact where rules name addresses. Who the members of an application security group are, or which addresses a service tag has, is not
//! known here; a rule for which that matters only perhaps decides, and it is told as such, never guessed. What is known: members of
//! groups have addresses of the virtual network; private addresses never come from the Internet; every other address is of the one or
//! the other, and both are judged. Protocols without ports match only rules for all ports.

use crate::net::Direction;

use super::rule::{Access, Opening, PortSet, Protocol, SecurityRule};
use super::side::{Side, Tag};
pub(in crate::azure) use area::Area;
pub(crate) use ends::Groups;
pub use part::Part;

mod area;
mod ends;
mod part;
mod ranges;
#[cfg(test)]
pub(super) mod tests;

/// A rule in a list that is judged.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its priority.
    pub priority: u16,
    /// What it allows or denies.
    pub opening: &'a Opening,
    /// Whether it shall only perhaps decide, also where it surely would: to see what stands behind it.
    pub doubted: bool,
}

/// What becomes of a part of what was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict<'a> {
    /// The rule that decides, unless one of `perhaps` does.
    pub by: Decider<'a>,
    /// Rules before it that perhaps decide, in their order.
    pub perhaps: Vec<Decider<'a>>,
}

/// A rule that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decider<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it does.
    pub access: Access,
    /// Whether each group has it from the beginning.
    pub built_in: bool,
}

/// What becomes of all that was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// All of it passes.
    Allowed,
    /// None of it passes.
    Denied,
    /// Some passes, some does not.
    Mixed,
    /// It cannot be told from the rules alone.
    Unsure,
}

impl<'a> Entry<'a> {
    /// Returns the entry of a rule.
    pub fn of(rule: &'a SecurityRule) -> Entry<'a> {
        Entry { name: &rule.name, priority: rule.priority, opening: &rule.opening, doubted: false }
    }
}

impl<'a> Verdict<'a> {
    /// Returns all rules that may be the one that decides.
    pub fn deciders(&self) -> impl Iterator<Item = &Decider<'a>> {
        self.perhaps.iter().chain(std::iter::once(&self.by))
    }

    /// Returns what happens, if all that may decide do the same.
    pub fn access(&self) -> Option<Access> {
        self.perhaps.iter().all(|decider| decider.access == self.by.access).then_some(self.by.access)
    }
}

/// Returns what becomes of each part of what `asked` covers, whatever its own access; rules of the other direction do not matter.
///
/// Parts with equal verdicts are one. There is always a verdict, since the last built-in rule denies everything.
pub fn verdicts<'a>(rules: impl IntoIterator<Item = Entry<'a>>, asked: &Opening) -> Vec<Verdict<'a>> {
    verdicts_of(rules, asked, Groups::Together)
}

/// Returns the same; says whether members of a group may be in others.
pub(crate) fn verdicts_of<'a>(rules: impl IntoIterator<Item = Entry<'a>>, asked: &Opening, groups: Groups) -> Vec<Verdict<'a>> {
    let mut all = Vec::new();
    for (_, verdict) in judged(rules, asked, groups) {
        if !all.contains(&verdict) {
            all.push(verdict);
        }
    }
    all
}

/// Returns what becomes of all that `asked` covers.
pub fn outcome<'a>(rules: impl IntoIterator<Item = Entry<'a>>, asked: &Opening) -> Outcome {
    let verdicts = verdicts(rules, asked);
    let all = |wanted: Access| verdicts.iter().all(|verdict| verdict.access() == Some(wanted));
    if all(Access::Allow) {
        Outcome::Allowed
    } else if all(Access::Deny) {
        Outcome::Denied
    } else if verdicts.iter().any(|verdict| verdict.access().is_none()) {
        Outcome::Unsure
    } else {
        Outcome::Mixed
    }
}

/// Returns the parts of what `asked` covers, which have nothing in common, each with its verdict.
fn judged<'a>(rules: impl IntoIterator<Item = Entry<'a>>, asked: &Opening, groups: Groups) -> Vec<(Area, Verdict<'a>)> {
    let mut rules: Vec<Entry<'a>> = rules.into_iter().filter(|rule| rule.opening.direction == asked.direction).collect();
    rules.sort_by_key(|rule| rule.priority);
    let built_in = built_in(asked.direction);
    let custom = rules.iter().map(|rule| Sieve {
        decider: Decider { name: rule.name, access: rule.opening.access, built_in: false },
        opening: rule.opening,
        doubted: rule.doubted,
    });
    let last = built_in.iter().map(|(decider, opening)| Sieve { decider: *decider, opening, doubted: false });
    let sifted = sift(Area::of(asked), custom.chain(last), groups);
    // The last built-in rule leaves nothing.
    sifted.decided.into_iter().map(|(area, by, perhaps)| (area, Verdict { by, perhaps })).collect()
}

/// One of an ordered list of openings by which areas are parted.
#[derive(Debug, Clone, Copy)]
pub(in crate::azure) struct Sieve<'a, D> {
    /// What stands for it in the result.
    pub(in crate::azure) decider: D,
    pub(in crate::azure) opening: &'a Opening,
    /// Whether it shall only perhaps hold what it surely holds.
    pub(in crate::azure) doubted: bool,
}

/// Areas that have nothing in common, parted by what holds them.
pub(in crate::azure) struct Sifted<D> {
    /// What one surely holds, which one, and those before it that perhaps do.
    pub(in crate::azure) decided: Vec<(Area, D, Vec<D>)>,
    /// What none surely holds, and those that perhaps do.
    pub(in crate::azure) rest: Vec<(Area, Vec<D>)>,
}

/// Parts areas by which of the openings, in their order, holds them first.
pub(in crate::azure) fn sift<'a, D: Copy>(areas: Vec<Area>, openings: impl IntoIterator<Item = Sieve<'a, D>>, groups: Groups) -> Sifted<D> {
    let mut sifted = Sifted { decided: Vec::new(), rest: areas.into_iter().map(|area| (area, Vec::new())).collect() };
    for Sieve { decider, opening, doubted } in openings {
        let mut next = Vec::with_capacity(sifted.rest.len());
        for (area, perhaps) in sifted.rest {
            let Some(split) = area.split(opening, groups) else {
                next.push((area, perhaps));
                continue;
            };
            next.extend(split.untouched.into_iter().map(|area| (area, perhaps.clone())));
            let mut doubtful = perhaps.clone();
            doubtful.push(decider);
            next.extend(split.perhaps.into_iter().map(|area| (area, doubtful.clone())));
            match split.sure {
                Some(area) if doubted => next.push((area, doubtful)),
                Some(area) => sifted.decided.push((area, decider, perhaps)),
                None => {}
            }
        }
        sifted.rest = next;
    }
    sifted
}

/// Returns the rules that every group has behind all others, as Azure lists them.
pub fn built_in_rules() -> Vec<SecurityRule> {
    let of = |direction| {
        let rules = built_in(direction).into_iter().zip(FIRST_BUILT_IN..);
        rules.map(|((decider, opening), priority)| SecurityRule { name: decider.name.to_owned(), description: None, priority, opening })
    };
    Direction::ALL.into_iter().flat_map(of).collect()
}

/// The priority of the first of the rules that every group has.
const FIRST_BUILT_IN: u16 = 65_000;

/// Returns the rules that every group has behind all others.
fn built_in(direction: Direction) -> Vec<(Decider<'static>, Opening)> {
    let network = || Side::Tag(Tag::new(Tag::VIRTUAL_NETWORK));
    let rules: [(&'static str, Access, Side, Side); 3] = match direction {
        Direction::Ingress => [
            ("AllowVnetInBound", Access::Allow, network(), network()),
            ("AllowAzureLoadBalancerInBound", Access::Allow, Side::Tag(Tag::new(Tag::LOAD_BALANCER)), Side::Any),
            ("DenyAllInBound", Access::Deny, Side::Any, Side::Any),
        ],
        Direction::Egress => [
            ("AllowVnetOutBound", Access::Allow, network(), network()),
            ("AllowInternetOutBound", Access::Allow, Side::Any, Side::Tag(Tag::new(Tag::INTERNET))),
            ("DenyAllOutBound", Access::Deny, Side::Any, Side::Any),
        ],
    };
    let opening = |access, source, destination| Opening {
        direction,
        access,
        protocol: Protocol::Any,
        source,
        source_ports: PortSet::Any,
        destination,
        destination_ports: PortSet::Any,
    };
    let built = rules
        .into_iter()
        .map(|(name, access, source, destination)| (Decider { name, access, built_in: true }, opening(access, source, destination)));
    built.collect()
}
