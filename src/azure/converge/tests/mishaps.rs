//! Refusals, lost answers, other people's writes in between, groups that come late or vanish, and requests to stop.

use super::*;

fn edit(state: &mut State) {
    state.put(ONE, rule("theirs 300 22", ""));
}

#[tokio::test]
async fn a_write_of_somebody_else_between_look_and_write_is_kept() {
    let fake = FakeArm::new(&[ONE]);
    fake.fault("PUT group", Fault::After(edit));
    let job = job(&[(ONE, &["a 1000 1"])]);
    let report = run(&fake, &job).await;
    assert_complete(&fake, &report, &job);
    assert_eq!(live(&report, ONE), ["theirs 300 22 (foreign)", "a 1000 1"]);
    assert_eq!(fake.calls(), ["GET group", "PUT group", "GET group", "PUT group", "GET group"]);
}

#[tokio::test]
async fn somebody_who_never_stops_writing_ends_it_after_some_rounds() {
    let fake = FakeArm::new(&[ONE]);
    (0..20).for_each(|_| fake.fault("PUT group", Fault::After(edit)));
    let report = run(&fake, &job(&[(ONE, &["a 1000 1"])])).await;
    let [failure @ AzureError::Stale { .. }] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert!(failure.advice().contains("activity log"), "{}", failure.advice());
    assert_eq!(writes(&fake.calls()), 6);
    assert_eq!(live(&report, ONE), ["theirs 300 22 (foreign)"]);
}

#[tokio::test]
async fn a_foreign_rule_that_takes_our_slot_meanwhile_is_told() {
    let fake = FakeArm::new(&[ONE]);
    fake.fault("PUT group", Fault::After(|state| state.put(ONE, rule("theirs 1000 22", ""))));
    let report = run(&fake, &job(&[(ONE, &["a 1000 1", "b 1001 2"])])).await;
    let [AzureError::Clash { clash, .. }] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert!(matches!(&**clash, Clash::Slot { other, .. } if other == "theirs"));
    assert_eq!(live(&report, ONE), ["theirs 1000 22 (foreign)", "b 1001 2"]);
}

#[tokio::test]
async fn a_superseded_write_begins_again_with_what_is_live_then() {
    let fake = FakeArm::new(&[ONE]);
    fake.fault("PUT group", Fault::Ends("Canceled", "CanceledAndSupersededDueToAnotherOperation"));
    let job = job(&[(ONE, &["a 1000 1"])]);
    assert_complete(&fake, &run(&fake, &job).await, &job);
    assert_eq!(writes(&fake.calls()), 2);
}

#[tokio::test]
async fn an_operation_that_fails_is_tried_once_more_and_then_told() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| state.put(ONE, rule("old 1000 1", "i1")));
    fake.fault("PUT group", Fault::Ends("Failed", "InternalServerError"));
    let first = job(&[(ONE, &["a 1000 1"])]);
    assert_complete(&fake, &run(&fake, &first).await, &first);
    (0..9).for_each(|_| fake.fault("PUT group", Fault::Ends("Failed", "InternalServerError")));
    fake.calls();
    let report = run(&fake, &job(&[(ONE, &["b 1000 2"])])).await;
    let [AzureError::Failed { .. }] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert_eq!(live(&report, ONE), ["a 1000 1"], "what was there is reported");
    assert_eq!((writes(&fake.calls()), report.done), (2, Done::default()));
}

#[tokio::test]
async fn an_unheard_success_counts_as_done() {
    let fake = FakeArm::new(&[ONE]);
    fake.fault("PUT group", Fault::DoneButCut);
    let job = job(&[(ONE, &["a 1000 1", "b 1001 2"])]);
    let report = run(&fake, &job).await;
    assert_complete(&fake, &report, &job);
    assert_eq!((report.done, writes(&fake.calls())), (Done { created: 2, ..Done::default() }, 1));
}

