//! Who the provider is to Azure: every way of signing in that needs no machine of Azure, and what is refused.
//!
//! A rule in a group proves that the token was one of a principal that may write there; the server checks secrets, signatures, audiences.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::Site;
use crate::support::{Arm, Output, Workspace, root};

/// A group, and a workspace that knows the cloud, but has no credentials.
fn stranger() -> Site {
    let arm = Arm::new();
    let environment = arm.environment();
    let known = ["ARM_METADATA_HOSTNAME", "SSL_CERT_FILE"];
    let workspace = known.into_iter().fold(Workspace::new(), |workspace, name| workspace.with_env(name, &environment[name]));
    workspace.init();
    let ids = arm.groups(&["core"]);
    Site { arm, workspace, ids }
}

fn with(site: Site, variables: &[(&str, &str)]) -> Site {
    let Site { arm, workspace, ids } = site;
    let workspace = variables.iter().fold(workspace, |workspace, (name, value)| workspace.with_env(name, value));
    Site { arm, workspace, ids }
}

/// The same with the tenant and a client in the environment.
fn as_client(site: Site, client: &str) -> Site {
    let tenant = site.arm.made()["tenant"].as_str().unwrap().to_owned();
    with(site, &[("ARM_TENANT_ID", &tenant), ("ARM_CLIENT_ID", client)])
}

fn owner(site: &Site, key: &str) -> String {
    site.arm.made()["principal"][key].as_str().unwrap().to_owned()
}

/// Writes a provider with this `azure` block, and a resource that opens one port.
fn write(site: &Site, azure: &str) {
    let text = format!(
        r#"
provider "emc" {{
  azure {{
    {azure}
  }}
}}

resource "emc_azure_network_security_rules" "rollout" {{
  name = "emc"
  placements = {{
    agents = {{ components = ["desktop"], address_prefixes = ["10.20.0.0/16"] }}
    core   = {{ components = ["xml_server"], network_security_group_id = "<core>", address_prefixes = ["10.1.0.0/24"] }}
  }}
  policy {{
    directions = ["ingress"]
    transport  = "prefer_secure"
    exclude    = ["xml_server.29069"]
  }}
}}
"#
    );
    site.workspace.write("main.tf", &site.with_ids(&text));
}

/// Applies with this `azure` block, asserts that the rule is there, and that no secret is in what Terraform logs.
#[track_caller]
fn signs_in(site: Site, azure: &str) -> Site {
    let log = site.workspace.path().join("trace.log");
    let site = with(site, &[("TF_LOG", "trace"), ("TF_LOG_SDK", "trace"), ("TF_LOG_PATH", log.to_str().unwrap())]);
    write(&site, azure);
    let applied = site.workspace.settle();
    assert_eq!(site.arm.lines("core").len(), 1, "{}", applied.text());
    let logged = site.workspace.read("trace.log");
    assert!(logged.contains("sending request"), "what the libraries log arrives here");
    for secret in site.arm.secrets() {
        assert!(!logged.contains(&secret), "a secret of {} characters is in the log", secret.len());
    }
    site
}

/// Asserts that an apply with this `azure` block fails, and that nothing was written.
#[track_caller]
fn is_refused(site: &Site, azure: &str) -> Output {
    write(site, azure);
    let refused = site.workspace.apply_fails();
    assert_eq!(site.arm.count("PUT group"), 0);
    refused
}

#[test]
fn a_secret_signs_in_once_for_each_command() {
    let site = stranger();
    let (client, secret) = (owner(&site, "client_id"), owner(&site, "client_secret"));
    let site = with(as_client(site, &client), &[("ARM_CLIENT_SECRET", &secret)]);
    write(&site, "");
    site.workspace.plan();
    assert_eq!(site.arm.count("POST token"), 1);
    let site = signs_in(site, "");
    site.workspace.write("secret", &format!("{secret}\n"));
    let path = site.workspace.path().join("secret").display().to_string();
    signs_in(with(site, &[("ARM_CLIENT_SECRET", "")]), &format!("client_secret_file_path = \"{path}\""));
}

#[test]
fn what_is_written_goes_before_the_environment() {
    let site = stranger();
    let (client, secret) = (owner(&site, "client_id"), owner(&site, "client_secret"));
    let site = with(as_client(site, "00000000-0000-0000-0000-000000000000"), &[("ARM_CLIENT_SECRET", "wrong")]);
    signs_in(site, &format!("client_id = \"{client}\"\n    client_secret = \"{secret}\""));
}

