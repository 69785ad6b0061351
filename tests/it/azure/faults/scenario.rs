//! The rows of the table: what goes wrong.

use serde_json::{Value, json};

use crate::faults::way::{Operation, Way};

use super::column::{Column, Kind, Mode};
use super::stage::{CHANGES, GROUP, STAYS, Stage, sibling};

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scenario {
    Throttled,
    ThrottledForEver,
    Busy,
    BusyForEver,
    ServerError,
    ServerErrorForEver,
    Slow,
    Cut,
    CutForEver,
    DoneThenError,
    DoneThenCut,
    DoneThenHalf,
    DoneAnswersLostForEver,
    Proxy,
    ProxyForEver,
    SentElsewhere,
    Expired,
    ExpiredForEver,
    Refused,
    RefusedToJoin,
    Policy,
    Locked,
    Unseen,
    UnseenGroup,
    DeletedBeforeApply,
    DeletedMeanwhile,
    Touched,
    TouchedForEver,
    Added,
    SlotTaken,
    NameTaken,
    NameTakenBySibling,
    Edited,
    Removed,
    SiblingWrites,
    Limit,
    Superseded,
    SupersededForEver,
    Failed,
    FailedDone,
    FailedForEver,
    Canceled,
    OperationSlow,
    OperationEndless,
    OperationUnknown,
    Lured,
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
    Group,
}

/// A scenario for one column of one stage.
#[derive(Debug)]
pub(super) struct Mishap {
    pub(super) way: Way,
    pub(super) faults: Vec<Value>,
    /// By hand, before the faults.
    pub(super) by_hand: Vec<(&'static str, Value)>,
    pub(super) heal: Heal,
    /// The name of one of our rules that somebody changes or removes.
    pub(super) victim: Option<&'static str>,
    /// Names of the rules that somebody adds.
    pub(super) added: Vec<String>,
    /// Further arguments of the resource.
    pub(super) more: &'static str,
}

/// Longer than any call waits.
const TOO_LONG: u64 = 700;

/// The rule that somebody adds.
const STRANGER: &str = "stranger";

impl Scenario {
    pub(super) const ALL: [Scenario; 51] = {
        use Scenario::*;
        [
            Throttled,
            ThrottledForEver,
            Busy,
            BusyForEver,
            ServerError,
            ServerErrorForEver,
            Slow,
            Cut,
            CutForEver,
            DoneThenError,
            DoneThenCut,
            DoneThenHalf,
            DoneAnswersLostForEver,
            Proxy,
            ProxyForEver,
            SentElsewhere,
            Expired,
            ExpiredForEver,
            Refused,
            RefusedToJoin,
            Policy,
            Locked,
            Unseen,
            UnseenGroup,
            DeletedBeforeApply,
            DeletedMeanwhile,
            Touched,
            TouchedForEver,
            Added,
            SlotTaken,
            NameTaken,
            NameTakenBySibling,
            Edited,
            Removed,
            SiblingWrites,
            Limit,
            Superseded,
            SupersededForEver,
            Failed,
            FailedDone,
            FailedForEver,
            Canceled,
            OperationSlow,
            OperationEndless,
            OperationUnknown,
            Lured,
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
            Scenario::ThrottledForEver => "throttled for longer than we wait",
            Scenario::Busy => "another operation works on the group, twice",
            Scenario::BusyForEver => "another operation works on the group for longer than we wait",
            Scenario::ServerError => "error 500 once",
            Scenario::ServerErrorForEver => "error 500 for ever",
            Scenario::Slow => "answered a second late",
            Scenario::Cut => "connection cut once, nothing done",
            Scenario::CutForEver => "connection cut for ever, nothing done",
            Scenario::DoneThenError => "done, but answered with error 500",
            Scenario::DoneThenCut => "done, but the answer is lost",
            Scenario::DoneThenHalf => "done, but the answer breaks off",
            Scenario::DoneAnswersLostForEver => "done, but every answer is lost",
            Scenario::Proxy => "a proxy answers with status 502 and a page",
            Scenario::ProxyForEver => "a proxy answers with status 200 and a page, for ever",
            Scenario::SentElsewhere => "sent to another host (307), for ever",
            Scenario::Expired => "the token has run out",
            Scenario::ExpiredForEver => "no token is taken, also no fresh one",
            Scenario::Refused => "not permitted by any role",
            Scenario::RefusedToJoin => "not permitted to name application security groups",
            Scenario::Policy => "forbidden by an Azure policy",
            Scenario::Locked => "forbidden by a lock",
            Scenario::Unseen => "what it wrote is not seen yet, by two reads",
            Scenario::UnseenGroup => "the group is not known, to one call",
            Scenario::DeletedBeforeApply => "the group deleted between plan and apply",
            Scenario::DeletedMeanwhile => "the group deleted between our read and this call",
            Scenario::Touched => "the group changes between our read and our write, twice",
            Scenario::TouchedForEver => "the group changes before each write",
            Scenario::Added => "somebody adds a rule between our read and our write",
            Scenario::SlotTaken => "somebody takes the priority of the rule that we are about to write",
            Scenario::NameTaken => "somebody adds a rule under the name of the one that we are about to write",
            Scenario::NameTakenBySibling => "the same, and it is marked as another resource's",
            Scenario::Edited => "somebody edits one of our rules between our read and our write",
            Scenario::Removed => "somebody deletes one of our rules between our read and our write",
            Scenario::SiblingWrites => "another resource of ours, in another process, writes to the group",
            Scenario::Limit => "the limit of the group is reached",
            Scenario::Superseded => "superseded by somebody else's write",
            Scenario::SupersededForEver => "superseded each time",
            Scenario::Failed => "the operation fails, nothing done",
            Scenario::FailedDone => "the operation fails, all done",
            Scenario::FailedForEver => "the operation fails each time",
            Scenario::Canceled => "the operation is canceled",
            Scenario::OperationSlow => "the operation takes two seconds",
            Scenario::OperationEndless => "the operation does not end within `timeouts`",
            Scenario::OperationUnknown => "nobody knows the operation, until `timeouts` are over",
            Scenario::Lured => "the next URL is of another host",
            Scenario::Interrupted => "Ctrl-C during the call",
            Scenario::ProviderKilledBefore => "kill -9 of the provider before Azure gets the call",
            Scenario::ProviderKilledDuring => "kill -9 of the provider during the call, which Azure carries out",
            Scenario::ProviderKilledAfter => "kill -9 of the provider after the call, before its answer",
            Scenario::AllKilled => "kill -9 of CLI and provider during the call, which Azure carries out",
        }
    }

