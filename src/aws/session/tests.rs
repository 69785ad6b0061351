//! Which hosts are asked, as whom, how often: against listeners in this process, with everything given by settings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::aws::id::SecurityGroupId;
use crate::aws::settings::{Accounts, AssumeRole, WebIdentity, WebIdentityToken};
use crate::aws::{Ec2, Observed};

const GROUP: &str = "sg-00000000000000001";

/// One request as it came: its first line, its headers in lower case, its body.
#[derive(Debug, Clone)]
struct Seen {
    line: String,
    head: String,
    body: String,
}

impl Seen {
    /// A field of a form, decoded as far as these tests need it.
    fn field(&self, name: &str) -> Option<String> {
        let value = self.body.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")))?;
        Some(value.replace("%3A", ":").replace("%2F", "/").replace("%40", "@").replace("%7B", "{").replace("%7D", "}"))
    }

    fn key(&self) -> &str {
        self.head.split("credential=").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("(unsigned)")
    }
}

/// A listener that answers every request with what a function says.
struct Listener {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Listener {
    async fn start(answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Listener {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (noted, answer) = (Arc::clone(&seen), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (noted, answer) = (Arc::clone(&noted), Arc::clone(&answer));
                tokio::spawn(async move {
                    let Some(request) = read(&mut stream).await else { return };
                    let (status, text) = answer(&request);
                    noted.lock().unwrap().push(request);
                    let head = format!(
                        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n",
                        text.len()
                    );
                    let _ = stream.write_all(format!("{head}{text}").as_bytes()).await;
                });
            }
        });
        Listener { url, seen }
    }

    fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

async fn read(stream: &mut TcpStream) -> Option<Seen> {
    let mut buffer = Vec::new();
    loop {
        if stream.read_buf(&mut buffer).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&buffer).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok()).unwrap_or(0);
        if body.len() >= length {
            let line = head.lines().next().unwrap_or_default().to_owned();
            return Some(Seen { line, head: lower, body: body.to_owned() });
        }
    }
}

/// STS and EC2 in one: sessions whose key is `ASIA` and the role's name, groups without rules.
fn aws(request: &Seen) -> (u16, String) {
    let action = request.field("Action").unwrap_or_default();
    let role = request.field("RoleArn").unwrap_or_default();
    let (name, account) = (role.rsplit('/').next().unwrap_or_default(), "210987654321");
    let session = format!(
        "<Credentials><AccessKeyId>ASIA{name}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
    );
    let answer = match action.as_str() {
        "AssumeRole" if name == "closed" => {
            return (403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>".to_owned());
        }
        "AssumeRole" | "AssumeRoleWithWebIdentity" => {
            format!("<{action}Response><{action}Result>{session}</{action}Result></{action}Response>")
        }
        "GetCallerIdentity" => format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        ),
        "DescribeSecurityGroups" => format!(
            "<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>{GROUP}</groupId></item></securityGroupInfo></DescribeSecurityGroupsResponse>"
        ),
        other => format!("<{other}Response></{other}Response>"),
    };
    (200, answer)
}

fn settings(url: &str) -> Settings {
    Settings {
        region: Some("eu-central-1".to_owned()),
        access_key: Some("AKIAFIRST".to_owned()),
        secret_key: Some("s".to_owned()),
        ec2_endpoint: Some(url.to_owned()),
        sts_endpoint: Some(url.to_owned()),
        max_retries: Some(1),
        ..Settings::default()
    }
}

async fn look(ec2: &Ec2) -> Result<Observed, AwsError> {
    let group: SecurityGroupId = GROUP.parse().unwrap();
    Ok(ec2.observe(&BTreeSet::from([group.clone()])).await?.remove(&group).unwrap())
}

fn actions(seen: &[Seen]) -> Vec<String> {
    seen.iter().map(|one| format!("{} as {}", one.field("Action").unwrap_or_default(), one.key())).collect()
}

fn role(name: &str) -> AssumeRole {
    AssumeRole { role_arn: format!("arn:aws:iam::210987654321:role/{name}"), ..AssumeRole::default() }
}

