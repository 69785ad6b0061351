//! The embedded table against the document it was read from.
//!
//! The document belongs to its vendor and is not part of this repository. `EMC_SEED` names its text, or a folder with it; without
//! it these tests say that they are skipped. They read the printed table again by rules of their own, so that a slip in the data
//! file or in its transcription shows here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use terraform_provider_emc::matrix::{DefaultState, Flow, Matrix, Origin, Row, Transport};
use terraform_provider_emc::net::Protocol;

/// The eight cells of a printed row: source, its port, destination, its port, protocol, optional, state, description.
type Cells = [String; 8];

/// Returns the document's text, or nothing where the variable is not set.
fn document() -> Option<String> {
    let Some(place) = std::env::var_os("EMC_SEED").filter(|place| !place.is_empty()) else {
        eprintln!("skipped: EMC_SEED does not name the vendor's document");
        return None;
    };
    let place = PathBuf::from(place);
    let files: Vec<PathBuf> = if place.is_dir() {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&place)
            .unwrap_or_else(|error| panic!("{}: {error}", place.display()))
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    } else {
        vec![place.clone()]
    };
    let texts = files.iter().filter_map(|file| std::fs::read_to_string(file).ok());
    let found = texts.into_iter().find(|text| text.contains("Source\t\tDestination"));
    Some(found.unwrap_or_else(|| panic!("{}: no file here holds the table; EMC_SEED must name the document's text", place.display())))
}

/// Returns the printed rows with the number of their piece; a piece begins with its two-line header.
fn printed(document: &str) -> Vec<(u16, Cells)> {
    let mut rows = Vec::new();
    let mut part = 0;
    let mut in_table = false;
    for line in document.lines() {
        if line.starts_with("Source\t\tDestination\t") {
            part += 1;
            in_table = true;
        } else if line.starts_with("System\tPort") {
            assert!(in_table, "the second line of a header without the first");
        } else if in_table && line.contains('\t') {
            let mut cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
            assert!(cells.len() <= 8, "{line}");
            cells.resize(8, String::new());
            rows.push((part, cells.try_into().unwrap()));
        } else if !line.trim().is_empty() {
            in_table = false;
        }
    }
    rows
}

/// Fills what merged cells leave blank: everything but the port, the optional flag and the description, from the row above.
fn resolved(rows: &[(u16, Cells)]) -> Vec<(u16, Cells)> {
    let mut above: Cells = Default::default();
    let fill = |(part, cells): &(u16, Cells)| {
        for (index, cell) in cells.iter().enumerate() {
            let merged = matches!(index, 0 | 1 | 2 | 4 | 6);
            if !(merged && cell.is_empty()) {
                above[index].clone_from(cell);
            }
        }
        (*part, above.clone())
    };
    rows.iter().map(fill).collect()
}

fn cells(row: &Row) -> [&str; 7] {
    [&row.source, &row.source_port, &row.destination, &row.port, &row.protocol, &row.optional, &row.state]
}

#[test]
fn every_row_is_as_printed() {
    let Some(document) = document() else { return };
    let rows = resolved(&printed(&document));
    let matrix = Matrix::embedded();
    assert_eq!(rows.len(), matrix.rows().len());
    for ((part, printed), row) in rows.iter().zip(matrix.rows()) {
        let printed: Vec<&str> = printed.iter().take(7).map(String::as_str).collect();
        assert_eq!(cells(row).as_slice(), printed, "row {}", row.number);
        assert_eq!(row.part, *part, "row {}", row.number);
    }
}

#[test]
fn blank_cells_are_where_merging_was_assumed() {
    let Some(document) = document() else { return };
    let rows = printed(&document);
    let blank = |index: usize| rows.iter().filter(|(_, cells)| cells[index].is_empty()).count();
    assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(blank), [11, 19, 19, 0, 2, 1, 20, 19]);
    for (number, (part, cells)) in (1..).zip(&rows) {
        assert!(cells[2].is_empty() || !cells[0].is_empty(), "row {number}: a destination without a source");
        assert_eq!(cells[2].is_empty(), cells[1].is_empty(), "row {number}: destination and source port merge together");
        let first_of_part = rows.iter().position(|(of, _)| of == part) == Some(number - 1);
        assert!(!first_of_part || *part == 5 || !cells[2].is_empty(), "row {number} continues a row of another page");
        let protocol_is_blank = cells[4].is_empty();
        assert_eq!(protocol_is_blank, [43, 44].contains(&number), "row {number}");
    }
}

/// One side of a row that prints one flow, or two.
fn halves(cell: &str, count: usize) -> Vec<&str> {
    if count == 1 { vec![cell] } else { cell.splitn(2, '/').map(str::trim).collect() }
}

fn transport(protocol: &str) -> Transport {
    match protocol {
        "TCP Secure TCP" | "TCP / SMTP / STARTTLS-SMTP" | "HTTP HTTPS" => Transport::Either,
        "TCP/SSL" => Transport::Secure,
        other if other.starts_with("Secure ") || other.contains("/ TLS-") => Transport::Secure,
        _ => Transport::Plain,
    }
}

