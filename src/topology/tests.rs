//! From what is written to names: every fault in its words and at its place, and what is taken.

use super::date::DateError;
use super::*;
use crate::matrix::Matrix;

fn words<const N: usize>(words: [&str; N]) -> BTreeSet<String> {
    words.map(str::to_owned).into()
}

fn texts<const N: usize>(entries: [(&str, &str); N]) -> BTreeMap<String, String> {
    entries.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
}

fn sets<const N: usize>(entries: [(&str, &[&str]); N]) -> BTreeMap<String, BTreeSet<String>> {
    entries.map(|(name, words)| (name.to_owned(), words.iter().map(|word| (*word).to_owned()).collect())).into()
}

/// Desktops in `agents`, servers in `core`.
fn placements() -> BTreeMap<String, PlacementSpec> {
    let place = |components| PlacementSpec { components: Some(components), managed: true, ..PlacementSpec::default() };
    BTreeMap::from([
        ("agents".to_owned(), place(words(["desktop"]))),
        ("core".to_owned(), place(words(["configuration", "license_director"]))),
    ])
}

fn extra() -> ExtraSpec {
    let text = str::to_owned;
    ExtraSpec {
        name: text("jump"),
        from: text("agents"),
        to: text("core"),
        protocol: text("tcp"),
        ports: text("3389"),
        reason: text("remote help"),
        ticket: None,
        expires: None,
    }
}

/// Renders faults as `way: summary: detail`.
fn rendered(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| format!("{}: {}: {}", fault.at.join("/"), fault.summary, fault.detail)).collect()
}

fn faults(placements: &BTreeMap<String, PlacementSpec>, policy: &PolicySpec) -> Vec<String> {
    let found = Topology::resolve(Matrix::embedded(), placements, policy).map(drop).unwrap_err();
    assert_eq!(found, Topology::check(Matrix::embedded(), placements, true, policy, true), "checking finds the same");
    rendered(&found)
}

fn resolved(policy: &PolicySpec) -> Topology {
    Topology::resolve(Matrix::embedded(), &placements(), policy).unwrap()
}

