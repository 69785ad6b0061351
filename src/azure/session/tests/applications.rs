//! Applications: what they show, and where.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use super::*;

const TOKEN_URL: &str = "POST https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/azure/session/certificate/tests/aes_with_chain.pfx");

/// Signs in once and returns what was asked.
async fn asked(settings: Settings, variables: &[(&str, &str)]) -> Vec<Seen> {
    let (outside, inside) = (Server::new(azure), Server::new(nobody));
    let session = session(settings, variables, &outside, &inside);
    session.open().await.unwrap();
    assert_eq!(outside.lines(), [""; 0], "nobody is asked before a token is needed");
    assert_eq!(token(&session).await.unwrap().token.secret(), "access-hush");
    outside.seen()
}

fn said(seen: &Seen, name: &str) -> String {
    seen.field(name).unwrap_or_default()
}

#[tokio::test]
async fn a_secret_is_sent_to_the_tenant() {
    let asked = asked(Settings { client_secret: hush("hush"), ..application() }, &[]).await;
    let [seen] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(seen.line, TOKEN_URL);
    assert_eq!(
        [said(seen, "grant_type"), said(seen, "client_id"), said(seen, "client_secret"), said(seen, "scope")],
        ["client_credentials", "the-client", "hush", "https://management.azure.com/.default"]
    );
    assert_eq!(seen.field("client_assertion"), None);
    assert!(seen.header("user-agent").starts_with("terraform-provider-emc "), "{:?}", seen.headers);
}

#[tokio::test]
async fn a_certificate_signs_who_it_is_and_for_whom() {
    let settings = Settings { client_certificate_path: text(CERTIFICATE), client_certificate_password: hush("hush"), ..application() };
    let asked = asked(settings, &[]).await;
    let [seen] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((seen.line.as_str(), said(seen, "client_assertion_type").as_str()), (TOKEN_URL, ASSERTION_TYPE));
    assert_eq!((said(seen, "grant_type").as_str(), said(seen, "client_id").as_str()), ("client_credentials", "the-client"));
    let assertion = said(seen, "client_assertion");
    let parts: Vec<Vec<u8>> = assertion.split('.').map(|part| BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
    let header: Value = serde_json::from_slice(&parts[0]).unwrap();
    // The thumbprint was computed by another program when the certificate was made.
    let thumbprint = include_str!("../certificate/tests/thumbprint.txt").trim();
    assert_eq!(header, serde_json::json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint }));
    let claims: Value = serde_json::from_slice(&parts[1]).unwrap();
    assert_eq!(claims["aud"], "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token");
    assert_eq!((&claims["iss"], &claims["sub"]), (&Value::from("the-client"), &Value::from("the-client")));
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["nbf"].as_u64().unwrap(), 600);
    assert_eq!(claims["jti"].as_str().unwrap().len(), 36);
}

#[tokio::test]
async fn a_token_is_shown_as_it_is() {
    let inline = Settings { use_oidc: Some(true), oidc_token: hush("assertion-hush"), ..application() };
    let asked = asked(inline, &[]).await;
    let [seen] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((seen.line.as_str(), said(seen, "client_assertion_type").as_str()), (TOKEN_URL, ASSERTION_TYPE));
    assert_eq!(said(seen, "client_assertion"), "assertion-hush");
}

#[tokio::test]
async fn a_file_with_a_token_is_read_for_each_sign_in() {
    let path = env::temp_dir().join(format!("emc-token-{}", std::process::id()));
    std::fs::write(&path, "  first\n").unwrap();
    let (outside, inside) = (Server::new(azure), Server::new(nobody));
    // As Azure's webhook sets it up in a cluster.
    let variables =
        [("AZURE_FEDERATED_TOKEN_FILE", path.to_str().unwrap()), ("AZURE_CLIENT_ID", "of-pod"), ("AZURE_TENANT_ID", "contoso.example")];
    let session = session(Settings { use_aks_workload_identity: Some(true), ..Settings::default() }, &variables, &outside, &inside);
    token(&session).await.unwrap();
    std::fs::write(&path, "second").unwrap();
    token(&session).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    let shown: Vec<_> = outside.seen().iter().map(|seen| (said(seen, "client_id"), said(seen, "client_assertion"))).collect();
    assert_eq!(shown, [("of-pod".to_owned(), "first".to_owned()), ("of-pod".to_owned(), "second".to_owned())]);
    let told = token(&session).await.unwrap_err();
    assert!(told.fault.starts_with(&format!("the token in `{}` cannot be read: ", path.display())), "{told:?}");
}

