//! Rules that name a group outside of their own VPC: what EC2 can do with them, said when they are planned, and which of them have
//! become void, said when they are read.
//!
//! How VPCs are connected is not looked at; what follows from either kind of connection is said. Feeds diagnostics only.

use std::collections::{BTreeMap, BTreeSet};

use super::super::telling::chain;
use super::forewarn::at_group;
use super::rollout::{End, Rollout};
use crate::aws::{Ec2, GroupRef, Mark, Observed, Peer, SecurityGroupId, Whereabouts};
use crate::net::Direction;
use crate::plugin::{AttributePath, Diagnostic, Diagnostics};
use crate::topology::PlacementName;

/// How many pairs of groups, or void rules, a warning names.
const MOST_TOLD: usize = 20;

/// Rules of one group that name another, counted; with the first placement that is in either.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reference<'a> {
    local: &'a PlacementName,
    far: &'a PlacementName,
    ingress: usize,
    egress: usize,
}

/// References by the two groups.
type References<'a> = BTreeMap<(SecurityGroupId, GroupRef), Reference<'a>>;

impl Rollout {
    /// Warns of rules that name groups of other VPCs or accounts, when they come up: what `before`, the state, has already is accepted.
    pub(super) async fn reach(
        &self,
        before: Option<&Rollout>,
        observed: &BTreeMap<SecurityGroupId, Observed>,
        ec2: Option<&Ec2>,
        found: &mut Diagnostics,
    ) {
        let former = before.map(Rollout::references).unwrap_or_default();
        let mut references = self.references();
        references.retain(|groups, _| !former.contains_key(groups) && observed.contains_key(&groups.0));
        let Some(ec2) = ec2 else { return };
        let groups: BTreeSet<SecurityGroupId> = references.keys().flat_map(|(local, far)| [local.clone(), far.id.clone()]).collect();
        match ec2.locate(&groups).await {
            Ok(located) => found.extend(self.across(&references, &located)),
            Err(error) => {
                let detail = format!(
                    "{}\n\nWhether rules name groups of another VPC is not checked before applying. {}",
                    chain(&error),
                    error.advice()
                );
                found.push(Diagnostic::warning("VPCs of security groups could not be looked at", detail));
            }
        }
    }

    /// Warns of our rules whose group was deleted, or is behind a peering connection that is not there any more.
    pub(super) fn void(&self, observed: &BTreeMap<SecurityGroupId, Observed>, mark: &Mark) -> Option<Diagnostic> {
        let mut void = Vec::new();
        for (group, seen) in observed {
            let place = self.residents(group).next().map_or(group.as_str(), PlacementName::as_str);
            for rule in seen.ours(mark).into_values() {
                if let Peer::Group(far) = &rule.permission.peer
                    && let Some(why) = &far.stale
                {
                    let whose = self.homes.keys().find(|name| self.far_group(name).as_ref() == Some(far));
                    let whose = whose.map(|name| format!(" of placement `{name}`")).unwrap_or_default();
                    void.push(format!("{} of `{place}`, {}{whose}: {why}", rule.id, rule.permission));
                }
            }
        }
        let detail = format!(
            "EC2 keeps these rules, but they open nothing, because of what became of the group at their far end:\n\n{}\n\nWhere the far end is still needed, give its placement the id of its new group, or addresses and `peer_by = \"addresses\"`; else take the placement out.",
            listed(&void)
        );
        (!void.is_empty())
            .then(|| Diagnostic::warning("Rules that open nothing any more", detail).at(&AttributePath::root().attr("placements")))
    }

