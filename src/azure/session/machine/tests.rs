//! What is taken for a token, and how long trouble is borne.

use std::sync::{Arc, Mutex};

use azure_core::http::headers::Headers;
use azure_core::http::{ClientOptions, RetryOptions, StatusCode, Transport};

use super::*;
use crate::azure::session::tests::{Server, azure};

fn answer(text: &str) -> azure_core::Result<AccessToken> {
    let now = OffsetDateTime::from_unix_timestamp(1_000).unwrap();
    token(&RawResponse::from_bytes(StatusCode::Ok, Headers::new(), text.as_bytes().to_vec()), now)
}

#[test]
fn times_come_as_numbers_and_as_texts() {
    for (text, expires) in [
        (r#"{"access_token":"t","expires_on":"5000"}"#, 5_000),
        (r#"{"access_token":"t","expires_on":5000,"expires_in":"1"}"#, 5_000),
        (r#"{"access_token":"t","expires_in":"3600"}"#, 4_600),
        (r#"{"access_token":"t","expires_in":3600}"#, 4_600),
    ] {
        assert_eq!(answer(text).unwrap().expires_on.unix_timestamp(), expires, "{text}");
    }
}

#[test]
fn what_is_no_token_is_not_shown() {
    for text in
        ["", "[]", r#"{"access_token":"hush"}"#, r#"{"access_token":"","expires_in":1}"#, r#"{"access_token":"hush","expires_on":"soon"}"#]
    {
        let error = answer(text).unwrap_err();
        assert!(error.to_string().contains("holds no token") && !format!("{error:?}").contains("hush"), "{error:?}");
    }
}

async fn ask(server: &Arc<Server>) -> azure_core::Result<AccessToken> {
    const NO_WAITS: &[Duration] = &[Duration::ZERO; 3];
    let options =
        ClientOptions { transport: Some(Transport::new(server.clone())), retry: RetryOptions::none(), ..ClientOptions::default() };
    let pipeline = Pipeline::new(None, None, options, Vec::new(), Vec::new(), None);
    let identity = Identity::new(&Machine { endpoint: None, version: None, host: None }, None).unwrap();
    MachineCredential { identity, pipeline, waits: NO_WAITS }.get_token(&["https://management.azure.com/.default"], None).await
}

#[tokio::test]
async fn trouble_of_the_service_is_waited_out_and_refusals_are_not() {
    for status in [404, 410, 429, 500, 503] {
        for (troubles, works) in [(3, true), (4, false)] {
            let left = Mutex::new(troubles);
            let server = Server::new(move |seen| {
                let mut left = left.lock().unwrap();
                *left -= 1;
                if *left >= 0 { (status, "soon".to_owned()) } else { azure(seen) }
            });
            assert_eq!(ask(&server).await.is_ok(), works, "{status}");
            assert_eq!(server.seen().len(), 4, "{status}");
        }
    }
    let server = Server::new(|_| (400, "no identity".to_owned()));
    assert!(ask(&server).await.is_err());
    assert_eq!(server.seen().len(), 1, "what is final is not asked again");
}
