//! Plays one scenario on one call, holds what must always hold, and tells what came of it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::azure::ROLLOUT;
use crate::faults::playing::Cell;
use crate::faults::said::by_terraform;
use crate::faults::way::{self, Operation, Scene};
use crate::rollout::{below, changes};
use crate::support::Workspace;

use super::column::{Column, Kind, Mode};
use super::course::Course;
use super::live::{Live, Rule};
use super::scenario::{Heal, Mishap, Scenario};
use super::stage::{GROUP, GROUPS, Stage};
use super::state::State;
use super::told;

/// Plays one cell. Fails when anything of ours is lost, doubled or not repaired, or anything of others is touched.
pub(super) fn play(stage: &mut Stage, column: &Column, scenario: Scenario) -> Cell {
    if let Some(why) = scenario.impossible(column) {
        return Cell::impossible(why);
    }
    stage.begin(column.operation);
    let mishap = scenario.mishap(stage, column);
    if !mishap.more.is_empty() {
        stage.write(mishap.more);
    }
    let target = if column.operation == Operation::Destroy { BTreeSet::new() } else { stage.wanted().clone() };
    let (state_before, before) = (stage.state(), stage.live());
    let course = Course { operation: column.operation, target: &target, victim: mishap.victim };

    stage.site.arm.reset();
    let played = Played { stage, column, mishap: &mishap, target: &target };
    let first = way::run(&played, column.operation, mishap.way);
    let log = stage.site.arm.log();
    assert!(mishap.faults.iter().all(|fault| is_hit(fault, &log)), "the fault hit no call: {:#?}\n{}", mishap.faults, first.text());
    let lured: Vec<Value> = stage.site.arm.visits().into_iter().filter(|visit| visit["token"] == true).collect();
    assert!(lured.is_empty(), "a token went elsewhere: {lured:?}");
    let open = stage.live();
    stage.site.arm.reset();

    let stays = Stays { target: &target, mishap: &mishap };
    stays.check(&before, &open);
    course.check(&before, &log);
    assert_known(stage, &open, &mishap);
    let told = told::told(stage, column, &first);
    let killed = mishap.way.kills();
    let failed = killed || first.code != 0;
    if failed && !killed && !by_terraform(&first) {
        told::names_everything(&mishap, &told);
    }

    let state = stage.state();
    let is_live = |state: &Option<State>| match state {
        Some(state) => state.tells(open.ours()),
        None => open.ours().next().is_none(),
    };
    let left = match &state {
        None if failed && column.operation != Operation::Destroy => "no state",
        None => "no state left",
        Some(_) if is_live(&state) => "state as live",
        Some(_) if state == state_before => "state as before",
        Some(_) => "state as planned",
    };
    // Nobody can know what others do after our last look; but what fails looks again.
    let is_late = column.kind == Kind::LookAfter && scenario == Scenario::DeletedMeanwhile;
    let behind_our_back = mishap.victim.is_some() || scenario == Scenario::Unseen || is_late;
    let excused = killed || (!failed && behind_our_back);
    assert!(excused || is_live(&state), "{left}, but live are {:#?} and the state has {state:#?}\n{}", open.said(), first.text());
    let tainted = state.as_ref().is_some_and(|state| state.tainted);

    match mishap.heal {
        Heal::Nothing => {}
        Heal::Remove => remove(stage, &mishap),
        Heal::Group => replace(stage),
    }
    let end = if failed {
        if tainted {
            stage.site.workspace.run(&["untaint", "-no-color", ROLLOUT]).ok();
        }
        // What is open and wanted by now may not be closed and opened again.
        let open = stage.live();
        stage.site.workspace.run(column.operation.command()).ok().blames_nobody();
        let log = stage.site.arm.log();
        stage.site.arm.reset();
        stays.check(&open, &stage.live());
        course.check(&open, &log);
        way::recovery(column.operation, log.iter().any(is_write))
    } else {
        String::new()
    };
    let drift = settle(stage, column, failed);

    let now = stage.live();
    assert_eq!(now.said(), target, "what is ours in the end");
    assert!(now.instances().len() <= 1, "one mark: {:?}", now.instances());
    for name in mishap.added.iter().filter(|_| mishap.heal == Heal::Nothing) {
        assert!(now.others().contains_key(&(GROUP, name.as_str())), "`{name}` was taken from somebody");
    }
    if mishap.heal == Heal::Nothing {
        remove(stage, &mishap);
    }
    if column.operation == Operation::Destroy {
        stage.site.workspace.run(Operation::Create.command()).ok();
    }
    let outcome = if failed {
        let how = way::failure(&first, mishap.way, log.iter().any(is_write));
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
    target: &'a BTreeSet<String>,
}

impl Scene for Played<'_> {
    fn workspace(&self) -> &Workspace {
        &self.stage.site.workspace
    }

    fn script(&self) {
        for (command, arguments) in &self.mishap.by_hand {
            self.stage.site.arm.by_hand(command, arguments.clone());
        }
        self.mishap.faults.iter().for_each(|fault| self.stage.site.arm.fault(fault.clone()));
    }

    fn reset(&self) {
        self.stage.site.arm.reset();
    }

    fn hangs_alone(&self) -> bool {
        let is_settled = |group: &&'static str| self.stage.is_settled(group, self.target);
        // Which group a poll is about is not told; then it is the other one that is through.
        let others: Vec<&str> = GROUPS.into_iter().filter(|group| self.column.kind == Kind::Poll || *group != GROUP).collect();
        // Nothing is written while Terraform plans; an apply goes on with the other group while one is looked at.
        let is_alone = || self.column.kind.plans() || GROUPS.iter().filter(|group| others.contains(group)).any(is_settled);
        self.stage.site.arm.hanging() > 0 && is_alone()
    }

    fn release(&self) {
        self.stage.site.arm.release();
    }

    fn lose(&self) {
        self.stage.site.arm.lose();
    }

    fn plans(&self) -> bool {
        self.column.kind.plans()
    }

    fn is_given_up(&self) -> bool {
        !self.column.kind.writes()
    }
}

