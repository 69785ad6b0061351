//! Private state: what is remembered survives being written, and losing it loses nothing for good.

use super::*;

#[test]
fn what_is_remembered_survives_being_written() {
    let rollout = rollout(json!({}));
    let mut observed = as_asked(&rollout);
    let by_hand = LiveRule { description: Some("by hand".to_owned()), ..rule("sgr-foreign", "ingress icmp all from 10.0.0.0/8") };
    let sibling = LiveRule { mark: mark("other", "0022"), ..rule("sgr-sibling", "ingress tcp 443 from sg-00000000000000007") };
    let lost = LiveRule { mark: mark("emc", ""), ..rule("sgr-lost", "egress tcp 443 to pl-00000000000000001") };
    rules(&mut observed).extend([by_hand.clone(), sibling.clone(), lost.clone()]);
    observed.insert(group(MEDIA), Observed::Gone);
    let left = LiveRule { group: group("sg-00000000000000009"), mark: Some(ours()), ..rule("sgr-7", "egress tcp 443 to 10.9.0.0/16") };
    observed.insert(left.group.clone(), Observed::Live(vec![left.clone()]));
    let mut kept = remembered(&rollout, &observed);
    kept.suspect([group("sg-00000000000000008")]);

    let read = Kept::read(&kept.write());
    assert_eq!(read, kept);
    assert_eq!(read.mark("emc"), ours());
    assert_eq!(read.seen(&group(CORE)), Some(Observed::Live(vec![by_hand, sibling, lost])), "rules of ours are not kept");
    assert_eq!(read.seen(&group(MEDIA)), Some(Observed::Gone));
    assert_eq!(read.seen(&left.group), None);
    assert_eq!(read.pending(), BTreeSet::from([group("sg-00000000000000008"), left.group.clone()]));

    // Once nothing of ours is left in it, a former group is forgotten; so is a group that is no placement any more.
    let mut later = read;
    later.remember(&BTreeMap::from([(left.group.clone(), Observed::Live(Vec::new()))]), &BTreeSet::from([group(MEDIA)]), &ours());
    assert_eq!(later.pending(), BTreeSet::from([group("sg-00000000000000008")]));
    assert_eq!((later.seen(&group(CORE)), later.seen(&group(MEDIA))), (None, Some(Observed::Gone)));
}

#[test]
fn broken_private_state_is_as_good_as_none() {
    for broken in ["", "{", "[]", "null", "{\"others\": 5}", "\u{FEFF}{}"] {
        assert_eq!(Kept::read(&Private(broken.as_bytes().to_vec())), Kept::default(), "{broken}");
    }
    assert_eq!(Kept::read(&Private(b"{}".to_vec())), Kept::default());
    assert_eq!(Kept::read(&Private(Kept::default().write().0)), Kept::default());
    let unreadable = json!({ "instance": "0011", "pending": ["nonsense"], "others": { CORE: [{ "id": "sgr-1", "rule": "nonsense" }] } });
    let kept = Kept::read(&Private(unreadable.to_string().into_bytes()));
    assert_eq!((kept.pending(), kept.seen(&group(CORE))), (BTreeSet::new(), Some(Observed::Live(Vec::new()))));
}

#[test]
fn a_lost_instance_is_recognized_by_most_of_the_rules() {
    let observed = |instances: &[&str]| {
        let rules = instances.iter().enumerate().map(|(number, instance)| LiveRule {
            mark: mark("emc", instance),
            ..rule(&format!("sgr-{number}"), &format!("ingress tcp {} from 10.0.0.0/8", number + 1))
        });
        let other = LiveRule { mark: mark("other", "9999"), ..rule("sgr-other", "ingress tcp 443 from 10.0.0.0/8") };
        BTreeMap::from([(group(CORE), Observed::Live(rules.chain([other.clone(), other.clone(), other]).collect()))])
    };
    let recognized = |instances: &[&str]| {
        let mut kept = Kept::default();
        kept.recognize(&observed(instances), "emc");
        kept.instance
    };
    assert_eq!(recognized(&["0011", "0022", "0022"]).as_deref(), Some("0022"));
    assert_eq!(recognized(&[]), None, "others' marks are not ours");
    let mut known = kept();
    known.recognize(&observed(&["0022"]), "emc");
    assert_eq!(known.instance.as_deref(), Some("0011"), "what is known stays");
}
