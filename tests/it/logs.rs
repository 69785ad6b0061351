//! What the process logs: hclog lines that the CLI understands, and never a secret.

use std::fs;

use crate::support::{Ec2, Workspace};

const SECRET: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYnotARealKey0";
const IDENTITY: &str = "eyJhbGciOiJSUzI1NiJ9.notarealidentitytoken";
const PROXY: &str = "notarealproxypassword";
const TOKEN: &str = "IQoJb3JpZ2luX2VjNOTAREALTOKENnotarealtoken";

#[test]
fn no_secret_is_in_any_log() {
    let ec2 = Ec2::new();
    let groups = ec2.groups(&["core"]);
    // Everything that can be said is said: the CLI, the provider, and the libraries of the provider.
    let workspace = Workspace::new().with_env("TF_LOG", "TRACE").with_env("TF_LOG_SDK", "TRACE").with_env("TF_LOG_PROVIDER_EMC", "TRACE");
    let log = workspace.path().join("trace.log");
    let workspace = workspace.with_env("TF_LOG_PATH", &log.to_string_lossy());
    let (endpoint, key, core) = (ec2.endpoint(), ec2.access_key(), &groups["core"]);
    let role = format!("arn:aws:iam::{}:role/network", ec2.account());
    let identity = format!("assume_role_with_web_identity {{\n role_arn = \"{role}\"\n web_identity_token = \"{IDENTITY}\"\n}}");
    let roles = format!("assume_role {{\n role_arn = \"{role}\"\n}}");
    let main = |identity: &str| {
        format!(
            r#"
provider "emc" {{
  aws {{
    region     = "eu-central-1"
    access_key = "{key}"
    secret_key = "{SECRET}"
    token      = "{TOKEN}"
    no_proxy   = "127.0.0.1"
    http_proxy = "http://me:{PROXY}@127.0.0.1:1"
    endpoints {{
      ec2 = "{endpoint}"
      sts = "{endpoint}"
    }}
    {identity}
    default_tags {{
      tags = {{ team = "network" }}
    }}
  }}
}}

resource "emc_aws_security_group_rules" "rollout" {{
  name = "emc-prod"
  placements = {{
    agents = {{ components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }}
    core   = {{ components = ["configuration"], security_group_id = "{core}" }}
  }}
}}
"#
        )
    };
    workspace.init();
    for identity in ["", roles.as_str(), identity.as_str()] {
        workspace.write("main.tf", &main(identity));
        workspace.settle();
    }
    let written = fs::read_to_string(&log).unwrap();
    // The CLI itself may log configurations, but this one it only sends; the provider is what speaks of calls.
    assert!(written.contains("provider.terraform-provider-emc"), "the provider's lines are in the log");
    assert!(written.contains("tf_rpc"), "calls are told");
    for secret in [SECRET, TOKEN, IDENTITY, PROXY] {
        let line = written.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "a secret is in the log: {line:?}");
    }
    assert!(!written.contains("unexpected data"), "nothing is written to stdout after the handshake");
    assert!(!written.contains("failed to exit gracefully"), "every process ends by itself");
}
