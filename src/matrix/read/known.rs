//! The names that a matrix file defines, and what refers to them.
//!
//! Promises that an id it gives is defined in the same file, wherever in the file that is.

use std::collections::BTreeSet;

use crate::matrix::cursor::Cursor;
use crate::matrix::tree::Node;
use crate::matrix::{ComponentId, DoubtId, FlowId, Party, RoleId};

/// The names that a file defines, collected before anything refers to them.
pub(super) struct Known<'n> {
    pub(super) components: BTreeSet<&'n str>,
    roles: BTreeSet<&'n str>,
    flows: BTreeSet<&'n str>,
    doubts: BTreeSet<&'n str>,
}

impl<'n> Known<'n> {
    pub(super) fn of(root: &'n Node<'_>) -> Known<'n> {
        let names = |section: &str| root.get(section).map_or(&[][..], Node::members).iter().map(|member| member.key.as_ref()).collect();
        Known { components: names("components"), roles: names("roles"), flows: names("flows"), doubts: names("doubts") }
    }

    pub(super) fn component(&self, node: &Node<'_>, cursor: &mut Cursor) -> Option<ComponentId> {
        let name = cursor.line(node)?;
        if self.components.contains(name) {
            Some(ComponentId::new(name))
        } else if self.roles.contains(name) {
            cursor.fault(node.at, format!("`{name}` is a role; a single component is needed here"))
        } else {
            cursor.unknown(node.at, "component", name, self.components.iter().copied())
        }
    }

    pub(super) fn party(&self, node: &Node<'_>, cursor: &mut Cursor) -> Option<Party> {
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

    pub(super) fn flow(&self, node: &Node<'_>, cursor: &mut Cursor) -> Option<FlowId> {
        let name = cursor.line(node)?;
        match self.flows.contains(name) {
            true => Some(FlowId::new(name)),
            false => cursor.unknown(node.at, "flow", name, self.flows.iter().copied()),
        }
    }

    pub(super) fn doubt(&self, node: &Node<'_>, cursor: &mut Cursor) -> Option<DoubtId> {
        let name = cursor.line(node)?;
        match self.doubts.contains(name) {
            true => Some(DoubtId::new(name)),
            false => cursor.unknown(node.at, "doubt", name, self.doubts.iter().copied()),
        }
    }
}
