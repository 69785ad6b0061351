//! The beginning and the end: create, nothing to do, destroy.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};
use terraform_provider_emc::matrix::{ComponentId, Matrix};

use super::{ROLLOUT, SMALL, Site, below, rollout};
use crate::support::root;

/// The rollout of the golden expansion `rollout`, with addresses and groups.
pub(super) const LARGE: &str = r#"
    aes    = { components = ["aes"], cidr_ipv4 = ["10.9.0.10/32"] }
    agents = { components = ["control_panel", "desktop"], cidr_ipv4 = ["10.20.0.0/16", "10.21.4.0/22"] }
    core   = { components = ["application_management_director", "configuration", "ids", "license_director", "weblm", "xml_server"], security_group_id = "<core>" }
    db     = { components = ["sql_server"], security_group_id = "<db>" }
    media  = { components = ["gateways", "media_director", "media_stores"], security_group_id = "<media>" }
"#;

/// The lines that the golden expansion promises, with the far ends of [`LARGE`]: by placement, direction and key.
pub(super) fn golden() -> Value {
    let rules = golden_section("rules");
    let mut lines: BTreeMap<&str, BTreeMap<&str, BTreeMap<String, String>>> = BTreeMap::new();
    for placement in ["core", "db", "media"] {
        lines.insert(placement, [("egress", BTreeMap::new()), ("ingress", BTreeMap::new())].into());
    }
    for rule in rules.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (key, flows) = rule.split_once(": ").unwrap();
        let words: Vec<&str> = key.splitn(3, ' ').collect();
        let far_end = match key.rsplit(' ').next().unwrap() {
            "agents" => "10.20.0.0/16, 10.21.4.0/22".to_owned(),
            "aes" => "10.9.0.10/32".to_owned(),
            other => format!("group of {other}"),
        };
        lines.get_mut(words[0]).unwrap().get_mut(words[1]).unwrap().insert(words[2].to_owned(), format!("{flows}: {far_end}"));
    }
    json!(lines)
}

/// A section of the golden expansion.
fn golden_section(name: &str) -> String {
    let text = fs::read_to_string(root().join("tests/expansion/rollout/expected.txt")).unwrap();
    text.split_once(&format!("[{name}]\n")).unwrap().1.split("\n[").next().unwrap().to_owned()
}

