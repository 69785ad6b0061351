//! One matrix laid over one topology: who lives where, who opens what, and what the policy admits.

use std::collections::{BTreeMap, BTreeSet};

use super::multicast::{self, Leg};
use crate::matrix::{ComponentId, DefaultState, Flow, FlowId, Matrix, Origin, Party, RoleId};
use crate::net::{Direction, Ports};
use crate::note::{Note, NoteKind};
use crate::topology::{Exclusion, Initiator, MulticastChoice, Placement, PlacementName, Topology};

/// A placement, with what is asked about it for every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place<'a> {
    /// Its place in the order of names.
    pub(super) number: u32,
    pub(super) name: &'a PlacementName,
    pub(super) managed: bool,
    pub(super) single_host: bool,
    /// Whether its hosts can be members of multicast groups.
    pub(super) can_join: bool,
}

/// Someone who opens a flow from a placement; a placement named as a whole has no component.
pub(super) type Opener<'a> = (Place<'a>, Option<&'a ComponentId>);

/// Who opens one flow.
#[derive(Debug, Default)]
pub(super) struct Openers<'a> {
    /// Those who live somewhere, with the role that brought them.
    pub(super) placed: BTreeMap<Opener<'a>, Option<&'a RoleId>>,
    /// The names of all of them, for messages.
    pub(super) names: BTreeSet<&'a str>,
}

impl Openers<'_> {
    /// Says who is missing, if nobody of them lives anywhere; `does` is what they do.
    pub(super) fn missing(&self, does: &str) -> Option<String> {
        let names: Vec<&str> = self.names.iter().copied().collect();
        self.placed.is_empty().then(|| match names.as_slice() {
            [one] => format!("{one}, which {does}s it"),
            several => format!("any of {}, which {does} it", several.join(", ")),
        })
    }
}

#[derive(Debug)]
pub(super) struct Site<'a> {
    pub(super) matrix: &'a Matrix,
    pub(super) topology: &'a Topology,
    places: BTreeMap<&'a PlacementName, Place<'a>>,
    hosts: BTreeMap<&'a ComponentId, Vec<Place<'a>>>,
    openers: BTreeMap<&'a FlowId, Openers<'a>>,
    legs: BTreeMap<&'a FlowId, Vec<Leg<'a>>>,
}

