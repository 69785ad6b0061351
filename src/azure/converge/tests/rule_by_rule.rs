//! Writing single rules, for those who may not write the group.

use super::*;

fn by_rule(desired: &[(&str, &[&str])]) -> Job {
    Job { write_mode: WriteMode::Rule, ..job(desired) }
}

#[tokio::test]
async fn only_what_differs_is_written_and_deletions_come_last() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| {
        state.put(ONE, rule("theirs 300 22", ""));
        state.put(ONE, rule("same 1000 1", "i1"));
        state.put(ONE, rule("edited 1001 2", "i1"));
        state.put(ONE, rule("old 1002 3", "i1"));
        state.forbidden = vec!["PUT group"];
    });
    let job = by_rule(&[(ONE, &["same 1000 1", "edited 1001 9", "new 1003 4"])]);
    let report = run(&fake, &job).await;
    assert_complete(&fake, &report, &job);
    assert_eq!(report.done, Done { created: 1, changed: 1, adopted: 0, removed: 1 });
    assert_eq!(fake.calls(), ["GET group", "PUT rule", "PUT rule", "DELETE rule", "GET group"]);
    assert_eq!(fake.with(|state| state.rules(ONE)[0].clone()), rule("theirs 300 22", ""), "nobody else's is touched");
}

#[tokio::test]
async fn rules_that_change_places_never_meet() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| {
        state.put(ONE, rule("a 1000 1", "i1"));
        state.put(ONE, rule("b 1001 2", "i1"));
    });
    // Both the slots and what they open: the fake would refuse two rules on one slot.
    let job = by_rule(&[(ONE, &["a 1001 2", "b 1000 1"])]);
    let report = run(&fake, &job).await;
    assert_complete(&fake, &report, &job);
    assert_eq!(live(&report, ONE), ["b 1000 1", "a 1001 2"]);
}

#[tokio::test]
async fn who_may_read_rules_only_is_served() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| state.forbidden = vec!["GET group", "PUT group"]);
    let job = by_rule(&[(ONE, &["a 1000 1"])]);
    assert_complete(&fake, &run(&fake, &job).await, &job);
    fake.with(|state| state.forbidden.push("GET rules"));
    let report = run(&fake, &job).await;
    assert!(report.failures[0].to_string().starts_with("networkSecurityGroups/read"), "{:?}", report.failures);
}

#[tokio::test]
async fn a_slot_that_somebody_takes_meanwhile_is_told_and_the_rest_is_done() {
    let fake = FakeArm::new(&[ONE]);
    fake.fault("PUT rule", Fault::After(|state| state.put(ONE, rule("theirs 1000 22", ""))));
    let report = run(&fake, &by_rule(&[(ONE, &["a 1000 1", "b 1001 2"])])).await;
    let [AzureError::Clash { .. }] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert_eq!(live(&report, ONE), ["theirs 1000 22 (foreign)", "b 1001 2"]);
}

#[tokio::test]
async fn half_of_the_way_is_told_and_gone_on_from() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| {
        state.put(ONE, rule("old 1000 9", "i1"));
        state.forbidden = vec!["DELETE rule"];
    });
    let job = by_rule(&[(ONE, &["a 1001 1", "b 1002 2"])]);
    let report = run(&fake, &job).await;
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert!(failure.to_string().starts_with("networkSecurityGroups/securityRules/delete for rule `old`"), "{failure}");
    assert_eq!(live(&report, ONE), ["old 1000 9", "a 1001 1", "b 1002 2"]);
    assert_eq!(report.done, Done { created: 2, ..Done::default() });
    fake.with(|state| state.forbidden.clear());
    assert_complete(&fake, &run(&fake, &job).await, &job);
}

#[tokio::test]
async fn unheard_successes_count_and_unheard_failures_are_repeated() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| state.put(ONE, rule("old 1000 9", "i1")));
    fake.fault("PUT rule", Fault::DoneButCut);
    fake.fault("PUT rule", Fault::Cut);
    fake.fault("DELETE rule", Fault::DoneButCut);
    let job = by_rule(&[(ONE, &["a 1001 1", "b 1002 2"])]);
    assert_complete(&fake, &run(&fake, &job).await, &job);
    assert_eq!(fake.calls().iter().filter(|call| *call == "DELETE rule").count(), 1);
}

#[tokio::test]
async fn a_stop_is_heeded_between_two_rules() {
    let fake = FakeArm::new(&[ONE]);
    let (sender, receiver) = watch::channel(false);
    fake.fault("PUT rule", Fault::NeverEnds);
    let (endpoint, job, stop) = (fake.endpoint(), by_rule(&[(ONE, &["a 1001 1", "b 1002 2"])]), Stop::on(receiver));
    let ask = stop_during_a_write(&fake, &sender);
    let (report, ()) =
        tokio::time::timeout(Duration::from_secs(60), async { tokio::join!(converge(&endpoint, &job, &stop), ask) }).await.unwrap();
    assert_eq!(live(&report, ONE), ["a 1001 1"]);
    assert!(matches!(report.failures.last(), Some(AzureError::Stopped { .. })), "{:?}", report.failures);
    assert_eq!(writes(&fake.calls()), 1);
}

#[tokio::test]
async fn rules_that_cannot_be_looked_at_afterwards_count() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| state.put(ONE, rule("theirs 300 22", "")));
    fake.with(|state| state.put(ONE, rule("old 1002 3", "i1")));
    fake.fault("GET group", Fault::After(|_| {}));
    fake.fault("GET group", Fault::Refuse(400, "Rotten"));
    let report = run(&fake, &by_rule(&[(ONE, &["a 1000 1"])])).await;
    assert!(report.is_complete(), "{:?}", report.failures);
    assert_eq!(live(&report, ONE), ["theirs 300 22 (foreign)", "a 1000 1"], "what was written is known");
}

#[tokio::test]
async fn a_group_unknown_to_one_call_does_not_count_as_a_rule_deleted() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| {
        state.put(ONE, rule("a 1000 1", "i1"));
        state.put(ONE, rule("b 1001 2", "i1"));
    });
    fake.fault("DELETE rule", Fault::Refuse(404, "ParentResourceNotFound"));
    let report = run(&fake, &by_rule(&[(ONE, &[])])).await;
    assert!(report.is_complete(), "{:?}", report.failures);
    let calls = fake.calls();
    assert_eq!(calls, ["GET group", "DELETE rule", "GET group", "DELETE rule", "DELETE rule", "GET group"], "it was looked at first");
}
