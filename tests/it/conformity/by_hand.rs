//! Rules that hands made, changed and removed: each kind of finding, with the line that tells of it.

use serde_json::json;

use super::{Site, data};

#[test]
fn a_rule_removed_by_hand_is_missing() {
    let site = Site::rolled_out("");
    site.ec2.revoke_ids(site.id("core"), &[&site.rule("core", 39091)], false);
    let values = site.judged();
    assert_eq!(site.lines(&values, "missing"), ["core: ingress tcp 39091 from agents: configuration.39091 (secure, row 5): 10.20.0.0/16"]);
    assert_eq!(values["conforms"], "no");
    assert!(values["verdict"].as_str().unwrap().starts_with("no: 1 missing, 0 extra, 0 wider, "), "{}", values["verdict"]);
}

#[test]
fn a_rule_made_by_hand_is_extra() {
    let site = Site::rolled_out("");
    site.ec2.authorize(site.id("db"), json!({ "ports": "3389", "cidr": "10.0.0.0/8", "description": "temp rdp" }));
    site.ec2.authorize(site.id("db"), json!({ "ports": "1433", "source": site.id("core") }));
    site.ec2.authorize(site.id("core"), json!({ "ports": "29079", "cidr": "10.20.0.0/16", "tags": { "emc:name": "emc-old" } }));
    let values = site.judged();
    assert_eq!(
        site.lines(&values, "extra"),
        [
            "core: ingress tcp 29079 from 10.20.0.0/16: sgr-… (of emc-old): no rule asks for it",
            "db: ingress tcp 1433 from <core> (group of core): sgr-… (no mark): no rule asks for it; sql_server.1433 (either, row 45) is wanted \
             there for 10.20.0.0/16, and whether that is the same far end cannot be known",
            "db: ingress tcp 3389 from 10.0.0.0/8: sgr-… (no mark, \"temp rdp\"): no rule asks for it",
        ]
    );
    assert_eq!(values["conforms"], "no");
}

#[test]
fn a_rule_edited_by_hand_is_wider() {
    let site = Site::rolled_out("");
    site.ec2.modify(site.id("db"), &site.rule("db", 1433), json!({ "CidrIpv4": "10.0.0.0/8" }));
    site.ec2.modify(site.id("core"), &site.rule("core", 39091), json!({ "FromPort": 39000, "ToPort": 39091 }));
    let values = site.judged();
    assert_eq!(values["missing"], json!({}));
    assert_eq!(
        site.lines(&values, "wider"),
        [
            "core: ingress tcp 39000-39091 from 10.20.0.0/16: sgr-… (of emc-prod, \"configuration.39091 row 5 from agents\"): for \
             configuration.39091 (secure, row 5); allows more: tcp 39000-39090",
            "db: ingress tcp 1433 from 10.0.0.0/8: sgr-… (of emc-prod, \"sql_server.1433 row 45 from agents\"): for sql_server.1433 (either, row \
             45); allows more: tcp 1433 from 10.0.0.0/8 other than 10.20.0.0/16",
        ]
    );
}

#[test]
fn a_rule_inside_of_another_changes_nothing() {
    let site = Site::rolled_out("");
    site.ec2.authorize(site.id("db"), json!({ "ports": "1433", "cidr": "10.20.1.0/24" }));
    let values = site.judged();
    assert_eq!(
        site.lines(&values, "void"),
        ["db: ingress tcp 1433 from 10.20.1.0/24: sgr-… (no mark): changes nothing beside sgr-… (ingress tcp 1433 from 10.20.0.0/16)"]
    );
    assert_eq!(values["conforms"], "yes", "what changes nothing is no fault");
}

