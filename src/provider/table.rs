//! Which port matrix is in force: the embedded one, or the file that the provider configuration names.
//!
//! Terraform validates resources without configuring the provider, so a file seen while the provider block was validated counts
//! already. A path that is not known yet makes every name unknown until it is.

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use crate::matrix::{Matrix, MatrixError};
use crate::plugin::{AttributePath, Diagnostic, Diagnostics, Value};

/// A matrix, wherever it came from.
#[derive(Debug, Clone)]
pub(super) enum InForce {
    Embedded,
    File(Arc<Matrix>),
}

impl InForce {
    /// Reads a table from its text.
    ///
    /// # Errors
    /// What is wrong with it, where.
    pub(super) fn parse(text: &str) -> Result<InForce, MatrixError> {
        Matrix::parse(text).map(|matrix| InForce::File(Arc::new(matrix)))
    }
}

impl Deref for InForce {
    type Target = Matrix;

    fn deref(&self) -> &Matrix {
        match self {
            InForce::Embedded => Matrix::embedded(),
            InForce::File(matrix) => matrix,
        }
    }
}

/// The matrix of one provider configuration; none while its path is unknown.
#[derive(Debug)]
pub(super) struct Table(RwLock<Option<InForce>>);

impl Default for Table {
    fn default() -> Table {
        Table(RwLock::new(Some(InForce::Embedded)))
    }
}

impl Table {
    /// Returns the matrix in force, if it is known.
    pub(super) fn in_force(&self) -> Option<InForce> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the matrix in force, or the error of being asked to act before it is known.
    pub(super) fn required(&self) -> Result<InForce, Diagnostics> {
        let detail = "The provider's `matrix_file` is not known, so neither are the rules.";
        self.in_force().ok_or_else(|| Diagnostic::error("Unknown port matrix", detail).into())
    }

    /// Takes the provider's `matrix_file`.
    pub(super) fn load(&self, matrix_file: &Value) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let in_force = match matrix_file.as_str() {
            None if matrix_file.is_null() => Some(InForce::Embedded),
            None => None,
            Some("") => {
                let detail = "`matrix_file` is empty. Leave it out to use the embedded table, or give the path of a file.";
                diagnostics.push(Diagnostic::error("Unreadable matrix file", detail).at(&AttributePath::root().attr("matrix_file")));
                None
            }
            Some(path) => match read(path) {
                Ok(matrix) => Some(InForce::File(Arc::new(matrix))),
                Err(diagnostic) => {
                    diagnostics.push(diagnostic.at(&AttributePath::root().attr("matrix_file")));
                    None
                }
            },
        };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = in_force;
        diagnostics
    }
}

/// Returns the table of this name: an embedded release, or what stands in a file at this path.
pub(super) fn named(name: &str) -> Result<InForce, Diagnostic> {
    let embedded = Matrix::embedded().release();
    if name == embedded {
        return Ok(InForce::Embedded);
    }
    if name.is_empty() {
        let detail =
            format!("The name of a table is empty. Give a release, `{embedded}`, or the path of a file, or leave the argument out.");
        return Err(Diagnostic::error("Unreadable matrix file", detail));
    }
    if name.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())) {
        let detail = format!(
            "This provider has no table of release `{name}` built in; it has that of `{embedded}`. For another one give the path of a file, for example one that starts with `${{path.root}}/`."
        );
        return Err(Diagnostic::error("Unknown release", detail));
    }
    read(name).map(|matrix| InForce::File(Arc::new(matrix)))
}

fn read(path: &str) -> Result<Matrix, Diagnostic> {
    let text = fs::read_to_string(path).map_err(|error| {
        let fault = if Path::new(path).is_dir() {
            format!("`{path}` is a directory")
        } else {
            format!("The file `{path}` cannot be read: {error}")
        };
        let detail = format!("{fault}. Give the path of a file that can be read, for example one that starts with `${{path.root}}/`.");
        Diagnostic::error("Unreadable matrix file", detail)
    })?;
    Matrix::parse(&text).map_err(|error| {
        let hint = "The data source `emc_port_matrix` exports the embedded table as `json`, to start from.";
        Diagnostic::error("Invalid matrix file", format!("In `{path}`:\n{error}\n\n{hint}"))
    })
}
