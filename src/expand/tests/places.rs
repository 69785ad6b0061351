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
        ..PlacementSpec::default()
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

#[test]
fn an_answer_opens_and_closes_nothing() {
    let placements: [(&str, &[&str]); 2] = [("agents", &["desktop"]), ("media", &["simple_messaging_store"])];
    let policy = |answered: bool| {
        let answers = answered.then(|| ("A12".to_owned(), "looked at the server, CHG1".to_owned()));
        PolicySpec { transport: Some("prefer_secure".to_owned()), answers: answers.into_iter().collect(), ..PolicySpec::default() }
    };
    let expand = |answered: bool| expand(Matrix::embedded(), &topology(&placements, &policy(answered)));
    let (open, answered) = (expand(false), expand(true));
    assert_eq!(open.digest(), answered.digest());
    assert!(open.open_questions.contains_key("A12") && !answered.open_questions.contains_key("A12"));
}

#[test]
fn whether_secure_ports_listen_is_asked_where_plain_ones_close() {
    let placements: [(&str, &[&str]); 2] = [("agents", &["desktop"]), ("core", &["configuration"])];
    let asked = |transport: &str| {
        let policy = PolicySpec { transport: Some(transport.to_owned()), ..PolicySpec::default() };
        expand(Matrix::embedded(), &topology(&placements, &policy)).open_questions.contains_key("A31")
    };
    assert_eq!(["as_listed", "plain_only", "prefer_secure", "secure_only"].map(asked), [false, false, true, true]);
}

#[test]
fn an_exclusion_that_closes_nothing_is_told() {
    let placements: [(&str, &[&str]); 2] = [("agents", &["desktop"]), ("core", &["configuration", "xml_server"])];
    let exclude = ["configuration.29091 from agents", "xml_server.29096 from core"].map(str::to_owned).into();
    let expansion = expand(Matrix::embedded(), &topology(&placements, &PolicySpec { exclude, ..PolicySpec::default() }));
    assert_eq!(expansion.idle, ["xml_server.29096 from core"]);
}

#[test]
fn who_is_excluded_needs_nothing_in_plain() {
    let placements: [(&str, &[&str]); 3] = [("agents", &["desktop"]), ("core", &["configuration"]), ("trace", &["ttrace_server"])];
    let policy = PolicySpec {
        transport: Some("prefer_secure".to_owned()),
        exclude: ["ttrace_server.10400 from agents".to_owned()].into(),
        ..PolicySpec::default()
    };
    let expansion = expand(Matrix::embedded(), &topology(&placements, &policy));
    assert_eq!(expansion.still_plain["ttrace_server.10400"], "no secure twin; needed by configuration in core");
}

#[test]
fn an_included_mail_flow_needs_no_other_choice() {
    let placements: [(&str, &[&str]); 2] = [("core", &["email_store"]), ("mail", &["mail_server"])];
    let policy = PolicySpec { include: ["mail_server.25".to_owned()].into(), ..PolicySpec::default() };
    let expansion = expand(Matrix::embedded(), &topology(&placements, &policy));
    let flows: Vec<&str> = expansion.rules.values().flat_map(|rule| rule.flows.keys().map(|flow| flow.as_str())).collect();
    assert_eq!(flows, ["mail_server.25", "mail_server.25"]);
}
