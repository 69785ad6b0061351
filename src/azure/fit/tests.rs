//! Rules of a group against what is wanted: each kind of finding, and a world of few packets in which everything can be counted.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::azure::verdict::built_in_rules;
use crate::azure::verdict::tests::{opening, side};

/// Reads `name 300 in allow tcp 443 10.0.0.0/8 @core`.
fn rule(text: &str) -> SecurityRule {
    let mut words = text.splitn(3, ' ');
    let (name, priority) = (words.next().unwrap().to_owned(), words.next().unwrap().parse().unwrap());
    SecurityRule { name, description: None, priority, opening: opening(words.next().unwrap()) }
}

/// What was found, each rule by its name.
struct Told {
    missing: Vec<String>,
    uses: Vec<String>,
}

fn told(places: &[&str], wanted: &[&str], live: &[&str]) -> Told {
    told_sparing(places, wanted, &[], live)
}

fn told_sparing(places: &[&str], wanted: &[&str], spared: &[&str], live: &[&str]) -> Told {
    let read = |texts: &[&str]| texts.iter().map(|text| opening(text)).collect::<Vec<Opening>>();
    let places: Vec<Side> = places.iter().map(|text| side(text)).collect();
    let live: Vec<SecurityRule> = live.iter().map(|text| rule(text)).chain(built_in_rules()).collect();
    let found = fit(&places, &read(wanted), &read(spared), &live);
    let name = |number: &usize| live[*number].name.clone();
    let ends = |sides: &[Side]| sides.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let part = |part: &Part| {
        let traffic: Vec<String> = part.traffic.iter().map(|(protocol, ports)| format!("{} {ports}", protocol.as_str())).collect();
        format!("{} {} > {}", traffic.join("+"), ends(&part.peer), ends(&part.local))
    };
    let missing = found.wanted.iter().enumerate().flat_map(|(number, met)| {
        met.gaps.iter().map(move |gap| {
            let unsure = gap.unsure.as_ref().map(|other| format!(", perhaps {}", name(other))).unwrap_or_default();
            format!("{number}: {} by {}{unsure}", part(&gap.part), name(&gap.closed_by))
        })
    });
    let uses = live.iter().zip(&found.live).filter_map(|(rule, used)| {
        let text = match used {
            Use::Denies => return None,
            Use::Elsewhere => "elsewhere".to_owned(),
            Use::Behind(other) => format!("behind {}", name(other)),
            Use::Allows(Allowed { serves, more, unsure, beside }) => {
                let more: Vec<String> = more.iter().map(|excess| format!("{} ({:?})", part(&excess.part), excess.near)).collect();
                let beside = beside.as_ref().map(|other| format!(", beside {}", name(other))).unwrap_or_default();
                let unsure = unsure.map(|number| format!(", perhaps {number}")).unwrap_or_default();
                format!("serves {serves:?} more [{}]{unsure}{beside}", more.join("; "))
            }
        };
        (rule.opening.direction == Direction::Ingress).then(|| format!("{}: {text}", rule.name))
    });
    Told { missing: missing.collect(), uses: uses.collect() }
}

const DENY: &str = "deny 4000 in deny any * * @core";

#[test]
fn what_is_allowed_and_nothing_else_fits() {
    let found = told(&["@core"], &["in allow tcp 443 @web @core"], &["ours 1000 in allow tcp 443 @web @core", DENY]);
    assert_eq!(found.missing, [""; 0]);
    assert_eq!(
        found.uses,
        ["ours: serves [0] more []", "AllowVnetInBound: behind deny", "AllowAzureLoadBalancerInBound: behind deny"],
        "nothing of Azure's own rules passes"
    );
}

