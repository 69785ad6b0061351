//! What is said where nobody can sign in.

use super::*;

fn refusing(code: &'static str) -> Arc<Server> {
    Server::new(move |_| {
        (401, format!("{{\"error\":\"invalid_client\",\"error_description\":\"{code}: not you.\\r\\nTrace ID: 1\",\"error_codes\":[1]}}"))
    })
}

async fn refused(settings: Settings, variables: &[(&str, &str)], outside: &Arc<Server>) -> SignInError {
    token(&session(settings, variables, outside, &Server::new(nobody))).await.unwrap_err()
}

#[tokio::test]
async fn what_entra_says_is_told_with_what_to_do() {
    let with_secret = || Settings { client_secret: hush("hush"), ..application() };
    let told = refused(with_secret(), &[], &refusing("AADSTS7000215")).await;
    assert_eq!(
        told.fault,
        "application `the-client` could not sign in to tenant `contoso.example` with a secret: AADSTS7000215: not you. Trace ID: 1"
    );
    assert!(told.advice.contains("the secret's value, not its id"), "{told:?}");
    for (code, advice) in [
        ("AADSTS7000222", "has expired"),
        ("AADSTS700016", "knows no such application"),
        ("AADSTS90002", "knows no such tenant"),
        ("AADSTS1", "Check `tenant_id`, `client_id` and `client_secret`."),
    ] {
        let told = refused(with_secret(), &[], &refusing(code)).await;
        assert!(told.advice.contains(advice), "{code}: {told:?}");
    }
    let federated = Settings { use_oidc: Some(true), oidc_token: hush("assertion-hush"), ..application() };
    assert!(refused(federated, &[], &refusing("AADSTS70021")).await.advice.contains("federated credential"));
}

#[tokio::test]
async fn a_failing_way_is_the_end() {
    // The machine and the CLI would be next, and are not asked.
    let settings = Settings { client_secret: hush("hush"), use_msi: Some(true), use_cli: Some(true), ..application() };
    let told = refused(settings, &[], &refusing("AADSTS7000215")).await;
    assert!(told.fault.contains("AADSTS7000215"), "{told:?}");
}

#[tokio::test]
async fn a_failure_is_everybodys_for_a_moment() {
    let outside = refusing("AADSTS7000215");
    let session = session(Settings { client_secret: hush("hush"), ..application() }, &[], &outside, &Server::new(nobody));
    let (first, second) = tokio::join!(token(&session), token(&session));
    assert_eq!(first.unwrap_err(), second.unwrap_err());
    assert_eq!(outside.seen().len(), 1);
}

#[tokio::test]
async fn a_pipeline_without_a_token_is_told_what_it_lacks() {
    let variables = [("ARM_OIDC_REQUEST_URL", "https://token.example/nothing"), ("ARM_OIDC_REQUEST_TOKEN", "request-hush")];
    let told = refused(Settings { use_oidc: Some(true), ..application() }, &variables, &Server::new(azure)).await;
    assert_eq!(told.fault, "`token.example` gives this pipeline no token (`oidc_request_url`): HTTP status 404: nothing here");
    assert!(told.advice.contains("id-token: write"), "{told:?}");
}

#[tokio::test]
async fn a_metadata_host_that_describes_no_cloud_is_told() {
    let metadata = |text: &'static str| Server::new(move |_| (200, text.to_owned()));
    let settings = || Settings { metadata_host: text("cloud.example"), client_secret: hush("hush"), ..application() };
    for (text, fault) in [
        ("<html>", "it did not answer with JSON"),
        ("{}", "`resourceManager` is missing"),
        (r#"{"resourceManager":"http://arm.example"}"#, "`resourceManager` is `http://arm.example`; only `https://` is safe"),
        (r#"{"resourceManager":"https://arm.example"}"#, "`authentication.loginEndpoint` is missing"),
        (r#"{"authentication":{"identityProvider":"ADFS"}}"#, "it signs in by `ADFS`, and only Microsoft Entra ID (`AAD`) is supported"),
    ] {
        let told = refused(settings(), &[], &metadata(text)).await;
        assert!(told.fault.contains(fault) && told.attribute == Some("metadata_host"), "{told:?}");
    }
    let told = refused(settings(), &[], &Server::new(|_| (404, String::new()))).await;
    assert!(told.fault.contains("HTTP status 404"), "{told:?}");
}

#[tokio::test]
async fn what_was_passed_over_is_told_when_the_last_way_fails() {
    let nobody = Server::new(nobody);
    let variables = [("ARM_CLIENT_SECRET", "hush"), ("ARM_CLIENT_ID", "the-client"), ("ARM_USE_OIDC", "true")];
    let told = refused(Settings { use_cli: Some(false), ..Settings::default() }, &variables, &nobody).await;
    assert_eq!(told.fault, "nothing in the `azure` block and the environment says how to sign in to Azure, and `use_cli` is off");
    assert!(told.advice.contains("a secret (ARM_CLIENT_SECRET), because there is no `tenant_id`"), "{told:?}");
    assert!(told.advice.contains("`use_oidc`, because neither `oidc_token` nor"), "{told:?}");
}

#[tokio::test]
async fn a_machine_without_an_identity_is_told() {
    let inside = Server::new(|_| (400, r#"{"error":"invalid_request","error_description":"Identity not found"}"#.to_owned()));
    let session = session(Settings { use_msi: Some(true), ..Settings::default() }, &[], &Server::new(nobody), &inside);
    let told = token(&session).await.unwrap_err();
    assert_eq!(
        told.fault,
        "the managed identity of this machine gives no token: `http://169.254.169.254/metadata/identity/oauth2/token` answered with HTTP status 400: \
         {\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}"
    );
    assert!(told.advice.contains("take `use_msi` out"), "{told:?}");
}
