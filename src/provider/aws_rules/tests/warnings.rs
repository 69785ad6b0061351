//! What EC2 would refuse, as a plan says it.

use super::*;

fn forewarned(rollout: &Rollout, kept: &Kept, observed: &BTreeMap<SecurityGroupId, Observed>) -> Vec<String> {
    let mut found = Diagnostics::new();
    let quota = Quota { limit: rollout.limit, weights: BTreeMap::new() };
    rollout.forewarn(Matrix::embedded(), kept, observed, &quota, BTreeSet::new(), &mut found);
    let place = |diagnostic: &crate::plugin::Diagnostic| diagnostic.path().map(ToString::to_string).unwrap_or_default();
    found.iter().map(|diagnostic| format!("{}: {}: {}", place(diagnostic), diagnostic.summary(), diagnostic.detail())).collect()
}

#[test]
fn clashes_name_the_rule_in_the_way_and_whose_it_is() {
    let rollout = rollout(json!({}));
    let mut observed = BTreeMap::new();
    assert_eq!(forewarned(&rollout, &kept(), &observed), [""; 0]);
    let by_hand = LiveRule { description: Some("from the PDF".to_owned()), ..rule("sgr-1", "ingress tcp 29091 from 10.20.0.0/16") };
    let sibling = LiveRule { mark: mark("other", "0022"), ..rule("sgr-2", "ingress tcp 39091 from 10.20.0.0/16") };
    let lost = LiveRule { mark: mark("emc", "0033"), ..rule("sgr-3", "ingress tcp 39091 from 10.21.0.0/16") };
    observed.insert(group(CORE), Observed::Live(vec![by_hand, sibling, lost]));
    let of_another = "name: Rules of another instance are taken over: These rules carry the `name` \"emc\", and another instance of it made them:\n\n  sg-00000000000000001 (placement `core`): sgr-3: ingress tcp 39091 from 10.21.0.0/16\n\nThose that still stand when this is applied are taken over, and do not close. That is right where the other instance is no more: a create that was killed, a state that was lost, an object that this one replaces. If another configuration or another state uses this `name` for the same group, do not apply: give one of the two another `name`, or each will take the rules of the other.";
    let of_a_sibling = format!(
        "placements[\"core\"]: Clash with existing rules: {CORE} (placement `core`) has rules already that open what this configuration asks for. They belong to the resource with `name = \"other\"`, and EC2 keeps equal rules once:\n\n  sgr-2: ingress tcp 39091 from 10.20.0.0/16\n\nThree ways out: leave each rule to one of the two resources, with `exclude` or `manage`; or take it out of `other` first, in an apply of its own; or merge the two."
    );
    assert_eq!(
        forewarned(&rollout, &kept(), &observed),
        [
            format!(
                "placements[\"core\"]: Clash with existing rules: {CORE} (placement `core`) has rules already that open what this configuration asks for. They carry no mark of this provider, and EC2 keeps equal rules once:\n\n  sgr-1: ingress tcp 29091 from 10.20.0.0/16, \"from the PDF\"\n\nThree ways out: set `adopt_existing = true`, and they are taken over as they stand; or delete them by hand, and this resource makes its own; or leave them to whoever made them, and close the flows here with `exclude` in `policy`."
            ),
            of_a_sibling.clone(),
            of_another.to_owned(),
        ]
    );
    let adopting = super::rollout(json!({ "adopt_existing": true }));
    assert_eq!(
        forewarned(&adopting, &kept(), &observed),
        [
            of_a_sibling,
            format!(
                ": Rules made by hand are taken over: These rules are there already without a mark of this provider, and they open what is asked for:\n\n  {CORE} (placement `core`): sgr-1: ingress tcp 29091 from 10.20.0.0/16, \"from the PDF\"\n\nThey stay open all the time; they get this resource's descriptions, and its mark when everything else is done. From then on they are revoked when nothing here asks for them any more, and when this resource is destroyed."
            ),
            of_another.to_owned(),
        ],
        "a sibling's rule is never taken over"
    );
}

#[test]
fn of_many_rules_the_first_twenty_are_named() {
    let rollout = rollout(json!({ "adopt_existing": true, "placements": {
        "agents": { "components": ["desktop"], "cidr_ipv4": (0..30).map(|number| format!("10.20.{number}.0/24")).collect::<Vec<_>>() },
        "core": { "components": ["configuration"], "security_group_id": CORE },
    } }));
    let mut observed = as_asked(&rollout);
    rules(&mut observed).iter_mut().for_each(|rule| rule.mark = None);
    let found = forewarned(&rollout, &kept(), &observed);
    let [taken] = found.iter().filter(|text| text.contains("taken over")).collect::<Vec<_>>()[..] else { panic!("{found:#?}") };
    assert_eq!(taken.matches("\n  sg-").count(), 20);
    assert!(taken.contains("\n  and 40 more\n"), "{taken}");
}