#[test]
fn every_fault_of_a_policy_has_its_words_and_place() {
    let policy = PolicySpec::default;
    let choices = "Choose from: `as_listed`, `prefer_secure`, `secure_only`, `plain_only`.";
    let cases: Vec<(PolicySpec, String)> = vec![
        (
            PolicySpec { transport: Some("secure".to_owned()), ..policy() },
            format!("policy/transport: Unknown choice: `secure` is not a choice for `transport`. Did you mean `secure_only`? {choices}"),
        ),
        (
            PolicySpec { transport: Some(String::new()), ..policy() },
            format!("policy/transport: Unknown choice: `` is not a choice for `transport`. {choices}"),
        ),
        (
            PolicySpec { directions: Some(words(["out"])), ..policy() },
            "policy/directions: Unknown choice: `out` is not a choice for `directions`. Choose from: `ingress`, `egress`.".to_owned(),
        ),
        (
            PolicySpec { directions: Some(BTreeSet::new()), ..policy() },
            "policy/directions: No direction: With no direction nothing is written. Give \"ingress\", \"egress\" or both, or leave `directions` out for both.".to_owned(),
        ),
        (
            PolicySpec { include: words(["configuration.29019"]), ..policy() },
            "policy/include: Unknown flow: `configuration.29019` is not a flow of the port matrix. Did you mean `configuration.29091`?".to_owned(),
        ),
        (
            PolicySpec { include: words(["firewall"]), ..policy() },
            "policy/include: Unknown flow: `firewall` is not a flow of the port matrix. The data source `emc_port_matrix` lists all `flows`.".to_owned(),
        ),
        (
            PolicySpec { exclude: words(["aes.450 to core"]), ..policy() },
            "policy/exclude: Unknown flow: `aes.450 to core` is not a flow of the port matrix. To close a flow only from one placement, write `aes.450 from <placement>`.".to_owned(),
        ),
        (
            PolicySpec { exclude: words(["aes.450 from cores"]), ..policy() },
            "policy/exclude: Unknown placement: `cores` is not a placement of this configuration. Did you mean `core`?".to_owned(),
        ),
        (
            PolicySpec { exclude: words(["aes.450 from "]), ..policy() },
            "policy/exclude: Unknown placement: `` is not a placement of this configuration. Choose from: `agents`, `core`.".to_owned(),
        ),
        (
            PolicySpec { include: words(["aes.450"]), exclude: words(["aes.450"]), ..policy() },
            "policy/exclude: Contradictory policy: `aes.450` is in `include` and in `exclude`. Keep it in one of them.".to_owned(),
        ),
        (
            PolicySpec { initiators: sets([("aes.450", &["desk"])]), ..policy() },
            "policy/initiators/aes.450: Unknown component: `desk` is neither a component nor a role of EMC 6.6. Did you mean `desktop`?".to_owned(),
        ),
        (
            PolicySpec { initiators: sets([("aes.450", &["agents"])]), ..policy() },
            "policy/initiators/aes.450: Unknown component: `agents` is a placement; `initiators` takes components and roles, wherever they live. In it live `desktop`.".to_owned(),
        ),
        (
            PolicySpec { include: words(["aes"]), ..policy() },
            "policy/include: Unknown flow: `aes` is a component, not a flow. Flows that end at it: `aes.450`, `aes.4721`, `aes.4722`, `aes.implied.link_ports`.".to_owned(),
        ),
        (
            PolicySpec { exclude: words(["29087"]), ..policy() },
            "policy/exclude: Unknown flow: `29087` is a port, not a flow. Flows on it: `media_director.29087`.".to_owned(),
        ),
        (
            PolicySpec { include: words(["12"]), ..policy() },
            "policy/include: Unknown flow: `12` is a port, not a flow. No flow of the port matrix is on it. The data source `emc_port_matrix` lists all `flows`.".to_owned(),
        ),
        (
            PolicySpec { include: words(["aes.450 from agents"]), ..policy() },
            "policy/include: Unknown flow: `aes.450 from agents` is not a flow id. Only `exclude` takes `<flow id> from <placement>`; write the id alone.".to_owned(),
        ),
        (
            PolicySpec { include: words(["task_director"]), ..policy() },
            "policy/include: Unknown flow: `task_director` is a component, not a flow. No flow ends at it. The data source `emc_port_matrix` lists all `flows`.".to_owned(),
        ),
        (
            PolicySpec { answers: texts([("A77", "asked")]), ..policy() },
            "policy/answers/A77: Unknown doubt: `A77` is not a doubt of the port matrix. The data source `emc_port_matrix` lists all `doubts`.".to_owned(),
        ),
        (
            PolicySpec { ports: texts([("aes.450", "450,3-2")]), ..policy() },
            "policy/ports/aes.450: Invalid ports: In `ports[\"aes.450\"] = \"450,3-2\"`: `3-2` is reversed; write `2-3`.".to_owned(),
        ),
        (
            PolicySpec { initiators: sets([("aes.450", &[])]), ..policy() },
            "policy/initiators/aes.450: No initiator: `aes.450` is left without anyone who opens it. Name components or roles, or list it in `exclude`.".to_owned(),
        ),
        (
            PolicySpec { management_from: words(["agent"]), ..policy() },
            "policy/management_from: Unknown placement or component: `agent` is neither a placement nor a component or role. Did you mean `agents`?".to_owned(),
        ),
        (
            PolicySpec { management_from: words(["bastion"]), ..policy() },
            "policy/management_from: Unknown placement or component: `bastion` is neither a placement nor a component or role. The data source `emc_port_matrix` lists all `components` and `roles`.".to_owned(),
        ),
        (
            PolicySpec { roles: sets([("gateway", &[])]), ..policy() },
            "policy/roles/gateway: Unknown role: `gateway` is not a role. Did you mean `gateways`?".to_owned(),
        ),
        (
            PolicySpec { roles: sets([("gateways", &["desktop"])]), ..policy() },
            "policy/roles/gateways: Not a member of the role: `desktop` is not a member of the role `gateways`; `roles` can only narrow it (to widen a flow, use `initiators`). Choose from: `sms_gateway`, `web_chat_gateway`, `xmpp_gateway`.".to_owned(),
        ),
        (
            PolicySpec { ports: texts([("aes.450", "451-450")]), ..policy() },
            "policy/ports/aes.450: Invalid ports: In `ports[\"aes.450\"] = \"451-450\"`: `451-450` is reversed; write `450-451`.".to_owned(),
        ),
        (
            PolicySpec { mail: words(["imap4"]), ..policy() },
            "policy/mail: Unknown choice: `imap4` is not a choice for `mail`. Did you mean `imap`? Choose from: `pop3`, `pop3s`, `imap`, `imaps`, `smtp`, `smtps`.".to_owned(),
        ),
        (
            PolicySpec { port_ranges: Some("ranges".to_owned()), ..policy() },
            "policy/port_ranges: Unknown choice: `ranges` is not a choice for `port_ranges`. Choose from: `exact`, `coalesce`.".to_owned(),
        ),
        (
            PolicySpec { multicast: Some("transit-gateway".to_owned()), ..policy() },
            "policy/multicast: Unknown choice: `transit-gateway` is not a choice for `multicast`. Did you mean `transit_gateway`? Choose from: `report`, `transit_gateway`.".to_owned(),
        ),
        (
            PolicySpec { multicast_groups: texts([("ids_multimedia.29087", "239.1.2.3")]), ..policy() },
            "policy/multicast_groups/ids_multimedia.29087: Unknown flow: `ids_multimedia.29087` is not a flow of the port matrix. Did you mean `ids_multimedia.29077`?".to_owned(),
        ),
        (
            PolicySpec { multicast_groups: texts([("ids_multimedia.29077", "239.1.2.3")]), ..policy() },
            "policy/multicast_groups/ids_multimedia.29077: Not a multicast flow: `ids_multimedia.29077` is not multicast, so it has no group. Choose from: `application_management_director.29075`, `crm_connector.29027`, `ids_multimedia.29078`, `ids_view.29084`.".to_owned(),
        ),
        (
            PolicySpec { multicast_groups: texts([("ids_multimedia.29078", "239.1.2.3/32")]), ..policy() },
            "policy/multicast_groups/ids_multimedia.29078: Invalid multicast group: `239.1.2.3/32` is not an IPv4 address. Write the group as such, `239.1.2.3`, without a prefix length.".to_owned(),
        ),
        (
            PolicySpec { multicast_groups: texts([("ids_multimedia.29078", "10.1.2.3")]), ..policy() },
            "policy/multicast_groups/ids_multimedia.29078: Invalid multicast group: `10.1.2.3` is not a multicast group; groups go from 224.0.0.0 to 239.255.255.255.".to_owned(),
        ),
        (
            PolicySpec { multicast_groups: texts([("ids_multimedia.29078", "224.0.0.22")]), ..policy() },
            "policy/multicast_groups/ids_multimedia.29078: Invalid multicast group: `224.0.0.22` never leaves its subnet: no router forwards 224.0.0.0 to 224.0.0.255. Give the group that the servers are set to.".to_owned(),
        ),
        (
            PolicySpec { answers: texts([("36", "found")]), ..policy() },
            "policy/answers/36: Unknown doubt: `36` is not a doubt of the port matrix. Did you mean `A36`?".to_owned(),
        ),
        (
            PolicySpec { answers: texts([("A36", "")]), ..policy() },
            "policy/answers/A36: Empty text: `answers[\"A36\"]` is empty. Say what the site found out, with a ticket; a reviewer will ask.".to_owned(),
        ),
        (
            PolicySpec { reasons: texts([("aes.450", "\t")]), ..policy() },
            "policy/reasons/aes.450: Empty text: `reasons[\"aes.450\"]` is empty. Say why the flow is treated so; a reviewer will ask.".to_owned(),
        ),
    ];
    for (policy, expected) in cases {
        assert_eq!(faults(&placements(), &policy), [expected]);
    }
}

