//! Whose a rule is.

use serde_json::json;

use super::*;

fn live(name: &str, description: Option<&str>) -> LiveRule {
    let group =
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/emc/providers/Microsoft.Network/networkSecurityGroups/core";
    let properties = json!({ "priority": 100, "direction": "Inbound", "access": "Allow", "description": description });
    LiveRule::from_raw(&group.parse().unwrap(), &json!({ "name": name, "properties": properties })).unwrap()
}

#[test]
fn the_description_says_whose_a_rule_is_and_the_name_where_that_is_silent() {
    let ours = Mark::new("core", "1");
    let name = "emc-core.agents.in.tcp-443.from.web";
    let owner = |name, description| format!("{:?}", live(name, description).owner(&ours));
    assert_eq!(owner(name, Some("web [emc core 1]")), "Ours");
    assert_eq!(owner("by-hand", Some("web [emc core 1]")), "Ours");
    assert_eq!(owner(name, Some("web [emc former 1]")), "Ours", "the resource was renamed");
    assert_eq!(owner(name, Some("web [emc core 2]")), "Lost");
    assert_eq!(owner(name, Some("cleared by hand")), "Lost");
    assert_eq!(owner(name, None), "Lost");
    assert_eq!(owner(name, Some("web [emc other 2]")), "Sibling(\"other\")");
    assert_eq!(owner("emc-other.agents.in.tcp-443.from.web", None), "Sibling(\"other\")");
    assert_eq!(owner("emc-other", None), "Foreign");
    assert_eq!(owner("allow-rdp", Some("web")), "Foreign");
}

#[test]
fn a_mark_without_an_instance_is_nobodys_of_us() {
    let nobody = Mark::new("core", "");
    assert_eq!(live("emc-core.agents.in.tcp-443.from.web", None).owner(&nobody), Owner::Lost);
    assert_eq!(live("a", Some("web [emc core 1]")).text(), "web");
    assert!(live("Ab", None).is_named(&"aB".parse().unwrap()));
}
