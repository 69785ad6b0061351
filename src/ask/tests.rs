//! Questions as a check block asks them, and the answers it shows.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Answer, End, Question, Traffic, ask, between};
use crate::expand::expand;
use crate::matrix::Matrix;
use crate::net::Direction;
use crate::passage::Rollout;
use crate::passage::tests::{extra, rollout, words};
use crate::topology::{PlacementSpec, Policy, PolicySpec, Topology};

fn question(rollout: &Rollout<'_>, from: Option<&str>, to: Option<&str>, traffic: Option<&str>) -> Question {
    let end = |name| End::resolve(name, "from", rollout.matrix, &rollout.topology).unwrap();
    Question { from: end(from), to: end(to), traffic: Traffic::parse(traffic, "traffic").unwrap() }
}

fn answer<'a>(rollout: &'a Rollout<'_>, from: Option<&str>, to: Option<&str>, traffic: Option<&str>) -> Answer<'a> {
    ask(rollout, &question(rollout, from, to, traffic))
}

#[track_caller]
fn says(rollout: &Rollout<'_>, [from, to, traffic]: [&str; 3], expected: &str) {
    let given = |text| Some(text).filter(|text| *text != "*");
    let answer = answer(rollout, given(from), given(to), given(traffic));
    assert_eq!(answer.to_string(), expected);
    assert_eq!(answer.is_yes(), expected.starts_with("yes"));
}

fn site(policy: &PolicySpec) -> Rollout<'static> {
    rollout([("agents", &["desktop"]), ("core", &["configuration", "ids"]), ("db", &["sql_server"])], policy)
}

#[test]
fn what_passes_is_named_with_its_flows() {
    let site = site(&PolicySpec::default());
    says(&site, ["desktop", "sql_server", "*"], "yes: tcp 1433 from agents to db by sql_server.1433 (either, row 45)");
    says(&site, ["agents", "db", "tcp 1433"], "yes: tcp 1433 from agents to db by sql_server.1433 (either, row 45)");
    says(&site, ["agents", "*", "tcp 29091"], "yes: tcp 29091 from agents to core by configuration.29091 (plain, row 4)");
    says(
        &site,
        ["agents", "core", "secure 39000-39091"],
        "yes: tcp 39076 from agents to core by ids_view.39076 (secure, management, row 14); tcp 39091 from agents to core by configuration.39091 (secure, row 5)",
    );
    // A database is asked for where its server is.
    assert!(answer(&site, Some("desktop"), Some("acs"), None).is_yes());
}

#[test]
fn what_does_not_pass_is_told_with_its_note() {
    let policy = PolicySpec {
        exclude: words(["sql_server.1433 from agents"]),
        reasons: BTreeMap::from([("sql_server.1433".to_owned(), "agents go through the servers, CHG7".to_owned())]),
        ..PolicySpec::default()
    };
    let site = site(&policy);
    says(&site, ["desktop", "sql_server", "*"], "no: sql_server.1433 from agents to db (excluded: agents go through the servers, CHG7)");
    assert!(answer(&site, Some("core"), Some("sql_server"), None).is_yes(), "others still reach it");
    let nothing = "no: the table has no such flow between these two, and neither has the policy";
    says(&site, ["db", "agents", "*"], nothing);
    says(&site, ["agents", "core", "tcp 3389"], nothing);
    says(&site, ["virtual_agent", "aes", "*"], "no: virtual_agent and aes live in no placement");
    says(&site, ["agents", "*", "tcp 29087"], "no: media_director.29087 (not placed: media_director)");
    says(
        &site,
        ["*", "ids_voice_and_presence", "tcp 29068"],
        &format!(
            "no: ids_voice_and_presence.29068 (held: {})",
            Matrix::embedded().flow("ids_voice_and_presence.29068").unwrap().held.as_ref().unwrap()
        ),
    );
}

/// A firewall knows hosts and ports: what is open for one component of a host is open for the other.
#[test]
fn a_component_answers_for_its_host() {
    let site = rollout(
        [("agents", &["desktop"]), ("box", &["sql_server", "configuration"])],
        &PolicySpec { exclude: words(["sql_server.1433"]), ..PolicySpec::default() },
    );
    assert!(answer(&site, Some("desktop"), Some("sql_server"), None).is_yes(), "29091 reaches the host of the server");
    assert!(!answer(&site, Some("desktop"), Some("sql_server"), Some("tcp 1433")).is_yes());
}

