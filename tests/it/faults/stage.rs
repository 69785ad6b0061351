//! Where a fault is played: two groups with rules of ours, of a sibling and of nobody, one group without any, two groups of another
//! account that rules name, and a resource that is changed to and fro between two forms.
//!
//! Each change makes every call that writes: rules change in place, come, go, are described anew where they name another account's
//! group, are marked with another name, and tags are put on and taken off. Eight rules of each form are in the other one too; they must
//! never go away.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use crate::support::{Ec2, Output, Workspace};

use super::column::{Column, Kind};
use super::live::{Live, Rule};
use super::state::State;
use super::way::{APPLY, Operation};

const RESOURCE: &str = "emc_aws_security_group_rules.rollout";
const PORTS: [u16; 2] = [29091, 39091];
/// Of the rules that name another account's groups.
const FAR_PORTS: [u16; 2] = [40001, 40101];
pub(super) const NAMES: [&str; 2] = ["emc-a", "emc-b"];

/// Which of our rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Far {
    /// Of the IPv4 block: in `core` each change moves it.
    Ipv4,
    /// Of the IPv6 block in one form, of a prefix list in the other: EC2 cannot change one into the other.
    Moves,
    /// In both forms.
    Stays,
    /// In another account, in both forms, with another description in each.
    Elsewhere,
}

/// A site with its state.
pub(super) struct Stage {
    pub(super) ec2: Ec2,
    pub(super) workspace: Workspace,
    groups: BTreeMap<String, String>,
    /// Another account, whose VPC is peered with that of the groups.
    partner: Ec2,
    /// Its groups: `field`, which may reach `core`, and `store`, which `desks` may reach.
    far: BTreeMap<String, String>,
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
        let partner = Ec2::new();
        let theirs = partner.setup(json!({ "groups": ["field", "store"], "cidr": "10.1.0.0/16" }));
        let far: BTreeMap<String, String> = serde_json::from_value(theirs["groups"].clone()).unwrap();
        ec2.peer(made["vpc"].as_str().unwrap(), &partner, theirs["vpc"].as_str().unwrap());
        // Three attempts instead of the usual twenty-five, so that what fails for ever does so soon.
        let workspace = Workspace::overridden().with_ec2(&ec2).with_env("AWS_MAX_ATTEMPTS", "3");
        let stage = Stage { ec2, workspace, groups, partner, far, lists, form: 0 };
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

    /// A group of the other account, and its place among those that name each other, from one.
    pub(super) fn asked_with_far_ends(&self) -> (usize, &str) {
        let group = self.far["field"].as_str();
        let all = [self.id("core"), self.id("desks"), group, self.far["store"].as_str()];
        (1 + all.iter().filter(|id| **id < group).count(), group)
    }

    pub(super) fn name(&self) -> &'static str {
        NAMES[self.form]
    }

    /// What the descriptions of rules that name another account's groups say.
    pub(super) fn ticket(&self) -> String {
        format!("CHG{}", self.form)
    }

    /// Puts another group in the place of one that was deleted.
    pub(super) fn replace(&mut self, group: &str) {
        let beside = self.groups.iter().find(|(name, _)| *name != group).unwrap().1; // where the other account's groups can be reached
        let id = self.ec2.group_beside(beside, group);
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
        let account = self.partner.account();
        let [first, second] = FAR_PORTS;
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
    field = {{ security_group_id = "{account}/{field}" }}
    store = {{ security_group_id = "{account}/{store}" }}
  }}
  policy {{
    extra {{
      name     = "field"
      from     = "field"
      to       = "core"
      protocol = "tcp"
      ports    = "{first},{second}"
      reason   = "they sell"
      ticket   = "{ticket}"
    }}
    extra {{
      name     = "store"
      from     = "desks"
      to       = "store"
      protocol = "tcp"
      ports    = "{first},{second}"
      reason   = "we look"
      ticket   = "{ticket}"
    }}
  }}
}}
"#,
                name = self.name(),
                field = self.far["field"],
                store = self.far["store"],
                ticket = self.ticket(),
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
        for port in FAR_PORTS {
            rules.insert(format!("core ingress tcp {port} {}", self.far["field"]));
            rules.insert(format!("desks egress tcp {port} {}", self.far["store"]));
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
        let (port, far_port) = (PORTS[port], FAR_PORTS[port]);
        match (group, far) {
            ("core", Far::Elsewhere) => format!("core ingress tcp {far_port} {}", self.far["field"]),
            (_, Far::Elsewhere) => format!("desks egress tcp {far_port} {}", self.far["store"]),
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
            let group = self.groups.iter().find(|(_, id)| whole["GroupId"] == **id).unwrap().0;
            rules.push(Rule::of(group, whole, &line));
        }
        Live { rules }
    }

    /// The id of the live rule with this text, whoever's it is.
    #[track_caller]
    pub(super) fn rule(&self, text: &str) -> String {
        let live = self.live();
        live.rules.iter().find(|rule| rule.text == text).unwrap_or_else(|| panic!("no `{text}` in {:#?}", live.rules)).id.clone()
    }

    /// What the state tells of the resource, if it is there.
    pub(super) fn state(&self) -> Option<State> {
        let text = fs::read_to_string(self.workspace.path().join("terraform.tfstate")).ok()?;
        State::read(&text, &self.groups, &self.far)
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
        self.groups.iter().chain(&self.far).fold(text.to_owned(), |text, (name, id)| text.replace(id, &format!("<{name}>")))
    }
}

/// The mark of another resource of ours.
pub(super) fn sibling() -> Value {
    json!({ "emc:name": "other", "emc:instance": "0123456789abcdef" })
}
