//! What is wrong with the `aws` block, as far as it is known; everything here is said by `terraform validate`.

use super::super::duration;
use super::settings::settings;
use crate::aws::{self, INSTANCE_TAG, NAME_TAG};
use crate::plugin::{AttributePath, Diagnostic, Diagnostics, Value};

/// Tags that a rule may have beside our two; EC2 takes fifty in all.
const MOST_TAGS: usize = 48;

/// Checks what no attribute can say by itself.
pub(in crate::provider) fn validate(aws: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let at = AttributePath::root().attr("aws");
    for (one, missing) in [("access_key", "secret_key"), ("secret_key", "access_key"), ("token", "access_key")] {
        if aws.get(one).as_str().is_some() && aws.get(missing).is_null() {
            let detail = format!("`aws` has `{one}` without `{missing}`. Give both, or neither and use a profile or the environment.");
            diagnostics.push(Diagnostic::error("Incomplete AWS keys", detail).at(&at.attr(one)));
        }
    }
    // What is unknown may turn out to be null; Terraform asks again when it is known.
    let given = |value: &Value| value.is_known() && !value.is_null();
    if given(aws.get("allowed_account_ids")) && given(aws.get("forbidden_account_ids")) {
        let detail =
            "`aws` has `allowed_account_ids` and `forbidden_account_ids`. Give one of them: what is not allowed is forbidden anyway.";
        diagnostics.push(Diagnostic::error("Conflicting account lists", detail).at(&at.attr("forbidden_account_ids")));
    }
    let identity = aws.get("assume_role_with_web_identity");
    if given(identity.get("web_identity_token")) && given(identity.get("web_identity_token_file")) {
        let detail = "`assume_role_with_web_identity` has `web_identity_token` and `web_identity_token_file`. Give one of them.";
        let at = at.attr("assume_role_with_web_identity").attr("web_identity_token_file");
        diagnostics.push(Diagnostic::error("Two web identity tokens", detail).at(&at));
    }
    for (index, role) in aws.get("assume_role").elements().iter().enumerate() {
        let at = at.attr("assume_role").index(index);
        let chained = index > 0 || given(identity);
        let lasts = role.get("duration").as_str().and_then(|text| duration::parse(text).ok());
        if chained && lasts.is_some_and(|lasts| lasts.as_secs() > 3600) {
            let detail = "A role that is assumed with the session of another one lasts an hour at most, whatever the role itself allows. Write `1h` or less.";
            diagnostics.push(Diagnostic::error("Session too long for a chain of roles", detail).at(&at.attr("duration")));
        }
        diagnostics.extend(transitive(role, &at));
    }
    diagnostics
}

/// Looks at the files that the block names as they are now; the rest is told where EC2 is needed, because another cloud may be meant.
pub(in crate::provider) fn look(aws: &Value) -> Diagnostics {
    if aws.is_null() || !aws.is_wholly_known() {
        return Diagnostics::new();
    }
    let unreadable = aws::unreadable_files(&settings(aws)).into_iter().map(|(attribute, fault)| {
        let at = AttributePath::root().attr("aws").attr(attribute);
        let detail = format!("{at}: {fault}. Correct `{attribute}`; whoever runs Terraform must be able to read the file.");
        Diagnostic::error("Cannot sign in to AWS", detail).at(&at)
    });
    unreadable.collect()
}

/// Only tags of this session can be handed on.
fn transitive(role: &Value, at: &AttributePath) -> Option<Diagnostic> {
    let tags = role.get("tags");
    let keys = role.get("transitive_tag_keys").elements();
    if !tags.is_known() {
        return None;
    }
    let strange: Vec<String> = keys
        .iter()
        .filter_map(Value::as_str)
        .filter(|key| tags.entries().all(|(known, _)| known != *key))
        .map(|key| format!("`{key}`"))
        .collect();
    let detail =
        format!("{} in `transitive_tag_keys` is not a key of `tags`, and only tags of this session can be handed on.", strange.join(", "));
    (!strange.is_empty()).then(|| Diagnostic::error("Unknown session tag", detail).at(&at.attr("transitive_tag_keys")))
}

/// A region goes into the names of hosts. Which ones exist, only AWS knows.
pub(in crate::provider) fn region(text: &str) -> Result<(), String> {
    let fits = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    if (1..=63).contains(&text.len()) && text.chars().all(fits) && !text.starts_with('-') && !text.ends_with('-') {
        Ok(())
    } else {
        Err(format!("`{text}` is not a region; write one such as `eu-central-1`"))
    }
}

pub(super) fn url(text: &str) -> Result<(), String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.starts_with('/') && !text.contains(char::is_whitespace) => Ok(()),
        Some(_) | None => Err(format!("`{text}` is not a URL; write one such as `https://vpce-0123.ec2.eu-central-1.vpce.amazonaws.com`")),
    }
}

