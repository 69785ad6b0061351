//! Allow-lists that change nothing, and denials that change too much.

use super::*;
use crate::azure::job::Wanted;
use crate::azure::rule::tests::any;

fn local() -> Ends {
    Ends { groups: [any::group("core")].into(), ..Ends::default() }
}

fn from_group(name: &str, port: u16) -> Opening {
    let source = Side::groups([any::group(name)]).unwrap();
    let local = Side::groups([any::group("core")]).unwrap();
    Opening::facing(Direction::Ingress, Access::Allow, Protocol::Tcp, local, source, PortSet::of([(port, port)]))
}

fn with_source(opening: Opening, source: Side) -> Opening {
    Opening { source, ..opening }
}

fn prefix(text: &str) -> Side {
    Side::prefixes([text.parse().unwrap()]).unwrap()
}

fn desired(rules: &[(&str, u16, Opening)]) -> Desired {
    let wanted = |priority: u16, opening: &Opening| Wanted { priority, opening: opening.clone(), text: String::new() };
    rules.iter().map(|(name, priority, opening)| (name.parse().unwrap(), wanted(*priority, opening))).collect()
}

fn theirs(name: &str, priority: u16, opening: Opening) -> SecurityRule {
    SecurityRule { name: name.to_owned(), description: None, priority, opening }
}

fn deny_all() -> (&'static str, u16, Opening) {
    ("deny", 2900, denials(Direction::Ingress, &local()).remove(0))
}

#[test]
fn a_denial_voids_what_others_allow_behind_it_and_spares_what_it_should() {
    let web = from_group("web", 443);
    let behind = theirs("behind", 3000, from_group("agents", 443));
    let listed = theirs("listed", 3001, web.clone());
    let before = theirs("before", 999, from_group("agents", 80));
    let elsewhere = theirs("elsewhere", 3002, Opening { destination: Side::groups([any::group("other")]).unwrap(), ..web.clone() });
    let probe = theirs("probe", 3003, with_source(web.clone(), Side::Tag(Tag::new(Tag::LOAD_BALANCER))));
    let peers = theirs("peers", 3004, with_source(web.clone(), Side::groups([any::group("core")]).unwrap()));
    let others = [&behind, &listed, &before, &elsewhere, &probe, &peers];
    let told = |desired: &Desired, others: &[&SecurityRule]| -> Vec<String> {
        voided(desired, others).iter().map(|voided| format!("{} {}", voided.rule.name, voided.surely)).collect()
    };
    let mut wanted = desired(&[("web", 1000, web), deny_all()]);
    // Whoever is in the group `other` may be in `core` too.
    assert_eq!(told(&wanted, &others), ["behind true", "elsewhere false", "probe true", "peers true"]);
    assert_eq!(voided(&wanted, &others)[0].by, BTreeSet::from(["deny".to_owned()]));
    wanted.extend(desired(&[
        ("spared", 1001, probes(Direction::Ingress, &local()).remove(0)),
        ("among", 1002, among(Direction::Ingress, &local()).remove(0)),
    ]));
    assert_eq!(told(&wanted, &others), ["behind true", "elsewhere false"]);
    wanted.remove(&"deny".parse().unwrap());
    assert_eq!(told(&wanted, &others), Vec::<String>::new());
}

#[test]
fn what_others_deny_before_us_is_told() {
    let wanted = desired(&[("web", 1000, from_group("web", 443)), ("sip", 1001, from_group("web", 5060))]);
    let deny = |name, priority, opening: Opening| theirs(name, priority, Opening { access: Access::Deny, ..opening });
    let surely = deny("surely", 100, with_source(from_group("x", 443), Side::Any));
    let perhaps = deny("perhaps", 101, with_source(from_group("x", 5060), prefix("10.0.0.0/8")));
    let behind = deny("behind", 1002, with_source(from_group("x", 443), Side::Any));
    let found = overruled(&wanted, &[&surely, &perhaps, &behind]);
    let told: Vec<String> = found.iter().map(|found| format!("{} by {:?} {}", found.rule, found.by, found.surely)).collect();
    assert_eq!(told, ["sip by {\"perhaps\"} false", "web by {\"surely\"} true"]);
}

#[test]
fn denials_and_what_they_spare_name_only_what_is_at_the_place() {
    let both = Ends { prefixes: ["10.0.0.0/24".parse().unwrap(), "fd00::/64".parse().unwrap()].into(), ..local() };
    let shown = |openings: Vec<Opening>| openings.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        shown(denials(Direction::Egress, &both)),
        [
            "egress deny any from core to anywhere",
            "egress deny any from 10.0.0.0/24 to anywhere",
            "egress deny any from fd00::/64 to anywhere"
        ]
    );
    assert_eq!(shown(probes(Direction::Ingress, &local())), ["ingress any from AzureLoadBalancer to core"]);
    assert_eq!(probes(Direction::Egress, &local()), []);
    assert_eq!(shown(among(Direction::Egress, &local())), ["egress any from core to core"]);
    assert_eq!(among(Direction::Ingress, &both).len(), 7);
}
