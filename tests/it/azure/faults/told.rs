//! What a practitioner reads: the provider's diagnostics out of what the CLI printed, with names for ids.

use std::collections::BTreeSet;

use crate::azure::permissions::READ;
use crate::faults::said::{by_provider, masked};
use crate::support::Output;

use super::column::{Column, Mode};
use super::scenario::Mishap;
use super::stage::{GROUPS, Stage};

/// Errors that are not about a call.
const OF_NO_CALL: [&str; 4] = ["Created in part", "Clash with existing rules", "Stopped on request", "Operation timed out"];

/// The provider's errors and warnings, each on one line; the call, its group and its rule are `<call>`, `<group>` and `<rule>`. Of
/// warnings only those that have to do with the call: some are there in any case.
pub(super) fn told(stage: &Stage, column: &Column, output: &Output) -> BTreeSet<String> {
    let ours = by_provider(output).filter(|text| text.starts_with("Error: ") || text.contains(column.call()));
    ours.map(|text| normal(&stage.site.with_names(&text), column)).collect()
}

/// Asserts that the errors say what was done, where, what Azure answered, and what to do.
#[track_caller]
pub(super) fn names_everything(mishap: &Mishap, told: &BTreeSet<String>) {
    assert!(!told.is_empty(), "an error that says nothing of Azure");
    for text in told.iter().filter(|text| OF_NO_CALL.iter().all(|words| !text.contains(words))) {
        assert!(text.contains("<group>"), "no group: {text}");
        let before = if text.starts_with("Warning: ") { "not checked before applying. " } else { "(placements: …). " };
        let advice = text.split_once(before).map(|(_, advice)| advice);
        assert!(advice.is_some_and(|advice| advice.ends_with('.')), "no advice: {text}");
    }
    for code in mishap.faults.iter().filter(|fault| fault["times"] == 0).filter_map(|fault| fault["code"].as_str()) {
        let names = |text: &&String| text.contains(&format!("`{code}`")) && text.contains("<call>");
        assert!(told.iter().any(|text| names(&text)), "no {code}: {told:#?}");
    }
}

/// The same for each run, and for each group that it may be about.
fn normal(text: &str, column: &Column) -> String {
    let mut text = text.replace(column.call(), "<call>");
    if column.kind.looks() && column.mode == Mode::ByRule {
        // Who may read neither rules nor groups is told of the usual action.
        text = text.replace(READ.trim_start_matches("Microsoft.Network/"), "<call>");
    }
    for group in GROUPS {
        text = text.replace(&format!("`{group}` in resource group `rollout`"), "<group>");
        text = text.replace(&format!("<{group}>"), "<group>").replace(&format!("{group} (placement `{group}`)"), "<group>");
    }
    text = text.replace("<group>, <group>", "<group>").replace("<group> were", "<group> was");
    text = masked(&text, "(placements: ", |character| character != ')');
    text = masked(&text, "`emc-emc.", |character| character != '`').replace("`emc-emc.…`", "<rule>");
    text = masked(&text, "127.0.0.1:", |character| character.is_ascii_digit());
    text = masked(&text, "priority ", |character| character.is_ascii_digit());
    without_guids(&text)
}

/// The text with `…` for everything like `2f6f…-…`: ids of requests, operations and subscriptions, and etags.
fn without_guids(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_guid = rest.get(..36).is_some_and(|guid| {
            guid.char_indices().all(|(place, character)| match place {
                8 | 13 | 18 | 23 => character == '-',
                _ => character.is_ascii_hexdigit(),
            })
        });
        let (length, shown) = if is_guid { (36, "…".to_owned()) } else { (first.len_utf8(), first.to_string()) };
        out.push_str(&shown);
        rest = &rest[length..];
    }
    out
}
