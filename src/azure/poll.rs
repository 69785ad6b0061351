//! Waits for an operation that Azure accepted to come to its end.
//!
//! A write is answered at once and carried out afterwards. `Azure-AsyncOperation` tells where its status is, else `Location`; without
//! either the resource itself says. Both are asked for at the host that was configured, and as often as Azure says.

use std::time::Duration;

use azure_core::http::headers::HeaderName;
use azure_core::http::{Method, Request, Url};
use serde_json::Value;
use tokio::time::Instant;

use crate::stop::Stop;

use super::endpoint::{Endpoint, Reply, refusal, unanswered};
use super::error::{Answer, AzureError, Call};
use super::patience::told;

#[cfg(test)]
mod tests;

/// The wait before the first question where Azure names none; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(if cfg!(test) { 5 } else { 1000 });

/// The longest wait where Azure names none.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What an operation may take if nobody stops the wait for it.
const WAIT_MOST: Duration = if cfg!(test) { Duration::from_millis(400) } else { Duration::from_secs(3600) };

const AZURE_ASYNCOPERATION: HeaderName = HeaderName::from_static("azure-asyncoperation");
const LOCATION: HeaderName = HeaderName::from_static("location");

/// Where the status of an operation is found.
#[derive(Debug)]
enum Status {
    /// `{"status": …}` of the operation.
    Operation(Url),
    /// A place that answers 202 until it is done.
    Result(Url),
    /// `properties.provisioningState` of what was written.
    Resource(Url),
}

/// How far it is.
#[derive(Debug)]
enum Progress {
    Running,
    Done,
    Ended(Answer),
}

/// Returns once what this reply says was begun is done.
///
/// # Errors
/// When the operation failed or was superseded, or when its end could not be waited for.
pub(crate) async fn settle(endpoint: &Endpoint, call: &Call, reply: &Reply, stop: &Stop) -> Result<(), AzureError> {
    let Some(status) = Status::of(endpoint, reply).map_err(|fault| unanswered(call, fault))? else { return Ok(()) };
    let mut wait = told(&reply.headers).unwrap_or(FIRST_WAIT);
    let mut unasked = FIRST_WAIT;
    let end = Instant::now() + WAIT_MOST;
    loop {
        if Instant::now() + wait > end || !stop.sleep(wait).await {
            return Err(AzureError::Unfinished { call: Box::new(call.clone()) });
        }
        let request = Request::new(status.url().clone(), Method::Get);
        let told_wait = match endpoint.exchange(&request, call, stop).await {
            Ok(reply) => match status.progress(&reply).map_err(|fault| unanswered(call, fault))? {
                Progress::Running => told(&reply.headers),
                Progress::Done => return Ok(()),
                Progress::Ended(answer) => return Err(ended(call, answer)),
            },
            // It may take a moment until the place of the status exists.
            Err(AzureError::Refused { answer, .. }) if answer.status == 404 => None,
            Err(AzureError::Stopped { .. }) => None,
            Err(error) => return Err(unanswered(call, error)),
        };
        unasked = (unasked * 2).min(LONGEST_WAIT);
        wait = told_wait.unwrap_or(unasked);
    }
}

impl Status {
    /// Finds where it is; nothing if all is done already.
    fn of(endpoint: &Endpoint, reply: &Reply) -> Result<Option<Status>, String> {
        let named = |name: &HeaderName| {
            let url = reply.headers.get_optional_str(name);
            url.map(|url| endpoint.here(url).ok_or_else(|| format!("`{}` names no URL", name.as_str()))).transpose()
        };
        if let Some(url) = named(&AZURE_ASYNCOPERATION)? {
            return Ok(Some(Status::Operation(url)));
        }
        if let Some(url) = named(&LOCATION)?.filter(|_| reply.status == 202) {
            return Ok(Some(Status::Result(url)));
        }
        let is_running = matches!(provisioning(&parse(reply)?), Progress::Running);
        Ok(is_running.then(|| Status::Resource(reply.url.clone())))
    }

    fn url(&self) -> &Url {
        match self {
            Status::Operation(url) | Status::Result(url) | Status::Resource(url) => url,
        }
    }

    fn progress(&self, reply: &Reply) -> Result<Progress, String> {
        match self {
            Status::Operation(_) => {
                let body = parse(reply)?;
                match body.get("status").and_then(Value::as_str) {
                    Some(status) => Ok(progress(status, &reply.body)),
                    // The operation that is gone may leave what it made in its place.
                    None if reply.status == 202 => Ok(Progress::Running),
                    None => Ok(provisioning(&body)),
                }
            }
            Status::Result(_) => Ok(if reply.status == 202 { Progress::Running } else { Progress::Done }),
            Status::Resource(_) => Ok(provisioning(&parse(reply)?)),
        }
    }
}

fn progress(status: &str, body: &[u8]) -> Progress {
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => Progress::Done,
        "failed" | "canceled" | "cancelled" => {
            let answer = Answer::read(200, body, None);
            let code = answer.code.clone().or_else(|| Some(status.to_owned()));
            let message = if answer.code.is_none() { String::new() } else { answer.message };
            Progress::Ended(Answer { code, message, ..answer })
        }
        _ => Progress::Running,
    }
}

fn provisioning(resource: &Value) -> Progress {
    match resource.pointer("/properties/provisioningState").and_then(Value::as_str) {
        Some(state) => progress(state, b"{}"),
        None => Progress::Done,
    }
}

fn parse(reply: &Reply) -> Result<Value, String> {
    if reply.body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&reply.body).map_err(|error| format!("the answer is not JSON: {error}"))
}

/// The operation has ended otherwise than it should.
fn ended(call: &Call, answer: Answer) -> AzureError {
    let told = refusal(call, answer);
    if let AzureError::Refused { call, answer } = told { AzureError::Failed { call, answer } } else { told }
}
