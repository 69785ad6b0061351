//! A small Resource Manager in the process: groups and their rules in memory, operations that take a moment, and faults on demand.
//!
//! As the real one it changes a group's etag when a write begins and again when it ends, takes a write only with the etag that the group
//! has, keeps priorities unique, and refuses what it only ever tells.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use azure_core::time::OffsetDateTime;
use serde_json::{Map, Value, json};

use crate::azure::endpoint::Endpoint;
use crate::azure::lift::member;

const HOST: &str = "https://arm.example.com";

/// What goes wrong with the next request of a kind.
#[derive(Clone)]
pub(super) enum Fault {
    /// Nothing is done, and this status and code are answered.
    Refuse(u16, &'static str),
    /// Everything is done, and no answer comes.
    DoneButCut,
    /// Nothing is done, and no answer comes.
    Cut,
    /// It is accepted, and its operation ends so; it has done nothing.
    Ends(&'static str, &'static str),
    /// It is accepted and done, and its operation never ends.
    NeverEnds,
    /// Somebody else does this first.
    After(fn(&mut State)),
}

impl fmt::Debug for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Fault")
    }
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// Groups by their path in lower case.
    pub(super) groups: BTreeMap<String, Value>,
    pub(super) calls: Vec<String>,
    pub(super) bodies: Vec<Value>,
    pub(super) faults: BTreeMap<&'static str, VecDeque<Fault>>,
    operations: BTreeMap<String, Operation>,
    /// Everything that may be done is forbidden but what begins so.
    pub(super) forbidden: Vec<&'static str>,
    next: u32,
}

#[derive(Debug, Clone)]
struct Operation {
    group: String,
    polls: u32,
    end: Value,
}

#[derive(Debug, Default)]
pub(super) struct FakeArm(Mutex<State>);

