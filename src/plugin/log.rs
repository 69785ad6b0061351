//! The log: one JSON object a line on stderr, in the form that hosts parse.
//!
//! Promises: a line is never longer than hosts read in one piece, is written whole, and its reserved fields are always strings
//! (hosts do not survive anything else). Quiet unless a `TF_LOG` variable asks. Does not know what is logged; whoever logs
//! leaves out what is sensitive.
//!
//! Libraries are logged at `info` and above. `TF_LOG_SDK` lets them say more, but never below `debug`: at `trace` HTTP clients
//! print whole requests and answers, credentials included.

use std::fmt;
use std::io::Write as _;

use serde_json::{Map, Value};
use time::OffsetDateTime;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use super::environment::Environment;

/// Hosts read lines of up to 64 KiB; the rest is room for what they add.
const LINE_BYTES: usize = 60 << 10;

/// From here on events of this process go to stderr. `name` is the provider's, without prefix.
pub(crate) fn install(name: &str, environment: &Environment) {
    let levels = Levels::of(name, environment);
    if levels.own == LevelFilter::OFF {
        return;
    }
    let lines = Lines { levels, write: |line: &[u8]| drop(std::io::stderr().lock().write_all(line)) };
    // A second attempt, which only tests make, leaves the first in place.
    let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry().with(lines));
}

/// What is loud enough to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Levels {
    own: LevelFilter,
    libraries: LevelFilter,
}

impl Levels {
    fn of(name: &str, environment: &Environment) -> Levels {
        let own_variable = format!("TF_LOG_PROVIDER_{}", name.replace('-', "_").to_uppercase());
        let own = [own_variable.as_str(), "TF_LOG_PROVIDER", "TF_LOG"].into_iter().find_map(|variable| environment.get(variable));
        let own = own.map_or(LevelFilter::OFF, level);
        let libraries = environment.get("TF_LOG_SDK").map_or(LevelFilter::INFO, level);
        Levels { own, libraries: libraries.min(own).min(LevelFilter::DEBUG) }
    }

    fn admit(self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= if own_module(metadata.target()).is_some() { self.own } else { self.libraries }
    }
}

/// As hosts read it: a word they do not know, and `json`, mean everything.
fn level(word: &str) -> LevelFilter {
    match word.to_lowercase().as_str() {
        "off" => LevelFilter::OFF,
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

/// For events of this package, the path below its root.
fn own_module(target: &str) -> Option<&str> {
    let package = module_path!().split("::").next()?;
    let below = target.strip_prefix(package)?;
    below.strip_prefix("::").or_else(|| below.is_empty().then_some(""))
}

/// `provider.<room>` for what is ours, `sdk.proto` for this room, `sdk.<crate>` for libraries.
fn module(target: &str) -> String {
    let first = |path: &str| path.split("::").next().unwrap_or_default().to_owned();
    match own_module(target).map(first) {
        None => format!("sdk.{}", first(target)),
        Some(room) if room.is_empty() => "provider".to_owned(),
        Some(room) if room == "plugin" => "sdk.proto".to_owned(),
        Some(room) => format!("provider.{room}"),
    }
}

/// Turns events into lines for `write`.
struct Lines<W> {
    levels: Levels,
    write: W,
}

/// Fields of a span, kept for the events inside it.
struct SpanFields(Map<String, Value>);

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&[u8]) + 'static,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.levels.admit(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.levels.own.max(self.levels.libraries))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Map::new();
            attributes.record(&mut Collect(&mut fields));
            span.extensions_mut().insert(SpanFields(fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(SpanFields(fields)) = span.extensions_mut().get_mut()
        {
            values.record(&mut Collect(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Map::new();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(SpanFields(of_span)) = span.extensions().get() {
                fields.extend(of_span.clone());
            }
        }
        event.record(&mut Collect(&mut fields));
        let message = match fields.remove("message") {
            Some(Value::String(message)) => message,
            Some(other) => other.to_string(),
            None => event.metadata().name().to_owned(),
        };
        (self.write)(line(fields, *event.metadata().level(), event.metadata().target(), message).as_bytes());
    }
}

/// One line, its end included.
fn line(mut fields: Map<String, Value>, level: Level, target: &str, message: String) -> String {
    fields.insert("@timestamp".to_owned(), timestamp(OffsetDateTime::now_utc()).into());
    fields.insert("@level".to_owned(), level.as_str().to_lowercase().into());
    fields.insert("@module".to_owned(), module(target).into());
    fields.insert("@message".to_owned(), message.into());
    let mut text = Value::Object(fields.clone()).to_string();
    let mut longest = LINE_BYTES;
    while text.len() >= LINE_BYTES {
        longest /= 2;
        if longest < 256 {
            fields.retain(|key, _| key.starts_with('@')); // too many fields rather than too long ones
        }
        fields.values_mut().for_each(|value| shorten(value, longest));
        text = Value::Object(fields.clone()).to_string();
    }
    text.push('\n');
    text
}

/// With six digits after the second, always: hosts take a line with any other number of them for plain text.
fn timestamp(now: OffsetDateTime) -> String {
    let (year, month, day) = (now.year(), u8::from(now.month()), now.day());
    let (hour, minute, second, micro) = now.to_hms_micro();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z")
}

fn shorten(value: &mut Value, longest: usize) {
    if let Value::String(text) = value
        && text.len() > longest
    {
        text.truncate(text.floor_char_boundary(longest.saturating_sub("…".len())));
        text.push('…');
    }
}

/// Gathers fields as JSON. What an event calls `@…` loses the sign, so that the reserved names stay ours.
struct Collect<'a>(&'a mut Map<String, Value>);

impl Collect<'_> {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().trim_start_matches('@').to_owned(), value.into());
    }
}

impl Visit for Collect<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }
}

#[cfg(test)]
mod tests;
