//! `matrix_file`: a broken one is an error with its place and nothing is planned; a correct one is used and shown.

use sha2::{Digest, Sha256};

use super::{PLACEMENTS, assert_said, policy, refuses, resource, workspace};
use crate::support::Workspace;

const TABLE: &str = include_str!("../../../src/matrix/emc_6_6.json");

fn configuration(file: &str) -> String {
    format!("provider \"emc\" {{\n  matrix_file = \"{file}\"\n}}\n{}", resource(PLACEMENTS))
}

/// Line and column, from 1, of the first place where `text` has `words`.
fn place(text: &str, words: &str) -> String {
    let before = &text[..text.find(words).unwrap()];
    let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
    format!("line {}, column {column}", before.matches('\n').count() + 1)
}

fn assert_broken(workspace: &Workspace, text: &str, fault: &str) {
    workspace.write("table.json", text);
    let detail = format!(
        "matrix_file = \"table.json\" | Invalid matrix file | In `table.json`:\n{fault}\n\nThe data source `emc_port_matrix` exports the embedded table as `json`, to start from."
    );
    refuses(workspace, &configuration("table.json"), &[&detail]);
    let planned = workspace.run(&["plan", "-json", "-input=false", "-out=plan.out"]).fails().blames_nobody();
    assert_said(&planned, &[&detail]);
    assert!(!planned.stdout.contains("planned_change"), "nothing is planned with a broken table:\n{}", planned.stdout);
    assert!(!workspace.path().join("plan.out").exists() || workspace.run(&["show", "plan.out"]).code != 0);
}

#[test]
fn a_broken_file_is_told_with_line_column_and_path() {
    let workspace = workspace();
    let cut = TABLE.replacen("\"release\": \"6.6\",", "\"release\": \"6.6\"", 1);
    assert_ne!(cut, TABLE);
    assert_broken(&workspace, &cut, "line 4, column 3: not valid JSON: expected `,` or `}`");
    let words = "\"listener\": \"crm_connector\", \"initiators\": [\"desktop\"";
    let unknown = TABLE.replacen(words, &words.replace("desktop", "desktopp"), 1);
    assert_ne!(unknown, TABLE);
    let fault = format!(
        "{}, at flows[\"crm_connector.29027\"].initiators[0]: unknown component or role `desktopp`; did you mean `desktop`?",
        place(&unknown, "\"desktopp\"")
    );
    assert_broken(&workspace, &unknown, &fault);
    let key = TABLE.replacen("\"release\"", "\"relase\"", 1);
    assert_broken(
        &workspace,
        &key,
        "line 1, column 1: key `release` is missing\nline 3, column 3, at relase: unknown key `relase`; did you mean `release`?",
    );
    assert_broken(&workspace, "", "line 1, column 1: not valid JSON: EOF while parsing a value");
    assert_broken(&workspace, "[]", "line 1, column 1: expected an object, found a list");
}

#[test]
fn a_missing_file_is_told() {
    let workspace = workspace();
    refuses(
        &workspace,
        &configuration("nowhere.json"),
        &[
            "matrix_file = \"nowhere.json\" | Unreadable matrix file | The file `nowhere.json` cannot be read: No such file or directory (os error 2). Give the path of a file that can be read, for example one that starts with `${path.root}/`.",
        ],
    );
}

#[test]
fn a_changed_table_is_in_force() {
    let workspace = workspace();
    workspace.write("main.tf", "data \"emc_port_matrix\" \"all\" {}\noutput \"json\" {\n  value = data.emc_port_matrix.all.json\n}\n");
    workspace.apply();
    let exported = workspace.output("json").as_str().unwrap().to_owned();
    workspace.write("same.json", &exported);

    // The site's own name for a component, and another port.
    let changed = exported.replace("\"desktop\"", "\"agent_desktop\"").replace("configuration.29091", "configuration.30091");
    let changed = changed.replacen("\"port\": 29091", "\"port\": 30091", 1);
    assert_ne!(changed, exported);
    workspace.write("table.json", &changed);
    let own = configuration("${path.root}/table.json").replace("[\"desktop\"]", "[\"agent_desktop\"]");
    workspace.write("main.tf", &own);
    workspace.validate();
    let planned = workspace.plan_json();
    let after = &planned["resource_changes"][0]["change"]["after"];
    assert!(after["lines"]["core"]["ingress"]["tcp 30091 from agents"].as_str().unwrap().starts_with("configuration.30091 (plain, row 4)"));
    let sha256: String = Sha256::digest(changed.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let summary = after["summary"].as_str().unwrap();
    assert!(summary.contains(&format!("EMC 6.6 file {}, as_listed", &sha256[..8])), "{summary}");

    // The embedded names are not names of this table.
    refuses(
        &workspace,
        &configuration("table.json"),
        &[
            "agents = { components = [\"desktop\"], cidr_ipv4 = [\"10.20.0.0/16\"] } | Unknown component | In placement `agents`: `desktop` is neither a component nor a role of EMC 6.6. The data source `emc_port_matrix` lists all `components` and `roles`.",
        ],
    );
    // A copy of the embedded table is the embedded table, but for the word in the summary.
    workspace.write("main.tf", &configuration("same.json"));
    let copy = workspace.plan_json()["resource_changes"][0]["change"]["after"].clone();
    workspace.write("main.tf", &resource(PLACEMENTS));
    let embedded = workspace.plan_json()["resource_changes"][0]["change"]["after"].clone();
    for attribute in ["lines", "unexpanded", "open_questions", "still_plain", "digest", "rule_count"] {
        assert_eq!(copy[attribute], embedded[attribute], "{attribute}");
    }
    let words = |value: &serde_json::Value| value["summary"].as_str().unwrap().to_owned();
    let sha256: String = Sha256::digest(exported.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(words(&copy), words(&embedded).replace("embedded", &format!("file {}", &sha256[..8])));
}

#[test]
fn the_file_counts_for_names_in_a_policy_too() {
    let workspace = workspace();
    workspace.write("table.json", &TABLE.replace("configuration.29091", "configuration.30091"));
    let config = policy("    include = [\"configuration.29091\"]");
    refuses(
        &workspace,
        &format!("provider \"emc\" {{\n  matrix_file = \"table.json\"\n}}\n{config}"),
        &[
            "include = [\"configuration.29091\"] | Unknown flow | `configuration.29091` is not a flow of the port matrix. Did you mean `configuration.39091`?",
        ],
    );
}
