//! A Terraform provider as a process: the plugin protocol, version 6, from the handshake to the plan of one attribute.
//!
//! Promises: the host sees a provider that keeps the protocol, whatever the code behind it does. Knows nothing of what the
//! provider manages: nothing here names a product, a cloud or a rule, and no other room of this package is imported.

pub mod crash;
pub mod json;
pub mod msgpack;
pub mod proto;
pub mod rpc;
pub mod serve;
pub mod validator;

mod config;
mod connection;
mod control;
mod debug;
mod diagnostic;
mod end;
mod environment;
mod exchange;
mod function;
mod handshake;
mod in_flight;
mod listen;
mod log;
mod number;
mod path;
mod pipeline;
mod process;
mod provider;
mod schema;
mod server;
mod tls;
mod ty;
mod value;

#[cfg(test)]
mod client;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod host;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use exchange::{
    ApplyRequest, ConfigureRequest, DataRequest, DataResponse, ImportRequest, PlanRequest, PlanResponse, Private, ReadRequest,
    StateResponse,
};
pub use function::{Function, FunctionError, Parameter, Signature};
pub use in_flight::Stop;
pub use number::{Number, NumberError};
pub use path::{AttributePath, Step};
pub use provider::{DataSource, Provider, Resource};
pub use rpc::Service;
pub use schema::{Attribute, Block, BlockMode, Mistake, Nested, NestedBlock, NestedMode, Origin, Schema, Shape};
pub use serve::{Identity, serve};
pub use ty::{Type, TypeError};
pub use validator::Validator;
pub use value::Value;
