//! Where a fault is played: two groups with rules of ours, of a sibling and of nobody, one group without any, and a resource that is
//! changed to and fro between two forms.
//!
//! Each change makes every call that writes: rules change in place, come, go, are marked with another name, and tags are
//! put on and taken off. Four rules of each form are in the other one too; they must never go away.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use crate::support::{Ec2, Output, Workspace};

use super::column::{Column, Kind, Operation};

pub(super) const APPLY: [&str; 4] = ["apply", "-json", "-input=false", "-auto-approve"];
pub(super) const DESTROY: [&str; 4] = ["destroy", "-json", "-input=false", "-auto-approve"];
const RESOURCE: &str = "emc_aws_security_group_rules.rollout";
const PORTS: [u16; 2] = [29091, 39091];
const NAMES: [&str; 2] = ["emc-a", "emc-b"];

/// One live rule.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// Group, direction, protocol, ports, far end.
    pub(super) text: String,
    pub(super) id: String,
    /// The name in its mark.
    pub(super) name: Option<String>,
    pub(super) instance: Option<String>,
    /// As EC2 tells it.
    whole: Value,
}

/// What is live.
#[derive(Debug, Clone)]
pub(super) struct Live {
    rules: Vec<Rule>,
}

impl Live {
    pub(super) fn ours(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| rule.name.as_deref().is_some_and(|name| NAMES.contains(&name)))
    }

    /// Texts of our rules; each once.
    #[track_caller]
    pub(super) fn texts(&self) -> BTreeSet<String> {
        let texts: BTreeSet<String> = self.ours().map(|rule| rule.text.clone()).collect();
        assert_eq!(texts.len(), self.ours().count(), "a rule is there twice: {:#?}", self.rules);
        texts
    }

    /// The instances in the marks of our rules.
    pub(super) fn instances(&self) -> BTreeSet<&str> {
        self.ours().filter_map(|rule| rule.instance.as_deref()).collect()
    }

    /// Everybody else's rules by id, as EC2 tells them.
    pub(super) fn others(&self) -> BTreeMap<&str, &Value> {
        let ours: BTreeSet<&str> = self.ours().map(|rule| rule.id.as_str()).collect();
        self.rules.iter().filter(|rule| !ours.contains(rule.id.as_str())).map(|rule| (rule.id.as_str(), &rule.whole)).collect()
    }

    /// Asserts that each rule of ours carries this name, and all one instance.
    #[track_caller]
    pub(super) fn marked(&self, name: &str) {
        let marks: BTreeSet<(Option<&str>, Option<&str>)> =
            self.ours().map(|rule| (rule.name.as_deref(), rule.instance.as_deref())).collect();
        assert!(marks.len() == 1 && marks.iter().all(|(one, _)| *one == Some(name)), "marks {marks:?} instead of `{name}`");
    }
}

/// Which of our rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Far {
    /// Of the IPv4 block: in `core` each change moves it.
    Ipv4,
    /// Of the IPv6 block in one form, of a prefix list in the other: EC2 cannot change one into the other.
    Moves,
    /// In both forms.
    Stays,
}

/// A site with its state.
pub(super) struct Stage {
    pub(super) ec2: Ec2,
    pub(super) workspace: Workspace,
    groups: BTreeMap<String, String>,
    /// A prefix list of both forms, and one of the second.
    pub(super) lists: [String; 2],
    /// Which of the two forms is written in the configuration.
    form: usize,
}

impl Stage {
    /// A new site, applied.
    pub(super) fn new() -> Stage {
        let ec2 = Ec2::new();
        let made = ec2.setup(json!({
            "groups": ["core", "desks", "spare"], "default_egress": false, "prefix_lists": { "sites": ["fd00:70::/64"], "more": ["fd00:71::/64"] },
        }));
        let groups: BTreeMap<String, String> = serde_json::from_value(made["groups"].clone()).unwrap();
        let lists = ["sites", "more"].map(|list| made["prefix_lists"][list].as_str().unwrap().to_owned());
        // Three attempts instead of the usual twenty-five, so that what fails for ever does so soon.
        let workspace = Workspace::overridden().with_ec2(&ec2).with_env("AWS_MAX_ATTEMPTS", "3");
        let stage = Stage { ec2, workspace, groups, lists, form: 0 };
        stage.others_move_in("core");
        stage.others_move_in("desks");
        stage.write();
        stage.workspace.run(&APPLY).ok();
        stage
    }

    /// A rule of nobody's and one of a sibling.
    fn others_move_in(&self, group: &str) {
        let (egress, cidr) = if group == "core" { (false, "10.9.0.0/16") } else { (true, "fd00:9::/64") };
        self.ec2.authorize(self.id(group), json!({ "ports": "22", "cidr": cidr, "egress": egress, "description": "by hand" }));
        self.ec2.authorize(self.id(group), json!({ "ports": "8443", "cidr": cidr, "egress": egress, "tags": sibling() }));
    }

