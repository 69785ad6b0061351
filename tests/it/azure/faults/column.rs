//! The columns of the table: one call to Resource Manager at one moment of an operation.

use crate::azure::permissions::{DELETE_RULE, JOIN, READ, READ_RULES, WRITE, WRITE_RULE};
use crate::faults::way::Operation;

/// How the resource writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    /// With the role to apply.
    AtOnce,
    /// With the role to apply rule by rule, which may not even read groups.
    ByRule,
}

/// What a call does, as far as scenarios care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Looks at a group, for the plan of an update or a destroy.
    Refresh,
    /// Looks at a group, for the warnings of the plan of a create.
    Warn,
    /// Looks at a group, right before writing.
    Look,
    /// Writes a group.
    Write,
    /// Writes a rule that is new.
    WriteNew,
    /// Writes a rule that is there.
    WriteChanged,
    /// Deletes a rule.
    Delete,
    /// Asks how far the first of these is.
    Poll,
    /// Looks at a group, after writing.
    LookAfter,
}

impl Kind {
    /// Whether it reads a group or its rules.
    pub(super) fn looks(self) -> bool {
        matches!(self, Kind::LookAfter) || self.is_before_writes()
    }

    /// Whether it is made for the plan.
    pub(super) fn plans(self) -> bool {
        matches!(self, Kind::Refresh | Kind::Warn)
    }

    /// Whether nothing is written before it.
    pub(super) fn is_before_writes(self) -> bool {
        matches!(self, Kind::Refresh | Kind::Warn | Kind::Look)
    }

    /// Whether it writes rules, or a group with its rules.
    pub(super) fn puts(self) -> bool {
        matches!(self, Kind::Write | Kind::WriteNew | Kind::WriteChanged)
    }

    /// Whether it changes something.
    pub(super) fn writes(self) -> bool {
        self == Kind::Delete || self.puts()
    }
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) mode: Mode,
    pub(super) operation: Operation,
    pub(super) kind: Kind,
    /// As `tests/arm` counts it.
    pub(super) action: &'static str,
    /// Which of the calls of this action about the group it is, from one.
    pub(super) nth: u64,
    /// What stands over the column, after the action.
    remark: &'static str,
}

impl Column {
    pub(super) fn title(&self) -> String {
        if self.remark.is_empty() { self.action.to_owned() } else { format!("{} ({})", self.action, self.remark) }
    }

    /// The actions that a role must allow for it: first the one by which errors name it.
    pub(super) fn rights(&self) -> &'static [&'static str] {
        match (self.kind, self.mode) {
            (Kind::Refresh | Kind::Warn | Kind::Look | Kind::LookAfter, Mode::AtOnce) => &[READ],
            (Kind::Refresh | Kind::Warn | Kind::Look | Kind::LookAfter, Mode::ByRule) => &[READ_RULES],
            (Kind::Write | Kind::Poll, Mode::AtOnce) => &[WRITE, JOIN],
            (Kind::Poll, Mode::ByRule) if self.operation == Operation::Destroy => &[DELETE_RULE],
            (Kind::Write | Kind::WriteNew | Kind::WriteChanged | Kind::Poll, _) => &[WRITE_RULE, JOIN],
            (Kind::Delete, _) => &[DELETE_RULE],
        }
    }

    /// The call as errors name it.
    pub(super) fn call(&self) -> &'static str {
        self.rights()[0].trim_start_matches("Microsoft.Network/")
    }
}

const fn at_once(operation: Operation, kind: Kind, nth: u64, remark: &'static str) -> Column {
    let action = match kind {
        Kind::Write => "PUT group",
        Kind::Poll => "GET operation",
        Kind::Refresh | Kind::Warn | Kind::Look | Kind::LookAfter | Kind::WriteNew | Kind::WriteChanged | Kind::Delete => "GET group",
    };
    Column { mode: Mode::AtOnce, operation, kind, action, nth, remark }
}

const fn by_rule(operation: Operation, kind: Kind, nth: u64, remark: &'static str) -> Column {
    let action = match kind {
        Kind::Write | Kind::WriteNew | Kind::WriteChanged => "PUT rule",
        Kind::Delete => "DELETE rule",
        Kind::Poll => "GET operation",
        Kind::Refresh | Kind::Warn | Kind::Look | Kind::LookAfter => "GET rules",
    };
    Column { mode: Mode::ByRule, operation, kind, action, nth, remark }
}

const REFRESH: &str = "refresh";
const WARN: &str = "for the warnings of the plan";
const BEFORE: &str = "before writing";
const AFTER: &str = "after writing";

/// All of them, in the order in which the calls are made. Rules come in pages: where there are many, a look is two calls.
pub(super) const COLUMNS: [Column; 19] = {
    use Operation::{Create, Destroy, Update};
    [
        at_once(Update, Kind::Refresh, 1, REFRESH),
        at_once(Update, Kind::Look, 2, BEFORE),
        at_once(Update, Kind::Write, 1, ""),
        at_once(Update, Kind::Poll, 1, ""),
        at_once(Update, Kind::LookAfter, 3, AFTER),
        by_rule(Update, Kind::Refresh, 1, REFRESH),
        by_rule(Update, Kind::WriteChanged, 1, "a change"),
        by_rule(Update, Kind::Poll, 1, "of a rule"),
        by_rule(Update, Kind::Delete, 1, ""),
        by_rule(Update, Kind::LookAfter, 5, AFTER),
        at_once(Create, Kind::Warn, 1, WARN),
        at_once(Create, Kind::Write, 1, ""),
        at_once(Create, Kind::Poll, 1, ""),
        by_rule(Create, Kind::WriteNew, 1, "a new one"),
        by_rule(Create, Kind::Poll, 1, "of a rule"),
        at_once(Destroy, Kind::Write, 1, ""),
        at_once(Destroy, Kind::Poll, 1, ""),
        by_rule(Destroy, Kind::Delete, 1, ""),
        by_rule(Destroy, Kind::Poll, 1, "of a deletion"),
    ]
};
