//! Misspelt names: each is told on its attribute, with the name that was probably meant.

use super::{PLACEMENTS, plan_refuses, policy, refuses, resource, workspace};

#[test]
fn misspelt_names_in_a_policy() {
    let workspace = workspace();
    let config = policy(
        r#"
    transport       = "prefer_secured"
    directions      = ["ingres", "both"]
    include         = ["crm_connector.29072"]
    exclude         = [
      "license_directr.29073",
      "aes.450 from agentes",
      "configuration.29091 form agents",
    ]
    management_from = ["agent", "desktpo", "jumphost"]
    mail            = ["pop", "exchange"]
    port_ranges     = "coalesced"
    initiators = {
      "ids_voice_and_presence.2906" = ["desktop"]
      "ttrace_server.10403"         = ["ttrace_consol"]
      "cs_portal_api.9699"          = []
    }
    roles = {
      applicatons  = ["desktop"]
      applications = ["desktp"]
      gateways     = ["aes"]
    }
    ports = {
      "aes.implied.link_port" = "30091"
    }
    answers = {
      "A77"  = "asked the vendor"
      "doubt" = "no such thing"
    }
    reasons = {
      "aes450" = "telephony"
    }
    extra {
      name     = "jump"
      from     = "agnets"
      to       = "bastion"
      protocol = "tpc"
      ports    = "3389"
      reason   = "remote help"
    }"#,
    );
    refuses(
        &workspace,
        &config,
        &[
            "transport       = \"prefer_secured\" | Unknown choice | `prefer_secured` is not a choice for `transport`. Did you mean `prefer_secure`? Choose from: `as_listed`, `prefer_secure`, `secure_only`, `plain_only`.",
            "directions      = [\"ingres\", \"both\"] | Unknown choice | `ingres` is not a choice for `directions`. Did you mean `ingress`? Choose from: `ingress`, `egress`.",
            "directions      = [\"ingres\", \"both\"] | Unknown choice | `both` is not a choice for `directions`. Choose from: `ingress`, `egress`.",
            "include         = [\"crm_connector.29072\"] | Unknown flow | `crm_connector.29072` is not a flow of the port matrix. Did you mean `crm_connector.29027`?",
            "exclude         = [ | Unknown flow | `license_directr.29073` is not a flow of the port matrix. Did you mean `license_director.29073`?",
            "exclude         = [ | Unknown placement | `agentes` is not a placement of this configuration. Did you mean `agents`?",
            "exclude         = [ | Unknown flow | `configuration.29091 form agents` is not a flow of the port matrix. To close a flow only from one placement, write `configuration.29091 from <placement>`.",
            "management_from = [\"agent\", \"desktpo\", \"jumphost\"] | Unknown placement or component | `agent` is neither a placement nor a component or role. Did you mean `agents`?",
            "management_from = [\"agent\", \"desktpo\", \"jumphost\"] | Unknown placement or component | `desktpo` is neither a placement nor a component or role. Did you mean `desktop`?",
            "management_from = [\"agent\", \"desktpo\", \"jumphost\"] | Unknown placement or component | `jumphost` is neither a placement nor a component or role. The data source `emc_port_matrix` lists all `components` and `roles`.",
            "mail            = [\"pop\", \"exchange\"] | Unknown choice | `pop` is not a choice for `mail`. Did you mean `pop3`? Choose from: `pop3`, `pop3s`, `imap`, `imaps`, `smtp`, `smtps`.",
            "mail            = [\"pop\", \"exchange\"] | Unknown choice | `exchange` is not a choice for `mail`. Choose from: `pop3`, `pop3s`, `imap`, `imaps`, `smtp`, `smtps`.",
            "port_ranges     = \"coalesced\" | Unknown choice | `coalesced` is not a choice for `port_ranges`. Did you mean `coalesce`? Choose from: `exact`, `coalesce`.",
            "\"ids_voice_and_presence.2906\" = [\"desktop\"] | Unknown flow | `ids_voice_and_presence.2906` is not a flow of the port matrix. Did you mean `ids_voice_and_presence.29068`?",
            "\"ttrace_server.10403\"         = [\"ttrace_consol\"] | Unknown component | `ttrace_consol` is neither a component nor a role of EMC 6.6. Did you mean `ttrace_console`?",
            "\"cs_portal_api.9699\"          = [] | No initiator | `cs_portal_api.9699` is left without anyone who opens it. Name components or roles, or list it in `exclude`.",
            "applicatons  = [\"desktop\"] | Unknown role | `applicatons` is not a role. Did you mean `applications`?",
            "applications = [\"desktp\"] | Not a member of the role | `desktp` is not a member of the role `applications`; `roles` can only narrow it (to widen a flow, use `initiators`). Did you mean `desktop`?",
            "gateways     = [\"aes\"] | Not a member of the role | `aes` is not a member of the role `gateways`; `roles` can only narrow it (to widen a flow, use `initiators`). Choose from: `sms_gateway`, `web_chat_gateway`, `xmpp_gateway`.",
            "\"aes.implied.link_port\" = \"30091\" | Unknown flow | `aes.implied.link_port` is not a flow of the port matrix. Did you mean `aes.implied.link_ports`?",
            "\"A77\"  = \"asked the vendor\" | Unknown doubt | `A77` is not a doubt of the port matrix. The data source `emc_port_matrix` lists all `doubts`.",
            "\"doubt\" = \"no such thing\" | Unknown doubt | `doubt` is not a doubt of the port matrix. The data source `emc_port_matrix` lists all `doubts`.",
            "\"aes450\" = \"telephony\" | Unknown flow | `aes450` is not a flow of the port matrix. Did you mean `aes.450`?",
            "from     = \"agnets\" | Unknown placement | `agnets` is not a placement of this configuration. Did you mean `agents`?",
            "to       = \"bastion\" | Unknown placement | `bastion` is not a placement of this configuration. Choose from: `agents`, `core`.",
            "protocol = \"tpc\" | Unknown choice | `tpc` is not a choice for `protocol`. Did you mean `tcp`? Choose from: `tcp`, `udp`.",
        ],
    );
}

