//! What may stand in one attribute.
//!
//! Knows forms of texts and numbers, never which attribute it looks at. The words are ours; what they stand for is recorded.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use terraform_provider_emc::plugin::{AttributePath, Diagnostic, Diagnostics, Validator, Value};

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Check {
    /// A whole number, both ends included.
    Between(i64, i64),
    OneOf(Vec<String>),
    /// None of these characters.
    Without(String),
    /// ASCII letters, digits, and these characters.
    LettersDigitsAnd(String),
    CharactersAtMost(usize),
    ElementsAtMost(usize),
    /// Begins with a letter or digit, and ends with one or `_`.
    WordAtBothEnds,
    /// A network in the notation of CIDR without host bits.
    Ipv4Network,
    /// The same of IPv6.
    Ipv6Network,
    /// A port, a range of ports, or `*`.
    Ports,
}

impl Check {
    /// Says what is wrong, if anything is; null and unknown never are.
    pub(crate) fn fault(&self, value: &Value) -> Option<String> {
        if let (Check::Between(first, last), Some(_)) = (self, value.as_number()) {
            let fits = value.as_i64().is_some_and(|number| (*first..=*last).contains(&number));
            return (!fits).then(|| format!("must be a whole number from {first} to {last}"));
        }
        if let Check::ElementsAtMost(most) = self {
            return (value.elements().len() > *most).then(|| format!("has {} elements, and may have {most}", value.elements().len()));
        }
        let text = value.as_str()?;
        self.refuses(text).map(|why| format!("is `{text}`, which {why}"))
    }

    fn refuses(&self, text: &str) -> Option<String> {
        let is_word = |character: char| character.is_ascii_alphanumeric();
        let (fits, why) = match self {
            Check::Between(..) | Check::ElementsAtMost(_) => (true, String::new()),
            Check::OneOf(words) => (words.iter().any(|word| word == text), format!("is not one of {}", words.join(", "))),
            Check::Without(characters) => (!text.contains(|one| characters.contains(one)), format!("has one of {characters}")),
            Check::LettersDigitsAnd(more) => {
                let fits = text.chars().all(|one| is_word(one) || more.contains(one));
                (fits, format!("has other characters than letters, digits and `{more}`"))
            }
            Check::CharactersAtMost(most) => {
                let length = text.chars().count();
                (length <= *most, format!("has {length} characters, and may have {most}"))
            }
            Check::WordAtBothEnds => {
                let fits = text.starts_with(is_word) && text.ends_with(|one| is_word(one) || one == '_');
                (fits, "does not begin with a letter or digit and end with one or `_`".to_owned())
            }
            Check::Ipv4Network => (is_ipv4_network(text), "is no IPv4 network".to_owned()),
            Check::Ipv6Network => (is_ipv6_network(text), "is no IPv6 network".to_owned()),
            Check::Ports => (are_ports(text), "is no port, no range of ports and not `*`".to_owned()),
        };
        (!fits).then_some(why)
    }
}

impl From<Check> for Validator {
    fn from(check: Check) -> Validator {
        Validator::from(move |value: &Value, path: &AttributePath, found: &mut Diagnostics| {
            if let Some(fault) = check.fault(value) {
                found.push(Diagnostic::error("Refused as the official provider does", format!("{path} {fault}.")).at(path));
            }
        })
    }
}

fn is_ipv4_network(text: &str) -> bool {
    let Some((address, length)) = network::<Ipv4Addr>(text, 32) else { return false };
    u32::from(address).checked_shl(length).unwrap_or(0) == 0
}

fn is_ipv6_network(text: &str) -> bool {
    let Some((address, length)) = network::<Ipv6Addr>(text, 128) else { return false };
    u128::from(address).checked_shl(length).unwrap_or(0) == 0
}

fn network<A: std::str::FromStr>(text: &str, longest: u32) -> Option<(A, u32)> {
    let (address, length) = text.split_once('/')?;
    let length: u32 = length.parse().ok().filter(|length| *length <= longest)?;
    Some((address.parse().ok()?, length))
}

fn are_ports(text: &str) -> bool {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse::<u16>(), last.parse::<u16>()) {
        (Ok(first), Ok(last)) => first <= last,
        (_, _) => text == "*",
    }
}
