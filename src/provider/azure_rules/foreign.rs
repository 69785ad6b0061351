//! Rules in our groups that this provider did not make, as a reviewer sees them: each under its name.

use std::collections::{BTreeMap, BTreeSet};

use super::super::on_foreign::OnForeign;
use super::super::telling::list;
use super::kept::Kept;
use super::live::described;
use super::needs::Slots;
use super::rollout::Rollout;
use crate::azure::{Doomed, LiveRule, Mark, NsgId, Opening, Owner};
use crate::matrix::Matrix;
use crate::plugin::{Diagnostic, Value};

/// The openings that each group shall hold under our mark.
pub(super) type Sought = BTreeMap<NsgId, BTreeSet<Opening>>;

impl Rollout {
    /// Returns what is asked of each group.
    pub(super) fn asked(&self, matrix: &Matrix, slots: &Slots<'_>) -> Sought {
        let desired = self.desired(matrix, slots);
        desired.into_iter().map(|(group, rules)| (group, rules.into_values().map(|wanted| wanted.opening).collect())).collect()
    }

    /// Returns what `foreign_rules` shows for what was last read; nothing if a managed group was never read.
    pub(super) fn foreign(&self, kept: &Kept, asked: &Sought) -> Option<Value> {
        self.foreign_told(kept, asked, |_, _| false)
    }

    /// Returns the same where some of these rules are told as going.
    fn foreign_told(&self, kept: &Kept, asked: &Sought, goes: impl Fn(&LiveRule, &Mark) -> bool) -> Option<Value> {
        if self.on_foreign == OnForeign::Ignore {
            return Some(Value::map::<String>([]));
        }
        let mark = kept.mark(self.name.as_deref()?);
        let mut shown: BTreeMap<String, Value> = BTreeMap::new();
        for placement in self.managed() {
            let group = self.group(placement)?;
            let seen = kept.seen(group)?;
            // Of several placements in one group the first has them.
            if self.residents(group).next() != Some(placement) {
                continue;
            }
            let others = seen.iter().filter(|rule| !self.takes_over(rule, &mark, asked));
            let entries: BTreeMap<String, Value> = others.filter_map(|rule| entry(rule, &mark, goes(rule, &mark))).collect();
            if !entries.is_empty() {
                shown.insert(placement.to_string(), Value::map(entries));
            }
        }
        Some(Value::map(shown))
    }

    /// Tells whether a rule of others becomes ours by an apply: what does is a line, not a foreign rule.
    fn takes_over(&self, rule: &LiveRule, mark: &Mark, asked: &Sought) -> bool {
        let asked_for = asked.get(&rule.group).is_some_and(|asked| asked.contains(&rule.rule.opening));
        match rule.owner(mark) {
            Owner::Lost => asked_for,
            Owner::Foreign => self.adopt_existing && asked_for,
            Owner::Ours | Owner::Sibling(_) => false,
        }
    }

    /// Warns of what is in the groups before the first apply. A plan to create cannot hold it as a value: it may change until then.
    pub(super) fn foreign_before(&self, mark: &Mark, asked: &Sought, live: &BTreeMap<NsgId, Vec<LiveRule>>) -> Option<Diagnostic> {
        if self.on_foreign == OnForeign::Ignore {
            return None;
        }
        let mut lines = Vec::new();
        for (group, rules) in live {
            for rule in rules.iter().filter(|rule| !self.takes_over(rule, mark, asked)) {
                if let Some((name, text)) = entry(rule, mark, false) {
                    lines.push(format!("{}: rule `{name}`, {}", self.place(group), text.as_str().unwrap_or_default()));
                }
            }
        }
        lines.sort_unstable();
        let detail = format!(
            "These rules are in the groups already, and this provider did not make them:\n\n{}\n\nThey stay, and `foreign_rules` lists them after the apply.",
            list(&lines)
        );
        (!lines.is_empty()).then(|| Diagnostic::warning("Foreign rules in the network security groups", detail))
    }

    /// Returns what a plan shows: what is to stay, which is everything not yet in the state, and what is not removed.
    pub(super) fn foreign_to_stay(&self, kept: &Kept, asked: &Sought, acknowledged: &Value) -> Option<Value> {
        let doomed = self.doomed(kept, acknowledged);
        let live = self.foreign(kept, asked)?;
        let goes = |name: &str| doomed.iter().any(|doomed| doomed.name == name);
        let staying = live.entries().filter_map(|(placement, entries)| {
            let entries: Vec<(String, Value)> =
                entries.entries().filter(|(name, _)| !goes(name)).map(|(name, text)| (name.to_owned(), text.clone())).collect();
            (!entries.is_empty()).then(|| (placement.to_owned(), Value::map(entries)))
        });
        Some(Value::map(staying.collect::<Vec<_>>()))
    }

    /// Returns what reading puts into the state: what the last apply acknowledged, or, where foreign rules are removed, what is there, so
    /// that the next plan shows it as removed.
    pub(super) fn foreign_read(&self, kept: &Kept, asked: &Sought, acknowledged: &Value) -> Option<Value> {
        let live = self.foreign_told(kept, asked, |rule, mark| self.is_removable(rule, mark))?;
        if self.on_foreign == OnForeign::Remove {
            return Some(live);
        }
        let is_live = |placement: &str, key: &str| {
            let group = self.managed().find(|name| name.as_str() == placement).and_then(|name| self.group(name));
            group.and_then(|group| kept.seen(group)).is_some_and(|seen| seen.iter().any(|rule| rule.rule.name == key))
        };
        Some(self.on_foreign.told_gone(acknowledged, is_live))
    }

    /// Returns the rules that are removed: those which the state shows and which are still there as it shows them, under
    /// `on_foreign = "remove"`.
    pub(super) fn doomed(&self, kept: &Kept, acknowledged: &Value) -> BTreeSet<Doomed> {
        let mut doomed = BTreeSet::new();
        if self.on_foreign != OnForeign::Remove {
            return doomed;
        }
        let mark = kept.mark(self.name.as_deref().unwrap_or_default());
        for placement in self.managed() {
            let Some(group) = self.group(placement) else { continue };
            let shown = acknowledged.get(placement.as_str());
            for rule in kept.seen(group).unwrap_or_default() {
                let told = [true, false].map(|goes| entry(rule, &mark, goes));
                let is_shown = told.iter().flatten().any(|(name, text)| shown.get(name) == text);
                if is_shown && self.is_removable(rule, &mark) {
                    doomed.insert(Doomed { group: group.clone(), name: rule.rule.name.clone(), opening: rule.rule.opening.clone() });
                }
            }
        }
        doomed
    }

    fn is_removable(&self, rule: &LiveRule, mark: &Mark) -> bool {
        self.on_foreign == OnForeign::Remove && matches!(rule.owner(mark), Owner::Foreign | Owner::Lost)
    }
}

/// Returns the name of a rule that is not ours, and what is said of it.
fn entry(rule: &LiveRule, mark: &Mark, goes: bool) -> Option<(String, Value)> {
    let what = match (rule.owner(mark), goes) {
        (Owner::Ours | Owner::Sibling(_), _) => return None,
        (Owner::Lost, true) => "left behind under this name, to be removed",
        (Owner::Lost, false) => "left behind under this name",
        (Owner::Foreign, true) => "to be removed",
        (Owner::Foreign, false) => "left alone",
    };
    let opening = &rule.rule.opening;
    let text = format!("{what}: {} {opening}{}", rule.rule.priority, described(rule));
    Some((rule.rule.name.clone(), Value::string(text)))
}
