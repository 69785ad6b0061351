//! How an apply ends that did not do everything, in the same words for every cloud.

use super::deadline::Deadline;
use crate::plugin::Diagnostic;

/// Says that the time was over before everything was done, if it was.
pub(super) fn timed_out(deadline: &Deadline) -> Option<Diagnostic> {
    let limit = deadline.reached()?;
    let detail = format!(
        "The operation was given {} seconds. What is done is in the state; apply again to go on, or raise `timeouts`.",
        limit.as_secs()
    );
    Some(Diagnostic::error("Operation timed out", detail))
}

/// Says how to go on after a create that wrote something, without closing what is open.
pub(super) fn created_in_part() -> Diagnostic {
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
