//! Large groups are judged in moments: nothing looks at every rule for every rule.

use std::time::{Duration, Instant};

use super::findings::{Small, answered};
use super::opening;
use crate::conformity::{Opening, compare};

/// As many as five groups of the highest quota hold, in one.
const MANY: usize = 5_000;

/// What this takes in a build without optimization on a busy machine; in a release it is some twenty times faster.
const LIMIT: Duration = Duration::from_secs(5);

fn timed(name: &str, wanted: &[Opening], live: &[Opening]) {
    let begun = Instant::now();
    let found = compare(wanted, live);
    let took = begun.elapsed();
    assert_eq!((found.wanted.len(), found.live.len()), (wanted.len(), live.len()));
    assert!(took < LIMIT, "{name} took {took:?}");
}

#[test]
fn thousands_of_rules_take_moments() {
    let many = |text: &dyn Fn(usize) -> String| (0..MANY).map(|number| opening(&text(number))).collect::<Vec<_>>();
    let addresses = many(&|number| format!("ingress tcp 443 10.{}.{}.0/24", number / 250, number % 250));
    let ports = many(&|number| format!("ingress tcp {} 10.0.0.0/16", 1024 + number * 4));
    let groups = many(&|number| format!("egress tcp {} sg-{}", 1024 + number % 50, number / 50));
    timed("addresses", &addresses, &addresses);
    timed("ports", &ports, &ports);
    timed("groups", &groups, &groups);
    timed("nothing in common", &addresses, &groups);
    timed("all missing", &addresses, &[]);
    timed("one for all", &addresses, &[opening("ingress all 0.0.0.0/0")]);
    timed("all for one", &[opening("ingress tcp 1-65535 10.0.0.0/8")], &addresses);
    timed("all ports for one", &[opening("ingress tcp 1-65535 10.0.0.0/8")], &ports);
    timed("other kinds", &many(&|number| format!("ingress tcp 443 sg-{number}")), &addresses);
}

#[test]
fn thousands_of_findings_take_moments() {
    let small = Small::new(&answered());
    let mut live = small.all();
    live.get_mut("core").unwrap().extend((0..MANY).map(|number| opening(&format!("ingress tcp {} 10.0.0.0/16", 1024 + number * 4))));
    let begun = Instant::now();
    let report = small.judge(&live);
    let took = begun.elapsed();
    assert!(report.extra.count() > MANY - 100, "{}", report.counts());
    assert!(took < LIMIT, "judging took {took:?}");
}
