//! What is written, how often, and what of others is carried through.

use super::*;

#[tokio::test]
async fn one_write_makes_a_group_what_it_should_be_whatever_the_number_of_rules() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| {
        state.put(ONE, rule("theirs 300 22", ""));
        state.put(ONE, rule("old 1000 1", "i1"));
        state.put(ONE, rule("edited 1001 2", "i1"));
    });
    let many: Vec<String> = (0..200).map(|number| format!("r{number} {} {number}", 1100 + number)).collect();
    let rules: Vec<&str> = many.iter().map(String::as_str).chain(["edited 1001 3"]).collect();
    let job = job(&[(ONE, &rules)]);
    let report = run(&fake, &job).await;
    assert_complete(&fake, &report, &job);
    assert_eq!(report.done, Done { created: 200, changed: 1, adopted: 0, removed: 1 });
    assert_eq!(fake.calls(), ["GET group", "PUT group", "GET group"]);
    let body = fake.with(|state| state.bodies.remove(0));
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&body), ["location", "properties", "tags"]);
    assert_eq!(keys(&body["properties"]), ["securityRules"]);
    assert_eq!(body["properties"]["securityRules"][0], rule("theirs 300 22", ""), "as it came, with what we do not know");

    let report = run(&fake, &job).await;
    assert_complete(&fake, &report, &job);
    assert_eq!((report.done, fake.calls()), (Done::default(), vec!["GET group".to_owned()]), "nothing differs, nothing is written");
}

#[tokio::test]
async fn a_released_group_keeps_what_others_have() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| {
        ["theirs 300 22", "ours 1000 1", "lost 1001 2"]
            .into_iter()
            .zip(["", "i1", "i0"])
            .for_each(|(text, by)| state.put(ONE, rule(text, by)))
    });
    let report = run(&fake, &job(&[(ONE, &[])])).await;
    assert!(report.is_complete(), "{:?}", report.failures);
    assert_eq!(live(&report, ONE), ["theirs 300 22 (foreign)", "lost 1001 2 (lost)"]);
    assert_eq!(report.done, Done { removed: 1, ..Done::default() });
}

#[tokio::test]
async fn groups_that_only_lose_rules_come_last() {
    let fake = FakeArm::new(&[ONE, TWO]);
    fake.with(|state| state.put(ONE, rule("moved 1000 1", "i1")));
    let job = job(&[(ONE, &[]), (TWO, &["moved 1000 1"])]);
    fake.fault("PUT group", Fault::After(|state| assert_eq!(state.rules(ONE).len(), 1, "open there before it is closed here")));
    fake.fault("PUT group", Fault::After(|state| assert_eq!(state.rules(TWO).len(), 1)));
    let report = run(&fake, &job).await;
    assert_complete(&fake, &report, &job);
}

#[tokio::test]
async fn lost_and_hand_made_rules_become_ours_in_the_same_write() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| {
        state.put(ONE, rule("a 1000 1", "i0"));
        state.put(ONE, rule("by-hand 500 2", ""));
        state.put(ONE, rule("other 501 3", ""));
    });
    let job = Job { adopt_existing: true, ..job(&[(ONE, &["a 1000 1", "b 1001 2", "c 1002 4"])]) };
    let report = run(&fake, &job).await;
    assert_complete(&fake, &report, &job);
    assert_eq!(report.done, Done { created: 1, changed: 0, adopted: 2, removed: 0 });
    assert_eq!(live(&report, ONE), ["other 501 3 (foreign)", "a 1000 1", "b 1001 2", "c 1002 4"]);
    assert_eq!(writes(&fake.calls()), 1);
}

#[tokio::test]
async fn foreign_rules_go_as_they_were_when_that_was_decided() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| {
        state.put(ONE, rule("doomed 300 22", ""));
        state.put(ONE, rule("edited 301 23", ""));
    });
    let doomed = |name: &str, port| Doomed { group: id(ONE), name: name.to_owned(), opening: allow(port) };
    let job = Job { remove_foreign: [doomed("doomed", 22), doomed("edited", 99)].into(), ..job(&[(ONE, &[])]) };
    let report = run(&fake, &job).await;
    assert_eq!(live(&report, ONE), ["edited 301 23 (foreign)"]);
    assert_eq!(report.done, Done { removed: 1, ..Done::default() });
}

