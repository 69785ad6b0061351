//! Rules of others: how they are told, and which of them go.

use super::*;

const DEFAULT_EGRESS: &str = "egress all to 0.0.0.0/0";

/// `core` with rules of everyone in it.
fn crowded(rollout: &Rollout) -> BTreeMap<SecurityGroupId, Observed> {
    let mut observed = as_asked(rollout);
    rules(&mut observed).extend([
        LiveRule { description: Some("by hand".to_owned()), ..rule("sgr-a1", "ingress tcp 443 from 10.9.0.0/16") },
        rule("sgr-a2", "ingress udp 53 from sg-00000000000000007"),
        LiveRule { description: Some("see sgr-a2, and sgr-a4 too".to_owned()), ..rule("sgr-a3", "ingress tcp 22 from 10.9.0.0/16") },
        rule("sgr-a4", "ingress tcp 23 from 10.9.0.0/16"),
        LiveRule { mark: mark("other", "0022"), ..rule("sgr-b1", "ingress tcp 444 from 10.9.0.0/16") },
        LiveRule { mark: mark("emc", "0033"), ..rule("sgr-c1", "ingress tcp 445 from 10.9.0.0/16") },
        rule("sgr-d1", DEFAULT_EGRESS),
    ]);
    observed
}

fn told(rollout: &Rollout, kept: &Kept) -> Vec<(String, String)> {
    entries(rollout.foreign(kept).unwrap().get("core"))
}

fn doomed(rollout: &Rollout, kept: &Kept, acknowledged: &Value) -> Vec<String> {
    let doomed = rollout.doomed(kept, acknowledged);
    assert!(doomed.iter().all(|(found, _)| *found == group(CORE)));
    doomed.iter().map(|(_, id)| id.to_string()).collect()
}

fn acknowledging(texts: &[(&str, &str)]) -> Value {
    Value::map([("core", Value::map(texts.iter().map(|(key, text)| (*key, Value::string(*text)))))])
}

#[test]
fn each_kind_is_told_in_its_words() {
    let rollout = rollout(json!({}));
    let kept = remembered(&rollout, &crowded(&rollout));
    let expected = [
        (DEFAULT_EGRESS, "default egress, left alone: while it stands, egress lines restrict nothing (sgr-d1)"),
        ("ingress tcp 22 from 10.9.0.0/16", "left alone: sgr-a3, \"see sgr-a2, and sgr-a4 too\""),
        ("ingress tcp 23 from 10.9.0.0/16", "left alone: sgr-a4"),
        ("ingress tcp 443 from 10.9.0.0/16", "left alone: sgr-a1, \"by hand\""),
        ("ingress tcp 445 from 10.9.0.0/16", "left behind under this name: sgr-c1"),
        ("ingress udp 53 from sg-00000000000000007", "left alone: sgr-a2"),
    ];
    let expected: Vec<(String, String)> = expected.map(|(key, text)| (key.to_owned(), text.to_owned())).to_vec();
    assert_eq!(told(&rollout, &kept), expected, "a sibling's rule is never foreign, nor are ours");
    assert!(rollout.foreign(&kept).unwrap().get("media").is_null(), "nothing foreign, no entry");
}

#[test]
fn what_was_never_read_is_unknown_and_ignored_is_empty() {
    let never = rollout(json!({}));
    assert_eq!(never.foreign(&kept()), None);
    let ignoring = rollout(json!({ "on_foreign": "ignore" }));
    let kept = remembered(&ignoring, &crowded(&ignoring));
    assert_eq!(ignoring.foreign(&kept), Some(Value::map::<String>([])));
    assert_eq!(doomed(&ignoring, &kept, &acknowledging(&[("x", "left alone: sgr-a1")])), [""; 0]);
    let reporting = rollout(json!({}));
    assert_eq!(doomed(&reporting, &kept, &acknowledging(&[("x", "left alone: sgr-a1")])), [""; 0], "only `remove` removes");
}

#[test]
fn placements_of_one_group_tell_a_rule_once() {
    let placements = json!({
        "agents": { "components": ["desktop"], "cidr_ipv4": ["10.20.0.0/16"] },
        "one": { "components": ["configuration"], "security_group_id": CORE },
        "two": { "components": ["voice_store"], "security_group_id": CORE },
    });
    let rollout = rollout(json!({ "placements": placements, "policy": null }));
    let mut observed = as_asked(&rollout);
    rules(&mut observed).push(rule("sgr-a1", "ingress tcp 443 from 10.9.0.0/16"));
    let told = rollout.foreign(&remembered(&rollout, &observed)).unwrap();
    assert_eq!(told.entries().map(|(place, _)| place).collect::<Vec<_>>(), ["one"]);
}

