//! What a site decided, in one place for whoever asks later: flows that are treated otherwise than the table says, exceptions, doubts.

use std::collections::{BTreeMap, BTreeSet};

use super::review;
use crate::expand::Expansion;
use crate::matrix::{Doubt, DoubtId, Flow, FlowId, Matrix, Party, Settlement};
use crate::plugin::{Attribute, Type, Value};
use crate::topology::{Exclusion, Extra, Initiator, Policy, TransportChoice};

/// Returns the computed attribute.
pub(super) fn attribute() -> Attribute {
    Attribute::computed("decided", Type::map(Type::String)).description(
        "What this site decided, each with its reason, or that none is given: flow id to what differs from the table (included, excluded, opened by others, other ports); \
         `extra.<name>` to the exception, with ticket and last day; `role <name>` and `management` to who counts, the reason being the answer to the doubt that is named there; \
         `transport` to the choice, unless it is `as_listed`; doubt id to the question, and the answer in `policy.answers` or the setting of `policy` that leaves none.",
    )
}

/// Returns its value.
pub(super) fn value(matrix: &Matrix, policy: &Policy, expansion: &Expansion) -> Value {
    let mut decided: BTreeMap<String, String> = flows(policy);
    decided.extend(policy.extra.iter().map(|(id, extra)| (id.to_string(), exception(extra))));
    decided.extend(policy.roles.iter().map(|(role, members)| {
        let about_it = |flow: &Flow| flow.initiators.contains(&Party::Role(role.clone()));
        let why = answered(matrix, policy, Settlement::Roles, about_it);
        (format!("role {role}"), format!("narrowed to {}; {why}", listed(members)))
    }));
    if !policy.management_from.is_empty() {
        let name = |initiator: &Initiator| match initiator {
            Initiator::Party(party) => party.to_string(),
            Initiator::Placement(placement) => placement.to_string(),
        };
        let from: Vec<String> = policy.management_from.iter().map(name).collect();
        let why = answered(matrix, policy, Settlement::ManagementFrom, |_| true);
        decided.insert("management".to_owned(), format!("used by {} instead of the printed initiators; {why}", from.join(", ")));
    }
    if policy.transport != TransportChoice::AsListed {
        // Nobody is asked about secure ports where they close.
        let why = answered(matrix, policy, Settlement::Transport, |_| policy.transport != TransportChoice::PlainOnly);
        decided.insert("transport".to_owned(), format!("{}; {why}", policy.transport.as_str()));
    }
    decided.extend(doubts(matrix, policy, expansion));
    review::texts(&decided)
}

/// Returns the flows that the site treats otherwise than the table says.
fn flows(policy: &Policy) -> BTreeMap<String, String> {
    let mut decisions: BTreeMap<&FlowId, Vec<String>> = BTreeMap::new();
    let mut decide = |flow, text: String| decisions.entry(flow).or_default().push(text);
    for (flow, exclusion) in &policy.exclude {
        decide(
            flow,
            match exclusion {
                Exclusion::Whole => "excluded".to_owned(),
                Exclusion::From(placements) => format!("excluded from {}", listed(placements)),
            },
        );
    }
    policy.include.iter().for_each(|flow| decide(flow, "included".to_owned()));
    for (flow, parties) in &policy.initiators {
        decide(flow, format!("opened by {} instead of the printed initiators", listed(parties)));
    }
    policy.ports.iter().for_each(|(flow, ports)| decide(flow, format!("port {ports} by site")));
    policy.multicast_groups.iter().for_each(|(flow, group)| decide(flow, format!("group {group} by site")));
    for flow in policy.reasons.keys() {
        let as_listed = || vec!["as the table lists it".to_owned()];
        decisions.entry(flow).or_insert_with(as_listed);
    }
    let with_reason = |(flow, decisions): (&FlowId, Vec<String>)| {
        let reason = policy.reasons.get(flow).map_or_else(|| "no reason given".to_owned(), |reason| format!("because {reason}"));
        (flow.to_string(), format!("{}; {reason}", decisions.join(", ")))
    };
    decisions.into_iter().map(with_reason).collect()
}

/// Says which answers are the reason of a setting for which the policy has no other place: those to the doubts that it alone settles, of
/// flows that it is about.
fn answered(matrix: &Matrix, policy: &Policy, setting: Settlement, is_about: impl Fn(&Flow) -> bool) -> String {
    let flows_are = |doubt: &Doubt| doubt.flows.iter().filter_map(|flow| matrix.flows().get(flow)).any(&is_about);
    let about_it = |doubt: &&Doubt| doubt.settled_by.iter().eq([&setting]) && flows_are(doubt);
    let ids: Vec<&DoubtId> = matrix.doubts().values().filter(about_it).map(|doubt| &doubt.id).collect();
    let named = |ids: &[&DoubtId]| ids.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
    let answers: Vec<&DoubtId> = ids.iter().copied().filter(|id| policy.answers.contains_key(*id)).collect();
    match (answers.as_slice(), ids.as_slice()) {
        ([], []) => "no reason given".to_owned(),
        ([], ids) => format!("no reason given, answer {}", named(ids)),
        (answers, _) => format!("see {}", named(answers)),
    }
}

fn exception(extra: &Extra) -> String {
    let Extra { from, to, protocol, ports, reason, ticket, expires, .. } = extra;
    let ticket = ticket.as_ref().map(|ticket| format!("; ticket {ticket}")).unwrap_or_default();
    let expires = expires.map_or_else(|| "; without a last day".to_owned(), |date| format!("; expires {date}"));
    format!("{protocol} {ports} from {from} to {to}; because {reason}{ticket}{expires}")
}

/// Returns the doubts that the site settled.
fn doubts(matrix: &Matrix, policy: &Policy, expansion: &Expansion) -> BTreeMap<String, String> {
    let mut decided = BTreeMap::new();
    for (id, setting) in &expansion.settled {
        // Where no plain flow is closed, whether the secure one listens is no question that anybody decided.
        if let (Some(doubt), false) = (matrix.doubts().get(id), *setting == Settlement::Transport) {
            let reasons: Vec<&str> = doubt.flows.iter().filter_map(|flow| policy.reasons.get(flow)).map(String::as_str).collect();
            let because = if reasons.is_empty() { String::new() } else { format!(", because {}", reasons.join(", ")) };
            decided.insert(id.to_string(), format!("{}; settled by `{setting}`{because}", doubt.question));
        }
    }
    for (id, answer) in &policy.answers {
        let question = matrix.doubts().get(id).map(|doubt| doubt.question.as_str()).unwrap_or_default();
        decided.insert(id.to_string(), format!("{question}; answered: {answer}"));
    }
    decided
}

fn listed<T: ToString>(items: &BTreeSet<T>) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
