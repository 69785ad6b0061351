//! The gRPC server: a provider and everything a host expects beside it, over connections made elsewhere.
//!
//! Promises: messages up to 256 MiB both ways; calls run side by side; when the process should end, calls end, answers that are
//! under way still arrive, and the server returns. Does not know where connections come from, nor what the provider does.

use tonic::transport::Server;
use tonic_health::ServingStatus;

use super::control::Control;
use super::end::{End, Interruptible};
use super::listen::Incoming;
use super::proto::DESCRIPTORS;
use super::proto::plugin::grpc_broker_server::GrpcBrokerServer;
use super::proto::plugin::grpc_controller_server::GrpcControllerServer;
use super::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use super::proto::tfplugin6::provider_server::{Provider, ProviderServer};

/// Largest message either way, the figure that Go providers use.
const MESSAGE_BYTES: usize = 256 << 20;

/// Calls at a time on one connection; hosts make as many as `-parallelism` says.
const STREAMS: u32 = 1024;

/// What may be sent before the other side has read, so that a large schema or state needs few round trips.
const STREAM_WINDOW_BYTES: u32 = 8 << 20;
const CONNECTION_WINDOW_BYTES: u32 = 32 << 20;

/// Why the server could not be put together or ended badly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    #[error("the descriptors for reflection cannot be read")]
    Descriptors(#[from] tonic_reflection::server::Error),
    #[error("the server ended badly")]
    Server(#[from] tonic::transport::Error),
}

/// Who connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The host that started the process: it knows every service, and waits for each millisecond of the start.
    Host,
    /// A debugger and its tools, which may ask by reflection what there is.
    Tools,
}

/// Serves until the wish to end, then until every connection is done.
pub(crate) async fn run<P: Provider>(provider: P, incoming: Incoming, audience: Audience, end: End) -> Result<(), ServerError> {
    let provider = ProviderServer::new(provider).max_decoding_message_size(MESSAGE_BYTES).max_encoding_message_size(MESSAGE_BYTES);
    let control = Control::new(end.clone());
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_service_status("plugin", ServingStatus::Serving).await;
    let reflection = || {
        (audience == Audience::Tools).then(|| {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        })
    };
    Server::builder()
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .add_service(Interruptible::new(provider, end.clone()))
        .add_service(GrpcControllerServer::new(control.clone()))
        .add_service(GrpcStdioServer::new(control.clone()))
        .add_service(GrpcBrokerServer::new(control))
        .add_service(health_service)
        .add_optional_service(reflection().map(|builder| builder.build_v1()).transpose()?)
        .add_optional_service(reflection().map(|builder| builder.build_v1alpha()).transpose()?)
        .serve_with_incoming_shutdown(incoming, end.wished())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