#[test]
fn only_what_the_state_shows_is_removed() {
    let rollout = rollout(json!({ "on_foreign": "remove" }));
    let kept = remembered(&rollout, &crowded(&rollout));
    let all = rollout.foreign(&kept).unwrap();
    assert_eq!(
        doomed(&rollout, &kept, &all),
        ["sgr-a1", "sgr-a2", "sgr-a3", "sgr-a4", "sgr-c1"],
        "never the default egress, nor a sibling's rule; what was left behind under this name goes too"
    );
    assert_eq!(doomed(&rollout, &kept, &Value::Null), [""; 0], "a rule that no plan has shown stays");
    assert_eq!(
        doomed(&rollout, &kept, &acknowledging(&[("ingress tcp 443 from 10.9.0.0/16", "left alone: sgr-a1, \"by hand\"")])),
        ["sgr-a1"]
    );
    assert_eq!(doomed(&rollout, &kept, &acknowledging(&[("x", "left alone: sgr-a")])), [""; 0], "ids are compared whole");
    assert_eq!(doomed(&rollout, &kept, &acknowledging(&[("x", "left alone: sgr-gone")])), [""; 0], "what is gone cannot be removed");
    assert_eq!(
        doomed(
            &rollout,
            &kept,
            &acknowledging(&[("ingress tcp 22 from 10.9.0.0/16", "left alone: sgr-a3, \"see sgr-a2, and sgr-a4 too\"")])
        ),
        ["sgr-a3"],
        "a description that speaks of another rule dooms only its own"
    );
}

#[test]
fn a_plan_shows_what_is_to_stay() {
    let rollout = rollout(json!({ "on_foreign": "remove" }));
    let kept = remembered(&rollout, &crowded(&rollout));
    let shown = acknowledging(&[("ingress tcp 443 from 10.9.0.0/16", "left alone: sgr-a1, \"by hand\"")]);
    let keys = |value: &Value| value.get("core").entries().map(|(key, _)| key.to_owned()).collect::<Vec<_>>();
    assert_eq!(
        keys(&rollout.foreign_to_stay(&kept, &shown).unwrap()),
        [
            DEFAULT_EGRESS,
            "ingress tcp 22 from 10.9.0.0/16",
            "ingress tcp 23 from 10.9.0.0/16",
            "ingress tcp 445 from 10.9.0.0/16",
            "ingress udp 53 from sg-00000000000000007"
        ]
    );
    let all = rollout.foreign(&kept).unwrap();
    assert_eq!(keys(&rollout.foreign_to_stay(&kept, &all).unwrap()), [DEFAULT_EGRESS]);
}

#[test]
fn the_default_egress_goes_only_if_the_configuration_says_so() {
    let shown = acknowledging(&[
        (DEFAULT_EGRESS, "default egress, left alone: while it stands, egress lines restrict nothing (sgr-d1)"),
        ("ingress tcp 443 from 10.9.0.0/16", "left alone: sgr-a1, \"by hand\""),
    ]);
    for (on_foreign, told, expected) in [
        ("report", true, vec!["sgr-d1"]),
        ("report", false, vec![]),
        ("remove", true, vec!["sgr-a1", "sgr-d1"]),
        ("remove", false, vec!["sgr-a1"]),
        ("ignore", true, vec![]),
    ] {
        let rollout = rollout(json!({ "on_foreign": on_foreign, "remove_default_egress": told }));
        let kept = remembered(&rollout, &crowded(&rollout));
        assert_eq!(doomed(&rollout, &kept, &shown), expected, "{on_foreign}, {told}");
        assert_eq!(doomed(&rollout, &kept, &Value::Null), [""; 0], "{on_foreign}, {told}: what no plan has shown stays");
    }
}

#[test]
fn reading_shows_what_is_to_be_removed_and_acknowledges_nothing_else() {
    let nothing = Value::map::<String>([]);
    let keys = |more: Json| {
        let rollout = rollout(more);
        let kept = remembered(&rollout, &crowded(&rollout));
        let read = rollout.foreign_read(&kept, &nothing).unwrap();
        read.get("core").entries().map(|(key, _)| key.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(keys(json!({})), [""; 0]);
    assert_eq!(keys(json!({ "remove_default_egress": true })), [DEFAULT_EGRESS]);
    assert_eq!(keys(json!({ "on_foreign": "remove" })).len(), 6);
}
