//! The data source `emc_aws_conformity`: live security groups against the port matrix and the policy of a site.
//!
//! It only reads, whoever made the groups and their rules, and asks EC2 for what the resource asks for when it reads. Judging itself
//! is the domain's; here configuration and EC2's answer become what it compares, and its findings become values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;

use super::aws_config::Account;
use super::aws_rules::Asked;
use super::conformity::{self, Cloud, Judged, Told};
use super::review::counted;
use crate::aws::{Ec2, LiveRule, Observed, SecurityGroupId};
use crate::conformity::{Firewall, Report, Site, judge};
use crate::matrix::Matrix;
use crate::plugin::{Diagnostic, Diagnostics, Schema, Value};

mod openings;
mod schema;
#[cfg(test)]
mod tests;

/// What a look at security groups does not show.
const UNSEEN: [&str; 4] = [
    "Not seen: other security groups on the same network interfaces; what they open is open, too.",
    "Not seen: network ACLs, routes, firewalls in between and on the hosts; what is open here may be closed there.",
    "Not seen: who listens, and whether these hosts carry these groups at all.",
    "Not known: whether members of a group or entries of a prefix list have certain addresses; such far ends are the same by their id only, except that 0.0.0.0/0 covers them all.",
];

/// What reaches EC2.
#[derive(Debug)]
pub(super) struct Aws(pub(super) Arc<Account>);

#[async_trait]
impl Cloud for Aws {
    fn type_name(&self) -> &'static str {
        "emc_aws_conformity"
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn check(&self, config: &Value, matrix: &Matrix) -> Diagnostics {
        let mut found = Asked::check(config, matrix);
        found.extend(conformity::check(config, "security_group_id"));
        found
    }

    async fn report(&self, config: &Value, matrix: &Matrix) -> Result<Told, Diagnostics> {
        let ec2 = self.0.ec2().ok_or_else(|| conformity::unknown_cloud("aws", "AWS", "EC2"))?;
        let asked = Asked::read(config, matrix)?;
        let ec2 = match config.get("region").as_str() {
            Some(region) => ec2.in_region(region),
            None => Ec2::clone(&ec2),
        };
        let (region, live) = look(&asked, &ec2).await?;
        let judged = Judged {
            matrix,
            topology: asked.topology(),
            expansion: asked.expansion(),
            places: live.keys().flat_map(|group| asked.residents(group)).collect(),
            groups: openings::groups(&asked),
            looked_at: counted(live.len(), "security group"),
            place: format!(" in {region}"),
            live: live.values().flat_map(Observed::rules).filter(|rule| is_judged(&asked, rule)).count(),
        };
        let values = judged.values(&report(matrix, &asked, &live), &UNSEEN.map(str::to_owned));
        Ok(Told { values, warnings: judged.warnings() })
    }
}

/// Looks at the groups that are asked about, and says in which region.
async fn look(asked: &Asked, ec2: &Ec2) -> Result<(String, BTreeMap<SecurityGroupId, Observed>), Diagnostics> {
    let groups: BTreeSet<SecurityGroupId> = asked.bound().into_keys().collect();
    let failed = |error| Diagnostics::from(asked.failure("Security groups cannot be read", &error));
    let region = ec2.region().await.map_err(failed)?;
    let live = ec2.observe(&groups).await.map_err(failed)?;
    let mut gone = Diagnostics::new();
    for (group, _) in live.iter().filter(|(_, seen)| matches!(seen, Observed::Gone)) {
        for placement in asked.residents(group) {
            let detail = format!(
                "{group} of placement `{placement}` does not exist in {region}, or not in this account. Give the id of a group that does, set `region`, or take the placement out of `manage`."
            );
            gone.push(Diagnostic::error("Security group does not exist", detail).at(&Asked::at_group(placement)));
        }
    }
    if gone.has_errors() { Err(gone) } else { Ok((region, live)) }
}

/// Judges what is live.
fn report(matrix: &Matrix, asked: &Asked, live: &BTreeMap<SecurityGroupId, Observed>) -> Report {
    let site = Site {
        matrix,
        topology: asked.topology(),
        expansion: asked.expansion(),
        groups: openings::groups(asked),
        homes: openings::homes(asked),
    };
    let firewalls = asked.bound().into_iter().map(|(group, permissions)| {
        let rules = live.get(&group).map(Observed::rules).unwrap_or_default();
        Firewall::of_openings(
            asked.residents(&group),
            permissions.into_iter().map(|(permission, rules)| (openings::opening(&permission), rules)).collect(),
            rules.iter().filter(|rule| is_judged(asked, rule)).map(openings::live).collect(),
        )
    });
    judge(&site, &firewalls.collect::<Vec<_>>())
}

/// Tells whether a rule is of a direction that the policy is about.
fn is_judged(asked: &Asked, rule: &LiveRule) -> bool {
    asked.topology().policy.directions.contains(&rule.permission.direction)
}
