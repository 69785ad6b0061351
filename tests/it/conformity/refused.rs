//! What is refused, in which words, and where.

use serde_json::json;

use super::{SMALL, Site, data};

#[test]
fn names_are_checked_without_an_account() {
    let site = Site::bare(&["core", "db"]);
    site.write(&data(&format!(
        "  placements = {}\n  manage = [\"agents\", \"croe\"]\n  release = \"6.5\"\n",
        SMALL.replace("desktop", "desktob")
    )));
    let refused = site.workspace.validate_fails();
    refused
        .says("Did you mean `desktop`?")
        .says("Placement `agents` has no `security_group_id`, so there is nothing to judge. Give it one, or take it out of `manage`.")
        .says("`croe`")
        .says("The table in force is for release `6.6`, not `6.5`.");
    site.write(&data("  placements = {\n    agents = { components = [\"desktop\"], cidr_ipv4 = [\"10.20.0.0/16\"] }\n  }\n"));
    site.workspace.validate_fails().says("No placement has a `security_group_id`, so no group would be looked at.");
    site.write(&data(&format!("  placements = {SMALL}\n  manage = []\n")));
    site.workspace.validate_fails().says("`manage` names no placement, so no group would be looked at.");
    site.write(&data(&format!("  placements = {}\n", SMALL.replace("<db>", "sg-db"))));
    site.workspace.validate_fails().says("`sg-db` is not a security group id").says("In `security_group_id` of placement `db`");
    assert_eq!(site.ec2.calls().len(), 0, "nobody was asked");
}

#[test]
fn a_group_that_does_not_exist_names_its_placement() {
    let site = Site::bare(&["core", "db"]);
    site.ec2.delete_group(site.id("db"));
    site.write(&data(&format!("  placements = {SMALL}\n")));
    site.workspace.plan_fails().says("Security group does not exist").says(&format!(
        "{} of placement `db` does not exist in eu-central-1, or not in this account. Give the id of a group that does, set `region`, or take the placement out of `manage`.",
        site.id("db")
    ));
    // Far ends are not looked at: only groups that are judged have to exist.
    site.write(&data(&format!("  placements = {SMALL}\n  manage = [\"core\"]\n")));
    site.workspace.plan();
}

#[test]
fn an_account_that_may_not_look_is_told_what_it_needs() {
    let site = Site::bare(&["core", "db"]);
    site.write(&data(&format!("  placements = {SMALL}\n")));
    site.ec2.fault(
        json!({ "action": "DescribeSecurityGroupRules", "kind": "error", "times": 0, "status": 403, "code": "UnauthorizedOperation" }),
    );
    site.workspace
        .plan_fails()
        .says("Security groups cannot be read")
        .says("(placements: core, db)")
        .says("Allow the IAM action `ec2:DescribeSecurityGroupRules` on the resource `*`.");
}

#[test]
fn a_provider_that_is_not_known_yet_cannot_look() {
    let site = Site::bare(&["core", "db"]);
    let provider = "resource \"terraform_data\" \"region\" {\n  input = \"eu-central-1\"\n}\nprovider \"emc\" {\n  aws {\n    region = terraform_data.region.output\n  }\n}\n";
    site.write(&format!("{provider}{}", data(&format!("  placements = {SMALL}\n"))));
    site.workspace
        .plan_fails()
        .says("Unknown AWS configuration")
        .says("so EC2 cannot be asked. While Terraform plans, give values that are known; or let this data source wait for them with `depends_on`.");
    site.write(&format!("{provider}{}", data(&format!("  placements = {SMALL}\n  depends_on = [terraform_data.region]\n"))));
    site.workspace.settle();
}
