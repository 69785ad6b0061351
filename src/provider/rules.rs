//! The data source `emc_rules`: placements and policy to rules and notes, without any cloud.
//!
//! It sees names only, so its result is known while ids are not and can feed `for_each`.

use std::sync::Arc;

use async_trait::async_trait;

use super::placements::{self, texts};
use super::review::{self, Lines};
use super::table::Table;
use super::{arguments, decided, faults, policy};
use crate::expand::{Expansion, expand};
use crate::line;
use crate::matrix::{FlowId, Matrix};
use crate::net::PortRange;
use crate::plugin::{
    Attribute, AttributePath, Block, DataRequest, DataResponse, DataSource, Diagnostic, Diagnostics, Nested, Schema, Type, Value,
};
use crate::rule::Rule;
use crate::topology::{PlacementName, Topology, unknown_placement};

#[derive(Debug)]
pub(super) struct Rules {
    table: Arc<Table>,
}

impl Rules {
    pub(super) fn new(table: Arc<Table>) -> Rules {
        Rules { table }
    }
}

#[async_trait]
impl DataSource for Rules {
    fn type_name(&self) -> &str {
        "emc_rules"
    }

    fn schema(&self) -> Schema {
        let attributes = [
            Attribute::required("placements", Nested::map(placement()))
                .description("Where components live: a name of yours to what lives there. A name is a lower-case letter, then up to 31 of `a-z`, `0-9`, `_` and `-`. Modules build it with `for` and `merge`; a null placement is absent."),
            Attribute::optional("manage", Type::set(Type::String))
                .description("Placements whose firewall is written. Default: all. The others count as outside of the cloud, where no transit gateway carries multicast."),
        ];
        let block = Block::new(attributes.into_iter().chain(results())).blocks([policy::block()]).description(
            "Derives the firewall rules of an EMC rollout from the port matrix: placements and policy in, rules and notes out. Offline, and made of \
             names only: known at plan although ids are not, so it can feed the `for_each` of other resources.",
        );
        Schema::new(block)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let Some(matrix) = self.table.in_force() else { return Diagnostics::new() };
        let placements = read_placements(config);
        let written = policy::read(config.get("policy"));
        let mut diagnostics = faults::diagnostics(&written.placed(Topology::check(
            &matrix,
            &placements.specs,
            placements.complete,
            &written.spec,
            written.complete,
        )));
        diagnostics.extend(check_manage(config));
        diagnostics
    }

    async fn read(&self, request: DataRequest) -> DataResponse {
        let Some(matrix) = self.table.in_force() else {
            let detail =
                "The provider's `matrix_file` is not known yet, so neither are the rules. Give a path that is known when Terraform plans.";
            return DataResponse::failed(Diagnostic::error("Unknown port matrix", detail));
        };
        let mut state = request.config;
        let placements = read_placements(&state);
        let written = policy::read(state.get("policy"));
        let topology = match Topology::resolve(&matrix, &placements.specs, &written.spec) {
            Ok(topology) => topology,
            Err(found) => return DataResponse::failed(faults::diagnostics(&found)),
        };
        let expansion = expand(&matrix, &topology);
        for (name, value) in values(&matrix, &topology, &expansion) {
            state.set_entry(name, value);
        }
        DataResponse::state(state).with_diagnostics(review::idle(&expansion).into_iter().chain(review::in_time(&topology.policy)))
    }
}

/// Returns the attributes of a placement that has no network.
pub(super) fn placement() -> Vec<Attribute> {
    vec![
        Attribute::optional("components", Type::set(Type::String)).description("Names of components and roles that live here."),
        arguments::single_host(),
    ]
}

/// Reads placements and which of them are managed.
pub(super) fn read_placements(config: &Value) -> placements::Placements {
    let manage = config.get("manage");
    let (managed, _) = texts(manage);
    placements::read(config.get("placements"), |name, _| manage.is_null() || managed.contains(name))
}

