//! Integration tests: one binary.

mod expansion;
