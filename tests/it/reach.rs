//! Far ends that are not next door: groups of other accounts and other VPCs, prefix lists, and what the quota has room for; with the
//! real CLI and two accounts of a live EC2 endpoint.

mod accounts;
mod room;
mod vpcs;

use serde_json::{Value, json};

use crate::support::{Ec2, Output, Workspace};

/// The address of the resource under test.
const ROLLOUT: &str = "emc_aws_security_group_rules.rollout";

/// A VPC of an account, with its groups.
struct Vpc {
    id: String,
    groups: Value,
}

impl Vpc {
    /// A new VPC whose groups have no rules.
    fn new(ec2: &Ec2, cidr: &str, groups: &[&str]) -> Vpc {
        let made = ec2.setup(json!({ "groups": groups, "cidr": cidr, "default_egress": false }));
        Vpc { id: made["vpc"].as_str().unwrap().to_owned(), groups: made["groups"].clone() }
    }

    fn group(&self, name: &str) -> &str {
        self.groups[name].as_str().unwrap()
    }
}

/// A working directory for an account.
fn workspace(ec2: &Ec2) -> Workspace {
    let workspace = Workspace::new().with_ec2(ec2);
    workspace.init();
    workspace
}

/// Writes the resource with these placements, and what else is in it.
fn write(workspace: &Workspace, placements: &str, more: &str) {
    workspace.write(
        "main.tf",
        &format!("resource \"emc_aws_security_group_rules\" \"rollout\" {{\n  name = \"emc\"\n  placements = {{\n{placements}\n  }}\n{more}\n}}\n"),
    );
}

/// The warnings and errors of a plan: `severity: summary: detail`.
#[track_caller]
fn told(workspace: &Workspace, code: i32) -> Vec<String> {
    let output: Output = workspace.run(&["plan", "-json", "-input=false"]).blames_nobody();
    assert_eq!(output.code, code, "{}", output.text());
    let lines = output.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let diagnostics = lines.filter(|line| line["type"] == "diagnostic").map(|line| line["diagnostic"].clone());
    let text = |diagnostic: Value| {
        let part = |name: &str| diagnostic[name].as_str().unwrap_or_default().to_owned();
        format!("{}: {}: {}", part("severity"), part("summary"), part("detail"))
    };
    diagnostics.map(text).collect()
}

/// What is sent to one action since the last reset: the value of one parameter in each call.
fn sent(ec2: &Ec2, action: &str, parameter: &str) -> Vec<Option<String>> {
    let log = ec2.log();
    let calls = log.iter().filter(|call| call["action"] == action);
    calls.map(|call| call["params"][parameter].as_str().map(str::to_owned)).collect()
}
