//! The messages and services of the wire, generated from `proto/*.proto` and committed.
//!
//! Promises: what is here is what the `.proto` files say; `tests/it/codegen.rs` generates again and compares. To change
//! them, edit `proto/` and run `UPDATE_PROTO=1 cargo test --no-default-features --features codegen --test it codegen`.

/// Terraform plugin protocol 6.11: the provider's own service.
#[rustfmt::skip]
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::restriction,
    clippy::disallowed_types,
    reason = "generated; what is public and why is documented in proto/tfplugin6.proto"
)]
pub mod tfplugin6;

/// The services of the plugin host, the same for every kind of plugin.
#[rustfmt::skip]
#[allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::restriction,
    clippy::disallowed_types,
    reason = "generated; what is public and why is documented in proto/plugin.proto"
)]
pub mod plugin;

/// Both files as an encoded `google.protobuf.FileDescriptorSet`, for tools that ask by reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!("proto/descriptors.bin");
