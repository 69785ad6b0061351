//! What an `azure` block may hold, and what becomes of it.

use super::*;
use crate::azure::Secret;
use crate::plugin::{Diagnostics, Type, Value};

fn block(entries: &[(&str, Value)]) -> Value {
    let blank = super::block().block().blank();
    entries.iter().fold(blank, |block, (name, value)| block.with(*name, value.clone()))
}

fn said(found: &Diagnostics) -> Vec<String> {
    found.iter().map(|one| format!("{}: {}", one.path().map(ToString::to_string).unwrap_or_default(), one.detail())).collect()
}

#[test]
fn settings_take_over_everything_that_the_block_says() {
    let schema = super::block();
    let mut filled = schema.block().blank();
    for attribute in schema.block().attributes() {
        let is_switch = attribute.shape().value_type() == Type::Bool;
        let value = if is_switch { Value::from(true) } else { Value::string(attribute.name()) };
        filled = filled.with(attribute.name(), value);
    }
    let settings = settings::settings(&filled);
    let shown = format!("{settings:?}");
    for attribute in schema.block().attributes() {
        let secret = attribute.is_sensitive();
        let name = attribute.name();
        let value = match (attribute.shape().value_type() == Type::Bool, secret) {
            (true, _) => "Some(true)".to_owned(),
            (false, true) => "Some((hidden))".to_owned(),
            (false, false) => format!("Some({name:?})"),
        };
        assert!(shown.contains(&format!("{name}: {value}")), "{name} in {shown}");
    }
    assert_eq!(shown.matches("Some(").count(), schema.block().attributes().len());
    assert_eq!(settings.client_secret, Some(Secret::from("client_secret")));
    assert_eq!(settings.client_certificate_password, Some(Secret::from("client_certificate_password")));
    assert!(!format!("{:?}", settings::settings(&block(&[("tenant_id", Value::string(""))]))).contains("Some("), "empty is unset");
}

#[test]
fn a_file_that_cannot_be_used_is_told_at_its_attribute() {
    let azure = |more: &[(&str, Value)]| {
        let application = [("client_id", Value::string("c")), ("tenant_id", Value::string("t"))];
        look(&block(&[&application, more].concat()))
    };
    let missing = said(&azure(&[("client_secret_file_path", Value::string("/no/such/file"))]));
    assert!(
        missing[0].starts_with(
            "azure.client_secret_file_path: azure.client_secret_file_path: the client secret in `/no/such/file` cannot be read"
        )
    );
    assert!(
        missing[0].ends_with("Correct `client_secret_file_path`; whoever runs Terraform must be able to read the file."),
        "{missing:?}"
    );
    let unknown = azure(&[("client_secret_file_path", Value::string("/no/such/file")), ("environment", Value::Unknown)]);
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(look(&Value::Null).is_empty() && look(&Value::Unknown).is_empty());
}

#[test]
fn what_nothing_can_use_is_told() {
    let off = ("use_oidc", Value::from(false));
    let token = ("oidc_token", Value::string("t"));
    assert_eq!(
        said(&validate(&block(&[off.clone(), token.clone()]))),
        ["azure.oidc_token: `azure` has `oidc_token`, and `use_oidc = false` keeps it from being used. Take one of them out."]
    );
    assert!(validate(&block(&[token])).is_empty(), "ARM_USE_OIDC may switch it on");
    assert!(validate(&block(&[off, ("oidc_token", Value::Unknown)])).is_empty());
    assert!(validate(&Value::Null).is_empty());
}
