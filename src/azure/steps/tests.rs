//! What is done in a group, and what is left alone.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use super::*;
use crate::azure::id::NsgId;
use crate::azure::job::Wanted;
use crate::azure::lift;
use crate::azure::owner::{Mark, Whole};
use crate::azure::priority::Band;
use crate::azure::rule::tests::any;
use crate::azure::rule::{Opening, PortSet, Protocol};
use crate::azure::side::Side;

mod rounds;

fn id() -> NsgId {
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/emc/providers/Microsoft.Network/networkSecurityGroups/core"
        .parse()
        .unwrap()
}

fn mark() -> Mark {
    Mark::new("core", "i1")
}

fn job() -> Job {
    Job {
        mark: mark(),
        desired: BTreeMap::new(),
        band: Band::new(1000, 1099).unwrap(),
        write_mode: WriteMode::Group,
        remove_foreign: BTreeSet::new(),
        adopt_existing: false,
        accept_void: true,
        flush_connections: None,
        new_groups: BTreeSet::new(),
    }
}

/// Who made a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    Us,
    Lost,
    Sibling,
    Nobody,
}

fn opening(direction: Direction, access: Access, port: u16) -> Opening {
    let core = Side::groups([any::group("core")]).unwrap();
    Opening::facing(direction, access, Protocol::Tcp, core, Side::groups([any::group("web")]).unwrap(), PortSet::of([(port, port)]))
}

fn allow(port: u16) -> Opening {
    opening(Direction::Ingress, Access::Allow, port)
}

/// Returns a rule as Azure tells of it, with something that we do not know.
fn live(by: By, name: &str, priority: u16, opening: Opening) -> LiveRule {
    let description = match by {
        By::Us => Some(description::marked("text", &mark())),
        By::Lost => Some(description::marked("text", &Mark::new("core", "i0"))),
        By::Sibling => Some(description::marked("text", &Mark::new("other", "i9"))),
        By::Nobody => Some("by hand".to_owned()),
    };
    let mut raw = lower::rule(&SecurityRule { name: name.to_owned(), description, priority, opening }).unwrap();
    raw["etag"] = "W/\"1\"".into();
    raw["properties"]["provisioningState"] = "Succeeded".into();
    raw["properties"]["unknownToUs"] = json!({ "of": name });
    LiveRule::from_raw(&id(), &raw).unwrap()
}

fn group(rules: Vec<LiveRule>) -> Group {
    let whole =
        Whole { location: "westeurope".to_owned(), tags: Value::Null, flush_connections: None, etag: "1".to_owned(), network: None };
    Group { id: id(), whole: Some(whole), rules }
}

fn desired(rules: &[(&str, u16, Opening)]) -> Desired {
    let wanted = |priority: u16, opening: &Opening| Wanted { priority, opening: opening.clone(), text: "text".to_owned() };
    rules.iter().map(|(name, priority, opening)| (name.parse().unwrap(), wanted(*priority, opening))).collect()
}

fn names(rules: &[SecurityRule]) -> Vec<&str> {
    rules.iter().map(|rule| rule.name.as_str()).collect()
}

/// Shows created, changed and removed rules.
fn shown(steps: &Steps) -> String {
    format!("+{:?} ~{:?} -{:?}", names(&steps.create), names(&steps.change), steps.remove)
}

#[test]
fn what_is_as_it_should_be_is_left_alone() {
    let now = group(vec![live(By::Us, "A", 1000, allow(1)), live(By::Nobody, "b", 1001, allow(2))]);
    let steps = steps(&now, &desired(&[("a", 1000, allow(1))]), &job());
    assert_eq!(steps, Steps::default());
}

