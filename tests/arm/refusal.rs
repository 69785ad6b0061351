//! What Azure says when it does not do what it is asked: status, code and words.
//!
//! Texts are those that were recorded or that users reported; where nobody has shown one, `unproven` stands beside it.

mod gateway;
mod network;

use serde_json::{Value, json};

use crate::wire::Answer;

pub(crate) use gateway::*;
pub(crate) use network::*;

/// One refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    details: Option<Vec<(String, String)>>,
    headers: Vec<(String, String)>,
}

impl Refusal {
    /// One by the gateway of Resource Manager, before any provider of resources is asked.
    pub(crate) fn gateway(status: u16, code: &str, message: String) -> Refusal {
        let headers = vec![("x-ms-failure-cause".to_owned(), "gateway".to_owned())];
        Refusal { status, code: code.to_owned(), message, details: None, headers }
    }

    /// One by Microsoft.Network.
    pub(crate) fn network(status: u16, code: &str, message: String) -> Refusal {
        Refusal { status, code: code.to_owned(), message, details: Some(Vec::new()), headers: Vec::new() }
    }

    /// Adds a detail.
    pub(crate) fn detail(mut self, code: &str, message: String) -> Refusal {
        self.details.get_or_insert_default().push((code.to_owned(), message));
        self
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Refusal {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Takes a header away.
    pub(crate) fn without(mut self, name: &str) -> Refusal {
        self.headers.retain(|(found, _)| found != name);
        self
    }

    /// The object below `error`, which operations tell too.
    pub(crate) fn error(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let (Some(details), Some(error)) = (&self.details, error.as_object_mut()) {
            let details: Vec<Value> = details.iter().map(|(code, message)| json!({ "code": code, "message": message })).collect();
            error.insert("details".to_owned(), Value::Array(details));
        }
        error
    }

    /// As it is sent.
    pub(crate) fn answer(&self) -> Answer {
        let answer = Answer::json(self.status, &json!({ "error": self.error() }));
        self.headers.iter().fold(answer, |answer, (name, value)| answer.with(name, value))
    }
}
