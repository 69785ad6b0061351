//! The provider's `azure` block, and what is found out about it before anything is asked of Azure.

use std::sync::Arc;

use super::connection::Connection;
use crate::azure::Arm;
use crate::plugin::Value;

mod block;
mod check;
mod settings;
#[cfg(test)]
mod tests;

pub(super) use block::block;
pub(super) use check::{look, validate};

/// The principal of one provider configuration.
#[derive(Debug, Default)]
pub(super) struct Principal(Connection<Arm>);

impl Principal {
    /// Takes the `azure` block.
    pub(super) fn configure(&self, azure: &Value) {
        self.0.configure(azure, |azure| Arm::new(settings::settings(azure)));
    }

    /// Returns the way to Azure, if the configuration is known.
    pub(super) fn arm(&self) -> Option<Arc<Arm>> {
        self.0.ready()
    }
}
