//! The rows of the table: what goes wrong.

use serde_json::{Value, json};

use crate::support::mode;

use super::column::{Column, Kind};
use super::stage::{Far, Stage, sibling};
use super::way::{Operation, Way};

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scenario {
    Throttled,
    ThrottledForEver,
    ServerError,
    ServerErrorForEver,
    Slow,
    Cut,
    CutForEver,
    DoneThenError,
    DoneThenCut,
    DoneAnswersLostForEver,
    Refused,
    UnseenRules,
    UnseenGroup,
    Partial,
    DeletedBeforeApply,
    DeletedMeanwhile,
    Added,
    Twin,
    TwinInPart,
    Edited,
    Revoked,
    SiblingWrites,
    Limit,
    LimitInPart,
    Interrupted,
    ProviderKilledBefore,
    ProviderKilledDuring,
    ProviderKilledAfter,
    AllKilled,
}

/// What to undo when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heal {
    Nothing,
    /// Rules that somebody added have to go, or nothing converges.
    Remove,
    /// The group was deleted and another takes its place.
    Group(&'static str),
}

/// A scenario for one column of one stage.
#[derive(Debug)]
pub(super) struct Mishap {
    pub(super) way: Way,
    pub(super) faults: Vec<Value>,
    /// By hand, before the faults.
    pub(super) by_hand: Vec<(&'static str, Value)>,
    pub(super) mode: &'static str,
    pub(super) quota: Option<u32>,
    pub(super) heal: Heal,
    /// The text of one of our rules that somebody changes or revokes.
    pub(super) victim: Option<String>,
    /// Texts of the rules that somebody adds.
    pub(super) added: Vec<String>,
}

const NO_BATCH: &str = "it has no batch";

impl Scenario {
    pub(super) const ALL: [Scenario; 29] = {
        use Scenario::*;
        [
            Throttled,
            ThrottledForEver,
            ServerError,
            ServerErrorForEver,
            Slow,
            Cut,
            CutForEver,
            DoneThenError,
            DoneThenCut,
            DoneAnswersLostForEver,
            Refused,
            UnseenRules,
            UnseenGroup,
            Partial,
            DeletedBeforeApply,
            DeletedMeanwhile,
            Added,
            Twin,
            TwinInPart,
            Edited,
            Revoked,
            SiblingWrites,
            Limit,
            LimitInPart,
            Interrupted,
            ProviderKilledBefore,
            ProviderKilledDuring,
            ProviderKilledAfter,
            AllKilled,
        ]
    };

    pub(super) fn title(self) -> &'static str {
        match self {
            Scenario::Throttled => "throttled twice",
            Scenario::ThrottledForEver => "throttled for longer than we try",
            Scenario::ServerError => "error 500 once",
            Scenario::ServerErrorForEver => "error 500 for ever",
            Scenario::Slow => "answered a second late",
            Scenario::Cut => "connection cut once, nothing done",
            Scenario::CutForEver => "connection cut for ever, nothing done",
            Scenario::DoneThenError => "done, but answered with error 500",
            Scenario::DoneThenCut => "done, but the answer is lost",
            Scenario::DoneAnswersLostForEver => "done, but every answer is lost",
            Scenario::Refused => "not permitted by IAM",
            Scenario::UnseenRules => "rules are not seen yet: what it wrote, by three reads; by this read, those of the group",
            Scenario::UnseenGroup => "the group is not known yet: to one look, to two calls",
            Scenario::Partial => "one rule of the batch done, then error 500",
            Scenario::DeletedBeforeApply => "the group deleted between plan and apply",
            Scenario::DeletedMeanwhile => "the group deleted between our read and this call",
            Scenario::Added => "somebody adds a rule between our read and our write",
            Scenario::Twin => "somebody adds the very rule that we are about to write",
            Scenario::TwinInPart => "the same, and EC2 keeps the part of the batch before it",
            Scenario::Edited => "somebody edits one of our rules between our read and our write",
            Scenario::Revoked => "somebody revokes one of our rules between our read and our write",
            Scenario::SiblingWrites => "another resource of ours, in another process, writes to the group",
            Scenario::Limit => "the limit of the group is reached, EC2 refuses the batch",
            Scenario::LimitInPart => "the limit of the group is reached in the middle of the batch",
            Scenario::Interrupted => "Ctrl-C during the call",
            Scenario::ProviderKilledBefore => "kill -9 of the provider before EC2 gets the call",
            Scenario::ProviderKilledDuring => "kill -9 of the provider during the call, which EC2 carries out",
            Scenario::ProviderKilledAfter => "kill -9 of the provider after the call, before its answer",
            Scenario::AllKilled => "kill -9 of CLI and provider during the call, which EC2 carries out",
        }
    }

