//! From rules of names to cloud rules: which ones a line needs, and which slot each of them has.
//!
//! Slots are numbered over the whole resource, not group by group: a plan shows them while groups have no ids yet, and must not change
//! its mind once they have. For the same reason a cloud rule that several lines need stands once for each of them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::kept::Kept;
use super::rollout::{Home, Rollout};
use crate::azure::priority::{self, Full, Need, Slot};
use crate::azure::{Access, Desired, Ends, Kind, NsgId, Opening, RuleName, Side, Wanted, name, void};
use crate::matrix::Matrix;
use crate::net::{Direction, Ports};
use crate::rule::{Peer, Rule, Traffic};
use crate::topology::PlacementName;

/// What asks for cloud rules: one line.
#[derive(Debug, Clone, Copy)]
pub(super) enum Line<'a> {
    /// A rule of the matrix, or an `extra` flow.
    Rule(&'a Rule),
    /// That what no line allows is denied.
    Unlisted {
        /// Whose hosts.
        placement: &'a PlacementName,
        /// Toward or away from them.
        direction: Direction,
        /// What of it.
        part: Part,
    },
}

/// The parts of denying what is not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The probes of Azure's load balancers still come in.
    Probes,
    /// Hosts of one placement still speak with each other.
    Within,
    /// Everything else is denied.
    Deny,
}

/// One cloud rule of a line.
#[derive(Debug, Clone)]
pub(super) struct CloudRule {
    /// The name that it has if it is new.
    pub(super) name: RuleName,
    /// What it opens or closes; nothing while addresses are unknown. Where ids of application security groups are, one stands for them.
    supposed: Option<Opening>,
    is_known: bool,
}

impl CloudRule {
    /// Returns what it opens or closes, once all of it is known.
    pub(super) fn opening(&self) -> Option<&Opening> {
        self.supposed.as_ref().filter(|_| self.is_known)
    }

    /// Returns what it opens or closes, with some group in the place of those without an id; nothing while addresses are unknown.
    pub(super) fn supposed(&self) -> Option<&Opening> {
        self.supposed.as_ref()
    }
}

/// The cloud rules of each line, in the order of lines, and the slots that they have.
#[derive(Debug)]
pub(super) struct Slots<'a> {
    lines: Vec<(Line<'a>, Vec<CloudRule>)>,
    slots: BTreeMap<RuleName, Slot>,
    /// Whether slots of further rules of a line may still turn out to be others.
    may_shift: bool,
}

impl<'a> Line<'a> {
    /// Returns the placement that it belongs to.
    pub(super) fn local(&self) -> &'a PlacementName {
        match self {
            Line::Rule(rule) => &rule.key.local,
            Line::Unlisted { placement, .. } => placement,
        }
    }

    /// Returns toward or away from that placement.
    pub(super) fn direction(&self) -> Direction {
        match self {
            Line::Rule(rule) => rule.key.direction,
            Line::Unlisted { direction, .. } => *direction,
        }
    }

    /// Returns its key, as people see it.
    pub(super) fn key(&self) -> String {
        let toward = match self.direction() {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        };
        match self {
            Line::Rule(rule) => rule.key.to_string(),
            Line::Unlisted { part: Part::Probes, .. } => "any from load balancers".to_owned(),
            Line::Unlisted { part: Part::Within, placement, .. } => format!("any {toward} {placement}"),
            Line::Unlisted { part: Part::Deny, .. } => format!("deny {toward} anywhere"),
        }
    }

    /// Returns the placement at the far end, if one is there.
    pub(super) fn far_placement(&self) -> Option<&'a PlacementName> {
        match self {
            Line::Rule(rule) => rule.key.peer.placement(),
            Line::Unlisted { part: Part::Within, placement, .. } => Some(placement),
            Line::Unlisted { part: Part::Probes | Part::Deny, .. } => None,
        }
    }

    fn access(&self) -> Access {
        match self {
            Line::Unlisted { part: Part::Deny, .. } => Access::Deny,
            Line::Rule(_) | Line::Unlisted { part: Part::Probes | Part::Within, .. } => Access::Allow,
        }
    }

    /// Returns the far end as a name of a cloud rule says it.
    fn far_name(&self) -> &'a str {
        let nowhere = if matches!(self, Line::Unlisted { part: Part::Probes, .. }) { "load-balancers" } else { "anywhere" };
        self.far_placement().map_or(nowhere, PlacementName::as_str)
    }

    /// Returns what it takes to let this line pass between hosts at these places, or to deny it; nothing for what Azure cannot carry.
    fn openings(&self, local: &Ends, far: &Ends) -> Vec<Opening> {
        match self {
            Line::Rule(Rule { key, .. }) => match (key.traffic, &key.peer) {
                (Traffic::Ports { protocol, ports }, Peer::Placement(_)) => {
                    Opening::between(key.direction, protocol, &Ports::from(ports), local, far)
                }
                // Its setting is refused when a configuration is validated: no network of Azure carries multicast.
                (Traffic::Ports { .. } | Traffic::Igmp, _) => Vec::new(),
            },
            Line::Unlisted { part: Part::Probes, direction, .. } => void::probes(*direction, local),
            Line::Unlisted { part: Part::Within, direction, .. } => void::among(*direction, local),
            Line::Unlisted { part: Part::Deny, direction, .. } => void::denials(*direction, local),
        }
    }
}

