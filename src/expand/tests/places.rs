//! Questions that ports settle, and the rules of one placement.

use std::collections::BTreeMap;

use crate::expand::expand;
use crate::matrix::Matrix;
use crate::rule::Rule;
use crate::topology::{ExtraSpec, PlacementSpec, PolicySpec, Topology};

fn topology(placements: &[(&str, &[&str])], policy: &PolicySpec) -> Topology {
    let place = |components: &[&str]| PlacementSpec {
        components: Some(components.iter().map(|name| (*name).to_owned()).collect()),
        managed: true,
        single_host: false,
    };
    let placements: BTreeMap<String, PlacementSpec> =
        placements.iter().map(|(name, components)| ((*name).to_owned(), place(components))).collect();
    Topology::resolve(Matrix::embedded(), &placements, policy).unwrap()
}

fn open_questions(placements: &[(&str, &[&str])], ports: &[(&str, &str)]) -> Vec<String> {
    let ports = ports.iter().map(|(flow, ports)| ((*flow).to_owned(), (*ports).to_owned())).collect();
    let topology = topology(placements, &PolicySpec { ports, ..PolicySpec::default() });
    expand(Matrix::embedded(), &topology).open_questions.keys().map(ToString::to_string).collect()
}

#[test]
fn a_question_for_ports_is_settled_once_every_flow_without_a_number_has_one() {
    let placements: [(&str, &[&str]); 3] = [("aes", &["aes"]), ("agents", &["desktop"]), ("core", &["xml_server"])];
    let (clients, links) = (("xml_server.implied.client_ports", "3000-3003"), ("aes.implied.link_ports", "1050"));
    assert_eq!(open_questions(&placements, &[]), ["A18"]);
    assert_eq!(open_questions(&placements, &[clients]), ["A18"], "the link ports are still to be fixed");
    assert_eq!(open_questions(&placements, &[links]), ["A18"], "the ports of XML clients are still to be fixed");
    assert!(open_questions(&placements, &[clients, links]).is_empty());
}

#[test]
fn the_rules_of_a_placement_are_all_of_its_own_and_no_others() {
    let servers = ["license_director", "configuration", "xml_server", "sql_server"];
    let placements: [(&str, &[&str]); 4] = [("a", &["desktop", "aes"]), ("a-1", &servers), ("b", &servers), ("none", &["ttrace_log2zip"])];
    // The least key there can be is one of them.
    let extra = ExtraSpec {
        name: "least".to_owned(),
        from: "a".to_owned(),
        to: "a".to_owned(),
        protocol: "tcp".to_owned(),
        ports: "1".to_owned(),
        reason: "the first port".to_owned(),
        ..ExtraSpec::default()
    };
    let topology = topology(&placements, &PolicySpec { extra: vec![extra], ..PolicySpec::default() });
    let expansion = expand(Matrix::embedded(), &topology);
    for (name, some) in topology.placements.keys().zip([true, true, true, false]) {
        let all: Vec<&Rule> = expansion.rules.values().filter(|rule| rule.key.local == *name).collect();
        assert_eq!(expansion.rules_of(name).collect::<Vec<_>>(), all);
        assert_eq!(!all.is_empty(), some, "{name}");
    }
}
