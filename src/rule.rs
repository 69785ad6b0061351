//! One allowed opening between two placements, and its identity, made of names only.
//!
//! A rule names both ends, but not where they are: addresses and cloud groups are bound later. It knows why it exists only
//! as flow ids; it knows no priority and no cloud.

use std::collections::BTreeMap;
use std::fmt;

use crate::matrix::{FlowId, RoleId};
use crate::net::{Direction, PortRange, Protocol};
use crate::topology::PlacementName;

/// What makes a rule that rule: equal keys are one rule, whatever needs them.
///
/// Displayed as people see it inside one placement and direction: `tcp 29091 from agents`, `tcp 29072-29074 to core`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleKey {
    /// The placement whose firewall holds the rule.
    pub local: PlacementName,
    /// Toward or away from it.
    pub direction: Direction,
    /// Layer-4 protocol.
    pub protocol: Protocol,
    /// Ports at the listening end.
    pub ports: PortRange,
    /// The placement at the far end.
    pub peer: PlacementName,
}

impl RuleKey {
    /// Returns a key that no other of this placement comes before, to look up all of them in their order.
    pub(crate) fn least(local: &PlacementName) -> Option<RuleKey> {
        let (ports, peer) = (PortRange::new(1, 1).ok()?, PlacementName::new("a")?);
        Some(RuleKey { local: local.clone(), direction: Direction::Egress, protocol: Protocol::Tcp, ports, peer })
    }
}

impl fmt::Display for RuleKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let toward = match self.direction {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        };
        write!(formatter, "{} {} {toward} {}", self.protocol, self.ports, self.peer)
    }
}

/// Why a flow takes part in a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cause {
    /// The role through which at least one initiator came; others may be printed by name beside it.
    pub role: Option<RoleId>,
}

/// One rule: its key, and the flows that need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its identity.
    pub key: RuleKey,
    /// The flows behind it, `extra.<name>` among them.
    pub flows: BTreeMap<FlowId, Cause>,
}