type Reply = (u16, Vec<(&'static str, String)>, Value);

impl FakeArm {
    pub(super) fn new(groups: &[&str]) -> Arc<FakeArm> {
        let fake = FakeArm::default();
        fake.with(|state| groups.iter().for_each(|group| state.found(group)));
        Arc::new(fake)
    }

    pub(super) fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }

    pub(super) fn fault(&self, kind: &'static str, fault: Fault) {
        self.with(|state| state.faults.entry(kind).or_default().push_back(fault));
    }

    /// Returns the kinds of requests so far, and forgets them.
    pub(super) fn calls(&self) -> Vec<String> {
        self.with(|state| std::mem::take(&mut state.calls))
    }

    pub(super) fn endpoint(self: &Arc<FakeArm>) -> Arc<Endpoint> {
        let http: Arc<dyn HttpClient> = Arc::<FakeArm>::clone(self);
        Arc::new(Endpoint::new(HOST.parse().unwrap(), "s", Arc::new(Anybody), Vec::new(), http))
    }
}

impl State {
    /// Makes a group without rules.
    pub(super) fn found(&mut self, group: &str) {
        let body = json!({ "id": group, "name": "g", "location": "westeurope", "tags": { "cost": "1" },
            "properties": { "securityRules": [], "defaultSecurityRules": [{ "name": "AllowVnetInBound" }], "subnets": [{ "id": "/s" }], "resourceGuid": "x" } });
        self.groups.insert(group.to_lowercase(), body);
        self.touch(&group.to_lowercase());
    }

    fn touch(&mut self, group: &str) {
        self.next += 1;
        let etag = format!("W/\"{}\"", self.next);
        if let Some(group) = self.groups.get_mut(group) {
            group["etag"] = etag.into();
        }
    }

    pub(super) fn rules(&mut self, group: &str) -> &mut Vec<Value> {
        let group = self.groups.get_mut(&group.to_lowercase()).unwrap();
        group["properties"]["securityRules"].as_array_mut().unwrap()
    }

    /// Puts a rule into a group, by somebody else or before the test.
    pub(super) fn put(&mut self, group: &str, rule: Value) {
        let name = rule["name"].clone();
        self.rules(group).retain(|other| other["name"] != name);
        self.rules(group).push(rule);
        self.touch(&group.to_lowercase());
    }

    fn act(&mut self, method: &str, path: &str, body: &Value, if_match: Option<&str>) -> (String, Option<Reply>) {
        let lower = path.to_lowercase();
        if let Some(id) = lower.strip_prefix("/operations/") {
            return ("GET operation".to_owned(), Some(self.operation(id)));
        }
        let (group, rule) = lower.split_once("/securityrules").map_or((lower.as_str(), None), |(group, rule)| (group, Some(rule)));
        let rule = rule.map(|rule| rule.trim_start_matches('/'));
        let kind = match rule {
            None => format!("{method} group"),
            Some("") => format!("{method} rules"),
            Some(_) => format!("{method} rule"),
        };
        self.calls.push(kind.clone());
        if self.forbidden.iter().any(|forbidden| kind == *forbidden) {
            return (kind, Some(error(403, "AuthorizationFailed")));
        }
        let fault = self.faults.iter_mut().find(|(name, _)| **name == kind).and_then(|(_, faults)| faults.pop_front());
        let mut end = json!({ "status": "Succeeded" });
        let mut polls = 1;
        let mut answers = true;
        match fault {
            None => {}
            Some(Fault::Refuse(status, code)) => return (kind, Some(error(status, code))),
            Some(Fault::Cut) => return (kind, None),
            Some(Fault::DoneButCut) => answers = false,
            Some(Fault::NeverEnds) => polls = u32::MAX,
            Some(Fault::After(change)) => change(self),
            Some(Fault::Ends(status, code)) => {
                let error = json!({ "code": status, "message": "m", "details": [{ "code": code, "message": "d" }] });
                let reply = self.begin(group, u32::MAX, json!(null));
                self.operations.values_mut().last().unwrap().polls = 0;
                self.operations.values_mut().last().unwrap().end = json!({ "status": status, "error": error });
                return (kind, Some(reply));
            }
        }
        if !self.groups.contains_key(group) {
            return (kind, Some(error(404, "ResourceNotFound")));
        }
        let reply = match (method, rule) {
            ("GET", None) => Ok((200, Vec::new(), self.groups[group].clone())),
            ("GET", Some(_)) => Ok((200, Vec::new(), json!({ "value": self.groups[group]["properties"]["securityRules"] }))),
            ("PUT", None) => self.put_group(group, body, if_match),
            ("PUT", Some(name)) => self.put_rule(group, name, body),
            ("DELETE", Some(name)) => {
                self.rules(group).retain(|other| other["name"].as_str().unwrap().to_lowercase() != name);
                Ok((202, Vec::new(), json!(null)))
            }
            other => panic!("the fake does not know {other:?}"),
        };
        let reply = match reply {
            Err(error) => error,
            Ok(reply) if method == "GET" => reply,
            Ok(_) => {
                end["done"] = true.into();
                self.begin(group, polls, end)
            }
        };
        (kind, answers.then_some(reply))
    }

    fn begin(&mut self, group: &str, polls: u32, end: Value) -> Reply {
        self.touch(group);
        self.next += 1;
        let id = format!("{:08}", self.next);
        self.operations.insert(id.clone(), Operation { group: group.to_owned(), polls, end });
        let headers = vec![("azure-asyncoperation", format!("{HOST}/operations/{id}?t=1")), ("retry-after", "0".to_owned())];
        (200, headers, json!({ "properties": { "provisioningState": "Updating" } }))
    }

    fn operation(&mut self, id: &str) -> Reply {
        let operation = self.operations.get_mut(id).unwrap();
        if operation.polls > 0 {
            operation.polls -= 1;
            return (200, vec![("retry-after", "0".to_owned())], json!({ "status": "InProgress" }));
        }
        let operation = operation.clone();
        self.touch(&operation.group);
        (200, Vec::new(), operation.end)
    }

    fn put_group(&mut self, group: &str, body: &Value, if_match: Option<&str>) -> Result<Reply, Reply> {
        self.bodies.push(body.clone());
        if if_match.is_some_and(|etag| self.groups[group]["etag"] != etag) {
            return Err(error(412, "PreconditionFailed"));
        }
        let allowed = ["location", "tags", "properties"];
        let echoes = body.as_object().unwrap().keys().any(|key| !allowed.contains(&key.as_str()));
        let properties = body["properties"].as_object().unwrap();
        if echoes || properties.keys().any(|key| !["securityRules", "flushConnection"].contains(&key.as_str())) {
            return Err(error(400, "InvalidRequestFormat"));
        }
        let rules: Vec<Value> = properties.get("securityRules").and_then(Value::as_array).cloned().unwrap_or_default();
        valid(&rules)?;
        let stored = &mut self.groups.get_mut(group).unwrap()["properties"];
        stored["securityRules"] = rules.into_iter().map(told).collect();
        if let Some(flush) = properties.get("flushConnection") {
            stored["flushConnection"] = flush.clone();
        }
        Ok((200, Vec::new(), json!(null)))
    }

    fn put_rule(&mut self, group: &str, name: &str, body: &Value) -> Result<Reply, Reply> {
        let mut rules = self.rules(group).clone();
        rules.retain(|other| other["name"].as_str().unwrap().to_lowercase() != name);
        rules.push(told(body.clone()));
        valid(&rules)?;
        *self.rules(group) = rules;
        Ok((201, Vec::new(), json!(null)))
    }
}

/// Returns a rule as it is told of.
fn told(mut rule: Value) -> Value {
    let members = [("id", "i"), ("etag", "e"), ("type", "t")];
    let object: &mut Map<String, Value> = rule.as_object_mut().unwrap();
    members.into_iter().for_each(|(name, value)| drop(object.insert(name.to_owned(), value.into())));
    rule["properties"]["provisioningState"] = "Succeeded".into();
    rule
}

fn valid(rules: &[Value]) -> Result<(), Reply> {
    let mut slots = Vec::new();
    for rule in rules {
        let properties = &rule["properties"];
        if properties.get("provisioningState").is_some_and(|_| rule.get("id").is_none()) {
            return Err(error(400, "InvalidRequestFormat"));
        }
        let slot = (member(properties, "direction").unwrap().to_string().to_lowercase(), member(properties, "priority").cloned());
        if slots.contains(&slot) {
            return Err(error(400, "SecurityRuleConflict"));
        }
        slots.push(slot);
    }
    Ok(())
}

fn error(status: u16, code: &str) -> Reply {
    (status, Vec::new(), json!({ "error": { "code": code, "message": "scripted" } }))
}

#[async_trait]
impl HttpClient for FakeArm {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        tokio::task::yield_now().await;
        let Body::Bytes(body) = request.body() else { panic!("a stream") };
        let body = serde_json::from_slice(body).unwrap_or(Value::Null);
        let if_match = request.headers().get_optional_str(&HeaderName::from_static("if-match")).map(str::to_owned);
        let (_, reply) = self.with(|state| state.act(request.method().as_ref(), request.url().path(), &body, if_match.as_deref()));
        let Some((status, named, body)) = reply else { return Err(azure_core::Error::new(ErrorKind::Io, "cut")) };
        let mut headers = Headers::new();
        named.into_iter().for_each(|(name, value)| headers.insert(HeaderName::from_static(name), value));
        Ok(AsyncRawResponse::from_bytes(status.into(), headers, body.to_string().into_bytes()))
    }
}

#[derive(Debug)]
struct Anybody;

#[async_trait]
impl TokenCredential for Anybody {
    async fn get_token(&self, _: &[&str], _: Option<TokenRequestOptions<'_>>) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new("secret-token", OffsetDateTime::now_utc() + std::time::Duration::from_secs(3600)))
    }
}