#[test]
fn the_virtual_network_passes_until_somebody_denies_it() {
    let found = told(&["@core"], &["in allow tcp 443 @web @core"], &["ours 1000 in allow tcp 443 @web @core"]);
    assert_eq!(found.missing, [""; 0]);
    assert_eq!(found.uses[0], "ours: serves [0] more [], beside AllowVnetInBound");
    assert!(found.uses[1].starts_with("AllowVnetInBound: serves [] more ["), "{:#?}", found.uses);
    let found = told(&["@core"], &["in allow tcp 443 @web @core"], &[]);
    assert_eq!(found.missing, [""; 0], "the default rule lets it pass");
    assert!(found.uses[0].starts_with("AllowVnetInBound: serves [0] more ["), "{:#?}", found.uses);
}

#[test]
fn what_nothing_allows_or_somebody_denies_is_missing() {
    let found = told(&["@core"], &["in allow tcp 443 @web @core"], &[DENY]);
    assert_eq!(found.missing, ["0: tcp 443 web > core by deny"]);
    let found = told(&["10.1.0.0/16"], &["in allow tcp 443 93.184.0.0/16 10.1.0.0/16"], &[]);
    assert_eq!(found.missing, ["0: tcp 443 93.184.0.0/16 > 10.1.0.0/16 by DenyAllInBound"], "from the Internet nothing comes by itself");
    let first = "stop 100 in deny tcp * 10.9.0.0/17 *";
    let found = told(
        &["10.1.0.0/16"],
        &["in allow tcp 443 10.9.0.0/16 10.1.0.0/16"],
        &[first, "ours 1000 in allow tcp 443 10.9.0.0/16 10.1.0.0/16"],
    );
    assert_eq!(found.missing, ["0: tcp 443 10.9.0.0/17 > 10.1.0.0/16 by stop"]);
}

#[test]
fn groups_and_addresses_may_be_the_same_hosts() {
    let by_address = "theirs 1000 in allow tcp 443 10.9.0.0/16 @core";
    let found = told(&["@core"], &["in allow tcp 443 @web @core"], &[by_address, DENY]);
    assert_eq!(found.missing, ["0: tcp 443 web > core by deny, perhaps theirs"]);
    assert_eq!(found.uses[0], "theirs: serves [] more [tcp 443 10.9.0.0/16 > core (FarEnds([0]))], perhaps 0");
    let other_group = "theirs 1000 in allow tcp 443 @batch @core";
    let found = told(&["@core"], &["in allow tcp 443 @web @core"], &[other_group, DENY]);
    assert_eq!(found.missing, ["0: tcp 443 web > core by deny"], "interfaces are in the groups that are meant");
    assert_eq!(found.uses[0], "theirs: serves [] more [tcp 443 batch > core (FarEnds([0]))]");
}

#[test]
fn what_is_more_says_at_which_end() {
    let wanted = ["in allow tcp 443 10.9.0.0/16 10.1.0.0/24"];
    let deny = "deny 4000 in deny any * * 10.1.0.0/16";
    let live = |text: &str| told(&["10.1.0.0/24", "10.1.1.0/24"], &wanted, &[text, deny]).uses[0].clone();
    assert_eq!(live("a 1000 in allow tcp 443 10.9.0.0/16 10.1.0.0/24"), "a: serves [0] more []");
    assert_eq!(
        live("a 1000 in allow tcp 443 10.9.0.0/16 10.1.0.0/16"),
        "a: serves [0] more [tcp 443 10.9.0.0/16 > 10.1.1.0/24 (Hosts([0]))]",
        "hosts behind the group that nobody asked about do not count"
    );
    assert_eq!(
        live("a 1000 in allow tcp 443 10.8.0.0/15 10.1.0.0/24"),
        "a: serves [0] more [tcp 443 10.8.0.0/16 > 10.1.0.0/24 (FarEnds([0]))]"
    );
    assert_eq!(live("a 1000 in allow tcp 80 10.9.0.0/16 10.1.0.0/24"), "a: serves [] more [tcp 80 10.9.0.0/16 > 10.1.0.0/24 (Nothing)]");
    assert_eq!(live("a 1000 in allow tcp 443 10.9.0.0/16 10.7.0.0/24"), "a: elsewhere");
}

