//! Reads a permission back from the text that it displays as; what no known form fits stays as it was reported.

use std::str::FromStr;

use super::{Peer, Permission, Traffic};
use crate::net::Direction;

/// A text that no permission displays as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a cloud rule; one reads like `ingress tcp 3389 from 10.0.0.0/8`")]
pub struct PermissionError(String);

impl FromStr for Permission {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Permission, PermissionError> {
        let error = || PermissionError(text.to_owned());
        let (word, rest) = text.split_once(' ').ok_or_else(error)?;
        let direction = Direction::ALL.into_iter().find(|direction| direction.as_str() == word).ok_or_else(error)?;
        let separator = match direction {
            Direction::Ingress => " from ",
            Direction::Egress => " to ",
        };
        let (traffic, peer) = rest.split_once(separator).ok_or_else(error)?;
        Ok(Permission { direction, traffic: parse_traffic(traffic), peer: parse_peer(peer) })
    }
}

fn parse_traffic(text: &str) -> Traffic {
    let known = match text.split_once(' ') {
        None if text == "all" => Some(Traffic::All),
        None | Some(("icmp" | "icmpv6", _)) => parse_icmp(text),
        Some(("tcp", ports)) => parse_ports(ports).map(|(first, last)| Traffic::Tcp { first, last }),
        Some(("udp", ports)) => parse_ports(ports).map(|(first, last)| Traffic::Udp { first, last }),
        Some(("protocol", number)) => number.parse().ok().map(Traffic::Number),
        Some(_) => None,
    };
    known.unwrap_or_else(|| Traffic::Other(text.to_owned()))
}

fn parse_ports(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.parse().ok()?, last.parse().ok()?))
}

fn parse_icmp(text: &str) -> Option<Traffic> {
    let mut words = text.split(' ');
    let name = words.next()?;
    let (mut kind, mut code) = (None, None);
    while let Some(word) = words.next() {
        let number = words.next()?.parse().ok()?;
        match word {
            "type" => kind = Some(number),
            "code" => code = Some(number),
            _ => return None,
        }
    }
    match name {
        "icmp" => Some(Traffic::Icmp { kind, code }),
        "icmpv6" => Some(Traffic::Icmpv6 { kind, code }),
        _ => None,
    }
}

fn parse_peer(text: &str) -> Peer {
    if let Ok(cidr) = text.parse() {
        return Peer::Cidr(cidr);
    }
    if let Ok(group) = text.parse() {
        return Peer::Group(group);
    }
    text.parse().map(Peer::PrefixList).unwrap_or_else(|_| Peer::Other(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_reads_back() {
        for text in [
            "ingress tcp 3389 from 10.0.0.0/8",
            "egress all to 0.0.0.0/0",
            "egress udp 53-60 to sg-0123456789abcdef0",
            "ingress icmp type 8 code 0 from ::/0",
            "ingress icmpv6 from fd00::/8",
            "ingress protocol 2 from pl-0123456789abcdef0",
            "ingress tcp 443 from 123456789012/sg-0123456789abcdef0",
            "ingress tcp 0-65535 from somewhere else",
        ] {
            let permission: Permission = text.parse().unwrap();
            assert_eq!(permission.to_string(), text);
        }
        assert!("tcp 1 from x".parse::<Permission>().is_err());
    }
}
