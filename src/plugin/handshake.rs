//! How host and plugin find each other: a secret word in the environment one way, one line on stdout the other.
//!
//! Promises: the line is all that ever reaches the host through stdout; whatever writes there later goes to the null device.
//! Does not know what is served, nor who may connect.

use std::fmt;
use std::io::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::environment::Environment;
use super::listen::Endpoint;

/// What Terraform and OpenTofu say to show that a provider was started by them. Not a secret: the same everywhere.
pub(crate) const COOKIE: (&str, &str) = ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// Whether a host started this process, rather than a person.
pub(crate) fn started_by_host(environment: &Environment) -> bool {
    let (name, value) = COOKIE;
    environment.get(name) == Some(value)
}

/// Whether the host can speak version 6. It may not say; then it is asked to anyway, and explains itself to its user.
pub(crate) fn speaks_version_6(environment: &Environment) -> bool {
    environment.get("PLUGIN_PROTOCOL_VERSIONS").is_none_or(|versions| versions.split(',').any(|version| version.trim() == "6"))
}

/// The line: `core version|protocol version|network|address|grpc|certificate`, and a seventh field where the host asked.
pub(crate) struct Line<'a> {
    endpoint: &'a Endpoint,
    certificate: Option<&'a [u8]>,
    multiplexing_asked: bool,
}

impl<'a> Line<'a> {
    /// `certificate` is the server's in DER, absent when connections are in the clear.
    pub(crate) fn new(endpoint: &'a Endpoint, certificate: Option<&'a [u8]>, environment: &Environment) -> Line<'a> {
        // Hosts before go-plugin 1.6 split into six fields at most, so the seventh must not be volunteered.
        Line { endpoint, certificate, multiplexing_asked: environment.get("PLUGIN_MULTIPLEX_GRPC").is_some() }
    }

    /// Says it, and takes stdout away from everything else in the process.
    pub(crate) fn announce(&self) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(format!("{self}\n").as_bytes())?;
        stdout.flush()?;
        mute_stdout()
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let certificate = STANDARD_NO_PAD.encode(self.certificate.unwrap_or_default());
        write!(f, "1|6|{}|{}|grpc|{certificate}", self.endpoint.network(), self.endpoint)?;
        if self.multiplexing_asked { f.write_str("|false") } else { Ok(()) }
    }
}

/// The host reads stdout to its end without a limit on patience but with one on line length; so nothing may come after the line.
#[cfg(unix)]
fn mute_stdout() -> io::Result<()> {
    let null = std::fs::OpenOptions::new().write(true).open("/dev/null")?;
    Ok(rustix::stdio::dup2_stdout(null)?)
}

#[cfg(not(unix))]
fn mute_stdout() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
