//! A client of a new Azure, in this process.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::azure::{Addresses, Azure};
use crate::serve::Door;
use crate::wire::{Ask, Outcome};
use crate::{control, elsewhere, hit};

/// The version that is asked for.
pub(super) const VERSION: &str = "api-version=2025-05-01";

/// An answer.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    /// As JSON; null where there is none.
    pub(crate) body: Value,
}

impl Said {
    /// Asserts a status, and gives the body.
    #[track_caller]
    pub(super) fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// The code of the error.
    pub(super) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// The first code of the details of the error.
    pub(super) fn detail(&self) -> &str {
        self.body["error"]["details"][0]["code"].as_str().unwrap_or_default()
    }
}

/// A client with an account of its own.
#[derive(Debug)]
pub(crate) struct Client {
    azure: Arc<Azure>,
    pub(super) account: Value,
    token: String,
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

impl Client {
    pub(super) fn new() -> Client {
        Client::with(json!({}))
    }

    pub(crate) fn with(given: Value) -> Client {
        let addresses = Addresses {
            azure: "https://azure.test".to_owned(),
            elsewhere: "https://elsewhere.test".to_owned(),
            identity: "http://identity.test".to_owned(),
        };
        let azure = Arc::new(Azure::new(addresses));
        let mut client = Client { azure, account: json!({}), token: String::new() };
        client.account = client.say("/__account", given).ok(200);
        client.token = client.sign_in(&client.account["principal"].clone());
        client
    }

    /// The same Azure for another principal.
    pub(super) fn other(&self, permissions: Value) -> Client {
        let made = self.say("/__principal", json!({ "permissions": permissions })).ok(200);
        Client { azure: self.azure.clone(), account: self.account.clone(), token: self.sign_in(&made) }
    }

    /// The same client without a token.
    pub(super) fn with_token(&self, token: &str) -> Client {
        Client { azure: self.azure.clone(), account: self.account.clone(), token: token.to_owned() }
    }

