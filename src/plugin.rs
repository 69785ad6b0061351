//! A Terraform provider as a process: the plugin protocol, version 6, from the handshake to the plan of one attribute.
//!
//! Promises: the host sees a provider that keeps the protocol, whatever the code behind it does. Knows nothing of what the
//! provider manages: nothing here names a product, a cloud or a rule, and no other room of this package is imported.

pub mod crash;
pub mod proto;
pub mod serve;

mod connection;
mod control;
mod debug;
mod end;
mod environment;
mod handshake;
mod listen;
mod log;
mod process;
mod server;
mod tls;

#[cfg(test)]
mod client;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod host;

pub use serve::{Identity, serve};
