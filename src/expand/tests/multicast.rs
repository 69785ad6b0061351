//! What multicast opens, and why it does not.

use super::*;
use crate::rule::{Peer, Traffic};

const DIRECTOR: &str = "application_management_director.29075";

/// A director, services and desktops on hosts of their own, carried by a transit gateway.
fn carried() -> Site {
    site([("agents", &["desktop"]), ("core", &["application_management_director"]), ("media", &["media_director"])])
        .policy(|policy| policy.multicast = Some("transit_gateway".to_owned()))
}

fn outside(spec: &mut PlacementSpec) {
    (spec.managed, spec.can_join) = (false, false);
}

/// The rules of one flow as `<placement> <direction> <key>`.
fn rules(site: &Site, flow: &str) -> Vec<String> {
    let expansion = site.expand();
    let of_flow = expansion.rules.values().filter(|rule| rule.flows.contains_key(flow));
    of_flow.map(|rule| format!("{} {} {}", rule.key.local, rule.key.direction, rule.key)).collect()
}

#[test]
fn receivers_join_and_hear_senders_reach_the_group() {
    assert_eq!(
        rules(&carried(), DIRECTOR),
        [
            "agents egress igmp to 239.29.9.67",
            "agents egress igmp to all routers",
            "agents ingress udp 29075 from core by multicast",
            "agents ingress igmp from querier",
            "core egress udp 29075 to 239.29.9.67",
            "media egress igmp to 239.29.9.67",
            "media egress igmp to all routers",
            "media ingress udp 29075 from core by multicast",
            "media ingress igmp from querier",
        ],
        "nothing between agents and media: neither sends"
    );
}

#[test]
fn whatever_is_reported_opens_nothing() {
    let reported = carried().policy(|policy| policy.multicast = Some("report".to_owned()));
    assert!(!reported.expand().rules.keys().any(|key| key.peer.is_multicast() || key.traffic == Traffic::Igmp));
    let lost = "services on other hosts do not find the Application Management Director";
    reported.notes(DIRECTOR, &format!("multicast: a cloud network carries none, but for a transit gateway of AWS; {lost}"));
}

#[test]
fn notes_say_what_multicast_lacks() {
    let ids = || carried().policy(|policy| policy.multicast_groups.clear()).place("ids", &["ids_multimedia"]).place("view", &["ids_view"]);
    ids().notes(
        "ids_multimedia.29078",
        "multicast: no group address is printed, give it in multicast_groups; the View server on another host does not receive multimedia data by multicast",
    );
    let given = ids().policy(|policy| policy.multicast_groups = text("ids_multimedia.29078", "239.1.2.3"));
    assert_eq!(given.note("ids_multimedia.29078"), None);
    carried().notes("crm_connector.29027", "closed as shipped: name it in include to open it");
    let included = carried().policy(|policy| policy.include = words(["crm_connector.29027"]));
    included.notes("crm_connector.29027", "not placed: crm_connector");
    let alone = site([("core", &["application_management_director"]), ("crm", &["crm_connector"])]).policy(|policy| {
        policy.multicast = Some("transit_gateway".to_owned());
        policy.include = words(["crm_connector.29027"]);
    });
    alone.notes(DIRECTOR, "not placed: applications, which receives it");
    alone.notes("crm_connector.29027", "not placed: desktop, which receives it");
    carried().policy(|policy| policy.transport = Some("secure_only".to_owned())).notes(
        DIRECTOR,
        "transport: secure_only, no secure twin, without it no discovery of the Application Management Director by multicast",
    );
    carried().policy(|policy| policy.exclude = words([DIRECTOR])).notes(DIRECTOR, "excluded: by the policy, no reason given");
}

#[test]
fn who_is_outside_of_the_cloud_is_named_with_what_is_lost() {
    let lost =
        "a transit gateway reaches no host outside of the cloud; services on other hosts do not find the Application Management Director";
    let agents = carried().change("agents", outside);
    agents.notes(&format!("{DIRECTOR} from core to agents"), &format!("multicast: agents cannot join 239.29.9.67, {lost}"));
    assert_eq!(agents.note(DIRECTOR), None);
    assert!(rules(&agents, DIRECTOR).iter().all(|rule| !rule.contains("agents")));
    let both = carried().change("agents", outside).change("media", outside);
    both.notes(DIRECTOR, &format!("multicast: agents, media cannot join 239.29.9.67, {lost}"));
    let sender = carried().change("core", outside);
    sender.notes(DIRECTOR, &format!("multicast: core cannot send to 239.29.9.67, {lost}"));
    // What is outside at both ends is none of the cloud's business.
    let abroad = carried().change("core", outside).change("agents", outside).change("media", outside);
    abroad.notes(DIRECTOR, "outside: core to agents, core to media: neither firewall is written here, another one has to allow it");
}