    /// Says what the places of groups mean for the rules between them.
    fn across(&self, references: &References<'_>, located: &BTreeMap<SecurityGroupId, Whereabouts>) -> Diagnostics {
        let mut found = Diagnostics::new();
        let (mut across, mut egress) = (Vec::new(), false);
        let (mut unseen, mut own) = (BTreeMap::new(), BTreeMap::new());
        for ((local, far), reference) in references {
            let Some(here) = located.get(local) else { continue }; // That it does not exist is told elsewhere.
            let Some(there) = located.get(&far.id) else {
                if far.is_elsewhere() {
                    egress |= reference.egress > 0;
                    across.push(reference.told(local, here, far, None));
                } else if self.residents(&far.id).next().is_none() {
                    unseen.insert(reference.far, far);
                }
                continue;
            };
            if far.is_elsewhere() && far.account == here.account {
                own.insert(reference.far, far);
            }
            if here.vpc != there.vpc {
                egress |= reference.egress > 0;
                across.push(reference.told(local, here, far, there.vpc.as_deref()));
            }
        }
        if !across.is_empty() {
            let void = if egress { "; egress rules like those above are not supported there" } else { "" };
            let detail = format!(
                "These rules name security groups of other VPCs or accounts:\n\n{}\n\nWithin a VPC that accounts share, and over VPC peering within a region, they work in both directions. Over a transit gateway only ingress rules do, in one region, and only if security group referencing is enabled on the gateway and on both attachments{void}. They do not work through a firewall or another appliance on the way. Where they do not work, give the placement at the far end addresses and `peer_by = \"addresses\"`.",
                listed(&across)
            );
            found.push(Diagnostic::warning("Security groups of other VPCs", detail).at(&AttributePath::root().attr("placements")));
        }
        for (placement, far) in unseen {
            let detail = format!(
                "{far} of placement `{placement}` is not among the groups of this account and region. If it belongs to another account, write it with that account, `123456789012/{far}`; if it does not exist, EC2 will refuse the rules that name it."
            );
            found.push(Diagnostic::warning("Security group out of sight", detail).at(&at_group(placement)));
        }
        for (placement, far) in own {
            let detail = format!(
                "{far} of placement `{placement}` belongs to the account in which this resource writes, but its rules are not written, because an id with an account is taken for another account's. Write `{}` to have them written; if they are left to others, say so with `manage`.",
                far.id
            );
            found.push(Diagnostic::warning("Security group of this account", detail).at(&at_group(placement)));
        }
        found
    }

    /// Returns which of our groups name which others, as far as both have an id.
    fn references(&self) -> References<'_> {
        let mut references = References::new();
        for rule in self.expansion.rules.values() {
            let Some((local, _)) = self.homes.get_key_value(&rule.key.local) else { continue };
            let Some(group) = self.group(local).filter(|_| self.managed().any(|managed| managed == local)) else { continue };
            for end in self.ends(&rule.key.peer).0 {
                let End::Group(peer) = end else { continue };
                let (Some((far, _)), Some(far_group)) = (self.homes.get_key_value(&peer), self.far_group(&peer)) else { continue };
                if far_group.id == *group {
                    continue;
                }
                let reference = references.entry((group.clone(), far_group)).or_insert(Reference { local, far, ingress: 0, egress: 0 });
                match rule.key.direction {
                    Direction::Ingress => reference.ingress += 1,
                    Direction::Egress => reference.egress += 1,
                }
            }
        }
        references
    }
}

impl Reference<'_> {
    fn told(&self, local: &SecurityGroupId, here: &Whereabouts, far: &GroupRef, there: Option<&str>) -> String {
        let vpc = |vpc: Option<&str>| vpc.map_or_else(String::new, |vpc| format!(" in {vpc}"));
        let counts = [(self.ingress, "ingress"), (self.egress, "egress")];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let counts: Vec<String> = counts.map(|(count, way)| format!("{count} {way}")).collect();
        let plural = if self.ingress + self.egress == 1 { "" } else { "s" };
        format!(
            "`{}` ({local}{}) names `{}` ({far}{}): {} line{plural}",
            self.local,
            vpc(here.vpc.as_deref()),
            self.far,
            vpc(there),
            counts.join(", ")
        )
    }
}

/// Returns one line for each, as far as a reader follows.
fn listed(texts: &[String]) -> String {
    let mut lines: Vec<String> = texts.iter().take(MOST_TOLD).map(|text| format!("  {text}")).collect();
    let more = texts.len().saturating_sub(MOST_TOLD);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines.join("\n")
}
