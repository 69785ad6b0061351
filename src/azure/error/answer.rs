//! What Azure says when it refuses, or when an operation that it began does not succeed.

use std::fmt;

use serde_json::Value;

/// An error in Azure's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The status of the HTTP answer. An operation that failed is told of with status 200.
    pub status: u16,
    /// Azure's error code; absent where something in between answered.
    pub code: Option<String>,
    /// Azure's words.
    pub message: String,
    /// The more exact errors inside of it, flattened.
    pub details: Vec<Detail>,
    /// What Azure's support asks for.
    pub correlation_id: Option<String>,
}

/// One of the more exact errors inside of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Azure's error code.
    pub code: String,
    /// Azure's words.
    pub message: String,
}

/// The most that is kept of one message: a proxy may answer with whole pages.
const MESSAGE_MOST: usize = 2000;

/// The most details that are kept.
const DETAILS_MOST: usize = 20;

impl Answer {
    /// Reads an error: `{"error": {code, message, details}}`, what stands inside of it alone, or whatever else it is.
    pub(crate) fn read(status: u16, body: &[u8], correlation_id: Option<&str>) -> Answer {
        let correlation_id = correlation_id.map(str::to_owned);
        let json: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = json.get("error").filter(|error| error.is_object()).unwrap_or(&json);
        let code = text(error, "code");
        if code.is_none() && text(error, "message").is_none() {
            return Answer { status, code: None, message: clean(&String::from_utf8_lossy(body)), details: Vec::new(), correlation_id };
        }
        let mut details = Vec::new();
        collect(error, &mut details);
        details.truncate(DETAILS_MOST);
        Answer { status, code, message: text(error, "message").unwrap_or_default(), details, correlation_id }
    }

    /// Tells whether this code stands anywhere in it.
    pub(crate) fn says(&self, code: &str) -> bool {
        let codes = self.code.iter().chain(self.details.iter().map(|detail| &detail.code));
        codes.into_iter().any(|found| found.eq_ignore_ascii_case(code))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(formatter, "`{code}`")?,
            None => write!(formatter, "HTTP status {}", self.status)?,
        }
        let message = if self.message.is_empty() { "(no message)" } else { &self.message };
        write!(formatter, ": {message}")?;
        for Detail { code, message } in &self.details {
            write!(formatter, " (`{code}`: {message})")?;
        }
        match &self.correlation_id {
            Some(id) => write!(formatter, " [correlation id {id}]"),
            None => Ok(()),
        }
    }
}

fn collect(error: &Value, details: &mut Vec<Detail>) {
    let inner = error.get("details").and_then(Value::as_array);
    for detail in inner.into_iter().flatten() {
        if let Some(code) = text(detail, "code") {
            details.push(Detail { code, message: text(detail, "message").unwrap_or_default() });
        }
        collect(detail, details);
    }
}

fn text(object: &Value, member: &str) -> Option<String> {
    object.get(member).and_then(Value::as_str).map(clean).filter(|text| !text.is_empty())
}

/// One line, not too long, without the queries of URLs: those of operations are signed, and whoever has the signature may ask.
fn clean(text: &str) -> String {
    let words = text.split_whitespace().map(|word| match word.split_once('?') {
        Some((before, query)) if before.contains("://") => {
            let end = query.rfind(|character: char| !matches!(character, '.' | ',' | '\'' | '"' | ')' | ']')).map_or(0, |last| last + 1);
            format!("{before}?…{}", query.get(end..).unwrap_or_default())
        }
        Some(_) | None => word.to_owned(),
    });
    let line = words.collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MESSAGE_MOST {
        return line;
    }
    line.chars().take(MESSAGE_MOST).chain(['…']).collect()
}
