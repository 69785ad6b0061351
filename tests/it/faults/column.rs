//! The columns of the table: one call to EC2 at one moment of an operation.

use super::way::Operation;

/// What a call does, as far as scenarios care.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Reads the rules of the groups, for the plan.
    Refresh,
    /// Reads the rules of the groups, right before writing.
    Look,
    /// Asks whether a group without rules exists.
    Groups,
    /// Asks what prefix lists count.
    Lists,
    /// Asks in which VPCs groups are that come to name each other.
    Whereabouts,
    Modify,
    /// Gives rules that name another account's groups another description.
    Describe,
    Open,
    Close,
    Tag,
    Untag,
}

impl Kind {
    pub(super) fn reads(self) -> bool {
        matches!(self, Kind::Look) || self.plans()
    }

    /// Whether it is made for the plan.
    pub(super) fn plans(self) -> bool {
        matches!(self, Kind::Refresh | Kind::Groups | Kind::Lists | Kind::Whereabouts)
    }
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) operation: Operation,
    pub(super) kind: Kind,
    /// The EC2 action.
    pub(super) action: &'static str,
    /// Which of the calls of this action it is, from one.
    pub(super) nth: u64,
    /// Whose group it is about, or is looked at.
    pub(super) group: &'static str,
    pub(super) egress: bool,
    /// What stands over the column, after the action.
    remark: &'static str,
}

impl Column {
    /// How many calls have written something when this one is made and all that may run at the same time is through.
    ///
    /// An update first changes, describes and creates in `core` while it describes and creates in `desks`; then it revokes in both; then
    /// it puts tags on and takes tags off in both.
    pub(super) fn writes_before(&self) -> usize {
        match (self.operation, self.kind) {
            (_, Kind::Refresh | Kind::Look | Kind::Groups | Kind::Lists | Kind::Whereabouts) => 0,
            (Operation::Create | Operation::Destroy, _) => 1, // that of the other group
            (Operation::Update, Kind::Modify) => 2,
            (Operation::Update, Kind::Describe) => 3,
            (Operation::Update, Kind::Open) => 4,
            (Operation::Update, Kind::Close) => 6,
            (Operation::Update, Kind::Tag) => 9,
            (Operation::Update, Kind::Untag) => 10,
        }
    }

    pub(super) fn title(&self) -> String {
        if self.remark.is_empty() { self.action.to_owned() } else { format!("{} ({})", self.action, self.remark) }
    }
}

const fn column(operation: Operation, kind: Kind, action: &'static str, group: &'static str) -> Column {
    Column { operation, kind, action, nth: 1, group, egress: false, remark: "" }
}

const fn egress(column: Column) -> Column {
    Column { egress: true, ..column }
}

/// All of them, by operation and in the order in which the calls are made.
pub(super) const COLUMNS: [Column; 19] = [
    Column { remark: "refresh", ..column(Operation::Update, Kind::Refresh, "DescribeSecurityGroupRules", "core") },
    column(Operation::Update, Kind::Groups, "DescribeSecurityGroups", "spare"),
    column(Operation::Update, Kind::Lists, "DescribeManagedPrefixLists", "core"),
    Column { nth: 2, remark: "before writing", ..column(Operation::Update, Kind::Look, "DescribeSecurityGroupRules", "core") },
    column(Operation::Update, Kind::Modify, "ModifySecurityGroupRules", "core"),
    column(Operation::Update, Kind::Describe, "UpdateSecurityGroupRuleDescriptionsIngress", "core"),
    egress(column(Operation::Update, Kind::Describe, "UpdateSecurityGroupRuleDescriptionsEgress", "desks")),
    column(Operation::Update, Kind::Open, "AuthorizeSecurityGroupIngress", "core"),
    egress(column(Operation::Update, Kind::Open, "AuthorizeSecurityGroupEgress", "desks")),
    column(Operation::Update, Kind::Close, "RevokeSecurityGroupIngress", "core"),
    egress(column(Operation::Update, Kind::Close, "RevokeSecurityGroupEgress", "desks")),
    column(Operation::Update, Kind::Tag, "CreateTags", "desks"),
    column(Operation::Update, Kind::Untag, "DeleteTags", "desks"),
    Column { remark: "where far ends are", ..column(Operation::Create, Kind::Whereabouts, "DescribeSecurityGroups", "core") },
    Column { remark: "taking over what a lost create left", ..column(Operation::Create, Kind::Tag, "CreateTags", "desks") },
    column(Operation::Create, Kind::Open, "AuthorizeSecurityGroupIngress", "core"),
    egress(column(Operation::Create, Kind::Open, "AuthorizeSecurityGroupEgress", "desks")),
    column(Operation::Destroy, Kind::Close, "RevokeSecurityGroupIngress", "core"),
    egress(column(Operation::Destroy, Kind::Close, "RevokeSecurityGroupEgress", "desks")),
];
