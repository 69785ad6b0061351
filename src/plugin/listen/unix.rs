//! A unix socket in a directory that the host or the system names.
//!
//! Promises: a new file that only its owner, or the group that the host names, can connect to. Knows nothing of connections.

use std::fs::{self, Permissions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

use super::ListenError;
use crate::plugin::environment::Environment;

/// Bytes that fit into a socket address everywhere; Linux would take 107.
const LONGEST_PATH: usize = 103;

/// Binds a socket with a name of its own. In order: `PLUGIN_UNIX_SOCKET_DIR` and nothing else, or `TMPDIR`, then `/tmp`.
pub(super) fn bind(environment: &Environment) -> Result<(UnixListener, PathBuf), ListenError> {
    let group = environment.get("PLUGIN_UNIX_SOCKET_GROUP").map(group_id).transpose()?;
    let directories = match environment.get("PLUGIN_UNIX_SOCKET_DIR") {
        Some(directory) => vec![directory],
        None => environment.get("TMPDIR").into_iter().chain(["/tmp"]).collect(),
    };
    let mut refusal = None;
    for directory in directories.into_iter().map(Path::new) {
        match bind_in(directory, group) {
            Ok(bound) => return Ok(bound),
            // The directory asked for first is the one to talk about.
            Err(source) => refusal = refusal.or(Some(ListenError::Socket { directory: directory.to_owned(), source })),
        }
    }
    Err(refusal.unwrap_or(ListenError::Socket { directory: PathBuf::new(), source: io::ErrorKind::NotFound.into() }))
}

fn bind_in(directory: &Path, group: Option<u32>) -> io::Result<(UnixListener, PathBuf)> {
    let path = directory.join(format!("plugin{}-{:08x}", std::process::id(), RandomState::new().build_hasher().finish() >> 32));
    if path.as_os_str().as_bytes().len() > LONGEST_PATH {
        return Err(io::Error::new(io::ErrorKind::InvalidFilename, "the path is too long for a socket"));
    }
    let listener = UnixListener::bind(&path)?;
    match restrict(&path, group) {
        Ok(()) => Ok((listener, path)),
        Err(error) => {
            // The permissions are the error to report.
            let _ = fs::remove_file(&path);
            Err(error)
        }
    }
}

fn restrict(path: &Path, group: Option<u32>) -> io::Result<()> {
    if group.is_some() {
        chown(path, None, group)?;
    }
    fs::set_permissions(path, Permissions::from_mode(if group.is_some() { 0o660 } else { 0o600 }))
}

/// A group by number or by its name in `/etc/group`; groups that only a directory service knows need their number.
fn group_id(group: &str) -> Result<u32, ListenError> {
    if let Ok(id) = group.parse() {
        return Ok(id);
    }
    let groups = fs::read_to_string("/etc/group").unwrap_or_default();
    find_group(&groups, group).ok_or_else(|| ListenError::Group(group.to_owned()))
}

pub(super) fn find_group(groups: &str, name: &str) -> Option<u32> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}
