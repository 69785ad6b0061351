//! Passages against the rules they come from.

use std::collections::{BTreeMap, BTreeSet};

use super::Rollout;
use crate::matrix::Matrix;
use crate::topology::{ExtraSpec, PlacementSpec, PolicySpec, Topology};

/// Placements of components, as a configuration without any cloud has them.
pub(crate) fn rollout<const N: usize>(placements: [(&str, &[&str]); N], policy: &PolicySpec) -> Rollout<'static> {
    let place = |components: &[&str]| PlacementSpec {
        components: Some(components.iter().map(|word| (*word).to_owned()).collect()),
        managed: true,
        ..PlacementSpec::default()
    };
    let placements: BTreeMap<_, _> = placements.into_iter().map(|(name, components)| (name.to_owned(), place(components))).collect();
    Rollout::new(Matrix::embedded(), Topology::resolve(Matrix::embedded(), &placements, policy).unwrap())
}

pub(crate) fn words<const N: usize>(words: [&str; N]) -> BTreeSet<String> {
    words.map(str::to_owned).into()
}

/// A flow of the site's own from `from` to `to`, with a reason, a ticket and a last day.
pub(crate) fn extra(name: &str, from: &str, to: &str, reason: &str) -> ExtraSpec {
    ExtraSpec {
        name: name.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        protocol: "tcp".to_owned(),
        ports: "3389".to_owned(),
        reason: reason.to_owned(),
        ticket: Some("CHG1".to_owned()),
        expires: Some("2027-01-31".to_owned()),
    }
}

fn shown(rollout: &Rollout<'_>) -> Vec<String> {
    let shown = rollout.passages.iter().map(|passage| {
        let flows: Vec<&str> = passage.flows.keys().map(|flow| flow.as_str()).collect();
        let group = passage.group.map(|group| format!(" through {group}")).unwrap_or_default();
        format!("{} to {} {} {}{group}: {}", passage.from, passage.to, passage.protocol, passage.ports, flows.join(" "))
    });
    shown.collect()
}

#[test]
fn both_ends_are_seen_at_once_whatever_is_written() {
    let policy = PolicySpec { extra: vec![extra("jump", "agents", "core", "maintenance")], ..PolicySpec::default() };
    let both = shown(&rollout([("agents", &["desktop"]), ("core", &["configuration"])], &policy));
    let expected = [
        "agents to core tcp 3389: extra.jump",
        "agents to core tcp 29091: configuration.29091",
        "agents to core tcp 39091: configuration.39091",
    ];
    assert_eq!(both, expected);
    for direction in ["ingress", "egress"] {
        let one = PolicySpec { directions: Some(words([direction])), ..policy.clone() };
        assert_eq!(shown(&rollout([("agents", &["desktop"]), ("core", &["configuration"])], &one)), expected, "{direction}");
    }
}

#[test]
fn multicast_passes_through_its_group() {
    let policy = PolicySpec { multicast: Some("transit_gateway".to_owned()), ..PolicySpec::default() };
    let shown = shown(&rollout([("agents", &["desktop"]), ("views", &["ids_view"])], &policy));
    assert!(shown.contains(&"views to agents udp 29084 through 239.29.9.67: ids_view.29084".to_owned()), "{shown:?}");
}

#[test]
fn facts_are_those_of_the_table_or_of_the_site() {
    let mut policy = PolicySpec { extra: vec![extra("jump", "agents", "core", "maintenance")], ..PolicySpec::default() };
    policy.reasons = BTreeMap::from([("license_director.29073".to_owned(), "operators manage licenses".to_owned())]);
    let rollout = rollout([("agents", &["desktop"]), ("core", &["license_director"])], &policy);
    let facts = |port: &str| {
        let passage = rollout.passages.iter().find(|passage| passage.ports.to_string() == port).unwrap();
        let (id, cause) = passage.flows.iter().next().unwrap();
        rollout.facts(id, cause)
    };
    let license = facts("29073");
    assert_eq!((license.transport.unwrap().as_str(), license.management, license.row), ("plain", true, Some(16)));
    assert_eq!(license.reason, Some("operators manage licenses"));
    let questions: Vec<&str> = license.questions.iter().map(|doubt| doubt.as_str()).collect();
    assert!(questions.contains(&"A36"), "{questions:?}");
    let jump = facts("3389");
    assert_eq!((jump.transport, jump.row, jump.reason, jump.ticket), (None, None, Some("maintenance"), Some("CHG1")));
    assert_eq!(jump.expires.unwrap().to_string(), "2027-01-31");
}

#[test]
fn who_belongs_to_a_role_is_no_question_for_those_who_are_named() {
    let named = [("license_director.29073".to_owned(), words(["desktop"]))].into();
    let policy = PolicySpec { initiators: named, ..PolicySpec::default() };
    let rollout = rollout([("agents", &["desktop"]), ("core", &["license_director"])], &policy);
    let asks = |port: &str| {
        let passage = rollout.passages.iter().find(|passage| passage.ports.to_string() == port).unwrap();
        passage.flows.iter().any(|(id, cause)| rollout.facts(id, cause).questions.iter().any(|doubt| doubt.as_str() == "A36"))
    };
    assert!(asks("29095") && !asks("29073"));
}
