//! Prefix lists at far ends: how much of a quota each takes, and whether it is there at all.

use std::collections::{BTreeMap, BTreeSet};

use super::super::telling::chain;
use super::forewarn::{refuses, wrong_account};
use super::rollout::Rollout;
use crate::aws::audit::Quota;
use crate::aws::{Ec2, PrefixListId};
use crate::plugin::{AttributePath, Diagnostic, Diagnostics};
use crate::rule::Peer;
use crate::topology::PlacementName;

/// Lists by the placement whose addresses they hold.
type Lists<'a> = BTreeMap<&'a PlacementName, &'a BTreeSet<PrefixListId>>;

impl Rollout {
    /// Asks what the prefix lists at far ends count, and tells which of them nobody knows; those count one. `before` is what was applied
    /// last: a list that it names already may have become invisible to this account, while the rules that name it go on.
    pub(super) async fn quota(&self, before: Option<&Rollout>, ec2: Option<&Ec2>, found: &mut Diagnostics) -> Quota {
        let mut quota = Quota { limit: self.limit, weights: BTreeMap::new() };
        let lists = self.lists_in_use();
        let (Some(ec2), false) = (ec2, lists.is_empty()) else { return quota };
        match ec2.weigh(&lists.values().copied().flatten().cloned().collect()).await {
            Ok(weights) => quota.weights = weights,
            Err(error) if refuses(&error) => {
                found.extend((!found.has_errors()).then(|| wrong_account(&error)));
                return quota;
            }
            Err(error) => {
                let detail = format!(
                    "{}\n\nEach prefix list is counted as one rule here, but EC2 counts the most entries that it may have. {}",
                    chain(&error),
                    error.advice()
                );
                found.push(Diagnostic::warning("Prefix lists could not be looked at", detail));
                return quota;
            }
        }
        let former: BTreeSet<&PrefixListId> = before.map(Rollout::lists_in_use).unwrap_or_default().into_values().flatten().collect();
        for (placement, lists) in lists {
            for list in lists.iter().filter(|list| !quota.weights.contains_key(list)) {
                let what =
                    format!("`{list}` of placement `{placement}` does not exist in this region, or is not shared with this account.");
                let remedy = "Correct the id, have its owner share it, or take it out.";
                let diagnostic = if former.contains(list) {
                    let detail = format!("{what} Rules that name it stay as they are, but EC2 takes no new ones. {remedy}");
                    Diagnostic::warning("Prefix list is out of sight", detail)
                } else {
                    Diagnostic::error("Prefix list does not exist", format!("{what} {remedy}"))
                };
                found.push(diagnostic.at(&AttributePath::root().attr("placements").key(placement.as_str()).attr("prefix_list_ids")));
            }
        }
        quota
    }

    /// Returns the lists that rules name.
    fn lists_in_use(&self) -> Lists<'_> {
        let mut lists = Lists::new();
        for rule in self.expansion.rules.values() {
            if let Peer::Placement(peer) = &rule.key.peer
                && let Some((placement, home)) = self.homes.get_key_value(peer)
                && home.names_addresses()
                && !home.lists.is_empty()
            {
                lists.insert(placement, &home.lists);
            }
        }
        lists
    }
}
