//! Plays one scenario on one call, holds what must always hold, and tells what came of it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::rollout::{below, changes};
use crate::support::{Output, Workspace, mode};

use super::column::Column;
use super::live::{Known, Live, Rule};
use super::playing::Cell;
use super::said::by_terraform;
use super::scenario::{Heal, Mishap, Scenario};
use super::stage::Stage;
use super::state::State;
use super::told::{self, Told};
use super::way::{self, Operation, Scene};

/// Plays one cell. Fails when anything of ours is lost, doubled or not repaired, or anything of others is touched.
pub(super) fn play(stage: &mut Stage, column: &Column, scenario: Scenario) -> Cell {
    if let Some(why) = scenario.impossible(column) {
        return Cell::impossible(why);
    }
    stage.begin(column);
    let mishap = scenario.mishap(stage, column);
    let target = if column.operation == Operation::Destroy { BTreeSet::new() } else { stage.wanted() };
    let state_before = stage.state();
    let before = stage.live();

    stage.ec2.reset();
    stage.ec2.mode(mishap.mode);
    let first = way::run(&Played { stage, column, mishap: &mishap }, column.operation, mishap.way);
    let log = stage.ec2.log();
    assert!(mishap.faults.iter().all(|fault| is_hit(fault, &log)), "the fault hit no call: {:#?}\n{}", mishap.faults, first.text());
    if scenario != Scenario::UnseenRules {
        stage.ec2.reset(); // what is not seen yet stays so for the commands that follow
    }
    stage.ec2.mode(mode());
    stage.ec2.quota(60);

    let open = stage.live();
    let lost_group = match mishap.heal {
        Heal::Group(group) => Some(group),
        Heal::Nothing | Heal::Remove => None,
    };
    let stays = Stays { target: &target, mishap: &mishap, lost_group };
    stays.check(&before, &open);
    assert_known(stage, &open, &mishap);
    let told = told::told(stage, column, &first);
    let killed = mishap.way.kills();
    let failed = killed || first.code != 0;
    if failed && !killed && !by_terraform(&first) {
        told::names_everything(stage, column, &mishap, &told);
    }

    let state = stage.state();
    // What a lost create left is not this one's until it has taken it over.
    let lost = if column.operation == Operation::Create { before.instances() } else { BTreeSet::new() };
    let own = open.ours().filter(|rule| !rule.instance.as_deref().is_some_and(|instance| lost.contains(instance)));
    let own: BTreeSet<Known> = own.map(Rule::known).collect();
    let is_live = |state: &Option<State>| match state {
        Some(state) => state.rules == own,
        None => own.is_empty(),
    };
    let left = match &state {
        None if failed && column.operation != Operation::Destroy => "no state",
        None => "no state left",
        Some(_) if is_live(&state) => "state as live",
        Some(now) if state_before.as_ref().is_some_and(|before| before.rules == now.rules) => "state as before",
        Some(_) => "state as planned",
    };
    // Nobody can know what others do after our last look; but what fails looks again.
    let behind_our_back = mishap.victim.is_some() || matches!(scenario, Scenario::UnseenRules | Scenario::UnseenGroup);
    let excused = killed || (!failed && behind_our_back);
    assert!(excused || is_live(&state), "{left}, but live are {own:#?} and the state has {state:#?}\n{}", first.text());
    let tainted = state.as_ref().is_some_and(|state| state.tainted);

    match mishap.heal {
        Heal::Nothing => {}
        Heal::Remove => remove(stage, &mishap),
        Heal::Group(group) => stage.replace(group),
    }
    let end = if failed {
        if tainted {
            stage.untaint();
        }
        // What is open and wanted by now may not be closed and opened again.
        let open = stage.live();
        let again = stage.workspace.run(column.operation.command()).ok().blames_nobody();
        stays.check(&open, &stage.live());
        recovery(stage, column, &again)
    } else {
        String::new()
    };
    let drift = settle(stage, column, failed);

    let now = stage.live();
    assert_eq!(now.texts(), target, "what is ours in the end");
    if column.operation != Operation::Destroy {
        now.marked(stage.name());
        now.described(&stage.ticket());
    }
    for rule in mishap.added.iter().filter(|_| mishap.heal == Heal::Nothing) {
        let id = stage.rule(rule);
        assert!(now.others().contains_key(id.as_str()), "`{rule}` was taken from somebody");
    }
    if mishap.heal == Heal::Nothing {
        remove(stage, &mishap);
    }
    if column.operation == Operation::Destroy {
        stage.workspace.run(Operation::Create.command()).ok();
    }
    let outcome = if failed {
        let how = way::failure(&first, mishap.way, wrote(&log));
        let taint = if tainted { " (tainted; after untaint)" } else { "" };
        format!("{how}, {left}{taint}; {end}{drift}")
    } else {
        format!("{}{drift}", done(&log, column, &told))
    };
    Cell { outcome, told: if killed { BTreeSet::new() } else { told } }
}

/// A call on its site, with what goes wrong.
struct Played<'a> {
    stage: &'a Stage,
    column: &'a Column,
    mishap: &'a Mishap,
}

