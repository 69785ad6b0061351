//! The life of the process between its host and its terminal.
//!
//! Promises: Ctrl-C, which a terminal sends to host and provider alike, does not end a provider (the host says what to do);
//! a provider whose host was killed does not live on. Knows nothing of what is served.
//!
//! The parent is watched as a process. The kernel's own "signal me when my parent dies" watches the parent's *thread*, and
//! hosts written in Go end threads as they please.

use std::io;
#[cfg(unix)]
use std::time::Duration;

#[cfg(unix)]
use rustix::process::{Pid, getppid};

/// How often to look for the parent where the system cannot tell by itself.
#[cfg(unix)]
const LOOK: Duration = Duration::from_millis(500);

/// From here on Ctrl-C does nothing. Needs a tokio runtime around it.
pub(crate) fn ignore_interrupt() -> io::Result<()> {
    // Registering replaces the default for good, also when the stream is dropped; programs started by us get the default back.
    #[cfg(unix)]
    let _ = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    #[cfg(windows)]
    let _ = tokio::signal::windows::ctrl_c()?;
    Ok(())
}

/// The parent as it was when the process began, so that its death before anybody watches is seen too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parent {
    #[cfg(unix)]
    id: Option<Pid>,
}

impl Parent {
    /// To be called as early as can be.
    pub(crate) fn at_start() -> Parent {
        Parent {
            #[cfg(unix)]
            id: getppid(),
        }
    }

    /// Ends when the parent has. On Windows it never does: there the host's own cleaning up must do.
    #[cfg(unix)]
    pub(crate) async fn gone(self) {
        let Some(id) = self.id else { return std::future::pending().await };
        #[cfg(target_os = "linux")]
        if let Some(parent) = watch(id) {
            // Opened after the parent died, the descriptor may stand for a stranger with the same number.
            if getppid() == Some(id) && parent.readable().await.is_err() {
                std::future::pending::<()>().await;
            }
            return;
        }
        while getppid() == Some(id) {
            tokio::time::sleep(LOOK).await;
        }
    }

    #[cfg(not(unix))]
    pub(crate) async fn gone(self) {
        std::future::pending().await
    }
}

/// A descriptor of the process that becomes readable when it ends; none on kernels that have no such thing.
#[cfg(target_os = "linux")]
fn watch(id: Pid) -> Option<tokio::io::unix::AsyncFd<rustix::fd::OwnedFd>> {
    let process = rustix::process::pidfd_open(id, rustix::process::PidfdFlags::NONBLOCK).ok()?;
    #[expect(deprecated, reason = "unsound only for types that do not own their descriptor; this one does")]
    tokio::io::unix::AsyncFd::with_interest(process, tokio::io::Interest::READABLE).ok()
}
