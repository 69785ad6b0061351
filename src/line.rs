//! A rule as people see it: one line that says why it is there.
//!
//! `license_director.29073 (plain, management, role applications, row 16)`, then what the far end is. The words are the same for
//! every cloud; what an address or a group is called there is not known here.

use sha2::{Digest, Sha256};

use crate::matrix::{FlowId, Matrix, Origin};
use crate::rule::{Cause, Rule};
use crate::topology::Policy;

#[cfg(test)]
mod tests;

/// How many addresses a line names one by one; beyond that it counts them and gives a fingerprint.
const ADDRESSES_SHOWN: usize = 4;

/// Returns what a rule is for: its flows, each with what a reviewer asks about it.
pub fn purpose(rule: &Rule, matrix: &Matrix, policy: &Policy) -> String {
    let flows: Vec<String> = rule.flows.iter().map(|(id, cause)| flow(id, cause, matrix, policy)).collect();
    flows.join(", ")
}

/// Returns one flow with what a reviewer asks about it: `license_director.29073 (plain, management, role applications, row 16)`.
pub fn flow(flow: &FlowId, cause: &Cause, matrix: &Matrix, policy: &Policy) -> String {
    format!("{flow} ({})", facts(flow, cause, matrix, policy).join(", "))
}

/// Returns one text for a sorted list of addresses: themselves, or their number and a fingerprint of them.
///
/// ```
/// use terraform_provider_emc::line::addresses;
/// assert_eq!(addresses(&["10.1.0.0/16".to_owned(), "10.2.0.0/16".to_owned()]), "10.1.0.0/16, 10.2.0.0/16");
/// ```
pub fn addresses(all: &[String]) -> String {
    if all.len() <= ADDRESSES_SHOWN {
        return all.join(", ");
    }
    let mark: String = Sha256::digest(all.join(" ")).iter().take(3).map(|byte| format!("{byte:02x}")).collect();
    format!("{} addresses, {mark}", all.len())
}

fn facts(flow: &FlowId, cause: &Cause, matrix: &Matrix, policy: &Policy) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(extra) = policy.extra.get(flow) {
        facts.push("by site".to_owned());
        facts.extend(extra.ticket.iter().map(|ticket| format!("ticket {ticket}")));
        facts.extend(extra.expires.iter().map(|date| format!("expires {date}")));
        facts.push(format!("because {}", extra.reason));
        return facts;
    }
    let Some(flow) = matrix.flows().get(flow) else { return facts };
    facts.push(flow.transport.as_str().to_owned());
    if flow.multicast.is_some() {
        facts.push("multicast".to_owned());
    }
    if flow.management {
        facts.push("management".to_owned());
    }
    facts.extend(cause.role.iter().map(|role| format!("role {role}")));
    facts.extend(flow.row.iter().map(|row| format!("row {row}")));
    facts.extend(policy.ports.get(&flow.id).iter().map(|ports| format!("port {ports} by site")));
    facts.extend(policy.multicast_groups.get(&flow.id).iter().map(|group| format!("group {group} by site")));
    if flow.origin == Origin::Implied {
        facts.push("implied".to_owned());
    }
    facts.extend(policy.reason_to_open(&flow.id).iter().map(|reason| format!("because {reason}")));
    facts
}
