//! An account of the Azure that the example `arm` (`tests/arm`) serves.
//!
//! All tests of this binary share one server process, which is started by the first one and ends when this process does. Every test makes
//! an account of its own: a subscription and a tenant, with principals, groups, counters, faults and settings.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::tools;

#[derive(Debug)]
struct Server {
    endpoint: String,
    control: String,
    ca: String,
    // Its standard input is a pipe that closes with this process, whatever ends it; that ends the server.
    _process: Child,
}

/// The built example, or the one that `EMC_ARM` names.
fn program() -> PathBuf {
    env::var_os("EMC_ARM").map_or_else(|| tools::example("arm"), PathBuf::from)
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let ca = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("arm-{}.pem", std::process::id()));
        let mut process = Command::new(program())
            .arg("--until-eof")
            .arg("--ca")
            .arg(&ca)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example `arm` runs");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).expect("the example `arm` says where it listens");
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        Server { endpoint: text("endpoint"), control: text("control"), ca: text("ca"), _process: process }
    })
}

/// One account.
#[derive(Debug)]
pub(crate) struct Arm {
    made: Value,
    subscription: String,
}

impl Arm {
    /// An account in which there is nothing but a principal that may do everything.
    pub(crate) fn new() -> Arm {
        Arm::with(json!({}))
    }

    /// As [`Arm::new`], with a `location`, `subscription`, `tenant` or `settings` of its own.
    #[track_caller]
    pub(crate) fn with(given: Value) -> Arm {
        let made = ask("POST", "/__account", &given);
        let subscription = made["subscription"].as_str().unwrap().to_owned();
        Arm { made, subscription }
    }

