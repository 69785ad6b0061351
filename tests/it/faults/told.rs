//! What a practitioner reads: the provider's diagnostics out of what the CLI printed, with names for ids.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::Output;

use super::column::{Column, Kind};
use super::scenario::Mishap;
use super::stage::Stage;

/// One diagnostic on one line; the call and its group are `<call>` and `<group>`.
pub(super) type Told = String;

/// Beginnings of what Terraform itself says of a provider that was stopped or is gone; its wording is not ours.
const OF_TERRAFORM: [&str; 6] = [
    "Plugin did not respond",
    "Request cancelled",
    "Error: rpc error",
    "execution halted",
    "operation canceled",
    "Provider development overrides",
];

/// Errors that are not about a call.
const OF_NO_CALL: [&str; 5] =
    ["Created in part", "Clash with existing rules", "exists already as", "stopped on request", "Stopped on request"];

/// The provider's errors and warnings. Of warnings only those that have to do with the call: some are there in any case.
pub(super) fn told(stage: &Stage, column: &Column, output: &Output) -> BTreeSet<Told> {
    let all = diagnostics(output).into_iter();
    let ours = all.filter(|text| !OF_TERRAFORM.iter().any(|words| text.contains(words)));
    let ours = ours.filter(|text| text.starts_with("Error: ") || text.contains(column.action));
    let named = ours.map(|text| normal(&stage.with_names(&text), column));
    named.map(|text| stage.lists.iter().fold(text, |text, list| text.replace(list, "<list>"))).collect()
}

/// Whether Terraform itself ended the command.
pub(super) fn by_terraform(output: &Output) -> bool {
    let all = diagnostics(output);
    all.iter().filter(|text| text.starts_with("Error: ")).all(|text| OF_TERRAFORM.iter().any(|words| text.contains(words)))
}

/// Asserts that the errors say what was done, where, and what AWS answered.
#[track_caller]
pub(super) fn names_everything(stage: &Stage, column: &Column, mishap: &Mishap, told: &BTreeSet<Told>) {
    assert!(!told.is_empty(), "an error that says nothing of EC2");
    for text in told.iter().filter(|text| OF_NO_CALL.iter().all(|words| !text.contains(words))) {
        assert!(text.contains("eu-central-1") || text.contains("(any more)"), "no region: {text}");
        assert!(text.contains("<group>") || text.contains("groups") || column.kind == Kind::Lists, "no group: {text}");
        assert!(!text.contains("sg-0"), "an id that is no group of {:?}: {text}", stage.id(column.group));
    }
    for code in mishap.faults.iter().filter(|fault| fault["times"] == 0).filter_map(|fault| fault["code"].as_str()) {
        assert!(told.iter().any(|text| text.contains(&format!("`{code}`")) && text.contains("<call>")), "no {code}: {told:#?}");
    }
}

/// The diagnostics of a command that ran with `-json`, each on one line.
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

/// Which groups a read is about depends on who asked at the same moment, so several count as one.
fn normal(text: &str, column: &Column) -> String {
    let mut text = text.replace(column.action, "<call>");
    for group in ["<core>", "<desks>", "<spare>"] {
        text = text.replace(group, "<group>");
    }
    while text.contains("<group>, <group>") {
        text = text.replace("<group>, <group>", "<group>");
    }
    for placement in ["core", "desks", "spare"] {
        text = text.replace(&format!("placement `{placement}`"), "placement `…`");
    }
    let text = masked(&text, "(placements: ", |character| character != ')');
    masked(&text, "sgr-", |character| character.is_ascii_hexdigit())
}

/// The text with `…` for what follows these words.
fn masked(text: &str, words: &str, what: impl Fn(char) -> bool) -> String {
    let mut parts = text.split(words);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(words);
        out.push('…');
        out.push_str(part.trim_start_matches(&what));
    }
    out
}
