//! Quotas, descriptions and clashes, found before anything is sent.

use super::*;
use crate::aws::owner::Mark;
use crate::aws::tags::Tags;
use crate::net::Protocol;

const GROUP: &str = "sg-00000000000000001";

#[test]
fn a_group_at_its_limit_is_fine_and_one_more_is_not() {
    let mut job = job((1..=60).map(|port| ingress(port, "10.0.0.0/8")));
    let live = BTreeMap::from([(group(), Observed::Live(Vec::new()))]);
    assert_eq!(audit(&job, &live, &Quota::default()), []);
    add(&mut job, ingress(61, "10.0.0.0/8"));
    assert_eq!(
        audit(&job, &live, &Quota::default()),
        [Finding::OverQuota { group: group(), direction: Direction::Ingress, family: Family::Ipv4, desired: 61, others: 0, limit: 60 }]
    );
    let raised = Quota { limit: 100, ..Quota::default() };
    assert_eq!(audit(&job, &live, &raised), []);
}

#[test]
fn families_count_apart_and_groups_count_in_both() {
    let rules = (1..=60).flat_map(|port| [ingress(port, "10.0.0.0/8"), ingress(port, "2001:db8::/32")]);
    let mut job = job(rules);
    assert_eq!(audit(&job, &BTreeMap::new(), &Quota::default()), []);
    let peer = Peer::Group("123456789012/sg-00000000000000002".parse().unwrap());
    add(&mut job, Permission::new(Direction::Ingress, Protocol::Tcp, "99".parse().unwrap(), peer));
    let families: Vec<Family> = audit(&job, &BTreeMap::new(), &Quota::default())
        .into_iter()
        .map(|finding| {
            let Finding::OverQuota { family, desired: 61, .. } = finding else { panic!("{finding:?}") };
            family
        })
        .collect();
    assert_eq!(families, Family::ALL);
}

#[test]
fn everyone_elses_rules_take_room_and_ours_that_go_do_not() {
    let job = job((1..=30).map(|port| ingress(port, "10.0.0.0/8")));
    let ours = Some(mark("core"));
    let sibling = Some(mark("other"));
    let mut rules: Vec<LiveRule> = (101..=131).map(|port| live(ingress(port, "10.0.0.0/8"), sibling.clone())).collect();
    let observed = |rules: &[LiveRule]| BTreeMap::from([(group(), Observed::Live(rules.to_vec()))]);
    assert!(matches!(audit(&job, &observed(&rules), &Quota::default())[..], [Finding::OverQuota { desired: 30, others: 31, .. }]));
    rules.pop();
    assert_eq!(audit(&job, &observed(&rules), &Quota::default()), []);
    rules.push(live(ingress(1, "10.0.0.0/8"), ours.clone()));
    rules.push(live(ingress(200, "10.0.0.0/8"), ours.clone()));
    assert_eq!(audit(&job, &observed(&rules), &Quota::default()), [], "the one that goes becomes one that comes");
}

#[test]
fn a_peak_above_the_quota_is_told_apart() {
    let from_group = |port: u16| Permission { peer: Peer::Group("sg-00000000000000002".parse().unwrap()), ..ingress(port, "10.0.0.0/8") };
    let rules: Vec<LiveRule> = (1..=40).map(|port| live(from_group(port), Some(mark("core")))).collect();
    let observed = BTreeMap::from([(group(), Observed::Live(rules))]);
    assert_eq!(
        audit(&job((1..=40).map(|port| ingress(port, "10.0.0.0/8"))), &observed, &Quota::default()),
        [Finding::OverQuotaMeanwhile { group: group(), direction: Direction::Ingress, family: Family::Ipv4, peak: 80, limit: 60 }]
    );
    for block in ["10.0.0.0/8", "2001:db8::/32"] {
        let rules: Vec<LiveRule> = (1..=60).map(|port| live(ingress(port, block), Some(mark("core")))).collect();
        let observed = BTreeMap::from([(group(), Observed::Live(rules))]);
        let other = if block == "10.0.0.0/8" { "172.16.0.0/12" } else { "2001:db8:1::/48" };
        let job = job((101..=160).map(|port| ingress(port, other)));
        assert_eq!(audit(&job, &observed, &Quota::default()), [], "rules of one kind change in place, which takes no room");
    }
}

#[test]
fn a_prefix_list_counts_what_it_weighs() {
    let list: PrefixListId = "pl-00000000000000001".parse().unwrap();
    let permission = Permission::new(Direction::Egress, Protocol::Tcp, "443".parse().unwrap(), Peer::PrefixList(list.clone()));
    let quota = Quota { limit: 60, weights: BTreeMap::from([(list.clone(), Weight { entries: 55, family: None })]) };
    assert_eq!(usage([&permission], &quota)[&(Direction::Egress, Family::Ipv6)], 55);
    assert_eq!(usage([&permission], &Quota::default())[&(Direction::Egress, Family::Ipv4)], 1);
    assert_eq!(usage([&permission], &quota)[&(Direction::Ingress, Family::Ipv4)], 0);
    let other = Permission { traffic: super::super::permission::Traffic::All, ..permission.clone() };
    let job = job([permission.clone(), other]);
    assert_eq!(audit(&job, &BTreeMap::new(), &quota).len(), 2, "twice 55 is too much in both families");
    let ipv6 = Quota { limit: 60, weights: BTreeMap::from([(list, Weight { entries: 55, family: Some(Family::Ipv6) })]) };
    assert_eq!(usage([&permission], &ipv6)[&(Direction::Egress, Family::Ipv4)], 0);
    assert!(matches!(audit(&job, &BTreeMap::new(), &ipv6)[..], [Finding::OverQuota { family: Family::Ipv6, desired: 110, .. }]));
}

