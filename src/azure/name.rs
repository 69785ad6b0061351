//! Names of rules: readable, stable, unique in their group, at most 80 characters.
//!
//! `emc-core.agents.in.tcp-443.from.web`: the resource, the placement that the rule guards, direction, traffic, and the far end. What is
//! too long is cut and ends in a short hash of all of it. A name depends on names, protocol and ports alone, never on addresses, so that
//! it is known before they are. A rule that is live keeps its name, even where placements are renamed.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::net::Direction;

use super::id::{IdError, RuleName};
use super::rule::{Access, Opening, PortSet};

#[cfg(test)]
mod tests;

/// How names of our rules begin.
const PREFIX: &str = "emc-";

/// The most characters of a resource's name in the names of its rules.
const SLUG_MOST: usize = 20;

/// The digits of a short hash.
const HASH_DIGITS: usize = 6;

/// Returns the name of a rule of the resource `resource`, which opens, or closes, something between the placements `local` and `peer`.
/// The same for the same names, protocol, ports and kinds of sides.
///
/// # Errors
/// When `local` or `peer` have characters that no name of a rule can have; names of placements never have.
pub fn of(resource: &str, local: &str, peer: &str, opening: &Opening) -> Result<RuleName, IdError> {
    let (way, toward) = match opening.direction {
        Direction::Ingress => ("in", "from"),
        Direction::Egress => ("out", "to"),
    };
    let with_kind = |name: &str, word: Option<&str>| word.map_or_else(|| name.to_owned(), |word| format!("{name}.{word}"));
    let local = with_kind(local, opening.local().kind().word());
    let peer = with_kind(peer, opening.peer().kind().word());
    let deny = if opening.access == Access::Deny { "deny-" } else { "" };
    let ports = match &opening.destination_ports {
        PortSet::Any => String::new(),
        ports @ (PortSet::Ranges(_) | PortSet::Other(_)) => format!("-{}", ports.to_string().replace(',', "_")),
    };
    let traffic = format!("{deny}{}{ports}", opening.protocol.as_str());
    // A placement's name may end in a hyphen, a rule's may not.
    let end = if peer.ends_with('-') { "._" } else { "" };
    fit(&format!("{PREFIX}{}.{local}.{way}.{traffic}.{toward}.{peer}{end}", slug(resource))).parse()
}

/// Returns a name like `wanted` that is none of `taken`, which are in lower case; it depends on the opening, not on the order of things.
pub(crate) fn distinct(wanted: &RuleName, opening: &str, taken: &BTreeSet<String>) -> RuleName {
    let candidates = (0_u32..).map(|attempt| {
        let hash = hash(&format!("{wanted} {opening} {attempt}"));
        let most = RuleName::MOST - HASH_DIGITS - 1;
        let kept: String = wanted.as_str().chars().take(most).collect();
        format!("{}-{hash}", kept.trim_end_matches(['.', '-'])).parse().unwrap_or_else(|_| wanted.clone())
    });
    let mut names = std::iter::once(wanted.clone()).chain(candidates.take(taken.len() + 1));
    names.find(|name| !taken.contains(&folded(name.as_str()))).unwrap_or_else(|| wanted.clone())
}

/// Returns a resource's name as names of rules contain it: lower-case letters, digits, `_` and `-`, at most 20; another name, another slug.
///
/// ```
/// use terraform_provider_emc::azure::name;
/// assert_eq!(name::slug("core"), "core");
/// assert_eq!(name::slug(&name::slug("Contact Center, Frankfurt")), name::slug("Contact Center, Frankfurt"));
/// assert_ne!(name::slug("Core"), name::slug("core"));
/// ```
pub fn slug(resource: &str) -> String {
    let is_plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '_' | '-');
    if !resource.is_empty() && resource.len() <= SLUG_MOST && resource.chars().all(is_plain) {
        return resource.to_owned();
    }
    let plain =
        resource.chars().map(|character| character.to_ascii_lowercase()).map(|character| if is_plain(character) { character } else { '-' });
    let kept: String = plain.take(SLUG_MOST - HASH_DIGITS - 1).collect();
    format!("{kept}-{}", hash(resource))
}

/// Returns the slug of the resource that a rule of this name was made by; nothing if it is no name of ours.
pub(crate) fn resource(name: &str) -> Option<&str> {
    let rest = name.strip_prefix(PREFIX)?;
    let (resource, rest) = rest.split_once('.')?;
    let is_ours = slug(resource) == resource && [".in.", ".out."].iter().any(|way| rest.contains(way));
    is_ours.then_some(resource)
}

/// Tells whether two names are one to Azure.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || !(one.is_ascii() && other.is_ascii()) && folded(one) == folded(other)
}

/// Returns a name as it is compared.
pub(crate) fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// Cuts what is too long, and says by a hash what it was.
fn fit(name: &str) -> String {
    if name.chars().count() <= RuleName::MOST {
        return name.to_owned();
    }
    let kept: String = name.chars().take(RuleName::MOST - HASH_DIGITS - 1).collect();
    format!("{}-{}", kept.trim_end_matches(['.', '-']), hash(name))
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().chars().take(HASH_DIGITS).collect()
}
