//! `terraform test` in the examples: green as they are, and red once what they assert does not hold.

use super::example;
use crate::support::Workspace;

/// What `terraform test` says, green or red.
#[track_caller]
pub(super) fn tested(workspace: &Workspace, passes: bool) -> String {
    let said = workspace.run(&["test", "-no-color"]);
    assert_eq!(said.code == 0, passes, "{}", said.text());
    said.flat()
}

#[test]
fn the_assertions_hold_and_can_fail() {
    let workspace = Workspace::new();
    workspace.remove("versions.tf");
    let main = example("assertions/main.tf");
    workspace.write("main.tf", &main);
    workspace.write("segmentation.tftest.hcl", &example("assertions/segmentation.tftest.hcl"));
    workspace.init();
    workspace.validate();
    assert!(tested(&workspace, true).contains("1 passed, 0 failed."));
    workspace.settle().never_says("Check block assertion failed");

    // A failing `check` block fails the test as well.
    workspace.write("main.tf", &main.replace("    exclude   = [\"sql_server.1433 from agents\"]\n", ""));
    let said = tested(&workspace, false);
    workspace.plan().says("Check block assertion failed");
    workspace.write("main.tf", &main.replace("secure_only", "as_listed"));
    let said = format!("{said}{}", tested(&workspace, false));
    for told in [
        "A desktop reaches the SQL server: yes: tcp 1433 from agents to database by sql_server.1433 (either, row 45",
        "Something plain leaves the agent network. yes: ",
    ] {
        assert!(said.contains(told), "{told}\n{said}");
    }
    workspace.write("main.tf", &main.replace("\"media_stores\"]", "\"call_routing\"]"));
    assert!(tested(&workspace, false).contains("The media stores do not reach their database. no: "));
}

/// Its tests in the working directory of a rollout: green as it is, red once the database opens to the DMZ.
#[track_caller]
pub(super) fn rollout_is_tested(workspace: &Workspace, folder: &str) {
    workspace.write("rollout.tftest.hcl", &example(&format!("{folder}/rollout.tftest.hcl")));
    assert!(tested(workspace, true).contains("1 passed, 0 failed."));
    let main = workspace.read("main.tf");
    let opened = main.replace(
        "{ \"ttrace_server.10403\" = [\"ttrace_console\"] }",
        "{ \"ttrace_server.10403\" = [\"ttrace_console\"], \"sql_server.1433\" = [\"gateways\"] }",
    );
    assert_ne!(main, opened);
    workspace.write("main.tf", &opened);
    let said = tested(workspace, false);
    assert!(said.contains("The DMZ reaches the database."), "{said}");
    workspace.write("main.tf", &main);
    workspace.remove("rollout.tftest.hcl");
}