fn application(protocol: &str) -> &'static str {
    let table = [
        (".Net Remoting", ".NET Remoting"),
        ("Multicast", "IP multicast"),
        ("TCP Secure TCP", "SQL Server"),
        ("SSL", "TLS"),
        ("TLS-POP3", "POP3 over TLS"),
        ("POP3", "POP3"),
        ("TLS-IMAP", "IMAP over TLS"),
        ("IMAP", "IMAP"),
        ("STARTTLS-SMTP", "SMTP, STARTTLS"),
        ("TLS-SMTP", "SMTP over TLS"),
        ("HTTP HTTPS", "HTTP, HTTPS"),
        ("AJP", "AJP"),
    ];
    table.iter().find(|(printed, _)| protocol.contains(printed)).map_or("", |(_, ours)| ours)
}

fn listener(destination: &str) -> &'static str {
    match destination {
        "Microsoft CRM Connector" => "crm_connector",
        "EMC - Application Management Service" => "application_management_director",
        "EMC - Configuration Server" => "configuration",
        "EMC - Email Media Store" => "email_store",
        "EMC- IDS - Voice and Presence" => "ids_voice_and_presence",
        "EMC -IDS - Multimedia" => "ids_multimedia",
        "EMC- IDS - View" => "ids_view",
        "EMC - License Director" => "license_director",
        "EMC- Media Director" => "media_director",
        "EMC - Media Proxy (Windows Service)" => "media_proxy",
        "EMC - Preview Contact Media Store" => "preview_contact_store",
        "EMC- Simple Messaging Media Store" => "simple_messaging_store",
        "EMC- Virtual Agent" => "virtual_agent",
        "EMC-Voice Media Store" => "voice_store",
        "EMC- XML Server" => "xml_server",
        "Avaya AES Server" => "aes",
        "Avaya WebLM Server" => "weblm",
        "Avaya - Experience Portal Management Server" => "experience_portal",
        "Avaya - Call Recording Config Service" => "call_recording_config",
        "EMC - TTrace Server" => "ttrace_server",
        "MS SQL Server" => "sql_server",
        "MS Exchange" => "mail_server",
        "CSPortal API Server" => "cs_portal_api",
        other => panic!("nobody listens as `{other}`"),
    }
}

/// Whom a printed source stands for, with dashes and spaces folded.
fn initiators(source: &str) -> &'static str {
    let folded: String = source.replace('–', "-").chars().filter(|letter| !letter.is_whitespace()).collect();
    match folded.as_str() {
        "EMC-Desktops" | "EMC-Desktop" | "EMCDesktop" | "EMCDesktop/IDSViewClient" => "desktop",
        "EMC-Applications" => "applications",
        "EMC-Desktop/Applications" => "desktop applications",
        "MediaDirector/Desktops/ControlPanel" => "control_panel desktop media_director",
        "IDS-View" => "ids_view",
        "Remoting(formanagement)" | "EMC-TTraceData" => "",
        "MediaDirector/MediaStores/Gateways" => {
            "email_store media_director preview_contact_store simple_messaging_store sms_gateway voice_store web_chat_gateway xmpp_gateway"
        }
        "EMC-ShortMessageServiceGateway" => "sms_gateway",
        "EMC-OtherGateways(XMPP)" => "xmpp_gateway",
        "EMC-WebChatGateway" => "web_chat_gateway",
        "EMC-XMLClients(Desktop/MediaDirector/VoiceMediaStore/VirtualAgent)" => "desktop media_director virtual_agent voice_store",
        "EMC-AESTsapiClientXMLClient(XMLServer/IDSV&P/CallRoutingServer)" => "call_routing ids_voice_and_presence xml_server",
        "EMC-AESDMCCClientXMLClient(Desktop/VirtualAgent)" => "desktop virtual_agent",
        "EMC-LicenseDirector" => "license_director",
        "EMC-TTraceConsole" => "ttrace_console",
        "EMC-Applications(Desktop/IDSServer/Mediastore)" => {
            "desktop email_store ids_multimedia ids_view ids_voice_and_presence preview_contact_store simple_messaging_store voice_store"
        }
        mail if mail.starts_with("EMC-EmailMediaStore-") => "email_store",
        "EMCCSPortalClientWebPages" => "cs_portal_client",
        other => panic!("nobody connects as `{other}`"),
    }
}

