//! The provider's functions with the real CLI, without any account: what they give at plan, and how their errors read.

use serde_json::{Value, json};

use crate::support::Workspace;

const LOCALS: &str = r#"
locals {
  placements = {
    agents = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }
    core   = { components = ["configuration", "license_director", "xml_server"], security_group_id = terraform_data.core.id }
    db     = { components = ["sql_server"] }
  }
  policy = {
    transport = "prefer_secure"
    exclude   = ["sql_server.1433 from agents"]
    reasons   = { "sql_server.1433" = "agents go through the servers, CHG7" }
    extra     = [{ name = "jump", from = "agents", to = "core", protocol = "tcp", ports = 3389, reason = "=maintenance", ticket = "CHG1", expires = "2027-01-31" }]
  }
}

resource "terraform_data" "core" {}
"#;

fn workspace(more: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.init();
    workspace.write("locals.tf", LOCALS);
    workspace.write("main.tf", more);
    workspace
}

/// The outputs of a configuration as a plan shows them, with the id of a group that is not there yet.
fn planned(outputs: &[(&str, &str)]) -> Value {
    let text: Vec<String> = outputs.iter().map(|(name, value)| format!("output \"{name}\" {{\n  value = {value}\n}}\n")).collect();
    let workspace = workspace(&text.join("\n"));
    workspace.validate();
    workspace.plan();
    let outputs = workspace.plan_json()["planned_values"]["outputs"].clone();
    Value::Object(outputs.as_object().unwrap().iter().map(|(name, output)| (name.clone(), output["value"].clone())).collect())
}

