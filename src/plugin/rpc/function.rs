//! Calls of functions.

use crate::plugin::function::{FunctionError, Parameter, Signature};
use crate::plugin::proto::tfplugin6 as proto;
use crate::plugin::rpc::catalog::Catalog;
use crate::plugin::rpc::{to_proto, wire};
use crate::plugin::value::Value;

/// Calls a function; an error is an answer too.
pub(super) fn call(catalog: &Catalog, request: proto::call_function::Request) -> proto::call_function::Response {
    match result(catalog, request) {
        Ok(result) => proto::call_function::Response { result: Some(result), error: None },
        Err(error) => failed(error),
    }
}

/// Answers that there is no result, and why.
pub(super) fn failed(error: FunctionError) -> proto::call_function::Response {
    proto::call_function::Response { result: None, error: Some(to_proto::function_error(error)) }
}

fn result(catalog: &Catalog, request: proto::call_function::Request) -> Result<proto::DynamicValue, FunctionError> {
    let proto::call_function::Request { name, arguments } = request;
    let unknown = || FunctionError::new(format!("This version of the provider has no function `{name}`."));
    let entry = catalog.functions.get(&name).ok_or_else(unknown)?;
    let signature = entry.signature();
    let arguments = read(&name, signature, arguments)?;
    let result = entry.item.call(arguments)?;
    wire::write(Some(&result), &signature.returns).map_err(|error| {
        FunctionError::new(format!(
            "The result of the function `{name}` does not fit its type: {error}. This is a bug in the provider: please report it."
        ))
    })
}

fn read(name: &str, signature: &Signature, arguments: Vec<proto::DynamicValue>) -> Result<Vec<Value>, FunctionError> {
    let (given, fixed) = (arguments.len(), signature.parameters.len());
    if given < fixed || (given > fixed && signature.variadic.is_none()) {
        return Err(FunctionError::new(format!("The function `{name}` takes {fixed} arguments; {given} were given.")));
    }
    let parameters = signature.parameters.iter().chain(std::iter::repeat_with(|| signature.variadic.as_ref()).flatten());
    let pairs = arguments.into_iter().zip(parameters).enumerate();
    pairs.map(|(position, (argument, parameter))| read_argument(position, argument, parameter)).collect()
}

fn read_argument(position: usize, argument: proto::DynamicValue, parameter: &Parameter) -> Result<Value, FunctionError> {
    let Parameter { name, ty, description: _, allow_null, allow_unknown, optional: _ } = parameter;
    let refused = |problem: String| FunctionError::argument(position, format!("Argument `{name}`: {problem}."));
    let value = wire::decode(Some(argument), ty).map_err(|error| refused(error.to_string()))?;
    if value.is_null() && !allow_null {
        return Err(refused("null is not possible here".to_owned()));
    }
    if !value.is_wholly_known() && !allow_unknown {
        return Err(refused("an unknown value is not possible here".to_owned()));
    }
    Ok(value)
}