pub(super) fn account(text: &str) -> Result<(), String> {
    if text.len() == 12 && text.chars().all(|character| character.is_ascii_digit()) {
        Ok(())
    } else {
        Err(format!("`{text}` is not an AWS account id; write its twelve digits in quotes, leading zeros included"))
    }
}

pub(super) fn duration(text: &str) -> Result<(), String> {
    let seconds = duration::parse(text)?.as_secs();
    if (900..=43_200).contains(&seconds) { Ok(()) } else { Err(format!("`{text}` is not the length of a session; write `15m` to `12h`")) }
}

/// The parts of `arn:partition:service:region:account:resource`.
fn arn<'a>(text: &'a str, service: &str) -> Option<&'a str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, found, "", account, resource] if partition.starts_with("aws") && *found == service => {
            let of_account = self::account(account).is_ok() || *account == "aws";
            of_account.then_some(*resource)
        }
        _ => None,
    }
}

pub(super) fn role_arn(text: &str) -> Result<(), String> {
    let named = arn(text, "iam").and_then(|resource| resource.strip_prefix("role/")).is_some_and(|name| !name.is_empty());
    if named {
        Ok(())
    } else {
        Err(format!("`{text}` is not the ARN of a role; write one such as `arn:aws:iam::123456789012:role/network`"))
    }
}

pub(super) fn policy_arn(text: &str) -> Result<(), String> {
    let named = arn(text, "iam").and_then(|resource| resource.strip_prefix("policy/")).is_some_and(|name| !name.is_empty());
    if named {
        Ok(())
    } else {
        Err(format!("`{text}` is not the ARN of a managed policy; write one such as `arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess`"))
    }
}

pub(super) fn policy(text: &str) -> Result<(), String> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(policy) if policy.is_object() && text.chars().count() <= 2048 => Ok(()),
        Ok(policy) if policy.is_object() => Err("the policy is longer than the 2048 characters that STS takes".to_owned()),
        Ok(_) => Err("the policy is JSON, but not an object; best write it with `jsonencode`".to_owned()),
        Err(error) => Err(format!("the policy is not JSON: {error}; best write it with `jsonencode`")),
    }
}

/// What names of sessions are made of.
fn named(text: &str, what: &str, longest: usize, more: &str) -> Result<(), String> {
    let fits = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character) || more.contains(character);
    if (2..=longest).contains(&text.chars().count()) && text.chars().all(fits) {
        Ok(())
    } else {
        Err(format!("`{text}` is not {what}; write 2 to {longest} letters, digits and `_+=,.@-{more}`"))
    }
}

pub(super) fn session_name(text: &str) -> Result<(), String> {
    named(text, "the name of a session", 64, "")
}

pub(super) fn source_identity(text: &str) -> Result<(), String> {
    named(text, "a source identity", 64, "")
}

pub(super) fn external_id(text: &str) -> Result<(), String> {
    named(text, "an external id", 1224, ":/")
}

pub(super) fn product(text: &str) -> Result<(), String> {
    if !text.trim().is_empty() && text.chars().all(|character| (' '..='~').contains(&character)) {
        Ok(())
    } else {
        Err(format!("`{text}` cannot stand in a header; write printable ASCII such as `pipeline/1.4`"))
    }
}

pub(super) fn session_tags(tags: &Value, path: &AttributePath, found: &mut Diagnostics) {
    tags_of(tags, path, 50, found);
}

pub(super) fn default_tags(tags: &Value, path: &AttributePath, found: &mut Diagnostics) {
    for key in [NAME_TAG, INSTANCE_TAG] {
        if tags.entries().any(|(given, _)| given == key) {
            let detail = format!("`{key}` is how the provider knows its own rules, so it cannot be given here. Use another key.");
            found.push(Diagnostic::error("Reserved tag", detail).at(&path.key(key)));
        }
    }
    tags_of(tags, path, MOST_TAGS, found);
}

fn tags_of(tags: &Value, path: &AttributePath, most: usize, found: &mut Diagnostics) {
    let count = tags.entries().len();
    if count > most {
        let detail = format!("{path}: there are {count} tags, and {most} is the most.");
        found.push(Diagnostic::error("Too many tags", detail).at(path));
    }
    for (key, value) in tags.entries() {
        let place = path.key(key);
        let mut refuse = |detail: String| found.push(Diagnostic::error("Invalid tag", format!("{place}: {detail}.")).at(&place));
        if key.to_ascii_lowercase().starts_with("aws:") {
            refuse("keys that begin with `aws:` are AWS's own; use another one".to_owned());
        } else if !(1..=128).contains(&key.chars().count()) {
            refuse("a key has 1 to 128 characters".to_owned());
        }
        if value.as_str().is_some_and(|value| value.chars().count() > 256) {
            refuse("a value has 256 characters at most".to_owned());
        }
        if value.is_null() {
            refuse("a tag without a value is written `\"\"`; take a null one out".to_owned());
        }
    }
}
