#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use super::expand;
use crate::matrix::Matrix;
use crate::topology::{PlacementSpec, PolicySpec, Topology};

fn open_questions(placements: &[(&str, &[&str])], ports: &[(&str, &str)]) -> Vec<String> {
    let place = |components: &[&str]| PlacementSpec {
        components: Some(components.iter().map(|name| (*name).to_owned()).collect()),
        managed: true,
        single_host: false,
    };
    let placements: BTreeMap<String, PlacementSpec> =
        placements.iter().map(|(name, components)| ((*name).to_owned(), place(components))).collect();
    let ports = ports.iter().map(|(flow, ports)| ((*flow).to_owned(), (*ports).to_owned())).collect();
    let topology = Topology::resolve(Matrix::embedded(), &placements, &PolicySpec { ports, ..PolicySpec::default() }).unwrap();
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
