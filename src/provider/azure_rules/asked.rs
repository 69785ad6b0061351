//! What a configuration of this resource asks of its groups, for those who only look at them.

use std::collections::{BTreeMap, BTreeSet};

use super::needs::Line;
use super::rollout::{Rollout, at_group};
use super::{check, failure, schema};
use crate::azure::{AzureError, Ends, NsgId, Opening, Side, void};
use crate::expand::Expansion;
use crate::matrix::Matrix;
use crate::net::Direction;
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
    pub(in crate::provider) fn bound(&self) -> BTreeMap<NsgId, BTreeMap<Opening, Vec<&Rule>>> {
        let mut bound: BTreeMap<NsgId, BTreeMap<Opening, Vec<&Rule>>> =
            self.0.groups().into_iter().map(|group| (group, BTreeMap::new())).collect();
        for rule in self.0.expansion.rules.values() {
            let Some(openings) = self.0.group(&rule.key.local).and_then(|group| bound.get_mut(group)) else { continue };
            for opening in self.0.openings(&Line::Rule(rule)) {
                openings.entry(opening).or_default().push(rule);
            }
        }
        bound
    }

    /// Returns the placements in a group that is asked about.
    pub(in crate::provider) fn residents(&self, group: &NsgId) -> BTreeSet<&PlacementName> {
        self.0.managed().filter(|name| self.0.group(name) == Some(group)).collect()
    }

    /// Returns the sides on which hosts of a placement are.
    pub(in crate::provider) fn sides(&self, placement: &PlacementName) -> Vec<Side> {
        self.0.homes.get(placement).map(|home| home.ends.sides()).unwrap_or_default()
    }

    /// Returns what may pass although no line asks for it: probes of Azure's load balancers, and with `allow_within_placement` what
    /// hosts of one placement say to each other.
    pub(in crate::provider) fn spared(&self, group: &NsgId) -> Vec<Opening> {
        let of = |ends: &Ends| {
            let probes = Direction::ALL.into_iter().flat_map(|direction| void::probes(direction, ends));
            let within = Direction::ALL.into_iter().filter(|_| self.0.unlisted.allow_within_placement);
            probes.chain(within.flat_map(|direction| void::among(direction, ends))).collect::<Vec<_>>()
        };
        self.residents(group).into_iter().filter_map(|name| self.0.homes.get(name)).flat_map(|home| of(&home.ends)).collect()
    }

    /// Returns the group and the ends of each placement.
    pub(in crate::provider) fn homes(&self) -> impl Iterator<Item = (&PlacementName, Option<&NsgId>, &Ends)> {
        self.0.homes.iter().map(|(name, home)| (name, self.0.group(name), &home.ends))
    }

    /// Returns where the configuration names the group of a placement.
    pub(in crate::provider) fn at_group(placement: &PlacementName) -> AttributePath {
        at_group(placement)
    }

    /// Returns an error of Azure on the placement that it is about.
    pub(in crate::provider) fn failure(&self, summary: &str, error: &AzureError) -> Diagnostic {
        failure(summary, &self.0, error)
    }
}
