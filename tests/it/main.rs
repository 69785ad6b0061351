//! Integration tests: one binary.

#[cfg(feature = "codegen")]
mod codegen;
mod expansion;
#[cfg(all(feature = "plugin", feature = "aws"))]
mod harness;
#[cfg(test)]
mod matrix;
#[cfg(all(feature = "plugin", feature = "aws"))]
mod rollout;
#[cfg(all(feature = "plugin", feature = "aws"))]
mod support;
