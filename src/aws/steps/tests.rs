//! From what differs to the calls that mend it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::aws::owner::Mark;
use crate::aws::permission::Traffic;

/// What is live after these steps, worked out naively; a rule without one of its own keeps its mark.
fn applied(steps: &Steps, live: &[LiveRule], job: &Job) -> Vec<LiveRule> {
    let mut rules = live.to_vec();
    for modify in &steps.modify {
        let rule = rules.iter_mut().find(|rule| rule.id == modify.rule).unwrap();
        assert_eq!(rule.permission.direction, modify.permission.direction, "EC2 cannot change a direction");
        assert_eq!(kind(&rule.permission.peer), kind(&modify.permission.peer), "EC2 cannot change a kind of peer");
        rule.permission = modify.permission.clone();
        rule.description = Some(modify.description.clone());
    }
    for id in &steps.unmarked(true) {
        rules.iter_mut().find(|rule| rule.id == *id).unwrap().mark = Some(job.mark.clone());
    }
    for (index, (permission, description)) in steps.authorize.iter().enumerate() {
        assert!(rules.iter().all(|rule| rule.permission != *permission), "EC2 would call {permission} a duplicate");
        rules.push(LiveRule {
            group: group(),
            permission: permission.clone(),
            id: RuleId::new(format!("new-{index}")),
            description: Some(description.clone()),
            mark: Some(job.mark.clone()),
        });
    }
    for (direction, id) in &steps.revoke {
        let position = rules.iter().position(|rule| rule.id == *id).unwrap();
        assert_eq!(rules.remove(position).permission.direction, *direction);
    }
    rules
}

fn kind(peer: &Peer) -> u8 {
    match peer {
        Peer::Cidr(cidr) if cidr.is_ipv4() => 0,
        Peer::Cidr(_) => 1,
        Peer::Group(_) => 2,
        Peer::PrefixList(_) => 3,
        Peer::Other(_) => 4,
    }
}

fn group() -> SecurityGroupId {
    "sg-00000000000000001".parse().unwrap()
}

fn mark(name: &str, instance: &str) -> Mark {
    Mark { name: name.to_owned(), instance: instance.to_owned() }
}

fn any_permission() -> impl Strategy<Value = Permission> {
    let traffic = prop_oneof![
        (4001u16..4004).prop_map(|port| Traffic::Tcp { first: port, last: port }),
        (4001u16..4003).prop_map(|port| Traffic::Udp { first: port, last: port + 5 }),
        Just(Traffic::Number(2)),
    ];
    let peer = prop_oneof![
        3 => prop::sample::select(vec!["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"]).prop_map(|block| Peer::Cidr(block.parse().unwrap())),
        1 => Just(Peer::Cidr("2001:db8::/32".parse().unwrap())),
        1 => Just(Peer::Group("sg-00000000000000002".parse().unwrap())),
        1 => Just(Peer::PrefixList("pl-00000000000000002".parse().unwrap())),
    ];
    (prop::sample::select(Direction::ALL.to_vec()), traffic, peer).prop_map(|(direction, traffic, peer)| Permission {
        direction,
        traffic,
        peer,
    })
}

fn any_desired() -> impl Strategy<Value = Desired> {
    prop::collection::btree_map(any_permission(), prop::sample::select(vec!["a".to_owned(), "b".to_owned()]), 0..12)
}

fn any_live() -> impl Strategy<Value = Vec<LiveRule>> {
    let mark = prop_oneof![
        4 => Just(Some(mark("core", "i1"))),
        1 => Just(Some(mark("core", "i0"))),
        1 => Just(Some(mark("former", "i1"))),
        1 => Just(Some(mark("other", "i2"))),
        1 => Just(None),
    ];
    let description = prop::sample::select(vec![None, Some("a".to_owned()), Some("b".to_owned())]);
    prop::collection::btree_map(any_permission(), (mark, description), 0..12).prop_map(|rules| {
        let rules = rules.into_iter().enumerate();
        rules
            .map(|(index, (permission, (mark, description)))| LiveRule {
                group: group(),
                permission,
                id: RuleId::new(format!("sgr-{index}")),
                description,
                mark,
            })
            .collect()
    })
}

fn any_job() -> impl Strategy<Value = Job> {
    (any::<bool>(), prop::collection::btree_set(0usize..12, 0..4)).prop_map(|(adopt_existing, named)| Job {
        mark: mark("core", "i1"),
        desired: BTreeMap::new(),
        revoke_foreign: named.into_iter().map(|index| (group(), RuleId::new(format!("sgr-{index}")))).collect(),
        adopt_existing,
        new_groups: BTreeSet::new(),
    })
}

