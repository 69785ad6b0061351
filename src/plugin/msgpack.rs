//! Values on the wire: MessagePack, read and written by the type that the schema gives.
//!
//! Promises: whatever bytes arrive, reading ends with a value of the type or an error that says where; what is written Terraform
//! reads as the same value. Refinements of unknown values are dropped, as the protocol allows. Does not know JSON.

mod read;
#[cfg(test)]
pub(crate) mod tests;
mod write;

pub use read::decode;
pub use write::encode;

use unicode_normalization::UnicodeNormalization;

use super::path::{AttributePath, Step};

/// Values nest at most this deep; a schema of ours comes nowhere near.
const DEPTH: usize = 128;

/// Bytes are no value of a type, or a value is not of a type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", place(path))]
pub struct CodecError {
    /// Where in the value.
    pub path: AttributePath,
    /// What is wrong, as a fragment.
    pub problem: String,
}

impl CodecError {
    pub(super) fn new(problem: impl Into<String>) -> CodecError {
        CodecError { path: AttributePath::root(), problem: problem.into() }
    }

    /// Returns the error as seen from one step further out: paths cost only where something is wrong.
    pub(super) fn under(self, step: Step) -> CodecError {
        CodecError { path: self.path.under(step), ..self }
    }
}

/// Returns text in composed form (NFC), which is the only one that Terraform stores.
pub(super) fn composed(text: &str) -> String {
    if text.is_ascii() { text.to_owned() } else { text.nfc().collect() }
}

fn place(path: &AttributePath) -> String {
    if path.steps().is_empty() { String::new() } else { format!("`{path}`: ") }
}