#[test]
fn on_one_host_nothing_stands_between() {
    let mut placements = BTreeMap::new();
    let components = Some(words(["desktop", "sql_server"]));
    placements.insert("box".to_owned(), PlacementSpec { components, managed: true, single_host: true, can_join: true });
    let topology = Topology::resolve(Matrix::embedded(), &placements, &PolicySpec::default()).unwrap();
    let site = Rollout::new(Matrix::embedded(), topology);
    says(&site, ["desktop", "sql_server", "tcp 1433"], "yes: box is one host, and no firewall is in between");
    // What is plain or managed is asked of flows, and none leaves the host; nor is everybody's traffic meant.
    assert!(!answer(&site, Some("box"), Some("box"), Some("plain either")).is_yes());
    assert!(!answer(&site, Some("box"), None, None).is_yes());
}

#[test]
fn kinds_of_flows_can_be_asked_for() {
    let policy = PolicySpec {
        transport: Some("secure_only".to_owned()),
        extra: vec![extra("jump", "agents", "core", "maintenance")],
        ..PolicySpec::default()
    };
    let site = site(&policy);
    let yes = |traffic: &str| answer(&site, Some("agents"), None, Some(traffic)).is_yes();
    assert!(!yes("plain") && yes("secure") && yes("either") && yes("extra") && yes("plain extra"));
    assert!(
        yes("management") && !yes("management 39091") && !yes("plain management") && !yes("udp") && yes("extra 3389") && !yes("extra 3390")
    );
    let plain = site.topology.policy.clone();
    assert_eq!(plain.extra.len(), 1);
    says(
        &site,
        ["agents", "core", "extra"],
        "yes: tcp 3389 from agents to core by extra.jump (by site, ticket CHG1, expires 2027-01-31, because maintenance)",
    );
}

#[test]
fn many_passages_are_counted() {
    let everything: &[&str] = &["applications", "sql_server", "aes", "weblm"];
    let site = rollout([("one", everything), ("two", everything)], &PolicySpec::default());
    let text = answer(&site, Some("one"), Some("two"), None).to_string();
    assert!(text.contains("; and ") && text.ends_with(" more") && text.matches(" from one to two ").count() == 6, "{text}");
}

#[test]
fn names_and_traffic_that_nobody_knows_are_faults() {
    let site = site(&PolicySpec::default());
    let end = |name| End::resolve(Some(name), "to", site.matrix, &site.topology).unwrap_err();
    assert_eq!(end("agent").detail, "`agent` is neither a placement nor a component or role. Did you mean `agents`?");
    assert_eq!(end("sql_sever").at, ["to"]);
    assert_eq!(end("").detail, "an empty name is nobody's. Write `null` for anyone.");
    let party = |name| End::resolve_party(Some(name), "from", site.matrix).unwrap_err().detail;
    assert_eq!(
        party("agents"),
        "`agents` is neither a component nor a role of EMC 6.6. The data source `emc_port_matrix` lists all `components` and `roles`."
    );
    let traffic = |text| Traffic::parse(Some(text), "traffic").unwrap_err().detail;
    assert_eq!(
        traffic("plian"),
        "`plian` is not traffic. Did you mean `plain`? Write ports and any of `tcp`, `udp`, `plain`, `secure`, `either`, `extra`, `management`, with spaces between: `tcp 443`, `plain`; or `null` for everything."
    );
    assert_eq!(traffic("tcp 0"), "in `tcp 0`: port 0 cannot be opened; ports go from 1 to 65535. Write for example `tcp 443`.");
    assert!(traffic("tcp/443").starts_with("`tcp/443` is not traffic."));
    assert!(traffic(" ").starts_with("an empty text is not traffic."));
}

