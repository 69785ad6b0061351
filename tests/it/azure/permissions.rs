//! The roles that the documentation gives, enforced by the Azure of the tests: they suffice, nothing in them is idle, and whoever lacks
//! one action is told which.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use super::{ROLLOUT, SMALL, Site};
use crate::support::root;

pub(crate) const JOIN: &str = "Microsoft.Network/applicationSecurityGroups/joinNetworkSecurityRule/action";
pub(crate) const READ: &str = "Microsoft.Network/networkSecurityGroups/read";
pub(crate) const WRITE: &str = "Microsoft.Network/networkSecurityGroups/write";
pub(crate) const READ_RULES: &str = "Microsoft.Network/networkSecurityGroups/securityRules/read";
pub(crate) const WRITE_RULE: &str = "Microsoft.Network/networkSecurityGroups/securityRules/write";
pub(crate) const DELETE_RULE: &str = "Microsoft.Network/networkSecurityGroups/securityRules/delete";

const BY_RULE: &str = "  write_mode = \"rule\"\n";

pub(crate) type Actions = BTreeSet<String>;

/// The roles of the guide, in their order: to plan, to apply, to apply rule by rule.
pub(crate) fn roles() -> [Actions; 3] {
    let page = fs::read_to_string(root().join("docs/guides/permissions-azure.md")).unwrap();
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let actions = blocks.map(|block| {
        let role: Value = serde_json::from_str(block).unwrap_or_else(|error| panic!("{error}: {block}"));
        let named = role["Actions"].as_array().unwrap().iter().map(|action| action.as_str().unwrap().to_owned());
        named.collect()
    });
    let roles: Vec<Actions> = actions.collect();
    roles.try_into().expect("the guide has three roles")
}

/// The same site for an identity that has these actions where the guide says that they are enough: those of network security groups on
/// the groups of the site, the one of application security groups on those.
pub(crate) fn act_as(mut site: Site, actions: &Actions) -> Site {
    let (join, others): (Vec<&String>, Vec<&String>) = actions.iter().partition(|action| action.as_str() == JOIN);
    let assigned =
        |actions: &[&String], places: [&str; 2]| places.map(|place| json!({ "actions": actions, "scope": site.with_ids(place) })).to_vec();
    let permissions = [assigned(&join, ["<asg-core>", "<asg-db>"]), assigned(&others, ["<core>", "<db>"])].concat();
    for (name, value) in site.arm.principal(json!(permissions)) {
        site.workspace = site.workspace.with_env(&name, &value);
    }
    site
}

/// The actions of what was asked of the groups and done, since the site was made or reset.
fn used(site: &Site) -> Actions {
    let mut used = Actions::new();
    for call in site.arm.log().iter().filter(|call| call["status"] != 403) {
        let action = match call["action"].as_str().unwrap() {
            "GET group" => READ,
            "GET rules" => READ_RULES,
            "PUT group" => WRITE,
            "PUT rule" => WRITE_RULE,
            "DELETE rule" => DELETE_RULE,
            "GET metadata" | "POST token" | "GET operation" => continue,
            other => panic!("{other} is new: which action does it need?"),
        };
        used.insert(action.to_owned());
        if call["body"].to_string().contains("ApplicationSecurityGroups") {
            used.insert(JOIN.to_owned());
        }
    }
    used
}

/// What happens to a rollout in its life; each time something is to be done.
fn life(site: &Site, arguments: &str) {
    let narrower = SMALL.replace("10.20.0.0/16", "10.21.0.0/16");
    site.rollout(SMALL, arguments);
    site.settle();
    site.arm.delete_rule("db", "emc-emc.db.in.tcp-1433.from.agents");
    site.settle();
    site.rollout(&narrower, arguments);
    site.settle();
    site.arm.put_rule("db", "by-hand", json!({ "priority": 150, "sourceAddressPrefix": "10.99.0.0/16", "destinationPortRange": "3389" }));
    site.settle();
    site.rollout(&narrower, &format!("{arguments}  on_foreign = \"remove\"\n"));
    site.settle();
    assert!(!site.live("db").iter().any(|line| line.contains("by-hand")), "{:#?}", site.live("db"));
    site.rollout(&narrower.replace(r#""configuration", "#, ""), arguments);
    site.settle();
    site.workspace.destroy();
    assert_eq!((site.live("core"), site.live("db")), (Vec::new(), Vec::new()));
}

#[test]
fn each_role_suffices_for_a_whole_life_and_nothing_in_it_is_idle() {
    let [_, at_once, by_rule] = roles();
    for (role, arguments) in [(at_once, ""), (by_rule, BY_RULE)] {
        let site = act_as(Site::new(&["core", "db"]), &role);
        life(&site, arguments);
        assert_eq!(used(&site), role, "what was done, and what the role allows");
    }
}

#[test]
fn whoever_lacks_an_action_is_told_which() {
    let [_, at_once, by_rule] = roles();
    for (role, arguments) in [(at_once, ""), (by_rule, BY_RULE)] {
        for action in &role {
            let mut less = role.clone();
            less.remove(action);
            let site = act_as(Site::new(&["core", "db"]), &less);
            site.rollout(SMALL, arguments);
            if action == DELETE_RULE {
                site.settle();
                site.rollout(&SMALL.replace(r#""configuration", "#, ""), arguments);
            }
            // Rules alone are looked at where the group may not be; who may do neither is told of the usual action.
            let told = if action == READ_RULES { READ } else { action };
            let failed = site.workspace.apply_fails();
            failed.says(&format!("`{told}`"));
            // And with it, all is well.
            let site = act_as(site, &role);
            site.workspace.run(&["untaint", "-no-color", ROLLOUT]);
            site.settle();
        }
    }
}

#[test]
fn planning_needs_the_smallest_role_only() {
    let [reading, at_once, _] = roles();
    assert!(reading.is_subset(&at_once));
    let site = act_as(Site::small(), &reading);
    site.arm.delete_rule("db", "emc-emc.db.in.tcp-1433.from.agents");
    site.arm.reset();
    let plan = site.plan();
    assert_eq!(plan.len(), 1, "{plan:#?}");
    site.workspace.run(&["apply", "-refresh-only", "-auto-approve", "-no-color", "-input=false"]).ok().blames_nobody();
    assert_eq!(used(&site), reading, "what was done, and what the role allows");
    site.workspace.apply_fails().says(&format!("`{WRITE}`")).says("`write_mode = \"rule\"`");
    act_as(site, &at_once).settle();
}
