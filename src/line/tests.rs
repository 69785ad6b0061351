//! Lines as a reviewer reads them.

use std::collections::{BTreeMap, BTreeSet};

use super::{addresses, purpose};
use crate::expand::expand;
use crate::matrix::Matrix;
use crate::topology::{ExtraSpec, PlacementSpec, PolicySpec, Topology};

/// The lines toward `core`, by key, with desktops and gateways in `agents` and everything else asked about in `core`.
fn lines(policy: &PolicySpec) -> BTreeMap<String, String> {
    let place = |components: &[&str], managed: bool| PlacementSpec {
        components: Some(components.iter().map(|word| (*word).to_owned()).collect()),
        managed,
        single_host: true,
        ..PlacementSpec::default()
    };
    let placements = BTreeMap::from([
        ("agents".to_owned(), place(&["desktop", "sms_gateway"], false)),
        ("core".to_owned(), place(&["license_director", "configuration", "media_director", "sql_server", "ids_voice_and_presence"], true)),
    ]);
    let topology = Topology::resolve(Matrix::embedded(), &placements, policy).unwrap();
    let expansion = expand(Matrix::embedded(), &topology);
    let line = |rule| purpose(rule, Matrix::embedded(), &topology.policy);
    expansion.rules.values().map(|rule| (rule.key.to_string(), line(rule))).collect()
}

fn texts<const N: usize>(entries: [(&str, &str); N]) -> BTreeMap<String, String> {
    entries.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
}

#[test]
fn a_line_says_transport_role_and_row() {
    let lines = lines(&PolicySpec::default());
    assert_eq!(lines["tcp 29091 from agents"], "configuration.29091 (plain, row 4)");
    assert_eq!(lines["tcp 39091 from agents"], "configuration.39091 (secure, row 5)");
    assert_eq!(lines["tcp 29073 from agents"], "license_director.29073 (plain, management, role applications, row 16)");
    assert_eq!(lines["tcp 1433 from agents"], "sql_server.1433 (either, row 45)");
    assert_eq!(
        lines["tcp 29087 from agents"], "media_director.29087 (plain, role applications, row 18)",
        "a gateway comes through the role, although desktops are printed by name"
    );
}

#[test]
fn a_line_says_what_the_site_decided() {
    let policy = PolicySpec {
        ports: texts([("configuration.39091", "30091,30093-30094"), ("configuration.29091", "30091")]),
        reasons: texts([("configuration.29091", "until the upgrade, CHG2")]),
        include: BTreeSet::from(["ids_voice_and_presence.implied.29090".to_owned()]),
        ..PolicySpec::default()
    };
    let lines = lines(&policy);
    assert_eq!(
        lines["tcp 30091 from agents"],
        "configuration.29091 (plain, row 4, port 30091 by site, because until the upgrade, CHG2), \
         configuration.39091 (secure, row 5, port 30091,30093-30094 by site)"
    );
    assert_eq!(lines["tcp 30093-30094 from agents"], "configuration.39091 (secure, row 5, port 30091,30093-30094 by site)");
    assert_eq!(lines["tcp 29090 from agents"], "ids_voice_and_presence.implied.29090 (plain, role applications, implied)");
}

#[test]
fn a_line_of_an_extra_flow_says_who_allowed_it_and_why() {
    let text = str::to_owned;
    let extra = ExtraSpec {
        name: text("jump"),
        from: text("agents"),
        to: text("core"),
        protocol: text("tcp"),
        ports: text("3389"),
        reason: text("remote help"),
        ticket: None,
        expires: None,
    };
    let dated = ExtraSpec {
        name: text("dated"),
        ports: text("29091"),
        ticket: Some(text("CHG1")),
        expires: Some(text("2027-01-31")),
        ..extra.clone()
    };
    let lines = lines(&PolicySpec { extra: vec![extra, dated], ..PolicySpec::default() });
    assert_eq!(lines["tcp 3389 from agents"], "extra.jump (by site, because remote help)");
    assert_eq!(
        lines["tcp 29091 from agents"],
        "configuration.29091 (plain, row 4), extra.dated (by site, ticket CHG1, expires 2027-01-31, because remote help)"
    );
}

#[test]
fn many_addresses_are_counted_and_marked() {
    let all: Vec<String> = (0..12).map(|number| format!("10.{number}.0.0/16")).collect();
    let shown = addresses(&all);
    assert!(shown.starts_with("12 addresses, ") && shown.len() == "12 addresses, ".len() + 6, "{shown}");
    let mut other = all.clone();
    other[3] = "10.99.0.0/16".to_owned();
    assert_ne!(addresses(&other), shown);
    assert_eq!(addresses(&all[..4]), "10.0.0.0/16, 10.1.0.0/16, 10.2.0.0/16, 10.3.0.0/16");
    assert_eq!(addresses(&[]), "");
}
