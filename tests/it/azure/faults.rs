//! What goes wrong between this provider and Azure, and what becomes of it: either nobody notices, or a sentence names the group, what
//! Azure said and what to do. In every case rules of others stay as they are, no rule that is wanted before and after is ever missing, the
//! state is what is live, and the next apply converges.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};

use super::Site;
use crate::support::{Output, PATIENCE, Running};

/// What a practitioner sees of it.
#[derive(Debug, Clone, Copy)]
enum End {
    /// Nothing.
    Unnoticed,
    /// An error with these words, and the name of the group.
    Told(&'static [&'static str]),
}
use End::{Told, Unnoticed};

/// A fault of requests about the group `db`.
struct Row(&'static str, Value, End);

/// A site whose every row changes all rules; a foreign rule of each group has a property that nobody knows.
struct Stage {
    site: Site,
    number: u32,
    more: &'static str,
}

impl Stage {
    fn new(more: &'static str) -> Stage {
        let site = Site::new(&["core", "db"]);
        let foreign =
            json!({ "priority": 200, "sourceAddressPrefix": "10.99.0.0/16", "destinationPortRange": "3389", "futureProperty": { "a": 1 } });
        for group in ["core", "db"] {
            site.arm.put_rule(group, "by-hand", foreign.clone());
            site.arm.edit_group(group, json!({ "changes": { "futureSetting": "kept" }, "tags": { "owner": "net" } }));
        }
        let stage = Stage { site, number: 30, more };
        stage.write();
        stage.site.settle();
        stage
    }

    fn write(&self) {
        let placements = super::SMALL.replace("\"10.20.0.0/16\"", &format!("\"10.20.0.0/16\", \"10.{}.0.0/16\"", self.number));
        self.site.rollout(&placements, self.more);
    }

    /// The next configuration.
    fn change(&mut self) {
        self.number += 1;
        self.write();
        self.site.arm.reset();
    }

    /// The names of our rules of a group.
    fn ours(&self, group: &str) -> BTreeSet<String> {
        let names = self.site.arm.rules(group).into_iter().map(|rule| rule["name"].as_str().unwrap().to_owned());
        names.filter(|name| name.starts_with("emc-")).collect()
    }

    /// Everything of a group that is not ours.
    fn foreign(&self, group: &str) -> Value {
        let mut shown = self.site.arm.group(group);
        let rules = shown["properties"]["securityRules"].as_array().unwrap().clone();
        let foreign = rules.into_iter().filter(|rule| !rule["name"].as_str().unwrap().starts_with("emc-"));
        let foreign: Vec<Value> = foreign.map(|rule| json!([rule["name"], without_state(&rule["properties"])])).collect();
        shown["properties"]["securityRules"] = json!(foreign);
        json!([shown["tags"], shown["location"], shown["properties"]["futureSetting"], shown["properties"]["securityRules"]])
    }

    /// Every body that was written had all rules that were there before, since every row only changes rules.
    fn nothing_was_missing(&self, before: &BTreeSet<String>) {
        let written = self.site.arm.log().into_iter().filter(|call| call["action"] == "PUT group" && call["params"]["group"] == "db");
        for call in written {
            let rules = call["body"]["properties"]["securityRules"].as_array().unwrap().clone();
            let names: BTreeSet<String> = rules.iter().map(|rule| rule["name"].as_str().unwrap().to_owned()).collect();
            assert!(before.is_subset(&names), "a write lacks {:?}", before.difference(&names));
            assert!(names.contains("by-hand"), "a write lacks the foreign rule: {names:?}");
        }
        assert!(!self.site.arm.actions().contains(&"DELETE rule".to_owned()), "a rule was closed for a while");
    }

    /// Whether the state is what is live.
    fn state_is_live(&self) {
        let plan = self.site.workspace.run(&["plan", "-no-color", "-input=false", "-refresh-only", "-detailed-exitcode"]);
        assert_eq!(plan.code, 0, "the state is not what is live:\n{}", plan.text());
    }

    fn apply(&self) -> Output {
        self.site.workspace.run(&["apply", "-no-color", "-input=false", "-auto-approve"]).blames_nobody()
    }

    /// Plays one row.
    fn play(&mut self, Row(title, fault, end): &Row) {
        let (before, foreign) = (self.ours("db"), [self.foreign("core"), self.foreign("db")]);
        self.change();
        let mut fault = fault.clone();
        if fault["params"].is_null() && !fault["action"].as_str().unwrap().ends_with("operation") {
            fault["params"] = json!({ "group": "db" });
        }
        self.site.arm.fault(fault);
        let output = self.apply();
        match end {
            Unnoticed => assert_eq!(output.code, 0, "{title}:\n{}", output.text()),
            Told(words) => {
                assert_eq!(output.code, 1, "{title}:\n{}", output.text());
                for word in ["networkSecurityGroups/db", "Error: "].iter().chain(*words) {
                    output.says(word);
                }
            }
        }
        self.nothing_was_missing(&before);
        assert!(!self.site.arm.visits().iter().any(|visit| visit["token"] == true), "{title}: a token went elsewhere");
        self.site.arm.reset();
        if matches!(end, Told(_)) {
            self.state_is_live();
        }
        self.site.settle();
        self.nothing_was_missing(&before);
        assert_eq!(self.ours("db"), before, "{title}: names stay");
        let now = [self.foreign("core"), self.foreign("db")];
        if title.contains("foreign") {
            assert!(now[1].to_string().contains("stranger"), "{title}: {}", now[1]);
            self.site.arm.delete_rule("db", "stranger");
            self.site.settle();
        } else {
            assert_eq!(now, foreign, "{title}: what others wrote");
        }
    }
}

fn without_state(properties: &Value) -> Value {
    let mut properties = properties.clone();
    properties.as_object_mut().unwrap().remove("provisioningState");
    properties
}

/// Plays rows one after the other, each whatever became of the others.
fn play(more: &'static str, rows: Vec<Row>) {
    let mut stage = Some(Stage::new(more));
    let mut failures = Vec::new();
    for row in rows {
        let mut at = stage.take().unwrap_or_else(|| Stage::new(more));
        match catch_unwind(AssertUnwindSafe(|| at.play(&row))) {
            Ok(()) => stage = Some(at),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                failures.push(format!("=== {}\n{}", row.0, text.unwrap_or_default()));
                at.site.arm.reset();
            }
        }
    }
    assert!(failures.is_empty(), "{} rows failed:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn a_write_that_is_not_taken_at_once() {
    let put = |kind: &str| json!({ "action": "PUT group", "kind": kind });
    play(
        "",
        vec![
            Row("throttled", put("throttle"), Unnoticed),
            Row("busy", json!({ "action": "PUT group", "kind": "busy", "times": 2 }), Unnoticed),
            Row("another operation", put("other_operation"), Unnoticed),
            Row("unavailable", put("unavailable"), Unnoticed),
            Row("internal error", put("internal"), Unnoticed),
            Row("a page of a proxy", put("page"), Unnoticed),
            Row("token expired", put("expired"), Unnoticed),
            Row("token not taken", put("unauthenticated"), Unnoticed),
            Row("cut before", put("drop"), Unnoticed),
        ],
    );
}

#[test]
fn a_write_whose_answer_is_lost_or_late() {
    let put = |kind: &str| json!({ "action": "PUT group", "kind": kind });
    play(
        "",
        vec![
            Row("done, then cut", put("after_drop"), Unnoticed),
            Row("done, then cut in the middle", put("after_half"), Unnoticed),
            Row("done, then an internal error", put("after_error"), Unnoticed),
            Row("done late", json!({ "action": "PUT group", "kind": "delay", "seconds": 2 }), Unnoticed),
            Row("slow", json!({ "action": "PUT group", "kind": "slow", "seconds": 2 }), Unnoticed),
            Row("not seen yet", put("unseen"), Unnoticed),
        ],
    );
}

#[test]
fn somebody_else_writes_too() {
    let stranger = json!({ "command": "put_rule", "args": { "group": "db", "name": "stranger", "properties": { "priority": 300 } } });
    let run = |action: &str, moment: &str| json!({ "action": action, "kind": "run", moment: stranger });
    play(
        "",
        vec![
            Row("a foreign rule between read and write", run("PUT group", "before"), Unnoticed),
            Row("a foreign rule after the write", run("PUT group", "after"), Unnoticed),
            Row("superseded by a foreign write", json!({ "action": "PUT group", "kind": "supersede", "after": stranger }), Unnoticed),
            Row("superseded", json!({ "action": "PUT group", "kind": "supersede" }), Unnoticed),
            Row(
                "touched three times",
                json!({ "action": "PUT group", "kind": "run", "times": 3, "before": { "command": "touch", "args": { "group": "db" } } }),
                Unnoticed,
            ),
        ],
    );
}

#[test]
fn a_poll_that_fails() {
    let poll = |kind: &str| json!({ "action": "GET operation", "kind": kind });
    play(
        "",
        vec![
            Row("throttled", poll("throttle"), Unnoticed),
            Row("internal error", poll("internal"), Unnoticed),
            Row("a page of a proxy", poll("page"), Unnoticed),
            Row("cut", poll("drop"), Unnoticed),
            Row("token expired", poll("expired"), Unnoticed),
            Row("lured elsewhere", json!({ "action": "PUT group", "kind": "astray" }), Unnoticed),
        ],
    );
}

#[test]
fn a_read_that_fails() {
    let get = |kind: &str| json!({ "action": "GET group", "kind": kind });
    play(
        "",
        vec![
            Row("throttled", get("throttle"), Unnoticed),
            Row("unavailable", get("unavailable"), Unnoticed),
            Row("internal error", get("internal"), Unnoticed),
            Row("a page of a proxy", get("page"), Unnoticed),
            Row("cut", get("drop"), Unnoticed),
            Row("cut in the middle", get("after_half"), Unnoticed),
            Row("token expired", get("expired"), Unnoticed),
        ],
    );
}

/// What an operation that ended badly has done is seen by looking, and what is left is written again.
#[test]
fn an_operation_that_ends_badly_is_looked_at_and_begun_again() {
    let fail = |applied: bool, times: u32| json!({ "action": "PUT group", "kind": "fail", "code": "Rotten", "message": "It went bad.", "applied": applied, "times": times });
    play(
        "",
        vec![
            Row("failed once, nothing done", fail(false, 1), Unnoticed),
            Row("failed once, done all the same", fail(true, 1), Unnoticed),
            Row("canceled once", json!({ "action": "PUT group", "kind": "cancel" }), Unnoticed),
            Row("failed for ever", fail(false, 0), Told(&["Rotten", "It went bad."])),
        ],
    );
}

#[test]
fn what_is_refused_is_told() {
    let put = |kind: &str| json!({ "action": "PUT group", "kind": kind });
    play(
        "",
        vec![
            Row("policy", put("policy"), Told(&["RequestDisallowedByPolicy"])),
            Row(
                "unknown refusal",
                json!({ "action": "PUT group", "kind": "error", "code": "Teapot", "message": "Short and stout." }),
                Told(&["Teapot", "Short and stout."]),
            ),
            Row("sent elsewhere", json!({ "action": "PUT group", "kind": "redirect", "times": 0 }), Told(&["307"])),
        ],
    );
}

#[test]
fn killed_while_it_writes() {
    let mut stage = Stage::new("");
    for (kind, all, done) in [("hang", false, false), ("hang", true, true), ("after_hang", true, true)] {
        let (before, foreign) = (stage.ours("db"), stage.foreign("db"));
        stage.change();
        stage.site.arm.fault(json!({ "action": "PUT group", "kind": kind, "params": { "group": "db" } }));
        let mut running = Running::start(&stage.site.workspace, &["apply", "-no-color", "-input=false", "-auto-approve"]);
        running.wait_for("the write", || stage.site.arm.hanging() == 1);
        running.kill(all);
        running.finish(PATIENCE);
        if done {
            stage.site.arm.release()
        } else {
            stage.site.arm.lose()
        };
        stage.nothing_was_missing(&before);
        stage.site.arm.reset();
        stage.site.settle();
        stage.nothing_was_missing(&before);
        assert_eq!((stage.ours("db"), stage.foreign("db")), (before, foreign), "{kind} {all} {done}");
    }
}
