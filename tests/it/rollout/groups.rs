//! Security groups that change, vanish or are not known yet, and other values that are unknown at plan.

use serde_json::json;

use super::{SMALL, Site, below, rollout};

#[test]
fn a_changed_group_id_moves_the_rules() {
    let site = Site::bare(&["core", "db", "next"]);
    site.rollout(SMALL, "");
    site.settle();
    let (core, db) = (site.live("core"), site.live("db"));
    site.rollout(&SMALL.replace("<core>", "<next>"), "");
    assert_eq!(
        site.plan(),
        [
            // Nobody has looked into the new group yet.
            r#"~ foreign_rules = {} -> (known after apply)"#,
            r#"groups ~ "core" = "<core> (5 ingress, 0 egress)" -> "<next> (5 ingress, 0 egress)""#,
            r#"placements.core ~ security_group_id = "<core>" -> "<next>""#,
        ]
    );
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"], "opened before closed");
    assert_eq!((site.live("next"), site.live("core"), site.live("db")), (core, vec![], db));
}

#[test]
fn a_former_group_that_could_not_be_cleared_is_cleared_by_the_next_apply() {
    let site = Site::bare(&["core", "db", "next"]);
    site.rollout(SMALL, "");
    site.settle();
    site.rollout(&SMALL.replace("<core>", "<next>"), "");
    site.ec2.fault(
        json!({ "action": "RevokeSecurityGroupIngress", "kind": "error", "times": 0, "status": 403, "code": "UnauthorizedOperation" }),
    );
    site.workspace.apply_fails().says(&format!("RevokeSecurityGroupIngress for {}", site.id("core")));
    assert_eq!((site.live("core").len(), site.live("next").len()), (5, 5));
    site.forget();
    let changes = site.plan();
    assert_eq!(changes.len(), 5 + 1, "{changes:#?}");
    assert_eq!(
        below(&changes, "lines.<core>.ingress")[0],
        r#"- "tcp 29069 from 10.20.0.0/16" = "not asked for: sgr-…, \"xml_server.29069 row 34 from agents\"""#
    );
    site.settle();
    assert_eq!((site.live("core").len(), site.live("next").len()), (0, 5));
}

#[test]
fn a_group_deleted_between_plan_and_apply_is_told_by_the_apply() {
    let site = Site::bare(&["core", "db"]);
    site.rollout(SMALL, "");
    site.workspace.plan();
    site.ec2.delete_group(site.id("db"));
    let refused = site.workspace.run(&["apply", "-no-color", "-input=false", "plan.out"]).fails().blames_nobody();
    refused.says(&format!("{} of placement `db` does not exist in eu-central-1", site.id("db")));
    assert_eq!(site.live("core").len(), 0, "nothing was written");
}

#[test]
fn a_placement_may_go_together_with_its_group() {
    let site = Site::small();
    site.rollout(&SMALL.lines().filter(|line| !line.contains("<db>")).collect::<Vec<_>>().join("\n"), "");
    site.workspace.plan();
    site.ec2.delete_group(site.id("db"));
    site.workspace.apply_plan().says("1 changed");
    site.workspace.plan_is_empty();
    assert_eq!(site.live("core").len(), 5);
}

