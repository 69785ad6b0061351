//! The IAM policies that the documentation gives, enforced by the EC2 of the tests: they suffice, nothing in them is idle, and whoever
//! lacks one permission is told which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use super::{Site, below, rollout};
use crate::support::{Ec2, root};

/// Ends that need every kind of rule: groups, one of them another account's, addresses and a prefix list, in both directions.
const LIFE: &str = r#"
    field  = { components = ["desktop"], security_group_id = "<partner>/<field>" }
    store  = { components = ["configuration"], security_group_id = "<partner>/<store>" }
    agents = { components = ["desktop"], security_group_id = "<desks>" }
    branch = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }
    remote = { components = ["desktop"], prefix_list_ids = ["<list>"] }
    core   = { components = ["configuration"], security_group_id = "<core>" }
"#;

/// The policies of the guide, in their order: to read, to apply.
pub(crate) fn policies() -> [Value; 2] {
    let page = fs::read_to_string(root().join("docs/guides/iam-policy.md")).unwrap();
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let parsed: Vec<Value> = blocks.map(|block| serde_json::from_str(block).unwrap_or_else(|error| panic!("{error}: {block}"))).collect();
    parsed.try_into().expect("the guide has two policies")
}

fn statements(policy: &Value) -> &Vec<Value> {
    policy["Statement"].as_array().unwrap()
}

/// The actions of a policy, without their `ec2:`.
pub(crate) fn actions(policy: &Value) -> BTreeSet<String> {
    let of = |statement: &Value| statement["Action"].as_array().unwrap().clone();
    let named = statements(policy).iter().flat_map(of);
    named.map(|action| action.as_str().unwrap().strip_prefix("ec2:").expect("an action of EC2").to_owned()).collect()
}

/// The policy without one action.
fn without(policy: &Value, action: &str) -> Value {
    let mut policy = policy.clone();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        statement["Action"].as_array_mut().unwrap().retain(|named| *named != json!(format!("ec2:{action}")));
    }
    policy["Statement"].as_array_mut().unwrap().retain(|statement| statement["Action"] != json!([]));
    policy
}

/// The same site for a user with this policy.
fn act_as(mut site: Site, policy: &Value) -> Site {
    for (name, value) in site.ec2.user(policy) {
        site.workspace = site.workspace.with_env(&name, &value);
    }
    site
}

fn site() -> Site {
    let ec2 = Ec2::new();
    let made = ec2.setup(json!({
        "groups": ["core", "desks"], "default_egress": false, "prefix_lists": { "remote": ["10.30.0.0/16", "10.31.0.0/16"] },
    }));
    let mut groups: BTreeMap<String, String> = serde_json::from_value(made["groups"].clone()).unwrap();
    groups.insert("list".to_owned(), made["prefix_lists"]["remote"].as_str().unwrap().to_owned());
    let partner = Ec2::new();
    let theirs = partner.setup(json!({ "groups": ["field", "store"], "cidr": "10.1.0.0/16" }));
    for group in ["field", "store"] {
        groups.insert(group.to_owned(), theirs["groups"][group].as_str().unwrap().to_owned());
    }
    groups.insert("partner".to_owned(), partner.account().to_owned());
    ec2.peer(made["vpc"].as_str().unwrap(), &partner, theirs["vpc"].as_str().unwrap());
    Site::of(ec2, groups)
}

