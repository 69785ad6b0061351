//! What can go wrong with EC2, as evidence: which call, for which groups, where, and what EC2 said.
//!
//! [`AwsError`]'s `Display` says what happened and where; [`AwsError::advice`] says what to do about it. Neither repeats the sources,
//! which are printed once, at the edge. No text contains a secret.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::id::{RuleId, SecurityGroupId};
use super::permission::Permission;
use super::session::{SOURCES, SignInError};
use super::settings::Accounts;

#[cfg(test)]
mod tests;

/// One request to EC2, as an error tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The name of the EC2 action, which is also the IAM action without its `ec2:`.
    pub operation: &'static str,
    /// The groups it was about.
    pub groups: BTreeSet<SecurityGroupId>,
    /// The region it went to.
    pub region: String,
    /// The endpoint it went to, when that is not the region's own.
    pub endpoint: Option<String>,
}

/// Whose rule stands in the way of one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A rule without a mark.
    Foreign,
    /// A rule of the resource with this name.
    Sibling(String),
}

/// The underlying error; shared, because one answer may be awaited by several resources.
pub type Source = Arc<dyn Error + Send + Sync + 'static>;

/// Why EC2 did not do, or tell, what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AwsError {
    /// No region was configured anywhere.
    #[error("no AWS region is set")]
    NoRegion,
    /// A setting cannot be used; nothing was sent.
    #[error("the AWS settings cannot be used: {fault}")]
    Settings {
        /// What is wrong with it.
        fault: String,
    },
    /// The way to credentials is known not to lead anywhere; nothing was sent to EC2.
    #[error("{fault}")]
    SignIn {
        /// What is wrong with it.
        fault: String,
        /// What to do.
        advice: String,
    },
    /// The credentials belong to an account that is not to be worked in; nothing was sent to EC2.
    #[error("these credentials belong to the AWS account `{account}`, which {}", listed(accounts))]
    WrongAccount {
        /// The account.
        account: String,
        /// What is allowed.
        accounts: Accounts,
    },
    /// No credentials were found, or the source of them failed; nothing was sent.
    #[error("{call}: no AWS credentials could be obtained")]
    Credentials {
        /// What was to be sent.
        call: Box<Call>,
        /// The chain of reasons.
        #[source]
        source: Source,
    },
    /// EC2 answered with an error.
    #[error("{call}: EC2 answered `{code}`: {message}")]
    Refused {
        /// What was sent.
        call: Box<Call>,
        /// The error code of EC2.
        code: String,
        /// The words of EC2.
        message: String,
        /// What AWS support asks for.
        request_id: Option<String>,
    },
    /// No connection could be made.
    #[error("{call}: EC2 could not be reached")]
    Unreachable {
        /// What was to be sent.
        call: Box<Call>,
        /// The chain of reasons.
        #[source]
        source: Source,
    },
    /// The request may have been carried out, but no usable answer arrived.
    #[error("{call}: the answer was lost or could not be read")]
    Unanswered {
        /// What was sent.
        call: Box<Call>,
        /// The chain of reasons.
        #[source]
        source: Source,
    },
    /// Somebody else's rule already opens exactly what ours should.
    #[error("{group}: `{permission}` exists already as {}, {}", ids(rules), holder_words(holder))]
    Clash {
        /// The group.
        group: SecurityGroupId,
        /// What both open.
        permission: Box<Permission>,
        /// The rules in the way.
        rules: Vec<RuleId>,
        /// Whose they are.
        holder: Holder,
    },
    /// A group that should hold rules does not exist.
    #[error("{group} does not exist in {region}")]
    GroupGone {
        /// The group.
        group: SecurityGroupId,
        /// Where it was looked for.
        region: String,
    },
    /// Every call succeeded, and yet the rules are not as they should be.
    #[error("{group} in {region} does not hold what was written: {left} rules still differ after {rounds} rounds")]
    NotSettled {
        /// The group.
        group: SecurityGroupId,
        /// Its region.
        region: String,
        /// Rules that still differ.
        left: usize,
        /// How often it was tried.
        rounds: u32,
    },
    /// Terraform asked to stop; what was not begun is left as it was.
    #[error("stopped on request before {} done", unfinished(groups))]
    Stopped {
        /// Groups that are not finished.
        groups: BTreeSet<SecurityGroupId>,
    },
}