#[tokio::test]
async fn an_unheard_failure_is_tried_once_more() {
    let fake = FakeArm::new(&[ONE]);
    fake.fault("PUT group", Fault::Cut);
    let job = job(&[(ONE, &["a 1000 1"])]);
    assert_complete(&fake, &run(&fake, &job).await, &job);
    assert_eq!(writes(&fake.calls()), 2);
}

#[tokio::test]
async fn a_group_in_doubt_is_told_apart() {
    let fake = FakeArm::new(&[ONE]);
    fake.fault("PUT group", Fault::DoneButCut);
    fake.fault("GET group", Fault::After(|_| {}));
    (0..9).for_each(|_| fake.fault("GET group", Fault::Cut));
    let report = run(&fake, &job(&[(ONE, &["a 1000 1"])])).await;
    assert_eq!(report.unsure, BTreeSet::from([id(ONE)]), "{:?}", report.failures);
    assert_eq!(live(&report, ONE), Vec::<String>::new(), "what was seen last");
    assert!(matches!(&report.failures[..], [AzureError::Unanswered { .. }]));
}

#[tokio::test]
async fn a_refusal_is_told_once_and_leaves_other_groups_alone() {
    let fake = FakeArm::new(&[ONE, TWO]);
    fake.fault("PUT group", Fault::Refuse(400, "SecurityRuleInvalidAddressPrefix"));
    let job = job(&[(ONE, &["a 1000 1"]), (TWO, &["a 1000 1"])]);
    let report = run(&fake, &job).await;
    let [failure @ AzureError::Refused { .. }] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert_eq!(failure.code(), Some("SecurityRuleInvalidAddressPrefix"));
    assert_eq!(report.live.values().map(|live| live.rules().len()).sum::<usize>(), 1);
    assert_eq!(writes(&fake.calls()), 2);
}

#[tokio::test]
async fn a_missing_right_names_the_action() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| state.forbidden = vec!["PUT group"]);
    let report = run(&fake, &job(&[(ONE, &["a 1000 1"])])).await;
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert!(failure.to_string().starts_with("networkSecurityGroups/write for `one`"), "{failure}");
    fake.with(|state| state.forbidden = vec!["GET group"]);
    let report = run(&fake, &job(&[(ONE, &["a 1000 1"])])).await;
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert!(failure.to_string().starts_with("networkSecurityGroups/read for `one`"), "{failure}");
}

#[tokio::test]
async fn a_group_that_is_gone_is_a_failure_only_if_it_should_hold_rules() {
    let fake = FakeArm::new(&[]);
    let report = run(&fake, &job(&[(ONE, &["a 1000 1"]), (TWO, &[])])).await;
    assert!(matches!(&report.failures[..], [AzureError::GroupGone { group }] if **group == id(ONE)), "{:?}", report.failures);
    assert_eq!(report.live.values().collect::<Vec<_>>(), [&Observed::Gone, &Observed::Gone]);
    assert_eq!(writes(&fake.calls()), 0);
}

#[tokio::test]
async fn a_group_that_vanishes_between_look_and_write_is_gone() {
    let fake = FakeArm::new(&[ONE]);
    fake.fault("PUT group", Fault::After(|state| state.groups.clear()));
    let report = run(&fake, &job(&[(ONE, &["a 1000 1"])])).await;
    assert!(matches!(&report.failures[..], [AzureError::GroupGone { .. }]), "{:?}", report.failures);
    assert_eq!(report.live[&id(ONE)], Observed::Gone);
}

#[tokio::test]
async fn a_group_is_gone_only_after_a_second_look() {
    let unknown = || Fault::Refuse(404, "ResourceNotFound");
    let fake = FakeArm::new(&[ONE]);
    // Before the write, and after it.
    fake.fault("GET group", unknown());
    fake.fault("GET group", Fault::After(|_| {}));
    fake.fault("GET group", unknown());
    let job = job(&[(ONE, &["a 1000 1"])]);
    assert_complete(&fake, &run(&fake, &job).await, &job);
    assert_eq!(fake.calls(), ["GET group", "GET group", "PUT group", "GET group", "GET group"]);
}

