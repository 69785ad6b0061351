//! A table as a file that people read: Markdown, one table an operation, and below what the provider says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::playing::{Cells, Faults, Section};

/// The file.
pub(super) fn write<F: Faults>(sections: &[Section], cells: &Cells) -> String {
    let mut text = F::HEAD.to_owned();
    for (number, section) in sections.iter().enumerate() {
        let _ = writeln!(text, "\n## {}\n", section.title);
        let _ = writeln!(text, "| | {} |", section.columns.join(" | "));
        let _ = writeln!(text, "|---|{}", "---|".repeat(section.columns.len()));
        for (row, title) in section.rows.iter().enumerate() {
            let outcome = |column| cells.get(&(number, row, column)).map_or("", |cell| cell.outcome.as_str());
            let outcomes: Vec<&str> = (0..section.columns.len()).map(outcome).collect();
            let _ = writeln!(text, "| **{title}** | {} |", outcomes.join(" | "));
        }
    }
    let _ = write!(text, "\n## What the provider says\n\n{}", F::SAID);
    let mut seen = BTreeSet::new();
    for scenario in sections.iter().flat_map(|section| &section.rows).filter(|title| seen.insert(**title)) {
        let of_row = cells.iter().filter(|((section, row, _), _)| sections[*section].rows[*row] == *scenario);
        let told: BTreeSet<&String> = of_row.flat_map(|(_, cell)| &cell.told).collect();
        if told.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n**{scenario}**\n");
        for one in told {
            let _ = writeln!(text, "- {one}");
        }
    }
    text
}

/// The outcomes in a file, by operation, row and column as they are titled.
pub(super) fn read(text: &str) -> BTreeMap<(String, String, String), String> {
    let mut found = BTreeMap::new();
    let (mut operation, mut titles) = (String::new(), Vec::new());
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            (operation, titles) = (title.to_owned(), Vec::new());
        }
        let Some(row) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) else { continue };
        let mut cells = row.split(" | ").map(str::trim);
        let Some(head) = cells.next() else { continue };
        match head.strip_prefix("**").and_then(|head| head.strip_suffix("**")) {
            None => titles = row.split('|').skip(1).map(|title| title.trim().to_owned()).collect(),
            Some(scenario) => {
                for (title, cell) in titles.iter().zip(cells.map(str::to_owned).chain(std::iter::repeat(String::new()))) {
                    found.insert((operation.clone(), scenario.to_owned(), title.clone()), cell);
                }
            }
        }
    }
    found
}
