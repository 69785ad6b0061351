//! The table as a file that people read: Markdown, one table an operation, and below what the provider says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::cell::Cell;
use super::column::{COLUMNS, Column, Operation};
use super::scenario::Scenario;

/// Every cell by operation, row and the number of the column.
pub(super) type Cells = BTreeMap<(Operation, Scenario, usize), Cell>;

const HEAD: &str = "# What goes wrong, and what comes of it

Every call that `emc_aws_security_group_rules` makes to EC2, against everything that can go wrong with it. `tests/it/faults.rs` plays each cell
with the real Terraform CLI against an EC2 endpoint and writes down what it saw; `make test` fails when a cell is empty or says something else.
`UPDATE_FAULTS=1 cargo test --features codegen --test it faults` writes this file anew.

In every cell, whatever it says, these hold, or the test fails:

- no rule of ours that was there and is still wanted is ever closed, not even for a moment, nor by the apply that repairs;
- no rule is there twice, and nothing is open that no configuration asked for;
- rules of somebody else, and of another resource of ours, are the same before and after, down to their ids and texts;
- after an error the lines in the state are the rules that are live, and say so where a description is another than the wanted one;
- once the fault is over the next command succeeds, exactly the wanted rules are live under one mark, as described, and the plan after it is
  empty;
- an error about a call names the call, the group, the region, AWS's code if there is one, and what to do.

Each update changes rules in place, describes anew those that name another account's groups, creates, revokes, marks with another name,
puts tags on and takes tags off. Three attempts are made for each call, not the usual 25.

- *done*: the command succeeded, and the plan after it is empty. *repeated*: the call was made again. *looked again*: the group was read again after
  the fault, because what the call did was in doubt.
- *state as live*: the state holds exactly what is in the groups. *state as before*: the process that would have written it is gone; the next refresh
  corrects it.
- *next apply finishes*: the same command once more writes the rest. *finds it done*: there is nothing left to write.
- *after untaint*: Terraform taints what was created in part; `terraform untaint` first, as the error says, keeps open what is open.
";

/// The file.
pub(super) fn write(cells: &Cells) -> String {
    let mut text = HEAD.to_owned();
    for operation in Operation::ALL {
        let columns: Vec<(usize, &Column)> = columns(operation).collect();
        let _ = writeln!(text, "\n## {}\n", operation.title());
        let titles: Vec<String> = columns.iter().map(|(_, column)| column.title()).collect();
        let _ = writeln!(text, "| | {} |", titles.join(" | "));
        let _ = writeln!(text, "|---|{}", "---|".repeat(titles.len()));
        for scenario in rows(operation) {
            let outcomes: Vec<&str> = columns
                .iter()
                .map(|(number, _)| cells.get(&(operation, scenario, *number)).map_or("", |cell| cell.outcome.as_str()))
                .collect();
            let _ = writeln!(text, "| **{}** | {} |", scenario.title(), outcomes.join(" | "));
        }
    }
    text.push_str("\n## What the provider says\n\n`<call>` is the EC2 action of the column. What Terraform says itself is left out.\n");
    for scenario in Scenario::ALL {
        let told: BTreeSet<&String> = cells.iter().filter(|((_, row, _), _)| *row == scenario).flat_map(|(_, cell)| &cell.told).collect();
        if told.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n**{}**\n", scenario.title());
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

/// The rows of an operation.
pub(super) fn rows(operation: Operation) -> impl Iterator<Item = Scenario> {
    Scenario::ALL.into_iter().filter(move |scenario| scenario.is_of(operation))
}

/// The columns of an operation, with their numbers.
pub(super) fn columns(operation: Operation) -> impl Iterator<Item = (usize, &'static Column)> {
    COLUMNS.iter().enumerate().filter(move |(_, column)| column.operation == operation)
}
