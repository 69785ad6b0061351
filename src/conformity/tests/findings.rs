//! What an auditor reads, on a small site.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::opening;
use crate::conformity::{Conforms, Firewall, Lines, Named, Opening, Peer, Report, Site, Traffic, judge};
use crate::expand::{Expansion, expand};
use crate::matrix::Matrix;
use crate::net::Direction;
use crate::rule::Rule;
use crate::topology::{PlacementName, PlacementSpec, PolicySpec, Topology};

/// Desktops by address, configuration and XML server behind `sg-core`, a database behind `sg-db`.
pub(super) struct Small {
    topology: Topology,
    expansion: Expansion,
}

impl Small {
    pub(super) fn new(policy: &PolicySpec) -> Small {
        Small::of(&[("agents", &["desktop"]), ("core", &["configuration", "xml_server"]), ("db", &["sql_server"])], policy)
    }

    fn of(places: &[(&str, &[&str])], policy: &PolicySpec) -> Small {
        let place = |(name, components): &(&str, &[&str])| {
            let spec = PlacementSpec {
                components: Some(components.iter().map(|word| (*word).to_owned()).collect()),
                managed: *name != "agents",
                single_host: true,
                can_join: *name != "agents",
            };
            ((*name).to_owned(), spec)
        };
        let placements = places.iter().map(place).collect();
        let topology = Topology::resolve(Matrix::embedded(), &placements, policy).unwrap();
        let expansion = expand(Matrix::embedded(), &topology);
        Small { topology, expansion }
    }

    fn peer(name: &str) -> Peer {
        if name == "agents" { Peer::Block("10.20.0.0/16".parse().unwrap()) } else { Peer::Group(format!("sg-{name}")) }
    }

    fn wanted(rule: &Rule) -> Opening {
        let key = rule.key.to_string();
        let words: Vec<&str> = key.split(' ').collect();
        let Opening { direction, traffic, .. } = opening(&format!("{} {} {} anything", rule.key.direction, words[0], words[1]));
        Opening { direction, traffic, peer: Small::peer(words[3]) }
    }

    /// What is wanted of the firewall of one placement.
    fn openings(&self, name: &str) -> Vec<Opening> {
        self.expansion.rules.values().filter(|rule| rule.key.local.as_str() == name).map(Small::wanted).collect()
    }

    /// Everything as wanted.
    pub(super) fn all(&self) -> BTreeMap<String, Vec<Opening>> {
        let managed = self.topology.placements.iter().filter(|(_, placement)| placement.managed);
        managed.map(|(name, _)| (name.to_string(), self.openings(name.as_str()))).collect()
    }

    pub(super) fn judge(&self, live: &BTreeMap<String, Vec<Opening>>) -> Report {
        let site = Site {
            matrix: Matrix::embedded(),
            topology: &self.topology,
            expansion: &self.expansion,
            groups: self
                .topology
                .placements
                .keys()
                .filter(|name| name.as_str() != "agents")
                .map(|name| (format!("sg-{name}"), BTreeSet::from([name.clone()])))
                .collect(),
            homes: self.topology.placements.keys().map(|name| (name.clone(), vec![Small::peer(name.as_str())])).collect(),
        };
        let managed = self.topology.placements.iter().filter(|(_, placement)| placement.managed);
        let firewalls = managed.map(|(name, _)| {
            let rules = self.expansion.rules.values().filter(|rule| rule.key.local == *name);
            let wanted = rules.map(|rule| (Small::wanted(rule), vec![rule])).collect();
            let live = live[name.as_str()].iter().map(|opening| (opening.clone(), named(opening))).collect();
            Firewall::of_openings(BTreeSet::from([name]), wanted, live)
        });
        judge(&site, &firewalls.collect::<Vec<_>>())
    }
}

/// A live rule in the words of a cloud, called after what it opens.
fn named(opening: &Opening) -> Named {
    let word = if opening.direction == Direction::Ingress { "from" } else { "to" };
    let words = format!("{} {} {word} {}", opening.direction, opening.traffic, opening.peer);
    Named { words, id: format!("sgr-{}", opening.traffic), owner: "no mark".to_owned(), description: Some("by hand".to_owned()) }
}