#[test]
fn a_rollout_is_what_its_golden_expansion_says() {
    let site = Site::new(&["core", "db", "media"]);
    site.rollout(LARGE, "");
    site.workspace.plan().says("Plan: 1 to add, 0 to change, 0 to destroy.");
    site.forget();
    site.workspace.apply_plan().says("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.");

    assert_eq!(
        site.ec2.calls(),
        BTreeMap::from([
            ("AuthorizeSecurityGroupEgress".to_owned(), 2),
            ("AuthorizeSecurityGroupIngress".to_owned(), 3),
            ("DescribeSecurityGroupRules".to_owned(), 1),
            // Whether the groups that name each other are in one VPC.
            ("DescribeSecurityGroups".to_owned(), 1),
        ])
    );
    let state = site.state();
    assert_eq!(state["lines"], golden());
    assert_eq!(
        json!({ "groups": site.with_names(&state["groups"].to_string()), "rule_count": state["rule_count"], "summary": state["summary"] }),
        json!({
            "groups": r#"{"core":"<core> (39 ingress, 10 egress)","db":"<db> (4 ingress, 0 egress)","media":"<media> (29 ingress, 17 egress)"}"#,
            "rule_count": {
                "core": "ipv4 ingress 39 of 60, egress 10 of 60",
                "db": "ipv4 ingress 4 of 60, egress 0 of 60",
                "media": "ipv4 ingress 29 of 60, egress 17 of 60",
            },
            "summary": "99 cloud rules at 3 placements, EMC 6.6 embedded, as_listed; 4 open questions",
        })
    );
    assert_eq!(state["still_plain"], json!({}));
    let unexpanded = &state["unexpanded"];
    assert_eq!(unexpanded["crm_connector.29027"], "closed as shipped: include would not open it, as a cloud network carries no multicast");
    assert_eq!(
        unexpanded["ids_multimedia.29078"],
        "multicast: a cloud network carries none, but for a transit gateway of AWS; the View server on another host does not receive multimedia data by multicast"
    );
    assert_eq!(unexpanded["media_proxy.29079"], "same host: stays on the agent desktop");
    assert_eq!(unexpanded["ids_voice_and_presence.29068"], "held: no believable initiator, name one");
    let kinds: BTreeMap<&str, &str> = unexpanded
        .as_object()
        .unwrap()
        .iter()
        .map(|(flow, why)| (flow.as_str(), why.as_str().unwrap().split(": ").next().unwrap()))
        .collect();
    let promised = golden_section("unexpanded");
    let promised: BTreeMap<&str, &str> = promised.lines().filter_map(|line| line.split_once(": ")).collect();
    assert_eq!(kinds, promised);

    // One cloud rule for each line and address, and the allow-all egress rule that AWS made.
    assert_eq!([site.live("core").len(), site.live("db").len(), site.live("media").len()], [39 + 10 + 1, 4 + 1, 29 + 17 + 1]);
    assert_eq!(
        site.live("db"),
        [
            "ingress tcp 1433 10.20.0.0/16: sql_server.1433 row 45 from agents",
            "ingress tcp 1433 10.21.4.0/22: sql_server.1433 row 45 from agents",
            "ingress tcp 1433 <core>: sql_server.1433 row 45 from core",
            "ingress tcp 1433 <media>: sql_server.1433 row 45 from media",
            "egress -1 all 0.0.0.0/0",
        ]
    );
    assert_eq!(
        state["foreign_rules"]["db"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(key, text)| site.with_names(&format!("{key}: {text}")))
            .collect::<Vec<_>>(),
        [r#"egress all to 0.0.0.0/0: "default egress, left alone: while it stands, egress lines restrict nothing (sgr-…)""#]
    );

    site.forget();
    site.workspace.plan_is_empty();
    assert_eq!(site.ec2.actions(), ["DescribeSecurityGroupRules"], "a plan without changes costs one call");
}

#[test]
fn every_cloud_rule_carries_the_marks_of_its_maker() {
    let site = Site::small();
    let rules = site.ec2.rules(site.id("core"));
    let tags = |rule: &Value| -> BTreeMap<String, String> {
        rule["Tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| (tag["Key"].as_str().unwrap().into(), tag["Value"].as_str().unwrap().into()))
            .collect()
    };
    let first = tags(&rules[0]);
    assert_eq!(first["emc:name"], "emc-prod");
    assert_eq!(first["emc:instance"].len(), 16);
    assert!(rules.iter().all(|rule| tags(rule) == first), "{rules:#?}");
}

#[test]
fn destroy_removes_our_rules_and_leaves_the_others() {
    let site = Site::new(&["core", "db"]);
    site.ec2.authorize(site.id("core"), json!({ "ports": "3389", "cidr": "10.0.0.0/8", "description": "jump host" }));
    site.rollout(SMALL, "");
    site.settle();
    assert_eq!(site.live("core").len(), 7);
    site.forget();
    site.workspace.destroy().says("Destroy complete! Resources: 1 destroyed.");
    assert_eq!(site.live("core"), ["ingress tcp 3389 10.0.0.0/8: jump host", "egress -1 all 0.0.0.0/0"]);
    assert_eq!(site.live("db"), ["egress -1 all 0.0.0.0/0"]);
    assert_eq!(site.writes(), ["RevokeSecurityGroupIngress", "RevokeSecurityGroupIngress"]);
}

#[test]
fn the_destroy_plan_shows_what_will_close() {
    let site = Site::small();
    let plan = site.workspace.plan_with(&["-destroy"]).ok();
    plan.says("Plan: 0 to add, 0 to change, 1 to destroy.");
    let changes = site.changes(&plan);
    assert_eq!(
        below(&changes, "lines.db"),
        ["- egress = {}", r#"ingress - "tcp 1433 from agents" = "sql_server.1433 (either, row 45): 10.20.0.0/16""#,]
    );
}

#[test]
fn a_group_that_is_gone_does_not_stop_a_destroy_that_does_not_plan_first() {
    let site = Site::small();
    site.ec2.delete_group(site.id("db"));
    // Terraform plans the configuration once more before it destroys, and that plan cannot be carried out.
    let hint = "To destroy this resource as it is, use `terraform destroy -refresh=false`.";
    site.workspace.destroy_fails().says("Security group does not exist").says(hint);
    site.workspace.run(&["destroy", "-refresh=false", "-auto-approve", "-no-color"]).ok().says("1 destroyed");
    assert_eq!(site.live("core"), [""; 0]);
}

#[test]
fn a_create_plan_says_what_every_line_is_for() {
    let site = Site::bare(&["core", "db"]);
    site.rollout(SMALL, "");
    let changes = site.plan();
    assert_eq!(
        below(&changes, "lines."),
        [
            r#"core + egress = {}"#,
            r#"core.ingress + "tcp 29069 from agents" = "xml_server.29069 (plain, management, row 34): 10.20.0.0/16""#,
            r#"core.ingress + "tcp 29091 from agents" = "configuration.29091 (plain, row 4): 10.20.0.0/16""#,
            r#"core.ingress + "tcp 29096 from agents" = "xml_server.29096 (plain, row 32): 10.20.0.0/16""#,
            r#"core.ingress + "tcp 39091 from agents" = "configuration.39091 (secure, row 5): 10.20.0.0/16""#,
            r#"core.ingress + "tcp 39096 from agents" = "xml_server.39096 (secure, row 33): 10.20.0.0/16""#,
            r#"db + egress = {}"#,
            r#"db.ingress + "tcp 1433 from agents" = "sql_server.1433 (either, row 45): 10.20.0.0/16""#,
        ]
    );
    assert!(changes.contains(&r#"+ summary = "6 cloud rules at 2 placements, EMC 6.6 embedded, as_listed; no open question""#.to_owned()));
}

#[test]
fn moto_as_it_is_and_ec2_that_keeps_half_a_batch_settle_too() {
    for mode in ["plain", "partial"] {
        let site = Site::new(&["core", "db", "media"]);
        site.ec2.mode(mode);
        site.rollout(LARGE, "");
        site.settle();
        assert_eq!(site.state()["lines"], golden(), "{mode}");
        site.workspace.destroy();
        assert_eq!(site.live("core"), ["egress -1 all 0.0.0.0/0"], "{mode}");
    }
}

#[test]
fn several_resources_of_one_module_share_their_looks() {
    let site = Site::new(&["core", "db", "east", "west"]);
    let east = r#"
        agents = { components = ["desktop"], cidr_ipv4 = ["10.30.0.0/16"] }
        east   = { components = ["configuration"], security_group_id = "<east>" }"#;
    let west = r#"
        agents = { components = ["desktop"], cidr_ipv4 = ["10.40.0.0/16"] }
        west   = { components = ["configuration"], security_group_id = "<west>" }"#;
    site.write(&[rollout("rollout", "one", SMALL, ""), rollout("east", "two", east, ""), rollout("west", "three", west, "")].concat());
    site.settle();
    site.forget();
    site.workspace.plan_is_empty();
    assert!(site.ec2.count("DescribeSecurityGroupRules") < 3, "{:?}", site.ec2.actions());
    assert!(!site.workspace.values(ROLLOUT).is_null());
}

/// What a review tool takes as one comment: the first plan of everything, on either count.
#[test]
fn the_plan_of_everything_fits_into_one_comment() {
    const MOST: usize = 65_535;
    let site = Site::bare(&["core", "media", "ids", "dmz"]);
    site.rollout(
        r#"
    agents = { components = ["desktop", "media_proxy", "ttrace_config", "ttrace_log2zip", "soap_plugin", "script_plugin"], cidr_ipv4 = ["10.20.0.0/16", "10.21.4.0/22"] }
    office = { components = ["reporting", "control_panel", "ttrace_console", "cs_portal_client", "developer_tools"], cidr_ipv4 = ["10.22.8.0/24"] }
    away   = { components = ["aes", "weblm", "mail_server", "crm_connector", "experience_portal", "cs_portal_api"], cidr_ipv4 = ["10.9.0.0/24"] }
    core   = { components = ["configuration", "license_director", "application_management_director", "task_director", "call_routing", "xml_server", "virtual_agent", "experience_portal_config", "call_recording_config", "ttrace_server", "sql_plugin", "rules_plugin"], security_group_id = "<core>" }
    media  = { components = ["media_director", "preview_contact_store", "simple_messaging_store", "email_store", "voice_store", "acs", "as_contact"], security_group_id = "<media>" }
    ids    = { components = ["ids_multimedia", "ids_voice_and_presence", "ids_view", "asms_control", "asms_data_x", "sql_server"], security_group_id = "<ids>" }
    dmz    = { components = ["web_chat_gateway", "sms_gateway", "xmpp_gateway"], security_group_id = "<dmz>" }
"#,
        "  rules_per_group = 200",
    );
    let plan = site.workspace.plan().stdout;
    let placed: BTreeSet<String> = site.workspace.read("main.tf").split('"').map(str::to_owned).collect();
    let all = Matrix::embedded().components().keys();
    assert_eq!(all.filter(|component| !placed.contains(component.as_str())).collect::<Vec<_>>(), [] as [&ComponentId; 0], "all are placed");
    let unplaced = plan.lines().filter(|line| line.contains("\"not placed"));
    assert_eq!(unplaced.collect::<Vec<_>>(), [""; 0]);
    assert!(plan.chars().count() <= MOST, "{} characters", plan.chars().count());
}
