//! What a configuration of this resource asks of its groups, for those who only look at them.

use std::collections::{BTreeMap, BTreeSet};

use super::rollout::{Group, Rollout};
use super::{check, failure, forewarn, schema};
use crate::aws::{AwsError, Peer, Permission, SecurityGroupId};
use crate::expand::Expansion;
use crate::matrix::Matrix;
use crate::plugin::{Attribute, AttributePath, Diagnostic, Diagnostics, Value};
use crate::rule::Rule;
use crate::topology::{PlacementName, Topology};

/// Placements and policy of a configuration, and the cloud rules that follow.
#[derive(Debug)]
pub(in crate::provider) struct Asked(Rollout);

impl Asked {
    /// Returns the attributes of one placement, as the resource has them.
    pub(in crate::provider) fn placement(written: &str) -> Vec<Attribute> {
        schema::placement(written)
    }

    /// Checks placements, policy and release as the resource does.
    pub(in crate::provider) fn check(config: &Value, matrix: &Matrix) -> Diagnostics {
        check::places_and_policy(config, matrix)
    }

    /// Reads a configuration that is wholly known.
    ///
    /// # Errors
    /// Whatever would have been refused when the configuration was validated.
    pub(in crate::provider) fn read(config: &Value, matrix: &Matrix) -> Result<Asked, Diagnostics> {
        match Rollout::read(config, matrix)? {
            Some(rollout) => Ok(Asked(rollout)),
            None => Err(Diagnostic::error("Unknown placements", "Names of the configuration are still unknown while reading.").into()),
        }
    }

    pub(in crate::provider) fn topology(&self) -> &Topology {
        &self.0.topology
    }

    pub(in crate::provider) fn expansion(&self) -> &Expansion {
        &self.0.expansion
    }

    /// Returns the groups that are asked about, and what is asked of each.
    pub(in crate::provider) fn bound(&self) -> BTreeMap<SecurityGroupId, BTreeMap<Permission, Vec<&Rule>>> {
        self.0.bind()
    }

    /// Returns the placements in a group that is asked about.
    pub(in crate::provider) fn residents(&self, group: &SecurityGroupId) -> BTreeSet<&PlacementName> {
        self.0.managed().filter(|name| self.0.group(name) == Some(group)).collect()
    }

    /// Returns where each placement is, by its group and by its addresses.
    pub(in crate::provider) fn homes(&self) -> BTreeMap<&PlacementName, Vec<Peer>> {
        let homes = self.0.homes.iter().map(|(name, home)| {
            let group = match &home.group {
                Group::Known(group) => Some(Peer::Group(group.clone().into())),
                Group::Elsewhere(group) => Some(Peer::Group(group.clone())),
                Group::Absent | Group::Unknown => None,
            };
            let addresses = home.cidrs.iter().copied().map(Peer::Cidr).chain(home.lists.iter().cloned().map(Peer::PrefixList));
            (name, group.into_iter().chain(addresses).collect())
        });
        homes.collect()
    }

    /// Returns where the configuration names the group of a placement.
    pub(in crate::provider) fn at_group(placement: &PlacementName) -> AttributePath {
        forewarn::at_group(placement)
    }

    /// Returns an error of EC2 on the placement that it is about.
    pub(in crate::provider) fn failure(&self, summary: &str, error: &AwsError) -> Diagnostic {
        failure(summary, &self.0, error)
    }
}
