//! An account of the EC2 endpoint that `tests/tools/ec2.py` serves.
//!
//! All tests of this binary share one endpoint process, which is started by the first one and ends when this process does. Every test
//! takes an account of its own from it: groups, counters, faults, mode and quota belong to the account, which the access key names.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Child;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use super::tools::{self, root};

/// Rules of a group as EC2 answers them, in the order of direction, protocol, ports and source.
pub(crate) type AwsRules = Vec<Value>;

const REGION: &str = "eu-central-1";

#[derive(Debug)]
struct Server {
    port: u16,
    // Its standard input is a pipe that closes with this process, whatever ends it; that ends the server.
    _process: Child,
}

fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| {
        let (process, said) = tools::serve("ec2.py", &["--mode", mode()]);
        let port = u16::try_from(said["port"].as_u64().unwrap()).unwrap();
        Server { port, _process: process }
    })
}

/// The mode of every account that does not choose one: `EMC_EC2_MODE`, or `corrected`. In `partial` a refused call keeps what it had done
/// before the refusal; AWS documents neither.
pub(crate) fn mode() -> &'static str {
    static MODE: OnceLock<String> = OnceLock::new();
    MODE.get_or_init(|| std::env::var("EMC_EC2_MODE").unwrap_or_else(|_| "corrected".to_owned()))
}

/// One account.
#[derive(Debug)]
pub(crate) struct Ec2 {
    account: String,
}

impl Ec2 {
    /// An account that has nothing but the default VPC.
    pub(crate) fn new() -> Ec2 {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        server();
        Ec2 { account: format!("{:012}", NUMBER.fetch_add(1, Ordering::Relaxed)) }
    }

    /// Where calls are noted that nobody signed, of all tests together: a role assumed by a web identity.
    pub(crate) fn unsigned() -> Ec2 {
        server();
        Ec2 { account: "123456789012".to_owned() }
    }

