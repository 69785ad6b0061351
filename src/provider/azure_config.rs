//! The provider's `azure` block, and what is found out about it before anything is asked of Azure.

mod block;
mod check;
mod settings;
#[cfg(test)]
mod tests;

pub(super) use block::block;
pub(super) use check::{look, validate};
