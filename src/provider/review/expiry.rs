//! The last days of `extra` flows. Nothing closes by itself: all that happens is that a plan says so, before and after.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::plugin::{AttributePath, Diagnostic};
use crate::topology::{Date, Extra, Policy};

/// Warns of `extra` flows whose last day has passed, and of those whose last day is near. Nothing closes by itself.
pub(in crate::provider) fn in_time(policy: &Policy) -> Vec<Diagnostic> {
    on_day(policy, today())
}

/// Returns how many `extra` flows are past their last day.
pub(in crate::provider) fn expired(policy: &Policy) -> usize {
    let today = today();
    policy.extra.values().filter_map(|extra| extra.expires).filter(|date| date.days_since_epoch() < today).count()
}

/// Returns the day, counted from 1970-01-01.
fn today() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| i64::try_from(time.as_secs() / 86_400).unwrap_or(i64::MAX))
}

/// How many days before the last one a flow is told of.
const NEAR: i64 = 30;

/// Returns the warnings of a day, counted from 1970-01-01.
fn on_day(policy: &Policy, today: i64) -> Vec<Diagnostic> {
    let dated = policy.extra.values().filter_map(|extra| Some((extra, extra.expires?)));
    let dated: Vec<(&Extra, Date)> = dated.collect();
    let days_left = |date: &Date| date.days_since_epoch().saturating_sub(today);
    let listed = |which: &dyn Fn(i64) -> bool, text: &dyn Fn(&Extra, Date) -> String| {
        let some = dated.iter().filter(|(_, date)| which(days_left(date))).map(|(extra, date)| text(extra, *date));
        some.collect::<Vec<String>>()
    };
    let over = listed(&|left| left < 0, &|extra, date| format!("{} on {date}", extra.id));
    let soon = listed(&|left| (0..=NEAR).contains(&left), &|extra, date| match days_left(&date) {
        0 => format!("{} today", extra.id),
        1 => format!("{} tomorrow", extra.id),
        days => format!("{} on {date}, in {days} days", extra.id),
    });
    let at = AttributePath::root().attr("policy");
    let warn = |flows: Vec<String>, summary: &str, begin: &str, end: &str| {
        (!flows.is_empty()).then(|| Diagnostic::warning(summary, format!("{begin}: {}. {end}", flows.join(", "))).at(&at))
    };
    let passed =
        warn(over, "Expired extra flows", "Still open although their last day has passed", "Remove the `extra` block, or move `expires`.");
    let near = warn(
        soon,
        "Extra flows near their last day",
        "These have their last day soon",
        "Nothing closes by itself: remove the `extra` block then, or move `expires` if it is still needed.",
    );
    passed.into_iter().chain(near).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::FlowId;
    use crate::net::{PortRange, Protocol};
    use crate::topology::PlacementName;

    fn policy(expires: &[(&str, Option<&str>)]) -> Policy {
        let place = |name: &str| PlacementName::new(name).unwrap();
        let extra = |(name, date): &(&str, Option<&str>)| {
            let id = FlowId::new(&format!("extra.{name}"));
            let ports = PortRange::new(22, 22).unwrap().into();
            let expires = date.map(|date| date.parse().unwrap());
            let (from, to, reason, ticket) = (place("a"), place("b"), "tests".to_owned(), None);
            (id.clone(), Extra { id, from, to, protocol: Protocol::Tcp, ports, reason, ticket, expires })
        };
        Policy { extra: expires.iter().map(extra).collect(), ..Policy::default() }
    }

    #[test]
    fn a_last_day_is_told_of_before_and_after() {
        let policy = policy(&[("jump", Some("2027-01-31")), ("lasting", None)]);
        let last = "2027-01-31".parse::<Date>().unwrap().days_since_epoch();
        let told = |days: i64| on_day(&policy, last - days).iter().map(|told| format!("{told:?}")).collect::<String>();
        assert_eq!(told(31), "", "a month before nobody has to be told");
        assert!(told(30).contains("extra.jump on 2027-01-31, in 30 days"), "{}", told(30));
        assert!(told(1).contains("extra.jump tomorrow") && told(0).contains("extra.jump today"), "{}{}", told(1), told(0));
        for days in [-1, -30, -400] {
            assert!(told(days).contains("Still open although their last day has passed: extra.jump on 2027-01-31."), "{}", told(days));
        }
        assert!(!told(0).contains("passed") && !told(-1).contains("soon"), "one or the other");
    }

    #[test]
    fn what_is_past_its_last_day_is_counted() {
        let policy = policy(&[("old", Some("2001-01-31")), ("older", Some("1999-12-31")), ("jump", Some("9999-12-31")), ("lasting", None)]);
        assert_eq!(expired(&policy), 2);
    }
}