#[test]
fn every_fault_of_an_extra_flow_stands_at_its_position() {
    let text = str::to_owned;
    let name_rule = "write a lower-case letter, then up to 31 of a-z, 0-9, `_` and `-`.";
    let long = "x".repeat(33);
    for (wrong, expected) in [
        (ExtraSpec { name: text("Jump"), ..extra() }, format!("name: Invalid name: `Jump` cannot name an extra flow: {name_rule}")),
        (ExtraSpec { name: text(""), ..extra() }, format!("name: Invalid name: `` cannot name an extra flow: {name_rule}")),
        (ExtraSpec { name: long.clone(), ..extra() }, format!("name: Invalid name: `{long}` cannot name an extra flow: {name_rule}")),
        (
            ExtraSpec { from: text("agent"), ..extra() },
            text("from: Unknown placement: `agent` is not a placement of this configuration. Did you mean `agents`?"),
        ),
        (
            ExtraSpec { to: text("db"), ..extra() },
            text("to: Unknown placement: `db` is not a placement of this configuration. Choose from: `agents`, `core`."),
        ),
        (
            ExtraSpec { protocol: text("icmp"), ..extra() },
            text("protocol: Unknown choice: `icmp` is not a choice for `protocol`. Choose from: `tcp`, `udp`."),
        ),
        (
            ExtraSpec { ports: text(""), ..extra() },
            text("ports: Invalid ports: `ports` is empty. Write one port `30091`, a range `3000-3010` or a list `3001,3005`."),
        ),
        (
            ExtraSpec { reason: text(" "), ..extra() },
            text("reason: Empty text: `reason` is empty. Say why this flow is needed; a reviewer will ask."),
        ),
        (
            ExtraSpec { expires: Some(text("2027-02-29")), ..extra() },
            text("expires: Invalid date: `2027-02-29` does not exist in the calendar."),
        ),
        (
            ExtraSpec { expires: Some(text("31.12.2027")), ..extra() },
            text("expires: Invalid date: `31.12.2027` is not a date in the form `YYYY-MM-DD`, such as `2027-12-31`."),
        ),
        (
            ExtraSpec { expires: Some(text("")), ..extra() },
            text("expires: Invalid date: `expires` is empty; write a date such as `2027-12-31`, or leave it out."),
        ),
        (
            ExtraSpec { ports: text("3389,70000"), ..extra() },
            text("ports: Invalid ports: In `ports = \"3389,70000\"`: `70000` is not a port; ports go from 1 to 65535."),
        ),
    ] {
        let good = ExtraSpec { name: text("other"), ..extra() };
        let policy = PolicySpec { extra: vec![good, wrong], ..PolicySpec::default() };
        assert_eq!(faults(&placements(), &policy), [format!("policy/extra/1/{expected}")]);
    }
    let twice = PolicySpec { extra: vec![ExtraSpec { ports: text("0"), ..extra() }, extra()], ..PolicySpec::default() };
    assert_eq!(
        faults(&placements(), &twice),
        [
            "policy/extra/0/ports: Invalid ports: In `ports = \"0\"`: port 0 cannot be opened; ports go from 1 to 65535.",
            "policy/extra/1/name: Duplicate name: Two `extra` blocks are called `jump`. Names must differ: the flow is shown as `extra.jump`.",
        ]
    );
}