#[test]
fn flows_are_those_of_the_table_as_the_policy_reads_it() {
    let matrix = Matrix::embedded();
    let ids = |policy: &Policy, from: Option<&str>, to: Option<&str>| -> BTreeSet<String> {
        let end = |name| End::resolve_party(name, "from", matrix).unwrap();
        between(matrix, policy, &end(from), &end(to)).iter().map(|flow| flow.id.to_string()).collect()
    };
    let policy = Policy::default();
    assert_eq!(ids(&policy, Some("desktop"), Some("configuration")), words(["configuration.29091", "configuration.39091"]));
    assert_eq!(ids(&policy, Some("desktop"), Some("acs")), words(["sql_server.1433"]), "the server of the database listens");
    assert_eq!(ids(&policy, None, None).len(), matrix.flows().len());
    assert!(ids(&policy, Some("ids_view"), Some("desktop")).contains("ids_view.29084"), "multicast goes as the text says");
    assert!(!ids(&policy, Some("ids_view"), Some("configuration")).contains("ids_view.29084"), "to its receivers alone");
    assert!(ids(&policy, Some("desktop"), Some("ids_view")).contains("ids_view.29084"), "and as it is printed");
    let licenses = |policy: &Policy| ids(policy, Some("license_director"), Some("license_director"));
    assert!(licenses(&policy).is_empty(), "a role makes nobody its own peer");
    let written = PolicySpec {
        roles: BTreeMap::from([("applications".to_owned(), words(["desktop"]))]),
        initiators: BTreeMap::from([("ttrace_server.10403".to_owned(), words(["ttrace_console"]))]),
        management_from: words(["control_panel"]),
        ..PolicySpec::default()
    };
    let decided = Topology::resolve_policy(matrix, &written).unwrap();
    assert!(ids(&policy, Some("call_routing"), Some("license_director")).contains("license_director.29095"));
    assert!(ids(&decided, Some("call_routing"), Some("license_director")).is_empty());
    assert!(ids(&decided, Some("ttrace_console"), Some("ttrace_server")).contains("ttrace_server.10403"));
    assert_eq!(ids(&decided, Some("control_panel"), Some("license_director")), words(["license_director.29073"]));
}

#[test]
fn a_policy_for_the_table_needs_no_placements() {
    let written = PolicySpec {
        exclude: words(["sql_server.1433 from agents"]),
        management_from: words(["bastion"]),
        extra: vec![extra("jump", "bastion", "core", "maintenance")],
        ..PolicySpec::default()
    };
    let policy = Topology::resolve_policy(Matrix::embedded(), &written).unwrap();
    assert!(policy.exclude.is_empty() && policy.extra.is_empty() && policy.management_from.is_empty());
    let wrong = PolicySpec { include: words(["sql_server.1434"]), ..PolicySpec::default() };
    assert_eq!(Topology::resolve_policy(Matrix::embedded(), &wrong).unwrap_err().len(), 1);
}

fn topologies() -> impl Strategy<Value = (BTreeMap<String, PlacementSpec>, PolicySpec)> {
    let names: Vec<String> = Matrix::embedded().components().keys().map(|name| name.to_string()).collect();
    let components = proptest::collection::btree_set(proptest::sample::select(names), 1..6);
    let place = (components, any::<bool>()).prop_map(|(components, single_host)| PlacementSpec {
        components: Some(components),
        managed: true,
        single_host,
        can_join: true,
    });
    let transport = proptest::sample::select(vec!["as_listed", "prefer_secure", "secure_only", "plain_only"]);
    let policy = (transport, any::<bool>(), any::<bool>()).prop_map(|(transport, multicast, coalesce)| PolicySpec {
        transport: Some(transport.to_owned()),
        multicast: Some(if multicast { "transit_gateway" } else { "report" }.to_owned()),
        port_ranges: Some(if coalesce { "coalesce" } else { "exact" }.to_owned()),
        ..PolicySpec::default()
    });
    (proptest::collection::btree_map("[a-z]{1,6}", place, 1..5), policy)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Between two placements that is allowed for which a rule was expanded, port by port, and nothing else.
    #[test]
    fn allowed_is_what_the_rules_say((placements, policy) in topologies(), nearby in 0u16..3) {
        let matrix = Matrix::embedded();
        let topology = Topology::resolve(matrix, &placements, &policy).unwrap();
        let rules = expand(matrix, &topology).rules;
        let site = Rollout::new(matrix, topology);
        let ports: BTreeSet<u16> = matrix.flows().values().filter_map(|flow| flow.port).map(|port| port.first() + nearby).collect();
        for from in placements.keys() {
            for to in placements.keys() {
                for port in &ports {
                    let on_one_host = from == to && placements[from].single_host;
                    let ruled = rules.keys().any(|key| {
                        key.direction == Direction::Ingress
                            && key.local.as_str() == to
                            && key.peer.placement().is_some_and(|peer| peer.as_str() == from)
                            && key.traffic.ports().is_some_and(|ports| ports.first() <= *port && *port <= ports.last())
                    });
                    let answer = answer(&site, Some(from), Some(to), Some(&port.to_string()));
                    prop_assert_eq!(answer.is_yes(), ruled || on_one_host, "{} to {} {}: {}", from, to, port, answer);
                }
            }
        }
    }

    #[test]
    fn no_text_is_too_strange_a_traffic(text in "\\PC{0,24}") {
        let _ = Traffic::parse(Some(&text), "traffic");
    }
}
