//! Two tables against each other: what each kind of change of a table reads like.

use serde_json::{Value, json};

use super::common::understood;
use super::*;
use crate::expand::expand;
use crate::topology::{PlacementSpec, PolicySpec};

/// The embedded table, changed.
fn table(change: impl FnOnce(&mut Value)) -> Matrix {
    let mut table: Value = serde_json::from_str(Matrix::embedded_json()).unwrap();
    change(&mut table);
    Matrix::parse(&table.to_string()).unwrap()
}

fn placements(places: &[(&str, &[&str])]) -> BTreeMap<String, PlacementSpec> {
    let place = |(name, components): &(&str, &[&str])| {
        let components = Some(components.iter().map(|word| (*word).to_owned()).collect());
        ((*name).to_owned(), PlacementSpec { components, managed: true, single_host: false, can_join: true })
    };
    places.iter().map(place).collect()
}

fn small() -> BTreeMap<String, PlacementSpec> {
    placements(&[("agents", &["desktop"]), ("core", &["configuration"]), ("db", &["sql_server"])])
}

/// What differs, and what was left out on either side.
fn compared(places: &BTreeMap<String, PlacementSpec>, policy: &PolicySpec, before: &Matrix, after: &Matrix) -> (Diff, Vec<String>) {
    let (one, other) = (understood(places, policy, before, after), understood(places, policy, after, before));
    let left_out =
        one.left_out.iter().map(|text| format!("before: {text}")).chain(other.left_out.iter().map(|text| format!("after: {text}")));
    let left_out = left_out.collect();
    let was = Topology::resolve(before, &one.placements, &one.policy).unwrap();
    let is = Topology::resolve(after, &other.placements, &other.policy).unwrap();
    let (of_was, of_is) = (expand(before, &was), expand(after, &is));
    let before = Side { matrix: before, topology: &was, expansion: &of_was };
    let after = Side { matrix: after, topology: &is, expansion: &of_is };
    (diff(before, after), left_out)
}

fn texts(lines: &Lines) -> Vec<String> {
    lines.iter().flat_map(|(place, lines)| lines.iter().map(move |line| format!("{place}: {line}"))).collect()
}

#[test]
fn one_table_differs_from_itself_in_nothing() {
    let (found, left_out) = compared(&small(), &PolicySpec::default(), Matrix::embedded(), &table(|_| {}));
    assert_eq!((found, left_out), (Diff::default(), vec![]));
}

#[test]
fn a_flow_that_closes_says_so_on_both_sides_and_why() {
    let after = table(|table| table["flows"]["configuration.29091"]["default_state"] = json!("closed"));
    let (found, _) = compared(&small(), &PolicySpec::default(), Matrix::embedded(), &after);
    assert_eq!(
        texts(&found.closes),
        [
            "agents: egress tcp 29091 to core: configuration.29091 (plain, row 4)",
            "core: ingress tcp 29091 from agents: configuration.29091 (plain, row 4)",
        ]
    );
    assert_eq!((&found.opens, &found.changes), (&Lines::new(), &Lines::new()));
    assert_eq!(
        found.flows.iter().map(|(flow, text)| format!("{flow}: {text}")).collect::<Vec<_>>(),
        ["configuration.29091: open -> closed as shipped: name it in include to open it"]
    );
    assert!(!found.is_empty());
    let (back, _) = compared(&small(), &PolicySpec::default(), &after, Matrix::embedded());
    assert_eq!((texts(&back.opens), &back.closes), (texts(&found.closes), &Lines::new()), "the other way round it opens");
    assert_eq!(back.counts(), Counts { opens: 2, closes: 0, changes: 0, places: 2 });
}

#[test]
fn a_rule_that_stays_for_another_reason_is_a_change_and_opens_nothing() {
    let after = table(|table| table["flows"]["sql_server.1433"]["transport"] = json!("secure"));
    let (found, _) = compared(&small(), &PolicySpec::default(), Matrix::embedded(), &after);
    assert_eq!(
        texts(&found.changes),
        [
            "agents: egress tcp 1433 to db: sql_server.1433 (either, row 45) -> sql_server.1433 (secure, row 45)",
            "db: ingress tcp 1433 from agents: sql_server.1433 (either, row 45) -> sql_server.1433 (secure, row 45)",
        ]
    );
    assert!(found.is_empty(), "the openings are the same");
}

/// A flow of the new table, and one that it does not have any more.
fn renewed() -> Matrix {
    table(|table| {
        let mut flow = table["flows"]["configuration.29091"].clone();
        flow["row"] = Value::Null;
        flow["twins"] = json!([]);
        flow["doubts"] = json!([]);
        flow["port"] = json!(30091);
        flow["default_state"] = json!("closed");
        table["flows"]["configuration.implied.30091"] = flow;
    })
}

#[test]
fn a_policy_may_name_what_only_one_of_the_tables_has() {
    let policy = PolicySpec {
        include: ["configuration.implied.30091".to_owned()].into(),
        reasons: [("configuration.implied.30091".to_owned(), "the new release needs it".to_owned())].into(),
        exclude: ["configuration.29091 from agents".to_owned()].into(),
        ..PolicySpec::default()
    };
    let (found, left_out) = compared(&small(), &policy, Matrix::embedded(), &renewed());
    assert_eq!(
        texts(&found.opens),
        [
            "agents: egress tcp 30091 to core: configuration.implied.30091 (plain, implied, because the new release needs it)",
            "core: ingress tcp 30091 from agents: configuration.implied.30091 (plain, implied, because the new release needs it)",
        ]
    );
    assert_eq!(
        left_out,
        ["before: configuration.implied.30091 in include", "before: configuration.implied.30091 in reasons"],
        "what is left out is told"
    );
    assert_eq!(found.flows.values().collect::<Vec<_>>(), ["not in the table -> open"]);
}

#[test]
fn what_no_table_knows_is_still_refused() {
    let policy = PolicySpec { include: ["configuration.29092".to_owned()].into(), ..PolicySpec::default() };
    let one = understood(&small(), &policy, Matrix::embedded(), &renewed());
    assert_eq!(one.left_out, BTreeSet::new());
    assert!(Topology::resolve(Matrix::embedded(), &one.placements, &one.policy).is_err());
}

#[test]
fn questions_are_those_that_are_new() {
    let places = placements(&[("agents", &["desktop", "sms_gateway"]), ("core", &["license_director", "media_director"])]);
    let before = table(|table| table["doubts"]["A36"]["weight"] = json!("know"));
    let (found, _) = compared(&places, &PolicySpec::default(), &before, Matrix::embedded());
    assert_eq!(found.questions.keys().map(|id| id.as_str()).collect::<Vec<_>>(), ["A36"]);
    let (back, _) = compared(&places, &PolicySpec::default(), Matrix::embedded(), &before);
    assert!(back.questions.is_empty());
}
