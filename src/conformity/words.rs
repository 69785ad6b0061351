//! How findings read.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{End, Excess, Gap};
use super::judge::{Live, Named, Site};
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
    let Live { peers, named: Named { words, id, owner, description }, .. } = live;
    let groups: BTreeSet<String> = peers.iter().filter_map(|peer| group(site, peer)).collect();
    let of = if groups.is_empty() { String::new() } else { format!(" ({})", groups.into_iter().collect::<Vec<_>>().join(", ")) };
    let described = description.as_ref().map(|text| format!(", {text:?}")).unwrap_or_default();
    format!("{words}{of}: {id} ({owner}{described})")
}

/// Returns the placements whose group this is.
fn group(site: &Site<'_>, peer: &Peer) -> Option<String> {
    let Peer::Group(id) = peer else { return None };
    let places = site.groups.get(id)?;
    Some(format!("group of {}", places.iter().map(PlacementName::as_str).collect::<Vec<_>>().join(", ")))
}

/// What gaps have in common that are told together: traffic, what closes them, at which hosts.
type Alike<'a> = (&'a Traffic, Option<usize>, &'a [Peer]);

/// Returns the parts of a rule that are missing. `whole` is the traffic of the rule, which its key says already.
pub(super) fn gaps(site: &Site<'_>, live: &[Live], whole: &Traffic, gaps: &[Gap]) -> String {
    let mut groups: BTreeMap<Alike<'_>, Vec<&Peer>> = BTreeMap::new();
    for Gap { traffic, peers, hosts, closed_by } in gaps {
        groups.entry((traffic, *closed_by, hosts)).or_default().extend(peers);
    }
    let part = |((traffic, closed_by, hosts), peers): (Alike<'_>, Vec<&Peer>)| {
        let at = if hosts.is_empty() { String::new() } else { format!(" for hosts at {}", far_ends(site, hosts)) };
        let far_ends = far_ends(site, peers);
        let on = if traffic == whole { String::new() } else { format!(" on {traffic}") };
        let closed_by = closed_by.and_then(|number| live.get(number));
        let by = closed_by.map(|Live { named, .. }| format!(", closed by {} ({})", named.id, named.words)).unwrap_or_default();
        format!("{far_ends}{on}{at}{by}")
    };
    groups.into_iter().map(part).collect::<Vec<_>>().join("; ")
}

/// Returns far ends as lines have them: groups first, then addresses, counted if they are many.
pub(super) fn far_ends<'a>(site: &Site<'_>, peers: impl IntoIterator<Item = &'a Peer>) -> String {
    let peers: BTreeSet<&Peer> = peers.into_iter().collect();
    let (groups, addresses): (Vec<&Peer>, Vec<&Peer>) = peers.into_iter().partition(|peer| matches!(peer, Peer::Group(_)));
    // Several groups may be those of one placement.
    let groups: BTreeSet<String> = groups.into_iter().map(|peer| group(site, peer).unwrap_or_else(|| peer.to_string())).collect();
    let addresses: Vec<String> = addresses.into_iter().map(ToString::to_string).collect();
    let parts = groups.into_iter().chain((!addresses.is_empty()).then(|| line::addresses(&addresses)));
    parts.collect::<Vec<_>>().join(" and ")
}

/// Returns what a live opening lets through beyond what is wanted.
pub(super) fn excess(site: &Site<'_>, live: &Live, more: &[Excess]) -> String {
    let (unwanted, widened): (Vec<&Excess>, Vec<&Excess>) = more.iter().partition(|excess| excess.beyond.is_empty());
    let mut parts = Vec::new();
    if !unwanted.is_empty() {
        parts.push(match live.traffic.as_slice() {
            [] | [Traffic::Every] => "every protocol and port that no row asks for".to_owned(),
            [..] => some(unwanted.iter().map(|excess| excess.traffic.to_string())),
        });
    }
    let (far, near) = match live.direction {
        Direction::Ingress => ("from", "to"),
        Direction::Egress => ("to", "from"),
    };
    for Excess { traffic, beyond, end } in widened {
        let wanted = some(beyond.iter().map(|peer| far_ends(site, [peer])));
        parts.push(match end {
            End::Far => format!("{traffic} {far} {} other than {wanted}", far_ends(site, &live.peers)),
            End::Near => format!("{traffic} {near} hosts other than {wanted}"),
        });
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
