//! The data source `emc_port_matrix_diff` with the real CLI: what another table would change for a site.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Workspace, root};

/// The embedded table, changed, in a file beside the configuration.
fn workspace(change: impl FnOnce(&mut Value)) -> Workspace {
    let text = fs::read_to_string(root().join("src/matrix/emc_6_6.json")).unwrap();
    let mut table: Value = serde_json::from_str(&text).unwrap();
    change(&mut table);
    let workspace = Workspace::new();
    workspace.write("table.json", &table.to_string());
    workspace
}

fn closed(table: &mut Value) {
    table["flows"]["configuration.39091"]["default_state"] = json!("closed");
}

#[test]
fn the_example_says_what_a_table_under_review_would_change() {
    let workspace = workspace(closed);
    let text = fs::read_to_string(root().join("examples/data-sources/emc_port_matrix_diff/data-source.tf")).unwrap();
    workspace.write("main.tf", &text);
    workspace.init();
    workspace.validate();
    workspace.settle().says("The table under review asks for other openings: ");
    let found = workspace.output("upgrade");
    assert_eq!(found["closes"]["core"], json!(["ingress tcp 39091 from agents: configuration.39091 (secure, row 5)"]), "{found:#}");
    // Without its secure twin, the plain flow is wanted again.
    assert_eq!(found["opens"]["core"], json!(["ingress tcp 29091 from agents: configuration.29091 (plain, row 4)"]));
    let summary = found["summary"].as_str().unwrap();
    assert!(summary.starts_with("2 open, 2 close, 0 change at 2 placements: EMC 6.6 embedded -> EMC 6.6 file "), "{summary}");
}

#[test]
fn the_table_in_force_is_the_second_one_unless_another_is_named() {
    let workspace = workspace(closed);
    let data = |more: &str| {
        format!(
            "provider \"emc\" {{\n  matrix_file = \"${{path.module}}/table.json\"\n}}\ndata \"emc_port_matrix_diff\" \"site\" {{\n  placements = {{\n    agents = {{ components = [\"desktop\"] }}\n    core = {{ components = [\"configuration\"] }}\n  }}\n{more}}}\noutput \"found\" {{\n  value = data.emc_port_matrix_diff.site\n}}\n"
        )
    };
    workspace.write("main.tf", &data(""));
    workspace.init();
    workspace.settle();
    let found = workspace.output("found");
    assert_eq!(found["flows"], json!({ "configuration.39091": "open -> closed as shipped: name it in include to open it" }));
    assert_eq!((&found["equal"], &found["opens"]), (&json!(false), &json!({})));
    assert_ne!(found["digest_before"], found["digest_after"]);

    workspace.write("main.tf", &data("  after = \"6.6\"\n"));
    workspace.settle();
    let found = workspace.output("found");
    assert_eq!((&found["equal"], &found["digest_before"]), (&json!(true), &found["digest_after"]));
    assert_eq!(found["summary"], "the same openings for the same reasons: EMC 6.6 embedded -> EMC 6.6 embedded");
}

#[test]
fn what_is_wrong_is_told_on_its_attribute() {
    let workspace = workspace(|table| {
        table["flows"].as_object_mut().unwrap().remove("crm_connector.29027");
        table["doubts"]["A1"]["flows"] = json!([]);
    });
    workspace.init();
    let data = |more: &str| {
        workspace.write(
            "main.tf",
            &format!("data \"emc_port_matrix_diff\" \"site\" {{\n  placements = {{\n    agents = {{ components = [\"desktop\"] }}\n  }}\n{more}}}\n"),
        );
    };
    data("  after = \"6.7\"\n");
    workspace.validate_fails().says("Unknown release").says("This provider has no table of release `6.7` built in; it has that of `6.6`.");
    data("  before = \"missing.json\"\n");
    workspace.validate_fails().says("Unreadable matrix file").says("The file `missing.json` cannot be read");
    data("  policy {\n    include = [\"configuration.29092\"]\n  }\n");
    workspace.validate_fails().says("configuration.29092").says("Did you mean `configuration.29091`?");
    data("  manage = [\"agent\"]\n");
    workspace.validate_fails().says("Unknown placement").says("`agents`");
}