    /// Whether the row is in the table of this operation. Updates make every call, so create and destroy have what differs there.
    pub(super) fn is_of(self, operation: Operation) -> bool {
        let passes = matches!(
            self,
            Scenario::Throttled
                | Scenario::Busy
                | Scenario::ServerError
                | Scenario::Slow
                | Scenario::Cut
                | Scenario::DoneThenError
                | Scenario::DoneThenHalf
                | Scenario::Proxy
                | Scenario::Expired
                | Scenario::DeletedBeforeApply
                | Scenario::Touched
                | Scenario::SiblingWrites
                | Scenario::Failed
                | Scenario::Canceled
                | Scenario::OperationSlow
                | Scenario::SupersededForEver
                | Scenario::Lured
        );
        let of_opening = matches!(
            self,
            Scenario::RefusedToJoin
                | Scenario::SlotTaken
                | Scenario::NameTaken
                | Scenario::NameTakenBySibling
                | Scenario::Limit
                | Scenario::OperationEndless
                | Scenario::OperationUnknown
        );
        let of_what_is_there = matches!(self, Scenario::Edited | Scenario::Removed);
        match operation {
            Operation::Update => true,
            Operation::Create => !passes && !of_what_is_there,
            Operation::Destroy => !passes && !of_opening,
        }
    }

