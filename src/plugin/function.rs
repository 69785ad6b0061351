//! Functions that a provider offers to configurations.
//!
//! Promises: a function sees only arguments of the types that it asked for. Does not know the wire.

use std::collections::BTreeSet;

use super::ty::Type;
use super::value::Value;

/// A pure function: the same arguments always give the same result, without `configure` and without the outside world.
pub trait Function: Send + Sync + 'static {
    /// Returns the name, without that of the provider.
    fn name(&self) -> &str;

    /// Returns parameters, result and description. It must always be the same.
    fn signature(&self) -> Signature;

    /// Calls the function. First come the positional arguments, then any number of variadic ones.
    ///
    /// # Errors
    /// What to tell the practitioner. The text must be understood by itself, for not every host shows the argument.
    fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError>;
}

/// How a function is called.
#[derive(Debug, Clone)]
pub struct Signature {
    /// One line about it.
    pub summary: String,
    /// All about it, in Markdown.
    pub description: String,
    /// The positional parameters.
    pub parameters: Vec<Parameter>,
    /// The parameter that takes all further arguments.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
}

impl Signature {
    /// Returns a function of these parameters.
    pub fn new(parameters: impl IntoIterator<Item = Parameter>, returns: Type) -> Signature {
        let parameters = parameters.into_iter().collect();
        Signature { summary: String::new(), description: String::new(), parameters, variadic: None, returns }
    }

    /// Sets one line about it, and all about it in Markdown.
    #[must_use]
    pub fn description(mut self, summary: impl Into<String>, markdown: impl Into<String>) -> Signature {
        self.summary = summary.into();
        self.description = markdown.into();
        self
    }

    /// Sets the parameter that takes all further arguments.
    #[must_use]
    pub fn variadic(mut self, parameter: Parameter) -> Signature {
        self.variadic = Some(parameter);
        self
    }
}

/// A parameter of a function.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name, a lower-case identifier.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// What it means, in Markdown.
    pub description: String,
    /// Whether the function wants to see null; otherwise Terraform refuses it.
    pub allow_null: bool,
    /// Whether the function wants to see values that are not wholly known; otherwise Terraform answers "unknown" itself.
    pub allow_unknown: bool,
    /// Attributes that objects in it may lack; the function sees them as null.
    pub optional: BTreeSet<String>,
}

impl Parameter {
    /// Returns a parameter that takes neither null nor unknown.
    pub fn new(name: impl Into<String>, ty: Type) -> Parameter {
        Parameter { name: name.into(), ty, description: String::new(), allow_null: false, allow_unknown: false, optional: BTreeSet::new() }
    }

    /// Sets the description, in Markdown.
    #[must_use]
    pub fn description(mut self, markdown: impl Into<String>) -> Parameter {
        self.description = markdown.into();
        self
    }

    /// Lets objects lack these attributes.
    #[must_use]
    pub fn optional<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Parameter {
        self.optional = names.into_iter().map(Into::into).collect();
        self
    }

    /// Lets null through to the function.
    #[must_use]
    pub fn allow_null(mut self) -> Parameter {
        self.allow_null = true;
        self
    }

    /// Lets values that are not wholly known through to the function.
    #[must_use]
    pub fn allow_unknown(mut self) -> Parameter {
        self.allow_unknown = true;
        self
    }
}

/// Why a function has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    /// What to tell the practitioner, in sentences that stand by themselves. Terraform ends the last one itself, so that its period
    /// is not sent.
    pub text: String,
    /// The argument at fault, counted from 0 over positional and variadic ones.
    pub argument: Option<usize>,
}

impl FunctionError {
    /// Returns an error about the call.
    pub fn new(text: impl Into<String>) -> FunctionError {
        FunctionError { text: text.into(), argument: None }
    }

    /// Returns an error about one argument, counted from 0.
    pub fn argument(argument: usize, text: impl Into<String>) -> FunctionError {
        FunctionError { text: text.into(), argument: Some(argument) }
    }
}
