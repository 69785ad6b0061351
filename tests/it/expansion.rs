//! Expansion against expectations derived by hand, and against a small independent model on random topologies.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde::Deserialize;
use terraform_provider_emc::expand::{Expansion, expand};
use terraform_provider_emc::line;
use terraform_provider_emc::matrix::{Matrix, Party, Transport};
use terraform_provider_emc::note::Subject;
use terraform_provider_emc::rule::Peer;
use terraform_provider_emc::topology::{ExtraSpec, PlacementSpec, PolicySpec, Topology};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    placements: BTreeMap<String, CasePlacement>,
    #[serde(default)]
    policy: CasePolicy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CasePlacement {
    #[serde(default)]
    components: BTreeSet<String>,
    #[serde(default)]
    managed: bool,
    #[serde(default)]
    single_host: bool,
    #[serde(default)]
    can_join: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CasePolicy {
    transport: Option<String>,
    directions: Option<BTreeSet<String>>,
    include: BTreeSet<String>,
    exclude: BTreeSet<String>,
    initiators: BTreeMap<String, BTreeSet<String>>,
    management_from: BTreeSet<String>,
    roles: BTreeMap<String, BTreeSet<String>>,
    ports: BTreeMap<String, String>,
    mail: BTreeSet<String>,
    multicast: Option<String>,
    multicast_groups: BTreeMap<String, String>,
    port_ranges: Option<String>,
    answers: BTreeMap<String, String>,
    reasons: BTreeMap<String, String>,
    extra: Vec<CaseExtra>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseExtra {
    name: String,
    from: String,
    to: String,
    protocol: String,
    ports: String,
    reason: String,
    ticket: Option<String>,
    expires: Option<String>,
}

impl Case {
    fn resolve(self) -> Topology {
        let placements = self.placements.into_iter().map(|(name, placement)| {
            let CasePlacement { components, managed, single_host, can_join } = placement;
            (name, PlacementSpec { components: Some(components), managed, single_host, can_join })
        });
        let policy = self.policy;
        let extra = policy.extra.into_iter().map(|extra| {
            let CaseExtra { name, from, to, protocol, ports, reason, ticket, expires } = extra;
            ExtraSpec { name, from, to, protocol, ports, reason, ticket, expires }
        });
        let policy = PolicySpec {
            transport: policy.transport,
            directions: policy.directions,
            include: policy.include,
            exclude: policy.exclude,
            initiators: policy.initiators,
            management_from: policy.management_from,
            roles: policy.roles,
            ports: policy.ports,
            mail: policy.mail,
            multicast: policy.multicast,
            multicast_groups: policy.multicast_groups,
            port_ranges: policy.port_ranges,
            answers: policy.answers,
            reasons: policy.reasons,
            extra: extra.collect(),
        };
        Topology::resolve(Matrix::embedded(), &placements.collect(), &policy).expect("a case has no faults")
    }
}

/// Renders an expansion as the expectation files are written.
fn render(expansion: &Expansion, topology: &Topology) -> String {
    let rules = expansion.rules.values().map(|rule| {
        let purpose = line::purpose(rule, Matrix::embedded(), &topology.policy);
        format!("{} {} {}: {purpose}", rule.key.local, rule.key.direction, rule.key)
    });
    let notes = expansion.notes.iter().map(|(subject, note)| format!("{subject}: {}", note.kind.as_str()));
    let sections: [(&str, BTreeSet<String>); 3] = [
        ("[rules]", rules.collect()),
        ("[unexpanded]", notes.collect()),
        ("[still plain]", expansion.still_plain.keys().map(ToString::to_string).collect()),
    ];
    let mut text = String::new();
    for (title, lines) in sections {
        writeln!(text, "{title}").unwrap();
        lines.iter().for_each(|line| writeln!(text, "{line}").unwrap());
    }
    text
}

fn assert_every_flow_is_accounted_for(expansion: &Expansion) {
    for flow in Matrix::embedded().flows().keys() {
        let ruled = expansion.rules.values().any(|rule| rule.flows.contains_key(flow));
        let noted = expansion.notes.contains_key(&Subject::Flow(flow.clone()));
        assert!(ruled != noted, "{flow} must end as a rule or as a note: rule {ruled}, note {noted}");
    }
}

#[test]
fn expansions_equal_what_was_derived_by_hand() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansion");
    let mut cases: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    assert!(cases.len() >= 6, "six hand-derived cases are promised, {} found", cases.len());
    let mut faults = String::new();
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let input: Case = serde_json::from_str(&fs::read_to_string(case.join("topology.json")).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let expected = fs::read_to_string(case.join("expected.txt")).unwrap();
        let topology = input.resolve();
        let expansion = expand(Matrix::embedded(), &topology);
        assert_every_flow_is_accounted_for(&expansion);
        let found = render(&expansion, &topology);
        let (expected, found): (BTreeSet<&str>, BTreeSet<&str>) =
            (expected.lines().filter(|line| !line.is_empty()).collect(), found.lines().collect());
        expected.difference(&found).for_each(|line| writeln!(faults, "{name}: expected, not found: {line}").unwrap());
        found.difference(&expected).for_each(|line| writeln!(faults, "{name}: found, not expected: {line}").unwrap());
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// Placements of random components; every name is short so that placements meet.
fn placements() -> impl Strategy<Value = BTreeMap<String, PlacementSpec>> {
    let matrix = Matrix::embedded();
    let names: Vec<String> =
        matrix.components().keys().map(ToString::to_string).chain(matrix.roles().keys().map(ToString::to_string)).collect();
    let placement = (prop::collection::btree_set(prop::sample::select(names), 1..8), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(components, managed, single_host, can_join)| PlacementSpec { components: Some(components), managed, single_host, can_join },
    );
    prop::collection::btree_map("[a-e]", placement, 1..5)
}

fn transports() -> impl Strategy<Value = Option<String>> {
    prop::sample::select(vec![None, Some("prefer_secure"), Some("secure_only"), Some("plain_only")])
        .prop_map(|word| word.map(str::to_owned))
}

/// May something in `from` reach the listener of this flow in `to` as printed? Written naively, from the flows alone.
fn may_reach(matrix: &Matrix, topology: &Topology, flow: &str, from: &str, to: &str) -> bool {
    let flow = &matrix.flows()[flow];
    let lives_in = |component: &str, placement: &str| {
        let components = &topology.placements[placement].components;
        components.iter().any(|here| {
            here.as_str() == component || matrix.components()[here].hosted_by.as_ref().is_some_and(|host| host.as_str() == component)
        })
    };
    let opens = flow.initiators.iter().any(|party| match party {
        Party::Component(component) => lives_in(component.as_str(), from),
        Party::Role(role) => matrix.roles()[role].members.iter().any(|member| *member != flow.listener && lives_in(member.as_str(), from)),
    });
    let shipped_open = flow.row.is_some() && flow.default_state.as_str() == "open" && flow.mail.is_none();
    let carried = flow.multicast.is_none() && flow.same_host.is_none() && flow.held.is_none();
    let two_hosts = from != to || !topology.placements[from].single_host;
    opens && lives_in(flow.listener.as_str(), to) && shipped_open && carried && two_hosts
}

/// Does a member of these parties live here? `not` is a component that roles do not bring.
fn takes_part(topology: &Topology, parties: &BTreeSet<Party>, not: &str, placement: &str) -> bool {
    let here = &topology.placements[placement].components;
    parties.iter().any(|party| match party {
        Party::Component(component) => here.contains(component),
        Party::Role(role) => Matrix::embedded().roles()[role].members.iter().any(|member| member.as_str() != not && here.contains(member)),
    })
}

proptest! {
    #[test]
    fn multicast_agrees_with_a_naive_model(placements in placements()) {
        let matrix = Matrix::embedded();
        let policy = PolicySpec {
            multicast: Some("transit_gateway".to_owned()),
            multicast_groups: BTreeMap::from([("ids_multimedia.29078".to_owned(), "239.1.2.3".to_owned())]),
            include: BTreeSet::from(["crm_connector.29027".to_owned()]),
            ..PolicySpec::default()
        };
        let topology = Topology::resolve(matrix, &placements, &policy).unwrap();
        let expansion = expand(matrix, &topology);
        assert_every_flow_is_accounted_for(&expansion);
        let places: Vec<&str> = topology.placements.keys().map(|name| name.as_str()).collect();
        let place = |name: &str| &topology.placements[name];
        let mut expected = BTreeSet::new();
        for flow in matrix.flows().values() {
            let Some(multicast) = &flow.multicast else { continue };
            let group = multicast.group.map_or("239.1.2.3".to_owned(), |group| group.to_string());
            for from in &places {
                for to in &places {
                    let both = takes_part(&topology, &multicast.senders, flow.listener.as_str(), from)
                        && takes_part(&topology, &multicast.receivers, flow.listener.as_str(), to);
                    let two_hosts = from != to || !place(from).single_host;
                    let inside = |name: &str| place(name).managed || place(name).can_join;
                    if !(both && two_hosts && inside(from) && inside(to)) {
                        continue;
                    }
                    let port = flow.port.unwrap();
                    let mut add = |local: &str, rule: String| if place(local).managed {
                        expected.insert(format!("{local} {rule}: {}", flow.id));
                    };
                    add(from, format!("egress udp {port} to {group}"));
                    add(to, format!("ingress udp {port} from {from} by multicast"));
                    add(to, format!("egress igmp to {group}"));
                    add(to, "egress igmp to all routers".to_owned());
                    add(to, "ingress igmp from querier".to_owned());
                }
            }
        }
        let multicast = expansion.rules.values().filter(|rule| rule.key.peer.is_multicast());
        let found: BTreeSet<String> = multicast
            .flat_map(|rule| rule.flows.keys().map(move |flow| format!("{} {} {}: {flow}", rule.key.local, rule.key.direction, rule.key)))
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn agrees_with_a_naive_model(placements in placements()) {
        let matrix = Matrix::embedded();
        let topology = Topology::resolve(matrix, &placements, &PolicySpec::default()).unwrap();
        let expansion = expand(matrix, &topology);
        assert_every_flow_is_accounted_for(&expansion);
        for flow in matrix.flows().keys() {
            for from in topology.placements.keys() {
                for to in topology.placements.keys() {
                    let expected = may_reach(matrix, &topology, flow.as_str(), from.as_str(), to.as_str());
                    for (direction, local, peer) in [("ingress", to, from), ("egress", from, to)] {
                        let found = expansion.rules.values().any(|rule| {
                            rule.key.direction.as_str() == direction && rule.key.local == *local && rule.key.peer == Peer::Placement(peer.clone()) && rule.flows.contains_key(flow)
                        });
                        prop_assert_eq!(found, expected && topology.placements[local].managed, "{} {} from {} to {}", direction, flow, from, to);
                    }
                }
            }
        }
    }

    #[test]
    fn another_placement_removes_no_rule(placements in placements()) {
        let matrix = Matrix::embedded();
        let all = Topology::resolve(matrix, &placements, &PolicySpec::default()).unwrap();
        let mut fewer = all.clone();
        fewer.placements.pop_first();
        let (all, fewer) = (expand(matrix, &all), expand(matrix, &fewer));
        prop_assert!(fewer.rules.keys().all(|key| all.rules.contains_key(key)));
    }

    #[test]
    fn transport_choices_only_close(placements in placements(), transport in transports()) {
        let matrix = Matrix::embedded();
        let listed = expand(matrix, &Topology::resolve(matrix, &placements, &PolicySpec::default()).unwrap());
        let policy = PolicySpec { transport: transport.clone(), ..PolicySpec::default() };
        let chosen = expand(matrix, &Topology::resolve(matrix, &placements, &policy).unwrap());
        assert_every_flow_is_accounted_for(&chosen);
        prop_assert!(chosen.rules.keys().all(|key| listed.rules.contains_key(key)));
        if transport.as_deref() == Some("secure_only") {
            let plain = |flow: &terraform_provider_emc::matrix::FlowId| matrix.flows()[flow].transport == Transport::Plain;
            prop_assert!(!chosen.rules.values().any(|rule| rule.flows.keys().any(plain)));
        }
        if transport.as_deref() == Some("prefer_secure") {
            // Whoever loses the plain port still reaches the listener on a secure one, between the same placements.
            for key in listed.rules.keys().filter(|key| !chosen.rules.contains_key(key)) {
                let covered = listed.rules[key].flows.keys().all(|flow| matrix.flows()[flow].twins.iter().any(|twin| {
                    chosen.rules.values().any(|rule| {
                        rule.flows.contains_key(&twin.flow) && rule.key.local == key.local && rule.key.peer == key.peer && rule.key.direction == key.direction
                    })
                }));
                prop_assert!(covered, "{} lost {key}", key.local);
            }
        }
    }

    #[test]
    fn coalescing_opens_the_same_ports(placements in placements()) {
        let matrix = Matrix::embedded();
        let opened = |port_ranges: &str| -> BTreeSet<(String, u16)> {
            let policy = PolicySpec { port_ranges: Some(port_ranges.to_owned()), ..PolicySpec::default() };
            let expansion = expand(matrix, &Topology::resolve(matrix, &placements, &policy).unwrap());
            let ports = expansion.rules.keys().flat_map(|key| {
                let ends = format!("{} {} {} {}", key.local, key.direction, key.traffic.protocol(), key.peer);
                let ports = key.traffic.ports().unwrap();
                (ports.first()..=ports.last()).map(move |port| (ends.clone(), port))
            });
            ports.collect()
        };
        prop_assert_eq!(opened("exact"), opened("coalesce"));
    }
}