#[test]
fn a_group_that_is_gone_is_told() {
    let rollout = rollout(json!({ "manage": ["core"] }));
    let observed = BTreeMap::from([(group(CORE), Observed::Gone), (group(MEDIA), Observed::Gone)]);
    let told = |kept: &Kept| {
        let found = rollout.gone(Matrix::embedded(), kept, &observed, &Value::string("eu-west-1"));
        found.iter().map(|one| format!("{}: {}", one.path().map(ToString::to_string).unwrap_or_default(), one.detail())).collect::<Vec<_>>()
    };
    let expected = format!(
        "placements[\"core\"]: {CORE} of placement `core` does not exist in eu-west-1 in the account of these credentials. Check the id, `region` and the credentials; a group of another account is written with that account, `123456789012/{CORE}`."
    );
    assert_eq!(told(&kept()), [expected], "the other group is not ours to write");
    let mut before = kept();
    before.remember(&observed, &rollout.groups(), &before.mark("emc"));
    let expected = format!(
        "placements[\"core\"]: {CORE} of placement `core` is gone from eu-west-1, and its rules with it, unless these credentials belong to another account. If Terraform manages the group, `terraform apply -replace=ADDRESS` with the address of the group makes a new one; otherwise give the id of the new group, or take the placement out. To destroy this resource as it is, use `terraform destroy -refresh=false`."
    );
    assert_eq!(told(&before), [expected]);
}

#[test]
fn groups_are_counted_with_everyones_rules() {
    let rollout = rollout(json!({ "rules_per_group": 4 }));
    let full = [nearly_full("placements[\"core\"]", &[format!("{CORE} of placement `core`: 4 of 4 ipv4 ingress rules")])];
    assert_eq!(forewarned(&rollout, &kept(), &BTreeMap::new()), full);
    let foreign = rule("sgr-1", "ingress tcp 443 from 10.9.0.0/16");
    let observed = BTreeMap::from([(group(CORE), Observed::Live(vec![foreign]))]);
    let found = forewarned(&rollout, &kept(), &observed);
    let expected = format!(
        "placements[\"core\"]: Too many rules for a security group: {CORE} of placement `core` would need 5 ipv4 ingress rules (4 of this configuration, 1 that others made), and its quota is 4. With `transport = \"prefer_secure\"` it would need 3. Otherwise join"
    );
    assert!(matches!(found.as_slice(), [one] if one.starts_with(&expected)), "{found:#?}");
    let families = BTreeMap::from([(group(CORE), Observed::Live(vec![rule("sgr-1", "ingress tcp 443 from fd00::/64")]))]);
    assert_eq!(forewarned(&rollout, &kept(), &families), full, "families have quotas of their own");
}

#[test]
fn groups_that_are_nearly_full_are_named_in_one_warning() {
    let placements = |desktops: &Json| {
        json!({
            "agents": desktops,
            "core": { "components": ["configuration"], "security_group_id": CORE },
            "media": { "components": ["weblm", "license_director"], "security_group_id": MEDIA },
        })
    };
    let blocks: Vec<String> = (0..24).map(|number| format!("10.20.{number}.0/24")).collect();
    let by_blocks = rollout(json!({ "placements": placements(&json!({ "components": ["desktop"], "cidr_ipv4": blocks })) }));
    let expected = nearly_full("placements[\"core\"]", &[format!("{CORE} of placement `core`: 48 of 60 ipv4 ingress rules")]);
    assert_eq!(forewarned(&by_blocks, &kept(), &BTreeMap::new()), [expected]);
    let one_more = rule("sgr-1", "ingress tcp 443 from 10.9.0.0/16");
    let raised =
        rollout(json!({ "placements": placements(&json!({ "components": ["desktop"], "cidr_ipv4": blocks })), "rules_per_group": 61 }));
    assert_eq!(forewarned(&raised, &kept(), &BTreeMap::new()), [""; 0]);
    let observed = BTreeMap::from([(group(CORE), Observed::Live(vec![one_more]))]);
    let expected = nearly_full("placements[\"core\"]", &[format!("{CORE} of placement `core`: 49 of 61 ipv4 ingress rules")]);
    assert_eq!(forewarned(&raised, &kept(), &observed), [expected], "what others made takes room as well");

    let partner = json!({ "components": ["desktop"], "security_group_id": "123456789012/sg-00000000000000009" });
    let twins = json!({
        "agents": partner,
        "core": { "components": ["configuration"], "security_group_id": CORE },
        "media": { "components": ["configuration"], "security_group_id": MEDIA },
    });
    let by_group = rollout(json!({ "placements": twins, "rules_per_group": 2 }));
    let need = |group: &str, placement: &str| format!("{group} of placement `{placement}`: 2 of 2 ipv4 and ipv6 ingress rules");
    let expected = nearly_full("placements", &[need(CORE, "core"), need(MEDIA, "media")]);
    assert_eq!(forewarned(&by_group, &kept(), &BTreeMap::new()), [expected], "a group counts in both families");
}

/// The warning at this place, about groups that need so much.
fn nearly_full(place: &str, needs: &[String]) -> String {
    let needs: Vec<String> = needs.iter().map(|need| format!("  {need}")).collect();
    format!(
        "{place}: Security groups are nearly full: 80 percent of the quota or more are in use once this is applied:\n\n{}\n\nA plan that needs more than the quota is refused. To make room, join address blocks, use fewer placements as far ends, spread components over several groups, or have AWS raise the quota (L-0EA8095F; rules of a group times groups of a network interface, L-2AFB9258, may be 1000 at most) and set `rules_per_group`.",
        needs.join("\n")
    )
}
