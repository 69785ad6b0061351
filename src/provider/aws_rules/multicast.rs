//! What EC2 asks of placements that send to multicast groups.

use std::collections::{BTreeMap, BTreeSet};

use super::rollout::Rollout;
use crate::matrix::FlowId;
use crate::plugin::{AttributePath, Diagnostic, Diagnostics};
use crate::rule::Peer;
use crate::topology::PlacementName;

impl Rollout {
    /// Says which placements send to receivers whose rules could not name them: EC2 takes no security group as the source of multicast.
    pub(super) fn unnamed_senders(&self) -> Diagnostics {
        let mut senders: BTreeMap<&PlacementName, BTreeSet<&FlowId>> = BTreeMap::new();
        for rule in self.expansion.rules.values() {
            if let Peer::Senders(name) = &rule.key.peer
                && matches!(self.ends(&rule.key.peer), (ends, true) if ends.is_empty())
            {
                senders.entry(name).or_default().extend(rule.flows.keys());
            }
        }
        let mut found = Diagnostics::new();
        for (name, flows) in senders {
            let flows: Vec<String> = flows.into_iter().map(|flow| format!("`{flow}`")).collect();
            let detail = format!(
                "Placement `{name}` sends {} by multicast, and its receivers have to let that in by IPv4 address: EC2 takes no security group as the source of such a rule. Give the addresses of these hosts in `cidr_ipv4`; with `peer_by = \"group\"` every other rule goes on naming the group.",
                flows.join(", ")
            );
            let at = AttributePath::root().attr("placements").key(name.as_str()).attr("cidr_ipv4");
            found.push(Diagnostic::error("Multicast sender without addresses", detail).at(&at));
        }
        found
    }
}
