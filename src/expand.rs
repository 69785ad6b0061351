//! Expands the port matrix over a topology into rules.
//!
//! For every flow with both ends placed, the initiator's placement receives an egress rule and the listener's an ingress rule,
//! where their firewalls are ours; multicast flows are opened toward their group instead. Expansion is pure and total: same
//! matrix, same topology, same rules in the same order, in time linear in the rules produced. Every flow ends as a rule or as a
//! [`Note`] that names it. It knows names only: no address but those of multicast groups, no cloud, no Terraform, no clock.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::matrix::{DoubtId, Flow, FlowId, Matrix, RoleId, Settlement};
use crate::net::{Direction, Ports, Protocol};
use crate::note::{Note, NoteKind, Subject};
use crate::rule::{Cause, Rule, RuleKey, Traffic};
use crate::topology::{Exclusion, Extra, PlacementName, Topology};

mod coalesce;
mod multicast;
mod openings;
mod questions;
mod site;
#[cfg(test)]
mod tests;
mod transport;
mod twin;

use openings::{End, FlowNumber, Opening, Openings};
use site::{Place, Site};
use transport::Decision;

/// What a topology needs: rules, and for everything that is no rule, why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expansion {
    /// Rules by identity.
    pub rules: BTreeMap<RuleKey, Rule>,
    /// Notes by what they are about; every flow without a rule is among them.
    pub notes: BTreeMap<Subject, Note>,
    /// Flows that stay unencrypted although the policy asks for encryption: why, and who needs them.
    pub still_plain: BTreeMap<FlowId, String>,
    /// Settings of the policy that changed nothing, such as a flow excluded from where nobody opens it.
    pub idle: Vec<String>,
    /// Unanswered doubts that change what must be open, of flows in use.
    pub open_questions: BTreeMap<DoubtId, String>,
    /// The flows that the open questions are about: in use, or waiting for the answer.
    pub questioned: BTreeMap<FlowId, BTreeSet<DoubtId>>,
    /// Doubts of the same weight that a setting of the policy has decided for every flow in use.
    pub settled: BTreeMap<DoubtId, Settlement>,
}

impl Expansion {
    /// Returns the rules of one placement, in their order; looks at no others.
    pub fn rules_of<'a>(&'a self, local: &'a PlacementName) -> impl Iterator<Item = &'a Rule> {
        let from = RuleKey::least(local).into_iter().flat_map(|least| self.rules.range(least..));
        from.map(|(_, rule)| rule).take_while(move |rule| rule.key.local == *local)
    }

    /// Returns the unanswered questions that a flow rests on where it takes part in a rule for this cause.
    pub fn questions<'a>(&'a self, matrix: &'a Matrix, flow: &FlowId, cause: &'a Cause) -> impl Iterator<Item = &'a DoubtId> {
        self.questioned.get(flow).into_iter().flatten().filter(|doubt| {
            // Who belongs to a role is no question for those whom the table names.
            let about_roles = matrix.doubts().get(*doubt).is_some_and(|doubt| doubt.settled_by.iter().eq([&Settlement::Roles]));
            cause.role.is_some() || !about_roles
        })
    }

    /// Returns a fingerprint of the openings: 16 hexadecimal digits of a SHA-256 over placements, keys and flows.
    ///
    /// Equal digests mean equal openings, whatever the cloud, the addresses and the wording.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for rule in self.rules.values() {
            let flows: Vec<&str> = rule.flows.keys().map(FlowId::as_str).collect();
            hash.update(format!("{} {} {} {}\n", rule.key.local, rule.key.direction, rule.key, flows.join(" ")));
        }
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Expands `matrix` over `topology`.
pub fn expand(matrix: &Matrix, topology: &Topology) -> Expansion {
    let site = Site::new(matrix, topology);
    let mut draft = Draft::new(&site);
    for flow in matrix.flows().values() {
        if let Err(note) = draft.flow(flow) {
            draft.expansion.notes.insert(Subject::Flow(flow.id.clone()), note);
        }
    }
    for extra in topology.policy.extra.values() {
        if let Err(note) = draft.extra(extra) {
            draft.expansion.notes.insert(Subject::Flow(extra.id.clone()), note);
        }
    }
    draft.unused_placements();
    draft.expansion.idle = site.idle_exclusions();
    draft.open_questions();
    let Draft { mut expansion, openings, .. } = draft;
    expansion.rules = openings.into_rules();
    if topology.policy.coalesce {
        expansion.rules = coalesce::join_adjacent(expansion.rules);
    }
    expansion
}

