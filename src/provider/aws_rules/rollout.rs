//! The resource's values as the domain and EC2 understand them: names, addresses, groups, and the rules that follow.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::Ipv4Addr;

use super::super::on_foreign::OnForeign;
use super::super::placements::{self, texts};
use super::super::{faults, policy};
use crate::aws::audit::DEFAULT_LIMIT;
use crate::aws::{GroupRef, IdError, PrefixListId, SecurityGroupId};
use crate::expand::{Expansion, expand};
use crate::line;
use crate::matrix::Matrix;
use crate::net::Cidr;
use crate::plugin::{AttributePath, Diagnostic, Diagnostics, Value};
use crate::rule::Peer;
use crate::topology::{PlacementName, Topology};

/// Where a transit gateway's IGMP queries come from: no address at all, as it has none in the subnet.
const QUERIER: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

/// Where IGMP version 2 sends what says that a host leaves a group (RFC 2236).
const ALL_ROUTERS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 2);

/// A placement's security group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Group {
    Absent,
    /// There is one, but it has no id yet.
    Unknown,
    Known(SecurityGroupId),
    /// Another account has it: others name it, and its rules cannot be written from here.
    Elsewhere(GroupRef),
}

impl Group {
    /// Reads `security_group_id` of a placement.
    pub(super) fn read(placement: &Value) -> Result<Group, IdError> {
        let id = placement.get("security_group_id");
        match id.as_str().map(str::parse::<GroupRef>).transpose()? {
            Some(group) if group.is_elsewhere() => Ok(Group::Elsewhere(group)),
            Some(group) => Ok(Group::Known(group.id)),
            None if id.is_null() => Ok(Group::Absent),
            None => Ok(Group::Unknown),
        }
    }

    /// Says whether a placement has a group of another account.
    pub(super) fn is_elsewhere(placement: &Value) -> bool {
        matches!(Group::read(placement), Ok(Group::Elsewhere(_)))
    }
}

/// How others name a placement in their rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PeerBy {
    Group,
    Addresses,
    Both,
}

impl PeerBy {
    pub(super) const ALL: [PeerBy; 3] = [PeerBy::Group, PeerBy::Addresses, PeerBy::Both];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            PeerBy::Group => "group",
            PeerBy::Addresses => "addresses",
            PeerBy::Both => "both",
        }
    }
}

/// Where a placement is.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) group: Group,
    pub(super) cidrs: BTreeSet<Cidr>,
    pub(super) lists: BTreeSet<PrefixListId>,
    /// Whether all addresses are known.
    pub(super) complete: bool,
    peer_by: PeerBy,
}

impl Home {
    /// Says whether rules of others name its addresses.
    pub(super) fn names_addresses(&self) -> bool {
        self.peer_by != PeerBy::Group
    }
}

/// One far end of a rule, as a cloud rule names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Group(PlacementName),
    Cidr(Cidr),
    List(PrefixListId),
}

/// A configuration, plan or state whose names are all known.
#[derive(Debug)]
pub(super) struct Rollout {
    pub(super) name: Option<String>,
    pub(super) homes: BTreeMap<PlacementName, Home>,
    pub(super) topology: Topology,
    pub(super) expansion: Expansion,
    pub(super) limit: u32,
    pub(super) on_foreign: OnForeign,
    pub(super) adopt_existing: bool,
    pub(super) remove_default_egress: bool,
}

impl Rollout {
    /// Reads a value of the resource's schema; nothing while a name that rules are made of is unknown.
    ///
    /// # Errors
    /// Whatever would have been refused when the configuration was validated.
    pub(super) fn read(value: &Value, matrix: &Matrix) -> Result<Option<Rollout>, Diagnostics> {
        let manage = value.get("manage");
        let (managed, manage_known) = texts(manage);
        let is_managed = |name: &str, placement: &Value| {
            let has_group = !placement.get("security_group_id").is_null();
            has_group && !Group::is_elsewhere(placement) && (manage.is_null() || managed.contains(name))
        };
        let mut placements = placements::read(value.get("placements"), is_managed);
        for (name, spec) in &mut placements.specs {
            // What has a security group is inside of the cloud, whoever writes that group.
            spec.can_join = !value.get("placements").get(name).get("security_group_id").is_null();
        }
        let written = policy::read(value.get("policy"));
        if !placements.complete || !written.complete || !manage_known {
            return Ok(None);
        }
        let topology = Topology::resolve(matrix, &placements.specs, &written.spec).map_err(|found| faults::diagnostics(&found))?;
        let mut homes = BTreeMap::new();
        for (name, placement) in value.get("placements").entries() {
            if let Some((key, _)) = topology.placements.get_key_value(name) {
                homes.insert(key.clone(), home(name, placement)?);
            }
        }
        let expansion = expand(matrix, &topology);
        let limit = value.get("rules_per_group").as_i64().and_then(|limit| u32::try_from(limit).ok());
        Ok(Some(Rollout {
            name: value.get("name").as_str().map(str::to_owned),
            homes,
            topology,
            expansion,
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            on_foreign: OnForeign::read(value),
            adopt_existing: value.get("adopt_existing").as_bool().unwrap_or(false),
            remove_default_egress: value.get("remove_default_egress").as_bool().unwrap_or(false),
        }))
    }

    /// Returns the placements whose groups this resource writes.
    pub(super) fn managed(&self) -> impl Iterator<Item = &PlacementName> {
        self.topology.placements.iter().filter(|(_, placement)| placement.managed).map(|(name, _)| name)
    }

