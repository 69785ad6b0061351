//! The functions `allows` and `why`: who reaches whom, and through what.

use super::arguments::{Arguments, placements_parameter, policy_parameter};
use crate::ask::{Answer, Question, ask};
use crate::passage::Rollout;
use crate::plugin::{Parameter, Signature, Type, Value};
use crate::topology::Fault;

/// What both functions say about their question.
const MEANING: &str = "The answer is for hosts and ports, as that of a firewall: what is open between two placements is open for \
     everything that lives there, whichever component it was opened for. A component stands for all placements where it lives, a role for \
     those of its members; what lives nowhere reaches nobody. `directions` of the policy change nothing, for either firewall may be the one that counts. Between components of one \
     placement under `single_host` no firewall stands, and the answer is yes, unless kinds of flows are asked about: none leaves the host.";

fn parameters() -> [Parameter; 4] {
    let end = |name: &str, does: &str| {
        let description =
            format!("A placement, component or role that {does}; null is anyone. A placement wins over a component of the same name.");
        Parameter::new(name, Type::String).allow_null().description(description)
    };
    let traffic = Parameter::new("traffic", Type::String).allow_null().description(
        "What is asked about, as words with spaces between; null is everything. `tcp`, `udp`; ports (`443`, `3000-3010`, `3001,3005`), of which one is \
         enough for a yes; `plain`, `secure`, `either` (one port for both) as the table has it, `extra` for flows of the policy, of which nobody knows; \
         `management`. Words of one kind are alternatives, kinds must all hold: `plain either` is whatever may be unencrypted, `tcp 443` one port.",
    );
    [placements_parameter(), end("from", "opens connections"), end("to", "accepts them"), traffic]
}

pub(super) fn allows_signature() -> Signature {
    let about = format!(
        "Tells whether placements and policy let something pass: made for `check` blocks and for assertions of `terraform test`. \
         [`why`](why.md) takes the same arguments and says through which flows, or why not.\n\n{MEANING}"
    );
    Signature::new(parameters(), Type::Bool).variadic(policy_parameter()).description("Whether one placement reaches another", about)
}

pub(super) fn why_signature() -> Signature {
    let text = || Type::String;
    let flow = Type::object([
        ("id", text()),
        ("from", text()),
        ("to", text()),
        ("protocol", text()),
        ("ports", text()),
        ("multicast_group", text()),
        ("transport", text()),
        ("purpose", text()),
        ("row", Type::Number),
        ("reason", text()),
        ("ticket", text()),
        ("expires", text()),
        ("doubts", Type::list(text())),
        ("description", text()),
    ]);
    let result = Type::object([("allowed", Type::Bool), ("answer", text()), ("flows", Type::list(flow)), ("notes", Type::map(text()))]);
    let about = format!(
        "Says through which flows placements and policy let something pass, or why they do not. The result has `allowed`, what \
         [`allows`](allows.md) returns; `answer`, the same as one line that begins with `yes` or `no`, for the `error_message` of an assertion; `flows`, one \
         object for each flow and pair of placements, `doubts` being the open questions that it rests on, `transport` empty for flows of the policy's own, \
         `purpose` `service` or `management`; and `notes`, the flows of that kind which have no rule between those ends, with the reason. `notes` are told beside a yes, too: another flow between the same hosts may be what passes.\n\n{MEANING}"
    );
    Signature::new(parameters(), result)
        .variadic(policy_parameter())
        .description("Through what one placement reaches another, or why not", about)
}

pub(super) fn allows(arguments: &Arguments) -> Result<Value, Vec<Fault>> {
    answered(arguments, |_, answer| Value::Bool(answer.is_yes()))
}

pub(super) fn why(arguments: &Arguments) -> Result<Value, Vec<Fault>> {
    answered(arguments, |rollout, answer| {
        let notes = answer.notes.iter().map(|(subject, note)| (subject.to_string(), Value::string(note.to_string())));
        Value::object([
            ("allowed", Value::Bool(answer.is_yes())),
            ("answer", Value::string(answer.to_string())),
            ("flows", Value::list(flows(rollout, answer))),
            ("notes", Value::map(notes)),
        ])
    })
}

fn answered(arguments: &Arguments, tell: impl FnOnce(&Rollout<'_>, &Answer<'_>) -> Value) -> Result<Value, Vec<Fault>> {
    let matrix = arguments.matrix()?;
    let rollout = arguments.rollout(&matrix)?;
    let (from, to) = (arguments.end("from", &rollout)?, arguments.end("to", &rollout)?);
    let question = Question { from, to, traffic: arguments.traffic("traffic")? };
    Ok(tell(&rollout, &ask(&rollout, &question)))
}

fn flows(rollout: &Rollout<'_>, answer: &Answer<'_>) -> Vec<Value> {
    let each = answer.passes.iter().flat_map(|(passage, flows)| flows.iter().map(move |(id, cause)| (*passage, *id, *cause)));
    let flows = each.map(|(passage, id, cause)| {
        let facts = rollout.facts(id, cause);
        Value::object([
            ("id", Value::string(id.as_str())),
            ("from", Value::string(passage.from.as_str())),
            ("to", Value::string(passage.to.as_str())),
            ("protocol", Value::string(passage.protocol.as_str())),
            ("ports", Value::string(passage.ports.to_string())),
            ("multicast_group", passage.group.map(|group| group.to_string()).into()),
            ("transport", Value::string(facts.transport.map_or("", |transport| transport.as_str()))),
            ("purpose", Value::string(if facts.management { "management" } else { "service" })),
            ("row", facts.row.into()),
            ("reason", facts.reason.into()),
            ("ticket", facts.ticket.into()),
            ("expires", facts.expires.map(|date| date.to_string()).into()),
            ("doubts", Value::list(facts.questions.iter().map(|doubt| Value::string(doubt.as_str())))),
            ("description", Value::string(facts.description)),
        ])
    });
    flows.collect()
}
