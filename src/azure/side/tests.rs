//! Sides, and how many of them an end takes.

use super::*;

fn block(text: &str) -> Cidr {
    text.parse().unwrap()
}

fn group(name: &str) -> AsgId {
    let id = format!(
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/emc/providers/Microsoft.Network/applicationSecurityGroups/{name}"
    );
    id.parse().unwrap()
}

#[test]
fn a_block_within_another_is_left_out() {
    let side = Side::prefixes(["10.1.0.0/16", "10.0.0.0/8", "10.1.2.0/24", "11.0.0.0/8", "fd00::/8", "fd00:1::/32"].map(block));
    assert_eq!(side.unwrap().to_string(), "10.0.0.0/8, 11.0.0.0/8, fd00::/8");
    assert_eq!(Side::prefixes([]), None);
}

#[test]
fn an_end_takes_one_side_for_its_groups_and_one_for_each_family() {
    let ends = Ends {
        groups: BTreeSet::from([group("web"), group("core")]),
        prefixes: ["10.0.0.0/8", "fd00::/8", "10.1.0.0/16"].map(block).into_iter().collect(),
    };
    let sides: Vec<(Kind, String)> = ends.sides().iter().map(|side| (side.kind(), side.to_string())).collect();
    let expected = [(Kind::Groups, "core, web"), (Kind::Ipv4, "10.0.0.0/8"), (Kind::Ipv6, "fd00::/8")];
    assert_eq!(sides, expected.map(|(kind, text)| (kind, text.to_owned())));
    assert!(Ends::default().is_empty() && Ends::default().sides().is_empty());
}

#[test]
fn tags_are_the_same_in_any_case() {
    assert_eq!(Side::Tag(Tag::new("VIRTUALNETWORK")), Side::Tag(Tag::new(Tag::VIRTUAL_NETWORK)));
    assert_eq!(Tag::new("a").cmp(&Tag::new("B")), Ordering::Less);
    assert_ne!(Tag::new("Sql"), Tag::new("Storage"));
}
