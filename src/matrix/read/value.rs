//! Values that may be absent or null, and lists that are sets.

use std::collections::BTreeSet;

use crate::matrix::cursor::{Cursor, Object};
use crate::matrix::tree::{Node, Value};

/// Reads a list as a set; tells what stands in it twice.
pub(super) fn set<T: Ord>(
    node: &Node<'_>,
    cursor: &mut Cursor,
    mut read: impl FnMut(&Node<'_>, &mut Cursor) -> Option<T>,
) -> Option<BTreeSet<T>> {
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
pub(super) fn optional_set<T: Ord>(
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
pub(super) fn absent_or<T>(
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
pub(super) fn null_or<T>(
    object: Object<'_, '_>,
    key: &str,
    cursor: &mut Cursor,
    read: impl FnOnce(&Node<'_>, &mut Cursor) -> Option<T>,
) -> Option<Option<T>> {
    cursor.required(object, key)?;
    absent_or(object, key, cursor, read)
}