#[tokio::test]
async fn a_github_workflow_asks_for_its_token() {
    let variables =
        [("ACTIONS_ID_TOKEN_REQUEST_URL", "https://token.example/github?v=2"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-hush")];
    let asked = asked(Settings { use_oidc: Some(true), ..application() }, &variables).await;
    let [request, sign_in] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((request.line.as_str(), request.header("authorization")), ("GET https://token.example/github", "Bearer request-hush"));
    assert_eq!((request.parameter("v"), request.parameter("audience")), (text("2"), text("api://AzureADTokenExchange")));
    assert_eq!((sign_in.line.as_str(), said(sign_in, "client_assertion").as_str()), (TOKEN_URL, "assertion-hush"));
}

#[tokio::test]
async fn an_azure_pipeline_asks_for_the_token_of_its_service_connection() {
    let variables = [
        ("SYSTEM_OIDCREQUESTURI", "https://token.example/pipelines?audience=ours"),
        ("SYSTEM_ACCESSTOKEN", "request-hush"),
        ("ARM_OIDC_AZURE_SERVICE_CONNECTION_ID", "the-connection"),
    ];
    let asked = asked(Settings { use_oidc: Some(true), ..application() }, &variables).await;
    let [request, sign_in] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((request.line.as_str(), request.header("authorization")), ("POST https://token.example/pipelines", "Bearer request-hush"));
    assert_eq!((request.parameter("serviceConnectionId"), request.parameter("api-version")), (text("the-connection"), text("7.1")));
    assert_eq!(request.parameter("audience"), text("ours"), "what the URL says already is left alone");
    assert_eq!(said(sign_in, "client_assertion"), "assertion-hush");
}

#[tokio::test]
async fn other_clouds_sign_in_elsewhere() {
    let sign_in = async |settings: Settings| {
        let asked = asked(Settings { client_secret: hush("hush"), ..settings }, &[]).await;
        (asked[0].line.clone(), said(&asked[0], "scope"))
    };
    let of = |name: &str| Settings { environment: text(name), ..application() };
    let line = |host: &str| format!("POST https://{host}/contoso.example/oauth2/v2.0/token");
    assert_eq!(
        sign_in(of("USGovernment")).await,
        (line("login.microsoftonline.us"), "https://management.usgovcloudapi.net/.default".to_owned())
    );
    assert_eq!(sign_in(of("china")).await, (line("login.chinacloudapi.cn"), "https://management.chinacloudapi.cn/.default".to_owned()));
}

#[tokio::test]
async fn a_metadata_host_is_asked_once_and_believed() {
    let (outside, inside) = (Server::new(azure), Server::new(nobody));
    let settings =
        Settings { metadata_host: text("cloud.example:8443"), environment: text("no cloud"), client_secret: hush("hush"), ..application() };
    let session = session(settings, &[], &outside, &inside);
    let cloud = &session.open().await.unwrap().cloud;
    assert_eq!((cloud.resource_manager.as_str(), cloud.audience.as_str()), ("https://arm.cloud.example/", "https://arm.cloud.example"));
    session.open().await.unwrap();
    token(&session).await.unwrap();
    let seen = outside.seen();
    assert_eq!(
        seen.iter().map(|seen| seen.line.as_str()).collect::<Vec<_>>(),
        ["GET https://cloud.example:8443/metadata/endpoints", "POST https://login.cloud.example/contoso.example/oauth2/v2.0/token"]
    );
    assert_eq!(
        (seen[0].parameter("api-version"), said(&seen[1], "scope")),
        (text("2022-09-01"), "https://arm.cloud.example/.default".to_owned())
    );
}

#[tokio::test]
async fn partners_and_products_are_named_to_everybody() {
    let settings = Settings { partner_id: text("3b8c2f7e-9a4d-4e1b-8c6f-2d5a7e9b1c34"), client_secret: hush("hush"), ..application() };
    let asked = asked(settings, &[("TF_APPEND_USER_AGENT", " pipeline/1.4 ")]).await;
    let agent = asked[0].header("user-agent");
    assert!(agent.ends_with(" pid-3b8c2f7e-9a4d-4e1b-8c6f-2d5a7e9b1c34 pipeline/1.4"), "{agent}");
    assert_eq!(agent.matches("pid-").count(), 1, "{agent}");
}
