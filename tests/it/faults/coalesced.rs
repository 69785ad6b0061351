//! Many resources in one provider process: their reads share calls, and their writes to one group take turns.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use crate::support::{Ec2, Workspace};

/// A resource that writes one group, open to one block of addresses.
fn resource(number: usize, group: &str, component: &str) -> String {
    format!(
        r#"
resource "emc_aws_security_group_rules" "site_{number:02}" {{
  name = "site-{number}"
  placements = {{
    agents = {{ components = ["desktop"], cidr_ipv4 = ["10.{number}.0.0/16"] }}
    server = {{ components = ["{component}"], security_group_id = "{group}" }}
  }}
}}
"#
    )
}

fn site(ec2: &Ec2, resources: &str) -> Workspace {
    let workspace = Workspace::overridden().with_ec2(ec2);
    workspace.write("main.tf", resources);
    workspace
}

/// Groups by name, in order.
fn groups(ec2: &Ec2, count: usize) -> Vec<String> {
    let names: Vec<String> = (0..count).map(|number| format!("group-{number:03}")).collect();
    let made: BTreeMap<String, String> =
        serde_json::from_value(ec2.setup(json!({ "groups": names, "default_egress": count > 9 }))["groups"].clone()).unwrap();
    made.into_values().collect()
}

/// How many calls a refresh makes. On a busy machine the CLI may start some resources so late that they are read apart; then it is tried
/// again.
fn reads(ec2: &Ec2, workspace: &Workspace, expected: u64) -> u64 {
    let refresh = || {
        ec2.reset();
        workspace.run(&["plan", "-refresh-only", "-no-color", "-input=false"]).ok();
        let mut asked: BTreeMap<String, u32> = BTreeMap::new();
        assert_eq!(ec2.count("DescribeSecurityGroups"), 0, "every group has a rule");
        for call in ec2.log().into_iter().filter(|call| call["action"] == "DescribeSecurityGroupRules") {
            let values = call["params"].as_object().unwrap().iter().filter(|(key, _)| key.starts_with("Filter.1.Value."));
            let page = call["params"]["NextToken"].as_str().is_some();
            values.filter(|_| !page).for_each(|(_, group)| *asked.entry(group.as_str().unwrap().to_owned()).or_default() += 1);
        }
        assert_eq!((asked.len(), asked.values().max()), (210, Some(&1)), "each group is asked about once");
        ec2.count("DescribeSecurityGroupRules")
    };
    let mut least = u64::MAX;
    for _ in 0..5 {
        least = least.min(refresh());
        if least <= expected {
            break;
        }
    }
    least
}

#[test]
fn a_refresh_of_many_resources_is_one_call_for_200_groups_and_one_more_a_page() {
    let ec2 = Ec2::new();
    // Ten resources, as many as the CLI reads at once, with more groups in all than one filter takes.
    let groups = groups(&ec2, 210);
    let mut text = String::new();
    for (number, groups) in groups.chunks(21).enumerate() {
        let _ =
            write!(text, "resource \"emc_aws_security_group_rules\" \"site_{number}\" {{\n  name = \"site-{number}\"\n  placements = {{\n");
        let _ = writeln!(text, "    agents = {{ components = [\"desktop\"], cidr_ipv4 = [\"10.{number}.0.0/16\"] }}");
        for (place, group) in groups.iter().enumerate() {
            let _ = writeln!(text, "    server_{place} = {{ components = [\"configuration\"], security_group_id = \"{group}\" }}");
        }
        text.push_str("  }\n}\n");
    }
    let workspace = site(&ec2, &text);
    workspace.apply();
    assert_eq!(reads(&ec2, &workspace, 2), 2, "210 groups, 630 rules");

    // A thousand rules of one filter are the most that one answer holds.
    ec2.quota(1000);
    ec2.by_hand("fill", json!({ "group": groups.iter().min().unwrap(), "count": 700 }));
    assert_eq!(reads(&ec2, &workspace, 3), 3, "1330 rules: the first 200 groups take a second page");
}

#[test]
fn resources_that_write_one_group_at_once_lose_nothing() {
    let ec2 = Ec2::new();
    let group = groups(&ec2, 1).remove(0);
    let write = |components: [&str; 2]| -> String { (1..=6).map(|number| resource(number, &group, components[number % 2])).collect() };
    let workspace = site(&ec2, &write(["configuration", "xml_server"]));
    // Every write is slow, so that without turns they would meet.
    let slow = |action: &str| ec2.fault(json!({ "action": action, "kind": "delay", "seconds": 0.2, "times": 0 }));
    ["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "ModifySecurityGroupRules"].into_iter().for_each(slow);
    workspace.apply().says("Apply complete! Resources: 6 added");
    assert_eq!(workspace.plan_with(&[]).ok().code, 0);
    assert_eq!(ec2.rules(&group).len(), 3 * 2 + 3 * 3);
    assert_eq!(ec2.count("AuthorizeSecurityGroupIngress"), 6, "nobody was in anybody's way");

    workspace.write("main.tf", &write(["xml_server", "configuration"]));
    workspace.apply().says("6 changed");
    assert_eq!(workspace.plan_with(&[]).ok().code, 0);
    let lines = ec2.lines(&group);
    for number in 1..=6 {
        let own = lines.iter().filter(|line| line.contains(&format!(" 10.{number}.0.0/16"))).count();
        assert_eq!(own, if number % 2 == 0 { 3 } else { 2 }, "site {number} in {lines:#?}");
    }
    let statuses: Vec<_> = ec2.log().into_iter().filter(|call| call["status"] != 200).collect();
    assert!(statuses.is_empty(), "{statuses:#?}");

    workspace.destroy();
    assert_eq!(ec2.rules(&group).len(), 0);
}
