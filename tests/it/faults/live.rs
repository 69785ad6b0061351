//! What is live in the groups of a stage, and whose it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::stage::NAMES;

/// One live rule.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// Group, direction, protocol, ports, far end.
    pub(super) text: String,
    pub(super) id: String,
    /// The name in its mark.
    pub(super) name: Option<String>,
    pub(super) instance: Option<String>,
    /// What its description says of the change that asked for it; only of rules that name another account's groups.
    ticket: Option<String>,
    /// As EC2 tells it.
    whole: Value,
}

/// A rule as state and groups are compared: its text and its ticket.
pub(super) type Known = (String, Option<String>);

impl Rule {
    /// Out of what EC2 tells, and the line that says it.
    pub(super) fn of(group: &str, whole: Value, line: &str) -> Rule {
        let tag = |key: &str| {
            let mut tags = whole["Tags"].as_array().into_iter().flatten().filter(|tag| tag["Key"] == key);
            tags.next().map(|tag| tag["Value"].as_str().unwrap().to_owned())
        };
        Rule {
            text: format!("{group} {}", line.split(": ").next().unwrap()),
            id: whole["SecurityGroupRuleId"].as_str().unwrap().to_owned(),
            name: tag("emc:name"),
            instance: tag("emc:instance"),
            ticket: whole["Description"].as_str().and_then(ticket_in),
            whole,
        }
    }

    pub(super) fn known(&self) -> Known {
        (self.text.clone(), self.ticket.clone())
    }
}

/// The ticket in a line or a description: `CHG0`.
pub(super) fn ticket_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("CHG")?;
    Some(format!("CHG{}", rest.chars().take_while(char::is_ascii_digit).collect::<String>()))
}

/// What is live.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) rules: Vec<Rule>,
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

    /// Asserts that each rule of ours that names another account's group carries this ticket.
    #[track_caller]
    pub(super) fn described(&self, ticket: &str) {
        let elsewhere: Vec<&Rule> = self.ours().filter(|rule| rule.whole["ReferencedGroupInfo"].is_object()).collect();
        assert_eq!(elsewhere.len(), 4, "two rules in each direction: {elsewhere:#?}");
        elsewhere.iter().for_each(|rule| assert_eq!(rule.ticket.as_deref(), Some(ticket), "`{}` ({})", rule.text, rule.id));
    }
}
