//! Changes of the policy, and of the resource's other arguments.

use super::create::LARGE;
use super::{SMALL, Site, below, rollout};

fn policy(inside: &str) -> String {
    format!("  policy {{\n{inside}\n  }}")
}

#[test]
fn plain_flows_go_as_encryption_is_preferred_and_then_demanded() {
    let site = Site::new(&["core", "db", "media"]);
    site.rollout(LARGE, "");
    site.settle();
    site.rollout(LARGE, &policy(r#"transport = "prefer_secure""#));
    let changes = site.plan();
    let gone = |key: &str, line: &str| format!(r#"- "{key}" = "{line}" -> null"#);
    let agents = "10.20.0.0/16, 10.21.4.0/22";
    let ingress = |key: &str, line: &str| format!("core.ingress {}", gone(key, line));
    assert_eq!(
        below(&changes, "lines"),
        [
            format!(
                "core.egress {}",
                gone("tcp 29095 to core", "license_director.29095 (plain, role applications, row 15): group of core")
            ),
            ingress("tcp 29076 from agents", &format!("ids_view.29076 (plain, management, row 13): {agents}")),
            ingress("tcp 29091 from agents", &format!("configuration.29091 (plain, row 4): {agents}")),
            ingress("tcp 29095 from agents", &format!("license_director.29095 (plain, role applications, row 15): {agents}")),
            ingress("tcp 29095 from core", "license_director.29095 (plain, role applications, row 15): group of core"),
            ingress("tcp 29095 from media", "license_director.29095 (plain, role applications, row 15): group of media"),
            ingress("tcp 29096 from agents", &format!("xml_server.29096 (plain, row 32): {agents}")),
            ingress("tcp 29096 from media", "xml_server.29096 (plain, row 32): group of media"),
            format!(
                "media.egress {}",
                gone("tcp 29095 to core", "license_director.29095 (plain, role applications, row 15): group of core")
            ),
            format!("media.egress {}", gone("tcp 29096 to core", "xml_server.29096 (plain, row 32): group of core")),
        ]
    );
    assert!(
        below(&changes, "unexpanded").contains(&r#"+ "configuration.29091" = "transport: prefer_secure, configuration.39091 instead""#),
        "{changes:#?}"
    );
    assert!(
        below(&changes, "still_plain").contains(&r#"+ "ids_view.29083" = "no secure twin; needed by desktop in agents""#),
        "{changes:#?}"
    );
    site.forget();
    site.settle();
    // Groups do not wait for each other.
    let mut writes = site.writes();
    writes.sort();
    assert_eq!(writes, ["RevokeSecurityGroupEgress", "RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress"]);
    assert_eq!([site.live("core").len(), site.live("db").len(), site.live("media").len()], [28 + 9 + 1, 5, 29 + 15 + 1]);

    site.rollout(LARGE, &policy(r#"transport = "secure_only""#));
    site.settle();
    let state = site.state();
    assert!(!state["lines"].to_string().contains("(plain"), "{:#}", state["lines"]);
    assert!(state["lines"]["db"]["ingress"].to_string().contains("sql_server.1433 (either, row 45)"), "either stays");
    site.rollout(LARGE, "");
    site.settle();
    assert_eq!(site.state()["lines"], super::create::golden());
}

#[test]
fn a_port_of_the_site_moves_in_place_and_may_join_another() {
    let site = Site::small();
    site.rollout(SMALL, &policy(r#"ports = { "configuration.29091" = "30091" }"#));
    let changes = site.plan();
    assert_eq!(
        below(&changes, "lines"),
        [
            r#"core.ingress - "tcp 29091 from agents" = "configuration.29091 (plain, row 4): 10.20.0.0/16" -> null"#,
            r#"core.ingress + "tcp 30091 from agents" = "configuration.29091 (plain, row 4, port 30091 by site): 10.20.0.0/16""#,
        ]
    );
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["ModifySecurityGroupRules"]);

    site.rollout(SMALL, &policy(r#"ports = { "configuration.29091" = "29096" }"#));
    let changes = site.plan();
    assert_eq!(
        below(&changes, "lines"),
        [
            r#"core.ingress ~ "tcp 29096 from agents" = "xml_server.29096 (plain, row 32): 10.20.0.0/16" -> "configuration.29091 (plain, row 4, port 29096 by site), xml_server.29096 (plain, row 32): 10.20.0.0/16""#,
            r#"core.ingress - "tcp 30091 from agents" = "configuration.29091 (plain, row 4, port 30091 by site): 10.20.0.0/16" -> null"#,
        ]
    );
    site.settle();
    assert_eq!(site.live("core")[1], "ingress tcp 29096 10.20.0.0/16: configuration.29091 row 4, xml_server.29096 row 32 from agents");
    assert_eq!(site.live("core").len(), 4);
}

#[test]
fn an_extra_flow_comes_and_goes() {
    let site = Site::small();
    let bastion = format!("{SMALL}    bastion = {{ cidr_ipv4 = [\"10.99.0.0/24\"] }}\n");
    let extra = r#"extra {
      name     = "jump"
      from     = "bastion"
      to       = "core"
      protocol = "tcp"
      ports    = "3389"
      reason   = "patching"
      ticket   = "CHG1"
      expires  = "2127-01-31"
    }"#;
    site.rollout(&bastion, &policy(extra));
    let changes = site.plan();
    assert_eq!(
        below(&changes, "lines"),
        [
            r#"core.ingress + "tcp 3389 from bastion" = "extra.jump (by site, ticket CHG1, expires 2127-01-31, because patching): 10.99.0.0/24""#
        ]
    );
    site.settle();
    assert_eq!(site.live("core")[0], "ingress tcp 3389 10.99.0.0/24: extra.jump [CHG1, patching] from bastion");
    site.rollout(&bastion, &policy(&extra.replace("2127-01-31", "2020-01-31")));
    site.workspace.plan().says("Expired extra flows").says("Still open although their last day has passed: extra.jump on 2020-01-31.");
    site.settle();
    site.rollout(SMALL, "");
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["RevokeSecurityGroupIngress"]);
    assert_eq!(site.live("core").len(), 5);
}

#[test]
fn joined_ports_change_in_place_before_anything_closes() {
    let site = Site::bare(&["core"]);
    let placements = r#"
        agents = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }
        core   = { components = ["license_director", "xml_server"], security_group_id = "<core>", single_host = true }"#;
    site.rollout(placements, "");
    site.settle();
    let exact = site.open("core");
    site.rollout(placements, &policy(r#"port_ranges = "coalesce""#));
    let changes = site.plan();
    let lines = below(&changes, "lines.core.ingress");
    assert!(
        lines.contains(
            &r#"+ "tcp 29095-29096 from agents" = "license_director.29095 (plain, role applications, row 15), xml_server.29096 (plain, row 32): 10.20.0.0/16""#
        ),
        "{lines:#?}"
    );
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["ModifySecurityGroupRules", "RevokeSecurityGroupIngress"]);
    assert_eq!(
        site.open("core"),
        [
            "ingress tcp 29069 10.20.0.0/16",
            "ingress tcp 29073 10.20.0.0/16",
            "ingress tcp 29095-29096 10.20.0.0/16",
            "ingress tcp 39095-39096 10.20.0.0/16",
        ]
    );
    site.rollout(placements, "");
    site.settle();
    assert_eq!(site.open("core"), exact);
}

#[test]
fn only_ingress_may_be_written() {
    let site = Site::new(&["core", "db", "media"]);
    site.rollout(LARGE, &policy(r#"directions = ["ingress"]"#));
    site.settle();
    assert_eq!(site.live("media").len(), 29 + 1);
    assert_eq!(site.ec2.count("AuthorizeSecurityGroupEgress"), 0);
    assert_eq!(site.state()["lines"]["core"]["egress"], serde_json::json!({}));
}

#[test]
fn a_changed_name_marks_the_rules_anew_and_closes_nothing() {
    let site = Site::small();
    let (before, rule) = (site.live("core"), site.rule("core", "ingress tcp 29091"));
    site.write(&rollout("rollout", "emc-next", SMALL, ""));
    assert_eq!(site.plan(), [r#"~ name = "emc-prod" -> "emc-next""#]);
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["CreateTags", "CreateTags"]);
    assert_eq!(site.live("core"), before);
    assert_eq!(site.rule("core", "ingress tcp 29091"), rule);
    let tags = site.ec2.rules(site.id("core"))[0]["Tags"].to_string();
    assert!(tags.contains("emc-next") && !tags.contains("emc-prod"), "{tags}");
    // Together with a change of rules.
    site.write(&rollout("rollout", "emc-last", &SMALL.replace(r#""configuration", "#, ""), ""));
    site.settle();
    assert_eq!(site.open("core"), ["ingress tcp 29069 10.20.0.0/16", "ingress tcp 29096 10.20.0.0/16", "ingress tcp 39096 10.20.0.0/16"]);
    site.workspace.destroy();
    assert_eq!(site.live("core"), [""; 0]);
}

#[test]
fn modules_pass_an_optional_policy() {
    let site = Site::bare(&["core", "db"]);
    let variables = r#"
variable "policy" {
  type    = object({ transport = optional(string), exclude = optional(set(string)) })
  default = null
}
"#;
    let dynamic = r#"
  dynamic "policy" {
    for_each = var.policy[*]
    content {
      transport = policy.value.transport
      exclude   = policy.value.exclude
    }
  }"#;
    site.write(&(variables.to_owned() + &rollout("rollout", "emc-prod", SMALL, dynamic)));
    site.settle();
    assert_eq!(site.open("core").len(), 5);
    site.workspace.write("terraform.tfvars", r#"policy = { transport = "prefer_secure", exclude = ["xml_server.29069"] }"#);
    site.settle();
    assert_eq!(site.open("core"), ["ingress tcp 39091 10.20.0.0/16", "ingress tcp 39096 10.20.0.0/16"]);
    assert_eq!(site.state()["unexpanded"]["xml_server.29069"], "excluded: by the policy, no reason given");
    site.workspace.write("terraform.tfvars", r#"policy = { transport = "encrypted" }"#);
    site.workspace.plan_fails().says("`encrypted`");
}