#[test]
fn what_decides_nothing_is_behind_or_beside_another() {
    let deny = "deny 4000 in deny any * * 10.1.0.0/16";
    let wide = "wide 1000 in allow tcp * 10.9.0.0/16 10.1.0.0/24";
    let narrow = "narrow 1001 in allow tcp 443 10.9.0.0/16 10.1.0.0/24";
    let found = told(&["10.1.0.0/24"], &["in allow tcp 443 10.9.0.0/16 10.1.0.0/24"], &[wide, narrow, deny]);
    assert_eq!(found.uses[1], "narrow: behind wide");
    let first = narrow.replace("1001", "999");
    let found = told(&["10.1.0.0/24"], &["in allow tcp 443 10.9.0.0/16 10.1.0.0/24"], &[wide, &first, deny]);
    assert_eq!(found.uses[1], "narrow: serves [0] more [], beside wide");
    let late = narrow.replace("1001", "4010");
    let found = told(&["10.1.0.0/24"], &["in allow tcp 443 10.9.0.0/16 10.1.0.0/24"], &[&late, deny]);
    assert_eq!((found.uses[0].as_str(), found.missing.len()), ("narrow: behind deny", 1), "behind a rule that denies it opens nothing");
    let twins = [narrow.to_owned(), narrow.replace("narrow 1001", "twin 1002")];
    let found = told(&["10.1.0.0/24"], &["in allow tcp 443 10.9.0.0/16 10.1.0.0/24"], &[&twins[0], &twins[1], deny]);
    assert_eq!(found.uses[..2], ["narrow: serves [0] more []", "twin: behind narrow"], "of two equal ones the first stands");
}

#[test]
fn probes_are_nobodys_excess() {
    let probes = "in allow any * AzureLoadBalancer @core";
    let found = told_sparing(&["@core"], &[], &[probes], &[&format!("probes 1000 {probes}"), DENY]);
    assert_eq!(found.uses[0], "probes: serves [] more []");
    assert_eq!(told(&["@core"], &[], &[&format!("probes 1000 {probes}"), DENY]).uses[0].matches("AzureLoadBalancer").count(), 0);
}

/// Sources, ports and hosts of a small world; a packet is one of each.
const SOURCES: [&str; 4] = ["10.9.0.0/17", "10.9.128.0/17", "10.8.0.0/16", "93.184.0.0/16"];
const HOSTS: [&str; 2] = ["10.1.0.0/24", "10.1.1.0/24"];
const PORTS: [&str; 3] = ["80", "443", "1433"];

fn any_rule(access: &'static str) -> impl Strategy<Value = String> {
    let sides =
        |of: &'static [&'static str]| prop_oneof![Just("*".to_owned()), subsequence(of, 1..=of.len()).prop_map(|some| some.join(","))];
    let port = prop_oneof![Just("*"), select(PORTS.to_vec())];
    let access = prop_oneof![Just(access), Just("allow")];
    (access, port, sides(&SOURCES), sides(&HOSTS))
        .prop_map(|(access, port, source, host)| format!("in {access} tcp {port} {source} {host}"))
}

