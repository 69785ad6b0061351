//! The way to one cloud, as one provider configuration describes it; nobody is asked for anything here.

use std::sync::{Arc, Mutex, PoisonError};

use crate::plugin::Value;

/// What a block of the provider makes possible; shared by all resources and data sources.
#[derive(Debug)]
pub(super) struct Connection<T>(Mutex<State<T>>);

#[derive(Debug)]
enum State<T> {
    /// Terraform has not configured the provider.
    Unconfigured,
    /// Parts of the configuration are not known yet.
    Unknown,
    /// Ready; connects at first use.
    Ready(Arc<T>),
}

impl<T> Default for Connection<T> {
    fn default() -> Connection<T> {
        Connection(Mutex::new(State::Unconfigured))
    }
}

impl<T> Connection<T> {
    /// Takes the block; `make` sees only one that is wholly known.
    pub(super) fn configure(&self, block: &Value, make: impl FnOnce(&Value) -> T) {
        let state = if block.is_wholly_known() { State::Ready(Arc::new(make(block))) } else { State::Unknown };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// Returns what was made, if the configuration is known.
    pub(super) fn ready(&self) -> Option<Arc<T>> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            State::Ready(ready) => Some(Arc::clone(ready)),
            State::Unconfigured | State::Unknown => None,
        }
    }
}