#[test]
fn every_fault_of_a_placement_has_its_words_and_place() {
    let place = |components: &[&str]| PlacementSpec {
        components: Some(components.iter().map(|word| (*word).to_owned()).collect()),
        ..PlacementSpec::default()
    };
    let wrong = BTreeMap::from([
        ("Agents".to_owned(), place(&["desktop"])),
        ("core".to_owned(), place(&["media_director", "Media Directer", "printer"])),
        ("empty".to_owned(), place(&[])),
    ]);
    assert_eq!(
        faults(&wrong, &PolicySpec::default()),
        [
            "placements/Agents: Invalid placement name: `Agents` cannot name a placement: write a lower-case letter, then up to 31 of a-z, 0-9, `_` and `-`.",
            "placements/core/components: Unknown component: In placement `core`: `Media Directer` is neither a component nor a role of EMC 6.6. Did you mean `media_director`?",
            "placements/core/components: Unknown component: In placement `core`: `printer` is neither a component nor a role of EMC 6.6. The data source `emc_port_matrix` lists all `components` and `roles`.",
            "placements/empty: Empty placement: Placement `empty` has no components and no `extra` flow names it. List what lives there in `components`, name it as `from` or `to` of an `extra` block, or remove it.",
        ]
    );
    let none = BTreeMap::new();
    let policy = PolicySpec { extra: vec![extra()], ..PolicySpec::default() };
    assert_eq!(
        faults(&none, &policy),
        [
            "policy/extra/0/from: Unknown placement: `agents` is not a placement of this configuration. There are no placements.",
            "policy/extra/0/to: Unknown placement: `core` is not a placement of this configuration. There are no placements.",
        ]
    );
}

