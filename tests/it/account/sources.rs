//! Where credentials come from, and which source goes before which.

use serde_json::json;

use super::{Site, role, sent};
use crate::support::{Ec2, Identity};

fn keys(profile: &str, ec2: &Ec2) -> String {
    format!("[{profile}]\naws_access_key_id = {}\naws_secret_access_key = secret\n", ec2.access_key())
}

#[test]
fn shared_files_may_be_several_and_are_named_in_the_block() {
    let site = Site::new();
    let workspace = &site.workspace;
    workspace.write("one", "[profile site]\nregion = us-east-1\n");
    workspace.write("two", "[profile site]\nregion = eu-central-1\n");
    workspace.write("keys", &keys("site", &site.ec2));
    let site = site.with_env("AWS_REGION", "");
    let folder = site.workspace.path().display().to_string();
    site.signs_in(&format!(
        "profile = \"site\"\nshared_config_files = [\"{folder}/one\", \"{folder}/two\"]\nshared_credentials_files = [\"{folder}/keys\"]"
    ));
    assert_eq!(site.workspace.values("emc_aws_security_group_rules.rollout")["region"], "eu-central-1", "the last file wins");
}

#[test]
fn aws_profile_goes_before_its_older_twin() {
    let other = Ec2::new();
    let site = Site::new();
    let both = keys("site", &site.ec2) + &keys("old", &other);
    let site = site.with_files("", &both).with_env("AWS_DEFAULT_PROFILE", "site");
    site.signs_in("");
    let site = Site::new();
    let both = keys("site", &site.ec2) + &keys("old", &other);
    site.with_files("", &both).with_env("AWS_DEFAULT_PROFILE", "old").with_env("AWS_PROFILE", "site").signs_in("");
    assert_eq!(other.calls().len(), 0);
}

#[test]
fn a_profile_may_assume_a_role_with_the_keys_of_another() {
    let (site, base) = (Site::new(), Ec2::new());
    let config = format!(
        "[profile site]\nrole_arn = {}\nsource_profile = base\nexternal_id = given\nrole_session_name = anna\nduration_seconds = 1800\n",
        role(&site.ec2)
    );
    let site = site.with_files(&config, &keys("base", &base)).with_env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
    site.signs_in(&format!("profile = \"site\"\nendpoints {{\n sts = \"{}\"\n}}", site.ec2.endpoint()));
    assert_eq!(sent(&base, "AssumeRole")[0]["DurationSeconds"], json!("1800"));
    let asked = sent(&base, "AssumeRole");
    assert_eq!(
        (&asked[0]["RoleArn"], &asked[0]["ExternalId"], &asked[0]["RoleSessionName"]),
        (&json!(role(&site.ec2)), &json!("given"), &json!("anna"))
    );
    assert_eq!(base.count("DescribeSecurityGroupRules"), 0, "EC2 is asked as the role alone");
}

#[test]
fn a_credential_process_hands_keys_out() {
    let site = Site::new();
    let said = json!({ "Version": 1, "AccessKeyId": site.ec2.access_key(), "SecretAccessKey": "secret" });
    site.workspace.write("keys.json", &said.to_string());
    let config = format!("[profile site]\ncredential_process = cat \"{}/keys.json\"\n", site.workspace.path().display());
    site.with_files(&config, "").signs_in("profile = \"site\"");
}

pub(super) const SSO: &str = "[profile site]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = admin\n\
     [sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://corp.example/start\n";

#[test]
fn an_sso_session_that_the_cli_began_is_used() {
    let site = Site::new();
    let identity = Identity::of(&site.ec2);
    let site = site.with_files(SSO, "").with_env("AWS_ENDPOINT_URL_SSO", &identity.url());
    site.workspace.write(&sso_cache("corp"), &json!({ "accessToken": "sso-token", "expiresAt": "2099-01-01T00:00:00Z" }).to_string());
    site.signs_in("profile = \"site\"");
    assert!(identity.seen().iter().all(|asked| asked.starts_with("GET /federation/credentials?")), "{:?}", identity.seen());
}

#[test]
fn an_sso_session_is_prolonged_by_itself() {
    let site = Site::new();
    let identity = Identity::of(&site.ec2);
    let site =
        site.with_files(SSO, "").with_env("AWS_ENDPOINT_URL_SSO", &identity.url()).with_env("AWS_ENDPOINT_URL_SSO_OIDC", &identity.url());
    let stale = json!({
        "accessToken": "stale", "expiresAt": "2020-01-01T00:00:00Z", "refreshToken": "refresh-me", "clientId": "id", "clientSecret": "s",
        "registrationExpiresAt": "2099-01-01T00:00:00Z", "region": "eu-central-1", "startUrl": "https://corp.example/start",
    });
    site.workspace.write(&sso_cache("corp"), &stale.to_string());
    site.signs_in("profile = \"site\"");
    assert!(identity.seen().iter().any(|asked| asked == "POST /token"), "{:?}", identity.seen());
}