impl<'a> Site<'a> {
    pub(super) fn new(matrix: &'a Matrix, topology: &'a Topology) -> Site<'a> {
        let numbered = (0..).zip(&topology.placements).map(|(number, (name, placement))| {
            let Placement { managed, single_host, can_join, components: _ } = *placement;
            (name, Place { number, name, managed, single_host, can_join })
        });
        let places: BTreeMap<&PlacementName, Place<'_>> = numbered.collect();
        let mut hosts: BTreeMap<&ComponentId, Vec<Place<'_>>> = BTreeMap::new();
        for (place, placement) in places.values().zip(topology.placements.values()) {
            for component in &placement.components {
                let host = matrix.components().get(component).and_then(|component| component.hosted_by.as_ref());
                for component in [component].into_iter().chain(host) {
                    let places = hosts.entry(component).or_default();
                    if places.last() != Some(place) {
                        places.push(*place);
                    }
                }
            }
        }
        let mut site = Site { matrix, topology, places, hosts, openers: BTreeMap::new(), legs: BTreeMap::new() };
        site.legs = matrix.flows().values().map(|flow| (&flow.id, site.find_legs(flow))).filter(|(_, legs)| !legs.is_empty()).collect();
        let openers = |flow: &'a Flow| site.legs.get(&flow.id).map_or_else(|| site.find_openers(flow), |legs| multicast::members(legs));
        site.openers = matrix.flows().values().map(|flow| (&flow.id, openers(flow))).collect();
        site
    }

    /// Returns all placements, by name.
    pub(super) fn places(&self) -> impl Iterator<Item = Place<'a>> {
        self.places.values().copied()
    }

    /// Returns a placement of this site.
    pub(super) fn place(&self, name: &PlacementName) -> Option<Place<'a>> {
        self.places.get(name).copied()
    }

    /// Returns the placements where a component lives, by name.
    pub(super) fn hosts(&self, component: &ComponentId) -> &[Place<'a>] {
        self.hosts.get(component).map_or(&[], Vec::as_slice)
    }

    /// Returns who sends to whom, for a multicast flow that this site's network carries; nobody for others.
    pub(super) fn legs(&self, flow: &FlowId) -> &[Leg<'a>] {
        self.legs.get(flow).map_or(&[], Vec::as_slice)
    }

    /// Returns who opens a flow on this site; for multicast that is carried, whoever takes part in it.
    pub(super) fn openers(&self, flow: &FlowId) -> Option<&Openers<'a>> {
        self.openers.get(flow)
    }

    /// Returns the ports of a flow on this site.
    pub(super) fn ports(&self, flow: &Flow) -> Option<Ports> {
        self.topology.policy.ports.get(&flow.id).cloned().or_else(|| flow.port.map(Ports::from))
    }

    /// Says whether a flow may be opened at all, before transport and addresses are looked at.
    pub(super) fn admit(&self, flow: &Flow) -> Result<(), Note> {
        let policy = &self.topology.policy;
        let note = |kind: NoteKind, reason: String| Err(Note { kind, reason });
        if policy.exclude.get(&flow.id) == Some(&Exclusion::Whole) {
            return Err(self.excluded(&flow.id));
        }
        if let Some(reason) = &flow.same_host {
            return note(NoteKind::SameHost, reason.clone());
        }
        let included = policy.include.contains(&flow.id);
        match (flow.origin, flow.default_state) {
            (Origin::Implied, _) if policy.ports.contains_key(&flow.id) => {}
            (Origin::Implied, _) if flow.port.is_none() => {
                return note(NoteKind::Implied, "no port in the document, give one in ports".to_owned());
            }
            (Origin::Implied, _) if !included => {
                return note(NoteKind::Implied, "no row lists it, name it in include to open it".to_owned());
            }
            (Origin::Printed, DefaultState::Closed) if !included => {
                let reported = flow.multicast.is_some() && policy.multicast == MulticastChoice::Report;
                let way = if reported {
                    "include would not open it, as a cloud network carries no multicast"
                } else {
                    "name it in include to open it"
                };
                return note(NoteKind::ClosedAsShipped, way.to_owned());
            }
            (Origin::Implied | Origin::Printed, _) => {}
        }
        if self.hosts(&flow.listener).is_empty() {
            return note(NoteKind::NotPlaced, flow.listener.to_string());
        }
        if let Some(reason) = &flow.held
            && !self.named_by_site(flow)
        {
            return note(NoteKind::Held, reason.clone());
        }
        let missing = match self.legs(&flow.id) {
            [] => self.openers(&flow.id).and_then(|openers| openers.missing("open")),
            legs => multicast::missing(legs),
        };
        if let Some(reason) = missing {
            return note(NoteKind::NotPlaced, reason);
        }
        self.carried(flow).map(drop)
    }

    /// Says which mail service has to be chosen, if one has.
    pub(super) fn mail_chosen(&self, flow: &Flow) -> Result<(), Note> {
        let policy = &self.topology.policy;
        match flow.mail {
            Some(service) if !policy.mail.contains(&service) && !policy.include.contains(&flow.id) => {
                Err(Note { kind: NoteKind::ChoiceMissing, reason: format!("list \"{}\" in mail if this site uses it", service.as_str()) })
            }
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn excluded(&self, flow: &FlowId) -> Note {
        let reason = self.topology.policy.reasons.get(flow).cloned().unwrap_or_else(|| "by the policy, no reason given".to_owned());
        Note { kind: NoteKind::Excluded, reason }
    }

    /// Returns the exclusions that close nothing, because nothing in the placement opens the flow.
    pub(super) fn idle_exclusions(&self) -> Vec<String> {
        let mut idle = Vec::new();
        for (flow, exclusion) in &self.topology.policy.exclude {
            let Exclusion::From(names) = exclusion else { continue };
            let opens =
                |name: &PlacementName| self.openers(flow).is_some_and(|openers| openers.placed.keys().any(|(place, _)| place.name == name));
            idle.extend(names.iter().filter(|name| !opens(name)).map(|name| format!("{flow} from {name}")));
        }
        idle
    }

    /// Says why pairs of placements have no rule of ours.
    pub(super) fn outside_because(&self, pairs: &[(Place<'_>, Place<'_>)]) -> String {
        let managed_by_other_direction = pairs.iter().any(|(from, to)| from.managed || to.managed);
        if managed_by_other_direction {
            let missing = Direction::ALL.into_iter().filter(|direction| !self.topology.policy.directions.contains(direction));
            let words: Vec<&str> = missing.map(Direction::as_str).collect();
            return format!("{} is not in directions", words.join(" and "));
        }
        "neither firewall is written here, another one has to allow it".to_owned()
    }

    /// Says whether the site itself named who opens a flow.
    pub(super) fn named_by_site(&self, flow: &Flow) -> bool {
        self.topology.policy.initiators.contains_key(&flow.id) || self.managed_by_site(flow)
    }

    /// Says whether the site named who uses management flows, and this is one.
    pub(super) fn managed_by_site(&self, flow: &Flow) -> bool {
        flow.management && !self.topology.policy.management_from.is_empty()
    }

    pub(super) fn find_openers(&self, flow: &'a Flow) -> Openers<'a> {
        let policy = &self.topology.policy;
        let mut openers = Openers::default();
        match policy.initiators.get(&flow.id) {
            Some(parties) => parties.iter().for_each(|party| self.add_party(flow, party, &mut openers)),
            None if self.managed_by_site(flow) => {
                for initiator in &policy.management_from {
                    match initiator {
                        Initiator::Party(party) => self.add_party(flow, party, &mut openers),
                        Initiator::Placement(name) => {
                            openers.placed.extend(self.place(name).map(|place| ((place, None), None)));
                        }
                    }
                }
            }
            None => flow.initiators.iter().for_each(|party| self.add_party(flow, party, &mut openers)),
        }
        openers
    }

    pub(super) fn add_party(&self, flow: &Flow, party: &'a Party, openers: &mut Openers<'a>) {
        openers.names.insert(party.as_str());
        for (component, role) in self.topology.policy.members(self.matrix, party, &flow.listener) {
            for place in self.hosts(component) {
                let brought_by = openers.placed.entry((*place, Some(component))).or_insert(role);
                *brought_by = brought_by.or(role);
            }
        }
    }
}
