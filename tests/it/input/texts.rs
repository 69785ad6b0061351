//! Ports, texts, names, dates, durations and numbers; and two flows that an override makes equal.

use super::{PLACEMENTS, policy, refuses, resource, workspace};

#[test]
fn ports_that_cannot_be() {
    let workspace = workspace();
    let config = policy(
        r#"
    ports = {
      "configuration.29091"   = "0"
      "configuration.39091"   = "70000"
      "xml_server.29096"      = "10-5"
      "xml_server.39096"      = ""
      "xml_server.29069"      = "3001,,3005"
      "aes.450"               = "http"
      "aes.4721"              = "1-70000"
      "configuration.2909"    = "30091"
    }"#,
    );
    refuses(
        &workspace,
        &config,
        &[
            "\"configuration.29091\"   = \"0\" | Invalid ports | In `ports[\"configuration.29091\"] = \"0\"`: port 0 cannot be opened; ports go from 1 to 65535.",
            "\"configuration.39091\"   = \"70000\" | Invalid ports | In `ports[\"configuration.39091\"] = \"70000\"`: `70000` is not a port; ports go from 1 to 65535.",
            "\"xml_server.29096\"      = \"10-5\" | Invalid ports | In `ports[\"xml_server.29096\"] = \"10-5\"`: `10-5` is reversed; write `5-10`.",
            "\"xml_server.39096\"      = \"\" | Invalid ports | `ports[\"xml_server.39096\"]` is empty. Write one port `30091`, a range `3000-3010` or a list `3001,3005`.",
            "\"xml_server.29069\"      = \"3001,,3005\" | Invalid ports | In `ports[\"xml_server.29069\"] = \"3001,,3005\"`: a port is missing beside a comma or a hyphen.",
            "\"aes.450\"               = \"http\" | Invalid ports | In `ports[\"aes.450\"] = \"http\"`: `http` is not a port; ports go from 1 to 65535.",
            "\"aes.4721\"              = \"1-70000\" | Invalid ports | In `ports[\"aes.4721\"] = \"1-70000\"`: `70000` is not a port; ports go from 1 to 65535.",
            "\"configuration.2909\"    = \"30091\" | Unknown flow | `configuration.2909` is not a flow of the port matrix. Did you mean `configuration.29091`?",
        ],
    );
}

#[test]
fn texts_names_and_dates_that_cannot_be() {
    let workspace = workspace();
    let config = policy(
        r#"
    directions = []
    include    = ["crm_connector.29027"]
    exclude    = ["crm_connector.29027"]
    answers    = { A36 = " " }
    reasons = {
      "aes.450"             = ""
      "configuration.29091" = "größer > 3"
    }
    extra {
      name     = "jump"
      from     = "agents"
      to       = "core"
      protocol = "tcp"
      ports    = "0"
      reason   = "Q&A"
      ticket   = "CHG \"1\""
      expires  = "2027-02-30"
    }
    extra {
      name     = "jump"
      from     = "agents"
      to       = "core"
      protocol = "tcp"
      ports    = "3389"
      reason   = " "
      expires  = "tomorrow"
    }
    extra {
      name     = "Jump 1"
      from     = "agents"
      to       = "core"
      protocol = "TCP"
      ports    = "3389"
      reason   = "help"
      expires  = "31.01.2027"
    }"#,
    );
    refuses(
        &workspace,
        &config,
        &[
            "directions = [] | No direction | With no direction nothing is written. Give \"ingress\", \"egress\" or both, or leave `directions` out for both.",
            "exclude    = [\"crm_connector.29027\"] | Contradictory policy | `crm_connector.29027` is in `include` and in `exclude`. Keep it in one of them.",
            "answers    = { A36 = \" \" } | Empty text | `answers[\"A36\"]` is empty. Say what the site found out, with a ticket; a reviewer will ask.",
            "\"aes.450\"             = \"\" | Empty text | `reasons[\"aes.450\"]` is empty. Say why the flow is treated so; a reviewer will ask.",
            "\"configuration.29091\" = \"größer > 3\" | Text that EC2 refuses | policy.reasons[\"configuration.29091\"]: EC2 takes no `>`, `ß`, `ö` in the description of a rule; letters a to z, digits and ` ._-:/()#,@[]+=;{}!$*` are allowed.",
            "ports    = \"0\" | Invalid ports | In `ports = \"0\"`: port 0 cannot be opened; ports go from 1 to 65535.",
            "reason   = \"Q&A\" | Text that EC2 refuses | policy.extra[0].reason: EC2 takes no `&` in the description of a rule; letters a to z, digits and ` ._-:/()#,@[]+=;{}!$*` are allowed.",
            "ticket   = \"CHG \\\"1\\\"\" | Text that EC2 refuses | policy.extra[0].ticket: EC2 takes no `\"` in the description of a rule; letters a to z, digits and ` ._-:/()#,@[]+=;{}!$*` are allowed.",
            "expires  = \"2027-02-30\" | Invalid date | `2027-02-30` does not exist in the calendar.",
            "name     = \"jump\" | Duplicate name | Two `extra` blocks are called `jump`. Names must differ: the flow is shown as `extra.jump`.",
            "reason   = \" \" | Empty text | `reason` is empty. Say why this flow is needed; a reviewer will ask.",
            "expires  = \"tomorrow\" | Invalid date | `tomorrow` is not a date in the form `YYYY-MM-DD`, such as `2027-12-31`.",
            "name     = \"Jump 1\" | Invalid name | `Jump 1` cannot name an extra flow: write a lower-case letter, then up to 31 of a-z, 0-9, `_` and `-`.",
            "protocol = \"TCP\" | Unknown choice | `TCP` is not a choice for `protocol`. Did you mean `tcp`? Choose from: `tcp`, `udp`.",
            "expires  = \"31.01.2027\" | Invalid date | `31.01.2027` is not a date in the form `YYYY-MM-DD`, such as `2027-12-31`.",
        ],
    );
}

