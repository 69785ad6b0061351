//! More rules than a group may hold, told at plan.

use std::fmt::Write as _;

use serde_json::json;

use super::{assert_said, resource, said};
use crate::support::{Ec2, Workspace};

const ROOM: &str = "join address blocks, use fewer placements as far ends, spread components over several groups, or have AWS raise the quota (L-0EA8095F; rules of a group times groups of a network interface, L-2AFB9258, may be 1000 at most) and set `rules_per_group`.";

/// The warning on one placement whose group has hardly any room left.
fn nearly_full(code: &str, needs: &[String]) -> String {
    let needs: Vec<String> = needs.iter().map(|need| format!("  {need} rules")).collect();
    format!(
        "{code} | warning: Security groups are nearly full | 80 percent of the quota or more are in use once this is applied:\n\n{}\n\nA plan that needs more than the quota is refused. To make room, {ROOM}",
        needs.join("\n")
    )
}

fn workspace(ec2: &Ec2) -> Workspace {
    let workspace = Workspace::new().with_ec2(ec2);
    workspace.init();
    workspace
}

/// Desktops in so many /24 blocks.
fn agents(blocks: usize) -> String {
    let blocks: Vec<String> = (0..blocks).map(|number| format!("\"10.20.{number}.0/24\"")).collect();
    format!("    agents = {{ components = [\"desktop\"], cidr_ipv4 = [{}] }}", blocks.join(", "))
}

#[track_caller]
fn plan_says(workspace: &Workspace, config: &str, code: i32, expected: &[&str]) {
    workspace.write("main.tf", config);
    let output = workspace.run(&["plan", "-json", "-input=false"]).blames_nobody();
    assert_eq!(output.code, code, "{:#?}", said(&output));
    assert_said(&output, expected);
}

#[test]
fn a_known_group_that_is_too_small() {
    let ec2 = Ec2::new();
    let core = ec2.groups(&["core"])["core"].clone();
    let workspace = workspace(&ec2);
    // A desktop opens three ports of the License Director and two of Configuration, and Configuration opens the former three itself.
    let places = |blocks: usize, rest: &str| {
        resource(&format!(
            "  placements = {{\n{}\n    core = {{\n      components        = [\"license_director\", \"configuration\"]\n      security_group_id = \"{core}\"\n    }}\n  }}\n{rest}",
            agents(blocks)
        ))
    };
    plan_says(&workspace, &places(8, ""), 0, &[]);
    let of = |used: &str| nearly_full("core = {", &[format!("{core} of placement `core`: {used} ipv4 ingress")]);
    plan_says(&workspace, &places(9, ""), 0, &[&of("48 of 60")]);
    plan_says(&workspace, &places(11, ""), 0, &[&of("58 of 60")]);
    let error = format!(
        "core = {{ | Too many rules for a security group | {core} of placement `core` would need 63 ipv4 ingress rules, and its quota is 60. With `transport = \"prefer_secure\"` it would need 38. Otherwise {ROOM}"
    );
    plan_says(&workspace, &places(12, ""), 1, &[&error]);
    plan_says(&workspace, &places(12, "  rules_per_group = 63"), 0, &[&of("63 of 63")]);
    plan_says(&workspace, &places(12, "  rules_per_group = 80"), 0, &[]);
    let error = format!(
        "core = {{ | Too many rules for a security group | {core} of placement `core` would need 64 ipv4 ingress rules (63 of this configuration, 1 that others made), and its quota is 63. With `transport = \"prefer_secure\"` it would need 39. Otherwise {ROOM}"
    );
    ec2.authorize(&core, json!({ "ports": "443", "cidr": "10.9.0.0/16", "description": "by hand" }));
    plan_says(&workspace, &places(12, "  rules_per_group = 63"), 1, &[&error]);
}

