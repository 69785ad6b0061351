//! The schema, and words that need no Azure.

use super::openings::traffic;
use super::schema::schema;
use crate::azure::{PortSet, Protocol};

fn shown(protocol: Protocol, ports: PortSet) -> Vec<String> {
    traffic(&protocol, &ports).iter().map(ToString::to_string).collect()
}

#[test]
fn every_form_of_traffic_has_its_opening() {
    assert_eq!(shown(Protocol::Any, PortSet::Any), ["every protocol"]);
    assert_eq!(shown(Protocol::Tcp, PortSet::Any), ["tcp"]);
    assert_eq!(shown(Protocol::Tcp, PortSet::of([(0, 80), (443, 443)])), ["tcp 1-80", "tcp 443"], "nobody listens on port 0");
    assert_eq!(shown(Protocol::Any, PortSet::of([(53, 53)])), ["tcp 53", "udp 53"], "what has no ports needs a rule for all ports");
    assert_eq!(shown(Protocol::Icmp, PortSet::of([(53, 53)])), ["icmp"]);
    assert_eq!(shown(Protocol::Esp, PortSet::Any), ["protocol 50"]);
    assert_eq!(shown(Protocol::Other("carrier pigeon".to_owned()), PortSet::Any), ["carrier pigeon"]);
}

#[test]
fn the_schema_is_sound() {
    assert!(schema().lint().is_empty(), "{:?}", schema().lint());
}
