//! What Azure would refuse, said at plan; and what becomes ours. Feeds diagnostics only, never values.

use std::collections::{BTreeMap, BTreeSet};

use super::super::telling::{chain, list};
use super::kept::Kept;
use super::live::described;
use super::needs::Slots;
use super::rollout::{Rollout, at_group};
use crate::azure::audit::{self, Finding};
use crate::azure::{Arm, Clash, Group, Job, LiveRule, NetworkId, NsgId, Observed};
use crate::matrix::Matrix;
use crate::plugin::{AttributePath, Diagnostic, Diagnostics, Value};

impl Rollout {
    /// Adds an error for everything that Azure would refuse, and a warning for what becomes ours or changes nothing.
    pub(super) async fn forewarn(
        &self,
        matrix: &Matrix,
        kept: &Kept,
        slots: &Slots<'_>,
        acknowledged: Option<&Value>,
        arm: Option<&Arm>,
        found: &mut Diagnostics,
    ) {
        let Looked { live, networks } = self.look(kept, arm, found).await;
        found.extend(self.apart(slots, &networks));
        let mark = kept.mark(self.name.as_deref().unwrap_or_default());
        if acknowledged.is_none() {
            found.extend(self.foreign_before(&mark, &self.asked(matrix, slots), &live));
        }
        let job = Job {
            mark,
            desired: self.desired(matrix, slots),
            band: self.band,
            write_mode: self.write_mode,
            remove_foreign: acknowledged.map(|acknowledged| self.doomed(kept, acknowledged)).unwrap_or_default(),
            adopt_existing: self.adopt_existing,
            accept_void: self.unlisted.accept_void,
            flush_connections: self.flush_connections,
            new_groups: BTreeSet::new(),
        };
        let seen = live.into_iter().map(|(group, rules)| {
            let live = Group { id: group.clone(), whole: None, rules };
            (group, Observed::Live(Box::new(live)))
        });
        let findings = audit::audit(&job, &seen.collect());
        found.extend(findings.iter().filter_map(|finding| self.finding(finding)));
        found.extend(self.told_together(&findings));
    }

    /// Says what Azure would refuse.
    fn finding(&self, finding: &Finding) -> Option<Diagnostic> {
        let at = |group: &NsgId| self.residents(group).next().map_or_else(AttributePath::root, at_group);
        Some(match finding {
            Finding::Clash { group, clash } => {
                let detail = format!("In {}: {clash}. {}", self.place(group), clash.advice());
                let attribute = match clash {
                    Clash::Name { .. } => AttributePath::root().attr("name"),
                    Clash::Slot { .. } => AttributePath::root().attr("priority_range"),
                    Clash::Void { .. } => AttributePath::root().attr("deny_unlisted"),
                };
                Diagnostic::error("Clash with existing rules", detail).at(&attribute)
            }
            Finding::TooMany { group, limit, desired, others } => {
                let besides = if *others > 0 { format!(", and rules of others have {others}") } else { String::new() };
                let detail = format!(
                    "{} would have too many {limit}: this configuration needs {desired}{besides}; a network security group holds {} at most. Make room: join address blocks, `port_ranges = \"coalesce\"` or `transport = \"prefer_secure\"` in `policy`, application security groups instead of addresses, or more groups.",
                    self.place(group),
                    limit.most()
                );
                Diagnostic::error("Too much for a network security group", detail).at(&at(group))
            }
            Finding::TooManyOfSide { group, rule, count } => {
                let detail = format!(
                    "`{rule}` in {} would name {count} application security groups on one side; Azure takes {} at most. Give the placement fewer, one that all of its hosts share is enough.",
                    self.place(group),
                    audit::GROUPS_OF_SIDE_MOST
                );
                Diagnostic::error("Too many application security groups", detail).at(&AttributePath::root().attr("placements"))
            }
            // Told for all rules together, or where groups are looked at.
            Finding::TakeOver { .. } | Finding::Overruled { .. } | Finding::GroupGone { .. } => return None,
        })
    }

