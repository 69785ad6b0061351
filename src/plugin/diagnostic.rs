//! What a practitioner is told: errors and warnings, each with a place where there is one.
//!
//! Promises: a severity is always set, control characters never reach a terminal, and a diagnostic about everything has no path
//! (an empty one would lose the source line). Does not know how diagnostics travel: see `rpc`.

use super::path::AttributePath;

/// How serious a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Terraform goes on.
    Warning,
    /// Terraform stops here.
    Error,
}

/// One error or warning.
///
/// The summary is short, general and without values; the detail says what, where and what to do next, in sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    severity: Severity,
    summary: String,
    detail: String,
    path: Option<AttributePath>,
}

impl Diagnostic {
    /// Returns an error about the whole object.
    pub fn error(summary: impl AsRef<str>, detail: impl AsRef<str>) -> Diagnostic {
        Diagnostic::new(Severity::Error, summary.as_ref(), detail.as_ref())
    }

    /// Returns a warning about the whole object.
    pub fn warning(summary: impl AsRef<str>, detail: impl AsRef<str>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, summary.as_ref(), detail.as_ref())
    }

    fn new(severity: Severity, summary: &str, detail: &str) -> Diagnostic {
        Diagnostic { severity, summary: printable(summary), detail: printable(detail), path: None }
    }

    /// Points the diagnostic at a part of the configuration, as closely as Terraform can show it; the root means the whole object.
    #[must_use]
    pub fn at(mut self, path: &AttributePath) -> Diagnostic {
        let path = path.findable();
        self.path = (!path.steps().is_empty()).then_some(path);
        self
    }

    /// Returns how serious it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Returns the one-line headline.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// Returns the explanation.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns the place, never an empty path.
    pub fn path(&self) -> Option<&AttributePath> {
        self.path.as_ref()
    }
}

/// Replaces what a terminal could take for a command; line feeds and tabs stay.
fn printable(text: &str) -> String {
    let spoils = |character: char| character.is_control() && character != '\n' && character != '\t';
    text.chars().map(|character| if spoils(character) { char::REPLACEMENT_CHARACTER } else { character }).collect()
}

/// Errors and warnings in the order in which they were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Returns no diagnostic.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds one diagnostic.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Says whether Terraform will stop.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Says whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the diagnostics, the first found first.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Diagnostics {
        Diagnostics(vec![diagnostic])
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        self.0.extend(diagnostics);
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Diagnostics {
        Diagnostics(diagnostics.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
