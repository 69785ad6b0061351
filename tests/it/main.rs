//! Integration tests: one binary.

mod matrix;
