//! Skeleton.
pub mod expand;
pub mod line;
pub mod matrix;
pub mod net;
pub mod note;
pub mod rule;
pub mod suggest;
pub mod topology;