impl AwsError {
    /// Returns EC2's error code, if EC2 answered at all.
    pub fn code(&self) -> Option<&str> {
        match self {
            AwsError::Refused { code, .. } => Some(code),
            AwsError::NoRegion
            | AwsError::Settings { .. }
            | AwsError::SignIn { .. }
            | AwsError::WrongAccount { .. }
            | AwsError::Credentials { .. }
            | AwsError::Unreachable { .. }
            | AwsError::Unanswered { .. }
            | AwsError::Clash { .. }
            | AwsError::GroupGone { .. }
            | AwsError::NotSettled { .. }
            | AwsError::Stopped { .. } => None,
        }
    }

    /// Says whether EC2 refused a rule because of where the group is that it names: in a VPC that is not connected with the rule's. It has
    /// no code of its own for that.
    pub(crate) fn is_about_networks(&self) -> bool {
        matches!(self, AwsError::Refused { code, message, .. } if code == "InvalidGroup.NotFound" && message.contains("belong to different networks"))
    }

    /// Returns the groups concerned, so that a diagnostic can point at their placements; empty when all are.
    pub fn groups(&self) -> BTreeSet<SecurityGroupId> {
        match self {
            AwsError::NoRegion | AwsError::Settings { .. } | AwsError::SignIn { .. } | AwsError::WrongAccount { .. } => BTreeSet::new(),
            AwsError::Credentials { call, .. }
            | AwsError::Refused { call, .. }
            | AwsError::Unreachable { call, .. }
            | AwsError::Unanswered { call, .. } => call.groups.clone(),
            AwsError::Clash { group, .. } | AwsError::GroupGone { group, .. } | AwsError::NotSettled { group, .. } => {
                BTreeSet::from([group.clone()])
            }
            AwsError::Stopped { groups } => groups.clone(),
        }
    }

    /// Says what to do next, in whole sentences.
    pub fn advice(&self) -> String {
        match self {
            AwsError::NoRegion => "Set `region` in the provider's `aws` block, or AWS_REGION, or `region` in the AWS profile.".to_owned(),
            AwsError::Settings { .. } => "Correct the `aws` block of the provider, or what the environment says in its place.".to_owned(),
            AwsError::SignIn { advice, .. } => advice.clone(),
            AwsError::WrongAccount { .. } => {
                "Use credentials of the account that is meant (`profile`, `assume_role`), or correct the list in the provider's `aws` block."
                    .to_owned()
            }
            AwsError::Credentials { source, .. } => {
                SignInError::of(source.as_ref()).map_or_else(|| SOURCES.to_owned(), |error| error.advice.clone())
            }
            AwsError::Refused { .. } if self.is_about_networks() => {
                "A rule names a group of another VPC, and the two VPCs are not connected in a way that EC2 accepts for this: peer them in one region, or \
                 enable security group referencing on their transit gateway (for ingress rules only), or give the placement at the far end addresses \
                 and `peer_by = \"addresses\"`."
                    .to_owned()
            }
            AwsError::Refused { call, code, .. } => advice_on_code(call, code),
            AwsError::Unreachable { call, .. } => match &call.endpoint {
                Some(endpoint) => {
                    format!(
                        "Check that `{endpoint}` is the EC2 endpoint you mean and that it answers from here; it was set by \
                         `endpoints`, AWS_ENDPOINT_URL_EC2 or AWS_ENDPOINT_URL. Against a certificate that is not trusted, set `custom_ca_bundle`."
                    )
                }
                None => format!(
                    "Check that `{}` is a region of AWS, and that this machine reaches its EC2 endpoint (DNS, proxy, \
                     firewall). Against a certificate that is not trusted, set `custom_ca_bundle`.",
                    call.region
                ),
            },
            AwsError::Unanswered { call, .. } if call.operation.starts_with("Describe") => {
                "Nothing was changed by this call. Run the command again; if it stays so, look at proxies and firewalls between here and EC2."
                    .to_owned()
            }
            AwsError::Unanswered { .. } => {
                "Run `terraform apply` again: rules that were created carry the resource's mark and are recognized.".to_owned()
            }
            AwsError::Clash { rules, holder: Holder::Foreign, .. } => {
                format!(
                    "Set `adopt_existing = true` to take the rule over, or delete {}, or close the flow here with `exclude`.",
                    ids(rules)
                )
            }
            AwsError::Clash { holder: Holder::Sibling(name), .. } => format!(
                "EC2 keeps equal rules once: leave the rule to `{name}`, by `exclude` or `manage` here; or take it out there first, in an apply \
                 of its own; or merge the two resources."
            ),
            AwsError::GroupGone { .. } => {
                "Create the group again, or take it out of the placements; give groups that placements use `create_before_destroy`."
                    .to_owned()
            }
            AwsError::NotSettled { .. } => {
                "Somebody else may be writing to the same group. Run `terraform plan` to see what differs now.".to_owned()
            }
            AwsError::Stopped { .. } => "Run `terraform apply` again to finish; what was done is in the state.".to_owned(),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.operation)?;
        match self.groups.len() {
            0 => {}
            1..=3 => write!(formatter, " for {}", join(&self.groups))?,
            many => write!(formatter, " for {many} groups")?,
        }
        write!(formatter, " in {}", self.region)
    }
}