    /// Warns of rules that become ours, and of those that others overrule.
    fn told_together(&self, findings: &[Finding]) -> Vec<Diagnostic> {
        let (mut foreign, mut lost, mut overruled) = (Vec::new(), Vec::new(), Vec::new());
        for finding in findings {
            match finding {
                Finding::TakeOver { rule } => {
                    let line = format!(
                        "{}: {}: {} {}{}",
                        self.place(&rule.group),
                        rule.rule.name,
                        rule.rule.priority,
                        rule.rule.opening,
                        described(rule)
                    );
                    if rule.mark.is_some() { lost.push(line) } else { foreign.push(line) }
                }
                Finding::Overruled { group, rule, by, surely } => {
                    let by: Vec<&str> = by.iter().map(String::as_str).collect();
                    let how = if *surely { "denies" } else { "may deny" };
                    overruled.push(format!("{}: {rule}: {} {how} some of it", self.place(group), by.join(", ")));
                }
                Finding::Clash { .. } | Finding::TooMany { .. } | Finding::TooManyOfSide { .. } | Finding::GroupGone { .. } => {}
            }
        }
        let by_hand = format!(
            "These rules are there already without a mark of this provider, and they open what is asked for:\n\n{}\n\nThis apply replaces them by its own, in one write. From then on they are removed when nothing here asks for them any more, and when this resource is destroyed.",
            list(&foreign)
        );
        let of_another = format!(
            "These rules carry the `name` of this resource, and another instance of it made them, or somebody cleared their description:\n\n{}\n\nThose that still stand when this is applied are taken over. That is right where the other instance is no more: a create that was killed, a state that was lost. If another configuration or another state uses this `name` for the same group, do not apply: give one of the two another `name`.",
            list(&lost)
        );
        let in_vain = format!(
            "Rules of others stand before these and deny, so that these open less than they say:\n\n{}\n\nMove those rules behind the range of this resource, or give this resource a `priority_range` before them.",
            list(&overruled)
        );
        let told = [
            (&foreign, Diagnostic::warning("Rules made by hand are taken over", by_hand)),
            (&lost, Diagnostic::warning("Rules of another instance are taken over", of_another)),
            (&overruled, Diagnostic::warning("Rules of others deny before ours", in_vain)),
        ];
        told.into_iter().filter(|(lines, _)| !lines.is_empty()).map(|(_, diagnostic)| diagnostic).collect()
    }

    /// Returns what the last reading knows of our groups, and looks at those that were never read. A group that does not exist is an error.
    ///
    /// Where one was never read, it looks at all of them: how they fit together is not known yet.
    async fn look(&self, kept: &Kept, arm: Option<&Arm>, found: &mut Diagnostics) -> Looked {
        let (mut seen, mut unseen, mut gone) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        for group in self.groups() {
            match kept.seen(&group) {
                Some(_) if kept.is_gone(&group) => drop(gone.insert(group)),
                Some(rules) => drop(seen.insert(group, rules.into_iter().cloned().collect())),
                None => drop(unseen.insert(group)),
            }
        }
        let mut networks = BTreeMap::new();
        if let (Some(arm), false) = (arm, unseen.is_empty()) {
            let standing: BTreeSet<NsgId> = self.groups().into_iter().filter(|group| !gone.contains(group)).collect();
            match arm.observe(&standing).await {
                Ok(observed) => {
                    for (group, observed) in observed {
                        networks.extend(observed.network().map(|network| (group.clone(), network.clone())));
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
            let detail = if kept.seen(&group).is_some() {
                format!(
                    "{group} of placement `{name}` is gone, and its rules with it. If Terraform manages the group, `terraform apply -replace=ADDRESS` with the address of the group makes a new one; otherwise give the id of the new group, or take the placement out. To destroy this resource as it is, use `terraform destroy -refresh=false`."
                )
            } else {
                format!("{group} of placement `{name}` does not exist. Check the id: its subscription, its resource group and its name.")
            };
            found.push(Diagnostic::error("Network security group does not exist", detail).at(&at_group(name)));
        }
        Looked { live: seen, networks }
    }
}

/// What is known of our groups.
struct Looked {
    live: BTreeMap<NsgId, Vec<LiveRule>>,
    /// The virtual networks that they stand in front of, as far as that was seen and is certain.
    networks: BTreeMap<NsgId, NetworkId>,
}
