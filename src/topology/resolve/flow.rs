//! Flows that are named in a policy, and what to write instead of what is none.

use std::collections::BTreeSet;

use super::Resolver;
use super::remedy::{LOOK_UP_FLOWS, quoted, remedy};
use crate::matrix::{ComponentId, Flow, FlowId, Party};

impl<'a> Resolver<'a> {
    /// Returns the flow of this id, or notes that there is none.
    pub(super) fn flow(&mut self, at: &[&str], word: &str) -> Option<&'a Flow> {
        let flow = self.matrix.flows().get(word);
        if flow.is_none() {
            self.fault(at, "Unknown flow", self.unknown_flow(word));
        }
        flow
    }

    fn unknown_flow(&self, word: &str) -> String {
        if let Some(party) = self.party(word) {
            return self.flows_of(word, &party);
        }
        if let Ok(port) = word.trim().parse::<u16>() {
            return self.flows_on(port);
        }
        if word.contains(" from ") {
            return format!("`{word}` is not a flow id. Only `exclude` takes `<flow id> from <placement>`; write the id alone.");
        }
        let remedy = remedy(word, self.matrix.flows().keys().map(FlowId::as_str), LOOK_UP_FLOWS);
        format!("`{word}` is not a flow of the port matrix. {remedy}")
    }

    /// Says which flows a component or role has, to someone who named it where a flow is meant.
    fn flows_of(&self, word: &str, party: &Party) -> String {
        let members: BTreeSet<&ComponentId> = self.matrix.members(party).collect();
        let what = match party {
            Party::Component(_) => "component",
            Party::Role(_) => "role",
        };
        let flows = self.matrix.flows().values().filter(|flow| members.contains(&flow.listener));
        let flows = match quoted(flows.map(|flow| flow.id.as_str())) {
            Some(flows) => format!("Flows that end at it: {flows}."),
            None => format!("No flow ends at it. {LOOK_UP_FLOWS}"),
        };
        format!("`{word}` is a {what}, not a flow. {flows}")
    }

    /// The same for a port: whoever comes from rules made by hand knows those.
    fn flows_on(&self, port: u16) -> String {
        let is_on = |flow: &&Flow| flow.port.is_some_and(|ports| (ports.first()..=ports.last()).contains(&port));
        let flows = match quoted(self.matrix.flows().values().filter(is_on).map(|flow| flow.id.as_str())) {
            Some(flows) => format!("Flows on it: {flows}."),
            None => format!("No flow of the port matrix is on it. {LOOK_UP_FLOWS}"),
        };
        format!("`{port}` is a port, not a flow. {flows}")
    }
}
