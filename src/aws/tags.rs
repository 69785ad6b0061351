//! Tags that a practitioner wants on every rule of ours, beside the mark.
//!
//! Only keys that were asked for are ever set or taken off; what others put on a rule stays.

use std::collections::{BTreeMap, BTreeSet};
use std::env;

use super::id::SecurityGroupId;
use super::owner::{INSTANCE_TAG, LiveRule, Mark, NAME_TAG, Observed, Owner};

/// How environment variables begin that name a tag; what follows is the key.
const VARIABLE: &str = "TF_AWS_DEFAULT_TAGS_";

/// What is wanted of tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// These are on each of our rules.
    pub set: BTreeMap<String, String>,
    /// Keys that were set before and are not wanted any more; they are taken off our rules.
    pub drop: BTreeSet<String>,
}

impl Tags {
    /// Says whether a rule misses some of these tags, or has another value.
    pub(crate) fn differ(&self, rule: &LiveRule) -> bool {
        self.set.iter().any(|(key, value)| rule.tags.get(key) != Some(value))
    }

    /// Says whether a rule still has some that are not wanted any more.
    pub(crate) fn linger(&self, rule: &LiveRule) -> bool {
        self.drop.iter().any(|key| rule.tags.contains_key(key))
    }
}

/// Returns the tags of our rules as they are live: a wanted one only if all rules agree on its value, and a former one as long as any rule
/// still has it. Nothing where there is no rule of ours.
pub fn live_tags(
    wanted: &BTreeMap<String, String>,
    former: &BTreeSet<String>,
    observed: &BTreeMap<SecurityGroupId, Observed>,
    mark: &Mark,
) -> Option<BTreeMap<String, String>> {
    let ours: Vec<&LiveRule> = observed.values().flat_map(Observed::rules).filter(|rule| rule.owner(mark) == Owner::Ours).collect();
    let (first, rest) = ours.split_first()?;
    let agreed = wanted.keys().filter_map(|key| {
        let value = first.tags.get(key)?;
        rest.iter().all(|rule| rule.tags.get(key) == Some(value)).then(|| (key.clone(), value.clone()))
    });
    let lingering = former.iter().filter(|key| !wanted.contains_key(*key)).filter_map(|key| {
        let value = ours.iter().find_map(|rule| rule.tags.get(key))?;
        Some((key.clone(), value.clone()))
    });
    Some(agreed.chain(lingering).collect())
}

/// Returns the tags that `TF_AWS_DEFAULT_TAGS_<key>` asks for, as the official provider reads them.
pub fn environment_tags() -> BTreeMap<String, String> {
    let variables = env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let tags = variables.filter_map(|(name, value)| Some((name.strip_prefix(VARIABLE)?.to_owned(), value)));
    tags.filter(|(key, _)| !key.is_empty() && ![NAME_TAG, INSTANCE_TAG].contains(&key.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::id::RuleId;

    fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn rule(pairs: &[(&str, &str)]) -> LiveRule {
        LiveRule {
            group: SecurityGroupId::reported("sg-1"),
            permission: "ingress tcp 443 from 10.0.0.0/8".parse().unwrap(),
            id: RuleId::new("sgr-1"),
            description: None,
            mark: Some(mark()),
            tags: tags(pairs),
        }
    }

    fn mark() -> Mark {
        Mark { name: "core".to_owned(), instance: "i1".to_owned() }
    }

    #[test]
    fn a_wanted_tag_is_live_where_all_agree_and_a_former_one_where_any_has_it() {
        let observed = |rules: Vec<LiveRule>| BTreeMap::from([(SecurityGroupId::reported("sg-1"), Observed::Live(rules))]);
        let (wanted, former) = (tags(&[("a", "1"), ("b", "2")]), BTreeSet::from(["c".to_owned(), "d".to_owned()]));
        let foreign = LiveRule { mark: None, ..rule(&[]) };
        let seen = observed(vec![rule(&[("a", "9"), ("b", "2"), ("c", "3"), ("e", "5")]), rule(&[("a", "9")]), foreign.clone()]);
        assert_eq!(live_tags(&wanted, &former, &seen, &mark()), Some(tags(&[("a", "9"), ("c", "3")])));
        assert_eq!(live_tags(&wanted, &former, &observed(vec![foreign]), &mark()), None);
    }

    #[test]
    fn only_what_was_asked_for_differs_or_lingers() {
        let wanted = Tags { set: tags(&[("a", "1")]), drop: BTreeSet::from(["b".to_owned()]) };
        assert!(!wanted.differ(&rule(&[("a", "1"), ("x", "9")])) && wanted.differ(&rule(&[("a", "2")])) && wanted.differ(&rule(&[])));
        assert!(wanted.linger(&rule(&[("b", "any")])) && !wanted.linger(&rule(&[("x", "9")])));
    }
}
