//! One component, or one role, of a matrix file.

use super::known::Known;
use super::value::{absent_or, set};
use crate::matrix::cursor::Cursor;
use crate::matrix::tree::Node;
use crate::matrix::{Component, ComponentId, ComponentKind, Role, RoleId};

/// Tells a name that configurations could not spell.
fn named(node: &Node<'_>, id: &str, cursor: &mut Cursor) -> Option<()> {
    let begins = id.starts_with(|first: char| first.is_ascii_lowercase());
    let goes_on = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if begins && goes_on {
        return Some(());
    }
    cursor.fault(node.at, format!("`{id}` is not a name; names are lower-case letters, digits and underscores, and begin with a letter"))
}

pub(super) fn component(id: &str, node: &Node<'_>, known: &Known<'_>, cursor: &mut Cursor) -> Option<Component> {
    named(node, id, cursor);
    let object = cursor.object(node, &["kind", "title", "hosted_by", "description"])?;
    let kind = cursor.required(object, "kind").and_then(|node| cursor.choice(node, ComponentKind::ALL, ComponentKind::as_str));
    let title = cursor.text(object, "title");
    let hosted_by = absent_or(object, "hosted_by", cursor, |node, cursor| known.component(node, cursor));
    let description = cursor.text(object, "description");
    match (kind, &hosted_by) {
        (Some(ComponentKind::Database), Some(None)) => {
            cursor.fault::<()>(node.at, "key `hosted_by` is missing; a database is placed where its server is".to_owned());
        }
        (Some(ComponentKind::Emc | ComponentKind::Inside | ComponentKind::External), Some(Some(_))) => {
            let at = object.get("hosted_by").map_or(node.at, |node| node.at);
            cursor.fault::<()>(at, "only a database is hosted by another component".to_owned());
        }
        (Some(_) | None, _) => {}
    }
    Some(Component { id: ComponentId::new(id), title: title?, kind: kind?, hosted_by: hosted_by?, description: description? })
}

pub(super) fn role(id: &str, node: &Node<'_>, known: &Known<'_>, cursor: &mut Cursor) -> Option<Role> {
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
    Some(Role { id: RoleId::new(id), title: title?, members: members?, description: description? })
}
