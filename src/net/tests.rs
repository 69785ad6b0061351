//! Ports and address blocks: what is taken, what is refused, and in which words.

use super::{Cidr, PortRange, Ports};

#[test]
fn err_ports_say_what_to_write() {
    let p = |text: &str| text.parse::<Ports>().unwrap_err().to_string();
    assert_eq!(p("0"), "port 0 cannot be opened; ports go from 1 to 65535");
    assert_eq!(p("70000"), "`70000` is not a port; ports go from 1 to 65535");
    assert_eq!(p("10-5"), "`10-5` is reversed; write `5-10`");
    assert_eq!(p("https"), "`https` is not a port; ports go from 1 to 65535");
    assert_eq!(p("+80"), "`+80` is not a port; ports go from 1 to 65535");
    assert_eq!(p("80,"), "`` is not a port; ports go from 1 to 65535");
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
fn wide_blocks_are_named() {
    let p = |text: &str| text.parse::<Cidr>().unwrap().too_wide();
    assert_eq!(p("0.0.0.0/0"), Some("it is every address there is"));
    assert_eq!(p("::/0"), Some("it is every address there is"));
    assert_eq!(p("10.0.0.0/8"), Some("its prefix is /8 or wider"));
    assert_eq!(p("8.8.8.0/24"), Some("it is a public range"));
    assert_eq!(p("2001:db8::/32"), Some("it is a public range"));
    assert_eq!(p("10.0.0.0/9"), None);
    assert_eq!(p("100.64.0.0/16"), None);
    assert_eq!(p("fd00:1::/32"), None);
}
