//! A JSON text as a tree whose nodes know where they stand.
//!
//! Whether the text is JSON at all is for `serde_json` to say; this only keeps the positions that it throws away.
//! It knows nothing of what the file means.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::de::IgnoredAny;

use super::fault::{Fault, Finding, MatrixError, line_and_column};

/// A matrix file is four levels deep; this is only against a file made to exhaust the stack.
const DEEPEST: usize = 32;

/// A value and its place.
#[derive(Debug)]
pub(super) struct Node<'t> {
    /// Byte offset of its first character.
    pub(super) at: usize,
    /// Byte offset after its last character.
    end: usize,
    pub(super) value: Value<'t>,
}

/// A JSON value; objects keep the order and the repetitions of the file.
#[derive(Debug)]
pub(super) enum Value<'t> {
    Null,
    Bool(bool),
    Number(&'t str),
    Text(Cow<'t, str>),
    List(Vec<Node<'t>>),
    Object(Vec<Member<'t>>),
}

/// A key, its place and its value.
#[derive(Debug)]
pub(super) struct Member<'t> {
    pub(super) at: usize,
    pub(super) key: Cow<'t, str>,
    pub(super) node: Node<'t>,
}

impl<'t> Node<'t> {
    /// Reads `text`, which must be one JSON value.
    pub(super) fn parse(text: &'t str) -> Result<Node<'t>, MatrixError> {
        let scanned = match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) => Scan { text, at: 0 }.node(0),
            Err(_) => Err(Finding { at: 0, message: "not valid JSON".to_owned() }),
        };
        scanned.map_err(|finding| {
            let (line, column) = line_and_column(text, finding.at);
            MatrixError::one(syntax_fault(text).unwrap_or(Fault { line, column, path: String::new(), message: finding.message }))
        })
    }

    /// Returns what kind of value this is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Object(_) => "an object",
        }
    }

    /// Returns the members of an object, nothing for other values.
    pub(super) fn members(&self) -> &[Member<'t>] {
        match &self.value {
            Value::Object(members) => members,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_) => &[],
        }
    }

    /// Returns the items of a list, nothing for other values.
    pub(super) fn items(&self) -> &[Node<'t>] {
        match &self.value {
            Value::List(items) => items,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Object(_) => &[],
        }
    }

    /// Returns the value of the first member with this key.
    pub(super) fn get(&self, key: &str) -> Option<&Node<'t>> {
        self.member(key).map(|member| &member.node)
    }

    /// Returns the first member with this key.
    pub(super) fn member(&self, key: &str) -> Option<&Member<'t>> {
        self.members().iter().find(|member| member.key == key)
    }

    /// Returns the path of the key or value that begins at `offset`.
    pub(super) fn path_to(&self, offset: usize) -> String {
        let mut path = String::new();
        let mut node = self;
        loop {
            if node.at == offset {
                return path;
            }
            let member = node.members().iter().find(|member| (member.at..member.node.end).contains(&offset));
            let item = node.items().iter().enumerate().find(|(_, item)| (item.at..item.end).contains(&offset));
            node = match (member, item) {
                (Some(member), _) => {
                    push_key(&mut path, &member.key);
                    if member.at == offset {
                        return path;
                    }
                    &member.node
                }
                (None, Some((index, item))) => {
                    push_index(&mut path, index);
                    item
                }
                (None, None) => return path,
            };
        }
    }
}

/// Appends `.key`, or `["key"]` where the key is no plain word.
fn push_key(path: &mut String, key: &str) {
    let word = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if word && !key.is_empty() {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    } else {
        // Writing to a text cannot fail.
        let _ = write!(path, "[{key:?}]");
    }
}

/// Appends `[index]`.
fn push_index(path: &mut String, index: usize) {
    let _ = write!(path, "[{index}]");
}

/// Says where and why `text` is not JSON. The slow way, with the path: used only when something is known to be wrong.
fn syntax_fault(text: &str) -> Option<Fault> {
    use serde_path_to_error::Segment;

    let mut reader = serde_json::Deserializer::from_str(text);
    let mut at = String::new();
    let error = match serde_path_to_error::deserialize::<_, serde_json::Value>(&mut reader) {
        Ok(_) => reader.end().err(),
        Err(error) => {
            for segment in error.path() {
                match segment {
                    Segment::Seq { index } => push_index(&mut at, *index),
                    Segment::Map { key } => push_key(&mut at, key),
                    Segment::Enum { .. } | Segment::Unknown => {}
                }
            }
            Some(error.into_inner())
        }
    };
    let error = error?;
    let (line, byte) = (error.line(), error.column());
    let told = error.to_string();
    let why = told.split(" at line ").next().unwrap_or(&told);
    let column = text
        .split('\n')
        .nth(line.saturating_sub(1))
        .map_or(1, |line| line.char_indices().take_while(|(start, _)| *start + 1 < byte).count() + 1);
    Some(Fault { line, column, path: at, message: format!("not valid JSON: {why}") })
}

/// Walks over a text that is known to be JSON.
struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Reads one value, from the first character that is not space.
    fn node(&mut self, depth: usize) -> Result<Node<'t>, Finding> {
        self.skip_space();
        let at = self.at;
        if depth > DEEPEST {
            return Err(Finding { at, message: "nested too deep for a port matrix".to_owned() });
        }
        let value = match self.peek() {
            Some(b'{') => Value::Object(self.members(depth)?),
            Some(b'[') => Value::List(self.items(depth)?),
            Some(b'"') => Value::Text(self.text()?),
            Some(_) | None => self.word(),
        };
        Ok(Node { at, end: self.at, value })
    }

    fn members(&mut self, depth: usize) -> Result<Vec<Member<'t>>, Finding> {
        let mut members = Vec::new();
        self.at += 1;
        while self.goes_on(b'}') {
            let at = self.at;
            let key = self.text()?;
            self.skip_space();
            self.at += 1; // the colon
            members.push(Member { at, key, node: self.node(depth + 1)? });
        }
        Ok(members)
    }

    fn items(&mut self, depth: usize) -> Result<Vec<Node<'t>>, Finding> {
        let mut items = Vec::new();
        self.at += 1;
        while self.goes_on(b']') {
            items.push(self.node(depth + 1)?);
        }
        Ok(items)
    }

    /// Steps over a comma, or over the closing bracket and tells that nothing follows.
    fn goes_on(&mut self, closing: u8) -> bool {
        self.skip_space();
        if self.peek() == Some(b',') {
            self.at += 1;
            self.skip_space();
        }
        let ended = self.peek().is_none_or(|byte| byte == closing);
        if ended {
            self.at += 1;
        }
        !ended
    }

    fn text(&mut self) -> Result<Cow<'t, str>, Finding> {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            match self.peek() {
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(b'"') | None => break,
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        let inside = self.text.get(start + 1..self.at - 1).unwrap_or_default();
        if !escaped {
            return Ok(Cow::Borrowed(inside));
        }
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str(quoted)
            .map(Cow::Owned)
            .map_err(|_| Finding { at: start, message: "an escape in this text stands for no character".to_owned() })
    }

    /// Reads null, true, false or a number.
    fn word(&mut self) -> Value<'t> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')) {
            self.at += 1;
        }
        self.at = self.at.max(start + 1); // always onward, whatever the text
        match self.text.get(start..self.at).unwrap_or_default() {
            "null" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            number => Value::Number(number),
        }
    }
}
