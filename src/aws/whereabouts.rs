//! Where groups are: their VPC and account, which their rules do not tell.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::SecurityGroup;

use super::endpoint::Endpoint;
use super::error::AwsError;
use super::id::{AccountId, SecurityGroupId};
use super::looks::{GROUPS_A_CALL, describe_groups};

/// Where a group is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whereabouts {
    /// The VPC that it was made in.
    pub vpc: Option<String>,
    /// The account that has it.
    pub account: Option<AccountId>,
}

impl Whereabouts {
    /// Reads what EC2 tells of a group.
    pub(crate) fn of(group: &SecurityGroup) -> Whereabouts {
        Whereabouts { vpc: group.vpc_id().map(str::to_owned), account: group.owner_id().and_then(|account| account.parse().ok()) }
    }
}

/// Returns where groups are, without those that do not exist or may not be seen.
pub(crate) async fn locate(
    endpoint: &Endpoint,
    groups: &BTreeSet<SecurityGroupId>,
) -> Result<BTreeMap<SecurityGroupId, Whereabouts>, AwsError> {
    let groups: Vec<SecurityGroupId> = groups.iter().cloned().collect();
    let mut found = BTreeMap::new();
    for part in groups.chunks(GROUPS_A_CALL) {
        found.extend(describe_groups(endpoint, part).await?);
    }
    Ok(found)
}
