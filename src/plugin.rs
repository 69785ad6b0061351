//! A Terraform provider as a process: the plugin protocol, version 6, from the handshake to the plan of one attribute.
//!
//! Promises: the host sees a provider that keeps the protocol, whatever the code behind it does. Knows nothing of what the
//! provider manages: nothing here names a product, a cloud or a rule, and no other room of this package is imported.

mod config;
mod diagnostic;
mod in_flight;
pub mod json;
pub mod msgpack;
mod number;
mod path;
mod pipeline;
pub mod proto;
mod provider;
pub mod rpc;
mod schema;
mod ty;
pub mod validator;
mod value;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use in_flight::Stop;
pub use number::{Number, NumberError};
pub use path::{AttributePath, Step};
pub use provider::{
    ApplyRequest, ConfigureRequest, DataRequest, DataResponse, DataSource, Function, FunctionError, ImportRequest, Parameter, PlanRequest,
    PlanResponse, Private, Provider, ReadRequest, Resource, Signature, StateResponse,
};
pub use schema::{Attribute, Block, BlockMode, Mistake, Nested, NestedBlock, NestedMode, Origin, Schema, Shape};
pub use ty::{Type, TypeError};
pub use validator::Validator;
pub use value::Value;
