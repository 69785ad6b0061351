//! Ports as Azure takes them.

use crate::group::Rule;
use crate::refusal::{self, Refusal};
use crate::rule::list;

/// Refuses ports of a rule.
pub(crate) fn check(id: &str, rule: &Rule) -> Result<(), Refusal> {
    for (one, several, name) in [
        ("sourcePortRange", "sourcePortRanges", "SourcePortRange"),
        ("destinationPortRange", "destinationPortRanges", "DestinationPortRange"),
    ] {
        let (single, many) = (rule.text(one), list(rule, several));
        match (single, many.as_slice()) {
            ("", []) => return Err(refusal::missing(id, &format!("{name} or {name}s"))),
            ("", many) => {
                if many.contains(&"*") {
                    return Err(refusal::star_in_ports(id, &format!("{name}s")));
                }
                if let Some(bad) = many.iter().find(|range| !is_range(range)) {
                    return Err(refusal::bad_port(bad));
                }
            }
            ("*", []) => {}
            (single, []) if is_range(single) => {}
            (single, []) => return Err(refusal::bad_port(single)),
            (_, _) => return Err(refusal::both_forms(id, name)),
        }
    }
    Ok(())
}

fn is_range(text: &str) -> bool {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    match (low.trim().parse::<u16>(), high.trim().parse::<u16>()) {
        (Ok(low), Ok(high)) => low <= high,
        _ => false,
    }
}