#[test]
fn a_group_deleted_by_hand_is_an_error_with_the_way_out() {
    let mut site = Site::bare(&["core", "db"]);
    let text = r#"
resource "terraform_data" "db" {
  triggers_replace = ["<db>"]
  input            = "<db>"
}
"#
    .to_owned()
        + &rollout("rollout", "emc-prod", &SMALL.replace("\"<db>\"", "terraform_data.db.output"), "");
    site.write(&text);
    site.settle();
    site.ec2.delete_group(site.id("db"));
    let refused = site.workspace.plan_fails();
    refused
        .says("Security group does not exist")
        .says(&format!("{} of placement `db` is gone from eu-central-1, and its rules with it", site.id("db")))
        .says("otherwise give the id of the new group, or take the placement out.")
        .says(r#"with emc_aws_security_group_rules.rollout, on main.tf line"#);

    // The group is made again: its id is not known while planning, and the plan shows that everything of it has to come back.
    let next = site.ec2.group_beside(site.id("core"), "db-next");
    site.groups.insert("db".to_owned(), next);
    site.write(&text);
    let changes = site.plan();
    assert_eq!(below(&changes, "lines"), [r#"db.ingress + "tcp 1433 from agents" = "sql_server.1433 (either, row 45): 10.20.0.0/16""#]);
    assert_eq!(below(&changes, "groups").len(), 1, "{changes:#?}");
    site.settle();
    assert_eq!(site.open("db"), ["ingress tcp 1433 10.20.0.0/16"]);
}

#[test]
fn unknown_group_ids_leave_every_line_known() {
    let site = Site::new(&["core", "db", "media"]);
    let data = |name: &str| format!("resource \"terraform_data\" \"{name}\" {{\n  input = \"<{name}>\"\n}}\n");
    let placements = ["core", "db", "media"].iter().fold(super::create::LARGE.to_owned(), |text, name| {
        text.replace(&format!("\"<{name}>\""), &format!("terraform_data.{name}.output"))
    });
    site.write(&(data("core") + &data("db") + &data("media") + &rollout("rollout", "emc-prod", &placements, "")));
    let plan = site.workspace.plan_json();
    let change = plan["resource_changes"].as_array().unwrap().iter().find(|change| change["address"] == super::ROLLOUT).unwrap();
    assert_eq!(change["change"]["after"]["lines"], super::create::golden());
    assert_eq!(change["change"]["after_unknown"]["groups"], serde_json::json!({ "core": true, "db": true, "media": true }));
    assert_eq!(change["change"]["after"]["summary"], "99 cloud rules at 3 placements, EMC 6.6 embedded, as_listed; 4 open questions");
    assert_eq!(change["change"]["after"]["rule_count"]["core"], "ipv4 ingress 39 of 60, egress 10 of 60");
    assert_eq!(site.ec2.actions(), [""; 0], "there is nothing to ask EC2");
    site.settle();
    assert_eq!(site.state()["lines"], super::create::golden());
}

#[test]
fn an_unknown_address_leaves_only_its_lines_unknown() {
    let site = Site::bare(&["core", "db"]);
    let text = |cidr: &str| {
        format!("resource \"terraform_data\" \"net\" {{\n  input = \"{cidr}\"\n}}\n")
            + &rollout(
                "rollout",
                "emc-prod",
                &(SMALL.to_owned() + "    portal = { components = [\"desktop\"], cidr_ipv4 = [terraform_data.net.output] }\n"),
                "",
            )
    };
    site.write(&text("10.50.0.0/24"));
    let changes = site.plan();
    assert_eq!(
        below(&changes, "lines.db.ingress"),
        [
            r#"+ "tcp 1433 from agents" = "sql_server.1433 (either, row 45): 10.20.0.0/16""#,
            r#"+ "tcp 1433 from portal" = (known after apply)"#,
        ]
    );
    assert!(changes.contains(&"+ summary = (known after apply)".to_owned()), "{changes:#?}");
    site.settle();
    assert!(site.open("db").contains(&"ingress tcp 1433 10.50.0.0/24".to_owned()));
    site.write(&text("10.51.0.0/24"));
    assert!(
        below(&site.plan(), "lines")
            .contains(&r#"db.ingress ~ "tcp 1433 from portal" = "sql_server.1433 (either, row 45): 10.50.0.0/24" -> (known after apply)"#)
    );
    site.settle();
    assert!(site.open("db").contains(&"ingress tcp 1433 10.51.0.0/24".to_owned()));
}

#[test]
fn unknown_names_leave_everything_to_be_known_after_apply() {
    for (placements, more) in [
        (SMALL.replace("\"xml_server\"", "terraform_data.word.output"), String::new()),
        (SMALL.to_owned(), "  policy {\n    exclude = [terraform_data.word.output]\n  }".to_owned()),
    ] {
        let site = Site::bare(&["core", "db"]);
        let word = if more.is_empty() { "xml_server" } else { "sql_server.1433" };
        let data = format!("resource \"terraform_data\" \"word\" {{\n  input = \"{word}\"\n}}\n");
        site.write(&(data + &rollout("rollout", "emc-prod", &placements, &more)));
        let changes = site.plan();
        for computed in
            ["digest", "foreign_rules", "groups", "lines", "open_questions", "rule_count", "still_plain", "summary", "unexpanded"]
        {
            assert!(changes.contains(&format!("+ {computed} = (known after apply)")), "{computed}: {changes:#?}");
        }
        site.settle();
        assert_eq!((site.open("core").len(), site.open("db").len()), if more.is_empty() { (5, 1) } else { (5, 0) });
    }
}

#[test]
fn an_unknown_provider_configuration_still_plans() {
    let site = Site::bare(&["core", "db"]);
    let provider = r#"
resource "terraform_data" "region" {
  input = "eu-central-1"
}
provider "emc" {
  aws {
    region = terraform_data.region.output
  }
}
"#;
    site.write(&(provider.to_owned() + &rollout("rollout", "emc-prod", SMALL, "")));
    let changes = site.plan();
    assert_eq!(below(&changes, "lines.db.ingress"), [r#"+ "tcp 1433 from agents" = "sql_server.1433 (either, row 45): 10.20.0.0/16""#]);
    assert_eq!(site.ec2.actions(), [""; 0]);
    site.settle();
    assert_eq!(site.live("db").len(), 1);
}

#[test]
fn a_group_id_that_turns_out_to_be_null_is_an_error_where_there_are_addresses_too() {
    for peer_by in ["addresses", "both"] {
        let site = Site::bare(&["core", "db"]);
        let data = "resource \"terraform_data\" \"db\" {\n  input = \"none\"\n}\n".to_owned();
        let db = format!(
            r#"security_group_id = terraform_data.db.output == "none" ? null : terraform_data.db.output, cidr_ipv4 = ["10.60.0.0/24"], peer_by = "{peer_by}""#
        );
        site.write(&(data + &rollout("rollout", "emc-prod", &SMALL.replace(r#"security_group_id = "<db>""#, &db), "")));
        site.workspace.plan();
        site.workspace
            .apply_fails()
            .says("Far end without a place")
            .says(&format!("Placement `db` has `peer_by = \"{peer_by}\"`, but no `security_group_id`."));
        assert_eq!(site.live("core"), [""; 0], "nothing was written");
    }
}

#[test]
fn a_group_id_that_turns_out_to_be_null_is_an_error() {
    let site = Site::bare(&["core", "db"]);
    let text = r#"
resource "terraform_data" "db" {
  input = "none"
}
"#
    .to_owned()
        + &rollout(
            "rollout",
            "emc-prod",
            &SMALL.replace("\"<db>\"", r#"terraform_data.db.output == "none" ? null : terraform_data.db.output"#),
            "",
        );
    site.write(&text);
    site.workspace.plan();
    site.workspace
        .apply_fails()
        .says("Placement without a place")
        .says("Placement `db` has neither a security group nor addresses, so no rule can name it.");
    assert_eq!(site.live("core"), [""; 0], "nothing was written");
}
