//! How an operation ends that did not do everything, in the same words for every cloud.

use std::collections::BTreeSet;

use super::deadline::Deadline;
use crate::plugin::{AttributePath, Diagnostic, Diagnostics, Private, StateResponse, Value};
use crate::topology::PlacementName;

/// What was seen of an apply that is not complete.
pub(super) struct Seen {
    /// Whether the object did not exist before.
    pub(super) creating: bool,
    /// Whether no group was looked at after it failed.
    pub(super) nothing: bool,
    /// Whether all groups were looked at, no rule in them is ours, and nothing was left unsure.
    pub(super) nothing_is_ours: bool,
    /// Whether answers were lost, so that what was done is not known.
    pub(super) is_unsure: bool,
}

/// What becomes of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// A create that made nothing: there is no object.
    InVain,
    /// Nothing is known to have changed: the state stays as it was.
    Untouched,
    /// The state holds what is live and no more.
    InPart,
}

impl Seen {
    /// Returns what becomes of the state.
    pub(super) fn ending(&self) -> Ending {
        if self.creating && !self.is_unsure && (self.nothing || self.nothing_is_ours) {
            Ending::InVain
        } else if self.nothing {
            Ending::Untouched
        } else {
            Ending::InPart
        }
    }
}

/// Returns the end of an apply that is not complete; `live` are the lines that are live, needed only if anything was seen. Placements whose
/// groups were not seen keep the lines that were known of them.
pub(super) fn in_part<'a>(
    ending: Ending,
    prior: Option<Value>,
    mut planned: Value,
    private: Private,
    diagnostics: Diagnostics,
    live: impl FnOnce() -> Value,
    unseen: impl Iterator<Item = &'a PlacementName>,
) -> StateResponse {
    match ending {
        Ending::InVain => StateResponse::failed(diagnostics),
        Ending::Untouched => StateResponse { state: prior, private: Some(private), diagnostics },
        Ending::InPart => {
            let mut lines = live();
            for placement in unseen {
                let known = prior.as_ref().map(|prior| prior.get("lines").get(placement.as_str()).clone());
                if let Some(known) = known.filter(|known| !known.is_null()) {
                    lines.set_entry(placement.as_str(), known);
                }
            }
            planned.set_entry("lines", lines);
            StateResponse { state: Some(planned), private: Some(private), diagnostics }
        }
    }
}

/// Says what failed, and after a create that wrote something how to go on without closing what is open.
pub(super) fn failures(errors: impl Iterator<Item = Diagnostic>, deadline: &Deadline, created_some: bool) -> Diagnostics {
    let mut diagnostics: Diagnostics = errors.collect();
    diagnostics.extend(timed_out(deadline));
    diagnostics.extend(created_some.then(created_in_part));
    diagnostics
}

/// Returns an error with the placements that it is about; it stands on `attribute` of the placement if that is one.
pub(super) fn failure(summary: &str, error: &str, advice: &str, places: &BTreeSet<&PlacementName>, attribute: &str) -> Diagnostic {
    let names: Vec<&str> = places.iter().map(|name| name.as_str()).collect();
    let whose = if names.is_empty() { String::new() } else { format!(" (placements: {})", names.join(", ")) };
    let diagnostic = Diagnostic::error(summary, format!("{error}{whose}.\n\n{advice}"));
    match names.as_slice() {
        [place] => diagnostic.at(&AttributePath::root().attr("placements").key(*place).attr(attribute)),
        [] | [_, _, ..] => diagnostic,
    }
}

/// Says that a look at the groups was given up because Terraform asked for it.
pub(super) fn stopped(groups: &str) -> Diagnostic {
    let detail = format!("Stopped before the {groups} were looked at; nothing was changed. Run the command again.");
    Diagnostic::error("Stopped on request", detail)
}

/// Says that the time was over before everything was done, if it was.
fn timed_out(deadline: &Deadline) -> Option<Diagnostic> {
    let limit = deadline.reached()?;
    let detail = format!(
        "The operation was given {} seconds. What is done is in the state; apply again to go on, or raise `timeouts`.",
        limit.as_secs()
    );
    Some(Diagnostic::error("Operation timed out", detail))
}

/// Says how to go on after a create that wrote something, without closing what is open.
fn created_in_part() -> Diagnostic {
    let detail = "What was created is in the state, but Terraform marks the resource as tainted, so the next apply would close every rule and open it again. To keep what is open and only add what is missing, first run\n\n  terraform untaint ADDRESS\n\nwith the address of this resource, as `with …` shows it.";
    Diagnostic::error("Created in part", detail)
}

/// Returns a new random id for the rules of one object.
pub(super) fn new_instance() -> Result<String, Diagnostic> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes)
        .map_err(|error| Diagnostic::error("No random numbers", format!("The operating system gives none: {error}.")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
