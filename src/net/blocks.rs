//! Arithmetic of address blocks: what one covers of another, and what is left of it.
//!
//! Two blocks are nested or have nothing in common; families never mix.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use super::Cidr;

impl Cidr {
    /// Returns all addresses there are: one block for each family.
    pub fn everything() -> Vec<Cidr> {
        let unspecified = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
        unspecified.into_iter().filter_map(|address| IpNet::new(address, 0).ok().map(Cidr)).collect()
    }

    /// Tells whether every address of `other` is in this block.
    ///
    /// ```
    /// use terraform_provider_emc::net::Cidr;
    /// let block = |text: &str| text.parse::<Cidr>().unwrap();
    /// assert!(block("10.0.0.0/8").contains(block("10.20.0.0/16")));
    /// assert!(!block("0.0.0.0/0").contains(block("::/0")));
    /// ```
    pub fn contains(self, other: Cidr) -> bool {
        self.0.contains(&other.0)
    }

    /// Tells whether the two blocks have an address in common.
    pub fn overlaps(self, other: Cidr) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// Returns its first and its last address as numbers; those of IPv4 are below 2^32.
    ///
    /// ```
    /// use terraform_provider_emc::net::Cidr;
    /// assert_eq!("0.0.1.0/24".parse::<Cidr>().unwrap().span(), (256, 511));
    /// ```
    pub fn span(self) -> (u128, u128) {
        let number = |address: IpAddr| match address {
            IpAddr::V4(address) => u128::from(u32::from(address)),
            IpAddr::V6(address) => u128::from(address),
        };
        (number(self.0.network()), number(self.0.broadcast()))
    }

    /// Returns the blocks that together hold the IPv4 addresses from the first to the last of these numbers, as few as can be.
    ///
    /// ```
    /// use terraform_provider_emc::net::Cidr;
    /// let blocks = Cidr::spanning_ipv4(0x0a00_0000, 0x0a00_0002);
    /// assert_eq!(blocks.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/31", "10.0.0.2/32"]);
    /// ```
    pub fn spanning_ipv4(first: u32, last: u32) -> Vec<Cidr> {
        Ipv4Subnets::new(Ipv4Addr::from(first), Ipv4Addr::from(last), 0).map(|block| Cidr(IpNet::V4(block))).collect()
    }

    /// Returns the same of IPv6 addresses.
    pub fn spanning_ipv6(first: u128, last: u128) -> Vec<Cidr> {
        Ipv6Subnets::new(Ipv6Addr::from(first), Ipv6Addr::from(last), 0).map(|block| Cidr(IpNet::V6(block))).collect()
    }

    /// Returns the block of this prefix length that holds this one; nothing if that would be smaller.
    pub fn widened_to(self, prefix_len: u8) -> Option<Cidr> {
        if prefix_len > self.prefix_len() {
            return None;
        }
        IpNet::new(self.0.addr(), prefix_len).ok().map(|block| Cidr(block.trunc()))
    }

    /// Tells whether every address of this block is in one of the others.
    ///
    /// ```
    /// use terraform_provider_emc::net::Cidr;
    /// let block = |text: &str| text.parse::<Cidr>().unwrap();
    /// assert!(block("10.20.0.0/16").is_within(&[block("10.20.0.0/17"), block("10.20.128.0/17")]));
    /// ```
    pub fn is_within(self, others: &[Cidr]) -> bool {
        let near: Vec<Cidr> = others.iter().copied().filter(|other| self.overlaps(*other)).collect();
        if near.iter().any(|other| other.contains(self)) {
            return true;
        }
        !near.is_empty() && self.halves().is_some_and(|halves| halves.into_iter().all(|half| half.is_within(&near)))
    }

    /// Returns what is left of this block without the others, as few blocks, lowest first.
    ///
    /// ```
    /// use terraform_provider_emc::net::Cidr;
    /// let block = |text: &str| text.parse::<Cidr>().unwrap();
    /// assert_eq!(block("10.20.0.0/16").without(&[block("10.20.0.0/17")]), [block("10.20.128.0/17")]);
    /// ```
    pub fn without(self, others: &[Cidr]) -> Vec<Cidr> {
        let near: Vec<Cidr> = others.iter().copied().filter(|other| self.overlaps(*other)).collect();
        if near.is_empty() {
            return vec![self];
        }
        if near.iter().any(|other| other.contains(self)) {
            return Vec::new();
        }
        self.halves().into_iter().flatten().flat_map(|half| half.without(&near)).collect()
    }

    /// Returns the lower and the upper half; nothing for a single address.
    fn halves(self) -> Option<[Cidr; 2]> {
        let mut halves = self.0.subnets(self.prefix_len().checked_add(1)?).ok()?.map(Cidr);
        Some([halves.next()?, halves.next()?])
    }
}
