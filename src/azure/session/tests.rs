//! What is sent to whom for each way of signing in, against servers in this process.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use azure_core::credentials::AccessToken;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, Url};

use super::*;
use crate::azure::settings::Secret;

mod applications;
mod failures;
mod logs;
mod machines;

/// One request as it came.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    line: String,
    url: Url,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Seen {
    /// A field of the form that was sent.
    fn field(&self, name: &str) -> Option<String> {
        pair(&Url::parse(&format!("https://form/?{}", self.body)).unwrap(), name)
    }

    /// A parameter of the URL.
    fn parameter(&self, name: &str) -> Option<String> {
        pair(&self.url, name)
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

fn pair(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
}

type Answer = dyn Fn(&Seen) -> (u16, String) + Send + Sync;

/// Answers every request with what a function says.
pub(super) struct Server {
    answer: Box<Answer>,
    seen: Mutex<Vec<Seen>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Server")
    }
}

impl Server {
    pub(super) fn new(answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Arc<Server> {
        Arc::new(Server { answer: Box::new(answer), seen: Mutex::default() })
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }

    fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }
}

#[async_trait]
impl HttpClient for Server {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let mut bare = request.url().clone();
        bare.set_query(None);
        let Body::Bytes(body) = request.body() else { panic!("a form is in memory") };
        let seen = Seen {
            line: format!("{} {bare}", request.method()),
            url: request.url().clone(),
            headers: request.headers().iter().map(|(name, value)| (name.as_str().to_owned(), value.as_str().to_owned())).collect(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        let (status, text) = (self.answer)(&seen);
        self.seen.lock().unwrap().push(seen);
        Ok(AsyncRawResponse::from_bytes(status.into(), Headers::new(), text))
    }
}

/// Entra ID, the token service of pipelines, of machines, and a metadata host, in one.
pub(super) fn azure(seen: &Seen) -> (u16, String) {
    let host = seen.url.host_str().unwrap();
    let answer = match seen.url.path() {
        path if path.ends_with("/oauth2/v2.0/token") => {
            r#"{"token_type":"Bearer","expires_in":3600,"access_token":"access-hush"}"#.to_owned()
        }
        "/metadata/identity/oauth2/token" | "/msi/token" => {
            r#"{"access_token":"access-hush","expires_on":"4102444800","resource":"r","token_type":"Bearer"}"#.to_owned()
        }
        "/github" => r#"{"count":1,"value":"assertion-hush"}"#.to_owned(),
        "/pipelines" => r#"{"oidcToken":"assertion-hush"}"#.to_owned(),
        "/metadata/endpoints" => format!(
            "\u{feff}{{\"resourceManager\":\"https://arm.{host}/\",\"authentication\":{{\"loginEndpoint\":\"https://login.{host}/\",\"identityProvider\":\"AAD\",\"audiences\":[\"https://other.{host}/\",\"https://arm.{host}\"]}}}}"
        ),
        _ => return (404, "nothing here".to_owned()),
    };
    (200, answer)
}

/// Nobody may ask here.
fn nobody(seen: &Seen) -> (u16, String) {
    panic!("nobody should have been asked: {}", seen.line)
}

/// A session with these settings and this environment; requests that leave the machine go to `outside`, others to `inside`.
fn session(settings: Settings, variables: &[(&str, &str)], outside: &Arc<Server>, inside: &Arc<Server>) -> Session {
    let (outside, inside): (Arc<dyn HttpClient>, Arc<dyn HttpClient>) = (outside.clone(), inside.clone());
    let variables: BTreeMap<String, String> = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let variable = move |name: &str| variables.get(name).cloned().filter(|value| !value.is_empty());
    Session { variable: Arc::new(variable), ..Session::new(settings, Http { outside, inside }) }
}

async fn token(session: &Session) -> Result<AccessToken, SignInError> {
    let opened = session.open().await?;
    let scope = opened.cloud.scope();
    opened.credential.get_token(&[&scope], None).await.map_err(|error| SignInError::of(&error).expect("a failure says what to do").clone())
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn hush(text: &str) -> Option<Secret> {
    Some(Secret::from(text))
}

/// An application without anything to show.
fn application() -> Settings {
    Settings { tenant_id: text("contoso.example"), client_id: text("the-client"), ..Settings::default() }
}