fn texts(lines: &Lines) -> Vec<String> {
    lines.iter().flat_map(|(name, lines)| lines.map(move |line| format!("{name}: {line}"))).collect()
}

pub(super) fn answered() -> PolicySpec {
    PolicySpec { answers: BTreeMap::from([("A36".to_owned(), "CHG7: all of them".to_owned())]), ..PolicySpec::default() }
}

#[test]
fn what_is_as_wanted_conforms() {
    let small = Small::new(&answered());
    let report = small.judge(&small.all());
    assert_eq!(report.conforms(), Conforms::Yes, "{report:#?}");
    assert_eq!(report.firewalls, 2);
    assert!(report.counts().starts_with("0 missing, 0 extra, 0 wider, 0 doubtful, "), "{}", report.counts());
}

#[test]
fn an_unanswered_question_is_no_yes() {
    let places: [(&str, &[&str]); 2] = [("agents", &["desktop", "sms_gateway"]), ("core", &["license_director", "media_director"])];
    let small = Small::of(&places, &PolicySpec::default());
    let report = small.judge(&small.all());
    assert_eq!(report.conforms(), Conforms::OpenQuestions);
    let question = &Matrix::embedded().doubt("A36").unwrap().question;
    let doubtful = texts(&report.doubtful);
    assert!(!doubtful.is_empty() && doubtful.iter().all(|line| line.ends_with(&format!(": A36, {question}"))), "{doubtful:#?}");
    assert!(doubtful.iter().all(|line| line.contains("role applications")), "who is printed by name is no question: {doubtful:#?}");
}

#[test]
fn a_rule_that_is_gone_is_missing_with_its_line() {
    let small = Small::new(&answered());
    let mut live = small.all();
    live.get_mut("db").unwrap().retain(|opening| opening.direction == Direction::Egress);
    let report = small.judge(&live);
    assert_eq!(texts(&report.missing), ["db: ingress tcp 1433 from agents: sql_server.1433 (either, row 45): 10.20.0.0/16"]);
    assert_eq!(report.conforms(), Conforms::No);
}

#[test]
fn a_part_that_is_gone_is_named() {
    let small = Small::new(&answered());
    let mut live = small.all();
    live.insert("db".to_owned(), vec![opening("ingress tcp 1433 10.20.0.0/17")]);
    let report = small.judge(&live);
    assert_eq!(texts(&report.missing), ["db: ingress tcp 1433 from agents: sql_server.1433 (either, row 45): 10.20.128.0/17"]);
    live.insert("db".to_owned(), vec![opening("ingress tcp 1433 sg-other")]);
    let report = small.judge(&live);
    assert_eq!(
        texts(&report.missing),
        [
            "db: ingress tcp 1433 from agents: sql_server.1433 (either, row 45): 10.20.0.0/16; ingress tcp 1433 from sg-other is open (sgr-tcp 1433), \
             and whether that is the same far end cannot be known"
        ]
    );
    assert_eq!(
        texts(&report.extra),
        [
            "db: ingress tcp 1433 from sg-other: sgr-tcp 1433 (no mark, \"by hand\"): no rule asks for it; sql_server.1433 (either, row 45) is \
             wanted there for 10.20.0.0/16, and whether that is the same far end cannot be known"
        ]
    );
}