    /// Why a scenario cannot happen to a call.
    #[expect(clippy::wildcard_enum_match_arm, reason = "few of many can be impossible")]
    pub(super) fn impossible(self, column: &Column) -> Option<&'static str> {
        let kind = column.kind;
        let begins_none = "it begins no operation";
        match self {
            Scenario::Busy | Scenario::BusyForEver if !kind.writes() => Some("nothing is in the way of reading"),
            Scenario::DoneThenError | Scenario::DoneThenCut | Scenario::DoneAnswersLostForEver if !kind.writes() => Some("it does nothing"),
            Scenario::Refused if kind == Kind::Poll => Some("it needs no action"),
            Scenario::RefusedToJoin if !kind.puts() => Some("it names none"),
            Scenario::Policy if !kind.puts() => Some("policies are about what is written"),
            Scenario::Locked if !kind.writes() => Some("locks are about what is written"),
            Scenario::Unseen if !kind.writes() => Some("it writes nothing"),
            Scenario::UnseenGroup if kind == Kind::Poll => Some("it names no group"),
            Scenario::DeletedBeforeApply => match kind {
                Kind::Look => None,
                Kind::Refresh | Kind::Warn => Some("it is part of the plan"),
                Kind::Write | Kind::WriteNew | Kind::WriteChanged | Kind::Delete | Kind::Poll | Kind::LookAfter => {
                    Some("the look before writing finds out")
                }
            },
            Scenario::DeletedMeanwhile if kind.is_before_writes() => Some("it is our read"),
            Scenario::Touched | Scenario::TouchedForEver if kind.is_before_writes() => Some("it is our read"),
            Scenario::Touched | Scenario::TouchedForEver if kind != Kind::Write => Some("only a write of the whole group names an etag"),
            Scenario::SlotTaken | Scenario::NameTaken | Scenario::NameTakenBySibling => match kind {
                Kind::Look | Kind::Write | Kind::WriteNew => None,
                Kind::Refresh | Kind::Warn => Some("the plan finds out"),
                Kind::WriteChanged | Kind::Delete | Kind::Poll | Kind::LookAfter => Some("our rule is there"),
            },
            Scenario::Limit if !kind.puts() => Some("it takes no room"),
            Scenario::Superseded | Scenario::SupersededForEver if !matches!(kind, Kind::Write) => {
                Some(if kind.writes() { "only whole groups are superseded" } else { begins_none })
            }
            Scenario::Failed
            | Scenario::FailedDone
            | Scenario::FailedForEver
            | Scenario::Canceled
            | Scenario::OperationSlow
            | Scenario::OperationEndless
            | Scenario::OperationUnknown
                if !kind.writes() =>
            {
                Some(begins_none)
            }
            Scenario::Edited | Scenario::Removed if column.operation == Operation::Destroy && kind == Kind::Poll => {
                Some("our rules are gone")
            }
            Scenario::ProviderKilledDuring | Scenario::ProviderKilledAfter if !kind.writes() => Some("it does nothing"),
            Scenario::Lured if kind == Kind::Poll => Some("it names no further one"),
            Scenario::Lured if kind.looks() && column.mode == Mode::AtOnce => Some("a group has no pages"),
            _ => None,
        }
    }

