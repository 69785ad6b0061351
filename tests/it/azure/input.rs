//! What is refused before anything is asked of Azure.

use serde_json::json;

use super::Site;

#[test]
fn bad_places_are_refused_on_their_attribute() {
    let site = Site::new(&["core"]);
    let cases = [
        (r#"a = { components = ["desktop"], network_security_group_id = "<core>" }"#, "Placement without a place"),
        (
            r#"a = { components = ["desktop"], network_security_group_id = "nsg-core", address_prefixes = ["10.0.0.0/16"] }"#,
            "Invalid network security group id",
        ),
        (
            r#"a = { components = ["desktop"], application_security_group_ids = ["<core>"], network_security_group_id = "<core>" }"#,
            "Invalid application security group id",
        ),
        (
            r#"a = { components = ["desktop"], network_security_group_id = "<core>", address_prefixes = ["10.0.0.5/8"] }"#,
            "Invalid address block",
        ),
        (
            r#"a = { components = ["desktop"], network_security_group_id = "<core>", address_prefixes = ["0.0.0.0/0"] }"#,
            "Address block too wide",
        ),
        (
            r#"a = { components = ["desktop"], network_security_group_id = "<core>", address_prefixes = ["8.8.8.0/24"] }"#,
            "Public address block",
        ),
        (
            r#"a = { components = ["desktop"], network_security_group_id = "<core>", address_prefixes = ["VirtualNetwork"] }"#,
            "`VirtualNetwork` is not an address block. Service tags and `*` cannot be used here. Write addresses, or allow the tag by a rule of your own with a priority before `priority_range` of the resource.",
        ),
        (
            r#"a = { components = ["desktop"], network_security_group_id = "<core>", address_prefixes = ["*"] }"#,
            "`*` is not an address block. Service tags",
        ),
        (r#"a = { components = ["desktop"], address_prefixes = ["10.1.0.0/16"] }"#, "No network security group"),
        (
            r#"a = { components = ["desktopp"], network_security_group_id = "<core>", address_prefixes = ["10.1.0.0/16"] }"#,
            "Did you mean `desktop`?",
        ),
    ];
    for (placement, told) in cases {
        site.rollout(placement, "");
        site.workspace.validate_fails().says(told);
    }
    assert_eq!(site.arm.actions(), Vec::<String>::new(), "nothing was asked of Azure");
}

#[test]
fn contradictory_arguments_are_refused() {
    let site = Site::new(&["core"]);
    let placement =
        r#"a = { components = ["desktop", "configuration"], network_security_group_id = "<core>", address_prefixes = ["10.1.0.0/16"] }"#;
    let cases = [
        ("  priority_range = \"50-99\"", "is not a range of priorities"),
        ("  priority_range = \"3000-1000\"", "`3000-1000` is not a range of priorities: it is reversed; write `1000-3000`."),
        ("  manage = []", "`manage` names no placement, so no group would be written."),
        ("  allow_within_placement = true", "Contradictory arguments"),
        ("  write_mode = \"rule\"\n  flush_connections = true", "Contradictory arguments"),
        ("  policy {\n    multicast = \"transit_gateway\"\n  }", "No multicast on Azure"),
    ];
    for (more, told) in cases {
        site.rollout(placement, more);
        site.workspace.validate_fails().says(told);
    }
}

#[test]
fn what_stands_in_the_way_is_told_at_plan_with_a_range_that_is_free() {
    let site = Site::new(&["db"]);
    site.arm.put_rule("db", "web", json!({ "priority": 1000, "sourceAddressPrefix": "10.99.0.0/16", "destinationPortRange": "443" }));
    let placements = r#"
    agents = { components = ["desktop"], address_prefixes = ["10.20.0.0/16"] }
    db     = { components = ["sql_server"], network_security_group_id = "<db>", address_prefixes = ["10.1.2.0/24"] }
"#;
    site.rollout(placements, "");
    site.workspace.plan_fails().says("Clash with existing rules").says("which `web` has").says("priority_range = \"");
    site.rollout(placements, "  priority_range = \"2000-2999\"");
    site.settle();

    // Denying what is not listed would void what somebody else allows behind.
    site.arm.put_rule("db", "late", json!({ "priority": 3500, "sourceAddressPrefix": "10.98.0.0/16", "destinationPortRange": "8443" }));
    site.rollout(placements, "  priority_range = \"2000-2999\"\n  deny_unlisted = true");
    site.workspace.plan_fails().says("`late`").says("accept_void = true");
    site.rollout(placements, "  priority_range = \"2000-2999\"\n  deny_unlisted = true\n  accept_void = true");
    site.settle();
}

#[test]
fn application_security_groups_of_two_networks_are_told_at_plan() {
    let site = Site::new(&["core", "db"]);
    let placements = r#"
    core = { components = ["ids_multimedia"], network_security_group_id = "<core>", application_security_group_ids = ["<asg-core>"] }
    db   = { components = ["sql_server"], network_security_group_id = "<db>", application_security_group_ids = ["<asg-db>"] }
"#;
    let attach = |group: &str, network: &str| {
        let subnet = format!(
            "/subscriptions/{}/resourceGroups/rollout/providers/Microsoft.Network/virtualNetworks/{network}/subnets/s",
            site.arm.subscription()
        );
        site.arm.edit_group(group, json!({ "subnets": [subnet] }));
        site.arm.by_hand("join", json!({ "asg": group, "network": network }));
    };
    attach("core", "servers");
    attach("db", "data");
    site.rollout(placements, "");
    site.workspace
        .plan_fails()
        .says("Application security groups of two virtual networks")
        .says("Hosts of placement `core` are in `servers` and those of `db` in `data`")
        .says("Give one of the two `address_prefixes` instead of `application_security_group_ids`.");
    let by_address = placements.replace(r#"application_security_group_ids = ["<asg-db>"]"#, r#"address_prefixes = ["10.1.2.0/24"]"#);
    site.rollout(&by_address, "");
    site.settle();

    // What nothing shows before is Azure's to refuse: attached to an interface as well, a group does not say where its hosts are.
    site.arm.edit_group("db", json!({ "interfaces": ["/subscriptions/x/networkInterfaces/one"] }));
    site.rollout(placements, "");
    site.workspace.plan();
    site.workspace.apply_fails().says("must be from the same virtual network");
}

#[test]
fn a_group_that_cannot_hold_it_is_told_at_plan() {
    let site = Site::new(&["db"]);
    let blocks: Vec<String> = (0..4100).map(|number| format!("\"10.{}.{}.0/24\"", 100 + number / 250, number % 250)).collect();
    let placements = format!(
        "\n    agents = {{ components = [\"desktop\"], address_prefixes = [{}] }}\n    db = {{ components = [\"sql_server\"], network_security_group_id = \"<db>\", address_prefixes = [\"10.1.2.0/24\"] }}\n",
        blocks.join(", ")
    );
    site.rollout(&placements, "");
    site.workspace.plan_fails().says("Too much for a network security group").says("4100; a network security group holds 4000 at most");
    assert_eq!(site.live("db"), Vec::<String>::new());
}
