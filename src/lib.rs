//! Skeleton.
#[cfg(feature = "aws")]
pub mod aws;
pub mod matrix;
pub mod net;
pub mod reconcile;
