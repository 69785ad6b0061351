//! Multicast through a transit gateway, with the real CLI: rules toward groups, IGMP, and who cannot take part.

use serde_json::json;

use super::{ROLLOUT, Site, below};

/// The director and the CRM connector send, desktops and the Task Director receive; one office is on premises.
const CAST: &str = r#"
    agents = { components = ["desktop"], security_group_id = "<agents>" }
    branch = { components = ["desktop"], cidr_ipv4 = ["10.90.0.0/16"] }
    core = {
      components        = ["application_management_director", "task_director"]
      security_group_id = "<core>"
      cidr_ipv4         = ["10.1.0.0/24", "10.1.7.9/32"]
      peer_by           = "group"
    }
    crm = { components = ["crm_connector"], security_group_id = "<crm>", cidr_ipv4 = ["10.3.0.5/32"], peer_by = "group" }
"#;

const DIRECTOR: &str = "application_management_director.29075 (plain, multicast, role applications, row 2)";
const CRM: &str = "crm_connector.29027 (plain, multicast, row 1)";

fn policy(more: &str) -> String {
    format!("  policy {{\n    multicast = \"transit_gateway\"\n    include   = [\"crm_connector.29027\"]\n{more}\n  }}")
}

fn cast() -> Site {
    let site = Site::bare(&["agents", "core", "crm"]);
    site.rollout(CAST, &policy(""));
    site.settle();
    site
}

/// What is live and not TCP, without descriptions.
fn open(site: &Site, group: &str) -> Vec<String> {
    site.open(group).into_iter().filter(|line| !line.contains(" tcp ")).collect()
}