    /// Plays it: to be asked after the operation was prepared.
    pub(super) fn mishap(self, stage: &Stage, column: &Column) -> Mishap {
        let mut mishap = Mishap {
            way: Way::Through,
            faults: Vec::new(),
            by_hand: Vec::new(),
            heal: Heal::Nothing,
            victim: None,
            added: Vec::new(),
            more: "",
        };
        let hit = |fault: Value| hits(column, fault);
        let fail = |applied: bool| json!({ "kind": "fail", "code": "Rotten", "message": "It went bad.", "applied": applied });
        match self {
            Scenario::Throttled => mishap.faults.push(hit(json!({ "kind": "throttle", "times": 2, "retry_after": 0 }))),
            Scenario::ThrottledForEver => mishap.faults.push(hit(json!({ "kind": "throttle", "times": 0, "retry_after": TOO_LONG }))),
            Scenario::Busy => {
                mishap.faults.push(hit(json!({ "kind": "busy", "retry_after": 0 })));
                mishap.faults.push(next(hit(json!({ "kind": "other_operation", "retry_after": 0 }))));
            }
            Scenario::BusyForEver => mishap.faults.push(hit(json!({ "kind": "busy", "times": 0, "retry_after": TOO_LONG }))),
            Scenario::ServerError => mishap.faults.push(hit(json!({ "kind": "internal", "retry_after": 0 }))),
            Scenario::ServerErrorForEver => mishap.faults.push(hit(json!({ "kind": "internal", "times": 0, "retry_after": 0 }))),
            Scenario::Slow => mishap.faults.push(hit(json!({ "kind": "delay", "seconds": 1 }))),
            Scenario::Cut => mishap.faults.push(hit(json!({ "kind": "drop" }))),
            Scenario::CutForEver => mishap.faults.push(hit(json!({ "kind": "drop", "times": 0 }))),
            Scenario::DoneThenError => mishap.faults.push(hit(json!({ "kind": "after_error", "retry_after": 0 }))),
            Scenario::DoneThenCut => mishap.faults.push(hit(json!({ "kind": "after_drop" }))),
            Scenario::DoneThenHalf => mishap.faults.push(hit(json!({ "kind": "after_half" }))),
            Scenario::DoneAnswersLostForEver => mishap.faults.push(hit(json!({ "kind": "after_drop", "times": 0 }))),
            Scenario::Proxy => mishap.faults.push(hit(json!({ "kind": "page" }))),
            Scenario::ProxyForEver => mishap.faults.push(hit(json!({ "kind": "page", "status": 200, "times": 0 }))),
            Scenario::SentElsewhere => mishap.faults.push(hit(json!({ "kind": "redirect", "times": 0 }))),
            Scenario::Expired => mishap.faults.push(hit(json!({ "kind": "expired" }))),
            Scenario::ExpiredForEver => mishap.faults.push(hit(json!({ "kind": "unauthenticated", "times": 0 }))),
            Scenario::Refused => {
                let message = format!("The client does not have authorization to perform action '{}'.", column.rights()[0]);
                mishap
                    .faults
                    .push(hit(json!({ "kind": "error", "times": 0, "status": 403, "code": "AuthorizationFailed", "message": message })));
            }
            Scenario::RefusedToJoin => mishap.faults.push(hit(json!({
                "kind": "error", "times": 0, "status": 403, "code": "LinkedAuthorizationFailed",
                "message": "The client does not have permission to perform an action on the linked scope(s).",
            }))),
            Scenario::Policy => mishap.faults.push(hit(json!({ "kind": "policy", "times": 0, "code": "RequestDisallowedByPolicy" }))),
            Scenario::Locked => mishap.faults.push(hit(json!({
                "kind": "error", "times": 0, "status": 409, "code": "ScopeLocked",
                "message": "The scope cannot perform write operation because following scope(s) are locked.",
            }))),
            Scenario::Unseen => mishap.faults.push(hit(json!({ "kind": "unseen", "calls": 2 }))),
            Scenario::UnseenGroup => {
                let code = if column.mode == Mode::ByRule && column.kind.writes() { "ParentResourceNotFound" } else { "ResourceNotFound" };
                let message = "The network security group was not found.";
                mishap.faults.push(hit(json!({ "kind": "error", "status": 404, "code": code, "message": message })));
            }
            Scenario::DeletedBeforeApply => {
                mishap.way = Way::Saved;
                mishap.heal = Heal::Group;
                mishap.by_hand.push(("delete_group", json!({ "group": GROUP })));
            }
            Scenario::DeletedMeanwhile => {
                mishap.heal = Heal::Group;
                mishap.faults.push(hit(meanwhile(column, "delete_group", json!({ "group": GROUP }))));
            }
            Scenario::Touched | Scenario::TouchedForEver => {
                let mut touch = hit(meanwhile(column, "touch", json!({ "group": GROUP })));
                touch["times"] = json!(if self == Scenario::Touched { 2 } else { 0 });
                mishap.faults.push(touch);
            }
            Scenario::Added => add(&mut mishap, column, STRANGER, json!({ "priority": 300, "destinationPortRange": "22" })),
            Scenario::SiblingWrites => add(&mut mishap, column, "emc-other.core.in.tcp-8443.from.hall", sibling(301)),
            Scenario::SlotTaken => {
                let rule = json!({ "priority": stage.planned_slot(), "sourceAddressPrefix": "10.97.0.0/16", "destinationPortRange": "22" });
                add(&mut mishap, column, STRANGER, rule);
                mishap.heal = Heal::Remove;
            }
            Scenario::NameTaken => {
                let rule = json!({ "priority": 300, "sourceAddressPrefix": "10.97.0.0/16", "destinationPortRange": "22" });
                add(&mut mishap, column, &stage.comes(), rule);
                mishap.added.clear(); // it becomes ours
            }
            Scenario::NameTakenBySibling => {
                add(&mut mishap, column, &stage.comes(), sibling(300));
                mishap.heal = Heal::Remove;
            }
            Scenario::Edited | Scenario::Removed => {
                let (command, arguments) = if self == Scenario::Edited {
                    ("edit_rule", json!({ "group": GROUP, "name": STAYS, "changes": { "destinationPortRange": "29099" } }))
                } else {
                    ("delete_rule", json!({ "group": GROUP, "name": STAYS }))
                };
                mishap.faults.push(hit(meanwhile(column, command, arguments)));
                mishap.victim = Some(STAYS);
            }
            Scenario::Limit => mishap.faults.push(hit(json!({
                "kind": "error", "times": 0, "status": 400, "code": "SecurityRuleCountLimitReached",
                "message": "A security group cannot have more than 1000 security rules.",
            }))),
            Scenario::Superseded => {
                let after = by_somebody("put_rule", json!({ "group": GROUP, "name": STRANGER, "properties": { "priority": 300 } }));
                mishap.faults.push(hit(json!({ "kind": "supersede", "after": after })));
                mishap.added.push(STRANGER.to_owned());
            }
            Scenario::SupersededForEver => mishap.faults.push(hit(json!({ "kind": "supersede", "times": 0 }))),
            Scenario::Failed => mishap.faults.push(hit(fail(false))),
            Scenario::FailedDone => mishap.faults.push(hit(fail(true))),
            Scenario::FailedForEver => {
                let mut fault = hit(fail(false));
                fault["times"] = json!(0);
                mishap.faults.push(fault);
            }
            Scenario::Canceled => mishap.faults.push(hit(json!({ "kind": "cancel" }))),
            Scenario::OperationSlow => mishap.faults.push(hit(json!({ "kind": "slow", "seconds": 2 }))),
            Scenario::OperationEndless | Scenario::OperationUnknown => {
                let kind = if self == Scenario::OperationEndless { "held" } else { "lost" };
                mishap.faults.push(hit(json!({ "kind": kind })));
                mishap.more = "  timeouts {\n    create = \"6s\"\n    update = \"6s\"\n  }\n";
            }
            Scenario::Lured => mishap.faults.push(hit(json!({ "kind": "astray" }))),
            Scenario::Interrupted => {
                mishap.way = Way::Interrupted;
                mishap.faults.push(hit(json!({ "kind": "hang" })));
            }
            Scenario::ProviderKilledBefore | Scenario::ProviderKilledDuring | Scenario::AllKilled => {
                mishap.way = Way::Killed { all: self == Scenario::AllKilled, done: self != Scenario::ProviderKilledBefore };
                mishap.faults.push(hit(json!({ "kind": "hang" })));
            }
            Scenario::ProviderKilledAfter => {
                mishap.way = Way::Killed { all: false, done: true };
                mishap.faults.push(hit(json!({ "kind": "after_hang" })));
            }
        }
        mishap
    }
}

