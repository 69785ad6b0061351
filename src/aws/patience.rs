//! How long one call is worth repeating.
//!
//! Throttling passes, so it is waited out over many attempts. A name that does not resolve, a port that nobody listens on, a server
//! that answers nonsense rarely heal within one call; after a few attempts the practitioner should know.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_smithy_runtime::client::retries::{RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority, RetryReason};
use aws_smithy_types::retry::{ErrorKind, RetryConfig};
use aws_smithy_types::timeout::TimeoutConfig;

use super::settings::RetryMode;

/// Attempts for one call, the first included, as the official provider makes them by default. The waits double from one second to
/// twenty, halved by chance: about three minutes in all.
const ATTEMPTS: u32 = 25;

/// Failures that are not throttling, within one call, before it ends.
const FAULTS: u32 = 4;

/// For one attempt: EC2 answers even a thousand rules within seconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// For a connection to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How EC2's client retries; only that client, so that a failing sign-in does not hang for minutes.
#[derive(Debug, Clone)]
pub(crate) struct Retries {
    config: RetryConfig,
    partition: RetryPartition,
}

impl Retries {
    /// Returns retries with these attempts (25 if none are given), and with a purse of our own that never empties unless `tokens` says
    /// so: the default one ends retrying after about a hundred retries in the whole program.
    pub(crate) fn new(attempts: Option<u32>, mode: RetryMode, tokens: Option<usize>) -> Retries {
        let config = match mode {
            RetryMode::Standard => RetryConfig::standard(),
            RetryMode::Adaptive => RetryConfig::adaptive(),
        };
        let bucket = tokens.map_or_else(TokenBucket::unlimited, TokenBucket::new);
        Retries {
            config: config.with_max_attempts(attempts.unwrap_or(ATTEMPTS).max(1)),
            partition: RetryPartition::custom("emc-ec2").token_bucket(bucket).build(),
        }
    }

    /// Returns how often and how.
    pub(crate) fn config(&self) -> RetryConfig {
        self.config.clone()
    }

    /// Returns the purse, the same for all clients.
    pub(crate) fn partition(&self) -> RetryPartition {
        self.partition.clone()
    }
}

/// Returns how long to wait for anything.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_attempt_timeout(ATTEMPT_TIMEOUT).build()
}

/// Counts what goes wrong within one call; each call needs its own.
#[derive(Debug, Default)]
pub(crate) struct Patience {
    faults: AtomicU32,
}

impl ClassifyRetry for Patience {
    fn classify_retry(&self, _: &InterceptorContext) -> RetryAction {
        RetryAction::NoActionIndicated
    }

    fn classify_retry_v2(&self, _: &InterceptorContext, previous: &RetryAction) -> RetryAction {
        match previous {
            RetryAction::RetryIndicated(RetryReason::RetryableError { kind, .. }) if *kind != ErrorKind::ThrottlingError => {
                let faults = self.faults.fetch_add(1, Ordering::Relaxed) + 1;
                if faults < FAULTS { RetryAction::NoActionIndicated } else { RetryAction::RetryForbidden }
            }
            RetryAction::RetryIndicated(_) | RetryAction::NoActionIndicated | RetryAction::RetryForbidden | _ => {
                RetryAction::NoActionIndicated
            }
        }
    }

    fn name(&self) -> &'static str {
        "patience"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}
