//! What a configuration may hold: attributes, nested attributes, single and list blocks, with their descriptions and rules.
//!
//! Promises: a schema that [`lint`](Schema::lint) finds nothing in is accepted by Terraform. Set, map and group blocks, write-only
//! and deprecated attributes cannot be expressed. Does not know the wire.

mod attribute;
mod block;
mod lint;
#[cfg(test)]
mod tests;

use std::fmt;

use super::ty::Type;

pub use attribute::{Attribute, Nested, NestedMode, Origin, Shape};
pub use block::{Block, BlockMode, NestedBlock};

/// The shape of a provider configuration, a resource or a data source.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// Grows when states of the previous version need an upgrade.
    pub version: i64,
    /// Everything in it.
    pub block: Block,
}

impl Schema {
    /// Returns version 0 of a schema.
    pub fn new(block: Block) -> Schema {
        Schema { version: 0, block }
    }

    /// Sets the version.
    #[must_use]
    pub fn version(mut self, version: i64) -> Schema {
        self.version = version;
        self
    }

    /// Returns the type of a whole object of this schema.
    pub fn object_type(&self) -> Type {
        self.block.object_type()
    }
}

/// One mistake in a schema, found by [`Schema::lint`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where: names joined by dots, empty for the whole schema.
    pub place: String,
    /// What is wrong.
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}`: {}", self.place, self.text)
    }
}
