//! Where a fault is played: two groups with rules of ours, of a sibling and of nobody, and a resource that is changed to and fro between
//! two forms.
//!
//! Each change makes every call that writes: rules come, go and change in place. What is not listed is denied, so that denials are
//! there too. Rules that both forms have must never go away. Whoever signs in has the least role of the guide for the way in which it
//! writes, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{fs, thread};

use serde_json::{Value, json};

use crate::azure::Site;
use crate::azure::permissions::{act_as, roles};
use crate::faults::way::{APPLY, Operation};
use crate::support::{PATIENCE, Workspace};

use super::column::Mode;
use super::live::{Live, Rule};
use super::state::State;

pub(super) const GROUPS: [&str; 2] = ["core", "db"];
/// The group whose calls go wrong.
pub(super) const GROUP: &str = GROUPS[0];
/// The rule that branches reach, which both forms have as it is.
pub(super) const STAYS: &str = "emc-emc.core.in.tcp-29091.from.branch";
/// The rule that agents reach, from other addresses in each form.
pub(super) const CHANGES: &str = "emc-emc.core.in.tcp-29091.from.agents";

/// A site with its state.
pub(super) struct Stage {
    pub(super) site: Site,
    mode: Mode,
    /// Our rules in each of the two forms.
    forms: [BTreeSet<String>; 2],
    /// Which of them is written in the configuration.
    form: usize,
}

impl Stage {
    /// A new site, applied.
    pub(super) fn new(mode: Mode) -> Stage {
        let [_, at_once, by_rule] = roles();
        let role = if mode == Mode::AtOnce { at_once } else { by_rule };
        let site = act_as(Site::of(&GROUPS, Workspace::overridden()), &role);
        site.arm.settings(json!({ "page": 8 }));
        let mut stage = Stage { site, mode, forms: [BTreeSet::new(), BTreeSet::new()], form: 0 };
        GROUPS.into_iter().for_each(|group| stage.others_move_in(group));
        // Both forms are the same on every site: nothing in them is an id.
        static FORMS: OnceLock<[BTreeSet<String>; 2]> = OnceLock::new();
        let forms = FORMS.get_or_init(|| {
            let second = stage.apply(1);
            [stage.apply(0), second]
        });
        stage.forms = forms.clone();
        assert_eq!(&stage.apply(0), stage.wanted());
        let common = forms[0].intersection(&forms[1]).count();
        assert!(common > 0 && forms.iter().all(|form| form.len() > common), "two forms: {forms:#?}");
        stage
    }

    /// Applies a form; our rules of it.
    fn apply(&mut self, form: usize) -> BTreeSet<String> {
        self.form = form;
        self.write("");
        self.site.workspace.run(&APPLY).ok();
        self.live().said()
    }

    /// A rule of nobody's, one of a sibling, and what else there may be in a group.
    pub(super) fn others_move_in(&self, group: &str) {
        let by_hand =
            json!({ "priority": 200, "sourceAddressPrefix": "10.99.0.0/16", "destinationPortRange": "3389", "futureProperty": { "a": 1 } });
        self.site.arm.put_rule(group, "by-hand", by_hand);
        self.site.arm.put_rule(group, &format!("emc-other.{group}.in.tcp-8443.from.web"), sibling(201));
        self.site.arm.edit_group(group, json!({ "changes": { "futureSetting": "kept" }, "tags": { "owner": "net" } }));
    }

    /// Prepares an operation, so that its command can be run.
    pub(super) fn begin(&mut self, operation: Operation) {
        self.rest();
        match operation {
            Operation::Update => self.form = 1 - self.form,
            Operation::Create => {
                for file in ["terraform.tfstate", "terraform.tfstate.backup"] {
                    let _ = fs::remove_file(self.site.workspace.path().join(file));
                }
                let live = self.live();
                live.ours().for_each(|rule| self.site.arm.delete_rule(rule.group, &rule.name));
            }
            Operation::Destroy => {}
        }
        self.write("");
    }

