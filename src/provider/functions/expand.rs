//! The function `expand`: what the data source `emc_rules` gives, as a value.

use super::arguments::{Arguments, placements_parameter, policy_parameter};
use crate::expand::expand;
use crate::plugin::{Signature, Type, Value};
use crate::provider::rules;
use crate::topology::Fault;

pub(super) fn signature() -> Signature {
    let results = rules::results().into_iter().map(|attribute| (attribute.name().to_owned(), attribute.shape().value_type()));
    Signature::new([placements_parameter()], Type::object(results)).variadic(policy_parameter()).description(
        "The rules of placements and policy",
        "Derives the firewall rules of a rollout: placements and policy in, rules and notes out. The result is that of the data source \
         [`emc_rules`](../data-sources/rules.md) for the same placements, each with a firewall to be written: `rules`, `lines`, `unexpanded`, \
         `open_questions`, `decided`, `still_plain`, `summary` and `digest`.\n\n\
         A function cannot warn: an exclusion that closes nothing, of which the data source warns, passes in silence here.",
    )
}

pub(super) fn call(arguments: &Arguments) -> Result<Value, Vec<Fault>> {
    let matrix = arguments.matrix()?;
    let topology = arguments.topology(&matrix)?;
    let expansion = expand(&matrix, &topology);
    Ok(Value::object(rules::values(&matrix, &topology, &expansion)))
}
