//! The data source `emc_aws_conformity`: live security groups against the port matrix and the policy of a site.
//!
//! It only reads, whoever made the groups and their rules, and asks EC2 for what the resource asks for when it reads. Judging itself
//! is the domain's; here configuration and EC2's answer become what it compares, and its findings become values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;

use super::aws_config::Account;
use super::aws_rules::Asked;
use super::placements::texts;
use super::review;
use super::table::Table;
use crate::aws::{Ec2, Observed, SecurityGroupId};
use crate::conformity::{Firewall, Lines, Report, Site, Wanted, judge};
use crate::matrix::{DoubtId, Matrix, Settlement};
use crate::plugin::{AttributePath, DataRequest, DataResponse, DataSource, Diagnostic, Diagnostics, Schema, Value};

mod openings;
mod schema;
mod scope;
#[cfg(test)]
mod tests;

/// The data source.
#[derive(Debug)]
pub(super) struct AwsConformity {
    table: Arc<Table>,
    account: Arc<Account>,
}

impl AwsConformity {
    pub(super) fn new(table: Arc<Table>, account: Arc<Account>) -> AwsConformity {
        AwsConformity { table, account }
    }
}

#[async_trait]
impl DataSource for AwsConformity {
    fn type_name(&self) -> &str {
        "emc_aws_conformity"
    }

    fn schema(&self) -> Schema {
        schema::schema()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.table.in_force().map(|matrix| check(config, &matrix)).unwrap_or_default()
    }

    async fn read(&self, request: DataRequest) -> DataResponse {
        let mut state = request.config;
        let wait = "While Terraform plans, give values that are known; or let this data source wait for them with `depends_on`.";
        let Some(matrix) = self.table.in_force() else {
            let detail = format!("The provider's `matrix_file` is not known yet, so neither is what should be open. {wait}");
            return DataResponse::failed(Diagnostic::error("Unknown port matrix", detail));
        };
        let Some(ec2) = self.account.ec2() else {
            let detail = format!("The provider's `aws` block has values that are not known yet, so EC2 cannot be asked. {wait}");
            return DataResponse::failed(Diagnostic::error("Unknown AWS configuration", detail));
        };
        let found = check(&state, &matrix);
        if found.has_errors() {
            return DataResponse::failed(found);
        }
        let asked = match Asked::read(&state, &matrix) {
            Ok(asked) => asked,
            Err(errors) => return DataResponse::failed(errors),
        };
        let ec2 = match state.get("region").as_str() {
            Some(region) => ec2.in_region(region),
            None => Ec2::clone(&ec2),
        };
        let (region, live) = match look(&asked, &ec2).await {
            Ok(seen) => seen,
            Err(errors) => return DataResponse::failed(errors),
        };
        let report = report(&matrix, &asked, &live);
        let scope = scope::sentences(&matrix, &asked, &region, &live);
        for (name, value) in results(&matrix, &asked, &report, &scope).into_iter().chain(review::values(asked.expansion())) {
            state.set_entry(name, value);
        }
        DataResponse::state(state)
            .with_diagnostics(review::idle(asked.expansion()).into_iter().chain(review::expired(&asked.topology().policy)))
    }
}

/// Checks a configuration against the table in force.
fn check(config: &Value, matrix: &Matrix) -> Diagnostics {
    let mut found = Asked::check(config, matrix);
    let placements = config.get("placements");
    let no_group = |name: &str| placements.get(name).get("security_group_id").is_null() && !placements.get(name).is_null();
    for name in texts(config.get("manage")).0.iter().filter(|name| no_group(name)) {
        let detail = format!(
            "Placement `{name}` has no `security_group_id`, so there is nothing to judge. Give it one, or take it out of `manage`."
        );
        found.push(Diagnostic::error("Nothing to judge", detail).at(&AttributePath::root().attr("manage")));
    }
    let known = placements.is_known() && placements.entries().all(|(_, placement)| placement.is_known());
    if known && placements.entries().all(|(_, placement)| placement.get("security_group_id").is_null()) {
        let detail = "No placement has a `security_group_id`, so no group would be looked at. Give it to the placements whose groups shall be judged.";
        found.push(Diagnostic::error("No security group", detail).at(&AttributePath::root().attr("placements")));
    }
    found
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
    let directions = &asked.topology().policy.directions;
    let firewalls = asked.bound().into_iter().map(|(group, permissions)| Firewall {
        wanted: permissions.into_iter().map(|(permission, rules)| Wanted { opening: openings::opening(&permission), rules }).collect(),
        live: live
            .get(&group)
            .map(Observed::rules)
            .unwrap_or_default()
            .iter()
            .filter(|rule| directions.contains(&rule.permission.direction))
            .map(openings::live)
            .collect(),
        residents: asked.residents(&group),
    });
    judge(&site, firewalls.collect())
}

fn results(matrix: &Matrix, asked: &Asked, report: &Report, scope: &[String]) -> Vec<(&'static str, Value)> {
    let conforms = report.conforms();
    let standing = review::standing(matrix, &asked.topology().policy, asked.expansion());
    let (rules, groups) = (review::counted(report.live, "live rule"), review::counted(report.firewalls, "group"));
    vec![
        ("missing", lines(&report.missing)),
        ("extra", lines(&report.extra)),
        ("wider", lines(&report.wider)),
        ("doubtful", lines(&report.doubtful)),
        ("plain", lines(&report.plain)),
        ("void", lines(&report.void)),
        ("decided", decided(matrix, asked)),
        ("scope", Value::list(scope.iter().map(Value::string))),
        ("conforms", Value::string(conforms.as_str())),
        ("verdict", Value::string(format!("{conforms}: {}; {rules} in {groups}; {standing}", report.counts()))),
    ]
}

fn lines(lines: &Lines) -> Value {
    Value::map(lines.iter().map(|(placement, lines)| (placement.as_str(), Value::list(lines.map(Value::string)))))
}

/// Returns what the site decided about doubts: what it found out, or the setting that leaves no doubt, with its reasons.
fn decided(matrix: &Matrix, asked: &Asked) -> Value {
    let policy = &asked.topology().policy;
    let mut decided: BTreeMap<&DoubtId, String> = BTreeMap::new();
    for (id, setting) in &asked.expansion().settled {
        // Where no plain flow is closed, whether the secure one listens is no question that anybody decided.
        if let (Some(doubt), false) = (matrix.doubts().get(id), *setting == Settlement::Transport) {
            let reasons: Vec<&str> = doubt.flows.iter().filter_map(|flow| policy.reasons.get(flow)).map(String::as_str).collect();
            let because = if reasons.is_empty() { String::new() } else { format!(", because {}", reasons.join(", ")) };
            decided.insert(id, format!("{}; settled by `{setting}`{because}", doubt.question));
        }
    }
    for (id, answer) in &policy.answers {
        let question = matrix.doubts().get(id).map(|doubt| doubt.question.as_str()).unwrap_or_default();
        decided.insert(id, format!("{question}; answered: {answer}"));
    }
    review::texts(&decided)
}
