//! What a practitioner reads: the provider's diagnostics out of what the CLI printed, with names for ids.

use std::collections::BTreeSet;

use crate::support::Output;

use super::column::{Column, Kind};
use super::said::{by_provider, masked};
use super::scenario::Mishap;
use super::stage::Stage;

/// One diagnostic on one line; the call and its group are `<call>` and `<group>`.
pub(super) type Told = String;

/// Errors that are not about a call.
const OF_NO_CALL: [&str; 5] =
    ["Created in part", "Clash with existing rules", "exists already as", "stopped on request", "Stopped on request"];

/// The provider's errors and warnings. Of warnings only those that have to do with the call: some are there in any case.
pub(super) fn told(stage: &Stage, column: &Column, output: &Output) -> BTreeSet<Told> {
    let ours = by_provider(output).filter(|text| text.starts_with("Error: ") || text.contains(column.action));
    let named = ours.map(|text| normal(&stage.with_names(&text), column));
    named.map(|text| stage.lists.iter().fold(text, |text, list| text.replace(list, "<list>"))).collect()
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