#[test]
fn a_member_whose_firewall_somebody_else_writes_still_takes_part() {
    let elsewhere = |spec: &mut PlacementSpec| (spec.managed, spec.can_join) = (false, true);
    assert_eq!(
        rules(&carried().change("core", elsewhere), DIRECTOR),
        [
            "agents egress igmp to 239.29.9.67",
            "agents egress igmp to all routers",
            "agents ingress udp 29075 from core by multicast",
            "agents ingress igmp from querier",
            "media egress igmp to 239.29.9.67",
            "media egress igmp to all routers",
            "media ingress udp 29075 from core by multicast",
            "media ingress igmp from querier",
        ]
    );
    let receivers = carried().change("agents", elsewhere).change("media", elsewhere);
    assert_eq!(rules(&receivers, DIRECTOR), ["core egress udp 29075 to 239.29.9.67"]);
    let listening = receivers.policy(|policy| policy.directions = Some(words(["ingress"])));
    listening.notes(DIRECTOR, "outside: core to agents, core to media: egress is not in directions");
}

#[test]
fn directions_and_exclusions_are_heeded() {
    let ingress = carried().policy(|policy| policy.directions = Some(words(["ingress"])));
    assert_eq!(
        rules(&ingress, DIRECTOR),
        [
            "agents ingress udp 29075 from core by multicast",
            "agents ingress igmp from querier",
            "media ingress udp 29075 from core by multicast",
            "media ingress igmp from querier",
        ]
    );
    let apart = carried().policy(|policy| policy.exclude = words(["application_management_director.29075 from agents"]));
    apart.notes(&format!("{DIRECTOR} from core to agents"), "excluded: by the policy, no reason given");
    assert_eq!(apart.expand().idle, [""; 0], "a receiver takes part");
    let mute = carried().policy(|policy| policy.exclude = words(["application_management_director.29075 from core"]));
    mute.notes(DIRECTOR, "excluded: by the policy, no reason given");
    assert_eq!(mute.expand().idle, [""; 0], "so does the sender");
}

#[test]
fn one_host_hears_itself_without_any_rule() {
    let one = site([("box", &["application_management_director", "media_director"])])
        .policy(|policy| policy.multicast = Some("transit_gateway".to_owned()))
        .change("box", |spec| spec.single_host = true);
    one.notes(DIRECTOR, "same host: both ends are in box, one host");
    let several = one.change("box", |spec| spec.single_host = false);
    assert_eq!(rules(&several, DIRECTOR).len(), 5, "who sends and receives has all of them");
}

#[test]
fn a_port_is_joined_with_its_neighbor_but_igmp_with_nothing() {
    let joined = carried().policy(|policy| {
        policy.port_ranges = Some("coalesce".to_owned());
        policy.ports = text(DIRECTOR, "30075,30077");
        policy.include = words(["crm_connector.29027"]);
    });
    let exact = carried().policy(|policy| policy.ports = text(DIRECTOR, "30075,30077"));
    assert_eq!(rules(&joined, DIRECTOR), rules(&exact, DIRECTOR));
    let adjacent = joined.policy(|policy| policy.ports = text(DIRECTOR, "29028,30075")).place("crm", &["crm_connector"]);
    let core = adjacent.place("core", &["application_management_director", "crm_connector"]);
    assert!(rules(&core, DIRECTOR).contains(&"core egress udp 29027-29028 to 239.29.9.67".to_owned()), "{:#?}", rules(&core, DIRECTOR));
    assert!(rules(&core, DIRECTOR).contains(&"agents ingress udp 29027-29028 from core by multicast".to_owned()));
}

#[test]
fn unicast_of_the_same_port_is_another_rule() {
    let probe = ExtraSpec {
        name: "probe".to_owned(),
        from: "core".to_owned(),
        to: "agents".to_owned(),
        protocol: "udp".to_owned(),
        ports: "29075".to_owned(),
        reason: "test".to_owned(),
        ..ExtraSpec::default()
    };
    let expansion = carried().policy(|policy| policy.extra = vec![probe]).expand();
    let keys: Vec<String> = expansion.rules.keys().filter(|key| key.local.as_str() == "agents").map(ToString::to_string).collect();
    assert!(keys.contains(&"udp 29075 from core".to_owned()) && keys.contains(&"udp 29075 from core by multicast".to_owned()), "{keys:?}");
}

#[test]
fn the_digest_knows_groups() {
    let other = |group: &str| carried().policy(|policy| policy.multicast_groups = text(DIRECTOR, group)).expand().digest();
    let reported = carried().policy(|policy| policy.multicast = None).expand().digest();
    let printed = carried().expand().digest();
    assert_eq!(other("239.29.9.67"), printed);
    assert!(other("239.29.9.68") != printed && printed != reported);
}

#[test]
fn a_site_may_say_that_others_send_as_well() {
    let both = carried().policy(|policy| policy.initiators = set(DIRECTOR, ["media_director"]));
    let more: Vec<String> = rules(&both, DIRECTOR).into_iter().filter(|rule| !rules(&carried(), DIRECTOR).contains(rule)).collect();
    assert_eq!(
        more,
        [
            "core egress igmp to 239.29.9.67",
            "core egress igmp to all routers",
            "core ingress udp 29075 from media by multicast",
            "core ingress igmp from querier",
            "media egress udp 29075 to 239.29.9.67",
        ]
    );
    assert!(both.expand().rules.keys().any(|key| matches!(&key.peer, Peer::Senders(name) if name.as_str() == "media")));
    assert_eq!(carried().questions(), both.questions(), "naming senders asks nothing new");
    assert!(carried().questions().contains(&"A36".to_owned()), "who the applications are matters here too");
}
