//! What is found before anything is written.

use serde_json::{Value, json};

use super::*;
use crate::azure::job::{Wanted, WriteMode};
use crate::azure::owner::Mark;
use crate::azure::priority::Band;
use crate::azure::rule::{Access, Protocol};
use crate::net::Direction;

fn group() -> NsgId {
    "/subscriptions/8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81/resourceGroups/emc/providers/Microsoft.Network/networkSecurityGroups/core"
        .parse()
        .unwrap()
}

fn asg(number: usize) -> AsgId {
    format!(
        "/subscriptions/8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81/resourceGroups/emc/providers/Microsoft.Network/applicationSecurityGroups/g{number}"
    )
    .parse()
    .unwrap()
}

fn opening(source: Side, port: u16) -> Opening {
    let local = Side::prefixes(["10.1.0.0/24".parse().unwrap()]).unwrap();
    Opening::facing(Direction::Ingress, Access::Allow, Protocol::Tcp, local, source, PortSet::of([(port, port)]))
}

fn blocks(count: usize) -> Side {
    Side::prefixes((0..count).map(|number| format!("10.{}.{}.0/24", 100 + number / 250, number % 250).parse().unwrap())).unwrap()
}

fn job(openings: impl IntoIterator<Item = Opening>) -> Job {
    let wanted = openings.into_iter().zip(1000_u16..).map(|(opening, priority)| {
        let name = format!("emc-emc.core.in.{priority}").parse().unwrap();
        (name, Wanted { priority, opening, text: String::new() })
    });
    Job {
        mark: Mark::new("emc", "0011"),
        desired: [(group(), wanted.collect())].into(),
        band: Band::default(),
        write_mode: WriteMode::Group,
        remove_foreign: BTreeSet::new(),
        adopt_existing: false,
        accept_void: false,
        flush_connections: None,
        new_groups: BTreeSet::new(),
    }
}

fn by_hand(name: &str, changes: &Value) -> LiveRule {
    let mut properties = json!({
        "priority": 200, "direction": "Inbound", "access": "Allow", "protocol": "Tcp", "sourceAddressPrefix": "10.9.0.0/16",
        "sourcePortRange": "*", "destinationAddressPrefix": "10.1.0.0/24", "destinationPortRange": "443",
    });
    for (name, value) in changes.as_object().unwrap() {
        properties[name] = value.clone();
    }
    LiveRule::from_raw(&group(), &json!({ "name": name, "properties": properties })).unwrap()
}

fn live(rules: Vec<LiveRule>) -> BTreeMap<NsgId, Observed> {
    [(group(), Observed::Live(Box::new(Group { id: group(), whole: None, rules })))].into()
}

#[test]
fn nothing_is_found_where_everything_fits() {
    assert_eq!(audit(&job([opening(blocks(3), 443)]), &live(vec![by_hand("web", &json!({}))])), []);
    assert_eq!(audit(&job([opening(blocks(3), 443)]), &BTreeMap::new()), [], "what was not seen is not judged");
}

#[test]
fn rules_and_addresses_of_others_count() {
    let many = (0..1000_u16).map(|number| opening(blocks(1), 1 + number));
    let found = audit(&job(many), &live(vec![by_hand("web", &json!({}))]));
    assert_eq!(found, [Finding::TooMany { group: group(), limit: Limit::Rules, desired: 1000, others: 1 }]);
    let wide = (0..4_u16).map(|number| opening(blocks(1000), 1 + number));
    let found = audit(&job(wide), &live(vec![by_hand("web", &json!({}))]));
    assert_eq!(found, [Finding::TooMany { group: group(), limit: Limit::Sources, desired: 4000, others: 1 }]);
    assert_eq!(audit(&job((0..4_u16).map(|number| opening(blocks(1000), 1 + number))), &live(Vec::new())), []);
}

#[test]
fn groups_are_counted_on_a_side_and_in_a_group() {
    let side = |from: usize, count: usize| Side::groups((from..from + count).map(asg)).unwrap();
    let found = audit(&job([opening(side(0, 11), 443)]), &BTreeMap::new());
    assert_eq!(found, [Finding::TooManyOfSide { group: group(), rule: "emc-emc.core.in.1000".parse().unwrap(), count: 11 }]);
    let all = (0..11_u16).map(|number| opening(side(usize::from(number) * 10, 10), 1 + number));
    assert_eq!(audit(&job(all), &live(Vec::new())), [Finding::TooMany { group: group(), limit: Limit::Groups, desired: 110, others: 0 }]);
}

#[test]
fn a_slot_in_the_hands_of_somebody_else_is_a_clash() {
    let found = audit(&job([opening(blocks(1), 443)]), &live(vec![by_hand("web", &json!({ "priority": 1000 }))]));
    assert!(matches!(found.as_slice(), [Finding::Clash { clash: Clash::Slot { other, .. }, .. }] if other == "web"), "{found:?}");
}

#[test]
fn what_others_deny_before_us_is_told() {
    let deny = by_hand("no", &json!({ "access": "Deny", "sourceAddressPrefix": "*", "destinationAddressPrefix": "*", "priority": 100 }));
    let found = audit(&job([opening(blocks(1), 443)]), &live(vec![deny]));
    assert!(matches!(found.as_slice(), [Finding::Overruled { surely: true, by, .. }] if by.contains("no")), "{found:?}");
}

#[test]
fn what_is_left_behind_or_made_by_hand_is_taken_over() {
    let wanted = opening(Side::prefixes(["10.9.0.0/16".parse().unwrap()]).unwrap(), 443);
    let same = by_hand("web", &json!({}));
    assert_eq!(audit(&job([wanted.clone()]), &live(vec![same.clone()])), [], "both stand");
    let adopting = Job { adopt_existing: true, ..job([wanted.clone()]) };
    assert_eq!(audit(&adopting, &live(vec![same.clone()])), [Finding::TakeOver { rule: same }]);
    let lost = by_hand("emc-emc.core.in.tcp-443.from.web", &json!({ "description": "x [emc emc 0099]" }));
    assert_eq!(audit(&job([wanted]), &live(vec![lost.clone()])), [Finding::TakeOver { rule: lost }]);
}

#[test]
fn a_group_that_is_gone_is_found_only_if_it_should_hold_rules() {
    let gone = BTreeMap::from([(group(), Observed::Gone)]);
    assert_eq!(audit(&job([opening(blocks(1), 443)]), &gone), [Finding::GroupGone { group: group() }]);
    assert_eq!(audit(&job([]), &gone), []);
}
