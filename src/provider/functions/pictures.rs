//! The functions `mermaid` and `dot`: a rollout as a picture.

use super::arguments::{Arguments, placements_parameter, policy_parameter};
use crate::diagram;
use crate::passage::Rollout;
use crate::plugin::{Signature, Type, Value};
use crate::topology::Fault;

/// What both pictures show.
const SHOWN: &str = "A box is a placement with what lives in it, and what its hosts say to each other. An arrow is a pair of placements, from who opens \
     connections to who accepts them, with the ports grouped by what passes: plain, encrypted, for management; a `?` marks what rests on an open \
     question. The line says it again: dashes where something plain passes, thick where everything is encrypted. A legend is part of the picture. \
     Two to twelve placements are readable. `directions` of the policy change nothing.";

fn signature(summary: &str, language: &str) -> Signature {
    let about = format!("Draws who talks to whom under placements and policy, {language}.\n\n{SHOWN}");
    Signature::new([placements_parameter()], Type::String).variadic(policy_parameter()).description(summary, about)
}

pub(super) fn mermaid_signature() -> Signature {
    signature(
        "A rollout as a Mermaid flowchart",
        "in the language of [Mermaid](https://mermaid.js.org), which code hosts and wikis show as a picture",
    )
}

pub(super) fn dot_signature() -> Signature {
    signature("A rollout as a Graphviz graph", "in the language of [Graphviz](https://graphviz.org): `dot -Tsvg` makes a picture of it")
}

pub(super) fn mermaid(arguments: &Arguments) -> Result<Value, Vec<Fault>> {
    drawn(arguments, diagram::mermaid)
}

pub(super) fn dot(arguments: &Arguments) -> Result<Value, Vec<Fault>> {
    drawn(arguments, diagram::dot)
}

fn drawn(arguments: &Arguments, draw: impl FnOnce(&Rollout<'_>) -> String) -> Result<Value, Vec<Fault>> {
    let matrix = arguments.matrix()?;
    arguments.rollout(&matrix).map(|rollout| Value::string(draw(&rollout)))
}
