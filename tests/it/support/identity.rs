//! Who hands out credentials of an account besides STS: `tests/tools/identity.py`, a process for each test that asks for it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Child;

use serde_json::Value;

use super::{Ec2, tools};

/// The instance metadata, a container's endpoint, an SSO portal, a proxy, and the EC2 endpoint over HTTPS.
#[derive(Debug)]
pub(crate) struct Identity {
    said: Value,
    process: Child,
}

impl Identity {
    /// Sources that hand out keys of this account.
    pub(crate) fn of(ec2: &Ec2) -> Identity {
        let (process, said) = tools::serve("identity.py", &["--account", ec2.account(), "--behind", &ec2.endpoint()]);
        Identity { said, process }
    }

    /// The address of instance metadata (`/latest`), container (`/container`), SSO portal and OIDC service.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.said["port"])
    }

    /// The address of the proxy.
    pub(crate) fn proxy(&self) -> String {
        format!("http://127.0.0.1:{}", self.said["proxy"])
    }

    /// The address of EC2 over HTTPS.
    pub(crate) fn https(&self) -> String {
        format!("https://127.0.0.1:{}", self.said["tls"])
    }

    /// The authority that vouches for it.
    pub(crate) fn ca(&self) -> String {
        self.said["ca"].as_str().unwrap().to_owned()
    }

    /// What was asked for, such as `GET /container`, `proxy POST http://…`, `tls POST /`.
    pub(crate) fn seen(&self) -> Vec<String> {
        let port = u16::try_from(self.said["port"].as_u64().unwrap()).unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the sources of credentials answer");
        write!(stream, "GET /__seen HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").expect("an HTTP answer").1).unwrap()
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        drop(self.process.stdin.take()); // that ends it
        let _ = self.process.wait();
    }
}