#[test]
fn what_is_not_written_down_yet_is_no_fault() {
    let matrix = Matrix::embedded();
    let policy = PolicySpec {
        exclude: words(["aes.450 from elsewhere"]),
        management_from: words(["elsewhere"]),
        extra: vec![ExtraSpec { to: "elsewhere".to_owned(), ..extra() }],
        ..PolicySpec::default()
    };
    assert_eq!(Topology::check(matrix, &placements(), false, &policy, true), []);
    assert_eq!(Topology::check(matrix, &placements(), true, &policy, true).len(), 3);
    let mut empty = placements();
    empty.insert("spare".to_owned(), PlacementSpec { components: Some(BTreeSet::new()), ..PlacementSpec::default() });
    empty.insert("later".to_owned(), PlacementSpec { components: None, ..PlacementSpec::default() });
    assert_eq!(Topology::check(matrix, &empty, true, &PolicySpec::default(), false), [], "an extra flow may still name it");
    let found = rendered(&Topology::check(matrix, &empty, true, &PolicySpec::default(), true));
    assert!(matches!(found.as_slice(), [one] if one.starts_with("placements/spare: Empty placement")), "{found:?}");
}

#[test]
fn what_is_written_well_is_taken() {
    let mut places = placements();
    places.insert("bastion".to_owned(), PlacementSpec { components: Some(BTreeSet::new()), ..PlacementSpec::default() });
    places.insert("desktop".to_owned(), PlacementSpec { components: Some(words(["gateways", "sms_gateway"])), ..PlacementSpec::default() });
    let policy = PolicySpec {
        transport: Some("prefer_secure".to_owned()),
        directions: Some(words(["ingress"])),
        include: words(["crm_connector.29027"]),
        exclude: words(["aes.450", "aes.4721 from agents", "aes.4721 from core", "aes.450 from core"]),
        initiators: sets([("cs_portal_api.9699", &["gateways", "desktop"])]),
        management_from: words(["bastion", "desktop", "ids"]),
        roles: sets([("applications", &["desktop"]), ("ids", &[])]),
        ports: texts([("aes.450", "460, 450-459")]),
        mail: words(["imaps"]),
        multicast: Some("transit_gateway".to_owned()),
        multicast_groups: texts([("ids_multimedia.29078", "239.1.2.3")]),
        port_ranges: Some("coalesce".to_owned()),
        answers: texts([("A36", "only desktops, CHG1")]),
        reasons: texts([("aes.450", "no telephony here")]),
        extra: vec![ExtraSpec { from: "bastion".to_owned(), expires: Some("2027-01-31".to_owned()), ..extra() }],
    };
    let topology = Topology::resolve(Matrix::embedded(), &places, &policy).unwrap();
    let policy = &topology.policy;
    assert_eq!((policy.transport, policy.coalesce), (TransportChoice::PreferSecure, true));
    assert_eq!((policy.multicast, policy.multicast_groups.len()), (MulticastChoice::TransitGateway, 1));
    assert_eq!(policy.multicast_groups[&FlowId::new("ids_multimedia.29078")].to_string(), "239.1.2.3");
    assert_eq!(policy.directions, BTreeSet::from([Direction::Ingress]));
    assert_eq!(policy.exclude[&FlowId::new("aes.450")], Exclusion::Whole, "the wider one wins");
    let from = ["agents", "core"].map(|name| PlacementName::new(name).unwrap());
    assert_eq!(policy.exclude[&FlowId::new("aes.4721")], Exclusion::From(from.into()));
    let placement = |name: &str| Initiator::Placement(PlacementName::new(name).unwrap());
    let expected =
        [placement("bastion"), placement("desktop"), Initiator::Party(Party::Role(Matrix::embedded().roles()["ids"].id.clone()))];
    assert_eq!(policy.management_from, expected.into(), "a placement wins over a component of the same name");
    assert_eq!(policy.ports[&FlowId::new("aes.450")].to_string(), "450-460");
    let members: Vec<&str> = topology.placements["desktop"].components.iter().map(ComponentId::as_str).collect();
    assert_eq!(members, ["sms_gateway", "web_chat_gateway", "xmpp_gateway"], "roles stand for their members");
    let extra = &policy.extra[&FlowId::new("extra.jump")];
    assert_eq!((extra.ports.to_string(), extra.expires.map(|date| date.to_string())), ("3389".to_owned(), Some("2027-01-31".to_owned())));
    assert_eq!(policy.roles.values().map(BTreeSet::len).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn nothing_written_is_the_default() {
    assert_eq!(resolved(&PolicySpec::default()).policy, Policy::default());
    let both = PolicySpec {
        transport: Some("as_listed".to_owned()),
        directions: Some(words(["egress", "ingress"])),
        multicast: Some("report".to_owned()),
        port_ranges: Some("exact".to_owned()),
        ..PolicySpec::default()
    };
    assert_eq!(resolved(&both).policy, Policy::default());
}

#[test]
fn names_of_placements() {
    for name in ["a", "core-db_2", &"x".repeat(32)] {
        assert_eq!(PlacementName::new(name).unwrap().as_str(), name);
    }
    for name in ["", "A", "1a", "-a", "_a", "a b", "ä", "a.b", &"x".repeat(33)] {
        assert_eq!(PlacementName::new(name), None, "{name}");
    }
}

#[test]
fn days_of_the_calendar() {
    for (text, days) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2027-01-31", 20_849), ("1969-12-31", -1), ("0001-01-01", -719_162)] {
        let date: Date = text.parse().unwrap();
        assert_eq!((date.days_since_epoch(), date.to_string()), (days, text.to_owned()));
    }
    for text in ["", "2027-1-31", "31.12.2027", "2027-01-31 ", "+027-01-31", "2027-01-31-1", "2027-02-30-1"] {
        assert_eq!(text.parse::<Date>(), Err(DateError::Form), "{text}");
    }
    for text in ["2027-13-01", "2027-00-10", "2027-04-31", "1900-02-29"] {
        assert_eq!(text.parse::<Date>(), Err(DateError::NoSuchDay), "{text}");
    }
}

#[test]
fn an_unknown_placement_among_many_is_not_said_to_be_among_none() {
    let mut placements = placements();
    let spare = placements["agents"].clone();
    placements.extend((0..12).map(|number| (format!("office{number}"), spare.clone())));
    let policy = PolicySpec { extra: vec![ExtraSpec { to: "zzz".to_owned(), ..extra() }], ..PolicySpec::default() };
    let faults = Topology::resolve(Matrix::embedded(), &placements, &policy).unwrap_err();
    let details: Vec<&str> = faults.iter().map(|fault| fault.detail.as_str()).collect();
    assert_eq!(details, ["`zzz` is not a placement of this configuration. None of its 14 placements has a name like it."]);
}
