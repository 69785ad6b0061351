//! From what differs to the calls that mend it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::aws::owner::Mark;
use crate::aws::permission::Traffic;
use crate::aws::tags::Tags;

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
    for describe in &steps.describe {
        let rule = rules.iter_mut().find(|rule| rule.id == describe.rule).unwrap();
        assert_eq!(rule.permission.direction, describe.direction);
        rule.description = Some(describe.description.clone());
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
            tags: job.tags.set.clone(),
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
        Peer::Group(group) if group.is_elsewhere() => panic!("EC2 takes no other account's group in a change"),
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

/// A job of ours that neither adopts nor removes anything.
fn job() -> Job {
    Job {
        mark: mark("core", "i1"),
        tags: Tags::default(),
        desired: BTreeMap::new(),
        revoke_foreign: BTreeSet::new(),
        adopt_existing: false,
        new_groups: BTreeSet::new(),
    }
}

/// A rule of ours without description and tags.
fn ours(id: &str, permission: &str) -> LiveRule {
    LiveRule {
        group: group(),
        permission: permission.parse().unwrap(),
        id: RuleId::new(id),
        description: None,
        mark: Some(mark("core", "i1")),
        tags: BTreeMap::new(),
    }
}

fn any_permission() -> impl Strategy<Value = Permission> {
    let traffic = prop_oneof![
        (4001u16..4004).prop_map(|port| Traffic::Tcp { first: port, last: port }),
        (4001u16..4003).prop_map(|port| Traffic::Udp { first: port, last: port + 5 }),
        Just(Traffic::Number(2)),
    ];
    let peer = prop_oneof![
        3 => prop::sample::select(vec!["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"]).prop_map(|block| Peer::Cidr(block.parse().unwrap())),
        2 => prop::sample::select(vec!["2001:db8::/32", "fd00::/64"]).prop_map(|block| Peer::Cidr(block.parse().unwrap())),
        2 => prop::sample::select(vec!["sg-00000000000000002", "sg-00000000000000003", "123456789012/sg-00000000000000004"])
            .prop_map(|group| Peer::Group(group.parse().unwrap())),
        2 => prop::sample::select(vec!["pl-00000000000000002", "pl-00000000000000003"]).prop_map(|list| Peer::PrefixList(list.parse().unwrap())),
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
                tags: BTreeMap::new(),
            })
            .collect()
    })
}

