//! Checks of one attribute's value, and ready-made ones.
//!
//! Promises: a check made here never sees null or unknown, also not as an element; its error stands at the attribute and names the
//! element where the attribute is a set.

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::path::AttributePath;
use super::value::Value;

type Check = dyn Fn(&Value, &AttributePath, &mut Diagnostics) + Send + Sync;

/// Headline of what the ready-made checks find.
const SUMMARY: &str = "Invalid value";

/// A check of a value that is neither null nor unknown. Any such function is one.
///
/// ```
/// use terraform_provider_emc::plugin::{Attribute, AttributePath, Diagnostic, Diagnostics, Type, Value, validator};
/// let port = Attribute::optional("port", Type::Number).validate(|value: &Value, path: &AttributePath, found: &mut Diagnostics| {
///     if !value.as_i64().is_some_and(|port| (1..=65535).contains(&port)) {
///         found.push(Diagnostic::error("Invalid port", "A port is a whole number from 1 to 65535.").at(path));
///     }
/// });
/// let level = Attribute::optional("level", Type::String).validate(validator::one_of(["low", "high"]));
/// # let _ = (port, level);
/// ```
#[derive(Clone)]
pub struct Validator(Arc<Check>);

impl Validator {
    /// Runs the check unless the value is null or unknown.
    pub fn check(&self, value: &Value, path: &AttributePath, found: &mut Diagnostics) {
        if value.is_known() && !value.is_null() {
            (self.0)(value, path, found);
        }
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Validator")
    }
}

impl<F: Fn(&Value, &AttributePath, &mut Diagnostics) + Send + Sync + 'static> From<F> for Validator {
    fn from(check: F) -> Validator {
        Validator(Arc::new(check))
    }
}

/// Accepts these texts; the error for another one names the nearest and lists all.
pub fn one_of<T: Into<String>>(words: impl IntoIterator<Item = T>) -> Validator {
    let words: Vec<String> = words.into_iter().map(Into::into).collect();
    Validator::from(move |value: &Value, path: &AttributePath, found: &mut Diagnostics| {
        if let Some(word) = value.as_str().filter(|word| words.iter().all(|known| known != word)) {
            found.push(Diagnostic::error("Unknown choice", not_one_of(word, path, &words)).at(path));
        }
    })
}

fn not_one_of(word: &str, path: &AttributePath, words: &[String]) -> String {
    let all: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let hint = nearest(word, words).map_or(String::new(), |near| format!("Did you mean `{near}`? "));
    format!("`{word}` is not a choice for `{}`. {hint}Choose from: {}.", path.addressable(), all.join(", "))
}

/// Returns the word that was probably meant, if one is near enough.
pub fn nearest<'a, T: AsRef<str>>(word: &str, words: &'a [T]) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let distance = |known: &str| strsim::damerau_levenshtein(&lower, &known.to_lowercase());
    let (distance, near) = words.iter().map(|known| (distance(known.as_ref()), known.as_ref())).min_by_key(|(distance, _)| *distance)?;
    (distance <= 1.max(near.chars().count() / 3)).then_some(near)
}

/// Accepts text that `parse` accepts; its error is shown as it is, so it should quote the text and say what to write.
pub fn text<E: fmt::Display>(parse: impl Fn(&str) -> Result<(), E> + Send + Sync + 'static) -> Validator {
    Validator::from(move |value: &Value, path: &AttributePath, found: &mut Diagnostics| {
        if let Some(Err(error)) = value.as_str().map(&parse) {
            found.push(Diagnostic::error(SUMMARY, sentence(path, &error)).at(path));
        }
    })
}

/// Applies a check to each known element of a list, set or map. The path leads to the element; in a set, which Terraform cannot
/// point into, to the set, and the text names the element.
pub fn each(element: impl Into<Validator>) -> Validator {
    let element = element.into();
    Validator::from(move |value: &Value, path: &AttributePath, found: &mut Diagnostics| {
        for (path, part) in parts(value, path) {
            element.check(part, &path, found);
        }
    })
}

/// Accepts maps whose keys `parse` accepts; its error is shown as it is.
pub fn keys<E: fmt::Display>(parse: impl Fn(&str) -> Result<(), E> + Send + Sync + 'static) -> Validator {
    Validator::from(move |value: &Value, path: &AttributePath, found: &mut Diagnostics| {
        for (key, _) in value.entries() {
            if let Err(error) = parse(key) {
                let path = path.key(key);
                found.push(Diagnostic::error("Invalid map key", sentence(&path, &error)).at(&path));
            }
        }
    })
}

/// Returns the elements of a list, set, tuple or map, each with its path.
pub(super) fn parts<'a>(value: &'a Value, path: &AttributePath) -> Vec<(AttributePath, &'a Value)> {
    let text = |element: &Value| element.as_str().map_or_else(|| element.kind().to_owned(), str::to_owned);
    let in_set = matches!(value.plain(), Value::Set(_));
    let step = |index: usize, element: &Value| if in_set { path.element(text(element)) } else { path.index(index) };
    let elements = value.elements().iter().enumerate().map(|(index, element)| (step(index, element), element));
    elements.chain(value.entries().map(|(key, element)| (path.key(key), element))).collect()
}

fn sentence(path: &AttributePath, error: &impl fmt::Display) -> String {
    let error = error.to_string();
    let end = if error.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{path}: {error}{end}")
}
