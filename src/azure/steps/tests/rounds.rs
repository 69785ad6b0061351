//! Any group, any wish: nothing of others is touched, the end is what was asked for, and so is every moment on the way.

use super::*;

/// Rules that a group may hold, with few names, slots and openings, so that they often meet.
fn groups() -> impl Strategy<Value = Vec<LiveRule>> {
    let by = select(vec![By::Us, By::Us, By::Us, By::Lost, By::Sibling, By::Nobody]);
    let one = (by, 0..10_u8, 1000..1012_u16, openings());
    proptest::collection::vec(one, 0..9).prop_map(|rules| {
        let mut kept: Vec<LiveRule> = Vec::new();
        for (by, name, priority, opening) in rules {
            let rule = live(by, &format!("r{name}"), priority, opening);
            if !kept.iter().any(|other| other.rule.name == rule.rule.name || slot(&other.rule) == slot(&rule.rule)) {
                kept.push(rule);
            }
        }
        kept
    })
}

fn openings() -> impl Strategy<Value = Opening> {
    let direction = prop_oneof![4 => Just(Direction::Ingress), 1 => Just(Direction::Egress)];
    let access = prop_oneof![4 => Just(Access::Allow), 1 => Just(Access::Deny)];
    (direction, access, 0..6_u16).prop_map(|(direction, access, port)| opening(direction, access, port))
}

fn wishes() -> impl Strategy<Value = Desired> {
    proptest::collection::vec((0..10_u8, 1000..1012_u16, openings()), 0..9).prop_map(|rules| {
        let mut kept: Vec<(String, u16, Opening)> = Vec::new();
        for (name, priority, opening) in rules {
            let name = format!("r{name}");
            let meets = |(other, taken, there): &(String, u16, Opening)| {
                *other == name || *there == opening || (*taken, there.direction) == (priority, opening.direction)
            };
            if !kept.iter().any(meets) {
                kept.push((name, priority, opening));
            }
        }
        desired(&kept.iter().map(|(name, priority, opening)| (name.as_str(), *priority, opening.clone())).collect::<Vec<_>>())
    })
}

fn jobs() -> impl Strategy<Value = Job> {
    let doomed = proptest::collection::vec((0..10_u8, openings()), 0..4);
    (any::<bool>(), any::<bool>(), doomed).prop_map(|(adopt_existing, accept_void, doomed)| {
        let doomed = doomed.into_iter().map(|(name, opening)| Doomed { group: id(), name: format!("r{name}"), opening });
        Job { adopt_existing, accept_void, remove_foreign: doomed.collect(), ..job() }
    })
}

/// Names in the clashes, and of denials that wait for what they spare: desired rules that are not written.
fn left_out(steps: &Steps, wish: &Desired) -> BTreeSet<RuleName> {
    let of = |clash: &Clash| match clash {
        Clash::Name { rule, .. } | Clash::Slot { rule, .. } => BTreeSet::from([rule.clone()]),
        Clash::Void { by, .. } => by.clone(),
    };
    let clashing: BTreeSet<RuleName> = steps.clashes.iter().flat_map(of).collect();
    let closed = |direction| {
        let missing = |name: &RuleName| (wish[name].opening.access, wish[name].opening.direction) == (Access::Allow, direction);
        clashing.iter().any(missing)
    };
    let waits = |rule: &Wanted| rule.opening.access == Access::Deny && closed(rule.opening.direction);
    let waiting = wish.iter().filter(|(_, rule)| waits(rule)).map(|(name, _)| name.clone());
    waiting.chain(clashing.iter().cloned()).collect()
}

fn lifted(rules: Vec<Value>) -> Group {
    let body = json!({ "location": "westeurope", "properties": { "securityRules": rules } });
    lift::group(&id(), "2", &body).unwrap()
}

fn may_go(rule: &LiveRule, wish: &Desired, job: &Job) -> bool {
    let is_doomed = job.remove_foreign.iter().any(|doomed| doomed.name == rule.rule.name && doomed.opening == rule.rule.opening);
    let is_wanted = wish.values().any(|wanted| wanted.opening == rule.rule.opening);
    match rule.owner(&job.mark) {
        Owner::Ours => true,
        Owner::Sibling(_) => false,
        Owner::Foreign => is_doomed || (job.adopt_existing && is_wanted),
        Owner::Lost => is_doomed || is_wanted || wish.keys().any(|name| rule.is_named(name)),
    }
}

