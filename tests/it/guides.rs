//! The guides that walk through something are walked through: their files are written, their commands run, and their output is what
//! the commands say.
//!
//! In a guide a block of code is one of these:
//! * a file: its first line is a comment with the name, `# main.tf`;
//! * a part of the resource: its first line is `# in main.tf`, and each argument or block replaces the one of its name there, or is added;
//! * `shell`: commands of Terraform, without the options that only a program needs;
//! * `text`: what the last command said. Each line has to be there, in this order; between them anything may stand.
//!
//! Ids of groups and subscriptions stand for those of the test's account, and ids of rules for any.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;

use crate::support::{Arm, Ec2, Output, Workspace, root};

/// Ids as the guides write them.
const CORE: &str = "sg-0a1b2c3d4e5f60001";
const DATABASE: &str = "sg-0a1b2c3d4e5f60002";
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000000";

struct Walk {
    guide: &'static str,
    workspace: Workspace,
    /// Ids of the guide to those of the account.
    ids: BTreeMap<&'static str, String>,
    said: Option<Output>,
    checked: usize,
}

impl Walk {
    fn new(guide: &'static str, workspace: Workspace, ids: BTreeMap<&'static str, String>) -> Walk {
        workspace.remove("versions.tf");
        Walk { guide, workspace, ids, said: None, checked: 0 }
    }

    /// An account with the two groups of the guides, as AWS makes them.
    fn on_aws(guide: &'static str) -> (Walk, Ec2) {
        let ec2 = Ec2::new();
        let groups = ec2.groups(&["core", "database"]);
        let ids = BTreeMap::from([(CORE, groups["core"].clone()), (DATABASE, groups["database"].clone())]);
        (Walk::new(guide, Workspace::new().with_ec2(&ec2), ids), ec2)
    }

    /// A subscription with the groups of the guides.
    fn on_azure(guide: &'static str) -> (Walk, Arm) {
        let arm = Arm::new();
        arm.setup(json!({ "resource_group": "rg-emc", "groups": ["nsg-core", "nsg-data"], "asgs": ["asg-core"] }));
        let ids = BTreeMap::from([(SUBSCRIPTION, arm.subscription().to_owned())]);
        let workspace = arm.environment().into_iter().fold(Workspace::new(), |workspace, (name, value)| workspace.with_env(&name, &value));
        (Walk::new(guide, workspace, ids), arm)
    }

    fn through(mut self) {
        let text = fs::read_to_string(root().join("tests/docs/guides").join(self.guide)).unwrap();
        let mut parts = text.split("\n```");
        parts.next();
        while let (Some(block), _) = (parts.next(), parts.next()) {
            let (language, code) = block.split_once('\n').unwrap_or_else(|| panic!("{}: a block of code without end", self.guide));
            match language {
                "terraform" => self.file(code),
                "shell" => code.lines().for_each(|command| self.run(command)),
                "text" => self.check(code),
                other => panic!("{}: nobody knows what to do with a block of `{other}`", self.guide),
            }
        }
        assert!(self.checked > 10, "{}: {} lines of output are too few to be a check", self.guide, self.checked);
    }

    fn file(&self, code: &str) {
        let (head, body) = code.split_once('\n').unwrap();
        let body = self.ids.iter().fold(body.to_owned(), |text, (of_guide, real)| text.replace(of_guide, real)) + "\n";
        let name = head.strip_prefix("# ").unwrap_or_else(|| panic!("{}: the block does not say which file it is: {head}", self.guide));
        match name.strip_prefix("in ") {
            Some(name) => {
                let changed = statements(&body).into_iter().fold(self.workspace.read(name), |file, part| with_statement(&file, part));
                self.workspace.write(name, &changed);
            }
            None => self.workspace.write(name, &body),
        }
    }