/// Says which names in `manage` are no placement.
pub(super) fn check_manage(config: &Value) -> Diagnostics {
    let placements = config.get("placements");
    let mut diagnostics = Diagnostics::new();
    if !placements.is_known() {
        return diagnostics;
    }
    let names: Vec<&str> = placements.entries().map(|(name, _)| name).collect();
    for word in texts(config.get("manage")).0.iter().filter(|word| !names.contains(&word.as_str())) {
        let detail = unknown_placement(word, names.iter().copied());
        diagnostics.push(Diagnostic::error("Unknown placement", detail).at(&AttributePath::root().attr("manage")));
    }
    diagnostics
}

/// What placements and policy give, as this data source and the function `expand` show it.
pub(super) fn results() -> Vec<Attribute> {
    let rule = Type::object([
        ("local", Type::String),
        ("direction", Type::String),
        ("protocol", Type::String),
        ("from_port", Type::Number),
        ("to_port", Type::Number),
        ("peer", Type::String),
        ("multicast", Type::Bool),
        ("flows", Type::list(Type::String)),
        ("rows", Type::list(Type::Number)),
        ("description", Type::String),
    ]);
    let mut results = vec![
        Attribute::computed("rules", Type::map(rule)).description(
            "The rules, by `<local> <ingress|egress> <key>`: `local` and `peer` are placements, `flows` says why, `description` is the line. \
             The keys are made of names only and so are known at plan. Where `multicast` is true, `peer` is the address of a group, `querier` \
             or `all routers` (on AWS 0.0.0.0/32 and 224.0.0.2/32), or of an ingress rule for UDP the placement of the senders, which EC2 \
             takes by its addresses and never by its group; `igmp` (protocol 2) has no ports.",
        ),
        Attribute::computed("lines", review::lines_type()).description("The rules as the resources show them, without addresses: placement to direction to key to line."),
        decided::attribute(),
        Attribute::computed("summary", Type::String).description("What there is, in one line."),
    ];
    results.extend(review::attributes());
    results
}

/// The values of [`results`].
pub(super) fn values(matrix: &Matrix, topology: &Topology, expansion: &Expansion) -> Vec<(&'static str, Value)> {
    let managed: Vec<&PlacementName> =
        topology.placements.iter().filter(|(_, placement)| placement.managed).map(|(name, _)| name).collect();
    let mut lines = Lines::of(managed.iter().copied());
    let mut rules = Vec::new();
    for rule in expansion.rules.values() {
        let description = line::purpose(rule, matrix, &topology.policy);
        lines.add(rule.key.local.as_str(), rule.key.direction, &rule.key, Value::string(&description));
        rules.push((format!("{} {} {}", rule.key.local, rule.key.direction, rule.key), object(rule, matrix, &description)));
    }
    let standing = review::standing(matrix, &topology.policy, expansion);
    let summary = format!("{} at {}, {standing}", review::counted(rules.len(), "rule"), review::counted(managed.len(), "placement"));
    let decided = decided::value(matrix, &topology.policy, expansion);
    let mut values = vec![("rules", Value::map(rules)), ("lines", lines.into()), ("decided", decided), ("summary", Value::string(summary))];
    values.extend(review::values(expansion));
    values
}

fn object(rule: &Rule, matrix: &Matrix, description: &str) -> Value {
    let rows = rule.flows.keys().filter_map(|flow| matrix.flows().get(flow)).filter_map(|flow| flow.row);
    let rows: std::collections::BTreeSet<u16> = rows.collect();
    let port = |end: fn(PortRange) -> u16| rule.key.traffic.ports().map_or(Value::Null, |ports| Value::from(i64::from(end(ports))));
    let peer = rule.key.peer.placement().map_or_else(|| rule.key.peer.to_string(), ToString::to_string);
    Value::object([
        ("local", Value::string(rule.key.local.as_str())),
        ("direction", Value::string(rule.key.direction.as_str())),
        ("protocol", Value::string(rule.key.traffic.protocol())),
        ("from_port", port(PortRange::first)),
        ("to_port", port(PortRange::last)),
        ("peer", Value::string(peer)),
        ("multicast", Value::Bool(rule.key.peer.is_multicast())),
        ("flows", Value::list(rule.flows.keys().map(FlowId::as_str).map(Value::string))),
        ("rows", Value::list(rows.into_iter().map(|row| Value::from(i64::from(row))))),
        ("description", Value::string(description)),
    ])
}
