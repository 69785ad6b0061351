//! What Azure would refuse, said at plan; and what becomes ours. Feeds diagnostics only, never values.

use std::collections::{BTreeMap, BTreeSet};

use super::super::telling::chain;
use super::kept::Kept;
use super::needs::Slots;
use super::rollout::{Rollout, at_group};
use crate::azure::{Arm, LiveRule, NsgId, Observed};
use crate::matrix::Matrix;
use crate::plugin::{Diagnostic, Diagnostics, Value};

impl Rollout {
    /// Adds an error for everything that Azure would refuse, and a warning for what becomes ours.
    pub(super) async fn forewarn(
        &self,
        matrix: &Matrix,
        kept: &Kept,
        slots: &Slots<'_>,
        acknowledged: Option<&Value>,
        arm: Option<&Arm>,
        found: &mut Diagnostics,
    ) {
        let live = self.look(kept, arm, found).await;
        let mark = kept.mark(self.name.as_deref().unwrap_or_default());
        let asked = self.asked(matrix, slots);
        if acknowledged.is_none() {
            found.extend(self.foreign_before(&mark, &asked, &live));
        }
    }

    /// Returns what the last reading knows of our groups, and looks at those that were never read. A group that does not exist is an error.
    async fn look(&self, kept: &Kept, arm: Option<&Arm>, found: &mut Diagnostics) -> BTreeMap<NsgId, Vec<LiveRule>> {
        let (mut seen, mut unseen, mut gone) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        for group in self.groups() {
            match kept.seen(&group) {
                Some(_) if kept.is_gone(&group) => drop(gone.insert(group)),
                Some(rules) => drop(seen.insert(group, rules)),
                None => drop(unseen.insert(group)),
            }
        }
        if let (Some(arm), false) = (arm, unseen.is_empty()) {
            match arm.observe(&unseen).await {
                Ok(observed) => {
                    for (group, observed) in observed {
                        match observed {
                            Observed::Gone => drop(gone.insert(group)),
                            Observed::Live(live) => drop(seen.insert(group, live.rules)),
                        }
                    }
                }
                Err(error) => {
                    let detail = format!(
                        "{}\n\nLimits, clashes and foreign rules of these groups are not checked before applying. {}",
                        chain(&error),
                        error.advice()
                    );
                    found.push(Diagnostic::warning("Network security groups could not be looked at", detail));
                }
            }
        }
        for group in gone {
            let Some(name) = self.residents(&group).next() else { continue };
            let detail = format!(
                "{group} of placement `{name}` does not exist (any more). If Terraform manages it, let it be created again (`terraform apply -replace` of the group, or a refresh that notices); else give the id of the new group, or take the placement out. Its rules went with it. To destroy this resource as it is, use `terraform destroy -refresh=false`."
            );
            found.push(Diagnostic::error("Network security group does not exist", detail).at(&at_group(name)));
        }
        seen
    }
}