/// A fault on the call of a column.
fn hits(column: &Column, mut fault: Value) -> Value {
    fault["action"] = json!(column.action);
    fault["nth"] = json!(column.nth);
    fault["params"] = match column.kind {
        Kind::Poll => json!({}), // What is asked for has no group in its path.
        Kind::WriteChanged => json!({ "group": GROUP, "rule": CHANGES }),
        Kind::Refresh | Kind::Warn | Kind::Look | Kind::Write | Kind::WriteNew | Kind::Delete | Kind::LookAfter => {
            json!({ "group": GROUP })
        }
    };
    fault
}

/// The same fault on the call after it.
fn next(mut fault: Value) -> Value {
    fault["nth"] = json!(fault["nth"].as_u64().unwrap() + 1);
    fault
}

/// What somebody does between our read and our write.
fn meanwhile(column: &Column, command: &str, arguments: Value) -> Value {
    let moment = if column.kind.looks() { "after" } else { "before" };
    json!({ "kind": "run", moment: by_somebody(command, arguments) })
}

fn by_somebody(command: &str, arguments: Value) -> Value {
    json!({ "command": command, "args": arguments })
}

/// Lets somebody add a rule.
fn add(mishap: &mut Mishap, column: &Column, name: &str, properties: Value) {
    let arguments = json!({ "group": GROUP, "name": name, "properties": properties });
    mishap.faults.push(hits(column, meanwhile(column, "put_rule", arguments)));
    mishap.added.push(name.to_owned());
}
