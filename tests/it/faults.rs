//! The table of faults: `faults/table.md` says for every call to EC2 and everything that can go wrong with it what a practitioner sees,
//! what is in the state, and that the next command repairs it. Here every cell is played and compared with that file.
//!
//! `UPDATE_FAULTS=1` writes the file. `EMC_FAULTS=words` plays only cells whose operation, row and column contain the words (several, split
//! by `+`), and prints them. `EMC_EC2_MODE=partial` plays the rows in which EC2 refuses something once more, with an EC2 that keeps what came
//! before the refusal. Each column has a site of its own, on which its cells are played one after the other.

mod cell;
mod coalesced;
mod column;
mod live;
mod scenario;
mod stage;
mod state;
mod table;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::{env, fs, thread};

use crate::rollout::permissions::{actions, policies};
use crate::support::{mode, root};
use cell::{Cell, play};
use column::COLUMNS;
use scenario::Scenario;
use stage::Stage;
use table::Cells;

/// Sites that are played on at once: most of the time each waits.
const AT_ONCE: usize = 6;

/// One column's part of the table.
type Part = (usize, Vec<Scenario>);

fn chosen(operation: &str, scenario: &str, column: &str) -> bool {
    let words = env::var("EMC_FAULTS").unwrap_or_default();
    let place = format!("{operation} / {scenario} / {column}");
    words.split('+').all(|word| place.contains(word))
}

/// What is to be played. Columns are cut in two, so that none is left alone at the end.
fn parts() -> Vec<Part> {
    let mut parts = Vec::new();
    for (number, column) in COLUMNS.iter().enumerate() {
        let rows = table::rows(column.operation).filter(|row| chosen(column.operation.title(), row.title(), &column.title()));
        let rows: Vec<Scenario> = rows.filter(|row| mode() == "corrected" || row.depends_on_mode()).collect();
        let half = rows.len().div_ceil(2).max(1);
        parts.extend(rows.chunks(half).map(|rows| (number, rows.to_vec())));
    }
    parts.reverse(); // they are taken from the end
    parts
}

/// Plays all parts; what came of each cell, or how it failed.
#[expect(clippy::print_stdout, reason = "who asks for some cells wants to see them")]
fn play_all() -> (Cells, Vec<String>) {
    let (parts, cells, failures) = (Mutex::new(parts()), Mutex::new(Cells::new()), Mutex::new(Vec::new()));
    let work = || {
        while let Some((number, rows)) = { parts.lock().unwrap().pop() } {
            let column = &COLUMNS[number];
            let mut stage = None;
            for row in rows {
                // Stages are made where they are needed, and anew after a failure.
                let played = catch_unwind(AssertUnwindSafe(|| -> Cell {
                    let mut at = stage.take().unwrap_or_else(Stage::new);
                    let cell = play(&mut at, column, row);
                    stage = Some(at);
                    cell
                }));
                match played {
                    Ok(cell) => {
                        if env::var_os("EMC_FAULTS").is_some() {
                            println!("{} / {} / {}: {}", column.operation.title(), row.title(), column.title(), cell.outcome);
                            cell.told.iter().for_each(|told| println!("    {told}"));
                        }
                        cells.lock().unwrap().insert((column.operation, row, number), cell);
                    }
                    Err(panic) => {
                        let text =
                            panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                        let place = format!("{} / {} / {}", column.operation.title(), row.title(), column.title());
                        failures.lock().unwrap().push(format!("=== {place}\n{}", text.unwrap_or_default()));
                    }
                }
            }
        }
    };
    thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    (cells.into_inner().unwrap(), failures.into_inner().unwrap())
}

#[test]
fn every_fault_ends_as_the_table_says() {
    let (cells, failures) = play_all();
    let file = root().join("tests/it/faults/table.md");
    let some = env::var_os("EMC_FAULTS").is_some() || mode() != "corrected";
    if env::var_os("UPDATE_FAULTS").is_some() && !some {
        fs::write(&file, table::write(&cells)).unwrap();
    }
    assert!(failures.is_empty(), "{} cells failed:\n{}", failures.len(), failures.join("\n"));
    let written = fs::read_to_string(&file).unwrap_or_default();
    let expected = table::read(&written);
    let mut differences = Vec::new();
    for ((operation, row, number), cell) in &cells {
        let place = (operation.title().to_owned(), row.title().to_owned(), COLUMNS[*number].title());
        match expected.get(&place).map(String::as_str) {
            None | Some("") => differences.push(format!("{place:?} is empty; it is `{}`", cell.outcome)),
            Some(expected) if expected != cell.outcome => {
                differences.push(format!("{place:?} says `{expected}`, but it is `{}`", cell.outcome))
            }
            Some(_) => {}
        }
    }
    assert!(differences.is_empty(), "tests/it/faults/table.md differs; UPDATE_FAULTS=1 writes it:\n{}", differences.join("\n"));
    if !some {
        assert!(written == table::write(&cells), "tests/it/faults/table.md is out of date in its texts; UPDATE_FAULTS=1 writes it");
    }
}

#[test]
fn the_table_has_no_empty_cell() {
    let written = fs::read_to_string(root().join("tests/it/faults/table.md")).expect("the table; UPDATE_FAULTS=1 writes it");
    let cells: BTreeMap<_, _> = table::read(&written);
    let mut places = 0;
    for operation in column::Operation::ALL {
        for row in table::rows(operation) {
            for (_, column) in table::columns(operation) {
                places += 1;
                let place = (operation.title().to_owned(), row.title().to_owned(), column.title());
                assert!(cells.get(&place).is_some_and(|cell| !cell.is_empty()), "{place:?} is empty");
            }
        }
    }
    assert_eq!(cells.len(), places, "the table has cells that nobody plays");
}

/// Every test looks, when its EC2 goes, whether anything was asked that the policy does not allow; so all that the suite asks is here.
#[test]
fn the_table_has_a_column_for_every_call_of_the_policies() {
    let columns: BTreeSet<String> = COLUMNS.iter().map(|column| column.action.to_owned()).collect();
    let allowed: BTreeSet<String> = policies().iter().flat_map(actions).collect();
    assert_eq!(columns, allowed, "what has a column, and what the resource may ask");
}
