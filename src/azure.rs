//! Rules in Azure network security groups: looks at them, and makes them what they should be.
//!
//! Everything about a group is read at once and written at once; rules that are not ours are carried through unchanged. It knows Azure
//! Resource Manager's words, limits, identity and errors. It does not know the matrix, placements, or Terraform.

pub mod audit;
mod bridge;
mod calls;
mod clash;
mod client;
mod cloud;
mod converge;
pub mod description;
mod endpoint;
mod error;
pub mod fit;
mod http;
mod id;
mod job;
mod lift;
mod looks;
mod lower;
pub mod name;
mod owner;
mod patience;
mod poll;
pub mod priority;
mod rule;
mod session;
mod settings;
mod side;
mod steps;
pub mod verdict;
pub mod void;

pub use clash::{Clash, Holder};
pub use client::Arm;
pub use error::{Answer, AzureError, Call, Detail, Source};
pub use id::{AsgId, IdError, NetworkId, NsgId, RuleName, SubscriptionId};
pub use job::{Desired, Done, Doomed, Job, Report, Wanted, WriteMode};
pub use owner::{Group, LiveRule, Mark, Observed, Owner, Whole};
pub use rule::{Access, FIRST_PRIORITY, LAST_PRIORITY, Opening, PortSet, Protocol, SecurityRule};
pub use session::{SignInError, check};
pub use settings::{Secret, Settings};
pub use side::{Ends, Kind, Side, Tag};
