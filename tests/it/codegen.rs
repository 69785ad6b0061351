//! The committed protobuf code is what `proto/` generates today.
//!
//! `UPDATE_PROTO=1` writes the files instead of comparing them. Needs no `protoc`: the compiler is protox.

#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fs;
use std::path::{Path, PathBuf};

use prost::Message as _;

const PROTOS: [&str; 2] = ["proto/tfplugin6.proto", "proto/plugin.proto"];

const HEADER: &str = "\
// Generated from `proto/` with protox and tonic-prost-build. Do not edit; to make it anew:
// UPDATE_PROTO=1 cargo test --no-default-features --features codegen --test it codegen

";

/// File name to content, as it should be committed under `src/plugin/proto/`.
fn generated(scratch: &Path) -> Vec<(&'static str, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut compiler = protox::Compiler::new([root.join("proto")]).unwrap();
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(PROTOS.map(|file| root.join(file))).unwrap();
    tonic_prost_build::configure()
        .build_client(false)
        .btree_map(".")
        .out_dir(scratch)
        .compile_fds(compiler.file_descriptor_set())
        .unwrap();
    // Well-known types are known to every tool; without comments the set is small.
    compiler.include_imports(true).include_source_info(false);
    let descriptors = compiler.file_descriptor_set().encode_to_vec();
    let rust = |file: &str| [HEADER.as_bytes(), &fs::read(scratch.join(file)).unwrap()].concat();
    vec![
        ("tfplugin6.rs", rust("tfplugin6.rs")),
        ("plugin.rs", rust("plugin.rs")),
        ("descriptors.bin", descriptors),
    ]
}

#[test]
fn committed_code_is_what_the_protos_generate() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plugin/proto");
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("codegen");
    fs::create_dir_all(&scratch).unwrap();
    let update = std::env::var_os("UPDATE_PROTO").is_some_and(|value| value == "1");
    for (file, fresh) in generated(&scratch) {
        let path = committed.join(file);
        if update {
            fs::write(&path, fresh).unwrap();
        } else {
            let same = fs::read(&path).unwrap() == fresh;
            assert!(
                same,
                "`src/plugin/proto/{file}` differs from what `proto/` generates; its header says how to make it anew"
            );
        }
    }
}
