//! Names: readable, unique, never too long.

use proptest::prelude::*;

use super::*;
use crate::azure::rule::Protocol;
use crate::azure::rule::tests::any;
use crate::azure::side::{Ends, Side};
use crate::net;

fn ends(prefixes: &[&str]) -> Ends {
    let groups = if prefixes.is_empty() { BTreeSet::from([any::group("a")]) } else { BTreeSet::new() };
    Ends { groups, prefixes: prefixes.iter().map(|text| text.parse().unwrap()).collect() }
}

fn named(resource: &str, direction: Direction, ports: &str, local: (&str, &Ends), peer: (&str, &Ends)) -> Vec<String> {
    let openings = Opening::between(direction, net::Protocol::Tcp, &ports.parse().unwrap(), local.1, peer.1);
    openings.iter().map(|opening| of(resource, local.0, peer.0, opening).unwrap().to_string()).collect()
}

#[test]
fn a_name_says_what_the_rule_is_for() {
    let (groups, both) = (ends(&[]), ends(&["10.0.0.0/8", "fd00::/8"]));
    assert_eq!(named("prod", Direction::Ingress, "443", ("core", &groups), ("agents", &groups)), ["emc-prod.core.in.tcp-443.from.agents"]);
    assert_eq!(
        named("prod", Direction::Egress, "80,90-91", ("core", &groups), ("agents", &both)),
        ["emc-prod.core.out.tcp-80_90-91.to.agents.ipv4", "emc-prod.core.out.tcp-80_90-91.to.agents.ipv6"]
    );
    let deny = Opening::facing(Direction::Ingress, Access::Deny, Protocol::Any, Side::Any, Side::Any, PortSet::Any);
    assert_eq!(of("prod", "core", "anywhere", &deny).unwrap().as_str(), "emc-prod.core.in.deny-any.from.anywhere");
    assert!(of("prod", "core/../x", "anywhere", &deny).is_err());
}

#[test]
fn what_is_too_long_is_cut_and_stays_apart() {
    let groups = ends(&[]);
    let long = "a".repeat(32);
    let names: BTreeSet<String> = ["b".repeat(32), format!("{}c", "b".repeat(31))]
        .iter()
        .flat_map(|peer| named("a rather long name", Direction::Ingress, "8000-8010", (&long, &groups), (peer, &groups)))
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.iter().all(|name| name.len() == RuleName::MOST), "{names:?}");
}

#[test]
fn a_resource_is_recognized_by_the_names_of_its_rules() {
    for name in ["core", "Core Team, Frankfurt", "x_y-1", ""] {
        let groups = ends(&[]);
        let rule = named(name, Direction::Egress, "443", ("core", &groups), ("agents", &groups)).remove(0);
        assert_eq!(resource(&rule), Some(slug(name).as_str()), "{rule}");
    }
    for foreign in ["emc-core", "emc-Core.a.in.tcp-1.from.b", "emc.core.in.", "allow-emc-core.a.in.tcp-1.from.b", "emc-core.a.b"] {
        assert_eq!(resource(foreign), None, "{foreign}");
    }
}

#[test]
fn a_taken_name_gets_another_end() {
    let wanted: RuleName = "emc-core.a.in.tcp-1.from.b".parse().unwrap();
    let mut taken = BTreeSet::new();
    assert_eq!(distinct(&wanted, "x", &taken), wanted);
    for _ in 0..20 {
        let next = distinct(&wanted, "x", &taken);
        assert!(next.as_str().starts_with("emc-core.a.in.tcp-1.from.b") && taken.insert(folded(next.as_str())), "{next}");
    }
    let long: RuleName = "x".repeat(80).parse().unwrap();
    assert_eq!(distinct(&long, "x", &BTreeSet::from(["x".repeat(80)])).as_str().len(), 80);
}

proptest! {
    #[test]
    fn slugs_fit_and_tell_names_apart(one in ".{0,40}", other in ".{0,40}") {
        let is_plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || "_-".contains(character);
        prop_assert!(slug(&one).len() <= SLUG_MOST && slug(&one).chars().all(is_plain) && !slug(&one).is_empty());
        prop_assert_eq!(slug(&slug(&one)), slug(&one));
        prop_assert_eq!(slug(&one) == slug(&other), one == other || slug(&one) == other || slug(&other) == one);
    }

    #[test]
    fn names_tell_placements_directions_and_ports_apart(
        one in ("[a-z][a-z0-9_-]{0,31}", "[a-z][a-z0-9_-]{0,31}", any::<bool>(), 1..3_u16),
        other in ("[a-z][a-z0-9_-]{0,31}", "[a-z][a-z0-9_-]{0,31}", any::<bool>(), 1..3_u16),
    ) {
        let groups = ends(&[]);
        let name = |(local, peer, ingress, port): &(String, String, bool, u16)| {
            let direction = if *ingress { Direction::Ingress } else { Direction::Egress };
            named("core", direction, &port.to_string(), (local, &groups), (peer, &groups)).remove(0)
        };
        prop_assert_eq!(name(&one) == name(&other), one == other);
    }
}
