//! Bad input with the real CLI: what is refused, in which words, at which line; and what is taken although it looks odd.

mod absurd;
mod account;
mod matrix_file;
mod names;
mod places;
mod quota;
mod texts;

use serde_json::Value;

use crate::support::{Output, Workspace};

/// Two placements that nothing is wrong with; `desktop` opens flows to `core`.
const PLACEMENTS: &str = r#"
  placements = {
    agents = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }
    core   = { components = ["configuration", "xml_server"], security_group_id = "sg-0123456789abcdef0" }
  }"#;

/// A resource with these arguments and blocks.
fn resource(body: &str) -> String {
    format!("resource \"emc_aws_security_group_rules\" \"emc\" {{\n  name = \"emc\"\n{body}\n}}\n")
}

/// The resource with [`PLACEMENTS`] and this policy.
fn policy(body: &str) -> String {
    resource(&format!("{PLACEMENTS}\n  policy {{\n{body}\n  }}"))
}

/// A workspace that is initialized once and takes one configuration after another.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.init();
    workspace
}

/// What a command with `-json` said, errors and warnings: `source line | summary | detail`, sorted.
fn said(output: &Output) -> Vec<String> {
    let diagnostics: Vec<Value> = match serde_json::from_str::<Value>(&output.stdout) {
        Ok(validated) if validated["diagnostics"].is_array() => validated["diagnostics"].as_array().unwrap().clone(),
        Ok(_) | Err(_) => output
            .stdout
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|line| line["type"] == "diagnostic")
            .map(|line| line["diagnostic"].clone())
            .collect(),
    };
    let text = |diagnostic: &Value| {
        let code = diagnostic["snippet"]["code"].as_str().unwrap_or_default();
        let code = code.lines().next().unwrap_or_default().trim();
        let severity = if diagnostic["severity"] == "warning" { "warning: " } else { "" };
        let (summary, detail) = (diagnostic["summary"].as_str().unwrap(), diagnostic["detail"].as_str().unwrap_or_default());
        format!("{code} | {severity}{summary} | {detail}")
    };
    // What is in new groups anyway, the default egress, is the subject of other tests.
    let foreign = |diagnostic: &&Value| diagnostic["summary"] == "Foreign rules in the security groups";
    let mut texts: Vec<String> = diagnostics.iter().filter(|diagnostic| !foreign(diagnostic)).map(text).collect();
    texts.sort();
    texts
}

/// Asserts that exactly this was said.
#[track_caller]
fn assert_said(output: &Output, expected: &[&str]) {
    let mut expected: Vec<String> = expected.iter().map(|text| (*text).to_owned()).collect();
    expected.sort();
    let said = said(output);
    let missing: Vec<&String> = expected.iter().filter(|text| !said.contains(text)).collect();
    let unexpected: Vec<&String> = said.iter().filter(|text| !expected.contains(text)).collect();
    assert!(said == expected, "`{}` says otherwise.\nmissing: {missing:#?}\nunexpected: {unexpected:#?}", output.command);
}

/// Asserts that `terraform validate` refuses this configuration with exactly these errors.
#[track_caller]
fn refuses(workspace: &Workspace, configuration: &str, expected: &[&str]) {
    workspace.write("main.tf", configuration);
    let output = workspace.run(&["validate", "-json"]).fails().blames_nobody();
    assert_said(&output, expected);
}

/// Asserts that `terraform plan` with these arguments refuses this configuration with exactly these errors and warnings.
#[track_caller]
fn plan_refuses(workspace: &Workspace, configuration: &str, more: &[&str], expected: &[&str]) {
    workspace.write("main.tf", configuration);
    let output = workspace.run(&[&["plan", "-json", "-input=false"], more].concat()).fails().blames_nobody();
    assert_said(&output, expected);
}