    fn sign_in(&self, principal: &Value) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", principal["client_id"].as_str().unwrap()),
            ("client_secret", principal["client_secret"].as_str().unwrap()),
            ("scope", "https://management.azure.com/.default"),
        ];
        self.token(&form).ok(200)["access_token"].as_str().unwrap().to_owned()
    }

    /// Asks Entra for a token.
    pub(super) fn token(&self, form: &[(&str, &str)]) -> Said {
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let path = format!("/{}/oauth2/v2.0/token", self.account["tenant"].as_str().unwrap());
        let headers = [("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        self.send_to(Door::Azure, "POST", &path, &headers, body.join("&").into_bytes()).unwrap()
    }

    pub(super) fn subscription(&self) -> &str {
        self.account["subscription"].as_str().unwrap()
    }

    /// Sends a request with the client's token; panics where the connection is cut.
    #[track_caller]
    pub(crate) fn send(&self, method: &str, target: &str, headers: &[(String, String)], body: Vec<u8>) -> Said {
        self.try_send(method, target, headers, body).expect("an answer, not a connection that is cut")
    }

    /// Sends a request through a door on loopback, and is gone as soon as `is_time` says so.
    pub(super) fn send_and_go(&self, method: &str, target: &str, body: &[u8], is_time: impl Fn() -> bool) {
        let azure = self.azure.clone();
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            wait(async move {
                let (listener, port) = crate::serve::open(0).await.unwrap();
                tell.send(port).unwrap();
                crate::serve::listen(listener, None, Door::Azure, azure).await;
            });
        });
        let mut connection = TcpStream::connect(("127.0.0.1", told.recv().unwrap())).unwrap();
        let (token, length) = (&self.token, body.len());
        let head =
            format!("{method} {target} HTTP/1.1\r\nHost: azure.test\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n");
        connection.write_all(head.as_bytes()).unwrap();
        connection.write_all(body).unwrap();
        while !is_time() {
            std::thread::sleep(Duration::from_millis(2));
        }
        drop(connection);
        std::thread::sleep(Duration::from_millis(100)); // for the server to see it
    }

    /// As [`Client::send`]; nothing where the connection is cut.
    pub(super) fn try_send(&self, method: &str, target: &str, headers: &[(String, String)], body: Vec<u8>) -> Option<Said> {
        let mut headers = headers.to_vec();
        if !self.token.is_empty() {
            headers.push(("Authorization".to_owned(), format!("Bearer {}", self.token)));
        }
        self.send_to(Door::Azure, method, target, &headers, body)
    }

    pub(super) fn send_to(&self, door: Door, method: &str, target: &str, headers: &[(String, String)], body: Vec<u8>) -> Option<Said> {
        let ask = request(method, target, headers, body);
        let outcome = match door {
            Door::Elsewhere => Outcome::Whole(elsewhere::answer(&self.azure, &ask)),
            Door::Control => Outcome::Whole(wait(control::answer(&self.azure, &ask))),
            Door::Azure | Door::Identity => wait(hit::answer(&self.azure, door, ask)),
        };
        let text = match &outcome {
            Outcome::Whole(answer) => answer.body.clone(),
            Outcome::Half(_) | Outcome::Cut => return None,
        };
        let response = outcome.into_response().unwrap();
        let headers =
            response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned())).collect();
        Some(Said { status: response.status().as_u16(), headers, body: serde_json::from_slice(&text).unwrap_or_default() })
    }

    /// Says something at the control door about this account.
    pub(super) fn say(&self, path: &str, mut body: Value) -> Said {
        if path != "/__account" {
            body["subscription"] = self.account["subscription"].clone();
        }
        self.send_to(Door::Control, "POST", path, &[], body.to_string().into_bytes()).unwrap()
    }

    /// Does something by hand.
    #[track_caller]
    pub(super) fn hand(&self, command: &str, args: Value) -> Value {
        self.say("/__ctl", json!({ "command": command, "args": args })).ok(200)["result"].clone()
    }

    #[track_caller]
    pub(super) fn fault(&self, fault: Value) {
        self.say("/__faults", json!({ "faults": [fault] })).ok(200);
    }

    pub(super) fn seen(&self) -> Value {
        let path = format!("/__calls?subscription={}", self.subscription());
        self.send_to(Door::Control, "GET", &path, &[], Vec::new()).unwrap().ok(200)
    }

    /// The id of a group in the resource group `rollout`.
    pub(super) fn group(&self, name: &str) -> String {
        format!("/subscriptions/{}/resourceGroups/rollout/providers/Microsoft.Network/networkSecurityGroups/{name}", self.subscription())
    }

    /// The id of an application security group there.
    pub(super) fn asg(&self, name: &str) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/rollout/providers/Microsoft.Network/applicationSecurityGroups/{name}",
            self.subscription()
        )
    }

    /// Sends JSON to an id.
    #[track_caller]
    pub(super) fn json(&self, method: &str, id: &str, body: &Value) -> Said {
        self.send(method, &format!("{id}?{VERSION}"), &[], body.to_string().into_bytes())
    }

    #[track_caller]
    pub(super) fn get(&self, id: &str) -> Said {
        self.send("GET", &format!("{id}?{VERSION}"), &[], Vec::new())
    }

    #[track_caller]
    pub(super) fn delete(&self, id: &str) -> Said {
        self.send("DELETE", &format!("{id}?{VERSION}"), &[], Vec::new())
    }

    /// Puts a whole group.
    #[track_caller]
    pub(super) fn put(&self, name: &str, rules: &[Value]) -> Said {
        self.json("PUT", &self.group(name), &whole(rules))
    }

    /// As [`Client::put`], with an etag.
    #[track_caller]
    pub(super) fn put_matching(&self, name: &str, rules: &[Value], etag: &str) -> Said {
        let headers = [("If-Match".to_owned(), etag.to_owned())];
        self.send("PUT", &format!("{}?{VERSION}", self.group(name)), &headers, whole(rules).to_string().into_bytes())
    }

    /// Asks for the operation that an answer announces, once.
    #[track_caller]
    pub(super) fn poll(&self, said: &Said) -> Said {
        self.follow(&said.headers["azure-asyncoperation"])
    }

    /// Asks an address that an answer gave.
    #[track_caller]
    pub(super) fn follow(&self, url: &str) -> Said {
        let target = url.strip_prefix("https://azure.test").unwrap_or_else(|| panic!("{url} is not ours"));
        self.send("GET", target, &[], Vec::new())
    }

    /// Asks until the operation has ended; what it says then.
    #[track_caller]
    pub(super) fn settle(&self, said: &Said) -> Value {
        for _ in 0..100 {
            let found = self.poll(said).ok(200);
            if found["status"] != "InProgress" {
                return found;
            }
        }
        panic!("the operation does not end")
    }
}

fn request(method: &str, target: &str, headers: &[(String, String)], body: Vec<u8>) -> Ask {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query_pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    Ask {
        method: method.to_owned(),
        path: path.to_owned(),
        raw_query: query.to_owned(),
        query: query_pairs
            .map(|(name, value)| (crate::wire::decode(name, true).to_ascii_lowercase(), crate::wire::decode(value, true)))
            .collect(),
        headers: headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect(),
        body,
    }
}

/// The body of a whole group.
pub(super) fn whole(rules: &[Value]) -> Value {
    json!({ "location": "eastus", "properties": { "securityRules": rules } })
}

/// A rule of this name and priority that Azure takes, with some properties otherwise; null takes one away.
pub(super) fn rule(name: &str, priority: u64, changes: Value) -> Value {
    let mut properties = json!({
        "protocol": "Tcp", "access": "Allow", "direction": "Inbound", "priority": priority, "sourceAddressPrefix": "10.0.0.0/8",
        "destinationAddressPrefix": "*", "sourcePortRange": "*", "destinationPortRange": "443",
    });
    for (property, value) in changes.as_object().unwrap() {
        if value.is_null() {
            properties.as_object_mut().unwrap().remove(property);
        } else {
            properties[property] = value.clone();
        }
    }
    json!({ "name": name, "properties": properties })
}
