//! Refusals of Resource Manager itself: who asks, for what, and whether it exists at all.

use super::Refusal;

/// Recorded.
pub(crate) fn resource_not_found(kind: &str, name: &str, resource_group: &str) -> Refusal {
    let message = format!(
        "The Resource '{kind}/{name}' under resource group '{resource_group}' was not found. For more details please go to \
         https://aka.ms/ARMResourceNotFoundFix"
    );
    Refusal::gateway(404, "ResourceNotFound", message)
}

/// Recorded.
pub(crate) fn resource_group_not_found(name: &str) -> Refusal {
    Refusal::gateway(404, "ResourceGroupNotFound", format!("Resource group '{name}' could not be found."))
}

/// Recorded for storage accounts.
pub(crate) fn parent_not_found(verb: &str, kind: &str, parent: &str) -> Refusal {
    let message =
        format!("Failed to perform '{verb}' on resource(s) of type '{kind}', because the parent resource '{parent}' could not be found.");
    Refusal::gateway(404, "ParentResourceNotFound", message)
}

/// Reported.
pub(crate) fn subscription_not_found(subscription: &str) -> Refusal {
    Refusal::gateway(404, "SubscriptionNotFound", format!("The subscription '{subscription}' could not be found."))
}

/// Reported.
pub(crate) fn invalid_subscription(subscription: &str) -> Refusal {
    let message = format!("The provided subscription identifier '{subscription}' is malformed or invalid.");
    Refusal::gateway(400, "InvalidSubscriptionId", message)
}

/// Reported.
pub(crate) fn no_api_version() -> Refusal {
    let message = "The api-version query parameter (?api-version=) is required for all requests.".to_owned();
    Refusal::gateway(400, "MissingApiVersionParameter", message)
}

/// The text is unproven.
pub(crate) fn bad_api_version(version: &str) -> Refusal {
    let message =
        format!("The api-version '{version}' is invalid. The supported versions are '2026-03-01,2025-05-01,2025-01-01,2024-03-01'.");
    Refusal::gateway(400, "InvalidApiVersionParameter", message)
}

/// Reported.
pub(crate) fn no_such_type(kind: &str) -> Refusal {
    let message = format!("The resource type '{kind}' could not be found in the namespace 'Microsoft.Network'.");
    Refusal::gateway(404, "InvalidResourceType", message)
}

/// The text is unproven.
pub(crate) fn method_not_allowed(method: &str) -> Refusal {
    Refusal::gateway(405, "HttpMethodNotAllowed", format!("The HTTP method '{method}' is not supported for a resource type."))
}

/// Reported.
pub(crate) fn not_authorized(client: &str, object: &str, action: &str, scope: &str) -> Refusal {
    let message = format!(
        "The client '{client}' with object id '{object}' does not have authorization to perform action '{action}' over scope '{scope}' or \
         the scope is invalid. If access was recently granted, please refresh your credentials."
    );
    Refusal::gateway(403, "AuthorizationFailed", message)
}

/// Reported for other types.
pub(crate) fn not_authorized_to_link(
    client: &str,
    object: &str,
    action: &str,
    scope: &str,
    linked_action: &str,
    linked: &[String],
) -> Refusal {
    let linked = linked.join(",");
    let message = format!(
        "The client '{client}' with object id '{object}' has permission to perform action '{action}' on scope '{scope}'; however, it does \
         not have permission to perform action '{linked_action}' on the linked scope(s) '{linked}' or the linked scope(s) are invalid."
    );
    Refusal::gateway(403, "LinkedAuthorizationFailed", message)
}

fn unauthorized(code: &str, message: String, login: &str, tenant: &str, error: &str) -> Refusal {
    let challenge = format!("Bearer authorization_uri=\"{login}/{tenant}\", error=\"{error}\", error_description=\"{message}\"");
    Refusal::gateway(401, code, message).with("WWW-Authenticate", challenge)
}

/// Reported.
pub(crate) fn no_token(login: &str, tenant: &str) -> Refusal {
    let message = "Authentication failed. The 'Authorization' header is missing.".to_owned();
    unauthorized("AuthenticationFailed", message, login, tenant, "invalid_token")
}

/// Reported.
pub(crate) fn invalid_token(login: &str, tenant: &str) -> Refusal {
    unauthorized("InvalidAuthenticationToken", "The access token is invalid.".to_owned(), login, tenant, "invalid_token")
}

/// Reported.
pub(crate) fn wrong_tenant(login: &str, tenant: &str, issuer: &str) -> Refusal {
    let message = format!(
        "The access token is from the wrong issuer '{issuer}'. It must match the tenant '{login}/{tenant}/' associated with this \
         subscription."
    );
    unauthorized("InvalidAuthenticationTokenTenant", message, login, tenant, "invalid_token")
}

/// Reported.
pub(crate) fn expired_token(login: &str, tenant: &str, expiry: &str, now: &str) -> Refusal {
    let message = format!("The access token expiry UTC time '{expiry}' is earlier than current UTC time '{now}'.");
    unauthorized("ExpiredAuthenticationToken", message, login, tenant, "invalid_token")
}

/// The text is unproven.
pub(crate) fn locked(verb: &str, scope: &str, locks: &[String]) -> Refusal {
    let locks = locks.join(",");
    let message = format!(
        "The scope '{scope}' cannot perform {verb} operation because following scope(s) are locked: '{locks}'. Please remove the lock and \
         try again."
    );
    Refusal::gateway(409, "ScopeLocked", message)
}

/// The text is unproven.
pub(crate) fn disallowed_by_policy(name: &str) -> Refusal {
    let message = format!("Resource '{name}' was disallowed by policy. Reasons: 'Network rules are managed elsewhere.'.");
    Refusal::gateway(403, "RequestDisallowedByPolicy", message)
}

/// Reported.
pub(crate) fn not_registered() -> Refusal {
    let message = "The subscription is not registered to use namespace 'Microsoft.Network'. See https://aka.ms/rps-not-found for how to \
                   register subscriptions.";
    Refusal::gateway(409, "MissingSubscriptionRegistration", message.to_owned())
}

/// Documented as 429 with Retry-After; the words are unproven.
pub(crate) fn throttled(subscription: &str, seconds: u64) -> Refusal {
    let message = format!(
        "Number of requests for subscription '{subscription}' and operation has exceeded the limit. Please try again after '{seconds}' \
         seconds."
    );
    Refusal::gateway(429, "TooManyRequests", message).with("Retry-After", seconds.to_string())
}

/// Reported.
pub(crate) fn location_required() -> Refusal {
    Refusal::gateway(400, "LocationRequired", "The location property is required for this definition.".to_owned())
}

/// Reported.
pub(crate) fn other_location(name: &str, has: &str, resource_group: &str, asked: &str) -> Refusal {
    let message = format!(
        "The resource '{name}' already exists in location '{has}' in resource group '{resource_group}'. A resource with the same name cannot \
         be created in location '{asked}'. Please select a new resource name."
    );
    Refusal::gateway(409, "InvalidResourceLocation", message)
}

/// Reported.
pub(crate) fn unknown_member(member: &str) -> Refusal {
    let message = format!(
        "The request content was invalid and could not be deserialized: 'Could not find member '{member}' on object of type \
         'ResourceDefinition'. Path '{member}', line 1, position {}.'.",
        member.len() + 4
    );
    Refusal::gateway(400, "InvalidRequestContent", message)
}