#[test]
fn what_nobody_wants_is_extra_and_says_which_flow_it_may_have_been() {
    let small = Small::new(&PolicySpec { exclude: BTreeSet::from(["configuration.29091".to_owned()]), ..answered() });
    let mut live = small.all();
    live.get_mut("core").unwrap().extend([opening("ingress tcp 29091 10.20.0.0/16"), opening("ingress tcp 3389 10.0.0.0/8")]);
    live.get_mut("db").unwrap().push(opening("egress tcp 443 sg-core"));
    let report = small.judge(&live);
    assert_eq!(
        texts(&report.extra),
        [
            "core: ingress tcp 3389 from 10.0.0.0/8: sgr-tcp 3389 (no mark, \"by hand\"): no rule asks for it",
            "core: ingress tcp 29091 from 10.20.0.0/16: sgr-tcp 29091 (no mark, \"by hand\"): no rule asks for it; it has the port of \
             configuration.29091 (plain, row 4), which is not open here: excluded: by the policy, no reason given",
            "db: egress tcp 443 to sg-core (group of core): sgr-tcp 443 (no mark, \"by hand\"): no rule asks for it",
        ]
    );
}

#[test]
fn what_is_wanted_for_others_only_says_for_whom() {
    let small = Small::new(&answered());
    let mut live = small.all();
    live.get_mut("db").unwrap().push(opening("ingress tcp 1433 192.168.0.0/16"));
    assert_eq!(
        texts(&small.judge(&live).extra),
        [
            "db: ingress tcp 1433 from 192.168.0.0/16: sgr-tcp 1433 (no mark, \"by hand\"): no rule asks for it; sql_server.1433 (either, row 45) \
             is wanted there for 10.20.0.0/16"
        ]
    );
}

#[test]
fn what_is_wider_says_for_which_flow_and_what_more() {
    let small = Small::new(&answered());
    let mut live = small.all();
    live.insert("db".to_owned(), vec![opening("ingress tcp 1400-1500 10.0.0.0/8")]);
    let report = small.judge(&live);
    assert_eq!(texts(&report.missing), [""; 0]);
    assert_eq!(
        texts(&report.wider),
        ["db: ingress tcp 1400-1500 from 10.0.0.0/8: sgr-tcp 1400-1500 (no mark, \"by hand\"): for sql_server.1433 (either, row 45); \
             allows more: tcp 1400-1432, tcp 1434-1500, tcp 1433 from 10.0.0.0/8 other than 10.20.0.0/16"]
    );
}

#[test]
fn everything_out_is_wider_and_makes_the_rest_void() {
    let policy = PolicySpec {
        extra: vec![crate::topology::ExtraSpec {
            name: "backup".to_owned(),
            from: "db".to_owned(),
            to: "core".to_owned(),
            protocol: "tcp".to_owned(),
            ports: "10000".to_owned(),
            reason: "nightly".to_owned(),
            ..crate::topology::ExtraSpec::default()
        }],
        ..answered()
    };
    let small = Small::new(&policy);
    let mut live = small.all();
    live.get_mut("db").unwrap().push(opening("egress all 0.0.0.0/0"));
    let report = small.judge(&live);
    assert_eq!(
        texts(&report.wider),
        [
            "db: egress every protocol to 0.0.0.0/0: sgr-every protocol (no mark, \"by hand\"): for extra.backup (by site, because nightly); \
             allows more: every protocol and port that no row asks for"
        ]
    );
    assert_eq!(
        texts(&report.void),
        [
            "db: egress tcp 10000 to sg-core (group of core): sgr-tcp 10000 (no mark, \"by hand\"): changes nothing beside sgr-every protocol \
             (egress every protocol to 0.0.0.0/0)"
        ]
    );
}

#[test]
fn plain_flows_in_use_name_their_twin() {
    let small = Small::new(&answered());
    let mut live = small.all();
    let plain = texts(&small.judge(&live).plain);
    assert!(
        plain.contains(
            &"core: ingress tcp 29091 from agents: configuration.29091 (plain, row 4): secure twin configuration.39091 (open as well)"
                .to_owned()
        ),
        "{plain:#?}"
    );
    assert!(plain.iter().all(|line| !line.contains("39091 (secure")), "{plain:#?}");
    live.get_mut("core").unwrap().retain(|live| live.traffic != opening("ingress tcp 29091 10.0.0.0/8").traffic);
    let gone = texts(&small.judge(&live).plain);
    assert!(gone.len() < plain.len() && gone.iter().all(|line| !line.contains("tcp 29091 ")), "what is not open is not in use: {gone:#?}");
}

