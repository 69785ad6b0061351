//! How the embedded table reads the print: who stands for whom, what is held, implied or in doubt.

use std::collections::BTreeSet;

use super::counts::{first_port, ids, matrix, printed};
use crate::matrix::{ComponentKind, DefaultState, Flow, MailService, Origin, Party, Weight};

#[test]
fn held_and_same_host_flows_are_these() {
    let held = ids(|flow| flow.held.is_some());
    assert_eq!(held, ["cs_portal_api.9699", "ids_voice_and_presence.29068", "ttrace_server.10403"]);
    assert_eq!(ids(|flow| flow.initiators.is_empty()), ["ids_voice_and_presence.29068", "ttrace_server.10403"]);
    assert_eq!(ids(|flow| flow.same_host.is_some()), ["media_proxy.29079", "media_proxy.39079"]);
}

#[test]
fn the_role_applications_stands_where_the_print_says_no_more() {
    let role = matrix().party("applications").unwrap();
    let uses: BTreeSet<u16> = printed().filter(|flow| flow.initiators.contains(&role)).map(first_port).collect();
    assert_eq!(uses, BTreeSet::from([29075, 29074, 29095, 29073, 39095, 29087, 29056, 29110, 10400]));
    let doubtful: BTreeSet<u16> = printed().filter(|flow| flow.doubts.contains("A36")).map(first_port).collect();
    assert_eq!(uses, doubtful);
}

#[test]
fn roles_have_their_members() {
    let sizes: Vec<(&str, usize)> = matrix().roles().values().map(|role| (role.id.as_str(), role.members.len())).collect();
    assert_eq!(sizes, [("applications", 23), ("gateways", 3), ("ids", 3), ("media_stores", 4), ("xml_clients", 4)]);
    let printed = &matrix().flow("xml_server.29096").unwrap().initiators;
    let clients = matrix().party("xml_clients").unwrap();
    assert!(matrix().members(&clients).cloned().map(Party::Component).eq(printed.iter().cloned()));
    let one = matrix().party("aes").unwrap();
    assert_eq!(matrix().members(&one).map(|id| id.as_str()).collect::<Vec<_>>(), ["aes"]);
    assert!(matrix().party("nobody").is_none());
}

#[test]
fn components_are_of_four_kinds() {
    let of = |kind| {
        let mut names: Vec<&str> = Vec::new();
        names.extend(matrix().components().values().filter(|one| one.kind == kind).map(|one| one.id.as_str()));
        names.join(" ")
    };
    assert_eq!(of(ComponentKind::Database), "acs as_contact asms_control asms_data_x");
    assert_eq!(of(ComponentKind::Inside), "developer_tools rules_plugin script_plugin soap_plugin sql_plugin");
    assert_eq!(
        of(ComponentKind::External),
        "aes crm_connector cs_portal_api cs_portal_client experience_portal mail_server sql_server weblm"
    );
    assert_eq!(of(ComponentKind::Emc).split(' ').count(), 28);
    assert_eq!(matrix().components().len(), 45);
    for component in matrix().components().values() {
        let host = component.hosted_by.as_ref().map(|host| host.as_str());
        assert_eq!(host, (component.kind == ComponentKind::Database).then_some("sql_server"), "{}", component.id);
    }
}

#[test]
fn mail_services_are_one_flow_each() {
    let services: Vec<(MailService, u16)> = {
        let mut services: Vec<(MailService, u16)> = printed().filter_map(|flow| flow.mail.map(|mail| (mail, first_port(flow)))).collect();
        services.sort_unstable();
        services
    };
    use MailService::{Imap, Imaps, Pop3, Pop3s, Smtp, Smtps};
    assert_eq!(services, [(Pop3, 110), (Pop3s, 995), (Imap, 143), (Imaps, 993), (Smtp, 25), (Smtps, 465)]);
}

#[test]
fn implied_flows_are_closed_and_have_no_row() {
    let implied: Vec<&Flow> = matrix().flows().values().filter(|flow| flow.origin == Origin::Implied).collect();
    let ids: Vec<&str> = implied.iter().map(|flow| flow.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "aes.implied.link_ports",
            "ids_voice_and_presence.implied.29090",
            "simple_messaging_store.implied.29085",
            "sql_server.implied.1433",
            "xml_server.implied.client_ports",
        ]
    );
    for flow in implied {
        assert_eq!((flow.row, flow.part, flow.default_state), (None, None, DefaultState::Closed), "{}", flow.id);
        assert!(flow.twins.is_empty() && !flow.doubts.is_empty() && flow.optional.is_none(), "{}", flow.id);
        assert_eq!(flow.port.is_none(), flow.id.as_str().ends_with("_ports"), "{}", flow.id);
    }
}

#[test]
fn every_doubt_is_named_by_a_flow_or_is_about_the_whole_table() {
    let numbers: BTreeSet<String> = (1..=37).map(|number| format!("A{number}")).collect();
    let have: BTreeSet<String> = matrix().doubts().keys().map(ToString::to_string).collect();
    assert_eq!(have, numbers);
    let global: Vec<&str> = matrix().doubts().values().filter(|doubt| doubt.global).map(|doubt| doubt.id.as_str()).collect();
    assert_eq!(global, ["A32", "A34"]);
    for doubt in matrix().doubts().values() {
        assert_eq!(doubt.flows.is_empty(), doubt.global, "{}", doubt.id);
        for flow in &doubt.flows {
            assert!(matrix().flow(flow.as_str()).unwrap().doubts.contains(&doubt.id));
        }
    }
}

#[test]
fn few_doubts_ask_for_a_decision() {
    let decide: Vec<&str> =
        matrix().doubts().values().filter(|doubt| doubt.weight == Weight::Decide).map(|doubt| doubt.id.as_str()).collect();
    assert_eq!(decide, ["A12", "A18", "A23", "A26", "A29", "A31", "A33", "A36", "A7"]);
    for doubt in matrix().doubts().values() {
        assert!(!doubt.question.ends_with(['.', '?']), "{}: one line, no final period", doubt.id);
    }
}

#[test]
fn implied_notes_are_all_there() {
    let numbers: BTreeSet<String> = (1..=22).map(|number| format!("I{number}")).collect();
    assert_eq!(matrix().implied().keys().cloned().collect::<BTreeSet<_>>(), numbers);
    let standing: BTreeSet<&str> = matrix()
        .implied()
        .values()
        .flat_map(|note| &note.flows)
        .map(|flow| flow.as_str())
        .filter(|flow| flow.contains("implied"))
        .collect();
    assert_eq!(standing.len(), 4, "the fifth implied flow stands for doubt A12");
}

#[test]
fn the_document_is_named_with_its_standing() {
    let document = matrix().document();
    assert_eq!(matrix().release(), "6.6");
    assert_eq!((document.issue.as_str(), document.status.as_str(), document.date.as_str()), ("0.1", "Published", "2019-06-18"));
    for word in ["not endorsed", "as is", "initial draft", "name resolution", "SQL Server browsing"] {
        assert!(document.notice.contains(word), "{word}");
    }
}
