//! What the practitioner declares: which components live in which placement, and the policy of the site.
//!
//! [`Topology::resolve`] turns what was written ([`PlacementSpec`], [`PolicySpec`]: plain texts) into names that the matrix
//! knows, or says for each fault where it stands and what to write instead. Where a placement's network addresses or cloud
//! groups are is not known here, only whether its firewall is ours to write (`managed`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::matrix::{ComponentId, DoubtId, Flow, FlowId, MailService, Matrix, Party, RoleId};
use crate::net::{Direction, Ports, Protocol};

mod date;
mod resolve;
#[cfg(test)]
mod tests;

pub use date::Date;
pub use resolve::{unknown_end, unknown_party, unknown_placement, unknown_word};

/// The practitioner's name for a place where components live: a lower-case letter, then up to 31 of `a-z 0-9 _ -`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlacementName(Arc<str>);

impl PlacementName {
    /// Returns the name, or nothing for a text that is none.
    pub fn new(name: &str) -> Option<PlacementName> {
        let mut bytes = name.bytes();
        let first = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
        let rest = bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-');
        (first && rest && name.len() <= 32).then(|| PlacementName(Arc::from(name)))
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for PlacementName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PlacementName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for PlacementName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", &self.0)
    }
}

/// A placement as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlacementSpec {
    /// Names of components and roles; none where the configuration does not know them yet.
    pub components: Option<BTreeSet<String>>,
    /// Whether this placement's firewall is written by us.
    pub managed: bool,
    /// Whether all of its components share one host.
    pub single_host: bool,
    /// Whether its hosts can be members of multicast groups, because they are inside of the network that may carry multicast. One that
    /// is managed always can.
    pub can_join: bool,
}

/// A policy as written; what is absent takes its default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicySpec {
    /// `as_listed`, `prefer_secure`, `secure_only` or `plain_only`.
    pub transport: Option<String>,
    /// `ingress`, `egress` or both.
    pub directions: Option<BTreeSet<String>>,
    /// Flow ids.
    pub include: BTreeSet<String>,
    /// Flow ids, or `<flow id> from <placement>`.
    pub exclude: BTreeSet<String>,
    /// Flow id to the components and roles that open it.
    pub initiators: BTreeMap<String, BTreeSet<String>>,
    /// Placements, components or roles that use management flows.
    pub management_from: BTreeSet<String>,
    /// Role to the members that count on this site.
    pub roles: BTreeMap<String, BTreeSet<String>>,
    /// Flow id to the ports that this site uses.
    pub ports: BTreeMap<String, String>,
    /// Mail services in use.
    pub mail: BTreeSet<String>,
    /// `report` or `transit_gateway`.
    pub multicast: Option<String>,
    /// Flow id to the address of its multicast group.
    pub multicast_groups: BTreeMap<String, String>,
    /// `exact` or `coalesce`.
    pub port_ranges: Option<String>,
    /// Doubt id to what the site found out.
    pub answers: BTreeMap<String, String>,
    /// Flow id to why it is included, excluded or re-initiated.
    pub reasons: BTreeMap<String, String>,
    /// Flows that the matrix does not have.
    pub extra: Vec<ExtraSpec>,
}

/// A flow that the matrix does not have, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtraSpec {
    /// Its name; the flow is then called `extra.<name>`.
    pub name: String,
    /// The placement that opens connections.
    pub from: String,
    /// The placement that accepts them.
    pub to: String,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// Ports as in `ports`.
    pub ports: String,
    /// Why it is needed.
    pub reason: String,
    /// A change request or the like.
    pub ticket: Option<String>,
    /// The last day on which it is wanted, `YYYY-MM-DD`.
    pub expires: Option<String>,
}

/// A fault in what was written: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The way to it: `["placements", "agents", "components"]`; an index for `extra` is written as a number.
    pub at: Vec<String>,
    /// A few words that name the kind of fault.
    pub summary: &'static str,
    /// What is wrong and what to write instead, full sentences.
    pub detail: String,
}

/// How far encryption decides what is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TransportChoice {
    /// Every flow as the table lists it.
    AsListed,
    /// A plain flow is closed for those who have an open secure twin.
    PreferSecure,
    /// No plain flow is opened.
    SecureOnly,
    /// A secure flow is closed for those who have the plain one.
    PlainOnly,
}

impl TransportChoice {
    /// Every choice.
    pub const ALL: [TransportChoice; 4] =
        [TransportChoice::AsListed, TransportChoice::PreferSecure, TransportChoice::SecureOnly, TransportChoice::PlainOnly];

    /// Returns the word used in configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            TransportChoice::AsListed => "as_listed",
            TransportChoice::PreferSecure => "prefer_secure",
            TransportChoice::SecureOnly => "secure_only",
            TransportChoice::PlainOnly => "plain_only",
        }
    }
}

/// What is done about multicast flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MulticastChoice {
    /// They are reported: the network does not carry them.
    Report,
    /// A transit gateway carries them between the hosts of its cloud, and they are opened there.
    TransitGateway,
}

