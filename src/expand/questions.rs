//! Which doubts are questions for this site: those about flows that it uses, or that wait for the answer, until a setting leaves none or
//! somebody has answered.

use std::collections::BTreeSet;

use super::Draft;
use super::site::Site;
use crate::matrix::{Doubt, FlowId, Party, Settlement, Weight};
use crate::note::{NoteKind, Subject};
use crate::topology::TransportChoice;

impl Draft<'_> {
    /// A question is open while a flow it is about is in use, or waits for the answer.
    pub(super) fn open_questions(&mut self) {
        let mut in_use = self.ruled.clone();
        let mut without_listener = BTreeSet::new();
        for (subject, note) in &self.expansion.notes {
            match (subject, note.kind) {
                (Subject::Flow(flow), NoteKind::Held | NoteKind::ChoiceMissing) => drop(in_use.insert(flow)),
                (Subject::Flow(flow), NoteKind::NotPlaced) if self.site.has_no_listener(flow) => drop(without_listener.insert(flow)),
                _ => {}
            }
        }
        let policy = &self.site.topology.policy;
        for doubt in self.site.matrix.doubts().values().filter(|doubt| doubt.weight == Weight::Decide) {
            // What is placed here may be what listens.
            let may_listen = doubt.asked_where.iter().any(|component| !self.site.hosts(component).is_empty());
            let is_asked = |flow: &&FlowId| in_use.contains(*flow) || (may_listen && without_listener.contains(*flow));
            for flow in doubt.flows.iter().filter(is_asked) {
                match self.site.settled(doubt, flow) {
                    Some(setting) => drop(self.expansion.settled.entry(doubt.id.clone()).or_insert(setting)),
                    None if policy.answers.contains_key(&doubt.id) => {}
                    None => {
                        self.expansion.open_questions.insert(doubt.id.clone(), doubt.question.clone());
                        self.expansion.questioned.entry(flow.clone()).or_default().insert(doubt.id.clone());
                    }
                }
            }
            if self.expansion.open_questions.contains_key(&doubt.id) {
                self.expansion.settled.remove(&doubt.id);
            }
        }
    }
}

impl Site<'_> {
    /// Tells whether the listener of a flow lives nowhere.
    fn has_no_listener(&self, flow: &FlowId) -> bool {
        self.matrix.flows().get(flow).is_some_and(|flow| self.hosts(&flow.listener).is_empty())
    }

    /// Returns the setting of the policy that has decided a doubt about a flow, if one has.
    fn settled(&self, doubt: &Doubt, flow: &FlowId) -> Option<Settlement> {
        let policy = &self.topology.policy;
        let flow = self.matrix.flows().get(flow)?;
        doubt.settled_by.iter().copied().find(|setting| match setting {
            Settlement::Initiators => policy.initiators.contains_key(&flow.id),
            Settlement::ManagementFrom => self.managed_by_site(flow),
            Settlement::Ports => policy.ports.contains_key(&flow.id) || (flow.port.is_some() && self.numbers_given(doubt)),
            Settlement::Mail => flow.mail.is_some() && !policy.mail.is_empty(),
            Settlement::Transport => matches!(policy.transport, TransportChoice::AsListed | TransportChoice::PlainOnly),
            Settlement::Roles => flow.initiators.iter().any(|party| matches!(party, Party::Role(role) if policy.roles.contains_key(role))),
        })
    }

    /// Says whether a doubt is about flows without a number, and the site gave one for each.
    fn numbers_given(&self, doubt: &Doubt) -> bool {
        let mut missing = doubt.flows.iter().filter(|id| self.matrix.flows().get(*id).is_some_and(|flow| flow.port.is_none())).peekable();
        missing.peek().is_some() && missing.all(|id| self.topology.policy.ports.contains_key(id))
    }
}
