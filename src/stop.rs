//! A request to stop, from Terraform or from the clock, that is heeded between two calls to a cloud.

use std::time::Duration;

use tokio::sync::watch;

/// Tells whether to stop; cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop(Option<watch::Receiver<bool>>);

impl Stop {
    /// Returns one that never asks.
    pub fn never() -> Stop {
        Stop(None)
    }

    /// Returns one that asks once the channel holds `true`. A dropped sender asks for nothing.
    pub fn on(receiver: watch::Receiver<bool>) -> Stop {
        Stop(Some(receiver))
    }

    /// Tells whether a stop has been requested.
    pub fn requested(&self) -> bool {
        self.0.as_ref().is_some_and(|receiver| *receiver.borrow())
    }

    /// Returns once a stop is requested, possibly never.
    pub(crate) async fn wait(&self) {
        let asked = match &self.0 {
            Some(receiver) => receiver.clone().wait_for(|stop| *stop).await.is_ok(),
            None => false,
        };
        if !asked {
            std::future::pending::<()>().await;
        }
    }

    /// Sleeps, unless a stop is requested meanwhile; tells whether the whole time has passed.
    pub(crate) async fn sleep(&self, duration: Duration) -> bool {
        tokio::select! {
            () = self.wait() => false,
            () = tokio::time::sleep(duration) => true,
        }
    }
}