fn advice_on_code(call: &Call, code: &str) -> String {
    match code {
        "AuthFailure" | "UnrecognizedClientException" | "InvalidClientTokenId" | "SignatureDoesNotMatch" | "IncompleteSignature" => {
            "AWS does not accept these keys: check which profile or keys are used, that they belong to this partition, and this machine's clock."
                .to_owned()
        }
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => {
            "The session has expired, or this machine's clock is wrong: sign in again.".to_owned()
        }
        "OptInRequired" => format!("Enable the region `{}` for this account, or choose another.", call.region),
        "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" => {
            let tags = if call.operation.starts_with("Authorize") {
                ", and `ec2:CreateTags` for the rules that this action creates"
            } else {
                ""
            };
            // EC2 does not let policies narrow what may be looked at.
            let of = if call.operation.starts_with("Describe") { "the resource `*`" } else { "these groups" };
            format!(
                "Allow the IAM action `ec2:{}` on {of}{tags}. An encoded reason is readable with `aws sts \
                 decode-authorization-message`.",
                call.operation
            )
        }
        "RequestLimitExceeded" | "EC2ThrottledException" | "Throttling" | "ThrottlingException" => {
            "EC2 is still throttling this account after many attempts: wait, find what else calls EC2 so often, or ask AWS for a higher rate."
                .to_owned()
        }
        "RulesPerSecurityGroupLimitExceeded" => "The group would hold more rules than its quota (60 for each direction and address family, \
             unless raised; L-0EA8095F). Remove rules, set `port_ranges = \"coalesce\"` or use wider blocks (a prefix list counts as many rules as it may have entries), or ask \
             AWS for more."
            .to_owned(),
        "InvalidGroup.NotFound" | "InvalidGroupId.NotFound" => {
            "A group, or one that a rule refers to, does not exist in this region and account; see which one the message names.".to_owned()
        }
        "InvalidGroupId.Malformed" | "InvalidGroupId" => "Write the group's id, `sg-0123456789abcdef0`, not its name.".to_owned(),
        "InvalidPrefixListID.NotFound" | "InvalidPrefixListId.NotFound" => {
            "The prefix list does not exist in this region, or is not shared with this account.".to_owned()
        }
        "InvalidPermission.Duplicate" => "A rule that EC2 takes for the same exists, although none like it is reported: look for one with the \
             same protocol, ports and far end in the group, and delete it."
            .to_owned(),
        "InvalidPermission.NotFound" | "InvalidSecurityGroupRuleId.NotFound" => {
            "A rule vanished while it was being changed. Run `terraform plan` to see what there is now.".to_owned()
        }
        "InternalError" | "InternalFailure" | "Unavailable" | "ServiceUnavailable" => {
            "EC2 has trouble of its own: look at the AWS Health Dashboard and try again.".to_owned()
        }
        _ => format!("EC2 refused `{}`; its message above says why.", call.operation),
    }
}

fn ids(rules: &[RuleId]) -> String {
    join(rules)
}

fn holder_words(holder: &Holder) -> String {
    match holder {
        Holder::Foreign => "which this provider did not make".to_owned(),
        Holder::Sibling(name) => format!("which belongs to the resource with `name = \"{name}\"`"),
    }
}

fn listed(accounts: &Accounts) -> String {
    let join = |ids: &BTreeSet<String>| ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    match accounts {
        Accounts::Any => "is allowed".to_owned(),
        Accounts::Only(ids) => format!("is not among `allowed_account_ids` ({})", join(ids)),
        Accounts::AnyBut(ids) => format!("is among `forbidden_account_ids` ({})", join(ids)),
    }
}

fn unfinished(groups: &BTreeSet<SecurityGroupId>) -> String {
    match groups.len() {
        1 => format!("{} was", join(groups)),
        2..=5 => format!("{} were", join(groups)),
        many => format!("{many} groups were"),
    }
}

fn join<'a, T: fmt::Display + 'a>(items: impl IntoIterator<Item = &'a T>) -> String {
    let texts: Vec<String> = items.into_iter().map(ToString::to_string).collect();
    texts.join(", ")
}
