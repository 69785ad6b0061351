//! A folder in which the Terraform CLI runs against the built provider and nothing else of this machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process, thread};

use serde_json::{Value, json};
use terraform_provider_emc::matrix::Matrix;

use super::{Ec2, Output, tools};

/// Settings of the machine that would change what Terraform or the provider does.
const FOREIGN: [&str; 8] = ["AWS_", "TF_", "ARM_", "AZURE_", "EMC_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// A working directory of Terraform; removed when dropped, unless the test failed or `EMC_KEEP` is set.
#[derive(Debug)]
pub(crate) struct Workspace {
    folder: PathBuf,
    environment: BTreeMap<String, String>,
}

impl Workspace {
    /// An empty working directory that knows where the provider is (`versions.tf`), and nothing more.
    pub(crate) fn new() -> Workspace {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let test = thread::current().name().unwrap_or("test").replace("::", "-");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}-{number}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let workspace = Workspace { folder, environment: BTreeMap::new() };
        let mirror = serde_json::to_string(tools::mirror()).unwrap();
        workspace.write("cli.tfrc", &format!("provider_installation {{\n  filesystem_mirror {{\n    path = {mirror}\n  }}\n}}\n"));
        workspace
            .write("versions.tf", "terraform {\n  required_providers {\n    emc = {\n      source = \"emc-rollout/emc\"\n    }\n  }\n}\n");
        workspace
    }

    /// The same with the provider as a development override: nothing to initialize, and the CLI does not hash the executable with every
    /// command. For tests of many commands.
    pub(crate) fn overridden() -> Workspace {
        let workspace = Workspace::new();
        let folder = serde_json::to_string(&tools::installed()).unwrap();
        workspace
            .write("cli.tfrc", &format!("provider_installation {{\n  dev_overrides {{\n    \"emc-rollout/emc\" = {folder}\n  }}\n}}\n"));
        workspace
    }

    /// The same with the endpoint, keys and region of this account in the environment.
    pub(crate) fn with_ec2(self, ec2: &Ec2) -> Workspace {
        ec2.environment().into_iter().fold(self, |workspace, (name, value)| workspace.with_env(&name, &value))
    }

    /// The same with one more environment variable.
    pub(crate) fn with_env(mut self, name: &str, value: &str) -> Workspace {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }

    /// Writes or replaces a file; folders in its name are made.
    pub(crate) fn write(&self, file: &str, text: &str) {
        let file = self.folder.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Takes a file away.
    pub(crate) fn remove(&self, file: &str) {
        fs::remove_file(self.folder.join(file)).unwrap();
    }

    /// The text of a file.
    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.join(file)).unwrap()
    }

    /// A command of the CLI, ready to run or spawn.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(tools::terraform());
        command.args(arguments).current_dir(&self.folder).stdin(process::Stdio::null());
        for (name, _) in env::vars_os() {
            let upper = name.to_string_lossy().to_uppercase();
            if FOREIGN.iter().any(|foreign| upper.starts_with(foreign)) {
                command.env_remove(name);
            }
        }
        command
            .env("TF_CLI_CONFIG_FILE", self.folder.join("cli.tfrc"))
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            .env("HOME", &self.folder)
            .env("AWS_CONFIG_FILE", self.folder.join("no-aws-config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.folder.join("no-aws-credentials"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(&self.environment);
        command
    }

    /// Runs a command of the CLI, whatever comes of it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap_or_else(|error| panic!("{}: {error}", tools::terraform().display()));
        Output::of(&format!("terraform {}", arguments.join(" ")), output)
    }

    #[track_caller]
    pub(crate) fn init(&self) -> Output {
        self.run(&["init", "-no-color", "-input=false"]).ok()
    }

    #[track_caller]
    pub(crate) fn validate(&self) -> Output {
        self.run(&["validate", "-no-color"]).ok().blames_nobody()
    }

    #[track_caller]
    pub(crate) fn validate_fails(&self) -> Output {
        self.run(&["validate", "-no-color"]).fails().blames_nobody()
    }

    /// Plans, and keeps the plan as `plan.out`; the code is 0 for no changes and 2 for some.
    #[track_caller]
    pub(crate) fn plan(&self) -> Output {
        self.plan_with(&[]).ok().blames_nobody()
    }

    /// As [`Workspace::plan`] with more arguments, whatever comes of it.
    pub(crate) fn plan_with(&self, more: &[&str]) -> Output {
        self.run(&[&["plan", "-no-color", "-input=false", "-detailed-exitcode", "-out=plan.out"], more].concat())
    }

    #[track_caller]
    pub(crate) fn plan_fails(&self) -> Output {
        self.plan_with(&[]).fails().blames_nobody()
    }

    /// Asserts that there is nothing to do.
    #[track_caller]
    pub(crate) fn plan_is_empty(&self) -> Output {
        let plan = self.plan();
        assert_eq!(plan.code, 0, "a plan that should be empty:\n{}", plan.text());
        plan
    }

    /// Plans, and gives the plan as `terraform show -json` does.
    #[track_caller]
    pub(crate) fn plan_json(&self) -> Value {
        self.plan();
        self.json(&["show", "-json", "plan.out"])
    }

    /// Applies without asking.
    #[track_caller]
    pub(crate) fn apply(&self) -> Output {
        self.run(&["apply", "-no-color", "-input=false", "-auto-approve"]).ok().blames_nobody()
    }

    /// Applies the plan that was kept last.
    #[track_caller]
    pub(crate) fn apply_plan(&self) -> Output {
        self.run(&["apply", "-no-color", "-input=false", "plan.out"]).ok().blames_nobody()
    }

    #[track_caller]
    pub(crate) fn apply_fails(&self) -> Output {
        self.run(&["apply", "-no-color", "-input=false", "-auto-approve"]).fails().blames_nobody()
    }

    /// Applies, and asserts that nothing is left to do, and that every flow of the table ended as a line or as a reason.
    #[track_caller]
    pub(crate) fn settle(&self) -> Output {
        let applied = self.apply();
        self.plan_is_empty();
        self.every_flow_is_accounted_for();
        applied
    }

    /// Looks for every flow of the embedded table in each rollout of the state.
    #[track_caller]
    fn every_flow_is_accounted_for(&self) {
        let state: Value = serde_json::from_str(&self.read("terraform.tfstate")).unwrap();
        let rollouts = [json!("emc_aws_security_group_rules"), json!("emc_azure_network_security_rules")];
        let resources = state["resources"].as_array().into_iter().flatten().filter(|resource| rollouts.contains(&resource["type"]));
        for rollout in resources.flat_map(|resource| resource["instances"].as_array().unwrap()).map(|instance| &instance["attributes"]) {
            if !rollout["summary"].as_str().unwrap().contains("embedded") {
                continue;
            }
            let lines = rollout["lines"].to_string();
            for flow in Matrix::embedded().flows().keys() {
                let ruled = lines.contains(&format!("{flow} ("));
                let explained = !rollout["unexpanded"][flow.as_str()].is_null();
                assert!(ruled != explained, "{flow}: a line {ruled}, a reason {explained}, in {}", rollout["name"]);
            }
        }
    }

    #[track_caller]
    pub(crate) fn destroy(&self) -> Output {
        self.run(&["destroy", "-no-color", "-input=false", "-auto-approve"]).ok().blames_nobody()
    }

    #[track_caller]
    pub(crate) fn destroy_fails(&self) -> Output {
        self.run(&["destroy", "-no-color", "-input=false", "-auto-approve"]).fails().blames_nobody()
    }

    /// The state as `terraform show -json` gives it.
    #[track_caller]
    pub(crate) fn state_json(&self) -> Value {
        self.json(&["show", "-json"])
    }

    /// The values of one resource or data source of the root module in the state; null where it is not there.
    #[track_caller]
    pub(crate) fn values(&self, address: &str) -> Value {
        let state = self.state_json();
        let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        resources.into_iter().find(|resource| resource["address"] == address).map_or(Value::Null, |resource| resource["values"].clone())
    }

    /// The value of an output.
    #[track_caller]
    pub(crate) fn output(&self, name: &str) -> Value {
        self.json(&["output", "-json", name])
    }

    /// The schema as `terraform providers schema -json` gives it, for the one provider.
    #[track_caller]
    pub(crate) fn schema_json(&self) -> Value {
        let all = self.json(&["providers", "schema", "-json"]);
        all["provider_schemas"].as_object().unwrap().values().next().unwrap().clone()
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let said = self.run(arguments).ok();
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("`{}` is not JSON: {error}:\n{}", said.command, said.text()))
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if !thread::panicking() && env::var_os("EMC_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