#[test]
fn a_certificate_signs_in() {
    let folder = root().join("src/azure/session/certificate/tests");
    let pem = fs::read_to_string(folder.join("certificate.pem")).unwrap();
    let der: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    for file in ["aes_with_chain.pfx", "triple_des.pfx"] {
        let site = stranger();
        let made = site.arm.principal_with(json!({ "certificates": [der] }));
        let site = as_client(site, made["client_id"].as_str().unwrap());
        let path = folder.join(file).display().to_string();
        let block = format!("client_certificate_path = \"{path}\"");
        is_refused(&site, &block).says("cannot be opened without a password").says("azure.client_certificate_path");
        let site = with(site, &[("ARM_CLIENT_CERTIFICATE_PASSWORD", "hush")]);
        let site = signs_in(site, &block);
        // The same bytes, in the configuration itself.
        site.workspace.destroy();
        signs_in(site, &format!("client_certificate = filebase64(\"{path}\")"));
    }
}

#[test]
fn a_certificate_that_is_not_registered_is_told() {
    let site = stranger();
    let client = owner(&site, "client_id");
    let path = root().join("src/azure/session/certificate/tests/aes_with_chain.pfx").display().to_string();
    let site = with(as_client(site, &client), &[("ARM_CLIENT_CERTIFICATE_PASSWORD", "hush")]);
    is_refused(&site, &format!("client_certificate_path = \"{path}\""))
        .says("with a certificate: AADSTS700027")
        .says("Register the certificate with the application");
}

