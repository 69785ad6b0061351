//! From the nodes of a matrix file to components, rows, flows and doubts.
//!
//! Promises that every name in what it returns exists in the same file. Whether flows agree with each other is for `check`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::cursor::{Cursor, Object};
use super::tree::{Node, Value};
use super::{
    Component, ComponentId, ComponentKind, DefaultState, Document, Doubt, DoubtId, Flow, FlowId, Implied, MailService, Multicast, Origin,
    Party, Role, RoleId, Row, Transport, Twin, Weight,
};
use crate::net::{PortRange, Protocol};

/// The format of the file that this release reads.
const FORMAT: &str = "1";

/// A file as read, before flows are held against each other.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) release: String,
    pub(super) document: Document,
    pub(super) components: BTreeMap<ComponentId, Component>,
    pub(super) roles: BTreeMap<RoleId, Role>,
    pub(super) rows: Vec<Row>,
    pub(super) flows: BTreeMap<FlowId, Flow>,
    pub(super) doubts: BTreeMap<DoubtId, Doubt>,
    pub(super) implied: BTreeMap<String, Implied>,
}

/// Reads the whole file; nothing where a fault was noted.
pub(super) fn read(root: &Node<'_>, cursor: &mut Cursor) -> Option<Draft> {
    format(root, cursor)?;
    let file = cursor.object(
        root,
        &[
            "format",
            "release",
            "document",
            "components",
            "roles",
            "rows",
            "flows",
            "doubts",
            "implied",
        ],
    )?;
    let known = Known::of(root);
    let release = cursor.text(file, "release");
    let document = cursor.required(file, "document").and_then(|node| document(node, cursor));
    let components = section(file, "components", cursor, |id, node, cursor| component(id, node, &known, cursor));
    let roles = section(file, "roles", cursor, |id, node, cursor| role(id, node, &known, cursor));
    let rows = cursor.required(file, "rows").and_then(|node| rows(node, cursor));
    let flows = section(file, "flows", cursor, |id, node, cursor| {
        flow(id, node, &known, rows.as_deref(), cursor)
    });
    let doubts = section(file, "doubts", cursor, doubt);
    let implied = section(file, "implied", cursor, |id, node, cursor| implied(id, node, &known, cursor));
    if !cursor.found.is_empty() {
        return None;
    }
    let flows: BTreeMap<FlowId, Flow> = flows?.into_iter().map(|flow| (flow.id.clone(), flow)).collect();
    let mut doubts: BTreeMap<DoubtId, Doubt> = doubts?.into_iter().map(|doubt| (doubt.id.clone(), doubt)).collect();
    for flow in flows.values() {
        for id in &flow.doubts {
            if let Some(doubt) = doubts.get_mut(id) {
                doubt.flows.insert(flow.id.clone());
            }
        }
    }
    Some(Draft {
        release: release?,
        document: document?,
        components: components?.into_iter().map(|component| (component.id.clone(), component)).collect(),
        roles: roles?.into_iter().map(|role| (role.id.clone(), role)).collect(),
        rows: rows?,
        flows,
        doubts,
        implied: implied?.into_iter().map(|implied| (implied.id.clone(), implied)).collect(),
    })
}

/// Refuses a file of another format before anything else is said about it.
fn format(root: &Node<'_>, cursor: &mut Cursor) -> Option<()> {
    match root.get("format") {
        Some(node) => match &node.value {
            Value::Number(FORMAT) => Some(()),
            Value::Number(other) => cursor.fault(
                node.at,
                format!("format {other} is not known to this release of the provider, which reads format {FORMAT}"),
            ),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Object(_) => {
                cursor.fault(node.at, format!("expected the number {FORMAT}, found {}", node.kind()))
            }
        },
        None if matches!(root.value, Value::Object(_)) => cursor.fault(
            root.at,
            format!("key `format` is missing; a port matrix begins with \"format\": {FORMAT}"),
        ),
        None => cursor.fault(root.at, format!("expected an object, found {}", root.kind())),
    }
}

/// The names that a file defines, collected before anything refers to them.
struct Known<'n> {
    components: BTreeSet<&'n str>,
    roles: BTreeSet<&'n str>,
    flows: BTreeSet<&'n str>,
    doubts: BTreeSet<&'n str>,
}