    fn run(&mut self, command: &str) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let Some((&"terraform", arguments)) = words.split_first() else { panic!("{}: `{command}` cannot be run here", self.guide) };
        let more: &[&str] = match arguments[0] {
            "init" | "plan" => &["-no-color", "-input=false"],
            "apply" | "destroy" => &["-no-color", "-input=false", "-auto-approve"],
            _ => &["-no-color"],
        };
        let said = self.workspace.run(&[arguments, more].concat()).blames_nobody();
        if arguments[0] == "apply" && said.code == 0 {
            self.workspace.plan_is_empty();
        }
        self.said = Some(said);
    }

    fn check(&mut self, code: &str) {
        let said = self.said.as_ref().unwrap_or_else(|| panic!("{}: output before any command", self.guide));
        let fails = code.contains("Error: ");
        assert_eq!(said.code != 0, fails, "{}: `{}`:\n{}", self.guide, said.command, said.text());
        let words = self.ids.iter().fold(said.flat(), |text, (of_guide, real)| text.replace(real.as_str(), of_guide));
        let (words, mut from) = (without_rule_ids(&words), 0);
        for line in code.lines().filter(|line| !line.trim().is_empty()) {
            let line = without_rule_ids(&line.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" "));
            let found = words[from..].find(&line);
            let found = found.unwrap_or_else(|| {
                panic!("{}: `{}` does not say, after what came before: {line}\n{}", self.guide, said.command, said.text())
            });
            from += found + line.len();
            self.checked += 1;
        }
    }
}

/// Rules are called `sgr-…`.
fn without_rule_ids(text: &str) -> String {
    let mut parts = text.split("sgr-");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + "sgr-…" + part.trim_start_matches(|character: char| character.is_ascii_hexdigit() || character == '…')
    })
}

/// The arguments and blocks of a part of a resource, which is indented by two spaces.
fn statements(part: &str) -> Vec<Vec<&str>> {
    let mut statements: Vec<Vec<&str>> = Vec::new();
    for line in part.lines().filter(|line| !line.is_empty()) {
        let begins = line.starts_with("  ") && !line.starts_with("   ") && !line.trim_start().starts_with(['}', '#', ']']);
        match statements.last_mut() {
            Some(statement) if !begins => statement.push(line),
            _ => statements.push(vec![line]),
        }
    }
    statements
}

/// Puts a statement in the place of the one of its name in the resource with which the file ends, or at its end.
fn with_statement(file: &str, statement: Vec<&str>) -> String {
    let name = |statement: &[&str]| statement[0].split_whitespace().next().unwrap().to_owned();
    let (before, resource) = file.split_once("resource \"emc_").unwrap();
    let (head, body) = resource.split_once('\n').unwrap();
    let body = body.trim_end().strip_suffix('}').unwrap();
    let mut present = statements(body);
    match present.iter().position(|other| name(other) == name(&statement)) {
        Some(position) => present[position] = statement,
        None => present.push(statement),
    }
    let body: Vec<String> = present.iter().map(|statement| statement.join("\n")).collect();
    format!("{before}resource \"emc_{head}\n{}\n}}\n", body.join("\n"))
}

#[test]
fn the_first_rollout() {
    let (walk, _ec2) = Walk::on_aws("first-rollout.md");
    walk.through();
}

#[test]
fn the_first_rollout_on_azure() {
    let (walk, arm) = Walk::on_azure("first-rollout-azure.md");
    let monitoring =
        json!({ "priority": 3500, "sourceAddressPrefix": "10.50.0.0/24", "destinationPortRange": "5986", "description": "monitoring" });
    arm.put_rule("nsg-data", "monitoring", monitoring);
    walk.through();
    assert_eq!(arm.lines("nsg-data"), ["3500 Inbound Allow Tcp 10.50.0.0/24:* > *:5986 monitoring: monitoring"], "what others made stays");
}

#[test]
fn adopting_hand_made_groups() {
    let (walk, ec2) = Walk::on_aws("adopting-hand-made-groups.md");
    let by_hand = |group: &str, ports: &str, cidr: &str, description: &str| {
        ec2.authorize(&walk.ids[group], json!({ "ports": ports, "cidr": cidr, "description": description }));
    };
    for (group, ports, description) in [
        (CORE, "29069", "EMC XML"),
        (CORE, "29091", "EMC config"),
        (CORE, "39091", "EMC config TLS"),
        (CORE, "29090", "EMC, ask Joe"),
        (DATABASE, "1433", "SQL"),
    ] {
        by_hand(group, ports, "10.20.0.0/16", description);
    }
    by_hand(CORE, "3389", "10.1.0.0/28", "jump host");
    walk.through();
}

#[test]
fn tightening_to_secure_transport() {
    let (walk, _ec2) = Walk::on_aws("tightening-to-secure-transport.md");
    walk.through();
}
