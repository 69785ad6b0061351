//! What a reference to a prefix list counts against a group's quota.
//!
//! A customer's list counts the most entries that it may have, however many it has; AWS documents a weight for each of its own.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, ManagedPrefixList};

use super::endpoint::{Endpoint, failure};
use super::error::AwsError;
use super::id::PrefixListId;

/// Lists in one call: the most answers that this action gives at once.
const LISTS_A_CALL: usize = 100;

/// The lists of AWS that weigh more than one, by the end of their names (the VPC user guide, "AWS-managed prefix lists").
const AWS_WEIGHTS: [(&str, u32); 2] = [("cloudfront.origin-facing", 55), ("groundstation", 5)];

/// Returns the weight of each list that exists and may be seen.
pub(crate) async fn weigh(endpoint: &Endpoint, lists: &BTreeSet<PrefixListId>) -> Result<BTreeMap<PrefixListId, u32>, AwsError> {
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
            let found = answer.prefix_lists().iter();
            weights.extend(found.filter_map(|list| Some((PrefixListId::reported(list.prefix_list_id()?), weight(list)))));
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                break;
            }
        }
    }
    Ok(weights)
}

fn weight(list: &ManagedPrefixList) -> u32 {
    if list.owner_id() == Some("AWS") {
        let name = list.prefix_list_name().unwrap_or_default();
        let known = AWS_WEIGHTS.iter().find(|(end, _)| name.ends_with(end));
        return known.map_or(1, |(_, weight)| *weight);
    }
    list.max_entries().and_then(|most| u32::try_from(most).ok()).unwrap_or(1)
}
