//! Where the host connects: a unix socket, or TCP on the loopback interface.
//!
//! Promises: what is announced is already listening; the socket file belongs to its owner (or to the group that the host names)
//! and goes away with the listener; no connection, however it fails or dawdles, keeps another from being accepted.
//!
//! Windows has TCP only. Elsewhere `PLUGIN_NETWORK=tcp` asks for it, which is ours and for tests; hosts never set it.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::connection::{Carrier, Connection};
use super::environment::Environment;

#[cfg(unix)]
pub(crate) mod unix;

/// How long a peer may take to prove itself. Hosts do so at once.
const TLS_PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait when the system has no file descriptor left for a connection.
const BREATH: Duration = Duration::from_millis(50);

/// Why there is no place to connect to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    #[error("`PLUGIN_NETWORK` is `{0}`; it can be `unix` or `tcp`")]
    Network(String),
    #[error("`{name}` is `{value}`, which is not a port number")]
    Port { name: &'static str, value: String },
    #[error("`PLUGIN_MIN_PORT` is {min}, above `PLUGIN_MAX_PORT`, which is {max}")]
    PortOrder { min: u16, max: u16 },
    #[error("no port from {min} to {max} is free on 127.0.0.1")]
    NoPort { min: u16, max: u16, source: io::Error },
    #[cfg(unix)]
    #[error("no socket can be made in `{}`; set `TMPDIR` to a short path that can be written to", directory.display())]
    Socket { directory: PathBuf, source: io::Error },
    #[cfg(unix)]
    #[error("`PLUGIN_UNIX_SOCKET_GROUP` names the group `{0}`, which /etc/group does not have")]
    Group(String),
}

/// The address of a listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The file of a unix socket.
    Unix(PathBuf),
    /// A port on the loopback interface.
    Tcp(SocketAddr),
}

impl Endpoint {
    /// `unix` or `tcp`, as hosts call them.
    pub(crate) fn network(&self) -> &'static str {
        match self {
            Endpoint::Unix(_) => "unix",
            Endpoint::Tcp(_) => "tcp",
        }
    }

    /// Removes what the listener leaves behind. Doing it twice does no harm.
    pub(crate) fn remove(&self) {
        if let Endpoint::Unix(path) = self {
            // Gone already, or beyond our power: the process is ending either way.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Endpoint::Unix(path) => path.display().fmt(f),
            Endpoint::Tcp(address) => address.fmt(f),
        }
    }
}

enum Socket {
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
    Tcp(TcpListener),
}

impl Socket {
    async fn accept(&self) -> io::Result<Box<dyn Carrier>> {
        match self {
            #[cfg(unix)]
            Socket::Unix(listener) => Ok(Box::new(listener.accept().await?.0)),
            Socket::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

/// A bound socket. Needs a tokio runtime around it.
pub(crate) struct Listener {
    socket: Socket,
    endpoint: Endpoint,
}

impl Listener {
    /// Binds as the environment says.
    pub(crate) async fn bind(environment: &Environment) -> Result<Listener, ListenError> {
        match environment.get("PLUGIN_NETWORK").unwrap_or(if cfg!(unix) { "unix" } else { "tcp" }) {
            "tcp" => Listener::bind_tcp(environment).await,
            #[cfg(unix)]
            "unix" => {
                let (listener, path) = unix::bind(environment)?;
                Ok(Listener { socket: Socket::Unix(listener), endpoint: Endpoint::Unix(path) })
            }
            other => Err(ListenError::Network(other.to_owned())),
        }
    }

    async fn bind_tcp(environment: &Environment) -> Result<Listener, ListenError> {
        let port = |name| match environment.get(name) {
            None => Ok(0),
            Some(value) => value.parse::<u16>().map_err(|_| ListenError::Port { name, value: value.to_owned() }),
        };
        let (min, max) = (port("PLUGIN_MIN_PORT")?, port("PLUGIN_MAX_PORT")?);
        if min > max {
            return Err(ListenError::PortOrder { min, max });
        }
        let mut refusal = io::Error::from(io::ErrorKind::AddrInUse);
        for port in min..=max {
            let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
            match bound.and_then(|listener| Ok((listener.local_addr()?, listener))) {
                Ok((address, listener)) => {
                    return Ok(Listener { socket: Socket::Tcp(listener), endpoint: Endpoint::Tcp(address) });
                }
                Err(error) => refusal = error,
            }
        }
        Err(ListenError::NoPort { min, max, source: refusal })
    }

    /// Where it listens.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Accepts for as long as the stream is kept. Peers prove themselves side by side; who fails is dropped and only logged.
    pub(crate) fn incoming(self, tls: Option<TlsAcceptor>) -> Incoming {
        let (sender, receiver) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            tokio::select! {
                () = sender.closed() => {}
                () = self.accept_all(tls, &sender) => {}
            }
        });
        UnboundedReceiverStream::new(receiver)
    }

    async fn accept_all(&self, tls: Option<TlsAcceptor>, sender: &mpsc::UnboundedSender<io::Result<Connection>>) {
        loop {
            match self.socket.accept().await {
                Ok(carrier) => {
                    tokio::spawn(admit(carrier, tls.clone(), sender.clone()));
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.endpoint.remove();
    }
}

/// Connections whose peers have proven themselves. Never ends by itself.
pub(crate) type Incoming = UnboundedReceiverStream<io::Result<Connection>>;

async fn admit(carrier: Box<dyn Carrier>, tls: Option<TlsAcceptor>, sender: mpsc::UnboundedSender<io::Result<Connection>>) {
    let connection = match tls {
        None => Connection::new(carrier),
        Some(acceptor) => match tokio::time::timeout(TLS_PATIENCE, acceptor.accept(carrier)).await {
            Ok(Ok(stream)) => Connection::new(stream),
            Ok(Err(error)) => return tracing::debug!(%error, "a connection was refused"),
            Err(_) => return tracing::debug!("a connection was dropped: its peer did not prove itself in time"),
        },
    };
    // The receiver is gone when the server stops; so is the need for the connection.
    let _ = sender.send(Ok(connection));
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
