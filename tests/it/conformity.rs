//! The data source `emc_aws_conformity` with the real CLI: what an auditor reads of live groups, whoever made them.

mod by_hand;
mod refused;
mod use_of_it;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Ec2, Workspace};

/// Desktops at an address, two servers in groups.
const SMALL: &str = r#"{
    agents = { components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }
    core   = { components = ["configuration", "xml_server"], security_group_id = "<core>" }
    db     = { components = ["sql_server"], security_group_id = "<db>" }
  }"#;

/// An account with groups, and a workspace in which they are called by their names: `<core>` stands for an id.
struct Site {
    ec2: Ec2,
    workspace: Workspace,
    groups: BTreeMap<String, String>,
}

impl Site {
    fn of(ec2: Ec2, groups: BTreeMap<String, String>) -> Site {
        let workspace = Workspace::new().with_ec2(&ec2);
        workspace.init();
        Site { ec2, workspace, groups }
    }

    /// Groups as AWS makes them, with the allow-all egress rule.
    fn new(names: &[&str]) -> Site {
        let ec2 = Ec2::new();
        let groups = ec2.groups(names);
        Site::of(ec2, groups)
    }

    /// Groups without any rule.
    fn bare(names: &[&str]) -> Site {
        let ec2 = Ec2::new();
        let groups = ec2.bare_groups(names);
        Site::of(ec2, groups)
    }

    /// Bare groups with the rules of a rollout, and the data source beside it, under the same policy.
    fn rolled_out(policy: &str) -> Site {
        let site = Site::bare(&["core", "db"]);
        site.write(&[resource(policy), judged(policy)].concat());
        site.workspace.settle();
        site
    }

    fn id(&self, group: &str) -> &str {
        &self.groups[group]
    }

    /// Writes `main.tf` with ids for names.
    fn write(&self, text: &str) {
        let text = self.groups.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("<{name}>"), id));
        self.workspace.write("main.tf", &text);
    }

    /// Reads anew what is live, and gives the data source's values.
    #[track_caller]
    fn judged(&self) -> Value {
        self.workspace.run(&["apply", "-refresh-only", "-auto-approve", "-no-color", "-input=false"]).ok().blames_nobody();
        self.workspace.values("data.emc_aws_conformity.site")
    }

    /// The lines of one kind, as `placement: line`, names for ids; rules are all called `sgr-…`.
    fn lines(&self, values: &Value, kind: &str) -> Vec<String> {
        let places = values[kind].as_object().unwrap_or_else(|| panic!("{kind}: {values:#}"));
        let lines = places
            .iter()
            .flat_map(|(place, lines)| lines.as_array().unwrap().iter().map(move |line| format!("{place}: {}", line.as_str().unwrap())));
        lines.map(|line| self.with_names(&line)).collect()
    }

    fn with_names(&self, text: &str) -> String {
        let named = self.groups.iter().fold(text.to_owned(), |text, (name, id)| text.replace(id, &format!("<{name}>")));
        let mut parts = named.split("sgr-");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| format!("{text}sgr-…{}", part.trim_start_matches(|character: char| character.is_ascii_hexdigit())))
    }

    /// A workspace with the data source for one region.
    fn workspace_in(&self, region: &str) -> &Workspace {
        self.write(&data(&format!("  placements = {SMALL}\n  region = \"{region}\"\n")));
        &self.workspace
    }

    /// The id of the live rule of this group for this one port.
    #[track_caller]
    fn rule(&self, group: &str, port: u16) -> String {
        let rules = self.ec2.rules(self.id(group));
        let rule = rules.iter().find(|rule| rule["FromPort"] == port).unwrap_or_else(|| panic!("no rule for {port} in {rules:#?}"));
        rule["SecurityGroupRuleId"].as_str().unwrap().to_owned()
    }
}

fn resource(policy: &str) -> String {
    format!(
        "resource \"emc_aws_security_group_rules\" \"rollout\" {{\n  name = \"emc-prod\"\n  placements = {SMALL}\n  policy {{\n{policy}\n  }}\n}}\n"
    )
}

/// The data source, read after the resource.
fn judged(policy: &str) -> String {
    data(&format!("  placements = {SMALL}\n  policy {{\n{policy}\n  }}\n  depends_on = [emc_aws_security_group_rules.rollout]\n"))
}

