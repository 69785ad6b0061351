//! Where placements are: ids, address blocks, and how others name them.

use super::{PLACEMENTS, plan_refuses, refuses, resource, workspace};

#[test]
fn placements_that_cannot_be() {
    let workspace = workspace();
    let config = resource(
        r#"
  placements = {
    nowhere   = { components = ["desktop"] }
    empty     = { security_group_id = "sg-0123456789abcdef0" }
    void      = { components = [], cidr_ipv4 = [] }
    torn      = { components = ["xml_server"], security_group_id = "sg-0123456789abcdef0", cidr_ipv4 = ["10.1.0.0/16"] }
    nobody    = { components = ["xml_server"], security_group_id = "sg-0123456789abcdef0", peer_by = "addresses" }
    groupless = { components = ["xml_server"], cidr_ipv4 = ["10.1.0.0/16"], peer_by = "both" }
    unmanaged = { components = ["xml_server"], cidr_ipv4 = ["10.1.0.0/16"] }
    "Core DB" = { components = ["xml_server"], cidr_ipv4 = ["10.1.0.0/16"] }
    "-"       = { components = ["xml_server"], cidr_ipv4 = ["10.1.0.0/16"] }
    gone      = null
  }
  manage = ["unmanaged", "empty"]"#,
    );
    refuses(
        &workspace,
        &config,
        &[
            "nowhere   = { components = [\"desktop\"] } | Placement without a place | Placement `nowhere` has neither a security group nor addresses, so no rule can name it. Give `security_group_id`, `cidr_ipv4`, `cidr_ipv6` or `prefix_list_ids`; check their spelling too, for Terraform drops names that it does not know here.",
            "empty     = { security_group_id = \"sg-0123456789abcdef0\" } | Empty placement | Placement `empty` has no components and no `extra` flow names it. List what lives there in `components`, name it as `from` or `to` of an `extra` block, or remove it.",
            "void      = { components = [], cidr_ipv4 = [] } | Empty placement | Placement `void` has no components and no `extra` flow names it. List what lives there in `components`, name it as `from` or `to` of an `extra` block, or remove it.",
            "void      = { components = [], cidr_ipv4 = [] } | Placement without a place | Placement `void` has neither a security group nor addresses, so no rule can name it. Give `security_group_id`, `cidr_ipv4`, `cidr_ipv6` or `prefix_list_ids`; check their spelling too, for Terraform drops names that it does not know here.",
            "torn      = { components = [\"xml_server\"], security_group_id = \"sg-0123456789abcdef0\", cidr_ipv4 = [\"10.1.0.0/16\"] } | Ambiguous far end | Placement `torn` has a security group and addresses. Say by which one others name it as their far end: `peer_by = \"group\"` (its members), \"addresses\", or \"both\".",
            "nobody    = { components = [\"xml_server\"], security_group_id = \"sg-0123456789abcdef0\", peer_by = \"addresses\" } | Far end without a place | Placement `nobody` has `peer_by = \"addresses\"`, but no addresses. Give `cidr_ipv4`, `cidr_ipv6` or `prefix_list_ids`, or take `peer_by` out.",
            "groupless = { components = [\"xml_server\"], cidr_ipv4 = [\"10.1.0.0/16\"], peer_by = \"both\" } | Far end without a place | Placement `groupless` has `peer_by = \"both\"`, but no `security_group_id`. Take `peer_by` out, or give it the group; whether it has one must be known at plan.",
            "\"Core DB\" = { components = [\"xml_server\"], cidr_ipv4 = [\"10.1.0.0/16\"] } | Invalid placement name | `Core DB` cannot name a placement: write a lower-case letter, then up to 31 of a-z, 0-9, `_` and `-`.",
            "\"-\"       = { components = [\"xml_server\"], cidr_ipv4 = [\"10.1.0.0/16\"] } | Invalid placement name | `-` cannot name a placement: write a lower-case letter, then up to 31 of a-z, 0-9, `_` and `-`.",
            "manage = [\"unmanaged\", \"empty\"] | Nothing to manage | Placement `unmanaged` has no `security_group_id`, so there is nothing to manage. Give it one, or take it out of `manage`.",
        ],
    );
    let groupless = resource("  placements = {\n    agents = { components = [\"desktop\"], cidr_ipv4 = [\"10.20.0.0/16\"] }\n  }");
    refuses(
        &workspace,
        &groupless,
        &[
            "placements = { | No security group | No placement has a `security_group_id`, so no group would be written. Give it to the placements whose rules this resource should write; to only see rules, use the data source `emc_rules`.",
        ],
    );
    let none_managed = resource(&format!("{PLACEMENTS}\n  manage = []"));
    refuses(
        &workspace,
        &none_managed,
        &[
            "manage = [] | Nothing to manage | `manage` names no placement, so no group would be written. Name placements that have a `security_group_id`, or leave `manage` out for all of them.",
        ],
    );
}

