//! The two data sources with the real CLI, without any account: what they give, and that it is known at plan.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::Workspace;

/// Applies a configuration in a new workspace without any account.
fn applied(config: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.init();
    workspace.write("main.tf", config);
    workspace.validate();
    workspace.settle();
    workspace
}

fn texts(value: &Value) -> BTreeSet<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_matrix_as_printed_and_as_read() {
    let workspace = applied("data \"emc_port_matrix\" \"all\" {}\n");
    let matrix = workspace.values("data.emc_port_matrix.all");
    assert_eq!(matrix["release"], "6.6");
    assert_eq!(matrix["embedded"], true);

    let rows = matrix["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 53);
    assert!(rows.iter().enumerate().all(|(index, row)| row["number"] == index + 1));
    assert_eq!(
        rows[0],
        json!({
            "number": 1, "part": 1, "source": "EMC– Desktops", "source_port": "Ephemeral", "destination": "Microsoft CRM Connector",
            "port": "29027", "protocol": "IP–Multicast  Multicast group address : 239.29.9.67", "optional": "Yes", "state": "Closed"
        })
    );
    assert_eq!(
        rows[2],
        json!({
            "number": 3, "part": 1, "source": "EMC - Applications", "source_port": "Ephemeral",
            "destination": "EMC - Application Management Service", "port": "29074", "protocol": ".Net Remoting", "optional": "No", "state": "Open"
        })
    );
    // The one row where the print says nothing about switching it off.
    let blank: Vec<&Value> = rows.iter().filter(|row| row["optional"] == "").map(|row| &row["number"]).collect();
    assert_eq!(blank, [&json!(31)]);

    let flows = matrix["flows"].as_object().unwrap();
    assert_eq!(flows.len(), 60);
    assert_eq!(flows.values().filter(|flow| flow["origin"] == "printed").count(), 55);
    let numbers: BTreeSet<u64> = flows.values().filter_map(|flow| flow["row"].as_u64()).collect();
    assert_eq!(numbers, (1..=53).collect(), "every row has a flow");
    let described = |id: &str| {
        let mut flow = flows[id].clone();
        let description = flow["description"].take();
        assert!(description.as_str().is_some_and(|text| text.len() > 10), "{id}: {description}");
        flow.as_object_mut().unwrap().remove("description");
        flow
    };
    assert_eq!(
        described("configuration.39091"),
        json!({
            "row": 5, "part": 1, "listener": "configuration", "initiators": ["desktop"], "senders": [], "receivers": [], "port": 39091,
            "protocol": "tcp", "transport": "secure", "application": "", "purpose": "service", "optional": true, "default_state": "open",
            "multicast_group": null, "twins": ["configuration.29091"], "held": false, "origin": "printed", "configurable": "",
            "doubts": ["A31"]
        })
    );
    assert_eq!(
        described("crm_connector.29027"),
        json!({
            "row": 1, "part": 1, "listener": "crm_connector", "initiators": ["desktop"], "senders": ["crm_connector"],
            "receivers": ["desktop"], "port": 29027, "protocol": "udp", "transport": "plain", "application": "IP multicast",
            "purpose": "service", "optional": true, "default_state": "closed", "multicast_group": "239.29.9.67", "twins": [],
            "held": false, "origin": "printed", "configurable": "", "doubts": ["A1", "A5"]
        })
    );
    assert_eq!(
        described("ids_voice_and_presence.29068"),
        json!({
            "row": 9, "part": 2, "listener": "ids_voice_and_presence", "initiators": [], "senders": [], "receivers": [], "port": 29068,
            "protocol": "tcp", "transport": "plain", "application": ".NET Remoting", "purpose": "management", "optional": false,
            "default_state": "open", "multicast_group": null, "twins": [], "held": true, "origin": "printed", "configurable": "",
            "doubts": ["A10", "A7"]
        })
    );
    assert_eq!(described("simple_messaging_store.39085")["optional"], Value::Null, "the blank cell of row 31");
    assert_eq!(described("ids_multimedia.29078")["multicast_group"], Value::Null, "no group is printed");
    let implied = described("xml_server.implied.client_ports");
    assert_eq!((&implied["row"], &implied["port"], &implied["origin"]), (&Value::Null, &Value::Null, &json!("implied")));

    let doubts: BTreeSet<String> = (1..=37).map(|number| format!("A{number}")).collect();
    assert_eq!(keys(&matrix["doubts"]), doubts.iter().map(String::as_str).collect());
    let a36 = &matrix["doubts"]["A36"];
    assert_eq!(a36["weight"], "decide");
    assert_eq!(a36["question"], "\"Applications\" is never defined: narrow it with roles once the site knows");
    assert_eq!(texts(&a36["flows"]).len(), 10, "the nine printed flows and the implied one: {}", a36["flows"]);
    let implied: BTreeSet<String> = (1..=22).map(|number| format!("I{number}")).collect();
    assert_eq!(keys(&matrix["implied"]), implied.iter().map(String::as_str).collect());
    assert_eq!(texts(&matrix["implied"]["I9"]["flows"]), BTreeSet::from(["ids_voice_and_presence.implied.29090"]));

    let roles = &matrix["roles"];
    assert_eq!(keys(roles), BTreeSet::from(["applications", "gateways", "ids", "media_stores", "xml_clients"]));
    assert_eq!(texts(&roles["gateways"]["members"]), BTreeSet::from(["sms_gateway", "web_chat_gateway", "xmpp_gateway"]));
    assert_eq!(texts(&roles["applications"]["members"]).len(), 23);
    let components = &matrix["components"];
    assert_eq!(components["acs"]["hosted_by"], "sql_server");
    assert_eq!((&components["desktop"]["kind"], &components["aes"]["kind"]), (&json!("emc"), &json!("external")));
    assert_eq!(components["soap_plugin"]["kind"], "inside");

    assert_eq!(matrix["document"]["issue"], "0.1");
    let notice = matrix["document"]["notice"].as_str().unwrap();
    for words in [
        "not endorsed",
        "as is",
        "directory services",
        "name resolution",
        "time",
        "certificate",
        "SQL Server browsing",
        "management of Windows",
    ] {
        assert!(notice.contains(words), "the notice does not say `{words}`: {notice}");
    }
    let schema: Value = serde_json::from_str(matrix["schema"].as_str().unwrap()).unwrap();
    assert!(schema["$schema"].as_str().unwrap().contains("json-schema.org"), "{schema}");
}

#[test]
fn filters_narrow_flows_and_rows_and_nothing_else() {
    let workspace = applied(
        r#"
data "emc_port_matrix" "weblm" {
  filter {
    components = ["weblm"]
  }
}
data "emc_port_matrix" "mail" {
  filter {
    components = ["mail_server"]
    transports = ["secure"]
  }
}
data "emc_port_matrix" "gateways" {
  filter {
    components = ["gateways"]
    transports = ["plain"]
    management = false
  }
}
data "emc_port_matrix" "doubt" {
  filter {
    doubts = ["A29", "A7"]
  }
}
data "emc_port_matrix" "management" {
  filter {
    management = true
  }
}
data "emc_port_matrix" "nothing" {
  filter {
    components = ["weblm"]
    transports = ["plain"]
  }
}
data "emc_port_matrix" "empty" {
  filter {}
}
"#,
    );
    let got = |name: &str| workspace.values(&format!("data.emc_port_matrix.{name}"));
    let numbers =
        |matrix: &Value| -> Vec<u64> { matrix["rows"].as_array().unwrap().iter().map(|row| row["number"].as_u64().unwrap()).collect() };

    let weblm = got("weblm");
    assert_eq!(keys(&weblm["flows"]), BTreeSet::from(["weblm.52233"]));
    assert_eq!(numbers(&weblm), [38]);
    assert_eq!(weblm["doubts"].as_object().unwrap().len(), 37, "only flows and rows are narrowed");
    assert_eq!(keys(&got("mail")["flows"]), BTreeSet::from(["mail_server.465", "mail_server.993", "mail_server.995"]));
    let gateways = got("gateways");
    for flow in [
        "simple_messaging_store.29063",
        "simple_messaging_store.29064",
        "simple_messaging_store.29085.xmpp_gateway",
        "ids_multimedia.29081",
    ] {
        assert!(gateways["flows"].get(flow).is_some(), "{flow} is opened by a gateway");
    }
    assert!(gateways["flows"].get("ttrace_server.10400").is_some(), "gateways are applications");
    assert!(gateways["flows"].get("configuration.29091").is_none() && gateways["flows"].get("license_director.29073").is_none());
    assert_eq!(keys(&got("doubt")["flows"]), BTreeSet::from(["cs_portal_api.9699", "ids_voice_and_presence.29068"]));
    assert_eq!(
        keys(&got("management")["flows"]),
        BTreeSet::from([
            "call_recording_config.29120",
            "ids_multimedia.29077",
            "ids_view.29076",
            "ids_view.39076",
            "ids_voice_and_presence.29068",
            "license_director.29073",
            "xml_server.29069",
        ])
    );
    assert_eq!(numbers(&got("management")), [9, 11, 13, 14, 16, 34, 40]);
    assert_eq!((got("nothing")["flows"].clone(), got("nothing")["rows"].clone()), (json!({}), json!([])));
    assert_eq!((keys(&got("empty")["flows"]).len(), numbers(&got("empty")).len()), (60, 53));
}

#[test]
fn the_exported_json_is_the_same_table_as_a_file() {
    let config = "data \"emc_port_matrix\" \"all\" {}\noutput \"all\" {\n  value = data.emc_port_matrix.all\n}\n";
    let workspace = applied(config);
    let embedded = workspace.output("all");
    workspace.write("table.json", embedded["json"].as_str().unwrap());
    workspace.write("main.tf", &format!("provider \"emc\" {{\n  matrix_file = \"${{path.module}}/table.json\"\n}}\n{config}"));
    workspace.apply();
    let mut from_file = workspace.output("all");
    assert_eq!(from_file["embedded"], false);
    from_file["embedded"] = json!(true);
    for (name, value) in embedded.as_object().unwrap() {
        assert_eq!(&from_file[name], value, "{name}");
    }
}

const SITE: &str = r#"
locals {
  placements = {
    agents = { components = ["desktop"] }
    core   = { components = ["configuration", "license_director", "ids_voice_and_presence"] }
    media  = { components = ["media_stores", "media_director"] }
    spare  = { components = ["developer_tools"] }
    office = null
  }
}
data "emc_rules" "site" {
  placements = local.placements
  manage     = ["core", "media"]
  policy {
    transport = "prefer_secure"
    answers   = { A36 = "asked, CHG7" }
    reasons   = { "voice_store.29072" = "old desktops" }
  }
}
"#;

/// For whoever asks a year later: every exception with its reason, and those without one too.
#[test]
fn what_a_site_decided_stands_in_one_place() {
    let workspace = applied(
        r#"
data "emc_rules" "site" {
  placements = {
    agents  = { components = ["desktop", "control_panel"] }
    core    = { components = ["configuration", "license_director", "ids_voice_and_presence", "voice_store"] }
    bastion = {}
  }
  policy {
    include         = ["ids_voice_and_presence.implied.29090"]
    exclude         = ["configuration.29091", "configuration.39091 from bastion"]
    initiators      = { "ids_voice_and_presence.29068" = ["control_panel"] }
    management_from = ["bastion"]
    roles           = { applications = ["desktop"] }
    ports           = { "voice_store.29072" = "30072" }
    answers         = { A36 = "asked, CHG7" }
    reasons = {
      "configuration.29091"          = "the plain port is not used"
      "ids_voice_and_presence.29068" = "seen on the server, CHG3"
      "license_director.29073"       = "licences are counted here"
    }
    extra {
      name     = "jump"
      from     = "bastion"
      to       = "core"
      protocol = "tcp"
      ports    = "3389"
      reason   = "maintenance"
      ticket   = "CHG1"
      expires  = "2999-12-31"
    }
  }
}
"#,
    );
    let decided = &workspace.values("data.emc_rules.site")["decided"];
    let question =
        |doubt: &str| decided[doubt].as_str().unwrap_or_else(|| panic!("{doubt}: {decided:#}")).split("; ").last().unwrap().to_owned();
    assert_eq!(question("A36"), "answered: asked, CHG7");
    let told: BTreeMap<&str, &str> = decided
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| !name.starts_with('A'))
        .map(|(name, text)| (name.as_str(), text.as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        BTreeMap::from([
            ("configuration.29091", "excluded; because the plain port is not used"),
            ("configuration.39091", "excluded from bastion; no reason given"),
            ("extra.jump", "tcp 3389 from bastion to core; because maintenance; ticket CHG1; expires 2999-12-31"),
            ("ids_voice_and_presence.29068", "opened by control_panel instead of the printed initiators; because seen on the server, CHG3"),
            ("ids_voice_and_presence.implied.29090", "included; no reason given"),
            ("license_director.29073", "as the table lists it; because licences are counted here"),
            ("management", "used by bastion instead of the printed initiators; no reason given, answer A10"),
            ("role applications", "narrowed to desktop; see A36"),
            ("voice_store.29072", "port 30072 by site; no reason given"),
        ])
    );
}

#[test]
fn rules_and_everything_that_is_none() {
    let workspace = applied(SITE);
    let rules = workspace.values("data.emc_rules.site");
    assert_eq!(
        rules["rules"]["core ingress tcp 39091 from agents"],
        json!({
            "local": "core", "direction": "ingress", "protocol": "tcp", "from_port": 39091, "to_port": 39091, "peer": "agents",
            "multicast": false, "flows": ["configuration.39091"], "rows": [5], "description": "configuration.39091 (secure, row 5)"
        })
    );
    assert_eq!(
        rules["rules"]["media egress tcp 29073 to core"]["description"],
        "license_director.29073 (plain, management, role applications, row 16)"
    );
    assert_eq!(rules["lines"]["media"]["ingress"]["tcp 29072 from media"], "voice_store.29072 (plain, row 28, because old desktops)");
    assert_eq!(keys(&rules["lines"]), BTreeSet::from(["core", "media"]), "only what is managed has lines");
    let lines: usize = rules["lines"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|place| place.as_object().unwrap().values())
        .map(|lines| keys(lines).len())
        .sum();
    assert_eq!(keys(&rules["rules"]).len(), lines);
    for (key, rule) in rules["rules"].as_object().unwrap() {
        let (local, direction) = (rule["local"].as_str().unwrap(), rule["direction"].as_str().unwrap());
        let short = key.strip_prefix(&format!("{local} {direction} ")).unwrap();
        assert_eq!(rules["lines"][local][direction][short], rule["description"]);
    }

    let unexpanded = rules["unexpanded"].as_object().unwrap();
    assert!(!unexpanded.contains_key("placement office"), "a null placement is absent");
    assert_eq!(unexpanded["placement spare"], "unused placement: it takes part in no open flow");
    assert_eq!(unexpanded["ids_voice_and_presence.29068"], "held: no believable initiator, name one");
    assert_eq!(unexpanded["configuration.29091"], "transport: prefer_secure, configuration.39091 instead");
    assert_eq!(unexpanded["aes.450"], "not placed: aes");

    assert_eq!(
        rules["still_plain"]["voice_store.29072"],
        "its twin voice_store.39072 is for desktop only; needed by media_director in media"
    );
    assert_eq!(
        keys(&rules["open_questions"]),
        BTreeSet::from(["A12", "A31", "A7"]),
        "A31 is asked since plain ports close, A36 is answered, A7 waits for an initiator, A12 is about flows in use: {}",
        rules["open_questions"]
    );
    assert_eq!(rules["open_questions"]["A7"], "29068 has no initiator in the document: name one or use management_from");
    assert_eq!(rules["summary"], format!("{lines} rules at 2 placements, EMC 6.6 embedded, prefer_secure; 3 open questions"));
    assert_eq!(rules["digest"].as_str().unwrap().len(), 16);
}

#[test]
fn every_flow_is_a_rule_or_says_why_not() {
    let workspace = applied(&format!("data \"emc_port_matrix\" \"all\" {{}}\n{SITE}"));
    let (rules, matrix) = (workspace.values("data.emc_rules.site"), workspace.values("data.emc_port_matrix.all"));
    let open: BTreeSet<&str> = rules["rules"].as_object().unwrap().values().flat_map(|rule| texts(&rule["flows"])).collect();
    let closed = keys(&rules["unexpanded"]);
    for flow in keys(&matrix["flows"]) {
        assert!(open.contains(flow) != closed.contains(flow), "{flow}: rule {}, note {}", open.contains(flow), closed.contains(flow));
    }
}

#[test]
fn keys_are_known_at_plan_and_the_digest_is_that_of_the_resource() {
    let workspace = Workspace::new();
    workspace.init();
    let resource = r#"
resource "terraform_data" "group" {
  for_each = toset(["core", "media"])
}
resource "emc_aws_security_group_rules" "site" {
  name       = "emc"
  placements = {
    agents = merge(local.placements.agents, { cidr_ipv4 = ["10.20.0.0/16"] })
    core   = merge(local.placements.core, { security_group_id = terraform_data.group["core"].id })
    media  = merge(local.placements.media, { security_group_id = terraform_data.group["media"].id })
    spare  = merge(local.placements.spare, { cidr_ipv4 = ["10.30.0.0/16"] })
  }
  manage = ["core", "media"]
  policy {
    transport = "prefer_secure"
    answers   = { A36 = "asked, CHG7" }
    reasons   = { "voice_store.29072" = "old desktops" }
  }
}
resource "terraform_data" "rule" {
  for_each = data.emc_rules.site.rules
  input    = "${terraform_data.group[each.value.local].id} ${each.value.direction} ${each.value.from_port}"
}
"#;
    workspace.write("main.tf", &format!("{SITE}{resource}"));
    workspace.validate();
    let plan = workspace.plan_json();
    let values = &plan["prior_state"]["values"]["root_module"]["resources"];
    let rules = values.as_array().unwrap().iter().find(|resource| resource["address"] == "data.emc_rules.site").unwrap()["values"].clone();
    let changes = plan["resource_changes"].as_array().unwrap();
    let made: BTreeSet<&str> = changes
        .iter()
        .filter_map(|change| change["address"].as_str()?.strip_prefix("terraform_data.rule[\"")?.strip_suffix("\"]"))
        .collect();
    assert_eq!(made, keys(&rules["rules"]), "one `terraform_data` for each rule, although no group id is known");
    assert!(made.len() > 20, "{made:?}");
    let site = &changes.iter().find(|change| change["address"] == "emc_aws_security_group_rules.site").unwrap()["change"]["after"];
    for attribute in ["digest", "unexpanded", "still_plain", "open_questions"] {
        assert_eq!(site[attribute], rules[attribute], "{attribute}");
    }
    // The lines are the same but for addresses and groups.
    for (place, directions) in site["lines"].as_object().unwrap() {
        for (direction, lines) in directions.as_object().unwrap() {
            assert_eq!(keys(lines), keys(&rules["lines"][place][direction]));
            for (key, line) in lines.as_object().unwrap() {
                let purpose = rules["lines"][place][direction][key].as_str().unwrap();
                assert!(line.as_str().unwrap().starts_with(&format!("{purpose}: ")), "{line} against {purpose}");
            }
        }
    }
}

#[test]
fn the_digest_follows_openings_only() {
    let one = |name: &str, components: &str, rest: &str| {
        format!(
            "data \"emc_rules\" \"{name}\" {{\n  placements = {{\n    agents = {{ components = [\"desktop\"] }}\n    core = {{ components = [{components}] }}\n  }}\n{rest}\n}}\n"
        )
    };
    let workspace = applied(
        &[
            one("base", "\"configuration\"", ""),
            one(
                "reason",
                "\"configuration\"",
                "  policy {\n    reasons = { \"configuration.29091\" = \"why\" }\n    answers = { A36 = \"found\" }\n  }",
            ),
            one("more", "\"configuration\", \"voice_store\"", ""),
            one("ingress", "\"configuration\"", "  policy {\n    directions = [\"ingress\"]\n  }"),
            one("one", "\"configuration\"", "  manage = [\"core\"]"),
        ]
        .concat(),
    );
    let digest = |name: &str| workspace.values(&format!("data.emc_rules.{name}"))["digest"].as_str().unwrap().to_owned();
    assert_eq!(digest("base"), digest("reason"), "words open nothing");
    assert_eq!(digest("ingress"), digest("one"), "either way only `core` is opened toward `agents`");
    let different: BTreeSet<String> = ["base", "more", "one"].map(digest).into();
    assert_eq!(different.len(), 3);
}

#[test]
fn a_table_that_is_not_known_at_plan_is_an_error_that_says_so() {
    let workspace = Workspace::new();
    workspace.init();
    let config = "resource \"terraform_data\" \"table\" {\n  input = \"table.json\"\n}\nprovider \"emc\" {\n  matrix_file = terraform_data.table.output\n}\n";
    workspace.write("main.tf", &format!("{config}data \"emc_port_matrix\" \"all\" {{}}\n"));
    workspace.validate();
    workspace
        .plan_fails()
        .says("Error: Unknown port matrix")
        .says("The provider's `matrix_file` is not known yet, so neither is the table. Give a path that is known when Terraform plans.");
    workspace.write("main.tf", &format!("{config}{SITE}"));
    workspace
        .plan_fails()
        .says("The provider's `matrix_file` is not known yet, so neither are the rules. Give a path that is known when Terraform plans.");
}
