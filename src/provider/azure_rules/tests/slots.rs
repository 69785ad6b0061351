//! Priorities: a slot for life, whatever else changes.

use super::*;

/// The priority of each line of `core`.
fn priorities(rollout: &Rollout, kept: &Kept) -> BTreeMap<String, String> {
    let lines: Value = rollout.lines(Matrix::embedded(), kept, &rollout.slots(kept).unwrap()).into();
    let first = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
    texts(&lines, "core", "ingress").into_iter().map(|(key, text)| (key, first(&text))).collect()
}

#[test]
fn new_lines_take_free_slots_and_move_nobody() {
    let small = rollout(json!({ "policy": { "directions": ["ingress"], "exclude": ["configuration.29091"] } }));
    let kept = kept_of(&small, &as_asked(&small, &Kept::default()));
    assert_eq!(priorities(&small, &kept)["tcp 39091 from agents"], "1000");
    let large = rollout(json!({}));
    let now = priorities(&large, &kept);
    assert_eq!((now["tcp 39091 from agents"].as_str(), now["tcp 29091 from agents"].as_str()), ("1000", "1001"));
}

#[test]
fn a_renamed_placement_keeps_names_and_slots_of_its_rules() {
    let before = rollout(json!({}));
    let observed = as_asked(&before, &Kept::default());
    let kept = kept_of(&before, &observed);
    let mut placements: Json = json!({
        "desks": { "components": ["desktop"], "address_prefixes": ["10.20.0.0/16", "10.21.0.0/16"] },
    });
    placements["core"] = json!({
        "components": ["configuration"],
        "network_security_group_id": id("network", "core"),
        "application_security_group_ids": [id("application", "servers")],
    });
    let after = rollout(json!({ "placements": placements }));
    let desired = |rollout: &Rollout, kept: &Kept| rollout.desired(Matrix::embedded(), &rollout.slots(kept).unwrap());
    let shape = |rollout: &Rollout, kept: &Kept| -> Vec<_> {
        let rules = desired(rollout, kept).remove(&nsg("core")).unwrap();
        rules.into_iter().map(|(name, wanted)| (name, wanted.priority, wanted.opening)).collect()
    };
    assert_eq!(shape(&after, &kept), shape(&before, &kept));
}

#[test]
fn priorities_of_others_are_left_to_them() {
    let rollout = rollout(json!({}));
    let by_hand = json!({ "name": "web", "properties": {
        "priority": 1000, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*", "destinationPortRange": "443",
    } });
    let kept = kept_of(&rollout, &BTreeMap::from([(nsg("core"), live(&nsg("core"), &[by_hand]))]));
    assert_eq!(priorities(&rollout, &kept)["tcp 29091 from agents"], "1001");
}

#[test]
fn a_range_that_is_too_narrow_names_one_that_is_not() {
    let rollout = rollout(json!({ "priority_range": "1000-1009", "placements": {
        "agents": { "components": ["applications"], "address_prefixes": ["10.20.0.0/16"] },
        "core": {
            "components": ["applications", "xml_server"],
            "network_security_group_id": id("network", "core"),
            "address_prefixes": ["10.1.0.0/24"],
        },
    } }));
    let full = rollout.slots(&Kept::default()).unwrap_err();
    assert!(full.missing > 0 && full.fitting.is_some(), "{full:?}");
}

#[test]
fn kept_rules_survive_being_written_and_read() {
    let rollout = rollout(json!({}));
    let observed = as_asked(&rollout, &Kept::default());
    let kept = kept_of(&rollout, &observed);
    assert_eq!(kept.held().count(), 2);
    assert_eq!(kept.taken().len(), 0);
    assert!(kept.seen(&nsg("CORE")).is_some(), "ids are the same in upper and lower case");
    let mut forgetful = Kept::default();
    forgetful.recognize(&observed, "emc");
    assert_eq!(forgetful.instance.as_deref(), Some("0011"));
    assert_eq!(Kept::read(&Private(b"{not json".to_vec())), Kept::default());
}