    /// The endpoint's address.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", server().port)
    }

    /// Twelve digits.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }

    /// The access key that acts in this account; its calls are counted and hit by faults.
    pub(crate) fn access_key(&self) -> String {
        format!("AKIAEMC0{}", self.account)
    }

    /// The environment in which an AWS client uses this account.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        [
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ACCESS_KEY_ID", self.access_key()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    /// The environment of a new IAM user of this account that has this policy, which is enforced, and nothing else.
    pub(crate) fn user(&self, policy: &Value) -> BTreeMap<String, String> {
        let keys = ask("POST", "/__user", &json!({ "account": self.account, "policy": policy }));
        [("AWS_ACCESS_KEY_ID", "access_key"), ("AWS_SECRET_ACCESS_KEY", "secret_key")]
            .map(|(name, key)| (name.to_owned(), keys[key].as_str().unwrap().to_owned()))
            .into()
    }

    /// Peers a VPC with one of another account, which accepts; the id of the connection.
    pub(crate) fn peer(&self, vpc: &str, other: &Ec2, other_vpc: &str) -> String {
        let connection = self.by_hand("peer", json!({ "vpc": vpc, "other": other_vpc, "account": other.account }));
        other.by_hand("accept", json!({ "connection": connection })).as_str().unwrap().to_owned()
    }

    /// A new VPC with these groups: name to id. Each has AWS's allow-all egress rule.
    pub(crate) fn groups(&self, names: &[&str]) -> BTreeMap<String, String> {
        let made = self.setup(json!({ "groups": names }));
        serde_json::from_value(made["groups"].clone()).unwrap()
    }

    /// As [`Ec2::groups`] without the allow-all egress rule.
    pub(crate) fn bare_groups(&self, names: &[&str]) -> BTreeMap<String, String> {
        let made = self.setup(json!({ "groups": names, "default_egress": false }));
        serde_json::from_value(made["groups"].clone()).unwrap()
    }

    /// A new group without rules in the VPC of another one.
    pub(crate) fn group_beside(&self, other: &str, name: &str) -> String {
        let made = self.setup(json!({ "groups": [name], "default_egress": false, "beside": other }));
        made["groups"][name].as_str().unwrap().to_owned()
    }

    /// `setup` of `ec2ctl.py` with all its arguments: `groups`, `cidr`, `ipv6`, `default_egress`, `prefix_lists` (name to entries), `beside`.
    pub(crate) fn setup(&self, arguments: Value) -> Value {
        self.by_hand("setup", arguments)
    }

    /// The live rules of a group.
    pub(crate) fn rules(&self, group: &str) -> AwsRules {
        serde_json::from_value(self.by_hand("rules", json!({ "group": group }))).unwrap()
    }

    /// The live rules of a group as lines: `ingress tcp 29091 10.20.0.0/16: description`, sorted; for comparing whole groups.
    pub(crate) fn lines(&self, group: &str) -> Vec<String> {
        self.rules(group).iter().map(line).collect()
    }

    /// The live rules of some groups in one call, each with its line.
    pub(crate) fn rules_and_lines(&self, groups: &[&str]) -> Vec<(Value, String)> {
        let rules: AwsRules = serde_json::from_value(self.by_hand("rules", json!({ "group": groups }))).unwrap();
        rules.into_iter().map(|rule| (rule.clone(), line(&rule))).collect()
    }

    /// Adds one rule by hand and gives its id; arguments of `authorize` of `ec2ctl.py` (`protocol`, `ports`, `cidr`, `source`,
    /// `description`, `egress`, `tags`).
    pub(crate) fn authorize(&self, group: &str, mut arguments: Value) -> String {
        arguments["group"] = json!(group);
        self.by_hand("authorize", arguments).as_str().unwrap().to_owned()
    }

    /// Removes the ingress rules of these ports by hand; how many there were.
    pub(crate) fn revoke(&self, group: &str, ports: &str) -> u64 {
        self.by_hand("revoke", json!({ "group": group, "ports": ports })).as_u64().unwrap()
    }

    /// Removes rules of one direction by hand.
    pub(crate) fn revoke_ids(&self, group: &str, ids: &[&str], egress: bool) {
        self.by_hand("revoke", json!({ "group": group, "ids": ids, "egress": egress }));
    }

    /// Changes a rule by hand: fields of SecurityGroupRuleRequest, null takes one away.
    pub(crate) fn modify(&self, group: &str, rule: &str, mut changes: Value) {
        changes["group"] = json!(group);
        changes["rule"] = json!(rule);
        self.by_hand("modify", changes);
    }

    /// Sets tags by hand; null takes one away.
    pub(crate) fn tag(&self, resource: &str, tags: Value) {
        self.by_hand("tag", json!({ "resources": [resource], "tags": tags }));
    }

    /// Deletes a group by hand.
    pub(crate) fn delete_group(&self, group: &str) {
        self.by_hand("delete_group", json!({ "group": group }));
    }

    /// Runs a function of `ec2ctl.py`; neither counted nor hit by faults.
    #[track_caller]
    pub(crate) fn by_hand(&self, command: &str, arguments: Value) -> Value {
        self.by_hand_in(REGION, command, arguments)
    }

    /// As [`Ec2::by_hand`], in another region.
    #[track_caller]
    pub(crate) fn by_hand_in(&self, region: &str, command: &str, arguments: Value) -> Value {
        let asked = json!({ "account": self.account, "region": region, "command": command, "args": arguments });
        ask("POST", "/__ctl", &asked)["result"].clone()
    }

    /// How often each action was called since the account was made or reset.
    pub(crate) fn calls(&self) -> BTreeMap<String, u64> {
        serde_json::from_value(self.seen()["calls"].clone()).unwrap()
    }

    /// How often one action was called.
    pub(crate) fn count(&self, action: &str) -> u64 {
        self.calls().get(action).copied().unwrap_or_default()
    }

    /// Every call in its order: `action`, `params` (as sent), `status` (null where the connection was cut).
    pub(crate) fn log(&self) -> Vec<Value> {
        serde_json::from_value(self.seen()["log"].clone()).unwrap()
    }

    /// The names of the actions called, in their order.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.log().iter().map(|call| call["action"].as_str().unwrap().to_owned()).collect()
    }

    fn seen(&self) -> Value {
        ask("GET", &format!("/__calls?account={}", self.account), &Value::Null)
    }

    /// How many calls hang now, until [`Ec2::release`].
    pub(crate) fn hanging(&self) -> u64 {
        self.seen()["hanging"].as_u64().unwrap()
    }

    /// Scripts a fault. `{"action", "nth": 1, "times": 1, "kind"}` hits the nth call of that action from now on, `times` in a row (0: for
    /// ever); the action `*` is every action; `"params": {"GroupId": …}` narrows it. All kinds are told in `tests/tools/ec2.py`:
    ///
    /// * nothing is done: `throttle`, `unavailable`, `internal`, `expired`, `error` (with `code`, `status`, `message`), `page`, `drop`;
    /// * done, but the answer is lost: `after_error`, `after_drop`, `after_half`; some of it done (`rules`): `partial`, `partial_drop`;
    /// * late: `delay` (`seconds`), `hang` and `after_hang` (until [`Ec2::release`]);
    /// * others do not see it yet: `unseen` (for `calls` describes or `seconds`), or at once and without action, for whole `groups`;
    /// * somebody else acts at that moment: `run` with `"before"` or `"after"`: `{"command", "args"}` of `ec2ctl.py`, or a list of them.
    ///
    /// What `run` could not do fails the test when its [`Ec2`] is dropped.
    #[track_caller]
    pub(crate) fn fault(&self, fault: Value) {
        ask("POST", "/__faults", &json!({ "account": self.account, "faults": [fault] }));
    }

    /// Lets the calls that hang be carried out and waits until they are; how many there were.
    #[track_caller]
    pub(crate) fn release(&self) -> u64 {
        ask("POST", "/__release", &json!({ "account": self.account }))["released"].as_u64().unwrap()
    }

    /// Loses the calls that hang, as if they had never arrived.
    #[track_caller]
    pub(crate) fn lose(&self) -> u64 {
        ask("POST", "/__release", &json!({ "account": self.account, "done": false }))["released"].as_u64().unwrap()
    }

    /// Throttles each action as AWS documents it, with buckets that refill so many times as fast.
    #[track_caller]
    pub(crate) fn throttle(&self, speed: f64) {
        ask("POST", "/__throttling", &json!({ "account": self.account, "speed": speed }));
    }

    /// `corrected` (as documented), `partial` (a refused batch keeps what came first) or `plain` (moto as it is).
    #[track_caller]
    pub(crate) fn mode(&self, mode: &str) {
        ask("POST", "/__mode", &json!({ "account": self.account, "mode": mode }));
    }

    /// Rules per direction and family of a group; 60 as AWS ships.
    #[track_caller]
    pub(crate) fn quota(&self, quota: u32) {
        ask("POST", "/__quota", &json!({ "account": self.account, "quota": quota }));
    }

    /// Forgets counters, log and faults, and releases what hangs; groups and rules stay.
    #[track_caller]
    pub(crate) fn reset(&self) {
        ask("POST", "/__reset", &json!({ "account": self.account }));
    }
}

