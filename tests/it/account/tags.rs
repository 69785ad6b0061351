//! Default tags: on every rule of ours, shown in the plan, and on nothing else.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Site;

const ROLLOUT: &str = "emc_aws_security_group_rules.rollout";

/// The tags of each live rule, without our mark.
fn tags(site: &Site) -> Vec<BTreeMap<String, String>> {
    let tags_of = |rule: &Value| {
        let pairs = rule["Tags"].as_array().cloned().unwrap_or_default();
        let pairs = pairs.into_iter().map(|tag| (tag["Key"].as_str().unwrap().to_owned(), tag["Value"].as_str().unwrap().to_owned()));
        pairs.filter(|(key, _)| !key.starts_with("emc:")).collect()
    };
    site.ec2.rules(&site.core).iter().map(tags_of).collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn default_tags_come_with_the_rules_change_in_the_plan_and_go() {
    let site = Site::new().with_keys();
    site.signs_in("default_tags {\n tags = { team = \"network\", cost = \"1\" }\n}");
    assert_eq!(tags(&site), [map(&[("cost", "1"), ("team", "network")])]);
    assert_eq!(site.ec2.count("CreateTags"), 0, "they come in the call that creates the rule");
    assert_eq!(site.workspace.values(ROLLOUT)["tags_all"], json!({ "cost": "1", "team": "network" }));

    site.ec2.tag(site.ec2.rules(&site.core)[0]["SecurityGroupRuleId"].as_str().unwrap(), json!({ "by": "hand" }));
    site.write("default_tags {\n tags = { team = \"voice\", owner = \"anna\" }\n}", "");
    let plan = site.workspace.plan();
    for line in [
        "- \"cost\" = \"1\" -> null",
        "+ \"owner\" = \"anna\"",
        "~ \"team\" = \"network\" -> \"voice\"",
        "0 to add, 1 to change, 0 to destroy",
    ] {
        plan.says(line);
    }
    site.ec2.reset();
    site.workspace.settle();
    assert_eq!(tags(&site), [map(&[("by", "hand"), ("owner", "anna"), ("team", "voice")])], "what others put there stays");
    let actions = site.ec2.actions();
    let writes: Vec<&String> = actions.iter().filter(|action| !action.starts_with("Describe")).collect();
    assert_eq!(writes, ["CreateTags", "DeleteTags"], "rules are neither created nor revoked for that");

    site.write("", "");
    site.workspace.plan().says("- tags_all = {");
    site.workspace.settle();
    assert_eq!(tags(&site), [map(&[("by", "hand")])]);
    assert_eq!(site.workspace.values(ROLLOUT)["tags_all"], json!(null));
    site.workspace.destroy();
}

#[test]
fn a_tag_that_somebody_changed_is_put_back() {
    let site = Site::new().with_keys();
    site.signs_in("default_tags {\n tags = { team = \"network\", cost = \"1\" }\n}");
    let rule = site.ec2.rules(&site.core)[0]["SecurityGroupRuleId"].as_str().unwrap().to_owned();
    site.ec2.tag(&rule, json!({ "team": "other", "cost": null }));
    let plan = site.workspace.plan();
    plan.says("~ \"team\" = \"other\" -> \"network\"");
    plan.says("+ \"cost\" = \"1\"");
    site.workspace.settle();
    assert_eq!(tags(&site), [map(&[("cost", "1"), ("team", "network")])]);
}

#[test]
fn tags_from_the_environment_give_way_to_written_ones() {
    let site = Site::new().with_keys().with_env("TF_AWS_DEFAULT_TAGS_team", "env").with_env("TF_AWS_DEFAULT_TAGS_stage", "prod");
    site.signs_in("default_tags {\n tags = { team = \"network\" }\n}");
    assert_eq!(tags(&site), [map(&[("stage", "prod"), ("team", "network")])]);
}

#[test]
fn after_a_failure_the_state_says_which_tags_are_live() {
    let site = Site::new().with_keys();
    site.signs_in("default_tags {\n tags = { old = \"1\" }\n}");
    site.write("default_tags {\n tags = { new = \"2\" }\n}", "");
    site.ec2.fault(
        json!({ "action": "DeleteTags", "kind": "error", "times": 0, "code": "UnauthorizedOperation", "status": 403, "message": "no" }),
    );
    site.workspace.apply_fails().says("EC2 answered `UnauthorizedOperation`").says("Allow the IAM action `ec2:DeleteTags` on these groups");
    assert_eq!(tags(&site), [map(&[("new", "2"), ("old", "1")])]);
    assert_eq!(site.workspace.values(ROLLOUT)["tags_all"], json!({ "new": "2", "old": "1" }));
    site.workspace.plan().says("- \"old\" = \"1\" -> null");
    site.ec2.reset();
    site.workspace.settle();
    assert_eq!(tags(&site), [map(&[("new", "2")])]);
}
