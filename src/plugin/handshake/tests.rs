//! The line that the host reads.

use super::{COOKIE, Line, speaks_version_6, started_by_host};
use crate::plugin::environment::Environment;
use crate::plugin::listen::Endpoint;

fn unix() -> Endpoint {
    Endpoint::Unix("/run/plugin1".into())
}

#[test]
fn a_host_is_known_by_its_cookie() {
    assert!(started_by_host(&Environment::from([COOKIE])));
    assert!(!started_by_host(&Environment::from([])));
    assert!(!started_by_host(&Environment::from([(COOKIE.0, "another")])));
}

#[test]
fn versions_are_a_list_in_any_order() {
    for (versions, known) in [("5,6", true), ("6,5", true), ("6", true), ("5", false), ("16,60", false), ("", true)] {
        assert_eq!(speaks_version_6(&Environment::from([("PLUGIN_PROTOCOL_VERSIONS", versions)])), known, "{versions}");
    }
}

#[test]
fn the_certificate_has_no_padding() {
    // One byte is two letters of base64, and two of padding that hosts refuse.
    assert_eq!(Line::new(&unix(), Some(&[0xff]), &Environment::from([])).to_string(), "1|6|unix|/run/plugin1|grpc|/w");
}

#[test]
fn no_certificate_is_an_empty_field() {
    let tcp = Endpoint::Tcp(([127, 0, 0, 1], 10_000).into());
    assert_eq!(Line::new(&tcp, None, &Environment::from([])).to_string(), "1|6|tcp|127.0.0.1:10000|grpc|");
}

#[test]
fn the_seventh_field_is_given_only_when_asked_for() {
    let asked = Environment::from([("PLUGIN_MULTIPLEX_GRPC", "true")]);
    assert_eq!(Line::new(&unix(), None, &asked).to_string(), "1|6|unix|/run/plugin1|grpc||false");
    let unset = Environment::from([("PLUGIN_MULTIPLEX_GRPC", "")]);
    assert_eq!(Line::new(&unix(), None, &unset).to_string(), "1|6|unix|/run/plugin1|grpc|");
}
