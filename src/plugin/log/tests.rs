//! Log lines as the host parses them.

use super::{LINE_BYTES, Levels, Lines, module, timestamp};
use crate::plugin::environment::Environment;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;

const ALL: Levels = Levels { own: LevelFilter::TRACE, libraries: LevelFilter::INFO };

/// The lines that `work` logs, as text.
fn logged(levels: Levels, work: impl FnOnce()) -> Vec<String> {
    let written = Arc::new(Mutex::new(Vec::new()));
    let sink = written.clone();
    let write = move |line: &[u8]| sink.lock().unwrap().push(String::from_utf8(line.to_vec()).unwrap());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(Lines { levels, write }), work);
    Arc::try_unwrap(written).unwrap().into_inner().unwrap()
}

fn only(lines: &[String]) -> Value {
    let [line] = lines else { panic!("not one line: {lines:?}") };
    assert!(line.ends_with('\n'));
    assert!(!line.trim_end().contains('\n'));
    serde_json::from_str(line).unwrap()
}

#[test]
fn an_event_is_one_flat_object() {
    let lines = logged(ALL, || tracing::warn!(rules = 3_u64, left = -1, last = true, who = "me", kind = ?Some(1), "two\nlines"));
    let mut line = only(&lines);
    assert!(line.as_object_mut().unwrap().remove("@timestamp").unwrap().is_string());
    assert_eq!(
        line,
        json!({
            "@level": "warn", "@message": "two\nlines", "@module": "sdk.proto",
            "rules": 3, "left": -1, "last": true, "who": "me", "kind": "Some(1)",
        })
    );
}

#[test]
fn reserved_fields_are_strings_whatever_an_event_says() {
    let lines = logged(ALL, || tracing::info!("@message" = 7, "@timestamp" = "today", "@level" = false, message = 7));
    let line = only(&lines);
    assert_eq!(line["@message"], "7");
    assert_eq!(line["@level"], "info");
    assert_ne!(line["@timestamp"], "today");
    assert_eq!(line["timestamp"], "today");
}

#[test]
fn time_has_six_digits_even_when_they_are_zeros() {
    let second = time::OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
    assert_eq!(timestamp(second), "2023-11-14T22:13:20.000000Z");
    assert_eq!(timestamp(second + time::Duration::nanoseconds(1_999)), "2023-11-14T22:13:20.000001Z");
}

#[test]
fn an_event_without_words_still_has_a_message() {
    assert!(only(&logged(ALL, || tracing::info!(rules = 3)))["@message"].is_string());
}

#[test]
fn events_carry_the_fields_of_their_spans() {
    let lines = logged(ALL, || {
        let call = tracing::info_span!("call", tf_rpc = "ReadResource", tf_req_id = tracing::field::Empty);
        call.record("tf_req_id", "r1");
        let _call = call.enter();
        let _step = tracing::debug_span!("step", tf_rpc = "inner").entered();
        tracing::debug!("inside");
    });
    let line = only(&lines);
    assert_eq!((&line["tf_rpc"], &line["tf_req_id"]), (&json!("inner"), &json!("r1")));
}

#[test]
fn no_line_is_longer_than_hosts_read() {
    // Quotes double in JSON; letters of two bytes must not be cut in half.
    for text in ["\"".repeat(200_000), "é".repeat(200_000), "\u{1}".repeat(200_000)] {
        let lines = logged(ALL, || tracing::info!(text, "{text}"));
        assert!(lines[0].len() <= LINE_BYTES, "{}", lines[0].len());
        let line = only(&lines);
        assert!(line["@message"].as_str().unwrap().ends_with('…'));
    }
    let fits = "x".repeat(LINE_BYTES - 200); // the other fields need less
    assert_eq!(only(&logged(ALL, || tracing::info!("{fits}")))["@message"], fits.as_str());
}

#[test]
fn libraries_are_quieter() {
    let lines = logged(ALL, || {
        tracing::debug!(target: "hyper::client", "secret");
        tracing::info!(target: "hyper::client", "fine");
        tracing::trace!("ours");
    });
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("fine") && lines[1].contains("ours"));
}

#[test]
fn modules_tell_whose_an_event_is() {
    for (target, expected) in [
        ("terraform_provider_emc", "provider"),
        ("terraform_provider_emc::anvil::forge", "provider.anvil"),
        ("terraform_provider_emc::plugin::listen", "sdk.proto"),
        ("terraform_provider_emc_more::x", "sdk.terraform_provider_emc_more"),
        ("hyper::client", "sdk.hyper"),
    ] {
        assert_eq!(
            module(&target.replace("terraform_provider_emc", env!("CARGO_CRATE_NAME"))),
            expected.replace("terraform_provider_emc", env!("CARGO_CRATE_NAME"))
        );
    }
}

#[test]
fn the_nearest_variable_decides() {
    use LevelFilter as L;
    let levels = |variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let Levels { own, libraries } = Levels::of("big-anvil", &variables.collect::<Environment>());
        (own, libraries)
    };
    assert_eq!(levels(&[]), (L::OFF, L::OFF));
    assert_eq!(levels(&[("TF_LOG", "WARN")]), (L::WARN, L::WARN));
    assert_eq!(levels(&[("TF_LOG", "JSON")]), (L::TRACE, L::INFO));
    assert_eq!(levels(&[("TF_LOG", "loud")]), (L::TRACE, L::INFO));
    assert_eq!(levels(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "error")]), (L::ERROR, L::ERROR));
    assert_eq!(levels(&[("TF_LOG_PROVIDER", "error"), ("TF_LOG_PROVIDER_BIG_ANVIL", "Debug")]), (L::DEBUG, L::INFO));
    assert_eq!(levels(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER_BIG_ANVIL", "off")]), (L::OFF, L::OFF));
    // Never everything that libraries have to say.
    assert_eq!(levels(&[("TF_LOG", "TRACE"), ("TF_LOG_SDK", "TRACE")]), (L::TRACE, L::DEBUG));
    assert_eq!(levels(&[("TF_LOG", "TRACE"), ("TF_LOG_SDK", "ERROR")]), (L::TRACE, L::ERROR));
    assert_eq!(levels(&[("TF_LOG_SDK", "TRACE")]), (L::OFF, L::OFF));
}
