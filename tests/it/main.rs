//! Integration tests: one binary.
#[cfg(all(feature = "plugin", feature = "aws"))]
mod harness;
#[cfg(all(feature = "plugin", feature = "aws"))]
mod support;
