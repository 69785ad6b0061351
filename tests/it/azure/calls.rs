//! How often Azure is asked, by what: a group is one write and two looks, whatever the number of rules; a rule is one write.

use std::collections::BTreeMap;

use serde_json::json;

use super::Site;

/// So many agents, each with a rule of its own at `db`.
fn rollout(site: &Site, agents: usize, arguments: &str) {
    let text = format!(
        r#"
resource "emc_azure_network_security_rules" "rollout" {{
  name       = "emc"
  placements = merge(
    {{ for number in range({agents}) : "agents-${{number}}" => {{ components = ["desktop"], address_prefixes = ["10.${{20 + floor(number / 250)}}.${{number % 250}}.0/24"] }} }},
    {{ db = {{ components = ["sql_server"], network_security_group_id = "<db>", address_prefixes = ["10.1.2.0/24"] }} }},
  )
{arguments}}}
"#
    );
    site.workspace.write("main.tf", &site.with_ids(&text));
}

/// What was asked of Resource Manager since the site was made or reset, in its order; several polls in a row are one.
fn asked(site: &Site) -> Vec<String> {
    let is_manager = |action: &String| !["GET metadata", "POST token"].contains(&action.as_str());
    let mut actions: Vec<String> = site.arm.actions().into_iter().filter(is_manager).collect();
    assert!(site.arm.log().iter().all(|call| call["status"].as_u64().is_some_and(|status| status < 300)), "{:#?}", site.arm.log());
    actions.dedup_by(|one, other| one == other && *one == "GET operation");
    actions
}

#[test]
fn a_group_is_one_write_whatever_the_number_of_rules() {
    for rules in [1, 40, 400] {
        let site = Site::new(&["db"]);
        rollout(&site, rules, "");
        site.workspace.plan();
        assert_eq!(asked(&site), ["GET group"], "the plan of a create of {rules} rules looks for what stands in the way");

        site.arm.reset();
        site.workspace.apply_plan();
        assert_eq!(site.live("db").len(), rules);
        // The CLI has a create planned once more while it applies; then come 4 or 5 requests.
        assert_eq!(asked(&site), ["GET group", "GET group", "PUT group", "GET operation", "GET group"], "a create of {rules} rules");
        let calls = site.arm.calls();
        assert!((1..=2).contains(&calls["GET operation"]), "{calls:?}");

        site.arm.reset();
        site.workspace.plan_is_empty();
        assert_eq!(asked(&site), ["GET group"], "a refresh and a plan of {rules} rules");

        site.arm.reset();
        site.workspace.run(&["apply", "-refresh-only", "-auto-approve", "-no-color", "-input=false"]).ok().blames_nobody();
        assert_eq!(asked(&site), ["GET group"], "a refresh of {rules} rules");

        site.workspace.plan_with(&["-destroy"]).ok();
        site.arm.reset();
        site.workspace.apply_plan();
        assert_eq!(site.live("db"), [""; 0]);
        assert_eq!(asked(&site), ["GET group", "PUT group", "GET operation", "GET group"], "a destroy of {rules} rules");
    }
}

#[test]
fn a_second_apply_asks_once_and_writes_nothing() {
    let site = Site::small();
    site.arm.reset();
    site.workspace.apply();
    assert_eq!(asked(&site), ["GET group", "GET group"], "one look for each of the two groups");
}

#[test]
fn rule_by_rule_each_changed_rule_is_one_write() {
    let site = Site::new(&["db"]);
    let by_rule = "  write_mode = \"rule\"\n";
    let apply = |agents: usize, arguments: &str| -> BTreeMap<String, u64> {
        rollout(&site, agents, &format!("{by_rule}{arguments}"));
        site.workspace.plan();
        site.arm.reset();
        site.workspace.apply_plan();
        let mut calls = site.arm.calls();
        let polls = calls.remove("GET operation").unwrap_or_default();
        calls.retain(|action, _| !["GET metadata", "POST token"].contains(&action.as_str()));
        let writes = calls.iter().filter(|(action, _)| !action.starts_with("GET")).map(|(_, count)| count).sum::<u64>();
        assert!((writes..=2 * writes).contains(&polls), "{polls} polls of {writes} writes");
        calls
    };
    let calls =
        |counts: &[(&str, u64)]| -> BTreeMap<String, u64> { counts.iter().map(|(action, count)| ((*action).to_owned(), *count)).collect() };
    assert_eq!(apply(6, ""), calls(&[("GET group", 3), ("PUT rule", 6)]), "a create, which is planned once more");
    assert_eq!(apply(7, ""), calls(&[("GET group", 2), ("PUT rule", 1)]), "one more");
    let reason = "  policy {\n    reasons = { \"sql_server.1433\" = \"CHG1\" }\n  }\n";
    assert_eq!(apply(7, reason), calls(&[("GET group", 2), ("PUT rule", 7)]), "all of them said otherwise");
    assert_eq!(apply(5, reason), calls(&[("DELETE rule", 2), ("GET group", 2)]), "two less");
    site.arm.reset();
    site.workspace.plan_is_empty();
    assert_eq!(asked(&site), ["GET group"]);
    site.workspace.plan_with(&["-destroy"]).ok();
    site.arm.reset();
    site.workspace.apply_plan();
    assert_eq!((site.arm.count("DELETE rule"), site.arm.count("GET group"), site.arm.count("PUT rule")), (5, 2, 0));
}

#[test]
fn resources_that_write_one_group_at_once_take_turns() {
    let site = Site::new(&["db"]);
    let write = |blocks: usize| {
        let one = |number: usize| {
            let blocks: Vec<String> = (0..=blocks).map(|block| format!("\"10.{}.{block}.0/24\"", 20 + number)).collect();
            format!(
                "resource \"emc_azure_network_security_rules\" \"r{number}\" {{\n  name = \"emc-{number}\"\n  priority_range = \"{}00-{}99\"\n  placements = {{\n    agents = {{ components = [\"desktop\"], address_prefixes = [{}] }}\n    db = {{ components = [\"sql_server\"], network_security_group_id = \"<db>\", address_prefixes = [\"10.1.2.0/24\"] }}\n  }}\n}}\n",
                10 + number,
                10 + number,
                blocks.join(", ")
            )
        };
        site.workspace.write("main.tf", &site.with_ids(&(0..6).map(one).collect::<String>()));
    };
    // Every operation is slow, so that without turns one would supersede another.
    // A create is planned once more while it is applied.
    for (blocks, done, looks) in [(0, "Resources: 6 added", 3), (1, "0 added, 6 changed", 2)] {
        write(blocks);
        site.workspace.plan();
        site.arm.reset();
        site.arm.fault(json!({ "action": "PUT group", "kind": "slow", "seconds": 0.3, "times": 0 }));
        site.workspace.apply_plan().says(done);
        let calls = site.arm.calls();
        assert_eq!((calls["PUT group"], calls["GET group"]), (6, 6 * looks), "nobody was in anybody's way");
        assert_eq!(site.live("db").len(), 6);
        asked(&site);
        site.workspace.plan_is_empty();
    }
    site.workspace.destroy();
    assert_eq!(site.live("db"), [""; 0]);
}
