//! How findings read.

use std::collections::BTreeSet;

use super::compare::{Excess, Gap};
use super::judge::{Live, Site};
use super::opening::{Peer, Traffic};
use crate::line;
use crate::net::Direction;
use crate::rule::Rule;
use crate::topology::PlacementName;

/// How many of a kind a text names before it only counts them.
const SHOWN: usize = 4;

/// Returns a rule as a line begins: `ingress tcp 29091 from agents: configuration.29091 (plain, row 4)`.
pub(super) fn rule(site: &Site<'_>, rule: &Rule) -> String {
    format!("{} {}: {}", rule.key.direction, rule.key, line::purpose(rule, site.matrix, &site.topology.policy))
}

/// Returns a live opening as a line begins: `ingress tcp 3389 from 10.0.0.0/8: sgr-… (no mark, "temp rdp")`.
pub(super) fn live(site: &Site<'_>, live: &Live) -> String {
    let Live { opening, words, id, owner, description } = live;
    let of = group(site, &opening.peer).map(|of| format!(" ({of})")).unwrap_or_default();
    let owner = owner.as_ref().map_or_else(|| "no mark".to_owned(), |owner| format!("of {owner}"));
    let described = description.as_ref().map(|text| format!(", {text:?}")).unwrap_or_default();
    format!("{words}{of}: {id} ({owner}{described})")
}

/// Returns a far end as lines name it.
pub(super) fn far_end(site: &Site<'_>, peer: &Peer) -> String {
    group(site, peer).unwrap_or_else(|| peer.to_string())
}

/// Returns the placements whose group this is.
fn group(site: &Site<'_>, peer: &Peer) -> Option<String> {
    let Peer::Group(id) = peer else { return None };
    let places = site.groups.get(id)?;
    Some(format!("group of {}", places.iter().map(PlacementName::as_str).collect::<Vec<_>>().join(", ")))
}

/// Returns the parts of a rule that are missing. `whole` is the traffic of the rule, which its key says already.
pub(super) fn gaps(site: &Site<'_>, whole: &Traffic, gaps: &[Gap]) -> String {
    let mut groups: Vec<(&Traffic, Vec<&Peer>)> = Vec::new();
    for Gap { traffic, peers } in gaps {
        match groups.iter_mut().find(|(other, _)| *other == traffic) {
            Some((_, all)) => all.extend(peers),
            None => groups.push((traffic, peers.iter().collect())),
        }
    }
    let part = |(traffic, peers): (&Traffic, Vec<&Peer>)| {
        let far_ends = far_ends(site, peers);
        if traffic == whole { far_ends } else { format!("{far_ends} on {traffic}") }
    };
    groups.into_iter().map(part).collect::<Vec<_>>().join("; ")
}

/// Returns far ends as lines have them: groups first, then addresses, counted if they are many.
fn far_ends(site: &Site<'_>, mut peers: Vec<&Peer>) -> String {
    peers.sort_unstable();
    peers.dedup();
    let is_group = |peer: &&&Peer| matches!(peer, Peer::Group(_));
    let groups: Vec<String> = peers.iter().filter(is_group).map(|peer| far_end(site, peer)).collect();
    let addresses: Vec<String> = peers.iter().filter(|peer| !is_group(peer)).map(ToString::to_string).collect();
    let parts = groups.into_iter().chain((!addresses.is_empty()).then(|| line::addresses(&addresses)));
    parts.collect::<Vec<_>>().join(" and ")
}

/// Returns what a live opening lets through beyond what is wanted.
pub(super) fn excess(site: &Site<'_>, live: &Live, more: &[Excess]) -> String {
    let (unwanted, widened): (Vec<&Excess>, Vec<&Excess>) = more.iter().partition(|excess| excess.beyond.is_empty());
    let mut parts = Vec::new();
    if !unwanted.is_empty() {
        parts.push(match live.opening.traffic {
            Traffic::Every => "every protocol and port that no row asks for".to_owned(),
            Traffic::Of { .. } | Traffic::Other(_) => some(unwanted.iter().map(|excess| excess.traffic.to_string())),
        });
    }
    let word = match live.opening.direction {
        Direction::Ingress => "from",
        Direction::Egress => "to",
    };
    for Excess { traffic, beyond } in widened {
        let wanted = some(beyond.iter().map(|peer| far_end(site, peer)));
        parts.push(format!("{traffic} {word} {} other than {wanted}", live.opening.peer));
    }
    some(parts.into_iter())
}

/// Returns the flows of rules, each once.
pub(super) fn flows<'a>(site: &Site<'_>, rules: impl Iterator<Item = &'a Rule>) -> String {
    let texts: BTreeSet<(Option<u16>, String)> = rules
        .flat_map(|rule| &rule.flows)
        .map(|(flow, cause)| {
            let row = site.matrix.flows().get(flow).and_then(|flow| flow.row);
            (row, line::flow(flow, cause, site.matrix, &site.topology.policy))
        })
        .collect();
    some(texts.into_iter().map(|(_, text)| text))
}

/// Returns the first few texts, and how many more there are.
fn some(texts: impl Iterator<Item = String>) -> String {
    let mut texts: Vec<String> = texts.collect();
    let more = texts.len().saturating_sub(SHOWN);
    if more > 1 {
        texts.truncate(SHOWN);
        texts.push(format!("and {more} more"));
    }
    texts.join(", ")
}
