//! What makes an allow-list void, and what an explicit denial makes void.
//!
//! Every group lets the virtual network in and everything out, behind all other rules: while nothing denies that, most rules that allow
//! change nothing. Rules at the end of our band may deny what is not listed; then they also stand before whatever others allow behind
//! them. Pure; it judges by [`verdict`](super::verdict) what would be live.

use std::collections::BTreeSet;

use crate::net::Direction;

use super::id::RuleName;
use super::job::Desired;
use super::rule::{Access, Opening, PortSet, Protocol, SecurityRule};
use super::side::{Ends, Side, Tag};
use super::verdict::{Decider, Entry, Groups, verdicts, verdicts_of};

#[cfg(test)]
mod tests;

/// A rule of somebody else that allows what rules of ours would deny before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voided<'a> {
    /// The rule.
    pub rule: &'a SecurityRule,
    /// Our rules that deny some of it.
    pub by: BTreeSet<String>,
    /// Whether they surely do, unless hosts are in several groups; else it depends on who is where.
    pub surely: bool,
}

/// A rule of ours that allows what rules of somebody else deny before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overruled {
    /// Our rule.
    pub rule: RuleName,
    /// The rules that deny some of it.
    pub by: BTreeSet<String>,
    /// Whether they surely do, unless hosts are in several groups.
    pub surely: bool,
}

/// Returns what denies hosts at a place everything in one direction.
pub fn denials(direction: Direction, local: &Ends) -> Vec<Opening> {
    let deny = |side| Opening::facing(direction, Access::Deny, Protocol::Any, side, Side::Any, PortSet::Any);
    local.sides().into_iter().map(deny).collect()
}

/// Returns what must be allowed beside what is listed, where [`denials`] stand behind: probes of Azure's load balancers, which come in.
pub fn probes(direction: Direction, local: &Ends) -> Vec<Opening> {
    let probe =
        |side| Opening::facing(direction, Access::Allow, Protocol::Any, side, Side::Tag(Tag::new(Tag::LOAD_BALANCER)), PortSet::Any);
    match direction {
        // The load balancer speaks IPv4 and IPv6 from one address; its tag agrees with both.
        Direction::Ingress => local.sides().into_iter().map(probe).collect(),
        Direction::Egress => Vec::new(),
    }
}

/// Returns what lets hosts at one place speak with each other about everything.
pub fn among(direction: Direction, local: &Ends) -> Vec<Opening> {
    let sides = local.sides();
    let pairs = sides.iter().flat_map(|one| sides.iter().map(move |other| (one, other)));
    let pairs = pairs.filter(|(one, other)| one.kind().agrees(other.kind()));
    let allow =
        |(one, other): (&Side, &Side)| Opening::facing(direction, Access::Allow, Protocol::Any, one.clone(), other.clone(), PortSet::Any);
    pairs.map(allow).collect()
}

/// Returns the rules of others that allow something which rules of ours deny before them.
pub fn voided<'a>(desired: &Desired, others: &[&'a SecurityRule]) -> Vec<Voided<'a>> {
    if !desired.values().any(|wanted| wanted.opening.access == Access::Deny) {
        return Vec::new();
    }
    let ours = desired
        .iter()
        .map(|(name, wanted)| Entry { doubted: wanted.opening.access == Access::Deny, ..entry(name, wanted.priority, &wanted.opening) });
    let all: Vec<Entry<'_>> = ours.chain(others.iter().copied().map(Entry::of)).collect();
    let is_ours = |decider: &Decider<'_>| {
        let wanted = decider.name.parse::<RuleName>().ok().and_then(|name| desired.get(&name));
        wanted.is_some_and(|wanted| wanted.opening.access == Access::Deny)
    };
    let allows = others.iter().filter(|rule| rule.opening.access == Access::Allow);
    let voided = allows.filter_map(|rule| {
        let (by, surely) = before(&all, &rule.opening, &rule.name, is_ours)?;
        Some(Voided { rule, by, surely })
    });
    voided.collect()
}

/// Returns the rules of ours that allow something which rules of others deny before them.
pub fn overruled(desired: &Desired, others: &[&SecurityRule]) -> Vec<Overruled> {
    let is_denial = |rule: &&&SecurityRule| rule.opening.access == Access::Deny;
    if !others.iter().any(|rule| is_denial(&rule)) {
        return Vec::new();
    }
    let theirs = others.iter().map(|rule| Entry { doubted: is_denial(&rule), ..Entry::of(rule) });
    let theirs: Vec<Entry<'_>> = theirs.collect();
    let is_theirs = |decider: &Decider<'_>| others.iter().any(|rule| is_denial(&rule) && rule.name == decider.name);
    let allows = desired.iter().filter(|(_, wanted)| wanted.opening.access == Access::Allow);
    let overruled = allows.filter_map(|(name, wanted)| {
        let mut all = theirs.clone();
        all.push(entry(name, wanted.priority, &wanted.opening));
        let (by, surely) = before(&all, &wanted.opening, name.as_str(), is_theirs)?;
        Some(Overruled { rule: name.clone(), by, surely })
    });
    overruled.collect()
}

/// Returns which of the rules that `matter` stand before the rule `name` in what it covers, and whether they surely decide some of it.
///
/// Those that matter are doubted in `all`, so that what stands behind them shows. Whether they surely decide is seen by not doubting.
fn before(all: &[Entry<'_>], opening: &Opening, name: &str, matter: impl Fn(&Decider<'_>) -> bool) -> Option<(BTreeSet<String>, bool)> {
    let mut by = BTreeSet::new();
    for verdict in verdicts(all.iter().copied(), opening) {
        let deciders: Vec<&Decider<'_>> = verdict.deciders().collect();
        let Some(place) = deciders.iter().position(|decider| decider.name == name) else { continue };
        by.extend(deciders.iter().take(place).filter(|decider| matter(decider)).map(|decider| decider.name.to_owned()));
    }
    if by.is_empty() {
        return None;
    }
    let undoubted = all.iter().map(|entry| Entry { doubted: false, ..*entry });
    let surely =
        verdicts_of(undoubted, opening, Groups::Apart).iter().any(|verdict| by.contains(verdict.by.name) && verdict.perhaps.is_empty());
    Some((by, surely))
}

fn entry<'a>(name: &'a RuleName, priority: u16, opening: &'a Opening) -> Entry<'a> {
    Entry { name: name.as_str(), priority, opening, doubted: false }
}