impl<'n> Known<'n> {
    fn of(root: &'n Node<'_>) -> Known<'n> {
        let names = |section: &str| {
            root.get(section)
                .map_or(&[][..], Node::members)
                .iter()
                .map(|member| member.key.as_ref())
                .collect()
        };
        Known {
            components: names("components"),
            roles: names("roles"),
            flows: names("flows"),
            doubts: names("doubts"),
        }
    }

    fn component(&self, node: &Node<'_>, cursor: &mut Cursor) -> Option<ComponentId> {
        let name = cursor.line(node)?;
        if self.components.contains(name) {
            Some(ComponentId::new(name))
        } else if self.roles.contains(name) {
            cursor.fault(node.at, format!("`{name}` is a role; a single component is needed here"))
        } else {
            cursor.unknown(node.at, "component", name, self.components.iter().copied())
        }
    }

    fn party(&self, node: &Node<'_>, cursor: &mut Cursor) -> Option<Party> {
        let name = cursor.line(node)?;
        if self.components.contains(name) {
            Some(Party::Component(ComponentId::new(name)))
        } else if self.roles.contains(name) {
            Some(Party::Role(RoleId::new(name)))
        } else {
            let all = self.components.union(&self.roles).copied();
            cursor.unknown(node.at, "component or role", name, all)
        }
    }

    fn flow(&self, node: &Node<'_>, cursor: &mut Cursor) -> Option<FlowId> {
        let name = cursor.line(node)?;
        match self.flows.contains(name) {
            true => Some(FlowId::new(name)),
            false => cursor.unknown(node.at, "flow", name, self.flows.iter().copied()),
        }
    }

    fn doubt(&self, node: &Node<'_>, cursor: &mut Cursor) -> Option<DoubtId> {
        let name = cursor.line(node)?;
        match self.doubts.contains(name) {
            true => Some(DoubtId::new(name)),
            false => cursor.unknown(node.at, "doubt", name, self.doubts.iter().copied()),
        }
    }
}

/// Reads an object of named things; faults of one do not hide those of the next.
fn section<T>(
    file: Object<'_, '_>,
    key: &str,
    cursor: &mut Cursor,
    mut read: impl FnMut(&str, &Node<'_>, &mut Cursor) -> Option<T>,
) -> Option<Vec<T>> {
    let node = cursor.required(file, key)?;
    let members = cursor.entries(node)?;
    Some(
        members
            .iter()
            .filter_map(|member| read(&member.key, &member.node, cursor))
            .collect(),
    )
}

/// Reads a list as a set; tells what stands in it twice.
fn set<T: Ord>(node: &Node<'_>, cursor: &mut Cursor, mut read: impl FnMut(&Node<'_>, &mut Cursor) -> Option<T>) -> Option<BTreeSet<T>> {
    let mut values = BTreeSet::new();
    for item in cursor.items(node)? {
        if let Some(value) = read(item, cursor)
            && !values.insert(value)
        {
            let name = cursor.line(item)?;
            cursor.fault::<()>(item.at, format!("`{name}` is given twice"));
        }
    }
    Some(values)
}

