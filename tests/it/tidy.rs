//! The invariants of the architecture: who may import whom, where numbers may stand, how files begin.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use terraform_provider_emc::matrix::Matrix;

/// Which rooms each room may name. Nothing points up, nothing sideways; `plugin` and the domain meet only in `provider`.
const ROOMS: [(&str, &[&str]); 20] = [
    ("net", &[]),
    ("suggest", &[]),
    ("matrix", &["net", "suggest"]),
    ("topology", &["matrix", "net", "suggest"]),
    ("rule", &["matrix", "net", "topology"]),
    ("note", &["matrix", "topology"]),
    ("line", &["matrix", "rule", "topology"]),
    ("expand", &["matrix", "net", "note", "rule", "topology"]),
    ("passage", &["expand", "matrix", "net", "rule", "topology"]),
    ("ask", &["line", "matrix", "net", "note", "passage", "rule", "suggest", "topology"]),
    ("diagram", &["matrix", "net", "passage", "topology"]),
    ("sheet", &["net", "passage", "topology"]),
    ("conformity", &["expand", "line", "matrix", "net", "note", "rule", "topology"]),
    ("diff", &["expand", "line", "matrix", "note", "rule", "topology"]),
    ("reconcile", &[]),
    ("stop", &[]),
    ("aws", &["net", "reconcile", "stop", "suggest"]),
    ("azure", &["net", "reconcile", "stop", "suggest"]),
    ("plugin", &[]),
    (
        "provider",
        &[
            "ask",
            "aws",
            "azure",
            "conformity",
            "diff",
            "diagram",
            "expand",
            "line",
            "matrix",
            "net",
            "note",
            "passage",
            "plugin",
            "rule",
            "sheet",
            "stop",
            "suggest",
            "topology",
        ],
    ),
];

/// Where each dependency may be named; `*` ends a prefix.
const CRATES: &[(&str, &[&str])] = &[
    ("async_trait", &["azure", "plugin", "provider"]),
    ("aws_config", &["aws"]),
    ("aws_credential_types", &["aws"]),
    ("aws_lc_rs", &["azure", "plugin"]),
    ("aws_runtime", &["aws"]),
    ("aws_sdk_*", &["aws"]),
    ("aws_smithy_*", &["aws"]),
    ("aws_types", &["aws"]),
    ("azure_core", &["azure"]),
    ("azure_core_legacy", &["azure"]),
    ("azure_identity", &["azure"]),
    ("azure_mgmt_network", &["azure"]),
    ("base64", &["azure", "plugin"]),
    ("getrandom", &["provider"]),
    ("h2", &["plugin"]),
    ("hyper", &[]),
    ("hyper_util", &[]),
    ("ipnet", &["net"]),
    ("p12_keystore", &["azure"]),
    ("prost", &["plugin"]),
    ("prost_types", &["plugin"]),
    ("protox", &[]),
    ("rcgen", &["plugin"]),
    ("reqwest", &["azure"]),
    ("rmpv", &["plugin"]),
    ("rustix", &["plugin"]),
    ("rustls", &["plugin"]),
    ("rustls_webpki", &[]),
    ("serde", &["matrix", "plugin", "provider"]),
    ("serde_json", &["azure", "matrix", "plugin", "provider"]),
    ("serde_path_to_error", &["matrix"]),
    ("sha2", &["azure", "expand", "line", "matrix"]),
    ("strsim", &["plugin", "suggest"]),
    ("thiserror", &["aws", "azure", "matrix", "net", "plugin", "topology"]),
    ("time", &["plugin"]),
    ("tokio", &["aws", "azure", "plugin", "provider", "stop"]),
    ("tokio_*", &["plugin"]),
    ("tonic", &["plugin"]),
    ("tonic_*", &["plugin"]),
    ("tracing", &["aws", "azure", "plugin", "provider"]),
    ("tracing_subscriber", &["plugin"]),
    ("unicode_normalization", &["plugin"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A source file by its path below `src`, without generated code.
fn sources() -> BTreeMap<String, String> {
    let folder = root().join("src");
    let files = files_below(&folder, "rs").into_iter();
    let named = files.map(|path| (path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()));
    named.filter(|(name, _)| !name.starts_with("plugin/proto/")).collect()
}

fn is_test(name: &str) -> bool {
    let test_support = ["plugin/client.rs", "plugin/fake.rs", "plugin/host.rs"];
    name.ends_with("tests.rs") || name.contains("/tests/") || test_support.contains(&name)
}

fn room(name: &str) -> &str {
    let first = name.split('/').next().unwrap_or(name);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// Code without comments, without the texts of literals, and without the tests at its end.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let mut code = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '/' if rest.peek() == Some(&'/') => {
                rest.by_ref().find(|character| *character == '\n');
                code.push('\n');
            }
            '"' => {
                let mut escaped = false;
                for inner in rest.by_ref() {
                    match inner {
                        _ if escaped => escaped = false,
                        '\\' => escaped = true,
                        '"' => break,
                        _ => {}
                    }
                }
                code.push_str("\"\"");
            }
            '\'' if matches!(rest.clone().nth(1), Some('\'')) || rest.peek() == Some(&'\\') => {
                let escape = rest.next() == Some('\\');
                if escape {
                    rest.next();
                }
                rest.by_ref().find(|character| *character == '\'');
                code.push_str("' '");
            }
            other => code.push(other),
        }
    }
    code
}

