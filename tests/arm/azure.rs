//! Everything this process knows: accounts, tokens, and who was lured elsewhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::account::Account;

/// The addresses of the doors, as clients are to call them; no slash at the end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Addresses {
    pub(crate) azure: String,
    pub(crate) elsewhere: String,
    pub(crate) identity: String,
}

/// The whole cloud. One lock: what is done under it is short.
#[derive(Debug, Default)]
pub(crate) struct Azure {
    state: Mutex<State>,
}

impl Azure {
    /// One in which nobody lives yet.
    pub(crate) fn new(addresses: Addresses) -> Azure {
        Azure { state: Mutex::new(State { addresses, ..State::default() }) }
    }

    /// All there is, for one short moment.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A token of access that was given out.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) tenant: String,
    pub(crate) client: String,
    pub(crate) expires: SystemTime,
}

/// All there is.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// By subscription, in lower case. What belongs to no subscription is counted in the one called ``.
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) tokens: BTreeMap<String, Token>,
    /// What came to the door of nobody.
    pub(crate) visits: Vec<Value>,
    pub(crate) addresses: Addresses,
}

impl State {
    /// An account by its subscription.
    pub(crate) fn account(&mut self, subscription: &str) -> Option<&mut Account> {
        self.accounts.get_mut(&subscription.to_ascii_lowercase())
    }

    /// The subscription whose tenant this is.
    pub(crate) fn of_tenant(&self, tenant: &str) -> Option<String> {
        self.accounts.values().find(|account| account.tenant.eq_ignore_ascii_case(tenant)).map(|account| account.subscription.clone())
    }

    /// Every token, password and assertion that nobody must find in a log.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &String> {
        self.tokens.keys().chain(self.accounts.values().flat_map(Account::secrets))
    }
}

/// A new GUID that nobody can guess from an earlier one.
pub(crate) fn guid() -> String {
    let text: String = random().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// Thirty-two bytes as `HashMap` draws its seeds from the operating system.
pub(crate) fn random() -> [u8; 32] {
    use std::hash::{BuildHasher, RandomState};
    use std::sync::atomic::{AtomicU64, Ordering};
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut hash = Sha256::new();
    for seed in 0..4_u64 {
        hash.update(RandomState::new().hash_one((seed, number)).to_le_bytes());
    }
    hash.update(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_le_bytes());
    hash.finalize().into()
}

/// Seconds since 1970.
pub(crate) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}