/// What became of one pair of placements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Ruled,
    SameHost,
    Outside,
    Excluded,
    /// One of the two cannot be a member of multicast groups.
    Unreached,
}

/// A pair of placements, initiator first.
type Pair<'a> = (Place<'a>, Place<'a>);

/// What a flow wants opened.
struct Wanted<'a> {
    flow: FlowNumber,
    protocol: Protocol,
    ports: &'a Ports,
    /// Initiators that the policy excludes.
    not_from: Option<&'a BTreeSet<PlacementName>>,
}

impl Wanted<'_> {
    fn excludes(&self, place: Place<'_>) -> bool {
        self.not_from.is_some_and(|placements| placements.contains(place.name))
    }
}

struct Draft<'a> {
    site: &'a Site<'a>,
    expansion: Expansion,
    openings: Openings<'a>,
    /// Flows that have a rule.
    ruled: BTreeSet<&'a FlowId>,
    /// Numbers of placements that take part in something.
    touched: BTreeSet<u32>,
}

impl<'a> Draft<'a> {
    fn new(site: &'a Site<'a>) -> Draft<'a> {
        let (openings, ruled, touched) = (Openings::default(), BTreeSet::new(), BTreeSet::new());
        Draft { site, expansion: Expansion::default(), openings, ruled, touched }
    }

    /// Turns one flow into rules, or says why there are none.
    fn flow(&mut self, flow: &'a Flow) -> Result<(), Note> {
        let site = self.site;
        site.admit(flow)?;
        let transport = transport::decide(site, flow);
        let Some(ports) = site.ports(flow) else {
            return Err(Note { kind: NoteKind::Implied, reason: "no port in the document, give one in ports".to_owned() });
        };
        if transport.open.is_empty() {
            return Err(Note { kind: NoteKind::Transport, reason: transport.closed_because(site, flow) });
        }
        site.mail_chosen(flow)?;
        let wanted = self.wanted(&flow.id, flow.protocol, &ports);
        let fates = match site.carried(flow)? {
            Some(group) => self.multicast(flow, &wanted, group, &transport),
            None => self.unicast(flow, &wanted, &transport),
        };
        self.settle(&flow.id, &fates)?;
        if let Some(reason) = transport.still_plain(site, flow) {
            self.expansion.still_plain.insert(flow.id.clone(), reason);
        }
        Ok(())
    }

    /// Opens a flow from each of its initiators to each of its listeners.
    fn unicast(&mut self, flow: &'a Flow, wanted: &Wanted<'_>, transport: &Decision<'a>) -> Vec<(Pair<'a>, Fate)> {
        let (initiators, hosts) = (transport.placements(), self.site.hosts(&flow.listener));
        self.touched.extend(initiators.keys().chain(hosts).map(|place| place.number));
        let mut fates = Vec::with_capacity(initiators.len() * hosts.len());
        for (from, role) in initiators {
            fates.extend(hosts.iter().map(|to| ((from, *to), self.pair(wanted, from, *to, role))));
        }
        fates
    }

    /// Turns a flow of the site's own into rules, or says why there are none.
    fn extra(&mut self, extra: &'a Extra) -> Result<(), Note> {
        let ends = self.site.place(&extra.from).zip(self.site.place(&extra.to));
        let wanted = self.wanted(&extra.id, extra.protocol, &extra.ports);
        self.touched.extend(ends.iter().flat_map(|(from, to)| [from.number, to.number]));
        let fates: Vec<_> = ends.into_iter().map(|(from, to)| ((from, to), self.pair(&wanted, from, to, None))).collect();
        self.settle(&extra.id, &fates)
    }

    fn wanted<'w>(&mut self, id: &'a FlowId, protocol: Protocol, ports: &'w Ports) -> Wanted<'w>
    where
        'a: 'w,
    {
        let not_from = match self.site.topology.policy.exclude.get(id) {
            Some(Exclusion::From(placements)) => Some(placements),
            Some(Exclusion::Whole) | None => None,
        };
        Wanted { flow: self.openings.announce(id), protocol, ports, not_from }
    }

    /// Opens one flow between two placements.
    fn pair(&mut self, wanted: &Wanted<'_>, from: Place<'a>, to: Place<'a>, role: Option<&'a RoleId>) -> Fate {
        if wanted.excludes(from) {
            return Fate::Excluded;
        }
        if from == to && from.single_host {
            return Fate::SameHost;
        }
        let Wanted { flow, protocol, ports, .. } = *wanted;
        let mut fate = Fate::Outside;
        for (direction, local, peer) in [(Direction::Ingress, to, from), (Direction::Egress, from, to)] {
            if local.managed && self.site.topology.policy.directions.contains(&direction) {
                fate = Fate::Ruled;
                ports.ranges().iter().for_each(|ports| {
                    let traffic = Traffic::Ports { protocol, ports: *ports };
                    self.openings.add(Opening { local, direction, traffic, peer: End::Placement(peer), flow, role });
                });
            }
        }
        fate
    }

    /// Notes the pairs without a rule; for a flow with no rule at all, one note says why.
    fn settle(&mut self, flow: &'a FlowId, fates: &[(Pair<'a>, Fate)]) -> Result<(), Note> {
        let pairs = |fate: Fate| fates.iter().filter(move |entry| entry.1 == fate).map(|entry| entry.0);
        let named = |fate: Fate| pairs(fate).map(|(from, to)| format!("{} to {}", from.name, to.name)).collect::<Vec<_>>().join(", ");
        if pairs(Fate::Ruled).next().is_some() {
            self.ruled.insert(flow);
            for kind in [Fate::Outside, Fate::Excluded, Fate::Unreached] {
                for (from, to) in pairs(kind) {
                    let note = match kind {
                        Fate::Outside => Note { kind: NoteKind::Outside, reason: self.site.outside_because(&[(from, to)]) },
                        Fate::Unreached => self.site.unreached(flow, &[(from, to)]),
                        Fate::Ruled | Fate::SameHost | Fate::Excluded => self.site.excluded(flow),
                    };
                    let subject = Subject::Pair { flow: flow.clone(), from: from.name.clone(), to: to.name.clone() };
                    self.expansion.notes.insert(subject, note);
                }
            }
            return Ok(());
        }
        if pairs(Fate::Unreached).next().is_some() {
            return Err(self.site.unreached(flow, &pairs(Fate::Unreached).collect::<Vec<_>>()));
        }
        if pairs(Fate::Outside).next().is_some() {
            let outside: Vec<_> = pairs(Fate::Outside).collect();
            return Err(Note {
                kind: NoteKind::Outside,
                reason: format!("{}: {}", named(Fate::Outside), self.site.outside_because(&outside)),
            });
        }
        if pairs(Fate::SameHost).next().is_some() {
            let hosts: Vec<&str> = pairs(Fate::SameHost).map(|(from, _)| from.name.as_str()).collect();
            return Err(Note { kind: NoteKind::SameHost, reason: format!("both ends are in {}, one host", hosts.join(", ")) });
        }
        Err(self.site.excluded(flow))
    }

    fn unused_placements(&mut self) {
        for Place { name, .. } in self.site.places().filter(|place| !self.touched.contains(&place.number)) {
            let note = Note { kind: NoteKind::UnusedPlacement, reason: "it takes part in no open flow".to_owned() };
            self.expansion.notes.insert(Subject::Placement(name.clone()), note);
        }
    }
}
