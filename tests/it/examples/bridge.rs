//! The bridges to the official providers, planned and applied by the real CLI against stand-ins that serve and refuse what is recorded of
//! those providers (`tests/official`). What comes of it is compared with what the resources of this provider write.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::assertions::tested;
use super::{are_real, example, quotes};
use crate::support::{Official, Output, Workspace};

mod aws;
mod azure;

/// An example of a bridge in a working directory.
struct Bridge {
    folder: &'static str,
    workspace: Workspace,
}

impl Bridge {
    /// The example with groups of its own, initialized.
    fn new(folder: &'static str, files: &[&str], workspace: Workspace, groups: &Value) -> Bridge {
        let bridge = Bridge { folder, workspace: workspace.with_official() };
        bridge.workspace.remove("versions.tf"); // it has its own
        for file in files {
            bridge.workspace.write(file, &bridge.text(file));
        }
        bridge.workspace.write("terraform.tfvars", &bridge.text("terraform.tfvars.example"));
        bridge.workspace.write("groups.auto.tfvars.json", &groups.to_string());
        bridge.workspace.init();
        bridge.workspace.validate();
        bridge
    }

    /// A file as it is committed.
    fn text(&self, file: &str) -> String {
        example(&format!("{}/{file}", self.folder))
    }

    /// Writes a file as it is committed but for this.
    #[track_caller]
    fn alter(&self, file: &str, from: &str, to: &str) {
        let text = self.text(file);
        assert!(text.contains(from), "{file} has no `{from}`");
        self.workspace.write(file, &text.replace(from, to));
    }

    /// Writes a file as it is committed.
    fn restore(&self, file: &str) {
        self.workspace.write(file, &self.text(file));
    }

    /// Runs `terraform test` on it.
    #[track_caller]
    fn tested(&self, passes: bool) -> String {
        self.workspace.write("bridge.tftest.hcl", &self.text("bridge.tftest.hcl"));
        tested(&self.workspace, passes)
    }

    /// Lets the Control Panel reach the database instead of desktops, and opens plain flows as the table lists them.
    fn open_too_much(&self) {
        let main = self.text("main.tf");
        let opened = main.replace("\"prefer_secure\"", "\"as_listed\"").replace(
            "    management_from = [\"supervisors\"]\n",
            "    management_from = [\"supervisors\"]\n    initiators      = { \"sql_server.1433\" = [\"control_panel\", \"media_stores\"] }\n",
        );
        self.workspace.write("main.tf", &opened);
    }

    /// The block `policy` as it is written.
    fn policy(&self) -> String {
        let main = self.text("main.tf");
        let begin = main.find("  policy {\n").unwrap();
        let end = begin + main[begin..].find("\n  }\n").unwrap();
        main[begin..end].to_owned() + "\n  }\n"
    }

    /// The block of the README that begins so, with the policy in place of the comment that stands for it.
    fn of_readme(&self, begin: &str) -> String {
        let readme = self.text("README.md");
        let (_, rest) = readme.split_once(&format!("```terraform\n{begin}")).unwrap();
        let (block, _) = rest.split_once("```").unwrap();
        let stands_for_it = "  policy {\n    # as in data.emc_rules.site\n  }\n";
        assert!(block.contains(stands_for_it), "{block}");
        format!("{begin}{block}").replace(stands_for_it, &self.policy())
    }

    /// Lets the policy open multicast flows, where one is placed.
    fn with_multicast(&self) {
        let main = self.text("main.tf").replace("\"license_director\", ", "\"license_director\", \"application_management_director\", ");
        let opened = main.replace("  policy {\n", "  policy {\n    multicast = \"transit_gateway\"\n");
        assert_ne!(main, opened);
        self.workspace.write("main.tf", &opened);
    }

    /// Has this data source judge what is live: the output `audit`.
    fn audit(&self, source: &str, before: &str) {
        let policy = self.policy();
        let data = format!("data \"{source}\" \"audit\" {{\n  placements = local.placements\n\n{policy}}}\n");
        let output = format!("output \"audit\" {{\n  value = data.{source}.audit\n}}\n");
        self.workspace.write("audit.tf", &format!("{before}{data}\n{output}"));
        self.workspace.apply();
        self.workspace.remove("audit.tf");
    }

