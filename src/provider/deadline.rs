//! How long an operation may take, and one signal for "stop" whether the practitioner or the clock says it.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::duration;
use crate::plugin::{self, Value};
use crate::stop::Stop;

/// How long each operation may take where `timeouts` says nothing.
const DEFAULT: Duration = Duration::from_secs(600);

/// A stop that comes from the practitioner or from the clock.
#[derive(Debug)]
pub(super) struct Deadline {
    /// What calls to the cloud are told by.
    pub(super) stop: Stop,
    /// How long it was.
    limit: Duration,
    watcher: JoinHandle<()>,
    expired: watch::Receiver<bool>,
}

impl Deadline {
    /// Begins the operation that leads from one state to another; the `timeouts` block of the newer one says how long it may take.
    pub(super) fn begin(prior: Option<&Value>, planned: Option<&Value>, stop: plugin::Stop) -> Deadline {
        let operation = match (prior, planned) {
            (None, _) => "create",
            (Some(_), Some(_)) => "update",
            (Some(_), None) => "delete",
        };
        let given = planned.or(prior).and_then(|value| value.get("timeouts").get(operation).as_str());
        let limit = given.and_then(|text| duration::parse(text).ok()).unwrap_or(DEFAULT);
        let (sender, receiver) = watch::channel(false);
        let (expire, expired) = watch::channel(false);
        let watcher = tokio::spawn(async move {
            tokio::select! {
                () = stop.requested() => {}
                () = tokio::time::sleep(limit) => drop(expire.send_replace(true)),
            }
            // Nobody listens any more once the operation is over.
            sender.send_replace(true);
        });
        Deadline { stop: Stop::on(receiver), limit, watcher, expired }
    }

    /// Returns the limit if it was reached.
    pub(super) fn reached(&self) -> Option<Duration> {
        (*self.expired.borrow()).then_some(self.limit)
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        self.watcher.abort();
    }
}