    /// Whether the row is in the table of this operation. Updates make every call, so create and destroy have what differs there.
    pub(super) fn is_of(self, operation: Operation) -> bool {
        let of_create = !matches!(
            self,
            Scenario::Throttled
                | Scenario::ServerError
                | Scenario::Slow
                | Scenario::Cut
                | Scenario::DoneThenError
                | Scenario::UnseenRules
                | Scenario::DeletedBeforeApply
                | Scenario::Added
                | Scenario::Edited
                | Scenario::SiblingWrites
        );
        match operation {
            Operation::Update => true,
            Operation::Create => of_create && self != Scenario::Revoked,
            Operation::Destroy => of_create && !self.is_about_opening(),
        }
    }

    /// Whether EC2 itself refuses something, so that it matters what it does with the rest of a batch. The rows that are about just that
    /// say what it does; the others have to end in the same way in either case.
    pub(super) fn depends_on_mode(self) -> bool {
        matches!(
            self,
            Scenario::DoneThenError
                | Scenario::DoneThenCut
                | Scenario::DoneAnswersLostForEver
                | Scenario::Partial
                | Scenario::DeletedMeanwhile
                | Scenario::Revoked
        )
    }

    fn is_about_opening(self) -> bool {
        // EC2 knows a group for good before anything is destroyed.
        matches!(self, Scenario::UnseenGroup | Scenario::Twin | Scenario::TwinInPart | Scenario::Limit | Scenario::LimitInPart)
    }