#[test]
fn misspelt_names_outside_of_the_policy() {
    let workspace = workspace();
    let config = resource(
        r#"
  placements = {
    agents = { components = ["desktopp"], cidr_ipv4 = ["10.20.0.0/16"] }
    media  = { components = ["Media-Director", "exchange"], cidr_ipv4 = ["10.21.0.0/16"] }
    core = {
      components        = ["configuration"]
      security_group_id = "sg-0123456789abcdef0"
      peer_by           = "grop"
    }
  }
  manage     = ["cor", "elsewhere"]
  release    = "6.5"
  on_foreign = "rmove""#,
    );
    refuses(
        &workspace,
        &config,
        &[
            "agents = { components = [\"desktopp\"], cidr_ipv4 = [\"10.20.0.0/16\"] } | Unknown component | In placement `agents`: `desktopp` is neither a component nor a role of EMC 6.6. Did you mean `desktop`?",
            "media  = { components = [\"Media-Director\", \"exchange\"], cidr_ipv4 = [\"10.21.0.0/16\"] } | Unknown component | In placement `media`: `Media-Director` is neither a component nor a role of EMC 6.6. Did you mean `media_director`?",
            "media  = { components = [\"Media-Director\", \"exchange\"], cidr_ipv4 = [\"10.21.0.0/16\"] } | Unknown component | In placement `media`: `exchange` is neither a component nor a role of EMC 6.6. The data source `emc_port_matrix` lists all `components` and `roles`.",
            "core = { | Unknown choice | `grop` is not a choice for `placements[\"core\"].peer_by`. Did you mean `group`? Choose from: `group`, `addresses`, `both`.",
            "manage     = [\"cor\", \"elsewhere\"] | Unknown placement | `cor` is not a placement of this configuration. Did you mean `core`?",
            "manage     = [\"cor\", \"elsewhere\"] | Unknown placement | `elsewhere` is not a placement of this configuration. Choose from: `agents`, `core`, `media`.",
            "release    = \"6.5\" | Unknown release | The table in force is for release `6.6`, not `6.5`. Other releases come with other versions of the provider, or as `matrix_file`.",
            "on_foreign = \"rmove\" | Unknown choice | `rmove` is not a choice for `on_foreign`. Did you mean `remove`? Choose from: `ignore`, `report`, `remove`.",
        ],
    );
}

#[test]
fn the_data_sources_tell_the_same() {
    let workspace = workspace();
    let config = r#"
data "emc_rules" "names" {
  placements = {
    agents = { components = ["desktp"] }
    core   = { components = ["configuration"] }
  }
  manage = ["cors"]
  policy {
    transport = "secure"
    mail      = ["smpt"]
  }
}
data "emc_port_matrix" "part" {
  filter {
    components = ["desktp"]
    transports = ["secured"]
    doubts     = ["A3", "A333", "zzz"]
  }
}
"#;
    refuses(
        &workspace,
        config,
        &[
            "agents = { components = [\"desktp\"] } | Unknown component | In placement `agents`: `desktp` is neither a component nor a role of EMC 6.6. Did you mean `desktop`?",
            "manage = [\"cors\"] | Unknown placement | `cors` is not a placement of this configuration. Did you mean `core`?",
            "transport = \"secure\" | Unknown choice | `secure` is not a choice for `transport`. Did you mean `secure_only`? Choose from: `as_listed`, `prefer_secure`, `secure_only`, `plain_only`.",
            "mail      = [\"smpt\"] | Unknown choice | `smpt` is not a choice for `mail`. Did you mean `smtp`? Choose from: `pop3`, `pop3s`, `imap`, `imaps`, `smtp`, `smtps`.",
            "components = [\"desktp\"] | Unknown component or role | `desktp` is neither a component nor a role of EMC 6.6. Did you mean `desktop`?",
            "transports = [\"secured\"] | Unknown choice | `secured` is not a choice for `filter.transports`. Did you mean `secure`? Choose from: `plain`, `secure`, `either`.",
            "doubts     = [\"A3\", \"A333\", \"zzz\"] | Unknown doubt | `A333` is not a doubt of the port matrix. Leave `doubts` out to see them all.",
            "doubts     = [\"A3\", \"A333\", \"zzz\"] | Unknown doubt | `zzz` is not a doubt of the port matrix. Leave `doubts` out to see them all.",
        ],
    );
}

