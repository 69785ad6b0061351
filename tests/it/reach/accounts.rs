//! Groups of another account: they are named, and never written to.

use serde_json::json;

use super::{ROLLOUT, Vpc, sent, told, workspace, write};
use crate::support::Ec2;

/// Two accounts whose VPCs are peered: `core` in ours, `desks` in the partner's.
struct Neighbors {
    ours: Ec2,
    partner: Ec2,
    here: Vpc,
    there: Vpc,
    connection: String,
}

impl Neighbors {
    fn new() -> Neighbors {
        let mut site = Neighbors::apart();
        let asked = json!({ "vpc": site.here.id, "other": site.there.id, "account": site.partner.account() });
        site.connection = site.ours.by_hand("peer", asked).as_str().unwrap().to_owned();
        site.partner.by_hand("accept", json!({ "connection": site.connection }));
        site
    }

    /// Without anything between the VPCs.
    fn apart() -> Neighbors {
        let (ours, partner) = (Ec2::new(), Ec2::new());
        let (here, there) = (Vpc::new(&ours, "10.0.0.0/16", &["core"]), Vpc::new(&partner, "10.1.0.0/16", &["desks"]));
        Neighbors { ours, partner, here, there, connection: String::new() }
    }

    fn desks(&self) -> String {
        format!("{}/{}", self.partner.account(), self.there.group("desks"))
    }

    fn placements(&self) -> String {
        format!(
            "    desks = {{ components = [\"desktop\"], security_group_id = \"{}\" }}\n    core = {{ components = [\"configuration\"], security_group_id = \"{}\" }}",
            self.desks(),
            self.here.group("core")
        )
    }

    fn live(&self) -> Vec<(String, String)> {
        let rules = self.ours.rules(self.here.group("core"));
        let far = |rule: &serde_json::Value| {
            let info = &rule["ReferencedGroupInfo"];
            format!("{}/{}", info["UserId"].as_str().unwrap(), info["GroupId"].as_str().unwrap())
        };
        rules.iter().map(|rule| (format!("{} {}", rule["FromPort"], rule["Description"].as_str().unwrap()), far(rule))).collect()
    }
}

#[test]
fn a_group_of_a_peered_account_is_a_far_end_through_its_whole_life() {
    let site = Neighbors::new();
    let workspace = workspace(&site.ours);
    write(&workspace, &site.placements(), "");
    let warned = told(&workspace, 0);
    let expected = format!(
        "warning: Security groups of other VPCs: These rules name security groups of other VPCs or accounts:\n\n  `core` ({} in {}) names `desks` ({}): 2 ingress lines\n\nWithin a VPC that accounts share, and over VPC peering within a region, they work in both directions.",
        site.here.group("core"),
        site.here.id,
        site.desks()
    );
    assert!(matches!(warned.as_slice(), [one] if one.starts_with(&expected)), "{warned:#?}");
    site.ours.reset();
    workspace.settle();
    let values = workspace.values(ROLLOUT);
    assert_eq!(values["lines"].as_object().unwrap().keys().collect::<Vec<_>>(), ["core"], "nothing is written at the partner's");
    assert_eq!(values["lines"]["core"]["ingress"]["tcp 29091 from desks"], "configuration.29091 (plain, row 4): group of desks");
    assert_eq!(values["groups"], json!({ "core": format!("{} (2 ingress, 0 egress)", site.here.group("core")) }));
    let rule = |port: u16, row: u16| (format!("{port} configuration.{port} row {row} from desks"), site.desks());
    assert_eq!(site.live(), [rule(29091, 4), rule(39091, 5)]);
    let account = Some(site.partner.account().to_owned());
    assert_eq!(sent(&site.ours, "AuthorizeSecurityGroupIngress", "IpPermissions.1.Groups.1.UserId"), [account]);
    assert_eq!(told(&workspace, 0), [""; 0], "what is there is not warned of again");

    // Another description, another port: neither is a change in place, which EC2 offers no way to write.
    site.ours.reset();
    write(&workspace, &site.placements(), "  policy {\n    reasons = { \"configuration.29091\" = \"CHG1\" }\n  }");
    workspace.settle();
    assert_eq!(site.live(), [("29091 configuration.29091 row 4 [CHG1] from desks".to_owned(), site.desks()), rule(39091, 5)]);
    assert_eq!(site.ours.count("UpdateSecurityGroupRuleDescriptionsIngress"), 1);
    write(&workspace, &site.placements(), "  policy {\n    ports = { \"configuration.29091\" = \"30091\" }\n  }");
    workspace.settle();
    assert_eq!(site.live()[0].0, "30091 configuration.29091 row 4 from desks");
    assert_eq!(site.ours.count("ModifySecurityGroupRules"), 0);

    workspace.destroy();
    assert_eq!(site.ours.rules(site.here.group("core")).len(), 0);
    assert_eq!(site.partner.calls().len(), 0, "the partner's account was never asked");
}