#[tokio::test]
async fn a_new_group_may_be_unknown_for_a_moment() {
    let fake = FakeArm::new(&[]);
    fake.fault("GET group", Fault::After(|_| {}));
    fake.fault("GET group", Fault::After(|state| state.found(ONE)));
    let job = Job { new_groups: [id(ONE)].into(), ..job(&[(ONE, &["a 1000 1"])]) };
    assert_complete(&fake, &run(&fake, &job).await, &job);
    let never = Job { new_groups: [id(TWO)].into(), ..super::job(&[(TWO, &["a 1000 1"])]) };
    assert!(matches!(&run(&fake, &never).await.failures[..], [AzureError::GroupGone { .. }]));
}

#[tokio::test]
async fn what_a_rule_of_a_new_group_refers_to_may_be_unknown_for_a_moment() {
    let fake = FakeArm::new(&[ONE]);
    (0..3).for_each(|_| fake.fault("PUT group", Fault::Refuse(400, "InvalidResourceReference")));
    let new = Job { new_groups: [id(ONE)].into(), ..job(&[(ONE, &["a 1000 1"])]) };
    assert_complete(&fake, &run(&fake, &new).await, &new);
    fake.fault("PUT group", Fault::Refuse(400, "InvalidResourceReference"));
    let old = job(&[(ONE, &["b 1000 1"])]);
    assert!(matches!(&run(&fake, &old).await.failures[..], [AzureError::Refused { .. }]));
}

#[tokio::test]
async fn a_write_whose_group_cannot_be_looked_at_afterwards_counts() {
    let fake = FakeArm::new(&[ONE]);
    fake.fault("GET group", Fault::After(|_| {}));
    (0..9).for_each(|_| fake.fault("GET group", Fault::Cut));
    let report = run(&fake, &job(&[(ONE, &["a 1000 1"])])).await;
    assert!(report.is_complete(), "{:?}", report.failures);
    assert_eq!(live(&report, ONE), ["a 1000 1"]);
}

#[tokio::test]
async fn an_answer_that_is_no_group_is_not_written_over() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| state.put(ONE, json!({ "name": "odd", "properties": { "priority": 1, "access": "Allow" } })));
    let report = run(&fake, &job(&[(ONE, &["a 1000 1"])])).await;
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    let source = std::error::Error::source(failure).unwrap().to_string();
    assert_eq!(source, "Azure's answer tells of the rule `odd` with the direction `null`, which is none");
    assert_eq!(writes(&fake.calls()), 0);
}

#[tokio::test]
async fn a_stop_before_anything_was_done_leaves_all_as_it_was() {
    let fake = FakeArm::new(&[ONE]);
    let (_sender, receiver) = watch::channel(true);
    let report = converge(&fake.endpoint(), &job(&[(ONE, &["a 1000 1"])]), &Stop::on(receiver)).await;
    assert!(
        matches!(&report.failures[..], [AzureError::Stopped { groups }] if *groups == BTreeSet::from([id(ONE)])),
        "{:?}",
        report.failures
    );
    assert_eq!(writes(&fake.calls()), 0);
}

#[tokio::test]
async fn a_stop_during_a_write_ends_promptly_with_what_is_live() {
    let fake = FakeArm::new(&[ONE, TWO]);
    fake.with(|state| state.put(TWO, rule("old 1000 1", "i1")));
    fake.fault("PUT group", Fault::NeverEnds);
    let (sender, receiver) = watch::channel(false);
    let (endpoint, job, stop) = (fake.endpoint(), job(&[(ONE, &["a 1000 1"]), (TWO, &[])]), Stop::on(receiver));
    let ask = stop_during_a_write(&fake, &sender);
    let (report, ()) =
        tokio::time::timeout(Duration::from_secs(60), async { tokio::join!(converge(&endpoint, &job, &stop), ask) }).await.unwrap();
    assert_eq!(live(&report, ONE), ["a 1000 1"], "it was accepted");
    let [AzureError::Unfinished { .. }, AzureError::Stopped { groups }] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert_eq!(*groups, BTreeSet::from([id(ONE), id(TWO)]));
    assert_eq!(writes(&fake.calls()), 1, "nothing else is begun");
}