fn data(body: &str) -> String {
    format!("data \"emc_aws_conformity\" \"site\" {{\n{body}}}\n")
}

#[test]
fn what_the_resource_made_conforms() {
    let site = Site::rolled_out("");
    let values = site.judged();
    assert_eq!(values["conforms"], "yes", "{values:#}");
    for kind in ["missing", "extra", "wider", "doubtful", "void"] {
        assert_eq!(values[kind], json!({}), "{kind}");
    }
    let plain = site.lines(&values, "plain");
    assert_eq!(
        plain,
        [
            "core: ingress tcp 29069 from agents: xml_server.29069 (plain, management, row 34): no secure twin",
            "core: ingress tcp 29091 from agents: configuration.29091 (plain, row 4): secure twin configuration.39091 (open as well)",
            "core: ingress tcp 29096 from agents: xml_server.29096 (plain, row 32): secure twin xml_server.39096 (open as well)",
        ]
    );
    assert_eq!(
        values["verdict"],
        "yes: 0 missing, 0 extra, 0 wider, 0 doubtful, 3 plain, 0 void; 6 live rules in 2 groups; EMC 6.6 embedded, as_listed; no open question"
    );
    assert_eq!((&values["decided"], &values["open_questions"]), (&json!({}), &json!({})));
    assert_eq!(values["digest"], site.workspace.values("emc_aws_security_group_rules.rollout")["digest"]);
    let scope = values["scope"].as_array().unwrap();
    assert_eq!(scope[0], "Judged: 2 security groups of core, db in eu-central-1, ingress and egress, against EMC 6.6.");
    assert_eq!(scope[1], "Not judged: agents; they count as far ends only, and what stands in front of them may let through less or more.");
    for unseen in ["other security groups", "network ACLs", "who listens", "on the hosts", "prefix list"] {
        assert!(scope.iter().any(|sentence| sentence.as_str().unwrap().contains(unseen)), "{unseen}: {scope:#?}");
    }
}

/// Conforming is about what is wanted; that the day has passed is for people to act on.
#[test]
fn an_exception_past_its_last_day_is_counted_and_still_wanted() {
    let jump = "extra {\n name = \"jump\"\n from = \"agents\"\n to = \"core\"\n protocol = \"tcp\"\n ports = \"3389\"\n reason = \"maintenance\"\n expires = \"2001-01-31\"\n}";
    let site = Site::rolled_out(jump);
    let values = site.judged();
    assert_eq!((&values["conforms"], &values["extra"]), (&json!("yes"), &json!({})), "{values:#}");
    let verdict = values["verdict"].as_str().unwrap();
    assert!(verdict.starts_with("yes: 0 missing, 0 extra, 0 wider, 0 doubtful, 3 plain, 0 void, 1 expired; 7 live rules"), "{verdict}");
}

#[test]
fn what_nobody_decided_is_no_yes_until_somebody_does() {
    let secure = "transport = \"prefer_secure\"";
    let site = Site::rolled_out(secure);
    let values = site.judged();
    assert_eq!(values["conforms"], "open_questions", "{values:#}");
    assert!(
        values["verdict"].as_str().unwrap().starts_with("open_questions: 0 missing, 0 extra, 0 wider, 2 doubtful, "),
        "{}",
        values["verdict"]
    );
    let question = values["open_questions"]["A31"].as_str().unwrap().to_owned();
    assert_eq!(
        site.lines(&values, "doubtful"),
        [
            format!("core: ingress tcp 39091 from agents: configuration.39091 (secure, row 5): A31, {question}"),
            format!("core: ingress tcp 39096 from agents: xml_server.39096 (secure, row 33): A31, {question}"),
        ]
    );
    assert_eq!(values["decided"], json!({ "transport": "prefer_secure; no reason given, answer A31" }));

    let answered = format!("{secure}\nanswers = {{ A31 = \"CHG7: all servers are in secure mode\" }}");
    site.write(&[resource(&answered), judged(&answered)].concat());
    site.workspace.settle();
    let values = site.judged();
    assert_eq!((&values["conforms"], &values["doubtful"]), (&json!("yes"), &json!({})));
    assert_eq!(
        values["decided"],
        json!({ "A31": format!("{question}; answered: CHG7: all servers are in secure mode"), "transport": "prefer_secure; see A31" })
    );
}
