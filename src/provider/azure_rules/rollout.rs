//! The resource's values as the domain and Azure understand them: names, addresses, groups, and the rules that follow.

use std::collections::{BTreeMap, BTreeSet};

use super::super::on_foreign::OnForeign;
use super::super::placements::{self, texts};
use super::super::{faults, policy};
use crate::azure::priority::Band;
use crate::azure::{AsgId, Ends, IdError, NsgId, WriteMode};
use crate::expand::{Expansion, expand};
use crate::matrix::Matrix;
use crate::net::Cidr;
use crate::plugin::{AttributePath, Diagnostic, Diagnostics, Value};
use crate::topology::{PlacementName, Topology};

/// A placement's network security group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Group {
    Absent,
    /// There is one, but it has no id yet.
    Unknown,
    Known(NsgId),
}

impl Group {
    /// Reads `network_security_group_id` of a placement.
    pub(super) fn read(placement: &Value) -> Result<Group, IdError> {
        let id = placement.get("network_security_group_id");
        match id.as_str().map(str::parse::<NsgId>).transpose()? {
            Some(group) => Ok(Group::Known(group)),
            None if id.is_null() => Ok(Group::Absent),
            None => Ok(Group::Unknown),
        }
    }
}

/// Where a placement is.
#[derive(Debug, Clone)]
pub(super) struct Home {
    pub(super) group: Group,
    /// What is known of where its hosts are.
    pub(super) ends: Ends,
    /// Whether it has application security groups, also if they have no ids yet.
    pub(super) in_groups: bool,
    /// Whether the ids of all of its application security groups are known.
    pub(super) groups_known: bool,
    /// Whether all of its addresses are known.
    pub(super) addresses_known: bool,
}

/// A configuration, plan or state whose names are all known.
#[derive(Debug)]
pub(super) struct Rollout {
    pub(super) name: Option<String>,
    pub(super) homes: BTreeMap<PlacementName, Home>,
    pub(super) topology: Topology,
    pub(super) expansion: Expansion,
    pub(super) band: Band,
    pub(super) on_foreign: OnForeign,
    pub(super) adopt_existing: bool,
    pub(super) write_mode: WriteMode,
    pub(super) flush_connections: Option<bool>,
    pub(super) unlisted: Unlisted,
}

/// What becomes of traffic that no line allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Unlisted {
    /// Whether it is denied.
    pub(super) deny: bool,
    /// Whether hosts of one placement may still say anything to each other.
    pub(super) allow_within_placement: bool,
    /// Whether rules of others may be made void by that.
    pub(super) accept_void: bool,
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
            let has_group = !placement.get("network_security_group_id").is_null();
            has_group && (manage.is_null() || managed.contains(name))
        };
        let placements = placements::read(value.get("placements"), is_managed);
        let written = policy::read(value.get("policy"));
        // The number of rules depends on these.
        let settings = ["priority_range", "deny_unlisted", "allow_within_placement"];
        let settings_known = settings.iter().all(|name| value.get(name).is_known());
        if !placements.complete || !written.complete || !manage_known || !settings_known {
            return Ok(None);
        }
        let topology = Topology::resolve(matrix, &placements.specs, &written.spec).map_err(|found| faults::diagnostics(&found))?;
        let mut homes = BTreeMap::new();
        for (name, placement) in value.get("placements").entries() {
            if let Some((key, _)) = topology.placements.get_key_value(name) {
                homes.insert(key.clone(), home(name, placement)?);
            }
        }
        let band = value.get("priority_range").as_str().map_or_else(|| Ok(Band::default()), str::parse);
        let at_band = AttributePath::root().attr("priority_range");
        let band = band.map_err(|error| Diagnostic::error("Invalid range of priorities", format!("{error}.")).at(&at_band))?;
        let mode = WriteMode::ALL.into_iter().find(|mode| value.get("write_mode").as_str() == Some(mode.as_str()));
        let told = |name: &str| value.get(name).as_bool().unwrap_or(false);
        Ok(Some(Rollout {
            name: value.get("name").as_str().map(str::to_owned),
            homes,
            expansion: expand(matrix, &topology),
            topology,
            band,
            on_foreign: OnForeign::read(value),
            adopt_existing: told("adopt_existing"),
            write_mode: mode.unwrap_or_default(),
            flush_connections: value.get("flush_connections").as_bool(),
            unlisted: Unlisted {
                deny: told("deny_unlisted"),
                allow_within_placement: told("allow_within_placement"),
                accept_void: told("accept_void"),
            },
        }))
    }

    /// Returns the placements whose groups this resource writes.
    pub(super) fn managed(&self) -> impl Iterator<Item = &PlacementName> {
        self.topology.placements.iter().filter(|(_, placement)| placement.managed).map(|(name, _)| name)
    }

    /// Returns a placement's group, if it has an id.
    pub(super) fn group(&self, placement: &PlacementName) -> Option<&NsgId> {
        match self.homes.get(placement).map(|home| &home.group) {
            Some(Group::Known(group)) => Some(group),
            Some(Group::Absent | Group::Unknown) | None => None,
        }
    }

    /// Returns the ids of all groups that this resource writes, as far as they have one.
    pub(super) fn groups(&self) -> BTreeSet<NsgId> {
        self.managed().filter_map(|name| self.group(name)).cloned().collect()
    }

    /// Returns the managed placements in a group; several may share one.
    pub(super) fn residents<'a>(&'a self, group: &'a NsgId) -> impl Iterator<Item = &'a PlacementName> {
        self.managed().filter(move |name| self.group(name) == Some(group))
    }

    /// Returns a group as a sentence names it, with the placement that it belongs to.
    pub(super) fn place(&self, group: &NsgId) -> String {
        match self.residents(group).next() {
            Some(placement) => format!("{} (placement `{placement}`)", group.name()),
            None => group.to_string(),
        }
    }
}

/// Returns where a configuration names the group of a placement.
pub(super) fn at_group(placement: &PlacementName) -> AttributePath {
    AttributePath::root().attr("placements").key(placement.as_str()).attr("network_security_group_id")
}

fn home(name: &str, placement: &Value) -> Result<Home, Diagnostics> {
    let path = AttributePath::root().attr("placements").key(name);
    let wrong = |attribute: &str, detail: String| Diagnostics::from(Diagnostic::error("Invalid value", detail).at(&path.attr(attribute)));
    let group = Group::read(placement).map_err(|error| wrong("network_security_group_id", format!("{error}.")))?;
    let mut ends = Ends::default();
    let groups = placement.get("application_security_group_ids");
    let (ids, groups_known) = texts(groups);
    for id in &ids {
        ends.groups.insert(id.parse::<AsgId>().map_err(|error| wrong("application_security_group_ids", format!("{error}.")))?);
    }
    let (blocks, addresses_known) = texts(placement.get("address_prefixes"));
    for block in blocks {
        ends.prefixes.insert(block.parse::<Cidr>().map_err(|error| wrong("address_prefixes", format!("{error}.")))?);
    }
    let in_groups = !groups.is_known() || !groups.elements().is_empty();
    Ok(Home { group, ends, in_groups, groups_known, addresses_known })
}
