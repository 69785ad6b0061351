//! Which way is taken: the order of the official provider, whatever else is set.

use std::collections::BTreeMap;

use super::*;
use crate::azure::settings::Settings;

const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/azure/session/certificate/tests/aes_with_chain.pfx");

fn chosen(settings: &Settings, variables: &[(&str, &str)]) -> Result<Chosen, SignInError> {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    Chosen::of(&Given::of(settings, &|name| variables.get(name).map(ToString::to_string))?)
}

fn name(way: &Way) -> &'static str {
    match way {
        Way::Certificate { .. } => "certificate",
        Way::Secret { .. } => "secret",
        Way::Token { .. } => "token",
        Way::Pipeline { inquiry, .. } if inquiry.connection.is_some() => "pipelines",
        Way::Pipeline { .. } => "github",
        Way::Machine(_) => "machine",
        Way::Cli { .. } => "cli",
    }
}

#[test]
fn the_first_way_that_is_enabled_and_configured_is_taken() {
    let everything = [
        ("ARM_CLIENT_CERTIFICATE_PASSWORD", "hush"),
        ("ARM_CLIENT_ID", "the-client"),
        ("ARM_TENANT_ID", "contoso.example"),
        ("ARM_USE_OIDC", "true"),
        ("ARM_CLIENT_CERTIFICATE_PATH", CERTIFICATE),
        ("ARM_CLIENT_SECRET", "hush"),
        ("ARM_OIDC_TOKEN", "hush"),
        ("ARM_OIDC_REQUEST_URL", "https://token.example"),
        ("ARM_OIDC_REQUEST_TOKEN", "hush"),
        ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "it"),
        ("ARM_USE_MSI", "1"),
        ("ARM_USE_CLI", "T"),
    ];
    // What is taken out after what, and what is taken then.
    let order = [
        ("", "certificate"),
        ("ARM_CLIENT_CERTIFICATE_PATH", "secret"),
        ("ARM_CLIENT_SECRET", "token"),
        ("ARM_OIDC_TOKEN", "pipelines"),
        ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", "github"),
        ("ARM_OIDC_REQUEST_TOKEN", "machine"),
        ("ARM_USE_MSI", "cli"),
    ];
    let mut left = everything.to_vec();
    for (out, way) in order {
        left.retain(|(name, _)| *name != out);
        assert_eq!(name(&chosen(&Settings::default(), &left).unwrap().way), way, "without {out}");
    }
    left.retain(|(name, _)| *name != "ARM_USE_CLI");
    assert_eq!(name(&chosen(&Settings::default(), &left).unwrap().way), "cli", "the CLI is on unless switched off");
    left.push(("ARM_USE_CLI", "false"));
    let told = chosen(&Settings::default(), &left).unwrap_err();
    assert_eq!(told.attribute, Some("use_cli"));
    assert!(told.advice.contains("`use_oidc`, because there is an `oidc_request_url`, but no `oidc_request_token`"), "{told:?}");
}

#[test]
fn without_an_application_or_a_switch_a_way_is_passed_over() {
    let way = |variables: &[(&str, &str)]| {
        let Chosen { way, beside } = chosen(&Settings::default(), variables).unwrap();
        (name(&way), beside.join("; "))
    };
    let client = ("ARM_CLIENT_ID", "the-client");
    let tenant = ("ARM_TENANT_ID", "contoso.example");
    assert_eq!(
        way(&[client, ("ARM_CLIENT_SECRET", "hush")]),
        ("cli", "a secret (ARM_CLIENT_SECRET), because there is no `tenant_id`".to_owned())
    );
    assert_eq!(
        way(&[tenant, ("ARM_CLIENT_CERTIFICATE_PATH", "no file")]),
        ("cli", "a certificate (ARM_CLIENT_CERTIFICATE_PATH), because there is no `client_id`".to_owned())
    );
    assert_eq!(
        way(&[client, tenant, ("ARM_OIDC_TOKEN", "hush")]),
        ("cli", "ARM_OIDC_TOKEN, because `use_oidc` (ARM_USE_OIDC) is off".to_owned())
    );
    assert_eq!(way(&[client, tenant]), ("cli", String::new()));
}

