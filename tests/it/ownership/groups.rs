//! Groups that are Terraform's own and go or are replaced in the same apply, on an EC2 that refuses to delete a group that a rule
//! still names.

use crate::rollout::{ROLLOUT, Site, rollout};
use crate::support::{python, root};

/// Three groups of which each is named by rules of another.
const THREE: &str = r#"
    agents = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }
    core   = { components = ["configuration", "ids", "xml_server"], security_group_id = terraform_data.core[0].output }
    db     = { components = ["sql_server"], security_group_id = terraform_data.db[0].output }
    media  = { components = ["media_director", "media_stores"], security_group_id = terraform_data.media[0].output }
"#;

const NAMES: [&str; 3] = ["core", "db", "media"];

const FIRST: &str = "create_before_destroy = true";

/// A group as a resource: its id is known after apply, and it is deleted in EC2 when Terraform destroys it. Terraform runs what is to be
/// done then only while the block is there, so a group that goes has `count = 0`.
fn group(site: &Site, name: &str, lifecycle: &str, count: u8) -> String {
    let delete = [python().display().to_string(), root().join("tests/tools/ec2ctl.py").display().to_string()].join(" ");
    let account = format!("--endpoint {} --access-key AKIAEMC9{}", site.ec2.endpoint(), site.ec2.account());
    format!(
        r#"
resource "terraform_data" "{name}" {{
  count            = {count}
  triggers_replace = ["<{name}>"]
  input            = "<{name}>"
  lifecycle {{
    {lifecycle}
  }}
  provisioner "local-exec" {{
    when    = destroy
    command = "{delete} {account} delete_group ${{self.output}}"
  }}
}}
"#
    )
}

fn text(site: &Site, lifecycle: &str) -> String {
    NAMES.map(|name| group(site, name, lifecycle, 1)).concat() + &rollout("rollout", "emc-prod", THREE, "")
}

/// The same without the placement `db`; so many of its group.
fn without_db(site: &Site, lifecycle: &str, count: u8) -> String {
    let placements: Vec<&str> = THREE.lines().filter(|line| !line.contains("terraform_data.db")).collect();
    NAMES.map(|name| group(site, name, lifecycle, if name == "db" { count } else { 1 })).concat()
        + &rollout("rollout", "emc-prod", &placements.join("\n"), "")
}

/// The site of [`THREE`], applied.
fn three(lifecycle: &str) -> Site {
    let site = Site::bare(&NAMES);
    site.write(&text(&site, lifecycle));
    site.settle();
    assert!(site.open("db").contains(&"ingress tcp 1433 <core>".to_owned()), "{:?}", site.open("db"));
    assert!(site.open("core").contains(&"egress tcp 1433 <db>".to_owned()), "{:?}", site.open("core"));
    site
}

/// What EC2 says when somebody deletes this group by hand.
fn deleting(site: &Site, id: &str) -> String {
    let account = format!("AKIAEMC9{}", site.ec2.account());
    let command = [root().join("tests/tools/ec2ctl.py").to_str().unwrap(), "--endpoint", &site.ec2.endpoint(), "--access-key", &account]
        .map(str::to_owned);
    let deleted = std::process::Command::new(python()).args(command).args(["delete_group", id]).output().unwrap();
    String::from_utf8_lossy(&deleted.stderr).into_owned()
}

#[track_caller]
fn assert_gone(site: &Site, id: &str) {
    let said = deleting(site, id);
    assert!(said.contains("InvalidGroup.NotFound"), "{id} was there: {said}");
}

/// Terraform runs nothing when it destroys what was replaced by something created first; so that step is done by hand.
#[track_caller]
fn assert_nothing_refers_to(site: &Site, id: &str) {
    assert_eq!(deleting(site, id), "", "{id} can be deleted");
}

#[test]
fn the_endpoint_refuses_to_delete_a_group_that_is_referred_to() {
    let site = three(FIRST);
    for name in NAMES {
        let said = deleting(&site, site.id(name));
        assert!(said.contains("DependencyViolation"), "{said}");
    }
    site.workspace.plan_is_empty();
}