#[test]
fn coalescing_is_offered_where_it_helps() {
    let ec2 = Ec2::new();
    let core = ec2.groups(&["core"])["core"].clone();
    let workspace = workspace(&ec2);
    // 29095 and 29096, 39095 and 39096 are neighbors.
    let config = resource(&format!(
        "  placements = {{\n{}\n    core = {{\n      components        = [\"license_director\", \"xml_server\"]\n      security_group_id = \"{core}\"\n    }}\n  }}",
        agents(13)
    ));
    let error = format!(
        "core = {{ | Too many rules for a security group | {core} of placement `core` would need 81 ipv4 ingress rules, and its quota is 60. With `port_ranges = \"coalesce\"` it would need 55. With `transport = \"prefer_secure\"` it would need 54. With both together it would need 41. Otherwise {ROOM}"
    );
    plan_says(&workspace, &config, 1, &[&error]);
}

#[test]
fn placements_that_share_a_group_are_counted_together() {
    let ec2 = Ec2::new();
    let core = ec2.groups(&["core"])["core"].clone();
    let workspace = workspace(&ec2);
    let config = |blocks: usize| {
        resource(&format!(
            "  placements = {{\n{}\n    one = {{ components = [\"configuration\"], security_group_id = \"{core}\" }}\n    two = {{ components = [\"license_director\"], security_group_id = \"{core}\" }}\n  }}",
            agents(blocks)
        ))
    };
    let code = format!("one = {{ components = [\"configuration\"], security_group_id = \"{core}\" }}");
    let warning = nearly_full(&code, &[format!("{core} of placements `one`, `two`: 58 of 60 ipv4 ingress")]);
    plan_says(&workspace, &config(11), 0, &[&warning]);
    let error = format!(
        "one = {{ components = [\"configuration\"], security_group_id = \"{core}\" }} | Too many rules for a security group | {core} of placements `one`, `two` would need 63 ipv4 ingress rules, and its quota is 60. With `transport = \"prefer_secure\"` it would need 38. Otherwise {ROOM}"
    );
    plan_says(&workspace, &config(12), 1, &[&error]);
}

#[test]
fn rules_of_a_sibling_are_counted() {
    let ec2 = Ec2::new();
    let core = ec2.groups(&["core"])["core"].clone();
    let workspace = workspace(&ec2);
    let one = |name: &str, component: &str, blocks: usize| {
        let places = resource(&format!(
            "  placements = {{\n{}\n    core = {{ components = [\"{component}\"], security_group_id = \"{core}\" }}\n  }}",
            agents(blocks)
        ));
        places.replace("\"emc\" {\n  name = \"emc\"", &format!("\"{name}\" {{\n  name = \"{name}\""))
    };
    workspace.write("main.tf", &one("first", "configuration", 13));
    workspace.settle();
    // 26 rules of `first`; 39 of `second` are too many beside them.
    let both = one("first", "configuration", 13) + &one("second", "license_director", 13);
    let error = format!(
        "core = {{ components = [\"license_director\"], security_group_id = \"{core}\" }} | Too many rules for a security group | {core} of placement `core` would need 65 ipv4 ingress rules (39 of this configuration, 26 that others made), and its quota is 60. With `transport = \"prefer_secure\"` it would need 52. Otherwise {ROOM}"
    );
    plan_says(&workspace, &both, 1, &[&error]);
}

#[test]
fn a_group_without_an_id_is_counted_too() {
    let ec2 = Ec2::new();
    let workspace = workspace(&ec2);
    let group = "resource \"terraform_data\" \"group\" {\n}\n";
    let config = |blocks: usize| {
        let places = resource(&format!(
            "  placements = {{\n{}\n    core = {{ components = [\"license_director\", \"configuration\"], security_group_id = terraform_data.group.id }}\n  }}",
            agents(blocks)
        ));
        format!("{group}{places}")
    };
    let code = "core = { components = [\"license_director\", \"configuration\"], security_group_id = terraform_data.group.id }";
    let warning = nearly_full(code, &["The group of placement `core`: 58 of 60 ipv4 ingress".to_owned()]);
    plan_says(&workspace, &config(11), 0, &[&warning]);
    let error = format!(
        "core = {{ components = [\"license_director\", \"configuration\"], security_group_id = terraform_data.group.id }} | Too many rules for a security group | The group of placement `core` would need 63 ipv4 ingress rules, and its quota is 60. With `transport = \"prefer_secure\"` it would need 38. Otherwise {ROOM}"
    );
    plan_says(&workspace, &config(12), 1, &[&error]);
    assert_eq!(ec2.calls().len(), 0, "there was nothing to look at");
}