#[test]
fn groups_are_destinations_and_senders_have_addresses() {
    let site = Site::bare(&["agents", "core", "crm"]);
    site.rollout(CAST, &policy(""));
    site.workspace.validate();
    let changes = site.plan();
    let both = format!("{DIRECTOR}, {CRM}");
    let expected = [
        ("agents.egress", "igmp to 239.29.9.67", both.as_str(), "239.29.9.67/32"),
        ("agents.egress", "igmp to all routers", &both, "224.0.0.2/32"),
        ("agents.ingress", "igmp from querier", &both, "0.0.0.0/32"),
        ("agents.ingress", "udp 29027 from crm by multicast", CRM, "10.3.0.5/32"),
        ("agents.ingress", "udp 29075 from core by multicast", DIRECTOR, "10.1.0.0/24, 10.1.7.9/32"),
        ("core.egress", "igmp to 239.29.9.67", DIRECTOR, "239.29.9.67/32"),
        ("core.egress", "igmp to all routers", DIRECTOR, "224.0.0.2/32"),
        ("core.egress", "udp 29075 to 239.29.9.67", DIRECTOR, "239.29.9.67/32"),
        ("core.ingress", "igmp from querier", DIRECTOR, "0.0.0.0/32"),
        ("core.ingress", "udp 29075 from core by multicast", DIRECTOR, "10.1.0.0/24, 10.1.7.9/32"),
        ("crm.egress", "udp 29027 to 239.29.9.67", CRM, "239.29.9.67/32"),
    ];
    let expected = expected.map(|(place, key, flows, end)| format!(r#"{place} + "{key}" = "{flows}: {end}""#));
    let found: Vec<&str> =
        below(&changes, "lines").into_iter().filter(|line| !line.contains("\"tcp ") && !line.ends_with("= {}")).collect();
    assert_eq!(found, expected);
    let reached = "branch cannot join 239.29.9.67, a transit gateway reaches no host outside of the cloud";
    let notes = below(&changes, "unexpanded");
    for note in [
        format!(
            r#"+ "application_management_director.29075 from core to branch" = "multicast: {reached}; services on other hosts do not find the Application Management Director""#
        ),
        format!(
            r#"+ "crm_connector.29027 from crm to branch" = "multicast: {reached}; phonebooks of desktops do not follow changes in Microsoft CRM in real time""#
        ),
    ] {
        assert!(notes.contains(&note.as_str()), "{notes:#?}");
    }
    site.settle();
    let row = "application_management_director.29075 row 2";
    let live: Vec<String> = site.live("core").into_iter().filter(|line| !line.contains(" tcp ")).collect();
    assert_eq!(
        live,
        [
            format!("ingress 2 all 0.0.0.0/32: {row} by igmp from querier"),
            format!("ingress udp 29075 10.1.0.0/24: {row} from core by multicast"),
            format!("ingress udp 29075 10.1.7.9/32: {row} from core by multicast"),
            format!("egress 2 all 224.0.0.2/32: {row} by igmp to all routers"),
            format!("egress 2 all 239.29.9.67/32: {row} by igmp to 239.29.9.67"),
            format!("egress udp 29075 239.29.9.67/32: {row} to 239.29.9.67"),
        ]
    );
    assert_eq!(open(&site, "crm"), ["egress udp 29027 239.29.9.67/32"], "who only sends joins nothing");
    let state = site.state();
    assert_eq!(state["rule_count"]["agents"], "ipv4 ingress 4 of 60, egress 3 of 60");
    assert_eq!(state["groups"]["crm"], format!("{} (0 ingress, 1 egress)", site.id("crm")));
    // The same calls as for every other rule: one for each group and direction.
    assert_eq!([site.ec2.count("AuthorizeSecurityGroupIngress"), site.ec2.count("AuthorizeSecurityGroupEgress")], [2, 3]);
    site.workspace.destroy();
    assert_eq!([site.live("agents").len(), site.live("core").len(), site.live("crm").len()], [0, 0, 0]);
}

#[test]
fn what_was_done_by_hand_to_igmp_is_undone() {
    let site = cast();
    let before = [site.live("agents"), site.live("core")];
    let query = site.rule("core", "ingress 2 all 0.0.0.0/32");
    site.ec2.revoke_ids(site.id("core"), &[&query], false);
    assert_eq!(site.plan(), [format!(r#"lines.core.ingress + "igmp from querier" = "{DIRECTOR}: 0.0.0.0/32""#)]);
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["AuthorizeSecurityGroupIngress"]);

    let join = site.rule("agents", "egress 2 all 239.29.9.67/32");
    site.ec2.modify(site.id("agents"), &join, json!({ "CidrIpv4": "239.0.0.0/8" }));
    assert_eq!(
        site.plan(),
        [format!(
            r#"lines.agents.egress ~ "igmp to 239.29.9.67" = "{DIRECTOR}, {CRM}: sgr-… was changed by hand to egress protocol 2 to 239.0.0.0/8" -> "{DIRECTOR}, {CRM}: 239.29.9.67/32""#
        )]
    );
    site.forget();
    site.settle();
    assert_eq!(site.writes(), ["ModifySecurityGroupRules"]);
    assert_eq!([site.live("agents"), site.live("core")], before);

    // A rule of somebody else's for the same protocol is foreign like any other.
    site.ec2.authorize(site.id("core"), json!({ "protocol": "2", "cidr": "10.0.0.0/8", "description": "lab" }));
    let changes = site.plan();
    assert_eq!(
        below(&changes, "foreign_rules"),
        [r#"core + "ingress protocol 2 from 10.0.0.0/8" = "left alone: sgr-…, \"lab\"""#],
        "{changes:#?}"
    );
    site.settle();
}

#[test]
fn back_to_reporting_closes_it_all() {
    let site = cast();
    let tcp: Vec<String> = site.open("core").into_iter().filter(|line| line.contains(" tcp ")).collect();
    site.rollout(CAST, "");
    let changes = site.plan();
    let lines = below(&changes, "lines");
    assert!(lines.len() == 11 && lines.iter().all(|line| line.contains(" - \"")), "{lines:#?}");
    let notes = below(&changes, "unexpanded");
    let lost = "services on other hosts do not find the Application Management Director";
    assert!(
        notes.contains(
            &format!(r#"+ "application_management_director.29075" = "multicast: a cloud network carries none, but for a transit gateway of AWS; {lost}""#)
                .as_str()
        ),
        "{notes:#?}"
    );
    site.forget();
    site.settle();
    assert!(site.writes().iter().all(|call| call.starts_with("Revoke")), "{:?}", site.writes());
    assert_eq!(site.open("core"), tcp);
    assert_eq!(site.open("crm"), [""; 0]);
    site.rollout(CAST, &policy(""));
    site.settle();
    assert_eq!(open(&site, "core").len(), 6);
}

#[test]
fn another_group_moves_in_place() {
    let site = cast();
    site.rollout(CAST, &policy(r#"multicast_groups = { "crm_connector.29027" = "239.29.9.70" }"#));
    let changes = site.plan();
    let moved = "crm_connector.29027 (plain, multicast, row 1, group 239.29.9.70 by site)";
    assert_eq!(
        below(&changes, "lines.crm"),
        [
            format!(r#"egress - "udp 29027 to 239.29.9.67" = "{CRM}: 239.29.9.67/32" -> null"#),
            format!(r#"egress + "udp 29027 to 239.29.9.70" = "{moved}: 239.29.9.70/32""#),
        ]
    );
    assert!(
        below(&changes, "lines.agents").contains(&format!(r#"egress + "igmp to 239.29.9.70" = "{moved}: 239.29.9.70/32""#).as_str()),
        "{changes:#?}"
    );
    site.forget();
    site.settle();
    assert_eq!(open(&site, "crm"), ["egress udp 29027 239.29.9.70/32"]);
    assert!(!site.writes().iter().any(|call| call.starts_with("Revoke")), "{:?}", site.writes());
}

#[test]
fn what_cannot_be_is_said_at_plan() {
    let site = Site::bare(&["agents", "core", "crm"]);
    let nameless = CAST.replace(r#", cidr_ipv4 = ["10.3.0.5/32"], peer_by = "group""#, "");
    site.rollout(&nameless, &policy(""));
    let refused = "Placement `crm` sends `crm_connector.29027` by multicast, and its receivers have to let that in by IPv4 address: EC2 takes no security group as the source of such a rule. Give the addresses of these hosts in `cidr_ipv4`; with `peer_by = \"group\"` every other rule goes on naming the group.";
    site.workspace.validate_fails().says("Multicast sender without addresses").says(refused);
    site.workspace.plan_fails().says(refused);
    for (groups, said) in [
        (
            r#""crm_connector.29072" = "239.1.2.3""#,
            "`crm_connector.29072` is not a flow of the port matrix. Did you mean `crm_connector.29027`?",
        ),
        (r#""license_director.29073" = "239.1.2.3""#, "`license_director.29073` is not multicast, so it has no group."),
        (r#""crm_connector.29027" = "10.1.2.3""#, "`10.1.2.3` is not a multicast group; groups go from 224.0.0.0 to 239.255.255.255."),
    ] {
        site.rollout(CAST, &policy(&format!("multicast_groups = {{ {groups} }}")));
        site.workspace.plan_fails().says(said);
    }
    site.rollout(CAST, "policy {\n  multicast = \"tgw\"\n}");
    site.workspace.validate_fails().says("`tgw` is not a choice for `multicast`.");
    assert_eq!(site.ec2.count("AuthorizeSecurityGroupIngress"), 0);
}

#[test]
fn addresses_of_senders_may_be_known_after_apply() {
    let site = Site::bare(&["agents", "core"]);
    let placements = r#"
        agents = { components = ["desktop"], security_group_id = "<agents>" }
        core = {
          components        = ["application_management_director"]
          security_group_id = "<core>"
          cidr_ipv4         = terraform_data.subnet.output
          peer_by           = "group"
        }"#;
    let write = |block: &str| {
        let subnet = format!("resource \"terraform_data\" \"subnet\" {{\n  input = [{block}]\n}}\n");
        site.write(&(subnet + &super::rollout("rollout", "emc-prod", placements, "  policy {\n    multicast = \"transit_gateway\"\n  }")));
    };
    write("\"10.1.0.0/24\"");
    let changes = site.plan();
    let lines = below(&changes, "lines");
    assert!(lines.contains(&r#"agents.ingress + "udp 29075 from core by multicast" = (known after apply)"#), "{lines:#?}");
    assert!(lines.contains(&format!(r#"core.egress + "udp 29075 to 239.29.9.67" = "{DIRECTOR}: 239.29.9.67/32""#).as_str()), "{lines:#?}");
    site.settle();
    assert_eq!(
        open(&site, "agents"),
        ["ingress 2 all 0.0.0.0/32", "ingress udp 29075 10.1.0.0/24", "egress 2 all 224.0.0.2/32", "egress 2 all 239.29.9.67/32"]
    );
    let before = site.live("agents");
    write("\"fd00:1::/64\"");
    site.workspace.apply_fails().says("`fd00:1::/64`");
    assert_eq!(site.live("agents"), before);
    write("");
    site.workspace.apply_fails().says("Multicast sender without addresses");
    assert_eq!(site.live("agents"), before, "what cannot be named closes nothing");
    write("\"10.1.0.0/24\"");
    site.forget();
    site.settle();
    assert_eq!((site.live("agents"), site.writes().len()), (before, 0), "nor is anything forgotten");
}

#[test]
fn a_director_on_premises_reaches_nobody_in_the_cloud() {
    let site = Site::bare(&["agents"]);
    let placements = r#"
        agents = { components = ["desktop"], security_group_id = "<agents>" }
        center = { components = ["application_management_director"], cidr_ipv4 = ["10.90.1.0/24"] }"#;
    site.rollout(placements, "  policy {\n    multicast = \"transit_gateway\"\n  }");
    site.settle();
    assert_eq!(
        site.state()["unexpanded"]["application_management_director.29075"],
        "multicast: center cannot send to 239.29.9.67, a transit gateway reaches no host outside of the cloud; services on other hosts do not find the Application Management Director"
    );
    assert_eq!(site.open("agents"), ["egress tcp 29074 10.90.1.0/24"]);
}

#[test]
fn an_import_knows_multicast_and_the_data_source_shows_the_same() {
    let site = cast();
    let digest = site.state()["digest"].clone();
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    let policy = |equals: &str| format!("policy {equals} {{\n  multicast = \"transit_gateway\"\n  include = [\"crm_connector.29027\"]\n}}");
    site.write(&format!(
        "locals {{\n  placements = {{{CAST}}}\n}}\nimport {{\n  to = {ROLLOUT}\n  id = jsonencode({{\n name = \"emc-prod\"\n placements = local.placements\n {}\n}})\n}}\n\
         resource \"emc_aws_security_group_rules\" \"rollout\" {{\n  name = \"emc-prod\"\n  placements = local.placements\n{}\n}}\n\
         data \"emc_rules\" \"site\" {{\n  placements = {{ for name, place in local.placements : name => {{ components = place.components }} }}\n  manage = [\"agents\", \"core\", \"crm\"]\n{}\n}}\n",
        policy("="),
        policy(""),
        policy("")
    ));
    site.workspace.plan().says("Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.");
    site.settle();
    let rules = site.workspace.values("data.emc_rules.site");
    assert_eq!(rules["digest"], digest, "the same openings, whatever names the ends");
    let rule = |key: &str| rules["rules"][key].clone();
    assert_eq!(
        rule("agents ingress udp 29027 from crm by multicast"),
        json!({
            "local": "agents", "direction": "ingress", "protocol": "udp", "from_port": 29027, "to_port": 29027, "peer": "crm", "multicast": true,
            "flows": ["crm_connector.29027"], "rows": [1], "description": CRM
        })
    );
    let far = |key: &str| [rule(key)["protocol"].clone(), rule(key)["from_port"].clone(), rule(key)["peer"].clone()];
    assert_eq!(far("core egress udp 29075 to 239.29.9.67"), [json!("udp"), json!(29075), json!("239.29.9.67")]);
    assert_eq!(far("core egress igmp to 239.29.9.67"), [json!("igmp"), json!(null), json!("239.29.9.67")]);
    assert_eq!(far("core egress igmp to all routers"), [json!("igmp"), json!(null), json!("all routers")]);
    assert_eq!(far("core ingress igmp from querier"), [json!("igmp"), json!(null), json!("querier")]);
    assert_eq!(rule("core ingress tcp 29074 from agents")["multicast"], false);
}