#[test]
fn what_functions_give_is_known_at_plan_although_ids_are_not() {
    let outputs = planned(&[
        ("rules", "keys(provider::emc::expand(local.placements, local.policy).rules)"),
        ("sql", "provider::emc::allows(local.placements, \"desktop\", \"sql_server\", \"tcp 1433\", local.policy)"),
        ("listed", "provider::emc::allows(local.placements, \"desktop\", \"sql_server\", null)"),
        ("why", "provider::emc::why(local.placements, \"agents\", \"db\", null, local.policy)"),
        (
            "secure",
            "[for flow in provider::emc::why(local.placements, \"agents\", \"core\", \"secure\", local.policy).flows : \"${flow.id} ${flow.ports}\"]",
        ),
        ("flows", "{ for flow in provider::emc::flows(\"desktop\", \"configuration\", local.policy) : flow.id => flow.port }"),
        ("anyone", "length(provider::emc::flows(null, null))"),
    ]);
    let rules: Vec<&str> = outputs["rules"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    assert!(rules.contains(&"core ingress tcp 39091 from agents") && rules.contains(&"agents egress tcp 3389 to core"), "{rules:?}");
    assert_eq!((&outputs["sql"], &outputs["listed"]), (&json!(false), &json!(true)));
    assert_eq!(
        outputs["why"],
        json!({
            "allowed": false, "flows": [],
            "answer": "no: sql_server.1433 (excluded: agents go through the servers, CHG7)",
            "notes": { "sql_server.1433": "excluded: agents go through the servers, CHG7" },
        })
    );
    assert_eq!(outputs["secure"], json!(["configuration.39091 39091", "license_director.39095 39095", "xml_server.39096 39096"]));
    assert_eq!(outputs["flows"], json!({ "configuration.29091": 29091, "configuration.39091": 39091 }));
    assert_eq!(outputs["anyone"], 60);
}

#[test]
fn a_placement_that_only_extra_flows_name_needs_no_components() {
    let jump = r#"{ extra = [{ name = "jump", from = "bastion", to = "core", protocol = "tcp", ports = 3389, reason = "maintenance" }] }"#;
    let places = r#"merge(local.placements, { bastion = { cidr_ipv4 = ["10.99.0.0/24"] } })"#;
    let outputs = planned(&[("jump", &format!("provider::emc::allows({places}, \"bastion\", \"core\", \"tcp 3389\", {jump})"))]);
    assert_eq!(outputs["jump"], json!(true));
}

#[test]
fn expand_gives_what_the_data_source_gives() {
    let same = ["rules", "lines", "unexpanded", "open_questions", "decided", "still_plain", "summary", "digest"];
    let checks: Vec<String> = same
        .iter()
        .map(|name| format!("{name} = jsonencode(provider::emc::expand(local.placements, local.policy).{name}) == jsonencode(data.emc_rules.same.{name})"))
        .collect();
    let workspace = workspace(&format!(
        r#"
data "emc_rules" "same" {{
  placements = {{ for name, placement in local.placements : name => {{ components = placement.components }} }}
  policy {{
    transport = local.policy.transport
    exclude   = local.policy.exclude
    reasons   = local.policy.reasons
    dynamic "extra" {{
      for_each = local.policy.extra
      content {{
        name     = extra.value.name
        from     = extra.value.from
        to       = extra.value.to
        protocol = extra.value.protocol
        ports    = extra.value.ports
        reason   = extra.value.reason
        ticket   = extra.value.ticket
        expires  = extra.value.expires
      }}
    }}
  }}
}}

output "same" {{
  value = {{ {} }}
}}
"#,
        checks.join(", ")
    ));
    workspace.apply();
    let same_of = workspace.output("same");
    for name in same {
        assert_eq!(same_of[name], true, "{name}: {same_of}");
    }
}

#[test]
fn a_sheet_can_be_read_again_and_pictures_be_written() {
    let outputs = planned(&[
        ("rows", "csvdecode(provider::emc::request_sheet(local.placements, { agents = [\"10.20.0.0/16\"] }, \"csv\", local.policy))"),
        (
            "stateless",
            "[for row in csvdecode(provider::emc::request_sheet(local.placements, null, \"csv\", merge(local.policy, { ephemeral_ports = \"49152-65535\" }))) : row.kind]",
        ),
        ("page", "provider::emc::request_sheet(local.placements, {}, \"markdown\", local.policy)"),
        ("mermaid", "provider::emc::mermaid(local.placements, local.policy)"),
        ("dot", "provider::emc::dot(local.placements, local.policy)"),
    ]);
    let rows = outputs["rows"].as_array().unwrap();
    assert_eq!(rows[0]["reason"], "'=maintenance", "no spreadsheet computes it");
    assert_eq!((&rows[0]["source addresses"], &rows[0]["destination ports"]), (&json!("10.20.0.0/16"), &json!("3389")));
    assert!(rows.iter().any(|row| row["flows"] == "configuration.39091 (row 5)" && row["transport"] == "secure"), "{rows:?}");
    let kinds = outputs["stateless"].as_array().unwrap();
    assert_eq!(kinds.len(), 2 * rows.len());
    assert!(kinds.chunks(2).all(|pair| pair == [json!("request"), json!("reply")]), "{kinds:?}");
    assert!(outputs["page"].as_str().unwrap().contains("\n| 1 | request | agents | to be filled in |"), "{}", outputs["page"]);
    assert!(outputs["mermaid"].as_str().unwrap().contains("flowchart LR\n"), "{}", outputs["mermaid"]);
    assert!(outputs["dot"].as_str().unwrap().starts_with("digraph emc {\n"), "{}", outputs["dot"]);
}

#[test]
fn an_unknown_name_of_a_component_makes_the_answer_unknown() {
    let workspace = workspace(
        r#"
resource "terraform_data" "later" {
  input = "desktop"
}
output "later" {
  value = provider::emc::allows({ agents = { components = [terraform_data.later.output] }, db = { components = ["sql_server"] } }, "agents", "db", null)
}
"#,
    );
    workspace.plan().says("later = (known after apply)");
    workspace.apply();
    assert_eq!(workspace.output("later"), true);
}

/// A test of a module asserts as a check does, and shows the answer where it fails.
#[test]
fn terraform_test_asserts_what_a_rollout_allows() {
    let workspace = workspace("");
    let run = |name: &str, traffic: &str| {
        format!(
            r#"
run "{name}" {{
  command = plan
  assert {{
    condition     = !provider::emc::allows(local.placements, "desktop", "core", "{traffic}", local.policy)
    error_message = provider::emc::why(local.placements, "desktop", "core", "{traffic}", local.policy).answer
  }}
}}
"#
        )
    };
    workspace.write("reach.tftest.hcl", &run("holds", "tcp 29091"));
    workspace.run(&["test", "-no-color"]).ok().says("1 passed, 0 failed.");
    workspace.write("reach.tftest.hcl", &run("fails", "tcp 39091"));
    workspace.run(&["test", "-no-color"]).fails().says("yes: tcp 39091 from agents to core by configuration.39091 (secure, row 5)");
}

/// The line, and what the CLI says of it.
#[track_caller]
fn refuses(call: &str, words: &[&str]) {
    let workspace = workspace(&format!("output \"wrong\" {{\n  value = provider::emc::{call}\n}}\n"));
    let said = workspace.plan_fails();
    let flat = said.flat();
    for words in words {
        assert!(flat.contains(words), "{call} does not say `{words}`:\n{flat}");
    }
}

#[test]
fn errors_say_what_is_wrong_in_which_argument() {
    refuses(
        "expand(local.placements, { transprot = \"secure_only\" })",
        &["on main.tf line 2", "In `policy`: `transprot` is not known here. Perhaps `transport` is meant."],
    );
    refuses(
        "allows({ agents = { components = [\"dekstop\"] } }, null, null, null)",
        &["In placement `agents`: `dekstop` is neither a component nor a role of EMC 6.6. Perhaps `desktop` is meant."],
    );
    refuses(
        "why(local.placements, \"agent\", \"db\", null)",
        &["In `from`: `agent` is neither a placement nor a component or role. Perhaps `agents` is meant."],
    );
    refuses("mermaid(local.placements, {}, {})", &["In `policy`: it is given 2 times. Put everything into one object, `merge` helps."]);
    refuses("request_sheet(local.placements, {}, \"pdf\")", &["In `format`: `pdf` is not a choice here. Choose from: `csv`, `markdown`."]);
    refuses("dot({ agents = { components = { a = 1 } } })", &["attribute \"components\": set of string required"]);
}
