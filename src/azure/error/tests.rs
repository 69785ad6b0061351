//! Every error says what, where and what to do next.

use super::*;

const ID: &str =
    "/subscriptions/8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81/resourceGroups/emc/providers/Microsoft.Network/networkSecurityGroups/core";

#[test]
fn every_error_says_what_and_where_and_what_next() {
    let source = || -> Source { Arc::from(Box::<dyn Error + Send + Sync>::from("its cause")) };
    let busy = || Box::new(answer(429, "RetryableError"));
    let cases = [
        (
            AzureError::Settings { fault: "`use_oidc` is set without a token".to_owned() },
            "the Azure settings cannot be used: `use_oidc` is set without a token",
            "`azure` block",
        ),
        (AzureError::SignIn { fault: "no way in".to_owned(), advice: "Find one.".to_owned() }, "no way in", "Find one."),
        (
            AzureError::Credentials { call: call("networkSecurityGroups/read"), source: source() },
            "networkSecurityGroups/read for `core` in resource group `emc`: no token could be obtained",
            "ARM_*",
        ),
        (
            AzureError::Refused { call: call("networkSecurityGroups/read"), answer: busy() },
            "networkSecurityGroups/read for `core` in resource group `emc`: Azure answered `RetryableError`: its words [correlation id c-1]",
            "changed by somebody else",
        ),
        (
            AzureError::Stale { call: call("networkSecurityGroups/write"), answer: busy() },
            "networkSecurityGroups/write for `core` in resource group `emc`: the group has been changed by somebody else since it was read: \
             `RetryableError`: its words [correlation id c-1]",
            "activity log",
        ),
        (
            AzureError::Superseded { call: call("networkSecurityGroups/write"), answer: busy() },
            "networkSecurityGroups/write for `core` in resource group `emc`: the change was superseded by somebody else's: `RetryableError`: its \
             words [correlation id c-1]",
            "terraform apply",
        ),
        (
            AzureError::Failed { call: rule_call(), answer: busy() },
            "networkSecurityGroups/securityRules/write for rule `emc-1` of `core` in resource group `emc`: the change was accepted, and then \
             ended with `RetryableError`: its words [correlation id c-1]",
            "run the command again",
        ),
        (
            AzureError::Unfinished { call: call("networkSecurityGroups/write") },
            "networkSecurityGroups/write for `core` in resource group `emc`: the change was accepted, but was not finished when the wait for it ended",
            "`timeouts`",
        ),
        (
            AzureError::Unreachable { call: call("networkSecurityGroups/read"), source: source() },
            "networkSecurityGroups/read for `core` in resource group `emc`: Azure could not be reached",
            "`https://management.azure.com` (DNS",
        ),
        (
            AzureError::Unreachable { call: elsewhere(), source: source() },
            "networkSecurityGroups/read for `core` in resource group `emc`: Azure could not be reached",
            "`https://127.0.0.1:9`",
        ),
        (
            AzureError::Untrusted { call: elsewhere(), source: source() },
            "networkSecurityGroups/read for `core` in resource group `emc`: the certificate of the other end is not trusted",
            "SSL_CERT_FILE",
        ),
        (
            AzureError::Unanswered { call: call("networkSecurityGroups/read"), source: source() },
            "networkSecurityGroups/read for `core` in resource group `emc`: the answer was lost or could not be read",
            "Nothing was changed",
        ),
        (
            AzureError::Unanswered { call: call("networkSecurityGroups/write"), source: source() },
            "networkSecurityGroups/write for `core` in resource group `emc`: the answer was lost or could not be read",
            "`terraform apply` again",
        ),
        (AzureError::GroupGone { group: Box::new(group()) }, "`core` in resource group `emc` does not exist", "create_before_destroy"),
        (
            AzureError::NotSettled { group: Box::new(group()), left: 3, rounds: 5 },
            "`core` in resource group `emc` does not hold what was written: 3 rules still differ after 5 rounds",
            "terraform plan",
        ),
        (
            AzureError::Stopped { groups: BTreeSet::from([group()]) },
            "stopped on request before `core` in resource group `emc` was done",
            "terraform apply",
        ),
    ];
    for (error, text, advice) in cases {
        assert_eq!(error.to_string(), text);
        assert!(error.advice().contains(advice), "{text}: {}", error.advice());
        assert!(error.advice().ends_with('.'), "{}", error.advice());
        let concerns_all = matches!(error, AzureError::Settings { .. } | AzureError::SignIn { .. });
        assert_eq!(error.groups().is_empty(), concerns_all, "{text}");
    }
}

