//! A host that is not Azure: whoever brings a token here has leaked it.
//!
//! It answers as if operations had succeeded, so that a client which was lured here has no other reason to complain.

use serde_json::json;

use crate::azure::Azure;
use crate::wire::{Answer, Ask};

/// Notes the visit and answers.
pub(crate) fn answer(azure: &Azure, ask: &Ask) -> Answer {
    let mut state = azure.lock();
    let text = format!(
        "{} {}?{} {}",
        ask.headers.values().cloned().collect::<Vec<_>>().join(" "),
        ask.path,
        ask.raw_query,
        String::from_utf8_lossy(&ask.body)
    );
    let leaked = ask.header("authorization").is_some() || state.secrets().any(|secret| text.contains(secret));
    state.visits.push(json!({
        "method": ask.method,
        "path": ask.path,
        "token": leaked,
    }));
    match ask.path.to_ascii_lowercase() {
        path if path.contains("/operations/") => Answer::json(200, &json!({ "status": "Succeeded" })),
        path if path.contains("oauth2") => {
            Answer::json(400, &json!({ "error": "invalid_request", "error_description": "nobody lives here", "error_codes": [90014] }))
        }
        _ => Answer::json(200, &json!({ "value": [] })),
    }
}
