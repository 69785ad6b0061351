//! The shape of the `aws` block; its descriptions are its documentation.

use super::super::setting::{switch, text, texts};
use super::check;
use crate::plugin::validator::{self, Validator};
use crate::plugin::{Attribute, AttributePath, Block, Diagnostic, Diagnostics, NestedBlock, Type, Value};

/// The schema of the block.
pub(in crate::provider) fn block() -> NestedBlock {
    let attributes = [keys(), files(), network(), retries(), metadata(), accounts()].concat();
    let block = Block::new(attributes).blocks([assume_role(), web_identity(), endpoints(), default_tags()]).description(
        "How to reach AWS and as whom, spelled as in the official AWS provider. What is not set comes from the environment and the shared files.",
    );
    NestedBlock::single("aws", block)
}

fn whole(name: &str, least: i64, description: &str) -> Attribute {
    let check = move |value: &Value, path: &AttributePath, found: &mut Diagnostics| {
        if !value.as_i64().is_some_and(|number| (least..=i64::from(u32::MAX)).contains(&number)) {
            found.push(Diagnostic::error("Invalid value", format!("{path}: write a whole number from {least}.")).at(path));
        }
    };
    Attribute::optional(name, Type::Number).description(description).validate(check)
}

fn url() -> Validator {
    validator::text(check::url)
}

fn keys() -> Vec<Attribute> {
    vec![
        text(
            "region",
            "Region of the security groups. Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, then the profile's, then the instance's where its role signs in. A resource may name another one.",
        )
        .validate(validator::text(check::region)),
        text("profile", "Profile in the shared configuration and credentials files. Default: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, then `default`."),
        text("access_key", "Access key id; needs `secret_key`. Default: `AWS_ACCESS_KEY_ID`."),
        text("secret_key", "Secret access key; needs `access_key`. Default: `AWS_SECRET_ACCESS_KEY`.").sensitive(),
        text("token", "Session token of temporary keys. Default: `AWS_SESSION_TOKEN`.").sensitive(),
    ]
}

fn files() -> Vec<Attribute> {
    vec![
        texts(
            "shared_config_files",
            "Paths of shared configuration files; `~/` is the home folder. Default: `AWS_CONFIG_FILE`, then `~/.aws/config`.",
        ),
        texts(
            "shared_credentials_files",
            "Paths of shared credentials files; `~/` is the home folder. Default: `AWS_SHARED_CREDENTIALS_FILE`, then `~/.aws/credentials`.",
        ),
    ]
}

fn network() -> Vec<Attribute> {
    vec![
        text("sts_region", "Region of STS, for `assume_role`, `assume_role_with_web_identity` and the account check. Default: the region.")
            .validate(validator::text(check::region)),
        text(
            "custom_ca_bundle",
            "Path of a PEM file with certificate authorities to trust besides the system's. Default: `AWS_CA_BUNDLE`.",
        ),
        text("http_proxy", "URL of the proxy for HTTP, and for HTTPS where `https_proxy` is not set. Default: `HTTP_PROXY`.").sensitive(),
        text("https_proxy", "URL of the proxy for HTTPS; `\"\"` is none, whatever `http_proxy` says. Default: `HTTPS_PROXY`.").sensitive(),
        text("no_proxy", "Hosts, addresses and blocks that are reached without a proxy, separated by commas. Default: `NO_PROXY`."),
        switch(
            "use_fips_endpoint",
            "Whether to use FIPS endpoints. Default: `AWS_USE_FIPS_ENDPOINT`, then `use_fips_endpoint` of the profile.",
        ),
        switch(
            "use_dualstack_endpoint",
            "Whether to use endpoints that answer over IPv6 too. Default: `AWS_USE_DUALSTACK_ENDPOINT`, then `use_dualstack_endpoint` of the profile.",
        ),
        texts(
            "user_agent",
            "Products to name in the user agent of every request, such as `pipeline/1.4`; what `TF_APPEND_USER_AGENT` says follows.",
        )
        .validate(validator::each(validator::text(check::product))),
    ]
}

fn retries() -> Vec<Attribute> {
    vec![
        whole(
            "max_retries",
            1,
            "Attempts for one request to EC2 while it throttles, the first included; failures of the network end after four. Default: `AWS_MAX_ATTEMPTS`, then `max_attempts` of the profile, then 25.",
        ),
        text("retry_mode", "How a throttled request is repeated: `standard`, or `adaptive`, which slows all requests down together. Default: `AWS_RETRY_MODE`, then `retry_mode` of the profile, then `standard`.")
            .validate(validator::one_of(["standard", "adaptive"])),
        whole("token_bucket_rate_limiter_capacity", 1, "Tokens that retries may spend before they end for a while. Default: no limit."),
    ]
}

