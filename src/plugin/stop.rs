//! The one wish that this process should end, and what it does to calls that are still running.
//!
//! Promises: a wish once made stays; calls of a service wrapped in [`Ending`] are answered at once when it is made. Does not
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
pub(crate) struct Stop(Arc<watch::Sender<bool>>);

impl Stop {
    pub(crate) fn new() -> Stop {
        Stop(Arc::new(watch::Sender::new(false)))
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
pub(crate) struct Ending<S> {
    service: S,
    stop: Stop,
}

impl<S> Ending<S> {
    pub(crate) fn new(service: S, stop: Stop) -> Ending<S> {
        Ending { service, stop }
    }
}

impl<S: NamedService> NamedService for Ending<S> {
    const NAME: &'static str = S::NAME;
}

impl<S, B> Service<http::Request<B>> for Ending<S>
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
        let (answer, wished) = (self.service.call(request), self.stop.wished());
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
    use super::Stop;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_wish_reaches_who_waits_and_who_comes_later() {
        let stop = Stop::new();
        let early = stop.wished();
        assert!(timeout(Duration::from_millis(5), stop.wished()).await.is_err());
        stop.clone().wish();
        timeout(Duration::from_secs(5), early).await.unwrap();
        timeout(Duration::from_secs(5), stop.wished()).await.unwrap();
    }
}
