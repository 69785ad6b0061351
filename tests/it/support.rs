//! The harness of the integration tests: the real Terraform CLI against the built provider, and an EC2 endpoint.
//!
//! [`Workspace`] is a folder with its own CLI configuration in which `terraform` (or `tofu`) runs; [`Ec2`] is an account of an endpoint
//! that all tests of this binary share. Both are cheap enough for every test to have its own, and safe to use from parallel tests.
//!
//! ```ignore
//! let ec2 = Ec2::new();
//! let groups = ec2.groups(&["core", "db"]);
//! let workspace = Workspace::new().with_ec2(&ec2);
//! workspace.write("main.tf", &format!("resource … \"{}\" …", groups["core"]));
//! workspace.init();
//! workspace.plan().says("Plan: 1 to add");
//! workspace.settle(); // apply, then an empty plan
//! assert_eq!(ec2.count("AuthorizeSecurityGroupIngress"), 1);
//! ```
//!
//! A missing tool fails the test with a sentence that says how to get it. `EMC_PROVIDER` names another binary to test,
//! `EMC_TERRAFORM` another CLI, `EMC_EC2_MODE=partial` an EC2 whose refused batches keep what came first, and `EMC_KEEP=1` keeps the folders of the workspaces.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a harness: tests use what they need of it, and a failure in it is the test's failure"
)]

mod arm;
mod ec2;
mod identity;
#[cfg(feature = "test-servers")]
mod official;
mod output;
#[cfg(unix)]
mod running;
mod tools;
mod workspace;

pub(crate) use arm::Arm;
pub(crate) use ec2::{AwsRules, Ec2, mode};
pub(crate) use identity::Identity;
#[cfg(feature = "test-servers")]
pub(crate) use official::Official;
pub(crate) use output::Output;
#[cfg(unix)]
pub(crate) use running::{PATIENCE, Running};
pub(crate) use tools::{provider, python, root};
pub(crate) use workspace::Workspace;