fn any_job() -> impl Strategy<Value = Job> {
    (any::<bool>(), prop::collection::btree_set(0usize..12, 0..4)).prop_map(|(adopt_existing, named)| Job {
        mark: mark("core", "i1"),
        tags: Tags::default(),
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
        tags: BTreeMap::new(),
    };
    let live = [rule("sgr-1"), rule("sgr-2")];
    let desired = Desired::from([(live[0].permission.clone(), "text".to_owned())]);
    let job = job();
    let steps = steps(&group(), &desired, &live, &job);
    assert_eq!(steps.revoke, [(Direction::Egress, RuleId::new("sgr-2"))]);
    assert_eq!((steps.openings(), steps.unmarked(true)), (0, Vec::new()));
}

#[test]
fn what_has_no_mark_is_marked_apart_from_what_was_left_behind() {
    let rule = |id: &str, number: u8, mark: Option<Mark>| LiveRule {
        permission: Permission::of_protocol(Direction::Ingress, number, Peer::Cidr("10.1.0.0/16".parse().unwrap())),
        description: Some("by hand".to_owned()),
        mark,
        ..ours(id, "ingress tcp 1 from 10.1.0.0/16")
    };
    let live = [
        rule("sgr-foreign", 2, None),
        rule("sgr-lost", 3, Some(mark("core", "i0"))),
        rule("sgr-renamed", 4, Some(mark("former", "i1"))),
        rule("sgr-ours", 5, Some(mark("core", "i1"))),
    ];
    let desired: Desired = live.iter().map(|rule| (rule.permission.clone(), "text".to_owned())).collect();
    let job = Job { adopt_existing: true, ..job() };
    let steps = steps(&group(), &desired, &live, &job);
    assert_eq!(steps.openings(), 4, "each gets its description first");
    let ids = |ids: &[&str]| ids.iter().map(|id| RuleId::new(*id)).collect::<Vec<_>>();
    assert_eq!(steps.unmarked(false), ids(&["sgr-lost", "sgr-renamed"]));
    assert_eq!(steps.unmarked(true), ids(&["sgr-lost", "sgr-renamed", "sgr-foreign"]));
}

#[test]
fn tags_are_put_on_and_taken_off_where_they_differ() {
    let rule = |port: u16, tags: &[(&str, &str)]| LiveRule {
        tags: tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        ..ours(&format!("sgr-{port}"), &format!("ingress tcp {port} from 10.0.0.0/8"))
    };
    let foreign = LiveRule { mark: None, ..rule(5, &[("old", "x")]) };
    let live =
        [rule(1, &[("team", "net")]), rule(2, &[("team", "other"), ("old", "x"), ("by", "hand")]), rule(3, &[]), rule(4, &[]), foreign];
    let desired: Desired = live.iter().take(3).map(|rule| (rule.permission.clone(), String::new())).collect();
    let tags = Tags { set: BTreeMap::from([("team".to_owned(), "net".to_owned())]), drop: BTreeSet::from(["old".to_owned()]) };
    let job = Job { tags, ..job() };
    let steps = steps(&group(), &desired, &live, &job);
    assert_eq!(steps.adopt, [RuleId::new("sgr-2"), RuleId::new("sgr-3")], "what goes anyway is not tagged");
    assert_eq!(steps.untag, [RuleId::new("sgr-2")]);
    assert_eq!(steps.revoke, [(Direction::Ingress, RuleId::new("sgr-4"))]);
    assert_eq!((steps.openings(), steps.markings(false)), (0, 3));
}

#[test]
fn a_rule_becomes_another_of_its_kind_in_place_and_never_one_of_another_account() {
    let job = job();
    let pairs = [
        ("ingress tcp 4001 from 10.1.0.0/16", "ingress tcp 4001 from 10.2.0.0/16", true),
        ("ingress tcp 4001 from fd00::/64", "ingress tcp 4001 from 2001:db8::/32", true),
        ("ingress tcp 4001 from fd00::/64", "ingress udp 4002 from fd00::/64", true),
        ("ingress tcp 4001 from sg-00000000000000002", "ingress tcp 4001 from sg-00000000000000003", true),
        ("ingress tcp 4001 from sg-00000000000000002", "ingress tcp 4002 from sg-00000000000000003", true),
        ("ingress tcp 4001 from pl-00000000000000002", "ingress tcp 4001 from pl-00000000000000003", true),
        ("ingress tcp 4001 from 10.1.0.0/16", "ingress tcp 4001 from fd00::/64", false),
        ("ingress tcp 4001 from 10.1.0.0/16", "ingress tcp 4001 from sg-00000000000000002", false),
        ("ingress tcp 4001 from 10.1.0.0/16", "egress tcp 4001 to 10.1.0.0/16", false),
        ("ingress tcp 4001 from sg-00000000000000002", "ingress tcp 4001 from 123456789012/sg-00000000000000003", false),
        ("ingress tcp 4001 from 123456789012/sg-00000000000000003", "ingress tcp 4002 from 123456789012/sg-00000000000000003", false),
    ];
    for (old, new, in_place) in pairs {
        let desired = Desired::from([(new.parse().unwrap(), "text".to_owned())]);
        let steps = steps(&group(), &desired, &[ours(old, old)], &job);
        let expected = if in_place { (1, 0, 0) } else { (0, 1, 1) };
        assert_eq!((steps.modify.len(), steps.authorize.len(), steps.revoke.len()), expected, "{old} to {new}");
    }
}

#[test]
fn only_the_description_of_a_rule_of_another_account_is_rewritten() {
    let live = |text: &str| LiveRule { description: Some("old".to_owned()), ..ours("sgr-1", text) };
    let job = job();
    let spellings = ["egress tcp 1 to 123456789012/sg-00000000000000003", "egress tcp 1 to sg-00000000000000003"];
    // Either spelling is the same rule; whose group it is may be known from the configuration or from EC2.
    for (wanted, found) in [(spellings[0], spellings[0]), (spellings[0], spellings[1]), (spellings[1], spellings[0])] {
        let desired = Desired::from([(wanted.parse().unwrap(), "new".to_owned())]);
        let describe = Describe { direction: Direction::Egress, rule: RuleId::new("sgr-1"), description: "new".to_owned() };
        let expected = Steps { describe: vec![describe], ..Steps::default() };
        assert_eq!(steps(&group(), &desired, &[live(found)], &job), expected, "{wanted}, {found}");
    }
}
