//! Names that AWS gives: accounts, security groups, their rules, prefix lists.
//!
//! An id that EC2 could never have given cannot be built from a practitioner's text. Ids that EC2 itself reports are taken as they are.

use std::fmt;
use std::str::FromStr;

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not the id of a security group.
    #[error("`{0}` is not a security group id; write one such as `sg-0123456789abcdef0`")]
    SecurityGroup(String),
    /// Neither an account nor a group around a slash.
    #[error(
        "`{0}` is not a security group id; write `sg-0123456789abcdef0`, or for a group of another account its twelve digits, a slash and the id: `123456789012/sg-0123456789abcdef0`"
    )]
    OtherAccount(String),
    /// The ARN of something.
    #[error("`{arn}` is an ARN; write the id, `{id}`, or for a group of another account `{account}/{id}`")]
    Arn {
        /// What was given.
        arn: String,
        /// The id in it, or one for an example.
        id: String,
        /// The account in it, or one for an example.
        account: String,
    },
    /// Not the number of an account.
    #[error("`{0}` is not the number of an AWS account, which has twelve digits")]
    Account(String),
    /// Not the id of a prefix list.
    #[error("`{0}` is not a prefix list id; write one such as `pl-0123456789abcdef0`")]
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

/// The number of an AWS account: twelve digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

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

impl IdError {
    /// Returns the error of an ARN where the id of a group belongs.
    pub(crate) fn arn(arn: &str) -> IdError {
        let id = arn.rsplit('/').next().filter(|id| has_id_shape(id, "sg-")).unwrap_or("sg-0123456789abcdef0").to_owned();
        let account = arn.split(':').nth(4).filter(|account| account.parse::<AccountId>().is_ok()).unwrap_or("123456789012").to_owned();
        IdError::Arn { arn: arn.to_owned(), id, account }
    }
}

impl AccountId {
    /// Returns its digits.
    pub fn as_str(&self) -> &str {
        &self.0
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
        if has_id_shape(text, "sg-") { Ok(SecurityGroupId(text.to_owned())) } else { Err(IdError::SecurityGroup(text.to_owned())) }
    }
}

impl FromStr for AccountId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<AccountId, IdError> {
        let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_account { Ok(AccountId(text.to_owned())) } else { Err(IdError::Account(text.to_owned())) }
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

impl fmt::Display for AccountId {
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
