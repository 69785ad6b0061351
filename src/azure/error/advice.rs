//! What to do about an error, in whole sentences.

use super::{Answer, AzureError, Call, place};
use crate::azure::session::SignInError;

/// Says what to do next.
pub(super) fn on(error: &AzureError) -> String {
    match error {
        AzureError::Settings { .. } => "Correct the `azure` block of the provider, or what the environment says in its place.".to_owned(),
        AzureError::SignIn { advice, .. } => advice.clone(),
        AzureError::Credentials { source, .. } => match SignInError::of(source.as_ref()) {
            Some(told) => told.advice.clone(),
            None => "Check how the provider signs in to Azure (its `azure` block, the ARM_* variables, `az login`); the reason is below.".to_owned(),
        },
        AzureError::Refused { call, answer } | AzureError::Failed { call, answer } => on_answer(call, answer),
        AzureError::Stale { .. } | AzureError::Superseded { .. } => {
            "Somebody else keeps writing to the same group: find out who (the activity log of the group tells), and run `terraform apply` again."
                .to_owned()
        }
        AzureError::Unfinished { .. } => {
            "Azure goes on with it by itself. Run `terraform apply` again, with a longer time in `timeouts` if it was that which ended the wait."
                .to_owned()
        }
        AzureError::Unreachable { call, .. } => format!(
            "Check that this machine reaches `{}` (DNS, firewall, and the proxy in HTTPS_PROXY and NO_PROXY), and that `environment` names the cloud you mean.",
            endpoint(call)
        ),
        AzureError::Untrusted { call, .. } => format!(
            "Something between here and `{}` presents a certificate of an authority that this machine does not know, such as a proxy that looks into TLS: \
             name a file with the authorities to trust in SSL_CERT_FILE.",
            endpoint(call)
        ),
        AzureError::Unanswered { call, .. } if call.only_reads() => {
            "Nothing was changed by this call. Run the command again; if it stays so, look at proxies and firewalls between here and Azure."
                .to_owned()
        }
        AzureError::Unanswered { .. } => {
            "Run `terraform apply` again: rules that were written carry the resource's mark and are recognized.".to_owned()
        }
        AzureError::Clash { clash, .. } => clash.advice(),
        AzureError::GroupGone { .. } => {
            "Create the group again, or take it out of the placements; give groups that placements use `create_before_destroy`.".to_owned()
        }
        AzureError::NotSettled { .. } => {
            "Somebody else may be writing to the same group. Run `terraform plan` to see what differs now.".to_owned()
        }
        AzureError::Stopped { .. } => "Run `terraform apply` again to finish; what was done is in the state.".to_owned(),
    }
}

/// Where everything goes unless told otherwise.
const PUBLIC: &str = "https://management.azure.com";

fn endpoint(call: &Call) -> &str {
    call.endpoint.as_deref().unwrap_or(PUBLIC)
}

fn on_answer(call: &Call, answer: &Answer) -> String {
    // The outer code is often a general one; what is known to advise on comes from the most exact one first.
    let codes = answer.details.iter().rev().map(|detail| detail.code.as_str()).chain(answer.code.as_deref());
    codes.into_iter().find_map(|code| on_code(call, code)).unwrap_or_else(|| on_status(call, answer.status))
}