fn passes(rules: &[SecurityRule], packet: &Opening) -> bool {
    use crate::azure::verdict::{Entry, Outcome, outcome};
    let found = outcome(rules.iter().map(Entry::of), packet);
    assert!(matches!(found, Outcome::Allowed | Outcome::Denied | Outcome::Mixed), "{found:?}");
    found == Outcome::Allowed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Something is missing exactly where a wanted packet does not pass, and something is more exactly where an unwanted one does.
    #[test]
    fn it_tells_exactly_what_packets_tell(
        wanted in proptest::collection::vec(any_rule("allow"), 0..4),
        live in proptest::collection::vec((any_rule("deny"), 100_u16..4000), 0..6),
    ) {
        let wanted: Vec<Opening> = wanted.iter().map(|text| opening(text)).collect();
        let mut rules: Vec<SecurityRule> = Vec::new();
        for (number, (text, priority)) in live.iter().enumerate() {
            rules.push(rule(&format!("r{number} {} {text}", priority * 8 + u16::try_from(number).unwrap())));
        }
        // What is from the Internet or from the network is one thing here: nothing is left to Azure's own rules.
        rules.push(rule("last 40000 in deny any * * *"));
        let places: Vec<Side> = HOSTS.iter().map(|text| side(text)).collect();
        let found = fit(&places, &wanted, &[], &rules);
        let asks = |packet: &Opening| wanted.iter().any(|opening| covers(opening, packet));
        let (mut short, mut beyond) = (false, false);
        for source in SOURCES { for host in HOSTS { for port in PORTS.iter().chain(&["9999"]) {
            let packet = opening(&format!("in allow tcp {port} {source} {host}"));
            match (passes(&rules, &packet), asks(&packet)) {
                (false, true) => short = true,
                (true, false) => beyond = true,
                (true, true) | (false, false) => {}
            }
        }}}
        let told_short = found.wanted.iter().any(|met| !met.gaps.is_empty());
        let told_beyond = found.live.iter().any(|used| matches!(used, Use::Allows(allowed) if !allowed.more.is_empty()));
        prop_assert!(!short || told_short, "a wanted packet does not pass and nothing is said");
        prop_assert!(!beyond || told_beyond, "an unwanted packet passes and nothing is said");
        // Beyond the packets that are counted there are those of other sources and hosts, which openings without a limit are about.
        let everywhere = wanted.iter().any(|opening| *opening.peer() == Side::Any || *opening.local() == Side::Any)
            || rules.iter().any(|rule| *rule.opening.peer() == Side::Any && rule.opening.access == Access::Allow);
        prop_assert!(everywhere || short == told_short, "something is missing that passes");
        prop_assert!(everywhere || beyond == told_beyond, "something is more that is wanted");
    }
}

/// Tells whether one packet of the small world is in an opening.
fn covers(opening: &Opening, packet: &Opening) -> bool {
    let side = |wide: &Side, narrow: &Side| match (wide, narrow) {
        (Side::Any, _) => true,
        (Side::Prefixes(wide), Side::Prefixes(narrow)) => narrow.iter().all(|block| wide.iter().any(|wide| wide.contains(*block))),
        _ => false,
    };
    let port = opening.destination_ports == PortSet::Any || opening.destination_ports == packet.destination_ports;
    port && side(&opening.source, &packet.source) && side(&opening.destination, &packet.destination)
}

/// A large group is judged rule by rule, whoever made a rule that is about all of them.
#[test]
fn many_rules_are_each_judged() {
    let many: Vec<Opening> = (0..300).map(|number| opening(&format!("in allow tcp {} @web @core", 1024 + number * 3))).collect();
    let name = |priority: u16| format!("r{priority}");
    let rules = many.iter().zip(1000..);
    let rules =
        rules.map(|(opening, priority)| SecurityRule { name: name(priority), description: None, priority, opening: opening.clone() });
    let live: Vec<SecurityRule> = rules.chain([rule("wide 900 in allow tcp * 10.0.0.0/8 *")]).chain(built_in_rules()).collect();
    let found = fit(&[side("@core")], &many, &[], &live);
    assert!(found.wanted.iter().all(|met| met.partly && met.gaps.is_empty()));
    for (number, used) in found.live.iter().take(many.len()).enumerate() {
        assert!(matches!(used, Use::Allows(Allowed { serves, more, .. }) if *serves == [number] && more.is_empty()), "{number}: {used:?}");
    }
    assert!(
        matches!(&found.live[many.len()], Use::Allows(wide) if wide.serves.is_empty() && wide.unsure.is_some() && wide.more.len() > many.len())
    );
}