fn unique(rules: &BTreeMap<String, SecurityRule>) -> bool {
    let slots: BTreeSet<(Direction, u16)> = rules.values().map(slot).collect();
    slots.len() == rules.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn one_write_of_the_whole_group_ends_it(rules in groups(), wish in wishes(), job in jobs()) {
        let now = group(rules);
        let steps = steps(&now, &wish, &job);
        let merged = steps.merged(&now);
        for rule in now.rules.iter().filter(|rule| !may_go(rule, &wish, &job)) {
            prop_assert!(merged.contains(&lower::carried(&rule.raw)), "{} of somebody else is not as it was", rule.rule.name);
        }
        let next = lifted(merged);
        let slots: BTreeSet<(Direction, u16)> = next.rules.iter().map(|rule| slot(&rule.rule)).collect();
        let names: BTreeSet<String> = next.rules.iter().map(|rule| name::folded(&rule.rule.name)).collect();
        prop_assert_eq!((slots.len(), names.len()), (next.rules.len(), next.rules.len()), "names and slots are unique");
        prop_assert_eq!(super::super::steps(&next, &wish, &job).left(), 0, "nothing is left to do");
        let open: BTreeSet<&Opening> = next.rules.iter().map(|rule| &rule.rule.opening).collect();
        for rule in &now.rules {
            let is_wanted = wish.values().any(|wanted| wanted.opening == rule.rule.opening);
            let moves_away = wish.keys().any(|name| rule.is_named(name)) && rule.owner(&job.mark) != Owner::Foreign;
            prop_assert!(open.contains(&rule.rule.opening) || !is_wanted || moves_away, "{} was open and is wanted", rule.rule.opening);
        }
        let left_out = left_out(&steps, &wish);
        for (name, wanted) in wish.iter().filter(|(name, _)| !left_out.contains(name)) {
            let found = next.rules.iter().find(|rule| rule.is_named(name));
            prop_assert!(found.is_some_and(|rule| rule.rule.opening == wanted.opening && rule.rule.priority == wanted.priority), "{name}");
            prop_assert_eq!(found.unwrap().owner(&job.mark), Owner::Ours);
        }
        for rule in next.rules.iter().filter(|rule| rule.owner(&job.mark) == Owner::Ours) {
            let stands_for_another = left_out.iter().any(|name| wish[name].opening == rule.rule.opening);
            prop_assert!(stands_for_another || wish.keys().any(|name| rule.is_named(name)), "{} is not asked for", rule.rule.name);
        }
    }

    #[test]
    fn written_rule_by_rule_nothing_meets_and_nothing_is_missing_at_any_moment(rules in groups(), wish in wishes(), job in jobs()) {
        let now = group(rules);
        let job = Job { write_mode: WriteMode::Rule, ..job };
        let steps = steps(&now, &wish, &job);
        let mut state: BTreeMap<String, SecurityRule> = now.rules.iter().map(|rule| (rule.rule.name.clone(), rule.rule.clone())).collect();
        let end: BTreeSet<Opening> = lifted(steps.merged(&now)).rules.into_iter().map(|rule| rule.rule.opening).collect();
        let lasting: BTreeSet<Opening> = state.values().map(|rule| rule.opening.clone()).filter(|opening| end.contains(opening)).collect();
        let ops = order(&now, &steps, job.band);
        let first_delete = ops.iter().position(|op| matches!(op, Op::Delete(_))).unwrap_or(ops.len());
        prop_assert!(ops[first_delete..].iter().all(|op| matches!(op, Op::Delete(_))), "deletions come last");
        for op in &ops {
            match op {
                Op::Put(rule) => drop(state.insert(rule.name.clone(), rule.clone())),
                Op::Delete(name) => prop_assert!(state.remove(name).is_some(), "{name} was not there"),
            }
            prop_assert!(unique(&state), "two rules on one slot after {op:?}");
            let open: BTreeSet<Opening> = state.values().map(|rule| rule.opening.clone()).collect();
            prop_assert!(lasting.is_subset(&open), "{:?} is missing after {op:?}", lasting.difference(&open).next());
        }
        let expected: BTreeMap<String, SecurityRule> =
            lifted(steps.merged(&now)).rules.into_iter().map(|rule| (rule.rule.name.clone(), rule.rule)).collect();
        prop_assert_eq!(state, expected, "the end is the same as of one write");
        prop_assert!(ops.len() <= 2 * steps.left() + steps.change.len(), "{} writes for {} steps", ops.len(), steps.left());
    }
}
