//! What EC2 would refuse, said at plan: quotas, clashes, groups that do not exist. Feeds diagnostics only, never values.

use std::collections::{BTreeMap, BTreeSet};

use super::kept::Kept;
use super::rollout::Rollout;
use crate::aws::audit::{self, Finding, Quota};
use crate::aws::{Ec2, Family, Holder, Job, LiveRule, Observed, RuleId, SecurityGroupId};
use crate::expand::expand;
use crate::matrix::Matrix;
use crate::net::Direction;
use crate::plugin::{AttributePath, Diagnostic, Diagnostics};
use crate::topology::{PlacementName, Topology, TransportChoice};

impl Rollout {
    /// Returns what the last reading knows of our groups, and looks at those that were never read.
    ///
    /// Private state does not repeat our own rules; they are those that `before`, the state, asks for.
    pub(super) async fn look(
        &self,
        matrix: &Matrix,
        kept: &Kept,
        before: Option<&Rollout>,
        ec2: Option<&Ec2>,
        found: &mut Diagnostics,
    ) -> BTreeMap<SecurityGroupId, Observed> {
        let mut held = before.map(|before| before.desired(matrix)).unwrap_or_default();
        let mark = kept.mark(self.name.as_deref().unwrap_or_default());
        let mut seen: BTreeMap<SecurityGroupId, Observed> = BTreeMap::new();
        let mut unseen = BTreeSet::new();
        for group in self.groups() {
            match kept.seen(&group) {
                Some(Observed::Live(mut rules)) => {
                    let ours = held.remove(&group).into_iter().flatten().enumerate();
                    rules.extend(ours.map(|(number, (permission, description))| LiveRule {
                        group: group.clone(),
                        permission,
                        id: RuleId::new(format!("ours-{number}")),
                        description: Some(description),
                        mark: Some(mark.clone()),
                    }));
                    seen.insert(group, Observed::Live(rules));
                }
                Some(Observed::Gone) => drop(seen.insert(group, Observed::Gone)),
                None => drop(unseen.insert(group)),
            }
        }
        if let (Some(ec2), false) = (ec2, unseen.is_empty()) {
            match ec2.observe(&unseen).await {
                Ok(observed) => seen.extend(observed),
                Err(error) => {
                    let detail = format!(
                        "{}\n\nQuotas, clashes and foreign rules of these groups are not checked before applying. {}",
                        chain(&error),
                        error.advice()
                    );
                    found.push(Diagnostic::warning("Security groups could not be looked at", detail));
                }
            }
        }
        seen
    }

    /// Adds an error for everything that EC2 would refuse.
    pub(super) fn forewarn(&self, matrix: &Matrix, kept: &Kept, observed: &BTreeMap<SecurityGroupId, Observed>, found: &mut Diagnostics) {
        let quota = Quota { limit: self.limit, weights: BTreeMap::new() };
        let job = Job {
            mark: kept.mark(self.name.as_deref().unwrap_or_default()),
            desired: self.desired(matrix),
            revoke_foreign: BTreeSet::new(),
            adopt_existing: self.adopt_existing,
            new_groups: BTreeSet::new(),
        };
        for finding in audit::audit(&job, observed, &quota) {
            if let Some(diagnostic) = self.finding(matrix, &finding) {
                found.push(diagnostic);
            }
        }
        for placement in self.managed().filter(|placement| self.group(placement).is_none()) {
            for ((direction, family), count) in self.usage(placement).into_iter().flatten() {
                if count > self.limit {
                    found.push(self.over_quota(matrix, placement, "its group", direction, family, count, 0));
                }
            }
        }
    }