#[test]
fn misspelt_arguments_are_refused_by_terraform_itself() {
    let workspace = workspace();
    let unexpected = |code: &str, name: &str, near: &str| {
        format!("{code} | Unsupported argument | An argument named \"{name}\" is not expected here. Did you mean \"{near}\"?")
    };
    for (config, expected) in [
        (policy("    transprot = \"as_listed\""), unexpected("transprot = \"as_listed\"", "transprot", "transport")),
        (policy("    management_form = [\"core\"]"), unexpected("management_form = [\"core\"]", "management_form", "management_from")),
        (
            policy(
                "    extra {\n      name     = \"jump\"\n      from     = \"agents\"\n      to       = \"core\"\n      protocol = \"tcp\"\n      ports    = \"3389\"\n      reason   = \"help\"\n      expire   = \"2027-01-31\"\n    }",
            ),
            unexpected("expire   = \"2027-01-31\"", "expire", "expires"),
        ),
        (resource(&format!("{PLACEMENTS}\n  on_forein = \"report\"")), unexpected("on_forein = \"report\"", "on_forein", "on_foreign")),
        (
            "provider \"emc\" {\n  aws {\n    regoin = \"eu-central-1\"\n  }\n}\ndata \"emc_port_matrix\" \"all\" {}\n".to_owned(),
            unexpected("regoin = \"eu-central-1\"", "regoin", "region"),
        ),
    ] {
        refuses(&workspace, &config, &[&expected]);
    }
    let missing = policy("    extra {\n      name = \"jump\"\n    }");
    let required =
        |name: &str| format!("extra {{ | Missing required argument | The argument \"{name}\" is required, but no definition was found.");
    let expected: Vec<String> = ["from", "to", "protocol", "ports", "reason"].map(required).to_vec();
    refuses(&workspace, &missing, &expected.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn with_a_table_that_is_not_known_yet_names_are_told_at_plan() {
    let workspace = workspace();
    workspace.write("matrix.json", include_str!("../../../src/matrix/emc_6_6.json"));
    let config = format!(
        "variable \"table\" {{\n  type = string\n}}\nprovider \"emc\" {{\n  matrix_file = var.table\n}}\n{}",
        policy("    transport = \"prefer\"")
    );
    workspace.write("main.tf", &config);
    workspace.validate();
    plan_refuses(
        &workspace,
        &config,
        &["-var=table=matrix.json"],
        &[
            "transport = \"prefer\" | Unknown choice | `prefer` is not a choice for `transport`. Did you mean `prefer_secure`? Choose from: `as_listed`, `prefer_secure`, `secure_only`, `plain_only`.",
        ],
    );
}

#[test]
fn the_excerpt_shows_the_line_that_is_wrong() {
    let workspace = workspace();
    workspace.write(
        "main.tf",
        &resource(
            r#"  placements = {
    agents = {
      components = ["desktop"]
      cidr_ipv4  = ["10.20.0.5/16"]
    }
    core = {
      components        = ["configuration"]
      security_group_id = "sg-0123456789abcdef0"
    }
  }
  policy {
    ports = {
      "configuration.29091" = "0"
    }
  }"#,
        ),
    );
    let said = workspace.validate_fails();
    said.says("on main.tf line 4, in resource \"emc_aws_security_group_rules\" \"emc\": 4: agents = {");
    said.says("In `cidr_ipv4` of placement `agents`: `10.20.0.5/16` has bits set beyond its prefix; write `10.20.0.0/16`.");
    said.says("on main.tf line 15, in resource \"emc_aws_security_group_rules\" \"emc\": 15: \"configuration.29091\" = \"0\"");
    said.says("In `ports[\"configuration.29091\"] = \"0\"`: port 0 cannot be opened; ports go from 1 to 65535.");
}
