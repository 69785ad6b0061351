//! A peer that lacks anything of what it takes is refused, over the real listener and in both versions of TLS.

use std::time::Duration;

use rcgen::KeyPair;
use rustls::SupportedProtocolVersion;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio_stream::StreamExt as _;

use super::{Tls, TlsError};
use crate::plugin::environment::Environment;
use crate::plugin::host::{Host, connector, pem};
use crate::plugin::listen::{Endpoint, Incoming, Listener};

/// A listener that waits for `host`.
struct Waiting {
    incoming: Incoming,
    endpoint: Endpoint,
    certificate: Vec<u8>,
}

impl Waiting {
    async fn for_host(host: &Host) -> Waiting {
        let tls = Tls::with_client(&host.pem).unwrap();
        let listener = Listener::bind(&Environment::default()).await.unwrap();
        let endpoint = listener.endpoint().clone();
        Waiting { incoming: listener.incoming(Some(tls.acceptor)), endpoint, certificate: tls.certificate }
    }

    async fn raw(&self) -> UnixStream {
        let Endpoint::Unix(path) = &self.endpoint else { panic!("not a unix socket") };
        UnixStream::connect(path).await.unwrap()
    }

    /// Whether a peer that shows `certificate` and signs with `key` gets through and can be talked with.
    async fn admits(&mut self, shown: Option<(&CertificateDer<'static>, &KeyPair)>, version: &'static SupportedProtocolVersion) -> bool {
        let connector = connector(&self.certificate, shown, version);
        let name = ServerName::try_from("localhost").unwrap();
        let raw = self.raw().await;
        let mut client = tokio::spawn(async move {
            // In TLS 1.3 the client is done before it is judged: only an answer tells.
            let mut stream = connector.connect(name, raw).await.ok()?;
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
            stream.write_all(b"?").await.ok()?;
            stream.read_u8().await.ok()
        });
        let mut connection = tokio::select! {
            connection = self.incoming.next() => connection.unwrap().unwrap(),
            answer = &mut client => {
                assert_eq!(answer.unwrap(), None);
                return false;
            }
        };
        assert_eq!(connection.read_u8().await.unwrap(), b'?');
        connection.write_all(b"!").await.unwrap();
        connection.flush().await.unwrap();
        assert_eq!(client.await.unwrap(), Some(b'!'));
        true
    }
}

#[tokio::test]
async fn the_host_gets_in() {
    let host = Host::new();
    let mut waiting = Waiting::for_host(&host).await;
    for version in [&TLS12, &TLS13] {
        assert!(waiting.admits(Some((&host.certificate, &host.key)), version).await, "{version:?}");
    }
}

#[tokio::test]
async fn who_shows_no_certificate_is_refused() {
    let mut waiting = Waiting::for_host(&Host::new()).await;
    for version in [&TLS12, &TLS13] {
        assert!(!waiting.admits(None, version).await, "{version:?}");
    }
}

#[tokio::test]
async fn who_shows_another_certificate_is_refused() {
    let (host, other) = (Host::new(), Host::new());
    let mut waiting = Waiting::for_host(&host).await;
    for version in [&TLS12, &TLS13] {
        assert!(!waiting.admits(Some((&other.certificate, &other.key)), version).await, "{version:?}");
    }
}

#[tokio::test]
async fn who_lacks_the_key_is_refused() {
    let (host, thief) = (Host::new(), Host::new());
    let mut waiting = Waiting::for_host(&host).await;
    for version in [&TLS12, &TLS13] {
        assert!(!waiting.admits(Some((&host.certificate, &thief.key)), version).await, "{version:?}");
    }
}

#[tokio::test]
async fn strangers_and_dawdlers_do_not_keep_the_host_out() {
    let host = Host::new();
    let mut waiting = Waiting::for_host(&host).await;
    let mut dawdlers = Vec::new();
    for _ in 0..50 {
        dawdlers.push(waiting.raw().await); // never says a word
        drop(waiting.raw().await);
        waiting.raw().await.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    }
    let admitted = waiting.admits(Some((&host.certificate, &host.key)), &TLS13);
    assert!(tokio::time::timeout(Duration::from_secs(5), admitted).await.unwrap()); // less than one dawdler is given
}

#[test]
fn what_is_not_one_certificate_is_an_error() {
    let (one, two) = (Host::new(), Host::new());
    assert!(matches!(Tls::with_client("not pem").err(), Some(TlsError::NoCertificate(_))));
    assert!(matches!(Tls::with_client(&pem(b"key").replace("CERTIFICATE", "PRIVATE KEY")).err(), Some(TlsError::NoCertificate(_))));
    assert!(matches!(Tls::with_client(&format!("{}{}", one.pem, two.pem)).err(), Some(TlsError::SeveralCertificates)));
    assert!(matches!(Tls::with_client(&pem(b"no certificate")).err(), Some(TlsError::BadCertificate(_))));
}

#[test]
fn every_process_has_its_own_certificate() {
    let host = Host::new();
    let certificates = [(); 2].map(|()| Tls::with_client(&host.pem).unwrap().certificate);
    assert_ne!(certificates[0], certificates[1]);
}