#[tokio::test]
async fn roles_are_assumed_in_their_order_and_once_for_all_regions() {
    let listener = Listener::start(aws).await;
    let first = AssumeRole {
        session_name: Some("me@host".to_owned()),
        external_id: Some("given".to_owned()),
        source_identity: Some("anna".to_owned()),
        duration: Some(Duration::from_secs(900)),
        policy: Some("{}".to_owned()),
        policy_arns: vec!["arn:aws:iam::aws:policy/Less".to_owned()],
        tags: BTreeMap::from([("team".to_owned(), "net".to_owned())]),
        transitive_tag_keys: BTreeSet::from(["team".to_owned()]),
        ..role("one")
    };
    let ec2 = Ec2::new(Settings { assume_role: vec![first, role("two")], ..settings(&listener.url) });
    look(&ec2).await.unwrap();
    look(&ec2.in_region("us-east-1")).await.unwrap();
    let seen = listener.seen();
    assert_eq!(
        actions(&seen),
        [
            "AssumeRole as akiafirst",
            "AssumeRole as asiaone",
            "DescribeSecurityGroupRules as asiatwo",
            "DescribeSecurityGroups as asiatwo",
            "DescribeSecurityGroupRules as asiatwo",
            "DescribeSecurityGroups as asiatwo",
        ]
    );
    let said = |name: &str| seen[0].field(name).unwrap_or_default();
    assert_eq!((said("RoleSessionName"), said("ExternalId"), said("SourceIdentity")), ("me@host".into(), "given".into(), "anna".into()));
    assert_eq!(
        (said("DurationSeconds"), said("Policy"), said("PolicyArns.member.1.arn")),
        ("900".into(), "{}".into(), "arn:aws:iam::aws:policy/Less".into())
    );
    assert_eq!(
        (said("Tags.member.1.Key"), said("Tags.member.1.Value"), said("TransitiveTagKeys.member.1")),
        ("team".into(), "net".into(), "team".into())
    );
    assert_eq!(seen[1].field("RoleSessionName").as_deref(), Some("terraform-provider-emc"));
    assert_eq!(seen[1].field("ExternalId"), None);
}

#[tokio::test]
async fn without_a_region_of_its_own_sts_is_that_of_the_region_asked_for() {
    let listener = Listener::start(aws).await;
    let scopes = async |settings: Settings| {
        look(&Ec2::new(settings).in_region("ap-south-1")).await.unwrap();
        let scope = |one: &Seen| {
            one.head
                .split("/aws4_request")
                .next()
                .and_then(|head| head.rsplit_once('/'))
                .map(|(head, _)| head.rsplit('/').next().unwrap().to_owned())
        };
        let seen = listener.seen();
        (scope(&seen[0]).unwrap(), scope(&seen[1]).unwrap())
    };
    let nowhere = || Settings { region: None, assume_role: vec![role("one")], ..settings(&listener.url) };
    let of_environment = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(variable);
    assert_eq!(scopes(nowhere()).await, (of_environment.unwrap_or("ap-south-1".to_owned()), "ap-south-1".to_owned()));
    let named = Settings {
        sts_region: Some("us-east-1".to_owned()),
        accounts: Accounts::Only(BTreeSet::from(["210987654321".to_owned()])),
        ..nowhere()
    };
    assert_eq!(scopes(named).await, ("us-east-1".to_owned(), "us-east-1".to_owned()), "roles and the account check");
}

#[tokio::test]
async fn a_role_that_refuses_is_named_with_what_to_do() {
    let listener = Listener::start(aws).await;
    let ec2 = Ec2::new(Settings { assume_role: vec![role("closed"), role("two")], ..settings(&listener.url) });
    let error = look(&ec2).await.unwrap_err();
    let AwsError::Credentials { source, .. } = &error else { panic!("{error:?}") };
    assert_eq!(source.to_string(), "STS refuses the role `arn:aws:iam::210987654321:role/closed`: AccessDenied: not you");
    assert!(error.advice().contains("trust policy"), "{}", error.advice());
}

