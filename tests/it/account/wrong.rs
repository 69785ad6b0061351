//! What is said when nobody can sign in.

use serde_json::json;

use super::sources::{SSO, sso_cache};
use super::{Site, role};
use crate::support::Identity;

#[test]
fn a_profile_that_does_not_exist_is_named_with_the_nearest_and_the_files() {
    let site =
        Site::new().with_files("[profile sites]\nregion = eu-central-1\n", "[default]\naws_access_key_id = a\naws_secret_access_key = s\n");
    let folder = site.workspace.path().display().to_string();
    let expected = format!(
        "The AWS profile `site` does not exist; looked at {folder}/aws-config and {folder}/aws-credentials, where there are `default`, `sites`."
    );
    site.is_refused("profile = \"site\"").says(&expected).says("Did you mean `sites`?");
    let site = site.with_env("AWS_PROFILE", "site");
    site.is_refused("")
        .says(&expected)
        .says("Correct `profile` in the provider's `aws` block, or AWS_PROFILE, or create it with `aws configure --profile site`.");
}

#[test]
fn an_expired_sso_session_says_how_to_sign_in() {
    let site = Site::new();
    let identity = Identity::of(&site.ec2);
    let site = site.with_files(SSO, "").with_env("AWS_ENDPOINT_URL_SSO", &identity.url());
    site.workspace.write(&sso_cache("corp"), &json!({ "accessToken": "stale", "expiresAt": "2020-01-01T00:00:00Z" }).to_string());
    let advice = "Run `aws sso login --profile site`";
    site.is_refused("profile = \"site\"")
        .says("the SSO session of the AWS profile `site` cannot be used: the SSO token has expired and cannot be refreshed")
        .says(advice);
    site.workspace.write(&sso_cache("corp"), &json!({ "accessToken": "other", "expiresAt": "2099-01-01T00:00:00Z" }).to_string());
    site.is_refused("profile = \"site\"").says("Session token not found or invalid").says(advice);
    site.workspace.remove(&sso_cache("corp"));
    site.is_refused("profile = \"site\"").says("failed to load the cached SSO token").says(advice);
}

#[test]
fn a_credential_process_that_fails_is_told_with_what_it_said() {
    let site = Site::new().with_files("[profile site]\ncredential_process = sh -c 'echo vault is sealed >&2; exit 3'\n", "");
    site.is_refused("profile = \"site\"")
        .says("the `credential_process` of the AWS profile `site` failed:")
        .says("vault is sealed")
        .says("Run that command in a shell as the same user: it must end with 0 and print JSON");
}

#[test]
fn a_role_that_refuses_is_named() {
    let site = Site::new().with_keys();
    let fault =
        json!({ "action": "AssumeRole", "kind": "error", "times": 0, "code": "AccessDenied", "status": 403, "message": "you may not" });
    site.ec2.fault(fault.clone());
    let arn = role(&site.ec2);
    site.is_refused(&format!("assume_role {{\n role_arn = \"{arn}\"\n}}"))
        .says(&format!("no AWS credentials could be obtained: STS refuses the role `{arn}`: AccessDenied: you may not"))
        .says("whom the role's trust policy lets in");
    let profile = format!("[profile site]\nrole_arn = {arn}\ncredential_source = Environment\n");
    let site = site.with_files(&profile, "");
    site.is_refused("profile = \"site\"").says(&format!("STS refuses the role `{arn}`: AccessDenied: you may not"));
}

#[test]
fn what_cannot_be_had_is_said_before_it_is_tried() {
    let site = Site::new().with_files(
        "[profile code]\nrole_arn = arn:aws:iam::123456789012:role/x\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n\
         [profile signed]\nlogin_session = arn:aws:iam::123456789012:user/me\n[profile base]\nregion = eu-central-1\n",
        "",
    );
    site.is_refused("profile = \"code\"")
        .says("The AWS profile `code` has `mfa_serial`: its role asks for a one-time code, and nobody can be asked here")
        .says("aws configure export-credentials --profile code");
    site.is_refused("profile = \"signed\"").says("The AWS profile `signed` uses a session of `aws login`, which this provider cannot use");
}

#[test]
fn nothing_to_sign_in_with_is_said_with_what_to_set() {
    let site = Site::new();
    site.is_refused("")
        .says("nothing in the `aws` block, the environment and the shared files gives credentials, and AWS_EC2_METADATA_DISABLED keeps the instance metadata service out")
        .says("Set `profile`, or `access_key` and `secret_key`, in the provider's `aws` block, or AWS_PROFILE,");
    let site = site.with_env("AWS_EC2_METADATA_DISABLED", "");
    site.is_refused("ec2_metadata_service_endpoint = \"http://127.0.0.1:1\"").says("and neither does the instance metadata service:");
}

#[test]
fn a_token_that_cannot_be_read_is_told_with_its_path() {
    let site = Site::new();
    let arn = role(&site.ec2);
    site.is_refused(&format!("assume_role_with_web_identity {{\n role_arn = \"{arn}\"\n web_identity_token_file = \"/no/such/token\"\n}}"))
        .says("the web identity token in `/no/such/token` cannot be read: No such file or directory");
    site.is_refused(&format!("assume_role_with_web_identity {{\n role_arn = \"{arn}\"\n}}")).says(
        "The web identity has no token. Set `web_identity_token_file` in `assume_role_with_web_identity`, or AWS_WEB_IDENTITY_TOKEN_FILE.",
    );
}
