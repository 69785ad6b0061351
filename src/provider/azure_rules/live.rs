//! The lines that are live: what reading a group gives back.
//!
//! A line is there as far as its cloud rules are. A rule of ours that was edited by hand stays with the line it was made for, which its
//! name tells; a rule of ours that nothing asks for has a line of its own, so that its removal shows.

use std::collections::{BTreeMap, BTreeSet};

use super::super::review::Lines;
use super::needs::{CloudRule, Line, Slots};
use super::rollout::Rollout;
use crate::azure::{LiveRule, Mark, NsgId, Observed, Opening, description, name};
use crate::matrix::Matrix;
use crate::plugin::Value;

impl Rollout {
    /// Returns the live lines of the observed groups; a group that is nobody's placement any more appears under its id.
    pub(super) fn live_lines(&self, matrix: &Matrix, slots: &Slots<'_>, observed: &BTreeMap<NsgId, Observed>, mark: &Mark) -> Lines {
        let mut lines = Lines::of(self.managed());
        for (group, observed) in observed {
            let ours: Ours<'_> = observed.ours(mark).map(|rule| (name::folded(&rule.rule.name), rule)).collect();
            let mut asked_for: BTreeSet<&str> = BTreeSet::new();
            for (line, rules) in slots.lines().filter(|(line, _)| self.group(line.local()) == Some(group)) {
                let found: Vec<Found<'_>> = rules.iter().filter_map(|rule| self.find(matrix, line, rule, slots, &ours, mark)).collect();
                asked_for.extend(found.iter().map(|found| found.live.rule.name.as_str()));
                if !found.is_empty() {
                    let text = self.live_line(matrix, line, &found, rules.len());
                    lines.add(line.local().as_str(), line.direction(), line.key(), Value::string(text));
                }
            }
            let place = self.residents(group).next().map_or(group.as_str(), |name| name.as_str());
            // Several may open the same: a copy that somebody made has our mark too.
            let mut surplus: BTreeMap<&Opening, Vec<String>> = BTreeMap::new();
            for rule in observed.ours(mark).filter(|rule| !asked_for.contains(rule.rule.name.as_str())) {
                let text = format!("{} not asked for: {}{}", rule.rule.priority, rule.rule.name, described(rule));
                surplus.entry(&rule.rule.opening).or_default().push(text);
            }
            for (opening, texts) in surplus {
                let key = opening.to_string();
                let key = key.strip_prefix(opening.direction.as_str()).unwrap_or(&key).trim_start();
                lines.add(place, opening.direction, key, Value::string(texts.join("; ")));
            }
        }
        lines
    }

    /// Returns the live rule of a cloud rule, and what was changed of it by hand.
    fn find<'a>(
        &self,
        matrix: &Matrix,
        line: &Line<'_>,
        rule: &CloudRule,
        slots: &Slots<'_>,
        ours: &Ours<'a>,
        mark: &Mark,
    ) -> Option<Found<'a>> {
        let slot = slots.of(rule)?;
        let live = *ours.get(&name::folded(slot.name.as_str()))?;
        let is_as_asked = rule.opening().is_none_or(|opening| *opening == live.rule.opening);
        let wanted = description::marked(&self.describe(matrix, line), mark);
        let remark = if !is_as_asked {
            Some(format!("{} was changed by hand to {}", live.rule.name, live.rule.opening))
        } else if live.rule.description.as_deref().is_some_and(|text| text != wanted) {
            Some(format!("{} was described by hand{}", live.rule.name, described(live)))
        } else {
            None
        };
        Some(Found { live, is_as_asked, remark })
    }

    fn live_line(&self, matrix: &Matrix, line: &Line<'_>, found: &[Found<'_>], asked: usize) -> String {
        let priorities: Vec<u16> = found.iter().map(|found| found.live.rule.priority).collect();
        let mut parts = Vec::new();
        if found.iter().any(|found| found.is_as_asked) {
            parts.push(self.far_end(line));
        }
        if found.len() < asked {
            parts.push(format!("{} of {asked} rules are there", found.len()));
        }
        parts.extend(found.iter().filter_map(|found| found.remark.clone()));
        self.line(matrix, line, &priorities, &parts.join("; "))
    }
}

/// Our rules of one group, by their names as they are compared.
type Ours<'a> = BTreeMap<String, &'a LiveRule>;

/// A live rule that a line asks for.
struct Found<'a> {
    live: &'a LiveRule,
    /// Whether it opens what is asked for.
    is_as_asked: bool,
    remark: Option<String>,
}

/// Returns another name that rules of this object carry, if any do, as names of rules have it.
pub(super) fn former_name(observed: &BTreeMap<NsgId, Observed>, mark: &Mark) -> Option<String> {
    let names = observed.values().flat_map(|seen| seen.ours(mark)).filter_map(|rule| rule.mark.as_ref().map(|found| &found.name));
    names.filter(|name| **name != mark.name).min().cloned()
}

/// Returns a rule's description without our mark, in quotes, after a comma; nothing if it has none.
pub(super) fn described(rule: &LiveRule) -> String {
    let text = rule.text();
    if text.is_empty() { String::new() } else { format!(", {text:?}") }
}
