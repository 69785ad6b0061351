//! From the `aws` block to the settings of the client; the block is known and was checked.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::duration;
use super::super::setting::{read_text as text, read_texts as texts, read_texts_by_name as texts_by_name};
use crate::aws::{Accounts, AssumeRole, MetadataMode, RetryMode, Settings, WebIdentity, WebIdentityToken};
use crate::plugin::Value;

/// Returns the settings.
pub(super) fn settings(aws: &Value) -> Settings {
    let number = |name: &str| aws.get(name).as_i64();
    Settings {
        region: text(aws.get("region")),
        profile: text(aws.get("profile")),
        access_key: text(aws.get("access_key")),
        secret_key: text(aws.get("secret_key")),
        token: text(aws.get("token")),
        shared_config_files: texts(aws.get("shared_config_files")),
        shared_credentials_files: texts(aws.get("shared_credentials_files")),
        web_identity: web_identity(aws.get("assume_role_with_web_identity")),
        assume_role: aws.get("assume_role").elements().iter().map(assume_role).collect(),
        ec2_endpoint: text(aws.get("endpoints").get("ec2")),
        sts_endpoint: text(aws.get("endpoints").get("sts")),
        sts_region: text(aws.get("sts_region")),
        custom_ca_bundle: text(aws.get("custom_ca_bundle")),
        http_proxy: text(aws.get("http_proxy")),
        https_proxy: aws.get("https_proxy").as_str().map(str::to_owned), // Empty is none, which is more than nothing said.
        no_proxy: text(aws.get("no_proxy")),
        max_retries: number("max_retries").and_then(|attempts| u32::try_from(attempts).ok()),
        retry_mode: match aws.get("retry_mode").as_str() {
            Some("standard") => Some(RetryMode::Standard),
            Some("adaptive") => Some(RetryMode::Adaptive),
            Some(_) | None => None,
        },
        retry_tokens: number("token_bucket_rate_limiter_capacity").and_then(|tokens| usize::try_from(tokens).ok()),
        use_fips_endpoint: aws.get("use_fips_endpoint").as_bool(),
        use_dualstack_endpoint: aws.get("use_dualstack_endpoint").as_bool(),
        metadata_endpoint: text(aws.get("ec2_metadata_service_endpoint")),
        metadata_mode: match aws.get("ec2_metadata_service_endpoint_mode").as_str() {
            Some("IPv4") => Some(MetadataMode::Ipv4),
            Some("IPv6") => Some(MetadataMode::Ipv6),
            Some(_) | None => None,
        },
        skip_metadata: aws.get("skip_metadata_api_check").as_bool(),
        user_agent: texts(aws.get("user_agent")),
        accounts: accounts(aws),
    }
}

fn accounts(aws: &Value) -> Accounts {
    let ids = |name: &str| -> BTreeSet<String> { texts(aws.get(name)).into_iter().collect() };
    let (only, not) = (ids("allowed_account_ids"), ids("forbidden_account_ids"));
    match (only.is_empty(), not.is_empty()) {
        (false, _) => Accounts::Only(only),
        (true, false) => Accounts::AnyBut(not),
        (true, true) => Accounts::Any,
    }
}

fn assume_role(role: &Value) -> AssumeRole {
    AssumeRole {
        role_arn: text(role.get("role_arn")).unwrap_or_default(),
        session_name: text(role.get("session_name")),
        external_id: text(role.get("external_id")),
        source_identity: text(role.get("source_identity")),
        duration: duration(role.get("duration")),
        policy: text(role.get("policy")),
        policy_arns: texts(role.get("policy_arns")),
        tags: texts_by_name(role.get("tags")),
        transitive_tag_keys: texts(role.get("transitive_tag_keys")).into_iter().collect(),
    }
}

fn web_identity(role: &Value) -> Option<WebIdentity> {
    if role.is_null() {
        return None;
    }
    let inline = text(role.get("web_identity_token")).map(WebIdentityToken::Inline);
    Some(WebIdentity {
        role_arn: text(role.get("role_arn")),
        session_name: text(role.get("session_name")),
        duration: duration(role.get("duration")),
        policy: text(role.get("policy")),
        policy_arns: texts(role.get("policy_arns")),
        token: inline.or_else(|| text(role.get("web_identity_token_file")).map(WebIdentityToken::File)),
    })
}

fn duration(value: &Value) -> Option<Duration> {
    value.as_str().and_then(|text| duration::parse(text).ok())
}