impl Rollout {
    /// Returns everything that asks for cloud rules, in the order of lines.
    pub(super) fn asking(&self) -> Vec<Line<'_>> {
        let mut asking: Vec<Line<'_>> = self.expansion.rules.values().map(Line::Rule).collect();
        let directions = &self.topology.policy.directions;
        for placement in self.managed().filter(|_| self.unlisted.deny) {
            for direction in Direction::ALL.into_iter().filter(|direction| directions.contains(direction)) {
                let probes = (direction == Direction::Ingress).then_some(Part::Probes);
                let within = self.unlisted.allow_within_placement.then_some(Part::Within);
                let parts = probes.into_iter().chain(within).chain([Part::Deny]);
                asking.extend(parts.map(|part| Line::Unlisted { placement, direction, part }));
            }
        }
        asking
    }

    /// Returns the cloud rules with their slots.
    ///
    /// # Errors
    /// When the band has too few slots.
    pub(super) fn slots(&self, kept: &Kept) -> Result<Slots<'_>, Full> {
        let lines: Vec<(Line<'_>, Vec<CloudRule>)> = self.asking().into_iter().map(|line| (line, self.cloud_rules(&line))).collect();
        let need = |(line, rule): (&Line<'_>, &CloudRule)| Need {
            name: rule.name.clone(),
            direction: line.direction(),
            access: line.access(),
            opening: rule.opening().cloned(),
        };
        // Every line has one rule at least, whatever its addresses turn out to be: those are numbered first.
        let first = lines.iter().filter_map(|(line, rules)| Some((line, rules.first()?)));
        let further = lines.iter().flat_map(|(line, rules)| rules.iter().skip(1).map(move |rule| (line, rule)));
        let needs: Vec<Need> = first.chain(further).map(need).collect();
        let slots = priority::assign(self.band, kept.held(), &needs, &kept.taken())?;
        let may_shift = self.homes.values().any(|home| !home.addresses_known);
        Ok(Slots { lines, slots, may_shift })
    }

    /// Returns the cloud rules of one line. The first has a name made of names alone; further ones say of which kind their ends are.
    fn cloud_rules(&self, line: &Line<'_>) -> Vec<CloudRule> {
        let resource = self.name.as_deref().unwrap_or_default();
        let named = |opening: &Opening| name::of(resource, line.local().as_str(), line.far_name(), opening).ok();
        let Some(first) = line.openings(&SOME_GROUP, &SOME_GROUP).first().and_then(named) else { return Vec::new() };
        if !self.are_addresses_known(line) {
            return vec![CloudRule { name: first, supposed: None, is_known: false }];
        }
        let rules = self.openings(line).into_iter().enumerate().filter_map(|(number, opening)| {
            let name = if number == 0 { Some(first.clone()) } else { named(&opening) };
            let is_known =
                self.is_side_known(opening.local(), Some(line.local())) && self.is_side_known(opening.peer(), line.far_placement());
            Some(CloudRule { name: name?, supposed: Some(opening), is_known })
        });
        rules.collect()
    }

    /// Returns what it takes to let a line pass; where ids of groups are unknown, some group stands for them.
    pub(super) fn openings(&self, line: &Line<'_>) -> Vec<Opening> {
        let ends_of = |name: Option<&PlacementName>| name.and_then(|name| self.homes.get(name)).map(Home::supposed).unwrap_or_default();
        line.openings(&ends_of(Some(line.local())), &ends_of(line.far_placement()))
    }

    /// Tells whether the addresses at both ends of a line are known.
    pub(super) fn are_addresses_known(&self, line: &Line<'_>) -> bool {
        let ends = [Some(line.local()), line.far_placement()];
        ends.into_iter().flatten().filter_map(|name| self.homes.get(name)).all(|home| home.addresses_known)
    }

    fn is_side_known(&self, side: &Side, placement: Option<&PlacementName>) -> bool {
        let home = placement.and_then(|name| self.homes.get(name));
        side.kind() != Kind::Groups || home.is_none_or(|home| home.groups_known)
    }

    /// Returns what Azure shall hold; groups without an id and rules that are not known yet are left out.
    pub(super) fn desired(&self, matrix: &Matrix, slots: &Slots<'_>) -> BTreeMap<NsgId, Desired> {
        let mut desired: BTreeMap<NsgId, Desired> = self.groups().into_iter().map(|group| (group, Desired::new())).collect();
        for (line, rules) in slots.lines() {
            let Some(held) = self.group(line.local()).and_then(|group| desired.get_mut(group)) else { continue };
            for rule in rules {
                if let (Some(opening), Some(slot)) = (rule.opening(), slots.of(rule)) {
                    let text = self.describe(matrix, line);
                    held.insert(slot.name.clone(), Wanted { priority: slot.priority, opening: opening.clone(), text });
                }
            }
        }
        desired
    }
}

