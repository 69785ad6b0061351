//! Rules in Azure network security groups: looks at them, and makes them what they should be.
//!
//! Everything about a group is read at once and written at once; rules that are not ours are carried through unchanged. It knows Azure
//! Resource Manager's words, limits, identity and errors. It does not know the matrix, placements, or Terraform.

mod error;
mod id;

pub use error::{Answer, AzureError, Call, Detail, Source};
pub use id::{AsgId, IdError, NsgId, RuleName, SubscriptionId};
