//! The embedded table holds what the document holds: counts, blanks, twins.

use std::collections::{BTreeMap, BTreeSet};

use crate::matrix::{DefaultState, Flow, Matrix, Origin, Party, Row, Transport};
use crate::net::Protocol;

pub(super) fn matrix() -> &'static Matrix {
    Matrix::embedded()
}

pub(super) fn printed() -> impl Iterator<Item = &'static Flow> {
    matrix().flows().values().filter(|flow| flow.origin == Origin::Printed)
}

pub(super) fn ids(wanted: impl Fn(&Flow) -> bool) -> Vec<&'static str> {
    printed().filter(|flow| wanted(flow)).map(|flow| flow.id.as_str()).collect()
}

fn rows_with(cell: fn(&Row) -> &str, text: &str) -> usize {
    matrix().rows().iter().filter(|row| cell(row) == text).count()
}

pub(super) fn first_port(flow: &Flow) -> u16 {
    flow.port.expect("a printed flow has a port").first()
}

#[test]
fn the_embedded_file_is_read_like_any_other() {
    let again = Matrix::parse(Matrix::embedded_json()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.flows(), matrix().flows());
    assert_eq!(again.sha256(), matrix().sha256());
    assert!(matrix().is_embedded() && !again.is_embedded());
    assert_eq!(again.json(), Matrix::embedded_json());
    assert_eq!(matrix().sha256().len(), 64);
}

#[test]
fn a_byte_order_mark_changes_the_sum_and_nothing_else() {
    let marked = Matrix::parse(&format!("\u{feff}{}", Matrix::embedded_json())).unwrap();
    assert_eq!(marked.flows(), matrix().flows());
    assert_ne!(marked.sha256(), matrix().sha256());
}

#[test]
fn the_table_has_five_pieces_of_53_rows() {
    let mut rows_of: BTreeMap<u16, usize> = BTreeMap::new();
    for row in matrix().rows() {
        *rows_of.entry(row.part).or_default() += 1;
    }
    assert_eq!(rows_of, BTreeMap::from([(1, 7), (2, 12), (3, 12), (4, 11), (5, 11)]));
    let numbers: Vec<u16> = matrix().rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=53).collect::<Vec<u16>>());
    assert_eq!(matrix().row(53).unwrap().port, "9699");
    assert_eq!(matrix().row(0), None);
}

#[test]
fn every_row_is_read_into_a_flow_and_two_rows_into_two() {
    let mut flows_of: BTreeMap<u16, usize> = matrix().rows().iter().map(|row| (row.number, 0)).collect();
    for flow in printed() {
        *flows_of.entry(flow.row.unwrap()).or_default() += 1;
        assert_eq!(flow.part, matrix().row(flow.row.unwrap()).map(|row| row.part));
    }
    let twice: Vec<u16> = flows_of.iter().filter(|(_, flows)| **flows == 2).map(|(row, _)| *row).collect();
    assert_eq!(twice, [11, 12]);
    assert!(flows_of.values().all(|flows| (1..=2).contains(flows)), "{flows_of:?}");
    assert_eq!(printed().count(), 55);
}

#[test]
fn only_29085_is_a_port_of_two_flows() {
    let mut flows_of: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for flow in printed() {
        flows_of.entry(first_port(flow)).or_default().push(flow.id.as_str());
    }
    assert_eq!(flows_of.len(), 54);
    let twice: Vec<&Vec<&str>> = flows_of.values().filter(|flows| flows.len() > 1).collect();
    assert_eq!(twice, [&["simple_messaging_store.29085.desktop", "simple_messaging_store.29085.xmpp_gateway"]]);
}

#[test]
fn ids_are_listener_and_printed_port() {
    for flow in printed() {
        let plain = format!("{}.{}", flow.listener, first_port(flow));
        let rest = flow.id.as_str().strip_prefix(&plain).unwrap_or_else(|| panic!("{}", flow.id));
        assert!(["", ".xmpp_gateway", ".desktop"].contains(&rest), "{}", flow.id);
    }
}

#[test]
fn labels_are_as_many_as_printed() {
    let distinct = |cell: fn(&Row) -> &str| matrix().rows().iter().map(cell).collect::<BTreeSet<&str>>().len();
    assert_eq!(distinct(|row| &row.source), 33);
    assert_eq!(distinct(|row| &row.destination), 23);
}

