//! From what was written to names that the matrix knows, with every fault found on the way.

use std::collections::{BTreeMap, BTreeSet};

use super::{Exclusion, Fault, Initiator, Placement, PlacementName, PlacementSpec, Policy, PolicySpec, Topology, TransportChoice};
use crate::matrix::{ComponentId, DoubtId, MailService, Matrix, Party, RoleId};
use crate::net::Direction;
use remedy::{LOOK_UP_COMPONENTS, remedy};

pub use remedy::{unknown_end, unknown_party, unknown_placement, unknown_word};

mod extra;
mod flow;
mod multicast;
mod remedy;
mod word;

impl Topology {
    /// Resolves what was written against `matrix`.
    ///
    /// # Errors
    /// Every fault found, in the order in which the parts were written down.
    pub fn resolve(matrix: &Matrix, placements: &BTreeMap<String, PlacementSpec>, policy: &PolicySpec) -> Result<Topology, Vec<Fault>> {
        let mut resolver = Resolver { matrix, placements, placements_complete: true, policy_complete: true, faults: Vec::new() };
        let resolved = Topology { placements: resolver.placements(policy), policy: resolver.policy(policy) };
        if resolver.faults.is_empty() { Ok(resolved) } else { Err(resolver.faults) }
    }

    /// Resolves a policy alone, for questions about the table: placements that it names are not looked for, and what is about nothing
    /// but them is left out.
    ///
    /// # Errors
    /// Every fault found, as [`Topology::resolve`] finds them.
    pub fn resolve_policy(matrix: &Matrix, policy: &PolicySpec) -> Result<Policy, Vec<Fault>> {
        let placements = BTreeMap::new();
        let mut resolver =
            Resolver { matrix, placements: &placements, placements_complete: false, policy_complete: true, faults: Vec::new() };
        let resolved = resolver.policy(policy);
        if resolver.faults.is_empty() { Ok(resolved) } else { Err(resolver.faults) }
    }

    /// Returns the faults that are certain although parts are not written down yet: with incomplete placements no placement is
    /// missed, with an incomplete policy none is empty.
    pub fn check(
        matrix: &Matrix,
        placements: &BTreeMap<String, PlacementSpec>,
        placements_complete: bool,
        policy: &PolicySpec,
        policy_complete: bool,
    ) -> Vec<Fault> {
        let mut resolver = Resolver { matrix, placements, placements_complete, policy_complete, faults: Vec::new() };
        drop((resolver.placements(policy), resolver.policy(policy)));
        resolver.faults
    }
}

struct Resolver<'a> {
    matrix: &'a Matrix,
    placements: &'a BTreeMap<String, PlacementSpec>,
    placements_complete: bool,
    policy_complete: bool,
    faults: Vec<Fault>,
}

impl<'a> Resolver<'a> {
    fn fault(&mut self, at: &[&str], summary: &'static str, detail: String) {
        self.faults.push(Fault { at: at.iter().map(|step| (*step).to_owned()).collect(), summary, detail });
    }

    fn placements(&mut self, policy: &PolicySpec) -> BTreeMap<PlacementName, Placement> {
        let mut resolved = BTreeMap::new();
        for (name, spec) in self.placements {
            let Some(id) = PlacementName::new(name) else {
                let detail =
                    format!("`{name}` cannot name a placement: write a lower-case letter, then up to 31 of a-z, 0-9, `_` and `-`.");
                self.fault(&["placements", name], "Invalid placement name", detail);
                continue;
            };
            let mut components = BTreeSet::new();
            for word in spec.components.iter().flatten() {
                match self.party(word) {
                    Some(party) => components.extend(self.matrix.members(&party).cloned()),
                    None => {
                        let detail = format!("In placement `{name}`: {}", unknown_party(word, self.matrix));
                        self.fault(&["placements", name, "components"], "Unknown component", detail);
                    }
                }
            }
            let in_extra = policy.extra.iter().any(|extra| extra.from == *name || extra.to == *name);
            if spec.components.as_ref().is_some_and(BTreeSet::is_empty) && !in_extra && self.policy_complete {
                let detail = format!(
                    "Placement `{name}` has no components and no `extra` flow names it. List what lives there in `components`, name it as `from` or `to` of an `extra` block, or remove it."
                );
                self.fault(&["placements", name], "Empty placement", detail);
            }
            let PlacementSpec { managed, single_host, can_join, components: _ } = *spec;
            resolved.insert(id, Placement { components, managed, single_host, can_join: can_join || managed });
        }
        resolved
    }

