//! What goes wrong, and when: scripted faults of an account. Their keys are described in `control.rs`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::refusal::Refusal;

/// What becomes of a request that is hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Kind {
    /// It is not done, and that is said.
    Refused(Refused),
    /// Who asked is not told what became of it.
    Untold(Untold),
    /// It is done and answered, but late.
    Late(Late),
    /// It is accepted, but its operation is not as usual.
    Twisted(Twisted),
    /// It is done and answered.
    Done(Done),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Refused {
    Throttle,
    Busy,
    OtherOperation,
    Internal,
    Unavailable,
    Expired,
    Unauthenticated,
    Policy,
    Error,
    Page,
    Redirect,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Untold {
    /// It is not even done.
    Drop,
    AfterError,
    AfterDrop,
    AfterHalf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Late {
    Delay,
    Hang,
    AfterHang,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Twisted {
    Fail,
    Cancel,
    Supersede,
    Slow,
    Held,
    Lost,
    Astray,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Done {
    /// Others do not see it yet.
    Unseen,
    /// Somebody else does something meanwhile.
    Run,
}

/// What somebody else does: a function of `hand.rs`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Command {
    pub(crate) command: String,
    #[serde(default)]
    pub(crate) args: Value,
    /// Another account than that of the request.
    pub(crate) account: Option<String>,
}

/// One command or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Commands {
    One(Command),
    Several(Vec<Command>),
}

impl Commands {
    fn list(self) -> Vec<Command> {
        match self {
            Commands::One(command) => vec![command],
            Commands::Several(commands) => commands,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    action: String,
    kind: Kind,
    #[serde(default = "one")]
    nth: u64,
    #[serde(default = "one")]
    times: u64,
    #[serde(default)]
    params: BTreeMap<String, String>,
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    seconds: Option<f64>,
    polls: Option<u64>,
    #[serde(default = "one")]
    calls: u64,
    retry_after: Option<u64>,
    applied: Option<bool>,
    before: Option<Commands>,
    after: Option<Commands>,
}

fn one() -> u64 {
    1
}

/// One scripted fault.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) action: String,
    pub(crate) kind: Kind,
    first: u64,
    times: u64,
    params: BTreeMap<String, String>,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) seconds: Option<f64>,
    polls: Option<u64>,
    pub(crate) calls: u64,
    pub(crate) retry_after: Option<u64>,
    applied: Option<bool>,
    pub(crate) before: Vec<Command>,
    pub(crate) after: Vec<Command>,
    seen: u64,
}

impl Fault {
    /// Reads one, strictly.
    pub(crate) fn read(given: Value) -> Result<Fault, String> {
        let text = given.to_string();
        let Given { action, kind, nth, times, params, status, code, message, seconds, polls, calls, retry_after, applied, before, after } =
            serde_json::from_value(given).map_err(|error| format!("a fault is {{action, kind, …}}, not {text}: {error}"))?;
        let list = |commands: Option<Commands>| commands.map(Commands::list).unwrap_or_default();
        let (before, after) = (list(before), list(after));
        if kind == Kind::Done(Done::Run) && before.is_empty() && after.is_empty() {
            return Err("`run` needs `before` or `after`".to_owned());
        }
        if action != "*" && !action.contains(' ') {
            return Err(format!("an action is like `PUT group`, or `*`; not `{action}`"));
        }
        Ok(Fault {
            action,
            kind,
            first: nth,
            times,
            params,
            status,
            code,
            message,
            seconds,
            polls,
            calls,
            retry_after,
            applied,
            before,
            after,
            seen: 0,
        })
    }

    /// Counts one request if the fault is about such ones; whether this one is hit.
    pub(crate) fn hits(&mut self, action: &str, names: &BTreeMap<&'static str, String>) -> bool {
        let narrowed = |(name, value): (&String, &String)| {
            names.iter().any(|(found, given)| found == name && last(given).eq_ignore_ascii_case(last(value)))
        };
        if self.action != "*" && self.action != action || !self.params.iter().all(narrowed) {
            return false;
        }
        self.seen += 1;
        self.seen >= self.first && (self.times == 0 || self.seen < self.first + self.times)
    }

    /// What becomes of an operation that the request begins.
    pub(crate) fn twist(&self) -> Twist {
        let Kind::Twisted(how) = self.kind else { return Twist::default() };
        let plain = Twist { seconds: self.seconds, polls: self.polls, ..Twist::default() };
        match how {
            Twisted::Fail => {
                let code = self.code.as_deref().unwrap_or("InternalServerError");
                let message = self.message.clone().unwrap_or_else(|| "An error occurred.".to_owned());
                let end = End::Failed(Refusal::network(500, code, message));
                Twist { end, applied: self.applied.unwrap_or(true), ..plain }
            }
            Twisted::Cancel => Twist { end: End::Canceled, applied: self.applied.unwrap_or(false), ..plain },
            Twisted::Supersede => Twist { end: End::Superseded, applied: self.applied.unwrap_or(false), ..plain },
            Twisted::Slow => plain,
            Twisted::Held => Twist { held: true, ..plain },
            Twisted::Lost => Twist { lost: true, ..plain },
            Twisted::Astray => Twist { astray: true, ..plain },
        }
    }

    /// The words, code and status that were asked for, in place of those that the kind has.
    pub(crate) fn reword(&self, mut refusal: Refusal) -> Refusal {
        refusal.status = self.status.unwrap_or(refusal.status);
        if let Some(code) = &self.code {
            refusal.code.clone_from(code);
        }
        if let Some(message) = &self.message {
            refusal.message.clone_from(message);
        }
        match self.retry_after {
            Some(seconds) => refusal.without("Retry-After").with("Retry-After", seconds.to_string()),
            None => refusal,
        }
    }
}

/// The name at the end of an id, or the name itself.
pub(crate) fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// How an operation ends.
#[derive(Debug, Clone, Default)]
pub(crate) enum End {
    #[default]
    Succeeded,
    Failed(Refusal),
    Canceled,
    Superseded,
}

/// What is otherwise than usual with an operation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Twist {
    pub(crate) end: End,
    /// Whether what was written stays although the operation has not succeeded.
    pub(crate) applied: bool,
    pub(crate) polls: Option<u64>,
    pub(crate) seconds: Option<f64>,
    /// It runs until it is released.
    pub(crate) held: bool,
    /// Nobody knows it when asked.
    pub(crate) lost: bool,
    /// Its address is somewhere else.
    pub(crate) astray: bool,
}