/// Groups that nobody ever managed with this provider, with the egress rule that AWS gives every group.
#[test]
fn groups_made_by_hand_are_judged_without_touching_them() {
    let site = Site::new(&["core", "db"]);
    for ports in ["29069", "29091", "39091", "29096", "39096"] {
        site.ec2.authorize(site.id("core"), json!({ "ports": ports, "cidr": "10.20.0.0/17" }));
        site.ec2.authorize(site.id("core"), json!({ "ports": ports, "cidr": "10.20.128.0/17" }));
    }
    site.ec2.authorize(site.id("db"), json!({ "ports": "1000-2000", "cidr": "10.20.0.0/16" }));
    site.ec2.reset();
    site.write(&data(&format!("  placements = {}\n", super::SMALL)));
    let values = site.judged();
    assert_eq!((&values["missing"], &values["extra"]), (&json!({}), &site_egress(&site, &values)));
    assert_eq!(
        site.lines(&values, "wider"),
        [
            "db: ingress tcp 1000-2000 from 10.20.0.0/16: sgr-… (no mark): for sql_server.1433 (either, row 45); allows more: tcp 1000-1432, \
             tcp 1434-2000"
        ]
    );
    assert_eq!(site.ec2.calls().into_keys().collect::<Vec<_>>(), ["DescribeSecurityGroupRules"], "it only reads");

    // Where the site does not write egress, what goes out is not judged, and that is said.
    site.write(&data(&format!("  placements = {}\n  policy {{\n    directions = [\"ingress\"]\n  }}\n", super::SMALL)));
    let values = site.judged();
    assert_eq!((&values["missing"], &values["extra"]), (&json!({}), &json!({})));
    let scope = values["scope"].to_string();
    assert!(scope.contains("Not judged: egress; it is not in the policy's `directions`"), "{scope}");
}

/// Nothing on this site goes out, so the egress rule of AWS is extra in both groups.
fn site_egress(site: &Site, values: &serde_json::Value) -> serde_json::Value {
    let lines = site.lines(values, "extra");
    assert_eq!(
        lines,
        [
            "core: egress all to 0.0.0.0/0: sgr-… (no mark): no rule asks for it",
            "db: egress all to 0.0.0.0/0: sgr-… (no mark): no rule asks for it",
        ]
    );
    values["extra"].clone()
}

#[test]
fn the_egress_rule_of_aws_makes_others_void() {
    let site = Site::new(&["core", "db"]);
    let placements = r#"{
    core = { components = ["ids_multimedia"], security_group_id = "<core>" }
    db   = { components = ["sql_server"], security_group_id = "<db>" }
  }"#;
    site.write(&data(&format!("  placements = {placements}\n")));
    site.ec2.authorize(site.id("core"), json!({ "ports": "1433", "source": site.id("db"), "egress": true }));
    site.ec2.authorize(site.id("db"), json!({ "ports": "1433", "source": site.id("core") }));
    let values = site.judged();
    assert_eq!(values["missing"], json!({}));
    assert_eq!(
        site.lines(&values, "void"),
        ["core: egress tcp 1433 to <db> (group of db): sgr-… (no mark): changes nothing beside sgr-… (egress all to 0.0.0.0/0)"]
    );
    assert_eq!(
        site.lines(&values, "wider"),
        [
            "core: egress all to 0.0.0.0/0: sgr-… (no mark): for sql_server.1433 (either, row 45); allows more: every protocol and port that no \
             row asks for"
        ]
    );
}

#[test]
fn a_flow_that_waits_for_an_answer_is_doubtful_not_extra() {
    let site = Site::bare(&["voice"]);
    let placements = r#"{
    agents = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }
    voice  = { components = ["ids_voice_and_presence"], security_group_id = "<voice>" }
  }"#;
    site.write(&data(&format!("  placements = {placements}\n")));
    site.ec2.authorize(site.id("voice"), json!({ "ports": "29068", "cidr": "10.20.0.0/16" }));
    let values = site.judged();
    assert_eq!(values["extra"], json!({}));
    let doubtful = site.lines(&values, "doubtful");
    assert!(
        doubtful.iter().any(|line| line.starts_with(
            "voice: ingress tcp 29068 from 10.20.0.0/16: sgr-… (no mark): may stand for ids_voice_and_presence.29068 (plain, management, row 9), held; A7, "
        )),
        "{doubtful:#?}"
    );
}

