//! Whether the flows and doubts of a matrix agree with each other.
//!
//! Names are known to exist when this runs. Every disagreement is told, each at the place that has to change.

use super::cursor::Cursor;
use super::read::Draft;
use super::tree::Node;
use super::{Flow, Multicast, Party, Transport};
use crate::net::Protocol;

/// Notes every disagreement in `draft`, which was read from `root`.
pub(super) fn check(draft: &Draft, root: &Node<'_>, cursor: &mut Cursor) {
    for flow in draft.flows.values() {
        let place = Place { root, flow };
        id(flow, &place, cursor);
        ends(flow, &place, cursor);
        for (index, _) in flow.twins.iter().enumerate() {
            twin(draft, flow, index, &place, cursor);
        }
        if let Some(multicast) = &flow.multicast {
            travels(draft, flow, multicast, &place, cursor);
        }
    }
    for doubt in draft.doubts.values() {
        if doubt.flows.is_empty() && !doubt.global {
            let at = section(root, "doubts", doubt.id.as_str());
            cursor.fault::<()>(at, "no flow names this doubt; name it in a flow, or write \"global\": true".to_owned());
        }
    }
}

/// Finds the places of one flow.
struct Place<'n, 't> {
    root: &'n Node<'t>,
    flow: &'n Flow,
}

impl Place<'_, '_> {
    /// Where the flow's id stands.
    fn id(&self) -> usize {
        section(self.root, "flows", self.flow.id.as_str())
    }

    /// Where the value of a key of the flow stands, or of an item of it.
    fn key(&self, key: &str, item: Option<usize>) -> usize {
        let flows = self.root.get("flows");
        let value = flows.and_then(|flows| flows.get(self.flow.id.as_str())).and_then(|flow| flow.get(key));
        let item = item.and_then(|item| value.and_then(|value| value.items().get(item)));
        item.or(value).map_or_else(|| self.id(), |node| node.at)
    }
}

/// Returns where the key `id` stands in a section.
fn section(root: &Node<'_>, section: &str, id: &str) -> usize {
    root.get(section).and_then(|section| section.member(id)).map_or(root.at, |member| member.at)
}

fn id(flow: &Flow, place: &Place<'_, '_>, cursor: &mut Cursor) {
    let rest = flow.id.as_str().strip_prefix(flow.listener.as_str()).and_then(|rest| rest.strip_prefix('.'));
    let parts_are_words = rest.is_some_and(|rest| {
        rest.split('.').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'))
        })
    });
    if !parts_are_words {
        cursor.fault::<()>(
            place.id(),
            format!(
                "`{}` is not an id of a flow to `{listener}`; write `{listener}.` and the printed port",
                flow.id,
                listener = flow.listener
            ),
        );
    }
}

fn ends(flow: &Flow, place: &Place<'_, '_>, cursor: &mut Cursor) {
    if flow.initiators.is_empty() && flow.held.is_none() {
        cursor
            .fault::<()>(place.key("initiators", None), "a flow needs an initiator, or `held` with the reason why it has none".to_owned());
    }
}

fn twin(draft: &Draft, flow: &Flow, index: usize, place: &Place<'_, '_>, cursor: &mut Cursor) {
    let Some(twin) = flow.twins.get(index) else { return };
    let Some(other) = draft.flows.get(&twin.flow) else { return };
    let at = place.key("twins", Some(index));
    if flow.twins.iter().take(index).any(|earlier| earlier.flow == twin.flow) {
        cursor.fault::<()>(at, format!("`{}` is given twice", other.id));
        return;
    }
    if other.listener != flow.listener {
        let message = format!("twins have one listener; `{}` is to `{}`", other.id, other.listener);
        cursor.fault::<()>(at, message);
    }
    if (flow.transport == Transport::Secure) == (other.transport == Transport::Secure) {
        let message = format!("of twins one is secure and the other is not; `{}` is {} too", other.id, other.transport);
        cursor.fault::<()>(at, message);
    }
    match other.twins.iter().find(|back| back.flow == flow.id) {
        None => {
            let message = format!("`{}` does not name `{}` as its twin; write it in both", other.id, flow.id);
            cursor.fault::<()>(at, message);
        }
        Some(back) if back.doubt != twin.doubt => {
            let message = format!("`{}` names another doubt, or none, for this twin; write the same in both", other.id);
            cursor.fault::<()>(at, message);
        }
        Some(_) => {}
    }
}

fn travels(draft: &Draft, flow: &Flow, multicast: &Multicast, place: &Place<'_, '_>, cursor: &mut Cursor) {
    if flow.protocol != Protocol::Udp {
        let message = format!("multicast is udp, not {}", flow.protocol);
        cursor.fault::<()>(place.key("protocol", None), message);
    }
    let takes_part = |party: &Party| match party {
        Party::Component(component) => *component == flow.listener,
        Party::Role(role) => draft.roles.get(role).is_some_and(|role| role.members.contains(&flow.listener)),
    };
    if !multicast.senders.iter().chain(&multicast.receivers).any(takes_part) {
        let message = format!("the listener `{}` neither sends nor receives", flow.listener);
        cursor.fault::<()>(place.key("multicast", None), message);
    }
    if flow.same_host.is_some() {
        cursor.fault::<()>(place.key("same_host", None), "multicast does not stay on one host".to_owned());
    }
}