#[test]
fn a_github_workflow_signs_in_with_its_token() {
    let site = stranger();
    let client = owner(&site, "client_id");
    let github = site.arm.made()["github"].clone();
    let text = |name: &str| github[name].as_str().unwrap();
    let variables = [("ACTIONS_ID_TOKEN_REQUEST_URL", text("url")), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", text("token"))];
    let site = signs_in(with(as_client(site, &client), &variables), "use_oidc = true");
    assert!(site.arm.count("GET github") > 0);
}

#[test]
fn an_azure_pipeline_signs_in_with_the_token_of_its_service_connection() {
    let site = stranger();
    let client = owner(&site, "client_id");
    let pipelines = site.arm.made()["pipelines"].clone();
    let text = |name: &str| pipelines[name].as_str().unwrap();
    let variables = [
        ("SYSTEM_OIDCREQUESTURI", text("url")),
        ("SYSTEM_ACCESSTOKEN", text("token")),
        ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", text("connection")),
        ("ARM_USE_OIDC", "true"),
    ];
    let site = signs_in(with(as_client(site, &client), &variables), "");
    assert!(site.arm.count("POST pipelines") > 0);
}

#[test]
fn a_file_with_a_token_signs_in() {
    let site = stranger();
    let (issuer, subject, audience) = ("https://cluster.example", "system:serviceaccount:emc:rollout", "api://AzureADTokenExchange");
    let made = site.arm.principal_with(json!({ "federations": [{ "issuer": issuer, "subject": subject, "audience": audience }] }));
    let (client, tenant) = (made["client_id"].as_str().unwrap(), site.arm.made()["tenant"].as_str().unwrap().to_owned());
    site.workspace.write("token", &site.arm.assertion(issuer, subject, audience));
    let path = site.workspace.path().join("token").display().to_string();
    // As the webhook of workload identity sets it up.
    let variables = [("AZURE_CLIENT_ID", client), ("AZURE_TENANT_ID", &tenant), ("AZURE_FEDERATED_TOKEN_FILE", &path)];
    let site = signs_in(with(site, &variables), "use_aks_workload_identity = true");
    site.workspace.write("token", &site.arm.assertion(issuer, "somebody else", audience));
    write(&site, "use_aks_workload_identity = true");
    site.workspace.plan_fails().says("with the token of an identity provider: AADSTS").says("federated credential");
}

#[test]
fn a_machine_signs_in_with_its_identity() {
    let site = stranger();
    let app = site.arm.made()["app_service"].clone();
    let text = |name: &str| app[name].as_str().unwrap();
    let variables = [("IDENTITY_ENDPOINT", text("endpoint")), ("IDENTITY_HEADER", text("header"))];
    let site = signs_in(with(site, &variables), "use_msi = true");
    assert!(site.arm.count("GET app") > 0);
}

/// Puts an `az` on the path that answers with what is given, and notes what it was asked.
fn with_cli(site: Site, script: &str) -> Site {
    site.workspace.write("bin/az", &format!("#!/bin/sh\necho \"$@\" >> \"{}/asked\"\n{script}\n", site.workspace.path().display()));
    let bin = site.workspace.path().join("bin");
    fs::set_permissions(bin.join("az"), fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", bin.display());
    with(site, &[("PATH", &path)])
}

#[test]
fn whoever_is_signed_in_to_the_cli_signs_in() {
    let site = stranger();
    let given = json!({ "accessToken": site.arm.token(), "expires_on": 4_102_444_800_u64, "tokenType": "Bearer" });
    let site = with_cli(site, &format!("echo '{given}'"));
    write(&site, "");
    site.workspace.plan();
    let asked = site.workspace.read("asked");
    assert_eq!(asked.lines().count(), 1, "one token serves all: {asked}");
    assert!(asked.starts_with("account get-access-token -o json --scope https://") && !asked.contains("--tenant"), "{asked}");
    let subscription = site.arm.subscription().to_owned();
    let site = signs_in(site, &format!("subscription_id = \"{subscription}\"\n    tenant_id = \"contoso.example\""));
    assert!(site.workspace.read("asked").contains(&format!("--subscription {subscription}")));
}

#[test]
fn a_cli_that_is_not_there_or_not_signed_in_is_told() {
    let site = with_cli(stranger(), "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
    is_refused(&site, "").says("the Azure CLI is not signed in: Please run 'az login' to setup account").says("Run `az login`");
    site.workspace.remove("bin/az");
    is_refused(&site, "").says("there is no `az` on the path of the provider").says("`client_secret`");
    is_refused(&site, "use_cli = false").says("use_cli").says("Cannot sign in to Azure");
}

#[test]
fn a_wrong_secret_is_told_and_nothing_weaker_is_tried() {
    let site = stranger();
    let client = owner(&site, "client_id");
    let site = with_cli(with(as_client(site, &client), &[("ARM_CLIENT_SECRET", "wrong")]), "echo never");
    is_refused(&site, "use_msi = true").says("with a secret: AADSTS7000215").says("Write the secret's value, not its id");
    assert!(!site.workspace.path().join("asked").exists(), "the CLI is not asked");
}

#[test]
fn a_file_that_cannot_be_read_is_told_at_its_attribute_before_anything_is_asked() {
    let site = stranger();
    let client = owner(&site, "client_id");
    let site = as_client(site, &client);
    is_refused(&site, "client_secret_file_path = \"/no/such/file\"")
        .says("client_secret_file_path = \"/no/such/file\"")
        .says("the client secret in `/no/such/file` cannot be read")
        .says("whoever runs Terraform must be able to read the file");
    assert_eq!(site.arm.actions(), Vec::<String>::new());
    site.workspace.validate();
}

#[test]
fn each_setting_is_checked_at_its_place() {
    let site = stranger();
    let cases = [
        (
            "environment = \"publik\"",
            "`publik` is not an Azure cloud. Did you mean `public`? Choose from: `public`, `usgovernment`, `china`.",
        ),
        ("metadata_host = \"https://a.example\"", "`https://a.example` is not the name of a host"),
        ("tenant_id = \"a/b\"", "`a/b` is not a tenant"),
        ("subscription_id = \"main\"", "`main` is not the id of a subscription"),
        ("client_certificate = \"%\"", "the certificate is not a file in base64"),
        ("msi_endpoint = \"here\"", "`here` is not a URL"),
        ("oidc_request_url = \"here\"", "`here` is not a URL"),
        ("partner_id = \"me\"", "`me` is not a partner id"),
        ("use_oidc = false\n    oidc_token = \"t\"", "`azure` has `oidc_token`, and `use_oidc = false` keeps it from being used"),
        ("auxiliary_tenant_ids = []", "An argument named \"auxiliary_tenant_ids\" is not expected here"),
    ];
    for (azure, told) in cases {
        write(&site, azure);
        let attribute = azure.lines().last().unwrap().trim();
        let output = site.workspace.run(&["validate", "-json"]).fails().blames_nobody();
        let said: Value = serde_json::from_str(&output.stdout).unwrap();
        let [one] = said["diagnostics"].as_array().unwrap().as_slice() else { panic!("{azure}: {}", output.stdout) };
        assert!(one["detail"].as_str().unwrap().contains(told), "{azure}: {one}");
        assert_eq!(one["snippet"]["code"].as_str().unwrap().trim(), attribute, "{azure}");
    }
    assert_eq!(site.arm.actions(), Vec::<String>::new());
}
