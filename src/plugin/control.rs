//! The services of the plugin host: an end on request, and two streams that hosts open and providers do not use.
//!
//! Promises: `Shutdown` is answered before the process goes; the streams say nothing, echo nothing, and end when the process
//! should. Knows nothing of providers.

use tonic::codegen::{BoxStream, tokio_stream};
use tonic::{Request, Response, Status, Streaming};

use super::end::End;
use super::proto::plugin::grpc_broker_server::GrpcBroker;
use super::proto::plugin::grpc_controller_server::GrpcController;
use super::proto::plugin::grpc_stdio_server::GrpcStdio;
use super::proto::plugin::{ConnInfo, Empty, StdioData};

/// All three services.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    end: End,
}

impl Control {
    pub(crate) fn new(end: End) -> Control {
        Control { end }
    }
}

#[tonic::async_trait]
impl GrpcController for Control {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        // The server now lets running calls finish, this one among them, and then each connection.
        self.end.wish();
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for Control {
    type StreamStdioStream = BoxStream<StdioData>;

    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(silence(self.end.wished())))
    }
}

#[tonic::async_trait]
impl GrpcBroker for Control {
    type StartStreamStream = BoxStream<ConnInfo>;

    async fn start_stream(&self, request: Request<Streaming<ConnInfo>>) -> Result<Response<Self::StartStreamStream>, Status> {
        let (mut offers, wished) = (request.into_inner(), self.end.wished());
        Ok(Response::new(silence(async move {
            let drained = async { while let Ok(Some(_)) = offers.message().await {} };
            tokio::select! {
                () = wished => {}
                () = drained => {}
            }
        })))
    }
}

/// A stream without items that ends when `end` does.
fn silence<T: Send + 'static>(end: impl Future<Output = ()> + Send + 'static) -> BoxStream<T> {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        tokio::select! {
            () = end => {}
            () = sender.closed() => {} // the host hung up
        }
    });
    Box::pin(tokio_stream::wrappers::ReceiverStream::new(receiver))
}
