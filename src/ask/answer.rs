//! How an answer reads: one line that a failed check can show.

use std::fmt;

use super::{Answer, End};
use crate::line;

/// How many passages, or notes, a line names one by one.
const TOLD: usize = 6;

impl Answer<'_> {
    /// Tells whether what was asked about passes.
    pub fn is_yes(&self) -> bool {
        !self.passes.is_empty() || !self.same_host.is_empty()
    }
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_yes() { "yes" } else { "no" };
        let hosts = self.same_host.iter().map(|name| format!("{name} is one host, and no firewall is in between"));
        let passes = self.passes.iter().map(|(passage, flows)| {
            let policy = &self.rollout.topology.policy;
            let flows: Vec<String> = flows.iter().map(|(id, cause)| line::flow(id, cause, self.rollout.matrix, policy)).collect();
            let group = passage.group.map(|group| format!(" through {group}")).unwrap_or_default();
            let (from, to, protocol, ports) = (&passage.from, &passage.to, passage.protocol, passage.ports);
            format!("{protocol} {ports} from {from} to {to}{group} by {}", flows.join(", "))
        });
        let because: Vec<String> = hosts.chain(passes).collect();
        let because = match because.as_slice() {
            [] => self.why_not(),
            [..] => because,
        };
        let more = because.len().saturating_sub(TOLD);
        let told = because.into_iter().take(TOLD).chain((more > 0).then(|| format!("and {more} more")));
        write!(formatter, "{word}: {}", told.collect::<Vec<_>>().join("; "))
    }
}

impl Answer<'_> {
    fn why_not(&self) -> Vec<String> {
        if !self.nowhere.is_empty() {
            return vec![format!(
                "{} {} in no placement",
                self.nowhere.join(" and "),
                if self.nowhere.len() == 1 { "lives" } else { "live" }
            )];
        }
        let notes: Vec<String> = self.notes.iter().map(|(subject, note)| format!("{subject} ({note})")).collect();
        if notes.is_empty() { vec!["the table has no such flow between these two, and neither has the policy".to_owned()] } else { notes }
    }
}

impl fmt::Display for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Anyone => formatter.write_str("anyone"),
            End::Placement(name) => write!(formatter, "{name}"),
            End::Party(party) => write!(formatter, "{party}"),
        }
    }
}
