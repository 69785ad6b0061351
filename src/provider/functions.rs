//! The provider's functions: pure, offline, called without any configuration of the provider.
//!
//! Each is a name, a signature and a calculation over [`Arguments`]; the rooms behind them know no Terraform. Faults are found as
//! everywhere, and told as errors about one argument that stand by themselves.

use std::sync::Arc;

use super::faults;
use crate::plugin::{Function, FunctionError, Signature, Value};
use crate::topology::Fault;

mod arguments;
mod ask;
mod expand;
mod flows;
mod pictures;
mod request_sheet;
mod shape;
#[cfg(test)]
mod tests;

use arguments::Arguments;

/// Returns all functions.
pub(super) fn all() -> Vec<Arc<dyn Function>> {
    let all = [
        Pure { name: "expand", signature: expand::signature, call: expand::call },
        Pure { name: "flows", signature: flows::signature, call: flows::call },
        Pure { name: "allows", signature: ask::allows_signature, call: ask::allows },
        Pure { name: "why", signature: ask::why_signature, call: ask::why },
        Pure { name: "mermaid", signature: pictures::mermaid_signature, call: pictures::mermaid },
        Pure { name: "dot", signature: pictures::dot_signature, call: pictures::dot },
        Pure { name: "request_sheet", signature: request_sheet::signature, call: request_sheet::call },
    ];
    all.into_iter().map(|function| Arc::new(function) as Arc<dyn Function>).collect()
}

/// A function.
#[derive(Debug)]
struct Pure {
    name: &'static str,
    signature: fn() -> Signature,
    call: fn(&Arguments) -> Result<Value, Vec<Fault>>,
}

impl Function for Pure {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> Signature {
        (self.signature)()
    }

    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let parameters = (self.signature)().parameters;
        let mut arguments = Arguments::new(&parameters, arguments);
        arguments.shape().and_then(|()| (self.call)(&arguments)).map_err(|found| error(&arguments, &found))
    }
}

/// Returns one error for all faults. Terraform shows it at the argument of the first one.
fn error(arguments: &Arguments, found: &[Fault]) -> FunctionError {
    let told = found.iter().map(|fault| {
        // What is said of a placement says so itself.
        let says_where = fault.detail.starts_with("In ");
        if says_where { fault.detail.clone() } else { format!("In `{}`: {}", faults::path(&fault.at), fault.detail) }
    });
    let text = statement(&told.collect::<Vec<_>>().join("\n"));
    match found.first().and_then(|fault| fault.at.first()).and_then(|name| arguments.position(name)) {
        Some(position) => FunctionError::argument(position, text),
        None => FunctionError::new(text),
    }
}

/// Turns a question at the end into a statement: Terraform puts a period behind each error of a function.
fn statement(text: &str) -> String {
    match text.strip_suffix('?').and_then(|text| text.rsplit_once("Did you mean ")) {
        Some((before, name)) => format!("{before}Perhaps {name} is meant."),
        None => text.to_owned(),
    }
}