#[test]
fn what_a_setting_decides_is_told_with_its_reason() {
    let site = Site::bare(&["voice"]);
    let config = r#"  placements = {
    agents = { components = ["control_panel"], cidr_ipv4 = ["10.20.0.0/16"] }
    voice  = { components = ["ids_voice_and_presence"], security_group_id = "<voice>" }
  }
  policy {
    initiators = { "ids_voice_and_presence.29068" = ["control_panel"] }
    reasons    = { "ids_voice_and_presence.29068" = "seen on the server, CHG3" }
  }
"#;
    site.write(&data(config));
    site.ec2.authorize(site.id("voice"), json!({ "ports": "29068", "cidr": "10.20.0.0/16" }));
    let values = site.judged();
    assert_eq!(
        values["decided"],
        json!({ "ids_voice_and_presence.29068": "opened by control_panel instead of the printed initiators; because seen on the server, CHG3", "A7": "29068 has no initiator in the document: name one or use management_from; settled by `initiators`, because seen on the server, CHG3" })
    );
    assert!(!site.lines(&values, "missing").iter().any(|line| line.contains("29068")), "{values:#}");
}

#[test]
fn every_kind_of_far_end_is_compared() {
    let mut site = Site::bare(&["core", "db", "media"]);
    let made = site.ec2.setup(json!({ "groups": [], "prefix_lists": { "office": ["192.168.1.0/24"], "other": ["192.168.1.0/24"] } }));
    for list in ["office", "other"] {
        site.groups.insert(list.to_owned(), made["prefix_lists"][list].as_str().unwrap().to_owned());
    }
    let placements = r#"{
    agents = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"], cidr_ipv6 = ["fd00:20::/32"], prefix_list_ids = ["<office>"] }
    core   = { components = ["configuration"], security_group_id = "<core>" }
    db     = { components = ["sql_server"], security_group_id = "<db>" }
    media  = { components = ["email_store"], security_group_id = "<media>", cidr_ipv4 = ["10.30.0.0/24"], peer_by = "both" }
  }"#;
    let body = format!("  placements = {placements}\n  policy {{\n    port_ranges = \"coalesce\"\n  }}\n");
    let resource = format!("resource \"emc_aws_security_group_rules\" \"rollout\" {{\n  name = \"emc-prod\"\n{body}}}\n");
    site.write(&[resource, data(&format!("{body}  depends_on = [emc_aws_security_group_rules.rollout]\n"))].concat());
    site.workspace.settle();
    let values = site.judged();
    for kind in ["missing", "extra", "wider", "void"] {
        assert_eq!(values[kind], json!({}), "{kind}");
    }

    // One rule for each kind of far end, all of them away; then the wrong list, and half of the IPv6 block.
    let rules: Vec<String> =
        site.ec2.rules(site.id("db")).iter().map(|rule| rule["SecurityGroupRuleId"].as_str().unwrap().to_owned()).collect();
    assert_eq!(rules.len(), 5, "{:?}", site.ec2.lines(site.id("db")));
    site.ec2.revoke_ids(site.id("db"), &rules.iter().map(String::as_str).collect::<Vec<_>>(), false);
    site.ec2.authorize(site.id("db"), json!({ "ports": "1433", "source": site.id("other") }));
    site.ec2.authorize(site.id("db"), json!({ "ports": "1433", "cidr": "fd00:20::/33" }));
    let values = site.judged();
    let id = site.id("office");
    let missing: Vec<String> = site.lines(&values, "missing").iter().map(|line| line.replace("<office>", id)).collect();
    assert_eq!(missing.len(), 2, "{missing:#?}");
    assert!(
        missing.iter().any(|line| line.starts_with(&format!(
            "db: ingress tcp 1433 from agents: sql_server.1433 (either, row 45): 10.20.0.0/16, fd00:20:8000::/33, {id}"
        ))),
        "{missing:#?}"
    );
    assert!(
        missing
            .iter()
            .any(|line| line
                .starts_with("db: ingress tcp 1433 from media: sql_server.1433 (either, row 45): group of media and 10.30.0.0/24")),
        "{missing:#?}"
    );
    let extra = site.lines(&values, "extra");
    assert_eq!(extra.len(), 1, "{extra:#?}");
    assert!(extra[0].starts_with("db: ingress tcp 1433 from <other>: sgr-… (no mark): no rule asks for it; "), "{extra:#?}");
}

