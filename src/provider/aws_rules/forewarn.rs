//! What EC2 would refuse, said at plan: quotas, clashes, groups that do not exist; and what becomes ours. Feeds diagnostics only, never
//! values.

use std::collections::{BTreeMap, BTreeSet};

use super::super::telling::chain;
use super::kept::Kept;
use super::rollout::Rollout;
use crate::aws::audit::{self, Finding, Quota};
use crate::aws::{AwsError, Ec2, Job, LiveRule, Observed, RuleId, SecurityGroupId, Tags};
use crate::matrix::Matrix;
use crate::plugin::{AttributePath, Diagnostic, Diagnostics, Value};
use crate::topology::PlacementName;

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
                    let mut ours = held.remove(&group).unwrap_or_default();
                    // EC2 keeps equal rules once: where somebody else's stands, ours is gone.
                    rules.iter().for_each(|rule| drop(ours.remove(&rule.permission)));
                    let ours = ours.into_iter().enumerate();
                    rules.extend(ours.map(|(number, (permission, description))| LiveRule {
                        group: group.clone(),
                        permission,
                        id: RuleId::new(format!("ours-{number}")),
                        description: Some(description),
                        mark: Some(mark.clone()),
                        tags: BTreeMap::new(),
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
                Err(error) if refuses(&error) => found.push(wrong_account(&error)),
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

    /// Adds an error for everything that EC2 would refuse, and a warning for what becomes ours; `doomed` is what is to be revoked.
    pub(super) fn forewarn(
        &self,
        matrix: &Matrix,
        kept: &Kept,
        observed: &BTreeMap<SecurityGroupId, Observed>,
        quota: &Quota,
        doomed: BTreeSet<(SecurityGroupId, RuleId)>,
        found: &mut Diagnostics,
    ) {
        let job = Job {
            mark: kept.mark(self.name.as_deref().unwrap_or_default()),
            tags: Tags::default(),
            desired: self.desired(matrix),
            revoke_foreign: doomed,
            adopt_existing: self.adopt_existing,
            new_groups: BTreeSet::new(),
        };
        let findings = audit::audit(&job, observed, quota);
        let mut told = BTreeSet::new();
        for finding in &findings {
            if let Finding::OverQuota { group, direction, family, .. } | Finding::OverQuotaMeanwhile { group, direction, family, .. } =
                finding
            {
                told.insert((Some(group), (*direction, *family)));
            }
            found.extend(self.finding(matrix, quota, finding));
        }
        found.extend(self.clashes(&findings, observed));
        found.extend(self.takeovers(&findings));
        self.forewarn_of_room(matrix, kept, observed, quota, &told, found);
    }

    fn finding(&self, matrix: &Matrix, quota: &Quota, finding: &Finding) -> Option<Diagnostic> {
        let place = |group: &SecurityGroupId| self.managed().find(|name| self.group(name) == Some(group));
        let at = |group: &SecurityGroupId| place(group).map_or_else(AttributePath::root, at_group);
        Some(match finding {
            Finding::OverQuota { group, direction, family, desired, others, limit: _ } => {
                self.over_quota(matrix, quota, &self.seat(group), (*direction, *family), *desired, *others)?
            }
            Finding::OverQuotaMeanwhile { group, direction, family, peak, limit } => {
                let detail = format!(
                    "The rules of {group} fit once everything is done, but new ones are created before old ones are revoked, and meanwhile it would need {peak} {family} {direction} rules, and its quota is {limit}. Change fewer placements at a time."
                );
                Diagnostic::error("Too many rules on the way", detail).at(&at(group))
            }
            Finding::Description { group, permission, fault } => {
                Diagnostic::error("Text that EC2 refuses", format!("{group}, {permission}: {fault}.")).at(&at(group))
            }
            // Told for all rules of a group together, or with the region.
            Finding::Clash { .. } | Finding::TakeOver { .. } | Finding::GroupGone { .. } => return None,
        })
    }

    /// Returns an error for each group that should have rules and does not exist in a region.
    pub(super) fn gone(
        &self,
        matrix: &Matrix,
        kept: &Kept,
        observed: &BTreeMap<SecurityGroupId, Observed>,
        region: &Value,
    ) -> Vec<Diagnostic> {
        let region = region.as_str().unwrap_or("the region of the provider");
        let gone: Vec<&SecurityGroupId> =
            observed.iter().filter(|(_, seen)| matches!(seen, Observed::Gone)).map(|(group, _)| group).collect();
        if gone.is_empty() {
            return Vec::new();
        }
        let desired = self.desired(matrix);
        let wanted = gone.into_iter().filter(|group| desired.get(group).is_some_and(|rules| !rules.is_empty()));
        let errors = wanted.filter_map(|group| {
            let place = self.managed().find(|name| self.group(name) == Some(group))?;
            let detail = not_there(group, place, region, kept.seen(group).is_some());
            Some(Diagnostic::error("Security group does not exist", detail).at(&at_group(place)))
        });
        errors.collect()
    }
}

/// Says what to do about a group that is not there; `was_there` says that it was, when the rules were last read.
fn not_there(group: &SecurityGroupId, name: &PlacementName, region: &str, was_there: bool) -> String {
    if was_there {
        format!(
            "{group} of placement `{name}` is gone from {region}, and its rules with it, unless these credentials belong to another account. If Terraform manages the group, `terraform apply -replace=ADDRESS` with the address of the group makes a new one; otherwise give the id of the new group, or take the placement out. To destroy this resource as it is, use `terraform destroy -refresh=false`."
        )
    } else {
        format!(
            "{group} of placement `{name}` does not exist in {region} in the account of these credentials. Check the id, `region` and the credentials; a group of another account is written with that account, `123456789012/{group}`."
        )
    }
}

pub(super) fn at_group(placement: &PlacementName) -> AttributePath {
    AttributePath::root().attr("placements").key(placement.as_str()).attr("security_group_id")
}

/// Says whether an error is a refusal of ours, which no apply shall try its luck against.
pub(super) fn refuses(error: &AwsError) -> bool {
    matches!(error, AwsError::WrongAccount { .. })
}

/// Returns the diagnostic of such an error.
pub(super) fn wrong_account(error: &AwsError) -> Diagnostic {
    Diagnostic::error("Wrong AWS account", format!("{}.\n\n{}", chain(error), error.advice()))
}