    /// Why a scenario cannot happen to a call.
    #[expect(clippy::wildcard_enum_match_arm, reason = "few of many can be impossible")]
    pub(super) fn impossible(self, column: &Column) -> Option<&'static str> {
        let kind = column.kind;
        match self {
            Scenario::UnseenRules if matches!(kind, Kind::Groups | Kind::Lists | Kind::Whereabouts) => Some("it shows no rules"),
            Scenario::UnseenGroup => match kind {
                Kind::Lists => Some("it is not about groups"),
                Kind::Whereabouts => Some("the look before it has found the group"),
                Kind::Tag | Kind::Untag => Some("it names rules, not the group"),
                Kind::Refresh | Kind::Groups | Kind::Look | Kind::Modify | Kind::Describe | Kind::Open | Kind::Close => None,
            },
            Scenario::Partial if kind.reads() => Some(NO_BATCH),
            Scenario::DeletedBeforeApply => match kind {
                Kind::Look => None,
                Kind::Refresh | Kind::Groups | Kind::Lists | Kind::Whereabouts => Some("it is part of the plan"),
                Kind::Modify | Kind::Describe | Kind::Open | Kind::Close | Kind::Tag | Kind::Untag => {
                    Some("the look before writing finds out")
                }
            },
            Scenario::DeletedMeanwhile if kind.reads() => Some("it is our read"),
            Scenario::Twin if matches!(kind, Kind::Describe | Kind::Tag | Kind::Untag | Kind::Close) => {
                Some("EC2 keeps equal rules once, and ours is there")
            }
            Scenario::TwinInPart => match kind {
                Kind::Open => None,
                Kind::Describe | Kind::Tag | Kind::Untag | Kind::Close => Some("EC2 keeps equal rules once, and ours is there"),
                Kind::Modify => Some("a change either finds the rule in its way before it begins, or none"),
                Kind::Refresh | Kind::Groups | Kind::Lists | Kind::Whereabouts | Kind::Look => Some(NO_BATCH),
            },
            Scenario::Limit | Scenario::LimitInPart if kind != Kind::Open => Some("it takes no room"),
            _ => None,
        }
    }

    /// Plays it: to be asked after the operation was prepared.
    pub(super) fn mishap(self, stage: &Stage, column: &Column) -> Mishap {
        let mut mishap = Mishap {
            way: Way::Through,
            faults: Vec::new(),
            by_hand: Vec::new(),
            mode: mode(),
            quota: None,
            heal: Heal::Nothing,
            victim: None,
            added: Vec::new(),
        };
        let fault = |fault: Value| hits(stage, column, fault);
        match self {
            Scenario::Throttled => mishap.faults.push(fault(json!({ "kind": "throttle", "times": 2 }))),
            Scenario::ThrottledForEver => mishap.faults.push(fault(json!({ "kind": "throttle", "times": 0 }))),
            Scenario::ServerError => mishap.faults.push(fault(json!({ "kind": "internal" }))),
            Scenario::ServerErrorForEver => mishap.faults.push(fault(json!({ "kind": "internal", "times": 0 }))),
            Scenario::Slow => mishap.faults.push(fault(json!({ "kind": "delay", "seconds": 1 }))),
            Scenario::Cut => mishap.faults.push(fault(json!({ "kind": "drop" }))),
            Scenario::CutForEver => mishap.faults.push(fault(json!({ "kind": "drop", "times": 0 }))),
            Scenario::DoneThenError => mishap.faults.push(fault(json!({ "kind": "after_error" }))),
            Scenario::DoneThenCut => mishap.faults.push(fault(json!({ "kind": "after_drop" }))),
            Scenario::DoneAnswersLostForEver => mishap.faults.push(fault(json!({ "kind": "after_drop", "times": 0 }))),
            Scenario::Refused => mishap.faults.push(fault(json!({
                "kind": "error", "times": 0, "status": 403, "code": "UnauthorizedOperation",
                "message": "You are not authorized to perform this operation.",
            }))),
            Scenario::UnseenRules if column.kind.reads() => {
                // The next read of rules does not see the group, the one of groups right after it does.
                mishap.faults.push(json!({ "kind": "unseen", "groups": [stage.id(column.group)], "calls": 1 }));
                if column.kind == Kind::Look {
                    mishap.way = Way::Saved;
                }
            }
            Scenario::UnseenRules => mishap.faults.push(fault(json!({ "kind": "unseen", "calls": 3 }))),
            Scenario::UnseenGroup if !column.kind.reads() => mishap.faults.push(fault(json!({
                "kind": "error", "times": 2, "code": "InvalidGroup.NotFound",
                "message": format!("The security group '{}' does not exist", stage.id(column.group)),
            }))),
            Scenario::UnseenGroup => {
                // One look asks two actions.
                mishap.faults.push(json!({ "kind": "unseen", "groups": [stage.id(column.group)], "calls": 2 }));
                if column.kind == Kind::Look {
                    mishap.way = Way::Saved;
                }
            }
            Scenario::Partial => mishap.faults.push(fault(json!({ "kind": "partial", "rules": 1 }))),
            Scenario::DeletedBeforeApply | Scenario::DeletedMeanwhile => {
                mishap.heal = Heal::Group(column.group);
                if self == Scenario::DeletedBeforeApply {
                    mishap.way = Way::Saved;
                    mishap.by_hand.push(("delete_group", json!({ "group": stage.id(column.group) })));
                } else {
                    let delete = json!({ "command": "delete_group", "args": { "group": stage.id(column.group) } });
                    mishap.faults.push(fault(json!({ "kind": "run", "before": delete })));
                }
            }
            Scenario::Added | Scenario::SiblingWrites => {
                let (group, egress) = place(column);
                let mut rule = json!({ "group": stage.id(group), "ports": "4444", "cidr": "10.9.0.0/16", "egress": egress });
                if self == Scenario::SiblingWrites {
                    rule["tags"] = sibling();
                }
                mishap.faults.push(fault(meanwhile(column, "authorize", &rule)));
                mishap.added.push(format!("{group} {} tcp 4444 10.9.0.0/16", if egress { "egress" } else { "ingress" }));
            }
            Scenario::Twin | Scenario::TwinInPart => {
                let (group, egress) = place(column);
                let far = if column.kind == Kind::Modify { Far::Ipv4 } else { Far::Moves };
                // The second of the batch, so that something comes before it.
                let text = stage.text(group, far, true, 1);
                mishap.faults.push(fault(meanwhile(column, "authorize", &rule_of(stage, &text, egress))));
                mishap.added.push(text);
                mishap.heal = Heal::Remove;
                mishap.mode = if self == Scenario::TwinInPart { "partial" } else { "corrected" };
            }
            Scenario::Edited if column.kind == Kind::Describe => {
                // Nothing but its description can be changed of a rule that names another account's group, and that is what we write.
                let (group, egress) = place(column);
                let rule = stage.rule(&stage.text(group, Far::Elsewhere, false, 0));
                let edit = json!({ "group": stage.id(group), "rule": rule, "description": "by hand", "egress": egress });
                mishap.faults.push(fault(meanwhile(column, "redescribe", &edit)));
            }
            Scenario::Edited | Scenario::Revoked => {
                let (group, egress) = place(column);
                let text = match column.kind {
                    Kind::Close => stage.text(group, Far::Moves, column.operation == Operation::Destroy, 0),
                    Kind::Describe => stage.text(group, Far::Elsewhere, false, 0),
                    Kind::Tag | Kind::Untag | Kind::Open => stage.text(group, Far::Stays, false, 0),
                    Kind::Refresh | Kind::Groups | Kind::Lists | Kind::Whereabouts | Kind::Look | Kind::Modify => {
                        stage.text(group, Far::Ipv4, false, 0)
                    }
                };
                let rule = stage.rule(&text);
                let (command, arguments) = if self == Scenario::Edited {
                    ("modify", json!({ "group": stage.id(group), "rule": rule, "ToPort": 29099 }))
                } else {
                    ("revoke", json!({ "group": stage.id(group), "ids": [rule], "egress": egress }))
                };
                mishap.faults.push(fault(meanwhile(column, command, &arguments)));
                mishap.victim = Some(text);
            }
            Scenario::Limit | Scenario::LimitInPart => {
                // The other group has room.
                let (extras, quota) = if column.operation == Operation::Create { (3, 6) } else { (2, 9) };
                for number in 0..extras {
                    let text = format!("{} {} tcp 9 fd00:9{number}::/64", column.group, if column.egress { "egress" } else { "ingress" });
                    mishap.by_hand.push(("authorize", rule_of(stage, &text, column.egress)));
                    mishap.added.push(text);
                }
                mishap.quota = Some(quota);
                mishap.mode = if self == Scenario::LimitInPart { "partial" } else { "corrected" };
            }
            Scenario::Interrupted => {
                mishap.way = Way::Interrupted;
                mishap.faults.push(fault(json!({ "kind": "hang" })));
            }
            Scenario::ProviderKilledBefore | Scenario::ProviderKilledDuring | Scenario::AllKilled => {
                mishap.way = Way::Killed { all: self == Scenario::AllKilled, done: self != Scenario::ProviderKilledBefore };
                mishap.faults.push(fault(json!({ "kind": "hang" })));
            }
            Scenario::ProviderKilledAfter => {
                mishap.way = Way::Killed { all: false, done: true };
                mishap.faults.push(fault(json!({ "kind": "after_hang" })));
            }
        }
        mishap
    }
}

