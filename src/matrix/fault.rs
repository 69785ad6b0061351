//! What is wrong with a matrix file, and where.

use std::fmt;

use super::tree::Node;

/// How many faults a message lists before it only counts them.
const LISTED: usize = 20;

/// One thing that is wrong with a matrix file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line of the file, from 1.
    pub line: usize,
    /// Character in that line, from 1.
    pub column: usize,
    /// Where it stands in the file, such as `flows["aes.450"].initiators[1]`; empty for the file as a whole.
    pub path: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(formatter, ", at {}", self.path)?;
        }
        write!(formatter, ": {}", self.message)
    }
}

/// Everything that is wrong with a matrix file, in the order of the file; at least one fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixError {
    faults: Vec<Fault>, // INVARIANT: not empty
}

impl MatrixError {
    /// Returns the faults in the order of the file.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Wraps a single fault.
    pub(super) fn one(fault: Fault) -> MatrixError {
        MatrixError { faults: vec![fault] }
    }

    /// Stands for a file that gave nothing although no fault was noted; it keeps reading total.
    pub(super) fn unreadable() -> MatrixError {
        MatrixError::one(Fault { line: 1, column: 1, path: String::new(), message: "this is not a port matrix".to_owned() })
    }

    /// Places what was found in `text`, or returns nothing where nothing was found.
    pub(super) fn place(found: Vec<Finding>, text: &str, root: &Node<'_>) -> Option<MatrixError> {
        let mut found = found;
        found.sort_by_key(|finding| finding.at);
        let faults: Vec<Fault> = found
            .into_iter()
            .map(|finding| {
                let (line, column) = line_and_column(text, finding.at);
                Fault { line, column, path: root.path_to(finding.at), message: finding.message }
            })
            .collect();
        (!faults.is_empty()).then_some(MatrixError { faults })
    }
}

impl fmt::Display for MatrixError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().take(LISTED).enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{fault}")?;
        }
        match self.faults.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(formatter, "\nand {more} more"),
        }
    }
}

impl std::error::Error for MatrixError {}

/// A fault whose place is still a byte offset.
#[derive(Debug)]
pub(super) struct Finding {
    pub(super) at: usize,
    pub(super) message: String,
}

/// Returns line and column, both from 1, of the byte at `offset`; columns count characters.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(start..).map_or(0, |part| part.chars().count()) + 1;
    (line, column)
}
