//! One flow of a matrix file.

use std::net::Ipv4Addr;

use super::known::Known;
use super::value::{absent_or, null_or, optional_set, set};
use crate::matrix::cursor::Cursor;
use crate::matrix::tree::{Node, Value};
use crate::matrix::{DefaultState, Flow, FlowId, MailService, Multicast, Origin, Row, Transport, Twin};
use crate::net::{PortRange, Protocol};

const FLOW_KEYS: [&str; 19] = [
    "row",
    "listener",
    "initiators",
    "multicast",
    "port",
    "protocol",
    "transport",
    "application",
    "management",
    "optional",
    "default_state",
    "mail",
    "twins",
    "held",
    "same_host",
    "configurable",
    "without",
    "doubts",
    "description",
];

pub(super) fn flow(id: &str, node: &Node<'_>, known: &Known<'_>, rows: Option<&[Row]>, cursor: &mut Cursor) -> Option<Flow> {
    let object = cursor.object(node, &FLOW_KEYS)?;
    let row = null_or(object, "row", cursor, |node, cursor| {
        let number = cursor.number(node)?;
        let rows = rows?; // what is wrong with them has been said
        match rows.get(usize::from(number) - 1) {
            Some(row) => Some((number, row.part)),
            None => cursor.fault(node.at, format!("row {number} does not exist; rows go from 1 to {}", rows.len())),
        }
    });
    let listener = cursor.required(object, "listener").and_then(|node| known.component(node, cursor));
    let initiators = cursor.required(object, "initiators").and_then(|node| set(node, cursor, |node, cursor| known.party(node, cursor)));
    let multicast = absent_or(object, "multicast", cursor, |node, cursor| multicast(node, known, cursor));
    let port = null_or(object, "port", cursor, port);
    let protocol = cursor.required(object, "protocol").and_then(|node| cursor.choice(node, &Protocol::ALL, Protocol::as_str));
    let transport = cursor.required(object, "transport").and_then(|node| cursor.choice(node, Transport::ALL, Transport::as_str));
    let application = cursor.remark(object, "application");
    let management = cursor.flag(object, "management");
    let optional = cursor.tristate(object, "optional");
    let default_state =
        cursor.required(object, "default_state").and_then(|node| cursor.choice(node, DefaultState::ALL, DefaultState::as_str));
    let mail = absent_or(object, "mail", cursor, |node, cursor| cursor.choice(node, MailService::ALL, MailService::as_str));
    let twins = match object.get("twins") {
        Some(node) => cursor.items(node).map(|items| items.iter().filter_map(|item| twin(item, known, cursor)).collect()),
        None => Some(Vec::new()),
    };
    let [held, same_host] = ["held", "same_host"].map(|key| match object.get(key) {
        Some(_) => cursor.text(object, key).map(Some),
        None => Some(None),
    });
    let [configurable, without] = ["configurable", "without"].map(|key| cursor.remark(object, key));
    let doubts = optional_set(object, "doubts", cursor, |node, cursor| known.doubt(node, cursor));
    let description = cursor.text(object, "description");
    let row = row?;
    Some(Flow {
        id: FlowId::new(id),
        row: row.map(|(number, _)| number),
        part: row.map(|(_, part)| part),
        listener: listener?,
        initiators: initiators?,
        multicast: multicast?,
        port: port?,
        protocol: protocol?,
        transport: transport?,
        application: application?,
        management: management?,
        optional: optional?,
        default_state: default_state?,
        twins: twins?,
        held: held?,
        same_host: same_host?,
        origin: if row.is_some() { Origin::Printed } else { Origin::Implied },
        configurable: configurable?,
        mail: mail?,
        without: without?,
        doubts: doubts?,
        description: description?,
    })
}

/// Reads a port as a number, or a range as a text such as `3000-3010`.
fn port(node: &Node<'_>, cursor: &mut Cursor) -> Option<PortRange> {
    let text = match &node.value {
        Value::Number(number) => number,
        Value::Text(text) => text.as_ref(),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Object(_) => {
            return cursor.fault(node.at, format!("expected a port, a range such as \"3000-3010\" or null, found {}", node.kind()));
        }
    };
    text.parse::<PortRange>().map_or_else(|error| cursor.fault(node.at, error.to_string()), Some)
}

fn multicast(node: &Node<'_>, known: &Known<'_>, cursor: &mut Cursor) -> Option<Multicast> {
    let object = cursor.object(node, &["group", "senders", "receivers", "consequence"])?;
    let group = null_or(object, "group", cursor, |node, cursor| {
        let text = cursor.line(node)?;
        match text.parse::<Ipv4Addr>() {
            Ok(group) if group.is_multicast() => Some(group),
            Ok(_) => cursor.fault(node.at, format!("`{text}` is not a multicast group; groups go from 224.0.0.0 to 239.255.255.255")),
            Err(_) => cursor.fault(node.at, format!("`{text}` is not an IPv4 address")),
        }
    });
    let [senders, receivers] = ["senders", "receivers"].map(|key| {
        let node = cursor.required(object, key)?;
        let parties = set(node, cursor, |node, cursor| known.party(node, cursor))?;
        match node.items() {
            [] => cursor.fault(node.at, "multicast without anybody at this end".to_owned()),
            [..] => Some(parties),
        }
    });
    let consequence = cursor.text(object, "consequence");
    Some(Multicast { group: group?, senders: senders?, receivers: receivers?, consequence: consequence? })
}

fn twin(node: &Node<'_>, known: &Known<'_>, cursor: &mut Cursor) -> Option<Twin> {
    let object = cursor.object(node, &["flow", "doubt"])?;
    let flow = cursor.required(object, "flow").and_then(|node| known.flow(node, cursor));
    let doubt = absent_or(object, "doubt", cursor, |node, cursor| known.doubt(node, cursor));
    Some(Twin { flow: flow?, doubt: doubt? })
}
