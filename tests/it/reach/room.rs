//! What the quota has room for on the way from one configuration to the next, and what prefix lists take of it.

use serde_json::json;

use super::{ROLLOUT, Vpc, told, workspace, write};
use crate::support::Ec2;

/// Desktops at these blocks, named by an attribute.
fn placements(attribute: &str, blocks: &[String], core: &str) -> String {
    let blocks: Vec<String> = blocks.iter().map(|block| format!("\"{block}\"")).collect();
    format!(
        "    desks = {{ components = [\"desktop\"], {attribute} = [{}] }}\n    core = {{ components = [\"configuration\"], security_group_id = \"{core}\" }}",
        blocks.join(", ")
    )
}

#[test]
fn a_full_group_moves_to_other_addresses_of_either_family_in_place() {
    let ec2 = Ec2::new();
    let vpc = Vpc::new(&ec2, "10.0.0.0/16", &["core"]);
    let workspace = workspace(&ec2);
    for (attribute, old, new) in [("cidr_ipv4", "10.20.N.0/24", "10.30.N.0/24"), ("cidr_ipv6", "fd00:N::/32", "fd01:N::/32")] {
        let blocks = |pattern: &str| -> Vec<String> { (1..=30).map(|number| pattern.replace('N', &number.to_string())).collect() };
        write(&workspace, &placements(attribute, &blocks(old), vpc.group("core")), "");
        workspace.settle();
        let ids = |ec2: &Ec2| {
            let rules = ec2.rules(vpc.group("core"));
            rules.iter().map(|rule| rule["SecurityGroupRuleId"].as_str().unwrap().to_owned()).collect::<std::collections::BTreeSet<_>>()
        };
        let before = ids(&ec2);
        assert_eq!(before.len(), 60);
        ec2.reset();
        write(&workspace, &placements(attribute, &blocks(new), vpc.group("core")), "");
        workspace.settle();
        let writes: Vec<String> = ec2.actions().into_iter().filter(|action| !action.starts_with("Describe")).collect();
        assert_eq!(writes, ["ModifySecurityGroupRules"], "{attribute}: there is no room for old and new at once");
        assert_eq!(ids(&ec2), before);
    }
}

#[test]
fn a_group_at_far_ends_is_exchanged_in_place() {
    let ec2 = Ec2::new();
    let vpc = Vpc::new(&ec2, "10.0.0.0/16", &["core", "old", "new"]);
    let workspace = workspace(&ec2);
    let placements = |desks: &str| {
        format!(
            "    desks = {{ components = [\"desktop\"], security_group_id = \"{desks}\" }}\n    core = {{ components = [\"configuration\"], security_group_id = \"{}\" }}",
            vpc.group("core")
        )
    };
    write(&workspace, &placements(vpc.group("old")), "  manage = [\"core\"]");
    workspace.settle();
    ec2.reset();
    write(&workspace, &placements(vpc.group("new")), "  manage = [\"core\"]");
    workspace.settle();
    let writes: Vec<String> = ec2.actions().into_iter().filter(|action| !action.starts_with("Describe")).collect();
    assert_eq!(writes, ["ModifySecurityGroupRules"]);
    let lines = ec2.lines(vpc.group("core"));
    assert!(lines.len() == 2 && lines.iter().all(|line| line.contains(vpc.group("new"))), "{lines:#?}");
}

#[test]
fn another_kind_of_far_end_needs_room_for_both_and_says_so() {
    let ec2 = Ec2::new();
    let vpc = Vpc::new(&ec2, "10.0.0.0/16", &["core"]);
    let list = |number: u8| -> Vec<String> { (0..20).map(|block| format!("10.{number}.{block}.0/24")).collect() };
    let made = ec2.setup(json!({ "groups": [], "prefix_lists": { "desks": list(21) } }));
    let list = made["prefix_lists"]["desks"].as_str().unwrap().to_owned();
    let workspace = workspace(&ec2);
    let blocks: Vec<String> = (0..20).map(|number| format!("10.20.{number}.0/24")).collect();
    write(&workspace, &placements("cidr_ipv4", &blocks, vpc.group("core")), "");
    workspace.settle();
    write(&workspace, &placements("prefix_list_ids", &[list], vpc.group("core")), "");
    workspace.plan_fails().says("Too many rules on the way").says("meanwhile it would need 80 ipv4 ingress rules, and its quota is 60");
}

#[test]
fn a_prefix_list_that_nobody_knows_is_refused_where_it_is_named() {
    let ec2 = Ec2::new();
    let vpc = Vpc::new(&ec2, "10.0.0.0/16", &["core"]);
    let workspace = workspace(&ec2);
    let lists = ["pl-0123456789abcdef0".to_owned()];
    write(&workspace, &placements("prefix_list_ids", &lists, vpc.group("core")), "");
    let expected = "error: Prefix list does not exist: `pl-0123456789abcdef0` of placement `desks` does not exist in this region, or is not shared with this account. Correct the id, have its owner share it, or take it out.";
    assert_eq!(told(&workspace, 1), [expected]);
    // Nobody names it, so nobody asks.
    write(&workspace, &placements("prefix_list_ids", &lists, vpc.group("core")), "  policy {\n    directions = [\"egress\"]\n  }");
    assert_eq!(told(&workspace, 0), [""; 0]);
}

#[test]
fn a_prefix_list_that_vanishes_from_sight_does_not_stop_a_plan() {
    let ec2 = Ec2::new();
    let vpc = Vpc::new(&ec2, "10.0.0.0/16", &["core"]);
    let made = ec2.setup(json!({ "groups": [], "prefix_lists": { "desks": ["10.20.0.0/16", "10.21.0.0/16"] } }));
    let list = made["prefix_lists"]["desks"].as_str().unwrap().to_owned();
    let workspace = workspace(&ec2);
    write(&workspace, &placements("prefix_list_ids", std::slice::from_ref(&list), vpc.group("core")), "");
    workspace.settle();
    let count = &workspace.values(ROLLOUT)["rule_count"]["core"];
    assert_eq!(*count, "ipv4 ingress 0 of 60, egress 0 of 60; prefix lists: ingress 2, egress 0, each by its size");
    for port in ["29091", "39091"] {
        ec2.revoke(vpc.group("core"), port);
    }
    ec2.by_hand("delete_list", json!({ "prefix_list": list }));
    let expected = format!(
        "warning: Prefix list is out of sight: `{list}` of placement `desks` does not exist in this region, or is not shared with this account. Rules that name it stay as they are, but EC2 takes no new ones. Correct the id, have its owner share it, or take it out."
    );
    assert_eq!(told(&workspace, 0), [expected]);
    workspace.destroy();
}
