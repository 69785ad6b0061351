//! Groups of several VPCs of one account: what a transit gateway cannot do is said where it may matter, once.

use serde_json::json;

use super::{Vpc, told, workspace, write};
use crate::support::Ec2;

fn placements(desks: &str, core: &str) -> String {
    format!(
        "    desks = {{ components = [\"desktop\"], security_group_id = \"{desks}\" }}\n    core = {{ components = [\"configuration\"], security_group_id = \"{core}\" }}"
    )
}

#[test]
fn groups_in_two_vpcs_are_warned_of_when_they_first_name_each_other() {
    let ec2 = Ec2::new();
    let (one, two) = (Vpc::new(&ec2, "10.0.0.0/16", &["desks", "old"]), Vpc::new(&ec2, "10.1.0.0/16", &["core"]));
    ec2.by_hand("peer", json!({ "vpc": one.id, "other": two.id }));
    let (desks, core) = (one.group("desks"), two.group("core"));
    let workspace = workspace(&ec2);
    write(&workspace, &placements(desks, core), "");
    let warning = |desks: &str| {
        format!(
            "warning: Security groups of other VPCs: These rules name security groups of other VPCs or accounts:\n\n{}\n\nWithin a VPC that accounts share, and over VPC peering within a region, they work in both directions. Over a transit gateway only ingress rules do, in one region, and only if security group referencing is enabled on the gateway and on both attachments; egress rules like those above are not supported there. They do not work through a firewall or another appliance on the way. Where they do not work, give the placement at the far end addresses and `peer_by = \"addresses\"`.",
            {
                let mut pairs = vec![
                    (desks, format!("  `desks` ({desks} in {}) names `core` ({core} in {}): 2 egress lines", one.id, two.id)),
                    (core, format!("  `core` ({core} in {}) names `desks` ({desks} in {}): 2 ingress lines", two.id, one.id)),
                ];
                pairs.sort();
                pairs.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
            }
        )
    };
    assert_eq!(told(&workspace, 0), [warning(desks)]);
    assert_eq!(
        (ec2.count("DescribeSecurityGroups"), ec2.count("DescribeSecurityGroupRules")),
        (2, 1),
        "the groups are empty, which is asked apart"
    );
    workspace.settle();

    ec2.reset();
    assert_eq!(told(&workspace, 0), [""; 0], "what was applied is not told again");
    assert_eq!(ec2.actions(), ["DescribeSecurityGroupRules"], "and nothing more is asked");

    write(&workspace, &placements(one.group("old"), core), "");
    assert_eq!(told(&workspace, 0), [warning(one.group("old"))], "another group is another question");
    write(&workspace, &placements(desks, core), "  policy {\n    ports = { \"configuration.29091\" = \"30091\" }\n  }");
    assert_eq!(told(&workspace, 0), [""; 0], "other ports are not");
}

#[test]
fn ingress_alone_is_not_said_to_fail() {
    let ec2 = Ec2::new();
    let (one, two) = (Vpc::new(&ec2, "10.0.0.0/16", &["desks"]), Vpc::new(&ec2, "10.1.0.0/16", &["core"]));
    ec2.by_hand("attach", json!({ "vpcs": [one.id, two.id] }));
    let workspace = workspace(&ec2);
    let placements = placements(one.group("desks"), two.group("core"));
    write(&workspace, &placements, "  policy {\n    directions = [\"ingress\"]\n  }");
    let warned = told(&workspace, 0);
    assert!(matches!(warned.as_slice(), [one] if one.contains("2 ingress lines") && !one.contains("not supported there")), "{warned:#?}");
    workspace.settle();
    assert_eq!(ec2.rules(two.group("core")).len(), 2);
}

#[test]
fn egress_over_a_transit_gateway_is_warned_of_and_refused_with_the_way_out() {
    let ec2 = Ec2::new();
    let (one, two) = (Vpc::new(&ec2, "10.0.0.0/16", &["desks"]), Vpc::new(&ec2, "10.1.0.0/16", &["core"]));
    ec2.by_hand("attach", json!({ "vpcs": [one.id, two.id] }));
    let workspace = workspace(&ec2);
    write(&workspace, &placements(one.group("desks"), two.group("core")), "");
    let refused = workspace.apply_fails();
    refused
        .says("egress rules like those above are not supported there")
        .says("give the placement at the far end addresses and `peer_by = \"addresses\"`.");
    let by_addresses = placements(one.group("desks"), two.group("core"))
        .replace("[\"configuration\"],", "[\"configuration\"], cidr_ipv4 = [\"10.1.0.0/16\"], peer_by = \"addresses\",");
    write(&workspace, &by_addresses, "");
    workspace.settle();
    assert!(ec2.lines(one.group("desks"))[0].starts_with("egress tcp 29091 10.1.0.0/16"));
}

#[test]
fn groups_in_one_vpc_and_addresses_are_not_warned_of() {
    let ec2 = Ec2::new();
    let vpc = Vpc::new(&ec2, "10.0.0.0/16", &["desks", "core"]);
    let other = Vpc::new(&ec2, "10.1.0.0/16", &["core"]);
    let workspace = workspace(&ec2);
    write(&workspace, &placements(vpc.group("desks"), vpc.group("core")), "");
    assert_eq!(told(&workspace, 0), [""; 0]);
    ec2.reset();
    let by_addresses = placements(vpc.group("desks"), other.group("core"))
        .replace("[\"desktop\"],", "[\"desktop\"], cidr_ipv4 = [\"10.0.0.0/16\"], peer_by = \"addresses\",")
        .replace("[\"configuration\"],", "[\"configuration\"], cidr_ipv4 = [\"10.1.0.0/16\"], peer_by = \"addresses\",");
    write(&workspace, &by_addresses, "");
    assert_eq!(told(&workspace, 0), [""; 0]);
    assert_eq!(ec2.count("DescribeSecurityGroups"), 1, "only whether the empty groups exist is asked");
}
