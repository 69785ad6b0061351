//! Ways to AWS: certificate authorities, proxies, other endpoints, retries, the user agent.

use serde_json::json;

use super::Site;
use crate::support::{Identity, Workspace};

#[test]
fn a_bundle_of_authorities_makes_an_endpoint_trusted() {
    let site = Site::new().with_keys();
    let identity = Identity::of(&site.ec2);
    let endpoint = format!("endpoints {{\n ec2 = \"{}\"\n}}", identity.https());
    site.is_refused(&endpoint).says("EC2 could not be reached").says("Against a certificate that is not trusted, set `custom_ca_bundle`.");
    site.signs_in(&format!("custom_ca_bundle = \"{}\"\n{endpoint}", identity.ca()));
    assert!(identity.seen().iter().all(|asked| asked == "tls POST /"), "{:?}", identity.seen());
    let site = Site::new().with_keys();
    site.with_env("AWS_CA_BUNDLE", &identity.ca()).signs_in(&endpoint.replace("ec2 =", "sts = \"http://127.0.0.1:1\"\n ec2 ="));
}

#[test]
fn a_proxy_is_gone_through_except_for_hosts_that_need_none() {
    let site = Site::new().with_keys();
    let identity = Identity::of(&site.ec2);
    let endpoint = site.ec2.endpoint();
    site.signs_in(&format!("http_proxy = \"{}\"", identity.proxy()));
    let seen = identity.seen();
    assert!(!seen.is_empty() && seen.iter().all(|asked| asked == &format!("proxy POST {endpoint}/")), "{seen:?}");
    site.write(&format!("http_proxy = \"{}\"\nno_proxy = \"127.0.0.1\"", identity.proxy()), "");
    site.workspace.plan_is_empty();
    assert_eq!(identity.seen().len(), seen.len(), "nothing more went through the proxy");
}

#[test]
fn ec2_of_the_region_is_reached_through_a_proxy_for_https() {
    let site = Site::new().with_keys();
    let identity = Identity::of(&site.ec2);
    let site = site.with_env("AWS_ENDPOINT_URL_EC2", "").with_env("HTTPS_PROXY", &identity.proxy());
    site.signs_in(&format!("custom_ca_bundle = \"{}\"", identity.ca()));
    assert!(identity.seen().iter().any(|asked| asked == "proxy CONNECT ec2.eu-central-1.amazonaws.com:443"), "{:?}", identity.seen());
}

#[test]
fn endpoints_come_from_the_block_the_variables_and_the_profile() {
    let site = Site::new().with_keys();
    let endpoint = site.ec2.endpoint();
    // What the block says goes before a variable that leads nowhere.
    let site = site.with_env("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:1");
    site.signs_in(&format!("endpoints {{\n ec2 = \"{endpoint}\"\n}}"));
    let site = Site::new().with_keys().with_env("AWS_ENDPOINT_URL_EC2", "").with_env("AWS_ENDPOINT_URL", &endpoint);
    site.signs_in("");
    let services = format!("[default]\nservices = here\n[services here]\nec2 =\n  endpoint_url = {endpoint}\n");
    // An empty variable would hide what the profile says, so this one has none.
    let Site { ec2, core, workspace: _ } = Site::new();
    let services = services.replace(&endpoint, &ec2.endpoint());
    let workspace = Workspace::new().with_env("AWS_REGION", "eu-central-1");
    Site { ec2, core, workspace }.with_keys().with_files(&services, "").signs_in("");
}

#[test]
fn throttling_is_waited_out_as_often_as_block_variable_or_profile_say() {
    let throttle = json!({ "action": "DescribeSecurityGroupRules", "kind": "throttle", "times": 0 });
    let tries = |site: &Site, aws: &str| {
        site.workspace.init();
        site.ec2.reset();
        site.ec2.fault(throttle.clone());
        site.write(aws, "");
        site.workspace.plan().says("EC2 is still throttling this account after many attempts");
        site.ec2.count("DescribeSecurityGroupRules")
    };
    let site = Site::new().with_keys().with_env("AWS_MAX_ATTEMPTS", "3");
    assert_eq!(tries(&site, "max_retries = 2"), 2);
    assert_eq!(tries(&site, "max_retries = 2\nretry_mode = \"adaptive\""), 2);
    assert_eq!(tries(&site, ""), 3);
    let site = Site::new().with_keys().with_files("[default]\nmax_attempts = 1\nretry_mode = standard\n", "");
    assert_eq!(tries(&site, ""), 1);
    let site = site.with_env("AWS_MAX_ATTEMPTS", "many");
    site.is_refused("").says("The AWS settings cannot be used: AWS_MAX_ATTEMPTS is `many`; write a whole number from 1.");
}
