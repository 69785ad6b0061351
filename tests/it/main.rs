//! Integration tests: one binary.

#[cfg(feature = "codegen")]
mod codegen;
#[cfg(all(feature = "plugin", feature = "aws"))]
mod data_sources;
mod expansion;
#[cfg(all(feature = "plugin", feature = "aws"))]
mod harness;
#[cfg(all(feature = "plugin", feature = "aws"))]
mod input;
#[cfg(test)]
mod matrix;
#[cfg(all(feature = "plugin", feature = "aws"))]
mod support;
