//! Lines as a plan shows them and as they are read back.

use super::*;

fn planned(rollout: &Rollout, kept: &Kept) -> Value {
    rollout.lines(Matrix::embedded(), kept, &rollout.slots(kept).unwrap()).into()
}

fn read_back(rollout: &Rollout, observed: &BTreeMap<NsgId, Observed>) -> Value {
    let kept = kept_of(rollout, observed);
    rollout.live_lines(Matrix::embedded(), &rollout.slots(&kept).unwrap(), observed, &ours()).into()
}

const PLAIN: &str = "1000 configuration.29091 (plain, row 4): 10.20.0.0/16, 10.21.0.0/16";
const SECURE: &str = "1001 configuration.39091 (secure, row 5): 10.20.0.0/16, 10.21.0.0/16";

fn pair(key: &str, line: &str) -> (String, String) {
    (key.to_owned(), line.to_owned())
}

#[test]
fn a_line_begins_with_its_priority_and_reads_back_as_it_was_planned() {
    let rollout = rollout(json!({}));
    let asked = planned(&rollout, &Kept::default());
    assert_eq!(texts(&asked, "core", "ingress"), [pair("tcp 29091 from agents", PLAIN), pair("tcp 39091 from agents", SECURE)]);
    let observed = as_asked(&rollout, &Kept::default());
    assert_eq!(read_back(&rollout, &observed), asked);
    assert_eq!(planned(&rollout, &kept_of(&rollout, &observed)), asked, "the next plan is empty");
}

#[test]
fn what_was_removed_by_hand_is_missing_and_comes_back_to_its_slot() {
    let rollout = rollout(json!({}));
    let observed = as_asked(&rollout, &Kept::default());
    let left = BTreeMap::from([(nsg("core"), live(&nsg("core"), &raw(&observed)[1..]))]);
    assert_eq!(texts(&read_back(&rollout, &left), "core", "ingress"), [pair("tcp 39091 from agents", SECURE)]);
    let next = planned(&rollout, &kept_of(&rollout, &left));
    assert_eq!(texts(&next, "core", "ingress"), [pair("tcp 29091 from agents", PLAIN), pair("tcp 39091 from agents", SECURE)]);
}

#[test]
fn copies_that_somebody_made_of_a_rule_are_all_told() {
    let rollout = rollout(json!({}));
    let mut copied = raw(&as_asked(&rollout, &Kept::default()));
    for (name, priority) in [("copy", 1500), ("another", 1501)] {
        let mut copy = copied[0].clone();
        copy["name"] = json!(name);
        copy["properties"]["priority"] = json!(priority);
        copied.push(copy);
    }
    let lines = read_back(&rollout, &BTreeMap::from([(nsg("core"), live(&nsg("core"), &copied))]));
    let told: Vec<(String, String)> =
        texts(&lines, "core", "ingress").into_iter().filter(|(_, text)| text.contains("not asked for")).collect();
    let [(key, text)] = told.as_slice() else { panic!("{told:?}") };
    assert!(key.starts_with("tcp 29091 from 10.20.0.0/16"), "{key}");
    let told: Vec<&str> = text.split("; ").map(|one| one.split(", ").next().unwrap()).collect();
    assert_eq!(told, ["1500 not asked for: copy", "1501 not asked for: another"], "{text}");
}

#[test]
fn what_was_changed_by_hand_says_so() {
    let rollout = rollout(json!({}));
    let observed = as_asked(&rollout, &Kept::default());
    let mut edited = raw(&observed);
    edited[0]["properties"]["destinationPortRange"] = json!("1-65535");
    let lines = read_back(&rollout, &BTreeMap::from([(nsg("core"), live(&nsg("core"), &edited))]));
    let told = &texts(&lines, "core", "ingress")[0].1;
    assert!(
        told.starts_with(
            "1000 configuration.29091 (plain, row 4): emc-emc.core.in.tcp-29091.from.agents was changed by hand to ingress tcp 1-65535 from"
        ),
        "{told}"
    );

    let mut denying = raw(&observed);
    denying[0]["properties"]["access"] = json!("Deny");
    let lines = read_back(&rollout, &BTreeMap::from([(nsg("core"), live(&nsg("core"), &denying))]));
    let told = &texts(&lines, "core", "ingress")[0].1;
    assert!(told.contains(" was changed by hand to ingress deny tcp 29091 from"), "{told}");

    let mut described = raw(&observed);
    let text = described[0]["properties"]["description"].as_str().unwrap().replace("row 4", "row 5");
    described[0]["properties"]["description"] = json!(text);
    let lines = read_back(&rollout, &BTreeMap::from([(nsg("core"), live(&nsg("core"), &described))]));
    let told = &texts(&lines, "core", "ingress")[0].1;
    assert!(told.contains(&format!("{PLAIN}; emc-emc.core.in.tcp-29091.from.agents was described by hand")), "{told}");
}

#[test]
fn what_nothing_asks_for_any_more_has_its_own_line() {
    let observed = as_asked(&rollout(json!({})), &Kept::default());
    let less = rollout(json!({ "policy": { "directions": ["ingress"], "exclude": ["configuration.29091"] } }));
    let told = texts(&read_back(&less, &observed), "core", "ingress");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told.iter().any(|(_, text)| text.starts_with("1000 not asked for: emc-emc.core.in.tcp-29091.from.agents")), "{told:?}");
}

#[test]
fn an_unknown_group_changes_no_line_and_unknown_addresses_only_theirs() {
    let known = planned(&rollout(json!({})), &Kept::default());
    let mut unknown = value(json!({}));
    let mut placements = unknown.get("placements").clone();
    let mut core = placements.get("core").clone();
    core.set_entry("network_security_group_id", Value::Unknown);
    core.set_entry("application_security_group_ids", Value::set([Value::Unknown]));
    placements.set_entry("core", core);
    unknown.set_entry("placements", placements.clone());
    assert_eq!(planned(&read(&unknown), &Kept::default()), known);

    let mut desks = placements.get("agents").clone();
    desks.set_entry("address_prefixes", Value::Unknown);
    placements.set_entry("agents", desks);
    unknown.set_entry("placements", placements);
    let lines = planned(&read(&unknown), &Kept::default());
    assert_eq!(texts(&lines, "core", "ingress"), [pair("tcp 29091 from agents", "(unknown)"), pair("tcp 39091 from agents", "(unknown)")]);
}

#[test]
fn what_is_denied_has_lines_as_well() {
    let rollout = rollout(json!({ "deny_unlisted": true, "allow_within_placement": true }));
    let asked = planned(&rollout, &Kept::default());
    let told = texts(&asked, "core", "ingress");
    assert_eq!(
        told[..3],
        [
            pair("any from core", "1003 hosts of this placement among themselves, which deny_unlisted would stop: group of core"),
            pair("any from load balancers", "1002 probes of Azure's load balancers, which deny_unlisted would stop: AzureLoadBalancer"),
            pair("deny from anywhere", "2900 deny_unlisted: what no line allows"),
        ]
    );
    assert_eq!(read_back(&rollout, &as_asked(&rollout, &Kept::default())), asked);
}
