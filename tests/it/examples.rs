//! Every example works as it is committed, and what the guides quote of plans is what plans say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use crate::support::{Ec2, Workspace, root};

mod assertions;
mod azure;
#[cfg(feature = "test-servers")]
mod bridge;
mod functions;

use functions::FUNCTIONS;

const RESOURCE: &str = "emc_aws_security_group_rules.rollout";

fn example(file: &str) -> String {
    let path = root().join("examples").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn examples_are_formatted() {
    let examples = root().join("examples");
    let format = Workspace::new().run(&["fmt", "-check", "-recursive", "-diff", examples.to_str().unwrap()]);
    assert_eq!(format.code, 0, "run `terraform fmt -recursive examples`:\n{}", format.text());
}

#[test]
fn no_example_is_without_a_test() {
    let below = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(root().join("examples").join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let names = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    let folders =
        ["assertions", "bridge-aws", "bridge-azure", "data-sources", "functions", "provider", "resources", "rollout-aws", "rollout-azure"];
    assert_eq!(below(""), names(&folders));
    let bridge = ["README.md", "bridge.tf", "bridge.tftest.hcl", "main.tf", "outputs.tf", "terraform.tfvars.example", "variables.tf"];
    assert_eq!(below("bridge-aws"), names(&bridge));
    assert_eq!(below("bridge-azure"), names(&[&bridge[..], &["priorities.tf"]].concat()));
    assert_eq!(below("provider"), names(&["provider.tf"]));
    assert_eq!(below("resources"), names(&["emc_aws_security_group_rules", "emc_azure_network_security_rules"]));
    assert_eq!(
        below("resources/emc_aws_security_group_rules"),
        names(&["import-by-string-id.tf", "import.sh", "multicast.tf", "resource.tf"])
    );
    assert_eq!(below("resources/emc_azure_network_security_rules"), names(&["import-by-string-id.tf", "import.sh", "resource.tf"]));
    assert_eq!(
        below("data-sources"),
        names(&["emc_aws_conformity", "emc_azure_conformity", "emc_port_matrix", "emc_port_matrix_diff", "emc_rules"])
    );
    assert_eq!(below("data-sources/emc_aws_conformity"), names(&["data-source.tf"]));
    assert_eq!(below("data-sources/emc_azure_conformity"), names(&["data-source.tf"]));
    assert_eq!(below("data-sources/emc_port_matrix"), names(&["data-source.tf"]));
    assert_eq!(below("data-sources/emc_port_matrix_diff"), names(&["data-source.tf"]));
    assert_eq!(below("data-sources/emc_rules"), names(&["data-source.tf"]));
    assert_eq!(below("functions"), names(&FUNCTIONS));
    for function in FUNCTIONS {
        assert_eq!(below(&format!("functions/{function}")), names(&["function.tf"]));
    }
    assert_eq!(below("assertions"), names(&["main.tf", "segmentation.tftest.hcl"]));
    for rollout in ["rollout-aws", "rollout-azure"] {
        let files = ["README.md", "main.tf", "outputs.tf", "rollout.tftest.hcl", "terraform.tfvars.example", "variables.tf"];
        assert_eq!(below(rollout), names(&files));
    }
}

#[test]
fn the_provider_example_is_valid_and_plans_nothing() {
    let workspace = Workspace::new();
    workspace.remove("versions.tf"); // it has its own
    workspace.write("provider.tf", &example("provider/provider.tf"));
    workspace.init();
    workspace.validate();
    workspace.plan_is_empty();
}

#[test]
fn the_resource_example_opens_what_it_shows() {
    let ec2 = Ec2::new();
    let groups = ec2.bare_groups(&["core", "database"]);
    let workspace = Workspace::new().with_ec2(&ec2);
    workspace.write("main.tf", &example("resources/emc_aws_security_group_rules/resource.tf"));
    workspace.write("groups.auto.tfvars.json", &json!({ "security_group_ids": groups }).to_string());
    workspace.init();
    workspace.validate();
    workspace.settle();
    let lines = workspace.output("lines");
    assert_eq!(lines["core"]["ingress"]["tcp 39091 from agents"], "configuration.39091 (secure, row 5): 10.20.0.0/16");
    assert!(ec2.lines(&groups["core"]).contains(&"ingress tcp 39091 10.20.0.0/16: configuration.39091 row 5 from agents".to_owned()));
    workspace.destroy();
    assert_eq!(ec2.lines(&groups["core"]), [""; 0]);
}

#[test]
fn the_multicast_example_plans_what_the_page_quotes() {
    let ec2 = Ec2::new();
    let groups = ec2.bare_groups(&["core", "desktops"]);
    let workspace = Workspace::new().with_ec2(&ec2);
    workspace.write("main.tf", &example("resources/emc_aws_security_group_rules/multicast.tf"));
    workspace.write("groups.auto.tfvars.json", &json!({ "security_group_ids": groups }).to_string());
    workspace.init();
    workspace.validate();
    let plan = workspace.plan().text();
    let said: BTreeSet<String> = plan.lines().map(comparable).collect();
    let quoted = quotes(&page("tests/docs/resources/aws_security_group_rules.md"));
    assert!(quoted.len() >= 6, "{quoted:#?}");
    for line in quoted {
        assert!(said.contains(&comparable(&line)), "the page quotes a line that no plan of the example has:\n{line}\n{plan}");
    }
    workspace.settle();
    assert!(ec2.lines(&groups["desktops"]).iter().any(|line| line.starts_with("ingress 2 all 0.0.0.0/32: ")));
    workspace.destroy();
    assert_eq!(ec2.lines(&groups["desktops"]), [""; 0]);
}

/// A rollout that exists already is what an import finds; the example names a group that no account has.
fn rollout_to_import(ec2: &Ec2) -> String {
    let group = ec2.bare_groups(&["core"])["core"].clone();
    let workspace = Workspace::new().with_ec2(ec2);
    let text = example("resources/emc_aws_security_group_rules/import-by-string-id.tf");
    let (_, resource) = text.split_once("resource \"").unwrap();
    let (locals, _) = text.split_once("# The id").unwrap();
    workspace.write("main.tf", &with_group(&format!("{locals}\nresource \"{resource}"), &group));
    workspace.init();
    workspace.settle();
    group
}

fn with_group(text: &str, group: &str) -> String {
    assert!(text.contains("sg-0123456789abcdef0"));
    text.replace("sg-0123456789abcdef0", group)
}

#[test]
fn the_import_block_takes_over_what_is_there() {
    let ec2 = Ec2::new();
    let group = rollout_to_import(&ec2);
    let before = ec2.rules(&group);
    let workspace = Workspace::new().with_ec2(&ec2);
    workspace.write("main.tf", &with_group(&example("resources/emc_aws_security_group_rules/import-by-string-id.tf"), &group));
    workspace.init();
    workspace.plan().says("1 to import, 0 to add").says("0 to destroy");
    workspace.settle();
    let ids = |rules: &[Value]| -> Vec<Value> { rules.iter().map(|rule| rule["SecurityGroupRuleId"].clone()).collect() };
    assert_eq!(ids(&ec2.rules(&group)), ids(&before), "an import closes nothing");
}

#[test]
fn the_import_command_takes_over_what_is_there() {
    let ec2 = Ec2::new();
    let group = rollout_to_import(&ec2);
    let command = with_group(&example("resources/emc_aws_security_group_rules/import.sh"), &group);
    let (_, id) = command.split_once(&format!("terraform import {RESOURCE} '")).unwrap();
    let id = id.trim_end().strip_suffix('\'').unwrap();
    let workspace = Workspace::new().with_ec2(&ec2);
    let text = example("resources/emc_aws_security_group_rules/import-by-string-id.tf");
    let (_, resource) = text.split_once("resource \"").unwrap();
    let (locals, _) = text.split_once("# The id").unwrap();
    workspace.write("main.tf", &with_group(&format!("{locals}\nresource \"{resource}"), &group));
    workspace.init();
    workspace.run(&["import", "-no-color", "-input=false", RESOURCE, id]).ok().says("Import successful!");
    workspace.settle();
}

#[test]
fn the_data_source_examples_say_what_they_promise() {
    let workspace = Workspace::new();
    workspace.write("port_matrix.tf", &example("data-sources/emc_port_matrix/data-source.tf"));
    workspace.write("rules.tf", &example("data-sources/emc_rules/data-source.tf"));
    workspace.init();
    workspace.validate();
    workspace.settle();
    assert_eq!(workspace.output("plain_desktop_ports")["configuration.29091"], 29091);
    assert!(workspace.output("questions")["A36"].is_string());
    let table: Value = serde_json::from_str(workspace.output("table").as_str().unwrap()).unwrap();
    assert_eq!(table["release"], "6.6");
    assert_eq!(workspace.output("request")["tcp 39091 to core"], "configuration.39091 (secure, row 5)");
    assert_eq!(workspace.output("ports")["agents egress tcp 39091 to core"], "tcp 39091-39091 to core");
}

/// The example of an audit, after hands have been at its groups.
#[test]
fn the_audit_finds_what_its_guide_quotes() {
    let ec2 = Ec2::new();
    let groups = ec2.bare_groups(&["core", "database"]);
    let rules = [
        ("core", json!({ "ports": "29069", "cidr": "10.20.0.0/16" })),
        ("core", json!({ "ports": "29091", "cidr": "10.20.0.0/16", "description": "until the upgrade" })),
        ("core", json!({ "ports": "39091", "cidr": "10.20.0.0/16" })),
        ("core", json!({ "ports": "39091", "cidr": "10.20.1.0/24" })),
        ("core", json!({ "ports": "39096", "cidr": "10.20.0.0/17" })),
        ("database", json!({ "ports": "1400-1500", "cidr": "10.20.0.0/16" })),
        ("database", json!({ "ports": "3389", "cidr": "10.0.0.0/8", "description": "temp rdp" })),
    ];
    for (group, rule) in rules {
        ec2.authorize(&groups[group], rule);
    }
    let workspace = Workspace::new().with_ec2(&ec2);
    workspace.write("main.tf", &example("data-sources/emc_aws_conformity/data-source.tf"));
    workspace.write("groups.auto.tfvars.json", &json!({ "security_group_ids": groups }).to_string());
    workspace.init();
    workspace.validate();
    workspace.settle().says("The security groups differ from the port matrix: no: 1 missing, 2 extra, 1 wider");
    assert_eq!(workspace.output("findings")["wider"].as_object().map(|places| places.len()), Some(1));

    let shown = workspace.run(&["state", "show", "-no-color", "data.emc_aws_conformity.audit"]).ok();
    let shown: BTreeSet<String> = shown.stdout.lines().map(comparable).collect();
    let guide = page("tests/docs/guides/auditing.md");
    for line in quotes(&guide.replace(on_azure(&guide), "")) {
        assert!(shown.contains(&comparable(&line)), "the guide quotes a line that no audit has:\n{line}\nin\n{shown:#?}");
    }
}

/// The rollout in a workspace, with groups of its own.
fn rollout(ec2: &Ec2) -> (Workspace, BTreeMap<String, String>) {
    let groups = ec2.bare_groups(&["core", "ids", "media", "gateways", "database"]);
    let workspace = Workspace::new().with_ec2(ec2);
    workspace.remove("versions.tf");
    for file in ["main.tf", "variables.tf", "outputs.tf"] {
        workspace.write(file, &example(&format!("rollout-aws/{file}")));
    }
    workspace.write("terraform.tfvars", &example("rollout-aws/terraform.tfvars.example"));
    workspace.write("groups.auto.tfvars.json", &json!({ "security_group_ids": groups }).to_string());
    workspace.init();
    workspace.validate();
    (workspace, groups)
}

#[test]
fn the_rollout_is_complete_and_what_is_quoted_of_its_plans_is_real() {
    let ec2 = Ec2::new();
    let (workspace, groups) = rollout(&ec2);
    let first = workspace.plan().text();
    assertions::rollout_is_tested(&workspace, "rollout-aws");
    workspace.settle();
    let questions = workspace.output("open_questions");
    let questions: Vec<&String> = questions.as_object().unwrap().keys().collect();
    assert_eq!(questions, ["A36"], "the example leaves one question open, to show what that looks like");

    let networks = json!({ "agent_networks": ["10.20.0.0/16", "10.21.4.0/22", "10.24.0.0/16"] });
    workspace.write("more.auto.tfvars.json", &networks.to_string());
    let more = workspace.plan().text();
    workspace.remove("more.auto.tfvars.json");

    let wanted = "license_director.39095 row 17 from supervisors";
    let rules = ec2.rules(&groups["core"]);
    let rule = rules.iter().find(|rule| rule["Description"] == wanted).unwrap();
    ec2.revoke_ids(&groups["core"], &[rule["SecurityGroupRuleId"].as_str().unwrap()], false);
    ec2.authorize(&groups["database"], json!({ "ports": "3389", "cidr": "10.0.0.0/8", "description": "temp rdp" }));
    let drift = workspace.plan().text();
    workspace.settle();
    workspace.destroy();
    assert_eq!(ec2.lines(&groups["database"]), ["ingress tcp 3389 10.0.0.0/8: temp rdp"], "what others made stays");

    let pages = ["README.md", "tests/docs/guides/reading-the-plan.md", "tests/docs/guides/ownership.md", "examples/rollout-aws/README.md"];
    let texts = pages.map(|file| {
        let text = page(file);
        let about_azure = on_azure(&text).to_owned();
        (file, text.replace(&about_azure, ""))
    });
    let quoted = are_real(&texts, &[first, more, drift], "examples/rollout-aws");
    assert!(quoted > 30, "the guides quote plans");
}

/// The text of a page.
fn page(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// The section of a page that is about Azure alone, if it has one.
fn on_azure(page: &str) -> &str {
    let Some(begin) = page.find("\n## On Azure\n") else { return "" };
    let section = &page[begin + 1..];
    &section[..section.find("\n## ").unwrap_or(section.len())]
}

/// Asserts that every line that these pages quote is in one of the plans; how many there are.
#[track_caller]
fn are_real(pages: &[(&str, String)], plans: &[String], example: &str) -> usize {
    let said: BTreeSet<String> = plans.iter().flat_map(|text| text.lines()).map(comparable).collect();
    let mut quoted = 0;
    for (file, text) in pages {
        for line in quotes(text) {
            assert!(said.contains(&comparable(&line)), "{file} quotes a line that no plan of {example} has:\n{line}");
            quoted += 1;
        }
    }
    quoted
}

/// The lines of blocks of code whose language is `text`, without empty ones and `…`.
fn quotes(text: &str) -> Vec<String> {
    let blocks = text.split("```text\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block);
    blocks.flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty() && *line != "…").map(str::to_owned).collect()
}

/// A line without what differs from run to run: its indentation and spacing, and the ids of groups and rules.
fn comparable(line: &str) -> String {
    let words = line.split_whitespace().map(|word| {
        let begins = |prefix: &str| word.trim_start_matches('"').starts_with(prefix);
        if begins("sg-") || begins("sgr-") || begins("/subscriptions/") { "id" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}
