//! Refusals of Microsoft.Network: what is asked of a group does not fit it, or not now.

use super::Refusal;

fn rule(code: &str, message: String) -> Refusal {
    Refusal::network(400, code, message)
}

/// Recorded.
pub(crate) fn stale(given: &str, has: &str, id: &str) -> Refusal {
    let message =
        format!("Etag provided in if-match header W/\"{given}\" does not match etag W/\"{has}\" of resource {id} in NRP data store.");
    Refusal::network(412, "PreconditionFailed", "Precondition failed.".to_owned()).detail("PreconditionFailedEtagMismatch", message)
}

/// Reported.
pub(crate) fn unparsable() -> Refusal {
    rule("InvalidRequestFormat", "Cannot parse the request.".to_owned())
}

/// The same, with what it is that cannot be parsed, as newer versions say it.
pub(crate) fn unparsable_because(code: &str, message: String) -> Refusal {
    unparsable().detail(code, message)
}

/// The words are unproven.
pub(crate) fn rule_not_found(id: &str) -> Refusal {
    Refusal::network(404, "NotFound", format!("Resource {id} not found."))
}

/// Reported.
pub(crate) fn invalid_name(name: &str) -> Refusal {
    let message = format!(
        "Resource name {name} is invalid. The name can be up to 80 characters long. It must begin with a word character, and it must end \
         with a word character or with '_'. The name may contain word characters or '.', '-', '_'."
    );
    rule("InvalidResourceName", message)
}

/// Reported.
pub(crate) fn conflict(first: &str, second: &str) -> Refusal {
    let message = format!(
        "Security rule {first} conflicts with rule {second}. Rules cannot have the same Priority and Direction. To learn more, see \
         aka.ms/nsgrules."
    );
    rule("SecurityRuleConflict", message)
}

/// The words are unproven; that default rules' names are reserved is reported, with this code.
pub(crate) fn default_name(name: &str) -> Refusal {
    rule("SecurityRuleConflict", format!("Security rule {name} conflicts with rule {name}. The name is that of a default security rule."))
}

/// Reported.
pub(crate) fn twice(group: &str, name: &str) -> Refusal {
    rule("DuplicateResourceName", format!("Resource {group} has two child resources with the same name ({name})."))
}

/// Reported.
pub(crate) fn too_many_rules() -> Refusal {
    rule("SecurityRuleCountLimitReached", "A security group cannot have more than 1000 security rules.".to_owned())
}

/// Reported.
pub(crate) fn too_many_entries(group: &str, count: usize, kind: &str) -> Refusal {
    let message = format!(
        "Network security group {group} has {count} {kind}. A security group cannot have more than 4000 {kind} as per the limit \
         MaxSecurityRuleAddressesOrPortsPerSecurityGroup."
    );
    rule("SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached", message)
}

/// Reported.
pub(crate) fn tag_in_list(id: &str, parameter: &str, value: &str) -> Refusal {
    let message = format!(
        "Security rule parameter {parameter} for rule with Id {id} cannot specify existing VIRTUALNETWORK, INTERNET, AZURELOADBALANCER, '*' \
         or system tags. Unsupported value used: {value}."
    );
    rule("SecurityRuleParameterContainsUnsupportedValue", message)
}

/// The code is known, the words are unproven.
pub(crate) fn star_in_ports(id: &str, parameter: &str) -> Refusal {
    let message =
        format!("Security rule parameter {parameter} for rule with Id {id} contains invalid port ranges. Unsupported value used: *.");
    rule("SecurityRuleParameterContainsInvalidPortRanges", message)
}

/// Reported.
pub(crate) fn bad_prefix(id: &str, value: &str) -> Refusal {
    rule("SecurityRuleInvalidAddressPrefix", format!("Security rule {id} has invalid Address prefix. Value provided: {value}"))
}

/// Reported.
pub(crate) fn bad_port(value: &str) -> Refusal {
    let message = format!(
        "Security rule has invalid Port range. Value provided: {value}. Value should be an integer OR integer range with '-' delimiter. \
         Valid range 0-65535."
    );
    rule("SecurityRuleInvalidPortRange", message)
}

/// The beginning is reported, the rest is unproven.
pub(crate) fn overlap(id: &str, parameter: &str, first: &str, second: &str) -> Refusal {
    let message = format!(
        "Security rule parameter {parameter} for rule with Id {id} contains overlapping subnets. Overlapping subnets: {first}, {second}."
    );
    rule("OverlappingSubnetsNotPermittedInSecurityRule", message)
}

/// No case of it is on record: that one rule must not mix them is documented.
pub(crate) fn mixed_families(id: &str) -> Refusal {
    rule("SecurityRuleAddressFamilyMismatch", format!("Security rule {id} contains both IPv4 and IPv6 address prefixes."))
}

/// Reported.
pub(crate) fn missing(id: &str, choices: &str) -> Refusal {
    let message =
        format!("Required security rule parameters are missing for security rule with Id: {id}. Security rule must specify {choices}.");
    rule("SecurityRuleParametersMissing", message)
}

