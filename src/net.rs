//! Words of networking: directions, protocols, port ranges, address blocks.
//!
//! Impossible values cannot be built: a [`PortRange`] is never empty or reversed, a [`Cidr`] never has host bits.
//! It knows nothing of EMC, of rules or of clouds.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use ipnet::IpNet;

mod blocks;
#[cfg(test)]
mod tests;

/// Toward (ingress) or away from (egress) the placement that holds a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Away from the local placement.
    Egress,
    /// Toward the local placement.
    Ingress,
}

impl Direction {
    /// Both directions, in the order in which people read them.
    pub const ALL: [Direction; 2] = [Direction::Ingress, Direction::Egress];

    /// Returns `ingress` or `egress`.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Egress => "egress",
            Direction::Ingress => "ingress",
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The layer-4 protocol of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP; the document's "IP-Multicast" is taken as UDP.
    Udp,
}

impl Protocol {
    /// Every protocol, for messages that list the choices.
    pub const ALL: [Protocol; 2] = [Protocol::Tcp, Protocol::Udp];

    /// Returns `tcp` or `udp`.
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }

    /// Returns the protocol with exactly this lower-case name.
    pub fn from_name(name: &str) -> Option<Protocol> {
        Protocol::ALL.into_iter().find(|protocol| protocol.as_str() == name)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Ports from first to last, both included; 1 to 65535.
///
/// ```
/// use terraform_provider_emc::net::PortRange;
/// assert_eq!("3000-3010".parse::<PortRange>().unwrap().last(), 3010);
/// assert_eq!("443".parse::<PortRange>().unwrap().to_string(), "443");
/// assert!("10-5".parse::<PortRange>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortRange {
    first: u16, // INVARIANT: 1 <= first <= last
    last: u16,
}

/// Why a text is no port, or no list of ports.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortsError {
    /// Port 0 cannot be listened on.
    #[error("port 0 cannot be opened; ports go from 1 to 65535")]
    Zero,
    /// Not a decimal number between 1 and 65535.
    #[error("`{0}` is not a port; ports go from 1 to 65535")]
    NotAPort(String),
    /// First is above last.
    #[error("`{first}-{last}` is reversed; write `{last}-{first}`")]
    Reversed {
        /// What stands before the hyphen.
        first: u16,
        /// What stands after it.
        last: u16,
    },
    /// Nothing stands beside a comma or a hyphen.
    #[error("a port is missing beside a comma or a hyphen")]
    Missing,
    /// Nothing was given.
    #[error("no port given; write one port `30091`, a range `3000-3010` or a list `3001,3005`")]
    Empty,
}

impl PortRange {
    /// Returns the range from `first` to `last`.
    ///
    /// # Errors
    /// When `first` is 0 or above `last`.
    pub fn new(first: u16, last: u16) -> Result<PortRange, PortsError> {
        match (first, last) {
            (0, _) => Err(PortsError::Zero),
            (first, last) if first > last => Err(PortsError::Reversed { first, last }),
            (first, last) => Ok(PortRange { first, last }),
        }
    }

    /// Returns the first port.
    pub fn first(self) -> u16 {
        self.first
    }

    /// Returns the last port.
    pub fn last(self) -> u16 {
        self.last
    }

    /// Returns this range, extended to `last` if that lies beyond its end.
    pub fn up_to(self, last: u16) -> PortRange {
        PortRange { first: self.first, last: self.last.max(last) }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last { write!(formatter, "{}", self.first) } else { write!(formatter, "{}-{}", self.first, self.last) }
    }
}

impl FromStr for PortRange {
    type Err = PortsError;

    fn from_str(text: &str) -> Result<PortRange, PortsError> {
        let port = |text: &str| {
            let digits = text.trim();
            if digits.is_empty() {
                return Err(PortsError::Missing);
            }
            let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            match digits.parse::<u16>() {
                Ok(0) => Err(PortsError::Zero),
                Ok(port) if plain => Ok(port),
                Ok(_) | Err(_) => Err(PortsError::NotAPort(digits.to_owned())),
            }
        };
        match text.split_once('-') {
            Some((first, last)) => PortRange::new(port(first)?, port(last)?),
            None => port(text).map(|port| PortRange { first: port, last: port }),
        }
    }
}

/// A set of ports in canonical form: sorted, overlapping and touching ranges joined.
///
/// ```
/// use terraform_provider_emc::net::Ports;
/// let ports: Ports = "3005,3001-3002,3003".parse().unwrap();
/// assert_eq!(ports.to_string(), "3001-3003,3005");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ports(Vec<PortRange>); // INVARIANT: not empty, sorted, a gap between neighbors

impl Ports {
    /// Returns the canonical form of `ranges`, or nothing for no range at all.
    pub fn new(ranges: impl IntoIterator<Item = PortRange>) -> Option<Ports> {
        let mut sorted: Vec<PortRange> = ranges.into_iter().collect();
        sorted.sort_unstable();
        let mut joined: Vec<PortRange> = Vec::with_capacity(sorted.len());
        for range in sorted {
            match joined.last_mut() {
                Some(previous) if u32::from(range.first) <= u32::from(previous.last) + 1 => previous.last = previous.last.max(range.last),
                Some(_) | None => joined.push(range),
            }
        }
        (!joined.is_empty()).then_some(Ports(joined))
    }

