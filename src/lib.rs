//! Skeleton.
pub mod matrix;
pub mod net;
#[cfg(feature = "plugin")]
pub mod plugin;
