//! How many calls to EC2 the life of a rollout costs, by rules and groups: the least that batching allows.
//!
//! The shapes are ingress only: so many groups with `configuration` in each, which agents at so many addresses reach at two ports. Each
//! group keeps the egress rule that AWS gives it, which a look returns as well. Terraform looks with one process of the provider and
//! applies with another, so planning and applying are counted apart.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::Site;

const PORTS: usize = 2;
/// Rules in one answer of EC2.
const PAGE: usize = 1000;

/// So many groups, reached from so many addresses.
#[derive(Debug, Clone, Copy)]
struct Shape {
    groups: usize,
    addresses: usize,
}

impl Shape {
    fn rules(self) -> usize {
        self.groups * self.addresses * PORTS
    }

    /// Looks that a refresh costs: a page holds a thousand rules, a call asks about two hundred groups.
    fn looks(self) -> usize {
        (self.rules() + self.groups).div_ceil(PAGE).max(self.groups.div_ceil(200))
    }

    fn names(self) -> Vec<String> {
        (0..self.groups).map(|number| format!("g{number:03}")).collect()
    }

    fn site(self) -> Site {
        let names = self.names();
        Site::new(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The placements, with the desktops in one of this name.
    fn placements(self, desktops: &str) -> String {
        let addresses: Vec<String> = (0..self.addresses).map(|number| format!("\"10.{}.0.0/16\"", 20 + number)).collect();
        let mut text = format!("\n    {desktops} = {{ components = [\"desktop\"], cidr_ipv4 = [{}] }}\n", addresses.join(", "));
        for name in self.names() {
            writeln!(text, "    {name} = {{ components = [\"configuration\"], security_group_id = \"<{name}>\" }}").unwrap();
        }
        text
    }
}

/// Calls since the last time: those that look, and those that change something, by action.
fn calls(site: &Site) -> (usize, BTreeMap<String, u64>) {
    let calls = site.ec2.calls();
    site.forget();
    let (reads, writes): (BTreeMap<_, _>, BTreeMap<_, _>) = calls.into_iter().partition(|(action, _)| action.starts_with("Describe"));
    (usize::try_from(reads.values().sum::<u64>()).unwrap(), writes)
}

fn only(action: &str, count: usize) -> BTreeMap<String, u64> {
    BTreeMap::from([(action.to_owned(), count as u64)])
}

/// A whole life, on the EC2 of this mode; each phase costs what the least with batching is.
fn life(shape: Shape, mode: &str) {
    let plain = mode == "plain";
    let (groups, looks) = (shape.groups, if plain { 1 } else { shape.looks() });
    let site = shape.site();
    site.ec2.mode(mode);
    site.rollout(&shape.placements("agents"), "");
    let what = format!("{} rules, {groups} groups, {mode}", shape.rules());

    site.forget();
    site.workspace.plan().says("Plan: 1 to add");
    assert_eq!(calls(&site), (1, BTreeMap::new()), "{what}: plan");
    site.workspace.apply_plan();
    let (reads, writes) = calls(&site);
    assert_eq!(writes, only("AuthorizeSecurityGroupIngress", groups), "{what}: create");
    // moto answers some rules of a batch only, so each group is looked at again.
    assert!(reads <= 1 + if plain { groups } else { 0 }, "{what}: create looked {reads} times");
    assert!(
        site.state()["summary"].as_str().unwrap().starts_with(&format!("{} cloud rules", shape.rules())),
        "{}",
        site.state()["summary"]
    );

    site.workspace.plan_is_empty();
    assert_eq!(calls(&site), (looks, BTreeMap::new()), "{what}: refresh");

    site.rollout(&shape.placements("people"), "");
    site.workspace.plan();
    assert_eq!(calls(&site), (looks, BTreeMap::new()), "{what}: plan of other descriptions");
    site.workspace.apply_plan();
    assert_eq!(calls(&site), (looks, only("ModifySecurityGroupRules", groups)), "{what}: other descriptions");
    site.workspace.plan_is_empty();
    let name = format!("g{:03}", groups - 1);
    assert!(site.live(&name)[0].ends_with(": configuration.29091 row 4 from people"), "{:?}", site.live(&name)[0]);

    site.forget();
    site.workspace.destroy();
    assert_eq!(calls(&site), (2 * looks, only("RevokeSecurityGroupIngress", groups)), "{what}: destroy");
    for name in shape.names() {
        assert_eq!(site.live(&name), ["egress -1 all 0.0.0.0/0"], "{what}: {name}");
    }
}

#[test]
fn sixty_rules_in_one_group() {
    life(Shape { groups: 1, addresses: 30 }, "corrected");
}

#[test]
fn three_hundred_rules_in_five_groups() {
    life(Shape { groups: 5, addresses: 30 }, "corrected");
}

#[test]
fn a_thousand_rules_in_seventeen_groups() {
    life(Shape { groups: 17, addresses: 30 }, "corrected");
}

#[test]
fn a_thousand_rules_in_seventeen_groups_of_plain_moto() {
    life(Shape { groups: 17, addresses: 30 }, "plain");
}

#[test]
fn three_thousand_rules_in_fifty_groups() {
    life(Shape { groups: 50, addresses: 30 }, "corrected");
}

/// Both directions: every group is opened once for each direction that it has rules of, and not more.
#[test]
fn groups_that_name_each_other_cost_a_call_for_each_direction() {
    let names: Vec<String> = (0..17).map(|number| format!("g{number:03}")).collect();
    for mode in ["corrected", "plain"] {
        let site = Site::bare(&names.iter().map(String::as_str).collect::<Vec<_>>());
        site.ec2.mode(mode);
        let placements = names.iter().enumerate().fold(String::from("\n"), |mut text, (number, name)| {
            let component = if number < 5 { "desktop" } else { "configuration" };
            writeln!(text, "    {name} = {{ components = [\"{component}\"], security_group_id = \"<{name}>\" }}").unwrap();
            text
        });
        site.rollout(&placements, "");
        site.forget();
        site.workspace.apply();
        let (_, writes) = calls(&site);
        let expected = [("AuthorizeSecurityGroupEgress".to_owned(), 5), ("AuthorizeSecurityGroupIngress".to_owned(), 12)];
        assert_eq!(writes, BTreeMap::from(expected), "{mode}");
        if mode == "corrected" {
            // moto loses the descriptions of rules that name groups, and a plan says so: they are drift there.
            site.workspace.plan_is_empty();
        }
        site.forget();
        site.workspace.destroy();
        let (_, writes) = calls(&site);
        let expected = [("RevokeSecurityGroupEgress".to_owned(), 5), ("RevokeSecurityGroupIngress".to_owned(), 12)];
        assert_eq!(writes, BTreeMap::from(expected), "{mode}");
    }
}

/// The groups that calls changed.
fn written(site: &Site) -> (usize, BTreeSet<String>) {
    let log = site.ec2.log();
    let writes: Vec<&Value> = log.iter().filter(|call| !call["action"].as_str().unwrap().starts_with("Describe")).collect();
    let ids: BTreeSet<&str> = writes.iter().map(|call| call["params"]["GroupId"].as_str().unwrap()).collect();
    let named = site.groups.iter().filter(|(_, id)| ids.contains(id.as_str())).map(|(name, _)| name.clone());
    (writes.len(), named.collect())
}

#[test]
fn one_changed_address_touches_only_the_groups_that_see_it() {
    let seen = ["v0", "v1", "v2"];
    let names: Vec<String> = (0..14).map(|number| format!("g{number:03}")).chain(seen.map(str::to_owned)).collect();
    let site = Site::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let write = |desktop: &str, view: &str| {
        let shape = Shape { groups: 14, addresses: 30 };
        let mut text = shape.placements("agents").replace("10.49.0.0/16", desktop);
        writeln!(text, "    view = {{ components = [\"ids_view\"], cidr_ipv4 = [\"10.90.0.0/16\", \"{view}\"] }}").unwrap();
        for name in seen {
            writeln!(text, "    {name} = {{ components = [\"ids_voice_and_presence\"], security_group_id = \"<{name}>\" }}").unwrap();
        }
        site.rollout(&text, "");
    };
    write("10.49.0.0/16", "10.91.0.0/16");
    site.settle();
    for (desktop, view, touched) in [
        ("10.49.0.0/16", "10.92.0.0/16", seen.map(str::to_owned).to_vec()),
        ("172.16.0.0/16", "10.92.0.0/16", names.iter().filter(|name| name.starts_with('g')).cloned().collect()),
    ] {
        write(desktop, view);
        site.forget();
        site.workspace.apply();
        assert_eq!(written(&site), (touched.len(), touched.into_iter().collect()), "a call for each group that sees it");
        assert_eq!(site.ec2.count("ModifySecurityGroupRules"), site.writes().len() as u64, "in place");
        site.workspace.plan_is_empty();
    }
}

#[test]
fn five_thousand_rules_in_a_hundred_groups() {
    let shape = Shape { groups: 100, addresses: 25 };
    let site = shape.site();
    site.ec2.throttle(4.0); // With a bucket of 50 calls for each action, as AWS has it.
    site.rollout(&shape.placements("agents"), "");
    site.workspace.apply();
    assert_eq!(shape.rules(), 5000);
    assert!(site.state()["summary"].as_str().unwrap().starts_with("5000 cloud rules"), "{}", site.state()["summary"]);
    site.forget();
    site.workspace.plan_is_empty();
    let (reads, writes) = calls(&site);
    assert!(reads <= 8, "a refresh looked {reads} times");
    assert_eq!((reads, writes), (shape.looks(), BTreeMap::new()));
    site.workspace.destroy();
    assert_eq!(site.live("g099"), ["egress -1 all 0.0.0.0/0"]);
}