/// Every path in code as its first and second segment.
fn paths(code: &str) -> BTreeSet<(String, String)> {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut found = BTreeSet::new();
    for (position, _) in code.match_indices("::") {
        let before = &code[..position];
        let head: String = before.chars().rev().take_while(|character| is_word(*character)).collect::<Vec<_>>().into_iter().rev().collect();
        let is_first = !before[..before.len() - head.len()].ends_with("::");
        let next: String = code[position + 2..].chars().take_while(|character| is_word(*character)).collect();
        if is_first && !head.is_empty() {
            found.insert((head, next));
        }
    }
    found
}

#[test]
fn rooms_import_only_what_they_may() {
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.into_iter().collect();
    let mut faults = Vec::new();
    for (name, text) in sources().iter().filter(|(name, _)| !is_test(name) && !["lib.rs", "main.rs"].contains(&name.as_str())) {
        let here = room(name);
        let Some(neighbors) = allowed.get(here) else {
            faults.push(format!("{name}: room `{here}` is in no list"));
            continue;
        };
        for (head, next) in paths(&code(text)) {
            if head == "crate" && next != here && !neighbors.contains(&next.as_str()) {
                faults.push(format!("{name}: `{here}` must not know `{next}`"));
            }
            let rule = CRATES.iter().find(|(name, _)| name.strip_suffix('*').map_or(*name == head, |prefix| head.starts_with(prefix)));
            // Modules of ours may be called like a crate, and are then declared where they are used.
            let own_module = text.contains(&format!("mod {head};"))
                || text.contains(&format!("use super::{head}"))
                || text.contains(&format!("use crate::{here}::{head}"));
            if let Some((_, rooms)) = rule
                && !rooms.contains(&here)
                && !own_module
            {
                faults.push(format!("{name}: crate `{head}` has no place in `{here}`"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_dependency_has_its_rooms() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let dependencies = manifest.split("\n[dependencies]\n").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap();
    let names = dependencies.lines().filter_map(|line| line.split_once(" = ").map(|(name, _)| name.replace('-', "_"))).collect::<Vec<_>>();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        let listed = CRATES.iter().any(|(rule, _)| rule.strip_suffix('*').map_or(*rule == name, |prefix| name.starts_with(prefix)));
        assert!(listed, "say in CRATES which rooms may name `{name}`");
    }
}

#[test]
fn the_environment_is_read_at_the_edges_only() {
    for (name, text) in sources().iter().filter(|(name, _)| !is_test(name)) {
        let code = code(text);
        if code.contains("std::env") || code.contains(" env::") {
            assert!(["aws", "azure", "plugin"].contains(&room(name)), "{name} reads the environment");
        }
    }
}

#[test]
fn no_port_of_the_matrix_stands_in_code() {
    let ports: BTreeSet<String> = Matrix::embedded()
        .flows()
        .values()
        .filter_map(|flow| flow.port)
        .filter(|port| port.first() > 1023)
        .map(|port| port.to_string())
        .collect();
    assert!(ports.len() > 40, "the table has more ports than {}", ports.len());
    for (name, text) in sources().iter().filter(|(name, _)| !is_test(name)) {
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let numbers = line.split(|character: char| !character.is_ascii_digit() && character != '_').map(|word| word.replace('_', ""));
            for number in numbers {
                assert!(!ports.contains(&number), "{name} names port {number}: {line}");
            }
        }
    }
}

#[test]
fn nothing_but_the_handshake_writes_to_stdout() {
    for (name, text) in sources().iter().filter(|(name, _)| !is_test(name)) {
        let code = code(text);
        let writes = ["println!", "print!(", "stdout()"]
            .into_iter()
            .find(|word| code.contains(word) && !(*word == "print!(" && code.contains("eprint!(")));
        let writes = writes.filter(|word| !(*word == "println!" && code.replace("eprintln!", "").find("println!").is_none()));
        assert!(
            writes.is_none() || ["plugin/debug.rs", "plugin/handshake.rs", "plugin/serve.rs"].contains(&name.as_str()),
            "{name} uses {writes:?}"
        );
    }
}

#[test]
fn files_say_what_they_are() {
    let mut faults = Vec::new();
    for (name, text) in sources() {
        let is_tests = is_test(&name);
        if !text.starts_with("//! ") {
            faults.push(format!("{name} does not begin with what it is"));
        }
        let lines = text.lines().count();
        if !is_tests && lines > 400 {
            faults.push(format!("{name} has {lines} lines; 400 is the most"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn no_test_file_is_forgotten() {
    let folder = root().join("tests/it");
    let main = fs::read_to_string(folder.join("main.rs")).unwrap();
    for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_some_and(|extension| extension == "rs") && name != "main" {
            assert!(main.contains(&format!("mod {name};")), "tests/it/main.rs does not run {name}.rs");
        }
    }
}

#[test]
fn the_top_level_is_what_was_agreed() {
    let allowed = [
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "Makefile",
        "README.md",
        "docs",
        "examples",
        "proto",
        "src",
        "target",
        "tests",
    ];
    for path in fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(
            name.starts_with('.') || name == "proptest-regressions" || allowed.contains(&name.as_str()),
            "`{name}` has no place at the top level"
        );
    }
}

/// Features of the Azure crates that switch off the hiding of secrets in logs.
const TALKATIVE: [(&str, &str); 4] =
    [("azure_core", "debug"), ("azure_core", "test"), ("typespec_client_core", "debug"), ("typespec_client_core", "test")];

#[test]
fn no_crate_is_built_to_log_secrets_or_with_another_tls() {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--all-features",
            "--edges",
            "normal,build,dev",
            "--prefix",
            "none",
            "--format",
            "{p} [{f}]",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&tree.stdout).into_owned();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let features = |name: &str| -> BTreeSet<&str> {
        let of_it = text.lines().filter(|line| line.split(' ').next() == Some(name));
        of_it.filter_map(|line| line.split_once('[')).flat_map(|(_, list)| list.split([',', ']'])).collect()
    };
    assert!(features("azure_core").contains("tokio") && features("typespec_client_core").contains("http"), "{text}");
    for (name, feature) in TALKATIVE {
        assert!(!features(name).contains(feature), "`{feature}` of {name} is on");
    }
    // The lock file has what any platform needs.
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for name in ["openssl", "openssl-sys", "native-tls", "hyper-tls"] {
        assert!(!lock.contains(&format!("name = \"{name}\"")), "{name} has come into the tree");
    }
}
