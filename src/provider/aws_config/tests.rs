//! What an `aws` block may hold, and what becomes of it.

use super::*;
use crate::aws::Accounts;
use crate::plugin::{Diagnostic, Diagnostics};

fn block(entries: &[(&str, Value)]) -> Value {
    let blank = super::block().block().blank();
    entries.iter().fold(blank, |block, (name, value)| block.with(*name, value.clone()))
}

fn texts(texts: &[&str]) -> Value {
    Value::set(texts.iter().map(|text| Value::string(*text)))
}

fn said(found: &Diagnostics) -> Vec<String> {
    found.iter().map(|one| format!("{}: {}", one.path().map(ToString::to_string).unwrap_or_default(), one.summary())).collect()
}

#[test]
fn texts_are_checked_one_by_one() {
    let account = |text| check::account(text).is_ok();
    assert!(account("012345678901") && !account("12345678901") && !account("1234-5678-9012"));
    let role = |text| check::role_arn(text).is_ok();
    assert!(role("arn:aws:iam::123456789012:role/network") && role("arn:aws-us-gov:iam::123456789012:role/team/network"));
    for wrong in [
        "network",
        "arn:aws:iam::123456789012:user/me",
        "arn:aws:iam::123:role/x",
        "arn:aws:sts::123456789012:role/x",
        "arn:aws:iam::123456789012:role/",
    ] {
        assert_eq!(
            check::role_arn(wrong).unwrap_err(),
            format!("`{wrong}` is not the ARN of a role; write one such as `arn:aws:iam::123456789012:role/network`")
        );
    }
    assert!(check::policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess").is_ok() && check::policy_arn("ReadOnlyAccess").is_err());
    assert!(check::duration("15m").is_ok() && check::duration("12h").is_ok());
    assert!(check::duration("14m").is_err() && check::duration("13h").is_err() && check::duration("3600").is_err());
    assert!(check::policy("{}").is_ok() && check::policy("[]").is_err() && check::policy("{").is_err());
    assert!(check::policy(&format!("{{\"a\":\"{}\"}}", "x".repeat(2048))).unwrap_err().contains("2048"));
    assert!(check::session_name("me@host").is_ok() && check::session_name("a").is_err() && check::session_name("a b").is_err());
    assert!(check::external_id("abc:def/1").is_ok() && check::external_id("a b").is_err());
    assert!(region("eu-central-1").is_ok() && region("EU").is_err() && region("a.evil.example/").is_err());
    assert!(check::url("http://127.0.0.1:4566").is_ok() && check::url("127.0.0.1").is_err() && check::url("https://").is_err());
    assert!(check::product("ci/1 (nightly)").is_ok() && check::product("\n").is_err());
}

#[test]
fn what_excludes_each_other_is_told_where_it_stands() {
    let aws = block(&[("allowed_account_ids", texts(&["123456789012"])), ("forbidden_account_ids", texts(&["123456789012"]))]);
    assert_eq!(said(&validate(&aws)), ["aws.forbidden_account_ids: Conflicting account lists"]);
    let identity = Value::object([("web_identity_token", Value::string("x")), ("web_identity_token_file", Value::string("t"))]);
    let role = |duration: &str, tags: Value, keys: Value| {
        Value::object([("duration", Value::string(duration)), ("tags", tags), ("transitive_tag_keys", keys)])
    };
    let tag = || Value::map([("team", Value::string("network"))]);
    let aws = block(&[
        ("assume_role_with_web_identity", identity),
        (
            "assume_role",
            Value::list([
                role("2h", tag(), texts(&["team"])),
                role("1h", tag(), texts(&["tema"])),
                role("1h", Value::Unknown, texts(&["x"])),
            ]),
        ),
    ]);
    assert_eq!(
        said(&validate(&aws)),
        [
            "aws.assume_role_with_web_identity.web_identity_token_file: Two web identity tokens",
            "aws.assume_role[0].duration: Session too long for a chain of roles",
            "aws.assume_role[1].transitive_tag_keys: Unknown session tag",
        ]
    );
    let aws = block(&[("allowed_account_ids", texts(&["123456789012"])), ("forbidden_account_ids", Value::Unknown)]);
    assert!(validate(&aws).is_empty(), "what is unknown may turn out to be null");
    assert!(validate(&Value::Null).is_empty() && validate(&Value::Unknown).is_empty());
}

#[test]
fn tags_of_ours_and_of_aws_cannot_be_given() {
    let tags = Value::map([
        ("emc:name", Value::string("x")),
        ("aws:created", Value::string("x")),
        ("owner", Value::Null),
        ("long", Value::string("x".repeat(257))),
        ("good", Value::Unknown),
    ]);
    let mut found = Diagnostics::new();
    check::default_tags(&tags, &crate::plugin::AttributePath::root().attr("tags"), &mut found);
    let details: Vec<&str> = found.iter().map(|one| one.detail()).collect();
    assert_eq!(
        details,
        [
            "`emc:name` is how the provider knows its own rules, so it cannot be given here. Use another key.",
            "tags[\"aws:created\"]: keys that begin with `aws:` are AWS's own; use another one.",
            "tags[\"long\"]: a value has 256 characters at most.",
            "tags[\"owner\"]: a tag without a value is written `\"\"`; take a null one out.",
        ]
    );
    let many = Value::map((0..49).map(|number| (format!("k{number}"), Value::string("v"))));
    let mut found = Diagnostics::new();
    check::default_tags(&many, &crate::plugin::AttributePath::root().attr("tags"), &mut found);
    assert_eq!(said(&found), ["tags: Too many tags"]);
}

#[test]
fn settings_take_over_what_the_block_says() {
    let role = Value::object([
        ("role_arn", Value::string("arn:aws:iam::123456789012:role/a")),
        ("duration", Value::string("30m")),
        ("source_identity", Value::string("me")),
        ("tags", Value::map([("team", Value::string("network"))])),
        ("transitive_tag_keys", texts(&["team"])),
    ]);
    let aws = block(&[
        ("region", Value::string("eu-central-1")),
        ("profile", Value::string("")),
        ("https_proxy", Value::string("")),
        ("assume_role", Value::list([role])),
        ("max_retries", Value::from(3_i64)),
        ("retry_mode", Value::string("adaptive")),
        ("allowed_account_ids", texts(&["123456789012"])),
    ]);
    let settings = settings::settings(&aws);
    assert_eq!((settings.region.as_deref(), settings.profile, settings.https_proxy.as_deref()), (Some("eu-central-1"), None, Some("")));
    assert_eq!((settings.max_retries, settings.retry_mode), (Some(3), Some(aws::RetryMode::Adaptive)));
    assert_eq!(settings.accounts, Accounts::Only(["123456789012".to_owned()].into()));
    let role = &settings.assume_role[0];
    assert_eq!((role.duration, role.source_identity.as_deref()), (Some(std::time::Duration::from_secs(1800)), Some("me")));
    assert_eq!((role.tags["team"].as_str(), role.transitive_tag_keys.len()), ("network", 1));
}

#[test]
fn a_file_that_cannot_be_read_is_told_at_its_attribute() {
    let files = block(&[
        ("shared_config_files", texts(&["/no/such/config", file!()])),
        ("shared_credentials_files", texts(&["/"])),
        ("custom_ca_bundle", Value::string("/no/such/ca")),
    ]);
    let found = look(&files);
    assert_eq!(
        said(&found),
        [
            "aws.shared_config_files: Cannot sign in to AWS",
            "aws.shared_credentials_files: Cannot sign in to AWS",
            "aws.custom_ca_bundle: Cannot sign in to AWS",
        ]
    );
    assert_eq!(
        found.iter().next().map(Diagnostic::detail),
        Some(
            "aws.shared_config_files: `/no/such/config` cannot be read: No such file or directory (os error 2). Correct `shared_config_files`; whoever runs Terraform must be able to read the file."
        )
    );
    assert!(look(&files.with("region", Value::Unknown)).is_empty(), "what is unknown is asked about again when it is known");
    assert!(look(&Value::Null).is_empty() && look(&Value::Unknown).is_empty() && look(&block(&[])).is_empty());
}

#[test]
fn an_unknown_part_makes_everything_wait() {
    let account = Account::default();
    assert!(account.ec2().is_none());
    account.configure(&block(&[("region", Value::Unknown)]));
    assert!(account.ec2().is_none() && account.default_tags().is_none());
    let tags = Value::object([("tags", Value::map([("owner", Value::string("net"))]))]);
    account.configure(&block(&[("default_tags", tags)]));
    assert!(account.ec2().is_some());
    assert_eq!(account.default_tags().unwrap().get("owner").map(String::as_str), Some("net"));
}
