//! The examples of functions say what their comments and the guides promise.

use serde_json::Value;

use super::{comparable, example, page, quotes};
use crate::support::{Output, Workspace};

pub(super) const FUNCTIONS: [&str; 7] = ["allows", "dot", "expand", "flows", "mermaid", "request_sheet", "why"];

fn applied(function: &str) -> (Workspace, Output) {
    let workspace = Workspace::new();
    workspace.write("function.tf", &example(&format!("functions/{function}/function.tf")));
    workspace.init();
    workspace.validate();
    let said = workspace.settle();
    (workspace, said)
}

#[test]
fn expand_and_flows_give_values() {
    let (workspace, _) = applied("expand");
    assert_eq!(workspace.output("core")["tcp 39091 from agents"], "configuration.39091 (secure, row 5)");
    assert_eq!(workspace.output("digest").as_str().map(str::len), Some(16));
    let (workspace, _) = applied("flows");
    assert_eq!(workspace.output("desktop_to_stores")["email_store.39097"], "tcp 39097, secure, row 6");
    let initiators = workspace.output("to_the_database");
    assert!(initiators.as_array().unwrap().contains(&Value::from("desktop")), "{initiators}");
}

#[test]
fn assertions_hold_or_say_why_they_do_not() {
    let (_, said) = applied("allows");
    said.never_says("Warning");
    let (workspace, said) = applied("why");
    let answer = "no: sql_server.1433 from agents to db (excluded: desktops use the servers, CHG0012345)";
    assert_eq!(workspace.output("desktops"), answer);
    assert!(example("functions/why/function.tf").contains(answer), "the comment says what the answer is");
    let flows = workspace.output("to_the_database");
    assert!(flows.as_array().unwrap().iter().all(|flow| flow["from"] == "core" && flow["row"] == 45), "{flows}");
    assert!(
        said.flat().contains(
            "Is there plain traffic from agents? yes: tcp 29069 from agents to core by xml_server.29069 (plain, management, row 34)"
        ),
        "{}",
        said.flat()
    );
}

#[test]
fn sheets_and_pictures_are_texts() {
    let (workspace, _) = applied("request_sheet");
    let request = workspace.output("request");
    let request = request.as_str().unwrap();
    assert!(request.contains(",core,NET-EMC-CORE,any,agents,\"10.20.0.0/16, 10.21.4.0/22\",5900,tcp,extra.remote-help,not known,remote help,CHG0012345,2027-01-31,\n"), "{request}");
    let stateless = workspace.output("stateless");
    assert!(stateless.as_str().unwrap().contains("clients connect from ports 49152-65535."), "{stateless}");
    let (workspace, _) = applied("mermaid");
    let picture = workspace.output("picture");
    let committed = format!("```mermaid\n{}```", picture.as_str().unwrap());
    assert!(page("tests/docs/guides/pictures-and-requests.md").contains(&committed), "the guide shows another picture:\n{committed}");
    let quoted = quotes(&page("tests/docs/guides/pictures-and-requests.md"));
    let said: Vec<String> = request.lines().map(comparable).collect();
    assert!(quoted.len() > 3 && quoted.iter().all(|line| said.contains(&comparable(line))), "the guide quotes another request:\n{request}");
    let (workspace, _) = applied("dot");
    assert!(workspace.output("picture").as_str().unwrap().starts_with("digraph emc {"));
}
