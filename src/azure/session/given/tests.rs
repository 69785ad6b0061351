//! Each variable of the official provider, and what goes before what.

use std::collections::BTreeMap;

use super::*;

fn given(settings: &Settings, variables: &[(&str, &str)]) -> Given {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    Given::of(settings, &|name| variables.get(name).map(ToString::to_string)).unwrap()
}

fn text(said: Option<&Said<String>>) -> Option<String> {
    said.map(|said| format!("{} at {}", said.value, said.place))
}

fn hidden(said: Option<&Said<Secret>>) -> Option<String> {
    said.map(|said| format!("{} at {}", said.value.reveal(), said.place))
}

#[test]
fn each_variable_is_heard() {
    type Look = fn(&Given) -> Option<String>;
    let machine = |given: &Given| given.machine.is_some().then(|| "on".to_owned());
    let looks: [(&str, Look); 25] = [
        ("ARM_SUBSCRIPTION_ID", |given| text(given.subscription.as_ref())),
        ("ARM_TENANT_ID", |given| text(given.tenant.as_ref())),
        ("ARM_ENVIRONMENT", |given| text(Some(&given.environment))),
        ("ARM_METADATA_HOSTNAME", |given| text(given.metadata_host.as_ref())),
        ("ARM_CLIENT_ID", |given| text(given.client.as_ref())),
        ("ARM_CLIENT_ID_FILE_PATH", |given| text(given.client_file.as_ref())),
        ("ARM_CLIENT_SECRET", |given| hidden(given.secret.as_ref())),
        ("ARM_CLIENT_SECRET_FILE_PATH", |given| text(given.secret_file.as_ref())),
        ("ARM_CLIENT_CERTIFICATE", |given| hidden(given.certificate.as_ref())),
        ("ARM_CLIENT_CERTIFICATE_PATH", |given| text(given.certificate_file.as_ref())),
        ("ARM_CLIENT_CERTIFICATE_PASSWORD", |given| hidden(given.certificate_password.as_ref())),
        ("ARM_OIDC_TOKEN", |given| hidden(given.token.as_ref())),
        ("ARM_OIDC_TOKEN_FILE_PATH", |given| text(given.token_file.as_ref())),
        ("ARM_OIDC_REQUEST_URL", |given| text(given.request_url.as_ref())),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", |given| text(given.request_url.as_ref())),
        ("SYSTEM_OIDCREQUESTURI", |given| text(given.request_url.as_ref())),
        ("ARM_OIDC_REQUEST_TOKEN", |given| hidden(given.request_token.as_ref())),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", |given| hidden(given.request_token.as_ref())),
        ("SYSTEM_ACCESSTOKEN", |given| hidden(given.request_token.as_ref())),
        ("ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID", |given| text(given.connection.as_ref())),
        ("ARM_OIDC_AZURE_SERVICE_CONNECTION_ID", |given| text(given.connection.as_ref())),
        ("ARM_PARTNER_ID", |given| text(given.partner.as_ref())),
        ("ARM_MSI_ENDPOINT", |given| text(given.machine.as_ref()?.endpoint.as_ref())),
        ("ARM_MSI_API_VERSION", |given| text(given.machine.as_ref()?.version.as_ref())),
        ("AZURE_CLIENT_ID", |given| text(given.workload.as_ref()?.client.as_ref())),
    ];
    let on = Settings { use_msi: Some(true), use_aks_workload_identity: Some(true), ..Settings::default() };
    for (name, look) in looks {
        assert_eq!(look(&given(&on, &[(name, " said ")])), Some(format!("said at {name}")).map(|text| keep_blanks(name, text)), "{name}");
        assert_ne!(look(&given(&on, &[])), look(&given(&on, &[(name, "said")])), "{name}");
    }
    type IsOn = fn(&Given) -> bool;
    let switches: [(&str, IsOn); 4] = [
        ("ARM_USE_OIDC", |given| given.oidc),
        ("ARM_USE_AKS_WORKLOAD_IDENTITY", |given| given.workload.is_some() && given.oidc),
        ("ARM_USE_MSI", |given| given.machine.is_some()),
        ("ARM_USE_CLI", |given| given.cli),
    ];
    for (name, look) in switches {
        assert!(look(&given(&Settings::default(), &[(name, "true")])), "{name}");
        assert!(!look(&given(&Settings::default(), &[(name, "false")])), "{name}");
    }
    assert_eq!(machine(&given(&Settings::default(), &[("ARM_MSI_ENDPOINT", "said")])), None, "an endpoint alone switches nothing on");
}

/// A password is taken as it is.
fn keep_blanks(name: &str, text: String) -> String {
    if name == "ARM_CLIENT_CERTIFICATE_PASSWORD" { text.replace("said at", " said  at") } else { text }
}

#[test]
fn what_is_written_goes_first_and_the_first_variable_before_the_next() {
    let settings = Settings { oidc_request_url: Some(String::new()), client_id: Some("mine".to_owned()), ..Settings::default() };
    let variables = [
        ("ARM_CLIENT_ID", "other"),
        ("ARM_OIDC_REQUEST_URL", ""),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "of-workflow"),
        ("SYSTEM_OIDCREQUESTURI", "of-pipeline"),
        ("ARM_USE_MSI", "false"),
    ];
    let given = given(&Settings { use_msi: Some(true), ..settings }, &variables);
    assert_eq!(text(given.client.as_ref()).unwrap(), "mine at `client_id`");
    assert_eq!(text(given.request_url.as_ref()).unwrap(), "of-workflow at ACTIONS_ID_TOKEN_REQUEST_URL", "empty is unset");
    assert!(given.machine.is_some());
}

#[test]
fn yes_and_no_are_those_of_the_official_provider() {
    for yes in ["1", "t", "T", "TRUE", "true", "True"] {
        assert_eq!(boolean("ARM_USE_OIDC", yes), Ok(true));
    }
    for no in ["0", "f", "F", "FALSE", "false", "False"] {
        assert_eq!(boolean("ARM_USE_OIDC", no), Ok(false));
    }
    for neither in ["yes", "on", "tRUE", "2"] {
        assert!(boolean("ARM_USE_OIDC", neither).unwrap_err().advice.contains("`true` or `false`"));
    }
}
