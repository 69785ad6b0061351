//! The function `flows`: what the table has between two components or roles.

use super::arguments::{Arguments, policy_parameter};
use crate::ask::between;
use crate::plugin::{Parameter, Signature, Type, Value};
use crate::provider::port_matrix;
use crate::topology::Fault;

pub(super) fn signature() -> Signature {
    let flow = Type::object([("id", Type::String)].into_iter().chain(port_matrix::flow_fields()));
    let end = |name: &str, does: &str| {
        let description = format!("A component or role that {does}; null is anyone.");
        Parameter::new(name, Type::String).allow_null().description(description)
    };
    let ends = [end("from", "opens connections"), end("to", "accepts them")];
    Signature::new(ends, Type::list(flow)).variadic(policy_parameter()).description(
        "The flows of the table between two components",
        "Returns the flows of the port matrix from one component or role to another, before anything is placed: a list of objects with `id` and what \
         [`emc_port_matrix`](../data-sources/port_matrix.md) says of a flow. Multicast flows count in both ways, as printed and as described.\n\n\
         Of the policy `matrix`, `initiators`, `management_from` and `roles` count, which say who opens a flow on this site. What is open there is \
         another question: [`why`](why.md) answers it. Placements that the policy names are not looked for, so that the policy of a resource can be \
         given as it is.",
    )
}

pub(super) fn call(arguments: &Arguments) -> Result<Value, Vec<Fault>> {
    let matrix = arguments.matrix()?;
    let policy = arguments.policy(&matrix)?;
    let (from, to) = (arguments.party("from", &matrix)?, arguments.party("to", &matrix)?);
    let flows = between(&matrix, &policy, &from, &to).into_iter();
    Ok(Value::list(flows.map(|flow| port_matrix::flow(flow).with("id", flow.id.as_str()))))
}
