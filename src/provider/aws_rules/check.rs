//! What is wrong with a configuration, as far as it is known; everything here is said by `terraform validate`.

use std::collections::BTreeMap;

use super::super::placements::{self, texts};
use super::super::{arguments, faults, policy, rules};
use super::rollout::{Group, PeerBy, Rollout};
use crate::aws::{GroupRef, PrefixListId, description};
use crate::matrix::Matrix;
use crate::net::Cidr;
use crate::plugin::{AttributePath, Diagnostic, Diagnostics, Value};
use crate::topology::Topology;

/// Checks a configuration against the table in force.
pub(super) fn check(config: &Value, matrix: &Matrix) -> Diagnostics {
    let mut found = places_and_policy(config, matrix);
    found.extend(manage(config));
    found.extend(texts_for_ec2(config.get("policy")));
    found.extend(default_egress(config));
    found
}

/// Checks what is asked for and where, whoever writes it.
pub(super) fn places_and_policy(config: &Value, matrix: &Matrix) -> Diagnostics {
    let placements = placements::read(config.get("placements"), |_, _| false);
    let written = policy::read(config.get("policy"));
    let mut found = faults::diagnostics(&written.placed(Topology::check(
        matrix,
        &placements.specs,
        placements.complete,
        &written.spec,
        written.complete,
    )));
    found.extend(rules::check_manage(config));
    found.extend(arguments::check_release(config, matrix));
    let at = AttributePath::root().attr("placements");
    for (name, placement) in config.get("placements").entries().filter(|(_, placement)| !placement.is_null()) {
        home(name, placement, &at.key(name), &mut found);
    }
    found.extend(spellings(config.get("placements")));
    if !found.has_errors() && written.spec.multicast.is_some() {
        found.extend(Rollout::read(config, matrix).ok().flatten().map(|rollout| rollout.unnamed_senders()).unwrap_or_default());
    }
    found
}

/// A removal that no plan would show is refused.
fn default_egress(config: &Value) -> Option<Diagnostic> {
    let unseen = config.get("remove_default_egress").as_bool() == Some(true) && config.get("on_foreign").as_str() == Some("ignore");
    let detail = "`on_foreign = \"ignore\"` looks at no rule of others, so a plan could not show that the default egress rule goes. Set `on_foreign` to `report` or `remove`, or leave `remove_default_egress` out.";
    unseen.then(|| Diagnostic::error("Contradictory arguments", detail).at(&AttributePath::root().attr("remove_default_egress")))
}

/// Checks where one placement is, and how others name it.
fn home(name: &str, placement: &Value, at: &AttributePath, found: &mut Diagnostics) {
    let has = |attribute: &str| {
        let value = placement.get(attribute);
        !value.is_known() || !value.elements().is_empty() || value.as_str().is_some()
    };
    let (has_group, has_addresses) = (has("security_group_id"), has("cidr_ipv4") || has("cidr_ipv6") || has("prefix_list_ids"));
    if !has_group && !has_addresses {
        let detail = format!(
            "Placement `{name}` has neither a security group nor addresses, so no rule can name it. Give `security_group_id`, `cidr_ipv4`, `cidr_ipv6` or `prefix_list_ids`; check their spelling too, for Terraform drops names that it does not know here."
        );
        found.push(Diagnostic::error("Placement without a place", detail).at(at));
    }
    let peer_by = placement.get("peer_by");
    match peer_by.as_str() {
        None if has_group && has_addresses && peer_by.is_null() && known_but("security_group_id", placement) => {
            let detail = format!(
                "Placement `{name}` has a security group and addresses. Say by which one others name it as their far end: `peer_by = \"group\"` (its members), \"addresses\", or \"both\"."
            );
            found.push(Diagnostic::error("Ambiguous far end", detail).at(at));
        }
        Some(word) => {
            let fault = match PeerBy::ALL.into_iter().find(|choice| choice.as_str() == word) {
                // Also for `addresses`: an id that turns out to be null while applying would take back what was planned.
                Some(PeerBy::Group | PeerBy::Addresses | PeerBy::Both) if !has_group => {
                    Some("`security_group_id`. Take `peer_by` out, or give it the group; whether it has one must be known at plan.")
                }
                Some(PeerBy::Addresses | PeerBy::Both) if !has_addresses => {
                    Some("addresses. Give `cidr_ipv4`, `cidr_ipv6` or `prefix_list_ids`, or take `peer_by` out.")
                }
                Some(PeerBy::Group | PeerBy::Addresses | PeerBy::Both) | None => None,
            };
            if let Some(fault) = fault {
                let detail = format!("Placement `{name}` has `peer_by = \"{word}\"`, but no {fault}");
                found.push(Diagnostic::error("Far end without a place", detail).at(&at.attr("peer_by")));
            }
        }
        None => {}
    }
    let mut refuse = |attribute: &str, summary: &str, sentences: String| {
        let detail = format!("In `{attribute}` of placement `{name}`: {sentences}");
        found.push(Diagnostic::error(summary, detail).at(&at.attr(attribute)));
    };
    if let Err(error) = Group::read(placement) {
        refuse("security_group_id", "Invalid security group id", format!("{error}."));
    }
    for id in texts(placement.get("prefix_list_ids")).0 {
        if let Err(error) = id.parse::<PrefixListId>() {
            refuse("prefix_list_ids", "Invalid prefix list id", format!("{error}."));
        }
    }
    let allow_public = placement.get("allow_public");
    for (attribute, ipv4) in [("cidr_ipv4", true), ("cidr_ipv6", false)] {
        for text in texts(placement.get(attribute)).0 {
            if let Some((summary, detail)) = block(&text, ipv4, !allow_public.is_known() || allow_public.as_bool() == Some(true)) {
                refuse(attribute, summary, detail);
            }
        }
    }
}