    /// Returns the ranges, lowest first.
    pub fn ranges(&self) -> &[PortRange] {
        &self.0
    }
}

impl From<PortRange> for Ports {
    fn from(range: PortRange) -> Ports {
        Ports(vec![range])
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str(",")?;
            }
            write!(formatter, "{range}")?;
        }
        Ok(())
    }
}

impl FromStr for Ports {
    type Err = PortsError;

    fn from_str(text: &str) -> Result<Ports, PortsError> {
        if text.trim().is_empty() {
            return Err(PortsError::Empty);
        }
        let ranges: Vec<PortRange> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
        Ports::new(ranges).ok_or(PortsError::Empty)
    }
}

/// An IPv4 or IPv6 address block in canonical form (no host bits, IPv6 compressed).
///
/// ```
/// use terraform_provider_emc::net::Cidr;
/// assert_eq!("10.20.0.0/16".parse::<Cidr>().unwrap().to_string(), "10.20.0.0/16");
/// assert!("10.0.0.5/8".parse::<Cidr>().unwrap_err().to_string().contains("10.0.0.0/8"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr(IpNet); // INVARIANT: network() == addr()

/// Why a text is no address block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    /// Host bits are set; `canonical` is what the cloud would make of it.
    #[error("`{text}` has bits set beyond its prefix; write `{canonical}`")]
    HostBits {
        /// The text as given.
        text: String,
        /// The block that contains it.
        canonical: String,
    },
    /// An address without a prefix length.
    #[error("`{text}` has no prefix length; write `{canonical}` for this one address")]
    NoPrefix {
        /// The text as given.
        text: String,
        /// The block of one address.
        canonical: String,
    },
    /// The same block is written in another way.
    #[error("`{text}` is not in canonical form; write `{canonical}`")]
    NotCanonical {
        /// The text as given.
        text: String,
        /// The spelling that clouds report back.
        canonical: String,
    },
    /// Not an address block.
    #[error("`{text}` is not an address block: {fault}")]
    Malformed {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        fault: String,
    },
}

/// Why an address block needs an explicit consent in a firewall rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It is every address there is.
    Everything,
    /// It is wider than anyone means by chance.
    Wide {
        /// The longest prefix that counts as wide.
        limit: u8,
    },
    /// It is routed publicly.
    Public,
}

impl Cidr {
    /// Tells whether this is an IPv4 block.
    pub fn is_ipv4(self) -> bool {
        matches!(self.0, IpNet::V4(_))
    }

    /// Returns the prefix length in bits.
    pub fn prefix_len(self) -> u8 {
        self.0.prefix_len()
    }

    /// Says why this block needs an explicit consent in a firewall rule, if it does.
    ///
    /// That is so for the whole address space, any part of it that is routed publicly, and a prefix of /8 and wider
    /// (IPv6: /16 and wider). The private and shared ranges of RFC 1918, RFC 6598, RFC 4193 and link-local ones are not public.
    pub fn reach(self) -> Option<Reach> {
        if self.prefix_len() == 0 {
            return Some(Reach::Everything);
        }
        let (limit, not_public) = match self.0 {
            IpNet::V4(_) => {
                (8, ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"].as_slice())
            }
            IpNet::V6(_) => (16, ["fc00::/7", "fe80::/10", "::1/128"].as_slice()),
        };
        if self.prefix_len() <= limit {
            return Some(Reach::Wide { limit });
        }
        let private = not_public.iter().filter_map(|block| block.parse::<IpNet>().ok()).any(|block| block.contains(&self.0));
        (!private).then_some(Reach::Public)
    }
}

impl From<Ipv4Addr> for Cidr {
    /// Returns the block of this one address.
    fn from(address: Ipv4Addr) -> Cidr {
        Cidr(IpNet::from(IpAddr::V4(address)))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Cidr, CidrError> {
        let malformed = |fault: &str| CidrError::Malformed { text: text.to_owned(), fault: fault.to_owned() };
        let Some((address, prefix)) = text.split_once('/') else {
            return Err(match text.parse::<IpAddr>() {
                Ok(address) => CidrError::NoPrefix { text: text.to_owned(), canonical: IpNet::from(address).to_string() },
                Err(_) => malformed("it has neither a valid address nor a prefix length"),
            });
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            return Err(malformed(&format!("`{address}` is not an IPv4 or IPv6 address")));
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length = prefix.parse::<u8>().ok().filter(|length| *length <= most && !prefix.starts_with('+'));
        let Some(length) = length else {
            return Err(malformed(&format!("the prefix length must be between 0 and {most}")));
        };
        let Ok(block) = IpNet::new(address, length) else {
            return Err(malformed(&format!("the prefix length must be between 0 and {most}")));
        };
        let canonical = block.trunc();
        if canonical != block {
            return Err(CidrError::HostBits { text: text.to_owned(), canonical: canonical.to_string() });
        }
        if canonical.to_string() != text {
            return Err(CidrError::NotCanonical { text: text.to_owned(), canonical: canonical.to_string() });
        }
        Ok(Cidr(canonical))
    }
}
