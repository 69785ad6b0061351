//! The diagnostics out of what the CLI printed.

use serde_json::Value;

use crate::support::Output;

/// Beginnings of what Terraform itself says of a provider that was stopped or is gone; its wording is not ours.
const OF_TERRAFORM: [&str; 6] = [
    "Plugin did not respond",
    "Request cancelled",
    "Error: rpc error",
    "execution halted",
    "operation canceled",
    "Provider development overrides",
];

/// The diagnostics that are the provider's, of a command that ran with `-json`, each on one line.
pub(crate) fn by_provider(output: &Output) -> impl Iterator<Item = String> {
    diagnostics(output).into_iter().filter(|text| !is_of_terraform(text))
}

/// Whether Terraform itself ended the command.
pub(crate) fn by_terraform(output: &Output) -> bool {
    diagnostics(output).iter().filter(|text| text.starts_with("Error: ")).all(|text| is_of_terraform(text))
}

fn is_of_terraform(text: &str) -> bool {
    OF_TERRAFORM.iter().any(|words| text.contains(words))
}

fn diagnostics(output: &Output) -> Vec<String> {
    let messages = output.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let diagnostics = messages.filter(|message| message["type"] == "diagnostic").map(|message| message["diagnostic"].clone());
    let text = |diagnostic: Value| {
        let severity = if diagnostic["severity"] == "error" { "Error" } else { "Warning" };
        let words = [&diagnostic["summary"], &diagnostic["detail"]].map(|text| text.as_str().unwrap_or_default().to_owned()).join(": ");
        format!("{severity}: {}", words.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    diagnostics.map(text).collect()
}

/// The text with `…` for what follows these words.
pub(crate) fn masked(text: &str, words: &str, what: impl Fn(char) -> bool) -> String {
    let mut parts = text.split(words);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(words);
        out.push('…');
        out.push_str(part.trim_start_matches(&what));
    }
    out
}
