//! Rules in our groups that this provider did not make, as a reviewer sees them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::on_foreign::OnForeign;
use super::super::telling::list;
use super::kept::Kept;
use super::live::described;
use super::rollout::Rollout;
use crate::aws::{Ec2, LiveRule, Mark, Observed, Owner, Permission, RuleId, SecurityGroupId};
use crate::plugin::{Diagnostic, Value};
use crate::rule::Rule;
use crate::topology::PlacementName;

/// How old a look may be that shows the default egress of groups that no plan could see: what the same run saw a moment ago.
const RECENT: std::time::Duration = std::time::Duration::from_secs(30);

/// Foreign rules by placement, key and text; of several placements in one group the first has them.
type Foreign = BTreeMap<String, BTreeMap<String, String>>;

impl Rollout {
    /// Returns what `foreign_rules` shows for what was last read; nothing if a managed group was never read.
    pub(super) fn foreign(&self, kept: &Kept) -> Option<Value> {
        self.foreign_told(kept, |_, _| false)
    }

    /// Returns the same where some of these rules are told as going.
    fn foreign_told(&self, kept: &Kept, goes: impl Fn(&LiveRule, &Mark) -> bool) -> Option<Value> {
        if self.on_foreign == OnForeign::Ignore {
            return Some(Value::map::<String>([]));
        }
        let mark = kept.mark(self.name.as_deref()?);
        let bound = self.bind();
        let mut shown = Foreign::new();
        for placement in self.managed() {
            let group = self.group(placement)?;
            let seen = kept.seen(group)?;
            if self.residents(group).next() != Some(placement) {
                continue;
            }
            let others = seen.rules().iter().filter(|rule| !self.takes_over(rule, &mark, bound.get(group)));
            let entries: BTreeMap<String, String> = others.filter_map(|rule| entry(rule, &mark, goes(rule, &mark))).collect();
            if !entries.is_empty() {
                shown.insert(placement.to_string(), entries);
            }
        }
        Some(Value::map(
            shown
                .into_iter()
                .map(|(placement, entries)| (placement, Value::map(entries.into_iter().map(|(key, text)| (key, Value::string(text)))))),
        ))
    }

    /// Tells whether a rule of others becomes ours by an apply: what does is a line, not a foreign rule.
    fn takes_over(&self, rule: &LiveRule, mark: &Mark, asked: Option<&BTreeMap<Permission, Vec<&Rule>>>) -> bool {
        let asked_for = asked.is_some_and(|asked| asked.contains_key(&rule.permission));
        match rule.owner(mark) {
            Owner::Lost => asked_for,
            Owner::Foreign => self.adopt_existing && asked_for,
            Owner::Ours | Owner::Sibling(_) => false,
        }
    }

    /// Warns of what is in the groups before the first apply. A plan to create cannot hold it as a value: it may change until then.
    pub(super) fn foreign_before(&self, kept: &Kept, observed: &BTreeMap<SecurityGroupId, Observed>) -> Option<Diagnostic> {
        if self.on_foreign == OnForeign::Ignore {
            return None;
        }
        let mark = kept.mark(self.name.as_deref().unwrap_or_default());
        let bound = self.bind();
        let mut lines = Vec::new();
        let mut some_go = false;
        for (group, seen) in observed {
            let place = self.residents(group).next().map_or(group.as_str(), PlacementName::as_str);
            let others = seen.rules().iter().filter(|rule| !self.takes_over(rule, &mark, bound.get(group)));
            for rule in others {
                let goes = self.remove_default_egress && rule.permission.is_allow_all_egress();
                let Some((key, text)) = entry(rule, &mark, goes) else { continue };
                some_go |= goes;
                lines.push(format!("{place}: {key}: {text}"));
            }
        }
        lines.sort_unstable();
        let others = if some_go { "Those to be revoked go with this apply. The others" } else { "They" };
        let detail = format!(
            "These rules are in the groups already, and this provider did not make them:\n\n{}\n\n{others} stay, and `foreign_rules` lists them after the apply.",
            list(&lines)
        );
        (!lines.is_empty()).then(|| Diagnostic::warning("Foreign rules in the security groups", detail))
    }

    /// Returns what a plan shows: what is to stay, which is everything not yet in the state, and what is not removed.
    pub(super) fn foreign_to_stay(&self, kept: &Kept, acknowledged: &Value) -> Option<Value> {
        let doomed = self.doomed(kept, acknowledged);
        let live = self.foreign(kept)?;
        let stays = |text: &Value| !text.as_str().is_some_and(|text| doomed.iter().any(|(_, id)| names(text, id)));
        Some(only(&live, |_, text| stays(text)))
    }

