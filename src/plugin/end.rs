//! The one wish that this process should end, and what it does to calls that are still running.
//!
//! Promises: a wish once made stays; calls of a service wrapped in [`Interruptible`] are answered at once when it is made. Does not
//! know who wishes, nor how a process ends.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::watch;
use tonic::Status;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::NamedService;

/// A wish that the process should end. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct End(Arc<watch::Sender<bool>>);

impl End {
    pub(crate) fn new() -> End {
        End(Arc::new(watch::Sender::new(false)))
    }

    /// Makes the wish.
    pub(crate) fn wish(&self) {
        self.0.send_replace(true);
    }

    /// Ends when the wish has been made, at once if it was made before.
    pub(crate) fn wished(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut receiver = self.0.subscribe();
        async move {
            // The sender lives in `self` or in a clone; were all gone, nobody could wish any more.
            if receiver.wait_for(|wished| *wished).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

/// A service whose running calls end when the process should. The host no longer waits for their answers.
#[derive(Clone, Debug)]
pub(crate) struct Interruptible<S> {
    service: S,
    end: End,
}

impl<S> Interruptible<S> {
    pub(crate) fn new(service: S, end: End) -> Interruptible<S> {
        Interruptible { service, end }
    }
}

impl<S: NamedService> NamedService for Interruptible<S> {
    const NAME: &'static str = S::NAME;
}

impl<S, B> Service<http::Request<B>> for Interruptible<S>
where
    S: Service<http::Request<B>, Response = http::Response<tonic::body::Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = Infallible;
    type Future = BoxFuture<S::Response, Infallible>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let (answer, wished) = (self.service.call(request), self.end.wished());
        Box::pin(async move {
            tokio::select! {
                biased;
                answer = answer => answer,
                () = wished => Ok(Status::unavailable("the provider was asked to end").into_http()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::End;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_wish_reaches_who_waits_and_who_comes_later() {
        let end = End::new();
        let early = end.wished();
        assert!(timeout(Duration::from_millis(5), end.wished()).await.is_err());
        end.clone().wish();
        timeout(Duration::from_secs(5), early).await.unwrap();
        timeout(Duration::from_secs(5), end.wished()).await.unwrap();
    }
}