#[test]
fn a_live_rule_for_a_held_flow_waits_for_the_answer() {
    let places: [(&str, &[&str]); 2] = [("agents", &["desktop"]), ("voice", &["ids_voice_and_presence"])];
    let small = Small::of(&places, &PolicySpec::default());
    let mut live = small.all();
    live.get_mut("voice").unwrap().push(opening("ingress tcp 29068 10.20.1.0/24"));
    let report = small.judge(&live);
    assert_eq!(texts(&report.extra), [""; 0]);
    let question = &Matrix::embedded().doubt("A7").unwrap().question;
    let line = format!(
        "voice: ingress tcp 29068 from 10.20.1.0/24: sgr-tcp 29068 (no mark, \"by hand\"): may stand for ids_voice_and_presence.29068 \
         (plain, management, row 9), held; A7, {question}"
    );
    assert!(texts(&report.doubtful).contains(&line), "{:#?}", texts(&report.doubtful));
    assert_eq!(report.conforms(), Conforms::OpenQuestions);

    // From nowhere in this rollout it is a hole, whatever the answer.
    live.get_mut("voice").unwrap().push(opening("ingress tcp 29068 192.168.0.0/16"));
    let report = small.judge(&live);
    assert_eq!(report.conforms(), Conforms::No);
    assert!(texts(&report.extra)[0].contains("it has the port of ids_voice_and_presence.29068"), "{:#?}", texts(&report.extra));
}

/// A live opening, made from what is wanted.
#[derive(Debug, Clone)]
enum Deed {
    Remove(prop::sample::Index),
    Widen(prop::sample::Index),
    Add(u16),
}

fn any_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        any::<prop::sample::Index>().prop_map(Deed::Remove),
        any::<prop::sample::Index>().prop_map(Deed::Widen),
        (50_000_u16..60_000).prop_map(Deed::Add),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_deed_gives_one_finding_of_its_kind(deed in any_deed()) {
        let small = Small::new(&answered());
        let mut live = small.all();
        let core = live.get_mut("core").unwrap();
        let kind = match deed {
            Deed::Remove(index) => {
                core.remove(index.index(core.len()));
                "1 missing, 0 extra, 0 wider"
            }
            Deed::Widen(index) => {
                let position = index.index(core.len());
                if let Traffic::Of { first, .. } = &mut core[position].traffic {
                    *first -= 1;
                }
                // The port below may be one that is wanted, or belong to the same peer.
                "0 missing, 0 extra, 1 wider"
            }
            Deed::Add(port) => {
                core.push(opening(&format!("ingress tcp {port} 10.20.0.0/16")));
                "0 missing, 1 extra, 0 wider"
            }
        };
        let below_is_wanted = {
            let wanted = small.openings("core");
            live["core"].iter().all(|live| wanted.iter().any(|wanted| wanted == live) || {
                matches!(live.traffic, Traffic::Of { protocol, first, .. } if wanted.iter().any(|wanted| {
                    wanted.peer == live.peer && wanted.direction == live.direction
                        && wanted.traffic.meets(&Traffic::Of { protocol, first, last: first })
                }))
            })
        };
        let report = small.judge(&live);
        let excused = kind.ends_with("1 wider") && below_is_wanted;
        prop_assert!(excused || report.counts().starts_with(kind), "{:?}: {}", deed, report.counts());
        prop_assert_eq!(report.conforms() == Conforms::No, !excused);
    }
}

/// Placement names are texts in these tests.
#[test]
fn findings_stand_under_their_placement() {
    let small = Small::new(&answered());
    let report = small.judge(&BTreeMap::from([("core".to_owned(), Vec::new()), ("db".to_owned(), Vec::new())]));
    let places: Vec<&str> = report.missing.iter().map(|(name, _): (&PlacementName, _)| name.as_str()).collect();
    assert_eq!(places, ["core", "db"]);
    assert_eq!(report.missing.count(), small.expansion.rules.len());
}
