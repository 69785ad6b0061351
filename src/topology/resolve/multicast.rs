//! The part of the policy that is about multicast: whether it is opened, and the groups of the site.

use std::net::Ipv4Addr;

use super::Resolver;
use super::remedy::choose_from;
use crate::topology::{MulticastChoice, Policy, PolicySpec};

impl Resolver<'_> {
    pub(super) fn multicast(&mut self, spec: &PolicySpec, policy: &mut Policy) {
        if let Some(word) = &spec.multicast {
            match MulticastChoice::ALL.into_iter().find(|choice| choice.as_str() == word) {
                Some(choice) => policy.multicast = choice,
                None => self.unknown_word(&["policy", "multicast"], word, MulticastChoice::ALL.iter().map(|choice| choice.as_str())),
            }
        }
        for (word, text) in &spec.multicast_groups {
            let at = ["policy", "multicast_groups", word];
            let flow = self.flow(&at, word);
            if flow.is_some_and(|flow| flow.multicast.is_none()) {
                let multicast = self.matrix.flows().values().filter(|flow| flow.multicast.is_some()).map(|flow| flow.id.as_str());
                let detail = format!("`{word}` is not multicast, so it has no group. {}", choices(multicast));
                self.fault(&at, "Not a multicast flow", detail);
            }
            match multicast_group(text) {
                Ok(group) => policy.multicast_groups.extend(flow.map(|flow| (flow.id.clone(), group))),
                Err(detail) => self.fault(&at, "Invalid multicast group", detail),
            }
        }
    }
}

/// Names what there is to choose from.
fn choices<'a>(words: impl Iterator<Item = &'a str>) -> String {
    match words.collect::<Vec<_>>().as_slice() {
        [] => "No flow of this table is.".to_owned(),
        words => choose_from(words),
    }
}

/// Reads the address of a group that routers forward, or says why it is none.
fn multicast_group(text: &str) -> Result<Ipv4Addr, String> {
    let Ok(group) = text.parse::<Ipv4Addr>() else {
        return Err(format!("`{text}` is not an IPv4 address. Write the group as such, `239.1.2.3`, without a prefix length."));
    };
    if !group.is_multicast() {
        return Err(format!("`{text}` is not a multicast group; groups go from 224.0.0.0 to 239.255.255.255."));
    }
    // RFC 5771: no router forwards 224.0.0.0/24, whatever the time to live says.
    if group.octets().starts_with(&[224, 0, 0]) {
        return Err(format!(
            "`{text}` never leaves its subnet: no router forwards 224.0.0.0 to 224.0.0.255. Give the group that the servers are set to."
        ));
    }
    Ok(group)
}
