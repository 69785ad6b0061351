//! The table of faults: `faults/table.md` says for every call to EC2 and everything that can go wrong with it what a practitioner sees,
//! what is in the state, and that the next command repairs it. Here every cell is played and compared with that file. What is the same for
//! Azure, whose table is `azure/faults/table.md`, is here too.
//!
//! `UPDATE_FAULTS=1` writes the file. `EMC_FAULTS=words` plays only cells whose operation, row and column contain the words (several, split
//! by `+`), and prints them. `EMC_EC2_MODE=partial` plays the rows in which EC2 refuses something once more, with an EC2 that keeps what came
//! before the refusal. Each column has a site of its own, on which its cells are played one after the other.

mod cell;
mod coalesced;
mod column;
mod live;
pub(crate) mod playing;
pub(crate) mod said;
mod scenario;
mod stage;
mod state;
mod table;
mod told;
pub(crate) mod way;

use std::collections::BTreeSet;

use crate::rollout::permissions::{actions, policies};
use crate::support::mode;
use column::{COLUMNS, Column};
use playing::{Cell, Faults, Place, Section};
use scenario::Scenario;
use stage::Stage;
use way::Operation;

/// The calls to EC2.
struct Ec2;

impl Faults for Ec2 {
    type Stage = Stage;

    const FILE: &'static str = "tests/it/faults/table.md";

    const HEAD: &'static str = "# What goes wrong, and what comes of it

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

    const SAID: &'static str = "`<call>` is the EC2 action of the column. What Terraform says itself is left out.\n";

    fn sections(&self) -> Vec<Section> {
        let section = |operation: Operation| Section {
            title: operation.title().to_owned(),
            columns: columns(operation).map(Column::title).collect(),
            rows: rows(operation).map(Scenario::title).collect(),
        };
        Operation::ALL.map(section).to_vec()
    }

    fn stage(&self, _section: usize, _column: usize) -> Stage {
        Stage::new()
    }

    fn play(&self, stage: &mut Stage, (section, row, column): Place) -> Cell {
        let operation = Operation::ALL[section];
        let (column, row) = (columns(operation).nth(column).unwrap(), rows(operation).nth(row).unwrap());
        cell::play(stage, column, row)
    }

    fn is_asked_for(&self, section: usize, row: usize) -> bool {
        self.is_whole() || rows(Operation::ALL[section]).nth(row).unwrap().depends_on_mode()
    }

    fn is_whole(&self) -> bool {
        mode() == "corrected"
    }
}

fn rows(operation: Operation) -> impl Iterator<Item = Scenario> {
    Scenario::ALL.into_iter().filter(move |scenario| scenario.is_of(operation))
}

fn columns(operation: Operation) -> impl Iterator<Item = &'static Column> {
    COLUMNS.iter().filter(move |column| column.operation == operation)
}

#[test]
fn every_fault_ends_as_the_table_says() {
    playing::every_fault_ends_as_the_table_says(&Ec2);
}

#[test]
fn the_table_has_no_empty_cell() {
    playing::the_table_has_no_empty_cell(&Ec2);
}

/// Every test looks, when its EC2 goes, whether anything was asked that the policy does not allow; so all that the suite asks is here.
#[test]
fn the_table_has_a_column_for_every_call_of_the_policies() {
    let columns: BTreeSet<String> = COLUMNS.iter().map(|column| column.action.to_owned()).collect();
    let allowed: BTreeSet<String> = policies().iter().flat_map(actions).collect();
    assert_eq!(columns, allowed, "what has a column, and what the resource may ask");
}