#[test]
fn placements_in_one_group_are_judged_together() {
    let site = Site::bare(&["core"]);
    let placements = r#"{
    agents = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }
    config = { components = ["configuration"], security_group_id = "<core>" }
    xml    = { components = ["xml_server"], security_group_id = "<core>" }
  }"#;
    for ports in ["29069", "29091", "39091", "29096", "39096"] {
        site.ec2.authorize(site.id("core"), json!({ "ports": ports, "cidr": "10.20.0.0/16" }));
    }
    site.write(&data(&format!("  placements = {placements}\n")));
    let values = site.judged();
    assert_eq!(values["conforms"], "yes", "{values:#}");
    assert!(values["verdict"].as_str().unwrap().contains("; 5 live rules in 1 group; "), "{}", values["verdict"]);

    site.write(&data(&format!("  placements = {placements}\n  manage = [\"xml\"]\n")));
    let values = site.judged();
    assert_eq!(site.lines(&values, "extra").len(), 2, "{values:#}");
    let scope = site.with_names(&values["scope"].to_string());
    assert!(
        scope.contains("Not judged: what <core> lets through for config; it is extra here, for the group is judged as that of xml only."),
        "{scope}"
    );
}

#[test]
fn an_extra_flow_past_its_last_day_is_told() {
    let site = Site::bare(&["core", "db"]);
    let extra = r#"
  policy {
    extra {
      name     = "jump"
      from     = "agents"
      to       = "db"
      protocol = "tcp"
      ports    = "3389"
      reason   = "moving in"
      ticket   = "CHG1"
      expires  = "2020-01-31"
    }
  }
"#;
    site.write(&data(&format!("  placements = {}\n{extra}", super::SMALL)));
    site.workspace.plan().says("Expired extra flows").says("extra.jump on 2020-01-31");
    let missing = site.lines(&site.judged(), "missing");
    let line = "db: ingress tcp 3389 from agents: extra.jump (by site, ticket CHG1, expires 2020-01-31, because moving in): 10.20.0.0/16";
    assert!(missing.contains(&line.to_owned()), "{missing:#?}");
}

#[test]
fn multicast_and_its_companions_are_compared() {
    let site = Site::bare(&["agents", "core", "crm"]);
    let body = r#"
  placements = {
    agents = { components = ["desktop"], security_group_id = "<agents>" }
    core   = { components = ["application_management_director", "task_director"], security_group_id = "<core>", cidr_ipv4 = ["10.1.0.0/24"], peer_by = "group" }
    crm    = { components = ["crm_connector"], security_group_id = "<crm>", cidr_ipv4 = ["10.3.0.5/32"], peer_by = "group" }
  }
  policy {
    multicast = "transit_gateway"
    include   = ["crm_connector.29027"]
  }
"#;
    let resource = format!("resource \"emc_aws_security_group_rules\" \"rollout\" {{\n  name = \"emc-prod\"\n{body}}}\n");
    site.write(&[resource, data(&format!("{body}  depends_on = [emc_aws_security_group_rules.rollout]\n"))].concat());
    site.workspace.settle();
    let values = site.judged();
    for kind in ["missing", "extra", "wider", "void"] {
        assert_eq!(values[kind], json!({}), "{kind}");
    }

    let rules = site.ec2.rules(site.id("agents"));
    let query = rules.iter().find(|rule| rule["CidrIpv4"] == "0.0.0.0/32").unwrap_or_else(|| panic!("{rules:#?}"));
    site.ec2.revoke_ids(site.id("agents"), &[query["SecurityGroupRuleId"].as_str().unwrap()], false);
    let values = site.judged();
    let missing = site.lines(&values, "missing");
    assert_eq!(missing.len(), 1, "{missing:#?}");
    assert!(
        missing[0].starts_with("agents: ingress igmp from querier: application_management_director.29075 (plain, multicast, "),
        "{missing:#?}"
    );
    assert!(missing[0].ends_with(": 0.0.0.0/32"), "{missing:#?}");
}