#[test]
fn every_known_code_has_its_own_advice() {
    let cases = [
        ("AuthorizationFailed", "allows `Microsoft.Network/networkSecurityGroups/write` on the group"),
        ("AuthorizationFailed", "`Network Contributor` does"),
        ("AuthorizationFailed", "write_mode = \"rule\""),
        ("LinkedAuthorizationFailed", "applicationSecurityGroups/joinNetworkSecurityRule/action"),
        ("InvalidAuthenticationTokenTenant", "of another tenant"),
        ("ExpiredAuthenticationToken", "clock"),
        ("ScopeLocked", "az lock list"),
        ("RequestDisallowedByPolicy", "exemption"),
        ("SubscriptionNotFound", "`8d1cbf8e-6b5b-4d5e-9a3c-0c5e2f6a7b81` does not exist"),
        ("ReadOnlyDisabledSubscription", "is disabled"),
        ("MissingSubscriptionRegistration", "az provider register"),
        ("ResourceGroupNotFound", "`emc` does not exist"),
        ("ResourceNotFound", "`core` in resource group `emc`, or an application security group"),
        ("SecurityRuleConflict", "priority_range"),
        ("SecurityRuleCountLimitReached", "1,000"),
        ("SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached", "4,000"),
        ("AllApplicationSecurityGroupsInSecurityRuleMustBeFromSameVnet", "one virtual network"),
        ("NumberOfApplicationSecurityGroupsReferencedInSecurityRuleLimitReached", "ten"),
        ("OverlappingSubnetsNotPermittedInSecurityRule", "overlapping"),
        ("AnotherOperationInProgress", "changed by somebody else"),
        ("SomethingNew", "refused `Microsoft.Network/networkSecurityGroups/write`"),
    ];
    for (code, advice) in cases {
        let answer = Box::new(answer(400, code));
        let given = AzureError::Refused { call: call("networkSecurityGroups/write"), answer }.advice();
        assert!(given.contains(advice), "{code}: {given}");
    }
    let answer = Box::new(answer(403, "AuthorizationFailed"));
    let given = AzureError::Refused { call: rule_call(), answer }.advice();
    assert!(given.contains("`Microsoft.Network/networkSecurityGroups/securityRules/write`") && !given.contains("write_mode"), "{given}");
}

#[test]
fn the_status_advises_where_no_code_does() {
    let cases = [
        (401, "does not accept the token"),
        (403, "role"),
        (407, "HTTPS_PROXY"),
        (429, "throttling"),
        (503, "Service Health"),
        (400, "refused"),
    ];
    for (status, advice) in cases {
        let answer = Box::new(Answer { status, ..Answer::default() });
        let given = AzureError::Refused { call: call("networkSecurityGroups/read"), answer }.advice();
        assert!(given.contains(advice), "{status}: {given}");
    }
}

#[test]
fn an_answer_keeps_code_message_details_and_correlation() {
    let body =
        br#"{"error":{"code":"PreconditionFailed","message":"Precondition failed.","details":[{"code":"PreconditionFailedEtagMismatch",
        "message":"Etag W/\"x\" does not match.","details":[{"code":"Inner","message":""}]},{"message":"without a code"}]}}"#;
    let read = Answer::read(412, body, Some("c-9"));
    assert_eq!(
        read.to_string(),
        "`PreconditionFailed`: Precondition failed. (`PreconditionFailedEtagMismatch`: Etag W/\"x\" does not match.) (`Inner`: ) [correlation id c-9]"
    );
    assert!(read.says("preconditionfailedetagmismatch") && read.says("PreconditionFailed") && !read.says("Other"));
    let bare = Answer::read(200, br#"{"code":"Canceled","message":"Operation was canceled."}"#, None);
    assert_eq!(bare.to_string(), "`Canceled`: Operation was canceled.");
    let page = Answer::read(502, b"<html>\n  Bad\tGateway </html>", None);
    assert_eq!((page.to_string().as_str(), page.code), ("HTTP status 502: <html> Bad Gateway </html>", None));
    assert_eq!(Answer::read(500, b"", None).to_string(), "HTTP status 500: (no message)");
    let long = Answer::read(500, "ü".repeat(5000).as_bytes(), None);
    assert_eq!(long.message.chars().count(), 2001);
}

#[test]
fn a_signed_url_in_a_message_loses_its_signature() {
    let body = br#"{"error":{"code":"AnotherOperationInProgress","message":"To retrieve status use uri: 'https://management.azure.com/x/operations/1?api-version=1&s=SIGNATURE&h=HASH'. Really?"}}"#;
    assert_eq!(
        Answer::read(409, body, None).message,
        "To retrieve status use uri: 'https://management.azure.com/x/operations/1?\u{2026}'. Really?"
    );
}

fn answer(status: u16, code: &str) -> Answer {
    let (code, message) = (Some(code.to_owned()), "its words".to_owned());
    Answer { status, code, message, details: Vec::new(), correlation_id: Some("c-1".to_owned()) }
}

fn call(operation: &'static str) -> Box<Call> {
    Box::new(Call { operation, group: group(), rule: None, endpoint: None })
}

fn rule_call() -> Box<Call> {
    Box::new(Call { rule: Some("emc-1".parse().unwrap()), ..*call("networkSecurityGroups/securityRules/write") })
}

fn elsewhere() -> Box<Call> {
    Box::new(Call { endpoint: Some("https://127.0.0.1:9".to_owned()), ..*call("networkSecurityGroups/read") })
}

fn group() -> NsgId {
    ID.parse().unwrap()
}