#[test]
fn printed_cells_count_as_the_document_does() {
    assert_eq!(rows_with(|row| &row.optional, "Yes"), 23);
    assert_eq!(rows_with(|row| &row.optional, "No"), 29);
    assert_eq!(rows_with(|row| &row.optional, ""), 1);
    assert_eq!(rows_with(|row| &row.state, "Open"), 52);
    assert_eq!(rows_with(|row| &row.state, "Closed"), 1);
    assert_eq!(rows_with(|row| &row.source_port, "Ephemeral"), 52);
    assert_eq!(rows_with(|row| &row.source_port, "1024-5000"), 1);
    assert_eq!(matrix().row(35).unwrap().source_port, "1024-5000");
}

#[test]
fn the_one_blank_cell_stays_blank() {
    let blank: Vec<(u16, &str)> = matrix()
        .rows()
        .iter()
        .flat_map(|row| {
            let cells = [
                ("source", &row.source),
                ("source_port", &row.source_port),
                ("destination", &row.destination),
                ("port", &row.port),
                ("protocol", &row.protocol),
                ("optional", &row.optional),
                ("state", &row.state),
            ];
            cells.into_iter().filter(|(_, text)| text.is_empty()).map(|(name, _)| (row.number, name))
        })
        .collect();
    assert_eq!(blank, [(31, "optional")]);
    assert_eq!(ids(|flow| flow.optional.is_none()), ["simple_messaging_store.39085"]);
}

#[test]
fn protocol_labels_count_as_the_document_does() {
    let mut rows_of: BTreeMap<&str, usize> = BTreeMap::new();
    for row in matrix().rows() {
        *rows_of.entry(&row.protocol).or_default() += 1;
    }
    let expected = BTreeMap::from([
        ("TCP (.Net Remoting)", 12),
        ("TCP", 9),
        ("Secure TCP (.Net Remoting)", 8),
        (".Net Remoting (for management)", 4),
        ("Secure TCP", 3),
        ("IP–Multicast  Multicast group address : 239.29.9.67", 2),
        ("IP-Multicast/.Net Remoting (for management)", 1),
        ("TCP/ IP-Multicast Multicast group address : 239.29.9.67", 1),
        (".Net Remoting", 1),
        ("Secure .Net Remoting (for management)", 1),
        ("TCP/ .Net Remoting (for management)", 1),
        ("TCP/SSL", 1),
        ("TCP Secure TCP", 1),
        ("TCP / POP3", 1),
        ("TCP / TLS-POP3", 1),
        ("TCP / IMAP", 1),
        ("TCP / TLS-IMAP", 1),
        ("TCP / SMTP / STARTTLS-SMTP", 1),
        ("TCP / TLS-SMTP", 1),
        ("HTTP HTTPS", 1),
        ("AJP", 1),
    ]);
    assert_eq!(rows_of, expected);
}

#[test]
fn flows_count_by_application() {
    let count = |application: &str| printed().filter(|flow| flow.application == application).count();
    assert_eq!(count(".NET Remoting"), 28);
    assert_eq!(count(""), 13);
    assert_eq!(count("IP multicast"), 4);
    for one in ["SQL Server", "TLS", "HTTP, HTTPS", "AJP"] {
        assert_eq!(count(one), 1, "{one}");
    }
    assert_eq!(printed().filter(|flow| flow.mail.is_some()).count(), 6);
}

#[test]
fn four_flows_are_multicast_and_one_has_no_group() {
    let udp = ids(|flow| flow.protocol == Protocol::Udp);
    assert_eq!(udp, ids(|flow| flow.multicast.is_some()));
    assert_eq!(udp, ["application_management_director.29075", "crm_connector.29027", "ids_multimedia.29078", "ids_view.29084"]);
    let group = |flow: &Flow| flow.multicast.as_ref().and_then(|multicast| multicast.group);
    assert_eq!(ids(|flow| flow.multicast.is_some() && group(flow).is_none()), ["ids_multimedia.29078"]);
    assert_eq!(printed().filter(|flow| group(flow).is_some()).count(), 3);
    assert!(printed().filter_map(group).all(|group| group.to_string() == "239.29.9.67"));
}

#[test]
fn multicast_ends_follow_the_description() {
    let ends = |id: &str| {
        let multicast = matrix().flow(id).unwrap().multicast.clone().unwrap();
        let names = |parties: BTreeSet<Party>| parties.iter().map(|party| party.as_str().to_owned()).collect::<Vec<_>>().join(" ");
        (names(multicast.senders), names(multicast.receivers))
    };
    for (id, senders, receivers) in [
        ("crm_connector.29027", "crm_connector", "desktop"),
        ("application_management_director.29075", "application_management_director", "applications"),
        ("ids_multimedia.29078", "ids_multimedia", "ids_view"),
        ("ids_view.29084", "ids_view", "desktop"),
    ] {
        assert_eq!(ends(id), (senders.to_owned(), receivers.to_owned()), "{id}");
    }
}

