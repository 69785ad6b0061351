//! Listens: one door for each kind of caller, and one task for each connection.

use std::io;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::azure::Azure;
use crate::wire::{Ask, Outcome};
use crate::{control, elsewhere, hit};

/// Who is meant to come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// Clients of Resource Manager, of its metadata and of Entra.
    Azure,
    /// Nobody: a client that was lured here.
    Elsewhere,
    /// Clients of managed identities, which speak plain HTTP, also through a proxy.
    Identity,
    /// Tests.
    Control,
}

/// Answers everything that comes through a door, for ever.
pub(crate) async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, door: Door, azure: Arc<Azure>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, as a rule; the next connection ends soon.
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (tls, azure) = (tls.clone(), azure.clone());
        tokio::spawn(async move {
            match tls {
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        converse(stream, door, azure).await;
                    }
                }
                None => converse(stream, door, azure).await,
            }
        });
    }
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, door: Door, azure: Arc<Azure>) {
    let service = service_fn(|request| {
        let azure = azure.clone();
        async move {
            let ask = Ask::read(request).await?;
            // In a task of its own: what was asked is carried out, whether or not somebody still waits for the answer.
            tokio::spawn(async move { answer(door, &azure, ask).await }).await.map_err(io::Error::other)?.into_response()
        }
    });
    // An error is a connection that one of both ends has cut.
    let _: Result<(), hyper::Error> = http1::Builder::new().title_case_headers(true).serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(door: Door, azure: &Arc<Azure>, ask: Ask) -> Outcome {
    match door {
        Door::Azure | Door::Identity => hit::answer(azure, door, ask).await,
        Door::Elsewhere => Outcome::Whole(elsewhere::answer(azure, &ask)),
        Door::Control => Outcome::Whole(control::answer(azure, &ask).await),
    }
}

/// Opens a door on loopback.
pub(crate) async fn open(port: u16) -> io::Result<(TcpListener, u16)> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}
