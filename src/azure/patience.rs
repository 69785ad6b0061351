//! How long one request is worth repeating.
//!
//! Throttling and somebody else's operation on the same group pass, so they are waited out, as long as Azure says and ten minutes in
//! all. A name that does not resolve, a server that answers nonsense rarely heal within one call; after a few attempts the practitioner
//! should know. A write whose answer was lost is never repeated: whoever sent it looks what it did. Nor is a group that was changed by
//! somebody else written to again: it has to be read first.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use azure_core::http::headers::{HeaderName, Headers, RETRY_AFTER, RETRY_AFTER_MS, X_MS_RETRY_AFTER_MS};
use azure_core::time::OffsetDateTime;

use super::error::{Answer, AzureError};

#[cfg(test)]
mod tests;

/// Failures that do not pass by waiting, within one call, before it ends.
const FAULTS: u32 = 4;

/// What all waits of one call may come to.
const WAIT_MOST: Duration = Duration::from_secs(600);

/// The first wait where Azure names none; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(if cfg!(test) { 10 } else { 1000 });

/// The shortest wait, whatever Azure says: a clock that is behind, or a `Retry-After` of 0, would have it asked without end.
const SHORTEST_WAIT: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 100 });

/// The longest wait where Azure names none.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Codes of somebody else's operation that is still running.
const BUSY: [&str; 4] =
    ["AnotherOperationInProgress", "RetryableError", "RetryableErrorDueToAnotherOperation", "ReferencedResourceNotProvisioned"];

/// Counts what goes wrong within one call; each call needs its own.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    faults: u32,
    waits: u32,
    waited: Duration,
    renewed: bool,
}

impl Patience {
    /// Says how long to wait before the same request is sent again after this refusal, if it is.
    pub(crate) fn after_refusal(&mut self, answer: &Answer, headers: &Headers) -> Option<Duration> {
        if BUSY.into_iter().any(|code| answer.says(code)) {
            return self.wait(told(headers));
        }
        match answer.status {
            401 if !self.renewed => {
                self.renewed = true;
                Some(Duration::ZERO)
            }
            429 | 503 => self.wait(told(headers)),
            408 | 500 | 502 | 504 => self.fault(told(headers)),
            _ => None,
        }
    }

    /// Says how long to wait before the same request is sent again after no answer came, if it is.
    pub(crate) fn after_silence(&mut self, only_reads: bool, error: &AzureError) -> Option<Duration> {
        let nothing_arrived = matches!(error, AzureError::Unreachable { .. });
        let no_harm = only_reads && matches!(error, AzureError::Unanswered { .. });
        if nothing_arrived || no_harm { self.fault(None) } else { None }
    }

    fn fault(&mut self, told: Option<Duration>) -> Option<Duration> {
        self.faults += 1;
        if self.faults < FAULTS { self.wait(told) } else { None }
    }

    /// The wait as told, or one that doubles; a little more by chance, so that many do not come back at once.
    fn wait(&mut self, told: Option<Duration>) -> Option<Duration> {
        let doubled = FIRST_WAIT.saturating_mul(1 << self.waits.min(10)).min(LONGEST_WAIT);
        let wait = told.unwrap_or(doubled);
        let wait = wait + wait.min(LONGEST_WAIT).mul_f64(0.2 * chance());
        self.waits += 1;
        self.waited = self.waited.saturating_add(wait);
        (self.waited <= WAIT_MOST).then_some(wait)
    }
}

/// Returns how long Azure says to wait, but never so short that it would be asked without a pause.
pub(crate) fn told(headers: &Headers) -> Option<Duration> {
    let number = |name: &HeaderName| headers.get_optional_str(name).and_then(|text| text.trim().parse::<u64>().ok());
    let milliseconds = || number(&X_MS_RETRY_AFTER_MS).or_else(|| number(&RETRY_AFTER_MS)).map(Duration::from_millis);
    let seconds = || number(&RETRY_AFTER).map(Duration::from_secs);
    let moment = || {
        let moment = azure_core::time::parse_rfc7231(headers.get_optional_str(&RETRY_AFTER)?).ok()?;
        Some((moment - OffsetDateTime::now_utc()).try_into().unwrap_or(Duration::ZERO)) // A moment that has passed.
    };
    milliseconds().or_else(seconds).or_else(moment).map(|wait| wait.max(SHORTEST_WAIT))
}

/// Returns a number from 0 to 1, from the seed that each hash table gets.
fn chance() -> f64 {
    let number = RandomState::new().build_hasher().finish();
    f64::from(u32::try_from(number >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}