#[tokio::test]
async fn a_token_of_an_identity_provider_opens_a_role_without_keys() {
    let listener = Listener::start(aws).await;
    let path = env::temp_dir().join(format!("emc-token-{}", std::process::id()));
    std::fs::write(&path, "of-the-file\n").unwrap();
    let tokens = [
        (WebIdentityToken::Inline("of-the-block".to_owned()), "of-the-block"),
        (WebIdentityToken::File(path.display().to_string()), "of-the-file"),
    ];
    for (token, sent) in tokens {
        let identity = WebIdentity {
            role_arn: Some("arn:aws:iam::210987654321:role/ci".to_owned()),
            session_name: Some("run-7".to_owned()),
            duration: Some(Duration::from_secs(900)),
            policy: None,
            policy_arns: Vec::new(),
            token: Some(token),
        };
        let ec2 = Ec2::new(Settings {
            web_identity: Some(identity),
            assume_role: vec![role("two")],
            access_key: None,
            secret_key: None,
            ..settings(&listener.url)
        });
        look(&ec2).await.unwrap();
        let seen = listener.seen();
        assert_eq!(
            actions(&seen)[..3],
            ["AssumeRoleWithWebIdentity as (unsigned)", "AssumeRole as asiaci", "DescribeSecurityGroupRules as asiatwo"]
        );
        let said = |name: &str| seen[0].field(name).unwrap_or_default();
        assert_eq!(
            (said("WebIdentityToken"), said("RoleSessionName"), said("DurationSeconds")),
            (sent.into(), "run-7".into(), "900".into())
        );
    }
    std::fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn the_account_is_asked_once_and_only_if_it_matters() {
    let listener = Listener::start(aws).await;
    let ids = |id: &str| BTreeSet::from([id.to_owned()]);
    let ec2 = Ec2::new(Settings { accounts: Accounts::Only(ids("210987654321")), ..settings(&listener.url) });
    look(&ec2).await.unwrap();
    look(&ec2.in_region("us-east-1")).await.unwrap();
    let asked = actions(&listener.seen());
    assert_eq!(asked.iter().filter(|action| action.starts_with("GetCallerIdentity")).count(), 1, "{asked:?}");
    let cases = [
        (
            Accounts::Only(ids("111111111111")),
            "these credentials belong to the AWS account `210987654321`, which is not among `allowed_account_ids` (`111111111111`)",
        ),
        (
            Accounts::AnyBut(ids("210987654321")),
            "these credentials belong to the AWS account `210987654321`, which is among `forbidden_account_ids` (`210987654321`)",
        ),
    ];
    for (accounts, text) in cases {
        let ec2 = Ec2::new(Settings { accounts, ..settings(&listener.url) });
        assert_eq!(look(&ec2).await.unwrap_err().to_string(), text);
        assert_eq!(look(&ec2).await.unwrap_err().to_string(), text);
        assert_eq!(actions(&listener.seen()), ["GetCallerIdentity as akiafirst"], "nothing is asked of EC2");
    }
    let unrestricted = Ec2::new(settings(&listener.url));
    look(&unrestricted).await.unwrap();
    assert!(actions(&listener.seen()).iter().all(|action| !action.starts_with("GetCallerIdentity")));
}

#[tokio::test]
async fn fips_and_dual_stack_change_the_host_of_ec2_and_sts() {
    let proxy = Listener::start(|_| (502, String::new())).await;
    let hosts = async |fips: bool, dual: bool, roles: Vec<AssumeRole>| {
        let settings = Settings {
            ec2_endpoint: None,
            sts_endpoint: None,
            https_proxy: Some(proxy.url.clone()),
            use_fips_endpoint: Some(fips),
            use_dualstack_endpoint: Some(dual),
            assume_role: roles,
            ..settings("unused")
        };
        look(&Ec2::new(settings)).await.unwrap_err();
        proxy.seen().first().map(|one| one.line.clone()).unwrap_or_default()
    };
    assert_eq!(hosts(false, false, Vec::new()).await, "CONNECT ec2.eu-central-1.amazonaws.com:443 HTTP/1.1");
    assert_eq!(hosts(true, false, Vec::new()).await, "CONNECT ec2-fips.eu-central-1.amazonaws.com:443 HTTP/1.1");
    assert_eq!(hosts(false, true, Vec::new()).await, "CONNECT ec2.eu-central-1.api.aws:443 HTTP/1.1");
    assert_eq!(hosts(true, false, vec![role("one")]).await, "CONNECT sts-fips.eu-central-1.amazonaws.com:443 HTTP/1.1");
}

#[tokio::test]
async fn throttling_is_waited_out_as_often_as_is_set_and_sign_in_is_not() {
    let throttled = |request: &Seen| match request.field("Action").as_deref() {
        Some("DescribeSecurityGroupRules") => (
            503,
            "<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>slow</Message></Error></Errors></Response>".to_owned(),
        ),
        _ => aws(request),
    };
    let listener = Listener::start(throttled).await;
    for mode in [RetryMode::Standard, RetryMode::Adaptive] {
        let ec2 = Ec2::new(Settings { max_retries: Some(3), retry_mode: Some(mode), ..settings(&listener.url) });
        assert_eq!(look(&ec2).await.unwrap_err().code(), Some("RequestLimitExceeded"));
        assert_eq!(listener.seen().len(), 3, "{mode:?}");
    }
    // A purse that pays for no retry ends them at once.
    let ec2 = Ec2::new(Settings { max_retries: Some(3), retry_tokens: Some(1), ..settings(&listener.url) });
    look(&ec2).await.unwrap_err();
    assert_eq!(listener.seen().len(), 1);
}

#[tokio::test]
async fn the_user_agent_names_us_and_what_is_asked_for() {
    let listener = Listener::start(aws).await;
    let ec2 = Ec2::new(Settings {
        user_agent: vec!["pipeline/1.4 (nightly)".to_owned()],
        assume_role: vec![role("one")],
        ..settings(&listener.url)
    });
    look(&ec2).await.unwrap();
    for request in listener.seen() {
        let agent = request.head.lines().find(|line| line.starts_with("user-agent:")).unwrap().to_owned();
        assert!(agent.contains(" lib/terraform-provider-emc/") && agent.contains(" app/"), "{agent}");
        assert!(agent.ends_with(" pipeline/1.4 (nightly)"), "{agent}");
    }
}
