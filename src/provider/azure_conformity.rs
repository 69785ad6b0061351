//! The data source `emc_azure_conformity`: live network security groups against the port matrix and the policy of a site.
//!
//! It only reads, whoever made the groups and their rules, one request a group. What passes is the Azure room's to say, what that means
//! the domain's; here configuration and Azure's answer become what is compared, and the findings become values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;

use super::azure_config::Principal;
use super::azure_rules::Asked;
use super::conformity::{self, Cloud, Judged, Told, names};
use super::review::counted;
use crate::azure::{Arm, NsgId, Observed};
use crate::conformity::{Site, judge};
use crate::matrix::Matrix;
use crate::plugin::{Diagnostic, Diagnostics, Schema, Value};

mod compared;
mod openings;
mod schema;
#[cfg(test)]
mod tests;

use compared::{Compared, compared};
use openings::Names;

/// What a look at network security groups does not show.
const UNSEEN: [&str; 5] = [
    "Not seen: the other network security group in front of these hosts, at the subnet or at the network interface; both have to let pass, so what is open here may be closed there.",
    "Not seen: security admin rules of a virtual network manager, routes, firewalls in between and on the hosts.",
    "Not seen: who listens, and whether these hosts are behind these groups at all.",
    "Not known: which addresses the members of an application security group have, and which ones a service tag stands for; where a verdict hangs on that, it says so. Network interfaces are taken to be in the application security groups of their placement and in no others.",
    "Probes of Azure's load balancers may come in: they are neither wanted nor extra.",
];

/// What reaches Azure.
#[derive(Debug)]
pub(super) struct Azure(pub(super) Arc<Principal>);

#[async_trait]
impl Cloud for Azure {
    fn type_name(&self) -> &'static str {
        "emc_azure_conformity"
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn check(&self, config: &Value, matrix: &Matrix) -> Diagnostics {
        let mut found = Asked::check(config, matrix);
        found.extend(conformity::check(config, "network_security_group_id"));
        found
    }

    async fn report(&self, config: &Value, matrix: &Matrix) -> Result<Told, Diagnostics> {
        let arm = self.0.arm().ok_or_else(|| conformity::unknown_cloud("azure", "Azure", "Azure"))?;
        let asked = Asked::read(config, matrix)?;
        let live = look(&asked, &arm).await?;
        Ok(told(matrix, &asked, &live))
    }
}

/// Looks at the groups that are asked about.
async fn look(asked: &Asked, arm: &Arm) -> Result<BTreeMap<NsgId, Observed>, Diagnostics> {
    let groups: BTreeSet<NsgId> = asked.bound().into_keys().collect();
    let failed = |error| Diagnostics::from(asked.failure("Network security groups cannot be read", &error));
    let live = arm.observe(&groups).await.map_err(failed)?;
    let mut gone = Diagnostics::new();
    for (group, _) in live.iter().filter(|(_, seen)| matches!(seen, Observed::Gone)) {
        for placement in asked.residents(group) {
            let detail = format!(
                "Network security group `{}` of placement `{placement}` does not exist in resource group `{}`. Give the id of a group that does, or take the placement out of `manage`.",
                group.name(),
                group.resource_group()
            );
            gone.push(Diagnostic::error("Network security group does not exist", detail).at(&Asked::at_group(placement)));
        }
    }
    if gone.has_errors() { Err(gone) } else { Ok(live) }
}

/// Judges what is live, and tells of it.
fn told(matrix: &Matrix, asked: &Asked, live: &BTreeMap<NsgId, Observed>) -> Told {
    let names_of_groups = Names::of(asked, live);
    let site = Site {
        matrix,
        topology: asked.topology(),
        expansion: asked.expansion(),
        groups: names_of_groups.placements(asked),
        homes: names_of_groups.homes(asked),
    };
    let judged = Judged {
        matrix,
        topology: asked.topology(),
        expansion: asked.expansion(),
        places: live.keys().flat_map(|group| asked.residents(group)).collect(),
        groups: openings::firewalls(asked),
        looked_at: counted(live.len(), "network security group"),
        place: String::new(),
        live: live.values().flat_map(Observed::rules).filter(|rule| openings::is_judged(asked, rule)).count(),
    };
    let (mut firewalls, mut unseen) = (Vec::new(), Vec::new());
    for (group, wanted) in asked.bound() {
        let rules = live.get(&group).map(Observed::rules).unwrap_or_default();
        let Compared { firewall, elsewhere } = compared(asked, &names_of_groups, &group, wanted, rules);
        if elsewhere > 0 {
            let whose = names(firewall.residents.iter().copied());
            unseen.push(format!("Not judged: {} of {} for hosts that are not those of {whose}.", counted(elsewhere, "rule"), group.name()));
        }
        firewalls.push(firewall);
    }
    unseen.extend(UNSEEN.map(str::to_owned));
    Told { values: judged.values(&judge(&site, &firewalls), &unseen), warnings: judged.warnings() }
}