    /// Returns what reading puts into the state: what the last apply acknowledged, and besides what is there to be removed, so that
    /// the next plan shows it as removed.
    pub(super) fn foreign_read(&self, kept: &Kept, acknowledged: &Value) -> Option<Value> {
        let live = self.foreign_told(kept, |rule, mark| self.is_removable(rule, mark))?;
        if self.on_foreign == OnForeign::Remove {
            return Some(live);
        }
        let is_live = |placement: &str, key: &str| {
            let group = self.managed().find(|name| name.as_str() == placement).and_then(|name| self.group(name));
            let seen = group.and_then(|group| kept.seen(group));
            seen.iter().flat_map(Observed::rules).any(|rule| rule.permission.to_string() == key)
        };
        let mut read = self.on_foreign.told_gone(acknowledged, is_live);
        if self.remove_default_egress {
            for (placement, entries) in only(&live, |key, _| is_default_egress(key)).entries() {
                let mut all = read.get(placement).clone();
                if all.is_null() {
                    all = Value::map::<String>([]);
                }
                entries.entries().for_each(|(key, text)| all.set_entry(key, text.clone()));
                read.set_entry(placement, all);
            }
        }
        Some(read)
    }

    /// Returns the rules that are revoked: those which the state shows and which are still there, the default egress only if
    /// `remove_default_egress` says so, others only under `on_foreign = "remove"`.
    pub(super) fn doomed(&self, kept: &Kept, acknowledged: &Value) -> BTreeSet<(SecurityGroupId, RuleId)> {
        let mut doomed = BTreeSet::new();
        let mark = kept.mark(self.name.as_deref().unwrap_or_default());
        for placement in self.managed() {
            let Some(group) = self.group(placement) else { continue };
            let shown: Vec<&str> = acknowledged.get(placement.as_str()).entries().filter_map(|(_, text)| text.as_str()).collect();
            let seen = kept.seen(group);
            let removable = seen.iter().flat_map(Observed::rules).filter(|rule| self.is_removable(rule, &mark));
            let removable = removable.filter(|rule| shown.iter().any(|text| names(text, &rule.id)));
            doomed.extend(removable.map(|rule| (group.clone(), rule.id.clone())));
        }
        doomed
    }

    fn is_removable(&self, rule: &LiveRule, mark: &Mark) -> bool {
        let is_told = if rule.permission.is_allow_all_egress() {
            self.remove_default_egress && self.on_foreign != OnForeign::Ignore
        } else {
            self.on_foreign == OnForeign::Remove
        };
        is_told && matches!(rule.owner(mark), Owner::Foreign | Owner::Lost)
    }

    /// Returns the default egress of groups that were never read, so that no plan could show it: the configuration itself says that
    /// it goes. If EC2 cannot be asked, what is written next will tell.
    pub(super) async fn doomed_unseen(&self, kept: &Kept, ec2: &Ec2) -> BTreeSet<(SecurityGroupId, RuleId)> {
        let unseen: BTreeSet<SecurityGroupId> = self.groups().into_iter().filter(|group| kept.seen(group).is_none()).collect();
        if !self.remove_default_egress || unseen.is_empty() {
            return BTreeSet::new();
        }
        let mark = kept.mark(self.name.as_deref().unwrap_or_default());
        let observed = ec2.observe_recent(&unseen, RECENT).await.unwrap_or_default();
        let rules = observed.values().flat_map(Observed::rules);
        let egress = rules.filter(|rule| rule.permission.is_allow_all_egress() && self.is_removable(rule, &mark));
        egress.map(|rule| (rule.group.clone(), rule.id.clone())).collect()
    }
}

/// Returns those entries of a map of maps that pass; a placement without any is left out.
fn only(shown: &Value, passes: impl Fn(&str, &Value) -> bool) -> Value {
    let kept = shown.entries().filter_map(|(placement, entries)| {
        let kept = entries.entries().filter(|(key, text)| passes(key, text));
        let kept: Vec<(String, Value)> = kept.map(|(key, text)| (key.to_owned(), text.clone())).collect();
        (!kept.is_empty()).then(|| (placement.to_owned(), Value::map(kept)))
    });
    Value::map(kept.collect::<Vec<_>>())
}

fn is_default_egress(key: &str) -> bool {
    key.parse::<Permission>().is_ok_and(|permission| permission.is_allow_all_egress())
}

/// Says whether the text of a foreign rule is about the rule with this id; its description, in quotes, may speak of others.
fn names(text: &str, id: &RuleId) -> bool {
    let about = text.split_once('"').map_or(text, |(about, _)| about);
    about.split([' ', ',', ':', '(', ')']).any(|word| word == id.as_str())
}

/// Returns a rule that is not ours under what it opens, and what is said of it.
fn entry(rule: &LiveRule, mark: &Mark, goes: bool) -> Option<(String, String)> {
    let id = &rule.id;
    let told = format!("{id}{}", described(rule));
    let text = match (rule.owner(mark), goes) {
        (Owner::Ours | Owner::Sibling(_), _) => return None,
        (Owner::Lost, true) => format!("left behind under this name, to be revoked: {told}"),
        (Owner::Lost, false) => format!("left behind under this name: {told}"),
        (Owner::Foreign, true) if rule.permission.is_allow_all_egress() => format!("default egress, to be revoked ({id})"),
        (Owner::Foreign, false) if rule.permission.is_allow_all_egress() => {
            format!("default egress, left alone: while it stands, egress lines restrict nothing ({id})")
        }
        (Owner::Foreign, true) => format!("to be revoked: {told}"),
        (Owner::Foreign, false) => format!("left alone: {told}"),
    };
    Some((rule.permission.to_string(), text))
}
