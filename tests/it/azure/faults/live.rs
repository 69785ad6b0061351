//! What is live in the groups of a stage, and whose it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// How the descriptions of our rules end, before the instance.
const MARK: &str = "[emc emc ";

/// One live rule.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) group: &'static str,
    pub(super) name: String,
    /// Direction, access, traffic and ends; not the priority, which is another where a rule comes, goes and comes again.
    pub(super) text: String,
    pub(super) slot: (String, u64),
    /// The addresses at the far end.
    pub(super) far: Vec<String>,
    /// The instance in its mark, if it is ours.
    pub(super) instance: Option<String>,
    /// Whether Azure is about to delete it.
    pub(super) leaves: bool,
    /// As Azure tells it, without its state.
    whole: Value,
}

impl Rule {
    /// Out of what Azure tells, and the line that says it.
    pub(super) fn of(group: &'static str, rule: &Value, line: &str) -> Rule {
        let name = rule["name"].as_str().unwrap().to_owned();
        let mut properties = rule["properties"].clone();
        let leaves = properties["provisioningState"] == "Deleting";
        properties.as_object_mut().unwrap().remove("provisioningState");
        let (_, rest) = line.split_once(' ').unwrap();
        let text = rest.split_once(&format!(" {name}")).unwrap().0.to_owned();
        let direction = properties["direction"].as_str().unwrap().to_owned();
        let far = if direction == "Inbound" { "source" } else { "destination" };
        let listed = properties[format!("{far}AddressPrefixes")].as_array().cloned().unwrap_or_default();
        let far = listed.iter().chain([&properties[format!("{far}AddressPrefix")]]);
        let far = far.filter_map(|prefix| prefix.as_str().filter(|prefix| prefix.contains('/')).map(str::to_owned)).collect();
        let description = properties["description"].as_str().unwrap_or_default();
        let instance = description.split_once(MARK).map(|(_, instance)| instance.trim_end_matches(']').to_owned());
        let slot = (direction, properties["priority"].as_u64().unwrap());
        Rule { group, text, slot, far, instance, leaves, whole: json!([name, properties]), name }
    }

    /// Where it is and what it opens.
    pub(super) fn said(&self) -> String {
        format!("{} {}: {}", self.group, self.name, self.text)
    }
}

/// Whether a rule of ours with this name denies.
pub(super) fn is_denial(name: &str) -> bool {
    name.contains(".deny-")
}

/// What is live.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) rules: Vec<Rule>,
    /// Everything else of the groups that a write repeats.
    pub(super) around: BTreeMap<&'static str, Value>,
}

impl Live {
    pub(super) fn ours(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| rule.instance.is_some())
    }

    /// What our rules say; each once.
    #[track_caller]
    pub(super) fn said(&self) -> BTreeSet<String> {
        let said: BTreeSet<String> = self.ours().map(Rule::said).collect();
        assert_eq!(said.len(), self.ours().count(), "a rule is there twice: {:#?}", self.rules);
        said
    }

    /// Everybody else's rules by group and name, as Azure tells them.
    pub(super) fn others(&self) -> BTreeMap<(&str, &str), &Value> {
        let others = self.rules.iter().filter(|rule| rule.instance.is_none());
        others.map(|rule| ((rule.group, rule.name.as_str()), &rule.whole)).collect()
    }

    /// The instances in the marks of our rules.
    pub(super) fn instances(&self) -> BTreeSet<&str> {
        self.ours().filter_map(|rule| rule.instance.as_deref()).collect()
    }
}
