//! The resource `emc_azure_network_security_rules` through its whole life, with the real Terraform CLI and a live Resource Manager.
//!
//! What is asserted is what people see: the lines of a plan as a reviewer reads them, and what is in the groups afterwards.

mod calls;
mod conformity;
mod create;
mod drift;
#[cfg(unix)]
mod faults;
mod input;
pub(crate) mod permissions;
mod sign_in;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::rollout::changes;
use crate::support::{Arm, Output, Workspace};

/// Where agents and two groups are; most tests begin with it.
pub(crate) const SMALL: &str = r#"
    agents = { components = ["desktop"], address_prefixes = ["10.20.0.0/16"] }
    core   = { components = ["configuration", "xml_server"], network_security_group_id = "<core>", application_security_group_ids = ["<asg-core>"] }
    db     = { components = ["sql_server"], network_security_group_id = "<db>", address_prefixes = ["10.1.2.0/24"] }
"#;

/// The address of the resource that the tests are about.
pub(crate) const ROLLOUT: &str = "emc_azure_network_security_rules.rollout";

/// A subscription with groups, and a working directory in which they are called by their names: `<core>` stands for the id of a network
/// security group, `<asg-core>` for that of an application security group.
pub(crate) struct Site {
    pub(crate) arm: Arm,
    pub(crate) workspace: Workspace,
    ids: BTreeMap<String, String>,
}

impl Site {
    /// Groups without any rule, and an application security group for each.
    pub(crate) fn new(names: &[&str]) -> Site {
        let site = Site::of(names, Workspace::new());
        site.workspace.init();
        site
    }

    /// The same with a working directory that is there.
    pub(crate) fn of(names: &[&str], workspace: Workspace) -> Site {
        let arm = Arm::new();
        let mut ids = arm.groups(names);
        ids.extend(arm.asgs(names).into_iter().map(|(name, id)| (format!("asg-{name}"), id)));
        let workspace = arm.environment().into_iter().fold(workspace, |workspace, (name, value)| workspace.with_env(&name, &value));
        Site { arm, workspace, ids }
    }

    /// The site of [`SMALL`], applied.
    pub(crate) fn small() -> Site {
        let site = Site::new(&["core", "db"]);
        site.rollout(SMALL, "");
        site.settle();
        site
    }

    /// Puts ids for names.
    pub(crate) fn with_ids(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("<{name}>"), id))
    }

    /// Puts names for ids.
    pub(crate) fn with_names(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(id.as_str(), &format!("<{name}>")))
    }

    /// Writes the configuration: placements and further arguments.
    pub(crate) fn rollout(&self, placements: &str, more: &str) {
        let text = format!(
            "resource \"emc_azure_network_security_rules\" \"rollout\" {{\n  name = \"emc\"\n  placements = {{{placements}}}\n{more}\n}}\n"
        );
        self.workspace.write("main.tf", &self.with_ids(&text));
    }

    /// Plans and gives what changes, names for ids.
    #[track_caller]
    pub(crate) fn plan(&self) -> Vec<String> {
        changes(&self.with_names(&self.workspace.plan().stdout))
    }

    #[track_caller]
    pub(crate) fn settle(&self) -> Output {
        self.workspace.settle()
    }

    /// The attributes of the resource in the state.
    #[track_caller]
    pub(crate) fn state(&self) -> Value {
        self.workspace.values(ROLLOUT)
    }

    /// The live rules of a group: `1000 Inbound Allow Tcp 10.0.0.0/8:* > web:443 name: description`; instances are `…`.
    pub(crate) fn live(&self, group: &str) -> Vec<String> {
        self.arm.lines(group).into_iter().map(|line| without_instance(&line)).collect()
    }
}

/// Puts `…` for the random instance in a mark.
fn without_instance(line: &str) -> String {
    match line.split_once("[emc ").and_then(|(before, mark)| Some((before, mark.split_once(' ')?.0))) {
        Some((before, name)) => format!("{before}[emc {name} …]"),
        None => line.to_owned(),
    }
}