fn metadata() -> Vec<Attribute> {
    vec![
        text("ec2_metadata_service_endpoint", "URL of the instance metadata service. Default: `AWS_EC2_METADATA_SERVICE_ENDPOINT`.")
            .validate(url()),
        text(
            "ec2_metadata_service_endpoint_mode",
            "Address family of the instance metadata service: `IPv4` or `IPv6`. Default: `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE`.",
        )
        .validate(validator::one_of(["IPv4", "IPv6"])),
        switch("skip_metadata_api_check", "Whether the instance metadata service is left alone. Default: `AWS_EC2_METADATA_DISABLED`."),
    ]
}

fn accounts() -> Vec<Attribute> {
    let ids = |name: &str, description: &str| {
        Attribute::optional(name, Type::set(Type::String))
            .description(description)
            .validate(validator::each(validator::text(check::account)))
    };
    vec![
        ids(
            "allowed_account_ids",
            "Accounts that may be worked in; in any other one nothing is read or written. Excludes `forbidden_account_ids`.",
        ),
        ids("forbidden_account_ids", "Accounts in which nothing is read or written. Excludes `allowed_account_ids`."),
    ]
}

/// What both kinds of roles have.
fn session() -> Vec<Attribute> {
    vec![
        text("duration", "How long the session lasts, from `15m` to `12h`; in a chain of roles at most `1h`. Default: one hour.")
            .validate(validator::text(check::duration)),
        text("policy", "JSON policy that narrows the session.").validate(validator::text(check::policy)),
        Attribute::optional("policy_arns", Type::set(Type::String))
            .description("ARNs of managed policies that narrow the session.")
            .validate(validator::each(validator::text(check::policy_arn))),
    ]
}

fn assume_role() -> NestedBlock {
    let mut attributes = vec![
        Attribute::required("role_arn", Type::String).description("ARN of the role.").validate(validator::text(check::role_arn)),
        text("session_name", "Name of the session, as CloudTrail shows it. Default `terraform-provider-emc`.")
            .validate(validator::text(check::session_name)),
        text("external_id", "The id that the role's owner demands.").validate(validator::text(check::external_id)),
        text("source_identity", "Who is behind the session; every later session of the chain keeps it.")
            .validate(validator::text(check::source_identity)),
        Attribute::optional("tags", Type::map(Type::String)).description("Tags of the session.").validate(check::session_tags),
        Attribute::optional("transitive_tag_keys", Type::set(Type::String))
            .description("Keys of those `tags` that the next role of a chain gets too."),
    ];
    attributes.extend(session());
    let block =
        Block::new(attributes).description("A role to assume. With several blocks each is assumed with the session of the one before.");
    NestedBlock::list("assume_role", block)
}

fn web_identity() -> NestedBlock {
    let mut attributes = vec![
        text("role_arn", "ARN of the role. Default: `AWS_ROLE_ARN`.").validate(validator::text(check::role_arn)),
        text(
            "session_name",
            "Name of the session, as CloudTrail shows it. Default: `AWS_ROLE_SESSION_NAME`, then `terraform-provider-emc`.",
        )
        .validate(validator::text(check::session_name)),
        text("web_identity_token", "The token of the identity provider. Excludes `web_identity_token_file`.").sensitive(),
        text(
            "web_identity_token_file",
            "Path of a file with the token, read again for each session. Default: `AWS_WEB_IDENTITY_TOKEN_FILE`.",
        ),
    ];
    attributes.extend(session());
    let block = Block::new(attributes)
        .description("A role to assume with the token of an identity provider, such as a pipeline's; before those of `assume_role`.");
    NestedBlock::single("assume_role_with_web_identity", block)
}

fn endpoints() -> NestedBlock {
    let block = Block::new([
        text("ec2", "URL of the EC2 endpoint. Default: `AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL`, then the region's own.").validate(url()),
        text("sts", "URL of the STS endpoint. Default: `AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL`, then the region's own.").validate(url()),
    ])
    .description("Endpoints to use instead of AWS's own.");
    NestedBlock::single("endpoints", block)
}

fn default_tags() -> NestedBlock {
    let tags = Attribute::optional("tags", Type::map(Type::String))
        .description("The tags. `TF_AWS_DEFAULT_TAGS_<key>` adds one; what is written here goes before.")
        .validate(check::default_tags);
    let block = Block::new([tags]).description(
        "Tags on every rule that the provider makes, beside its own `emc:name` and `emc:instance`. Other tags of rules are left alone.",
    );
    NestedBlock::single("default_tags", block)
}
