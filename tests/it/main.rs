//! Integration tests: one binary.

#[cfg(feature = "codegen")]
mod codegen;
#[cfg(all(feature = "plugin", feature = "aws"))]
mod docs;
#[cfg(all(feature = "plugin", feature = "aws"))]
mod examples;
mod expansion;
#[cfg(all(feature = "plugin", feature = "aws"))]
mod harness;
#[cfg(test)]
mod matrix;
#[cfg(all(feature = "plugin", feature = "aws"))]
mod support;
