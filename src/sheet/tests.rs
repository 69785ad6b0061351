//! Requests, and what hostile or careless texts make of them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Sheet, addresses, csv, markdown};
use crate::passage::Rollout;
use crate::passage::tests::{extra, rollout, words};
use crate::topology::{ExtraSpec, PolicySpec};

fn site(reason: &str) -> Rollout<'static> {
    let policy = PolicySpec { extra: vec![extra("rdp", "agents", "core", reason)], ..PolicySpec::default() };
    rollout(
        [("agents", &["desktop"]), ("core", &["configuration", "license_director"])],
        &PolicySpec { exclude: words(["license_director.29095", "license_director.39095"]), ..policy },
    )
}

fn sheet(site: &Rollout<'_>, ephemeral: Option<&str>) -> Sheet {
    let written = BTreeMap::from([("agents".to_owned(), words(["10.20.0.0/16", "10.21.0.0/16"]))]);
    let addresses = addresses(&written, site).unwrap();
    Sheet::of(site, &addresses, ephemeral.map(|ports| ports.parse().unwrap()))
}

const TITLES: &str = "number,kind,source,source addresses,source ports,destination,destination addresses,destination ports,protocol,flows,transport,reason,ticket,expires,doubt";

#[test]
fn a_request_for_a_firewall_that_keeps_state() {
    let text = csv(&sheet(&site("maintenance"), None));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], TITLES);
    assert_eq!(
        lines[1],
        "1,request,agents,\"10.20.0.0/16, 10.21.0.0/16\",any,core,to be filled in,3389,tcp,extra.rdp,not known,maintenance,CHG1,2027-01-31,"
    );
    assert!(lines[2].starts_with("2,request,agents,\"10.20.0.0/16, 10.21.0.0/16\",any,core,to be filled in,29073,tcp,license_director.29073 (row 16),plain management,"), "{text}");
    assert!(lines[2].contains("A36"), "{text}");
    assert_eq!(lines.len(), 1 + 4 + 1, "agents to core on four ports, core to itself on one:\n{text}");
    assert!(lines[5].starts_with("5,request,core,to be filled in,any,core,to be filled in,29073,tcp,"), "{text}");
}

#[test]
fn replies_have_rows_where_no_state_is_kept() {
    let sheet = sheet(&site("maintenance"), Some("49152-65535"));
    let text = csv(&sheet);
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[1].starts_with("1,request,agents,\"10.20.0.0/16, 10.21.0.0/16\",49152-65535,core,to be filled in,3389,tcp,extra.rdp,"),
        "{text}"
    );
    assert_eq!(
        lines[2],
        "2,reply,core,to be filled in,3389,agents,\"10.20.0.0/16, 10.21.0.0/16\",49152-65535,tcp,extra.rdp,not known,replies to 1,CHG1,2027-01-31,"
    );
    assert_eq!(lines.len(), 1 + 10);
    assert!(
        markdown(&sheet).contains("keep no state: each request has a row for its replies, and clients connect from ports 49152-65535.")
    );
}

#[test]
fn a_request_for_people() {
    let text = markdown(&sheet(&site("see <wiki> | *now*"), None));
    assert!(text.starts_with("# Firewall request\n\nEMC 6.6, table "), "{text}");
    assert!(text.contains("\n\nThe firewall is assumed to be stateful: "), "{text}");
    assert!(text.contains("| extra.rdp | not known | see &lt;wiki&gt; \\| \\*now\\* | CHG1 | 2027-01-31 |  |\n"), "{text}");
    assert!(text.contains("| license\\_director.29073 (row 16) | plain management |"), "{text}");
    assert!(text.contains("\nAddresses are still missing for: core.\n") && !text.contains("IGMP"), "{text}");
    assert!(text.contains("\n- A36: \"Applications\" is never defined"), "{text}");
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    assert!(text.lines().filter(|line| line.starts_with('|')).all(|line| cells(line) == 16), "{text}");
}

#[test]
fn one_port_for_both_is_said_in_words_that_firewall_teams_know() {
    let site = rollout([("agents", &["desktop"]), ("db", &["sql_server"])], &PolicySpec::default());
    let text = csv(&Sheet::of(&site, &BTreeMap::new(), None));
    assert!(text.contains(",1433,tcp,sql_server.1433 (row 45),plain or secure,"), "{text}");
}

#[test]
fn questions_that_no_row_has_are_told_apart() {
    let site = rollout([("agents", &["desktop"]), ("portal", &["experience_portal_config"])], &PolicySpec::default());
    let sheet = Sheet::of(&site, &BTreeMap::new(), None);
    assert!(sheet.rows.is_empty(), "{sheet:?}");
    let text = markdown(&sheet);
    assert!(text.contains("may change once they are answered; a question that no row has may add rows.\n\n- A23: "), "{text}");
}

