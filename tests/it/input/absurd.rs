//! Values that nobody should write: refused in words or taken, never a crash.

use std::fmt::Write as _;

use super::{PLACEMENTS, policy, resource, said, workspace};
use crate::support::Workspace;

/// Validates and plans; whatever comes of it, nobody is to blame, and what failed says why.
#[track_caller]
fn survives(workspace: &Workspace, config: &str) -> Vec<String> {
    workspace.write("main.tf", config);
    for arguments in [["validate", "-json"].as_slice(), &["plan", "-json", "-input=false"]] {
        let output = workspace.run(arguments).blames_nobody();
        let said = said(&output);
        assert!(output.code == 0 || !said.is_empty(), "`{}` fails without a word:\n{}", output.command, output.text());
        if output.code != 0 {
            return said;
        }
    }
    Vec::new()
}

#[test]
fn very_long_and_strange_names() {
    let workspace = workspace();
    let long = "x".repeat(20_000);
    let strange = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} \u{202E}e\u{301}\u{327}\u{0} \u{7f}\\u001b[31m".replace('\u{0}', "");
    for name in [long.as_str(), &strange, "ﬁ", "..", "$${x}", "%%{if}", "\\n\\t", "a\\\"b"] {
        let places = resource(&format!(
            "  placements = {{\n    \"{name}\" = {{ components = [\"{name}\"], security_group_id = \"{name}\", cidr_ipv4 = [\"{name}\"], cidr_ipv6 = [\"{name}\"], prefix_list_ids = [\"{name}\"], peer_by = \"{name}\" }}\n  }}\n  manage = [\"{name}\"]\n  on_foreign = \"{name}\"\n  release = \"{name}\""
        ));
        assert!(!survives(&workspace, &places).is_empty());
        let words = policy(&format!(
            "    transport = \"{name}\"\n    port_ranges = \"{name}\"\n    include = [\"{name}\"]\n    exclude = [\"{name}\", \"{name} from {name}\"]\n    management_from = [\"{name}\"]\n    mail = [\"{name}\"]\n    roles = {{ \"{name}\" = [\"{name}\"] }}\n    ports = {{ \"{name}\" = \"{name}\" }}\n    answers = {{ \"{name}\" = \"{name}\" }}\n    initiators = {{ \"{name}\" = [\"{name}\"] }}\n    extra {{\n      name = \"{name}\"\n      from = \"{name}\"\n      to = \"{name}\"\n      protocol = \"{name}\"\n      ports = \"{name}\"\n      reason = \"{name}\"\n      expires = \"{name}\"\n    }}"
        ));
        assert!(!survives(&workspace, &words).is_empty());
    }
}

#[test]
fn numbers_and_ports_at_the_edge() {
    let workspace = workspace();
    for quantity in ["1e400", "-1e400", "0.0000000001", "99999999999999999999999999", "1000.5"] {
        assert!(!survives(&workspace, &resource(&format!("{PLACEMENTS}\n  rules_per_group = {quantity}"))).is_empty(), "{quantity}");
    }
    for ports in ["65536", "99999999999999999999", "-1", "+80", "1-", "-", ",", "1--2", "0x50", "８０"] {
        assert!(!survives(&workspace, &policy(&format!("    ports = {{ \"aes.450\" = \"{ports}\" }}"))).is_empty(), "{ports}");
    }
    for ports in ["1-65535", "65535", " 80 , 81 "] {
        assert_eq!(survives(&workspace, &policy(&format!("    ports = {{ \"aes.450\" = \"{ports}\" }}"))), Vec::<String>::new(), "{ports}");
    }
    for expires in ["0000-00-00", "9999-12-31x", "99999-01-01", "2027-1-1", "-001-01-01", "2027-02-29"] {
        let extra = format!(
            "    extra {{\n      name = \"jump\"\n      from = \"agents\"\n      to = \"core\"\n      protocol = \"tcp\"\n      ports = \"1\"\n      reason = \"help\"\n      expires = \"{expires}\"\n    }}"
        );
        assert_eq!(survives(&workspace, &policy(&extra)).len(), 1, "{expires}");
    }
    for create in ["99999999999999999999h", "18446744073709551615s", "1h1h1h", "0s"] {
        survives(&workspace, &resource(&format!("{PLACEMENTS}\n  timeouts {{\n    create = \"{create}\"\n  }}")));
    }
}

#[test]
fn nothing_where_something_is_expected() {
    let workspace = workspace();
    for body in [
        "  placements = {}",
        "  placements = null",
        "  placements = { agents = null }",
        "  placements = { agents = {} }",
        "  placements = { agents = { components = null, security_group_id = null } }",
        "  placements = { agents = { components = [null], security_group_id = \"sg-0123456789abcdef0\" } }",
        "  placements = { agents = { components = [\"desktop\"], cidr_ipv4 = [null] } }",
        "  placements = { \"\" = { components = [\"desktop\"], cidr_ipv4 = [\"10.0.0.0/16\"] } }",
    ] {
        assert!(!survives(&workspace, &resource(body)).is_empty(), "{body}");
    }
    for body in [
        "    ports = { \"aes.450\" = null }",
        "    initiators = { \"aes.450\" = null }",
        "    initiators = { \"aes.450\" = [null] }",
        "    roles = { applications = null }",
        "    include = [null]",
        "    mail = null",
        "    directions = [null]",
        "    answers = null",
    ] {
        survives(&workspace, &policy(body));
    }
}

#[test]
fn three_hundred_placements() {
    let workspace = workspace();
    let mut placements = String::from("  placements = {\n");
    for number in 0..300 {
        let (high, low) = (number / 256, number % 256);
        writeln!(placements, "    site{number} = {{ components = [\"desktop\"], cidr_ipv4 = [\"10.{high}.{low}.0/24\"] }}").unwrap();
    }
    placements.push_str(
        "    core = { components = [\"configuration\", \"license_director\"], security_group_id = \"sg-0123456789abcdef0\" }\n  }",
    );
    let said = survives(&workspace, &resource(&placements));
    assert_eq!(said.len(), 2, "without an account there is a warning too: {said:#?}");
    let expected = "core = { components = [\"configuration\", \"license_director\"], security_group_id = \"sg-0123456789abcdef0\" } | Too many rules for a security group | sg-0123456789abcdef0 of placement `core` would need 1503 ipv4 ingress rules, and its quota is 60.";
    assert!(said[0].starts_with(expected), "{}", said[0]);
}
