//! What is refused before anything is asked of Azure.

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
        ("  priority_range = \"50-99\"", "is no range of priorities"),
        ("  allow_within_placement = true", "Contradictory arguments"),
        ("  write_mode = \"rule\"\n  flush_connections = true", "Contradictory arguments"),
        ("  policy {\n    multicast = \"transit_gateway\"\n  }", "No multicast on Azure"),
    ];
    for (more, told) in cases {
        site.rollout(placement, more);
        site.workspace.validate_fails().says(told);
    }
}
