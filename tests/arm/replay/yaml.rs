//! Reads as much of YAML as a recorder of HTTP writes: mappings and lists by indentation, and scalars on one line. Anything else is refused.

use std::collections::BTreeMap;

/// A part of a document. Every scalar is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Text(String),
    List(Vec<Node>),
    Mapping(BTreeMap<String, Node>),
}

impl Node {
    pub(super) fn find(&self, key: &str) -> Option<&Node> {
        match self {
            Node::Mapping(entries) => entries.get(key),
            Node::Text(_) | Node::List(_) => None,
        }
    }

    #[track_caller]
    pub(super) fn get(&self, key: &str) -> &Node {
        self.find(key).unwrap_or_else(|| panic!("`{key}` is not in {self:?}"))
    }

    #[track_caller]
    pub(super) fn text(&self) -> &str {
        match self {
            Node::Text(text) => text,
            Node::List(_) | Node::Mapping(_) => panic!("{self:?} is no text"),
        }
    }

    #[track_caller]
    pub(super) fn list(&self) -> &[Node] {
        match self {
            Node::List(entries) => entries,
            Node::Text(_) | Node::Mapping(_) => panic!("{self:?} is no list"),
        }
    }

    #[track_caller]
    pub(super) fn entries(&self) -> impl Iterator<Item = (&String, &Node)> {
        match self {
            Node::Mapping(entries) => entries.iter(),
            Node::Text(_) | Node::List(_) => panic!("{self:?} is no mapping"),
        }
    }
}

/// Reads a document.
pub(super) fn read(text: &str) -> Node {
    let lines: Vec<(usize, String)> = text
        .lines()
        .filter(|line| !line.trim().is_empty() && *line != "---")
        .map(|line| (line.len() - line.trim_start().len(), line.trim().to_owned()))
        .collect();
    let (node, rest) = block(&lines);
    assert!(rest.is_empty(), "cannot read {:?}", rest.first());
    node
}

type Lines<'a> = &'a [(usize, String)];

/// Everything that is indented as the first line, or deeper.
fn block(lines: Lines<'_>) -> (Node, Lines<'_>) {
    let indent = lines[0].0;
    if lines[0].1.starts_with("- ") { entries(lines, indent) } else { mapping(lines, indent) }
}

fn entries(mut lines: Lines<'_>, indent: usize) -> (Node, Lines<'_>) {
    let mut found = Vec::new();
    while let Some((at, text)) = lines.first().filter(|(at, _)| *at == indent) {
        let text = text.strip_prefix("- ").unwrap_or_else(|| panic!("`{text}` is no entry of a list"));
        if key(text).is_none() {
            found.push(scalar(text));
            lines = &lines[1..];
            continue;
        }
        // A mapping that begins beside the dash.
        let end = lines.iter().skip(1).position(|(deep, _)| deep <= at).map_or(lines.len(), |end| end + 1);
        let mut inner = lines[..end].to_vec();
        inner[0] = (at + 2, text.to_owned());
        let (node, rest) = block(&inner);
        assert!(rest.is_empty(), "cannot read {:?}", rest.first());
        found.push(node);
        lines = &lines[end..];
    }
    (Node::List(found), lines)
}

fn mapping(mut lines: Lines<'_>, indent: usize) -> (Node, Lines<'_>) {
    let mut found = BTreeMap::new();
    while let Some((_, text)) = lines.first().filter(|(at, _)| *at == indent) {
        let (name, value) = key(text).unwrap_or_else(|| panic!("`{text}` is no key"));
        let node = if value.is_empty() {
            let (node, rest) = block(&lines[1..]);
            lines = rest;
            node
        } else {
            lines = &lines[1..];
            scalar(value)
        };
        assert!(found.insert(name.to_owned(), node).is_none(), "`{name}` stands twice");
    }
    assert!(lines.first().is_none_or(|(at, _)| *at < indent), "cannot read {:?}", lines.first());
    (Node::Mapping(found), lines)
}

fn key(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once(':')?;
    let is_key = !name.is_empty() && name.chars().all(|character| character.is_ascii_alphanumeric() || ['-', '_'].contains(&character));
    (is_key && (value.is_empty() || value.starts_with(' '))).then(|| (name, value.trim()))
}

fn scalar(text: &str) -> Node {
    match (text, text.chars().next()) {
        ("{}", _) => Node::Mapping(BTreeMap::new()),
        ("[]", _) => Node::List(Vec::new()),
        (_, Some('\'')) => {
            let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or_else(|| panic!("`{text}` has no end"));
            Node::Text(inner.replace("''", "'"))
        }
        (_, Some('"')) => Node::Text(serde_json::from_str(text).unwrap_or_else(|error| panic!("`{text}`: {error}"))),
        (_, Some('|' | '>' | '&' | '*' | '{' | '[' | '!')) => panic!("`{text}` is more YAML than is read here"),
        (_, _) => Node::Text(text.to_owned()),
    }
}

#[test]
fn what_a_recorder_writes_is_read() {
    let node = read(
        "---\na: 1\nlist:\n    - id: 0\n      text: 'it''s {\"x\": 1}'\n      none: {}\n    - id: 1\n      texts:\n        - \"a\\\"b\"\n        - W/\"x\"\n",
    );
    assert_eq!(node.get("a").text(), "1");
    let list = node.get("list").list();
    assert_eq!(list.len(), 2);
    assert_eq!(list[0].get("text").text(), "it's {\"x\": 1}");
    assert_eq!(list[0].get("none").entries().count(), 0);
    assert_eq!(list[1].get("texts").list(), [Node::Text("a\"b".to_owned()), Node::Text("W/\"x\"".to_owned())]);
}

#[test]
#[should_panic(expected = "more YAML than is read here")]
fn more_is_refused() {
    read("a: |\n  text\n");
}
