//! Who the provider is to AWS: every source of credentials, roles, what is refused, ways through the network, tags, regions.
//!
//! Each account of the endpoint has its own groups, so a rule in a group proves whose credentials were used.

mod network;
mod regions;
mod restricted;
mod roles;
mod sources;
mod tags;
mod validation;
mod wrong;

use crate::support::{Ec2, Output, Workspace};

/// An account with a group, and a workspace that knows where EC2 and STS are, but has no credentials.
struct Site {
    ec2: Ec2,
    core: String,
    workspace: Workspace,
}

impl Site {
    fn new() -> Site {
        let ec2 = Ec2::new();
        let core = ec2.bare_groups(&["core"])["core"].clone();
        let workspace = Workspace::new()
            .with_env("AWS_ENDPOINT_URL_EC2", &ec2.endpoint())
            .with_env("AWS_ENDPOINT_URL_STS", &ec2.endpoint())
            .with_env("AWS_REGION", "eu-central-1");
        Site { ec2, core, workspace }
    }

    fn with_env(self, name: &str, value: &str) -> Site {
        Site { workspace: self.workspace.with_env(name, value), ..self }
    }

    /// The same with the account's own keys in the environment.
    fn with_keys(self) -> Site {
        let key = self.ec2.access_key();
        self.with_env("AWS_ACCESS_KEY_ID", &key).with_env("AWS_SECRET_ACCESS_KEY", "secret")
    }

    /// The same with these shared files.
    fn with_files(self, config: &str, credentials: &str) -> Site {
        self.workspace.write("aws-config", config);
        self.workspace.write("aws-credentials", credentials);
        let path = |name: &str| self.workspace.path().join(name).to_string_lossy().into_owned();
        let (config, credentials) = (path("aws-config"), path("aws-credentials"));
        self.with_env("AWS_CONFIG_FILE", &config).with_env("AWS_SHARED_CREDENTIALS_FILE", &credentials)
    }

    /// Writes a provider with this `aws` block, and a resource with what else is in it.
    fn write(&self, aws: &str, more: &str) {
        self.workspace.write("main.tf", &configuration(aws, &self.core, more));
    }

    /// Initializes, applies with this `aws` block, and asserts that the rule is in the group of this account.
    #[track_caller]
    fn signs_in(&self, aws: &str) -> Output {
        self.workspace.init();
        self.write(aws, "");
        let applied = self.workspace.settle();
        assert_eq!(self.ec2.lines(&self.core).len(), 1, "{}", applied.text());
        applied
    }

    /// Initializes and asserts that an apply with this `aws` block fails and writes nothing.
    #[track_caller]
    fn is_refused(&self, aws: &str) -> Output {
        self.workspace.init();
        self.write(aws, "");
        let refused = self.workspace.apply_fails();
        assert!(self.ec2.lines(&self.core).is_empty(), "nothing is written");
        refused
    }
}

/// A provider with this `aws` block, and a resource that opens one port in this group.
fn configuration(aws: &str, core: &str, more: &str) -> String {
    format!(
        r#"
provider "emc" {{
  aws {{
    {aws}
  }}
}}

resource "emc_aws_security_group_rules" "rollout" {{
  name = "emc-prod"
  placements = {{
    agents = {{ components = ["desktop"], cidr_ipv4 = ["10.20.0.0/16"] }}
    core   = {{ components = ["xml_server"], security_group_id = "{core}" }}
  }}
  policy {{
    directions = ["ingress"]
    transport  = "prefer_secure"
    exclude    = ["xml_server.29069"]
  }}
  {more}
}}
"#
    )
}

/// A role in an account.
fn role(ec2: &Ec2) -> String {
    format!("arn:aws:iam::{}:role/network", ec2.account())
}

/// The parameters of each call of an action, in their order.
fn sent(ec2: &Ec2, action: &str) -> Vec<serde_json::Value> {
    ec2.log().into_iter().filter(|call| call["action"] == action).map(|call| call["params"].clone()).collect()
}
