//! The data source `emc_port_matrix_diff`: what another table would change for the placements and the policy of a site.
//!
//! Offline, and made of names only. Tables are embedded releases, files, or the table that is in force for the provider.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;

use super::review::{self, counted};
use super::rules::{self, read_placements};
use super::table::{self, InForce, Table};
use super::{faults, policy};
use crate::diff::common::{Understood, understood};
use crate::diff::{Diff, Lines, Side, diff};
use crate::expand::expand;
use crate::matrix::Matrix;
use crate::plugin::{
    Attribute, AttributePath, Block, DataRequest, DataResponse, DataSource, Diagnostic, Diagnostics, Nested, Schema, Type, Value,
};
use crate::topology::{Fault, Topology};

#[cfg(test)]
mod tests;

#[derive(Debug)]
pub(super) struct PortMatrixDiff {
    table: Arc<Table>,
}

impl PortMatrixDiff {
    pub(super) fn new(table: Arc<Table>) -> PortMatrixDiff {
        PortMatrixDiff { table }
    }

    /// Returns both tables, as far as it is known which they are.
    ///
    /// # Errors
    /// When one of them is no release that is embedded and no file with a table.
    fn tables(&self, config: &Value) -> Result<Option<(InForce, InForce)>, Diagnostics> {
        let named = |attribute: &str, otherwise: Option<InForce>| {
            let name = config.get(attribute);
            match name.as_str() {
                Some(name) => table::named(name).map(Some).map_err(|error| error.at(&AttributePath::root().attr(attribute))),
                None if name.is_null() => Ok(otherwise),
                None => Ok(None),
            }
        };
        let before = named("before", Some(InForce::Embedded))?;
        let after = named("after", self.table.in_force())?;
        Ok(before.zip(after))
    }
}

#[async_trait]
impl DataSource for PortMatrixDiff {
    fn type_name(&self) -> &str {
        "emc_port_matrix_diff"
    }

    fn schema(&self) -> Schema {
        schema()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let (before, after) = match self.tables(config) {
            Ok(Some(tables)) => tables,
            Ok(None) => return Diagnostics::new(),
            Err(errors) => return errors,
        };
        let placements = read_placements(config);
        let written = policy::read(config.get("policy"));
        let check = |matrix: &Matrix, other: &Matrix| {
            let Understood { placements: specs, policy, .. } = understood(&placements.specs, &written.spec, matrix, other);
            written.placed(Topology::check(matrix, &specs, placements.complete, &policy, written.complete))
        };
        let mut found = faults::diagnostics(&once(check(&after, &before), check(&before, &after)));
        found.extend(rules::check_manage(config));
        found
    }

    async fn read(&self, request: DataRequest) -> DataResponse {
        let mut state = request.config;
        let (before, after) = match self.tables(&state) {
            Ok(Some(tables)) => tables,
            Ok(None) => {
                let detail =
                    "The path of a table is not known yet, so neither is what differs. Give paths that are known when Terraform plans.";
                return DataResponse::failed(Diagnostic::error("Unknown port matrix", detail));
            }
            Err(errors) => return DataResponse::failed(errors),
        };
        let placements = read_placements(&state);
        let written = policy::read(state.get("policy"));
        let one = understood(&placements.specs, &written.spec, &before, &after);
        let other = understood(&placements.specs, &written.spec, &after, &before);
        let resolved = |matrix: &Matrix, read: &Understood| Topology::resolve(matrix, &read.placements, &read.policy);
        let (was, is) = match (resolved(&before, &one), resolved(&after, &other)) {
            (Ok(was), Ok(is)) => (was, is),
            (was, is) => {
                let faults = once(is.err().unwrap_or_default(), was.err().unwrap_or_default());
                return DataResponse::failed(faults::diagnostics(&faults));
            }
        };
        let (of_was, of_is) = (expand(&before, &was), expand(&after, &is));
        let before = Side { matrix: &before, topology: &was, expansion: &of_was };
        let after = Side { matrix: &after, topology: &is, expansion: &of_is };
        for (name, value) in values(before, after, &one, &other) {
            state.set_entry(name, value);
        }
        DataResponse::state(state)
    }
}

/// Both lists of faults, what both have once.
fn once(faults: Vec<Fault>, more: Vec<Fault>) -> Vec<Fault> {
    let mut all = faults;
    for fault in more {
        if !all.contains(&fault) {
            all.push(fault);
        }
    }
    all
}