/// A fault on the call of a column.
fn hits(stage: &Stage, column: &Column, mut fault: Value) -> Value {
    fault["action"] = json!(column.action);
    if matches!(column.kind, Kind::Tag | Kind::Untag) {
        // Both groups are tagged; the first rule tells which call it is.
        fault["params"] = json!({ "ResourceId.1": stage.rule(&stage.text("desks", Far::Stays, false, 0)) });
    }
    if column.kind == Kind::Whereabouts {
        // Other calls of this action are about groups without rules.
        let (place, group) = stage.asked_with_far_ends();
        fault["params"] = json!({ format!("Filter.1.Value.{place}"): group });
    }
    fault["nth"] = json!(column.nth);
    fault
}

/// What somebody does between our read and our write.
fn meanwhile(column: &Column, command: &str, arguments: &Value) -> Value {
    let moment = if column.kind.reads() { "after" } else { "before" };
    json!({ "kind": "run", moment: { "command": command, "args": arguments } })
}

/// Where somebody else writes.
fn place(column: &Column) -> (&'static str, bool) {
    if column.group == "desks" { ("desks", true) } else { ("core", false) }
}

/// What `authorize` of `ec2ctl.py` needs for a rule with this text.
fn rule_of(stage: &Stage, text: &str, egress: bool) -> Value {
    let words: Vec<&str> = text.split(' ').collect();
    let far = if words[4].starts_with("pl-") { "source" } else { "cidr" };
    json!({ "group": stage.id(words[0]), "protocol": words[2], "ports": words[3], far: words[4], "egress": egress })
}
