//! The resource `emc_aws_security_group_rules` through its whole life, with the real Terraform CLI and a live EC2 endpoint.
//!
//! What is asserted is what people see: the lines of a plan as a reviewer reads them, and what is in the groups afterwards.

mod arguments;
mod create;
mod drift;
mod failures;
mod groups;
#[cfg(unix)]
mod killed;
mod multicast;
pub(crate) mod permissions;
mod placements;
mod policies;
mod scale;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Ec2, Output, Workspace};

/// Where agents and two groups are; most tests begin with it.
pub(crate) const SMALL: &str = r#"
    agents = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }
    core   = { components = ["configuration", "xml_server"], security_group_id = "<core>" }
    db     = { components = ["sql_server"], security_group_id = "<db>" }
"#;

/// The address of the resource that most tests are about.
pub(crate) const ROLLOUT: &str = "emc_aws_security_group_rules.rollout";

/// An account with groups, and a working directory in which they are called by their names: `<core>` stands for an id.
pub(crate) struct Site {
    pub(crate) ec2: Ec2,
    pub(crate) workspace: Workspace,
    pub(crate) groups: BTreeMap<String, String>,
}

impl Site {
    /// Groups as AWS makes them, with the allow-all egress rule.
    pub(crate) fn new(names: &[&str]) -> Site {
        let ec2 = Ec2::new();
        let groups = ec2.groups(names);
        Site::of(ec2, groups)
    }

    /// Groups without any rule.
    pub(crate) fn bare(names: &[&str]) -> Site {
        let ec2 = Ec2::new();
        let groups = ec2.bare_groups(names);
        Site::of(ec2, groups)
    }

    pub(crate) fn of(ec2: Ec2, groups: BTreeMap<String, String>) -> Site {
        let workspace = Workspace::new().with_ec2(&ec2);
        workspace.init();
        Site { ec2, workspace, groups }
    }

    /// The site of [`SMALL`] in bare groups, applied.
    pub(crate) fn small() -> Site {
        let site = Site::bare(&["core", "db"]);
        site.rollout(SMALL, "");
        site.settle();
        site
    }

    pub(crate) fn id(&self, group: &str) -> &str {
        &self.groups[group]
    }

    /// Puts ids for names.
    pub(crate) fn with_ids(&self, text: &str) -> String {
        self.groups.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("<{name}>"), id))
    }

    /// Puts names for ids of groups; rules are all called `sgr-…`, digests `…`.
    pub(crate) fn with_names(&self, text: &str) -> String {
        let named = self.groups.iter().fold(text.to_owned(), |text, (name, id)| text.replace(id, &format!("<{name}>")));
        let mut parts = named.split("sgr-");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            out.push_str("sgr-…");
            out.push_str(part.trim_start_matches(|character: char| character.is_ascii_hexdigit()));
        }
        out
    }

    /// Writes `main.tf`.
    pub(crate) fn write(&self, text: &str) {
        self.workspace.write("main.tf", &self.with_ids(text));
    }

    /// Writes the one resource with these placements, and what else is in it.
    pub(crate) fn rollout(&self, placements: &str, more: &str) {
        self.write(&rollout("rollout", "emc-prod", placements, more));
    }

    /// Plans and gives what changes, as [`changes`].
    #[track_caller]
    pub(crate) fn plan(&self) -> Vec<String> {
        self.changes(&self.workspace.plan())
    }

    #[track_caller]
    pub(crate) fn settle(&self) -> Output {
        self.workspace.settle()
    }

    /// The changes of a plan, names for ids.
    pub(crate) fn changes(&self, plan: &Output) -> Vec<String> {
        changes(&self.with_names(&plan.stdout))
    }

    /// What is live in a group, names for ids, ingress first, by protocol, port and text.
    pub(crate) fn live(&self, group: &str) -> Vec<String> {
        let mut lines: Vec<String> = self.ec2.lines(self.id(group)).iter().map(|line| self.with_names(line)).collect();
        lines.sort_by_cached_key(|line| {
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            let port = words[2].split('-').next().unwrap().parse::<u16>().unwrap_or_default();
            (words[0] == "egress", words[1].to_owned(), port, line.clone())
        });
        lines
    }

    /// What is live in a group, without the descriptions.
    pub(crate) fn open(&self, group: &str) -> Vec<String> {
        self.live(group).iter().map(|line| line.split(": ").next().unwrap().to_owned()).collect()
    }

    /// The id of the one live rule of this group with these words.
    #[track_caller]
    pub(crate) fn rule(&self, group: &str, line: &str) -> String {
        let rules = self.ec2.rules(self.id(group));
        let lines: Vec<String> = self.ec2.lines(self.id(group)).iter().map(|line| self.with_names(line)).collect();
        let found: Vec<&Value> = lines.iter().zip(&rules).filter(|(live, _)| live.starts_with(line)).map(|(_, rule)| rule).collect();
        assert_eq!(found.len(), 1, "`{line}` in {lines:#?}");
        found[0]["SecurityGroupRuleId"].as_str().unwrap().to_owned()
    }

    /// The calls since the last [`Site::forget`] that change something, in their order; which of two groups comes first is chance.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.ec2.actions().into_iter().filter(|action| !action.starts_with("Describe")).collect()
    }

    /// Forgets calls so far.
    pub(crate) fn forget(&self) {
        self.ec2.reset();
    }

    /// The state of the resource.
    pub(crate) fn state(&self) -> Value {
        self.workspace.values(ROLLOUT)
    }
}

/// A resource block.
pub(crate) fn rollout(label: &str, name: &str, placements: &str, more: &str) -> String {
    format!("resource \"emc_aws_security_group_rules\" \"{label}\" {{\n  name = \"{name}\"\n  placements = {{{placements}}}\n{more}\n}}\n")
}

/// What a plan changes: its lines that begin with `+`, `-` or `~`, without the frames around them, and without the arguments that a
/// practitioner has just written.
///
/// A line below a block is prefixed with its way there: `lines.core.ingress + "tcp 29091 from agents" = "…"`.
pub(crate) fn changes(plan: &str) -> Vec<String> {
    let mut way: Vec<(usize, String)> = Vec::new();
    let mut changes = Vec::new();
    for line in plan.lines() {
        let depth = line.len() - line.trim_start().len();
        let text = line.trim_start();
        let (mark, rest) = match text.split_at_checked(2) {
            Some((mark @ ("+ " | "- " | "~ "), rest)) => (mark, rest),
            _ => ("", text),
        };
        if line.starts_with("Plan:") {
            break;
        }
        let Some((name, value)) = rest.split_once(" = ").or_else(|| rest.strip_suffix(" {").map(|name| (name, "{"))) else { continue };
        while way.last().is_some_and(|(other, _)| *other >= depth) {
            way.pop();
        }
        let name = name.trim().to_owned();
        if value == "{" || value == "[" {
            way.push((depth, name.trim_matches('"').to_owned()));
            continue;
        }
        if mark.is_empty() {
            continue;
        }
        let path: Vec<&str> = way.iter().skip(1).map(|(_, name)| name.as_str()).collect();
        let path = if path.is_empty() { String::new() } else { format!("{} ", path.join(".")) };
        changes.push(format!("{path}{mark}{name} = {value}"));
    }
    changes
}

/// The changes below one attribute.
pub(crate) fn below<'a>(changes: &'a [String], attribute: &str) -> Vec<&'a str> {
    changes.iter().filter_map(|change| change.strip_prefix(attribute)).map(|change| change.trim_start_matches(['.', ' '])).collect()
}