#[test]
fn multicast_goes_to_its_group_and_nobody_replies() {
    let policy = PolicySpec { multicast: Some("transit_gateway".to_owned()), ..PolicySpec::default() };
    let site = rollout([("agents", &["desktop"]), ("views", &["ids_view"])], &policy);
    let sheet = Sheet::of(&site, &BTreeMap::new(), Some("49152-65535".parse().unwrap()));
    assert!(markdown(&sheet).contains("\nMembers of a multicast group speak IGMP besides"));
    let text = csv(&sheet);
    let line = text.lines().find(|line| line.contains("ids_view.29084")).unwrap();
    assert!(
        line.contains(",request,views,to be filled in,49152-65535,multicast group of agents,239.29.9.67,29084,udp,ids_view.29084 (row "),
        "{line}"
    );
    assert_eq!(text.matches("ids_view.29084").count(), 1, "{text}");
}

#[test]
fn flows_of_one_port_share_a_row() {
    let policy = PolicySpec {
        extra: vec![ExtraSpec { ports: "29091".to_owned(), ..extra("twin", "agents", "core", "another reason") }],
        ..PolicySpec::default()
    };
    let site = rollout([("agents", &["desktop"]), ("core", &["configuration"])], &policy);
    let text = csv(&Sheet::of(&site, &BTreeMap::new(), None));
    assert!(
        text.contains(",29091,tcp,\"configuration.29091 (row 4), extra.twin\",plain / not known,Desktops fetch their configuration / another reason,CHG1,2027-01-31,\n"),
        "{text}"
    );
}

#[test]
fn addresses_are_read_as_firewall_teams_write_them() {
    let site = site("maintenance");
    let read = |name: &str, text: &str| {
        let written = BTreeMap::from([(name.to_owned(), words([text]))]);
        addresses(&written, &site).map(drop).map_err(|faults| (faults[0].at.join("."), faults[0].detail.clone()))
    };
    for good in ["10.20.0.0/16", "10.20.0.7", "2001:db8::/32", "2001:db8::7", "NET-AGENTS", "fe.cafe", "any but agents"] {
        assert_eq!(read("agents", good), Ok(()), "{good}");
    }
    let wrong = |name: &str, text: &str| read(name, text).unwrap_err();
    assert_eq!(wrong("agents", "10.20.0.5/16").1, "`10.20.0.5/16` has bits set beyond its prefix; write `10.20.0.0/16`.");
    assert_eq!(wrong("agents", "10.20.0.0/33").0, "addresses.agents");
    assert!(wrong("agents", "10.20.0").1.contains("not an address block"));
    assert!(wrong("agents", "2001:db8::/129").1.contains("between 0 and 128"));
    assert!(wrong("agents", " ").1.starts_with("an empty text is not an address."));
    assert_eq!(wrong("agent", "10.20.0.7").1, "`agent` is not a placement of this configuration. Did you mean `agents`?");
}

#[test]
fn no_cell_is_a_formula() {
    for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r\n=1", "＝1", " =1", "\u{2028}=1"] {
        let cell = csv::harmless(formula);
        assert!(cell.starts_with('\''), "{formula:?} became {cell:?}");
    }
    let text = csv(&sheet(&site("a;=cmd|' /C calc'!A0\n\"quoted\", and more"), None));
    assert!(text.contains(",\"a,=cmd|' /C calc'!A0 \"\"quoted\"\", and more\",CHG1,"), "{text}");
    assert!(!text.contains(';'), "a separator of other countries");
}

proptest! {
    /// Whatever a reason says, rows stay rows and cells stay cells.
    #[test]
    fn no_text_breaks_a_sheet(reason in "[a-z=+@\"';|<>\\\\`\n\r\t,.*_#\u{2028}é＝-]{1,20}x") {
        let site = site(&reason);
        let sheet = sheet(&site, None);
        let csv = csv(&sheet);
        prop_assert_eq!(csv.lines().count(), 1 + sheet.rows.len());
        for line in csv.lines() {
            let mut inside = false;
            let mut cells = vec![String::new()];
            let mut letters = line.chars().peekable();
            while let Some(letter) = letters.next() {
                match letter {
                    '"' if inside && letters.peek() == Some(&'"') => cells.last_mut().unwrap().extend(letters.next()),
                    '"' => inside = !inside,
                    ',' if !inside => cells.push(String::new()),
                    letter => cells.last_mut().unwrap().push(letter),
                }
            }
            prop_assert_eq!(cells.len(), 15, "{}", line);
            prop_assert!(cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '＝', '\t'])), "{}", line);
        }
        let markdown = markdown(&sheet);
        let table: Vec<&str> = markdown.lines().filter(|line| line.starts_with('|')).collect();
        prop_assert_eq!(table.len(), 2 + sheet.rows.len());
        for line in table {
            prop_assert_eq!(line.replace("\\\\", "").replace("\\|", "").matches('|').count(), 16, "{}", line);
        }
    }
}
