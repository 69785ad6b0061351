//! Flows that the table does not have: the blocks `extra`.

use std::collections::BTreeSet;

use super::Resolver;
use crate::matrix::FlowId;
use crate::net::Protocol;
use crate::topology::{Date, Extra, ExtraSpec, PlacementName, Policy, PolicySpec};

impl Resolver<'_> {
    pub(super) fn extra(&mut self, spec: &PolicySpec, policy: &mut Policy) {
        let mut named = BTreeSet::new();
        for (index, written) in spec.extra.iter().enumerate() {
            let index = index.to_string();
            let at = |field: &'static str| ["policy", "extra", index.as_str(), field].map(str::to_owned);
            let ExtraSpec { name, from, to, protocol, ports, reason, ticket, expires } = written;
            let id = FlowId::new(&format!("extra.{name}"));
            if PlacementName::new(name).is_none() {
                let detail =
                    format!("`{name}` cannot name an extra flow: write a lower-case letter, then up to 31 of a-z, 0-9, `_` and `-`.");
                self.fault(&at("name").each_ref().map(String::as_str), "Invalid name", detail);
            } else if !named.insert(name) {
                let detail = format!("Two `extra` blocks are called `{name}`. Names must differ: the flow is shown as `extra.{name}`.");
                self.fault(&at("name").each_ref().map(String::as_str), "Duplicate name", detail);
            }
            let from = self.placement(&at("from").each_ref().map(String::as_str), from);
            let to = self.placement(&at("to").each_ref().map(String::as_str), to);
            let known = Protocol::from_name(protocol);
            if known.is_none() {
                let choices = Protocol::ALL.iter().map(|protocol| protocol.as_str());
                self.unknown_word(&at("protocol").each_ref().map(String::as_str), protocol, choices);
            }
            let ports = self.ports(&at("ports").each_ref().map(String::as_str), ports);
            self.not_blank(&at("reason").each_ref().map(String::as_str), reason, "why this flow is needed");
            let expires = match expires.as_deref().map(str::parse::<Date>) {
                None => None,
                Some(Ok(date)) => Some(date),
                Some(Err(error)) => {
                    let text = expires.as_deref().unwrap_or_default();
                    let detail = if text.trim().is_empty() {
                        "`expires` is empty; write a date such as `2027-12-31`, or leave it out.".to_owned()
                    } else {
                        format!("`{text}` {error}.")
                    };
                    self.fault(&at("expires").each_ref().map(String::as_str), "Invalid date", detail);
                    None
                }
            };
            if let (Some(from), Some(to), Some(protocol), Some(ports)) = (from, to, known, ports) {
                let extra = Extra { id: id.clone(), from, to, protocol, ports, reason: reason.clone(), ticket: ticket.clone(), expires };
                policy.extra.insert(id, extra);
            }
        }
    }
}
