//! Requests and answers as the rest of this program sees them, and the way from and to HTTP.
//!
//! An answer may also be cut: before its first byte, or in its middle. It knows no Azure.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, Incoming};
use serde_json::Value;

/// The largest body that is read.
const MOST: usize = 32 * 1024 * 1024;

/// A request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ask {
    /// In capitals.
    pub(crate) method: String,
    /// As sent, without the query.
    pub(crate) path: String,
    /// As sent.
    pub(crate) raw_query: String,
    /// Decoded; names in lower case.
    pub(crate) query: BTreeMap<String, String>,
    /// Names in lower case; of several values the last one.
    pub(crate) headers: BTreeMap<String, String>,
    /// As sent.
    pub(crate) body: Vec<u8>,
}

impl Ask {
    /// Reads a whole request.
    pub(crate) async fn read(request: hyper::Request<Incoming>) -> io::Result<Ask> {
        let (head, mut body) = request.into_parts();
        let mut bytes = Vec::new();
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
                bytes.extend_from_slice(&data);
            }
            if bytes.len() > MOST {
                return Err(io::Error::other("a body of this size is no honest one"));
            }
        }
        let raw_query = head.uri.query().unwrap_or_default().to_owned();
        let value = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Ok(Ask {
            method: head.method.as_str().to_ascii_uppercase(),
            path: head.uri.path().to_owned(),
            query: pairs(&raw_query).into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
            raw_query,
            headers: head.headers.iter().map(|(name, found)| (name.as_str().to_owned(), value(found))).collect(),
            body: bytes,
        })
    }

    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// A field of the query by its name in lower case.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// The decoded segments of the path; empty ones, as of a slash at the end, are none.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|segment| !segment.is_empty()).map(|segment| decode(segment, false)).collect()
    }

    /// The body as a form.
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        pairs(&String::from_utf8_lossy(&self.body)).into_iter().collect()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The token of an `Authorization: Bearer` header.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| (decode(name, true), decode(value, true))).collect()
}

/// Undoes percent-encoding; what is no encoding stays as it is.
pub(crate) fn decode(text: &str, plus_is_space: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        match (first, more) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                let hex = String::from_utf8_lossy(&[*high, *low]).into_owned();
                bytes.push(u8::from_str_radix(&hex, 16).unwrap_or_default());
                rest = after;
            }
            (b'+', _) if plus_is_space => bytes.push(b' '),
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// One without a body.
    pub(crate) fn empty(status: u16) -> Answer {
        Answer { status, ..Answer::default() }
    }

    /// One with a body of JSON.
    pub(crate) fn json(status: u16, body: &Value) -> Answer {
        Answer::empty(status).with("Content-Type", "application/json; charset=utf-8").with_body(body.to_string())
    }

    /// Adds a header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Replaces the body.
    pub(crate) fn with_body(mut self, body: impl Into<Vec<u8>>) -> Answer {
        self.body = body.into();
        self
    }

    /// A header by its name, in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is answered.
    Whole(Answer),
    /// The connection is cut in the middle of the answer.
    Half(Answer),
    /// The connection is cut without an answer.
    Cut,
}

impl Outcome {
    /// As hyper wants it; an error cuts the connection.
    pub(crate) fn into_response(self) -> io::Result<hyper::Response<Stream>> {
        let cut = || io::Error::other("cut");
        let (answer, half) = match self {
            Outcome::Whole(answer) => (answer, false),
            Outcome::Half(answer) => (answer, true),
            Outcome::Cut => return Err(cut()),
        };
        let mut response = hyper::Response::builder().status(answer.status);
        for (name, value) in &answer.headers {
            response = response.header(name, value);
        }
        // Of 204 there is no body and no length.
        if answer.status != 204 {
            response = response.header("Content-Length", answer.body.len());
        }
        let bytes = Bytes::from(answer.body);
        let mut frames = VecDeque::new();
        if half {
            frames.push_back(Ok(bytes.slice(..bytes.len() / 2)));
            frames.push_back(Err(cut()));
        } else if !bytes.is_empty() {
            frames.push_back(Ok(bytes));
        }
        response.body(Stream(frames)).map_err(io::Error::other)
    }
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) struct Stream(VecDeque<io::Result<Bytes>>);

impl Body for Stream {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(self.0.pop_front().map(|next| next.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }
}
