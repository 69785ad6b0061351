//! What EC2 would refuse, as a plan says it.

use super::*;

fn forewarned(rollout: &Rollout, kept: &Kept, observed: &BTreeMap<SecurityGroupId, Observed>) -> Vec<String> {
    let mut found = Diagnostics::new();
    rollout.forewarn(Matrix::embedded(), kept, observed, &Quota { limit: rollout.limit, weights: BTreeMap::new() }, &mut found);
    let place = |diagnostic: &crate::plugin::Diagnostic| diagnostic.path().map(ToString::to_string).unwrap_or_default();
    found.iter().map(|diagnostic| format!("{}: {}: {}", place(diagnostic), diagnostic.summary(), diagnostic.detail())).collect()
}

#[test]
fn clashes_name_the_rule_in_the_way_and_whose_it_is() {
    let rollout = rollout(json!({}));
    let mut observed = BTreeMap::new();
    assert_eq!(forewarned(&rollout, &kept(), &observed), [""; 0]);
    let by_hand = rule("sgr-1", "ingress tcp 29091 from 10.20.0.0/16");
    let sibling = LiveRule { mark: mark("other", "0022"), ..rule("sgr-2", "ingress tcp 39091 from 10.20.0.0/16") };
    let lost = LiveRule { mark: mark("emc", "0033"), ..rule("sgr-3", "ingress tcp 39091 from 10.21.0.0/16") };
    observed.insert(group(CORE), Observed::Live(vec![by_hand, sibling, lost]));
    let mut found = forewarned(&rollout, &kept(), &observed);
    found.sort();
    assert_eq!(
        found,
        [
            format!(
                "placements[\"core\"]: Clash with an existing rule: {CORE} already has `ingress tcp 29091 from 10.20.0.0/16` as sgr-1, which this provider did not make, and EC2 keeps equal rules once. Set `adopt_existing = true` to take it over, or delete it."
            ),
            format!(
                "placements[\"core\"]: Clash with an existing rule: {CORE} already has `ingress tcp 39091 from 10.20.0.0/16` as sgr-2, which belongs to the resource with `name = \"other\"`, and EC2 keeps equal rules once. Leave it to one of the two with `exclude` or `manage`, or merge them."
            ),
        ]
    );
    let adopting = super::rollout(json!({ "adopt_existing": true }));
    let found = forewarned(&adopting, &kept(), &observed);
    assert!(matches!(found.as_slice(), [one] if one.contains("sgr-2")), "a sibling's rule is never taken over: {found:?}");
}

#[test]
fn a_group_that_is_gone_is_told() {
    let rollout = rollout(json!({ "manage": ["core"] }));
    let observed = BTreeMap::from([(group(CORE), Observed::Gone), (group(MEDIA), Observed::Gone)]);
    let expected = format!(
        "placements[\"core\"]: Security group does not exist: {CORE} of placement `core` does not exist (any more). If Terraform manages it, let it be created again (`terraform apply -replace` of the group, or a refresh that notices); else give the id of the new group, or take the placement out. Its rules went with it. To destroy this resource as it is, use `terraform destroy -refresh=false`."
    );
    assert_eq!(forewarned(&rollout, &kept(), &observed), [expected], "the other group is not ours to write");
}

#[test]
fn groups_are_counted_with_everyones_rules() {
    let rollout = rollout(json!({ "rules_per_group": 4 }));
    assert_eq!(forewarned(&rollout, &kept(), &BTreeMap::new()), [""; 0]);
    let foreign = rule("sgr-1", "ingress tcp 443 from 10.9.0.0/16");
    let observed = BTreeMap::from([(group(CORE), Observed::Live(vec![foreign]))]);
    let found = forewarned(&rollout, &kept(), &observed);
    let expected = format!(
        "placements[\"core\"]: Too many rules for a security group: {CORE} of placement `core` would need 5 of 4 ipv4 ingress rules (4 of this configuration, 1 that others made). `transport = \"prefer_secure\"` would need 3. Or join"
    );
    assert!(matches!(found.as_slice(), [one] if one.starts_with(&expected)), "{found:#?}");
    let families = BTreeMap::from([(group(CORE), Observed::Live(vec![rule("sgr-1", "ingress tcp 443 from fd00::/64")]))]);
    assert_eq!(forewarned(&rollout, &kept(), &families), [""; 0], "families have quotas of their own");
}
