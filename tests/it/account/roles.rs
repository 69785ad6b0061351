//! Roles in the provider's block, as STS sees them.

use serde_json::json;

use super::{Site, configuration, role, sent};
use crate::support::Ec2;

#[test]
fn a_chain_of_roles_ends_in_the_last_one() {
    let (site, first, middle) = (Site::new(), Ec2::new(), Ec2::new());
    let site = site.with_env("AWS_ACCESS_KEY_ID", &first.access_key()).with_env("AWS_SECRET_ACCESS_KEY", "secret");
    site.signs_in(&format!(
        r#"assume_role {{
      role_arn            = "{}"
      session_name        = "anna@corp"
      external_id         = "given:1"
      source_identity     = "anna"
      duration            = "15m"
      policy              = jsonencode({{ Version = "2012-10-17", Statement = [] }})
      policy_arns         = ["arn:aws:iam::aws:policy/AmazonEC2FullAccess"]
      tags                = {{ team = "network" }}
      transitive_tag_keys = ["team"]
    }}
    assume_role {{
      role_arn = "{}"
      tags     = {{ step = "two" }}
    }}"#,
        role(&middle),
        role(&site.ec2)
    ));
    let one = &sent(&first, "AssumeRole")[0];
    let said = |name: &str| one[name].clone();
    assert_eq!((said("RoleArn"), said("RoleSessionName")), (json!(role(&middle)), json!("anna@corp")));
    assert_eq!((said("ExternalId"), said("SourceIdentity"), said("DurationSeconds")), (json!("given:1"), json!("anna"), json!("900")));
    assert_eq!(said("PolicyArns.member.1.arn"), json!("arn:aws:iam::aws:policy/AmazonEC2FullAccess"));
    assert_eq!(said("Policy"), json!(r#"{"Statement":[],"Version":"2012-10-17"}"#));
    assert_eq!((said("Tags.member.1.Key"), said("Tags.member.1.Value")), (json!("team"), json!("network")));
    assert_eq!(said("TransitiveTagKeys.member.1"), json!("team"));
    let two = &sent(&middle, "AssumeRole")[0];
    assert_eq!((&two["RoleArn"], &two["RoleSessionName"]), (&json!(role(&site.ec2)), &json!("terraform-provider-emc")));
    assert_eq!((&two["Tags.member.1.Key"], &two["ExternalId"]), (&json!("step"), &json!(null)));
    assert_eq!(first.count("DescribeSecurityGroupRules") + middle.count("DescribeSecurityGroupRules"), 0);
}

#[test]
fn credentials_are_asked_for_once_however_many_resources_and_regions_use_them() {
    let (site, first) = (Site::new(), Ec2::new());
    let site = site.with_env("AWS_ACCESS_KEY_ID", &first.access_key()).with_env("AWS_SECRET_ACCESS_KEY", "secret");
    site.workspace.init();
    let aws = format!("allowed_account_ids = [\"{}\"]\nassume_role {{\n role_arn = \"{}\"\n}}", site.ec2.account(), role(&site.ec2));
    let main = configuration(&aws, &site.core, "");
    let (_, resource) = main.split_once("resource ").unwrap();
    let again = |name: &str, region: &str| {
        let renamed = resource.replace("emc-prod", name);
        format!("resource {}", renamed.replace("\"rollout\" {", &format!("\"{name}\" {{\n  region = \"{region}\"")))
    };
    site.workspace.write("main.tf", &(main.clone() + &again("same", "eu-central-1") + &again("far", "us-east-1")));
    site.workspace.plan_with(&[]); // the group does not exist in the other region, which is no matter here
    assert_eq!(first.count("AssumeRole"), 1);
    assert_eq!(site.ec2.count("GetCallerIdentity"), 1);
    assert!(site.ec2.count("DescribeSecurityGroupRules") >= 2, "{:?}", site.ec2.calls());
}

#[test]
fn nobody_signs_in_where_no_resource_needs_it() {
    let first = Ec2::new();
    let site = Site::new().with_env("AWS_ACCESS_KEY_ID", &first.access_key()).with_env("AWS_SECRET_ACCESS_KEY", "secret");
    site.workspace.init();
    let main = configuration(&format!("assume_role {{\n role_arn = \"{}\"\n}}", role(&site.ec2)), &site.core, "");
    let (provider, _) = main.split_once("resource ").unwrap();
    site.workspace.write(
        "main.tf",
        &format!("{provider}\ndata \"emc_port_matrix\" \"all\" {{}}\noutput \"x\" {{\n  value = data.emc_port_matrix.all.release\n}}\n"),
    );
    site.workspace.apply();
    assert_eq!(first.calls().len(), 0);
}

#[test]
fn an_inline_token_and_a_file_open_a_role_before_the_chain() {
    for token in ["web_identity_token = var.token", "web_identity_token_file = \"<folder>/token\""] {
        let (site, pipeline) = (Site::new(), Ec2::new());
        site.workspace.write("token", "of-the-file");
        site.workspace.write("variables.tf", "variable \"token\" {\n  default   = \"of-the-block\"\n  sensitive = true\n}\n");
        let token = token.replace("<folder>", &site.workspace.path().display().to_string());
        // Keys in the environment are nobody's business then.
        let site = site.with_env("AWS_ACCESS_KEY_ID", "AKIANOBODY").with_env("AWS_SECRET_ACCESS_KEY", "secret");
        site.signs_in(&format!(
            "assume_role_with_web_identity {{\n role_arn = \"{}\"\n session_name = \"run-7\"\n duration = \"1h\"\n {token}\n}}\nassume_role {{\n role_arn = \"{}\"\n}}",
            role(&pipeline),
            role(&site.ec2)
        ));
        let asked = sent(&Ec2::unsigned(), "AssumeRoleWithWebIdentity");
        let ours = asked.iter().find(|asked| asked["RoleArn"] == json!(role(&pipeline))).unwrap();
        let expected = if token.contains("file") { "of-the-file" } else { "of-the-block" };
        assert_eq!(
            (&ours["WebIdentityToken"], &ours["RoleSessionName"], &ours["DurationSeconds"]),
            (&json!(expected), &json!("run-7"), &json!("3600"))
        );
        assert_eq!(sent(&pipeline, "AssumeRole")[0]["RoleArn"], json!(role(&site.ec2)));
    }
}
