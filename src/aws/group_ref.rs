//! A security group as the far end of a rule: which one, whose it is, and whether EC2 still knows it.
//!
//! Ids of groups are unique in all of EC2, so only the id identifies: `123456789012/sg-…` and `sg-…` are one far end, however a
//! practitioner or EC2 writes it. The account is carried along because EC2 wants it to create a rule, and cannot take it to change one.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::id::{AccountId, IdError, SecurityGroupId};

#[cfg(test)]
mod tests;

/// A group that a rule names. Two are equal when their ids are.
///
/// ```
/// use terraform_provider_emc::aws::GroupRef;
/// let partner: GroupRef = "123456789012/sg-0123456789abcdef0".parse().unwrap();
/// assert_eq!(partner.to_string(), "123456789012/sg-0123456789abcdef0");
/// assert_eq!(partner, "sg-0123456789abcdef0".parse().unwrap());
/// ```
#[derive(Debug, Clone)]
pub struct GroupRef {
    /// The group.
    pub id: SecurityGroupId,
    /// The account that has it; nothing where that is the rule's own, or was not said.
    pub account: Option<AccountId>,
    /// Why the rule names nothing any more, as EC2 tells; nothing where it does, or where nobody asked EC2.
    pub stale: Option<Stale>,
}

/// Why a reference to a group in another VPC is void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stale {
    /// The group was deleted.
    Deleted,
    /// The peering connection between the VPCs does not carry anything.
    Peering {
        /// The connection, if EC2 names it.
        connection: Option<String>,
        /// Its status, in the word of EC2.
        status: String,
    },
}

impl GroupRef {
    /// Says whether it is known to belong to another account than the rule.
    pub fn is_elsewhere(&self) -> bool {
        self.account.is_some()
    }
}

impl From<SecurityGroupId> for GroupRef {
    fn from(id: SecurityGroupId) -> GroupRef {
        GroupRef { id, account: None, stale: None }
    }
}

impl FromStr for GroupRef {
    type Err = IdError;

    fn from_str(text: &str) -> Result<GroupRef, IdError> {
        if text.starts_with("arn:") {
            return Err(IdError::arn(text));
        }
        let Some((account, id)) = text.split_once('/') else { return text.parse::<SecurityGroupId>().map(GroupRef::from) };
        match (account.parse(), id.parse()) {
            (Ok(account), Ok(id)) => Ok(GroupRef { id, account: Some(account), stale: None }),
            (Err(_), _) | (_, Err(_)) => Err(IdError::OtherAccount(text.to_owned())),
        }
    }
}

impl fmt::Display for GroupRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.account {
            Some(account) => write!(formatter, "{account}/{}", self.id),
            None => write!(formatter, "{}", self.id),
        }
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stale::Deleted => formatter.write_str("the group was deleted"),
            Stale::Peering { connection: Some(connection), status } => {
                write!(formatter, "the peering connection {connection} is `{status}`")
            }
            Stale::Peering { connection: None, status } => write!(formatter, "the peering connection is `{status}`"),
        }
    }
}

impl PartialEq for GroupRef {
    fn eq(&self, other: &GroupRef) -> bool {
        self.id == other.id
    }
}

impl Eq for GroupRef {}

impl PartialOrd for GroupRef {
    fn partial_cmp(&self, other: &GroupRef) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for GroupRef {
    fn cmp(&self, other: &GroupRef) -> Ordering {
        self.id.cmp(&other.id)
    }
}

impl Hash for GroupRef {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}