#[test]
fn a_group_of_another_account_cannot_be_managed() {
    let workspace = workspace(&Ec2::new());
    let desks = "    desks = { components = [\"desktop\"], security_group_id = \"123456789012/sg-00000000000000002\" }";
    let core = "    core = { components = [\"configuration\"], security_group_id = \"sg-00000000000000001\" }";
    write(&workspace, &format!("{desks}\n{core}"), "  manage = [\"core\", \"desks\"]");
    workspace.validate_fails().says("Group of another account").says(
        "The group of placement `desks` belongs to another account, and rules are written in one account only. Take it out of `manage`: rules of the other placements name it as their far end all the same.",
    );
    write(&workspace, desks, "");
    workspace.validate_fails().says("No placement has a `security_group_id` of this account, so no group would be written.");
    let twice = "    twin = { components = [\"weblm\"], security_group_id = \"sg-00000000000000002\" }";
    write(&workspace, &format!("{desks}\n{core}\n{twice}"), "");
    workspace.validate_fails().says("One group in two accounts").says(
        "Placement `twin` has the group `sg-00000000000000002`, and placement `desks` has it as `123456789012/sg-00000000000000002`: ids of groups are unique, so this is one group, and it has one account.",
    );
}

#[test]
fn an_id_with_the_own_account_is_told_and_names_the_same_rules() {
    let ours = Ec2::new();
    let vpc = Vpc::new(&ours, "10.0.0.0/16", &["core", "desks"]);
    let workspace = workspace(&ours);
    let placements = |desks: &str| {
        format!(
            "    desks = {{ components = [\"desktop\"], security_group_id = \"{desks}\" }}\n    core = {{ components = [\"configuration\"], security_group_id = \"{}\" }}",
            vpc.group("core")
        )
    };
    let long = format!("{}/{}", ours.account(), vpc.group("desks"));
    write(&workspace, &placements(&long), "  policy {\n    directions = [\"ingress\"]\n  }");
    let expected = format!(
        "warning: Security group of this account: {long} of placement `desks` belongs to the account in which this resource writes, but its rules are not written, because an id with an account is taken for another account's. Write `{}` to have them written; if they are left to others, say so with `manage`.",
        vpc.group("desks")
    );
    assert_eq!(told(&workspace, 0), [expected]);
    workspace.settle();
    ours.reset();
    write(&workspace, &placements(vpc.group("desks")), "  policy {\n    directions = [\"ingress\"]\n  }");
    workspace.settle();
    let writes: Vec<String> = ours.actions().into_iter().filter(|action| !action.starts_with("Describe")).collect();
    assert_eq!(writes, [""; 0], "the rules are the same, however the group is written");
}

#[test]
fn a_group_that_cannot_be_seen_is_told_and_how_to_write_it() {
    let site = Neighbors::new();
    let workspace = workspace(&site.ours);
    let short = site.there.group("desks");
    write(&workspace, &site.placements().replace(&site.desks(), short), "  manage = [\"core\"]");
    let expected = format!(
        "warning: Security group out of sight: {short} of placement `desks` is not among the groups of this account and region. If it belongs to another account, write it with that account, `123456789012/{short}`; if it does not exist, EC2 will refuse the rules that name it."
    );
    assert_eq!(told(&workspace, 0), [expected]);
    write(&workspace, &site.placements().replace(&site.desks(), short), "");
    workspace.plan_fails().says(&format!("; a group of another account is written with that account, `123456789012/{short}`."));
}

#[test]
fn rules_whose_far_end_is_gone_are_told_at_every_plan() {
    let site = Neighbors::new();
    let workspace = workspace(&site.ours);
    write(&workspace, &site.placements(), "");
    workspace.settle();
    let rules = site.ours.rules(site.here.group("core"));
    let void = |why: &str| {
        let rule = |rule: &serde_json::Value| {
            let id = rule["SecurityGroupRuleId"].as_str().unwrap();
            let whose = if why == "the group was deleted" { site.there.group("desks").to_owned() } else { site.desks() };
            format!("  {id} of `core`, ingress tcp {} from {whose} of placement `desks`: {why}", rule["FromPort"])
        };
        format!(
            "warning: Rules that open nothing any more: EC2 keeps these rules, but they open nothing, because of what became of the group at their far end:\n\n{}\n\nWhere the far end is still needed, give its placement the id of its new group, or addresses and `peer_by = \"addresses\"`; else take the placement out.",
            rules.iter().map(rule).collect::<Vec<_>>().join("\n")
        )
    };
    site.partner.by_hand("unpeer", json!({ "connection": site.connection }));
    assert_eq!(told(&workspace, 0), [void(&format!("the peering connection {} is `deleted`", site.connection))]);
    workspace.plan_is_empty();
    site.partner.delete_group(site.there.group("desks"));
    assert_eq!(told(&workspace, 0), [void("the group was deleted")]);
    workspace.plan_is_empty();

    let addresses = site.placements().replace(&format!("security_group_id = \"{}\"", site.desks()), "cidr_ipv4 = [\"10.1.0.0/16\"]");
    write(&workspace, &addresses, "");
    workspace.settle();
    assert_eq!(told(&workspace, 0), [""; 0]);
}

#[test]
fn a_reference_that_ec2_refuses_for_its_network_is_explained() {
    let site = Neighbors::apart();
    let workspace = workspace(&site.ours);
    write(&workspace, &site.placements(), "");
    workspace.apply_fails().says("belong to different networks").says("peer them in one region, or enable security group referencing on their transit gateway (for ingress rules only), or give the placement at the far end addresses and `peer_by = \"addresses\"`.");
}