    /// The address of Resource Manager.
    pub(crate) fn endpoint(&self) -> &'static str {
        &server().endpoint
    }

    /// The file with the certificate that makes clients trust it.
    pub(crate) fn ca(&self) -> &'static str {
        &server().ca
    }

    /// What was made: `subscription`, `tenant`, `location`, `principal` (`client_id`, `object_id`, `client_secret`), `environment`,
    /// `github` (`url`, `token`), `pipelines` (`url`, `token`, `connection`), `app_service` (`endpoint`, `header`), `instance` (`proxy`).
    pub(crate) fn made(&self) -> &Value {
        &self.made
    }

    /// The id of the subscription.
    pub(crate) fn subscription(&self) -> &str {
        &self.subscription
    }

    /// The environment in which the provider uses this account with its client secret.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        let mut environment: BTreeMap<String, String> = serde_json::from_value(self.made["environment"].clone()).unwrap();
        environment.insert("SSL_CERT_FILE".to_owned(), self.ca().to_owned());
        environment
    }

    /// What is to be added to the environment to be a new principal that may do exactly this: a list of `{"actions", "notActions",
    /// "scope"}`.
    #[track_caller]
    pub(crate) fn principal(&self, permissions: Value) -> BTreeMap<String, String> {
        let made = self.say("/__principal", json!({ "permissions": permissions }));
        [("ARM_CLIENT_ID", "client_id"), ("ARM_CLIENT_SECRET", "client_secret")]
            .map(|(name, key)| (name.to_owned(), made[key].as_str().unwrap().to_owned()))
            .into()
    }

    /// A token of the principal that may do everything, as by some other way of signing in.
    #[track_caller]
    pub(crate) fn token(&self) -> String {
        self.say("/__token", json!({}))["access_token"].as_str().unwrap().to_owned()
    }

    /// An assertion as an issuer would have signed it; good for a principal that was made with such a federation.
    #[track_caller]
    pub(crate) fn assertion(&self, issuer: &str, subject: &str, audience: &str) -> String {
        let made = self.say("/__assertion", json!({ "issuer": issuer, "subject": subject, "audience": audience }));
        made["assertion"].as_str().unwrap().to_owned()
    }

    /// A new principal with all that one may have: `permissions`, `federations`, `certificates`; its `client_id`, `object_id` and
    /// `client_secret`.
    #[track_caller]
    pub(crate) fn principal_with(&self, given: Value) -> Value {
        self.say("/__principal", given)
    }

    /// New groups without rules in the resource group `rollout`: name to id.
    #[track_caller]
    pub(crate) fn groups(&self, names: &[&str]) -> BTreeMap<String, String> {
        serde_json::from_value(self.setup(json!({ "groups": names }))["groups"].clone()).unwrap()
    }

    /// New application security groups in the resource group `rollout`: name to id.
    #[track_caller]
    pub(crate) fn asgs(&self, names: &[&str]) -> BTreeMap<String, String> {
        serde_json::from_value(self.setup(json!({ "asgs": names }))["asgs"].clone()).unwrap()
    }

    /// `{"groups", "asgs", "resource_group", "location"}`, of which each may be left out.
    #[track_caller]
    pub(crate) fn setup(&self, arguments: Value) -> Value {
        self.by_hand("setup", arguments)
    }

    /// A group as Azure shows it.
    #[track_caller]
    pub(crate) fn group(&self, group: &str) -> Value {
        self.by_hand("show", json!({ "group": group }))
    }

    /// The rules of a group as Azure shows them, in its order.
    #[track_caller]
    pub(crate) fn rules(&self, group: &str) -> Vec<Value> {
        serde_json::from_value(self.by_hand("rules", json!({ "group": group }))).unwrap()
    }

    /// The rules of a group as lines: `1000 Inbound Allow Tcp 10.0.0.0/8:* > web:443 name: description`, sorted; for comparing whole groups.
    #[track_caller]
    pub(crate) fn lines(&self, group: &str) -> Vec<String> {
        let mut lines: Vec<String> = self.rules(group).iter().map(line).collect();
        lines.sort();
        lines
    }

    /// A rule as [`Arm::lines`] shows it.
    pub(crate) fn line(&self, rule: &Value) -> String {
        line(rule)
    }

    /// Whether a group is there.
    #[track_caller]
    pub(crate) fn has_group(&self, group: &str) -> bool {
        serde_json::from_value(self.by_hand("has_group", json!({ "group": group }))).unwrap()
    }

    /// Puts a rule by hand; `properties` as ARM has them. What they leave out is any port and address, TCP, inbound, allowed, and the first
    /// free priority from 100.
    #[track_caller]
    pub(crate) fn put_rule(&self, group: &str, name: &str, properties: Value) {
        self.by_hand("put_rule", json!({ "group": group, "name": name, "properties": properties }));
    }

    /// Changes properties of a rule by hand; null takes one away.
    #[track_caller]
    pub(crate) fn edit_rule(&self, group: &str, name: &str, changes: Value) {
        self.by_hand("edit_rule", json!({ "group": group, "name": name, "changes": changes }));
    }

    /// Deletes a rule by hand.
    #[track_caller]
    pub(crate) fn delete_rule(&self, group: &str, name: &str) {
        self.by_hand("delete_rule", json!({ "group": group, "name": name }));
    }

    /// Changes a group by hand: `{"changes": {property: value or null}, "tags", "state", "subnets", "interfaces"}`.
    #[track_caller]
    pub(crate) fn edit_group(&self, group: &str, mut arguments: Value) {
        arguments["group"] = json!(group);
        self.by_hand("edit_group", arguments);
    }

    /// Deletes a group by hand.
    #[track_caller]
    pub(crate) fn delete_group(&self, group: &str) {
        self.by_hand("delete_group", json!({ "group": group }));
    }

    /// Does something by hand that is told in `tests/arm/hand.rs`; neither counted nor hit by faults.
    #[track_caller]
    pub(crate) fn by_hand(&self, command: &str, arguments: Value) -> Value {
        self.say("/__ctl", json!({ "command": command, "args": arguments }))["result"].clone()
    }

    /// How often each action was asked since the account was made or reset: `PUT group`, `GET operation`, `POST token`, …
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        serde_json::from_value(self.seen()["calls"].clone()).unwrap()
    }

    /// How often one action was asked.
    pub(crate) fn count(&self, action: &str) -> u64 {
        self.calls().get(action).copied().unwrap_or_default()
    }

    /// Every request in its order: `action`, `path`, `params`, `api_version`, `if_match`, `body`, `status` (null where the connection was
    /// cut). No token is in it.
    pub(crate) fn log(&self) -> Vec<Value> {
        serde_json::from_value(self.seen()["log"].clone()).unwrap()
    }

    /// The actions asked, in their order.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.log().iter().map(|call| call["action"].as_str().unwrap().to_owned()).collect()
    }

    fn seen(&self) -> Value {
        ask("GET", &format!("/__calls?subscription={}", self.subscription), &Value::Null)
    }

    /// How many requests hang now, until [`Arm::release`].
    pub(crate) fn hanging(&self) -> u64 {
        self.seen()["hanging"].as_u64().unwrap()
    }

    /// What came to the address that no client should follow, of all tests together: `method`, `path`, `token` (whether a secret came along).
    pub(crate) fn visits(&self) -> Vec<Value> {
        serde_json::from_value(ask("GET", "/__visits", &Value::Null)).unwrap()
    }

    /// Every token, password and assertion that nobody must find in a log, of all tests together.
    pub(crate) fn secrets(&self) -> Vec<String> {
        serde_json::from_value(ask("GET", "/__secrets", &Value::Null)).unwrap()
    }

    /// Scripts a fault. `{"action": "PUT group", "nth": 1, "times": 1, "kind"}` hits the nth request of that action from now on, `times` in a
    /// row (0: for ever); the action `*` is every one; `"params": {"group": "core"}` narrows it. All kinds are told in `tests/arm/control.rs`.
    ///
    /// What `run` could not do fails the test when its [`Arm`] is dropped.
    #[track_caller]
    pub(crate) fn fault(&self, fault: Value) {
        self.say("/__faults", json!({ "faults": [fault] }));
    }

    /// Lets the requests that hang be carried out and waits until they are, and ends the operations that are held; how many there were.
    #[track_caller]
    pub(crate) fn release(&self) -> u64 {
        self.say("/__release", json!({}))["released"].as_u64().unwrap()
    }

    /// Loses the requests that hang, as if they had never arrived.
    #[track_caller]
    pub(crate) fn lose(&self) -> u64 {
        self.say("/__release", json!({ "done": false }))["released"].as_u64().unwrap()
    }

    /// Changes settings, which are told in `tests/arm/settings.rs`.
    #[track_caller]
    pub(crate) fn settings(&self, settings: Value) {
        self.say("/__settings", json!({ "settings": settings }));
    }

    /// Lets every token of this account run out.
    #[track_caller]
    pub(crate) fn expire(&self) {
        self.say("/__expire", json!({}));
    }

    /// Forgets counters, log and faults, and releases what hangs; groups stay.
    #[track_caller]
    pub(crate) fn reset(&self) {
        self.say("/__reset", json!({}));
    }

    #[track_caller]
    fn say(&self, path: &str, mut body: Value) -> Value {
        body["subscription"] = json!(self.subscription);
        ask("POST", path, &body)
    }
}