    /// Returns a placement's group in this account, if it has an id.
    pub(super) fn group(&self, placement: &PlacementName) -> Option<&SecurityGroupId> {
        match self.homes.get(placement).map(|home| &home.group) {
            Some(Group::Known(group)) => Some(group),
            Some(Group::Absent | Group::Unknown | Group::Elsewhere(_)) | None => None,
        }
    }

    /// Returns a placement's group as a far end, if it has an id; it may be another account's.
    pub(super) fn far_group(&self, placement: &PlacementName) -> Option<GroupRef> {
        match self.homes.get(placement).map(|home| &home.group) {
            Some(Group::Known(group)) => Some(group.clone().into()),
            Some(Group::Elsewhere(group)) => Some(group.clone()),
            Some(Group::Absent | Group::Unknown) | None => None,
        }
    }

    /// Returns the ids of all groups that this resource writes, as far as they have one.
    pub(super) fn groups(&self) -> BTreeSet<SecurityGroupId> {
        self.managed().filter_map(|name| self.group(name)).cloned().collect()
    }

    /// Returns the ids of all groups of this account that the placements name, also of those that others write.
    pub(super) fn named_groups(&self) -> BTreeSet<SecurityGroupId> {
        let known = self.homes.values().filter_map(|home| match &home.group {
            Group::Known(group) => Some(group.clone()),
            Group::Absent | Group::Unknown | Group::Elsewhere(_) => None,
        });
        known.collect()
    }

    /// Returns the managed placements in a group; several may share one.
    pub(super) fn residents<'a>(&'a self, group: &'a SecurityGroupId) -> impl Iterator<Item = &'a PlacementName> {
        self.managed().filter(move |name| self.group(name) == Some(group))
    }

    /// Returns how cloud rules name a far end, and whether that is all of it.
    pub(super) fn ends(&self, peer: &Peer) -> (Vec<End>, bool) {
        let one = |address: Ipv4Addr| (vec![End::Cidr(address.into())], true);
        match peer {
            Peer::Placement(name) => self.ends_of(name),
            // EC2 takes no security group as the source of multicast, and a transit gateway carries IPv4 only.
            Peer::Senders(name) => match self.homes.get(name) {
                Some(home) => (home.cidrs.iter().filter(|cidr| cidr.is_ipv4()).copied().map(End::Cidr).collect(), home.complete),
                None => (Vec::new(), true),
            },
            Peer::MulticastGroup(group) => one(*group),
            Peer::Querier => one(QUERIER),
            Peer::Routers => one(ALL_ROUTERS),
        }
    }

    /// Returns how others name a placement.
    fn ends_of(&self, peer: &PlacementName) -> (Vec<End>, bool) {
        let Some(home) = self.homes.get(peer) else { return (Vec::new(), true) };
        let mut ends = Vec::new();
        if matches!(home.peer_by, PeerBy::Group | PeerBy::Both) {
            ends.push(End::Group(peer.clone()));
        }
        if !home.names_addresses() {
            return (ends, true);
        }
        ends.extend(home.cidrs.iter().copied().map(End::Cidr));
        ends.extend(home.lists.iter().cloned().map(End::List));
        (ends, home.complete)
    }
}

/// Returns what a line says of its far end.
pub(super) fn far_end(ends: &[End]) -> String {
    let groups = ends.iter().filter(|end| matches!(end, End::Group(_))).map(ToString::to_string);
    let addresses: Vec<String> = ends.iter().filter(|end| !matches!(end, End::Group(_))).map(ToString::to_string).collect();
    let parts: Vec<String> = groups.chain((!addresses.is_empty()).then(|| line::addresses(&addresses))).collect();
    parts.join(" and ")
}

impl fmt::Display for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Group(placement) => write!(formatter, "group of {placement}"),
            End::Cidr(cidr) => write!(formatter, "{cidr}"),
            End::List(list) => write!(formatter, "{list}"),
        }
    }
}

fn home(name: &str, placement: &Value) -> Result<Home, Diagnostics> {
    let path = AttributePath::root().attr("placements").key(name);
    let wrong = |attribute: &str, detail: String| Diagnostics::from(Diagnostic::error("Invalid value", detail).at(&path.attr(attribute)));
    let group = Group::read(placement).map_err(|error| wrong("security_group_id", format!("{error}.")))?;
    let (mut cidrs, mut lists, mut complete) = (BTreeSet::new(), BTreeSet::new(), true);
    for attribute in ["cidr_ipv4", "cidr_ipv6"] {
        let (blocks, all) = texts(placement.get(attribute));
        complete &= all;
        for block in blocks {
            cidrs.insert(block.parse::<Cidr>().map_err(|error| wrong(attribute, format!("{error}.")))?);
        }
    }
    let (ids, all) = texts(placement.get("prefix_list_ids"));
    complete &= all;
    for id in ids {
        lists.insert(id.parse::<PrefixListId>().map_err(|error| wrong("prefix_list_ids", format!("{error}.")))?);
    }
    let chosen = PeerBy::ALL.into_iter().find(|choice| placement.get("peer_by").as_str() == Some(choice.as_str()));
    let has_addresses = !complete || !cidrs.is_empty() || !lists.is_empty();
    let peer_by = match (chosen, &group) {
        (_, Group::Absent) => PeerBy::Addresses,
        (_, Group::Unknown | Group::Known(_) | Group::Elsewhere(_)) if !has_addresses => PeerBy::Group,
        (Some(chosen), Group::Unknown | Group::Known(_) | Group::Elsewhere(_)) => chosen,
        (None, Group::Unknown | Group::Known(_) | Group::Elsewhere(_)) => PeerBy::Group,
    };
    Ok(Home { group, cidrs, lists, complete, peer_by })
}