    /// What the next plan does with the rules: each key with the actions.
    #[track_caller]
    fn changes(&self) -> BTreeMap<String, String> {
        let plan = self.workspace.plan_json();
        let changed = plan["resource_changes"].as_array().unwrap().iter().filter(|change| change["mode"] == "managed");
        let actions = |change: &Value| -> String {
            let actions = change["change"]["actions"].as_array().unwrap();
            actions.iter().map(|action| action.as_str().unwrap()).collect::<Vec<_>>().join(", ")
        };
        let keyed = changed.map(|change| (change["index"].as_str().unwrap().to_owned(), actions(change)));
        keyed.filter(|(_, actions)| actions != "no-op").collect()
    }

    /// Alterations of bridge.tf that are refused, each with words of the refusal.
    #[track_caller]
    fn refuses(&self, altered: &[(&str, &str, &str)]) {
        for (from, to, said) in altered {
            self.alter("bridge.tf", from, to);
            self.workspace.plan_fails().says(said);
        }
        self.restore("bridge.tf");
    }
}

/// The rules in a plan or a state as `terraform show -json` gives it: the values of each, and its
/// `type`.
fn rules(shown: &Value) -> Vec<Value> {
    let values = [&shown["planned_values"], &shown["values"]].into_iter().find(|values| values.is_object()).unwrap();
    let resources = values["root_module"]["resources"].as_array().unwrap().iter();
    let rules = resources.filter(|resource| resource["mode"] == "managed" && resource["index"].is_string());
    let with_type = |rule: &Value| {
        let mut values = rule["values"].clone();
        values["type"] = rule["type"].clone();
        values
    };
    rules.map(with_type).collect()
}

/// A schema without what is said about it.
fn bare(schema: &Value) -> Value {
    const SAID: [&str; 2] = ["description", "description_kind"];
    let Some(members) = schema.as_object() else { return schema.clone() };
    // An attribute may be called `description`: it is an object, and what is said is a text.
    let kept = members.iter().filter(|(name, value)| value.is_object() || !SAID.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), bare(value))).collect()
}

#[test]
fn the_stand_ins_serve_what_is_recorded() {
    let workspace = Workspace::new().with_official();
    let provider = |source: &str| format!("    {source} = {{\n      source = \"hashicorp/{source}\"\n    }}\n");
    let providers = provider("aws") + &provider("azurerm");
    workspace.write("versions.tf", &format!("terraform {{\n  required_providers {{\n{providers}  }}\n}}\n"));
    workspace.init();
    let said = workspace.run(&["providers", "schema", "-json"]).ok();
    let served: Value = serde_json::from_str(&said.stdout).unwrap();
    for official in [Official::AWS, Official::AZURE] {
        let record = official.record();
        let mut schemas = served["provider_schemas"].as_object().unwrap().iter();
        let (_, served) = schemas.find(|(address, _)| address.ends_with(official.source())).unwrap();
        assert_eq!(bare(&served["provider"]), bare(&record["schema"]["provider"]));
        assert_eq!(bare(&served["resource_schemas"]), bare(&record["schema"]["resource_schemas"]));
    }
}

/// Asserts that what the README of a bridge quotes was said.
#[track_caller]
fn quotes_are_real(bridge: &Bridge, said: &[Output]) {
    let readme = bridge.text("README.md");
    assert!(!quotes(&readme).is_empty());
    let said: Vec<String> = said.iter().map(Output::text).collect();
    are_real(&[(bridge.folder, readme)], &said, bridge.folder);
}

/// The difference of two sets of openings, for a message.
fn differ(one: &BTreeSet<String>, other: &BTreeSet<String>) -> Value {
    let lacking = |all: &BTreeSet<String>, some: &BTreeSet<String>| all.difference(some).cloned().collect::<Vec<_>>();
    json!({ "only the first": lacking(one, other), "only the second": lacking(other, one) })
}