/// Reads a list that may be absent, which is as good as empty.
fn optional_set<T: Ord>(
    object: Object<'_, '_>,
    key: &str,
    cursor: &mut Cursor,
    read: impl FnMut(&Node<'_>, &mut Cursor) -> Option<T>,
) -> Option<BTreeSet<T>> {
    match object.get(key) {
        Some(node) => set(node, cursor, read),
        None => Some(BTreeSet::new()),
    }
}

/// Reads a value that may be absent or null.
fn absent_or<T>(
    object: Object<'_, '_>,
    key: &str,
    cursor: &mut Cursor,
    read: impl FnOnce(&Node<'_>, &mut Cursor) -> Option<T>,
) -> Option<Option<T>> {
    match object.get(key) {
        None => Some(None),
        Some(node) if matches!(node.value, Value::Null) => Some(None),
        Some(node) => read(node, cursor).map(Some),
    }
}

/// Reads a value that must be there and may be null.
fn null_or<T>(
    object: Object<'_, '_>,
    key: &str,
    cursor: &mut Cursor,
    read: impl FnOnce(&Node<'_>, &mut Cursor) -> Option<T>,
) -> Option<Option<T>> {
    cursor.required(object, key)?;
    absent_or(object, key, cursor, read)
}

fn document(node: &Node<'_>, cursor: &mut Cursor) -> Option<Document> {
    let object = cursor.object(node, &["title", "product", "issue", "status", "date", "notice"])?;
    let [title, product, issue, status, date, notice] =
        ["title", "product", "issue", "status", "date", "notice"].map(|key| cursor.text(object, key));
    Some(Document {
        title: title?,
        product: product?,
        issue: issue?,
        status: status?,
        date: date?,
        notice: notice?,
    })
}

/// Tells a name that configurations could not spell.
fn named(node: &Node<'_>, id: &str, cursor: &mut Cursor) -> Option<()> {
    let begins = id.starts_with(|first: char| first.is_ascii_lowercase());
    let goes_on = id
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if begins && goes_on {
        return Some(());
    }
    cursor.fault(
        node.at,
        format!("`{id}` is no name; names are lower-case letters, digits and underscores, and begin with a letter"),
    )
}

fn component(id: &str, node: &Node<'_>, known: &Known<'_>, cursor: &mut Cursor) -> Option<Component> {
    named(node, id, cursor);
    let object = cursor.object(node, &["kind", "title", "hosted_by", "description"])?;
    let kind = cursor
        .required(object, "kind")
        .and_then(|node| cursor.choice(node, ComponentKind::ALL, ComponentKind::as_str));
    let title = cursor.text(object, "title");
    let hosted_by = absent_or(object, "hosted_by", cursor, |node, cursor| known.component(node, cursor));
    let description = cursor.text(object, "description");
    match (kind, &hosted_by) {
        (Some(ComponentKind::Database), Some(None)) => {
            cursor.fault::<()>(
                node.at,
                "key `hosted_by` is missing; a database is placed where its server is".to_owned(),
            );
        }
        (Some(ComponentKind::Emc | ComponentKind::Inside | ComponentKind::External), Some(Some(_))) => {
            let at = object.get("hosted_by").map_or(node.at, |node| node.at);
            cursor.fault::<()>(at, "only a database is hosted by another component".to_owned());
        }
        (Some(_) | None, _) => {}
    }
    Some(Component {
        id: ComponentId::new(id),
        title: title?,
        kind: kind?,
        hosted_by: hosted_by?,
        description: description?,
    })
}

fn role(id: &str, node: &Node<'_>, known: &Known<'_>, cursor: &mut Cursor) -> Option<Role> {
    named(node, id, cursor);
    if known.components.contains(id) {
        cursor.fault::<()>(node.at, format!("`{id}` is a component too; a role needs a name of its own"));
    }
    let object = cursor.object(node, &["title", "members", "description"])?;
    let title = cursor.text(object, "title");
    let list = cursor.required(object, "members");
    let members = list.and_then(|node| set(node, cursor, |node, cursor| known.component(node, cursor)));
    if let (Some(list), Some([])) = (list, list.map(Node::items)) {
        cursor.fault::<()>(list.at, "a role needs at least one member".to_owned());
    }
    let description = cursor.text(object, "description");
    Some(Role {
        id: RoleId::new(id),
        title: title?,
        members: members?,
        description: description?,
    })
}

fn rows(node: &Node<'_>, cursor: &mut Cursor) -> Option<Vec<Row>> {
    let items = cursor.items(node)?;
    let rows: Vec<Row> = items.iter().filter_map(|item| row(item, cursor)).collect();
    if rows.len() != items.len() {
        return None; // the order of rows is worth a word once all of them can be read
    }
    let mut part = 1;
    for ((row, item), number) in rows.iter().zip(items).zip(1_u16..) {
        if row.number != number {
            let message = format!(
                "expected row {number} here, found row {}; rows are numbered in print order",
                row.number
            );
            cursor.fault::<()>(item.at, message);
        }
        if row.part < part {
            cursor.fault::<()>(item.at, format!("part {} after part {part}; rows stand in print order", row.part));
        }
        part = row.part;
    }
    Some(rows)
}

fn row(node: &Node<'_>, cursor: &mut Cursor) -> Option<Row> {
    let cells = ["source", "source_port", "destination", "port", "protocol", "optional", "state"];
    let keys: Vec<&str> = ["number", "part"].into_iter().chain(cells).collect();
    let object = cursor.object(node, &keys)?;
    let [number, part] = ["number", "part"].map(|key| cursor.required(object, key).and_then(|node| cursor.number(node)));
    let [source, source_port, destination, port, protocol, optional, state] = cells.map(|key| cursor.cell(object, key));
    Some(Row {
        number: number?,
        part: part?,
        source: source?,
        source_port: source_port?,
        destination: destination?,
        port: port?,
        protocol: protocol?,
        optional: optional?,
        state: state?,
    })
}

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

fn flow(id: &str, node: &Node<'_>, known: &Known<'_>, rows: Option<&[Row]>, cursor: &mut Cursor) -> Option<Flow> {
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
    let initiators = cursor
        .required(object, "initiators")
        .and_then(|node| set(node, cursor, |node, cursor| known.party(node, cursor)));
    let multicast = absent_or(object, "multicast", cursor, |node, cursor| multicast(node, known, cursor));
    let port = null_or(object, "port", cursor, port);
    let protocol = cursor
        .required(object, "protocol")
        .and_then(|node| cursor.choice(node, &Protocol::ALL, Protocol::as_str));
    let transport = cursor
        .required(object, "transport")
        .and_then(|node| cursor.choice(node, Transport::ALL, Transport::as_str));
    let application = cursor.remark(object, "application");
    let management = cursor.flag(object, "management");
    let optional = cursor.tristate(object, "optional");
    let default_state = cursor
        .required(object, "default_state")
        .and_then(|node| cursor.choice(node, DefaultState::ALL, DefaultState::as_str));
    let mail = absent_or(object, "mail", cursor, |node, cursor| {
        cursor.choice(node, MailService::ALL, MailService::as_str)
    });
    let twins = match object.get("twins") {
        Some(node) => cursor
            .items(node)
            .map(|items| items.iter().filter_map(|item| twin(item, known, cursor)).collect()),
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
            return cursor.fault(
                node.at,
                format!("expected a port, a range such as \"3000-3010\" or null, found {}", node.kind()),
            );
        }
    };
    text.parse::<PortRange>()
        .map_or_else(|error| cursor.fault(node.at, error.to_string()), Some)
}

fn multicast(node: &Node<'_>, known: &Known<'_>, cursor: &mut Cursor) -> Option<Multicast> {
    let object = cursor.object(node, &["group", "senders", "receivers", "consequence"])?;
    let group = null_or(object, "group", cursor, |node, cursor| {
        let text = cursor.line(node)?;
        match text.parse::<Ipv4Addr>() {
            Ok(group) if group.is_multicast() => Some(group),
            Ok(_) => cursor.fault(
                node.at,
                format!("`{text}` is no multicast group; groups go from 224.0.0.0 to 239.255.255.255"),
            ),
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
    Some(Multicast {
        group: group?,
        senders: senders?,
        receivers: receivers?,
        consequence: consequence?,
    })
}

fn twin(node: &Node<'_>, known: &Known<'_>, cursor: &mut Cursor) -> Option<Twin> {
    let object = cursor.object(node, &["flow", "doubt"])?;
    let flow = cursor.required(object, "flow").and_then(|node| known.flow(node, cursor));
    let doubt = absent_or(object, "doubt", cursor, |node, cursor| known.doubt(node, cursor));
    Some(Twin {
        flow: flow?,
        doubt: doubt?,
    })
}

fn doubt(id: &str, node: &Node<'_>, cursor: &mut Cursor) -> Option<Doubt> {
    numbered(id, 'A', node, cursor);
    let object = cursor.object(node, &["weight", "global", "question", "problem", "reading", "check"])?;
    let weight = cursor
        .required(object, "weight")
        .and_then(|node| cursor.choice(node, Weight::ALL, Weight::as_str));
    let global = cursor.flag(object, "global");
    let [question, problem, reading, check] = ["question", "problem", "reading", "check"].map(|key| cursor.text(object, key));
    Some(Doubt {
        id: DoubtId::new(id),
        weight: weight?,
        global: global?,
        question: question?,
        problem: problem?,
        reading: reading?,
        check: check?,
        flows: BTreeSet::new(),
    })
}

fn implied(id: &str, node: &Node<'_>, known: &Known<'_>, cursor: &mut Cursor) -> Option<Implied> {
    numbered(id, 'I', node, cursor);
    let object = cursor.object(node, &["text", "flows"])?;
    let text = cursor.text(object, "text");
    let flows = optional_set(object, "flows", cursor, |node, cursor| known.flow(node, cursor));
    Some(Implied {
        id: id.to_owned(),
        text: text?,
        flows: flows?,
    })
}

/// Tells an id that is not a letter and a number.
fn numbered(id: &str, letter: char, node: &Node<'_>, cursor: &mut Cursor) {
    let digits = id.strip_prefix(letter).unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        cursor.fault::<()>(
            node.at,
            format!("`{id}` is no number of this kind; write {letter} and digits, such as {letter}7"),
        );
    }
}