/// The rollout as it is after foreign rules were removed, with default tags.
fn tagged(site: &Site, tags: &str) {
    let placements = LIFE.replace(r#"["10.20.0.0/16"]"#, r#"["10.21.0.0/16", "10.22.0.0/16"]"#);
    let provider = format!("provider \"emc\" {{\n  aws {{\n    default_tags {{\n      tags = {tags}\n    }}\n  }}\n}}\n");
    site.write(&(provider + &rollout("rollout", "emc-prod", &placements, "")));
}

/// One thing that happens to a rollout, and what carrying it out needs that has not been needed before.
type Step = (&'static str, fn(&Site), &'static [&'static str]);

/// A life in which every action is needed.
const STEPS: [Step; 10] = [
    (
        "create",
        |site| site.rollout(LIFE, ""),
        &[
            "DescribeSecurityGroupRules",
            "DescribeSecurityGroups",
            "CreateTags",
            "AuthorizeSecurityGroupIngress",
            "DescribeManagedPrefixLists", // Without it the quota cannot be worked out, which is a warning.
        ],
    ),
    (
        "drift",
        |site| site.ec2.revoke_ids(site.id("desks"), &[&site.rule("desks", "egress tcp 29091 <core>")], true),
        &["AuthorizeSecurityGroupEgress"],
    ),
    (
        "say why, also of rules that name another account's groups",
        |site| site.rollout(LIFE, "  policy {\n    reasons = { \"configuration.29091\" = \"CHG1\" }\n  }"),
        &["UpdateSecurityGroupRuleDescriptionsIngress"],
    ),
    (
        "say it otherwise",
        |site| site.rollout(LIFE, "  policy {\n    reasons = { \"configuration.29091\" = \"CHG2\" }\n  }"),
        &["UpdateSecurityGroupRuleDescriptionsEgress"],
    ),
    ("change", |site| site.rollout(&LIFE.replace("10.20.0.0/16", "10.21.0.0/16"), ""), &["ModifySecurityGroupRules"]),
    (
        "adopt, and note a foreign rule",
        |site| {
            site.ec2.authorize(site.id("core"), json!({ "ports": "443", "cidr": "0.0.0.0/0" }));
            site.ec2.authorize(site.id("core"), json!({ "ports": "29091", "cidr": "10.22.0.0/16" }));
            site.rollout(&LIFE.replace(r#"["10.20.0.0/16"]"#, r#"["10.21.0.0/16", "10.22.0.0/16"]"#), "adopt_existing = true");
        },
        &["CreateTags"],
    ),
    (
        "remove foreign rules",
        |site| {
            let placements = LIFE.replace(r#"["10.20.0.0/16"]"#, r#"["10.21.0.0/16", "10.22.0.0/16"]"#);
            site.rollout(&placements, "on_foreign = \"remove\"");
        },
        &["RevokeSecurityGroupIngress"],
    ),
    ("tag", |site| tagged(site, "{ team = \"network\", cost = \"1\" }"), &["CreateTags"]),
    ("take a tag away", |site| tagged(site, "{ team = \"network\" }"), &["DeleteTags"]),
    ("narrow", |site| site.rollout(&LIFE.replace("[\"configuration\"]", "[\"weblm\"]"), ""), &["RevokeSecurityGroupEgress"]),
];

#[test]
fn the_policy_suffices_for_a_whole_life_and_nothing_in_it_is_idle() {
    let [_, policy] = policies();
    let site = act_as(site(), &policy);
    site.forget();
    for (what, happens, _) in STEPS {
        happens(&site);
        assert_eq!(site.workspace.plan().code, 2, "{what}: something is to be done");
        site.settle();
    }
    assert_eq!(site.live("desks"), [""; 0]);
    assert_eq!(site.live("core").len(), 0, "{:?}", site.live("core"));
    site.rollout(LIFE, "");
    site.settle();
    site.workspace.destroy();
    assert_eq!((site.live("core").len(), site.live("desks").len()), (0, 0));
    let called: BTreeSet<String> = site.ec2.calls().into_keys().collect();
    assert_eq!(called, actions(&policy), "what was called, and what the policy allows");
}

#[test]
fn whoever_lacks_a_permission_is_told_which() {
    let [_, policy] = policies();
    let mut site = site();
    let mut tried = BTreeSet::new();
    for (what, happens, needed) in STEPS {
        happens(&site);
        for action in needed {
            site = act_as(site, &without(&policy, action));
            let output = site.workspace.run(&["apply", "-no-color", "-input=false", "-auto-approve"]).blames_nobody();
            output.says(&format!("`ec2:{action}`"));
            assert_eq!(output.code == 0, *action == "DescribeManagedPrefixLists", "{what} without ec2:{action}:\n{}", output.text());
            tried.insert((*action).to_owned());
            if site.workspace.run(&["untaint", "-no-color", super::ROLLOUT]).code == 0 {
                site.forget();
            }
        }
        site = act_as(site, &policy);
        site.workspace.apply();
        site.workspace.plan_is_empty();
    }
    assert_eq!(tried, actions(&policy), "every permission was withheld once");
}

#[test]
fn reading_needs_the_smaller_policy_only() {
    let [reading, policy] = policies();
    assert!(actions(&reading).is_subset(&actions(&policy)) && actions(&reading).iter().all(|action| action.starts_with("Describe")));
    let mut site = site();
    site.rollout(LIFE, "");
    site.settle();
    site.ec2.revoke(site.id("core"), "39091");
    let judged = format!("data \"emc_aws_conformity\" \"site\" {{\n  placements = {{{LIFE}}}\n}}\n");
    site.write(&(rollout("rollout", "emc-prod", LIFE, "") + &judged));
    site = act_as(site, &reading);
    site.forget();
    assert_eq!(below(&site.plan(), "lines.core.ingress").len(), 4);
    site.workspace.run(&["apply", "-refresh-only", "-auto-approve", "-no-color", "-input=false"]).ok().blames_nobody();
    assert_eq!(site.writes(), [""; 0]);
    assert_eq!(site.workspace.values("data.emc_aws_conformity.site")["conforms"], "no");
    site.ec2.revoke(site.id("core"), "29091");
    site.workspace.plan();
    let called: BTreeSet<String> = site.ec2.calls().into_keys().collect();
    assert_eq!(called, actions(&reading), "what was called, and what the policy allows");
    site.workspace.apply_fails().says("Allow the IAM action `ec2:AuthorizeSecurityGroupIngress` on these groups");
    site = act_as(site, &policy);
    site.settle();
}