/// Says what is wrong with an address block, if anything is.
fn block(text: &str, ipv4: bool, allow_public: bool) -> Option<(&'static str, String)> {
    let cidr = match text.parse::<Cidr>() {
        Ok(cidr) => cidr,
        Err(error) => return Some(("Invalid address block", format!("{error}."))),
    };
    if cidr.is_ipv4() != ipv4 {
        let (family, other) = if ipv4 { ("IPv4", "cidr_ipv6") } else { ("IPv6", "cidr_ipv4") };
        return Some(("Wrong address family", format!("`{text}` is not {family}; put it into `{other}`.")));
    }
    arguments::too_wide(cidr, allow_public)
}

/// Refuses to have one group in two accounts: whoever wrote that believes them to be two groups.
fn spellings(placements: &Value) -> Diagnostics {
    let mut first: BTreeMap<GroupRef, &str> = BTreeMap::new();
    let mut found = Diagnostics::new();
    for (name, placement) in placements.entries() {
        let group = match Group::read(placement) {
            Ok(Group::Known(id)) => GroupRef::from(id),
            Ok(Group::Elsewhere(group)) => group,
            Ok(Group::Absent | Group::Unknown) | Err(_) => continue,
        };
        let Some((other, place)) = first.get_key_value(&group) else {
            first.insert(group, name);
            continue;
        };
        if other.account != group.account {
            let detail = format!(
                "Placement `{name}` has the group `{group}`, and placement `{place}` has it as `{other}`: ids of groups are unique, so this is one group, and it has one account. Write it the same way in both; the id alone for a group of this account."
            );
            let at = AttributePath::root().attr("placements").key(name).attr("security_group_id");
            found.push(Diagnostic::error("One group in two accounts", detail).at(&at));
        }
    }
    found
}

fn manage(config: &Value) -> Diagnostics {
    let placements = config.get("placements");
    let without_group = |name: &str| placements.get(name).get("security_group_id").is_null() && !placements.get(name).is_null();
    let mut found = Diagnostics::new();
    found.extend(arguments::none_managed(config, "Nothing to manage", "written", "security_group_id"));
    for name in texts(config.get("manage")).0.iter().filter(|name| without_group(name)) {
        let detail = format!(
            "Placement `{name}` has no `security_group_id`, so there is nothing to manage. Give it one, or take it out of `manage`."
        );
        found.push(Diagnostic::error("Nothing to manage", detail).at(&AttributePath::root().attr("manage")));
    }
    for name in texts(config.get("manage")).0.iter().filter(|name| Group::is_elsewhere(placements.get(name))) {
        let detail = format!(
            "The group of placement `{name}` belongs to another account, and rules are written in one account only. Take it out of `manage`: rules of the other placements name it as their far end all the same."
        );
        found.push(Diagnostic::error("Group of another account", detail).at(&AttributePath::root().attr("manage")));
    }
    let known = placements.is_known() && placements.entries().all(|(_, placement)| placement.is_known());
    let cannot_be_written = |placement: &Value| placement.get("security_group_id").is_null() || Group::is_elsewhere(placement);
    if known && placements.entries().all(|(_, placement)| cannot_be_written(placement)) {
        let of_whom = if placements.entries().any(|(_, placement)| Group::is_elsewhere(placement)) { " of this account" } else { "" };
        let detail = format!(
            "No placement has a `security_group_id`{of_whom}, so no group would be written. Give it to the placements whose rules this resource should write; to only see rules, use the data source `emc_rules`."
        );
        found.push(Diagnostic::error("No security group", detail).at(&AttributePath::root().attr("placements")));
    }
    found
}

/// Reasons and tickets end up in the descriptions of cloud rules, where EC2 takes few characters.
fn texts_for_ec2(policy: &Value) -> Diagnostics {
    let at = AttributePath::root().attr("policy");
    let reasons = policy.get("reasons").entries().map(|(flow, text)| (at.attr("reasons").key(flow), text));
    let extra = policy.get("extra").elements().iter().enumerate().flat_map(|(index, extra)| {
        let at = at.attr("extra").index(index);
        ["reason", "ticket"].map(|attribute| (at.attr(attribute), extra.get(attribute)))
    });
    let mut found = Diagnostics::new();
    for (path, text) in reasons.chain(extra) {
        if let Some(Err(fault)) = text.as_str().map(description::check) {
            found.push(Diagnostic::error("Text that EC2 refuses", format!("{path}: {fault}.")).at(&path));
        }
    }
    found
}

/// Says whether everything but one attribute is known.
fn known_but(attribute: &str, value: &Value) -> bool {
    value.entries().all(|(name, value)| name == attribute || value.is_wholly_known())
}
