//! What EC2 refuses: the text says what, where and what to do, and the state holds what is live.

use serde_json::json;

use super::{ROLLOUT, SMALL, Site, below};

/// Two groups of which one is only written with egress rules and the other only with ingress rules.
pub(super) const TWO: &str = r#"
    agents = { components = ["desktop"], security_group_id = "<desks>" }
    core   = { components = ["configuration"], security_group_id = "<core>" }
"#;

pub(super) fn two() -> Site {
    let site = Site::bare(&["core", "desks"]);
    site.rollout(TWO, "");
    site
}

pub(super) const CORE: [&str; 2] = ["ingress tcp 29091 <desks>", "ingress tcp 39091 <desks>"];
pub(super) const DESKS: [&str; 2] = ["egress tcp 29091 <core>", "egress tcp 39091 <core>"];

fn deny(site: &Site, action: &str) {
    site.ec2.fault(json!({
        "action": action, "kind": "error", "times": 0, "status": 403, "code": "UnauthorizedOperation",
        "message": "You are not authorized to perform this operation.",
    }));
}

#[test]
fn throttling_is_waited_out() {
    let site = two();
    site.ec2.fault(json!({ "action": "AuthorizeSecurityGroupIngress", "kind": "throttle", "times": 2 }));
    site.settle();
    assert_eq!(site.ec2.count("AuthorizeSecurityGroupIngress"), 3);
    assert_eq!((site.open("core"), site.open("desks")), (CORE.map(str::to_owned).to_vec(), DESKS.map(str::to_owned).to_vec()));
}

/// Makes half of a create: the ingress rules of one group.
fn half_created() -> Site {
    let site = two();
    deny(&site, "AuthorizeSecurityGroupEgress");
    site.workspace
        .apply_fails()
        .says("Security group rules are not complete")
        .says(&format!(
            "AuthorizeSecurityGroupEgress for {} in eu-central-1: EC2 answered `UnauthorizedOperation`: You are not authorized to perform this operation. (placements: agents).",
            site.id("desks")
        ))
        .says("Allow the IAM action `ec2:AuthorizeSecurityGroupEgress` on these groups, and `ec2:CreateTags` for the rules that this action creates.")
        .says("terraform untaint");
    let state = site.state();
    assert_eq!(
        state["lines"],
        json!({
            "agents": { "egress": {}, "ingress": {} },
            "core": { "egress": {}, "ingress": {
                "tcp 29091 from agents": "configuration.29091 (plain, row 4): group of agents",
                "tcp 39091 from agents": "configuration.39091 (secure, row 5): group of agents",
            } },
        })
    );
    assert_eq!(site.open("core"), CORE);
    site.forget();
    site
}

#[test]
fn a_half_done_create_goes_on_after_untaint_without_closing_anything() {
    let site = half_created();
    site.workspace.run(&["untaint", "-no-color", ROLLOUT]).ok();
    let plan = site.workspace.plan();
    plan.says("Plan: 0 to add, 1 to change, 0 to destroy.");
    assert_eq!(
        site.changes(&plan),
        [
            r#"lines.agents.egress + "tcp 29091 to core" = "configuration.29091 (plain, row 4): group of core""#,
            r#"lines.agents.egress + "tcp 39091 to core" = "configuration.39091 (secure, row 5): group of core""#,
        ]
    );
    site.settle();
    assert_eq!(site.writes(), ["AuthorizeSecurityGroupEgress"]);
    assert_eq!(site.open("core"), CORE);
    assert_eq!(site.open("desks"), DESKS);
}

#[test]
fn a_half_done_create_converges_without_untaint_too() {
    let site = half_created();
    site.workspace.plan().says("is tainted, so must be replaced").says("Plan: 1 to add, 0 to change, 1 to destroy.");
    site.settle();
    assert_eq!(site.open("core"), CORE);
    assert_eq!(site.open("desks"), DESKS);
}

#[test]
fn a_create_that_could_do_nothing_leaves_no_state() {
    let site = two();
    deny(&site, "AuthorizeSecurityGroupEgress");
    deny(&site, "AuthorizeSecurityGroupIngress");
    site.workspace.apply_fails().never_says("untaint");
    assert!(site.state().is_null());
    site.forget();
    site.settle();
}