#[test]
fn every_flow_is_what_its_row_prints() {
    let Some(document) = document() else { return };
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (number, (part, cells)) in (1_u16..).zip(resolved(&printed(&document))) {
        let [source, _, destination, ports, protocols, optional, state, _] = &cells;
        let count = ports.matches('/').count() + 1;
        let ports = halves(ports, count);
        assert_eq!(ports.len(), halves(protocols, count).len(), "row {number}");
        for (port, protocol) in ports.into_iter().zip(halves(protocols, count)) {
            let port: u16 = port.trim_end_matches("(config on AES)").trim().parse().unwrap();
            let flow = flow_of(number, port);
            assert!(seen.insert(flow.id.as_str()), "{}", flow.id);
            assert_eq!(flow.origin, Origin::Printed);
            assert_eq!(flow.part, Some(part), "{}", flow.id);
            assert_eq!(flow.listener.as_str(), listener(destination), "{}", flow.id);
            let ours: Vec<&str> = {
                let mut names: Vec<&str> = flow.initiators.iter().map(|party| party.as_str()).collect();
                names.sort_unstable();
                names
            };
            let mut theirs: Vec<&str> = initiators(source).split_whitespace().collect();
            theirs.sort_unstable();
            assert_eq!(ours, theirs, "{}", flow.id);
            let multicast = protocol.contains("Multicast");
            assert_eq!(flow.protocol, if multicast { Protocol::Udp } else { Protocol::Tcp }, "{}", flow.id);
            assert_eq!(flow.multicast.is_some(), multicast, "{}", flow.id);
            let group = flow.multicast.as_ref().and_then(|multicast| multicast.group).map(|group| group.to_string());
            let printed_group = protocol.split_once("address : ").map(|(_, group)| group.trim().to_owned());
            assert_eq!(group, printed_group, "{}", flow.id);
            assert_eq!(flow.transport, transport(protocol), "{}", flow.id);
            assert_eq!(flow.application, application(protocol), "{}", flow.id);
            assert_eq!(flow.management, protocol.contains("(for management)"), "{}", flow.id);
            let printed_flag = match optional.as_str() {
                "Yes" => Some(true),
                "No" => Some(false),
                _ => None,
            };
            assert_eq!(flow.optional, printed_flag, "{}", flow.id);
            let printed_state = match state.as_str() {
                "Open" => DefaultState::Open,
                "Closed" => DefaultState::Closed,
                other => panic!("row {number}: `{other}`"),
            };
            assert_eq!(flow.default_state, printed_state, "{}", flow.id);
        }
    }
    let all = Matrix::embedded().flows().values();
    let missing: Vec<&str> =
        all.filter(|flow| flow.origin == Origin::Printed && !seen.contains(flow.id.as_str())).map(|flow| flow.id.as_str()).collect();
    assert!(missing.is_empty(), "no row prints {missing:?}");
    assert_eq!(seen.len(), 55);
}

fn flow_of(row: u16, port: u16) -> &'static Flow {
    let mut flows = Matrix::embedded()
        .flows()
        .values()
        .filter(|flow| flow.row == Some(row) && flow.port.is_some_and(|range| (range.first(), range.last()) == (port, port)));
    let flow = flows.next().unwrap_or_else(|| panic!("row {row}: no flow for port {port}"));
    assert!(flows.next().is_none(), "row {row}: two flows for port {port}");
    flow
}

#[test]
fn document_facts_are_as_printed() {
    let Some(text) = document() else { return };
    let document = Matrix::embedded().document();
    assert!(text.contains(&format!("Issue {}\n", document.issue)));
    assert!(text.contains(&format!("Document Status: {}\n", document.status)));
    assert!(text.contains("June 18, 2019") && document.date == "2019-06-18");
    assert!(text.replace('®', "").contains("# Avaya Aura CC Elite Multi Channel 6.6"));
}

/// Returns all runs of `length` words, without punctuation and capitals.
fn runs(text: &str, length: usize) -> BTreeSet<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.windows(length).map(|run| run.join(" ")).collect()
}

#[test]
fn no_sentence_of_the_vendor_is_embedded() {
    let Some(document) = document() else { return };
    let printed = runs(&document, 6);
    let matrix = Matrix::embedded();
    let mut ours: BTreeMap<String, String> = BTreeMap::new();
    let mut add = |place: &dyn std::fmt::Display, text: &str| {
        ours.insert(format!("{place}: {text}"), text.to_owned());
    };
    for one in matrix.components().values() {
        add(&one.id, &one.description);
    }
    for one in matrix.roles().values() {
        add(&one.id, &one.description);
    }
    for one in matrix.flows().values() {
        for text in [&one.description, &one.without, &one.configurable] {
            add(&one.id, text);
        }
        if let Some(multicast) = &one.multicast {
            add(&one.id, &multicast.consequence);
        }
    }
    for one in matrix.doubts().values() {
        for text in [&one.question, &one.problem, &one.reading, &one.check] {
            add(&one.id, text);
        }
    }
    for one in matrix.implied().values() {
        add(&one.id, &one.text);
    }
    add(&"document", &matrix.document().notice);
    for (place, text) in ours {
        let shared: Vec<String> = runs(&text, 6).intersection(&printed).cloned().collect();
        assert!(shared.is_empty(), "{place} repeats the document: {shared:?}");
    }
}
