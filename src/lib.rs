//! Skeleton.
pub mod matrix;
pub mod net;
pub mod suggest;
