//! The function `request_sheet`: what a firewall team is asked for.

use super::arguments::{Arguments, POLICY, fault, placements_parameter, policy_parameter};
use crate::net::Ports;
use crate::plugin::{Parameter, Signature, Type, Value};
use crate::sheet::{self, Sheet};
use crate::topology::{Fault, unknown_word};

/// A way to write a sheet.
type Writer = fn(&Sheet) -> String;

const FORMATS: [(&str, Writer); 2] = [("csv", sheet::csv), ("markdown", sheet::markdown)];

pub(super) fn signature() -> Signature {
    let addresses = Parameter::new("addresses", Type::map(Type::set(Type::String))).allow_null().description(
        "Where placements are: their names to address blocks, single addresses, or the names that the firewall team has for them. A placement without an \
         address is `to be filled in`.",
    );
    let format = Parameter::new("format", Type::String).description("`csv` or `markdown`.");
    Signature::new([placements_parameter(), addresses, format], Type::String).variadic(policy_parameter()).description(
        "A request to a firewall team",
        "Writes down what has to be opened between placements, for whoever runs a firewall by hand: one row for each pair, protocol and range of ports, with \
         both ends by name and address, flows and rows of the vendor's table, whether it is encrypted, the reason, ticket and last day, and the numbers of \
         open questions that it rests on. Every pair counts, whoever writes its firewall: strike out what does not cross the one that is asked for. \
         `directions` of the policy change nothing.\n\n\
         The firewall is assumed to be stateful. For one that is not, `ephemeral_ports` in the last argument says which ports clients connect from \
         (`\"49152-65535\"` on Windows); then every request has a row for its replies, except to a multicast group.\n\n\
         No cell of the CSV can be taken for a formula by a spreadsheet, or be split by its separator: a cell that begins like a formula gets a `'` before \
         it, and a `;` becomes a `,`. In Markdown nothing of what the configuration says is markup.",
    )
}

pub(super) fn call(arguments: &Arguments) -> Result<Value, Vec<Fault>> {
    let matrix = arguments.matrix()?;
    let rollout = arguments.rollout(&matrix)?;
    let addresses = sheet::addresses(&arguments.texts_by_name("addresses"), &rollout)?;
    let word = arguments.get("format").as_str().unwrap_or_default();
    let Some((_, write)) = FORMATS.into_iter().find(|(format, _)| *format == word) else {
        return Err(vec![fault("format", unknown_word(word, FORMATS.map(|(format, _)| format)))]);
    };
    let ephemeral = arguments.option_text("ephemeral_ports").map(str::parse::<Ports>).transpose().map_err(|error| {
        let at = [POLICY, "ephemeral_ports"].map(str::to_owned).to_vec();
        vec![Fault { at, summary: "Invalid ports", detail: format!("{error}.") }]
    })?;
    Ok(Value::string(write(&Sheet::of(&rollout, &addresses, ephemeral))))
}
