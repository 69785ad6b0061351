//! Rules in EC2 security groups: looks at them, and makes them what they should be.
//!
//! Reading is shared: everyone who looks within a moment is served by one call. Writing never leaves a gap (change, create, then
//! revoke), touches only rules under our mark, takes a refused batch or a lost answer as a reason to look again, and reports what is
//! live, whatever failed. It knows EC2's words, limits, identity and errors. It does not know the matrix, placements, or Terraform.

pub mod audit;
mod calls;
mod client;
mod converge;
pub mod description;
mod endpoint;
mod error;
mod group_ref;
mod http;
mod id;
mod job;
mod lift;
mod looks;
mod lower;
mod owner;
mod patience;
mod permission;
mod session;
mod settings;
mod steps;
mod tags;
mod weights;
mod whereabouts;

pub use client::Ec2;
pub use error::{AwsError, Call, Holder, Source};
pub use group_ref::{GroupRef, Stale};
pub use id::{AccountId, IdError, PrefixListId, RuleId, SecurityGroupId};
pub use job::{Desired, Done, Job, Report};
pub use owner::{INSTANCE_TAG, LiveRule, Mark, NAME_TAG, Observed, Owner};
pub use permission::{Family, Peer, Permission, PermissionError, Traffic};
pub use session::unreadable_files;
pub use settings::{Accounts, AssumeRole, MetadataMode, RetryMode, Settings, WebIdentity, WebIdentityToken};
pub use tags::{Tags, environment_tags, live_tags};
pub use whereabouts::Whereabouts;
