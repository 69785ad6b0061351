//! The table of faults of Azure: `faults/table.md` says for every call to Resource Manager and everything that can go wrong with it what a
//! practitioner sees, what is in the state, and that the next command repairs it. Here every cell is played and compared with that file;
//! how, and what `UPDATE_FAULTS` and `EMC_FAULTS` do, is told in `tests/it/faults.rs`.

mod cell;
mod column;
mod course;
mod live;
mod scenario;
mod stage;
mod state;
mod told;

use std::collections::BTreeSet;

use super::permissions::roles;
use crate::faults::playing::{self, Cell, Faults, Place, Section};
use crate::faults::way::Operation;
use column::{COLUMNS, Column, Mode};
use scenario::Scenario;
use stage::Stage;

/// The calls to Resource Manager.
struct Arm;

/// The tables of the file.
const SECTIONS: [(Operation, Mode); 6] = [
    (Operation::Update, Mode::AtOnce),
    (Operation::Update, Mode::ByRule),
    (Operation::Create, Mode::AtOnce),
    (Operation::Create, Mode::ByRule),
    (Operation::Destroy, Mode::AtOnce),
    (Operation::Destroy, Mode::ByRule),
];

impl Faults for Arm {
    type Stage = Stage;

    const FILE: &'static str = "tests/it/azure/faults/table.md";

    const TELLS_THE_SAME: bool = false;

    const HEAD: &'static str = "# What goes wrong on Azure, and what comes of it

Every call that `emc_azure_network_security_rules` makes to Resource Manager, against everything that can go wrong with it: once where a group is
written at once, and once rule by rule, each with the least role of the guide and nothing more. `tests/it/azure/faults.rs` plays each cell
with the real Terraform CLI against the Azure of the tests (`tests/arm`) and writes down what it saw; `make test` fails when a cell is empty or
says something else. `UPDATE_FAULTS=1 cargo test --features codegen,test-servers --test it azure::faults` writes this file anew. The table of
AWS is [beside it](../../faults/table.md), and its words mean the same.

In every cell, whatever it says, these hold, or the test fails:

- no rule of ours that was there and is still wanted is ever closed, not even for a moment, nor by the apply that repairs;
- no denial of ours is there before everything that it spares, and rule by rule a destroy deletes denials first;
- nothing is open that no configuration asked for;
- rules of somebody else, and of another resource of ours, are the same before and after, down to properties that we do not know, and so are
  tags and settings of the group;
- no token goes to another host than the one that was configured;
- after an error the lines in the state are the rules that are live, with their addresses;
- once the fault is over the next command succeeds, exactly the wanted rules are live under one mark, and the plan after it is empty;
- an error about a call names the call, the group, Azure's code if there is one, and what to do.

Each update creates rules, changes some in place and deletes others, in two groups; what is not listed is denied. The calls about one of the two
groups go wrong.

- *done*: the command succeeded, and the plan after it is empty. *repeated*: the call was made again. *looked again*: the group was read once more
  than usual after writing began.
- *state as live*: the state holds exactly what is in the groups. *state as before*: the process that would have written it is gone; the next refresh
  corrects it.
- *next apply finishes*: the same command once more writes the rest. *finds it done*: there is nothing left to write.
- *after untaint*: Terraform taints what was created in part; `terraform untaint` first, as the error says, keeps open what is open.
";

    const SAID: &'static str = "`<call>` is the action of the column, as a role names it. What Terraform says itself is left out.\n";

    fn sections(&self) -> Vec<Section> {
        let section = |(operation, mode): (Operation, Mode)| {
            let how = if mode == Mode::AtOnce { "a group at once" } else { "rule by rule" };
            Section {
                title: format!("{}, {how}", operation.title()),
                columns: columns(operation, mode).map(Column::title).collect(),
                rows: rows(operation).map(Scenario::title).collect(),
            }
        };
        SECTIONS.map(section).to_vec()
    }

    fn stage(&self, section: usize, _column: usize) -> Stage {
        Stage::new(SECTIONS[section].1)
    }

    fn play(&self, stage: &mut Stage, (section, row, column): Place) -> Cell {
        let (operation, mode) = SECTIONS[section];
        cell::play(stage, columns(operation, mode).nth(column).unwrap(), rows(operation).nth(row).unwrap())
    }
}

fn rows(operation: Operation) -> impl Iterator<Item = Scenario> {
    Scenario::ALL.into_iter().filter(move |scenario| scenario.is_of(operation))
}

fn columns(operation: Operation, mode: Mode) -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().filter(move |column| (column.operation, column.mode) == (operation, mode))
}

#[test]
fn every_fault_ends_as_the_table_says() {
    playing::every_fault_ends_as_the_table_says(&Arm);
}

#[test]
fn the_table_has_no_empty_cell() {
    playing::the_table_has_no_empty_cell(&Arm);
}

#[test]
fn the_table_has_a_column_for_every_action_of_the_roles() {
    let columns: BTreeSet<String> = COLUMNS.iter().flat_map(Column::rights).map(|right| (*right).to_owned()).collect();
    let allowed: BTreeSet<String> = roles().into_iter().flatten().collect();
    assert_eq!(columns, allowed, "what has a column, and what the resource may ask");
}
