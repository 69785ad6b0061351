//! The real client against a socket of this machine: what it sends, what it does not follow, what its errors tell.

use azure_core::http::{Method, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

#[tokio::test]
async fn a_request_and_its_answer_are_carried_as_they_are() {
    let (url, server) = answering("HTTP/1.1 201 Created\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\n{}").await;
    let mut request = Request::new(format!("{url}/a?b=c").parse().unwrap(), Method::Put);
    request.insert_header("if-match", "W/\"1\"");
    request.set_body("body");
    let answer = inside().execute_request(&request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::Created);
    assert_eq!(answer.headers().get_optional_str(&"retry-after".into()), Some("3"));
    assert_eq!(answer.try_into_raw_response().await.unwrap().body().as_ref(), b"{}");
    let asked = server.await.unwrap();
    assert!(
        asked.starts_with("PUT /a?b=c HTTP/1.1\r\n") && asked.contains("if-match: W/\"1\"\r\n") && asked.ends_with("\r\n\r\nbody"),
        "{asked}"
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nothing_is_sent_elsewhere() {
    let (elsewhere, listener) = listening().await;
    let (url, _) = answering(&format!("HTTP/1.1 302 Found\r\nLocation: {elsewhere}/\r\nContent-Length: 0\r\n\r\n")).await;
    let answer = inside().execute_request(&Request::new(url.parse().unwrap(), Method::Get)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::Found);
    let nobody = tokio::time::timeout(Duration::from_millis(100), listener.accept()).await;
    assert!(nobody.is_err(), "{nobody:?}");
}

#[tokio::test]
async fn errors_say_whether_anything_arrived_and_show_no_url() {
    let (url, listener) = listening().await;
    drop(listener);
    let secret = Request::new(format!("{url}/operation?s=SIGNATURE").parse().unwrap(), Method::Get);
    let refused = inside().execute_request(&secret).await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Connection), "{refused:?}");

    let (url, _) = answering("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{").await;
    let secret = Request::new(format!("{url}/operation?s=SIGNATURE").parse().unwrap(), Method::Get);
    let cut = inside().execute_request(&secret).await.unwrap_err();
    assert!(matches!(cut.kind(), ErrorKind::Io), "{cut:?}");

    let (url, _) = answering("").await;
    let secret = Request::new(format!("{url}/operation?s=SIGNATURE").parse().unwrap(), Method::Get);
    let silent = inside().execute_request(&secret).await.unwrap_err();
    assert!(matches!(silent.kind(), ErrorKind::Io), "{silent:?}");

    for error in [refused, cut, silent] {
        let chain: Vec<String> =
            std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source()).map(ToString::to_string).collect();
        assert!(chain.len() > 1 && !format!("{chain:?} {error:?}").contains("SIGNATURE"), "{chain:?} {error:?}");
    }
}

fn inside() -> Arc<dyn HttpClient> {
    Http::new().unwrap().inside
}

async fn listening() -> (String, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (format!("http://{}", listener.local_addr().unwrap()), listener)
}

/// Answers one request with this, and returns what was asked.
async fn answering(answer: &str) -> (String, tokio::task::JoinHandle<String>) {
    let (url, listener) = listening().await;
    let answer = answer.to_owned();
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let mut length = 0;
        while !String::from_utf8_lossy(&asked[..length]).contains("\r\n\r\n") {
            length += socket.read(&mut asked[length..]).await.unwrap();
        }
        socket.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    (url, server)
}
