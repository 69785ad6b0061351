//! How long an operation may take, and one signal for "stop" whether the practitioner or the clock says it.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::aws;
use crate::plugin::{self, Value};

/// How long each operation may take where `timeouts` says nothing.
const DEFAULT: Duration = Duration::from_secs(600);

/// Parses `30s`, `10m`, `1h30m`.
///
/// # Errors
/// When the text is no such duration, or zero.
pub(in crate::provider) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is not a duration; write `30s`, `10m` or `1h30m`");
    let (mut total, mut number) = (0_u64, String::new());
    for character in text.chars() {
        let factor = match character {
            '0'..='9' => {
                number.push(character);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return Err(wrong()),
        };
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(wrong)?;
        total = total.checked_add(part).ok_or_else(wrong)?;
        number.clear();
    }
    if total == 0 || !number.is_empty() { Err(wrong()) } else { Ok(Duration::from_secs(total)) }
}

/// A stop that comes from the practitioner or from the clock.
#[derive(Debug)]
pub(super) struct Deadline {
    /// What calls to EC2 are told by.
    pub(super) stop: aws::Stop,
    /// How long it was.
    limit: Duration,
    watcher: JoinHandle<()>,
    expired: watch::Receiver<bool>,
}

impl Deadline {
    /// Begins an operation of the resource whose `timeouts` block this is.
    pub(super) fn begin(timeouts: &Value, operation: &str, stop: plugin::Stop) -> Deadline {
        let limit = timeouts.get(operation).as_str().and_then(|text| parse(text).ok()).unwrap_or(DEFAULT);
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
        Deadline { stop: aws::Stop::on(receiver), limit, watcher, expired }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_go_writes_them() {
        assert_eq!(parse("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(parse("1h30m"), Ok(Duration::from_secs(5400)));
        for wrong in ["", "10", "m", "0s", "-5m", "5 m", "99999999999999999999s", "1d"] {
            assert_eq!(parse(wrong).unwrap_err(), format!("`{wrong}` is not a duration; write `30s`, `10m` or `1h30m`"));
        }
    }
}