/// Where the AWS CLI keeps the token of an SSO session: the SHA-1 of its name.
pub(super) fn sso_cache(session: &str) -> String {
    let script = "import hashlib, sys; print(hashlib.sha1(sys.argv[1].encode()).hexdigest())";
    let hashed = std::process::Command::new(crate::support::python()).args(["-c", script, session]).output().unwrap();
    format!(".aws/sso/cache/{}.json", String::from_utf8(hashed.stdout).unwrap().trim())
}

#[test]
fn a_container_hands_keys_out() {
    let site = Site::new();
    let identity = Identity::of(&site.ec2);
    let site = site
        .with_env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/container", identity.url()))
        .with_env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token")
        .with_env("HTTP_PROXY", "http://127.0.0.1:1")
        .with_env("NO_PROXY", "nothing.example");
    // EC2 itself is plain HTTP here, and shall not go through that proxy either.
    site.signs_in("http_proxy = \"\"\nno_proxy = \"127.0.0.1\"");
    assert!(identity.seen().iter().all(|asked| asked == "GET /container"), "{:?}", identity.seen());
}

#[test]
fn an_instance_hands_out_keys_and_its_region() {
    let site = Site::new();
    let identity = Identity::of(&site.ec2);
    let site = site.with_env("AWS_REGION", "").with_env("AWS_EC2_METADATA_DISABLED", "");
    site.signs_in(&format!("ec2_metadata_service_endpoint = \"{}\"", identity.url()));
    let seen = identity.seen();
    for path in
        ["PUT /latest/api/token", "GET /latest/meta-data/placement/region", "GET /latest/meta-data/iam/security-credentials/instance-role"]
    {
        assert!(seen.iter().any(|asked| asked == path), "{path} in {seen:?}");
    }
    assert_eq!(site.workspace.values("emc_aws_security_group_rules.rollout")["region"], "eu-central-1");
}

#[test]
fn a_pods_token_opens_its_role() {
    let site = Site::new();
    site.workspace.write("token", "of-the-pod\n");
    let (file, arn) = (site.workspace.path().join("token").display().to_string(), role(&site.ec2));
    let site =
        site.with_env("AWS_WEB_IDENTITY_TOKEN_FILE", &file).with_env("AWS_ROLE_ARN", &arn).with_env("AWS_ROLE_SESSION_NAME", "pod-7");
    site.signs_in("");
    let asked = sent(&Ec2::unsigned(), "AssumeRoleWithWebIdentity");
    let ours = asked.iter().find(|asked| asked["RoleArn"] == json!(arn)).unwrap();
    assert_eq!((&ours["RoleSessionName"], &ours["WebIdentityToken"]), (&json!("pod-7"), &json!("of-the-pod")));
}

/// From the strongest to the weakest; each is there beside all that are weaker.
#[test]
fn sources_go_before_each_other_as_in_the_official_provider() {
    let [keyed, named, environment, pod, chosen, container] = std::array::from_fn(|_| Ec2::new());
    let instance = Site::new();
    let on_instance = Identity::of(&instance.ec2);
    let in_container = Identity::of(&container);
    let mut site = instance.with_env("AWS_EC2_METADATA_DISABLED", "").with_env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &on_instance.url());
    site.workspace.init();
    site.workspace.write("token", "of-the-pod");
    let asked = |site: &Site, aws: &str, whom: &Ec2, what: &str| {
        whom.reset();
        site.write(aws, "");
        let plan = site.workspace.plan_with(&[]);
        assert!(whom.count("DescribeSecurityGroupRules") > 0, "{what} should sign in: {}", plan.text());
    };
    site.ec2.reset();
    site.write("", "");
    site.workspace.plan();
    assert!(site.ec2.count("DescribeSecurityGroupRules") > 0, "the instance");

    site = site
        .with_env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/container", in_container.url()))
        .with_env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container-token");
    asked(&site, "", &container, "the container");
    let files = keys("chosen", &chosen) + &keys("named", &named);
    site = site.with_files("", &files).with_env("AWS_PROFILE", "chosen");
    asked(&site, "", &chosen, "AWS_PROFILE");
    let token = site.workspace.path().join("token").display().to_string();
    site = site.with_env("AWS_WEB_IDENTITY_TOKEN_FILE", &token).with_env("AWS_ROLE_ARN", &role(&pod));
    asked(&site, "", &pod, "a web identity in the environment");
    site = site.with_env("AWS_ACCESS_KEY_ID", &environment.access_key()).with_env("AWS_SECRET_ACCESS_KEY", "secret");
    asked(&site, "", &environment, "keys in the environment");
    asked(&site, "profile = \"named\"", &named, "`profile`");
    let keyed_block = format!("profile = \"named\"\naccess_key = \"{}\"\nsecret_key = \"secret\"", keyed.access_key());
    asked(&site, &keyed_block, &keyed, "keys in the block");
}