#[test]
fn far_ends_without_an_id_may_be_one_group() {
    let ec2 = Ec2::new();
    let core = ec2.groups(&["core"])["core"].clone();
    let workspace = workspace(&ec2);
    let mut places = String::from("  placements = {\n");
    for number in 0..13 {
        writeln!(places, "    site{number} = {{ components = [\"desktop\"], security_group_id = terraform_data.group[{number}].id }}")
            .unwrap();
    }
    writeln!(places, "    core = {{ components = [\"license_director\", \"configuration\"], security_group_id = \"{core}\" }}\n  }}\n  manage = [\"core\"]").unwrap();
    let config = format!("resource \"terraform_data\" \"group\" {{\n  count = 13\n}}\n{}", resource(&places));
    let code = format!("core = {{ components = [\"license_director\", \"configuration\"], security_group_id = \"{core}\" }}");
    let possible = |family: &str| {
        format!(
            "{code} | warning: Perhaps too many rules for a security group | {core} of placement `core` may need 68 {family} ingress rules, and its quota is 60: it depends on how many different groups its far ends turn out to be, and some have no id yet. If they are one and the same, 8 are enough."
        )
    };
    plan_says(&workspace, &config, 0, &[&possible("ipv4"), &possible("ipv6")]);
}

#[test]
fn prefix_lists_count_what_they_may_hold() {
    let ec2 = Ec2::new();
    let entries: Vec<String> = (0..20).map(|number| format!("10.20.{number}.0/24")).collect();
    let made = ec2.setup(json!({ "groups": ["core"], "prefix_lists": { "agents": entries } }));
    let (core, list) = (made["groups"]["core"].as_str().unwrap(), made["prefix_lists"]["agents"].as_str().unwrap());
    let workspace = workspace(&ec2);
    let config = |components: &str, group: &str| {
        resource(&format!(
            "  placements = {{\n    agents = {{ components = [\"desktop\"], prefix_list_ids = [\"{list}\"] }}\n    core   = {{ components = [{components}], security_group_id = {group} }}\n  }}"
        ))
    };
    let code = format!("core   = {{ components = [\"license_director\"], security_group_id = \"{core}\" }}");
    let warning = nearly_full(&code, &[format!("{core} of placement `core`: 60 of 60 ipv4 ingress")]);
    plan_says(&workspace, &config("\"license_director\"", &format!("\"{core}\"")), 0, &[&warning]);
    let error = |group: &str, subject: &str, family: &str| {
        format!(
            "core   = {{ components = [\"license_director\", \"configuration\"], security_group_id = {group} }} | Too many rules for a security group | {subject} of placement `core` would need 103 {family} ingress rules, and its quota is 60. With `transport = \"prefer_secure\"` it would need 62. Otherwise {ROOM}"
        )
    };
    let known = format!("\"{core}\"");
    // The list holds IPv4 blocks, so it takes nothing of the quota for IPv6.
    plan_says(&workspace, &config("\"license_director\", \"configuration\"", &known), 1, &[&error(&known, core, "ipv4")]);
    let unknown = "terraform_data.group.id";
    let new = format!("resource \"terraform_data\" \"group\" {{\n}}\n{}", config("\"license_director\", \"configuration\"", unknown));
    plan_says(&workspace, &new, 1, &[&error(unknown, "The group", "ipv4")]);
    assert!(ec2.count("DescribeManagedPrefixLists") >= 3);
    ec2.fault(json!({ "action": "DescribeManagedPrefixLists", "times": 9, "kind": "error", "code": "UnauthorizedOperation", "status": 403, "message": "no" }));
    workspace.write("main.tf", &config("\"license_director\"", &known));
    workspace
        .plan()
        .says("Warning: Prefix lists could not be looked at")
        .says("Each prefix list is counted as one rule here, but EC2 counts the most entries that it may have.");
}
