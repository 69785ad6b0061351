//! Typed access to the nodes of a matrix file.
//!
//! Promises to go on after a fault: each call notes what it finds, gives nothing, and leaves the rest to be read.
//! It knows kinds of values, not what they are for.

use std::collections::BTreeSet;

use super::fault::Finding;
use super::tree::{Member, Node, Value};
use crate::suggest;

/// Collects what is wrong while a file is read.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    pub(super) found: Vec<Finding>,
}

/// An object whose keys have been checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Object<'n, 't> {
    pub(super) node: &'n Node<'t>,
}

impl<'n, 't> Object<'n, 't> {
    /// Returns the value of a key that may be absent.
    pub(super) fn get(self, key: &str) -> Option<&'n Node<'t>> {
        self.node.get(key)
    }
}

impl Cursor {
    /// Notes a fault and gives nothing.
    pub(super) fn fault<T>(&mut self, at: usize, message: String) -> Option<T> {
        self.found.push(Finding { at, message });
        None
    }

    fn expected<T>(&mut self, node: &Node<'_>, what: &str) -> Option<T> {
        self.fault(node.at, format!("expected {what}, found {}", node.kind()))
    }

    /// Takes an object that has no other keys than `known`.
    pub(super) fn object<'n, 't>(&mut self, node: &'n Node<'t>, known: &[&str]) -> Option<Object<'n, 't>> {
        for member in self.entries(node)? {
            if !known.contains(&member.key.as_ref()) {
                let hint = match suggest::nearest(&member.key, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known here: {}", listed(known.iter().copied(), "and")),
                };
                self.fault::<()>(member.at, format!("unknown key `{}`; {hint}", member.key));
            }
        }
        Some(Object { node })
    }

    /// Takes an object whose keys are names; tells each name that occurs twice.
    pub(super) fn entries<'n, 't>(&mut self, node: &'n Node<'t>) -> Option<&'n [Member<'t>]> {
        let Value::Object(members) = &node.value else {
            return self.expected(node, "an object");
        };
        let mut seen = BTreeSet::new();
        for member in members {
            if !seen.insert(member.key.as_ref()) {
                self.fault::<()>(member.at, format!("`{}` is given twice", member.key));
            }
        }
        Some(members)
    }

    /// Takes a list.
    pub(super) fn items<'n, 't>(&mut self, node: &'n Node<'t>) -> Option<&'n [Node<'t>]> {
        let Value::List(items) = &node.value else {
            return self.expected(node, "a list");
        };
        Some(items)
    }

    /// Takes the value of a key that must be there.
    pub(super) fn required<'n, 't>(&mut self, object: Object<'n, 't>, key: &str) -> Option<&'n Node<'t>> {
        match object.get(key) {
            Some(node) => Some(node),
            None => self.fault(object.node.at, format!("key `{key}` is missing")),
        }
    }

    /// Takes a text of one line, empty or not.
    pub(super) fn line<'n>(&mut self, node: &'n Node<'_>) -> Option<&'n str> {
        let Value::Text(text) = &node.value else {
            return self.expected(node, "a text");
        };
        if text.chars().any(char::is_control) {
            return self.fault(node.at, "a text here is one line without control characters".to_owned());
        }
        Some(text)
    }

    /// Takes the text of a key that must be there and say something.
    pub(super) fn text(&mut self, object: Object<'_, '_>, key: &str) -> Option<String> {
        let node = self.required(object, key)?;
        match self.line(node)? {
            "" => self.fault(node.at, "this text must not be empty".to_owned()),
            text => Some(text.to_owned()),
        }
    }

    /// Takes the text of a key that must be there and may be empty, as printed cells are.
    pub(super) fn cell(&mut self, object: Object<'_, '_>, key: &str) -> Option<String> {
        let node = self.required(object, key)?;
        self.line(node).map(str::to_owned)
    }

    /// Takes the text of a key that may be absent, which is as good as empty.
    pub(super) fn remark(&mut self, object: Object<'_, '_>, key: &str) -> Option<String> {
        match object.get(key) {
            Some(node) => self.line(node).map(str::to_owned),
            None => Some(String::new()),
        }
    }

    /// Takes true or false from a key that may be absent, which is as good as false.
    pub(super) fn flag(&mut self, object: Object<'_, '_>, key: &str) -> Option<bool> {
        match object.get(key) {
            None => Some(false),
            Some(node) => match node.value {
                Value::Bool(flag) => Some(flag),
                Value::Null | Value::Number(_) | Value::Text(_) | Value::List(_) | Value::Object(_) => self.expected(node, "true or false"),
            },
        }
    }

    /// Takes true, false or null from a key that must be there.
    pub(super) fn tristate(&mut self, object: Object<'_, '_>, key: &str) -> Option<Option<bool>> {
        let node = self.required(object, key)?;
        match node.value {
            Value::Bool(flag) => Some(Some(flag)),
            Value::Null => Some(None),
            Value::Number(_) | Value::Text(_) | Value::List(_) | Value::Object(_) => self.expected(node, "true, false or null"),
        }
    }

    /// Takes a whole number from 1 to 65535.
    pub(super) fn number(&mut self, node: &Node<'_>) -> Option<u16> {
        let Value::Number(number) = node.value else {
            return self.expected(node, "a number");
        };
        match number.parse::<u16>() {
            Ok(number) if number > 0 => Some(number),
            Ok(_) | Err(_) => self.fault(node.at, format!("expected a whole number from 1 to {}, found {number}", u16::MAX)),
        }
    }

    /// Takes one of the words in `all`.
    pub(super) fn choice<T: Copy>(&mut self, node: &Node<'_>, all: &[T], word: fn(T) -> &'static str) -> Option<T> {
        let name = self.line(node)?;
        let words = || all.iter().map(|value| word(*value));
        all.iter()
            .copied()
            .find(|value| word(*value) == name)
            .or_else(|| self.fault(node.at, format!("expected {}, found `{name}`", listed(words(), "or"))))
    }

    /// Notes that `name` is no known `kind`, with the nearest one that is.
    pub(super) fn unknown<'a, T>(&mut self, at: usize, kind: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<T> {
        let hint = suggest::nearest(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        self.fault(at, format!("unknown {kind} `{name}`{hint}"))
    }
}

/// Returns the words in backticks, the last one joined by `join`.
pub(super) fn listed<'a>(words: impl IntoIterator<Item = &'a str>, join: &str) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} {join} {last}", before.join(", ")),
        None => String::new(),
    }
}