impl MulticastChoice {
    /// Every choice.
    pub const ALL: [MulticastChoice; 2] = [MulticastChoice::Report, MulticastChoice::TransitGateway];

    /// Returns the word used in configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            MulticastChoice::Report => "report",
            MulticastChoice::TransitGateway => "transit_gateway",
        }
    }
}

/// Who opens a flow: a printed or chosen party, or everything in one placement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Initiator {
    /// A component or a role.
    Party(Party),
    /// Whatever runs in this placement.
    Placement(PlacementName),
}

/// From where a flow is excluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exclusion {
    /// From everywhere.
    Whole,
    /// From these placements.
    From(BTreeSet<PlacementName>),
}

/// A placement whose names are known to the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// What lives here, roles resolved.
    pub components: BTreeSet<ComponentId>,
    /// Whether its firewall is written by us.
    pub managed: bool,
    /// Whether all of its components share one host.
    pub single_host: bool,
    /// Whether its hosts can be members of multicast groups.
    pub can_join: bool,
}

/// A flow that the matrix does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extra {
    /// `extra.<name>`.
    pub id: FlowId,
    /// Who opens it.
    pub from: PlacementName,
    /// Who accepts it.
    pub to: PlacementName,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its ports.
    pub ports: Ports,
    /// Why it is needed.
    pub reason: String,
    /// A change request or the like.
    pub ticket: Option<String>,
    /// The last day on which it is wanted.
    pub expires: Option<Date>,
}

/// What the site decided, in names that the matrix knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How far encryption decides.
    pub transport: TransportChoice,
    /// The directions that are written.
    pub directions: BTreeSet<Direction>,
    /// Flows opened although they are closed as shipped or only implied.
    pub include: BTreeSet<FlowId>,
    /// Flows not opened.
    pub exclude: BTreeMap<FlowId, Exclusion>,
    /// Who opens a flow instead of the printed initiators; who sends to a multicast group besides those the table says.
    pub initiators: BTreeMap<FlowId, BTreeSet<Party>>,
    /// Who uses management flows instead of the printed initiators; empty for the printed ones.
    pub management_from: BTreeSet<Initiator>,
    /// Narrowed roles.
    pub roles: BTreeMap<RoleId, BTreeSet<ComponentId>>,
    /// Ports of this site.
    pub ports: BTreeMap<FlowId, Ports>,
    /// Mail services in use.
    pub mail: BTreeSet<MailService>,
    /// What is done about multicast flows.
    pub multicast: MulticastChoice,
    /// Multicast groups of this site, instead of the printed ones.
    pub multicast_groups: BTreeMap<FlowId, Ipv4Addr>,
    /// Whether adjacent ports of one peer become one rule.
    pub coalesce: bool,
    /// What the site found out about doubts.
    pub answers: BTreeMap<DoubtId, String>,
    /// Why a flow is treated as it is.
    pub reasons: BTreeMap<FlowId, String>,
    /// Flows that the matrix does not have, by id.
    pub extra: BTreeMap<FlowId, Extra>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            transport: TransportChoice::AsListed,
            directions: BTreeSet::from(Direction::ALL),
            include: BTreeSet::new(),
            exclude: BTreeMap::new(),
            initiators: BTreeMap::new(),
            management_from: BTreeSet::new(),
            roles: BTreeMap::new(),
            ports: BTreeMap::new(),
            mail: BTreeSet::new(),
            multicast: MulticastChoice::Report,
            multicast_groups: BTreeMap::new(),
            coalesce: false,
            answers: BTreeMap::new(),
            reasons: BTreeMap::new(),
            extra: BTreeMap::new(),
        }
    }
}

impl Policy {
    /// Returns why a flow is open as it is. The reason of a flow that is closed from some placements is about that, and is told there.
    pub fn reason_to_open(&self, flow: &FlowId) -> Option<&str> {
        self.reasons.get(flow).filter(|_| !self.exclude.contains_key(flow)).map(String::as_str)
    }

    /// Returns the components that `party` stands for at the far end of a listener on this site, with the role that brings them: of a
    /// narrowed role what is left of it, and a role never makes a component its own peer.
    pub fn members<'a>(
        &'a self,
        matrix: &'a Matrix,
        party: &'a Party,
        listener: &ComponentId,
    ) -> Vec<(&'a ComponentId, Option<&'a RoleId>)> {
        match party {
            Party::Component(component) => vec![(component, None)],
            Party::Role(role) => {
                let members = self.roles.get(role).or_else(|| matrix.roles().get(role).map(|role| &role.members));
                members.into_iter().flatten().filter(|component| *component != listener).map(|component| (component, Some(role))).collect()
            }
        }
    }

    /// Returns the multicast group of a flow on this site.
    pub fn group(&self, flow: &Flow) -> Option<Ipv4Addr> {
        let printed = || flow.multicast.as_ref().and_then(|multicast| multicast.group);
        self.multicast_groups.get(&flow.id).copied().or_else(printed)
    }
}

/// Placements and policy of one configuration; every name in it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Topology {
    /// Placements by name.
    pub placements: BTreeMap<PlacementName, Placement>,
    /// What the site decided.
    pub policy: Policy,
}
