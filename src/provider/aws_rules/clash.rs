//! Rules of others that open what ours should: in whose hands they are, what becomes ours, and the ways out. Words only.

use std::collections::BTreeMap;

use super::super::telling::list;
use super::forewarn::at_group;
use super::rollout::Rollout;
use crate::aws::audit::Finding;
use crate::aws::{Holder, LiveRule, Observed, RuleId, SecurityGroupId};
use crate::plugin::{AttributePath, Diagnostic};

use super::live::described;

impl Rollout {
    /// Returns one error for each group and holder whose rules stand in the way of ours.
    pub(super) fn clashes(&self, findings: &[Finding], observed: &BTreeMap<SecurityGroupId, Observed>) -> Vec<Diagnostic> {
        let mut clashes: BTreeMap<(&SecurityGroupId, Option<&str>), Vec<String>> = BTreeMap::new();
        for finding in findings {
            let Finding::Clash { group, permission, rules, holder } = finding else { continue };
            let holder = match holder {
                Holder::Foreign => None,
                Holder::Sibling(name) => Some(name.as_str()),
            };
            let live = observed.get(group).map(Observed::rules).unwrap_or_default();
            let text = |id: &RuleId| live.iter().find(|rule| rule.id == *id).map(described).unwrap_or_default();
            clashes.entry((group, holder)).or_default().extend(rules.iter().map(|id| format!("{id}: {permission}{}", text(id))));
        }
        let told = clashes.into_iter().map(|((group, holder), lines)| {
            let (whose, ways) = match holder {
                None => (
                    "They carry no mark of this provider".to_owned(),
                    "Three ways out: set `adopt_existing = true`, and they are taken over as they stand; or delete them by hand, and this resource makes its own; or leave them to whoever made them, and close the flows here with `exclude` in `policy`.".to_owned(),
                ),
                Some(name) => (
                    format!("They belong to the resource with `name = \"{name}\"`"),
                    format!(
                        "Three ways out: leave each rule to one of the two resources, with `exclude` or `manage`; or take it out of `{name}` first, in an apply of its own; or merge the two."
                    ),
                ),
            };
            let detail = format!(
                "{} has rules already that open what this configuration asks for. {whose}, and EC2 keeps equal rules once:\n\n{}\n\n{ways}",
                self.place(group),
                list(&lines)
            );
            let at = self.residents(group).next().map_or_else(AttributePath::root, at_group);
            Diagnostic::error("Clash with existing rules", detail).at(&at)
        });
        told.collect()
    }

    /// Warns of rules that this apply makes ours: those without a mark, and those of another instance of this name.
    pub(super) fn takeovers(&self, findings: &[Finding]) -> Vec<Diagnostic> {
        let rules: Vec<&LiveRule> =
            findings.iter().filter_map(|finding| if let Finding::TakeOver { rule } = finding { Some(rule) } else { None }).collect();
        let lines = |marked: bool| -> Vec<String> {
            let rules = rules.iter().filter(|rule| rule.mark.is_some() == marked);
            rules.map(|rule| format!("{}: {}: {}{}", self.place(&rule.group), rule.id, rule.permission, described(rule))).collect()
        };
        let (foreign, lost) = (lines(false), lines(true));
        let by_hand = format!(
            "These rules are there already without a mark of this provider, and they open what is asked for:\n\n{}\n\nThey stay open all the time; they get this resource's descriptions, and its mark when everything else is done. From then on they are revoked when nothing here asks for them any more, and when this resource is destroyed.",
            list(&foreign)
        );
        let name = self.name.as_deref().unwrap_or_default();
        let of_another = format!(
            "These rules carry the `name` \"{name}\", and another instance of it made them:\n\n{}\n\nThose that still stand when this is applied are taken over, and do not close. That is right where the other instance is no more: a create that was killed, a state that was lost, an object that this one replaces. If another configuration or another state uses this `name` for the same group, do not apply: give one of the two another `name`, or each will take the rules of the other.",
            list(&lost)
        );
        let at = AttributePath::root().attr("name");
        let mut told = Vec::new();
        if !foreign.is_empty() {
            told.push(Diagnostic::warning("Rules made by hand are taken over", by_hand));
        }
        if !lost.is_empty() {
            told.push(Diagnostic::warning("Rules of another instance are taken over", of_another).at(&at));
        }
        told
    }

    /// Returns a group as a sentence names it, with the placement that it belongs to.
    pub(super) fn place(&self, group: &SecurityGroupId) -> String {
        match self.residents(group).next() {
            Some(placement) => format!("{group} (placement `{placement}`)"),
            None => group.to_string(),
        }
    }
}
