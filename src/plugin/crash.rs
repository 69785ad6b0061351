//! What becomes of a panic: inside a call a value, anywhere else a crash report that the host shows to its user.
//!
//! Promises: a panic inside [`catch`] or [`guarded`] never reaches the host's crash detector, and never ends another call. Does
//! not know what a call is, nor how its failure is told.
//!
//! Hosts watch stderr for a line that begins with `panic: ` and print what follows as a stack trace, even with logging off.
//! Rust's own words for a panic would go unseen. Work moved to another task or thread leaves the guard behind: wrap it there too.

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::io::Write as _;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::pin::pin;
use std::task::Poll;

use super::serve::Identity;

/// A panic that was caught.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// What the panic said.
    pub message: String,
    /// Where it was raised, as `file:line`; absent when the hook of this room is not installed.
    pub location: Option<String>,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.location {
            Some(location) => write!(f, " [{location}]"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Panic {}

thread_local! {
    /// Whether what runs on this thread right now is guarded.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    /// Where the last guarded panic of this thread was raised.
    static RAISED_AT: RefCell<Option<(String, Backtrace)>> = const { RefCell::new(None) };
}

/// Sets the guard for a scope and puts back what was there before.
struct Guard(bool);

impl Guard {
    fn set() -> Guard {
        Guard(GUARDED.replace(true))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        GUARDED.set(self.0);
    }
}

/// Runs `work`; a panic in it becomes an error and a line in the log.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    let outcome = {
        let _guard = Guard::set();
        panic::catch_unwind(AssertUnwindSafe(work))
    };
    outcome.map_err(|payload| {
        let (location, backtrace) = RAISED_AT.take().unzip();
        let panic = Panic { message: message(&*payload).to_owned(), location };
        let backtrace = backtrace.map(|trace| trace.to_string()).unwrap_or_default();
        tracing::error!(panic = %panic, backtrace, "a call panicked");
        panic
    })
}

/// Drives `future` to its end; a panic in it becomes an error and a line in the log. The guard follows the future from thread to
/// thread, and other work on the same threads stays unguarded.
pub async fn catch<F: Future>(future: F) -> Result<F::Output, Panic> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| match guarded(|| future.as_mut().poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

/// From here on unguarded panics are reported the way hosts look for.
pub(crate) fn install(identity: &Identity) {
    let who = format!("terraform-provider-{} {}", identity.name, identity.version);
    panic::set_hook(Box::new(move |info| {
        let location = location(info);
        if GUARDED.get() {
            RAISED_AT.set(Some((location, Backtrace::force_capture())));
        } else {
            let text = report(&who, message(info.payload()), &location, &Backtrace::force_capture().to_string());
            // With stderr gone there is nobody left to tell.
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        }
    }));
}

/// No line of it may look like JSON: hosts would take it for a line of the log and leave it out.
fn report(who: &str, message: &str, location: &str, backtrace: &str) -> String {
    format!("panic: {message} [{location}]\n\n{who}\n{backtrace}\n")
}

fn location(info: &PanicHookInfo<'_>) -> String {
    info.location().map_or_else(|| "unknown".to_owned(), |location| format!("{}:{}", location.file(), location.line()))
}

fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}

#[cfg(test)]
mod tests;
