//! The process as its host sees it: this test binary starts itself as a provider.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use rustix::process::{Pid, Signal, kill_process};
use rustls::pki_types::ServerName;
use rustls::version::TLS13;
use tonic::Code;

use super::{Identity, LAST_MOMENT, Task, perform, stranger};
use crate::plugin::client::Client;
use crate::plugin::environment::Environment;
use crate::plugin::fake::Fake;
use crate::plugin::handshake::COOKIE;
use crate::plugin::host::{Host, connector};
use crate::plugin::process::Parent;
use crate::plugin::proto::plugin::Empty;
use crate::plugin::proto::tfplugin6::{call_function, stop_provider, validate_provider_config};

const IDENTITY: Identity = Identity { address: "registry.terraform.io/acme/anvil", name: "anvil", version: "1.2.3" };
const LATE: Duration = Duration::from_secs(20);

/// Says to the started process what it is to do.
const TASK: &str = "SERVE_TEST_TASK";

#[test]
#[ignore = "the process that the other tests start"]
fn child() {
    let task = if std::env::var(TASK).unwrap() == "debug" { Task::Debug } else { Task::Serve };
    let parent = Parent::at_start();
    // What the test harness has printed must not stand before the handshake on its line.
    std::io::stdout().write_all(b"\n").unwrap();
    std::process::exit(perform(task, &IDENTITY, &Environment::of_process(), Fake, parent).into());
}

/// A started process.
struct Started {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: std::thread::JoinHandle<String>,
}

/// `wrapper` is a shell that starts the process in turn and waits for it.
fn start(task: &str, wrapper: bool, variables: &[(&str, &str)]) -> Started {
    let this = std::env::current_exe().unwrap();
    let mut command = if wrapper { Command::new("/bin/sh") } else { Command::new(&this) };
    if wrapper {
        command.args(["-c", r#""$0" "$@" & wait"#]).arg(this);
    }
    command.args(["--exact", "plugin::serve::tests::child", "--ignored", "--nocapture"]);
    for name in ["TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK", "TMPDIR", "PLUGIN_CLIENT_CERT", "PLUGIN_NETWORK"] {
        command.env_remove(name);
    }
    command.env(TASK, task).envs(variables.iter().copied());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let mut stderr = child.stderr.take().unwrap();
    let stderr = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).unwrap();
        text
    });
    Started { child, stdout, stderr }
}

impl Started {
    /// The first line that holds `part`.
    fn line(&mut self, part: &str) -> String {
        let mut line = String::new();
        while !line.contains(part) {
            line.clear();
            assert_ne!(self.stdout.read_line(&mut line).unwrap(), 0, "stdout ended without `{part}`");
        }
        line.trim_end().to_owned()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end, without leaving the process behind.
    fn end(&mut self) -> (ExitStatus, Duration) {
        let begin = Instant::now();
        while begin.elapsed() < LATE {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, begin.elapsed());
            }
            std::thread::sleep(Duration::from_micros(100));
        }
        self.child.kill().unwrap();
        panic!("the process does not end");
    }
}

/// What a host knows after the handshake.
struct Met {
    network: String,
    address: String,
    certificate: Vec<u8>,
}

fn meet(started: &mut Started) -> Met {
    let line = started.line("|grpc|");
    let fields: Vec<_> = line.split('|').collect();
    let ["1", "6", network, address, "grpc", certificate] = fields[..] else { panic!("{line}") };
    Met { network: network.to_owned(), address: address.to_owned(), certificate: STANDARD_NO_PAD.decode(certificate).unwrap() }
}

async fn connect(met: &Met, host: &Host) -> Client {
    let connector = connector(&met.certificate, Some((&host.certificate, &host.key)), &TLS13);
    let name = ServerName::try_from("localhost").unwrap();
    match met.network.as_str() {
        "unix" => Client::over(connector.connect(name, tokio::net::UnixStream::connect(&met.address).await.unwrap()).await.unwrap()).await,
        _ => Client::over(connector.connect(name, tokio::net::TcpStream::connect(&met.address).await.unwrap()).await.unwrap()).await,
    }
}