#[test]
fn ids_and_addresses_that_cannot_be() {
    let workspace = workspace();
    let config = resource(
        r#"
  placements = {
    v4 = {
      components = ["desktop"]
      cidr_ipv4  = ["10.0.0.5/8", "300.1.1.1/8", "fd00::/64", "10.1.2.3", "010.0.0.0/16", "10.1.0.0/33", "office"]
    }
    v6 = {
      components = ["desktop"]
      cidr_ipv6  = ["::1/129", "FD00::/64", "10.0.0.0/16", "fd00::1"]
    }
    wide = {
      components = ["desktop"]
      cidr_ipv4  = ["0.0.0.0/0", "10.0.0.0/8", "8.8.8.0/24"]
      cidr_ipv6  = ["::/0", "fc00::/7", "2001:db8::/32"]
    }
    lists  = { components = ["desktop"], prefix_list_ids = ["pl-1", "office"] }
    core   = { components = ["configuration"], security_group_id = "sg-core" }
    abroad = { components = ["configuration"], security_group_id = "partner/sg-0123456789abcdef0" }
    unset  = { components = ["configuration"], security_group_id = "" }
  }"#,
    );
    let wide = "Narrow it, or set `allow_public = true` on the placement if that is meant.";
    let wide = |attribute: &str, block: &str, reason: &str| {
        format!("wide = {{ | Address block too wide | In `{attribute}` of placement `wide`: `{block}` is refused because {reason}. {wide}")
    };
    let public = |attribute: &str, block: &str| {
        format!(
            "wide = {{ | Public address block | In `{attribute}` of placement `wide`: `{block}` is public. If hosts with public addresses are meant, set `allow_public = true` on the placement; otherwise write their private addresses."
        )
    };
    let v4 = |summary: &str, sentence: &str| format!("v4 = {{ | {summary} | In `cidr_ipv4` of placement `v4`: {sentence}");
    let v6 = |summary: &str, sentence: &str| format!("v6 = {{ | {summary} | In `cidr_ipv6` of placement `v6`: {sentence}");
    let lists = "lists  = { components = [\"desktop\"], prefix_list_ids = [\"pl-1\", \"office\"] } | Invalid prefix list id | In `prefix_list_ids` of placement `lists`:";
    let group = |code: &str, placement: &str, sentence: &str| {
        format!("{code} | Invalid security group id | In `security_group_id` of placement `{placement}`: {sentence}")
    };
    let expected = [
        v4("Invalid address block", "`10.0.0.5/8` has bits set beyond its prefix; write `10.0.0.0/8`."),
        v4("Invalid address block", "`300.1.1.1/8` is not an address block: `300.1.1.1` is not an IPv4 or IPv6 address."),
        v4("Wrong address family", "`fd00::/64` is not IPv4; put it into `cidr_ipv6`."),
        v4("Invalid address block", "`10.1.2.3` has no prefix length; write `10.1.2.3/32` for this one address."),
        v4("Invalid address block", "`010.0.0.0/16` is not an address block: `010.0.0.0` is not an IPv4 or IPv6 address."),
        v4("Invalid address block", "`10.1.0.0/33` is not an address block: the prefix length must be between 0 and 32."),
        v4("Invalid address block", "`office` is not an address block: it has neither a valid address nor a prefix length."),
        v6("Invalid address block", "`::1/129` is not an address block: the prefix length must be between 0 and 128."),
        v6("Invalid address block", "`FD00::/64` is not in canonical form; write `fd00::/64`."),
        v6("Wrong address family", "`10.0.0.0/16` is not IPv6; put it into `cidr_ipv4`."),
        v6("Invalid address block", "`fd00::1` has no prefix length; write `fd00::1/128` for this one address."),
        wide("cidr_ipv4", "0.0.0.0/0", "it is every address there is"),
        wide("cidr_ipv4", "10.0.0.0/8", "its prefix is /8 or wider"),
        public("cidr_ipv4", "8.8.8.0/24"),
        wide("cidr_ipv6", "::/0", "it is every address there is"),
        wide("cidr_ipv6", "fc00::/7", "its prefix is /16 or wider"),
        public("cidr_ipv6", "2001:db8::/32"),
        format!("{lists} `pl-1` is not a prefix list id; write one such as `pl-0123456789abcdef0`."),
        format!("{lists} `office` is not a prefix list id; write one such as `pl-0123456789abcdef0`."),
        group(
            "core   = { components = [\"configuration\"], security_group_id = \"sg-core\" }",
            "core",
            "`sg-core` is not a security group id; write one such as `sg-0123456789abcdef0`.",
        ),
        group(
            "abroad = { components = [\"configuration\"], security_group_id = \"partner/sg-0123456789abcdef0\" }",
            "abroad",
            "`partner/sg-0123456789abcdef0` is not a security group id; write `sg-0123456789abcdef0`, or for a group of another account its twelve digits, a slash and the id: `123456789012/sg-0123456789abcdef0`.",
        ),
        group(
            "unset  = { components = [\"configuration\"], security_group_id = \"\" }",
            "unset",
            "`` is not a security group id; write one such as `sg-0123456789abcdef0`.",
        ),
    ];
    refuses(&workspace, &config, &expected.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn wide_blocks_are_taken_when_they_are_meant() {
    let workspace = workspace();
    workspace.write(
        "main.tf",
        &resource(
            r#"
  placements = {
    world = {
      components   = ["desktop"]
      cidr_ipv4    = ["0.0.0.0/0", "10.0.0.0/8", "8.8.8.0/24"]
      cidr_ipv6    = ["::/0", "2001:db8::/32"]
      allow_public = true
    }
    core = { components = ["configuration"], security_group_id = "sg-0123456789abcdef0" }
  }"#,
        ),
    );
    workspace.validate();
    workspace.plan().says("\"tcp 39091 from world\" = \"configuration.39091 (secure, row 5): 5 addresses, ");
}

#[test]
fn what_is_unknown_is_checked_once_it_is_known() {
    let workspace = workspace();
    let config = resource(
        r#"
  placements = {
    agents = { components = ["desktop"], cidr_ipv4 = [var.block] }
    core   = { components = ["configuration"], security_group_id = var.group }
  }"#,
    );
    let config = format!("variable \"block\" {{\n  type = string\n}}\nvariable \"group\" {{\n  type = string\n}}\n{config}");
    workspace.write("main.tf", &config);
    workspace.validate();
    plan_refuses(
        &workspace,
        &config,
        &["-var=block=10.20.0.5/16", "-var=group=core"],
        &[
            "agents = { components = [\"desktop\"], cidr_ipv4 = [var.block] } | Invalid address block | In `cidr_ipv4` of placement `agents`: `10.20.0.5/16` has bits set beyond its prefix; write `10.20.0.0/16`.",
            "core   = { components = [\"configuration\"], security_group_id = var.group } | Invalid security group id | In `security_group_id` of placement `core`: `core` is not a security group id; write one such as `sg-0123456789abcdef0`.",
        ],
    );
}
