//! The region of a resource: the provider's, or its own; only another one replaces it.

use serde_json::json;

use super::{Site, configuration};

const ROLLOUT: &str = "emc_aws_security_group_rules.rollout";

/// What `by_hand` does, in another region.
fn elsewhere(site: &Site, command: &str, arguments: serde_json::Value) -> serde_json::Value {
    site.ec2.by_hand_in("us-east-1", command, arguments)
}

fn group_elsewhere(site: &Site) -> String {
    let made = elsewhere(site, "setup", json!({ "groups": ["far"], "default_egress": false }));
    made["groups"]["far"].as_str().unwrap().to_owned()
}

fn open_elsewhere(site: &Site, group: &str) -> usize {
    elsewhere(site, "rules", json!({ "group": group })).as_array().unwrap().len()
}

#[test]
fn a_resource_in_another_region_lives_there() {
    let site = Site::new().with_keys();
    let far = group_elsewhere(&site);
    site.workspace.init();
    site.workspace.write("main.tf", &configuration("", &far, "region = \"us-east-1\""));
    site.workspace.settle();
    assert_eq!((open_elsewhere(&site, &far), site.workspace.values(ROLLOUT)["region"].clone()), (1, json!("us-east-1")));
    site.workspace.destroy();
    assert_eq!(open_elsewhere(&site, &far), 0);
}

#[test]
fn another_region_replaces_and_clears_the_old_one() {
    let site = Site::new().with_keys();
    site.signs_in("");
    let far = group_elsewhere(&site);
    site.workspace.write("main.tf", &configuration("", &far, "region = \"us-east-1\""));
    let plan = site.workspace.plan();
    plan.says("must be replaced")
        .says("~ region = \"eu-central-1\" -> \"us-east-1\" # forces replacement")
        .says("Plan: 1 to add, 0 to change, 1 to destroy.");
    site.workspace.settle();
    assert_eq!((site.ec2.lines(&site.core).len(), open_elsewhere(&site, &far)), (0, 1));

    // The provider's region counts as well, where the resource has none.
    site.write("", "");
    site.workspace.plan().says("# forces replacement");
    site.workspace.settle();
    assert_eq!((site.ec2.lines(&site.core).len(), open_elsewhere(&site, &far)), (1, 0));
}

#[test]
fn what_was_made_in_a_region_is_read_and_removed_there_wherever_the_provider_is() {
    let site = Site::new().with_keys();
    site.signs_in("");
    let site = site.with_env("AWS_REGION", "us-east-1");
    site.workspace.destroy();
    assert_eq!(site.ec2.lines(&site.core).len(), 0);
}

#[test]
fn an_import_may_name_the_region() {
    let site = Site::new().with_keys();
    let far = group_elsewhere(&site);
    site.workspace.init();
    let main = configuration("", &far, "region = \"us-east-1\"");
    site.workspace.write("main.tf", &main);
    site.workspace.settle();
    site.workspace.run(&["state", "rm", ROLLOUT]).ok();
    let id = json!({
        "name": "emc-prod",
        "region": "us-east-1",
        "placements": {
            "agents": { "components": ["desktop"], "cidr_ipv4": ["10.20.0.0/16"] },
            "core": { "components": ["xml_server"], "security_group_id": far },
        },
        "policy": { "directions": ["ingress"], "transport": "prefer_secure", "exclude": ["xml_server.29069"] },
    });
    site.workspace.run(&["import", "-no-color", "-input=false", ROLLOUT, &id.to_string()]).ok();
    site.workspace.plan_is_empty();
}

#[test]
fn a_region_that_is_none_is_refused() {
    let site = Site::new();
    site.workspace.init();
    site.write("region = \"Frankfurt\"", "");
    site.workspace.validate_fails().says("aws.region: `Frankfurt` is not a region; write one such as `eu-central-1`.");
    site.write("", "region = \"eu_central_1\"");
    site.workspace.validate_fails().says("region: `eu_central_1` is not a region; write one such as `eu-central-1`.");
}
