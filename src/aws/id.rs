//! Names that EC2 gives: security groups, their rules, prefix lists.
//!
//! An id that EC2 could never have given cannot be built from a practitioner's text. Ids that EC2 itself reports are taken as they are.

use std::fmt;
use std::str::FromStr;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not the id of a security group.
    #[error("`{0}` is not a security group id; it looks like `sg-0123456789abcdef0`")]
    SecurityGroup(String),
    /// A security group written with the account that owns it.
    #[error("`{0}` names a group of another account, which is not supported yet; write the id alone, `sg-0123456789abcdef0`")]
    OtherAccount(String),
    /// Not the id of a prefix list.
    #[error("`{0}` is not a prefix list id; it looks like `pl-0123456789abcdef0`")]
    PrefixList(String),
}

/// The id of a security group.
///
/// ```
/// use terraform_provider_emc::aws::SecurityGroupId;
/// assert_eq!("sg-0123456789abcdef0".parse::<SecurityGroupId>().unwrap().as_str(), "sg-0123456789abcdef0");
/// assert!("sg-web".parse::<SecurityGroupId>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecurityGroupId(String);

/// The id of a prefix list, a customer's or one of AWS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrefixListId(String);

/// The id of one rule in a security group, `sgr-…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(String);

impl SecurityGroupId {
    /// Returns the id as EC2 writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes an id that EC2 reported.
    pub(crate) fn reported(id: &str) -> SecurityGroupId {
        SecurityGroupId(id.to_owned())
    }
}

impl PrefixListId {
    /// Returns the id as EC2 writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes an id that EC2 reported.
    pub(crate) fn reported(id: &str) -> PrefixListId {
        PrefixListId(id.to_owned())
    }
}

impl RuleId {
    /// Takes a rule's id as it was read earlier; nothing is checked, since only EC2 gives these.
    pub fn new(id: impl Into<String>) -> RuleId {
        RuleId(id.into())
    }

    /// Returns the id as EC2 writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SecurityGroupId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<SecurityGroupId, IdError> {
        if has_id_shape(text, "sg-") {
            return Ok(SecurityGroupId(text.to_owned()));
        }
        match text.split_once('/') {
            Some((account, id)) if is_account(account) && has_id_shape(id, "sg-") => Err(IdError::OtherAccount(text.to_owned())),
            Some(_) | None => Err(IdError::SecurityGroup(text.to_owned())),
        }
    }
}

impl FromStr for PrefixListId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<PrefixListId, IdError> {
        if has_id_shape(text, "pl-") { Ok(PrefixListId(text.to_owned())) } else { Err(IdError::PrefixList(text.to_owned())) }
    }
}

impl fmt::Display for SecurityGroupId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for PrefixListId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// EC2's ids end in 8 (old) or 17 lower-case hexadecimal digits.
fn has_id_shape(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix)
        .is_some_and(|digits| matches!(digits.len(), 8 | 17) && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