/// What may not go away, nor change hands.
struct Stays<'a> {
    target: &'a BTreeSet<String>,
    mishap: &'a Mishap,
}

impl Stays<'_> {
    /// Our rules that were wanted and there are still the same ones, and everybody else's are as they were, as is the rest of the groups.
    #[track_caller]
    fn check(&self, before: &Live, after: &Live) {
        let is_lost = |group: &str| self.mishap.heal == Heal::Group && group == GROUP;
        let is_victim = |rule: &&Rule| self.mishap.victim == Some(rule.name.as_str());
        for rule in before.ours().filter(|rule| self.target.contains(&rule.said())).filter(|rule| !is_victim(rule)) {
            let is_there = after.ours().any(|other| other.said() == rule.said() && other.slot == rule.slot);
            assert!(is_there || is_lost(rule.group), "`{}` was closed: {after:#?}", rule.said());
        }
        for ((group, name), rule) in before.others().into_iter().filter(|((group, _), _)| !is_lost(group)) {
            let now = after.others().get(&(group, name)).copied().cloned();
            assert!(now.as_ref() == Some(rule) || self.mishap.heal == Heal::Remove, "`{name}` of somebody else was touched: {now:#?}");
        }
        for (group, around) in before.around.iter().filter(|(group, _)| !is_lost(group)) {
            assert_eq!(after.around.get(group), Some(around), "what a group has beside rules");
        }
    }
}

/// Asserts that nothing is open that neither form asks for.
#[track_caller]
fn assert_known(stage: &Stage, open: &Live, mishap: &Mishap) {
    let known = stage.known();
    for rule in open.ours() {
        let edited = mishap.victim == Some(rule.name.as_str());
        assert!(known.contains(&rule.said()) || edited, "`{}` is open, which nobody asked for", rule.said());
    }
}

fn remove(stage: &Stage, mishap: &Mishap) {
    mishap.added.iter().for_each(|name| stage.site.arm.delete_rule(GROUP, name));
}

/// Puts another group in the place of the one that was deleted.
fn replace(stage: &Stage) {
    stage.site.arm.groups(&[GROUP]);
    stage.others_move_in(GROUP);
}

/// Brings everything to rest; what it took beside the operation and its recovery.
fn settle(stage: &Stage, column: &Column, failed: bool) -> String {
    if column.operation == Operation::Destroy {
        assert!(stage.state().is_none(), "a state after destroy");
        return String::new();
    }
    let plan = stage.site.workspace.plan_with(&[]).ok().blames_nobody();
    if plan.code == 0 {
        return String::new();
    }
    assert!(!failed, "the plan after the recovery is not empty:\n{}", plan.text());
    let changes = changes(&stage.site.with_names(&plan.stdout));
    let foreign = below(&changes, "foreign_rules").len() == changes.len();
    let again = stage.site.workspace.run(Operation::Create.command()).ok().blames_nobody();
    let empty = stage.site.workspace.plan_with(&[]).ok();
    assert_eq!(empty.code, 0, "a plan that should be empty, after\n{}\n{}", plan.text(), again.text() + &empty.text());
    if foreign { "; next plan lists the foreign rule".to_owned() } else { "; next plan shows it, its apply mends it".to_owned() }
}

/// Whether a call asks for a change.
pub(super) fn is_write(call: &Value) -> bool {
    matches!(call["action"].as_str(), Some("PUT group" | "PUT rule" | "DELETE rule"))
}

fn is_about(call: &Value, action: &str, params: &Value) -> bool {
    let params = params.as_object().cloned().unwrap_or_default();
    call["action"] == action && params.iter().all(|(name, value)| call["params"][name] == *value)
}

/// Whether the call that a fault is about was made.
fn is_hit(fault: &Value, log: &[Value]) -> bool {
    let action = fault["action"].as_str().unwrap();
    let calls = log.iter().filter(|call| is_about(call, action, &fault["params"]));
    calls.count() >= usize::try_from(fault["nth"].as_u64().unwrap()).unwrap()
}

/// How a command that succeeded did so.
fn done(log: &[Value], column: &Column, told: &BTreeSet<String>) -> String {
    let mut how = Vec::new();
    let is_ok = |call: &Value| call["status"].as_u64().is_some_and(|status| (200..300).contains(&status));
    if log.iter().any(|call| call["action"] == column.action && !is_ok(call)) {
        how.push("repeated");
    }
    let about_group: Vec<&Value> = log.iter().filter(|call| call["params"]["group"] == GROUP).collect();
    let first_write = about_group.iter().position(|call| is_write(call)).unwrap_or(about_group.len());
    // Where rules alone may be read, the group is asked for first each time, and refused.
    let is_seen = |call: &Value| is_ok(call) || column.mode == Mode::ByRule && call["status"] == 403;
    let looks = about_group[first_write..].iter().filter(|call| call["action"] == "GET group" && is_seen(call));
    if looks.count() > 1 {
        how.push("looked again");
    }
    if !told.is_empty() {
        how.push("warned");
    }
    if how.is_empty() { "done".to_owned() } else { format!("done: {}", how.join(", ")) }
}
