//! EC2's rules as openings.

use super::openings::opening;
use super::schema::schema;
use crate::aws::{Peer, Permission, Traffic};
use crate::net::Direction;

fn traffic(traffic: Traffic) -> String {
    let peer = Peer::Cidr("10.0.0.0/8".parse().unwrap());
    opening(&Permission { direction: Direction::Ingress, traffic, peer }).traffic.to_string()
}

#[test]
fn every_form_of_a_rule_has_its_opening() {
    assert_eq!(traffic(Traffic::All), "every protocol");
    assert_eq!(traffic(Traffic::Tcp { first: 443, last: 443 }), "tcp 443");
    assert_eq!(traffic(Traffic::Tcp { first: 0, last: 65535 }), "tcp");
    assert_eq!(traffic(Traffic::Tcp { first: 1, last: 65535 }), "tcp", "nobody listens on port 0");
    assert_eq!(traffic(Traffic::Udp { first: 53, last: 54 }), "udp 53-54");
    assert_eq!(traffic(Traffic::Icmp { kind: None, code: None }), "icmp");
    assert_eq!(traffic(Traffic::Icmp { kind: Some(8), code: None }), "icmp type 8");
    assert_eq!(traffic(Traffic::Icmpv6 { kind: Some(255), code: Some(255) }), "icmpv6 type 255 code 255");
    assert_eq!(traffic(Traffic::Number(2)), "protocol 2");
    assert_eq!(traffic(Traffic::Other("carrier pigeon".to_owned())), "carrier pigeon");
}

#[test]
fn the_schema_is_sound() {
    assert!(schema().lint().is_empty(), "{:?}", schema().lint());
}
