//! Names of clouds, and what a host may say of its own.

use azure_core::http::StatusCode;
use azure_core::http::headers::Headers;

use super::*;

#[test]
fn clouds_have_the_names_of_the_official_provider() {
    let host = |name: &str| Cloud::named(name).unwrap().resource_manager.host_str().unwrap().to_owned();
    for (name, wanted) in [
        ("public", "management.azure.com"),
        ("Public", "management.azure.com"),
        ("global", "management.azure.com"),
        ("canary", "management.azure.com"),
        ("usgovernment", "management.usgovcloudapi.net"),
        ("usgovernmentl4", "management.usgovcloudapi.net"),
        ("usgovernmentl5", "management.usgovcloudapi.net"),
        ("dod", "management.usgovcloudapi.net"),
        ("china", "management.chinacloudapi.cn"),
    ] {
        assert_eq!(host(name), wanted, "{name}");
    }
    for name in NAMES {
        assert!(Cloud::named(name).is_ok(), "{name}");
    }
    assert_eq!(
        Cloud::named("publik").unwrap_err(),
        "`publik` is not an Azure cloud. Did you mean `public`? Choose from: `public`, `usgovernment`, `china`"
    );
    assert_eq!(Cloud::named("german").unwrap_err(), "`german` is not an Azure cloud. Choose from: `public`, `usgovernment`, `china`");
}

#[test]
fn tokens_are_asked_for_where_resources_are() {
    let described = |text: &str| described(&RawResponse::from_bytes(StatusCode::Ok, Headers::new(), text.as_bytes().to_vec()));
    let cloud = |audiences: &str| {
        let text = format!(
            r#"{{"resourceManager":"https://arm.example/","authentication":{{"loginEndpoint":"https://login.example/"{audiences}}}}}"#
        );
        described(&text).unwrap().scope()
    };
    assert_eq!(cloud(""), "https://arm.example/.default");
    assert_eq!(cloud(r#","audiences":["https://core.example/","https://arm.example"]"#), "https://arm.example/.default");
    assert_eq!(cloud(r#","audiences":["https://stack.example/7f3a/"]"#), "https://stack.example/7f3a/.default");
    assert_eq!(Cloud::named("public").unwrap().token_url("contoso.example").unwrap().path(), "/contoso.example/oauth2/v2.0/token");
}

#[test]
fn hosts_are_names_and_no_urls() {
    for host in ["management.azure.com", "localhost:8443", "[::1]:443"] {
        assert!(metadata_host(host).is_ok(), "{host}");
    }
    for host in ["", "https://management.azure.com", "a/b", "a?b", "user@host", "a b", "a:b:c"] {
        assert!(metadata_host(host).unwrap_err().contains("without `https://`"), "{host}");
    }
}
