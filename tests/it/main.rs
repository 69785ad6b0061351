//! Integration tests: one binary.

#[cfg(test)]
mod matrix;