    pub(super) fn id(&self, group: &str) -> &str {
        &self.groups[group]
    }

    pub(super) fn name(&self) -> &'static str {
        NAMES[self.form]
    }

    /// Puts another group in the place of one that was deleted.
    pub(super) fn replace(&mut self, group: &str) {
        let id = self.ec2.bare_groups(&[group])[group].clone();
        self.groups.insert(group.to_owned(), id);
        if group != "spare" {
            self.others_move_in(group);
        }
        self.write();
    }

    /// Prepares an operation, so that its command can be run.
    pub(super) fn begin(&mut self, column: &Column) {
        match (column.operation, column.kind) {
            (Operation::Update, _) => {
                self.form = 1 - self.form;
                self.write();
            }
            (Operation::Create, kind) => {
                self.forget_state();
                if kind != Kind::Tag {
                    self.revoke_ours();
                }
            }
            (Operation::Destroy, _) => {}
        }
    }

    /// The command of an operation.
    pub(super) fn command(operation: Operation) -> &'static [&'static str] {
        match operation {
            Operation::Update | Operation::Create => &APPLY,
            Operation::Destroy => &DESTROY,
        }
    }

    fn forget_state(&self) {
        for file in ["terraform.tfstate", "terraform.tfstate.backup"] {
            if self.workspace.path().join(file).exists() {
                self.workspace.remove(file);
            }
        }
    }

    /// By hand.
    fn revoke_ours(&self) {
        for rule in self.live().ours() {
            let (group, rest) = rule.text.split_once(' ').unwrap();
            self.ec2.revoke_ids(self.id(group), &[&rule.id], rest.starts_with("egress"));
        }
    }

    fn write(&self) {
        let [sites, more] = &self.lists;
        let form = self.form;
        let (blocks, agents, servers) = match form {
            0 => (true, format!("\"{sites}\""), String::new()),
            _ => (false, format!("\"{sites}\", \"{more}\""), format!("\"{more}\"")),
        };
        let block = |block: &str| if blocks { format!("\"{block}\"") } else { String::new() };
        let (core, desks, spare) = (self.id("core"), self.id("desks"), self.id("spare"));
        self.workspace.write(
            "main.tf",
            &format!(
                r#"
provider "emc" {{
  aws {{
    default_tags {{
      tags = {{ form_{form} = "applied" }}
    }}
  }}
}}

resource "emc_aws_security_group_rules" "rollout" {{
  name = "{name}"
  placements = {{
    desks = {{
      components        = ["desktop"]
      security_group_id = "{desks}"
      peer_by           = "addresses"
      cidr_ipv4         = ["10.2{form}.0.0/16"]
      cidr_ipv6         = [{agents6}]
      prefix_list_ids   = [{agents}]
    }}
    core = {{
      components        = ["configuration"]
      security_group_id = "{core}"
      peer_by           = "addresses"
      cidr_ipv4         = ["10.60.0.0/24"]
      cidr_ipv6         = [{servers6}]
      prefix_list_ids   = [{servers}]
    }}
    spare = {{ components = ["weblm"], security_group_id = "{spare}" }}
  }}
}}
"#,
                name = self.name(),
                agents6 = block("fd00:20::/64"),
                servers6 = block("fd00:60::/64"),
            ),
        );
    }

    /// Our rules in one of the two forms.
    fn form(&self, form: usize) -> BTreeSet<String> {
        let desks = [format!("10.2{form}.0.0/16"), self.moves("core", form), self.lists[0].clone()];
        let core = ["10.60.0.0/24".to_owned(), self.moves("desks", form)];
        let mut rules = BTreeSet::new();
        for port in PORTS {
            rules.extend(desks.iter().map(|far| format!("core ingress tcp {port} {far}")));
            rules.extend(core.iter().map(|far| format!("desks egress tcp {port} {far}")));
        }
        rules
    }

    /// Our rules as the configuration wants them.
    pub(super) fn wanted(&self) -> BTreeSet<String> {
        self.form(self.form)
    }

    /// Our rules of both forms: there may never be others.
    pub(super) fn known(&self) -> BTreeSet<String> {
        &self.form(0) | &self.form(1)
    }

    /// The far end that each change replaces, in the rules of a group.
    fn moves(&self, group: &str, form: usize) -> String {
        match (form, group) {
            (0, "core") => "fd00:20::/64".to_owned(),
            (0, _) => "fd00:60::/64".to_owned(),
            _ => self.lists[1].clone(),
        }
    }

    /// The text of a rule of ours: the one with this far end, of the form that is wanted or of the other.
    pub(super) fn text(&self, group: &str, far: Far, wanted: bool, port: usize) -> String {
        let form = if wanted { self.form } else { 1 - self.form };
        let port = PORTS[port];
        match (group, far) {
            ("core", Far::Ipv4) => format!("core ingress tcp {port} 10.2{form}.0.0/16"),
            ("core", Far::Moves) => format!("core ingress tcp {port} {}", self.moves(group, form)),
            ("core", Far::Stays) => format!("core ingress tcp {port} {}", self.lists[0]),
            (_, Far::Ipv4 | Far::Stays) => format!("desks egress tcp {port} 10.60.0.0/24"),
            (_, Far::Moves) => format!("desks egress tcp {port} {}", self.moves(group, form)),
        }
    }

    pub(super) fn live(&self) -> Live {
        let groups: Vec<&str> = self.groups.values().map(String::as_str).collect();
        let mut rules = Vec::new();
        for (whole, line) in self.ec2.rules_and_lines(&groups) {
            let tag = |key: &str| {
                let mut tags = whole["Tags"].as_array().into_iter().flatten().filter(|tag| tag["Key"] == key);
                tags.next().map(|tag| tag["Value"].as_str().unwrap().to_owned())
            };
            let group = self.groups.iter().find(|(_, id)| whole["GroupId"] == **id).unwrap().0;
            rules.push(Rule {
                text: format!("{group} {}", line.split(": ").next().unwrap()),
                id: whole["SecurityGroupRuleId"].as_str().unwrap().to_owned(),
                name: tag("emc:name"),
                instance: tag("emc:instance"),
                whole,
            });
        }
        Live { rules }
    }

    /// The id of the live rule with this text, whoever's it is.
    #[track_caller]
    pub(super) fn rule(&self, text: &str) -> String {
        let live = self.live();
        live.rules.iter().find(|rule| rule.text == text).unwrap_or_else(|| panic!("no `{text}` in {:#?}", live.rules)).id.clone()
    }

    /// The rules that the state tells of, and whether the resource is tainted; nothing without the resource.
    pub(super) fn state(&self) -> Option<(BTreeSet<String>, bool)> {
        let text = fs::read_to_string(self.workspace.path().join("terraform.tfstate")).ok()?;
        if text.is_empty() {
            return None; // of a command that was killed before it had anything to write
        }
        let state: Value = serde_json::from_str(&text).unwrap();
        let resource = state["resources"].as_array()?.iter().find(|resource| resource["type"] == "emc_aws_security_group_rules")?;
        let instance = resource["instances"].get(0)?;
        let mut rules = BTreeSet::new();
        for (place, directions) in instance["attributes"]["lines"].as_object().unwrap() {
            // A group that no placement names any more stands under its id.
            let group = self.groups.iter().find(|(_, id)| *id == place).map_or(place.as_str(), |(name, _)| name);
            for (direction, lines) in directions.as_object().unwrap() {
                for (key, line) in lines.as_object().unwrap() {
                    rules.extend(told(direction, key, line.as_str().unwrap()).into_iter().map(|rule| format!("{group} {rule}")));
                }
            }
        }
        Some((rules, instance["status"] == "tainted"))
    }

    #[track_caller]
    pub(super) fn untaint(&self) {
        self.workspace.run(&["untaint", "-no-color", RESOURCE]).ok();
    }

    /// Plans, for what is left to do.
    #[track_caller]
    pub(super) fn plan(&self) -> Output {
        self.workspace.plan_with(&[])
    }

    /// Puts names for ids.
    pub(super) fn with_names(&self, text: &str) -> String {
        self.groups.iter().fold(text.to_owned(), |text, (name, id)| text.replace(id, &format!("<{name}>")))
    }
}

/// The mark of another resource of ours.
pub(super) fn sibling() -> Value {
    json!({ "emc:name": "other", "emc:instance": "0123456789abcdef" })
}

/// The cloud rules that one line tells of: `configuration.29091 (plain, row 4): 10.20.0.0/16, fd00:20::/64`, or
/// `not asked for: sgr-…` with the far end in the key, or an edited rule with its present form.
fn told(direction: &str, key: &str, line: &str) -> Vec<String> {
    let (traffic, far) = key.split_once(if direction == "ingress" { " from " } else { " to " }).unwrap();
    if line.starts_with("not asked for: ") {
        return vec![format!("{direction} {traffic} {far}")];
    }
    let (_, ends) = line.split_once("): ").unwrap();
    let mut rules = Vec::new();
    for part in ends.split("; ") {
        if let Some((_, now)) = part.split_once(" was changed by hand to ") {
            rules.push(now.replace(" from ", " ").replace(" to ", " "));
        } else if !part.contains(" was described by hand") {
            rules.extend(part.split(", ").map(|far| format!("{direction} {traffic} {far}")));
        }
    }
    rules
}