#[test]
fn rules_are_created_changed_and_removed_by_name() {
    let now = group(vec![live(By::Us, "a", 1000, allow(1)), live(By::Us, "B", 1001, allow(2)), live(By::Us, "c", 1002, allow(3))]);
    let steps = steps(&now, &desired(&[("a", 1000, allow(1)), ("b", 1001, allow(9)), ("d", 1002, allow(4))]), &job());
    assert_eq!(shown(&steps), r#"+["d"] ~["B"] -["c"]"#);
    assert_eq!(steps.left(), 3);
}

#[test]
fn a_rule_whose_text_was_edited_or_cleared_gets_it_back() {
    let mut cleared = live(By::Us, "emc-core.a.in.tcp-1.from.b", 1000, allow(1));
    cleared.raw["properties"]["description"] = Value::Null;
    let now = group(vec![LiveRule::from_raw(&id(), &cleared.raw).unwrap()]);
    let steps = steps(&now, &desired(&[("emc-core.a.in.tcp-1.from.b", 1000, allow(1))]), &job());
    assert_eq!(shown(&steps), r#"+[] ~["emc-core.a.in.tcp-1.from.b"] -[]"#);
    assert_eq!(steps.change[0].description.as_deref(), Some("text [emc core i1]"));
}

#[test]
fn a_lost_rule_of_no_use_in_the_slot_of_a_new_one_is_told_as_left_behind() {
    let now = group(vec![live(By::Lost, "of-no-use", 1000, allow(3))]);
    let steps = steps(&now, &desired(&[("a", 1000, allow(1))]), &job());
    let [clash] = steps.clashes.as_slice() else { panic!("{:?}", steps.clashes) };
    let told = "`a` should have the ingress priority 1000, which `of-no-use` has, which another instance of this resource left behind";
    assert_eq!(clash.to_string(), told);
    assert_eq!(
        clash.advice(),
        "Delete `of-no-use`, or apply again with `on_foreign = \"remove\"`: no rule of this configuration opens the same."
    );
}

#[test]
fn lost_rules_become_ours_and_others_stay_what_they_are() {
    let now = group(vec![
        live(By::Lost, "a", 1000, allow(1)),
        live(By::Lost, "former-name-of-b", 1001, allow(2)),
        live(By::Lost, "of-no-use", 1002, allow(3)),
        live(By::Sibling, "sibling", 1003, allow(4)),
        live(By::Nobody, "by-hand", 1004, allow(4)),
    ]);
    let wanted = desired(&[("a", 1000, allow(1)), ("b", 1005, allow(2)), ("d", 1006, allow(4))]);
    assert_eq!(shown(&steps(&now, &wanted, &job())), r#"+["b", "d"] ~["a"] -["former-name-of-b"]"#);
    let adopting = Job { adopt_existing: true, ..job() };
    assert_eq!(shown(&steps(&now, &wanted, &adopting)), r#"+["b", "d"] ~["a"] -["by-hand", "former-name-of-b"]"#);
}

#[test]
fn a_hand_made_rule_before_somebodys_denial_is_not_replaced_by_one_behind_it() {
    let deny = Opening { access: Access::Deny, source: Side::Any, ..allow(1) };
    let now = group(vec![live(By::Nobody, "by-hand", 500, allow(1)), live(By::Nobody, "deny", 600, deny)]);
    let adopting = Job { adopt_existing: true, ..job() };
    assert_eq!(shown(&steps(&now, &desired(&[("a", 1000, allow(1))]), &adopting)), r#"+["a"] ~[] -[]"#);
}

#[test]
fn what_is_to_go_goes_only_as_it_was() {
    let doomed = |name: &str, opening| Doomed { group: id(), name: name.to_owned(), opening };
    let removing = Job {
        remove_foreign: [doomed("a", allow(1)), doomed("b", allow(9)), doomed("sibling", allow(3)), doomed("gone", allow(4))].into(),
        ..job()
    };
    let now = group(vec![
        live(By::Nobody, "a", 200, allow(1)),
        live(By::Nobody, "b", 201, allow(2)),
        live(By::Sibling, "sibling", 202, allow(3)),
    ]);
    assert_eq!(shown(&steps(&now, &Desired::new(), &removing)), r#"+[] ~[] -["a"]"#);
}

#[test]
fn a_name_or_a_slot_that_others_have_is_told_and_the_rest_is_done() {
    let now = group(vec![live(By::Nobody, "A", 300, allow(7)), live(By::Sibling, "s", 1001, allow(8)), live(By::Us, "d", 1003, allow(4))]);
    let wanted = desired(&[("a", 1000, allow(1)), ("b", 1001, allow(2)), ("c", 1002, allow(3)), ("d", 1003, allow(4))]);
    let steps = steps(&now, &wanted, &job());
    assert_eq!(shown(&steps), r#"+["c"] ~[] -[]"#);
    let told: Vec<String> = steps.clashes.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "a rule `a` exists already, which this provider did not make",
            "`b` should have the ingress priority 1001, which `s` has, which belongs to the resource with `name = \"other\"`"
        ]
    );
    assert!(steps.clashes[0].advice().contains("adopt_existing"), "{}", steps.clashes[0].advice());
    assert!(steps.clashes[1].advice().contains("priority_range = \"100-199\""), "{}", steps.clashes[1].advice());
    // The same number is free in the other direction.
    let out = desired(&[("b", 1001, opening(Direction::Egress, Access::Allow, 2))]);
    assert_eq!(super::steps(&now, &out, &job()).clashes, []);
}

#[test]
fn a_rule_that_cannot_leave_its_slot_keeps_the_next_one_out() {
    let now = group(vec![live(By::Us, "a", 1000, allow(1)), live(By::Nobody, "x", 1001, allow(9))]);
    let steps = steps(&now, &desired(&[("a", 1001, allow(1)), ("b", 1000, allow(2))]), &job());
    assert_eq!(shown(&steps), "+[] ~[] -[]");
    assert_eq!(steps.clashes.len(), 2, "{:?}", steps.clashes);
    assert!(steps.clashes[1].to_string().ends_with("which `a` has, which could not be moved away"), "{}", steps.clashes[1]);
}

#[test]
fn denials_wait_for_every_opening_that_they_spare() {
    let deny = |direction| Opening { source: Side::Any, ..opening(direction, Access::Deny, 9) };
    let wanted = desired(&[
        ("a", 1000, allow(1)),
        ("deny-in", 1090, deny(Direction::Ingress)),
        ("deny-out", 1090, opening(Direction::Egress, Access::Deny, 9)),
    ]);
    let taken = live(By::Nobody, "by-hand", 1000, allow(7));
    let told = steps(&group(vec![taken.clone()]), &wanted, &job());
    assert_eq!((shown(&told).as_str(), told.clashes.len()), (r#"+["deny-out"] ~[] -[]"#, 1), "only in the direction that lacks one");
    // One that is there already stays.
    let denied = live(By::Us, "deny-in", 1090, deny(Direction::Ingress));
    assert_eq!(shown(&steps(&group(vec![taken, denied]), &wanted, &job())), r#"+["deny-out"] ~[] -[]"#);
}

#[test]
fn new_denials_wait_for_consent_if_they_void_what_others_allow() {
    let deny = Opening { access: Access::Deny, source: Side::Any, protocol: Protocol::Any, destination_ports: PortSet::Any, ..allow(1) };
    let wanted = desired(&[("a", 1000, allow(1)), ("deny", 1095, deny.clone())]);
    let now = group(vec![live(By::Nobody, "theirs", 2000, allow(2)), live(By::Nobody, "listed", 2001, allow(1))]);
    let strict = Job { accept_void: false, ..job() };
    let refused = steps(&now, &wanted, &strict);
    assert_eq!(shown(&refused), r#"+["a"] ~[] -[]"#);
    let [clash @ Clash::Void { .. }] = &refused.clashes[..] else { panic!("{:?}", refused.clashes) };
    assert_eq!(clash.to_string(), "a rule of ours would deny what a rule of others allows behind it: `theirs`");
    assert!(clash.advice().contains("accept_void"), "{}", clash.advice());
    assert_eq!(shown(&steps(&now, &wanted, &job())), r#"+["a", "deny"] ~[] -[]"#, "consented to");
    let alone = group(vec![live(By::Nobody, "listed", 2001, allow(1))]);
    assert_eq!(shown(&steps(&alone, &wanted, &strict)), r#"+["a", "deny"] ~[] -[]"#, "nothing is lost");
    let there = group(vec![live(By::Us, "a", 1000, allow(1)), live(By::Us, "deny", 1095, deny), live(By::Nobody, "late", 2000, allow(2))]);
    assert_eq!(steps(&there, &wanted, &strict), Steps::default(), "it is denied already");
}

#[test]
fn open_connections_are_flushed_as_asked_where_the_group_is_written() {
    let flush = |now: Option<bool>, job: Job| {
        let mut group = group(Vec::new());
        group.whole.as_mut().unwrap().flush_connections = now;
        steps(&group, &Desired::new(), &job).flush_connections
    };
    let asked = |flush, write_mode| Job { flush_connections: flush, write_mode, ..job() };
    assert_eq!(flush(None, asked(Some(true), WriteMode::Group)), Some(true));
    assert_eq!(flush(Some(true), asked(Some(true), WriteMode::Group)), None);
    assert_eq!(flush(None, asked(Some(false), WriteMode::Group)), None);
    assert_eq!(flush(Some(true), asked(None, WriteMode::Group)), None);
    assert_eq!(flush(None, asked(Some(true), WriteMode::Rule)), None);
}

#[test]
fn what_is_carried_through_is_all_there_and_what_changes_is_minimal() {
    let now = group(vec![live(By::Nobody, "theirs", 300, allow(7)), live(By::Us, "A", 1000, allow(1)), live(By::Us, "b", 1001, allow(2))]);
    let merged = steps(&now, &desired(&[("a", 1000, allow(9)), ("c", 1002, allow(3))]), &job()).merged(&now);
    let expected = |name: &str, priority: u16, opening: Opening| {
        let description = Some(description::marked("text", &mark()));
        lower::rule(&SecurityRule { name: name.to_owned(), description, priority, opening }).unwrap()
    };
    assert_eq!(merged, [lower::carried(&now.rules[0].raw), expected("A", 1000, allow(9)), expected("c", 1002, allow(3))]);
    assert_eq!(merged[0]["properties"]["unknownToUs"], json!({ "of": "theirs" }));
}
