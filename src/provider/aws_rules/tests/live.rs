//! Lines as they are read back.

use super::*;

/// The ingress lines of `core`.
fn lines(rollout: &Rollout, observed: &BTreeMap<SecurityGroupId, Observed>) -> Vec<(String, String)> {
    let lines: Value = rollout.live_lines(Matrix::embedded(), observed, &ours()).into();
    entries(lines.get("core").get("ingress"))
}

fn pair(key: &str, line: &str) -> (String, String) {
    (key.to_owned(), line.to_owned())
}

const PLAIN: &str = "configuration.29091 (plain, row 4): 10.20.0.0/16, 10.21.0.0/16";
const SECURE: &str = "configuration.39091 (secure, row 5): 10.20.0.0/16, 10.21.0.0/16";

#[test]
fn what_is_there_as_asked_reads_as_asked() {
    let rollout = rollout(json!({}));
    let observed = as_asked(&rollout);
    let asked: Value = rollout.lines(Matrix::embedded()).into();
    let live: Value = rollout.live_lines(Matrix::embedded(), &observed, &ours()).into();
    assert_eq!(live, asked);
    assert_eq!(lines(&rollout, &observed), [pair("tcp 29091 from agents", PLAIN), pair("tcp 39091 from agents", SECURE)]);
    assert_eq!(live.get("core").get("egress"), &Value::map::<String>([]), "both directions are always there");
}

#[test]
fn what_was_removed_by_hand_is_missing() {
    let rollout = rollout(json!({}));
    let mut observed = as_asked(&rollout);
    let removed = rules(&mut observed).remove(1);
    assert_eq!(removed.permission.to_string(), "ingress tcp 29091 from 10.21.0.0/16");
    assert_eq!(
        lines(&rollout, &observed),
        [pair("tcp 29091 from agents", "configuration.29091 (plain, row 4): 10.20.0.0/16"), pair("tcp 39091 from agents", SECURE)]
    );
    rules(&mut observed).remove(0);
    assert_eq!(lines(&rollout, &observed), [pair("tcp 39091 from agents", SECURE)]);
    observed.insert(group(CORE), Observed::Gone);
    assert_eq!(lines(&rollout, &observed), []);
}

#[test]
fn what_was_edited_by_hand_says_so() {
    let rollout = rollout(json!({}));
    let mut observed = as_asked(&rollout);
    rules(&mut observed)[0].permission = "ingress tcp 29091 from 0.0.0.0/0".parse().unwrap();
    let edited = "configuration.29091 (plain, row 4): 10.21.0.0/16; sgr-0 was changed by hand to ingress tcp 29091 from 0.0.0.0/0";
    assert_eq!(lines(&rollout, &observed), [pair("tcp 29091 from agents", edited), pair("tcp 39091 from agents", SECURE)]);

    // The edited rule fills the gap that resembles it most: here the far end stayed.
    let mut observed = as_asked(&rollout);
    rules(&mut observed)[1].permission = "ingress tcp 1-65535 from 10.21.0.0/16".parse().unwrap();
    let edited = "configuration.29091 (plain, row 4): 10.20.0.0/16; sgr-1 was changed by hand to ingress tcp 1-65535 from 10.21.0.0/16";
    assert_eq!(lines(&rollout, &observed)[0], pair("tcp 29091 from agents", edited));

    let mut observed = as_asked(&rollout);
    rules(&mut observed)[0].description = Some("mine now".to_owned());
    let described = format!("{PLAIN}; sgr-0 was described by hand, \"mine now\"");
    assert_eq!(lines(&rollout, &observed)[0], pair("tcp 29091 from agents", &described));
    rules(&mut observed)[0].description = None;
    assert_eq!(lines(&rollout, &observed)[0], pair("tcp 29091 from agents", PLAIN), "an absent description is no drift");
}

#[test]
fn what_nothing_asks_for_has_its_own_line() {
    let rollout = rollout(json!({}));
    let mut observed = as_asked(&rollout);
    let leftover =
        LiveRule { mark: Some(ours()), description: Some("old".to_owned()), ..rule("sgr-9", "ingress tcp 29072-29074 from 10.9.0.0/16") };
    rules(&mut observed).push(leftover);
    let found = lines(&rollout, &observed);
    assert_eq!(found[0], pair("tcp 29072-29074 from 10.9.0.0/16", "not asked for: sgr-9, \"old\""));
    assert_eq!(found.len(), 3);

    // Edited beyond recognition: the line is gone, and what is there shows.
    rules(&mut observed)[0].description = None;
    rules(&mut observed)[0].permission = "ingress udp 53 from 10.9.0.0/16".parse().unwrap();
    let found = lines(&rollout, &observed);
    assert_eq!(found[1], pair("tcp 29091 from agents", "configuration.29091 (plain, row 4): 10.21.0.0/16"));
    assert_eq!(found[3], pair("udp 53 from 10.9.0.0/16", "not asked for: sgr-0"));
}

#[test]
fn rules_of_others_are_no_lines() {
    let rollout = rollout(json!({}));
    let mut observed = as_asked(&rollout);
    let asked = lines(&rollout, &observed);
    rules(&mut observed).push(rule("sgr-8", "ingress tcp 443 from 10.9.0.0/16"));
    rules(&mut observed).push(LiveRule { mark: mark("other", "0022"), ..rule("sgr-9", "ingress tcp 444 from 10.9.0.0/16") });
    assert_eq!(lines(&rollout, &observed), asked);
    // Ours by name but of another instance: as if it were not there, until an apply takes it over.
    rules(&mut observed).iter_mut().for_each(|rule| rule.mark = mark("emc", "0099"));
    assert_eq!(lines(&rollout, &observed), []);
}

#[test]
fn a_group_that_is_no_placement_any_more_shows_under_its_id() {
    let rollout = rollout(json!({}));
    let mut observed = as_asked(&rollout);
    let former = "sg-00000000000000009";
    let left = LiveRule { group: group(former), mark: Some(ours()), ..rule("sgr-7", "egress tcp 443 to 10.9.0.0/16") };
    observed.insert(group(former), Observed::Live(vec![left]));
    let lines: Value = rollout.live_lines(Matrix::embedded(), &observed, &ours()).into();
    assert_eq!(entries(lines.get(former).get("egress")), [pair("tcp 443 to 10.9.0.0/16", "not asked for: sgr-7")]);
}

#[test]
fn placements_of_one_group_share_a_cloud_rule_and_keep_their_lines() {
    let placements = json!({
        "agents": { "components": ["desktop"], "cidr_ipv4": ["10.20.0.0/16"] },
        "one": { "components": ["configuration"], "security_group_id": CORE },
        "two": { "components": ["configuration"], "security_group_id": CORE },
    });
    let rollout = rollout(json!({ "placements": placements, "policy": { "directions": ["ingress"] } }));
    let mut observed = as_asked(&rollout);
    assert_eq!(rules(&mut observed).len(), 2, "equal cloud rules exist once");
    let lines: Value = rollout.live_lines(Matrix::embedded(), &observed, &ours()).into();
    assert_eq!(lines, rollout.lines(Matrix::embedded()).into());
    assert_eq!(lines.get("one"), lines.get("two"));
    rules(&mut observed).remove(0);
    let lines: Value = rollout.live_lines(Matrix::embedded(), &observed, &ours()).into();
    assert_eq!((entries(lines.get("one").get("ingress")).len(), entries(lines.get("two").get("ingress")).len()), (1, 1));
}
