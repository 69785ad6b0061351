//! Terraform's own ways around the resource: sensitive values, ignored changes, targets, many of one kind.

use super::{SMALL, Site, below};

#[test]
fn ignored_changes_stay_as_they_are() {
    let site = Site::bare(&["core", "db"]);
    let ignore = "lifecycle {\n  ignore_changes = [placements[\"agents\"].cidr_ipv4]\n}";
    site.rollout(SMALL, ignore);
    site.settle();
    site.rollout(&SMALL.replace("10.20.0.0/16", "10.21.0.0/16"), ignore);
    site.workspace.plan_is_empty();
    assert_eq!(site.open("db"), ["ingress tcp 1433 10.20.0.0/16"]);
}

#[test]
fn sensitive_addresses_are_written_too() {
    let site = Site::bare(&["core", "db"]);
    site.rollout(&SMALL.replace("[\"10.20.0.0/16\"]", "sensitive([\"10.20.0.0/16\"])"), "");
    site.settle();
    assert_eq!(site.open("db"), ["ingress tcp 1433 10.20.0.0/16"]);
}

#[test]
fn every_instance_of_for_each_has_rules_of_its_own() {
    let site = Site::bare(&["east", "west"]);
    site.write(
        r#"
resource "emc_aws_security_group_rules" "rollout" {
  for_each = { east = "<east>", west = "<west>" }
  name     = "emc-${each.key}"
  placements = {
    agents = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }
    core   = { components = ["configuration"], security_group_id = each.value }
  }
}
"#,
    );
    site.settle();
    assert_eq!((site.live("east").len(), site.live("west").len()), (2, 2));
    site.ec2.revoke(site.id("west"), "29091");
    let address = "emc_aws_security_group_rules.rollout[\"east\"]";
    let plan = site.workspace.plan_with(&["-target", address]).ok();
    assert_eq!(plan.code, 0, "{}", plan.text());
    site.settle();
    assert_eq!(site.live("west").len(), 2);
}

#[test]
fn an_unknown_provider_configuration_plans_changes_on_what_was_read_last() {
    let site = Site::small();
    let text = |word: &str, address: &str| {
        format!(
            "resource \"terraform_data\" \"region\" {{\n  triggers_replace = [\"{word}\"]\n  input = \"eu-central-1\"\n}}\n\
             provider \"emc\" {{\n  aws {{\n    region = terraform_data.region.output\n  }}\n}}\n"
        ) + &super::rollout("rollout", "emc-prod", &SMALL.replace("10.20.0.0/16", address), "")
    };
    site.write(&text("one", "10.21.0.0/16"));
    site.forget();
    let changes = site.plan();
    assert_eq!(
        below(&changes, "lines.db"),
        [
            r#"ingress ~ "tcp 1433 from agents" = "sql_server.1433 (either, row 45): 10.20.0.0/16" -> "sql_server.1433 (either, row 45): 10.21.0.0/16""#
        ]
    );
    assert_eq!(site.ec2.actions(), [""; 0]);
    site.settle();
    assert_eq!(site.open("db"), ["ingress tcp 1433 10.21.0.0/16"]);
}
