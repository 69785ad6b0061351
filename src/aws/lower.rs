//! From our words to EC2's: permissions become what `Authorize…` and `ModifySecurityGroupRules` take.
//!
//! What cannot be written (a permission that was only ever reported, in a form we do not know) lowers to nothing.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, SecurityGroupRuleRequest, UserIdGroupPair};

use super::permission::{Peer, Permission, Traffic};

/// Protocol and ports as EC2 takes them.
struct Wire {
    protocol: String,
    from: i32,
    to: i32,
}

/// Returns permissions with the same protocol and ports as one `IpPermission` each, which is how EC2 takes many sources in one call.
pub(crate) fn ip_permissions<'a>(rules: impl IntoIterator<Item = (&'a Permission, &'a str)>) -> Vec<IpPermission> {
    let mut by_traffic: BTreeMap<&Traffic, Vec<(&Peer, &str)>> = BTreeMap::new();
    for (permission, description) in rules {
        by_traffic.entry(&permission.traffic).or_default().push((&permission.peer, description));
    }
    by_traffic.into_iter().filter_map(|(traffic, peers)| ip_permission(traffic, &peers)).collect()
}

fn ip_permission(traffic: &Traffic, peers: &[(&Peer, &str)]) -> Option<IpPermission> {
    let Wire { protocol, from, to } = wire(traffic)?;
    let mut permission = IpPermission::builder().ip_protocol(protocol).from_port(from).to_port(to);
    for (peer, description) in peers {
        let description = text(description);
        permission = match peer {
            Peer::Cidr(cidr) if cidr.is_ipv4() => {
                let range = IpRange::builder().cidr_ip(cidr.to_string()).set_description(description);
                permission.ip_ranges(range.build())
            }
            Peer::Cidr(cidr) => {
                let range = Ipv6Range::builder().cidr_ipv6(cidr.to_string()).set_description(description);
                permission.ipv6_ranges(range.build())
            }
            Peer::Group(group) => {
                let account = group.account.as_ref().map(ToString::to_string);
                let pair = UserIdGroupPair::builder().set_user_id(account).group_id(group.id.as_str()).set_description(description);
                permission.user_id_group_pairs(pair.build())
            }
            Peer::PrefixList(list) => {
                let list = PrefixListId::builder().prefix_list_id(list.as_str()).set_description(description);
                permission.prefix_list_ids(list.build())
            }
            Peer::Other(_) => permission,
        };
    }
    Some(permission.build())
}

/// Returns the whole new form of a rule; EC2 clears what is left out. There is none for a group of another account: EC2 takes no account
/// here.
pub(crate) fn rule_request(permission: &Permission, description: &str) -> Option<SecurityGroupRuleRequest> {
    let Wire { protocol, from, to } = wire(&permission.traffic)?;
    let request = SecurityGroupRuleRequest::builder().ip_protocol(protocol).from_port(from).to_port(to).set_description(text(description));
    let request = match &permission.peer {
        Peer::Cidr(cidr) if cidr.is_ipv4() => request.cidr_ipv4(cidr.to_string()),
        Peer::Cidr(cidr) => request.cidr_ipv6(cidr.to_string()),
        Peer::Group(group) if !group.is_elsewhere() => request.referenced_group_id(group.id.as_str()),
        Peer::PrefixList(list) => request.prefix_list_id(list.as_str()),
        Peer::Group(_) | Peer::Other(_) => return None,
    };
    Some(request.build())
}

/// EC2 wants ports with every protocol, and heeds them only for some; -1 is its "any".
fn wire(traffic: &Traffic) -> Option<Wire> {
    let icmp = |value: Option<u8>| value.map_or(-1, i32::from);
    let (protocol, from, to) = match traffic {
        Traffic::All => ("-1".to_owned(), -1, -1),
        Traffic::Tcp { first, last } => ("tcp".to_owned(), i32::from(*first), i32::from(*last)),
        Traffic::Udp { first, last } => ("udp".to_owned(), i32::from(*first), i32::from(*last)),
        Traffic::Icmp { kind, code } => ("icmp".to_owned(), icmp(*kind), icmp(*code)),
        Traffic::Icmpv6 { kind, code } => ("icmpv6".to_owned(), icmp(*kind), icmp(*code)),
        // All ports: EC2 takes any range here and opens the whole protocol.
        Traffic::Number(number) => (number.to_string(), 0, i32::from(u16::MAX)),
        Traffic::Other(_) => return None,
    };
    Some(Wire { protocol, from, to })
}

fn text(description: &str) -> Option<String> {
    (!description.is_empty()).then(|| description.to_owned())
}
