//! The data source `emc_azure_conformity` with the real CLI: what an auditor reads of live groups, whoever made them.

use serde_json::{Value, json};

use super::{SMALL, Site};

const DATA: &str = "data.emc_azure_conformity.site";

/// The resource with what denies the rest, and the data source beside it.
fn both(policy: &str) -> String {
    format!(
        "resource \"emc_azure_network_security_rules\" \"rollout\" {{\n  name = \"emc\"\n  placements = {{{SMALL}}}\n  deny_unlisted = true\n  policy {{\n{policy}\n  }}\n}}\n{}",
        data(SMALL, &format!("  policy {{\n{policy}\n  }}\n  depends_on = [emc_azure_network_security_rules.rollout]\n"))
    )
}

fn data(placements: &str, more: &str) -> String {
    format!("data \"emc_azure_conformity\" \"site\" {{\n  placements = {{{placements}}}\n{more}}}\n")
}

fn write(site: &Site, text: &str) {
    site.workspace.write("main.tf", &site.with_ids(text));
}

fn rolled_out(policy: &str) -> Site {
    let site = Site::new(&["core", "db"]);
    write(&site, &both(policy));
    site.settle();
    site
}

/// Reads anew what is live, and gives the data source's values.
#[track_caller]
fn judged(site: &Site) -> Value {
    site.workspace.run(&["apply", "-refresh-only", "-auto-approve", "-no-color", "-input=false"]).ok().blames_nobody();
    site.workspace.values(DATA)
}

/// The lines of one kind, as `placement: line`, names for ids.
fn lines(site: &Site, values: &Value, kind: &str) -> Vec<String> {
    let places = values[kind].as_object().unwrap_or_else(|| panic!("{kind}: {values:#}"));
    let lines = places
        .iter()
        .flat_map(|(place, lines)| lines.as_array().unwrap().iter().map(move |line| format!("{place}: {}", line.as_str().unwrap())));
    lines.map(|line| site.with_names(&line)).collect()
}

#[test]
fn what_the_resource_made_conforms_once_the_rest_is_denied() {
    let site = rolled_out("");
    let values = judged(&site);
    assert_eq!(values["conforms"], "yes", "{values:#}");
    for kind in ["missing", "extra", "wider", "doubtful", "void"] {
        assert_eq!(values[kind], json!({}), "{kind}");
    }
    assert_eq!(lines(&site, &values, "plain").len(), 3);
    assert_eq!(
        values["verdict"],
        "yes: 0 missing, 0 extra, 0 wider, 0 doubtful, 3 plain, 0 void; 12 live rules in 2 groups; EMC 6.6 embedded, as_listed; no open question"
    );
    assert_eq!(values["digest"], site.state()["digest"]);
    let scope = values["scope"].as_array().unwrap();
    assert_eq!(scope[0], "Judged: 2 network security groups of core, db, ingress and egress, against EMC 6.6.");
    assert_eq!(scope[1], "Not judged: agents; they count as far ends only, and what stands in front of them may let through less or more.");
    for unseen in ["at the subnet or at the network interface", "security admin rules", "who listens", "service tag", "load balancers"] {
        assert!(scope.iter().any(|sentence| sentence.as_str().unwrap().contains(unseen)), "{unseen}: {scope:#?}");
    }
}

#[test]
fn while_nothing_denies_the_rest_the_default_rules_are_told() {
    let site = Site::small();
    let text = format!("{}\n{}", site.workspace.read("main.tf"), data(SMALL, "  policy {\n    directions = [\"ingress\"]\n  }\n"));
    write(&site, &text);
    site.settle();
    let values = judged(&site);
    assert_eq!((&values["conforms"], &values["missing"]), (&json!("no"), &json!({})));
    let told = [lines(&site, &values, "extra"), lines(&site, &values, "wider")].concat();
    assert_eq!(
        told,
        [
            "core: 65000 ingress any from VirtualNetwork to VirtualNetwork: AllowVnetInBound (default rule of Azure): no rule asks for it",
            "db: 65000 ingress any from VirtualNetwork to VirtualNetwork: AllowVnetInBound (default rule of Azure): no rule asks for it",
        ]
    );
    assert_eq!(lines(&site, &values, "void").len(), 6, "{:#?}", values["void"]);
}

