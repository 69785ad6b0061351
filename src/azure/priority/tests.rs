//! Slots for life.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::azure::rule::{PortSet, Protocol};
use crate::azure::side::{Side, Tag};

/// The opening number so-and-so of a direction.
fn opening(direction: Direction, access: Access, number: u16) -> Opening {
    let port = PortSet::of([(number, number)]);
    Opening::facing(direction, access, Protocol::Tcp, Side::Tag(Tag::new(Tag::VIRTUAL_NETWORK)), Side::Any, port)
}

fn need(name: &str, number: u16) -> Need {
    of(name, Direction::Ingress, Access::Allow, number)
}

fn of(name: &str, direction: Direction, access: Access, number: u16) -> Need {
    Need { name: name.parse().unwrap(), direction, access, opening: Some(opening(direction, access, number)) }
}

fn held(name: &str, priority: u16, number: u16) -> SecurityRule {
    SecurityRule { name: name.to_owned(), description: None, priority, opening: opening(Direction::Ingress, Access::Allow, number) }
}

fn band(text: &str) -> Band {
    text.parse().unwrap()
}

/// Writes `a: b 1000` for a rule `a` that has the name `b`.
fn slots(band: Band, held: &[SecurityRule], needs: &[Need], taken: &[u16]) -> Vec<String> {
    let taken = taken.iter().map(|priority| (Direction::Ingress, *priority)).collect();
    let slots = assign(band, held, needs, &taken).unwrap();
    slots.into_iter().map(|(wanted, slot)| format!("{wanted}: {} {}", slot.name, slot.priority)).collect()
}

#[test]
fn new_rules_fill_gaps_in_the_order_in_which_they_are_asked_for() {
    let live = [held("b", 1001, 2), held("gone", 1003, 9)];
    let needs = [need("z", 1), need("b", 2), need("a", 3), need("c", 4)];
    // The slot of the rule that goes is left alone as long as there are others.
    assert_eq!(slots(Band::default(), &live, &needs, &[1000]), ["a: a 1004", "b: b 1001", "c: c 1005", "z: z 1002"]);
    assert_eq!(slots(band("1001-1010"), &[held("gone", 1001, 9)], &[need("a", 1)], &[]), ["a: a 1002"]);
    let full: Vec<u16> = (1002..1010).collect();
    assert_eq!(slots(band("1001-1010"), &[held("gone", 1001, 9)], &[need("a", 1)], &full), ["a: a 1001"]);
}

#[test]
fn what_opens_the_same_keeps_name_and_slot_under_a_new_name() {
    // Names go round: none of the three openings moves.
    let live = [held("a", 1005, 1), held("b", 1007, 2), held("c", 1009, 3)];
    let needs = [need("a", 2), need("b", 3), need("c", 1)];
    assert_eq!(slots(Band::default(), &live, &needs, &[]), ["a: b 1007", "b: c 1009", "c: a 1005"]);
    // A fourth rule that wants a name which is taken gets one like it.
    let more = slots(Band::default(), &live, &[need("a", 2), need("b", 4), need("c", 1)], &[]);
    assert!(more[1].starts_with("b: b-") && more[1].ends_with(" 1000"), "{more:?}");
}

#[test]
fn another_opening_under_the_same_name_keeps_the_slot() {
    assert_eq!(slots(Band::default(), &[held("a", 1500, 1)], &[need("A", 2)], &[]), ["A: a 1500"]);
    let unknown = Need { opening: None, ..need("a", 1) };
    assert_eq!(slots(Band::default(), &[held("a", 1500, 1)], &[unknown], &[]), ["a: a 1500"]);
}

#[test]
fn directions_number_apart_and_denies_stand_behind() {
    let deny = of("deny", Direction::Ingress, Access::Deny, 3);
    let needs = [need("in", 1), of("out", Direction::Egress, Access::Allow, 2), deny];
    assert_eq!(slots(Band::default(), &[], &needs, &[]), ["deny: deny 2900", "in: in 1000", "out: out 1000"]);
}

#[test]
fn a_rule_outside_of_its_part_of_the_band_moves_into_it() {
    assert_eq!(
        slots(band("200-299"), &[held("a", 1000, 1), held("b", 299, 2)], &[need("a", 1), need("b", 2)], &[]),
        ["a: a 200", "b: b 201"]
    );
}

