//! What passes between placements: rules as someone sees them who stands between the two ends.
//!
//! A firewall of ours sees its own end only, and a rule is one direction of it. Whoever asks who reaches whom, draws it, or has a
//! firewall of somebody else's opened, sees both ends at once: a [`Passage`]. Every placement counts, whoever writes its firewall, and so
//! does every flow that the policy opens, whatever the policy says of directions. It knows no address and no Terraform.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::expand::{Expansion, expand};
use crate::matrix::{DoubtId, FlowId, Matrix, Transport};
use crate::net::{Direction, PortRange, Protocol};
use crate::rule::{Cause, Traffic};
use crate::topology::{Date, PlacementName, Topology};

#[cfg(test)]
pub(crate) mod tests;

/// A rollout to be asked about: placements and policy, and what passes under them.
#[derive(Debug)]
pub struct Rollout<'a> {
    /// The table.
    pub matrix: &'a Matrix,
    /// Placements and policy; every placement has a firewall that counts, in both directions.
    pub topology: Topology,
    /// Their rules and notes.
    pub expansion: Expansion,
    /// What passes, by who opens it, then by who listens, then by protocol and ports.
    pub passages: Vec<Passage>,
}

/// What one placement may send to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Who opens connections, or sends to a multicast group.
    pub from: PlacementName,
    /// Who accepts them, or is a member of the group.
    pub to: PlacementName,
    /// The protocol.
    pub protocol: Protocol,
    /// The ports of the listening end.
    pub ports: PortRange,
    /// The multicast group that it goes through, if it is not sent to hosts.
    pub group: Option<Ipv4Addr>,
    /// The flows behind it, `extra.<name>` among them.
    pub flows: BTreeMap<FlowId, Cause>,
}

/// What people ask about one flow of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts<'a> {
    /// Whether it is encrypted; nothing is known of the site's own flows.
    pub transport: Option<Transport>,
    /// Whether it is a management connection.
    pub management: bool,
    /// The printed row; none for implied flows and the site's own.
    pub row: Option<u16>,
    /// Why it is open, where the site said so.
    pub reason: Option<&'a str>,
    /// The change request of the site's own flows.
    pub ticket: Option<&'a str>,
    /// The last day on which it is wanted.
    pub expires: Option<Date>,
    /// The unanswered questions that it rests on.
    pub questions: Vec<&'a DoubtId>,
    /// What it is for; for the site's own flows empty, they have a reason.
    pub description: &'a str,
}

impl Facts<'_> {
    /// Says whether it is encrypted in words for those who do not know the table's; nothing is known of the site's own flows.
    pub fn encryption(&self) -> Option<&'static str> {
        self.transport.map(|transport| match transport {
            Transport::Either => "plain or secure",
            Transport::Plain | Transport::Secure => transport.as_str(),
        })
    }
}

impl Rollout<'_> {
    /// Returns what placements and policy let pass.
    pub fn new(matrix: &Matrix, mut topology: Topology) -> Rollout<'_> {
        topology.policy.directions = BTreeSet::from(Direction::ALL);
        for placement in topology.placements.values_mut() {
            (placement.managed, placement.can_join) = (true, true);
        }
        let expansion = expand(matrix, &topology);
        let passages = passages(matrix, &topology, &expansion);
        Rollout { matrix, topology, expansion, passages }
    }

    /// Returns what people ask about a flow that passes for this cause.
    pub fn facts<'a>(&'a self, id: &FlowId, cause: &'a Cause) -> Facts<'a> {
        let policy = &self.topology.policy;
        let extra = policy.extra.get(id);
        let flow = self.matrix.flows().get(id);
        Facts {
            transport: flow.map(|flow| flow.transport),
            management: flow.is_some_and(|flow| flow.management),
            row: flow.and_then(|flow| flow.row),
            reason: extra.map(|extra| extra.reason.as_str()).or_else(|| policy.reason_to_open(id)),
            ticket: extra.and_then(|extra| extra.ticket.as_deref()),
            expires: extra.and_then(|extra| extra.expires),
            questions: self.expansion.questions(self.matrix, id, cause).collect(),
            description: flow.map_or("", |flow| flow.description.as_str()),
        }
    }
}

/// With every firewall ours and both directions written, the rules of the listening ends have all of it.
fn passages(matrix: &Matrix, topology: &Topology, expansion: &Expansion) -> Vec<Passage> {
    let mut found: BTreeMap<_, BTreeMap<FlowId, Cause>> = BTreeMap::new();
    for rule in expansion.rules.values().filter(|rule| rule.key.direction == Direction::Ingress) {
        let Traffic::Ports { protocol, ports } = rule.key.traffic else { continue };
        let Some(from) = rule.key.peer.placement() else { continue };
        for (id, cause) in &rule.flows {
            let group = matrix.flows().get(id).and_then(|flow| topology.policy.group(flow));
            let key = (from, &rule.key.local, protocol, ports, group);
            found.entry(key).or_default().insert(id.clone(), cause.clone());
        }
    }
    let passage = |((from, to, protocol, ports, group), flows): ((&PlacementName, &PlacementName, _, _, _), _)| Passage {
        from: from.clone(),
        to: to.clone(),
        protocol,
        ports,
        group,
        flows,
    };
    found.into_iter().map(passage).collect()
}