/// Reported.
pub(crate) fn missing_one(id: &str, parameter: &str) -> Refusal {
    rule(
        "SecurityRuleParameterMissing",
        format!("Required security rule parameter {parameter} is missing for security rule with Id: {id}."),
    )
}

/// The words are unproven.
pub(crate) fn both_forms(id: &str, parameter: &str) -> Refusal {
    let message = format!("Security rule with Id {id} cannot specify {parameter} in more than one form.");
    rule("SecurityRuleParametersConflict", message)
}

/// The words are unproven.
pub(crate) fn bad_priority(value: &str) -> Refusal {
    rule("SecurityRuleInvalidPriority", format!("Security rule has invalid Priority. Value provided: {value} Allowed range 100-4096."))
}

/// The words are unproven.
pub(crate) fn bad_description(id: &str, length: usize) -> Refusal {
    let message = format!("Security rule {id} has a description of {length} characters. The description can be up to 140 characters long.");
    rule("SecurityRuleDescriptionTooLong", message)
}

/// The words are unproven.
pub(crate) fn deny_only(id: &str, tag: &str) -> Refusal {
    rule("SecurityRuleInvalidAccessType", format!("Security rule {id} has invalid Access type. Only Deny is supported for {tag}."))
}

/// The words are unproven.
pub(crate) fn asg_networks(id: &str) -> Refusal {
    let message = format!("All application security groups in security rule {id} must be from the same virtual network.");
    rule("AllApplicationSecurityGroupsInSecurityRuleMustBeFromSameVnet", message)
}

/// Reported.
pub(crate) fn too_many_asgs(most: usize) -> Refusal {
    let message = format!(
        "A security rule may have up to {most} Application Security Group in the source or destination fields. For the limits of your \
         subscription see aka.ms/asglimits."
    );
    rule("NumberOfApplicationSecurityGroupsReferencedInSecurityRuleLimitReached", message)
}

/// The words are unproven.
pub(crate) fn too_many_asgs_in_group(group: &str, count: usize) -> Refusal {
    let message = format!("Network security group {group} references {count} application security groups. It may reference up to 100.");
    rule("NumberOfApplicationSecurityGroupsReferencedInSecurityGroupLimitReached", message)
}

/// Reported.
pub(crate) fn missing_reference(referenced: &str, by: &str) -> Refusal {
    let message = format!(
        "Resource {referenced} referenced by resource {by} was not found. Please make sure that the referenced resource exists, and that \
         both resources are in the same region."
    );
    rule("InvalidResourceReference", message)
}

/// Reported.
pub(crate) fn in_use(id: &str, by: &str) -> Refusal {
    let message = format!(
        "Network security group {id} cannot be deleted because it is in use by the following resources: {by}. In order to delete the \
         Network security group, remove the association with the resource(s). To learn how to do this, see aka.ms/deletensg."
    );
    rule("InUseNetworkSecurityGroupCannotBeDeleted", message)
}

/// The words are unproven.
pub(crate) fn asg_in_use(id: &str, by: &str) -> Refusal {
    let message = format!("Application security group {id} cannot be deleted because it is in use by the following resources: {by}.");
    rule("InUseApplicationSecurityGroupCannotBeDeleted", message)
}

/// Documented and reported; the typing error is Azure's.
pub(crate) fn busy(operation: &str, guid: &str, id: &str, seconds: u64) -> Refusal {
    let message = format!("Operation {operation} ({guid}) is updating resource {id}. The call can be retried in {seconds} seconds.");
    Refusal::network(429, "RetryableError", "A retryable error occured.".to_owned())
        .detail("RetryableErrorDueToAnotherOperation", message)
        .with("Retry-After", seconds.to_string())
}

/// Reported, not for groups.
pub(crate) fn another_operation(uri: &str) -> Refusal {
    let message =
        format!("Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: {uri}.");
    Refusal::network(409, "AnotherOperationInProgress", message)
}

/// Reported; told by an operation.
pub(crate) fn superseded(name: &str, first: &str, second: &str) -> Refusal {
    let message = format!("Operation {name} ({first}) was canceled and superseded by operation {name} ({second}).");
    Refusal::network(409, "Canceled", "Operation was canceled.".to_owned()).detail("CanceledAndSupersededDueToAnotherOperation", message)
}

/// Reported for other types; told by an operation.
pub(crate) fn canceled() -> Refusal {
    Refusal::network(409, "Canceled", "Operation was canceled.".to_owned())
}

/// Reported.
pub(crate) fn internal() -> Refusal {
    Refusal::network(500, "InternalServerError", "An error occurred.".to_owned())
}

/// Reported.
pub(crate) fn unavailable(seconds: u64) -> Refusal {
    let message = "The service is temporarily unavailable. Please try again later.".to_owned();
    Refusal::network(503, "ServiceUnavailable", message).with("Retry-After", seconds.to_string())
}

/// Reported.
pub(crate) fn operation_not_found(id: &str) -> Refusal {
    Refusal::network(404, "OperationNotFound", format!("Operation {id} was not found."))
}
