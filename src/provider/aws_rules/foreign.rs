//! Rules in our groups that nobody here made, as a reviewer sees them.

use std::collections::{BTreeMap, BTreeSet};

use super::kept::Kept;
use super::live::described;
use super::rollout::{OnForeign, Rollout};
use crate::aws::{LiveRule, Mark, Observed, Owner, RuleId, SecurityGroupId};
use crate::plugin::{Diagnostic, Value};
use crate::topology::PlacementName;

/// How many rules a warning names.
const FOREIGN_TOLD: usize = 20;

/// Foreign rules by placement, key and text; of several placements in one group the first has them.
type Foreign = BTreeMap<String, BTreeMap<String, String>>;

impl Rollout {
    /// Returns what `foreign_rules` shows for what was last read; nothing if a managed group was never read.
    pub(super) fn foreign(&self, kept: &Kept) -> Option<Value> {
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
            let asked = bound.get(group);
            let asked_for = |rule: &&LiveRule| asked.is_some_and(|asked| asked.contains_key(&rule.permission));
            // What becomes ours is a line, not a foreign rule.
            let others = seen.rules().iter().filter(|rule| !(asked_for(rule) && self.takes_over(rule, &mark)));
            let entries: BTreeMap<String, String> = others.filter_map(|rule| entry(rule, &mark)).collect();
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

    /// Says whether a rule that is asked for becomes ours although it is not.
    fn takes_over(&self, rule: &LiveRule, mark: &Mark) -> bool {
        match rule.owner(mark) {
            Owner::Lost => true,
            Owner::Foreign => self.adopt_existing,
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
        for (group, seen) in observed {
            let place = self.residents(group).next().map_or(group.as_str(), PlacementName::as_str);
            let asked = bound.get(group);
            let asked_for = |rule: &&LiveRule| asked.is_some_and(|asked| asked.contains_key(&rule.permission));
            let others = seen.rules().iter().filter(|rule| !(asked_for(rule) && self.takes_over(rule, &mark)));
            lines.extend(others.filter_map(|rule| entry(rule, &mark)).map(|(key, text)| format!("  {place}: {key}: {text}")));
        }
        let more = lines.len().saturating_sub(FOREIGN_TOLD);
        lines.truncate(FOREIGN_TOLD);
        if more > 0 {
            lines.push(format!("  and {more} more"));
        }
        let detail = format!(
            "These rules are in the groups already, and nobody here made them:\n\n{}\n\nThey stay, and `foreign_rules` lists them after the apply.",
            lines.join("\n")
        );
        (!lines.is_empty()).then(|| Diagnostic::warning("Foreign rules in the security groups", detail))
    }

    /// Returns what a plan shows under `on_foreign = "remove"`: what is to stay, which is everything not yet in the state, and what
    /// is never removed.
    pub(super) fn foreign_to_stay(&self, kept: &Kept, acknowledged: &Value) -> Option<Value> {
        let doomed = self.doomed(kept, acknowledged);
        let live = self.foreign(kept)?;
        let stay = live.entries().filter_map(|(placement, entries)| {
            let stay =
                entries.entries().filter(|(_, text)| !text.as_str().is_some_and(|text| doomed.iter().any(|(_, id)| names(text, id))));
            let stay: Vec<(String, Value)> = stay.map(|(key, text)| (key.to_owned(), text.clone())).collect();
            (!stay.is_empty()).then(|| (placement.to_owned(), Value::map(stay)))
        });
        Some(Value::map(stay.collect::<Vec<_>>()))
    }

    /// Returns the rules that `on_foreign = "remove"` revokes: those which the state shows and which are still there.
    pub(super) fn doomed(&self, kept: &Kept, acknowledged: &Value) -> BTreeSet<(SecurityGroupId, RuleId)> {
        let mut doomed = BTreeSet::new();
        if self.on_foreign != OnForeign::Remove {
            return doomed;
        }
        let mark = kept.mark(self.name.as_deref().unwrap_or_default());
        for placement in self.managed() {
            let Some(group) = self.group(placement) else { continue };
            let shown: Vec<&str> = acknowledged.get(placement.as_str()).entries().filter_map(|(_, text)| text.as_str()).collect();
            let seen = kept.seen(group);
            for rule in seen.iter().flat_map(|seen| seen.rules()) {
                let nobodys = matches!(rule.owner(&mark), Owner::Foreign | Owner::Lost);
                let removable = nobodys && !rule.permission.is_allow_all_egress();
                if removable && shown.iter().any(|text| names(text, &rule.id)) {
                    doomed.insert((group.clone(), rule.id.clone()));
                }
            }
        }
        doomed
    }
}

/// Says whether the text of a foreign rule is about the rule with this id; its description, in quotes, may speak of others.
fn names(text: &str, id: &RuleId) -> bool {
    let about = text.split_once('"').map_or(text, |(about, _)| about);
    about.split([' ', ',', ':', '(', ')']).any(|word| word == id.as_str())
}

fn entry(rule: &LiveRule, mark: &Mark) -> Option<(String, String)> {
    let text = match rule.owner(mark) {
        Owner::Ours | Owner::Sibling(_) => return None,
        Owner::Lost => format!("left behind under this name: {}{}", rule.id, described(rule)),
        Owner::Foreign if rule.permission.is_allow_all_egress() => {
            format!("default egress, left alone: while it stands, egress lines restrict nothing ({})", rule.id)
        }
        Owner::Foreign => format!("left alone: {}{}", rule.id, described(rule)),
    };
    Some((rule.permission.to_string(), text))
}
