//! The arguments that functions share: placements, names, and a policy that may be left out.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::shaped;
use crate::ask::{End, Traffic};
use crate::matrix::Matrix;
use crate::passage::Rollout;
use crate::plugin::{Attribute, Block, Parameter, Type, Value};
use crate::provider::placements::texts;
use crate::provider::table::InForce;
use crate::provider::{placements, policy};
use crate::topology::{Fault, Policy, PolicySpec, Topology, unknown_placement};

/// The name of the last parameter, by which faults of a policy are told too.
pub(super) const POLICY: &str = "policy";

/// The arguments of one call by the names of their parameters.
#[derive(Debug)]
pub(super) struct Arguments {
    fixed: Vec<(String, Value)>,
    last: Vec<Value>,
}

/// Returns the parameter `placements`.
pub(super) fn placements_parameter() -> Parameter {
    let placement = Type::object([("components", Type::set(Type::String))]);
    Parameter::new("placements", Type::map(placement)).optional(["components"]).description(
        "Where components live: a name of yours to an object with `components`, names of components and roles; a placement that only `extra` \
         flows name needs none. What else an object has is passed over, so that the placements of a resource can be given as they are, even \
         while their ids are unknown. A null placement is absent.",
    )
}

/// Returns the parameter that may be left out.
pub(super) fn policy_parameter() -> Parameter {
    Parameter::new(POLICY, Type::Dynamic).allow_null().description(
        "At most one object, which may be left out or null: what the `policy` block of [`emc_rules`](../data-sources/rules.md#nestedblock--policy) \
         takes, `extra` as a list of objects; and besides, `single_host`, the names of placements whose components share one host; `matrix`, a table \
         as JSON in place of the embedded one (the `json` of [`emc_port_matrix`](../data-sources/port_matrix.md), or a file of yours); \
         `ephemeral_ports`, for `request_sheet`. Anything else is refused, by name.",
    )
}

/// What the last argument may hold.
fn vocabulary() -> Block {
    let policy = policy::block();
    let own = [
        Attribute::optional("single_host", Type::set(Type::String)),
        Attribute::optional("matrix", Type::String),
        Attribute::optional("ephemeral_ports", Type::String),
    ];
    let attributes = policy.block().attributes().iter().cloned().chain(own);
    Block::new(attributes).blocks(policy.block().nested_blocks().iter().cloned())
}

impl Arguments {
    pub(super) fn new(parameters: &[Parameter], values: Vec<Value>) -> Arguments {
        let mut values = values.into_iter();
        let fixed = parameters.iter().map(|parameter| (parameter.name.clone(), values.next().unwrap_or_default())).collect();
        Arguments { fixed, last: values.collect() }
    }

    /// Brings the last argument into its shape, before anybody reads it.
    pub(super) fn shape(&mut self) -> Result<(), Vec<Fault>> {
        if self.last.len() > 1 {
            let detail = format!("it is given {} times. Put everything into one object, `merge` helps.", self.last.len());
            return Err(vec![fault(POLICY, detail)]);
        }
        for value in &mut self.last {
            *value = shaped(value, &vocabulary(), &[POLICY]).map_err(|found| vec![found])?;
        }
        Ok(())
    }

    /// Returns the place of an argument among all of them.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        let fixed = self.fixed.iter().position(|(parameter, _)| parameter == name);
        fixed.or_else(|| (name == POLICY).then_some(self.fixed.len()))
    }

    /// Returns an argument by the name of its parameter.
    pub(super) fn get(&self, name: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.fixed.iter().find(|(parameter, _)| parameter == name).map_or(&NULL, |(_, value)| value)
    }

    fn option(&self, name: &str) -> &Value {
        static NULL: Value = Value::Null;
        self.last.first().map_or(&NULL, |policy| policy.get(name))
    }

    /// Returns a text of the last argument.
    pub(super) fn option_text(&self, name: &str) -> Option<&str> {
        self.option(name).as_str()
    }

    /// Returns the table that the last argument gives, or the embedded one.
    pub(super) fn matrix(&self) -> Result<InForce, Vec<Fault>> {
        let Some(text) = self.option_text("matrix") else { return Ok(InForce::Embedded) };
        InForce::parse(text).map_err(|error| {
            let hint = "The data source `emc_port_matrix` exports the embedded table as `json`, to start from.";
            let at = [POLICY, "matrix"].map(str::to_owned).to_vec();
            vec![Fault { at, summary: "Invalid matrix", detail: format!("it is not a port matrix:\n{error}\n{hint}") }]
        })
    }

    fn policy_spec(&self) -> PolicySpec {
        self.last.first().map(|value| policy::read(value).spec).unwrap_or_default()
    }

    /// Returns the policy alone, for questions about the table.
    pub(super) fn policy(&self, matrix: &Matrix) -> Result<Policy, Vec<Fault>> {
        Topology::resolve_policy(matrix, &self.policy_spec())
    }

    /// Returns placements and policy; every placement has a firewall that counts.
    pub(super) fn topology(&self, matrix: &Matrix) -> Result<Topology, Vec<Fault>> {
        let mut specs = placements::read(self.get("placements"), |_, _| true).specs;
        let (single_host, _) = texts(self.option("single_host"));
        let names: BTreeSet<String> = specs.keys().cloned().collect();
        let strangers = single_host.iter().filter(|name| !names.contains(*name)).map(|name| {
            let at = [POLICY, "single_host"].map(str::to_owned).to_vec();
            Fault { at, summary: "Unknown placement", detail: unknown_placement(name, names.iter().map(String::as_str)) }
        });
        let mut faults: Vec<Fault> = strangers.collect();
        for (name, spec) in &mut specs {
            spec.single_host = single_host.contains(name);
        }
        match Topology::resolve(matrix, &specs, &self.policy_spec()) {
            Ok(topology) if faults.is_empty() => Ok(topology),
            Ok(_) => Err(faults),
            Err(found) => {
                faults.splice(0..0, found);
                Err(faults)
            }
        }
    }

    /// Returns what passes under placements and policy.
    pub(super) fn rollout<'a>(&self, matrix: &'a Matrix) -> Result<Rollout<'a>, Vec<Fault>> {
        self.topology(matrix).map(|topology| Rollout::new(matrix, topology))
    }

    /// Returns one side of a question about a rollout; null is anyone.
    pub(super) fn end(&self, name: &str, rollout: &Rollout<'_>) -> Result<End, Vec<Fault>> {
        End::resolve(self.get(name).as_str(), name, rollout.matrix, &rollout.topology).map_err(|found| vec![found])
    }

    /// Returns one side of a question about the table; null is anyone.
    pub(super) fn party(&self, name: &str, matrix: &Matrix) -> Result<End, Vec<Fault>> {
        End::resolve_party(self.get(name).as_str(), name, matrix).map_err(|found| vec![found])
    }

    /// Returns what traffic is asked about; null is all of it.
    pub(super) fn traffic(&self, name: &str) -> Result<Traffic, Vec<Fault>> {
        Traffic::parse(self.get(name).as_str(), name).map_err(|found| vec![found])
    }

    /// Returns the texts of a map of sets; a null set has none.
    pub(super) fn texts_by_name(&self, name: &str) -> BTreeMap<String, BTreeSet<String>> {
        self.get(name).entries().map(|(name, value)| (name.to_owned(), texts(value).0)).collect()
    }
}

/// Returns a fault of a whole argument.
pub(super) fn fault(argument: &str, detail: String) -> Fault {
    Fault { at: vec![argument.to_owned()], summary: "Invalid argument", detail }
}
