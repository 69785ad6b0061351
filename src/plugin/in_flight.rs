//! The practitioner's wish that work in flight ends soon.
//!
//! Promises: a stop reaches every request that is in flight and none that comes later. Does not end anything by itself.

use std::future;

use tokio::sync::watch;

/// Tells one request whether it should end soon, with what it has done so far as its result.
#[derive(Debug, Clone)]
pub struct Stop {
    stops: watch::Receiver<u64>,
    before: u64,
}

impl Stop {
    /// Returns one that is never told to stop, for tests and tools.
    pub fn never() -> Stop {
        StopSource::default().stop()
    }

    /// Says whether the request should end soon.
    pub fn is_requested(&self) -> bool {
        *self.stops.borrow() != self.before
    }

    /// Waits until the request should end soon; safe to drop at any time.
    pub async fn requested(&self) {
        let mut stops = self.stops.clone();
        if stops.wait_for(|stops| *stops != self.before).await.is_err() {
            future::pending::<()>().await;
        }
    }
}

/// Where stops come from: one for each process.
#[derive(Debug)]
pub(super) struct StopSource(watch::Sender<u64>);

impl Default for StopSource {
    fn default() -> StopSource {
        StopSource(watch::Sender::new(0))
    }
}

impl StopSource {
    /// Returns what a new request is told by.
    pub(super) fn stop(&self) -> Stop {
        let stops = self.0.subscribe();
        let before = *stops.borrow();
        Stop { stops, before }
    }

    /// Tells every request in flight.
    pub(super) fn request(&self) {
        self.0.send_modify(|stops| *stops = stops.wrapping_add(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stop_reaches_what_is_in_flight_and_nothing_later() {
        let source = StopSource::default();
        let first = source.stop();
        assert!(!first.is_requested());
        source.request();
        assert!(first.is_requested());
        first.requested().await;
        let second = source.stop();
        assert!(!second.is_requested());
        source.request();
        second.requested().await;
    }

    #[tokio::test]
    async fn never_is_never() {
        let stop = Stop::never();
        assert!(!stop.is_requested());
        let waited = tokio::time::timeout(std::time::Duration::from_millis(5), stop.requested()).await;
        assert!(waited.is_err());
    }
}