#[test]
fn a_placement_and_its_group_go_in_one_apply() {
    let site = three(FIRST);
    site.write(&without_db(&site, FIRST, 0));
    site.settle().says("Apply complete! Resources: 0 added, 1 changed, 1 destroyed.");
    assert!(!site.open("core").iter().any(|rule| rule.contains("<db>")), "{:?}", site.open("core"));
    assert_gone(&site, site.id("db"));
}

#[test]
fn a_replaced_group_gets_its_rules_before_the_old_one_goes() {
    let mut site = three(FIRST);
    let (core, db) = (site.open("core"), site.live("db"));
    let next = site.ec2.group_beside(site.id("core"), "db-next");
    let former = site.groups.insert("db".to_owned(), next).unwrap();
    site.write(&text(&site, FIRST));
    site.workspace.plan().says("+/- create replacement and then destroy").says("(known after apply)");
    site.forget();
    site.workspace.apply_plan().says("1 added, 1 changed, 1 destroyed");
    site.workspace.plan_is_empty();
    assert_eq!((site.open("core"), site.live("db")), (core, db));
    assert_nothing_refers_to(&site, &former);
    let calls = site.writes();
    let opened = calls.iter().rposition(|call| call.starts_with("Authorize") || call.starts_with("Modify")).unwrap();
    let closed = calls.iter().position(|call| call.starts_with("Revoke")).unwrap();
    assert!(opened < closed, "{calls:?}");
}

#[test]
fn every_group_may_be_replaced_in_one_apply() {
    let mut site = three(FIRST);
    let before = NAMES.map(|name| site.live(name));
    let former = std::mem::take(&mut site.groups);
    site.groups = site.ec2.bare_groups(&NAMES);
    site.write(&text(&site, FIRST));
    site.settle().says("3 added, 1 changed, 3 destroyed");
    assert_eq!(NAMES.map(|name| site.live(name)), before);
    former.values().for_each(|id| assert_nothing_refers_to(&site, id));
}

#[test]
fn without_create_before_destroy_ec2_keeps_the_group_and_the_ways_out_work() {
    let site = three("");
    let before = NAMES.map(|name| site.live(name));
    site.write(&without_db(&site, "", 0));
    site.workspace.apply_fails().says("DependencyViolation").says("has a dependent object");
    assert_eq!(NAMES.map(|name| site.live(name)), before, "nothing was closed");
    // Two applies: first the placement, then the group.
    site.write(&without_db(&site, "", 1));
    site.settle();
    site.write(&without_db(&site, "", 0));
    site.settle().says("0 added, 0 changed, 1 destroyed");
    assert_gone(&site, site.id("db"));

    // Or the argument first, in an apply of its own.
    let site = three("");
    site.write(&text(&site, FIRST));
    site.settle();
    site.write(&without_db(&site, FIRST, 0));
    site.settle().says("0 added, 1 changed, 1 destroyed");
    assert_gone(&site, site.id("db"));
}

#[test]
fn everything_is_destroyed_in_one_go() {
    let site = three("");
    site.workspace.destroy().says("Destroy complete! Resources: 4 destroyed.");
    NAMES.iter().for_each(|name| assert_gone(&site, site.id(name)));
    let site = three(FIRST);
    site.write(&NAMES.map(|name| group(&site, name, FIRST, 0)).concat());
    site.settle().says("4 destroyed");
    NAMES.iter().for_each(|name| assert_gone(&site, site.id(name)));
}

#[test]
fn a_replacement_of_everything_leaves_the_rules_in_the_new_groups() {
    let mut site = three(FIRST);
    let before = NAMES.map(|name| site.live(name));
    let former = std::mem::take(&mut site.groups);
    site.groups = site.ec2.bare_groups(&NAMES);
    site.write(&text(&site, FIRST));
    // The old object goes after the new one is there, and before the groups that it wrote into: it depends on them.
    let replaced = site.workspace.run(&["apply", "-auto-approve", "-no-color", "-input=false", "-replace", ROLLOUT]).ok().blames_nobody();
    replaced.says("4 added, 0 changed, 4 destroyed");
    site.workspace.plan_is_empty();
    assert_eq!(NAMES.map(|name| site.live(name)), before);
    former.values().for_each(|id| assert_nothing_refers_to(&site, id));
}