#[test]
fn what_hands_did_is_told_by_kind() {
    let site = rolled_out("");
    site.arm.delete_rule("core", "emc-emc.core.in.tcp-39091.from.agents");
    site.arm.edit_rule("db", "emc-emc.db.in.tcp-1433.from.agents", json!({ "sourceAddressPrefix": "10.0.0.0/8" }));
    site.arm.put_rule(
        "db",
        "temp-rdp",
        json!({ "priority": 200, "sourceAddressPrefix": "10.0.0.0/8", "destinationPortRange": "3389", "description": "temp rdp" }),
    );
    site.arm.put_rule(
        "core",
        "no-lab",
        json!({ "priority": 150, "access": "Deny", "sourceAddressPrefix": "10.20.128.0/17", "destinationPortRange": "29091" }),
    );
    let values = judged(&site);
    assert_eq!(values["conforms"], "no");
    assert_eq!(
        lines(&site, &values, "missing"),
        [
            "core: ingress tcp 29091 from agents: configuration.29091 (plain, row 4): 10.20.128.0/17, closed by no-lab (150 ingress deny tcp 29091 from 10.20.128.0/17 to anywhere)",
            "core: ingress tcp 39091 from agents: configuration.39091 (secure, row 5): 10.20.0.0/16",
        ]
    );
    assert_eq!(
        lines(&site, &values, "extra"),
        ["db: 200 ingress tcp 3389 from 10.0.0.0/8 to anywhere: temp-rdp (no mark, \"temp rdp\"): no rule asks for it"]
    );
    assert_eq!(
        lines(&site, &values, "wider"),
        ["db: 1005 ingress tcp 1433 from 10.0.0.0/8 to 10.1.2.0/24: emc-emc.db.in.tcp-1433.from.agents (of emc, \"sql_server.1433 row 45 \
             from agents\"): for sql_server.1433 (either, row 45); allows more: tcp 1433 from 10.0.0.0/8 other than 10.20.0.0/16"]
    );
}

#[test]
fn groups_made_by_hand_are_judged_without_touching_them() {
    let site = Site::new(&["core", "db"]);
    let allow = |group: &str, name: &str, priority: u16, port: &str| {
        site.arm.put_rule(
            group,
            name,
            json!({ "priority": priority, "sourceAddressPrefix": "10.20.0.0/16", "destinationPortRange": port }),
        );
    };
    allow("core", "emc", 300, "29000-29100");
    allow("core", "emc-secure", 301, "39091");
    allow("core", "emc-xml", 302, "39096");
    allow("db", "sql", 300, "1433");
    for group in ["core", "db"] {
        site.arm.put_rule(
            group,
            "deny-all",
            json!({ "priority": 4000, "access": "Deny", "protocol": "*", "sourceAddressPrefix": "*", "destinationPortRange": "*" }),
        );
    }
    site.arm.reset();
    write(&site, &data(SMALL, "  policy {\n    directions = [\"ingress\"]\n  }\n"));
    site.settle();
    let values = judged(&site);
    assert_eq!(values["conforms"], "no");
    assert_eq!(lines(&site, &values, "missing"), [""; 0]);
    assert_eq!(
        lines(&site, &values, "wider"),
        ["core: 300 ingress tcp 29000-29100 from 10.20.0.0/16 to anywhere: emc (no mark): for configuration.29091 (plain, row 4), \
             xml_server.29096 (plain, row 32), xml_server.29069 (plain, management, row 34); allows more: tcp 29000-29068, tcp 29070-29090, \
             tcp 29092-29095, tcp 29097-29100"]
    );
    assert!(
        site.arm.actions().iter().all(|action| action == "POST token" || action == "GET group"),
        "it only reads: {:?}",
        site.arm.actions()
    );
}

#[test]
fn what_cannot_be_judged_is_refused_in_words() {
    let site = Site::new(&["core", "db"]);
    write(&site, &data(&SMALL.replace("desktop", "desktob"), "  manage = [\"agents\"]\n"));
    site.workspace.validate_fails().says("Did you mean `desktop`?").says(
        "Placement `agents` has no `network_security_group_id`, so there is nothing to judge. Give it one, or take it out of `manage`.",
    );
    write(&site, &data("\n    agents = { components = [\"desktop\"], address_prefixes = [\"10.20.0.0/16\"] }\n", ""));
    site.workspace.validate_fails().says("No placement has a `network_security_group_id`, so no group would be looked at.");
    assert_eq!(site.arm.actions(), Vec::<String>::new(), "nothing was asked of Azure");

    write(&site, &data(SMALL, ""));
    site.arm.delete_group("db");
    site.workspace.plan_fails().says("Network security group does not exist").says("of placement `db` does not exist in resource group");
    write(&site, &data(SMALL, "  manage = [\"core\"]\n"));
    site.workspace.plan();
    site.arm.fault(json!({ "action": "*", "kind": "error", "status": 403, "code": "AuthorizationFailed", "times": 0 }));
    site.workspace.plan_fails().says("Network security groups cannot be read").says("(placements: core)");
}
