//! Ports and address blocks: what is taken, what is refused, and in which words.

use proptest::prelude::*;

use super::{Cidr, PortRange, Ports, Reach};

#[test]
fn err_ports_say_what_to_write() {
    let p = |text: &str| text.parse::<Ports>().unwrap_err().to_string();
    assert_eq!(p("0"), "port 0 cannot be opened; ports go from 1 to 65535");
    assert_eq!(p("70000"), "`70000` is not a port; ports go from 1 to 65535");
    assert_eq!(p("10-5"), "`10-5` is reversed; write `5-10`");
    assert_eq!(p("https"), "`https` is not a port; ports go from 1 to 65535");
    assert_eq!(p("+80"), "`+80` is not a port; ports go from 1 to 65535");
    assert_eq!(p("80,"), "a port is missing beside a comma or a hyphen");
    assert_eq!(p(" "), "no port given; write one port `30091`, a range `3000-3010` or a list `3001,3005`");
}

#[test]
fn ok_ports_become_canonical() {
    let p = |text: &str| text.parse::<Ports>().unwrap().to_string();
    assert_eq!(p("30091"), "30091");
    assert_eq!(p("3000-3010"), "3000-3010");
    assert_eq!(p("3005,3001"), "3001,3005");
    assert_eq!(p("1-65535,80"), "1-65535");
    assert_eq!(p("1, 2, 3"), "1-3");
    assert_eq!(PortRange::new(65535, 65535).unwrap().to_string(), "65535");
}

#[test]
fn err_cidr_gives_the_canonical_form_or_the_fault() {
    let p = |text: &str| text.parse::<Cidr>().unwrap_err().to_string();
    assert_eq!(p("10.0.0.5/8"), "`10.0.0.5/8` has bits set beyond its prefix; write `10.0.0.0/8`");
    assert_eq!(p("300.1.1.1/8"), "`300.1.1.1/8` is not an address block: `300.1.1.1` is not an IPv4 or IPv6 address");
    assert_eq!(p("::1/129"), "`::1/129` is not an address block: the prefix length must be between 0 and 128");
    assert_eq!(p("10.0.0.0/33"), "`10.0.0.0/33` is not an address block: the prefix length must be between 0 and 32");
    assert_eq!(p("10.1.2.3"), "`10.1.2.3` has no prefix length; write `10.1.2.3/32` for this one address");
    assert_eq!(p("FD00::/8"), "`FD00::/8` is not in canonical form; write `fd00::/8`");
    assert_eq!(p("agents"), "`agents` is not an address block: it has neither a valid address nor a prefix length");
}

#[test]
fn blocks_that_need_consent_are_told_by_kind() {
    let p = |text: &str| text.parse::<Cidr>().unwrap().reach();
    assert_eq!(p("0.0.0.0/0"), Some(Reach::Everything));
    assert_eq!(p("::/0"), Some(Reach::Everything));
    assert_eq!(p("10.0.0.0/8"), Some(Reach::Wide { limit: 8 }));
    assert_eq!(p("8.8.8.0/24"), Some(Reach::Public));
    assert_eq!(p("2001:db8::/32"), Some(Reach::Public));
    assert_eq!(p("fc00::/7"), Some(Reach::Wide { limit: 16 }));
    assert_eq!(p("10.0.0.0/9"), None);
    assert_eq!(p("100.64.0.0/16"), None);
    assert_eq!(p("fd00:1::/32"), None);
}

fn block(text: &str) -> Cidr {
    text.parse().unwrap()
}

#[test]
fn blocks_are_nested_or_apart() {
    assert!(block("10.0.0.0/8").contains(block("10.0.0.0/8")));
    assert!(!block("10.20.0.0/16").contains(block("10.0.0.0/8")));
    assert!(block("10.20.0.0/16").overlaps(block("10.0.0.0/8")));
    assert!(!block("10.20.0.0/16").overlaps(block("10.21.0.0/16")));
    assert!(!block("::/0").overlaps(block("10.0.0.0/8")), "families never mix");
    assert_eq!(block("10.20.0.0/16").widened_to(8), Some(block("10.0.0.0/8")));
    assert_eq!(block("10.20.0.0/16").widened_to(17), None);
}

#[test]
fn what_is_left_of_a_block_is_as_few_blocks() {
    let left = |whole: &str, others: &[&str]| {
        let others: Vec<Cidr> = others.iter().map(|other| block(other)).collect();
        let left = block(whole).without(&others).iter().map(Cidr::to_string).collect::<Vec<_>>();
        assert_eq!(left.is_empty(), block(whole).is_within(&others), "{whole} within {others:?}");
        left
    };
    assert_eq!(left("10.20.0.0/16", &[]), ["10.20.0.0/16"]);
    assert_eq!(left("10.20.0.0/16", &["10.0.0.0/8"]), [""; 0]);
    assert_eq!(left("10.20.0.0/16", &["10.20.0.0/17", "10.20.128.0/17"]), [""; 0]);
    assert_eq!(left("10.20.0.0/30", &["10.20.0.1/32"]), ["10.20.0.0/32", "10.20.0.2/31"]);
    assert_eq!(left("fd00::/126", &["fd00::2/127", "10.0.0.0/8"]), ["fd00::/127"]);
    assert_eq!(left("10.1.1.1/32", &["10.1.1.1/32"]), [""; 0]);
    assert_eq!(left("::/0", &["::/1", "8000::/1"]), [""; 0]);
}

proptest! {
    /// Addresses 0 to 63 of 10.0.0.0/26, one by one.
    #[test]
    fn what_is_left_is_what_the_others_do_not_have(
        whole in (0_u8..64, 26_u8..=32),
        others in proptest::collection::vec((0_u8..64, 26_u8..=32), 0..8),
    ) {
        let block = |(last, length): (u8, u8)| block(&format!("10.0.0.{last}/32")).widened_to(length).unwrap();
        let (whole, others) = (block(whole), others.into_iter().map(block).collect::<Vec<_>>());
        let left = whole.without(&others);
        prop_assert_eq!(left.is_empty(), whole.is_within(&others));
        for last in 0..64 {
            let address = block((last, 32));
            let wanted = whole.contains(address) && !others.iter().any(|other| other.contains(address));
            prop_assert_eq!(left.iter().filter(|part| part.contains(address)).count(), usize::from(wanted));
        }
    }
}