impl<'a> Slots<'a> {
    /// Returns every line and its cloud rules.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&Line<'a>, &[CloudRule])> {
        self.lines.iter().map(|(line, rules)| (line, rules.as_slice()))
    }

    /// Returns the slot of a cloud rule.
    pub(super) fn of(&self, rule: &CloudRule) -> Option<&Slot> {
        self.slots.get(&rule.name)
    }

    /// Returns the priorities of a line; nothing while they may still turn out to be others.
    pub(super) fn priorities(&self, rules: &[CloudRule], kept: &Kept) -> Option<Vec<u16>> {
        let is_certain = |(number, slot): (usize, &Slot)| number == 0 || !self.may_shift || kept.has(&slot.name);
        let slots: Vec<&Slot> = rules.iter().filter_map(|rule| self.of(rule)).collect();
        slots.iter().copied().enumerate().all(is_certain).then(|| slots.iter().map(|slot| slot.priority).collect())
    }
}

impl Home {
    /// Returns where its hosts are; where ids of groups are unknown, some group stands for them.
    fn supposed(&self) -> Ends {
        let mut ends = self.ends.clone();
        if !self.groups_known && ends.groups.is_empty() {
            ends.groups.clone_from(&SOME_GROUP.groups);
        }
        ends
    }
}

/// A place of which only that it is an application security group is known: one that no subscription has.
static SOME_GROUP: LazyLock<Ends> = LazyLock::new(|| {
    let id = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/unknown/providers/Microsoft.Network/applicationSecurityGroups/unknown";
    Ends { groups: id.parse().into_iter().collect(), ..Ends::default() }
});