impl Scene for Played<'_> {
    fn workspace(&self) -> &Workspace {
        &self.stage.workspace
    }

    fn script(&self) {
        for (command, arguments) in &self.mishap.by_hand {
            self.stage.ec2.by_hand(command, arguments.clone());
        }
        if let Some(quota) = self.mishap.quota {
            self.stage.ec2.quota(quota);
        }
        for fault in &self.mishap.faults {
            self.stage.ec2.fault(fault.clone());
        }
    }

    fn reset(&self) {
        self.stage.ec2.reset();
    }

    fn hangs_alone(&self) -> bool {
        let written = || self.stage.ec2.log().iter().filter(|call| is_write(call) && call["status"] == 200).count();
        self.stage.ec2.hanging() > 0 && written() == self.column.writes_before()
    }

    fn release(&self) {
        self.stage.ec2.release();
    }

    fn lose(&self) {
        self.stage.ec2.lose();
    }

    fn plans(&self) -> bool {
        self.column.kind.plans()
    }

    fn is_given_up(&self) -> bool {
        self.column.kind.reads()
    }
}

/// What may not go away, nor change hands.
struct Stays<'a> {
    target: &'a BTreeSet<String>,
    mishap: &'a Mishap,
    lost_group: Option<&'a str>,
}

impl Stays<'_> {
    /// Our rules that were wanted and there are still the same ones, and everybody else's are as they were.
    #[track_caller]
    fn check(&self, before: &Live, after: &Live) {
        let lost = |text: &str| self.lost_group.is_some_and(|group| text.starts_with(group));
        for rule in before.ours().filter(|rule| self.target.contains(&rule.text) && self.mishap.victim.as_ref() != Some(&rule.text)) {
            let is_there = after.ours().any(|other| other.id == rule.id && other.text == rule.text);
            assert!(is_there || lost(&rule.text), "`{}` ({}) was closed: {after:#?}", rule.text, rule.id);
        }
        if self.lost_group.is_some() {
            return; // Others lost their rules with the group.
        }
        for (id, rule) in before.others() {
            assert_eq!(after.others().get(id), Some(&rule), "somebody else's rule {id} was touched");
        }
    }
}

/// Asserts that nothing is open that neither form asks for.
#[track_caller]
fn assert_known(stage: &Stage, open: &Live, mishap: &Mishap) {
    let known = stage.known();
    for rule in open.ours() {
        let edited = mishap.victim.as_ref().is_some_and(|victim| rule.text == victim.replace("29091", "29091-29099"));
        assert!(known.contains(&rule.text) || edited, "`{}` is open, which nobody asked for", rule.text);
    }
}

fn remove(stage: &Stage, mishap: &Mishap) {
    for text in &mishap.added {
        let group = text.split(' ').next().unwrap();
        stage.ec2.revoke_ids(stage.id(group), &[&stage.rule(text)], text.contains(" egress "));
    }
}

/// What the next command did.
fn recovery(stage: &Stage, column: &Column, again: &Output) -> String {
    let log = stage.ec2.log();
    stage.ec2.reset();
    if column.operation != Operation::Update {
        let closed = log.iter().any(|call| call["action"].as_str().unwrap().starts_with("Revoke"));
        assert!(!closed || column.operation == Operation::Destroy, "the recovery of a create closed something:\n{}", again.text());
    }
    way::recovery(column.operation, wrote(&log))
}

/// Brings everything to rest; what it took beside the operation and its recovery.
fn settle(stage: &Stage, column: &Column, failed: bool) -> String {
    if column.operation == Operation::Destroy {
        assert!(stage.state().is_none(), "a state after destroy");
        return String::new();
    }
    let plan = stage.plan().ok().blames_nobody();
    if plan.code == 0 {
        return String::new();
    }
    assert!(!failed, "the plan after the recovery is not empty:\n{}", plan.text());
    let changes = changes(&stage.with_names(&plan.stdout));
    let foreign = below(&changes, "foreign_rules").len() == changes.len();
    let again = stage.workspace.run(column.operation.command()).ok().blames_nobody();
    let empty = stage.plan().ok();
    assert_eq!(empty.code, 0, "a plan that should be empty, after\n{}\n{}", plan.text(), again.text() + &empty.text());
    if foreign { "; next plan lists the foreign rule".to_owned() } else { "; next plan shows it, its apply mends it".to_owned() }
}

fn is_write(call: &Value) -> bool {
    let action = call["action"].as_str().unwrap();
    ["Authorize", "Revoke", "Modify", "Update", "CreateTags", "DeleteTags"].iter().any(|write| action.starts_with(write))
}

/// Whether the call that a fault is about was made.
fn is_hit(fault: &Value, log: &[Value]) -> bool {
    let Some(action) = fault["action"].as_str() else { return true };
    let params = fault["params"].as_object().cloned().unwrap_or_default();
    let calls = log.iter().filter(|call| call["action"] == action && params.iter().all(|(name, value)| call["params"][name] == *value));
    calls.count() >= usize::try_from(fault["nth"].as_u64().unwrap_or(1)).unwrap()
}

fn wrote(log: &[Value]) -> bool {
    log.iter().any(is_write)
}

/// How a command that succeeded did so.
fn done(log: &[Value], column: &Column, told: &BTreeSet<Told>) -> String {
    let mut how = Vec::new();
    let ours: Vec<&Value> = log.iter().filter(|call| call["action"] == column.action).collect();
    if ours.iter().any(|call| call["status"] != 200) {
        how.push("repeated");
    }
    let first_write = log.iter().position(is_write).unwrap_or(log.len());
    if log[first_write..].iter().any(|call| call["action"] == "DescribeSecurityGroupRules") {
        how.push("looked again");
    }
    if !told.is_empty() {
        how.push("warned");
    }
    if how.is_empty() { "done".to_owned() } else { format!("done: {}", how.join(", ")) }
}
