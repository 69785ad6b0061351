//! The tools outside of this crate: the built provider, the Terraform CLI, Python with what `tests/tools` needs.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fs};

use serde_json::Value;

use super::Output;

/// The two registries whose addresses practitioners write; the provider is laid out for both.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// Where the provider is in a registry.
const SOURCE: &str = "emc-rollout/emc";

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The provider's executable: the one built with these tests, or the one `EMC_PROVIDER` names.
pub(crate) fn provider() -> PathBuf {
    env::var_os("EMC_PROVIDER").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_terraform-provider-emc")), PathBuf::from)
}

/// The Terraform CLI: `EMC_TERRAFORM`, or the first of `terraform` and `tofu` on PATH.
pub(crate) fn terraform() -> &'static Path {
    static FOUND: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        if let Some(named) = env::var_os("EMC_TERRAFORM") {
            return Some(PathBuf::from(named));
        }
        let path = env::var_os("PATH")?;
        let folders: Vec<PathBuf> = env::split_paths(&path).collect();
        ["terraform", "tofu"].iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file())
    };
    FOUND.get_or_init(find).as_deref().expect(
        "these tests need the Terraform CLI 1.8 or newer: install `terraform` (https://developer.hashicorp.com/terraform/install) \
         or `tofu` (https://opentofu.org/docs/intro/install) and put it on PATH, or name it with EMC_TERRAFORM",
    )
}

/// The Python of `.venv/`, which `tests/tools/venv` makes when it is missing or out of date.
pub(crate) fn python() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let made = Command::new("sh").arg(root().join("tests/tools/venv")).output().expect("`sh` runs");
        let made = Output::of("tests/tools/venv", made).ok();
        PathBuf::from(made.stdout.trim())
    })
}

/// Starts a server of `tests/tools`, which ends when the pipe to it does, whatever ends this process; and what it says of itself.
pub(crate) fn serve(script: &str, arguments: &[&str]) -> (Child, Value) {
    let mut process = Command::new(python())
        .arg(root().join("tests/tools").join(script))
        .arg("--until-eof")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the Python of .venv runs");
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said = serde_json::from_str(&line).unwrap_or_else(|error| panic!("tests/tools/{script} does not say where it listens: {error}"));
    (process, said)
}

/// An example of this package that was built with these tests: a program of theirs, whose sources are in the folder of its name.
pub(crate) fn example(name: &str) -> PathBuf {
    let built = Path::new(env!("CARGO_BIN_EXE_terraform-provider-emc")).parent().unwrap();
    let program = built.join("examples").join(format!("{name}{}", env::consts::EXE_SUFFIX));
    let how = format!("`make build` builds it, or `cargo build --example {name}` with the features of these tests");
    let age = fs::metadata(&program).and_then(|found| found.modified());
    let age = age.unwrap_or_else(|error| panic!("the example `{name}` is not built: {}: {error}; {how}", program.display()));
    // `cargo test --test it` does not build it anew.
    assert!(newest(&root().join("tests").join(name)) <= age, "the example `{name}` is older than tests/{name}; {how}");
    program
}

fn newest(folder: &Path) -> SystemTime {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let ages = entries.map(|path| if path.is_dir() { newest(&path) } else { fs::metadata(path).unwrap().modified().unwrap() });
    ages.max().unwrap()
}

/// A provider as a registry would have it.
#[derive(Debug)]
pub(crate) struct Release {
    /// Where it is in a registry, such as `emc-rollout/emc`.
    pub(crate) source: &'static str,
    pub(crate) version: String,
}

/// A filesystem mirror that holds the provider, made once for each build of it.
pub(crate) fn mirror() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| mirror_of("mirrors", &provider(), &[Release { source: SOURCE, version: env!("CARGO_PKG_VERSION").to_owned() }]))
}

/// A filesystem mirror in which a program is each of these providers, made once for each build of it in a folder of this name.
///
/// Terraform hashes the executable with every command, so the mirror holds it without debug information where `strip` can do that.
pub(crate) fn mirror_of(folder: &str, program: &Path, releases: &[Release]) -> PathBuf {
    let built = fs::metadata(program).unwrap_or_else(|error| panic!("the provider is not built: {}: {error}", program.display()));
    let age = built.modified().unwrap().duration_since(UNIX_EPOCH).unwrap().as_nanos();
    let mirrors = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let mirror = mirrors.join(format!("{age}-{}", built.len()));
    if mirror.is_dir() {
        return mirror;
    }
    // Another process may be making it too: make it aside and move it in place whole.
    let aside = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{folder}-{}", std::process::id()));
    let mut first: Option<PathBuf> = None;
    for (release, registry) in releases.iter().flat_map(|release| REGISTRIES.map(|registry| (release, registry))) {
        let file = aside.join(below_mirror(registry, release)).join(file_name(release));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        match &first {
            Some(first) => fs::hard_link(first, &file).or_else(|_| fs::copy(first, &file).map(drop)).unwrap(),
            None => place(program, &file),
        }
        first = Some(file);
    }
    let _ = fs::remove_dir_all(&mirrors); // those of older builds
    fs::create_dir_all(&mirrors).unwrap();
    if fs::rename(&aside, &mirror).is_err() {
        assert!(mirror.is_dir(), "cannot make {}", mirror.display());
        let _ = fs::remove_dir_all(&aside);
    }
    mirror
}

/// The folder of [`mirror`] in which the executable is.
pub(crate) fn installed() -> PathBuf {
    mirror().join(below_mirror(REGISTRIES[0], &Release { source: SOURCE, version: env!("CARGO_PKG_VERSION").to_owned() }))
}

fn below_mirror(registry: &str, release: &Release) -> PathBuf {
    [registry, release.source, &release.version, &format!("{}_{}", go_os(), go_arch())].iter().collect()
}

fn file_name(release: &Release) -> String {
    let (_, name) = release.source.split_once('/').unwrap();
    format!("terraform-provider-{name}_v{}{}", release.version, env::consts::EXE_SUFFIX)
}

fn place(provider: &Path, file: &Path) {
    let stripped = Command::new("strip").arg("-S").arg("-o").arg(file).arg(provider).output();
    if stripped.is_ok_and(|run| run.status.success()) && file.is_file() {
        return;
    }
    let _ = fs::remove_file(file);
    fs::hard_link(provider, file).or_else(|_| fs::copy(provider, file).map(drop)).unwrap();
}

fn go_os() -> &'static str {
    match env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

fn go_arch() -> &'static str {
    match env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    }
}
