//! Skeleton.
pub mod matrix;
pub mod net;
