//! Integration tests: one binary.

#[cfg(feature = "codegen")]
mod codegen;
mod expansion;