#[tokio::test]
async fn a_slot_or_a_name_of_others_is_told_before_the_write_and_the_rest_is_written() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| state.put(ONE, rule("theirs 1000 22", "")));
    let report = run(&fake, &job(&[(ONE, &["a 1000 1", "theirs 1001 2", "c 1002 3"])])).await;
    let told: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "`one` in resource group `emc`: a rule `theirs` exists already, which this provider did not make",
            "`one` in resource group `emc`: `a` should have the ingress priority 1000, which `theirs` has, which this provider did not make",
        ]
    );
    assert!(report.failures[1].advice().contains("priority_range"), "{}", report.failures[1].advice());
    assert_eq!(live(&report, ONE), ["theirs 1000 22 (foreign)", "c 1002 3"]);
    assert_eq!(writes(&fake.calls()), 1);
}

#[tokio::test]
async fn denials_that_void_what_others_allow_wait_for_consent() {
    let fake = FakeArm::new(&[ONE]);
    fake.with(|state| state.put(ONE, rule("theirs 3000 22", "")));
    let deny = Opening { access: Access::Deny, source: Side::Any, destination_ports: PortSet::Any, ..allow(1) };
    let mut strict = job(&[(ONE, &["a 1000 1"])]);
    let denial = Wanted { priority: 2999, opening: deny, text: "text".to_owned() };
    strict.desired.get_mut(&id(ONE)).unwrap().insert("deny".parse().unwrap(), denial);
    let report = run(&fake, &strict).await;
    let [AzureError::Clash { clash, .. }] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert!(matches!(&**clash, Clash::Void { rules, .. } if rules.contains("theirs")), "{clash:?}");
    assert_eq!(live(&report, ONE), ["a 1000 1", "theirs 3000 22 (foreign)"]);
    let consenting = Job { accept_void: true, ..strict };
    assert_complete(&fake, &run(&fake, &consenting).await, &consenting);
}

#[tokio::test]
async fn flushing_is_set_as_asked_and_kept_otherwise() {
    let fake = FakeArm::new(&[ONE]);
    let flag = || fake.with(|state| state.groups[&ONE.to_lowercase()]["properties"].get("flushConnection").cloned());
    let asking = Job { flush_connections: Some(true), ..job(&[(ONE, &["a 1000 1"])]) };
    assert_complete(&fake, &run(&fake, &asking).await, &asking);
    assert_eq!(flag(), Some(json!(true)));
    let silent = job(&[(ONE, &["a 1000 1", "b 1001 2"])]);
    assert_complete(&fake, &run(&fake, &silent).await, &silent);
    assert_eq!(flag(), Some(json!(true)));
    assert_eq!(fake.with(|state| state.bodies[1]["properties"]["flushConnection"].clone()), json!(true));
    let off = Job { flush_connections: Some(false), ..silent };
    fake.calls();
    assert_complete(&fake, &run(&fake, &off).await, &off);
    assert_eq!((flag(), writes(&fake.calls())), (Some(json!(false)), 1), "also where no rule differs");
}

#[tokio::test]
async fn two_who_want_the_same_groups_write_one_after_the_other() {
    let fake = FakeArm::new(&[ONE, TWO]);
    let endpoint = fake.endpoint();
    let ours = job(&[(ONE, &["a 1000 1"]), (TWO, &["a 1000 1"])]);
    let mut theirs = job(&[(TWO, &["b 1001 2"]), (ONE, &["b 1001 2"])]);
    theirs.mark = Mark::new("other", "i9");
    let stop = Stop::never();
    let (one, other) = tokio::join!(converge(&endpoint, &ours, &stop), converge(&endpoint, &theirs, &stop));
    assert!(one.is_complete() && other.is_complete(), "{:?} {:?}", one.failures, other.failures);
    assert_eq!(fake.with(|state| (state.rules(ONE).len(), state.rules(TWO).len())), (2, 2));
    assert_eq!(writes(&fake.calls()), 4, "nobody got in the other's way");
}
