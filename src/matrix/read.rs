//! From the nodes of a matrix file to components, rows, flows and doubts.
//!
//! Promises that every name in what it returns exists in the same file. Whether flows agree with each other is for `check`.

use std::collections::{BTreeMap, BTreeSet};

use self::component::{component, role};
use self::flow::flow;
use self::known::Known;
use self::value::optional_set;
use super::cursor::{Cursor, Object};
use super::tree::{Node, Value};
use super::{Component, ComponentId, Document, Doubt, DoubtId, Flow, FlowId, Implied, Role, RoleId, Row, Settlement, Weight};

mod component;
mod flow;
mod known;
mod value;

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
    let file = cursor.object(root, &["format", "release", "document", "components", "roles", "rows", "flows", "doubts", "implied"])?;
    let known = Known::of(root);
    let release = cursor.text(file, "release");
    let document = cursor.required(file, "document").and_then(|node| document(node, cursor));
    let components = section(file, "components", cursor, |id, node, cursor| component(id, node, &known, cursor));
    let roles = section(file, "roles", cursor, |id, node, cursor| role(id, node, &known, cursor));
    let rows = cursor.required(file, "rows").and_then(|node| rows(node, cursor));
    let flows = section(file, "flows", cursor, |id, node, cursor| flow(id, node, &known, rows.as_deref(), cursor));
    let doubts = section(file, "doubts", cursor, |id, node, cursor| doubt(id, node, &known, cursor));
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
            Value::Number(other) => {
                cursor.fault(node.at, format!("format {other} is not known to this release of the provider, which reads format {FORMAT}"))
            }
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Object(_) => {
                cursor.fault(node.at, format!("expected the number {FORMAT}, found {}", node.kind()))
            }
        },
        None if matches!(root.value, Value::Object(_)) => {
            cursor.fault(root.at, format!("key `format` is missing; a port matrix begins with \"format\": {FORMAT}"))
        }
        None => cursor.fault(root.at, format!("expected an object, found {}", root.kind())),
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
    Some(members.iter().filter_map(|member| read(&member.key, &member.node, cursor)).collect())
}

fn document(node: &Node<'_>, cursor: &mut Cursor) -> Option<Document> {
    let object = cursor.object(node, &["title", "product", "issue", "status", "date", "notice"])?;
    let [title, product, issue, status, date, notice] =
        ["title", "product", "issue", "status", "date", "notice"].map(|key| cursor.text(object, key));
    Some(Document { title: title?, product: product?, issue: issue?, status: status?, date: date?, notice: notice? })
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
            let message = format!("expected row {number} here, found row {}; rows are numbered in print order", row.number);
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

fn doubt(id: &str, node: &Node<'_>, known: &Known<'_>, cursor: &mut Cursor) -> Option<Doubt> {
    numbered(id, 'A', node, cursor);
    let object = cursor.object(node, &["weight", "global", "question", "problem", "reading", "check", "settled_by", "asked_where"])?;
    let weight = cursor.required(object, "weight").and_then(|node| cursor.choice(node, Weight::ALL, Weight::as_str));
    let global = cursor.flag(object, "global");
    let settled_by = optional_set(object, "settled_by", cursor, |node, cursor| cursor.choice(node, Settlement::ALL, Settlement::as_str));
    let asked_where = optional_set(object, "asked_where", cursor, |node, cursor| known.component(node, cursor));
    let [question, problem, reading, check] = ["question", "problem", "reading", "check"].map(|key| cursor.text(object, key));
    Some(Doubt {
        id: DoubtId::new(id),
        weight: weight?,
        global: global?,
        question: question?,
        problem: problem?,
        reading: reading?,
        check: check?,
        settled_by: settled_by?,
        asked_where: asked_where?,
        flows: BTreeSet::new(),
    })
}

fn implied(id: &str, node: &Node<'_>, known: &Known<'_>, cursor: &mut Cursor) -> Option<Implied> {
    numbered(id, 'I', node, cursor);
    let object = cursor.object(node, &["text", "flows"])?;
    let text = cursor.text(object, "text");
    let flows = optional_set(object, "flows", cursor, |node, cursor| known.flow(node, cursor));
    Some(Implied { id: id.to_owned(), text: text?, flows: flows? })
}

/// Tells an id that is not a letter and a number.
fn numbered(id: &str, letter: char, node: &Node<'_>, cursor: &mut Cursor) {
    let digits = id.strip_prefix(letter).unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        cursor.fault::<()>(node.at, format!("`{id}` is not a number of this kind; write {letter} and digits, such as {letter}7"));
    }
}