#[test]
fn a_failed_update_keeps_what_is_live_and_the_next_plan_shows_the_rest() {
    let site = two();
    site.settle();
    site.rollout(&TWO.replace(r#"["configuration"]"#, r#"["configuration", "xml_server"]"#), "");
    deny(&site, "AuthorizeSecurityGroupEgress");
    site.workspace.apply_fails().says("EC2 answered `UnauthorizedOperation`").never_says("untaint");
    site.forget();
    let changes = site.plan();
    assert_eq!(
        changes,
        [
            r#"lines.agents.egress + "tcp 29069 to core" = "xml_server.29069 (plain, management, row 34): group of core""#,
            r#"lines.agents.egress + "tcp 29096 to core" = "xml_server.29096 (plain, row 32): group of core""#,
            r#"lines.agents.egress + "tcp 39096 to core" = "xml_server.39096 (secure, row 33): group of core""#,
        ]
    );
    site.settle();
    assert_eq!((site.live("core").len(), site.live("desks").len()), (5, 5));
}

#[test]
fn rules_that_could_not_be_closed_show_again() {
    let site = Site::small();
    site.rollout(SMALL, "policy {\n  transport = \"prefer_secure\"\n}");
    deny(&site, "RevokeSecurityGroupIngress");
    site.workspace.apply_fails().says("Allow the IAM action `ec2:RevokeSecurityGroupIngress` on these groups.");
    site.forget();
    let changes = site.plan();
    assert_eq!(
        below(&changes, "lines.core.ingress"),
        [
            r#"- "tcp 29091 from 10.20.0.0/16" = "not asked for: sgr-…, \"configuration.29091 row 4 from agents\"" -> null"#,
            r#"- "tcp 29096 from 10.20.0.0/16" = "not asked for: sgr-…, \"xml_server.29096 row 32 from agents\"" -> null"#,
        ]
    );
    site.settle();
    assert_eq!(site.open("core"), ["ingress tcp 29069 10.20.0.0/16", "ingress tcp 39091 10.20.0.0/16", "ingress tcp 39096 10.20.0.0/16"]);
}

#[test]
fn a_failed_destroy_keeps_the_resource_and_can_be_repeated() {
    let site = two();
    site.settle();
    deny(&site, "RevokeSecurityGroupEgress");
    site.workspace.destroy_fails().says("Allow the IAM action `ec2:RevokeSecurityGroupEgress` on these groups.");
    assert_eq!((site.live("core").len(), site.live("desks").len()), (0, 2));
    assert_eq!(site.state()["lines"]["agents"]["egress"].as_object().unwrap().len(), 2);
    site.forget();
    site.workspace.destroy();
    assert_eq!(site.live("desks").len(), 0);
}

#[test]
fn an_answer_lost_after_success_doubles_nothing() {
    for kind in ["after_error", "after_drop"] {
        let site = two();
        site.ec2.fault(json!({ "action": "AuthorizeSecurityGroupIngress", "kind": kind }));
        site.settle();
        assert_eq!(
            (site.open("core"), site.open("desks")),
            (CORE.map(str::to_owned).to_vec(), DESKS.map(str::to_owned).to_vec()),
            "{kind}"
        );
        site.ec2.fault(json!({ "action": "RevokeSecurityGroupIngress", "kind": kind }));
        site.workspace.destroy();
        assert_eq!((site.live("core").len(), site.live("desks").len()), (0, 0), "{kind}");
    }
}

#[test]
fn a_full_group_is_told_with_the_ways_out() {
    for (mode, live) in [("corrected", 0), ("partial", 3)] {
        let site = Site::small();
        site.workspace.destroy();
        site.ec2.mode(mode);
        site.ec2.quota(3);
        site.workspace
            .apply_fails()
            .says(&format!(
                "AuthorizeSecurityGroupIngress for {} in eu-central-1: EC2 answered `RulesPerSecurityGroupLimitExceeded`",
                site.id("core")
            ))
            .says("set `port_ranges = \"coalesce\"`")
            .says("L-0EA8095F")
            .says("terraform untaint");
        assert_eq!(site.live("core").len(), live, "{mode}");
        assert_eq!(site.state()["lines"]["core"]["ingress"].as_object().unwrap().len(), live, "{mode}");
        site.ec2.quota(60);
        site.workspace.run(&["untaint", "-no-color", ROLLOUT]).ok();
        site.forget();
        site.settle();
        assert_eq!(site.live("core").len(), 5, "{mode}");
        assert_eq!(site.writes(), ["AuthorizeSecurityGroupIngress"], "{mode}");
    }
}

#[test]
fn too_many_rules_are_told_at_plan() {
    let site = Site::bare(&["core"]);
    let cidrs: Vec<String> = (0..13).map(|number| format!("\"10.20.{number}.0/24\"")).collect();
    let placements = format!(
        r#"
        agents = {{ components = ["desktop"], cidr_ipv4 = [{}] }}
        core   = {{ components = ["configuration", "xml_server"], security_group_id = "<core>" }}"#,
        cidrs.join(", ")
    );
    site.rollout(&placements, "");
    site.workspace
        .plan_fails()
        .says("Too many rules for a security group")
        .says(&format!("{} of placement `core` would need 65 ipv4 ingress rules, and its quota is 60.", site.id("core")))
        .says("With `transport = \"prefer_secure\"` it would need 39.")
        .says("set `rules_per_group`");
    site.rollout(&placements, "rules_per_group = 100");
    site.ec2.quota(100);
    site.settle();
    assert_eq!(site.state()["rule_count"]["core"], "ipv4 ingress 65 of 100, egress 0 of 100");
}

#[test]
fn rules_that_have_no_room_beside_those_that_go_are_told_at_plan() {
    let site = Site::bare(&["core", "desks"]);
    let write = |place: &str| {
        let agents = format!("agents = {{ components = [\"desktop\"], {place} }}");
        let core = r#"core = { components = ["configuration", "xml_server"], security_group_id = "<core>" }"#;
        site.rollout(&format!("\n{agents}\n{core}\n"), "manage = [\"core\"]\n  rules_per_group = 7");
    };
    write("cidr_ipv6 = [\"fd00:20::/32\"]");
    site.ec2.quota(7);
    site.settle();
    write("security_group_id = \"<desks>\"");
    site.workspace
        .plan_fails()
        .says("Too many rules on the way")
        .says("new ones are created before old ones are revoked, and meanwhile it would need 10 ipv6 ingress rules, and its quota is 7. Change fewer placements at a time.");
}

#[test]
fn keys_that_aws_does_not_accept() {
    let site = Site::small();
    site.ec2.fault(json!({
        "action": "DescribeSecurityGroupRules", "kind": "error", "times": 0, "status": 401, "code": "AuthFailure",
        "message": "AWS was not able to validate the provided access credentials",
    }));
    site.workspace
        .plan_fails()
        .says("Security groups cannot be read")
        .says("in eu-central-1: EC2 answered `AuthFailure`: AWS was not able to validate the provided access credentials")
        .says("AWS does not accept these keys: check which profile or keys are used");
    site.forget();
    site.workspace.plan_is_empty();
}

#[test]
fn an_endpoint_that_nobody_listens_on() {
    let mut site = Site::small();
    let closed = "http://127.0.0.1:9";
    site.workspace = site.workspace.with_env("AWS_ENDPOINT_URL", closed);
    site.workspace
        .plan_fails()
        .says("Security groups cannot be read")
        .says(&format!("DescribeSecurityGroupRules for {}", [site.id("core"), site.id("db")].iter().min().unwrap()))
        .says("in eu-central-1: EC2 could not be reached")
        .says(&format!("Check that `{closed}` is the EC2 endpoint you mean and that it answers from here"));
    // Without any state the plan can say everything but what is in the groups.
    site.workspace.run(&["state", "rm", "-no-color", ROLLOUT]).ok();
    site.workspace
        .plan()
        .says("Warning: Security groups could not be looked at")
        .says("Quotas, clashes and foreign rules of these groups are not checked before applying.")
        .says("Plan: 1 to add, 0 to change, 0 to destroy.");
    site.workspace.apply_fails().says("EC2 could not be reached").never_says("untaint");
    assert!(site.state().is_null());
}

#[test]
fn a_replacement_that_creates_first_closes_nothing() {
    let site = Site::bare(&["core", "db"]);
    site.rollout(SMALL, "lifecycle {\n  create_before_destroy = true\n}");
    site.settle();
    let (core, rule) = (site.live("core"), site.rule("core", "ingress tcp 29091"));
    site.forget();
    site.workspace
        .run(&["apply", "-auto-approve", "-no-color", "-input=false", "-replace", ROLLOUT])
        .ok()
        .says("1 added, 0 changed, 1 destroyed");
    assert_eq!(site.writes(), ["CreateTags", "CreateTags"]);
    assert_eq!((site.live("core"), site.rule("core", "ingress tcp 29091")), (core, rule));
    site.workspace.plan_is_empty();
}

#[test]
fn an_operation_that_takes_too_long_ends_with_what_is_done() {
    let site = two();
    site.rollout(TWO, "timeouts {\n  create = \"1s\"\n}");
    site.ec2.fault(json!({ "action": "AuthorizeSecurityGroupEgress", "kind": "throttle", "times": 0 }));
    site.workspace
        .apply_fails()
        .says("Operation timed out")
        .says("The operation was given 1 seconds. What is done is in the state; apply again to go on, or raise `timeouts`.");
    assert_eq!(site.state()["lines"]["core"]["ingress"].as_object().unwrap().len(), 2);
    site.forget();
    site.rollout(TWO, "");
    site.settle();
}
