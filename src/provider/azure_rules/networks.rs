//! Whether application security groups that a rule would name together are of one virtual network, as far as that can be seen.
//!
//! Azure does not say of which network the members of a group are. But who stands behind a network security group that is attached to
//! subnets of one network, and to nothing else, is in that network.

use std::collections::{BTreeMap, BTreeSet};

use super::needs::{Line, Slots};
use super::rollout::Rollout;
use crate::azure::{Kind, NetworkId, NsgId};
use crate::plugin::{AttributePath, Diagnostic};
use crate::topology::PlacementName;

impl Rollout {
    /// Returns an error for each two placements whose groups would be in one rule although they are of two networks.
    pub(super) fn apart(&self, slots: &Slots<'_>, networks: &BTreeMap<NsgId, NetworkId>) -> Vec<Diagnostic> {
        let network = |placement: &PlacementName| networks.get(self.group(placement)?);
        let mut pairs: BTreeMap<(&PlacementName, &PlacementName), (&NetworkId, &NetworkId)> = BTreeMap::new();
        for (line, rules) in slots.lines() {
            let named_together = rules.iter().filter_map(|rule| rule.supposed());
            let mut named_together = named_together.map(|opening| [opening.local().kind(), opening.peer().kind()]);
            let Line::Rule(rule) = line else { continue };
            let (local, Some(peer)) = (&rule.key.local, rule.key.peer.placement()) else { continue };
            let (Some(one), Some(other)) = (network(local), network(peer)) else { continue };
            if one != other && named_together.any(|kinds| kinds == [Kind::Groups; 2]) {
                pairs.insert((local.min(peer), local.max(peer)), if local < peer { (one, other) } else { (other, one) });
            }
        }
        // Each placement is told once, whoever else it cannot be named with.
        let mut told = BTreeSet::new();
        let first = pairs.into_iter().filter(|((one, other), _)| told.insert(*one) | told.insert(*other));
        first
            .map(|((one, other), (its, of))| {
                let detail = format!(
                    "Application security groups of one rule must be of one virtual network. Hosts of placement `{one}` are in `{}` and those of `{other}` in `{}`: their network security groups stand in front of subnets there. Give one of the two `address_prefixes` instead of `application_security_group_ids`.",
                    its.name(),
                    of.name()
                );
                let at = AttributePath::root().attr("placements").key(other.as_str()).attr("application_security_group_ids");
                Diagnostic::error("Application security groups of two virtual networks", detail).at(&at)
            })
            .collect()
    }
}
