//! The traffic that a question is about, as people write it: `tcp 1433`, `plain`, `29072-29074`, `plain either`.

use std::collections::BTreeSet;

use crate::matrix::{FlowId, Matrix, Transport};
use crate::net::{PortRange, Ports, Protocol};
use crate::passage::{Passage, Rollout};
use crate::rule::Cause;
use crate::suggest;
use crate::topology::{Fault, Policy};

/// A word about flows rather than packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// Flows of the table of this transport.
    Transport(Transport),
    /// The site's own flows; whether they are encrypted is not known.
    Extra,
}

/// What is asked about; words of one kind are alternatives, those of different kinds must all hold. Nothing said is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    protocols: BTreeSet<Protocol>,
    ports: Option<Ports>,
    words: BTreeSet<Word>,
    management: bool,
}

const MANAGEMENT: &str = "management";
const EXTRA: &str = "extra";

impl Traffic {
    /// Reads words separated by spaces: `tcp`, `udp`; ports as everywhere; `plain`, `secure`, `either`, `extra`; `management`.
    ///
    /// # Errors
    /// When a word is none of these; `at` says where it was written.
    pub fn parse(text: Option<&str>, at: &str) -> Result<Traffic, Fault> {
        let mut traffic = Traffic::default();
        let Some(text) = text else { return Ok(traffic) };
        let fault = |detail: String| Fault { at: vec![at.to_owned()], summary: "Unknown traffic", detail };
        let mut ranges: Vec<PortRange> = Vec::new();
        for word in text.split_whitespace() {
            if let Some(protocol) = Protocol::from_name(word) {
                traffic.protocols.insert(protocol);
            } else if let Some(transport) = Transport::ALL.iter().find(|transport| transport.as_str() == word) {
                traffic.words.insert(Word::Transport(*transport));
            } else if word == EXTRA {
                traffic.words.insert(Word::Extra);
            } else if word == MANAGEMENT {
                traffic.management = true;
            } else if word.starts_with(|first: char| first.is_ascii_digit()) {
                let ports: Ports = word.parse().map_err(|error| fault(format!("in `{text}`: {error}. Write for example `tcp 443`.")))?;
                ranges.extend(ports.ranges());
            } else {
                let choices = Protocol::ALL.iter().map(|protocol| protocol.as_str());
                let choices: Vec<&str> =
                    choices.chain(Transport::ALL.iter().map(|transport| transport.as_str())).chain([EXTRA, MANAGEMENT]).collect();
                let near = suggest::nearest(word, choices.iter().copied()).map(|near| format!(" Did you mean `{near}`?"));
                let listed = choices.join("`, `");
                return Err(fault(format!(
                    "`{word}` is not traffic.{} Write ports and any of `{listed}`, with spaces between: `tcp 443`, `plain`; or `null` for everything.",
                    near.unwrap_or_default()
                )));
            }
        }
        if text.trim().is_empty() {
            return Err(fault(
                "an empty text is not traffic. Write for example `tcp 443` or `plain`, or `null` for everything.".to_owned(),
            ));
        }
        traffic.ports = Ports::new(ranges);
        Ok(traffic)
    }

    /// Tells whether it is about packets alone: protocols and ports, not what flows are like.
    pub(super) fn is_of_packets(&self) -> bool {
        self.words.is_empty() && !self.management
    }

    /// Tells whether a flow of a passage is asked about.
    pub(super) fn takes(&self, rollout: &Rollout<'_>, passage: &Passage, id: &FlowId, cause: &Cause) -> bool {
        let facts = rollout.facts(id, cause);
        self.takes_packets(passage.protocol, &passage.ports.into()) && self.takes_kind(facts.transport, facts.management)
    }

    /// Tells whether a flow without a rule is asked about; one whose ports nobody knows is, unless ports are.
    pub(super) fn takes_flow(&self, matrix: &Matrix, policy: &Policy, id: &FlowId) -> bool {
        if let Some(extra) = policy.extra.get(id) {
            return self.takes_packets(extra.protocol, &extra.ports) && self.takes_kind(None, false);
        }
        let Some(flow) = matrix.flows().get(id) else { return false };
        let ports = policy.ports.get(id).cloned().or_else(|| flow.port.map(Ports::from));
        let packets = ports
            .map_or_else(|| self.takes_protocol(flow.protocol) && self.ports.is_none(), |ports| self.takes_packets(flow.protocol, &ports));
        packets && self.takes_kind(Some(flow.transport), flow.management)
    }

    fn takes_protocol(&self, protocol: Protocol) -> bool {
        self.protocols.is_empty() || self.protocols.contains(&protocol)
    }

    fn takes_packets(&self, protocol: Protocol, ports: &Ports) -> bool {
        let meets = |asked: &Ports| {
            let pairs = asked.ranges().iter().flat_map(|one| ports.ranges().iter().map(move |other| (one, other)));
            pairs.into_iter().any(|(one, other)| one.first() <= other.last() && other.first() <= one.last())
        };
        self.takes_protocol(protocol) && self.ports.as_ref().is_none_or(meets)
    }

    fn takes_kind(&self, transport: Option<Transport>, management: bool) -> bool {
        let word = transport.map_or(Word::Extra, Word::Transport);
        (self.words.is_empty() || self.words.contains(&word)) && (management || !self.management)
    }
}
