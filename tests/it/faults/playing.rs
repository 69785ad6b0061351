//! Plays the table of one cloud, several sites at once, and compares what came of each cell with the file.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::{env, fs, thread};

use crate::support::root;

use super::table;

/// Sites that are played on at once: most of the time each waits.
const AT_ONCE: usize = 6;

/// What came of a scenario on a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    /// In few words.
    pub(crate) outcome: String,
    /// What the provider said.
    pub(crate) told: BTreeSet<String>,
}

impl Cell {
    /// One that nobody can play.
    pub(crate) fn impossible(why: &str) -> Cell {
        Cell { outcome: format!("cannot happen: {why}"), told: BTreeSet::new() }
    }
}

/// One table of the file: an operation, with the titles of its columns and rows.
#[derive(Debug, Clone)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<&'static str>,
}

/// A cell: the number of its section, of its row and of its column.
pub(crate) type Place = (usize, usize, usize);

/// Every cell that was played.
pub(crate) type Cells = BTreeMap<Place, Cell>;

/// The table of one cloud.
pub(crate) trait Faults: Sync {
    /// Where cells are played, one after the other.
    type Stage;

    /// The file, below the root of the repository.
    const FILE: &'static str;

    /// What stands in the file before the tables.
    const HEAD: &'static str;

    /// What stands before all that the provider says.
    const SAID: &'static str;

    /// Whether each run is told exactly the same. It is not where a cloud's groups are written side by side and a limit of time or a Ctrl-C
    /// ends them: which of them is in which call then differs. What a text must say is asserted of each cell in any case.
    const TELLS_THE_SAME: bool = true;

    fn sections(&self) -> Vec<Section>;

    /// A new site for the cells of a column.
    fn stage(&self, section: usize, column: usize) -> Self::Stage;

    /// Plays one cell. Fails when anything of ours is lost, doubled or not repaired, or anything of others is touched.
    fn play(&self, stage: &mut Self::Stage, place: Place) -> Cell;

    /// Whether this run is about a row at all.
    fn is_asked_for(&self, _section: usize, _row: usize) -> bool {
        true
    }

    /// Whether this run plays the whole table if nobody asks for some of it.
    fn is_whole(&self) -> bool {
        true
    }
}

/// Plays the table and compares it with its file, which `UPDATE_FAULTS=1` writes.
#[track_caller]
pub(crate) fn every_fault_ends_as_the_table_says<F: Faults>(faults: &F) {
    let (cells, failures) = play_all(faults);
    let sections = faults.sections();
    let some = env::var_os("EMC_FAULTS").is_some() || !faults.is_whole();
    let file = root().join(F::FILE);
    if env::var_os("UPDATE_FAULTS").is_some() && !some {
        fs::write(&file, table::write::<F>(&sections, &cells)).unwrap();
    }
    assert!(failures.is_empty(), "{} cells failed:\n{}", failures.len(), failures.join("\n"));
    let written = fs::read_to_string(&file).unwrap_or_default();
    let expected = table::read(&written);
    let mut differences = Vec::new();
    for (place, cell) in &cells {
        let place = titles(&sections, *place);
        match expected.get(&place).map(String::as_str) {
            None | Some("") => differences.push(format!("{place:?} is empty; it is `{}`", cell.outcome)),
            Some(expected) if expected != cell.outcome => {
                differences.push(format!("{place:?} says `{expected}`, but it is `{}`", cell.outcome))
            }
            Some(_) => {}
        }
    }
    assert!(differences.is_empty(), "{} differs; UPDATE_FAULTS=1 writes it:\n{}", F::FILE, differences.join("\n"));
    if !some && F::TELLS_THE_SAME {
        let text = table::write::<F>(&sections, &cells);
        assert!(written == text, "{} is out of date in its texts; UPDATE_FAULTS=1 writes it", F::FILE);
    }
}

/// Holds the file against the rows and columns that there are.
#[track_caller]
pub(crate) fn the_table_has_no_empty_cell<F: Faults>(faults: &F) {
    let written = fs::read_to_string(root().join(F::FILE)).expect("the table; UPDATE_FAULTS=1 writes it");
    let cells = table::read(&written);
    let sections = faults.sections();
    let places: Vec<Place> = (0..sections.len()).flat_map(|section| places(&sections, section)).collect();
    for place in &places {
        let place = titles(&sections, *place);
        assert!(cells.get(&place).is_some_and(|cell| !cell.is_empty()), "{place:?} is empty");
    }
    assert_eq!(cells.len(), places.len(), "the table has cells that nobody plays");
}

fn places(sections: &[Section], section: usize) -> impl Iterator<Item = Place> {
    let (rows, columns) = (sections[section].rows.len(), sections[section].columns.len());
    (0..columns).flat_map(move |column| (0..rows).map(move |row| (section, row, column)))
}

fn titles(sections: &[Section], (section, row, column): Place) -> (String, String, String) {
    let at = &sections[section];
    (at.title.clone(), at.rows[row].to_owned(), at.columns[column].clone())
}

/// What is to be played; the last part comes first. Columns are cut in two, so that none is left alone at the end.
fn parts<F: Faults>(faults: &F, sections: &[Section]) -> Vec<Vec<Place>> {
    let words = env::var("EMC_FAULTS").unwrap_or_default();
    let mut parts = Vec::new();
    for (number, section) in sections.iter().enumerate() {
        for column in 0..section.columns.len() {
            let is_chosen = |place: &Place| {
                let (section, row, column) = titles(sections, *place);
                let text = format!("{section} / {row} / {column}");
                words.split('+').all(|word| text.contains(word))
            };
            let places = places(sections, number).filter(|place| place.2 == column && faults.is_asked_for(number, place.1));
            let places: Vec<Place> = places.filter(is_chosen).collect();
            parts.extend(places.chunks(places.len().div_ceil(2).max(1)).map(<[Place]>::to_vec));
        }
    }
    parts
}

/// Plays all parts; what came of each cell, or how it failed.
#[expect(clippy::print_stdout, reason = "who asks for some cells wants to see them")]
fn play_all<F: Faults>(faults: &F) -> (Cells, Vec<String>) {
    let sections = faults.sections();
    let (parts, cells, failures) = (Mutex::new(parts(faults, &sections)), Mutex::new(Cells::new()), Mutex::new(Vec::new()));
    let work = || {
        while let Some(places) = { parts.lock().unwrap().pop() } {
            let mut stage = None;
            for place in places {
                // Stages are made where they are needed, and anew after a failure.
                let played = catch_unwind(AssertUnwindSafe(|| -> Cell {
                    let mut at = stage.take().unwrap_or_else(|| faults.stage(place.0, place.2));
                    let cell = faults.play(&mut at, place);
                    stage = Some(at);
                    cell
                }));
                let (section, row, column) = titles(&sections, place);
                let title = format!("{section} / {row} / {column}");
                match played {
                    Ok(cell) => {
                        if env::var_os("EMC_FAULTS").is_some() {
                            println!("{title}: {}", cell.outcome);
                            cell.told.iter().for_each(|told| println!("    {told}"));
                        }
                        cells.lock().unwrap().insert(place, cell);
                    }
                    Err(panic) => failures.lock().unwrap().push(format!("=== {title}\n{}", words_of(panic.as_ref()))),
                }
            }
        }
    };
    thread::scope(|scope| (0..AT_ONCE).for_each(|_| drop(scope.spawn(work))));
    (cells.into_inner().unwrap(), failures.into_inner().unwrap())
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
