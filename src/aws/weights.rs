//! What a reference to a prefix list counts against a group's quota.
//!
//! A customer's list counts the most entries that it may have, however many it has; AWS documents a weight for each of its own.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, ManagedPrefixList, PrefixListState};

use super::audit::Weight;
use super::endpoint::{Endpoint, failure};
use super::error::AwsError;
use super::id::PrefixListId;
use super::permission::Family;

/// Lists in one call: the most answers that this action gives at once.
const LISTS_A_CALL: usize = 100;

/// The lists of AWS that weigh more than one, by the end of their names (the VPC user guide, "AWS-managed prefix lists").
const AWS_WEIGHTS: [(&str, u32); 6] = [
    ("cloudfront.origin-facing", 55),
    ("route53-healthchecks", 25),
    ("vpc-lattice", 10),
    ("s3express", 6),
    ("groundstation", 5),
    ("ec2-instance-connect", 2),
];

/// Returns the weight of each list that exists and may be seen.
pub(crate) async fn weigh(endpoint: &Endpoint, lists: &BTreeSet<PrefixListId>) -> Result<BTreeMap<PrefixListId, Weight>, AwsError> {
    let ids: Vec<String> = lists.iter().map(|list| list.as_str().to_owned()).collect();
    let mut weights = BTreeMap::new();
    for part in ids.chunks(LISTS_A_CALL) {
        let filter = Filter::builder().name("prefix-list-id").set_values(Some(part.to_vec())).build();
        let mut page = None;
        loop {
            let request = endpoint.client.describe_managed_prefix_lists().filters(filter.clone());
            let request = request.set_next_token(page).customize().config_override(endpoint.patience());
            let answer = request.send().await;
            let answer = answer.map_err(|error| failure(endpoint.call("DescribeManagedPrefixLists", []), error))?;
            // A list that was deleted is told of for a while.
            let found = answer.prefix_lists().iter().filter(|list| list.state() != Some(&PrefixListState::DeleteComplete));
            weights.extend(found.filter_map(|list| Some((PrefixListId::reported(list.prefix_list_id()?), weight(list)))));
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                break;
            }
        }
    }
    Ok(weights)
}

fn weight(list: &ManagedPrefixList) -> Weight {
    let name = list.prefix_list_name().unwrap_or_default();
    let documented = AWS_WEIGHTS.iter().find(|(end, _)| name.ends_with(end)).map(|(_, weight)| *weight);
    let entries = match list.owner_id() {
        Some("AWS") => documented,
        Some(_) | None => list.max_entries().and_then(|most| u32::try_from(most).ok()),
    };
    let family =
        Family::ALL.into_iter().find(|family| list.address_family().is_some_and(|name| name.eq_ignore_ascii_case(family.as_str())));
    Weight { entries: entries.unwrap_or(1), family }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_weighs_what_it_may_hold_and_one_of_aws_what_aws_says() {
        let list = |owner: &str, name: &str, most: Option<i32>, family: &str| {
            let list = ManagedPrefixList::builder().owner_id(owner).prefix_list_name(name).address_family(family);
            weight(&list.set_max_entries(most).build())
        };
        let weighs = |entries, family| Weight { entries, family };
        assert_eq!(list("123456789012", "offices", Some(20), "IPv4"), weighs(20, Some(Family::Ipv4)));
        assert_eq!(list("123456789012", "my.vpc-lattice", Some(3), "IPv6"), weighs(3, Some(Family::Ipv6)));
        assert_eq!(list("123456789012", "new", None, ""), weighs(1, None));
        assert_eq!(list("AWS", "com.amazonaws.global.cloudfront.origin-facing", None, "IPv4"), weighs(55, Some(Family::Ipv4)));
        assert_eq!(list("AWS", "com.amazonaws.eu-central-1.ipv6.route53-healthchecks", None, "IPv6"), weighs(25, Some(Family::Ipv6)));
        assert_eq!(list("AWS", "com.amazonaws.eu-central-1.s3", None, "IPv4"), weighs(1, Some(Family::Ipv4)));
    }
}
