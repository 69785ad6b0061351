//! What an `aws` block may not say, told by `terraform validate` where it stands.

use serde_json::Value;

use super::{Site, configuration};

/// Every error as `line of the configuration | summary | detail`.
fn said(site: &Site, aws: &str) -> Vec<String> {
    site.workspace.write("main.tf", &configuration(aws, "sg-0123456789abcdef0", ""));
    let output = site.workspace.run(&["validate", "-json"]).fails().blames_nobody();
    let said: Value = serde_json::from_str(&output.stdout).unwrap();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let told = said["diagnostics"].as_array().unwrap().iter();
    told.map(|one| format!("{} | {} | {}", text(&one["snippet"], "code").trim(), text(one, "summary"), text(one, "detail"))).collect()
}

#[test]
fn each_setting_is_checked_at_its_place() {
    let site = Site::new();
    site.workspace.init();
    let cases = [
        (
            "assume_role {\n role_arn = \"network\"\n}",
            "role_arn = \"network\" | Invalid value | aws.assume_role[0].role_arn: `network` is not the ARN of a role; write one such as `arn:aws:iam::123456789012:role/network`.",
        ),
        (
            "assume_role {\n role_arn = \"arn:aws:iam::123456789012:role/x\"\n duration = \"5m\"\n}",
            "duration = \"5m\" | Invalid value | aws.assume_role[0].duration: `5m` is not the length of a session; write `15m` to `12h`.",
        ),
        (
            "assume_role {\n role_arn = \"arn:aws:iam::123456789012:role/x\"\n policy = \"{\"\n}",
            "policy = \"{\" | Invalid value | aws.assume_role[0].policy: the policy is not JSON: EOF while parsing an object at line 1 column 1; best write it with `jsonencode`.",
        ),
        (
            "assume_role {\n role_arn = \"arn:aws:iam::123456789012:role/x\"\n session_name = \"a b\"\n}",
            "session_name = \"a b\" | Invalid value | aws.assume_role[0].session_name: `a b` is not the name of a session; write 2 to 64 letters, digits and `_+=,.@-`.",
        ),
        (
            "assume_role {\n role_arn = \"arn:aws:iam::123456789012:role/x\"\n tags = { a = \"1\" }\n transitive_tag_keys = [\"b\"]\n}",
            "transitive_tag_keys = [\"b\"] | Unknown session tag | `b` in `transitive_tag_keys` is not a key of `tags`, and only tags of this session can be handed on.",
        ),
        (
            "assume_role {\n session_name = \"ab\"\n}",
            "assume_role { | Missing required argument | The argument \"role_arn\" is required, but no definition was found.",
        ),
        (
            "assume_role_with_web_identity {\n web_identity_token = \"t\"\n web_identity_token_file = \"f\"\n}",
            "web_identity_token_file = \"f\" | Two web identity tokens | `assume_role_with_web_identity` has `web_identity_token` and `web_identity_token_file`. Give one of them.",
        ),
        (
            "allowed_account_ids = [\"123456789012\"]\n forbidden_account_ids = [\"210987654321\"]",
            "forbidden_account_ids = [\"210987654321\"] | Conflicting account lists | `aws` has `allowed_account_ids` and `forbidden_account_ids`. Give one of them: what is not allowed is forbidden anyway.",
        ),
        (
            "allowed_account_ids = [\"12345\"]",
            "allowed_account_ids = [\"12345\"] | Invalid value | aws.allowed_account_ids element \"12345\": `12345` is not an AWS account id; write its twelve digits in quotes, leading zeros included.",
        ),
        (
            "endpoints {\n sts = \"sts.example\"\n}",
            "sts = \"sts.example\" | Invalid value | aws.endpoints.sts: `sts.example` is not a URL; write one such as `https://vpce-0123.ec2.eu-central-1.vpce.amazonaws.com`.",
        ),
        ("max_retries = 0", "max_retries = 0 | Invalid value | aws.max_retries: write a whole number from 1."),
        (
            "retry_mode = \"adaptative\"",
            "retry_mode = \"adaptative\" | Unknown choice | `adaptative` is not a choice for `aws.retry_mode`. Did you mean `adaptive`? Choose from: `standard`, `adaptive`.",
        ),
        (
            "ec2_metadata_service_endpoint_mode = \"v4\"",
            "ec2_metadata_service_endpoint_mode = \"v4\" | Unknown choice | `v4` is not a choice for `aws.ec2_metadata_service_endpoint_mode`. Choose from: `IPv4`, `IPv6`.",
        ),
        (
            "default_tags {\n tags = { \"emc:name\" = \"x\" }\n}",
            "tags = { \"emc:name\" = \"x\" } | Reserved tag | `emc:name` is how the provider knows its own rules, so it cannot be given here. Use another key.",
        ),
        ("insecure = true", "insecure = true | Unsupported argument | An argument named \"insecure\" is not expected here."),
    ];
    for (aws, expected) in cases {
        assert_eq!(said(&site, aws), [expected], "{aws}");
    }
}

#[test]
fn what_is_not_known_yet_is_taken_to_be_right() {
    let site = Site::new();
    site.workspace.init();
    let unknown = "terraform_data.later.output";
    let aws = format!(
        "access_key = {unknown}\n secret_key = {unknown}\n allowed_account_ids = [{unknown}]\n endpoints {{\n ec2 = {unknown}\n }}\n assume_role {{\n role_arn = {unknown}\n duration = {unknown}\n }}\n default_tags {{\n tags = {{ a = {unknown} }}\n }}"
    );
    let later = "resource \"terraform_data\" \"later\" {\n  input = \"x\"\n}\n";
    site.workspace.write("main.tf", &(configuration(&aws, "sg-0123456789abcdef0", "") + later));
    site.workspace.validate();
    let plan = site.workspace.plan();
    plan.says("+ region = (known after apply)").says("+ tags_all = (known after apply)");
}
