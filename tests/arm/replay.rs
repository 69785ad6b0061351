//! Recorded exchanges with Azure, played against this server: the same status, the same headers, the same body.
//!
//! The recordings are no part of this repository; `EMC_ARM_RECORDINGS` names their folder. Both sides are compared without what differs each
//! time (GUIDs, hosts, signatures) and without what the recorder took away: Date, Retry-After and the ids of requests.

mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::tests::Client;

/// What the recorder took away.
const NOT_RECORDED: [&str; 5] = ["date", "retry-after", "x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id"];

/// Plays one file; how many exchanges it has, and what was different.
fn play(text: &str, cloud: &str) -> (usize, Vec<String>) {
    let recording = yaml::read(text);
    let subscription = "00000000-0000-0000-0000-000000000000";
    let client = Client::with(json!({ "subscription": subscription, "settings": { "cloud": cloud, "polls": 0 } }));
    let mut differences = Vec::new();
    // Addresses that the recorded Azure gave, and those that ours gave at the same place.
    let mut addresses: BTreeMap<String, String> = BTreeMap::new();
    let exchanges = recording.get("interactions").list();
    for exchange in exchanges {
        let (request, response) = (exchange.get("request"), exchange.get("response"));
        let (method, url) = (request.get("method").text(), request.get("url").text());
        let place = format!("{cloud} {}: {method} {url}", exchange.get("id").text());
        let target = addresses.get(url).cloned().unwrap_or_else(|| without_host(url).to_owned());
        let headers: Vec<(String, String)> =
            request.get("headers").entries().map(|(name, values)| (name.clone(), values.list()[0].text().to_owned())).collect();
        let said = client.send(method, without_host(&target), &headers, request.get("body").text().as_bytes().to_vec());
        if said.status.to_string() != response.get("code").text() {
            differences.push(format!("{place}: {} and not {}: {}", said.status, response.get("code").text(), said.body));
        }
        let recorded: BTreeSet<String> = response.get("headers").entries().map(|(name, _)| name.to_ascii_lowercase()).collect();
        let ours: BTreeSet<String> = said.headers.keys().filter(|name| !NOT_RECORDED.contains(&name.as_str())).cloned().collect();
        if recorded != ours {
            let (missing, more) = (recorded.difference(&ours).collect::<Vec<_>>(), ours.difference(&recorded).collect::<Vec<_>>());
            differences.push(format!("{place}: headers missing {missing:?}, too many {more:?}"));
        }
        for name in ["Azure-Asyncoperation", "Location"] {
            if let (Some(theirs), Some(ours)) = (response.get("headers").find(name), said.headers.get(&name.to_ascii_lowercase())) {
                let theirs = theirs.list()[0].text();
                if shape(theirs) != shape(ours) {
                    differences.push(format!("{place}: {name} is {} and not {}", shape(ours), shape(theirs)));
                }
                addresses.insert(theirs.to_owned(), ours.clone());
            }
        }
        let (theirs, ours) = (masked(&body(response.get("body").text())), masked(&said.body));
        if theirs != ours {
            differences.push(format!("{place}: the body is\n{ours}\nand not\n{theirs}"));
        }
    }
    (exchanges.len(), differences)
}

fn body(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { serde_json::from_str(text).unwrap() }
}

fn without_host(url: &str) -> &str {
    url.find("://").and_then(|scheme| url[scheme + 3..].find('/').map(|slash| &url[scheme + 3 + slash..])).unwrap_or(url)
}

/// An address without its host, with the names of its query, and without what identifies an operation.
fn shape(url: &str) -> String {
    let (path, query) = without_host(url).split_once('?').unwrap();
    let kept = path.rsplit_once('/').unwrap().0;
    let names: BTreeSet<&str> = query.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
    format!("{kept}/? {names:?}")
}

/// JSON in which every GUID is the same one.
fn masked(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(without_guids(text)),
        Value::Array(entries) => entries.iter().map(masked).collect(),
        Value::Object(entries) => entries.iter().map(|(name, value)| (name.clone(), masked(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn without_guids(text: &str) -> String {
    let is_guid = |part: &str| {
        part.len() == 36
            && part
                .char_indices()
                .all(|(at, character)| if [8, 13, 18, 23].contains(&at) { character == '-' } else { character.is_ascii_hexdigit() })
    };
    let mut masked = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if rest.get(..36).is_some_and(is_guid) {
            masked.push_str("GUID");
            rest = &rest[36..];
        } else {
            masked.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    masked
}

#[test]
fn recorded_exchanges_are_answered_alike() {
    let Some(folder) = std::env::var_os("EMC_ARM_RECORDINGS").filter(|folder| !folder.is_empty()).map(PathBuf::from) else {
        eprintln!("skipped: EMC_ARM_RECORDINGS does not name the folder of recorded exchanges");
        return;
    };
    for (cloud, file) in [("public", "arm-nsg-recorded-AZURECLOUD.yaml"), ("china", "arm-nsg-recorded-AZURECHINACLOUD.yaml")] {
        let path = folder.join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (played, differences) = play(&text, cloud);
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        let recorded = text.lines().filter(|line| line.trim_start().starts_with("- id:")).count();
        assert_eq!(played, recorded, "exchanges of {file}");
        assert!(played >= 15, "{file} has only {played} exchanges");
    }
}

#[test]
fn a_difference_is_seen() {
    let text = "interactions:\n    - id: 0\n      request:\n        body: ''\n        headers:\n            Accept:\n                - a\n        \
                url: https://h/subscriptions/00000000-0000-0000-0000-000000000000?api-version=2021-04-01\n        method: GET\n      response:\n        \
                body: '{\"x\":\"it''s\"}'\n        headers:\n            X-Other:\n                - \"1\"\n        code: 201\n";
    let (played, differences) = play(text, "public");
    assert_eq!(played, 1);
    let text = differences.join("\n");
    for expected in ["200 and not 201", "headers missing [\"x-other\"]", "the body is", "\"it's\""] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}