impl Drop for Ec2 {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let seen = self.seen();
            assert_eq!(seen["mishaps"], json!([]), "what faults were to do by hand");
            let allowed = fs::read_to_string(root().join("docs/guides/iam-policy.md")).unwrap();
            let asked = seen["asked"].as_array().unwrap().iter().map(|action| action.as_str().unwrap());
            let other: Vec<&str> = asked.filter(|action| !allowed.contains(&format!("\"ec2:{action}\""))).collect();
            assert!(other.is_empty(), "calls that docs/guides/iam-policy.md does not allow: {other:?}");
        }
    }
}

fn line(rule: &Value) -> String {
    let direction = if rule["IsEgress"] == true { "egress" } else { "ingress" };
    let (low, high) = (rule["FromPort"].as_i64().unwrap_or(-1), rule["ToPort"].as_i64().unwrap_or(-1));
    let ports = match (low, high) {
        (-1, _) => "all".to_owned(),
        (low, high) if low == high => low.to_string(),
        (low, high) => format!("{low}-{high}"),
    };
    let source = [&rule["CidrIpv4"], &rule["CidrIpv6"], &rule["PrefixListId"], &rule["ReferencedGroupInfo"]["GroupId"]];
    let source = source.iter().find_map(|value| value.as_str()).unwrap_or("nothing");
    let protocol = rule["IpProtocol"].as_str().unwrap_or_default();
    let description = rule["Description"].as_str().map(|text| format!(": {text}")).unwrap_or_default();
    format!("{direction} {protocol} {ports} {source}{description}")
}

/// One request to the endpoint's control side.
#[track_caller]
fn ask(method: &str, path: &str, body: &Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let mut stream = TcpStream::connect(("127.0.0.1", server().port)).expect("the EC2 endpoint of the tests answers");
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
    assert!(head.starts_with("HTTP/1.1 200"), "{method} {path} {body}: {text}");
    serde_json::from_str(text).expect("a JSON answer")
}