    /// Writes the configuration, with further arguments.
    pub(super) fn write(&self, more: &str) {
        let form = self.form;
        let mode = if self.mode == Mode::AtOnce { "group" } else { "rule" };
        let comes = ["preview_contact_store", "email_store"][form];
        let placements = format!(
            r#"
    agents = {{ components = ["desktop"], address_prefixes = ["10.50.0.0/16", "10.6{form}.0.0/16"] }}
    branch = {{ components = ["desktop"], address_prefixes = ["10.70.0.0/16"] }}
    core   = {{ components = ["configuration", "{comes}"], network_security_group_id = "<core>", application_security_group_ids = ["<asg-core>"] }}
    db     = {{ components = ["sql_server"], network_security_group_id = "<db>", address_prefixes = ["10.1.2.0/24"] }}
"#
        );
        self.site.rollout(&placements, &format!("  write_mode = \"{mode}\"\n  deny_unlisted = true\n{more}"));
    }

    /// Our rules as the configuration wants them.
    pub(super) fn wanted(&self) -> &BTreeSet<String> {
        &self.forms[self.form]
    }

    /// Our rules of both forms: there may never be others.
    pub(super) fn known(&self) -> BTreeSet<String> {
        &self.forms[0] | &self.forms[1]
    }

    /// The name of a rule of the group that is wanted, and not in the other form.
    pub(super) fn comes(&self) -> String {
        let name = |said: &String| said.strip_prefix("core ").and_then(|said| said.split_once(": ")).map(|(name, _)| name.to_owned());
        let names = |form: usize| self.forms[form].iter().filter_map(name).collect::<BTreeSet<String>>();
        let comes = names(self.form).difference(&names(1 - self.form)).next().cloned();
        comes.expect("a rule that comes")
    }

    /// The priority that a plan gives to a rule of the group that comes.
    #[track_caller]
    pub(super) fn planned_slot(&self) -> u64 {
        let comes = self.comes();
        let ports = comes.split_once(".tcp-").and_then(|(_, rest)| rest.split_once(".from.")).unwrap();
        let key = format!("tcp {} from {}", ports.0, ports.1);
        let plan = self.site.workspace.plan_json();
        self.site.arm.reset();
        let line = &plan["resource_changes"][0]["change"]["after"]["lines"][GROUP]["ingress"][&key];
        line.as_str().and_then(|line| line.split(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("no slot of `{key}` in {plan}"))
    }

    /// Whether a group is as it is wanted, and nothing works on it.
    pub(super) fn is_settled(&self, group: &'static str, wanted: &BTreeSet<String>) -> bool {
        let of_group = |said: &BTreeSet<String>| -> BTreeSet<String> {
            said.iter().filter(|said| said.starts_with(&format!("{group} "))).cloned().collect()
        };
        self.is_at_rest(group) && of_group(&self.live().said()) == of_group(wanted)
    }

    /// Whether nothing works on a group.
    fn is_at_rest(&self, group: &str) -> bool {
        self.site.arm.group(group)["properties"]["provisioningState"] != "Updating"
    }

    /// Waits until nothing works on any group. An operation that nobody asked for ends by itself, and that changes the etag: it would
    /// come between look and write of the next scenario.
    fn rest(&self) {
        let began = Instant::now();
        while !GROUPS.into_iter().all(|group| self.is_at_rest(group)) {
            assert!(began.elapsed() < PATIENCE, "an operation that does not end");
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(super) fn live(&self) -> Live {
        let (mut rules, mut around) = (Vec::new(), BTreeMap::new());
        for group in GROUPS {
            if !self.site.arm.has_group(group) {
                continue;
            }
            let shown = self.site.arm.group(group);
            let found = shown["properties"]["securityRules"].as_array().unwrap();
            rules.extend(found.iter().map(|rule| Rule::of(group, rule, &self.site.arm.line(rule))));
            around.insert(group, json!([shown["location"], shown["tags"], shown["properties"]["futureSetting"]]));
        }
        Live { rules, around }
    }

    /// What the state tells of the resource, if it is there.
    pub(super) fn state(&self) -> Option<State> {
        State::read(&fs::read_to_string(self.site.workspace.path().join("terraform.tfstate")).ok()?)
    }
}

/// A rule as another resource of ours makes it.
pub(super) fn sibling(priority: u16) -> Value {
    json!({
        "priority": priority, "sourceAddressPrefix": "10.98.0.0/16", "destinationPortRange": "8443",
        "description": "web [emc other 0123456789abcdef]",
    })
}
