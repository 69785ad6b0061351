//! Keys, regions and endpoints that cannot be used, and what is never shown.

use super::*;

#[tokio::test]
async fn an_endpoint_that_nobody_listens_on_is_told_within_seconds() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    drop(silent);
    let ec2 = Ec2::new(settings(&url));
    let error = tokio::time::timeout(Duration::from_secs(30), ec2.observe(&groups(&[ONE]))).await.unwrap().unwrap_err();
    assert!(matches!(error, AwsError::Unreachable { .. }), "{error:?}");
    assert!(error.advice().contains(&url), "{}", error.advice());
}

#[tokio::test]
async fn refused_keys_and_missing_ones_are_told_apart() {
    let fake = FakeEc2::start(&[ONE]).await;
    fake.fault("DescribeSecurityGroupRules", Fault::Refuse(401, "AuthFailure"));
    let error = client(&fake).observe(&groups(&[ONE])).await.unwrap_err();
    assert_eq!(error.code(), Some("AuthFailure"));
    assert!(error.advice().contains("does not accept these keys"));
    let settings = Settings {
        access_key: None,
        secret_key: None,
        profile: Some("nobody".to_owned()),
        shared_config_files: vec!["/nonexistent/config".to_owned()],
        shared_credentials_files: vec!["/nonexistent/credentials".to_owned()],
        ..settings(&fake.url)
    };
    let error = Ec2::new(settings).observe(&groups(&[ONE])).await.unwrap_err();
    assert!(matches!(error, AwsError::SignIn { .. }), "{error:?}");
    assert!(error.to_string().contains("/nonexistent/config"), "{error}");
}

#[tokio::test]
async fn a_profile_gives_keys_and_region() {
    let fake = FakeEc2::start(&[ONE]).await;
    let folder = std::env::temp_dir().join(format!("emc-profile-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (config, credentials) = (folder.join("config"), folder.join("credentials"));
    std::fs::write(&config, "[profile site]\nregion = ap-south-1\n").unwrap();
    std::fs::write(&credentials, "[site]\naws_access_key_id = AKIAOFTHESITE\naws_secret_access_key = secret\n").unwrap();
    let settings = Settings {
        region: None,
        access_key: None,
        secret_key: None,
        profile: Some("site".to_owned()),
        shared_config_files: vec![config.display().to_string()],
        shared_credentials_files: vec![credentials.display().to_string()],
        ..settings(&fake.url)
    };
    let ec2 = Ec2::new(settings);
    let of_environment = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| std::env::var(name).ok());
    assert_eq!(ec2.region().await.unwrap(), of_environment.unwrap_or("ap-south-1".to_owned()));
    ec2.observe(&groups(&[ONE])).await.unwrap();
    assert!(fake.with(|state| state.heads.iter().all(|head| head.contains("credential=akiaofthesite/"))), "the profile's keys sign");
    assert!(fake.with(|state| state.heads.iter().all(|head| head.contains("app/terraform-provider-emc-"))), "the user agent names us");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn half_a_pair_of_keys_is_refused_before_anything_is_sent() {
    let halves = [
        (Some("a"), None, None, "`access_key` is set without `secret_key`"),
        (None, Some("s"), None, "`secret_key` is set without `access_key`"),
        (None, None, Some("t"), "`token` is set without `access_key`"),
    ];
    for (access, secret, token, fault) in halves {
        let settings = Settings {
            access_key: access.map(str::to_owned),
            secret_key: secret.map(str::to_owned),
            token: token.map(str::to_owned),
            ..settings("http://127.0.0.1:1")
        };
        let error = Ec2::new(settings).region().await.unwrap_err();
        assert_eq!(error.to_string(), format!("the AWS settings cannot be used: {fault}"));
    }
    let settings = Settings { custom_ca_bundle: Some("/nonexistent/ca.pem".to_owned()), ..settings("http://127.0.0.1:1") };
    let error = Ec2::new(settings).region().await.unwrap_err();
    assert!(error.to_string().contains("`/nonexistent/ca.pem` cannot be read"), "{error}");
}

#[tokio::test]
async fn without_any_region_nothing_is_sent() {
    // Whether the machine's own environment names a region is not this test's business.
    let mut settings = settings("http://127.0.0.1:1");
    settings.region = None;
    settings.profile = Some("emc-test-no-such-profile".to_owned());
    match Ec2::new(settings).region().await {
        Err(AwsError::NoRegion) => {}
        Err(other) => panic!("{other:?}"),
        Ok(region) => assert!(std::env::var("AWS_REGION").is_ok() || std::env::var("AWS_DEFAULT_REGION").is_ok(), "{region}"),
    }
}

#[test]
fn every_call_may_be_awaited_on_any_thread() {
    fn sendable<T: Send>(_: &T) {}
    let ec2 = Ec2::new(settings("http://127.0.0.1:1"));
    let (job, stop, groups) = (job(&[]), Stop::never(), groups(&[]));
    sendable(&ec2.converge(&job, &stop));
    sendable(&ec2.observe_recent(&groups, Duration::ZERO));
    sendable(&ec2.release(&job.mark, &groups, &stop));
}

#[test]
fn secrets_are_not_shown() {
    let mut settings = settings("http://127.0.0.1:1");
    settings.secret_key = Some("s3cret".to_owned());
    settings.token = Some("t0ken".to_owned());
    settings.https_proxy = Some("http://user:pa55@proxy".to_owned());
    let text = format!("{:?}", Ec2::new(settings));
    assert!(!text.contains("s3cret") && !text.contains("t0ken") && !text.contains("pa55"), "{text}");
}
