//! Sockets and ports to listen on.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;

use tokio_stream::StreamExt as _;

use super::unix::find_group;
use super::{Endpoint, ListenError, Listener};
use crate::plugin::environment::Environment;

/// A directory of its own for a test.
fn scratch(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("listen-{}-{name}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    path
}

fn socket(listener: &Listener) -> PathBuf {
    match listener.endpoint() {
        Endpoint::Unix(path) => path.clone(),
        Endpoint::Tcp(address) => panic!("{address}"),
    }
}

#[tokio::test]
async fn the_socket_is_the_owners_and_goes_with_the_listener() {
    let directory = scratch("owner");
    let environment = Environment::from([("TMPDIR", directory.to_str().unwrap())]);
    let listener = Listener::bind(&environment).await.unwrap();
    let path = socket(&listener);
    assert!(path.starts_with(&directory));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let other = Listener::bind(&environment).await.unwrap();
    assert_ne!(socket(&other), path);
    drop(listener);
    assert!(!path.exists());
    drop(other);
    fs::remove_dir(&directory).unwrap(); // empty again
}

#[tokio::test]
async fn the_host_chooses_directory_and_group() {
    let directory = scratch("group");
    let group = fs::metadata(&directory).unwrap().gid().to_string();
    let environment = Environment::from([
        ("PLUGIN_UNIX_SOCKET_DIR", directory.to_str().unwrap()),
        ("PLUGIN_UNIX_SOCKET_GROUP", &group),
        ("TMPDIR", "/nonexistent"),
    ]);
    let listener = Listener::bind(&environment).await.unwrap();
    let metadata = fs::metadata(socket(&listener)).unwrap();
    assert_eq!((metadata.permissions().mode() & 0o777, metadata.gid().to_string()), (0o660, group));
    drop(listener);
    fs::remove_dir(&directory).unwrap();
}

#[tokio::test]
async fn a_directory_too_long_or_missing_gives_way_unless_the_host_chose_it() {
    let long = scratch(&"x".repeat(100));
    for directory in [long.to_str().unwrap(), "/nonexistent"] {
        let listener = Listener::bind(&Environment::from([("TMPDIR", directory)])).await.unwrap();
        assert!(socket(&listener).starts_with("/tmp"));
        let chosen = Listener::bind(&Environment::from([("PLUGIN_UNIX_SOCKET_DIR", directory)])).await;
        let Some(ListenError::Socket { directory: named, .. }) = chosen.err() else { panic!("bound in {directory}") };
        assert_eq!(named.to_str(), Some(directory));
    }
    fs::remove_dir(&long).unwrap();
}

#[test]
fn groups_are_found_by_name() {
    let groups = "root:x:0:\nstaff:x:50:ann,ben\nbroken\n";
    assert_eq!(find_group(groups, "staff"), Some(50));
    assert_eq!(find_group(groups, "sta"), None);
    assert_eq!(find_group(groups, "broken"), None);
}

#[tokio::test]
async fn an_unknown_group_or_network_is_an_error() {
    let unknown = Listener::bind(&Environment::from([("PLUGIN_UNIX_SOCKET_GROUP", "no such group")])).await.err().unwrap();
    assert_eq!(unknown.to_string(), "`PLUGIN_UNIX_SOCKET_GROUP` names the group `no such group`, which /etc/group does not have");
    let unknown = Listener::bind(&Environment::from([("PLUGIN_NETWORK", "carrier pigeon")])).await.err().unwrap();
    assert_eq!(unknown.to_string(), "`PLUGIN_NETWORK` is `carrier pigeon`; it can be `unix` or `tcp`");
}

/// Asks for TCP on the given ports.
async fn tcp(min: &str, max: &str) -> Result<Listener, ListenError> {
    Listener::bind(&Environment::from([("PLUGIN_NETWORK", "tcp"), ("PLUGIN_MIN_PORT", min), ("PLUGIN_MAX_PORT", max)])).await
}

fn port(listener: &Listener) -> u16 {
    match listener.endpoint() {
        Endpoint::Tcp(address) => {
            assert!(address.ip().is_loopback());
            address.port()
        }
        Endpoint::Unix(path) => panic!("{}", path.display()),
    }
}

#[tokio::test]
async fn tcp_takes_the_first_free_port_of_the_range() {
    let any = tcp("", "").await.unwrap();
    let taken = port(&any);
    assert_ne!(taken, 0);
    let refused = tcp(&taken.to_string(), &taken.to_string()).await;
    assert!(matches!(refused.err(), Some(ListenError::NoPort { min, max, .. }) if (min, max) == (taken, taken)));
    let next = tcp(&taken.to_string(), &(taken + 50).to_string()).await.unwrap();
    assert!((taken + 1..=taken + 50).contains(&port(&next)));
}

#[tokio::test]
async fn a_range_must_be_one() {
    assert!(matches!(tcp("9", "8").await.err(), Some(ListenError::PortOrder { min: 9, max: 8 })));
    assert!(matches!(tcp("1", "70000").await.err(), Some(ListenError::Port { name: "PLUGIN_MAX_PORT", .. })));
}

#[tokio::test]
async fn connections_arrive_and_the_listener_ends_with_its_stream() {
    let listener = tcp("", "").await.unwrap();
    let address = listener.endpoint().to_string();
    let mut incoming = listener.incoming(None);
    let (_client, connection) = tokio::join!(tokio::net::TcpStream::connect(&address), incoming.next());
    connection.unwrap().unwrap();
    drop(incoming);
    while tokio::net::TcpStream::connect(&address).await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}
