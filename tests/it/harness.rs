//! The harness itself: what the other tests rely on without saying so.

use serde_json::json;

#[cfg(feature = "test-servers")]
use crate::support::Arm;
use crate::support::{Ec2, Workspace};

#[test]
fn accounts_of_the_endpoint_know_nothing_of_each_other() {
    let (one, two) = (Ec2::new(), Ec2::new());
    let (ours, theirs) = (one.groups(&["core"]), two.groups(&["core"]));
    let rule = one.authorize(&ours["core"], json!({ "ports": "443", "cidr": "10.0.0.0/8", "description": "by hand" }));
    assert_eq!(one.lines(&ours["core"]), ["ingress tcp 443 10.0.0.0/8: by hand", "egress -1 all 0.0.0.0/0"]);
    assert_eq!(two.lines(&theirs["core"]), ["egress -1 all 0.0.0.0/0"]);
    assert_eq!(two.lines(&ours["core"]), [""; 0], "a group of another account is not seen");
    one.modify(&ours["core"], &rule, json!({ "ToPort": 444, "Description": null }));
    assert_eq!(one.lines(&ours["core"]), ["ingress tcp 443-444 10.0.0.0/8", "egress -1 all 0.0.0.0/0"]);
    assert_eq!(one.revoke(&ours["core"], "443-444"), 1);
    assert_eq!(one.calls().len(), 0, "what is done by hand is not counted");
}

#[test]
#[cfg(feature = "test-servers")]
fn accounts_of_azure_know_nothing_of_each_other() {
    let (one, two) = (Arm::new(), Arm::with(json!({ "settings": { "polls": 3 } })));
    let (ours, web) = (&one.groups(&["core"])["core"], &one.asgs(&["web"])["web"]);
    two.groups(&["core"]);
    let ends = json!({ "sourceAddressPrefix": "10.0.0.0/8", "destinationApplicationSecurityGroups": [{ "id": web }] });
    one.put_rule(ours, "by-hand", ends);
    one.put_rule(ours, "egress", json!({ "direction": "Outbound", "destinationPortRange": "443", "description": "out" }));
    let lines = ["100 Inbound Allow Tcp 10.0.0.0/8:* > web:* by-hand", "100 Outbound Allow Tcp *:* > *:443 egress: out"];
    assert_eq!(one.lines("core"), lines);
    assert_eq!(two.lines("core"), [""; 0]);
    one.edit_rule(ours, "egress", json!({ "access": "Deny", "description": null }));
    one.delete_rule(ours, "by-hand");
    assert_eq!(one.lines(ours), ["100 Outbound Deny Tcp *:* > *:443 egress"]);
    one.edit_group(ours, json!({ "tags": { "owner": "net" } }));
    assert_eq!(one.group(ours)["tags"]["owner"], "net");
    assert_eq!((one.calls().len(), one.log().len(), one.hanging()), (0, 0, 0), "what is done by hand is not counted");
    assert_eq!(one.environment()["ARM_SUBSCRIPTION_ID"], one.subscription());
    assert!(one.secrets().contains(&one.environment()["ARM_CLIENT_SECRET"]));
    assert_ne!(one.principal(json!([]))["ARM_CLIENT_ID"], one.environment()["ARM_CLIENT_ID"]);
}

#[test]
fn a_workspace_runs_the_cli_through_plan_apply_and_destroy() {
    let workspace = Workspace::new();
    workspace.remove("versions.tf"); // the CLI alone, without the provider
    workspace.write("main.tf", "resource \"terraform_data\" \"one\" {\n  input = \"hello\"\n}\n");
    workspace.init();
    assert_eq!(workspace.plan().code, 2);
    workspace.settle();
    assert_eq!(workspace.values("terraform_data.one")["output"], "hello");
    workspace.write("main.tf", "resource \"terraform_data\" \"one\" {\n  input = nothing\n}\n");
    workspace
        .plan_fails()
        .says("A reference to a resource type must be followed by at least one attribute access, specifying the resource name.");
    workspace.write("main.tf", "");
    workspace.apply().says("1 destroyed");
    workspace.plan_is_empty();
}

#[test]
fn the_cli_installs_the_provider_from_the_mirror() {
    let workspace = Workspace::new();
    let version = env!("CARGO_PKG_VERSION");
    workspace.init().says(&format!("Installed emc-rollout/emc v{version}"));
    assert!(workspace.read(".terraform.lock.hcl").contains(&format!("\"{version}\"")));
}