async fn works(client: &Client) {
    let request = call_function::Request { name: "0".to_owned(), arguments: Vec::new() };
    client.call::<call_function::Response>("/tfplugin6.Provider/CallFunction", &request).await.unwrap();
}

/// From start to `Shutdown`, with streams and a call that never ends left open. Gives the time from answer to end.
async fn life(variables: &[(&str, &str)], busy: bool) -> Duration {
    let host = Host::new();
    let begin = Instant::now();
    let mut started = start("serve", false, &[variables, &[COOKIE, ("PLUGIN_CLIENT_CERT", &host.pem)]].concat());
    let met = meet(&mut started);
    let handshake = begin.elapsed();
    let mut rest = String::new();
    started.stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "stdout after the handshake");
    let client = connect(&met, &host).await;
    works(&client).await;
    let mut open = Vec::new();
    if busy {
        let mut stdio = client.open("/plugin.GRPCStdio/StreamStdio").await;
        stdio.send(&(), true);
        let broker = client.open("/plugin.GRPCBroker/StartStream").await;
        let mut stuck = client.open("/tfplugin6.Provider/ValidateProviderConfig").await;
        stuck.send(&validate_provider_config::Request::default(), true);
        open.extend([stdio, broker, stuck]);
        works(&client).await;
    }
    client.call::<Empty>("/plugin.GRPCController/Shutdown", &Empty {}).await.unwrap();
    let (status, took) = tokio::task::spawn_blocking(move || started.end()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(met.network != "unix" || !Path::new(&met.address).exists(), "the socket is left behind");
    eprintln!("busy {busy}, {}: handshake after {handshake:?}, end after {took:?}", met.network);
    took
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_meets_uses_and_ends_the_process() {
    for network in ["unix", "tcp"] {
        for busy in [false, true] {
            let took = life(&[("PLUGIN_NETWORK", network), ("PLUGIN_PROTOCOL_VERSIONS", "5,6")], busy).await;
            assert!(took < LAST_MOMENT / 2, "the end had to be forced: {took:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_is_the_hosts_business_and_termination_is_not() {
    let host = Host::new();
    let mut started = start("serve", false, &[COOKIE, ("PLUGIN_CLIENT_CERT", &host.pem)]);
    let met = meet(&mut started);
    for _ in 0..3 {
        started.signal(Signal::INT);
        works(&connect(&met, &host).await).await;
    }
    started.signal(Signal::TERM);
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&started.end().0), Some(Signal::TERM.as_raw()));
    std::fs::remove_file(met.address).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_host_leaves_no_orphan() {
    let host = Host::new();
    let mut started = start("serve", true, &[COOKIE, ("PLUGIN_CLIENT_CERT", &host.pem)]);
    let met = meet(&mut started);
    works(&connect(&met, &host).await).await;
    started.child.kill().unwrap(); // the shell between us and the process
    started.child.wait().unwrap();
    // Nobody has stderr open any more: shell and process are gone.
    let begin = Instant::now();
    while !started.stderr.is_finished() {
        if begin.elapsed() > LATE {
            let file = PathBuf::from(met.address).file_name().unwrap().to_str().unwrap().to_owned();
            let id = file.trim_start_matches("plugin").split('-').next().unwrap().parse().unwrap();
            kill_process(Pid::from_raw(id).unwrap(), Signal::KILL).unwrap();
            panic!("the process lives on");
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(!PathBuf::from(met.address).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_reported_the_way_hosts_look_for() {
    let host = Host::new();
    let mut started = start("serve", false, &[COOKIE, ("PLUGIN_CLIENT_CERT", &host.pem)]);
    let client = connect(&meet(&mut started), &host).await;
    let stopped = client.call::<stop_provider::Response>("/tfplugin6.Provider/StopProvider", &stop_provider::Request {}).await;
    assert!(stopped.is_err());
    client.call::<Empty>("/plugin.GRPCController/Shutdown", &Empty {}).await.unwrap();
    started.end();
    let stderr = started.stderr.join().unwrap();
    let mut lines = stderr.lines().skip_while(|line| !line.starts_with("panic: "));
    assert!(lines.next().unwrap().starts_with("panic: asked to stop [src/plugin/fake.rs:"), "{stderr}");
    assert_eq!((lines.next(), lines.next()), (Some(""), Some("terraform-provider-anvil 1.2.3")));
    assert!(lines.next().is_some(), "no backtrace: {stderr}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_certificate_hosts_talk_in_the_clear() {
    let mut started = start("serve", false, &[COOKIE, ("PLUGIN_NETWORK", "tcp"), ("TF_LOG", "TRACE")]);
    let met = meet(&mut started);
    assert_eq!(met.certificate, Vec::<u8>::new());
    let client = Client::over(tokio::net::TcpStream::connect(&met.address).await.unwrap()).await;
    works(&client).await;
    client.call::<Empty>("/plugin.GRPCController/Shutdown", &Empty {}).await.unwrap();
    started.end();
    for line in started.stderr.join().unwrap().lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).unwrap()["@message"].is_string(), "{line}");
    }
}

#[test]
fn a_person_gets_one_sentence() {
    let mut started = start("serve", false, &[(COOKIE.0, "")]);
    let (status, _) = started.end();
    assert_eq!(status.code(), Some(1));
    assert_eq!(started.stderr.join().unwrap(), stranger(&IDENTITY) + "\n");
    assert_eq!(stranger(&IDENTITY).lines().count(), 1);
    let mut stdout = String::new();
    started.stdout.read_to_string(&mut stdout).unwrap();
    assert!(!stdout.contains('|'), "{stdout}");
}

#[test]
fn a_host_s_certificate_that_is_none_is_fatal() {
    let mut started = start("serve", false, &[COOKIE, ("PLUGIN_CLIENT_CERT", "nonsense")]);
    assert_eq!(started.end().0.code(), Some(1));
    let stderr = started.stderr.join().unwrap();
    assert!(
        stderr.starts_with("terraform-provider-anvil cannot go on: `PLUGIN_CLIENT_CERT` does not hold a certificate in PEM: "),
        "{stderr}"
    );
    let mut stdout = String::new();
    started.stdout.read_to_string(&mut stdout).unwrap();
    assert!(!stdout.contains("grpc"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_debugged_provider_serves_many_hosts_and_ends_on_ctrl_c() {
    let mut started = start("debug", false, &[]);
    let line = started.line("TF_REATTACH_PROVIDERS='");
    let json = line.trim().trim_start_matches("TF_REATTACH_PROVIDERS='").trim_end_matches('\'');
    let attachments: serde_json::Value = serde_json::from_str(json).unwrap();
    let attachment = &attachments["registry.opentofu.org/acme/anvil"];
    assert_eq!(attachment["Pid"], started.child.id());
    let address = attachment["Addr"]["String"].as_str().unwrap();
    for _ in 0..3 {
        drop(tokio::net::UnixStream::connect(address).await.unwrap()); // hosts knock first
        works(&Client::over(tokio::net::UnixStream::connect(address).await.unwrap()).await).await;
    }
    let client = Client::over(tokio::net::UnixStream::connect(address).await.unwrap()).await;
    let mut stuck = client.open("/tfplugin6.Provider/ValidateProviderConfig").await;
    stuck.send(&validate_provider_config::Request::default(), true);
    works(&client).await;
    started.signal(Signal::INT);
    assert_eq!(started.end().0.code(), Some(0));
    assert_eq!(stuck.finish().await.1, Code::Unavailable);
    assert!(!Path::new(address).exists());
}

#[test]
fn the_command_line_is_understood() {
    let task = |arguments: &[&str]| Task::of(arguments.iter().map(Into::into));
    assert_eq!(task(&[]), Task::Serve);
    assert_eq!(task(&["-debug"]), Task::Debug);
    assert_eq!(task(&["--debug"]), Task::Debug);
    assert_eq!(task(&["--version"]), Task::Version);
    assert_eq!(task(&["--help"]), Task::Help);
    assert_eq!(task(&["apply"]), Task::Unknown("apply".to_owned()));
    assert_eq!(task(&["-debug", "apply"]), Task::Unknown("apply".to_owned()));
}
