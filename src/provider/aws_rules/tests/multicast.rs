//! Multicast in EC2's terms: addresses for senders, groups as destinations, IGMP as protocol 2.

use super::*;
use crate::topology::PlacementName;

/// Desktops and a director in a group each, the director's group with these addresses.
fn casting(core: Json, policy: Json) -> Rollout {
    let mut core = core;
    core["components"] = json!(["application_management_director"]);
    core["security_group_id"] = json!(CORE);
    let mut all = json!({ "multicast": "transit_gateway", "exclude": ["application_management_director.29074"] });
    for (name, value) in policy.as_object().unwrap() {
        all[name] = value.clone();
    }
    let desktops = json!({ "components": ["desktop"], "security_group_id": MEDIA });
    rollout(json!({ "placements": { "core": core, "media": desktops }, "policy": all }))
}

fn at_home() -> Json {
    json!({ "cidr_ipv4": ["10.1.0.0/24", "10.1.7.9/32"], "cidr_ipv6": ["fd00:1::/64"], "prefix_list_ids": ["pl-00000001"], "peer_by": "group" })
}

fn desired(rollout: &Rollout, id: &str) -> Vec<String> {
    let desired = rollout.desired(Matrix::embedded());
    desired[&group(id)].iter().map(|(permission, text)| format!("{permission}: {text}")).collect()
}

#[test]
fn senders_are_named_by_ipv4_addresses_whatever_peer_by_says() {
    let rollout = casting(at_home(), json!({}));
    assert_eq!(
        desired(&rollout, MEDIA),
        [
            "egress protocol 2 to 224.0.0.2/32: application_management_director.29075 row 2 by igmp to all routers",
            "egress protocol 2 to 239.29.9.67/32: application_management_director.29075 row 2 by igmp to 239.29.9.67",
            "ingress udp 29075 from 10.1.0.0/24: application_management_director.29075 row 2 from core by multicast",
            "ingress udp 29075 from 10.1.7.9/32: application_management_director.29075 row 2 from core by multicast",
            "ingress protocol 2 from 0.0.0.0/32: application_management_director.29075 row 2 by igmp from querier",
        ]
    );
    assert_eq!(desired(&rollout, CORE), ["egress udp 29075 to 239.29.9.67/32: application_management_director.29075 row 2 to 239.29.9.67"]);
    assert_eq!(rollout.unnamed_senders().into_iter().count(), 0);
}

#[test]
fn a_sender_without_ipv4_addresses_is_an_error_on_its_placement() {
    let wrong = |core: Json, policy: Json| -> Vec<String> {
        let found = casting(core, policy).unnamed_senders().into_iter();
        found.map(|diagnostic| format!("{diagnostic:?}")).collect()
    };
    for core in [
        json!({}),
        json!({ "cidr_ipv6": ["fd00:1::/64"], "peer_by": "group" }),
        json!({ "prefix_list_ids": ["pl-00000001"], "peer_by": "both" }),
    ] {
        let found = wrong(core, json!({}));
        assert!(
            matches!(found.as_slice(), [one] if one.contains("Placement `core` sends `application_management_director.29075` by multicast") && one.contains("cidr_ipv4")),
            "{found:#?}"
        );
    }
    assert_eq!(wrong(json!({}), json!({ "multicast": "report" })), [""; 0]);
    assert_eq!(wrong(json!({}), json!({ "directions": ["egress"] })), [""; 0], "no rule would name it");
    assert_eq!(
        wrong(json!({}), json!({ "exclude": ["application_management_director.29074", "application_management_director.29075"] })),
        [""; 0]
    );
}

#[test]
fn cloud_rules_are_counted_and_lines_say_what_they_are() {
    let rollout = casting(at_home(), json!({}));
    let shown = rollout.shown(Matrix::embedded());
    assert_eq!(shown["rule_count"].get("media").as_str(), Some("ipv4 ingress 3 of 60, egress 2 of 60"));
    let lines = shown["lines"].get("media");
    let multicast = "application_management_director.29075 (plain, multicast, role applications, row 2)";
    let pairs = |direction: &str| entries(lines.get(direction));
    assert_eq!(
        pairs("ingress"),
        [
            ("igmp from querier".to_owned(), format!("{multicast}: 0.0.0.0/32")),
            ("udp 29075 from core by multicast".to_owned(), format!("{multicast}: 10.1.0.0/24, 10.1.7.9/32")),
        ]
    );
    assert_eq!(
        pairs("egress"),
        [
            ("igmp to 239.29.9.67".to_owned(), format!("{multicast}: 239.29.9.67/32")),
            ("igmp to all routers".to_owned(), format!("{multicast}: 224.0.0.2/32")),
        ]
    );
}

#[test]
fn what_is_read_back_is_what_was_asked() {
    let rollout = casting(at_home(), json!({}));
    let mut observed = as_asked(&rollout);
    let asked: Value = rollout.lines(Matrix::embedded()).into();
    let live =
        |observed: &BTreeMap<SecurityGroupId, Observed>| -> Value { rollout.live_lines(Matrix::embedded(), observed, &ours()).into() };
    assert_eq!(live(&observed), asked);
    let Some(Observed::Live(rules)) = observed.get_mut(&group(MEDIA)) else { panic!("the group is gone") };
    let join = rules.iter_mut().find(|rule| rule.permission.to_string() == "egress protocol 2 to 239.29.9.67/32").unwrap();
    join.permission = "egress protocol 2 to 239.0.0.0/8".parse().unwrap();
    let id = join.id.to_string();
    let edited = live(&observed).get("media").get("egress").get("igmp to 239.29.9.67").as_str().map(str::to_owned);
    assert_eq!(
        edited,
        Some(format!(
            "application_management_director.29075 (plain, multicast, role applications, row 2): {id} was changed by hand to egress protocol 2 to 239.0.0.0/8"
        ))
    );
}

#[test]
fn whoever_has_a_group_can_be_a_member_whether_it_is_managed_or_not() {
    let names = |rollout: &Rollout| -> Vec<String> {
        let places = rollout.topology.placements.iter().filter(|(_, placement)| placement.can_join);
        places.map(|(name, _): (&PlacementName, _)| name.to_string()).collect()
    };
    let mut id = json!({ "manage": ["core"] });
    id["policy"] = json!({ "multicast": "transit_gateway" });
    let rollout = rollout(id);
    assert_eq!(rollout.managed().map(ToString::to_string).collect::<Vec<_>>(), ["core"]);
    assert_eq!(names(&rollout), ["core", "media"], "agents have addresses alone");
}