    fn policy(&mut self, spec: &PolicySpec) -> Policy {
        let mut policy = Policy::default();
        if let Some(word) = &spec.transport {
            match TransportChoice::ALL.into_iter().find(|choice| choice.as_str() == word) {
                Some(choice) => policy.transport = choice,
                None => self.unknown_word(&["policy", "transport"], word, TransportChoice::ALL.iter().map(|choice| choice.as_str())),
            }
        }
        if let Some(words) = &spec.directions {
            policy.directions = BTreeSet::new();
            for word in words {
                match Direction::ALL.into_iter().find(|direction| direction.as_str() == word) {
                    Some(direction) => drop(policy.directions.insert(direction)),
                    None => self.unknown_word(&["policy", "directions"], word, Direction::ALL.iter().map(|direction| direction.as_str())),
                }
            }
            if words.is_empty() {
                let detail =
                    "With no direction nothing is written. Give \"ingress\", \"egress\" or both, or leave `directions` out for both.";
                self.fault(&["policy", "directions"], "No direction", detail.to_owned());
            }
        }
        for word in &spec.include {
            if let Some(flow) = self.flow(&["policy", "include"], word) {
                policy.include.insert(flow.id.clone());
            }
        }
        self.exclude(spec, &mut policy);
        for (word, names) in &spec.initiators {
            let at = ["policy", "initiators", word];
            let Some(flow) = self.flow(&at, word) else { continue };
            let parties: BTreeSet<Party> = names.iter().filter_map(|name| self.initiator(&at, name)).collect();
            if names.is_empty() {
                let detail = format!("`{word}` is left without anyone who opens it. Name components or roles, or list it in `exclude`.");
                self.fault(&at, "No initiator", detail);
            }
            policy.initiators.insert(flow.id.clone(), parties);
        }
        for word in &spec.management_from {
            let initiator = match PlacementName::new(word).filter(|_| self.placements.contains_key(word)) {
                Some(placement) => Some(Initiator::Placement(placement)),
                None => self.party(word).map(Initiator::Party),
            };
            match initiator {
                Some(initiator) => drop(policy.management_from.insert(initiator)),
                None if !self.placements_complete => {}
                None => {
                    let detail = unknown_end(word, self.placements.keys().map(String::as_str), self.matrix);
                    self.fault(&["policy", "management_from"], "Unknown placement or component", detail);
                }
            }
        }
        self.roles(spec, &mut policy);
        for (word, text) in &spec.ports {
            let at = ["policy", "ports", word];
            let flow = self.flow(&at, word);
            if let (Some(flow), Some(ports)) = (flow, self.ports(&at, text)) {
                policy.ports.insert(flow.id.clone(), ports);
            }
        }
        for word in &spec.mail {
            match MailService::ALL.iter().find(|service| service.as_str() == word) {
                Some(service) => drop(policy.mail.insert(*service)),
                None => self.unknown_word(&["policy", "mail"], word, MailService::ALL.iter().map(|service| service.as_str())),
            }
        }
        self.multicast(spec, &mut policy);
        match spec.port_ranges.as_deref() {
            None | Some("exact") => {}
            Some("coalesce") => policy.coalesce = true,
            Some(word) => self.unknown_word(&["policy", "port_ranges"], word, ["exact", "coalesce"]),
        }
        for (word, text) in &spec.answers {
            let at = ["policy", "answers", word];
            match self.matrix.doubts().get(word.as_str()) {
                Some(doubt) => drop(policy.answers.insert(doubt.id.clone(), text.clone())),
                None => {
                    let remedy = remedy(
                        word,
                        self.matrix.doubts().keys().map(DoubtId::as_str),
                        "The data source `emc_port_matrix` lists all `doubts`.",
                    );
                    self.fault(&at, "Unknown doubt", format!("`{word}` is not a doubt of the port matrix. {remedy}"));
                }
            }
            self.not_blank(&at, text, "what the site found out, with a ticket");
        }
        for (word, text) in &spec.reasons {
            let at = ["policy", "reasons", word];
            if let Some(flow) = self.flow(&at, word) {
                policy.reasons.insert(flow.id.clone(), text.clone());
            }
            self.not_blank(&at, text, "why the flow is treated so");
        }
        self.extra(spec, &mut policy);
        policy
    }

    fn exclude(&mut self, spec: &PolicySpec, policy: &mut Policy) {
        let at = ["policy", "exclude"];
        for text in &spec.exclude {
            let (word, placement) = match text.split_once(" from ") {
                Some((word, placement)) => (word.trim(), Some(placement.trim())),
                None => (text.as_str(), None),
            };
            if let (None, Some((flow, _))) = (placement, word.split_once(' ')) {
                let detail = format!(
                    "`{word}` is not a flow of the port matrix. To close a flow only from one placement, write `{flow} from <placement>`."
                );
                self.fault(&at, "Unknown flow", detail);
                continue;
            }
            let Some(flow) = self.flow(&at, word) else { continue };
            let Some(placement) = placement else {
                policy.exclude.insert(flow.id.clone(), Exclusion::Whole);
                if spec.include.contains(word) {
                    let detail = format!("`{word}` is in `include` and in `exclude`. Keep it in one of them.");
                    self.fault(&at, "Contradictory policy", detail);
                }
                continue;
            };
            if let Some(placement) = self.placement(&at, placement) {
                match policy.exclude.entry(flow.id.clone()).or_insert_with(|| Exclusion::From(BTreeSet::new())) {
                    Exclusion::Whole => {}
                    Exclusion::From(placements) => drop(placements.insert(placement)),
                }
            }
        }
    }

    fn roles(&mut self, spec: &PolicySpec, policy: &mut Policy) {
        for (word, names) in &spec.roles {
            let at = ["policy", "roles", word];
            let matrix = self.matrix;
            let Some(role) = matrix.roles().get(word.as_str()) else {
                let remedy = remedy(word, matrix.roles().keys().map(RoleId::as_str), LOOK_UP_COMPONENTS);
                self.fault(&at, "Unknown role", format!("`{word}` is not a role. {remedy}"));
                continue;
            };
            let mut members = BTreeSet::new();
            for name in names {
                match role.members.get(name.as_str()) {
                    Some(member) => drop(members.insert(member.clone())),
                    None => {
                        let remedy = remedy(name, role.members.iter().map(ComponentId::as_str), LOOK_UP_COMPONENTS);
                        let detail = format!(
                            "`{name}` is not a member of the role `{word}`; `roles` can only narrow it (to widen a flow, use `initiators`). {remedy}"
                        );
                        self.fault(&at, "Not a member of the role", detail);
                    }
                }
            }
            policy.roles.insert(role.id.clone(), members);
        }
    }
}
