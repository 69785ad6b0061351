//! Looking at groups: as few calls as possible, for as many groups as are asked about at the same time.
//!
//! Everyone who asks while questions keep coming within [`GATHER`] of each other, or while EC2 is being asked, is answered by one look. What was seen is remembered for
//! a moment, until somebody here writes to the group. Whether a group without rules is empty or gone is asked only about groups without
//! rules, and a group that seems gone is looked for once more a little later: parts of EC2 learn late of what was just made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_ec2::types::Filter;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::endpoint::{Endpoint, failure};
use super::error::AwsError;
use super::id::SecurityGroupId;
use super::lift;
use super::owner::{LiveRule, Observed};
use super::whereabouts::Whereabouts;

/// How long a look waits for others who ask. Terraform starts ten operations at once, within a millisecond or two on an idle machine.
const GATHER: Duration = Duration::from_millis(20);

/// How often a look waits that long, as long as others ask meanwhile.
const GATHERINGS: u32 = 10;

/// How long a look waits for the one before it, and gathers meanwhile.
const TURN: Duration = Duration::from_secs(2);

/// When to look again for a group that is not found.
const AGAIN: [Duration; 2] = if cfg!(test) { [Duration::from_millis(5); 2] } else { [Duration::from_secs(1), Duration::from_secs(2)] };

/// EC2 takes at most this many values in one filter.
pub(crate) const GROUPS_A_CALL: usize = 200;

/// EC2 gives at most this many rules in one answer.
const RULES_AN_ANSWER: i32 = 1000;

/// What a look gives.
pub(crate) type Seen = BTreeMap<SecurityGroupId, Observed>;

/// Who waits for a look, and what was seen lately.
#[derive(Debug, Default)]
pub(crate) struct Looks {
    waiting: Mutex<Vec<Waiter>>,
    /// Held while EC2 is asked.
    asking: tokio::sync::Mutex<()>,
    memory: Mutex<Memory>,
}

#[derive(Debug)]
struct Waiter {
    groups: BTreeSet<SecurityGroupId>,
    answer: oneshot::Sender<Result<Seen, AwsError>>,
}

#[derive(Debug, Default)]
struct Memory {
    seen: BTreeMap<SecurityGroupId, (Instant, Observed)>,
    written: BTreeMap<SecurityGroupId, Instant>,
}

impl Looks {
    /// Returns what is remembered of this group, if it is young enough.
    pub(crate) fn recall(&self, group: &SecurityGroupId, max_age: Duration) -> Option<Observed> {
        let memory = locked(&self.memory);
        let (when, observed) = memory.seen.get(group)?;
        (when.elapsed() <= max_age).then(|| observed.clone())
    }

    /// Forgets groups that are about to be written to, or have just been.
    pub(crate) fn forget(&self, groups: &BTreeSet<SecurityGroupId>) {
        let mut memory = locked(&self.memory);
        for group in groups {
            memory.seen.remove(group);
            memory.written.insert(group.clone(), Instant::now());
        }
    }

    fn remember(&self, began: Instant, seen: &Seen) {
        let mut memory = locked(&self.memory);
        for (group, observed) in seen {
            // A look that began before a write ended may have missed it.
            if memory.written.get(group).is_none_or(|written| *written < began) {
                memory.seen.insert(group.clone(), (began, observed.clone()));
            }
        }
    }
}

/// Looks at groups now, together with everyone who asks at the same time.
pub(crate) async fn look(endpoint: &Arc<Endpoint>, groups: &BTreeSet<SecurityGroupId>) -> Result<Seen, AwsError> {
    if groups.is_empty() {
        return Ok(Seen::new());
    }
    let (answer, answered) = oneshot::channel();
    let first = {
        let mut waiting = locked(&endpoint.looks.waiting);
        waiting.push(Waiter { groups: groups.clone(), answer });
        waiting.len() == 1
    };
    if first {
        // On its own, so that the others are answered even if whoever asked first gives up.
        let endpoint = Arc::clone(endpoint);
        tokio::spawn(async move {
            let mut asked = 0;
            for _ in 0..GATHERINGS {
                let before = std::mem::replace(&mut asked, locked(&endpoint.looks.waiting).len());
                if asked == before {
                    break;
                }
                tokio::time::sleep(GATHER).await;
            }
            let _turn = tokio::time::timeout(TURN, endpoint.looks.asking.lock()).await;
            let waiting = std::mem::take(&mut *locked(&endpoint.looks.waiting));
            look_for(&endpoint, waiting).await;
        });
    }
    answered.await.unwrap_or_else(|_| {
        let nobody: Box<dyn std::error::Error + Send + Sync> = "the look at the groups ended early".into();
        Err(AwsError::Unanswered { call: endpoint.call("DescribeSecurityGroupRules", groups), source: Arc::from(nobody) })
    })
}