#[test]
fn a_band_that_is_too_small_is_told_with_one_that_fits() {
    let needs: Vec<Need> = (0..12).map(|number| need(&format!("r{number:02}"), number)).collect();
    let taken = BTreeSet::from([(Direction::Ingress, 1003), (Direction::Egress, 150)]);
    let full = assign(band("1000-1009"), &[], &needs, &taken).unwrap_err();
    assert_eq!(full.to_string(), "the band 1000-1009 has too few free priorities: 4 ingress rules that allow find none");
    assert_eq!(full.fitting, Some(band("200-299")));
    assert_eq!(band("1000-1009").free(Direction::Ingress, Access::Allow, &taken), 8);
    let everywhere = (100..=4096).step_by(9).map(|priority| (Direction::Egress, priority)).collect();
    assert_eq!(fitting(&needs, &everywhere), None);
}

#[test]
fn a_band_lies_within_what_azure_takes() {
    for (text, fault) in [
        ("99-2000", "too low"),
        ("1000-4097", "too high"),
        ("1000-1008", "too narrow"),
        ("2000-1000", "it is reversed; write `1000-2000`"),
        ("1005-1000", "too narrow; write the first and the last of at least ten priorities from 100 to 4096, such as `1000-2999`"),
        ("1000", "hyphen"),
        ("a-b", "hyphen"),
    ] {
        let error = text.parse::<Band>().unwrap_err().to_string();
        assert!(error.contains(fault) && error.contains(text), "{error}");
    }
    assert_eq!(band("100-4096").part(Access::Deny), 3997..=4096);
    assert_eq!((band("100-109").part(Access::Allow), band("100-109").part(Access::Deny)), (100..=108, 109..=109));
}

/// What is wanted at one moment: which of 12 rules, under which of two names.
fn moment() -> impl Strategy<Value = Vec<Need>> {
    let one = (
        0..12_u16,
        any::<bool>(),
        select(vec![Direction::Ingress, Direction::Egress]),
        prop_oneof![4 => Just(Access::Allow), 1 => Just(Access::Deny)],
    );
    proptest::collection::vec(one, 0..10).prop_map(|all| {
        let named = all.into_iter().map(|(number, renamed, direction, access)| {
            // The other name is at times that of another rule.
            let number_in_name = if renamed { (number + 1) % 12 } else { number };
            let need = of(&format!("{direction}-{}-{number_in_name}", access.as_str()), direction, access, number);
            (need.name.clone(), need)
        });
        let by_name: BTreeMap<RuleName, Need> = named.collect();
        // One group has one rule for one opening.
        let by_opening: BTreeMap<Opening, Need> = by_name.into_values().map(|need| (need.opening.clone().unwrap(), need)).collect();
        by_opening.into_values().collect()
    })
}

proptest! {
    #[test]
    fn a_slot_is_for_life(moments in proptest::collection::vec(moment(), 1..12), taken in proptest::collection::btree_set(1000..1020_u16, 0..5)) {
        let taken: BTreeSet<(Direction, u16)> = taken.into_iter().flat_map(|one| Direction::ALL.map(|direction| (direction, one))).collect();
        let band = Band::new(1000, 1099).unwrap();
        let mut live: Vec<SecurityRule> = Vec::new();
        for needs in moments {
            let slots = assign(band, &live, &needs, &taken).unwrap();
            let next: Vec<SecurityRule> = needs
                .iter()
                .map(|need| {
                    let slot = &slots[&need.name];
                    SecurityRule { name: slot.name.to_string(), description: None, priority: slot.priority, opening: need.opening.clone().unwrap() }
                })
                .collect();
            for rule in &next {
                prop_assert!(!taken.contains(&(rule.opening.direction, rule.priority)));
                prop_assert!(band.part(rule.opening.access).contains(&rule.priority));
                if let Some(before) = live.iter().find(|before| before.opening == rule.opening) {
                    prop_assert_eq!((&before.name, before.priority), (&rule.name, rule.priority), "what was open stays as it was");
                }
            }
            let names: BTreeSet<String> = next.iter().map(|rule| name::folded(&rule.name)).collect();
            let priorities: BTreeSet<(Direction, u16)> = next.iter().map(|rule| (rule.opening.direction, rule.priority)).collect();
            prop_assert_eq!((names.len(), priorities.len()), (next.len(), next.len()), "names and priorities are unique");
            prop_assert_eq!(assign(band, &next, &needs, &taken).unwrap(), slots, "asking again changes nothing");
            live = next;
        }
    }
}
