//! How people use it: in `check` blocks, in `terraform test`, in several regions, for many groups, while ids are not known.

use serde_json::json;

use super::{SMALL, Site, data, judged, resource};
use crate::support::Ec2;

#[test]
fn a_check_block_warns_of_what_does_not_conform() {
    let site = Site::rolled_out("");
    let check = format!(
        r#"
check "ports" {{
  data "emc_aws_conformity" "live" {{
    placements = {SMALL}
  }}
  assert {{
    condition     = data.emc_aws_conformity.live.conforms == "yes"
    error_message = "The groups differ from the port matrix: ${{data.emc_aws_conformity.live.verdict}}"
  }}
}}
"#
    );
    site.write(&[resource(""), check].concat());
    site.workspace.plan().never_says("Check block assertion failed");
    site.ec2.authorize(site.id("db"), json!({ "ports": "3389", "cidr": "10.0.0.0/8" }));
    let said = site.workspace.plan();
    said.says("Check block assertion failed").says("The groups differ from the port matrix: no: 0 missing, 1 extra, 0 wider, ");
}

#[test]
fn terraform_test_asserts_it() {
    let site = Site::new(&["core", "db"]);
    for ports in ["29069", "29091", "39091", "29096", "39096"] {
        site.ec2.authorize(site.id("core"), json!({ "ports": ports, "cidr": "10.20.0.0/16" }));
    }
    site.write(&data(&format!("  placements = {SMALL}\n  policy {{\n    directions = [\"ingress\"]\n  }}\n")));
    site.workspace.write(
        "audit.tftest.hcl",
        r#"
run "audit" {
  command = plan
  assert {
    condition     = data.emc_aws_conformity.site.conforms == "yes"
    error_message = data.emc_aws_conformity.site.verdict
  }
  assert {
    condition     = length(data.emc_aws_conformity.site.missing) == 0
    error_message = join("\n", flatten(values(data.emc_aws_conformity.site.missing)))
  }
}
"#,
    );
    let failed = site.workspace.run(&["test", "-no-color"]).fails().blames_nobody();
    failed.says("no: 1 missing, 0 extra, 0 wider").says("ingress tcp 1433 from agents: sql_server.1433 (either, row 45): 10.20.0.0/16");
    site.ec2.authorize(site.id("db"), json!({ "ports": "1433", "cidr": "10.20.0.0/16" }));
    site.workspace.run(&["test", "-no-color"]).ok().says("1 passed, 0 failed");
}

#[test]
fn many_groups_are_one_call() {
    let names: Vec<String> = (0..25).map(|number| format!("store-{number:02}")).collect();
    let site = Site::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let placements: String = names
        .iter()
        .map(|name| format!("    {name} = {{ components = [\"media_stores\"], security_group_id = \"<{name}>\" }}\n"))
        .collect();
    let agents = "    agents = { components = [\"desktop\"], cidr_ipv4 = [\"10.20.0.0/16\"] }\n";
    site.write(&data(&format!("  placements = {{\n{agents}{placements}  }}\n  policy {{\n    directions = [\"ingress\"]\n  }}\n")));
    site.ec2.reset();
    site.workspace.plan();
    assert_eq!(site.ec2.calls(), [("DescribeSecurityGroupRules".to_owned(), 1)].into());
    let values = site.judged();
    assert_eq!(values["missing"].as_object().unwrap().len(), 25);
    assert!(values["verdict"].as_str().unwrap().contains("; 0 live rules in 25 groups; "), "{}", values["verdict"]);
}

#[test]
fn several_look_together() {
    let site = Site::rolled_out("");
    let more: String = (0..5)
        .map(|number| format!("data \"emc_aws_conformity\" \"more_{number}\" {{\n  placements = {SMALL}\n  manage = [\"core\"]\n}}\n"))
        .collect();
    site.write(&[resource(""), judged(""), more].concat());
    site.ec2.reset();
    let plan = site.workspace.plan();
    assert!(plan.code == 0, "{}", plan.text());
    // The five look at once, perhaps with the resource; the one that waits for the resource looks later.
    assert!(site.ec2.count("DescribeSecurityGroupRules") <= 3, "{:?}", site.ec2.calls());
    let more = site.judged();
    assert_eq!(more["conforms"], "yes");
    assert!(
        site.workspace.values("data.emc_aws_conformity.more_0")["scope"][0]
            .as_str()
            .unwrap()
            .starts_with("Judged: 1 security group of core in ")
    );
}

#[test]
fn an_id_that_is_not_known_yet_puts_the_look_off_until_the_apply() {
    let site = Site::bare(&["core", "db"]);
    let late = SMALL.replace("\"<db>\"", "terraform_data.db.output");
    let config = format!(
        "resource \"terraform_data\" \"db\" {{\n  input = \"<db>\"\n}}\n{}output \"verdict\" {{\n  value = data.emc_aws_conformity.site.verdict\n}}\n",
        data(&format!("  placements = {late}\n"))
    );
    site.write(&config);
    site.workspace.plan().says("data.emc_aws_conformity.site will be read during apply").says("(known after apply)");
    site.workspace.settle();
    assert!(site.workspace.output("verdict").as_str().unwrap().starts_with("no: 6 missing, "), "{}", site.workspace.output("verdict"));
}

#[test]
fn another_region_is_another_place() {
    let ec2 = Ec2::new();
    let groups = ec2.bare_groups(&["core", "db"]);
    let site = Site::of(ec2, groups);
    let elsewhere = site.workspace_in("eu-west-1");
    elsewhere.plan_fails().says("does not exist in eu-west-1, or not in this account");
    let here = site.workspace_in("eu-central-1");
    here.apply();
    let scope = here.values("data.emc_aws_conformity.site")["scope"].to_string();
    assert!(scope.contains(" in eu-central-1, "), "{scope}");
}