    fn finding(&self, matrix: &Matrix, finding: &Finding) -> Option<Diagnostic> {
        let place = |group: &SecurityGroupId| self.managed().find(|name| self.group(name) == Some(group));
        let at = |group: &SecurityGroupId| place(group).map_or_else(AttributePath::root, |name| at_group(name));
        Some(match finding {
            Finding::OverQuota { group, direction, family, desired, others, limit: _ } => {
                self.over_quota(matrix, place(group)?, group.as_str(), *direction, *family, *desired, *others)
            }
            Finding::OverQuotaMeanwhile { group, direction, family, peak, limit } => {
                let detail = format!(
                    "The rules of {group} fit once everything is done, but new ones are created before old ones are revoked, and meanwhile {direction} {family} would need {peak} of {limit}. Change fewer placements at a time."
                );
                Diagnostic::error("Too many rules on the way", detail).at(&at(group))
            }
            Finding::Description { group, permission, fault } => {
                Diagnostic::error("Text that EC2 refuses", format!("{group}, {permission}: {fault}.")).at(&at(group))
            }
            Finding::Clash { group, permission, rules, holder } => {
                let ids: Vec<&str> = rules.iter().map(|rule| rule.as_str()).collect();
                let detail = match holder {
                    Holder::Foreign => format!(
                        "{group} already has `{permission}` as {}, which this provider did not make, and EC2 keeps equal rules once. Set `adopt_existing = true` to take it over, or delete it.",
                        ids.join(", ")
                    ),
                    Holder::Sibling(name) => format!(
                        "{group} already has `{permission}` as {}, which belongs to the resource with `name = \"{name}\"`, and EC2 keeps equal rules once. Leave it to one of the two with `exclude` or `manage`, or merge them.",
                        ids.join(", ")
                    ),
                };
                Diagnostic::error("Clash with an existing rule", detail).at(&at(group))
            }
            Finding::GroupGone { group } => {
                let name = place(group)?;
                let detail = format!(
                    "{group} of placement `{name}` does not exist (any more). If Terraform manages it, let it be created again (`terraform apply -replace` of the group, or a refresh that notices); else give the id of the new group, or take the placement out. Its rules went with it. To destroy this resource as it is, use `terraform destroy -refresh=false`."
                );
                Diagnostic::error("Security group does not exist", detail).at(&at_group(name))
            }
        })
    }

    #[expect(clippy::too_many_arguments, reason = "each is one part of the sentence")]
    fn over_quota(
        &self,
        matrix: &Matrix,
        placement: &PlacementName,
        group: &str,
        direction: Direction,
        family: Family,
        desired: u32,
        others: u32,
    ) -> Diagnostic {
        let mut detail =
            format!("{group} of placement `{placement}` would need {} of {} {direction} {family} rules", desired + others, self.limit);
        if others > 0 {
            detail.push_str(&format!(" ({desired} of this configuration, {others} that others made)"));
        }
        detail.push_str(". ");
        for (setting, topology) in self.tighter() {
            let expansion = expand(matrix, &topology);
            let tighter = Rollout { topology, expansion, homes: self.homes.clone(), name: None, limit: self.limit, ..*self };
            let count = tighter.usage(placement).and_then(|usage| usage.get(&(direction, family)).copied());
            if let Some(count) = count.filter(|count| *count < desired) {
                detail.push_str(&format!("`{setting}` would need {}. ", count + others));
            }
        }
        detail.push_str("Or join address blocks, use fewer placements as far ends, spread components over several groups, or have AWS raise the quota and set `rules_per_group`.");
        Diagnostic::error("Too many rules for a security group", detail).at(&at_group(placement))
    }

    /// Returns policies that need fewer rules.
    fn tighter(&self) -> Vec<(&'static str, Topology)> {
        let mut tighter = Vec::new();
        if !self.topology.policy.coalesce {
            let mut topology = self.topology.clone();
            topology.policy.coalesce = true;
            tighter.push(("port_ranges = \"coalesce\"", topology));
        }
        if self.topology.policy.transport == TransportChoice::AsListed {
            let mut topology = self.topology.clone();
            topology.policy.transport = TransportChoice::PreferSecure;
            tighter.push(("transport = \"prefer_secure\"", topology.clone()));
            if !topology.policy.coalesce {
                topology.policy.coalesce = true;
                tighter.push(("both", topology));
            }
        }
        tighter
    }
}

fn at_group(placement: &PlacementName) -> AttributePath {
    AttributePath::root().attr("placements").key(placement.as_str()).attr("security_group_id")
}

/// Returns an error and its sources, once each.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