/// Looks at groups, and looks again for those that are not found, before it takes them for gone.
pub(crate) async fn look_closely(endpoint: &Arc<Endpoint>, groups: &BTreeSet<SecurityGroupId>) -> Result<Seen, AwsError> {
    let mut seen = look(endpoint, groups).await?;
    for pause in AGAIN {
        let gone: BTreeSet<_> = seen.iter().filter(|(_, observed)| **observed == Observed::Gone).map(|(group, _)| group.clone()).collect();
        if gone.is_empty() {
            break;
        }
        tokio::time::sleep(pause).await;
        seen.extend(look(endpoint, &gone).await?);
    }
    Ok(seen)
}

/// Returns what is remembered and young enough, and looks closely at the rest.
pub(crate) async fn look_or_recall(
    endpoint: &Arc<Endpoint>,
    groups: &BTreeSet<SecurityGroupId>,
    max_age: Duration,
) -> Result<Seen, AwsError> {
    let recalled = groups.iter().filter_map(|group| Some((group.clone(), endpoint.looks.recall(group, max_age)?)));
    let mut seen: Seen = recalled.collect();
    let unknown = groups.iter().filter(|group| !seen.contains_key(*group)).cloned().collect();
    seen.extend(look_closely(endpoint, &unknown).await?);
    Ok(seen)
}

async fn look_for(endpoint: &Endpoint, waiting: Vec<Waiter>) {
    let began = Instant::now();
    let groups: Vec<SecurityGroupId> = {
        let union: BTreeSet<_> = waiting.iter().flat_map(|waiter| &waiter.groups).cloned().collect();
        union.into_iter().collect()
    };
    let seen = describe(endpoint, &groups).await;
    if let Ok(seen) = &seen {
        endpoint.looks.remember(began, seen);
    }
    for Waiter { groups, answer } in waiting {
        let part = seen.clone().map(|mut seen| {
            seen.retain(|group, _| groups.contains(group));
            seen
        });
        let _ = answer.send(part); // Whoever no longer waits needs no answer.
    }
}

async fn describe(endpoint: &Endpoint, groups: &[SecurityGroupId]) -> Result<Seen, AwsError> {
    let mut rules: BTreeMap<SecurityGroupId, Vec<LiveRule>> = BTreeMap::new();
    for part in groups.chunks(GROUPS_A_CALL) {
        for rule in describe_rules(endpoint, part).await? {
            rules.entry(rule.group.clone()).or_default().push(rule);
        }
    }
    let silent: Vec<SecurityGroupId> = groups.iter().filter(|group| !rules.contains_key(*group)).cloned().collect();
    let mut empty = BTreeSet::new();
    for part in silent.chunks(GROUPS_A_CALL) {
        empty.extend(describe_groups(endpoint, part).await?.into_keys());
    }
    let observed = groups.iter().map(|group| {
        let observed = match rules.remove(group) {
            Some(mut rules) => {
                rules.sort_unstable_by(|one, other| (&one.permission, &one.id).cmp(&(&other.permission, &other.id)));
                Observed::Live(rules)
            }
            None if empty.contains(group) => Observed::Live(Vec::new()),
            None => Observed::Gone,
        };
        (group.clone(), observed)
    });
    Ok(observed.collect())
}

async fn describe_rules(endpoint: &Endpoint, groups: &[SecurityGroupId]) -> Result<Vec<LiveRule>, AwsError> {
    let mut rules = Vec::new();
    let mut page = None;
    loop {
        let answer = endpoint
            .client
            .describe_security_group_rules()
            .filters(group_filter(groups))
            .max_results(RULES_AN_ANSWER)
            .set_next_token(page)
            .customize()
            .config_override(endpoint.patience())
            .send()
            .await
            .map_err(|error| failure(endpoint.call("DescribeSecurityGroupRules", groups), error))?;
        rules.extend(answer.security_group_rules().iter().filter_map(lift::live_rule));
        page = answer.next_token.filter(|token| !token.is_empty());
        if page.is_none() {
            return Ok(rules);
        }
    }
}

/// Returns where those are that exist. A filter, not a list of ids: one unknown id in such a list fails the whole call.
pub(crate) async fn describe_groups(
    endpoint: &Endpoint,
    groups: &[SecurityGroupId],
) -> Result<BTreeMap<SecurityGroupId, Whereabouts>, AwsError> {
    let mut found = BTreeMap::new();
    let mut page = None;
    loop {
        let answer = endpoint
            .client
            .describe_security_groups()
            .filters(group_filter(groups))
            .max_results(RULES_AN_ANSWER)
            .set_next_token(page)
            .customize()
            .config_override(endpoint.patience())
            .send()
            .await
            .map_err(|error| failure(endpoint.call("DescribeSecurityGroups", groups), error))?;
        let groups = answer.security_groups().iter();
        found.extend(groups.filter_map(|group| Some((SecurityGroupId::reported(group.group_id()?), Whereabouts::of(group)))));
        page = answer.next_token.filter(|token| !token.is_empty());
        if page.is_none() {
            return Ok(found);
        }
    }
}

fn group_filter(groups: &[SecurityGroupId]) -> Filter {
    let values = groups.iter().map(|group| group.as_str().to_owned()).collect();
    Filter::builder().name("group-id").set_values(Some(values)).build()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
