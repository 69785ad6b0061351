//! The server over real connections.

use std::time::{Duration, Instant};

use prost::Message as _;
use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use super::{Audience, ServerError, run};
use crate::plugin::client::Client;
use crate::plugin::connection::Connection;
use crate::plugin::end::End;
use crate::plugin::fake::Fake;
use crate::plugin::proto::plugin::{ConnInfo, Empty};
use crate::plugin::proto::tfplugin6::{DynamicValue, call_function, lock_state, stop_provider, validate_provider_config};

const SOON: Duration = Duration::from_secs(20);

/// A server in this process, and a way to connect to it.
struct Served {
    connections: UnboundedSender<std::io::Result<Connection>>,
    server: JoinHandle<Result<(), ServerError>>,
}

fn serve() -> Served {
    serve_to(Audience::Host)
}

fn serve_to(audience: Audience) -> Served {
    let (connections, incoming) = tokio::sync::mpsc::unbounded_channel();
    let server = tokio::spawn(run(Fake, UnboundedReceiverStream::new(incoming), audience, End::new()));
    Served { connections, server }
}

impl Served {
    async fn connect(&self) -> Client {
        let (here, there): (DuplexStream, _) = duplex(1 << 20);
        assert!(self.connections.send(Ok(Connection::new(there))).is_ok());
        Client::over(here).await
    }

    async fn ended(self) {
        timeout(SOON, self.server).await.unwrap().unwrap().unwrap();
    }
}

async fn echo(client: &Client, milliseconds: u64, bytes: usize) -> Result<call_function::Response, Code> {
    let value = DynamicValue { msgpack: vec![7; bytes], json: Vec::new() };
    let request = call_function::Request { name: milliseconds.to_string(), arguments: vec![value] };
    client.call("/tfplugin6.Provider/CallFunction", &request).await
}

async fn shutdown(client: &Client) -> Result<Empty, Code> {
    client.call("/plugin.GRPCController/Shutdown", &Empty {}).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_may_be_large() {
    let served = serve();
    let client = served.connect().await;
    let bytes = 20 << 20; // five times the limit that libraries set by themselves
    assert_eq!(echo(&client, 0, bytes).await.unwrap().result.unwrap().msgpack.len(), bytes);
    let mut too_large = client.open("/tfplugin6.Provider/CallFunction").await;
    too_large.announce(256 * 1024 * 1024 + 1);
    assert_eq!(timeout(SOON, too_large.finish()).await.unwrap().1, Code::OutOfRange);
    let mut just_fits = client.open("/tfplugin6.Provider/CallFunction").await;
    just_fits.announce(256 * 1024 * 1024);
    assert!(timeout(Duration::from_millis(100), just_fits.finish()).await.is_err(), "the rest was not waited for");
}

#[tokio::test]
async fn calls_run_side_by_side() {
    let served = serve();
    let client = served.connect().await;
    let begin = Instant::now();
    let calls: Vec<_> = (0..300).map(|_| echo(&client, 200, 1)).collect();
    for call in futures_in_order(calls).await {
        call.unwrap();
    }
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed()); // a minute, one after the other
}

async fn futures_in_order<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|cx| {
        let mut ready = true;
        for (future, output) in &mut pending {
            if output.is_none() {
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(done) => *output = Some(done),
                    std::task::Poll::Pending => ready = false,
                }
            }
        }
        if ready { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    pending.into_iter().filter_map(|(_, output)| output).collect()
}

#[tokio::test]
async fn what_is_not_there_is_unimplemented() {
    let served = serve();
    let client = served.connect().await;
    for path in ["/tfplugin6.Provider/LockState", "/tfplugin6.Provider/NotYetInvented", "/plugin.NotYetInvented/Call"] {
        let answer = client.call::<lock_state::Response>(path, &lock_state::Request::default()).await;
        assert_eq!(answer.unwrap_err(), Code::Unimplemented, "{path}");
    }
}

#[tokio::test]
async fn one_call_s_panic_leaves_the_server_up() {
    let served = serve();
    let client = served.connect().await;
    let path = "/tfplugin6.Provider/StopProvider";
    assert!(client.call::<stop_provider::Response>(path, &stop_provider::Request {}).await.is_err());
    echo(&served.connect().await, 0, 1).await.unwrap();
}

#[tokio::test]
async fn health_is_told_by_the_name_hosts_know() {
    let served = serve();
    let client = served.connect().await;
    let request = HealthCheckRequest { service: "plugin".to_owned() };
    let answer: HealthCheckResponse = client.call("/grpc.health.v1.Health/Check", &request).await.unwrap();
    assert_eq!(answer.status, 1); // SERVING
}

#[tokio::test]
async fn tools_learn_every_service_by_reflection() {
    let served = serve_to(Audience::Tools);
    let client = served.connect().await;
    for version in ["v1", "v1alpha"] {
        let mut call = client.open(&format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo")).await;
        let question = MessageRequest::ListServices(String::new());
        call.send(&ServerReflectionRequest { host: String::new(), message_request: Some(question) }, true);
        let (messages, code) = call.finish().await;
        assert_eq!(code, Code::Ok);
        let answer = ServerReflectionResponse::decode(&messages[5..]).unwrap().message_response;
        let Some(MessageResponse::ListServicesResponse(list)) = answer else { panic!("{answer:?}") };
        let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
        for name in ["tfplugin6.Provider", "plugin.GRPCController", "plugin.GRPCStdio", "plugin.GRPCBroker", "grpc.health.v1.Health"] {
            assert!(names.contains(&name), "{names:?}");
        }
    }
}

#[tokio::test]
async fn the_streams_of_the_host_stay_open_silent_and_end_with_the_server() {
    let served = serve();
    let client = served.connect().await;
    let mut stdio = client.open("/plugin.GRPCStdio/StreamStdio").await;
    stdio.send(&(), true);
    let mut broker = client.open("/plugin.GRPCBroker/StartStream").await;
    for service_id in 0..10 {
        broker.send(&ConnInfo { service_id, ..ConnInfo::default() }, false);
    }
    let (stdio, broker) = (tokio::spawn(stdio.finish()), tokio::spawn(broker.finish()));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!stdio.is_finished() && !broker.is_finished());
    shutdown(&client).await.unwrap();
    for stream in [stdio, broker] {
        assert_eq!(timeout(SOON, stream).await.unwrap().unwrap(), (Vec::new(), Code::Ok));
    }
    served.ended().await;
}

#[tokio::test]
async fn the_broker_ends_when_the_host_ends_it() {
    let served = serve();
    let mut broker = served.connect().await.open("/plugin.GRPCBroker/StartStream").await;
    broker.send(&ConnInfo::default(), true);
    assert_eq!(timeout(SOON, broker.finish()).await.unwrap(), (Vec::new(), Code::Ok));
}

#[tokio::test]
async fn shutdown_ends_calls_that_would_never_end_and_other_connections() {
    let served = serve();
    let (client, idle) = (served.connect().await, served.connect().await);
    echo(&idle, 0, 1).await.unwrap();
    let mut stuck = client.open("/tfplugin6.Provider/ValidateProviderConfig").await;
    stuck.send(&validate_provider_config::Request::default(), true);
    let stuck = tokio::spawn(stuck.finish());
    tokio::time::sleep(Duration::from_millis(50)).await;
    shutdown(&client).await.unwrap();
    assert_eq!(timeout(SOON, stuck).await.unwrap().unwrap().1, Code::Unavailable);
    served.ended().await;
}