impl Drop for Arm {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.seen()["mishaps"], json!([]), "what faults were to do by hand");
        }
    }
}

fn line(rule: &Value) -> String {
    let properties = &rule["properties"];
    let text = |name: &str| properties[name].as_str().unwrap_or_default().to_owned();
    let list = |name: &str| -> Vec<String> {
        let entries = properties[name].as_array().map(Vec::as_slice).unwrap_or_default();
        let ids = entries.iter().map(|entry| entry.as_str().or_else(|| entry["id"].as_str()?.rsplit('/').next()));
        ids.map(|entry| entry.unwrap_or_default().to_owned()).collect()
    };
    let join = |one: String, several: [Vec<String>; 2]| {
        let all: Vec<String> = [one].into_iter().filter(|one| !one.is_empty()).chain(several.into_iter().flatten()).collect();
        all.join(",")
    };
    let end = |side: &str| {
        let groups = list(&format!("{side}ApplicationSecurityGroups"));
        let addresses = join(text(&format!("{side}AddressPrefix")), [list(&format!("{side}AddressPrefixes")), groups]);
        let ports = join(text(&format!("{side}PortRange")), [list(&format!("{side}PortRanges")), Vec::new()]);
        format!("{addresses}:{ports}")
    };
    let description = properties["description"].as_str().map(|text| format!(": {text}")).unwrap_or_default();
    let (name, priority) = (rule["name"].as_str().unwrap_or_default(), &properties["priority"]);
    let [direction, access, protocol] = ["direction", "access", "protocol"].map(text);
    format!("{priority} {direction} {access} {protocol} {} > {} {name}{description}", end("source"), end("destination"))
}

/// One request to the server's control door.
#[track_caller]
fn ask(method: &str, path: &str, body: &Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let address = server().control.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).expect("the Azure of the tests answers");
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    assert!(head.starts_with("HTTP/1.1 200"), "{method} {path} {body}: {text}");
    serde_json::from_str(text).expect("a JSON answer")
}
