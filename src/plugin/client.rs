//! A gRPC client for tests, over bare HTTP/2, so that the server is not tested by its own library's other half.

use h2::client::SendRequest;
use h2::{RecvStream, SendStream};
use prost::Message;
use tonic::Code;
use tonic::codegen::Bytes;
use tonic::codegen::http::{HeaderMap, Request};

use super::connection::Carrier;

/// One connection.
pub(crate) struct Client(SendRequest<Bytes>);

/// A call whose answer has not been read to its end.
pub(crate) struct Call {
    sending: SendStream<Bytes>,
    answer: h2::client::ResponseFuture,
}

impl Client {
    pub(crate) async fn over(carrier: impl Carrier) -> Client {
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(300 << 20).initial_connection_window_size(300 << 20);
        let (requests, connection) = builder.handshake(carrier).await.unwrap();
        tokio::spawn(connection);
        Client(requests)
    }

    /// Opens a call and leaves its sending side open.
    pub(crate) async fn open(&self, path: &str) -> Call {
        let request = Request::post(format!("http://localhost{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())
            .unwrap();
        let mut requests = self.0.clone().ready().await.unwrap();
        let (answer, sending) = requests.send_request(request, false).unwrap();
        Call { sending, answer }
    }

    /// One message there, one back.
    pub(crate) async fn call<A: Message + Default>(&self, path: &str, message: &impl Message) -> Result<A, Code> {
        let mut call = self.open(path).await;
        call.send(message, true);
        let (messages, code) = call.finish().await;
        if code == Code::Ok { Ok(A::decode(&messages[5..]).unwrap()) } else { Err(code) }
    }
}

impl Call {
    pub(crate) fn send(&mut self, message: &impl Message, last: bool) {
        let body = message.encode_to_vec();
        let head = u32::try_from(body.len()).unwrap().to_be_bytes();
        self.sending.send_data([&[0][..], &head, &body].concat().into(), last).unwrap();
    }

    /// The head of a message whose body never follows.
    pub(crate) fn announce(&mut self, bytes: u32) {
        self.sending.send_data([&[0][..], &bytes.to_be_bytes()].concat().into(), false).unwrap();
    }

    /// All that the server sends, framed, and its status.
    pub(crate) async fn finish(self) -> (Vec<u8>, Code) {
        let Call { sending: _sending, answer } = self;
        let Ok(response) = answer.await else {
            return (Vec::new(), Code::Unavailable);
        };
        let (head, mut body) = response.into_parts();
        let mut messages = Vec::new();
        while let Some(Ok(data)) = body.data().await {
            body.flow_control().release_capacity(data.len()).unwrap();
            messages.extend(data);
        }
        let trailers = trailers(&mut body).await;
        (messages, code(&head.headers).or(code(&trailers)).unwrap_or(Code::Unavailable))
    }
}

async fn trailers(body: &mut RecvStream) -> HeaderMap {
    body.trailers().await.ok().flatten().unwrap_or_default()
}

fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()))
}
