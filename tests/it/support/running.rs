//! Terraform as a process that is interrupted or killed, with or without its provider.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Output, Workspace};

/// The longest that a command may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A command of the CLI that runs in a process group of its own.
pub(crate) struct Running<'a> {
    workspace: &'a Workspace,
    command: String,
    child: Child,
}

impl Running<'_> {
    pub(crate) fn start<'a>(workspace: &'a Workspace, arguments: &[&str]) -> Running<'a> {
        let file = |name: &str| File::create(workspace.path().join(name)).unwrap();
        let child = workspace.command(arguments).stdout(file("stdout")).stderr(file("stderr")).process_group(0).spawn().unwrap();
        Running { workspace, command: format!("terraform {}", arguments.join(" ")), child }
    }

    /// Waits until something is so; fails if the command ends first.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, what: &str, mut done: impl FnMut() -> bool) {
        let began = Instant::now();
        while !done() {
            if let Some(status) = self.child.try_wait().unwrap() {
                assert!(done(), "{what} did not happen:\n{}", self.output(status).text());
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{what} did not happen");
            sleep(Duration::from_millis(100));
        }
    }

    /// As Ctrl-C in a shell: to the CLI and to the provider.
    pub(crate) fn interrupt(&self) {
        signal("INT", &format!("-{}", self.child.id()));
    }

    /// Waits until the CLI has heard Ctrl-C.
    #[track_caller]
    pub(crate) fn wait_until_interrupted(&mut self) {
        let stdout = self.workspace.path().join("stdout");
        self.wait_for("Ctrl-C", || String::from_utf8_lossy(&fs::read(&stdout).unwrap()).contains("Interrupt received."));
    }

    /// Kills the provider, and with `all` the CLI before it.
    pub(crate) fn kill(&self, all: bool) {
        let providers = providers(self.child.id());
        assert_eq!(providers.len(), 1, "one provider process");
        if all {
            signal("KILL", &self.child.id().to_string());
        }
        signal("KILL", &providers[0].to_string());
    }

    /// Waits until the command has ended.
    #[track_caller]
    pub(crate) fn finish(mut self, limit: Duration) -> Output {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return self.output(status);
            }
            if began.elapsed() > limit {
                self.interrupt();
                signal("KILL", &format!("-{}", self.child.id()));
                let status = self.child.wait().unwrap();
                panic!("`{}` has not ended within {limit:?}:\n{}", self.command, self.output(status).text());
            }
            sleep(Duration::from_millis(20));
        }
    }

    fn output(&self, status: ExitStatus) -> Output {
        let read = |name: &str| fs::read(self.workspace.path().join(name)).unwrap();
        Output::of(&self.command, std::process::Output { status, stdout: read("stdout"), stderr: read("stderr") })
    }
}

/// The provider processes of one CLI process; one that has ended but was not waited for yet does not count.
fn providers(terraform: u32) -> Vec<u32> {
    let provider = |(process, parent, state, name): (u32, u32, String, String)| {
        (parent == terraform && name.contains("terraform-provi") && !state.starts_with('Z')).then_some(process)
    };
    processes().into_iter().filter_map(provider).collect()
}

/// Every process: its id, its parent's, its state and its name.
fn processes() -> Vec<(u32, u32, String, String)> {
    if !Path::new("/proc/self/stat").exists() {
        let listed = Command::new("ps").args(["-axo", "pid=,ppid=,stat=,comm="]).output().expect("`ps` runs");
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let words = listed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).filter(|words| words.len() >= 4);
        return words
            .map(|words| (words[0].parse().unwrap(), words[1].parse().unwrap(), words[2].to_owned(), words[3..].join(" ")))
            .collect();
    }
    let ids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let stat = |id: u32| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?; // it may have ended meanwhile
        let (name, rest) = stat.rsplit_once(')')?;
        let mut rest = rest.split_whitespace();
        let (state, parent) = (rest.next()?.to_owned(), rest.next()?.parse().ok()?);
        Some((id, parent, state, name.to_owned()))
    };
    ids.filter_map(stat).collect()
}

/// Through the shell, which can by itself: not every machine has a program for it.
fn signal(signal: &str, process: &str) {
    assert!(
        Command::new("sh").args(["-c", "kill -s \"$0\" -- \"$1\"", signal, process]).status().unwrap().success(),
        "kill {signal} {process}"
    );
}