fn on_code(call: &Call, code: &str) -> Option<String> {
    let advice = match code {
        "AuthorizationFailed" => missing_right(call),
        "LinkedAuthorizationFailed" => "Allow the action `Microsoft.Network/applicationSecurityGroups/joinNetworkSecurityRule/action` on every \
             application security group that a rule names; the built-in role `Network Contributor` contains it."
            .to_owned(),
        "InvalidAuthenticationTokenTenant" => {
            "The token is of another tenant than the subscription: set `tenant_id` to the tenant that the subscription belongs to.".to_owned()
        }
        "InvalidAuthenticationToken" | "InvalidAuthenticationTokenAudience" | "AuthenticationFailed" | "ExpiredAuthenticationToken" => {
            "Azure does not accept the token, also not a fresh one: check that `environment` and `tenant_id` are those of the subscription, and this \
             machine's clock."
                .to_owned()
        }
        "ScopeLocked" => "A lock on the group, its resource group or its subscription forbids the change (`az lock list` shows it): have it \
             taken away for the apply, or leave this group out of `manage`."
            .to_owned(),
        "RequestDisallowedByPolicy" => "An Azure policy, named in the message, forbids rules like these: change the rules, or ask its owner for an \
             exemption of this group."
            .to_owned(),
        "SubscriptionNotFound" | "InvalidSubscriptionId" => format!(
            "The subscription `{}` does not exist in this cloud, or this identity has no role anywhere in it: check the group's id, `environment` and \
             `tenant_id`.",
            call.group.subscription()
        ),
        "ReadOnlyDisabledSubscription" | "SubscriptionNotRegistered" => {
            format!("The subscription `{}` is disabled: its owner has to enable it again.", call.group.subscription())
        }
        "MissingSubscriptionRegistration" => format!(
            "Register the resource provider: `az provider register --namespace Microsoft.Network --subscription {}`.",
            call.group.subscription()
        ),
        "ResourceGroupNotFound" => {
            format!("The resource group `{}` does not exist in this subscription: check the group's id.", call.group.resource_group())
        }
        "ResourceNotFound" | "ParentResourceNotFound" | "NotFound" | "InvalidResourceReference" => format!(
            "{}, or an application security group that one of its rules names, does not exist: see which one the message names.",
            place(&call.group)
        ),
        "SecurityRuleConflict" => "A rule that this provider did not make has the same priority and direction: give the resource another \
             `priority_range`, or move the other rule."
            .to_owned(),
        "SecurityRuleCountLimitReached" => "A group holds at most 1,000 rules, those of others included: set `port_ranges = \"coalesce\"`, use wider \
             prefixes, or split the placement over several groups."
            .to_owned(),
        "SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached" => {
            "The rules of a group may name at most 4,000 source addresses, destination addresses and ports each: use wider prefixes or application \
             security groups, or split the placement over several groups."
                .to_owned()
        }
        "AllApplicationSecurityGroupsInSecurityRuleMustBeFromSameVnet" => "All network interfaces behind the application security groups of one rule \
             must be in one virtual network: name placements of other networks by `address_prefixes`."
            .to_owned(),
        "NumberOfApplicationSecurityGroupsReferencedInSecurityRuleLimitReached" => {
            "One end of a rule may name at most ten application security groups: put the interfaces into fewer groups.".to_owned()
        }
        "OverlappingSubnetsNotPermittedInSecurityRule" => {
            "Azure takes no overlapping prefixes within one rule: take the narrower of them out of the placement.".to_owned()
        }
        "ReferencedResourceNotProvisioned" | "AnotherOperationInProgress" | "RetryableError" | "RetryableErrorDueToAnotherOperation" => {
            "The group is being changed by somebody else for longer than this waited: find out who (its activity log tells), and run the command \
             again."
                .to_owned()
        }
        _ => return None,
    };
    Some(advice)
}

fn on_status(call: &Call, status: u16) -> String {
    match status {
        401 => "Azure does not accept the token: check `environment`, `tenant_id`, and this machine's clock.".to_owned(),
        403 => missing_right(call),
        407 => "The proxy wants credentials: give them in HTTPS_PROXY.".to_owned(),
        429 => format!(
            "Azure is still throttling after a long wait: find what else uses the subscription `{}` so often, and run the command again later.",
            call.group.subscription()
        ),
        500..=599 => "Azure, or something on the way to it, has trouble of its own: look at Azure Service Health and try again.".to_owned(),
        _ => format!("Azure refused `Microsoft.Network/{}`; its message above says why.", call.operation),
    }
}

/// What to do when a role is missing.
fn missing_right(call: &Call) -> String {
    let instead = if call.operation == "networkSecurityGroups/write" {
        " An identity that may write single rules only can use `write_mode = \"rule\"`."
    } else {
        ""
    };
    format!(
        "Give the identity a role that allows `Microsoft.Network/{}` on the group; the built-in role `Network Contributor` does.{instead} After a role \
         has been given, some minutes may pass until it counts.",
        call.operation
    )
}
