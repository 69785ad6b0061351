//! From EC2's words to ours: what is reported of a rule becomes a [`LiveRule`] in canonical form.
//!
//! It takes everything that EC2 may hold, also what we never write: a rule that no known form fits is still a rule, and keeps its words.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{ReferencedSecurityGroup, SecurityGroupRule, Tag};

use crate::net::{Cidr, CidrError, Direction};

use super::group_ref::{GroupRef, Stale};
use super::id::{PrefixListId, RuleId, SecurityGroupId};
use super::owner::{INSTANCE_TAG, LiveRule, Mark, NAME_TAG};
use super::permission::{Peer, Permission, Traffic};

#[cfg(test)]
mod tests;

/// Returns the rule; nothing if EC2 left out which rule or whose group it is.
pub(crate) fn live_rule(rule: &SecurityGroupRule) -> Option<LiveRule> {
    let direction = match rule.is_egress() {
        Some(true) => Direction::Egress,
        Some(false) | None => Direction::Ingress,
    };
    let permission = Permission {
        direction,
        traffic: traffic(rule.ip_protocol().unwrap_or_default(), rule.from_port(), rule.to_port()),
        peer: peer(rule),
    };
    Some(LiveRule {
        group: SecurityGroupId::reported(rule.group_id()?),
        permission,
        id: RuleId::new(rule.security_group_rule_id()?),
        description: rule.description().filter(|text| !text.is_empty()).map(str::to_owned),
        mark: mark(rule.tags()),
        tags: other_tags(rule.tags()),
    })
}

fn traffic(protocol: &str, from: Option<i32>, to: Option<i32>) -> Traffic {
    let (from, to) = (from.unwrap_or(-1), to.unwrap_or(-1));
    let other = || Traffic::Other(format!("{protocol} {from} to {to}"));
    let ports = || match (u16::try_from(from), u16::try_from(to)) {
        (Ok(first), Ok(last)) => Some((first, last)),
        (Err(_), _) | (_, Err(_)) if from == -1 && to == -1 => Some((0, u16::MAX)),
        (Err(_), _) | (_, Err(_)) => None,
    };
    let icmp = || match (u8::try_from(from), u8::try_from(to)) {
        (Ok(kind), Ok(code)) => Some((Some(kind), Some(code))),
        (Ok(kind), Err(_)) if to == -1 => Some((Some(kind), None)),
        (Err(_), Err(_)) if from == -1 && to == -1 => Some((None, None)),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => None,
    };
    match protocol.to_ascii_lowercase().as_str() {
        "-1" | "all" => Traffic::All,
        "tcp" | "6" => ports().map_or_else(other, |(first, last)| Traffic::Tcp { first, last }),
        "udp" | "17" => ports().map_or_else(other, |(first, last)| Traffic::Udp { first, last }),
        "icmp" | "1" => icmp().map_or_else(other, |(kind, code)| Traffic::Icmp { kind, code }),
        "icmpv6" | "58" => icmp().map_or_else(other, |(kind, code)| Traffic::Icmpv6 { kind, code }),
        name => match name.parse::<u8>() {
            Ok(number) => Traffic::Number(number), // Ports mean nothing here, whatever is reported.
            Err(_) => other(),
        },
    }
}

fn peer(rule: &SecurityGroupRule) -> Peer {
    if let Some(block) = rule.cidr_ipv4().or(rule.cidr_ipv6()) {
        cidr(block).map_or_else(|| Peer::Other(block.to_owned()), Peer::Cidr)
    } else if let Some(list) = rule.prefix_list_id() {
        Peer::PrefixList(PrefixListId::reported(list))
    } else if let Some(group) = rule.referenced_group_info().and_then(|info| reference(info, rule.group_owner_id())) {
        Peer::Group(group)
    } else {
        Peer::Other("an unknown peer".to_owned())
    }
}

/// The states in which a peering connection carries traffic, or is about to.
const PEERED: [&str; 4] = ["active", "initiating-request", "pending-acceptance", "provisioning"];

/// Returns the group that a rule names, out of the rules of an `owner`. EC2 names the account of every group that exists, also where it
/// is the rule's own, and leaves it out once a group of another VPC was deleted.
fn reference(info: &ReferencedSecurityGroup, owner: Option<&str>) -> Option<GroupRef> {
    let account = info.user_id().filter(|account| Some(*account) != owner).and_then(|account| account.parse().ok());
    let in_another_vpc = info.vpc_peering_connection_id().is_some() || info.peering_status().is_some();
    let status = info.peering_status().filter(|status| !PEERED.contains(status));
    let stale = match (info.user_id(), status) {
        (None, _) if in_another_vpc => Some(Stale::Deleted),
        (_, Some(status)) => {
            Some(Stale::Peering { connection: info.vpc_peering_connection_id().map(str::to_owned), status: status.to_owned() })
        }
        (_, None) => None,
    };
    Some(GroupRef { id: SecurityGroupId::reported(info.group_id()?), account, stale })
}

/// EC2 reports canonical blocks; stand-ins for it do not always.
fn cidr(block: &str) -> Option<Cidr> {
    match block.parse::<Cidr>() {
        Ok(cidr) => Some(cidr),
        Err(CidrError::HostBits { canonical, .. } | CidrError::NotCanonical { canonical, .. } | CidrError::NoPrefix { canonical, .. }) => {
            canonical.parse().ok()
        }
        Err(CidrError::Malformed { .. }) => None,
    }
}

fn other_tags(tags: &[Tag]) -> BTreeMap<String, String> {
    let others = tags.iter().filter(|tag| tag.key().is_some_and(|key| ![NAME_TAG, INSTANCE_TAG].contains(&key)));
    others.filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()))).collect()
}

fn mark(tags: &[Tag]) -> Option<Mark> {
    let value = |key: &str| tags.iter().find(|tag| tag.key() == Some(key)).and_then(Tag::value);
    Some(Mark { name: value(NAME_TAG)?.to_owned(), instance: value(INSTANCE_TAG).unwrap_or_default().to_owned() })
}
