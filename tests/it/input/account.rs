//! The provider's `aws` block, and what happens without any account.

use super::{PLACEMENTS, plan_refuses, refuses, resource, workspace};
use crate::support::{Ec2, Workspace};

#[test]
fn keys_come_in_pairs() {
    let workspace = workspace();
    for (given, missing) in [("access_key", "secret_key"), ("secret_key", "access_key"), ("token", "access_key")] {
        let config = format!("provider \"emc\" {{\n  aws {{\n    {given} = \"x\"\n  }}\n}}\n{}", resource(PLACEMENTS));
        let expected = format!(
            "{given} = \"x\" | Incomplete AWS keys | `aws` has `{given}` without `{missing}`. Give both, or neither and use a profile or the environment."
        );
        refuses(&workspace, &config, &[&expected]);
    }
}

#[test]
fn without_a_region_a_plan_warns_and_an_apply_says_what_to_set() {
    let workspace = workspace();
    workspace.write("main.tf", &resource(PLACEMENTS));
    workspace.plan().says("Warning: Security groups could not be looked at").says(
        "No AWS region is set Quotas, clashes and foreign rules of these groups are not checked before applying. Set `region` in the provider's `aws` block, or AWS_REGION, or `region` in the AWS profile.",
    );
    workspace
        .apply_fails()
        .says("Error: Security group rules are not complete")
        .says("No AWS region is set. Set `region` in the provider's `aws` block, or AWS_REGION, or `region` in the AWS profile.");
    assert!(workspace.values("emc_aws_security_group_rules.emc").is_null(), "nothing was made, so nothing is in the state");
}

#[test]
fn keys_of_the_block_win_over_the_environment() {
    let ec2 = Ec2::new();
    let groups = ec2.groups(&["core"]);
    let workspace = Workspace::new().with_env("AWS_ACCESS_KEY_ID", "AKIANOBODY").with_env("AWS_SECRET_ACCESS_KEY", "none");
    workspace.init();
    let config = format!(
        "provider \"emc\" {{\n  aws {{\n    region     = \"eu-central-1\"\n    access_key = \"{}\"\n    secret_key = \"secret\"\n    endpoints {{\n      ec2 = \"{}\"\n    }}\n  }}\n}}\n{}",
        ec2.access_key(),
        ec2.endpoint(),
        resource(PLACEMENTS).replace("sg-0123456789abcdef0", &groups["core"])
    );
    workspace.write("main.tf", &config);
    workspace.settle();
    assert!(ec2.lines(&groups["core"]).iter().any(|line| line.starts_with("ingress tcp 29091 10.20.0.0/16")));
}

#[test]
fn a_group_that_does_not_exist_is_told_at_plan() {
    let ec2 = Ec2::new();
    let workspace = Workspace::new().with_ec2(&ec2);
    workspace.init();
    plan_refuses(
        &workspace,
        &resource(PLACEMENTS),
        &[],
        &[
            "core   = { components = [\"configuration\", \"xml_server\"], security_group_id = \"sg-0123456789abcdef0\" } | Security group does not exist | sg-0123456789abcdef0 of placement `core` does not exist in eu-central-1 in the account of these credentials. Check the id, `region` and the credentials; a group of another account is written with that account, `123456789012/sg-0123456789abcdef0`.",
        ],
    );
}