#[test]
fn a_fault_in_a_second_extra_stays_there_while_the_first_is_unknown() {
    let workspace = workspace();
    let extra = |name: &str, reason: &str, ports: &str| {
        format!(
            "    extra {{\n      name     = \"{name}\"\n      from     = \"agents\"\n      to       = \"core\"\n      protocol = \"tcp\"\n      ports    = \"{ports}\"\n      reason   = {reason}\n    }}\n"
        )
    };
    let config = policy(&(extra("one", "var.why", "3389") + &extra("two", "\"help\"", "70000")));
    refuses(
        &workspace,
        &format!("variable \"why\" {{\n  type = string\n}}\n{config}"),
        &["ports    = \"70000\" | Invalid ports | `70000` is not a port; ports go from 1 to 65535."],
    );
}

#[test]
fn arguments_of_the_resource_that_cannot_be() {
    let workspace = workspace();
    for name in ["emc prod", "größe"] {
        let config = resource(PLACEMENTS).replace("name = \"emc\"", &format!("name = \"{name}\""));
        let expected = format!(
            "name = \"{name}\" | Invalid value | name: `{name}` cannot be the value of a tag, which a name becomes; write 1 to 128 letters, digits and `_.:/=+-@`."
        );
        refuses(&workspace, &config, &[&expected]);
    }
    refuses(
        &workspace,
        &resource(PLACEMENTS).replace("name = \"emc\"", "name = \"\""),
        &[
            "name = \"\" | Invalid value | name: it is empty, and becomes the value of a tag; write 1 to 128 letters, digits and `_.:/=+-@`.",
        ],
    );
    let quota = "Invalid quota | The quota is a whole number from 1 to 1000, which is the most that AWS grants.";
    for quantity in ["0", "1001", "59.5", "-1"] {
        let config = resource(&format!("{PLACEMENTS}\n  rules_per_group = {quantity}"));
        refuses(&workspace, &config, &[&format!("rules_per_group = {quantity} | {quota}")]);
    }
    let config = resource(&format!("{PLACEMENTS}\n  timeouts {{\n    create = \"0s\"\n    update = \"\"\n    delete = \"1 day\"\n  }}"));
    refuses(
        &workspace,
        &config,
        &[
            "create = \"0s\" | Invalid value | timeouts.create: `0s` is too short; write a duration such as `30s`, `10m` or `1h30m`.",
            "update = \"\" | Invalid value | timeouts.update: `` is not a duration; write `30s`, `10m` or `1h30m`.",
            "delete = \"1 day\" | Invalid value | timeouts.delete: `1 day` is not a duration; write `30s`, `10m` or `1h30m`.",
        ],
    );
}

#[test]
fn flows_made_equal_by_an_override_share_a_line_that_names_both() {
    let workspace = workspace();
    workspace.write("main.tf", &policy("    ports = {\n      \"configuration.39091\" = \"29091\"\n    }"));
    workspace.validate();
    let planned = workspace.plan_json();
    let lines = &planned["resource_changes"][0]["change"]["after"]["lines"]["core"]["ingress"];
    assert_eq!(
        lines["tcp 29091 from agents"],
        "configuration.29091 (plain, row 4), configuration.39091 (secure, row 5, port 29091 by site): 10.20.0.0/16"
    );
    assert!(lines.get("tcp 39091 from agents").is_none(), "{lines}");
}
