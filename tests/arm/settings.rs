//! How an account behaves, where tests want it otherwise.

use serde::{Deserialize, Serialize};

/// Which cloud's headers it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cloud {
    #[default]
    Public,
    China,
}

/// The settings of an account; `POST /__settings` changes those that it names.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) cloud: Cloud,
    /// How often an operation answers `InProgress` before it has ended.
    pub(crate) polls: u64,
    /// After so many seconds it has ended in any case, also when nobody asks.
    pub(crate) seconds: f64,
    /// What Retry-After says, in seconds; Azure says 3 to 10.
    pub(crate) retry_after: u64,
    /// How long tokens are good, in seconds.
    pub(crate) token_seconds: u64,
    /// Whether a body that echoes what only Azure may write is refused; Azure does so at times, and ignores it at others.
    pub(crate) refuse_echo: bool,
    /// Whether a group's rules stay when its body does not mention them. Nobody has shown what Azure does.
    pub(crate) keep_omitted_rules: bool,
    /// How many groups or rules a page of a list has; null for all of them.
    pub(crate) page: Option<usize>,
    /// Application security groups in one direction of one rule.
    pub(crate) asgs_in_rule: usize,
    /// Whether Microsoft.Network is registered.
    pub(crate) registered: bool,
    /// The throttling of Resource Manager, with buckets that refill so many times as fast; null for none.
    pub(crate) throttling: Option<f64>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            cloud: Cloud::Public,
            polls: 1,
            seconds: 2.0,
            retry_after: 0,
            token_seconds: 3600,
            refuse_echo: true,
            keep_omitted_rules: false,
            page: None,
            asgs_in_rule: 10,
            registered: true,
            throttling: None,
        }
    }
}
