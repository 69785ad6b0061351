//! What is wrong with a configuration, as far as it is known; everything here is said by `terraform validate`.

use super::super::placements::{self, texts};
use super::super::{arguments, faults, policy, rules};
use super::rollout::Group;
use crate::azure::AsgId;
use crate::matrix::Matrix;
use crate::net::Cidr;
use crate::plugin::{AttributePath, Diagnostic, Diagnostics, Value};
use crate::topology::{MulticastChoice, Topology};

/// Checks a configuration against the table in force.
pub(super) fn check(config: &Value, matrix: &Matrix) -> Diagnostics {
    let mut found = places_and_policy(config, matrix);
    found.extend(manage(config));
    found.extend(settings(config));
    found
}

/// Checks what is asked for and where, whoever writes it.
pub(super) fn places_and_policy(config: &Value, matrix: &Matrix) -> Diagnostics {
    let placements = placements::read(config.get("placements"), |_, _| false);
    let written = policy::read(config.get("policy"));
    let faults = Topology::check(matrix, &placements.specs, placements.complete, &written.spec, written.complete);
    let mut found = faults::diagnostics(&written.placed(faults));
    found.extend(rules::check_manage(config));
    found.extend(arguments::check_release(config, matrix));
    found.extend(multicast(config.get("policy")));
    let at = AttributePath::root().attr("placements");
    for (name, placement) in config.get("placements").entries().filter(|(_, placement)| !placement.is_null()) {
        home(name, placement, &at.key(name), &mut found);
    }
    found
}

/// No network of Azure carries multicast.
fn multicast(policy: &Value) -> Diagnostics {
    let mut found = Diagnostics::new();
    let at = AttributePath::root().attr("policy");
    let detail = "Virtual networks of Azure carry no multicast, so nothing can be opened for it. Leave `multicast` at `report`: each such flow is named in `unexpanded`, with what follows for the site.";
    if policy.get("multicast").as_str() == Some(MulticastChoice::TransitGateway.as_str()) {
        found.push(Diagnostic::error("No multicast on Azure", detail).at(&at.attr("multicast")));
    }
    found
}

/// Checks where one placement is.
fn home(name: &str, placement: &Value, at: &AttributePath, found: &mut Diagnostics) {
    let has = |attribute: &str| {
        let value = placement.get(attribute);
        !value.is_known() || !value.elements().is_empty()
    };
    if !has("application_security_group_ids") && !has("address_prefixes") {
        let detail = format!(
            "A rule on Azure names both of its ends, and placement `{name}` has neither application security groups nor addresses. Give `application_security_group_ids` or `address_prefixes`, also where there is a `network_security_group_id`; check their spelling too, for Terraform drops names that it does not know here."
        );
        found.push(Diagnostic::error("Placement without a place", detail).at(at));
    }
    let mut refuse = |attribute: &str, summary: &str, sentences: String| {
        let detail = format!("In `{attribute}` of placement `{name}`: {sentences}");
        found.push(Diagnostic::error(summary, detail).at(&at.attr(attribute)));
    };
    if let Err(error) = Group::read(placement) {
        refuse("network_security_group_id", "Invalid network security group id", format!("{error}."));
    }
    for id in texts(placement.get("application_security_group_ids")).0 {
        if let Err(error) = id.parse::<AsgId>() {
            refuse("application_security_group_ids", "Invalid application security group id", format!("{error}."));
        }
    }
    let allow_public = placement.get("allow_public");
    let allow_public = !allow_public.is_known() || allow_public.as_bool() == Some(true);
    for text in texts(placement.get("address_prefixes")).0 {
        match text.parse::<Cidr>() {
            Err(_) if is_service_tag(&text) => refuse(
                "address_prefixes",
                "Invalid address block",
                format!(
                    "`{text}` is not an address block. Service tags and `*` cannot be used here. Write addresses, or allow the tag by a rule of your own with a priority before `priority_range` of the resource."
                ),
            ),
            Err(error) => refuse("address_prefixes", "Invalid address block", format!("{error}.")),
            Ok(cidr) => {
                if let Some((summary, detail)) = arguments::too_wide(cidr, allow_public) {
                    refuse("address_prefixes", summary, detail);
                }
            }
        }
    }
}

/// Tells whether a text looks like what `azurerm_network_security_rule` takes under the same name besides addresses.
fn is_service_tag(text: &str) -> bool {
    text == "*"
        || (text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.chars().all(|one| one.is_ascii_alphanumeric() || one == '.'))
}

fn manage(config: &Value) -> Diagnostics {
    let placements = config.get("placements");
    let has_no_group = |placement: &Value| placement.get("network_security_group_id").is_null() && !placement.is_null();
    let mut found = Diagnostics::new();
    found.extend(arguments::none_managed(config, "Nothing to manage", "written", "network_security_group_id"));
    for name in texts(config.get("manage")).0.iter().filter(|name| has_no_group(placements.get(name))) {
        let detail = format!(
            "Placement `{name}` has no `network_security_group_id`, so there is nothing to manage. Give it one, or take it out of `manage`."
        );
        found.push(Diagnostic::error("Nothing to manage", detail).at(&AttributePath::root().attr("manage")));
    }
    let known = placements.is_known() && placements.entries().all(|(_, placement)| placement.is_known());
    if known && placements.entries().all(|(_, placement)| placement.get("network_security_group_id").is_null()) {
        let detail = "No placement has a `network_security_group_id`, so no group would be written. Give it to the placements whose rules this resource should write; to only see rules, use the data source `emc_rules`.";
        found.push(Diagnostic::error("No network security group", detail).at(&AttributePath::root().attr("placements")));
    }
    found
}

/// Settings that mean nothing, or the opposite of what somebody believes, beside others.
fn settings(config: &Value) -> Diagnostics {
    let is = |name: &str| config.get(name).as_bool() == Some(true);
    let is_off = |name: &str| config.get(name).is_known() && !is(name);
    let mut found = Diagnostics::new();
    let mut refuse = |name: &str, detail: String| {
        found.push(Diagnostic::error("Contradictory arguments", detail).at(&AttributePath::root().attr(name)));
    };
    for name in ["allow_within_placement", "accept_void"] {
        if is(name) && is_off("deny_unlisted") {
            refuse(name, format!("`{name}` says how far `deny_unlisted` goes, which is not set. Set that too, or leave this out."));
        }
    }
    if !config.get("flush_connections").is_null() && config.get("write_mode").as_str() == Some("rule") {
        refuse(
            "flush_connections",
            "`flush_connections` is a property of the group, and `write_mode = \"rule\"` never writes the group. Leave one of the two out."
                .to_owned(),
        );
    }
    found
}
