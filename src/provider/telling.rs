//! How errors and lists of rules read in a diagnostic, the same for every cloud.

/// How many rules a diagnostic names.
const TOLD: usize = 20;

/// Returns lines of a diagnostic, indented; of many the first, and how many more there are.
pub(super) fn list(lines: &[String]) -> String {
    let more = lines.len().saturating_sub(TOLD);
    let shown = lines.iter().take(TOLD).map(|line| format!("  {line}"));
    shown.chain((more > 0).then(|| format!("  and {more} more"))).collect::<Vec<_>>().join("\n")
}

/// Returns an error and its sources, once each, as the beginning of a sentence.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = sentence(&error.to_string());
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// Returns a text with a capital letter at its beginning, unless that is an id or the name of something.
fn sentence(text: &str) -> String {
    let is_word = text.split(' ').next().is_some_and(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()));
    match text.split_at_checked(1) {
        Some((first, rest)) if is_word => format!("{}{rest}", first.to_ascii_uppercase()),
        Some(_) | None => text.to_owned(),
    }
}