#[test]
fn transport_by_optional_counts_as_the_document_does() {
    let count = |transport, optional| printed().filter(|flow| flow.transport == transport && flow.optional == optional).count();
    let by = |transport| [Some(true), Some(false), None].map(|optional| count(transport, optional));
    assert_eq!(by(Transport::Plain), [10, 26, 0]);
    assert_eq!(by(Transport::Secure), [13, 2, 1]);
    assert_eq!(by(Transport::Either), [1, 2, 0]);
}

#[test]
fn secure_and_either_ports_are_these() {
    let ports = |transport| printed().filter(|flow| flow.transport == transport).map(first_port).collect::<BTreeSet<u16>>();
    let secure = [39091, 39097, 39076, 39095, 39087, 39079, 39098, 39072, 39085, 39096, 39120, 4722, 52233, 995, 993, 465];
    assert_eq!(ports(Transport::Secure), BTreeSet::from(secure));
    assert_eq!(ports(Transport::Either), BTreeSet::from([1433, 25, 9609]));
}

#[test]
fn only_29027_is_closed_as_shipped() {
    assert_eq!(ids(|flow| flow.default_state == DefaultState::Closed), ["crm_connector.29027"]);
}

#[test]
fn seven_flows_are_management() {
    let ports: BTreeSet<u16> = printed().filter(|flow| flow.management).map(first_port).collect();
    assert_eq!(ports, BTreeSet::from([29068, 29077, 29076, 39076, 29073, 29069, 29120]));
    for flow in printed().filter(|flow| flow.management) {
        assert!(flow.doubts.contains("A10"), "{}", flow.id);
    }
}

#[test]
fn five_flows_say_how_the_port_is_changed() {
    let ports: BTreeSet<u16> = printed().filter(|flow| !flow.configurable.is_empty()).map(first_port).collect();
    assert_eq!(ports, BTreeSet::from([29074, 29075, 450, 4721, 4722]));
}

#[test]
fn fifteen_pairs_are_twins() {
    let pairs: BTreeSet<(u16, u16)> = printed()
        .filter(|flow| flow.transport != Transport::Secure)
        .flat_map(|flow| flow.twins.iter().map(|twin| (first_port(flow), matrix().flow(twin.flow.as_str()).unwrap())))
        .map(|(plain, secure)| (plain, first_port(secure)))
        .collect();
    let tens = [29091, 29076, 29095, 29079, 29096, 29120, 29087, 29097, 29098, 29072, 29085].map(|plain| (plain, plain + 10_000));
    let others = [(4721, 4722), (110, 995), (143, 993), (25, 465)];
    assert_eq!(pairs, tens.into_iter().chain(others).collect());
    assert_eq!(printed().map(|flow| flow.twins.len()).sum::<usize>(), 30);
    assert!(matrix().flow("simple_messaging_store.29085.xmpp_gateway").unwrap().twins.is_empty());
}

#[test]
fn only_the_twins_of_simple_messaging_are_in_doubt() {
    let doubtful: Vec<(&str, &str)> = printed()
        .flat_map(|flow| flow.twins.iter().map(|twin| (flow.id.as_str(), twin)))
        .filter_map(|(id, twin)| twin.doubt.as_ref().map(|doubt| (id, doubt.as_str())))
        .collect();
    assert_eq!(doubtful, [("simple_messaging_store.29085.desktop", "A12"), ("simple_messaging_store.39085", "A12")]);
}

#[test]
fn ports_without_a_twin_are_these() {
    let ports: BTreeSet<u16> =
        printed().filter(|flow| flow.transport == Transport::Plain && flow.twins.is_empty()).map(first_port).collect();
    let expected = [
        29027, 29056, 29063, 29064, 29068, 29069, 29073, 29074, 29075, 29077, 29078, 29081, 29083, 29084, 29085, 29090, 29110, 450, 10400,
        10401, 10403, 9699,
    ];
    assert_eq!(ports, BTreeSet::from(expected), "29085 is here for the XMPP gateway");
}

#[test]
fn plain_flows_that_nothing_replaces_say_what_stops() {
    for flow in matrix().flows().values().filter(|flow| flow.transport == Transport::Plain) {
        let replaced_for_all = flow.twins.iter().any(|twin| {
            let secure = matrix().flow(twin.flow.as_str()).unwrap();
            twin.doubt.is_none() && flow.initiators.is_subset(&secure.initiators)
        });
        assert!(replaced_for_all || !flow.without.is_empty(), "{}", flow.id);
    }
    assert_eq!(matrix().flow("aes.450").unwrap().without, "telephony");
}