#[test]
fn what_is_written_is_not_passed_over() {
    let settings = Settings { client_secret: Some("hush".into()), use_cli: Some(true), ..Settings::default() };
    let told = chosen(&settings, &[]).unwrap_err();
    assert_eq!(
        (told.fault.as_str(), told.attribute),
        ("`client_secret` is set, but there is neither a `client_id` nor a `tenant_id`", Some("client_secret"))
    );
    assert_eq!(told.advice, "Set `client_id` and `tenant_id` (ARM_CLIENT_ID, ARM_TENANT_ID), or take `client_secret` out.");
    let rest = [("ARM_CLIENT_ID", "the-client"), ("ARM_TENANT_ID", "contoso.example")];
    assert_eq!(name(&chosen(&settings, &rest).unwrap().way), "secret");
}

#[test]
fn what_is_said_twice_must_be_the_same() {
    let folder = std::env::temp_dir().join(format!("emc-way-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        Some(path.to_str().unwrap().to_owned())
    };
    let settings = Settings {
        tenant_id: Some("contoso.example".to_owned()),
        client_id_file_path: file("client", "the-client\n"),
        client_secret_file_path: file("secret", "hush\n"),
        ..Settings::default()
    };
    let Way::Secret { who, secret } = chosen(&settings, &[]).unwrap().way else { panic!() };
    assert_eq!((who.client.as_str(), secret.reveal()), ("the-client", "hush"));
    assert!(chosen(&settings, &[("ARM_CLIENT_ID", "the-client"), ("ARM_CLIENT_SECRET", "hush")]).is_ok());
    let told = chosen(&settings, &[("ARM_CLIENT_SECRET", "other")]).unwrap_err();
    assert_eq!(
        (told.fault.as_str(), told.attribute),
        ("ARM_CLIENT_SECRET and `client_secret_file_path` give two different client secrets", Some("client_secret_file_path"))
    );
    assert!(!format!("{told:?}").contains("hush"), "{told:?}");
    let missing = Settings { client_id_file_path: Some(folder.join("none").to_str().unwrap().to_owned()), ..settings.clone() };
    let told = chosen(&missing, &[]).unwrap_err();
    assert!(told.fault.contains("the client id in") && told.attribute == Some("client_id_file_path"), "{told:?}");
    let empty = Settings { client_secret_file_path: file("empty", " \n"), ..settings };
    assert!(chosen(&empty, &[]).unwrap_err().fault.ends_with("the file is empty"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_kubernetes_service_account_says_who_it_is() {
    let on = Settings { use_aks_workload_identity: Some(true), ..Settings::default() };
    let pod = [("AZURE_CLIENT_ID", "of-pod"), ("AZURE_TENANT_ID", "contoso.example"), ("AZURE_FEDERATED_TOKEN_FILE", CERTIFICATE)];
    let told = chosen(&on, &pod).unwrap_err();
    assert!(told.fault.contains("the token in"), "its file is read: {told:?}");
    let told = chosen(&Settings { client_id: Some("mine".to_owned()), ..on }, &pod).unwrap_err();
    assert_eq!((told.fault.as_str(), told.attribute), ("`client_id` and AZURE_CLIENT_ID give two different client ids", Some("client_id")));
    assert_eq!(name(&chosen(&Settings::default(), &pod).unwrap().way), "cli", "without the switch they mean nothing");
}

#[test]
fn texts_that_cannot_be_right_are_told_where_they_stand() {
    let told = |settings: Settings, variables: &[(&str, &str)]| {
        let told = chosen(&settings, variables).unwrap_err();
        (told.fault, told.attribute)
    };
    let (fault, attribute) = told(Settings { tenant_id: Some("a/../b".to_owned()), ..Settings::default() }, &[]);
    assert!(fault.starts_with("`a/../b` is not a tenant") && attribute == Some("tenant_id"), "{fault}");
    assert_eq!(
        told(Settings::default(), &[("ARM_USE_MSI", "yes")]),
        ("ARM_USE_MSI is `yes`, which says neither yes nor no".to_owned(), None)
    );
    let machine = Settings { use_msi: Some(true), msi_endpoint: Some("here".to_owned()), ..Settings::default() };
    assert_eq!(told(machine, &[]), ("`msi_endpoint` is `here`, which is not a URL".to_owned(), Some("msi_endpoint")));
    let pipeline = [
        ("ARM_CLIENT_ID", "c"),
        ("ARM_TENANT_ID", "t"),
        ("ARM_USE_OIDC", "true"),
        ("ARM_OIDC_REQUEST_URL", "here"),
        ("ARM_OIDC_REQUEST_TOKEN", "hush"),
    ];
    assert_eq!(told(Settings::default(), &pipeline), ("ARM_OIDC_REQUEST_URL is `here`, which is not a URL".to_owned(), None));
}