fn values(before: Side<'_>, after: Side<'_>, one: &Understood, other: &Understood) -> Vec<(&'static str, Value)> {
    let found = diff(before, after);
    let (was, is) = (before.expansion.digest(), after.expansion.digest());
    let left_out: BTreeSet<String> = [("before", one), ("after", other)]
        .into_iter()
        .flat_map(|(side, read)| read.left_out.iter().map(move |text| format!("{side}: {text}, which this table does not have")))
        .collect();
    vec![
        ("opens", lines(&found.opens)),
        ("closes", lines(&found.closes)),
        ("changes", lines(&found.changes)),
        ("flows", review::texts(&found.flows)),
        ("open_questions", review::texts(&found.questions)),
        ("left_out", Value::list(left_out.iter().map(Value::string))),
        ("equal", Value::Bool(was == is)),
        ("digest_before", Value::string(&was)),
        ("digest_after", Value::string(&is)),
        ("summary", Value::string(summary(before, after, &found, was == is))),
    ]
}

fn summary(before: Side<'_>, after: Side<'_>, found: &Diff, equal: bool) -> String {
    let counts = found.counts();
    let what = if equal && counts.changes == 0 {
        "the same openings for the same reasons".to_owned()
    } else {
        let of = |count: usize, does: &str| format!("{count} {does}");
        format!(
            "{}, {}, {} at {}",
            of(counts.opens, "open"),
            of(counts.closes, "close"),
            of(counts.changes, "change"),
            counted(counts.places, "placement")
        )
    };
    format!("{what}: {} -> {}", review::origin(before.matrix), review::origin(after.matrix))
}

fn lines(lines: &Lines) -> Value {
    Value::map(lines.iter().map(|(place, lines)| (place.as_str(), Value::list(lines.iter().map(Value::string)))))
}

fn schema() -> Schema {
    let lines = |name: &str, what: &str| Attribute::computed(name, Type::map(Type::list(Type::String))).description(what);
    let texts = |name: &str, what: &str| Attribute::computed(name, Type::map(Type::String)).description(what);
    let attributes = [
        Attribute::required("placements", Nested::map(rules::placement()))
            .description("Where components live, as in `emc_rules`: a name of yours to what lives there. A null placement is absent."),
        Attribute::optional("manage", Type::set(Type::String)).description("Placements whose firewall is written. Default: all."),
        Attribute::optional("before", Type::String).description(
            "The first table: an embedded release (`6.6`), or the path of a file as `matrix_file` takes it (a file whose name looks like a release needs a path: `./6.6`). Default: the embedded table.",
        ),
        Attribute::optional("after", Type::String)
            .description("The second table, in the same way. Default: the table in force, which is `matrix_file` of the provider where it is set."),
        lines("opens", "Rules that only the second table asks for: placement to lines. Placements without a line are left out, here and below."),
        lines("closes", "Rules that only the first table asks for."),
        lines(
            "changes",
            "Rules that both ask for, whose line differs: other flows, another transport, another row. Nothing opens or closes by them.",
        ),
        texts("flows", "Flows that the tables treat differently: flow id to `what it was -> what it is`: `open`, `not in the table`, or the reason why it has no rule."),
        texts("open_questions", "Questions that the second table leaves to this site and the first one did not: doubt id to one line."),
        Attribute::computed("left_out", Type::list(Type::String)).description(
            "Names of placements and policy that one of the tables does not have; they count where they are known.",
        ),
        Attribute::computed("equal", Type::Bool).description("Whether both ask for the same openings for the same flows: whether the digests are equal."),
        Attribute::computed("digest_before", Type::String).description("Fingerprint of the openings that the first table asks for, as `digest` of the resources."),
        Attribute::computed("digest_after", Type::String).description("Fingerprint of the openings that the second table asks for."),
        Attribute::computed("summary", Type::String).description(
            "What differs, in one line: `2 open, 2 close, 0 change at 2 placements: EMC 6.6 embedded -> EMC 6.6 file 7b41945d`. The numbers count rules, so a flow between two placements whose firewalls are both written counts twice, once at each end.",
        ),
    ];
    let block = Block::new(attributes).blocks([policy::block()]).description(
        "Compares two port matrices for the placements and the policy of a site: which rules open, which close, and which flows are treated differently. \
         For the day on which a new release or a corrected `matrix_file` comes: nothing is written, and nobody is asked.",
    );
    Schema::new(block)
}