#[test]
fn clashes_bad_descriptions_and_missing_groups_are_found() {
    let mut job = job([ingress(1, "10.0.0.0/8"), ingress(2, "10.0.0.0/8")]);
    let rules = vec![live(ingress(1, "10.0.0.0/8"), None), live(ingress(2, "10.0.0.0/8"), Some(mark("other")))];
    let observed = BTreeMap::from([(group(), Observed::Live(rules))]);
    let holders: Vec<Holder> = audit(&job, &observed, &Quota::default())
        .into_iter()
        .map(|finding| {
            let Finding::Clash { holder, .. } = finding else { panic!("{finding:?}") };
            holder
        })
        .collect();
    assert_eq!(holders, [Holder::Foreign, Holder::Sibling("other".to_owned())]);

    let gone = BTreeMap::from([(group(), Observed::Gone)]);
    assert_eq!(audit(&job, &gone, &Quota::default()), [Finding::GroupGone { group: group() }]);
    job.new_groups.insert(group());
    assert_eq!(audit(&job, &gone, &Quota::default()), []);

    job.desired.get_mut(&group()).unwrap().insert(ingress(3, "10.0.0.0/8"), "a > b".to_owned());
    assert!(matches!(
        &audit(&job, &gone, &Quota::default())[..],
        [Finding::Description { fault: DescriptionFault::Characters(refused), .. }] if *refused == ['>']
    ));
}

#[test]
fn what_becomes_ours_is_found_with_its_former_owner() {
    let mut job = job([ingress(1, "10.0.0.0/8"), ingress(2, "10.0.0.0/8"), ingress(3, "10.0.0.0/8")]);
    job.adopt_existing = true;
    let lost = Mark { instance: "i-former".to_owned(), ..mark("core") };
    let renamed = Mark { name: "former".to_owned(), ..mark("core") };
    let rules = [
        live(ingress(1, "10.0.0.0/8"), None),
        live(ingress(2, "10.0.0.0/8"), Some(lost)),
        live(ingress(3, "10.0.0.0/8"), Some(renamed)),
        live(ingress(4, "10.0.0.0/8"), None),
    ];
    let observed = BTreeMap::from([(group(), Observed::Live(rules.to_vec()))]);
    let found = audit(&job, &observed, &Quota::default());
    let [one, two, ..] = rules;
    assert_eq!(found, [Finding::TakeOver { rule: one }, Finding::TakeOver { rule: two }], "a new name for what is ours is not told");
}

#[test]
fn descriptions_are_checked_by_the_narrowest_set() {
    assert_eq!(description::check("tcp 443 (secure), row 34. #1 @x [a] {b} a=b; c+d $ * ! _-:/"), Ok(()));
    assert_eq!(
        description::check("é & 'x'").unwrap_err().to_string(),
        "EC2 takes no `&`, `'`, `é` in the description of a rule; letters a to z, digits and ` ._-:/()#,@[]+=;{}!$*` are allowed"
    );
    assert_eq!(description::check(&"x".repeat(255)), Ok(()));
    assert_eq!(
        description::check(&"x".repeat(256)).unwrap_err().to_string(),
        "EC2 takes at most 255 characters in the description of a rule; this one has 256"
    );
    let long = description::fit(&"word ".repeat(60));
    assert!(long.ends_with("...") && long.len() <= 255 && description::check(&long).is_ok());
}

fn ingress(port: u16, block: &str) -> Permission {
    Permission::new(Direction::Ingress, Protocol::Tcp, port.to_string().parse().unwrap(), Peer::Cidr(block.parse().unwrap()))
}

fn live(permission: Permission, mark: Option<Mark>) -> LiveRule {
    LiveRule { group: group(), id: RuleId::new(format!("sgr-{permission}")), permission, description: None, mark, tags: BTreeMap::new() }
}

fn group() -> SecurityGroupId {
    GROUP.parse().unwrap()
}

fn mark(name: &str) -> Mark {
    Mark { name: name.to_owned(), instance: format!("i-{name}") }
}

fn job(rules: impl IntoIterator<Item = Permission>) -> Job {
    Job {
        mark: mark("core"),
        tags: Tags::default(),
        desired: BTreeMap::from([(group(), rules.into_iter().map(|rule| (rule, "text".to_owned())).collect())]),
        revoke_foreign: BTreeSet::new(),
        adopt_existing: false,
        new_groups: BTreeSet::new(),
    }
}

fn add(job: &mut Job, permission: Permission) {
    job.desired.get_mut(&group()).unwrap().insert(permission, "text".to_owned());
}