proptest! {
    #[test]
    fn the_steps_lead_to_exactly_the_desired_rules_and_then_end(desired in any_desired(), live in any_live(), job in any_job()) {
        let first = steps(&group(), &desired, &live, &job);
        let after = applied(&first, &live, &job);
        let ours: BTreeMap<&Permission, &LiveRule> =
            after.iter().filter(|rule| rule.owner(&job.mark) == Owner::Ours).map(|rule| (&rule.permission, rule)).collect();
        let clashing: BTreeSet<&Permission> = first.clashes.iter().map(|clash| &clash.permission).collect();
        let wanted: BTreeSet<&Permission> = desired.keys().filter(|permission| !clashing.contains(*permission)).collect();
        prop_assert_eq!(ours.keys().copied().collect::<BTreeSet<_>>(), wanted);
        for (permission, rule) in ours {
            prop_assert_eq!(rule.mark.as_ref(), Some(&job.mark));
            prop_assert!(rule.description.is_none() || rule.description.as_ref() == desired.get(permission));
        }
        let second = steps(&group(), &desired, &after, &job);
        prop_assert_eq!(Steps { clashes: second.clashes.clone(), ..Steps::default() }, second.clone());
        prop_assert_eq!(second.clashes, first.clashes);
    }

    #[test]
    fn nobody_elses_rule_is_touched_unless_it_was_named_or_may_be_adopted(desired in any_desired(), live in any_live(), job in any_job()) {
        let after = applied(&steps(&group(), &desired, &live, &job), &live, &job);
        for rule in &live {
            let named = job.revoke_foreign.contains(&(group(), rule.id.clone()));
            let wanted = desired.contains_key(&rule.permission);
            let may_change = match rule.owner(&job.mark) {
                Owner::Ours => true,
                Owner::Lost => wanted || named,
                Owner::Sibling(_) => false,
                Owner::Foreign => named || (wanted && job.adopt_existing),
            };
            prop_assert!(may_change || after.contains(rule), "{} was touched", rule.permission);
        }
    }

    #[test]
    fn what_is_open_and_desired_is_never_closed(desired in any_desired(), live in any_live(), job in any_job()) {
        let steps = steps(&group(), &desired, &live, &job);
        let revoked: BTreeSet<&RuleId> = steps.revoke.iter().map(|(_, id)| id).collect();
        for rule in live.iter().filter(|rule| desired.contains_key(&rule.permission)) {
            prop_assert!(!revoked.contains(&rule.id), "{} would be revoked", rule.permission);
            let moved = steps.modify.iter().find(|modify| modify.rule == rule.id);
            prop_assert!(moved.is_none_or(|modify| modify.permission == rule.permission), "{} would be moved", rule.permission);
        }
    }
}

#[test]
fn the_second_of_two_equal_rules_of_ours_goes() {
    let rule = |id: &str| LiveRule {
        group: group(),
        permission: Permission::of_protocol(Direction::Egress, 2, Peer::Cidr("224.0.0.2/32".parse().unwrap())),
        id: RuleId::new(id),
        description: None,
        mark: Some(mark("core", "i1")),
    };
    let live = [rule("sgr-1"), rule("sgr-2")];
    let desired = Desired::from([(live[0].permission.clone(), "text".to_owned())]);
    let job = Job {
        mark: mark("core", "i1"),
        desired: BTreeMap::new(),
        revoke_foreign: BTreeSet::new(),
        adopt_existing: false,
        new_groups: BTreeSet::new(),
    };
    let steps = steps(&group(), &desired, &live, &job);
    assert_eq!(steps.revoke, [(Direction::Egress, RuleId::new("sgr-2"))]);
    assert_eq!((steps.openings(), steps.unmarked(true)), (0, Vec::new()));
}

#[test]
fn what_has_no_mark_is_marked_apart_from_what_was_left_behind() {
    let rule = |id: &str, number: u8, mark: Option<Mark>| LiveRule {
        group: group(),
        permission: Permission::of_protocol(Direction::Ingress, number, Peer::Cidr("10.1.0.0/16".parse().unwrap())),
        id: RuleId::new(id),
        description: Some("by hand".to_owned()),
        mark,
    };
    let live = [
        rule("sgr-foreign", 2, None),
        rule("sgr-lost", 3, Some(mark("core", "i0"))),
        rule("sgr-renamed", 4, Some(mark("former", "i1"))),
        rule("sgr-ours", 5, Some(mark("core", "i1"))),
    ];
    let desired: Desired = live.iter().map(|rule| (rule.permission.clone(), "text".to_owned())).collect();
    let job = Job {
        mark: mark("core", "i1"),
        desired: BTreeMap::new(),
        revoke_foreign: BTreeSet::new(),
        adopt_existing: true,
        new_groups: BTreeSet::new(),
    };
    let steps = steps(&group(), &desired, &live, &job);
    assert_eq!(steps.openings(), 4, "each gets its description first");
    let ids = |ids: &[&str]| ids.iter().map(|id| RuleId::new(*id)).collect::<Vec<_>>();
    assert_eq!(steps.unmarked(false), ids(&["sgr-lost", "sgr-renamed"]));
    assert_eq!(steps.unmarked(true), ids(&["sgr-lost", "sgr-renamed", "sgr-foreign"]));
}
